"""Random histories of trees that wander while their old owners go on writing, against a small model of the rule.

The model knows nothing of feeds, locks or merging. It knows who has a tree, who ever had a record, what late phones
added, and what they asked.
"""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from sync.columns import new_id
from sync.database import db
from sync.kinds import KINDS
from sync.models import CONFLICT, Rejected
from sync.rows import read_rows
from tests.sync.cast import ANA, BEN, STRANGER
from tests.sync.test_leaving import BOOKS, check, move

CHILDREN = ("note", "pet", "receipt", "signature")


class Model:
    """What the design says should be, in a few sets."""

    def __init__(self) -> None:
        self.owner: dict[str, str] = {}  # person: agent
        self.kind: dict[str, str] = {}  # record: kind
        self.tree: dict[str, str] = {}  # record: person
        self.dead: set[str] = set()
        self.had: set[tuple[str, str]] = set()  # (agent, record) that was ever in the agent's book
        self.late: dict[str, str] = {}  # record: who created it late
        self.asked: dict[tuple[str, str, str | None], object] = {}  # (device, record, field): the author's wish

    def born(self, kind: str, row_id: str, person: str, agent: str) -> None:
        self.kind[row_id], self.tree[row_id] = kind, person
        self.had.add((agent, row_id))
        if agent != self.owner[person]:
            self.late[row_id] = agent
            self.had.add((self.owner[person], row_id))

    def moved(self, person: str, agent: str) -> None:
        self.owner[person] = agent
        self.had |= {(agent, row_id) for row_id, tree in self.tree.items() if tree == person}

    def died(self, row_id: str, device: str) -> None:
        """The owner deletes: the own questions are answered by it, and those that wanted the same."""
        gone = [each for each in self.tree if (each == row_id or self.tree[each] == row_id) and each not in self.dead]
        self.dead |= set(gone)
        for key, wish in list(self.asked.items()):
            if key[1] in gone and (key[0] == device or wish == {"deleted": True}):
                del self.asked[key]

    def is_late(self, agent: str, row_id: str) -> bool:
        return self.owner[self.tree[row_id]] != agent and (agent, row_id) in self.had

    def late_create(self, agent: str, device: str, kind: str, row_id: str, person: str, values: dict) -> str:
        if kind == "signature":
            return "left_scope"
        if person in self.dead:
            self.asked[device, row_id, None] = {"set": values, "late_from": agent}
            return "conflict"
        self.born(kind, row_id, person, agent)
        return "ok"

    def late_update(self, device: str, row_id: str, field: str, value: str) -> str:
        if self.kind[row_id] in ("receipt", "signature"):
            return "append_only" if self.kind[row_id] == "receipt" else "left_scope"
        if row_id in self.dead:
            before = self.asked.get((device, row_id, None)) or {}
            self.asked[device, row_id, None] = {"set": {**before.get("set", {}), field: value}}  # type: ignore[attr-defined]
        else:
            self.asked[device, row_id, field] = value
        return "conflict"

    def late_delete(self, device: str, row_id: str) -> str:
        if self.kind[row_id] in ("receipt", "signature"):
            return "append_only" if self.kind[row_id] == "receipt" else "left_scope"
        if row_id in self.dead:
            return "ok"
        self.asked[device, row_id, None] = {"deleted": True}
        return "conflict"


class World:
    """Three agents, the phones of two of them that seldom pull, and a leader who moves trees."""

    def __init__(self, phone, chance: random.Random):
        self.chance, self.model = chance, Model()
        self.phones = {agent: [phone(agent) for _ in range(2)] for agent in (ANA, BEN, STRANGER)}

    def step(self) -> None:
        person = self.chance.choice(list(self.model.owner) or [""])
        roll = self.chance.random()
        if not person or roll < 0.08:
            self.new_tree()
        elif roll < 0.25 and person not in self.model.dead:
            self.move(person)
        elif roll < 0.45:
            self.owner_works(person)
        else:
            self.somebody_sends(person)

    def new_tree(self) -> None:
        agent = self.chance.choice(list(self.phones))
        ana, person = self.phones[agent][0], new_id()
        self.model.owner[person] = agent
        self.model.born("person", person, person, agent)
        edits = [ana.creation("person", person, name=(None, "王芳"), phone=(None, "0"))]
        for kind in CHILDREN:
            edits.append(ana.creation(kind, person_id=(None, person)))
            self.model.born(kind, edits[-1]["id"], person, agent)
        assert {each["verdict"] for each in ana.push(*edits)["verdicts"]} == {"ok"}

    def move(self, person: str) -> None:
        agent = self.chance.choice([each for each in self.phones if each != self.model.owner[person]])
        move(person, BOOKS[agent])
        self.model.moved(person, agent)

    def owner_works(self, person: str) -> None:
        """The owner has seen everything, so nothing of it is in doubt."""
        owner = self.chance.choice(self.phones[self.model.owner[person]])
        owner.pull()
        alive = [row_id for row_id, tree in self.model.tree.items() if tree == person and row_id not in self.model.dead]
        pets = [row_id for row_id in alive if self.model.kind[row_id] == "pet"]
        roll = self.chance.random()
        if not alive:
            return
        if roll < 0.15 and len(self.model.owner) > 2:
            assert owner.delete("person", person, cursor=owner.cursor)["verdict"] == "ok"
            self.model.died(person, owner.id)
        elif roll < 0.4 and pets:
            pet = self.chance.choice(pets)
            assert owner.delete("pet", pet, cursor=owner.cursor)["verdict"] == "ok"
            self.model.died(pet, owner.id)
        else:
            assert owner.update("person", person, score=self.chance.randrange(100))["verdict"] == "ok"

    def somebody_sends(self, person: str) -> None:
        """An agent who does not have the tree, a few edits in one batch."""
        agent = self.chance.choice([each for each in self.phones if each != self.model.owner[person]])
        who = self.chance.choice(self.phones[agent])
        if self.chance.random() < 0.3:
            who.pull()
        edits, expected = [], []
        for _ in range(self.chance.randrange(1, 6)):
            edit, verdict = self.one(agent, who, person)
            edits.append(edit)
            expected.append(verdict)
        body = {"proto": 1, "edits": edits}
        for _ in range(self.chance.choice((1, 1, 2))):  # a lost reply: sent again
            verdicts = who.post("push", body).json["verdicts"]
            assert [each.get("error", {}).get("code", each["verdict"]) for each in verdicts] == expected
            assert not any(each.get("row") or each.get("conflicts") for each in verdicts)

    def one(self, agent: str, who, person: str) -> tuple[dict, str]:
        model, value = self.model, f"v{self.chance.randrange(10**6)}"
        members = [row_id for row_id, tree in model.tree.items() if tree == person]
        row_id, roll = self.chance.choice(members), self.chance.random()
        kind = model.kind[row_id]
        field = {"person": "phone", "pet": "name", "note": "text", "receipt": "amount_fen", "signature": "strokes"}[
            kind
        ]
        if roll < 0.35:
            kind, row_id = self.chance.choice(CHILDREN), new_id()
            edit = who.creation(kind, row_id, person_id=(None, person))
            if not model.is_late(agent, person):
                return edit, "not_found"
            return edit, model.late_create(agent, who.id, kind, row_id, person, {"person_id": person})
        if roll < 0.85:
            edit = who.change(kind, row_id, base=1, **{field: ("old", 7 if kind == "receipt" else value)})
            edit["set"][field][0] = None
        else:
            edit = who.deletion(kind, row_id, base=1)
        if not model.is_late(agent, row_id):
            code = "append_only" if kind in ("receipt", "signature") and edit["op"] == "update" else "not_found"
            code = "append_only" if kind in ("receipt", "signature") else code
            return edit, code
        if edit["op"] == "update":
            return edit, model.late_update(who.id, row_id, field, value)
        return edit, model.late_delete(who.id, row_id)

    def check(self) -> None:
        """The database is what the model says, and every replica is the database."""
        model = self.model
        check(*(each for phones in self.phones.values() for each in phones))
        stored = {row["id"]: (kind, row) for kind in KINDS for row in read_rows(db.session, kind)}
        scopes = dict(db.session.execute(sa.select(CONFLICT.table.c.id, CONFLICT.table.c.scope)).all())
        asked = {}
        for kind, row in stored.values():
            if kind == "conflict" and row["resolution"] is None:
                asked[row["author_device"], row["record_id"], row["field"]] = row["mine"]
                assert scopes[row["id"]] == BOOKS[model.owner[row["tree_id"]]]
        assert asked == model.asked
        alive = {row_id for row_id, (kind, _) in stored.items() if kind in ("person", *CHILDREN)}
        assert alive == set(model.tree) - model.dead
        late = {row_id: row["late_from"] for row_id, (_, row) in stored.items() if "late_from" in row}
        assert late == {row_id: agent for row_id, agent in model.late.items() if row_id in alive}
        assert {row["phone"] for kind, row in stored.values() if kind == "person"} <= {"0"}
        for agent, phones in self.phones.items():
            mine = {row_id for row_id in alive if model.owner[model.tree[row_id]] == agent}
            assert {row_id for kind, row_id in phones[0].rows if kind in ("person", *CHILDREN)} == mine
        assert not db.session.scalar(
            sa.select(sa.func.count()).select_from(Rejected).where(Rejected.reason == "internal")
        )
        db.session.rollback()


@pytest.mark.parametrize("seed", range(4))
def test_a_wandering_tree_ends_as_the_model_says(phone, seed):
    world = World(phone, random.Random(seed))
    for number in range(60):
        world.step()
        if number % 20 == 19:
            world.check()
