"""/admin/settings: what the office has decided, since when, and by whom."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from portal.accounts import office, people, settings
from portal.accounts.admin import bp
from portal.accounts.admin.frame import CHANGED_MEANWHILE, day_text, field, options, said, today, when
from portal.accounts.arriving import go
from portal.accounts.guards import current_agent, role
from portal.accounts.models import NotAdded, OfficeSetting
from portal.accounts.office import Stale
from portal.accounts.settings import BY_NAME, SETTINGS, Setting
from portal.errors import Problem
from portal.pages import render
from portal.translations import msgid
from sync.database import db

NOT_A_DAY = msgid("Enter a date.")


@bp.get("/settings")
@role("admin")
def setting_list() -> str:
    """Every setting with what it is today, and what it will be."""
    return render("admin/settings.html", rows=[_row(setting) for setting in SETTINGS])


@bp.get("/settings/<name>")
@role("admin")
def setting(name: str) -> str:
    """One setting, a form for it and its history."""
    found = _or_404(name)
    return _page(found, str(settings.value_of(name)), today().isoformat(), {})


@bp.post("/settings/<name>")
@role("admin")
def change_setting(name: str) -> Any:
    """Another value from a day on."""
    found, by = _or_404(name), current_agent().id
    typed, starts = request.form.get("value", "").replace("\0", ""), request.form.get("from_date", "")
    try:
        value, day = settings.read(found, typed), _day(starts)
        with office.change() as session:
            lines = session.query(OfficeSetting.id).where(OfficeSetting.name == name)
            office.hold(request.form.get("seen", ""), _seen([line.id for line in lines]))
            settings.put(session, found, value, day, by)
    except NotAdded as fault:
        return _page(found, typed, starts, said(fault)), 422
    except Stale:
        db.session.rollback()
        return _page(found, typed, starts, {"": _(CHANGED_MEANWHILE)}), 409
    return go(url_for("admin.setting", name=name))


def value_text(setting: Setting, value: Any) -> str:
    """The value as people read it."""
    if setting.kind == "choice":
        return _(dict(setting.options).get(value, str(value)))
    if value == "":
        return _("(empty)")
    return f"{value} {_(setting.unit)}" if setting.unit else str(value)


def _or_404(name: str) -> Setting:
    if name not in BY_NAME:
        raise Problem(404, "not_found")
    return BY_NAME[name]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotAdded(NOT_A_DAY, "from_date") from None


def _seen(ids: list[str]) -> dict[str, Any]:
    return {"lines": sorted(ids)}


def _row(setting: Setting) -> dict[str, Any]:
    coming = _coming(setting, settings.lines_of(setting.name))
    return {
        "href": url_for("admin.setting", name=setting.name),
        "title": _(setting.title),
        "value": value_text(setting, settings.value_of(setting.name)),
        "coming": coming,
    }


def _coming(setting: Setting, lines: list[OfficeSetting]) -> str:
    """The next change that is planned."""
    days = sorted({line.from_date for line in lines if line.from_date > today()})
    if not days:
        return ""
    line = settings.in_force(setting.name, days[0])
    return _("from %(day)s: %(value)s", day=day_text(days[0]), value=value_text(setting, line.value)) if line else ""


def _page(found: Setting, typed: str, starts: str, errors: dict[str, str]) -> str:
    lines = settings.lines_of(found.name)
    now = settings.in_force(found.name, today())
    choices = [(value, _(text)) for value, text in found.options]
    value = field(
        "value",
        _("Value"),
        typed,
        errors,
        control="chips" if found.kind == "choice" else "input",
        type="radio" if found.kind == "choice" else "text",
        options=options(choices, typed),
        can_add=False,
        inputmode={"number": "numeric", "phone": "tel"}.get(found.kind, "text"),
        maxlength=found.most if found.kind in {"text", "phone"} else 8,
        has_unit=found.unit != "",
        unit=_(found.unit) if found.unit else "",
    )
    starts_field = field(
        "from_date",
        _("From this day on"),
        starts,
        errors,
        type="date",
        required=True,
        hint=_("What was in force before stays on record."),
    )
    return render(
        "admin/setting.html",
        title=_(found.title),
        hint=_(found.hint),
        now=value_text(found, now.value if now else found.default),
        action=url_for("admin.change_setting", name=found.name),
        seen=office.print_of(_seen([line.id for line in lines])),
        value=value,
        starts=starts_field,
        stale=errors.get("", ""),
        lines=[_line(found, line, now) for line in lines],
        default=value_text(found, found.default),
        is_default=now is None,
    )


def _line(found: Setting, line: OfficeSetting, now: OfficeSetting | None) -> dict[str, Any]:
    by = people.agent_name(line.set_by) if line.set_by else _("the console")
    return {
        "value": value_text(found, line.value),
        "starts": _("from %(day)s", day=day_text(line.from_date)),
        "sub": _("%(name)s, %(time)s", name=by, time=when(line.set_at)),
        "is_now": now is not None and line.id == now.id,
        "is_coming": line.from_date > today(),
    }
