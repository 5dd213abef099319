"""Whom the first download brings first."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from portal.customers.birthdays import next_birthday
from portal.customers.today import BIRTHDAY_DAYS, first_ids
from portal.seed.families import Book
from sync.apply import apply_edits
from sync.columns import new_id
from sync.devices import server_author
from tests.people import cast

TODAY = date(2026, 11, 25)


@pytest.fixture
def agent(app) -> str:
    return cast(app).ana.id


def write(agent: str, *records: tuple[str, str, dict]) -> None:
    edits = [
        {"op": "create", "kind": kind, "id": row_id, "set": {name: [None, value] for name, value in fields.items()}}
        for kind, row_id, fields in records
    ]
    verdicts = apply_edits(edits, server_author("office:test", agent))
    assert {verdict["verdict"] for verdict in verdicts} == {"ok"}


def person(agent: str, **fields) -> str:
    row_id = new_id()
    write(agent, ("customer", row_id, {"name": "李建国", **fields}))
    return row_id


def test_the_day_in_order(agent):
    birthday = person(agent, birth_date="1984-11-30")
    due = person(agent)
    write(agent, ("policy", new_id(), {"customer_id": due, "kind": "ci", "next_due_date": "2026-12-20"}))
    overdue = person(agent)
    write(agent, ("policy", new_id(), {"customer_id": overdue, "kind": "ci", "next_due_date": "2026-11-20"}))
    planned = person(agent)
    write(agent, ("visit", new_id(), {"customer_id": planned, "planned_at": "2026-11-25T06:00:00.000Z"}))
    child = person(agent)
    write(
        agent,
        (
            "relative",
            new_id(),
            {
                "customer_id": child,
                "name": "李思源",
                "relation": "child",
                "birthday_calendar": "lunar",
                "birthday_month": 10,
                "birthday_day": 17,
            },
        ),
    )
    person(agent, birth_date="1984-01-30")
    assert list(first_ids(agent, TODAY)) == [planned, overdue, due, birthday, child]


def test_nobody_else_s_customers(app, agent):
    person(agent, birth_date="1984-11-25")
    assert list(first_ids(new_id(), TODAY)) == []


@pytest.mark.parametrize("day", [date(2025, 11, 25), date(2026, 2, 26), date(2025, 12, 28), date(2024, 2, 27)])
def test_the_sieve_loses_no_birthday(agent, day):
    """What the database leaves out has no birthday soon: compared with looking at everybody."""
    people = [
        (record.kind, record.id, record.fields)
        for tree in Book(Random(5), day).trees(150)
        for record in tree.records
        if record.kind in ("customer", "relative")
    ]
    leap = new_id()
    people += [("customer", leap, {"name": "二月", "birth_date": "1988-02-29"})]
    write(agent, *people)
    soon = set()
    for kind, row_id, fields in people:
        found = next_birthday(fields, day)
        if found and (found - day).days <= BIRTHDAY_DAYS:
            soon.add(row_id if kind == "customer" else fields["customer_id"])
    assert set(first_ids(agent, day)) == soon
