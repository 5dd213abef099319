"""Which feeds a person's devices pull."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from portal.accounts.models import Agent, Unit, lineage
from sync.database import glance

#: Asked at every call of every phone, so without objects.
_AT_WORK = (
    select(Unit.path)
    .join(Agent, Agent.unit_id == Unit.id)
    .where(Agent.id == bindparam("agent"), Agent.disabled_at.is_(None))
)


def scopes_of(agent_id: str) -> list[str]:
    """The agent's own book, the own unit and its ancestors (never what lies below or beside), and the catalogue.

    Nothing for a person who is disabled, whatever devices there are.
    """
    with glance() as connection:
        path = connection.scalar(_AT_WORK, {"agent": agent_id})
    if path is None:
        return []
    return [f"agent:{agent_id}", *(f"unit:{unit_id}" for unit_id in lineage(path)), "org"]
