"""The phones of the people one leads: what they say of themselves, and letting one in no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.accounts.devices import sign_out_phone
from portal.accounts.guards import current_agent
from portal.accounts.models import Agent
from portal.accounts.people import seen_by
from portal.errors import Problem
from portal.team.books import sound
from sync.database import db
from sync.models import Device, DeviceCard

#: Who signs out other people's phones: leaders those of their units, administrators all.
REVOKERS = ("leader", "manager", "admin")


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone, and whose it is."""

    id: str
    label: str
    agent_id: str
    agent_name: str
    unit_name: str
    disabled: bool
    revoked_at: datetime | None
    last_seen_at: datetime | None
    waiting: int | None
    oldest_waiting_at: datetime | None
    build: str | None
    mended: int | None


def phone_or_404(viewer: Agent, device_id: str) -> Phone:
    """A phone that the viewer may sign out; any other does not exist."""
    found = _read(viewer, Device.id == device_id)
    if not found:
        raise Problem(404, "not_found")
    return found[0]


def phones_of(viewer: Agent) -> list[Phone]:
    """All phones that the viewer may sign out, by person, those let in first, the newest first."""
    return sorted(
        _read(viewer, sa.true()),
        key=lambda phone: (sound(phone.agent_name), phone.agent_id, phone.revoked_at is not None),
    )


def revoke(phone: Phone) -> bool:
    """Let it in no more, and write down who did. False when that was done before."""
    device = db.session.get_one(Device, phone.id)
    return sign_out_phone(device, current_agent())


def revoked_at(device_id: str) -> datetime:
    """Since when a revoked phone is let in no more."""
    db.session.rollback()  # read afresh
    moment = db.session.execute(sa.select(Device.revoked_at).where(Device.id == device_id)).scalar_one()
    assert moment is not None
    return moment


def _read(viewer: Agent, which: sa.ColumnElement[bool]) -> list[Phone]:
    mine = Agent.id == viewer.id
    theirs = sa.or_(mine, seen_by(viewer)) if viewer.role in REVOKERS else mine
    query = (
        sa.select(Device, DeviceCard, Agent)
        .join(Agent, Agent.id == Device.agent)
        .outerjoin(DeviceCard, DeviceCard.id == Device.id)
        .where(Device.kind == "phone", theirs, which)
        .order_by(Device.created_at.desc(), Device.id.desc())
    )
    return [_phone(*found) for found in db.session.execute(query)]


def _phone(device: Device, card: DeviceCard | None, agent: Agent) -> Phone:
    return Phone(
        id=device.id,
        label=device.label,
        agent_id=agent.id,
        agent_name=agent.name,
        unit_name=agent.unit.name,
        disabled=agent.disabled_at is not None,
        revoked_at=device.revoked_at,
        last_seen_at=card.last_seen_at if card else None,
        waiting=card.waiting if card else None,
        oldest_waiting_at=card.oldest_waiting_at if card else None,
        build=card.build if card else None,
        mended=card.mended if card else None,
    )
