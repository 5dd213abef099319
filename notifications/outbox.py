"""Into the outbox once, out of it at least once: a claim that is not settled in time is given to the next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from notifications.models import Notification
from notifications.rules import Occasion
from sync.columns import new_id
from sync.database import table_of, write
from sync.keyring import open_sealed, seal

TABLE = table_of(Notification)
LEASE = timedelta(minutes=5)
#: The n-th try that fails is repeated after this; then it is given up.
PAUSES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))


@dataclass(frozen=True)
class Claim:
    """A notification in somebody's hands: send it, then say `sent` or `failed`."""

    id: str
    rule: str
    key: str
    person: str
    about: dict[str, Any]
    due_at: datetime
    tries: int


def enqueue(rule: str, occasions: Sequence[Occasion], now: datetime) -> int:
    """Put occasions into the outbox; those that are there already stay as they are. Gives how many were new."""
    lines = [_line(rule, occasion, now) for occasion in occasions]
    if not lines:
        return 0
    with write() as session:
        return _insert(session, lines)


def enqueue_within(session: Session, rule: str, occasions: Sequence[Occasion], now: datetime) -> int:
    """As `enqueue`, in the transaction of somebody who writes something else together with it."""
    return _insert(session, [_line(rule, occasion, now) for occasion in occasions])


def _insert(session: Session, lines: Sequence[dict[str, Any]]) -> int:
    connection = session.connection()
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(TABLE).on_conflict_do_nothing(index_elements=["key"]).returning(TABLE.c.id)
    return sum(len(connection.execute(insert, line).all()) for line in lines)


def _line(rule: str, occasion: Occasion, now: datetime) -> dict[str, Any]:
    row_id = new_id()
    return {
        "id": row_id,
        "key": f"{rule}:{occasion.key}",
        "rule": rule,
        "person": occasion.person,
        "about": seal(occasion.about, TABLE.name, "about", row_id),
        "due_at": occasion.due_at,
        "created_at": now,
        "tries": 0,
    }


def claim(
    now: datetime, limit: int = 50, lease: timedelta = LEASE, rules: Collection[str] | None = None
) -> list[Claim]:
    """Take what is due, oldest first; nobody else gets it before the lease is over. `rules`: only what these found."""
    waiting = (
        sa.select(TABLE)
        .where(
            TABLE.c.sent_at.is_(None),
            TABLE.c.given_up_at.is_(None),
            TABLE.c.due_at <= now,
            sa.or_(TABLE.c.claimed_until.is_(None), TABLE.c.claimed_until <= now),
            *([] if rules is None else [TABLE.c.rule.in_(list(rules))]),
        )
        .order_by(TABLE.c.due_at, TABLE.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with write() as session:
        connection = session.connection()
        found = list(connection.execute(waiting))
        mine = TABLE.c.id.in_([line.id for line in found])
        connection.execute(TABLE.update().where(mine).values(claimed_until=now + lease, tries=TABLE.c.tries + 1))
    return [_claim(line) for line in found]


def _claim(line: Any) -> Claim:
    about = open_sealed(line.about, TABLE.name, "about", line.id)
    return Claim(line.id, line.rule, line.key, line.person, about, line.due_at, line.tries + 1)


def sent(claimed: Claim, now: datetime) -> None:
    """It is out; twice is the same as once."""
    _settle(claimed, sent_at=now, claimed_until=None)


def failed(claimed: Claim, fault: str, now: datetime) -> None:
    """It could not be sent: try again later, and give up after the last pause."""
    if claimed.tries > len(PAUSES):
        _settle(claimed, given_up_at=now, fault=fault[:64], claimed_until=None)
    else:
        _settle(claimed, claimed_until=now + PAUSES[claimed.tries - 1], fault=fault[:64])


def give_up(claimed: Claim, fault: str, now: datetime) -> None:
    """It can never be sent."""
    _settle(claimed, given_up_at=now, fault=fault[:64], claimed_until=None)


def send_again(notification_id: str, now: datetime) -> bool:
    """What was given up waits once more, with all its tries. False when it was not given up."""
    given_up = (TABLE.c.id == notification_id, TABLE.c.given_up_at.is_not(None), TABLE.c.sent_at.is_(None))
    fresh = {"given_up_at": None, "claimed_until": None, "tries": 0, "due_at": now}
    with write() as session:
        return bool(session.execute(TABLE.update().where(*given_up).values(**fresh)).rowcount)  # type: ignore[attr-defined]


def forget_settled(rule: str, sent_before: datetime, given_up_before: datetime) -> int:
    """Remove what a rule's occasions left behind long ago; how many."""
    old = sa.or_(TABLE.c.sent_at < sent_before, TABLE.c.given_up_at < given_up_before)
    with write() as session:
        return session.execute(TABLE.delete().where(TABLE.c.rule == rule, old)).rowcount  # type: ignore[attr-defined]


def _settle(claimed: Claim, **values: Any) -> None:
    unsettled = (TABLE.c.id == claimed.id, TABLE.c.sent_at.is_(None))
    with write() as session:
        session.execute(TABLE.update().where(*unsettled).values(**values))
