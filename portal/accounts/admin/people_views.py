"""/admin/people: who works here, what they may do and sell, and in which unit."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, func, or_, select

from portal.accounts import log, office, passwords, people, reset_codes, two_step
from portal.accounts.admin import bp
from portal.accounts.admin.frame import (
    CHANGED_MEANWHILE,
    STATUS_NAMES,
    day_text,
    field,
    options,
    person_tags,
    role_text,
    said,
    when,
)
from portal.accounts.admin.log_views import line_of
from portal.accounts.admin.phone_views import phones_of
from portal.accounts.admin.unit_views import unit_options
from portal.accounts.arriving import go
from portal.accounts.guards import agent_or_404, current_agent, role
from portal.accounts.models import CONTACT_FIELDS, REGISTRATION_STATUSES, ROLES, SALES_GRADES, Agent, NotAdded, Unit
from portal.accounts.office import Stale
from portal.accounts.units import NO_SUCH_UNIT, full_name
from portal.pages import render
from portal.translations import msgid
from sync.database import db

PAGE = 50
MOST_LINES = 8
NOT_A_DAY = msgid("Enter a date.")
STATES = (("work", msgid("At work")), ("left", msgid("Disabled")), ("all", msgid("All")))
#: The fields of the form in their order, with label, most characters, and what the keyboard is to be.
FIELDS = {
    "name": (msgid("Name"), 100, "text"),
    "title": (msgid("Title on the card"), 60, "text"),
    "work_phone": (msgid("Work mobile"), 24, "tel"),
    "email": (msgid("Email"), 120, "email"),
    "wechat_id": (msgid("WeChat id"), 60, "text"),
    "office_address": (msgid("Office address"), 200, "text"),
    "registration": (msgid("Practice registration no."), 64, "text"),
}


# ── the list ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed to."""

    q: str
    state: str
    role: str
    unit: str
    page: int

    @classmethod
    def of_request(cls) -> Asked:
        """Strange values count as none."""
        asked = request.args
        state = asked.get("state", "")
        page = asked.get("page", "")
        return cls(
            q=" ".join(asked.get("q", "").split())[:100].replace("\0", ""),
            state=state if state in dict(STATES) else "work",
            role=asked.get("role", "") if asked.get("role") in ROLES else "",
            unit=asked.get("unit", "").replace("\0", "")[:36],
            page=int(page) if page.isdecimal() and len(page) < 6 and page.isascii() else 0,
        )


@bp.get("/people")
@role("admin")
def people_list() -> str:
    """Everybody, fifty a page."""
    asked = Asked.of_request()
    fitting = _fitting(asked)
    count = db.session.scalar(select(func.count()).select_from(Agent).where(*fitting)) or 0
    query = select(Agent).where(*fitting).order_by(Agent.name, Agent.id).offset(asked.page * PAGE).limit(PAGE)
    rows = [_row(agent) for agent in db.session.scalars(query)]
    part = "admin/people_results.html" if "HX-Request" in request.headers else "admin/people.html"
    return render(
        part,
        q=asked.q,
        has_q=asked.q != "",
        states=options([(value, _(text)) for value, text in STATES], asked.state),
        role=field("role", _("Role"), asked.role, {}, options=[_any(asked.role), *_role_options(asked.role)]),
        unit=field("unit", _("Unit"), asked.unit, {}, options=[_any(asked.unit), *unit_options(asked.unit)]),
        count=ngettext("%(num)s person", "%(num)s people", count),
        rows=rows,
        is_narrowed=bool(asked.q or asked.role or asked.unit),
        has_before=asked.page > 0,
        before_href=_page_href(asked, asked.page - 1),
        has_after=(asked.page + 1) * PAGE < count,
        after_href=_page_href(asked, asked.page + 1),
    )


def _fitting(asked: Asked) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if asked.state != "all":
        wanted.append(Agent.disabled_at.is_(None) if asked.state == "work" else Agent.disabled_at.is_not(None))
    if asked.role:
        wanted.append(Agent.role == asked.role)
    if asked.unit:
        path = db.session.scalar(select(Unit.path).where(Unit.id == asked.unit)) or "-"
        wanted.append(Agent.unit_id.in_(select(Unit.id).where(Unit.path.startswith(path, autoescape=True))))
    if asked.q:
        ways = [
            Agent.name.contains(asked.q, autoescape=True),
            Agent.username.contains(people.folded(asked.q), autoescape=True),
            Agent.registration.contains(asked.q, autoescape=True),
        ]
        known = people.known_as(asked.q)
        wanted.append(or_(*ways, Agent.id == known.id) if known else or_(*ways))
    return wanted


def _page_href(asked: Asked, page: int) -> str:
    return url_for("admin.people_list", q=asked.q, state=asked.state, role=asked.role, unit=asked.unit, page=page)


def _any(chosen: str) -> dict[str, Any]:
    return {"value": "", "text": _("All"), "checked": not chosen}


def _row(agent: Agent) -> dict[str, Any]:
    return {
        "href": url_for("admin.person", agent_id=agent.id),
        "initial": agent.name[:1],
        "name": agent.name,
        "sub": f"{role_text(agent.role)} · {agent.unit.name} · {agent.username}",
        "tags": person_tags(agent),
    }


# ── one person ───────────────────────────────────────────────────────────────


@bp.get("/people/<uuid:agent_id>")
@role("admin")
def person(agent_id: UUID) -> str:
    """What is known of somebody, and what can be done."""
    agent = agent_or_404(agent_id)
    code = reset_codes.open_code(agent.id)
    return render(
        "admin/person.html",
        name=agent.name,
        initial=agent.name[:1],
        sub=f"{role_text(agent.role)} · {full_name(agent.unit)}",
        tags=person_tags(agent),
        facts=_facts(agent),
        is_self=agent.id == current_agent().id,
        is_disabled=agent.disabled_at is not None,
        code_text=_("A one-time code is good until %(time)s.", time=when(code.expires_at)) if code else "",
        has_two_step=two_step.is_on(agent.id),
        may_have_two_step=two_step.may_have(agent) or two_step.is_on(agent.id),
        phones=phones_of(agent.id),
        lines=[line_of(entry) for entry in log.entries(log.Wanted(agent_id=agent.id), MOST_LINES)],
        log_href=url_for("admin.office_log", person=agent.id),
        edit_href=url_for("admin.edit_person", agent_id=agent.id),
        code_href=url_for("admin.make_code", agent_id=agent.id),
        two_step_href=url_for("admin.reset_two_step", agent_id=agent.id),
        disable_href=url_for("admin.disable_person", agent_id=agent.id),
        enable_href=url_for("admin.enable_person", agent_id=agent.id),
    )


def _facts(agent: Agent) -> list[dict[str, str]]:
    card = agent.card
    facts = [(_("Username"), agent.username, "")]
    facts += [(_(FIELDS[name][0]), card.get(name, ""), "") for name in CONTACT_FIELDS if card.get(name)]
    if agent.has_book or agent.registration:
        state = _(STATUS_NAMES[agent.registration_status])
        ends = agent.registration_expires
        until = _("until %(day)s", day=day_text(ends)) if ends else _("without an end")
        facts.append((_("Registration"), agent.registration or "—", f"{state} · {until}"))
        facts.append((_("Sales grade"), str(agent.sales_grade or 1), ""))
    if agent.disabled_at:
        facts.append((_("Disabled"), when(agent.disabled_at), ""))
    return [{"label": label, "text": text, "more": more} for label, text, more in facts]


@bp.get("/people/new")
@role("admin")
def new_person() -> str:
    """A form for somebody new."""
    typed = {
        "unit": request.args.get("unit", ""),
        "role": "agent",
        "registration_status": "pending",
        "sales_grade": "1",
    }
    return _new_page(typed, {})


@bp.post("/people")
@role("admin")
def add_person() -> Any:
    """Somebody new. Their one-time code is made next, so no password is ever made up for them."""
    nobody_knows = passwords.hash_password(secrets.token_urlsafe(32))
    by = current_agent().id
    try:
        fields = _typed_fields()
        with office.change() as session:
            unit = _unit(session)
            made = people.add_agent(
                session,
                username=request.form.get("username", ""),
                unit=unit,
                password_hash=nobody_knows,
                by=by,
                **fields,
            )
    except NotAdded as fault:
        return _new_page(request.form.to_dict(), said(fault)), 422
    return go(url_for("admin.made_person", agent_id=made.id))


@bp.get("/people/<uuid:agent_id>/added")
@role("admin")
def made_person(agent_id: UUID) -> str:
    """What comes next for somebody new."""
    agent = agent_or_404(agent_id)
    return render(
        "admin/person_added.html",
        name=agent.name,
        username=agent.username,
        code_href=url_for("admin.make_code", agent_id=agent.id),
        person_href=url_for("admin.person", agent_id=agent.id),
    )


@bp.get("/people/<uuid:agent_id>/edit")
@role("admin")
def edit_person(agent_id: UUID) -> str:
    """The form, filled in."""
    agent = agent_or_404(agent_id)
    return _edit_page(agent, {name: str(value) for name, value in people.state_of(agent).items()}, {})


@bp.post("/people/<uuid:agent_id>")
@role("admin")
def change_person(agent_id: UUID) -> Any:
    """What was typed, unless somebody else changed it meanwhile."""
    agent, by = agent_or_404(agent_id), current_agent().id
    try:
        fields = _typed_fields()
        with office.change() as session:
            kept = session.get_one(Agent, agent.id)
            office.hold(request.form.get("seen", ""), people.state_of(kept))
            people.change_agent(session, kept, _unit(session), fields, by)
    except NotAdded as fault:
        return _edit_page(agent, request.form.to_dict(), said(fault)), 422
    except Stale:
        db.session.rollback()
        return _edit_page(agent_or_404(agent_id), request.form.to_dict(), {"": _(CHANGED_MEANWHILE)}), 409
    people.revoke_without_book(kept)
    return go(url_for("admin.person", agent_id=agent.id))


def _typed_fields() -> dict[str, Any]:
    """The form without unit and username. Raises NotAdded."""
    form = request.form
    ends, grade = form.get("registration_expires", ""), form.get("sales_grade", "")
    try:
        expires = date.fromisoformat(ends) if ends else None
    except ValueError:
        raise NotAdded(NOT_A_DAY, "registration_expires") from None
    return {
        **{name: form.get(name, "").replace("\0", "") for name in FIELDS},
        "role": form.get("role", ""),
        "registration_status": form.get("registration_status", ""),
        "registration_expires": expires,
        "sales_grade": int(grade) if grade in set(map(str, SALES_GRADES)) else 0,
    }


def _unit(session: Any) -> Unit:
    unit = session.get(Unit, request.form.get("unit", "").replace("\0", ""))
    if unit is None:
        raise NotAdded(NO_SUCH_UNIT, "unit", name="")
    return unit


def _role_options(chosen: str) -> list[dict[str, Any]]:
    return options([(value, role_text(value)) for value in ROLES], chosen)


def _form(typed: dict[str, str], errors: dict[str, str]) -> dict[str, Any]:
    """The fields, by the part of the form they stand in."""

    def line(name: str, **more: Any) -> dict[str, Any]:
        label, most, inputmode = FIELDS[name]
        return field(name, _(label), typed.get(name, ""), errors, maxlength=most, inputmode=inputmode, **more)

    def choice(name: str, label: str, answers: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        return field(name, label, typed.get(name, ""), errors, options=answers, **more)

    statuses = [(value, _(STATUS_NAMES[value])) for value in REGISTRATION_STATUSES]
    grades = [(str(grade), str(grade)) for grade in SALES_GRADES]
    status, grade = typed.get("registration_status", ""), typed.get("sales_grade", "")
    return {
        "name": line("name", required=True),
        "unit": choice("unit", _("Unit"), unit_options(typed.get("unit", ""))),
        "role": choice(
            "role",
            _("Role"),
            _role_options(typed.get("role", "")),
            hint=_(
                "Agents, leaders and managers have customers and phones. Another role revokes the phones; the customers stay until a leader hands them over."
            ),
        ),
        "card": [line(name) for name in ("title", "work_phone", "email", "wechat_id", "office_address")],
        "registration": line("registration"),
        "status": choice("registration_status", _("Registration"), options(statuses, status)),
        "expires": field(
            "registration_expires",
            _("Last day of the registration"),
            typed.get("registration_expires", ""),
            errors,
            type="date",
            hint=_("Empty: without an end."),
        ),
        "grade": choice(
            "sales_grade",
            _("Sales grade"),
            options(grades, grade),
            hint=_("Which products the person may sell: those of this grade and below."),
        ),
        "stale": errors.get("", ""),
    }


def _new_page(typed: dict[str, str], errors: dict[str, str]) -> str:
    hint = _("For signing in, beside the work phone. It stays as it is.")
    username = field(
        "username", _("Username"), typed.get("username", ""), errors, required=True, maxlength=64, hint=hint
    )
    return render("admin/person_new.html", username=username, **_form(typed, errors))


def _edit_page(agent: Agent, typed: dict[str, str], errors: dict[str, str]) -> str:
    state = people.state_of(agent)
    return render(
        "admin/person_edit.html",
        title=agent.name,
        action=url_for("admin.change_person", agent_id=agent.id),
        back_href=url_for("admin.person", agent_id=agent.id),
        seen=office.print_of(state),
        stands=_differing(agent, state, typed) if "" in errors else [],
        **_form(typed, errors),
    )


def _differing(agent: Agent, state: dict[str, Any], typed: dict[str, str]) -> list[dict[str, str]]:
    """What stands now where something else was typed."""
    labels = {name: label for name, (label, _most, _mode) in FIELDS.items()} | log_labels()
    shown = {
        **state,
        "unit": full_name(agent.unit),
        "role": role_text(agent.role),
        "registration_status": _(STATUS_NAMES[agent.registration_status]),
    }
    return [
        {"label": _(labels[name]), "text": str(shown[name]) or "—"}
        for name in state
        if str(state[name]) != typed.get(name, "").strip()
    ]


def log_labels() -> dict[str, str]:
    """Msgids of the fields that are chosen, not typed."""
    return {
        "unit": msgid("Unit"),
        "role": msgid("Role"),
        "registration_status": msgid("Registration"),
        "registration_expires": msgid("Last day of the registration"),
        "sales_grade": msgid("Sales grade"),
    }
