"""The office as a whole: one change at a time, always with an administrator, never over somebody else's change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, orm, select

from portal.accounts.models import Agent, NotAdded
from portal.translations import msgid
from sync.database import write

#: Any number that nothing else of ours locks by.
LOCK = 0x0FF1CE
LAST_ADMIN = msgid("This is the only administrator who can sign in. Make somebody else one first.")


class Stale(Exception):
    """Somebody else changed the same thing after the page was opened."""


@contextmanager
def change() -> Iterator[orm.Session]:
    """As `write()`, one at a time: two changes that are right alone may make a ring of units or leave no administrator."""
    with write() as session:
        if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer anyway
            session.execute(select(func.pg_advisory_xact_lock(LOCK)))
        yield session


def print_of(state: dict[str, Any]) -> str:
    """A short sum of what a page shows, to be sent back with its form."""
    said = json.dumps(state, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def hold(seen: str, state: dict[str, Any]) -> None:
    """Raise Stale unless the form was made from what stands now."""
    if seen != print_of(state):
        raise Stale


def keep_an_admin(session: orm.Session, agent: Agent) -> None:
    """Raise NotAdded when nobody but this person could administer the office. Within `change()`."""
    others = select(Agent.id).where(Agent.role == "admin", Agent.disabled_at.is_(None), Agent.id != agent.id).limit(1)
    if agent.role == "admin" and agent.disabled_at is None and session.execute(others).first() is None:
        raise NotAdded(LAST_ADMIN, "role")
