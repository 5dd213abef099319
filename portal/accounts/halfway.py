"""Between the first and the second step of a sign-in: a signed cookie says who has shown a password or a one-time code.

It opens nothing by itself, is good for ten minutes, and for nothing once the password or the person has changed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from portal.accounts.models import Agent
from sync.columns import instant_text
from sync.database import db

COOKIE = "doorstep_halfway"
SECONDS = 600


@dataclass(frozen=True, slots=True)
class Halfway:
    """Who it is, by what (`password` or `code`), which one-time code, and where to go afterwards."""

    agent_id: str
    by: str
    code_id: str
    next: str
    since: str


def send(response: Response, agent: Agent, *, by: str, code_id: str = "", next: str = "") -> Response:
    """Let the browser go on to the second step."""
    said = Halfway(agent.id, by, code_id, next, instant_text(agent.password_changed_at))
    response.set_cookie(
        COOKIE,
        _signer().dumps(asdict(said)),
        max_age=SECONDS,
        path="/sign-in",
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return response


def resume(by: str) -> tuple[Agent, Halfway] | None:
    """Who has come halfway by this means; None when it was too long ago or does not count any more."""
    try:
        said = Halfway(**_signer().loads(request.cookies.get(COOKIE, ""), max_age=SECONDS))
    except (BadData, TypeError):
        return None
    agent = db.session.get(Agent, said.agent_id)
    if agent is None or agent.disabled_at is not None or said.by != by:
        return None
    return (agent, said) if instant_text(agent.password_changed_at) == said.since else None


def forget(response: Response) -> Response:
    """Take the cookie away."""
    response.delete_cookie(COOKIE, path="/sign-in", httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="sign-in halfway")
