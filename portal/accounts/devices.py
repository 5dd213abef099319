"""A person's phones, as the sync engine keeps them: whose token is this, and revoking one."""

from __future__ import annotations

from flask import request
from sqlalchemy import select

from portal.accounts import log, sessions
from portal.accounts.models import Agent
from portal.errors import Problem
from sync import devices
from sync.database import db, write
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


def sign_out_phone(device: Device, by: Agent) -> bool:
    """Let a phone in no more; at its next contact it is told to wipe the book. False when that was done before.

    The person's sessions end first, but for the one that asks: one of them is the phone's, and would register anew.
    """
    if device.revoked_at is not None:
        return False
    asking = "" if "Authorization" in request.headers else request.cookies.get(sessions.COOKIE, "")
    with write() as session:
        sessions.end_all(session, device.agent, but=asking)
        owner = session.get_one(Agent, device.agent)
        log.note(session, "phone_revoked", by.id, agent=owner, label=device.label, device=device.id)
    return devices.revoke(device.id, device.agent)
