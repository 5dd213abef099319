"""The people of the office: found, added, disabled, and named to the sync engine."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from flask import Request
from sqlalchemy import ColumnElement, false, or_, orm, select, true

from portal.accounts import sessions
from portal.accounts.models import REGISTRATION_STATUSES, ROLES, SALES_GRADES, Agent, NotAdded, Unit
from portal.errors import Problem
from portal.translations import msgid
from sync import devices
from sync.columns import new_id, utcnow
from sync.database import db, write
from sync.keyring import keyed_hash

USERNAME = re.compile(r"[^\s/:@\x00-\x1f\x7f]{2,64}")
PHONE = re.compile(r"1[3-9]\d{9}|\+[1-9]\d{6,14}")


def folded(name: str) -> str:
    """A username as it is kept and looked up: full-width and capital letters are the same letters."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def phone_digits(text: str) -> str | None:
    """A mobile or international number without blanks, dashes and the home prefix; None when it is no number."""
    digits = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", text)).removeprefix("+86")
    return digits if PHONE.fullmatch(digits) else None


def known_as(name: str) -> Agent | None:
    """The person with this username or work phone, disabled or not."""
    ways: list[ColumnElement[bool]] = [false()]
    if USERNAME.fullmatch(username := folded(name)):
        ways.append(Agent.username == username)
    if digits := phone_digits(name):
        ways.append(Agent.work_phone_hash == _phone_hash(digits))
    return db.session.execute(select(Agent).where(or_(*ways))).scalar_one_or_none()


def anyone() -> bool:
    """True when the office has a person already."""
    return db.session.execute(select(Agent.id).limit(1)).first() is not None


def agent_name(agent_id: str) -> str:
    """What people call the agent; empty for an id nobody has."""
    return db.session.execute(select(Agent.name).where(Agent.id == agent_id)).scalar_one_or_none() or ""


def sign_in_for_device(request: Request) -> str | None:
    """Who registers a device: the session's person, or the one named by HTTP Basic. None asks for either.

    Raises TooManyTries, and Problem for Basic over a wire that others read or for a role without a book.
    """
    from portal.accounts.credentials import agent_of_basic  # credentials looks people up here

    agent = agent_of_basic(request) or sessions.resume()
    if agent is not None and not agent.has_book:
        raise Problem(403, "no_book", msgid("Your role has no customers of its own to carry on a phone."))
    return agent.id if agent else None


def colleagues_of(agent: Agent) -> list[Agent]:
    """The others of the agent's own unit who still work here."""
    wanted = select(Agent).where(Agent.unit_id == agent.unit_id, Agent.id != agent.id, Agent.disabled_at.is_(None))
    return list(db.session.execute(wanted.order_by(Agent.name, Agent.id)).scalars())


def seen_by(viewer: Agent) -> ColumnElement[bool]:
    """Whom `viewer` may know of: everybody, the unit and below, the own unit, or only oneself."""
    if viewer.role in {"compliance", "admin"}:
        return true()
    if viewer.role in {"leader", "manager"}:
        below = select(Unit.id).where(Unit.path.startswith(viewer.unit.path, autoescape=True))
        return Agent.unit_id.in_(below)
    if viewer.role == "office":
        return Agent.unit_id == viewer.unit_id
    return Agent.id == viewer.id


def add_agent(
    session: orm.Session,
    *,
    username: str,
    name: str,
    unit: Unit,
    role: str,
    password_hash: str,
    registration: str | None = None,
    registration_status: str | None = None,
    registration_expires: date | None = None,
    sales_grade: int | None = None,
    agent_id: str | None = None,
    **contact: Any,
) -> Agent:
    """A new person. `contact` are the card's fields (`CONTACT_FIELDS`). Raises NotAdded.

    The hash is made beforehand: nobody else may write while it is computed.
    """
    username, work_phone = folded(username), _phone_of(contact)
    _refuse_faulty(username, name, role, registration_status)
    if sales_grade is not None and sales_grade not in SALES_GRADES:
        raise NotAdded(f"the sales grade is one of {', '.join(map(str, SALES_GRADES))}")
    agent = Agent(
        id=agent_id or new_id(),
        username=username,
        name=name.strip(),
        role=role,
        unit_id=unit.id,
        registration=registration,
        registration_status=registration_status or ("registered" if registration else "pending"),
        registration_expires=registration_expires,
        sales_grade=sales_grade,
        password_hash=password_hash,
        work_phone_hash=_phone_hash(work_phone) if work_phone else None,
    )
    agent.keep_card({**contact, "work_phone": work_phone})
    taken = [Agent.username == username]
    if work_phone:  # compared with None it would be IS NULL, and everybody without a phone would clash
        taken.append(Agent.work_phone_hash == agent.work_phone_hash)
    if session.execute(select(Agent.id).where(or_(*taken))).first():
        raise NotAdded(f"the username {username} or the work phone is taken")
    session.add(agent)
    session.flush()
    return agent


def _phone_of(contact: dict[str, Any]) -> str | None:
    if not contact.get("work_phone"):
        return None
    digits = phone_digits(contact["work_phone"])
    if digits is None:
        raise NotAdded("the work phone is not a mobile number")
    return digits


def _refuse_faulty(username: str, name: str, role: str, registration_status: str | None) -> None:
    if not USERNAME.fullmatch(username):
        raise NotAdded("a username has 2 to 64 characters, without blanks and without / : @")
    if phone_digits(username):
        raise NotAdded("a username may not look like somebody's phone number")
    if not name.strip():
        raise NotAdded("a person needs a name")
    if role not in ROLES:
        raise NotAdded(f"the role is one of {', '.join(ROLES)}")
    if registration_status is not None and registration_status not in REGISTRATION_STATUSES:
        raise NotAdded(f"the registration status is one of {', '.join(REGISTRATION_STATUSES)}")


def set_password(session: orm.Session, agent_id: str, password_hash: str) -> None:
    """Keep a new password and end the person's sessions everywhere; devices go on syncing."""
    agent = session.get_one(Agent, agent_id)
    agent.password_hash = password_hash
    agent.password_changed_at = utcnow()
    sessions.end_all(session, agent_id)


def disable(agent_id: str) -> None:
    """The person leaves: no sign-in any more, sessions end, devices are revoked. Twice is the same as once."""
    with write() as session:
        session.get_one(Agent, agent_id).disabled_at = utcnow()
        sessions.end_all(session, agent_id)
    # The engine writes for itself. A phone that registers in this very moment has no scopes, and is told so.
    devices.revoke_all(agent_id)


def _phone_hash(digits: str) -> bytes:
    return keyed_hash(digits, "agent.work_phone")
