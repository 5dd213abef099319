"""The demo office: quick, the same for the same day, by our own rules, and with something to do today."""

from __future__ import annotations

import time
from datetime import date

import pytest
import sqlalchemy as sa

from portal.accounts.models import Agent
from portal.customers.birthdays import next_birthday
from portal.customers.policy_dates import protects, status
from portal.customers.today import first_ids
from portal.seed import SIGN_INS, seed
from portal.seed.families import Book
from sync.database import db
from sync.rows import read_rows, read_tree

TODAY = date(2026, 11, 25)


@pytest.fixture
def office(app):
    """The small demo office, and how long it took."""
    started = time.monotonic()
    made = seed(app, "small", TODAY)
    return made | {"seconds": time.monotonic() - started}


def demo() -> Agent:
    return db.session.execute(sa.select(Agent).where(Agent.username == "demo")).scalar_one()


def rows(kind: str) -> list[dict]:
    return read_rows(db.session, kind, scopes=[f"agent:{demo().id}"])


def test_the_small_office(office):
    assert office["people"] == 13
    assert office["records"] > 3000
    assert office["seconds"] < 20  # two or three on a quiet machine
    agent = demo()
    assert (agent.name, agent.unit.name) == ("沈清越", "望江二部")
    assert len(rows("customer")) == 268
    signed = db.session.execute(sa.select(Agent.username, Agent.role)).all()
    assert {role for _, role in signed} == {"agent", "leader", "office", "manager", "compliance", "admin"}
    assert {username for username, *_ in SIGN_INS} <= {username for username, _ in signed}
    today_has_work()
    the_li_family_is_the_one_of_the_drawings()
    numbers_ring_nowhere()


def today_has_work():
    people, policies = rows("customer"), rows("policy")
    days = [next_birthday(row, TODAY) for row in people]
    assert TODAY in days
    assert sum(1 for day in days if day and (day - TODAY).days <= 7) >= 3
    assert {"in_force", "grace"} <= {status(row, TODAY) for row in policies}
    first = list(first_ids(demo().id, TODAY))
    assert 5 <= len(first) <= 200
    assert len(first) == len(set(first))
    names = {row["id"]: row["name"] for row in people}
    assert {"林雪梅", "吴晓燕", "周玉兰", "陈立新"} <= {names[each] for each in first}


def the_li_family_is_the_one_of_the_drawings():
    (lin,) = [row for row in rows("customer") if row["name"] == "林雪梅"]
    tree = read_tree(db.session, "customer", lin["id"])
    members = {lin["id"]: "林雪梅"} | {row["id"]: row["name"] for row in tree["relative"]}
    assert set(members.values()) == {"林雪梅", "李建国", "李思源", "李思齐", "李国栋"}
    lines = {"term": "life", "whole_life": "life"}
    covered = {
        (members[row["insured"]["id"]], lines.get(row["kind"], row["kind"]))
        for row in tree["policy"]
        if protects(row, TODAY)
    }
    expected = {
        "李建国": {"life", "ci", "medical", "accident"},
        "林雪梅": {"life", "ci", "accident"},
        "李思源": {"ci", "medical", "accident"},
        "李国栋": {"accident"},
    }
    assert covered == {(name, line) for name, found in expected.items() for line in found}


def numbers_ring_nowhere():
    numbers = [row["mobile"] for kind in ("customer", "relative") for row in rows(kind) if row["mobile"]]
    assert all(number[3:7] in {"0000", "0001", "0002", "0003"} for number in numbers)


def test_one_day_makes_one_office():
    from random import Random

    first, second = (
        [
            [(record.kind, record.id, record.fields) for record in tree.records]
            for tree in Book(Random(7), TODAY).trees(20)
        ]
        for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("day", [date(2028, 2, 29), date(2027, 1, 1), date(2026, 12, 31), date(2027, 3, 1)])
def test_any_day_will_do(day):
    """Every family of every day keeps the rules that need no database."""
    from random import Random

    from portal.customers import rules
    from portal.seed.li_family import li_family
    from portal.seed.todays import todays_people
    from tests.portal.customers.twins import Lookup

    book = Book(Random(3), day)
    for tree in [li_family(book), *todays_people(book), *book.trees(60)]:
        made = [{"id": record.id, **record.fields} for record in tree.records]
        kinds = [record.kind for record in tree.records]
        by_kind = {kind: [row for row, its in zip(made, kinds, strict=True) if its == kind] for kind in set(kinds)}
        lookup = Lookup({"today": day.isoformat(), "rows": by_kind})
        assert [rules.RULES[kind](row, None, lookup) for row, kind in zip(made, kinds, strict=True)] == [{}] * len(made)
