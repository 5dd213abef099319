"""A person's phones, as the sync engine keeps them: whose token is this, and revoking one."""

from __future__ import annotations

from flask import request
from sqlalchemy import orm, select

from portal.accounts.models import Agent
from portal.errors import Problem
from sync.database import db
from sync.models import Device


def resume() -> Agent | None:
    """The person whose device token came with this request. Raises Problem 401 `device_revoked`."""
    from sync import devices as engine

    device = engine.authenticate(request)
    agent = db.session.get(Agent, device.agent)
    return agent if agent is not None and agent.disabled_at is None else None


def own_or_404(agent: Agent, device_id: str) -> Device:
    """The phone with this id, if it is this person's; another's does not exist."""
    wanted = select(Device).where(Device.id == device_id, Device.agent == agent.id, Device.kind == "phone")
    device = db.session.execute(wanted).scalar_one_or_none()
    if device is None:
        raise Problem(404, "not_found")
    return device


def revoke(device_id: str) -> None:
    """Let this device in no more. Twice is the same as once."""
    from sync import devices as engine

    engine.revoke(device_id)


def revoke_all(session: orm.Session, agent_id: str) -> None:
    """Let none of the person's phones in any more."""
    from sync import devices as engine

    engine.revoke_all(session, agent_id)
