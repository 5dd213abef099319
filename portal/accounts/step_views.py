"""Pages of the second step and of one-time codes: asked at sign-in, set up, and turned off by the person."""

from __future__ import annotations

from typing import Any

import segno
from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts import halfway, passwords, reset_codes, settings, two_step
from portal.accounts.arriving import arrive, arrive_or_ask, go
from portal.accounts.credentials import WRONG_CODE, is_password_of
from portal.accounts.guards import before_two_step, current_agent, public
from portal.accounts.models import Agent
from portal.accounts.tries import TooManyTries
from portal.accounts.views import bp
from portal.errors import Problem
from portal.pages import render
from portal.translations import msgid
from sync.database import db, write

TOO_MANY = msgid("Too many tries. Please try again in %(n)s minutes.")


# ── at sign-in ───────────────────────────────────────────────────────────────


@bp.get("/sign-in/code")
@public
def second_step() -> Any:
    """Ask for the code of the authenticator, once the password was right."""
    return _code_page() if halfway.resume("password") else go(url_for(".sign_in"))


@bp.post("/sign-in/code")
@public
def take_second_step() -> Any:
    """A code that is right begins the session."""
    found = halfway.resume("password")
    if found is None:
        return go(url_for(".sign_in"))
    agent, said = found
    try:
        if not two_step.accept(agent, request.form.get("code", "")):
            return _code_page(_(WRONG_CODE)), 401
    except TooManyTries as stop:
        return _code_page(_(TOO_MANY, n=stop.minutes)), 429, stop.headers
    return arrive(agent, said.next)


@bp.get("/sign-in/new-password")
@public
def first_password() -> Any:
    """Ask for a password of the person's own, after a one-time code."""
    found = halfway.resume("code")
    return _first_password_page(found[0]) if found else go(url_for(".sign_in"))


@bp.post("/sign-in/new-password")
@public
def take_first_password() -> Any:
    """The one-time code is used up with it."""
    found = halfway.resume("code")
    if found is None:
        return go(url_for(".sign_in"))
    agent, said = found
    new = request.form.get("new", "")
    if wrong := passwords.faults(new, agent.username, agent.card.get("work_phone", "")):
        return _first_password_page(agent, _(wrong[0])), 422
    if not reset_codes.use(agent, said.code_id, passwords.hash_password(new)):
        return halfway.forget(go(url_for(".sign_in", gone=1)))
    db.session.rollback()  # what was read before does not know of the new password
    return arrive_or_ask(db.session.get_one(Agent, agent.id), said.next)


def _code_page(error: str = "") -> str:
    return render("accounts/code.html", error=error, has_error=error != "")


def _first_password_page(agent: Agent, error: str = "") -> str:
    return render(
        "accounts/first_password.html", name=agent.name, username=agent.username, error=error, has_error=error != ""
    )


# ── the person's own page of it ──────────────────────────────────────────────


@bp.get("/account/two-step")
@before_two_step
def two_step_page() -> str:
    """Whether it is on, and what can be done about it."""
    return _page(_own())


@bp.post("/account/two-step/setups")
@before_two_step
def begin_two_step() -> Any:
    """A new secret for the authenticator, for who knows the password, and a code of the old one where there is one."""
    agent = _own()
    if errors := _not_proven(agent):
        return _page(agent, errors), _status(errors)
    two_step.begin(agent.id)
    return go(url_for(".two_step_setup"))


@bp.get("/account/two-step/setup")
@before_two_step
def two_step_setup() -> Any:
    """The picture to be read by the authenticator, until its first code has come."""
    return _setup_page(_own())


@bp.post("/account/two-step/setup")
@before_two_step
def confirm_two_step() -> Any:
    """The first code shows that the authenticator has it. The recovery codes are seen here and never again."""
    agent = _own()
    try:
        fresh = two_step.confirm(agent, request.form.get("code", ""))
    except TooManyTries as stop:
        return _setup_page(agent, _(TOO_MANY, n=stop.minutes)), 429, stop.headers
    if fresh is None and two_step.pending(agent.id) is None:  # confirmed in another window, or too long ago
        return go(url_for(".two_step_page"))
    if fresh is None:
        return _setup_page(agent, _(WRONG_CODE)), 422
    return render("accounts/recovery_codes.html", codes=fresh, is_new=True)


@bp.post("/account/two-step/codes")
@before_two_step
def renew_recovery_codes() -> Any:
    """Ten new recovery codes instead of the old ones."""
    agent = _own()
    if not two_step.is_on(agent.id):
        return go(url_for(".two_step_page"))
    if errors := _not_proven(agent):
        return _page(agent, errors), _status(errors)
    return render("accounts/recovery_codes.html", codes=two_step.renew_codes(agent), is_new=False)


@bp.post("/account/two-step/ends")
@before_two_step
def end_two_step() -> Any:
    """No second step any more."""
    agent = _own()
    if errors := _not_proven(agent):
        return _page(agent, errors), _status(errors)
    with write() as session:
        two_step.end(session, agent, agent.id)
    return go(url_for(".two_step_page"))


def _own() -> Agent:
    agent = current_agent()
    if not two_step.may_have(agent) and not two_step.is_on(agent.id):
        raise Problem(403, "not_your_role")
    return agent


def _not_proven(agent: Agent) -> dict[str, str]:
    """What of password and code is wrong: a browser that was left open is not enough to change this."""
    try:
        if not is_password_of(agent, request.form.get("current", "")):
            return {"current": _(msgid("Wrong password."))}
        if two_step.is_on(agent.id) and not two_step.accept(agent, request.form.get("code", "")):
            return {"code": _(WRONG_CODE)}
    except TooManyTries as stop:
        return {"stop": _(TOO_MANY, n=stop.minutes)}
    return {}


def _status(errors: dict[str, str]) -> int:
    return 429 if "stop" in errors else 422


def _page(agent: Agent, errors: dict[str, str] | None = None) -> str:
    errors = errors or {}
    left = two_step.recovery_left(agent.id)
    return render(
        "accounts/two_step.html",
        username=agent.username,
        is_on=two_step.is_on(agent.id),
        is_missing=two_step.is_missing(agent),
        is_required=settings.value_of("two_step") == "required",
        left=ngettext("%(num)s recovery code left", "%(num)s recovery codes left", left),
        few=left < 3,
        stop=errors.get("stop", ""),
        current_error=errors.get("current", ""),
        code_error=errors.get("code", ""),
    )


def _setup_page(agent: Agent, error: str = "") -> Any:
    secret = two_step.pending(agent.id)
    if secret is None:
        return go(url_for(".two_step_page"))
    address = two_step.address_of(secret, agent.username, settings.value_of("office_name") or _("Doorstep"))
    return render(
        "accounts/two_step_setup.html",
        picture=segno.make(address, error="m").svg_data_uri(scale=4, border=4, light="#fff", dark="#10161a"),
        address=address,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        error=error,
        has_error=error != "",
    )
