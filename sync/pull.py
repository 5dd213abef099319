"""Pull: what happened in a device's scopes since its cursor, each record once, in the order of commits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from sync.canonical import MAX_INT
from sync.cursor import Cursor
from sync.errors import SyncProblem
from sync.keyring import keyring
from sync.kinds import KINDS
from sync.many import among
from sync.prepared import Prepared
from sync.tables import FEED, HEAD

MOST = 5000
USUAL = 500
_ALL = 2**31 - 1


def pull(
    connection: sa.Connection, owner: str, scopes: Sequence[str], cursor: str | None, limit: int = USUAL
) -> dict[str, Any]:
    """One page: `changes`, the next `cursor`, `more`, and on the last page the `digests`. Needs a consistent read.

    `limit` is soft: a page is never cut inside one edit. Raises SyncProblem for a bad or too old cursor.
    """
    limit = max(1, min(limit, MOST))
    place = Cursor.read(cursor, owner) if cursor is not None else None
    heads = read_heads(connection, scopes)
    epoch = max((head.epoch for head in heads.values()), default=1)
    if place and place.epoch != epoch:
        raise SyncProblem(410, "rebootstrap", epoch=epoch)
    reached = dict(place.seqs) if place else {}
    lines = _lines_of_lost_scopes(connection, reached, scopes)
    more = False
    for scope in scopes:
        head, since = heads.get(scope), reached.get(scope, 0)
        if since > (head.seq if head else 0):  # a database that was put back by hand knows less than the phone
            raise SyncProblem(410, "rebootstrap", epoch=epoch)
        reached.setdefault(scope, 0)
        if head is None or since >= head.seq:
            continue
        if since and since < head.floor:
            raise SyncProblem(410, "rebootstrap", epoch=epoch)
        if len(lines) >= limit:
            more = True
            break
        found, whole = _lines(connection, scope, since, limit - len(lines))
        lines += found
        reached[scope] = head.seq if whole else found[-1].seq
        more |= not whole
    page: dict[str, Any] = {
        "changes": _changes(connection, lines),
        "cursor": Cursor(reached, epoch).text(owner),
        "more": more,
    }
    if not more:
        page["digests"] = {scope: heads[scope].digest if scope in heads else "0" * 16 for scope in scopes}
    return page


@lru_cache
def _heads(dialect: sa.Dialect) -> Prepared:
    return Prepared(sa.select(HEAD).where(among(HEAD.c.scope, "scopes", dialect)), dialect)


def read_heads(connection: sa.Connection, scopes: Sequence[str]) -> dict[str, Any]:
    """The heads of these scopes by name."""
    return {head.scope: head for head in _heads(connection.dialect).rows(connection, scopes=list(scopes))}


def nothing_new(
    connection: sa.Connection, owner: str, scopes: Sequence[str], cursor: str | None
) -> dict[str, Any] | None:
    """The page of a device that has everything, from one statement; None when there may be news."""
    if cursor is None:
        return None
    place = Cursor.read(cursor, owner)
    heads = read_heads(connection, scopes)
    current = all(head.epoch == place.epoch and head.seq == place.seqs.get(head.scope) for head in heads.values())
    if not current or set(place.seqs) != set(scopes):
        return None
    digests = {scope: heads[scope].digest if scope in heads else "0" * 16 for scope in scopes}
    return {"changes": [], "cursor": cursor, "more": False, "digests": digests}


def _lines(connection: sa.Connection, scope: str, since: int, room: int) -> tuple[list[Any], bool]:
    """Feed rows after `since`, whole edits only, about `room` of them; and whether that was all."""
    between = _lines_between(connection.dialect)
    found = list(between.rows(connection, scope=scope, since=since, until=MAX_INT, room=room + 1))
    if len(found) <= room:
        return found, True
    last = found[room - 1].seq
    if found[room].seq != last:
        return found[:room], False
    begun = [line for line in found if line.seq < last]
    rest = list(between.rows(connection, scope=scope, since=last - 1, until=last, room=_ALL))
    beyond = sa.select(sa.func.count()).where(FEED.c.scope == scope, FEED.c.seq > last)
    return begun + rest, not connection.scalar(beyond)


@lru_cache
def _lines_between(dialect: sa.Dialect) -> Prepared:
    query = sa.select(FEED.c.kind, FEED.c.id, FEED.c.seq, FEED.c.op, FEED.c.ver).where(
        FEED.c.scope == sa.bindparam("scope"),
        FEED.c.seq > sa.bindparam("since"),
        FEED.c.seq <= sa.bindparam("until"),
    )
    return Prepared(query.order_by(FEED.c.seq, FEED.c.kind, FEED.c.id).limit(sa.bindparam("room")), dialect)


def _lines_of_lost_scopes(connection: sa.Connection, reached: dict[str, int], scopes: Sequence[str]) -> list[Any]:
    """The device no longer sees a scope (its agent changed unit): all it got from there has to go."""
    lines: list[Any] = []
    for scope in [scope for scope in reached if scope not in scopes]:
        query = sa.select(FEED.c.kind, FEED.c.id, FEED.c.seq, sa.literal("leave").label("op"), FEED.c.ver)
        lines += connection.execute(query.where(FEED.c.scope == scope, FEED.c.op == "put"))
        del reached[scope]
    return lines


def _changes(connection: sa.Connection, lines: list[Any]) -> list[dict[str, Any]]:
    ids = defaultdict(list)
    for line in lines:
        if line.op == "put":
            ids[line.kind].append(line.id)
    rows = {kind: read_wire(connection, kind, wanted) for kind, wanted in ids.items()}
    changes = []
    for line in lines:
        change = {"op": line.op, "kind": line.kind, "id": line.id, "ver": line.ver}
        if line.op == "put":
            change["row"] = rows[line.kind][line.id]
        changes.append(change)
    return changes


def read_wire(connection: sa.Connection, kind: str, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Wire rows by id."""
    codec, ring = KINDS[kind].codec, keyring()
    rows = {}
    for start in range(0, len(ids), MOST):
        part = ids[start : start + MOST]
        for found in codec.by_ids(connection).lists(connection, ids=part):
            rows[found[0]] = codec.wire(found, ring)
    return rows
