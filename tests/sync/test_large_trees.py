"""A tree with more children than a statement has parameters is moved, deleted and brought back like any other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from sync.apply import apply_edits
from sync.columns import new_id
from sync.database import write
from sync.devices import server_author
from tests.sync.cast import ANA, BEN
from tests.sync.test_late import said
from tests.sync.test_leaving import BOOKS, check, move


@pytest.fixture
def narrow(app) -> Iterator[None]:
    """An SQLite that takes hardly more parameters than the engine gives at once: few rows are enough to fail."""
    _limit(5200)
    yield
    _limit(32_766)


def _limit(most: int) -> None:
    with write() as session:
        driver = session.connection().connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, most)


def live(phone, children: int) -> None:
    """Given away, deleted, asked for by its old owner, and back again."""
    ana, ben = phone(), phone(BEN)
    person = ana.create("person", name="王芳")
    office = server_author("office", ANA)
    edits = [
        {"op": "create", "kind": "pet", "id": new_id(), "set": {"person_id": [None, person]}} for _ in range(children)
    ]
    assert {verdict["verdict"] for verdict in apply_edits(edits, office)} == {"ok"}
    ana.pull(limit=5000)
    move(person, BOOKS[BEN])
    ben.pull(limit=5000)
    assert len(ben.rows) == children + 2  # the person, the phone
    assert ben.delete("person", person, cursor=ben.cursor)["verdict"] == "ok"
    ana.pull(limit=5000)
    ben.pull(limit=5000)
    assert len(ben.rows) == 1
    assert said(ana.update("person", person, name="王方", base=1)) == "conflict"
    ben.pull()
    assert ben.settle(ben.conflicts()[0], "mine")["verdict"] == "ok"
    check(ana, ben)
    assert len(ben.rows) == children + 3
    assert ben.rows["person", person]["name"] == "王方"


def test_more_children_than_parameters(phone, narrow):
    live(phone, 5_500)


@pytest.mark.soak
def test_forty_thousand_children(phone):
    live(phone, 40_000)
