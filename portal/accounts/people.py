"""The people of the office: found, added, changed, disabled, and named to the sync engine."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from flask import Request
from sqlalchemy import ColumnElement, false, or_, orm, select, true, update

from portal.accounts import log, sessions, tokens
from portal.accounts.models import (
    CONTACT_FIELDS,
    REGISTRATION_STATUSES,
    ROLES,
    SALES_GRADES,
    Agent,
    NotAdded,
    ResetCode,
    Unit,
)
from portal.accounts.office import change, keep_an_admin
from portal.errors import Problem
from portal.translations import msgid
from sync import devices
from sync.columns import new_id, utcnow
from sync.database import db
from sync.keyring import keyed_hash

USERNAME = re.compile(r"[^\s/:@\x00-\x1f\x7f]{2,64}")
PHONE = re.compile(r"1[3-9]\d{9}|\+[1-9]\d{6,14}")
#: The most characters of a field.
LONGEST = {"name": 100, "registration": 64, "title": 60, "email": 120, "wechat_id": 60, "office_address": 200}

BAD_USERNAME = msgid("A username has 2 to 64 characters, without blanks and without / : @.")
LIKE_A_PHONE = msgid("A username may not look like somebody's phone number.")
NEEDS_A_NAME = msgid("A person needs a name.")
NO_SUCH_ROLE = msgid("The role is one of %(roles)s.")
NO_SUCH_STATUS = msgid("The registration status is one of %(statuses)s.")
NO_SUCH_GRADE = msgid("The sales grade is one of %(grades)s.")
USERNAME_TAKEN = msgid("The username %(username)s is taken.")
PHONE_TAKEN = msgid("Somebody else has this work phone.")
NOT_A_MOBILE = msgid("The work phone is not a mobile number.")
TOO_LONG = msgid("Use at most %(most)s characters.")


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
    from portal.accounts.two_step import hold_missing

    agent = agent_of_basic(request) or sessions.resume()
    if agent is not None:
        hold_missing(agent)
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
    by: str | None = None,
    **contact: Any,
) -> Agent:
    """A new person. `contact` are the card's fields (`CONTACT_FIELDS`). Raises NotAdded.

    The hash is made beforehand: nobody else may write while it is computed.
    """
    username = folded(username)
    if not USERNAME.fullmatch(username):
        raise NotAdded(BAD_USERNAME, "username")
    if phone_digits(username):
        raise NotAdded(LIKE_A_PHONE, "username")
    if session.execute(select(Agent.id).where(Agent.username == username)).first():
        raise NotAdded(USERNAME_TAKEN, "username", username=username)
    agent = Agent(id=agent_id or new_id(), username=username, password_hash=password_hash, unit_id=unit.id)
    fields = {
        "name": name,
        "role": role,
        "registration": registration,
        "registration_status": registration_status or ("registered" if registration else "pending"),
        "registration_expires": registration_expires,
        "sales_grade": sales_grade,
        **contact,
    }
    _keep(session, agent, _checked(fields))
    session.add(agent)
    session.flush()
    log.note(session, "person_added", by, agent=agent, unit_id=unit.id, unit=unit.name, role=role)
    return agent


def change_agent(session: orm.Session, agent: Agent, unit: Unit, fields: dict[str, Any], by: str | None) -> bool:
    """Other values for what is known of a person, and another unit. True when something changed. Raises NotAdded.

    Within `office.change()`. Who gets a role without customers loses the phones: see `revoke_without_book`.
    """
    fields = _checked(fields)
    before, old_unit = state_of(agent), agent.unit
    if fields["role"] != "admin":
        keep_an_admin(session, agent)
    _keep(session, agent, fields)
    agent.unit_id, agent.unit = unit.id, unit
    after = state_of(agent)
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not changes:
        return False
    session.flush()
    if "unit" in changes:
        changes["unit"] = [old_unit.name, unit.name]
    for name in CONTACT_FIELDS:  # that it changed is written down; what it is stands sealed with the person
        if name in changes:
            changes[name] = [None, None]
    log.note(session, "person_changed", by, agent=agent, unit_id=unit.id, changes=changes)
    return True


def state_of(agent: Agent) -> dict[str, Any]:
    """What can be changed of a person, as plain values."""
    card = agent.card
    return {
        "name": agent.name,
        "role": agent.role,
        "unit": agent.unit_id,
        "registration": agent.registration or "",
        "registration_status": agent.registration_status,
        "registration_expires": agent.registration_expires.isoformat() if agent.registration_expires else "",
        "sales_grade": agent.sales_grade or 1,
        **{name: card.get(name, "") for name in CONTACT_FIELDS},
    }


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as they are kept. Raises NotAdded."""
    fields = {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}
    if not fields["name"]:
        raise NotAdded(NEEDS_A_NAME, "name")
    if fields["role"] not in ROLES:
        raise NotAdded(NO_SUCH_ROLE, "role", roles=", ".join(ROLES))
    if fields["registration_status"] not in REGISTRATION_STATUSES:
        raise NotAdded(NO_SUCH_STATUS, "registration_status", statuses=", ".join(REGISTRATION_STATUSES))
    if fields["sales_grade"] is not None and fields["sales_grade"] not in SALES_GRADES:
        raise NotAdded(NO_SUCH_GRADE, "sales_grade", grades=", ".join(map(str, SALES_GRADES)))
    for name, most in LONGEST.items():
        if len(fields.get(name) or "") > most:
            raise NotAdded(TOO_LONG, name, most=most)
    if fields.get("work_phone"):
        fields["work_phone"] = phone_digits(fields["work_phone"])
        if fields["work_phone"] is None:
            raise NotAdded(NOT_A_MOBILE, "work_phone")
    return fields


def _keep(session: orm.Session, agent: Agent, fields: dict[str, Any]) -> None:
    """Write checked fields to the person. Raises NotAdded when the work phone is somebody else's."""
    work_phone = fields.get("work_phone")
    phone_hash = _phone_hash(work_phone) if work_phone else None
    if phone_hash:  # compared with None it would be IS NULL, and everybody without a phone would clash
        theirs = select(Agent.id).where(Agent.work_phone_hash == phone_hash, Agent.id != agent.id)
        with session.no_autoflush:
            if session.execute(theirs).first():
                raise NotAdded(PHONE_TAKEN, "work_phone")
    for name in ("name", "role", "registration_status", "registration_expires", "sales_grade"):
        setattr(agent, name, fields[name])
    agent.registration = fields["registration"] or None
    agent.work_phone_hash = phone_hash
    agent.keep_card(fields)


def set_password(session: orm.Session, agent_id: str, password_hash: str) -> None:
    """Keep a new password and end the person's sessions everywhere; devices go on syncing, one-time codes do not."""
    agent = session.get_one(Agent, agent_id)
    agent.password_hash = password_hash
    agent.password_changed_at = utcnow()
    open_codes = update(ResetCode).where(ResetCode.agent_id == agent_id, ResetCode.used_at.is_(None))
    session.execute(open_codes.where(ResetCode.voided_at.is_(None)).values(voided_at=utcnow()))
    sessions.end_all(session, agent_id)


def disable(agent_id: str, by: str | None = None, *, even_last: bool = True) -> None:
    """The person leaves: no sign-in any more, sessions end, tokens and devices are revoked. Twice is the same as once.

    Raises NotAdded for the last administrator, unless `even_last`: the console of the machine may do it.
    """
    with change() as session:
        agent = session.get_one(Agent, agent_id)
        if not even_last:
            keep_an_admin(session, agent)
        if agent.disabled_at is None:
            agent.disabled_at = utcnow()
            log.note(session, "person_disabled", by, agent=agent)
        sessions.end_all(session, agent_id)
        tokens.end_all(session, agent_id)
    # The engine writes for itself. A phone that registers in this very moment has no scopes, and is told so.
    devices.revoke_all(agent_id)


def enable(agent_id: str, by: str | None = None) -> None:
    """The person is back: may sign in again, with the old password. Phones are signed in anew. Twice is once."""
    with change() as session:
        agent = session.get_one(Agent, agent_id)
        if agent.disabled_at is not None:
            agent.disabled_at = None
            log.note(session, "person_enabled", by, agent=agent)


def revoke_without_book(agent: Agent) -> None:
    """Sign out the phones of somebody whose role has no customers; what they had not sent is handed in."""
    if not agent.has_book:
        devices.revoke_all(agent.id)


def _phone_hash(digits: str) -> bytes:
    return keyed_hash(digits, "agent.work_phone")
