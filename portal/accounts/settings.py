"""The office's settings: each value holds from a day on, and what was in force on any day can be told for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import orm, select

from portal.accounts import log
from portal.accounts.models import NotAdded, OfficeSetting
from portal.accounts.people import phone_digits
from portal.dates import day_of
from portal.translations import msgid
from sync.columns import new_id, utcnow
from sync.database import db

TOO_LONG = msgid("Use at most %(most)s characters.")
NOT_A_NUMBER = msgid("Enter a whole number from %(least)s to %(most)s.")
NOT_A_PHONE = msgid("Enter a phone number.")
NOT_A_CHOICE = msgid("Choose one of the answers.")
IN_THE_PAST = msgid("Enter a date from today on: what was in force stays as it was.")


@dataclass(frozen=True)
class Setting:
    """One setting: its name, what people read of it, and what may be entered."""

    name: str
    title: str
    hint: str
    kind: str  # text, phone, number, choice
    default: Any
    unit: str = ""
    least: int = 0
    most: int = 100
    #: Values of a choice with what people read.
    options: tuple[tuple[str, str], ...] = ()


SETTINGS = (
    Setting(
        "office_name",
        msgid("Name of the company"),
        msgid("Stands on the sign-in page and in the authenticator of everybody who sets up a second step."),
        "text",
        "",
        most=40,
    ),
    Setting(
        "help_phone",
        msgid("Whom to call about the sign-in"),
        msgid("The phone number on the page for people who forgot their password."),
        "phone",
        "",
        most=24,
    ),
    Setting(
        "two_step",
        msgid("Second step at sign-in"),
        msgid("For everybody but agents. Required: who has not set it up is asked to, before anything else."),
        "choice",
        "offered",
        options=(("offered", msgid("Offered")), ("required", msgid("Required"))),
    ),
    Setting(
        "code_hours",
        msgid("How long a one-time code is good"),
        msgid("A code that the administrator makes for somebody who is new or forgot the password."),
        "number",
        24,
        msgid("hours"),
        least=1,
        most=168,
    ),
    Setting(
        "registration_days",
        msgid("Say that a registration ends"),
        msgid("So long before a practice registration ends it is named on the administrator's first page."),
        "number",
        60,
        msgid("days"),
        least=1,
        most=365,
    ),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}


def value_of(name: str, day: date | None = None) -> Any:
    """What the setting is on a day, today when none is named."""
    line = in_force(name, day or day_of(utcnow()))
    return line.value if line else BY_NAME[name].default


def in_force(name: str, day: date) -> OfficeSetting | None:
    """The line that counts on a day; None while the default does."""
    query = select(OfficeSetting).where(OfficeSetting.name == name, OfficeSetting.from_date <= day)
    newest = query.order_by(OfficeSetting.from_date.desc(), OfficeSetting.id.desc()).limit(1)
    return db.session.scalars(newest).first()


def lines_of(name: str) -> list[OfficeSetting]:
    """All lines of a setting, the newest first."""
    query = select(OfficeSetting).where(OfficeSetting.name == name)
    return list(db.session.scalars(query.order_by(OfficeSetting.id.desc())))


def read(setting: Setting, typed: str) -> Any:
    """The value that was typed. Raises NotAdded."""
    typed = typed.strip()
    if setting.kind == "choice":
        if typed not in dict(setting.options):
            raise NotAdded(NOT_A_CHOICE, "value")
        return typed
    if setting.kind == "number":
        number = int(typed) if typed.isdecimal() and len(typed) < 9 else -1
        if not setting.least <= number <= setting.most:
            raise NotAdded(NOT_A_NUMBER, "value", least=setting.least, most=setting.most)
        return number
    if len(typed) > setting.most or any(not character.isprintable() for character in typed):
        raise NotAdded(TOO_LONG, "value", most=setting.most)
    if setting.kind == "phone" and typed and not _is_callable(typed):
        raise NotAdded(NOT_A_PHONE, "value")
    return typed


def put(session: orm.Session, setting: Setting, value: Any, starts: date, by: str | None) -> bool:
    """The value from a day on; False when that is what holds from then anyway. Raises NotAdded for a day gone by."""
    if starts < day_of(utcnow()):
        raise NotAdded(IN_THE_PAST, "from_date")
    lines = session.scalars(select(OfficeSetting).where(OfficeSetting.name == setting.name)).all()
    before = max(
        (line for line in lines if line.from_date <= starts), key=lambda line: (line.from_date, line.id), default=None
    )
    old = before.value if before else setting.default
    if old == value:
        return False
    session.add(
        OfficeSetting(id=new_id(), name=setting.name, value=value, from_date=starts, set_by=by, set_at=utcnow())
    )
    log.note(session, "setting_changed", by, setting=setting.name, old=old, new=value, starts=starts.isoformat())
    return True


def _is_callable(typed: str) -> bool:
    """A mobile number, or a line of an office: 010-8888 8888, 400 123 4567."""
    digits = [character for character in typed if character.isdecimal()]
    return phone_digits(typed) is not None or (
        5 <= len(digits) <= 16 and all(character in "0123456789 -+()" for character in typed)
    )
