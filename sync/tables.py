"""The engine's own tables, for statements that do without objects."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sync.database import table_of
from sync.models import Change, Device, Edit, Feed, Rejected, ScopeHead, Tombstone

HEAD = table_of(ScopeHead)
FEED = table_of(Feed)
CHANGE = table_of(Change)
TOMBSTONE = table_of(Tombstone)
REJECTED = table_of(Rejected)
LEDGER = table_of(Edit)
DEVICES = table_of(Device)


def insert_of(dialect: sa.Dialect) -> Any:
    """The dialect's INSERT, which knows ON CONFLICT."""
    return postgresql.insert if dialect.name == "postgresql" else sqlite.insert
