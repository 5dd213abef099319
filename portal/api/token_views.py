"""/account/tokens: a person's keys for programs."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts import tokens
from portal.accounts.arriving import go
from portal.accounts.credentials import is_password_of
from portal.accounts.guards import current_agent, signed_in
from portal.accounts.tries import TooManyTries
from portal.api.calls import SCOPES
from portal.dates import day_of, shown, time_of
from portal.pages import language, render
from portal.translations import msgid
from sync.columns import utcnow

bp = Blueprint("tokens", __name__, url_prefix="/account/tokens")

NO_NAME = msgid("Give it a name: which program is it for?")
NO_SCOPE = msgid("Choose what it is for.")
WRONG_PASSWORD = msgid("Wrong password.")
TOO_MANY = msgid("You have %(num)s tokens already. Revoke one first.")


@bp.get("")
@signed_in
def index() -> str:
    """The tokens, and a form for another."""
    return _page({})


@bp.post("")
@signed_in
def create() -> ResponseReturnValue:
    """A new token, shown this once. The password is asked for: who finds an open browser makes no key to keep."""
    agent, typed = current_agent(), request.form
    label = " ".join("".join(filter(str.isprintable, typed.get("label", ""))).split())[: tokens.MOST_LABEL]
    scopes = [scope for scope in typed.getlist("scopes") if scope in tokens.scopes_for(agent.role)]
    days = next((days for days in tokens.LIFETIMES if str(days) == typed.get("days")), tokens.LIFETIMES[0])
    errors = {} if label else {"label": _(NO_NAME)}
    errors |= {} if scopes else {"scopes": _(NO_SCOPE)}
    if not errors and (wrong := _password_fault(typed.get("password", ""))):
        errors["password"] = wrong
    if errors:
        return _page(errors), 422
    try:
        token = tokens.make(agent, label, scopes, days)
    except tokens.TooMany:
        return _page({"": _(TOO_MANY, num=tokens.MOST_LIVE)}), 409
    return render("api/token.html", token=token, label=label, scopes=[_(SCOPES[scope]) for scope in scopes])


@bp.post("/<uuid:token_id>/revocations")
@signed_in
def revoke(token_id: UUID) -> ResponseReturnValue:
    """It opens nothing any more. Twice is the same as once."""
    agent = current_agent()
    tokens.revoke(tokens.own_or_404(agent, str(token_id)), agent)
    return go(url_for("tokens.index"))


def _password_fault(password: str) -> str:
    try:
        return "" if is_password_of(current_agent(), password) else _(WRONG_PASSWORD)
    except TooManyTries as stop:
        return _("Too many tries. Please try again in %(n)s minutes.", n=stop.minutes)


def _page(errors: dict[str, str]) -> str:
    agent, now, typed = current_agent(), utcnow(), request.form
    days = typed.get("days", str(tokens.LIFETIMES[1]))
    return render(
        "api/tokens.html",
        rows=[_row(token) for token in tokens.of(agent) if token.is_live(now)],
        gone=[_row(token) for token in tokens.of(agent) if not token.is_live(now)],
        label=typed.get("label", ""),
        most_label=tokens.MOST_LABEL,
        scopes=[
            {"value": scope, "text": _(SCOPES[scope]), "checked": scope in typed.getlist("scopes")}
            for scope in tokens.scopes_for(agent.role)
        ],
        lifetimes=[
            {"value": str(each), "text": ngettext("%(num)s day", "%(num)s days", each), "checked": str(each) == days}
            for each in tokens.LIFETIMES
        ],
        errors=defaultdict(str, errors),
    )


def _row(token: tokens.ApiToken) -> dict[str, Any]:
    used = token.last_used_at
    return {
        "label": token.label,
        "shown": f"{token.shown}…",
        "scopes": ", ".join(token.scopes),
        "used": _("last used %(time)s", time=_when(used)) if used else _("never used"),
        "until": _("good until %(day)s", day=_day(token.expires_at)),
        "gone": _("revoked %(time)s", time=_when(token.revoked_at)) if token.revoked_at else _("expired"),
        "revoke_href": url_for("tokens.revoke", token_id=token.id),
        "revoke_label": _("Revoke %(label)s", label=token.label),
    }


def _day(moment: Any) -> str:
    return shown(day_of(moment), language(), day_of(utcnow()))


def _when(moment: Any) -> str:
    return f"{_day(moment)} {time_of(moment)}"
