"""Finding a customer of the unit as a phone finds one: name, initials, pinyin, phone, plate, policy number, family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Agent
from portal.customers.models import Customer, Policy, Relative
from portal.customers.search import match, words_of
from portal.office.customers import EDITORS, books_for
from portal.team.books import keys_of, sound
from sync.database import db
from sync.keyring import open_sealed

MOST = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer that fits: whose it is, and by what it was found when not by the name."""

    id: str
    name: str
    city: str | None
    owner: str
    field: str
    text: str


def find(viewer: Agent, q: str, whose: str = "") -> tuple[list[Hit], int]:
    """Who fits, the best first, and how many in all. `whose`: only this agent's customers.

    For who sees numbers masked they are not searched: what is hidden in four digits would be guessed in an hour.
    """
    books = books_for(viewer)
    scopes = [scope for scope in books if not whose or scope == f"agent:{whose}"]
    if not scopes or not (words_of(q) or whose):
        return [], 0
    lines = _lines(scopes, whole=viewer.role in EDITORS)
    ranked = []
    for line in lines:
        fit = match(line, q) if words_of(q) else None
        if fit or not words_of(q):
            ranked.append((fit.rank if fit else 0, line, (fit.why if fit else None) or ("", "")))
    ranked.sort(key=lambda one: (one[0], sound(one[1]["name"]), one[1]["id"]))
    hits = [
        Hit(line["id"], line["name"], line["city"], books[line["scope"]].name, *why) for _, line, why in ranked[:MOST]
    ]
    return hits, len(ranked)


def _lines(scopes: Collection[str], *, whole: bool) -> list[dict[str, Any]]:
    """The lines of a phone's search for these books; numbers only for who may read them."""
    customers = sa.select(Customer.id, Customer.name, Customer.city, Customer.scope, Customer.mobile)
    relatives = sa.select(Relative.customer_id, Relative.name).where(Relative.scope.in_(scopes))
    policies = sa.select(Policy.id, Policy.customer_id, Policy.plate, Policy.number, Policy.product_name)
    family, plates, numbers = defaultdict(list), defaultdict(list), defaultdict(list)
    for customer_id, name in db.session.execute(relatives):
        family[customer_id].append(name)
    for row in db.session.execute(policies.where(Policy.scope.in_(scopes))):
        if row.plate:
            plates[row.customer_id].append(row.plate)
        if whole and row.number:
            number = str(open_sealed(row.number, "policy", "number", row.id))
            numbers[row.customer_id].append({"id": row.id, "number": number, "product": row.product_name})
    return [
        {
            "id": row.id,
            "name": row.name,
            "keys": keys_of(row.name),
            "city": row.city,
            "scope": row.scope,
            "mobile": str(open_sealed(row.mobile, "customer", "mobile", row.id)) if whole and row.mobile else None,
            "plates": plates[row.id],
            "policies": numbers[row.id],
            "family": family[row.id],
        }
        for row in db.session.execute(customers.where(Customer.scope.in_(scopes)))
    ]
