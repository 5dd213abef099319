"""What the administrator's pages have in common: how moments, roles and fields of forms read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from portal.accounts.models import Agent, NotAdded
from portal.accounts.views import ROLE_NAMES
from portal.dates import day_of, shown, time_of
from portal.pages import language
from portal.translations import msgid
from sync.columns import utcnow

STATUS_NAMES = {
    "registered": msgid("Registered"),
    "pending": msgid("Pending"),
    "suspended": msgid("Registration suspended"),
    "cancelled": msgid("Registration cancelled"),
}
CHANGED_MEANWHILE = msgid(
    "Somebody else changed this while the page was open. Below is what you typed; look at what stands now and send it again."
)


def today() -> date:
    """The civil day."""
    return day_of(utcnow())


def when(moment: datetime) -> str:
    """11月25日 17:10."""
    return f"{shown(day_of(moment), language(), today())} {time_of(moment)}"


def day_text(day: date) -> str:
    """2027年12月31日."""
    return shown(day, language(), today())


def role_text(role: str) -> str:
    """The role as people call it."""
    return _(ROLE_NAMES[role])


def said(fault: NotAdded) -> dict[str, str]:
    """The message of a refusal, beside its field."""
    return {fault.field: _(fault.text, **fault.params)}


def field(name: str, label: str, value: str, errors: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """A field as `components/field.html` takes it."""
    error, hint = errors.get(name, ""), more.pop("hint", "")
    parts = [f"{name}-error"] * bool(error) + [f"{name}-hint"] * bool(hint)
    return {
        "id": name, "name": name, "label": label, "value": value, "type": "text", "inputmode": "text",
        "autocomplete": "off", "maxlength": "", "required": False, "has_unit": False, "unit": "",
        "error": error, "has_error": bool(error), "hint": hint, "has_hint": bool(hint),
        "has_description": bool(parts), "described_by": " ".join(parts), "control": "input", **more,
    }  # fmt: skip


def options(choices: Iterable[tuple[str, str]], chosen: str) -> list[dict[str, Any]]:
    """The answers of a select, or of chips."""
    return [{"value": value, "text": text, "checked": value == chosen} for value, text in choices]


def person_tags(agent: Agent) -> list[dict[str, str]]:
    """What is to be seen of a person at a glance."""
    tags = []
    if agent.disabled_at:
        tags.append({"text": _("disabled"), "tone": "warn"})
    if agent.has_book and agent.registration_status != "registered":
        tags.append({"text": _(STATUS_NAMES[agent.registration_status]), "tone": "warn"})
    elif agent.has_book and agent.registration_expires and agent.registration_expires < today():
        tags.append({"text": _("registration ended"), "tone": "bad"})
    return tags
