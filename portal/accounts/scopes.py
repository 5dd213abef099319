"""Which feeds a person's devices pull."""

from __future__ import annotations

from sqlalchemy import select

from portal.accounts.models import Agent, Unit
from sync.database import db


def scopes_of(agent_id: str) -> list[str]:
    """The agent's own book, the own unit and its ancestors (never what lies below or beside), and the catalogue.

    Nothing for a person who is disabled, whatever devices there are.
    """
    at_work = select(Unit).join(Agent).where(Agent.id == agent_id, Agent.disabled_at.is_(None))
    unit = db.session.execute(at_work).scalar_one_or_none()
    if unit is None:
        return []
    return [f"agent:{agent_id}", *(f"unit:{unit_id}" for unit_id in unit.lineage), "org"]
