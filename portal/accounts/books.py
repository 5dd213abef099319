"""Books of others: what the people one leads have, and the trace that looking into it leaves."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from portal.accounts.guards import current_agent
from portal.accounts.models import Agent
from portal.accounts.people import seen_by
from portal.errors import Problem
from sync.columns import new_id, utcnow
from sync.database import db, write
from sync.kinds import Row
from sync.rows import read_row, read_rows
from sync.wish import is_id

#: Who may read what stands in a book: its agent, whoever leads the agent, compliance.
READERS = ("agent", "leader", "manager", "compliance")
#: As many as anybody reads down a list.
SHOWN = 100


def newest(table: sa.FromClause, at: str, *more: str) -> list[tuple[sa.Row[Any], str, str]]:
    """The records that have a time in the column `at`, newest first, out of every book one may know of.

    Each with its customer's name (empty when there is none any more) and its agent's; `more` columns are read along.
    """
    agents = db.session.execute(sa.select(Agent.id, Agent.name).where(seen_by(current_agent())))
    owners = {f"agent:{agent.id}": agent.name for agent in agents}
    c = table.c
    query = sa.select(c.id, c.scope, c.customer_id, *(c[name] for name in more))
    query = query.where(c[at].is_not(None), c.scope.in_(list(owners))).order_by(c[at].desc(), c.id).limit(SHOWN)
    found = db.session.execute(query).all()
    customers = read_rows(db.session.connection(), "customer", {each.customer_id for each in found})
    names = {row["id"]: row["name"] for row in customers}
    return [(each, names.get(each.customer_id, ""), owners[each.scope]) for each in found]


def readable(kind: str, table: sa.FromClause, record_id: str) -> tuple[Row, Agent]:
    """A record out of a book one may know of, and whose book it is; a stranger's does not exist (404)."""
    row = read_row(db.session.connection(), kind, record_id) if is_id(record_id) else None
    owner = _owner(table, record_id) if row else None
    if row is None or owner is None:
        raise Problem(404, "not_found")
    return row, owner


def _owner(table: sa.FromClause, record_id: str) -> Agent | None:
    scope = db.session.scalar(sa.select(table.c.scope).where(table.c.id == record_id))
    wanted = sa.select(Agent).where(Agent.id == str(scope).removeprefix("agent:"), seen_by(current_agent()))
    return db.session.execute(wanted).scalar_one_or_none()


def leave_trace(reading: type[Any], owner: Agent, **what: str) -> None:
    """Write down, as a line of `reading`, that somebody looks into another's book; one's own leaves none."""
    reader = current_agent()
    if reader.id == owner.id:
        return
    with write() as session:
        session.add(reading(id=new_id(), read_by=reader.id, read_at=utcnow(), **what))
