"""/admin/log: who changed what in the office, for administrators and compliance. Nobody can change a line of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from portal.accounts import log, people
from portal.accounts.admin import bp
from portal.accounts.admin.frame import STATUS_NAMES, day_text, options, role_text, when
from portal.accounts.guards import current_agent, role
from portal.accounts.log import SENTENCES, SUBJECTS, Entry
from portal.accounts.settings import BY_NAME
from portal.pages import render
from portal.translations import msgid

PAGE = 50
SUBJECT_NAMES = {
    "all": msgid("All"),
    "people": msgid("People"),
    "units": msgid("Units"),
    "access": msgid("Access"),
    "settings": msgid("Settings"),
}
FIELD_NAMES = {
    "name": msgid("Name"),
    "role": msgid("Role"),
    "unit": msgid("Unit"),
    "registration": msgid("Practice registration no."),
    "registration_status": msgid("Registration"),
    "registration_expires": msgid("Last day of the registration"),
    "sales_grade": msgid("Sales grade"),
    "work_phone": msgid("Work mobile"),
    "title": msgid("Title on the card"),
    "email": msgid("Email"),
    "wechat_id": msgid("WeChat id"),
    "office_address": msgid("Office address"),
}


@bp.get("/log")
@role("admin", "compliance")
def office_log() -> str:
    """The log, the newest first, fifty lines a page."""
    wanted = _wanted()
    found = log.entries(wanted, PAGE + 1)
    return render(
        "admin/log.html",
        home_href=url_for("admin.index") if current_agent().role == "admin" else url_for("accounts.account"),
        home_text=_("Administration") if current_agent().role == "admin" else _("Account"),
        subjects=options([(value, _(text)) for value, text in SUBJECT_NAMES.items()], wanted.subject or "all"),
        until=wanted.until.isoformat() if wanted.until else "",
        person=wanted.agent_id,
        about=people.agent_name(wanted.agent_id) if wanted.agent_id else "",
        all_href=url_for("admin.office_log"),
        lines=[line_of(entry) for entry in found[:PAGE]],
        is_narrowed=wanted != log.Wanted(),
        has_more=len(found) > PAGE,
        more_href=url_for(
            "admin.office_log",
            person=wanted.agent_id or None,
            subject=wanted.subject or None,
            until=wanted.until,
            before=found[PAGE - 1].event.id if len(found) > PAGE else None,
        ),
    )


def _wanted() -> log.Wanted:
    """What the address asks for; strange values count as none."""
    subject = request.args.get("subject", "")
    return log.Wanted(
        agent_id=request.args.get("person", "")[:36].replace("\0", ""),
        subject=subject if subject in SUBJECTS else "",
        until=_day(request.args.get("until", "")),
        before=request.args.get("before", "")[:36].replace("\0", ""),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year < 9999 else None


def line_of(entry: Entry) -> dict[str, Any]:
    """One line as it is printed: who, what, when, and what it was before."""
    event, facts = entry.event, entry.event.facts
    by = entry.by_name if event.by_id else _("The console")
    return {
        "by": by or _("Somebody"),
        "text": _(SENTENCES[event.what]) % _filled(facts),
        "at": when(event.at),
        "changes": [_change(name, *values) for name, values in facts.get("changes", {}).items()]
        + _more(event.what, facts),
        "icon": _icon(event.what),
    }


class _Facts(dict[str, Any]):
    """Facts of a line; what a line of long ago does not have is a dash."""

    def __missing__(self, key: str) -> str:
        return "—"


def _filled(facts: dict[str, Any]) -> _Facts:
    shown = _Facts(facts)
    for name in ("old", "new"):  # of a unit that moved from or to the top
        if facts.get(name) == "":
            shown[name] = _("the top")
    return shown


def _change(name: str, old: Any, new: Any) -> str:
    label = _(FIELD_NAMES.get(name, name))
    if old is None and new is None:
        return label
    return _("%(label)s: %(old)s → %(new)s", label=label, old=_value(name, old), new=_value(name, new))


def _value(name: str, value: Any) -> str:
    if name == "role":
        return role_text(value)
    if name == "registration_status":
        return _(STATUS_NAMES[value])
    return str(value) if value not in ("", None) else "—"


def _more(what: str, facts: dict[str, Any]) -> list[str]:
    if what == "setting_changed" and facts.get("setting") in BY_NAME:
        from portal.accounts.admin.setting_views import value_text

        setting = BY_NAME[facts["setting"]]
        old, new = (value_text(setting, facts[name]) for name in ("old", "new"))
        change = _("%(label)s: %(old)s → %(new)s", label=_(setting.title), old=old, new=new)
        return [change, _("from %(day)s", day=day_text(date.fromisoformat(facts["starts"])))]
    if what == "person_added":
        return [f"{role_text(facts['role'])} · {facts['unit']}"]
    return []


def _icon(what: str) -> str:
    if what in SUBJECTS["units"]:
        return "sitemap"
    if what in SUBJECTS["access"]:
        return "device-mobile" if what == "phone_revoked" else "lock-open"
    return "adjustments" if what in SUBJECTS["settings"] else "user-circle"
