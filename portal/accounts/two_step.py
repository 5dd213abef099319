"""The second step at sign-in: a code of the person's authenticator (TOTP, RFC 6238), or a recovery code instead.

A code is good in its own half minute, the one before and the one after, and once: the half minute of the last code that
was taken is kept, and only a later one is taken next, also when two requests come at the same time.
"""

from __future__ import annotations

import time
from datetime import timedelta

import pyotp
from sqlalchemy import delete, func, orm, select, update

from portal.accounts import codes, log, settings, tries
from portal.accounts.models import ROLES, Agent, RecoveryCode, TwoStep
from portal.errors import Problem
from portal.translations import msgid
from sync.columns import new_id, utcnow
from sync.database import db, write
from sync.keyring import keyed_hash, open_sealed, seal

#: Agents live on their phones; everybody else works with other people's data on server pages.
ROLES_WITH_TWO_STEPS = tuple(role for role in ROLES if role != "agent")
#: A phone's clock may be half a minute off, either way.
WINDOW = 1
PERIOD = 30
DIGITS = 6
RECOVERY_CODES = 10
#: So long a secret waits for its first code.
SETUP_TIME = timedelta(minutes=30)

MISSING = msgid("Your office asks for a second step at sign-in. Please set it up first.")


def may_have(agent: Agent) -> bool:
    """Whether the person's role has a second step."""
    return agent.role in ROLES_WITH_TWO_STEPS


def is_on(agent_id: str) -> bool:
    """Whether this person is asked for a code."""
    confirmed = select(TwoStep.agent_id).where(TwoStep.agent_id == agent_id, TwoStep.confirmed_at.is_not(None))
    return db.session.execute(confirmed).first() is not None


def is_missing(agent: Agent) -> bool:
    """True while the office requires what this person has not set up."""
    return may_have(agent) and settings.value_of("two_step") == "required" and not is_on(agent.id)


def hold_missing(agent: Agent) -> None:
    """Raise Problem 403 `two_step_missing` for programs and phones of somebody who has yet to set it up."""
    if is_missing(agent):
        raise Problem(403, "two_step_missing", MISSING)


def recovery_left(agent_id: str) -> int:
    """How many recovery codes have not been used."""
    left = select(func.count()).where(RecoveryCode.agent_id == agent_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(left) or 0


# ── setting it up ────────────────────────────────────────────────────────────


def begin(agent_id: str) -> None:
    """Make the next secret. The one in use counts until a code of the new one has come."""
    sealed = seal(pyotp.random_base32(), "two_step", "pending", agent_id)
    with write() as session:
        kept = session.get(TwoStep, agent_id)
        if kept is None:
            kept = TwoStep(agent_id=agent_id, last_step=0)
            session.add(kept)
        kept.pending, kept.pending_at = sealed, utcnow()


def pending(agent_id: str) -> str | None:
    """The secret that waits for its first code; None when there is none, or it has waited too long."""
    kept = db.session.get(TwoStep, agent_id, populate_existing=True)
    if kept is None or kept.pending is None or kept.pending_at is None or kept.pending_at < utcnow() - SETUP_TIME:
        return None
    return open_sealed(kept.pending, "two_step", "pending", agent_id)


def address_of(secret: str, username: str, issuer: str) -> str:
    """What the picture says to the authenticator (`otpauth://…`)."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)


def confirm(agent: Agent, typed: str) -> list[str] | None:
    """Begin to count the new secret, when this is a code of it; the recovery codes, to be shown once. Else None.

    Raises TooManyTries.
    """
    tries.spend_code(agent.id)
    secret = pending(agent.id)
    step = _step_of(secret, typed) if secret else None
    if secret is None or step is None:
        return None
    fresh = _fresh_codes()
    with write() as session:
        kept = session.get_one(TwoStep, agent.id, with_for_update=True)
        if kept.pending is None or open_sealed(kept.pending, "two_step", "pending", agent.id) != secret:
            return None  # confirmed or begun anew meanwhile
        kept.secret, kept.confirmed_at = seal(secret, "two_step", "secret", agent.id), utcnow()
        kept.last_step, kept.pending, kept.pending_at = step, None, None
        _keep_codes(session, agent.id, fresh)
        log.note(session, "two_step_on", agent.id, agent=agent)
    tries.forgive_code(agent.id)
    return fresh


def renew_codes(agent: Agent) -> list[str]:
    """New recovery codes; the old ones are good no more."""
    fresh = _fresh_codes()
    with write() as session:
        _keep_codes(session, agent.id, fresh)
        log.note(session, "two_step_codes", agent.id, agent=agent)
    return fresh


def end(session: orm.Session, agent: Agent, by: str | None) -> bool:
    """No code is asked of this person any more; False when none was."""
    was_on = session.execute(
        select(TwoStep.agent_id).where(TwoStep.agent_id == agent.id, TwoStep.confirmed_at.is_not(None))
    ).first()
    session.execute(delete(TwoStep).where(TwoStep.agent_id == agent.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.agent_id == agent.id))
    if was_on:
        log.note(session, "two_step_off" if by == agent.id else "two_step_reset", by, agent=agent)
    return was_on is not None


# ── being asked ──────────────────────────────────────────────────────────────


def accept(agent: Agent, typed: str) -> bool:
    """Take a code of the authenticator or a recovery code: true once for each. Raises TooManyTries."""
    tries.spend_code(agent.id)
    if not (_accept_step(agent.id, typed) or _accept_recovery(agent, typed)):
        return False
    tries.forgive_code(agent.id)
    return True


def _accept_step(agent_id: str, typed: str) -> bool:
    kept = db.session.get(TwoStep, agent_id, populate_existing=True)
    if kept is None or kept.secret is None or kept.confirmed_at is None:
        return False
    step = _step_of(open_sealed(kept.secret, "two_step", "secret", agent_id), typed)
    if step is None:
        return False
    taking = update(TwoStep).where(
        TwoStep.agent_id == agent_id, TwoStep.secret == kept.secret, TwoStep.last_step < step
    )
    with write() as session:
        return session.execute(taking.values(last_step=step)).rowcount == 1  # type: ignore[attr-defined]


def _accept_recovery(agent: Agent, typed: str) -> bool:
    if len(codes.plain(typed)) != len(codes.plain(_fresh_code())):
        return False
    taking = update(RecoveryCode).where(
        RecoveryCode.agent_id == agent.id,
        RecoveryCode.code_hash == _hash(typed),
        RecoveryCode.used_at.is_(None),
    )
    with write() as session:
        if session.execute(taking.values(used_at=utcnow())).rowcount != 1:  # type: ignore[attr-defined]
            return False
        log.note(session, "recovery_used", agent.id, agent=agent)
    return True


def _step_of(secret: str, typed: str) -> int | None:
    """The half minute whose code this is; None when it is none of the window."""
    code = codes.plain(typed)
    if len(code) != DIGITS or not code.isdecimal():
        return None
    totp, now = pyotp.TOTP(secret, digits=DIGITS, interval=PERIOD), int(time.time()) // PERIOD
    steps = range(now - WINDOW, now + WINDOW + 1)
    return next((step for step in steps if pyotp.utils.strings_equal(totp.generate_otp(step), code)), None)


def _fresh_code() -> str:
    return codes.fresh(2, 5)


def _fresh_codes() -> list[str]:
    return [_fresh_code() for _ in range(RECOVERY_CODES)]


def _keep_codes(session: orm.Session, agent_id: str, fresh: list[str]) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.agent_id == agent_id))
    now = utcnow()
    session.add_all(RecoveryCode(id=new_id(), agent_id=agent_id, code_hash=_hash(code), made_at=now) for code in fresh)


def _hash(typed: str) -> bytes:
    return keyed_hash(codes.plain(typed), "recovery_code.code")
