"""Deleted records are kept for a while, so that a late edit can bring them back; then they are gone for good."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from sync.database import write
from sync.heads import lock_heads
from sync.models import Conflict
from sync.tables import FEED, HEAD, TOMBSTONE

KEPT = timedelta(days=90)


def purge(now: datetime) -> int:
    """Forget what was deleted more than 90 days ago; a cursor from before then has to start over. Gives how many.

    What an open conflict asks about stays until somebody has answered.
    """
    with write() as session:
        connection = session.connection()
        old = TOMBSTONE.c.at < now - KEPT
        lock_heads(connection, connection.scalars(sa.select(TOMBSTONE.c.scope).where(old).distinct()))
        asked = sa.select(Conflict.record_id).where(Conflict.resolution.is_(None))
        trees = sa.select(Conflict.tree_id).where(Conflict.resolution.is_(None), Conflict.tree_id.is_not(None))
        idle = (old, TOMBSTONE.c.id.not_in(asked), TOMBSTONE.c.id.not_in(trees))
        gone = connection.execute(sa.select(TOMBSTONE.c.scope, TOMBSTONE.c.kind, TOMBSTONE.c.id).where(*idle)).all()
        for scope, kind, row_id in gone:
            here = (FEED.c.scope == scope, FEED.c.kind == kind, FEED.c.id == row_id, FEED.c.op == "delete")
            seq = connection.scalar(sa.select(FEED.c.seq).where(*here)) or 0
            connection.execute(FEED.delete().where(*here))
            connection.execute(HEAD.update().where(HEAD.c.scope == scope, HEAD.c.floor < seq).values(floor=seq))
        connection.execute(TOMBSTONE.delete().where(*idle))
    return len(gone)
