"""One-time codes: the administrator makes one, whoever it is for signs in with it once and chooses a password."""

from __future__ import annotations

import hmac
from datetime import timedelta

from sqlalchemy import select, update

from portal.accounts import codes, log, people, settings, tries
from portal.accounts.models import Agent, ResetCode
from sync.columns import new_id, utcnow
from sync.database import db, write
from sync.keyring import keyed_hash

GROUPS, SIZE = 3, 4


def make(agent: Agent, by: str | None) -> tuple[str, ResetCode]:
    """A new code, which nobody keeps, and what is kept of it. Earlier ones are good no more."""
    code, now = codes.fresh(GROUPS, SIZE), utcnow()
    kept = ResetCode(id=new_id(), agent_id=agent.id, code_hash=_hash(code), made_by=by, made_at=now)
    kept.expires_at = now + timedelta(hours=settings.value_of("code_hours"))
    open_ones = update(ResetCode).where(ResetCode.agent_id == agent.id, ResetCode.used_at.is_(None))
    with write() as session:
        session.execute(open_ones.where(ResetCode.voided_at.is_(None)).values(voided_at=now))
        session.add(kept)
        log.note(session, "code_made", by, agent=agent, hours=settings.value_of("code_hours"))
    return code, kept


def open_code(agent_id: str) -> ResetCode | None:
    """The code of this person that is still good."""
    query = select(ResetCode).where(
        ResetCode.agent_id == agent_id,
        ResetCode.used_at.is_(None),
        ResetCode.voided_at.is_(None),
        ResetCode.expires_at > utcnow(),
    )
    return db.session.scalars(query.order_by(ResetCode.id.desc()).limit(1)).first()


def agent_with(name: str, typed: str) -> tuple[Agent, str] | None:
    """Whom this name and one-time code belong to, and the id of the code. Asked only after the password was wrong:
    that has counted the try and taken its time, whatever was typed.
    """
    agent = people.known_as(name)
    kept = open_code(agent.id) if agent is not None and agent.disabled_at is None else None
    if agent is None or kept is None or not hmac.compare_digest(kept.code_hash, _hash(typed)):
        return None
    tries.forgive(agent.id)
    return agent, kept.id


def use(agent: Agent, code_id: str, password_hash: str) -> bool:
    """Keep the password that was chosen; false when the code was used, has run out, or a newer one was made."""
    now = utcnow()
    taking = update(ResetCode).where(
        ResetCode.id == code_id,
        ResetCode.agent_id == agent.id,
        ResetCode.used_at.is_(None),
        ResetCode.voided_at.is_(None),
        ResetCode.expires_at > now,
    )
    with write() as session:
        if session.execute(taking.values(used_at=now)).rowcount != 1:  # type: ignore[attr-defined]
            return False
        people.set_password(session, agent.id, password_hash)
        log.note(session, "code_used", agent.id, agent=agent)
    return True


def _hash(typed: str) -> bytes:
    return keyed_hash(codes.plain(typed), "reset_code.code")
