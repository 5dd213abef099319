"""Customers as the office has them: only those of one's own unit exist, and they change the way phones change them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Agent
from portal.accounts.people import seen_by
from portal.customers.models import Customer
from portal.errors import Problem
from sync.apply import Verdict, apply_edits
from sync.columns import instant_text, utcnow
from sync.database import db
from sync.devices import server_author
from sync.kinds import KINDS, Row
from sync.rows import read_row, read_rows
from sync.wish import is_id

#: Who changes customers here, and who only reads them, with contact data masked.
EDITORS = ("office",)
MASKED = ("leader", "manager", "compliance")
READERS = (*EDITORS, *MASKED)


@dataclass(frozen=True, slots=True)
class Tree:
    """A customer, whose book it stands in, and what belongs to it."""

    owner: Agent
    customer: Row
    relatives: list[Row]
    policies: list[Row]
    conflicts: list[Row]

    @property
    def id(self) -> str:
        return self.customer["id"]

    @property
    def names(self) -> dict[str, str]:
        """The people of the family, by id."""
        return {row["id"]: row["name"] for row in (self.customer, *self.relatives)}

    def record(self, kind: str, row_id: str) -> Row | None:
        """A record of this tree; one of another tree is not there."""
        rows = {"customer": [self.customer], "relative": self.relatives, "policy": self.policies}[kind]
        return next((row for row in rows if row["id"] == row_id), None)


def books_for(viewer: Agent) -> dict[str, Agent]:
    """The people in sight by the scope of their book; of who has left too."""
    return {f"agent:{agent.id}": agent for agent in db.session.scalars(sa.select(Agent).where(seen_by(viewer)))}


def tree_or_404(viewer: Agent, customer_id: object) -> Tree:
    """A customer in a book that the viewer may see; any other does not exist."""
    row_id = str(customer_id)
    query = sa.select(Agent).join(Customer, Customer.scope == sa.literal("agent:").concat(Agent.id))
    owner = db.session.scalars(query.where(Customer.id == row_id, seen_by(viewer))).one_or_none()
    source, scopes = db.session.connection(), [f"agent:{owner.id}"] if owner else []
    customer = read_row(source, "customer", row_id, scopes=scopes) if owner else None
    if owner is None or customer is None:
        raise Problem(404, "not_found")

    def rows(kind: str, column: str) -> list[Row]:
        return read_rows(source, kind, scopes=scopes, where=KINDS[kind].table.c[column] == row_id)

    conflicts = [row for row in rows("conflict", "tree_id") if not row["resolution"]]
    return Tree(owner, customer, rows("relative", "customer_id"), rows("policy", "customer_id"), conflicts)


def put(editor: Agent, tree: Tree, kind: str, old: Row | None, row_id: str, sets: dict[str, list[Any]]) -> Verdict:
    """Send one edit the way a phone does: field by field against what the page had shown, with the same verdict.

    The writer is the person at the desk, so that a conflict on the phone says who it was.
    """
    book = f"agent:{tree.owner.id}"
    writer = server_author(f"desk:{editor.id}", editor.id, scopes=[book], home=book, label=editor.name)
    edit: dict[str, Any] = {"kind": kind, "id": row_id, "set": sets, "at": instant_text(utcnow())}
    edit |= {"op": "update", "base": old["ver"]} if old else {"op": "create"}
    (verdict,) = apply_edits([edit], replace(writer, kind="program", scopes=(book,), home=book))
    return verdict


def safe_id(text: str, otherwise: str) -> str:
    """The id that a form brings along, so that sending it twice makes one record."""
    return text if is_id(text) else otherwise
