"""What the planner looks things up in: records as they would be, the book's customers by their keys. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from portal.imports.rows import Values

if TYPE_CHECKING:
    from portal.imports.plan import Known, Planner, Row


class Lookup:
    """What rules may ask about records as they would be, answered from memory."""

    def __init__(self, planner: Planner, today: date):
        self.planner, self.today = planner, today
        self.relatives = {
            member["id"]: {**member, "customer_id": customer_id}
            for customer_id, members in planner.known.relatives.items()
            for member in members
        }

    def __call__(self, kind: str, row_id: str) -> Row | None:
        draft = self.planner.by_id.get(row_id)
        if draft is not None and draft.kind == kind and not draft.known:
            return None if draft.blocked else {"id": row_id, **draft.values}
        if kind == "relative":
            return self.relatives.get(row_id)
        return {"id": row_id} if kind == "customer" and row_id in self.planner.known.customers else None

    def children(self, kind: str, parent_id: str) -> Iterable[Row]:
        """Imports bring no consents, and rules ask for other children only about links, which they bring neither."""
        return ()


class Index:
    """The book's customers by the same keys as the file's."""

    def __init__(self, known: Known):
        self.keys: dict[tuple[Any, ...], str] = {}
        self.names: dict[str, list[str]] = {}
        for row_id, about in known.customers.items():
            name = about["name"]
            self.names.setdefault(name, []).append(row_id)
            for key in (
                ("id", about.get("id_number")),
                ("mobile", about.get("mobile"), name),
                ("birth", name, about.get("birth_date")),
            ):
                if key[1] and key[-1]:
                    self.keys.setdefault(key, row_id)


def alike(values: Row) -> tuple[Any, ...]:
    """Two contracts without numbers are the same when all of this agrees."""
    return tuple(values.get(name) for name in ("kind", "insurer", "product_name", "effective_date", "plate"))


def differences(old: Row, values: Values) -> dict[str, list[Any]]:
    """[old, new] of every field that the file says otherwise. Sets only grow."""
    sets = {}
    for name, value in values.items():
        before = old.get(name)
        if isinstance(value, list):
            value = [*(before or []), *(item for item in value if item not in (before or []))]
        if before != value:
            sets[name] = [before, value]
    return sets


def record_id(job_id: str, sheet: int, row: int, kind: str) -> str:
    """The id of what one row makes: always the same, so that doing it twice is doing it once. Time is the job's."""
    tail = uuid.uuid5(uuid.UUID(job_id), f"{sheet}:{row}:{kind}").int & ((1 << 74) - 1)
    head = uuid.UUID(job_id).int >> 80
    number = head << 80 | 7 << 76 | (tail >> 62) << 64 | 0b10 << 62 | tail & ((1 << 62) - 1)
    return str(uuid.UUID(int=number))
