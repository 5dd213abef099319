"""A person's phones, as the sync engine keeps them: whose token is this, and revoking one."""

from __future__ import annotations

from flask import request
from sqlalchemy import select

from portal.accounts.models import Agent
from portal.errors import Problem
from sync import devices
from sync.database import db
from sync.errors import MESSAGES, SyncProblem
from sync.models import Device


def resume() -> Agent | None:
    """The person whose device token came with this request. Raises Problem 401, `device_revoked` among others."""
    try:
        caller = devices.authenticate(db.session.connection(), request.headers.get("Authorization"))
    except SyncProblem as problem:
        message = MESSAGES[problem.code]
        raise Problem(problem.status, problem.code, message, headers=problem.headers, **problem.more) from None
    agent = db.session.get(Agent, caller.agent_id)
    return agent if agent is not None and agent.disabled_at is None else None


def own_or_404(agent: Agent, device_id: str) -> Device:
    """The phone with this id, if it is this person's; another's does not exist."""
    wanted = select(Device).where(Device.id == device_id, Device.agent == agent.id, Device.kind == "phone")
    device = db.session.execute(wanted).scalar_one_or_none()
    if device is None:
        raise Problem(404, "not_found")
    return device
