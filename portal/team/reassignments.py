"""A customer goes to another agent of the leader's units: who may say so, and the move itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.guards import agent_or_404
from portal.accounts.models import ROLES_WITH_BOOK, Agent
from portal.accounts.people import seen_by
from portal.customers.models import Customer
from portal.errors import Problem
from portal.team.models import Reassignment
from portal.translations import msgid
from sync.columns import new_id, utcnow
from sync.database import db
from sync.devices import server_author
from sync.leaving import move_tree
from sync.stage import Author

#: Who gives customers from one agent to another; both stand in their units.
GIVERS = ("leader", "manager")
#: A customer that others move to and fro is looked for so often.
MOST_TRIES = 20

DISABLED = msgid("This person does not work here any more.")
NO_BOOK = msgid("This person's role has no customers of its own.")
SAME_OWNER = msgid("This customer is with that agent already.")


def book_of(agent_id: str) -> str:
    """The feed of an agent's own customers."""
    return f"agent:{agent_id}"


def owner_or_404(giver: Agent, customer_id: str) -> Agent:
    """Whose customer it is now. One that is unknown, deleted, or not in the giver's units does not exist."""
    stands = sa.select(Customer.scope).where(Customer.id == customer_id).scalar_subquery()
    wanted = sa.select(Agent).where(sa.literal("agent:").concat(Agent.id) == stands, seen_by(giver))
    owner = db.session.execute(wanted).scalar_one_or_none()
    if owner is None:
        raise Problem(404, "not_found")
    return owner


def new_owner_or_404(agent_id: str) -> Agent:
    """Who is to have the customers, if the current person may know of them. Raises Problem 422 for who cannot."""
    owner = agent_or_404(agent_id)
    if owner.disabled_at is not None:
        raise Problem(422, "agent_disabled", DISABLED, fields={"agent": [DISABLED]})
    if not owner.has_book:
        raise Problem(422, "no_book", NO_BOOK, fields={"agent": [NO_BOOK]})
    return owner


def new_owners(giver: Agent) -> list[Agent]:
    """Everybody in the giver's units who can be given customers."""
    wanted = sa.select(Agent).where(seen_by(giver), Agent.disabled_at.is_(None), Agent.role.in_(ROLES_WITH_BOOK))
    return list(db.session.scalars(wanted.order_by(Agent.name, Agent.id)))


def reassign(giver: Agent, customer_id: str, agent_id: str) -> tuple[dict[str, Any], bool]:
    """Move one customer; what is written down of it, and whether it happened just now.

    Asked again, the answer is the reassignment that brought the customer there. Raises Problem.
    """
    giver_id = giver.id
    for _again in range(MOST_TRIES):
        owner, to = owner_or_404(giver, customer_id), new_owner_or_404(agent_id)
        if owner.id == to.id:
            return _last(customer_id, to.id), False
        author = mover(f"reassign:{giver_id}", giver_id, owner.id, to.id)
        db.session.rollback()  # no reader is held while we wait for the lock
        try:
            made = move(customer_id, agent_id, giver_id, author)
        except LookupError:  # deleted, or taken elsewhere, since we looked
            continue
        if made is not None:
            return made, True
    raise Problem(409, "conflict")


def mover(name: str, giver_id: str, from_id: str, to_id: str) -> Author:
    """The writer on the server that sees these two books and no other."""
    return server_author(name, giver_id, home=book_of(from_id), scopes=[book_of(to_id)], label="reassignment")


def move(
    tree_id: str,
    to_id: str,
    giver_id: str,
    author: Author,
    *,
    hand_over_id: str | None = None,
    also: Callable[[Session], None] | None = None,
) -> dict[str, Any] | None:
    """Move a tree and write that down, in one transaction; `also` writes more. None when it stands there already.

    Raises LookupError when it is in neither of the author's books.
    """
    line: dict[str, Any] = {
        "id": new_id(),
        "tree_id": tree_id,
        "to_id": to_id,
        "by_id": giver_id,
        "at": utcnow(),
        "hand_over_id": hand_over_id,
    }

    def note(session: Session, book: str) -> None:
        line["from_id"] = book.removeprefix("agent:")
        session.execute(sa.insert(Reassignment), line)
        if also:
            also(session)

    return line if move_tree("customer", tree_id, book_of(to_id), author, note) else None


def _last(customer_id: str, to_id: str) -> dict[str, Any]:
    """The move that brought the customer to its owner. Raises Problem when it was always there."""
    newest = sa.select(Reassignment).where(Reassignment.tree_id == customer_id).order_by(Reassignment.at.desc())
    last = db.session.scalars(newest.order_by(Reassignment.id.desc()).limit(1)).first()
    if last is None or last.to_id != to_id:
        raise Problem(422, "same_owner", SAME_OWNER, fields={"agent": [SAME_OWNER]})
    return {name: getattr(last, name) for name in ("id", "tree_id", "from_id", "to_id", "by_id", "at")}
