"""The end of signing in: the session begins, and the browser goes where it wanted to."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, make_response, redirect, request, url_for

from portal.accounts import halfway, sessions, two_step
from portal.accounts.destinations import is_on_phone
from portal.accounts.models import Agent
from portal.pages import language
from sync.columns import utcnow
from sync.database import write


def go(path: str) -> Response:
    """To another page, by GET."""
    return make_response(redirect(path, 303))


def with_next(path: str, wanted: str) -> str:
    """The path with where to go on to."""
    return f"{path}?next={quote(wanted)}" if wanted else path


def arrive_or_ask(agent: Agent, wanted: str) -> Response:
    """After the right password: in, or on to the second step of who has one."""
    if two_step.is_on(agent.id):
        return halfway.send(go(url_for("accounts.second_step")), agent, by="password", next=wanted)
    return arrive(agent, wanted)


def arrive(agent: Agent, wanted: str) -> Response:
    """The session begins."""
    with write() as session:
        sessions.begin(session, agent.id, request.user_agent.string, utcnow())
        session.get_one(Agent, agent.id).language = language()
    response = go(_after_sign_in(agent, wanted))
    return halfway.forget(response) if halfway.COOKIE in request.cookies else response


def _after_sign_in(agent: Agent, wanted: str) -> str:
    """The server page asked for; else the phone, by way of the download; else the account of who has no book."""
    if wanted and not is_on_phone(wanted):
        return wanted
    return with_next(url_for("accounts.setup"), wanted) if agent.has_book else url_for("accounts.account")
