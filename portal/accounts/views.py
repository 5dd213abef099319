"""The server's own pages of an account: sign in, get the phone ready, password, revoke a device."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts import halfway, log, passwords, people, reset_codes, sessions, settings, two_step
from portal.accounts.arriving import arrive_or_ask, go, with_next
from portal.accounts.credentials import WRONG, agent_with, is_password_of
from portal.accounts.destinations import is_on_phone, local_path
from portal.accounts.devices import own_or_404, sign_out_phone
from portal.accounts.greetings import greeting
from portal.accounts.guards import before_two_step, current_agent, public, signed_in
from portal.accounts.models import Agent
from portal.accounts.transport import is_secure_context
from portal.accounts.tries import TooManyTries
from portal.errors import Problem
from portal.pages import render
from portal.translations import LANGUAGES, msgid
from sync.columns import utcnow
from sync.database import write
from sync.engine import engine

bp = Blueprint("accounts", __name__)

SHANGHAI = ZoneInfo("Asia/Shanghai")
YEAR = 365 * 24 * 3600
ROLE_NAMES = {
    "agent": msgid("Agent"),
    "leader": msgid("Team leader"),
    "office": msgid("Office staff"),
    "manager": msgid("Branch manager"),
    "compliance": msgid("Compliance"),
    "admin": msgid("Administrator"),
}


@bp.get("/")
@public
def home() -> Response:
    """The phone's first page."""
    return go("/today")


@bp.get("/sign-in")
@public
def sign_in() -> str | tuple[str, int]:
    """The form, or why it cannot work at this address."""
    if not is_secure_context(request):
        return _needs_https()
    return _sign_in_page()


@bp.post("/sign-in")
@public
def begin_session() -> Any:
    """A name or work phone and a password begin a session, or lead to the second step. A one-time code leads to a password."""
    if not is_secure_context(request):
        return _needs_https()
    try:
        agent = agent_with(request.form.get("username", ""), request.form.get("password", ""))
    except TooManyTries as stop:
        text = _("Too many tries. Please try again in %(n)s minutes.", n=stop.minutes)
        return _sign_in_page(text), 429, stop.headers
    wanted = local_path(request.form.get("next", ""))
    if agent is not None:
        return arrive_or_ask(agent, wanted)
    by_code = reset_codes.agent_with(request.form.get("username", ""), request.form.get("password", ""))
    if by_code is None:
        return _sign_in_page(_(WRONG)), 401
    return halfway.send(go(url_for(".first_password")), by_code[0], by="code", code_id=by_code[1], next=wanted)


@bp.post("/sign-out")
@public
def end_session() -> Response:
    """The session ends; the phone's book and its device stay, they have their own sign-out."""
    if token := request.cookies.get(sessions.COOKIE):
        sessions.end(token, utcnow())
    return sessions.forget(go(url_for(".sign_in")))


@bp.post("/sign-out/traces")
@public
def leave_no_trace() -> Response:
    """As signing out; and the browser throws away all it keeps of this address, for deleted is not yet gone from disk."""
    response = end_session()
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


@bp.post("/language")
@public
def choose_language() -> Response:
    """Remember the language in the browser; readable by scripts, because the phone's pages follow it."""
    chosen = request.form.get("lang", "")
    if chosen not in LANGUAGES:
        raise Problem(422, "no_such_language")
    response = go(local_path(request.form.get("next", "")) or url_for(".sign_in"))
    response.set_cookie("lang", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure)
    return response


@bp.get("/sign-in/help")
@public
def forgotten() -> str:
    """Who sets a new password when the old one is forgotten."""
    return render("accounts/forgotten.html", help_phone=settings.value_of("help_phone"))


@bp.get("/setup")
@signed_in
def setup() -> Any:
    """The first download: this page registers the device and shows how far the book has come."""
    agent = current_agent()
    if not agent.has_book:
        return go(url_for(".account"))
    if not is_secure_context(request):
        return _needs_https()
    now = datetime.now(SHANGHAI)
    text = greeting(now.hour)
    families = len(list(engine().first_ids(agent.id, now.date())))
    return render(
        "accounts/setup.html",
        agent=json.dumps(_for_phone(agent), ensure_ascii=False),
        greeting=_(text, name=agent.name),
        has_today=families > 0,
        today=ngettext("%(num)s family of today", "%(num)s families of today", families),
        left=_("about %(n)s seconds", n="%(n)s"),
        next=_phone_path(request.args.get("next", "")),
    )


@bp.get("/account")
@signed_in
def account() -> str:
    """Where people without a book arrive, and the way to the other account pages."""
    agent = current_agent()
    return render(
        "accounts/account.html",
        name=agent.name,
        unit_name=agent.unit.name,
        role=_(ROLE_NAMES[agent.role]),
        has_book=agent.has_book,
        has_team=agent.role in {"leader", "manager", "admin"},
        reads_customers=agent.role in {"office", "leader", "manager", "compliance"},
        reads_analyses=agent.role in {"leader", "manager", "compliance"},
        exports=agent.role != "admin",
        reads_exports=agent.role in {"admin", "compliance"},
        defines=agent.role == "admin",
        reads_log=agent.role == "compliance",
        has_two_step=two_step.may_have(agent) or two_step.is_on(agent.id),
        two_step_state=_("on") if two_step.is_on(agent.id) else _("off"),
    )


@bp.get("/account/password")
@before_two_step
def password() -> str:
    """The form for a new password."""
    return _password_page({})


@bp.post("/account/password")
@before_two_step
def change_password() -> Any:
    """A new password ends the person's other sessions; phones go on syncing."""
    agent = current_agent()
    errors = _password_errors(agent, request.form.get("current", ""), request.form.get("new", ""))
    if errors:
        return _password_page(errors), 422
    fresh = passwords.hash_password(request.form["new"])
    with write() as session:
        people.set_password(session, agent.id, fresh)
        log.note(session, "password_changed", agent.id, agent=agent)
        sessions.begin(session, agent.id, request.user_agent.string, utcnow())
    return render("accounts/password_changed.html", back="/me" if agent.has_book else url_for(".account"))


@bp.get("/account/devices/<uuid:device_id>/revocations")
@signed_in
def confirm_revocation(device_id: UUID) -> str:
    """Ask before a device loses its access."""
    device = own_or_404(current_agent(), str(device_id))
    return render(
        "accounts/revocation.html",
        label=device.label,
        device_id=device.id,
        revoked=device.revoked_at is not None,
    )


@bp.post("/account/devices/<uuid:device_id>/revocations")
@signed_in
def revoke(device_id: UUID) -> Response:
    """The device is let in no more; at its next sync it is told to wipe the book. Twice is the same as once.

    The person's other sessions end first: one of them is the phone's, and would register it anew.
    """
    device = own_or_404(current_agent(), str(device_id))
    sign_out_phone(device, current_agent())
    return go("/me/devices")


def _sign_in_page(error: str = "") -> str:
    return render(
        "accounts/sign_in.html",
        error=error,
        has_error=error != "",
        has_gone="gone" in request.args,
        office_name=settings.value_of("office_name"),
        username=request.form.get("username", ""),
        next=local_path(request.values.get("next", "")),
        here=with_next(url_for(".sign_in"), local_path(request.values.get("next", ""))),
    )


def _password_page(errors: dict[str, str]) -> str:
    return render(
        "accounts/password.html",
        username=current_agent().username,
        has_current_error="current" in errors,
        current_error=errors.get("current", ""),
        has_new_error="new" in errors,
        new_error=errors.get("new", ""),
    )


def _password_errors(agent: Agent, current: str, new: str) -> dict[str, str]:
    if not is_password_of(agent, current):
        return {"current": _(msgid("Wrong password."))}
    faults = passwords.faults(new, agent.username, agent.card.get("work_phone", ""))
    return {"new": _(faults[0])} if faults else {}


def _for_phone(agent: Agent) -> dict[str, Any]:
    """What the phone must know of its person before it has asked anything."""
    return {
        "id": agent.id,
        "name": agent.name,
        "role": agent.role,
        "unit_name": agent.unit.name,
        **agent.authority,
        "phone": agent.card.get("work_phone", ""),
    }


def _needs_https() -> tuple[str, int]:
    return render("accounts/needs_https.html", host=request.host), 403


def _phone_path(wanted: str) -> str:
    path = local_path(wanted)
    return path if is_on_phone(path) and path != "/" else "/today"
