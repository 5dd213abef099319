"""Whom today is about: whose trees a phone downloads first, so that the day can begin before the book is complete."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal import lunar
from portal.customers.birthdays import next_birthday
from portal.customers.models import Customer, Policy, Relative, Visit
from portal.dates import add_days, instant_at
from sync.database import db

#: How far today's list looks: birthdays from a week ahead, premiums and expiries from a month (and overdue ones).
BIRTHDAY_DAYS = 7
DUE_DAYS = 30
OVERDUE_DAYS = 60
FIRST_MOST = 200

BIRTHDAY = ("birth_date", "birthday_calendar", "birthday_month", "birthday_day", "birthday_leap")


def first_ids(agent_id: str, today: date) -> Iterable[str]:
    """Customers with a visit, a due policy or a birthday about now, the most pressing first."""
    book = f"agent:{agent_id}"
    found = [*_visits(book, today), *_policies(book, today), *_birthdays(book, today)]
    return list(dict.fromkeys(found))[:FIRST_MOST]


def _visits(book: str, today: date) -> Iterable[str]:
    start, end = instant_at(add_days(today, -1), "00:00"), instant_at(add_days(today, 2), "00:00")
    query = (
        sa.select(Visit.customer_id)
        .where(Visit.scope == book, Visit.planned_at >= start, Visit.planned_at < end)
        .order_by(Visit.planned_at)
    )
    return db.session.scalars(query)


def _policies(book: str, today: date) -> Iterable[str]:
    first, last = add_days(today, -OVERDUE_DAYS), add_days(today, DUE_DAYS)
    near = sa.or_(Policy.next_due_date.between(first, last), Policy.expiry_date.between(first, last))
    query = (
        sa.select(Policy.customer_id)
        .where(Policy.scope == book, Policy.terminated_on.is_(None), near)
        .order_by(sa.func.coalesce(Policy.next_due_date, Policy.expiry_date), Policy.id)
    )
    return db.session.scalars(query)


def _birthdays(book: str, today: date) -> Iterable[str]:
    last = add_days(today, BIRTHDAY_DAYS)
    for model, owner in ((Customer, Customer.id), (Relative, Relative.customer_id)):
        columns = [getattr(model, name) for name in BIRTHDAY]
        query = sa.select(owner, *columns).where(model.scope == book, _about(model, today))
        for customer_id, *values in db.session.execute(query):
            day = next_birthday(_row(values), today)
            if day and day <= last:
                yield customer_id


def _about(model: Any, today: date) -> sa.ColumnElement[bool]:
    """A sieve for the database: birthdays in one of the months, solar or lunar, that the next days touch."""
    days = [add_days(today, number) for number in range(BIRTHDAY_DAYS + 1)]
    solar = {day.month for day in days}
    moons = {moon.month for day in days if (moon := lunar.from_solar(day))}
    return sa.or_(
        sa.extract("month", model.birth_date).in_(solar),
        model.birthday_month.in_(solar | moons),
        sa.and_(model.birthday_calendar == "lunar", model.birthday_month.is_(None)),
    )


def _row(values: list[Any]) -> dict[str, Any]:
    row = dict(zip(BIRTHDAY, values, strict=True))
    return row | {"birth_date": row["birth_date"].isoformat() if row["birth_date"] else None}
