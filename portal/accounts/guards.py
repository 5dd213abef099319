"""Who may come in. Every view wears one of these marks; `view.guard` names it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Response, g, redirect, request, url_for
from sqlalchemy import select

from portal import origin
from portal.accounts import devices, sessions, tokens, two_step
from portal.accounts.credentials import agent_of_basic
from portal.accounts.models import ROLES, Agent
from portal.accounts.people import seen_by
from portal.errors import Problem, wants_json
from sync.database import db

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Anybody."""
    view.guard = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Anybody with a live session."""
    return _guarded(view, "signed_in", lambda agent: True)


def before_two_step(view: View) -> View:
    """As `signed_in`, also for somebody who has yet to set up the second step that the office requires."""
    return _guarded(view, "signed_in", lambda agent: True, complete=False)


def role(*roles: str) -> Callable[[View], View]:
    """People of these roles."""
    _check_roles(roles)
    return lambda view: _guarded(view, f"role: {', '.join(roles)}", lambda agent: agent.role in roles)


def _check_roles(roles: tuple[str, ...]) -> None:
    if unknown := set(roles) - set(ROLES):
        raise ValueError(f"no such role: {', '.join(sorted(unknown))}")


def device_or_session(view: View) -> View:
    """A phone with its device token, or a live session. Answers in JSON."""
    return _phones(view, "device_or_session", scope="")


def device_or_session_or_token(scope: str) -> Callable[[View], View]:
    """As `device_or_session`, or a personal token of this scope."""
    return lambda view: _phones(view, f"device_or_session_or_token: {scope}", scope)


def _phones(view: View, mark: str, scope: str) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        by_token = bool(scope) and tokens.came()
        agent = _of_token(scope) if by_token else devices.resume() if request.authorization else sessions.resume()
        if agent is None:
            raise Problem(401, "sign_in", headers={"WWW-Authenticate": "Bearer"})
        if by_token or not request.authorization:
            two_step.hold_missing(agent)
        g.agent = agent
        return view(*args, **kwargs)

    guarded.guard = mark  # type: ignore[attr-defined]
    guarded.scope = scope  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def session_or_basic(*roles: str, scope: str = "") -> Callable[[View], View]:
    """A live session from our own pages, or HTTP Basic over a wire that nobody reads. Answers in JSON.

    `roles`: only people of these; anybody when none is named. `scope`: a personal token made for that opens it, too.
    """
    _check_roles(roles)

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            agent = _of_header(scope) if "Authorization" in request.headers else sessions.resume()
            if agent is None:
                raise Problem(401, "sign_in", headers={"WWW-Authenticate": _challenge()})
            if roles and agent.role not in roles:
                raise Problem(403, "not_your_role")
            two_step.hold_missing(agent)
            g.agent = agent
            return view(*args, **kwargs)

        guarded.guard = " ".join(["session_or_basic:", *(roles or ["anybody"])])  # type: ignore[attr-defined]
        guarded.scope = scope  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return mark


def _of_header(scope: str) -> Agent | None:
    return _of_token(scope) if tokens.came() else _of_basic()


def _of_token(scope: str) -> Agent:
    g.token = tokens.resume(scope)
    return g.token.agent


def _of_basic() -> Agent | None:
    # A browser that once asked for a password adds it to other sites' forms too.
    if _is_browser() and not origin.comes_from_us():
        raise Problem(403, "foreign_origin", origin.FOREIGN)
    return agent_of_basic(request)


def _challenge() -> str:
    """Basic is asked for only where no browser would open its own dialog over our page."""
    return "Bearer" if _is_browser() else 'Basic realm="Doorstep", charset="UTF-8"'


def _is_browser() -> bool:
    return "Sec-Fetch-Site" in request.headers or "Origin" in request.headers


def current_agent() -> Agent:
    """The person whose request this is. Raises Problem 401 outside guarded views."""
    agent = g.get("agent")
    if agent is None:
        raise Problem(401, "sign_in")
    return agent


def agent_or_404(agent_id: object) -> Agent:
    """The person with this id, if the current one may know of them; a stranger does not exist."""
    wanted = select(Agent).where(Agent.id == str(agent_id), seen_by(current_agent()))
    agent = db.session.execute(wanted).scalar_one_or_none()
    if agent is None:
        raise Problem(404, "not_found")
    return agent


def _guarded(view: View, mark: str, may: Callable[[Agent], bool], *, complete: bool = True) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        agent = sessions.resume()
        if agent is None:
            return _sign_in_first()
        if not may(agent):
            raise Problem(403, "not_your_role")
        if complete and two_step.is_missing(agent):
            return _second_step_first()
        return view(*args, **kwargs)

    guarded.guard = mark  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def _sign_in_first() -> Response:
    """To the sign-in page and back here afterwards; programs get the bare truth."""
    if wants_json():
        raise Problem(401, "sign_in")
    back = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else request.path
    return redirect(url_for("accounts.sign_in", next=back), 303)  # type: ignore[return-value]


def _second_step_first() -> Response:
    """To where it is set up; programs get the bare truth."""
    if wants_json():
        raise Problem(403, "two_step_missing", two_step.MISSING)
    return redirect(url_for("accounts.two_step_page"), 303)  # type: ignore[return-value]
