"""What the phone asks of us in JSON, with its device token."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from portal.accounts import people
from portal.accounts.credentials import is_password_of
from portal.accounts.guards import current_agent, device_or_session, device_or_session_or_token
from portal.accounts.models import Agent
from portal.errors import Problem
from portal.translations import msgid

bp = Blueprint("accounts_api", __name__)


@bp.get("/api/me")
@device_or_session_or_token("me")
def me() -> dict[str, Any]:
    """The phone's own person and the colleagues of the unit by name."""
    agent = current_agent()
    return {"agent": _own_card(agent), "colleagues": [_colleague(other) for other in people.colleagues_of(agent)]}


@bp.post("/account/password-checks")
@device_or_session
def check_password() -> dict[str, bool]:
    """Stands in for a forgotten PIN: 200 when the password is right, 403 `wrong_password` when not."""
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # nested so deeply that it never was a form of ours
        body = None
    password = body.get("password") if isinstance(body, dict) else None
    if not isinstance(password, str):
        raise Problem(400, "password_missing")
    if not is_password_of(current_agent(), password):
        raise Problem(403, "wrong_password", msgid("Wrong password."))
    return {"ok": True}


def _own_card(agent: Agent) -> dict[str, Any]:
    return {
        "id": agent.id,
        "name": agent.name,
        "username": agent.username,
        "role": agent.role,
        "unit_id": agent.unit_id,
        "unit_name": agent.unit.name,
        **agent.authority,
        "language": agent.language,
        "work_phone": "",
        **agent.card,
    }


def _colleague(agent: Agent) -> dict[str, str]:
    return {"id": agent.id, "name": agent.name, "role": agent.role}
