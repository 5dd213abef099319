"""Who is signed in on server pages: an opaque token in a cookie, its hash in a table, thirty days sliding."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from flask import Flask, Response, g, request
from sqlalchemy import orm, select, update

from portal.accounts.models import Agent, Session
from sync.columns import new_id, utcnow
from sync.database import db, write

COOKIE = "doorstep"
LIFETIME = timedelta(days=30)
# A session slides in steps: one write an hour and person, not one a page.
STEP = timedelta(hours=1)

BROWSERS = (
    ("WeChat", "MicroMessenger"),
    ("Edge", "Edg"),
    ("HUAWEI Browser", "HuaweiBrowser"),
    ("Mi Browser", "MiuiBrowser"),
    ("Firefox", "Firefox|FxiOS"),
    ("Chrome", "Chrome|CriOS"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS|OpenHarmony"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac", "Macintosh"),
    ("Linux", "Linux"),
)


def init_app(app: Flask) -> None:
    """Send the cookie along whenever the session began or slid during the request."""

    @app.after_request
    def keep(response: Response) -> Response:
        if token := g.pop("session_token_to_send", None):
            _send(response, token)
        return response


def begin(session: orm.Session, agent_id: str, user_agent: str, now: datetime) -> str:
    """A new session of this person; its token, which the caller sends and nobody keeps."""
    token = secrets.token_urlsafe(32)
    session.add(
        Session(
            id=new_id(),
            token_hash=_hash(token),
            agent_id=agent_id,
            browser=browser_label(user_agent),
            created_at=now,
            last_seen_at=now,
        )
    )
    g.session_token_to_send = token
    return token


def resume() -> Agent | None:
    """The person whose live session came with this request. Also leaves them in `g.agent`.

    A request with an Authorization header passed the origin check on the strength of it, so its cookie counts for
    nothing: another site could have attached it.
    """
    token = request.cookies.get(COOKIE, "")
    if not token or "Authorization" in request.headers:
        return None
    now = utcnow()
    found = db.session.execute(select(Session).where(Session.token_hash == _hash(token))).scalar_one_or_none()
    if found is None or found.ended_at or found.agent.disabled_at or found.last_seen_at < now - LIFETIME:
        return None
    if found.last_seen_at < now - STEP:
        _slide(found.id, now)
        g.session_token_to_send = token
    g.agent = found.agent
    return found.agent


def end(token: str, now: datetime) -> None:
    """End the session with this token, if there is one."""
    with write() as session:
        session.execute(
            update(Session).where(Session.token_hash == _hash(token), Session.ended_at.is_(None)).values(ended_at=now)
        )


def end_all(session: orm.Session, agent_id: str, *, but: str = "") -> None:
    """End every session of this person, except the one with the token `but`."""
    ending = update(Session).where(Session.agent_id == agent_id, Session.ended_at.is_(None))
    session.execute(ending.where(Session.token_hash != _hash(but)).values(ended_at=utcnow()))


def forget(response: Response) -> Response:
    """Take the cookie away."""
    g.pop("session_token_to_send", None)
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def browser_label(user_agent: str) -> str:
    """`Chrome, Android`: enough to recognise one's own browser, too little to track one."""
    browser = next((name for name, mark in BROWSERS if re.search(mark, user_agent)), "")
    system = next((name for name, mark in SYSTEMS if re.search(mark, user_agent)), "")
    return ", ".join(part for part in (browser, system) if part) or "?"


def _slide(session_id: str, now: datetime) -> None:
    with write() as session:
        session.execute(update(Session).where(Session.id == session_id).values(last_seen_at=now))


def _send(response: Response, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
