"""What the agent's book holds already, as the planner wants to know it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from portal.customers.models import Customer, Policy, Relative
from portal.imports.plan import Known
from sync.database import db
from sync.keyring import keyed_hash
from sync.kinds import KINDS
from sync.models import ScopeHead
from sync.rows import read_rows

SOME = 400


def book_of(agent_id: str) -> str:
    """The scope of an agent's book."""
    return f"agent:{agent_id}"


def book_seq(agent_id: str) -> int:
    """How far the book's feed is; 0 for a book in which nothing happened yet."""
    head = db.session.execute(sa.select(ScopeHead.seq).where(ScopeHead.scope == book_of(agent_id)))
    return head.scalar() or 0


def known_in(agent_id: str) -> Known:
    """The book's customers, families and policies by the keys that rows are compared by. Nothing is opened for it."""
    scope = book_of(agent_id)
    customers = {
        row.id: {
            "name": row.name,
            "birth_date": row.birth_date.isoformat() if row.birth_date else None,
            "id_number": row.id_number_hash.hex() if row.id_number_hash else None,
            "mobile": row.mobile_hash.hex() if row.mobile_hash else None,
        }
        for row in _select(Customer, scope, "id", "name", "birth_date", "id_number_hash", "mobile_hash")
    }
    relatives: dict[str, list[dict[str, Any]]] = {}
    for row in _select(Relative, scope, "id", "customer_id", "name", "relation"):
        relatives.setdefault(row.customer_id, []).append({"id": row.id, "name": row.name, "relation": row.relation})
    return Known(customers, relatives, *_policies(scope), rows=_reader(scope), key=_Keys())


def _select(model: Any, scope: str, *names: str) -> Iterable[Any]:
    columns = [getattr(model, name) for name in names]
    return db.session.execute(sa.select(*columns).where(model.scope == scope).order_by(model.id))


def _policies(scope: str) -> tuple[dict[str, str], dict[str, str], dict[str, list[dict[str, Any]]]]:
    numbers: dict[str, str] = {}
    owners: dict[str, str] = {}
    contracts: dict[str, list[dict[str, Any]]] = {}
    alike = ("kind", "insurer", "product_name", "effective_date", "plate")
    for row in _select(Policy, scope, "id", "customer_id", "number_hash", *alike):
        owners[row.id] = row.customer_id
        if row.number_hash:
            numbers.setdefault(row.number_hash.hex(), row.id)
            continue
        about = {name: getattr(row, name) for name in alike}
        about["effective_date"] = row.effective_date.isoformat() if row.effective_date else None
        contracts.setdefault(row.customer_id, []).append({"id": row.id, **about})
    return numbers, owners, contracts


def _reader(scope: str) -> Any:
    def rows(kind: str, ids: list[str]) -> Iterable[dict[str, Any]]:
        for start in range(0, len(ids), SOME):
            yield from read_rows(db.session(), kind, ids[start : start + SOME], scopes=[scope])

    return rows


class _Keys:
    """The keyed hash of a value, as the columns beside the sealed ones hold it."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, str, str], str] = {}

    def __call__(self, kind: str, name: str, value: str) -> str:
        place = (kind, name, value)
        if place not in self.made:
            normal = KINDS[kind].fields[name].metadata.get("normal") or str
            self.made[place] = keyed_hash(normal(value), f"{KINDS[kind].table.name}.{name}").hex()
        return self.made[place]
