"""What `sync.plain` takes in by itself leaves the same rows, lines and verdicts as the general way, whatever is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from sync import apply, conflicts
from sync.apply import apply_edits
from sync.columns import Sealed
from sync.database import glance, write
from sync.kinds import KINDS
from sync.rows import read_rows
from sync.stage import Author
from sync.tables import CHANGE, DEVICES, FEED, HEAD, LEDGER, REJECTED, TOMBSTONE
from tests.sync.cast import ANA, BEN, scopes_of
from tests.sync.conftest import empty

STEPS = 40
BEGUN = datetime(2026, 11, 25, 9, tzinfo=UTC)
PEOPLE = ((ANA, "0" * 8), (ANA, "1" * 8), (BEN, "2" * 8))


@pytest.mark.parametrize("seed", range(6))
def test_both_ways_are_one(app, quiet, monkeypatch, seed):
    plainly = apply.take_plainly
    taken: list[bool] = []

    def counted(work, wish, lookup):
        row = plainly(work, wish, lookup)
        taken.append(row is not None)
        return row

    monkeypatch.setattr(apply, "take_plainly", counted)
    quickly = a_history(app, monkeypatch, seed)
    assert 0.02 < sum(taken) / len(taken) < 0.9
    monkeypatch.setattr(apply, "take_plainly", lambda work, wish, lookup: None)
    assert a_history(app, monkeypatch, seed) == quickly


def a_history(app, monkeypatch, seed: int) -> dict[str, Any]:
    """Phones that create, change and delete, often in ignorance of each other; all that is left of it."""
    empty(app)
    random, numbers = Random(seed), count()
    monkeypatch.setattr(conflicts, "new_id", lambda: str(UUID(int=next(numbers))))
    with write() as session:
        for agent, device in PEOPLE:
            line = {"id": device, "agent": agent, "kind": "phone", "label": device, "last_n": 0, "created_at": BEGUN}
            session.connection().execute(DEVICES.insert(), line)
    phones = [_Phone(random, device) for _, device in PEOPLE]
    verdicts = []
    for step in range(STEPS):
        at = random.choice((0, 0, 1, 1, 2))
        agent, device = PEOPLE[at]
        now = BEGUN + timedelta(seconds=step)
        author = Author(device, agent, tuple(scopes_of(agent)), "phone", now)
        said = apply_edits([phones[at].edit() for _ in range(random.randint(1, 8))], author)
        verdicts.append(said)
        for phone in phones if random.random() < 0.5 else [phones[at]]:
            phone.learn(said)
    return {"verdicts": verdicts, **left()}


class _Phone:
    """Knows some rows as they once were."""

    def __init__(self, random: Random, device: str):
        self.random, self.device, self.n = random, device, 0
        self.rows: dict[str, tuple[str, dict[str, Any]]] = {}
        self.mine: list[tuple[str, str]] = []
        self.kinds: dict[str, str] = {}

    def edit(self) -> dict[str, Any]:
        self.n += 1
        op = self.random.choices(("create", "update", "delete"), (4, 6, 1))[0]
        if op != "create" and self.rows:
            row_id = self.random.choice(list(self.rows))
            kind, row = self.rows[row_id]
            edit = {"n": self.n, "op": op, "kind": kind, "id": row_id, "base": row["ver"]}
            return edit if op == "delete" else edit | {"set": self.wishes(kind, row)}
        kind = self.random.choice(("person", "person", "note", "pet", "receipt"))
        row_id = str(UUID(int=self.random.getrandbits(128)))
        if self.mine and self.random.random() < 0.1:
            kind, row_id = self.random.choice(self.mine)
        self.mine.append((kind, row_id))
        fresh = {name: [None, value] for name, value in self.values(kind).items()}
        return {"n": self.n, "op": "create", "kind": kind, "id": row_id, "set": fresh}

    def wishes(self, kind: str, row: dict[str, Any]) -> dict[str, Any]:
        values = self.values(kind)
        names = self.random.sample(sorted(values), self.random.randint(1, len(values)))
        return {name: [row.get(name), values[name]] for name in names if name != "person_id"}

    def values(self, kind: str) -> dict[str, Any]:
        random = self.random
        people = [row_id for name, row_id in self.mine if name == "person"] or [str(UUID(int=1))]
        parent = random.choice([*people[-3:], random.choice(people)])
        return {
            "person": {
                "name": random.choice(("王芳", "crash", "", None, 7)) if random.random() < 0.2 else f"名{self.n}",
                "phone": random.choice((None, "13800000000", "13900000000")),
                "tags": random.sample(("a", "b", "c"), random.randint(0, 3)),
                "answers": random.choice((None, {"q": random.randint(1, 3)})),
                "contact": random.choice((None, "any", "service", "none")),
                "born": random.choice((None, "1980-01-01", "1980-02-30")),
                "score": random.choice((0, 1, 2, 3, 101)),
            },
            "note": {"person_id": parent, "text": random.choice((None, "来访", "𝔸", "forbidden"))},
            "pet": {"person_id": parent, "name": random.choice(("旺财", "老王", "狼", None))},
            "receipt": {"person_id": parent, "amount_fen": random.randint(0, 5)},
        }[kind]

    def learn(self, verdicts: list[dict[str, Any]]) -> None:
        for verdict in verdicts:
            row = verdict.get("row")
            kind = row and _kind_of(row)
            if kind:
                self.rows[row["id"]] = (kind, row)


def _kind_of(row: dict[str, Any]) -> str | None:
    for sign, kind in (("contact", "person"), ("text", "note"), ("amount_fen", "receipt")):
        if sign in row:
            return kind
    return "pet" if "person_id" in row else None


def left() -> dict[str, Any]:
    """Everything in the database; of what is sealed that it is there, and what stands in it where it is a record."""
    found: dict[str, Any] = {}
    with glance() as connection:
        for table in (
            HEAD,
            FEED,
            CHANGE,
            LEDGER,
            REJECTED,
            TOMBSTONE,
            DEVICES,
            *(kind.table for kind in KINDS.values()),
        ):
            lines = connection.execute(sa.select(table).order_by(*table.primary_key.columns)).mappings()
            found[table.name] = [_without_nonces(table, line) for line in lines]
        for name in KINDS:
            found[f"rows of {name}"] = read_rows(connection, name)
    return found


def _without_nonces(table: sa.Table, line: Any) -> dict[str, Any]:
    return {
        name: value is not None if isinstance(table.columns[name].type, Sealed) else value
        for name, value in line.items()
    }
