"""Personal tokens: with one of them a program does what its scopes say, in the name of the person who made it."""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app, request
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts import log
from portal.accounts.models import ROLES, ROLES_WITH_BOOK, Agent
from portal.accounts.transport import may_carry_password
from portal.errors import Problem
from portal.translations import msgid
from sync.columns import Json, UtcDateTime, new_id, utcnow
from sync.database import Base, db, write
from sync.pace import Pace

#: By this a token is known among other secrets, also to those who look for lost ones.
PREFIX = "dst_"
#: So many letters behind it are kept, for people to tell their tokens apart.
SHOWN = 4
MOST_LIVE = 20
MOST_LABEL = 60
LIFETIMES = (30, 90, 365)
#: "Last used" is renewed this seldom, so that reading is not writing.
USED_AGAIN = timedelta(minutes=10)

#: What a token may be made for, and whose: the same people who may do it themselves.
SCOPES: dict[str, tuple[str, ...]] = {
    "me": ROLES,
    "records:read": tuple(role for role in ROLES if role in ROLES_WITH_BOOK),
    "records:write": tuple(role for role in ROLES if role in ROLES_WITH_BOOK),
    "customers:reassign": ("leader", "manager"),
    "devices:revoke": ROLES,
}

UNKNOWN = msgid("This token is not known.")
REVOKED = msgid("This token was revoked.")
EXPIRED = msgid("This token has expired.")
LACKS_SCOPE = msgid("This token was not made for that.")
NEEDS_HTTPS = msgid("A token may only travel over https.")


class ApiToken(Base):
    """A program's key. The table holds only its hash; whoever loses it makes another."""

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    agent_id: Mapped[str] = mapped_column(sa.ForeignKey("agent.id"), index=True)
    label: Mapped[str] = mapped_column(sa.String(MOST_LABEL))
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    shown: Mapped[str] = mapped_column(sa.String(12))
    scopes: Mapped[list[str]] = mapped_column(Json)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    agent: Mapped[Agent] = relationship()

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now


class TooMany(Exception):
    """The person has as many live tokens as anybody may."""


def scopes_for(role: str) -> list[str]:
    """What somebody of this role may make a token for."""
    return [scope for scope, roles in SCOPES.items() if role in roles]


def make(agent: Agent, label: str, scopes: list[str], days: int) -> str:
    """A new token, to be shown once. Raises TooMany, ValueError for what the person may not ask for."""
    if days not in LIFETIMES or not scopes or set(scopes) - set(scopes_for(agent.role)):
        raise ValueError("no such token")
    token, now = PREFIX + secrets.token_urlsafe(32), utcnow()
    with write() as session:
        # One at a time, or two requests together make one too many.
        session.execute(sa.select(Agent.id).where(Agent.id == agent.id).with_for_update())
        live = sa.select(sa.func.count()).select_from(ApiToken).where(ApiToken.agent_id == agent.id)
        if (session.scalar(live.where(ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)) or 0) >= MOST_LIVE:
            raise TooMany
        made = ApiToken(id=new_id(), agent_id=agent.id, label=label, token_hash=_hash(token), made_at=now)
        made.shown = token[: len(PREFIX) + SHOWN]
        made.scopes = [scope for scope in SCOPES if scope in scopes]
        made.expires_at = now + timedelta(days=days)
        session.add(made)
        log.note(session, "token_made", agent.id, agent=agent, label=label, scopes=made.scopes)
    return token


def of(agent: Agent) -> list[ApiToken]:
    """A person's tokens, the newest first."""
    query = sa.select(ApiToken).where(ApiToken.agent_id == agent.id)
    return list(db.session.scalars(query.order_by(ApiToken.id.desc())))


def own_or_404(agent: Agent, token_id: str) -> ApiToken:
    """The token with this id, if it is this person's; another's does not exist."""
    found = db.session.scalar(sa.select(ApiToken).where(ApiToken.id == token_id, ApiToken.agent_id == agent.id))
    if found is None:
        raise Problem(404, "not_found")
    return found


def revoke(token: ApiToken, by: Agent) -> bool:
    """It opens nothing any more. False when that was done before."""
    with write() as session:
        still = sa.update(ApiToken).where(ApiToken.id == token.id, ApiToken.revoked_at.is_(None))
        if not session.execute(still.values(revoked_at=utcnow())).rowcount:  # type: ignore[attr-defined]
            return False
        log.note(session, "token_revoked", by.id, agent=session.get_one(Agent, token.agent_id), label=token.label)
    return True


def end_all(session: orm.Session, agent_id: str) -> None:
    """None of the person's tokens opens anything any more, also when the person comes back."""
    live = sa.update(ApiToken).where(ApiToken.agent_id == agent_id, ApiToken.revoked_at.is_(None))
    session.execute(live.values(revoked_at=utcnow()))


def came() -> bool:
    """True when the request carries a personal token, good or not."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and token.strip().startswith(PREFIX)


def resume(scope: str) -> ApiToken:
    """The token of this request, if it opens `scope`. Raises Problem 401, 403 or 429.

    An empty scope is one that no token has.
    """
    if not may_carry_password(request):
        raise Problem(403, "https_required", NEEDS_HTTPS)
    token = request.headers.get("Authorization", "").partition(" ")[2].strip()
    found = db.session.scalar(sa.select(ApiToken).where(ApiToken.token_hash == _hash(token)))
    now = utcnow()
    if found is None:
        raise _refused("token_unknown", UNKNOWN)
    if found.revoked_at is not None or found.agent.disabled_at is not None:
        raise _refused("token_revoked", REVOKED)
    if found.expires_at <= now:
        raise _refused("token_expired", EXPIRED)
    _keep_pace(found.id)
    # The person's role may have changed since.
    if scope not in found.scopes or found.agent.role not in SCOPES.get(scope, ()):
        raise Problem(403, "scope_missing", LACKS_SCOPE, scope=scope)
    if found.last_used_at is None or found.last_used_at < now - USED_AGAIN:
        with write() as session:
            session.execute(sa.update(ApiToken).where(ApiToken.id == found.id).values(last_used_at=now))
    return found


def _refused(code: str, message: str) -> Problem:
    return Problem(401, code, message, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


def _keep_pace(token_id: str) -> None:
    """Raises Problem 429 for a token that calls more often than API_PER_MINUTE (0: no limit)."""
    per_minute = current_app.config["API_PER_MINUTE"]
    if not per_minute:
        return
    pace: Any = current_app.extensions.setdefault("doorstep.api_pace", Pace(per_minute))
    early = pace.wait(token_id, time.monotonic())
    if early:
        raise Problem(429, "slow_down", headers={"Retry-After": str(math.ceil(early))})


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
