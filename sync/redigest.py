"""The digests worked out anew from the rows: whether the server's own books agree with what is in them.

A row's digest stands in its line of the feed, their sum in the head of the scope. They are written with every change;
what may part them is a migration that gives a kind another field, a fault of the disk, or a hand in the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from sync.canonical import digest_text, row_digest
from sync.keyring import CannotOpen, Keyring
from sync.kinds import KINDS, Kind
from sync.tables import FEED, HEAD

ROWS_AT_ONCE = 500


def check_digests(connection: sa.Connection, ring: Keyring, *, mend: bool) -> dict[str, Any]:
    """Compare every row, its line in the feed and the head of its scope; with `mend`, put the digests right.

    Gives `checked` (rows), `rows` and `heads` (whose digest was wrong), `unlisted` (live rows that no feed tells of),
    `rowless` (lines of the feed without a row) and `unreadable` (sealed values that do not open): these are not
    mended, a person has to look.
    """
    found: dict[str, Any] = {"checked": 0, "rows": 0, "heads": 0, "unlisted": [], "rowless": [], "unreadable": []}
    sums: dict[str, int] = defaultdict(int)
    for kind in KINDS.values():
        _check_kind(connection, ring, kind, sums, found, mend)
    for head in connection.execute(sa.select(HEAD.c.scope, HEAD.c.digest)).all():
        right = digest_text(sums.get(head.scope, 0))
        if head.digest != right:
            found["heads"] += 1
            if mend:
                connection.execute(HEAD.update().where(HEAD.c.scope == head.scope).values(digest=right))
    return found


def _check_kind(
    connection: sa.Connection, ring: Keyring, kind: Kind, sums: dict[str, int], found: dict[str, Any], mend: bool
) -> None:
    lines = _lines(connection, kind)
    wrong: list[dict[str, str]] = []
    for scope, row_id, row in _rows(connection, ring, kind):
        found["checked"] += 1
        listed = lines.pop((scope, row_id), None)
        if listed is None or row is None:
            found["unreadable" if row is None else "unlisted"].append([kind.name, row_id])
            continue
        digest = row_digest(kind.name, row)
        sums[scope] ^= digest
        if listed != digest_text(digest):
            wrong.append({"in_scope": scope, "this": row_id, "right": digest_text(digest)})
    found["rows"] += len(wrong)
    found["rowless"] += [[kind.name, row_id] for _scope, row_id in lines]
    if wrong and mend:
        write_digests(connection, kind.name, wrong)


def write_digests(connection: sa.Connection, kind: str, lines: list[dict[str, str]]) -> None:
    """Digests of records into their lines of the feed: `in_scope`, `this`, `right`."""
    at = (FEED.c.scope == sa.bindparam("in_scope"), FEED.c.kind == kind, FEED.c.id == sa.bindparam("this"))
    connection.execute(FEED.update().where(*at).values(digest=sa.bindparam("right")), lines)


def _lines(connection: sa.Connection, kind: Kind) -> dict[tuple[str, str], str]:
    query = sa.select(FEED.c.scope, FEED.c.id, FEED.c.digest).where(FEED.c.kind == kind.name, FEED.c.op == "put")
    return {(scope, row_id): digest for scope, row_id, digest in connection.execute(query)}


def _rows(connection: sa.Connection, ring: Keyring, kind: Kind) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    codec = kind.codec
    rows: Iterable[Any] = connection.execute(sa.select(*codec.columns), execution_options={"yield_per": ROWS_AT_ONCE})
    for row in rows:
        try:
            wire = codec.wire(row, ring)
        except CannotOpen:
            wire = None
        yield row[codec.scope_at], row[0], wire
