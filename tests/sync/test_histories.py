"""Random histories: lost replies, replays, three phones and an office; in the end all replicas are the database."""

from __future__ import annotations

import os
import random

import pytest
import sqlalchemy as sa

from sync.apply import apply_edits
from sync.canonical import canonical, digest_text, row_digest
from sync.database import db
from sync.devices import server_author
from sync.kinds import KINDS
from sync.models import Edit, Rejected
from sync.rows import read_rows
from tests.sync.cast import ANA

# `make soak` runs batch after batch, each with other seeds (tests/soak.py).
FIRST = int(os.environ.get("SOAK_FIRST", "100"))
BATCH = 20


class Tapping:
    """A person with a phone: taps at random, syncs now and then, loses replies."""

    def __init__(self, phone_, chance: random.Random):
        self.phone, self.chance = phone_, chance
        self.waiting: list[dict] = []

    def tap(self) -> None:
        phone_, chance = self.phone, self.chance
        people = [row_id for kind, row_id in phone_.rows if kind == "person"]
        conflicts = phone_.conflicts()
        roll = chance.random()
        if conflicts and roll < 0.2:
            conflict = chance.choice(conflicts)
            answers = (
                ["mine", "theirs"]
                if conflict["field"] is None or "." in conflict["field"]
                else ["mine", "theirs", "other"]
            )
            answer = chance.choice(answers)
            value = {"phone": "9", "score": 9, "contact": "any", "name": "n", "born": "2000-01-01"}.get(
                conflict["field"]
            )
            if answer == "other" and value is None:
                answer = "mine"
            sets = {"resolution": (None, answer)} | ({"value": (None, value)} if answer == "other" else {})
            self.waiting.append(phone_.change("conflict", conflict["id"], base=conflict["ver"], **sets))
        elif not people or roll < 0.35:
            edit = phone_.creation("person", name=str(chance.randrange(100)), score=chance.choice([1, 50, 200]))
            self.waiting.append(edit)
            if chance.random() < 0.5:
                self.waiting.append(phone_.creation("pet", person_id=(None, edit["id"]), name="狗"))
        elif roll < 0.8:
            self.waiting.append(phone_.change("person", chance.choice(people), **self.wish()))
        elif roll < 0.9:
            self.waiting.append(phone_.creation("note", person_id=(None, chance.choice(people)), text=(None, "x")))
        else:
            self.waiting.append(phone_.deletion("person", chance.choice(people)))

    def wish(self) -> dict:
        chance = self.chance
        wishes = {
            "phone": str(chance.randrange(5)),
            "score": chance.randrange(5),
            "tags": chance.sample("abcd", chance.randrange(4)),
            "answers": {key: chance.randrange(3) for key in chance.sample("xyz", chance.randrange(4))},
            "contact": chance.choice(["any", "service", "none"]),
            "born": f"200{chance.randrange(9)}-01-01",
        }
        return {name: wishes[name] for name in chance.sample(sorted(wishes), chance.randrange(1, 4))}

    def sync(self, *, lose: float = 0.3) -> None:
        phone_, chance = self.phone, self.chance
        batch = self.waiting[: chance.randrange(1, 6)]
        reply = phone_.post("push", {"proto": 1, "edits": batch, "pull": {"cursor": phone_.cursor, "limit": 3}})
        assert reply.status_code == 200, reply.text
        if chance.random() < lose:
            return  # the reply never arrived: everything is sent again
        del self.waiting[: len(batch)]
        phone_.take(reply.json["pull"])


@pytest.mark.parametrize("seed", range(4))
def test_every_replica_ends_as_the_database(phone, app, seed):
    _live(phone, seed, taps=60)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(FIRST, FIRST + BATCH))
def test_many_long_histories(phone, app, seed):
    _live(phone, seed, taps=200)


def _live(phone, seed: int, taps: int) -> None:
    chance = random.Random(seed)
    people = [Tapping(phone(), chance) for _ in range(3)]
    office = server_author("office", ANA)
    for _ in range(taps):
        who = chance.choice(people)
        who.tap()
        if chance.random() < 0.5:
            who.sync()
        if chance.random() < 0.1:
            _edit_in_the_office(office, chance)
    rounds = 0
    while any(each.waiting for each in people):
        rounds += 1
        assert rounds < 500, "an outbox does not empty"
        for each in people:
            if each.waiting:
                each.sync()
    _check(people)


def _edit_in_the_office(office, chance: random.Random) -> None:
    rows = read_rows(db.session, "person", scopes=[f"agent:{ANA}"])
    db.session.rollback()
    if rows:
        row = chance.choice(rows)
        sets = {"phone": [row["phone"], str(chance.randrange(5))]}
        apply_edits([{"op": "update", "kind": "person", "id": row["id"], "base": row["ver"], "set": sets}], office)


def _check(people: list[Tapping]) -> None:
    stored = {(kind, row["id"]): row for kind in KINDS for row in read_rows(db.session, kind, scopes=[f"agent:{ANA}"])}
    total = 0
    for (kind, _), row in stored.items():
        total ^= row_digest(kind, row)
    for each in people:
        each.phone.pull()
        replica = {key: canonical(row) for key, row in each.phone.rows.items()}
        assert replica == {key: canonical(row) for key, row in stored.items()}
        assert each.phone.digests[f"agent:{ANA}"] == digest_text(total)
    verdicts = dict(db.session.execute(sa.select(Edit.verdict, sa.func.count()).group_by(Edit.verdict)).all())
    refused = db.session.scalar(sa.select(sa.func.count()).select_from(Rejected))
    assert verdicts.get("rejected", 0) == refused
    assert verdicts.get("conflict", 0) > 0
    assert not db.session.scalar(sa.select(sa.func.count()).select_from(Rejected).where(Rejected.reason == "internal"))
