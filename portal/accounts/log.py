"""The office's log: who changed a unit, a person, a phone's access or a setting, and when. It is only added to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import orm, select

from portal.accounts.models import Agent, OfficeEvent
from portal.dates import SHANGHAI, add_days
from portal.translations import msgid
from sync.columns import new_id, utcnow
from sync.database import db

#: What is written down, and how it reads after the name of who did it.
SENTENCES = {
    "unit_added": msgid("added the unit %(unit)s"),
    "unit_renamed": msgid("renamed the unit %(old)s to %(new)s"),
    "unit_moved": msgid("moved the unit %(unit)s from %(old)s to %(new)s"),
    "person_added": msgid("added %(name)s (%(username)s)"),
    "person_changed": msgid("changed what is known of %(name)s"),
    "person_disabled": msgid("disabled %(name)s: no sign-in, phones revoked"),
    "person_enabled": msgid("let %(name)s sign in again"),
    "code_made": msgid("made a one-time code for %(name)s"),
    "code_used": msgid("chose a password with a one-time code"),
    "password_changed": msgid("changed the own password"),
    "password_set": msgid("set a new password for %(name)s"),
    "two_step_on": msgid("turned on the second step at sign-in"),
    "two_step_off": msgid("turned off the second step at sign-in"),
    "two_step_reset": msgid("took away the second step of %(name)s"),
    "two_step_codes": msgid("made new recovery codes"),
    "recovery_used": msgid("signed in with a recovery code"),
    "phone_revoked": msgid("revoked %(label)s of %(name)s"),
    "token_made": msgid("made a token for a program: %(label)s"),
    "token_revoked": msgid("revoked the token %(label)s of %(name)s"),
    "webhook_added": msgid("added the webhook %(label)s"),
    "webhook_secret": msgid("made a new secret for the webhook %(label)s"),
    "webhook_ended": msgid("ended the webhook %(label)s"),
    "setting_changed": msgid("changed a setting"),
}
#: What the log can be narrowed to.
SUBJECTS = {
    "units": ("unit_added", "unit_renamed", "unit_moved"),
    "people": ("person_added", "person_changed", "person_disabled", "person_enabled"),
    "access": (
        "code_made", "code_used", "password_changed", "password_set", "two_step_on", "two_step_off", "two_step_reset",
        "two_step_codes", "recovery_used", "phone_revoked", "token_made", "token_revoked",
    ),
    "settings": ("setting_changed", "webhook_added", "webhook_secret", "webhook_ended"),
}  # fmt: skip


def note(
    session: orm.Session,
    what: str,
    by: str | None,
    *,
    agent: Agent | None = None,
    unit_id: str | None = None,
    **facts: Any,
) -> None:
    """Add a line, in the transaction that does what it says. `by`: who did it, None for the machine's console."""
    if what not in SENTENCES:
        raise ValueError(f"no such line in the log: {what}")
    if agent is not None:
        facts = {"name": agent.name, "username": agent.username, **facts}
    line = OfficeEvent(id=new_id(), at=utcnow(), what=what, by_id=by, agent_id=agent.id if agent else None)
    line.unit_id, line.facts = unit_id, facts
    session.add(line)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines of the log: about or by somebody, of a subject, up to the end of a day, before a line."""

    agent_id: str = ""
    subject: str = ""
    until: date | None = None
    before: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line with the name of who did it."""

    event: OfficeEvent
    by_name: str | None


def entries(wanted: Wanted, most: int) -> list[Entry]:
    """The lines that are wanted, the newest first."""
    query = select(OfficeEvent, Agent.name).outerjoin(Agent, Agent.id == OfficeEvent.by_id)
    if wanted.agent_id:
        query = query.where((OfficeEvent.agent_id == wanted.agent_id) | (OfficeEvent.by_id == wanted.agent_id))
    if wanted.subject:
        query = query.where(OfficeEvent.what.in_(SUBJECTS[wanted.subject]))
    if wanted.until:
        query = query.where(OfficeEvent.at < _midnight_after(wanted.until))
    if wanted.before:
        query = query.where(OfficeEvent.id < wanted.before)
    found = db.session.execute(query.order_by(OfficeEvent.id.desc()).limit(most))
    return [Entry(event, name) for event, name in found]


def _midnight_after(day: date) -> datetime:
    following = add_days(day, 1)
    return datetime(following.year, following.month, following.day, tzinfo=SHANGHAI)
