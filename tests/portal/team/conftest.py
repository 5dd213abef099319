"""The office, browsers for its people, and customers in their books."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portal.customers.models import Customer
from sync.apply import apply_edits
from sync.columns import instant_text, new_id, utcnow
from sync.database import db
from sync.devices import server_author
from tests.people import Cast, Person, cast, sign_in


@pytest.fixture
def people(app) -> Cast:
    return cast(app)


@pytest.fixture
def desk(app):
    """`desk(person)`: signed in on the server's pages."""

    def open_one(person: Person):
        made = app.test_client()
        made.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return sign_in(made, person)

    return open_one


@pytest.fixture
def program(app):
    """A client that sends what a program sends: no header of a browser."""
    return app.test_client()


@pytest.fixture
def customer(app):
    """`customer(person, "王芳")`: somebody in that book, with a visit; gives the id."""

    def make(person: Person, name: str = "王芳", **more) -> str:
        return customers(person, [name], **more)[0]

    return make


def customers(person: Person, names: list[str], **more) -> list[str]:
    """Customers of these names, each with a visit, written by the office."""
    author = server_author(f"office:{person.id}", person.id)
    ids = [new_id() for _ in names]
    edits = []
    for row_id, name in zip(ids, names, strict=True):
        fields = {"name": [None, name], **{field: [None, value] for field, value in more.items()}}
        visit = {"customer_id": [None, row_id], "note": [None, "谈了教育金"]}
        edits.append({"op": "create", "kind": "customer", "id": row_id, "set": fields, "at": instant_text(utcnow())})
        edits.append({"op": "create", "kind": "visit", "id": new_id(), "set": visit, "at": instant_text(utcnow())})
    assert {verdict["verdict"] for verdict in apply_edits(edits, author)} == {"ok"}
    return ids


def owner(customer_id: str) -> str | None:
    """Whose book the customer stands in."""
    db.session.rollback()
    scope = db.session.scalar(sa.select(Customer.scope).where(Customer.id == customer_id))
    return scope.removeprefix("agent:") if scope else None


def history(customer_id: str) -> list[tuple[str, str, str]]:
    """(from, to, by) of each move, oldest first."""
    from portal.team.models import Reassignment

    db.session.rollback()
    query = sa.select(Reassignment).where(Reassignment.tree_id == customer_id).order_by(Reassignment.id)
    return [(move.from_id, move.to_id, move.by_id) for move in db.session.scalars(query)]
