"""Comparing a replica with the server: narrowed to buckets, to records, to the rows themselves.

Every answer carries the cursor of the moment it was read at. A phone compares only when that is its own cursor: then
what differs is wrong, and not merely news. The server looks at itself on the way: a head that is not the sum of its
feed, or a line of the feed that does not fit its row, is put right and written to the log.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from functools import reduce
from operator import xor
from typing import Any

import orjson
import sqlalchemy as sa

from sync.canonical import bucket_of, digest_text, row_digest
from sync.cursor import Cursor
from sync.database import write
from sync.heads import lock_heads
from sync.kinds import KINDS
from sync.pull import read_heads, read_wire
from sync.redigest import write_digests
from sync.stage import Key
from sync.tables import DEVICES, FEED, HEAD

log = logging.getLogger("doorstep.sync")

BUCKETS = 256
#: Of one answer: records asked for, and bytes of rows (the first is always given).
MOST_RECORDS = 500
MOST_BYTES = 1024 * 1024
MOST_DEVICES = 50


def narrow(
    connection: sa.Connection, owner: str, scopes: Sequence[str], scope: str, bucket: int | None
) -> dict[str, Any]:
    """The digests of the 256 buckets of a scope, or the records of one bucket with theirs."""
    query = sa.select(FEED.c.kind, FEED.c.id, FEED.c.ver, FEED.c.digest)
    lines = connection.execute(query.where(FEED.c.scope == scope, FEED.c.op == "put"))
    found: dict[str, Any] = {"scope": scope, "cursor": _now(connection, owner, scopes)}
    if bucket is None:
        sums = [0] * BUCKETS
        for line in lines:
            sums[bucket_of(line.id)] ^= int(line.digest, 16)
        return found | {"buckets": [digest_text(each) for each in sums]}
    inside = [line for line in lines if bucket_of(line.id) == bucket]
    inside.sort(key=lambda line: (line.kind, line.id))
    rows = [{"kind": line.kind, "id": line.id, "ver": line.ver, "digest": line.digest} for line in inside]
    return found | {"bucket": bucket, "rows": rows}


def mend_head(connection: sa.Connection, scope: str, buckets: Sequence[str]) -> None:
    """Put the digest of a scope right when it is not the sum of its lines in the feed."""
    if _differs(connection, scope, buckets):
        with write() as session:
            locked = session.connection()
            lock_heads(locked, [scope])
            lines = locked.scalars(sa.select(FEED.c.digest).where(FEED.c.scope == scope, FEED.c.op == "put"))
            right = digest_text(reduce(xor, (int(each, 16) for each in lines), 0))
            locked.execute(HEAD.update().where(HEAD.c.scope == scope).values(digest=right))
        log.warning("the digest of %s was wrong and was put right", scope)


def _differs(connection: sa.Connection, scope: str, buckets: Sequence[str]) -> bool:
    said = connection.scalar(sa.select(HEAD.c.digest).where(HEAD.c.scope == scope))
    return said is not None and said != digest_text(reduce(xor, (int(each, 16) for each in buckets), 0))


def rows_of(connection: sa.Connection, owner: str, scopes: Sequence[str], keys: Sequence[Key]) -> dict[str, Any]:
    """The rows of these records, in order; null for what is not there, or not to be seen. As many as fit."""
    listed = _listed(connection, scopes, keys)
    ids: dict[str, list[str]] = defaultdict(list)
    for kind, row_id in listed:
        ids[kind].append(row_id)
    rows = {kind: read_wire(connection, kind, wanted) for kind, wanted in ids.items()}
    given: list[dict[str, Any]] = []
    size = 0
    for kind, row_id in keys:
        row = rows.get(kind, {}).get(row_id)
        size += len(orjson.dumps(row))
        if given and size > MOST_BYTES:
            break
        given.append({"kind": kind, "id": row_id, "row": row})
    return {"rows": given, "cursor": _now(connection, owner, scopes)}


def mend_lines(connection: sa.Connection, scopes: Sequence[str], given: Sequence[dict[str, Any]]) -> None:
    """Put right the digests of rows whose line in the feed does not fit them."""
    rows = {(each["kind"], each["id"]): each["row"] for each in given if each["row"]}
    wrong = [
        (scope, *key)
        for key, (scope, digest) in _listed(connection, scopes, list(rows)).items()
        if digest != digest_text(row_digest(key[0], rows[key]))
    ]
    for scope, kind, row_id in wrong:
        with write() as session:
            locked = session.connection()
            head = lock_heads(locked, [scope])[scope]
            now = _listed(locked, [scope], [(kind, row_id)]).get((kind, row_id))
            row = read_wire(locked, kind, [row_id]).get(row_id)
            if now is None or row is None:
                continue
            right = row_digest(kind, row)
            if now[1] == digest_text(right):
                continue
            write_digests(locked, kind, [{"in_scope": scope, "this": row_id, "right": digest_text(right)}])
            whole = digest_text(head.digest ^ int(now[1], 16) ^ right)
            locked.execute(HEAD.update().where(HEAD.c.scope == scope).values(digest=whole))
        log.warning("the digest of %s %s was wrong and was put right", kind, row_id)


def _listed(connection: sa.Connection, scopes: Sequence[str], keys: Sequence[Key]) -> dict[Key, tuple[str, str]]:
    """Scope and digest of those of these records that are live in these scopes."""
    ids: dict[str, list[str]] = defaultdict(list)
    for kind, row_id in keys:
        ids[kind].append(row_id)
    found: dict[Key, tuple[str, str]] = {}
    for kind, wanted in ids.items():
        if kind not in KINDS:
            continue
        query = sa.select(FEED.c.scope, FEED.c.id, FEED.c.digest).where(
            FEED.c.scope.in_(list(scopes)), FEED.c.kind == kind, FEED.c.id.in_(wanted), FEED.c.op == "put"
        )
        for scope, row_id, digest in connection.execute(query):
            found[kind, row_id] = (scope, digest)
    return found


def _now(connection: sa.Connection, owner: str, scopes: Sequence[str]) -> str:
    """The cursor of somebody who has everything."""
    heads = read_heads(connection, scopes)
    epoch = max((head.epoch for head in heads.values()), default=1)
    return Cursor({scope: heads[scope].seq if scope in heads else 0 for scope in scopes}, epoch).text(owner)


def known_numbers(connection: sa.Connection, agent_id: str, device_ids: Sequence[str]) -> dict[str, int]:
    """The last number taken from each of an agent's devices that is known here; a restored server may lack some."""
    query = sa.select(DEVICES.c.id, DEVICES.c.last_n).where(
        DEVICES.c.agent == agent_id, DEVICES.c.kind == "phone", DEVICES.c.id.in_(list(device_ids))
    )
    return dict(map(tuple, connection.execute(query)))
