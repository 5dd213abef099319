"""The heads of the feeds: whoever writes into a scope holds its row, so seq order is commit order."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import sqlalchemy as sa

from sync.many import among
from sync.prepared import Prepared
from sync.stage import Head
from sync.tables import HEAD, insert_of


def lock_heads(connection: sa.Connection, scopes: Iterable[str]) -> dict[str, Head]:
    """Lock the heads of these scopes, in sorted order, making those that are missing. First thing in a transaction."""
    wanted = sorted(set(scopes))
    query = _locking(connection.dialect)
    found = query.rows(connection, scopes=wanted)
    if len(found) < len(wanted):
        have = {row.scope for row in found}
        fresh = [
            {"scope": scope, "seq": 0, "epoch": _epoch(connection), "digest": "0" * 16, "floor": 0}
            for scope in wanted
            if scope not in have
        ]
        connection.execute(insert_of(connection.dialect)(HEAD).on_conflict_do_nothing(), fresh)
        found = query.rows(connection, scopes=wanted)
    return {row.scope: Head(row.seq, int(row.digest, 16), row.epoch) for row in found}


@lru_cache
def _locking(dialect: sa.Dialect) -> Prepared:
    query = sa.select(HEAD.c.scope, HEAD.c.seq, HEAD.c.digest, HEAD.c.epoch)
    return Prepared(
        query.where(among(HEAD.c.scope, "scopes", dialect)).order_by(HEAD.c.scope).with_for_update(), dialect
    )


def _epoch(connection: sa.Connection) -> int:
    """All heads are of one epoch."""
    return connection.scalar(sa.select(sa.func.max(HEAD.c.epoch))) or 1
