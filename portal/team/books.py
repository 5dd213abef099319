"""What a leader sees of the books of the unit: who has how many customers, and whom, with contact fields masked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Agent
from portal.accounts.people import seen_by
from portal.customers.models import Customer, Policy, Visit
from portal.customers.pinyin import readings
from portal.customers.search import match, words_of
from portal.team.reassignments import book_of
from sync.columns import utcnow
from sync.database import db
from sync.keyring import open_sealed


@dataclass(frozen=True, slots=True)
class Book:
    """An agent and how many customers stand in the book."""

    agent: Agent
    customers: int

    @property
    def is_left_over(self) -> bool:
        """The agent has gone, or has a role without customers now; the customers are still there."""
        return (self.agent.disabled_at is not None or not self.agent.has_book) and self.customers > 0


@dataclass(frozen=True, slots=True)
class Line:
    """A customer as a list needs it before it is shown."""

    id: str
    name: str
    city: str | None
    stage: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a row says of a customer besides."""

    mobile: str
    policies: int
    visited_at: datetime | None


def books_of(viewer: Agent) -> list[Book]:
    """The books in the viewer's units: those of people who left first, then by name. Who left with nothing is left out."""
    scopes = sa.select(sa.literal("agent:").concat(Agent.id)).where(seen_by(viewer))
    counted = sa.select(Customer.scope, sa.func.count()).where(Customer.scope.in_(scopes)).group_by(Customer.scope)
    have = dict(db.session.execute(counted).all())
    people = db.session.scalars(sa.select(Agent).where(seen_by(viewer)))
    books = [Book(agent, have.get(book_of(agent.id), 0)) for agent in people]
    shown = [book for book in books if (book.agent.has_book and book.agent.disabled_at is None) or book.customers]
    return sorted(shown, key=lambda book: (not book.is_left_over, sound(book.agent.name), book.agent.id))


def lines_of(agent_id: str, q: str = "", stage: str = "") -> list[Line]:
    """The customers of a book that fit, as a phone book has them. Phone numbers are not searched: they are masked."""
    query = sa.select(Customer.id, Customer.name, Customer.city, Customer.stage)
    query = query.where(Customer.scope == book_of(agent_id))
    if stage:
        query = query.where(Customer.stage == stage)
    lines = [Line(*found) for found in db.session.execute(query)]
    if words_of(q):
        lines = [line for line in lines if _fits(line, q)]
    return sorted(lines, key=lambda line: (sound(line.name), line.name, line.id))


def facts_of(ids: Collection[str]) -> dict[str, Facts]:
    """What is to be said of these few customers."""
    wanted = list(ids)
    mobiles = db.session.execute(sa.select(Customer.id, Customer.mobile).where(Customer.id.in_(wanted)))
    policies: dict[str, int] = dict(_per_customer(Policy.customer_id, sa.func.count(), wanted))
    at = sa.func.coalesce(Visit.started_at, Visit.planned_at)
    visits: dict[str, datetime] = dict(_per_customer(Visit.customer_id, sa.func.max(at), wanted, at <= utcnow()))
    return {
        row_id: Facts(_masked(sealed, row_id), policies.get(row_id, 0), visits.get(row_id))
        for row_id, sealed in mobiles
    }


def names_of(viewer: Agent, ids: Collection[str]) -> dict[str, str]:
    """The names of customers in the viewer's units; of others nothing is said."""
    books = sa.select(sa.literal("agent:").concat(Agent.id)).where(seen_by(viewer))
    query = sa.select(Customer.id, Customer.name).where(Customer.id.in_(list(ids)), Customer.scope.in_(books))
    return dict(db.session.execute(query).all())


def masked(number: str) -> str:
    """138****2046: enough to know a number again, too little to call it."""
    if len(number) < 8:
        return "****" + number[-2:]
    return f"{number[:3]}****{number[-4:]}"


def _masked(sealed: bytes | None, row_id: str) -> str:
    return masked(str(open_sealed(sealed, "customer", "mobile", row_id))) if sealed else ""


def _per_customer(column: Any, value: Any, ids: list[str], *where: Any) -> Iterable[tuple[Any, Any]]:
    query = sa.select(column, value).where(column.in_(ids), *where).group_by(column)
    return db.session.execute(query).all()


def _fits(line: Line, q: str) -> bool:
    return match({"name": line.name, "keys": keys_of(line.name), "city": line.city}, q) is not None


def sound(name: str) -> str:
    """What names are put in order by: how they are read."""
    return next(iter(keys_of(name)), name)


@lru_cache(maxsize=1 << 16)
def keys_of(name: str) -> tuple[str, ...]:
    """Every way a name can be spelled, as search wants it."""
    return tuple(readings(name))
