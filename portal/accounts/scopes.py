"""Which feeds a person's devices pull."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Dialect, bindparam, select

from portal.accounts.models import Agent, Unit, lineage
from sync.database import glance
from sync.prepared import Prepared


def scopes_of(agent_id: str) -> list[str]:
    """The agent's own book, the own unit and its ancestors (never what lies below or beside), and the catalogue.

    Nothing for a person who is disabled, whatever devices there are.
    """
    with glance() as connection:
        unit = _at_work(connection.dialect).row(connection, agent=agent_id)
    if unit is None:
        return []
    return [f"agent:{agent_id}", *(f"unit:{unit_id}" for unit_id in lineage(unit.path)), "org"]


@lru_cache
def _at_work(dialect: Dialect) -> Prepared:
    """The unit of somebody who is not disabled. Asked at every call of every phone."""
    unit = select(Unit.path).join(Agent, Agent.unit_id == Unit.id)
    return Prepared(unit.where(Agent.id == bindparam("agent"), Agent.disabled_at.is_(None)), dialect)
