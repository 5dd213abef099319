"""Random histories: five phones of three agents, an office and a leader, for hundreds of steps, with replies lost.

Everything a history does follows from its seed and the numbers of its steps; each step has a chance of its own, so that
steps can be left out to find the few that matter (`python -m tests.soak --seed 7 --shrink`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from sync import devices, leaving
from sync.apply import apply_edits
from sync.canonical import canonical, digest_text, row_digest
from sync.columns import utcnow
from sync.cursor import Cursor
from sync.database import consistent_read, db, table_of
from sync.keyring import Keyring, keyring
from sync.kinds import KINDS
from sync.models import Escrowed, Rejected, Tombstone
from sync.rows import read_rows
from tests.sync.cast import ANA, BEN, STRANGER, scopes_of
from tests.sync.checker import Broken, Checker, Key, Row, Stored
from tests.sync.phone import Phone

AGENTS = (ANA, ANA, BEN, BEN, STRANGER)
BOOKS = {agent: f"agent:{agent}" for agent in dict.fromkeys(AGENTS)}
STEPS = 200 * len(AGENTS)
LOST_REPLIES = 0.3
LOST_REQUESTS = 0.05
MOST_PEOPLE = 3


@dataclass
class Tapper:
    """A person with a phone. What is shown is what the server said and, over it, what was not sent yet."""

    agent: str
    phone: Phone
    outbox: list[Row] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.phone.id

    def shown(self, key: Key) -> Row | None:
        """A record as it stands on the screen; None when it is not there."""
        row = self.phone.rows.get(key)
        for edit in self.outbox:
            if (edit["kind"], edit["id"]) == key:
                news = {name: pair[1] for name, pair in edit.get("set", {}).items()}
                born = {"id": key[1]} if edit["op"] == "create" else None
                row = None if edit["op"] == "delete" or not (row or born) else {**(row or born or {}), **news}
            elif row and edit["op"] == "delete" and row.get("person_id") == edit["id"]:
                row = None
        return row

    def all_shown(self, *kinds: str) -> dict[Key, Row]:
        """What stands on the screen, by key."""
        keys = dict.fromkeys((*self.phone.rows, *((edit["kind"], edit["id"]) for edit in self.outbox)))
        rows = {key: self.shown(key) for key in sorted(keys) if key[0] in kinds}
        return {key: row for key, row in rows.items() if row}


class History:
    """One life of an office, lived step by step and then judged."""

    def __init__(self, client: Callable[[], FlaskClient], seed: int, *, clock: Callable[[int], str] | None = None):
        self.client = client
        self.seed = seed
        self.clock = clock
        self.checker = Checker()
        self.tappers = [self._register(agent) for agent in AGENTS]
        self.office = devices.server_author("office", ANA, scopes=BOOKS.values(), label="内勤")
        self.leader = devices.server_author("leader", ANA, scopes=BOOKS.values())
        self.checker.registered(self.office.device_id, ANA)
        self.forms: list[Row] = []
        self.at = 0
        self._made = 0
        self.counts: dict[str, int] = {}

    # Living

    def run(self, steps: Iterable[int] = range(STEPS)) -> None:
        """Live these steps, let everybody send what waits, and judge."""
        for step in steps:
            self.step(step)
        self.heal()
        self.judge()

    def step(self, step: int) -> None:
        self.at, self._made = step, 0
        chance = Random(f"{self.seed}/{step}")
        acts = (
            (0.60, self._tap),
            (0.28, self._sync),
            (0.03, self._open_form),
            (0.03, self._send_form),
            (0.04, self._move),
            (0.012, self._register_anew),
            (0.008, self._revoke),
        )
        (act,) = chance.choices([each for _, each in acts], [weight for weight, _ in acts])
        self._count(act.__name__)
        act(chance)

    def heal(self) -> None:
        """The network is well: every outbox empties in as many rounds as it has batches, and a few."""
        for tapper in list(self.tappers):
            rounds = len(tapper.outbox) // 20 + 2
            while self._of(tapper).outbox:
                rounds -= 1
                if rounds < 0:
                    raise Broken(f"I11: {len(tapper.outbox)} edits of a phone are never taken")
                self._send(self._of(tapper), tapper.outbox[:20], 500)
        for tapper in self.tappers:
            tapper.phone.pull()

    def _of(self, tapper: Tapper) -> Tapper:
        """The same person, who may have another phone by now."""
        return tapper

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def _value(self) -> int:
        """A number nobody else types."""
        self._made += 1
        return self.at * 1000 + self._made

    def _id(self) -> str:
        return f"{0x01900000 + self.at:08x}-{self._value() % 1000:04x}-7000-8000-{self.seed % 2**48:012x}"

    def _someone(self, chance: Random) -> Tapper:
        return chance.choice(self.tappers)

    # Tapping

    def _tap(self, chance: Random) -> None:
        tapper = self._someone(chance)
        acts = (
            (5, self._add_person),
            (14, self._change_person),
            (4, self._add_child),
            (3, self._change_child),
            (2, self._delete),
            (7, self._settle),
            (1, self._poison),
        )
        (act,) = chance.choices([each for _, each in acts], [weight for weight, _ in acts])
        act(tapper, chance)

    def _type(self, tapper: Tapper, op: str, key: Key, sets: Row, about: Row | None = None, **more: Any) -> None:
        """Number an edit and put it into the outbox; `old` is what stands on the screen."""
        shown = tapper.shown(key) or {}
        tapper.phone.n += 1
        edit = {"n": tapper.phone.n, "op": op, "kind": key[0], "id": key[1], "at": self._time()}
        if op != "create":
            edit["base"] = tapper.phone.rows.get(key, {}).get("ver", 0)
        if op != "delete":
            edit["set"] = {name: [None if op == "create" else shown.get(name), new] for name, new in sets.items()}
        edit |= more
        tapper.outbox.append(edit)
        self._count(op)
        self.checker.note(tapper.id, edit, self.at, about)

    def _time(self) -> str:
        return self.clock(self.at) if self.clock else "2026-11-22T01:30:00.000Z"

    def _add_person(self, tapper: Tapper, chance: Random) -> None:
        if len(tapper.all_shown("person")) >= MOST_PEOPLE:
            return
        key = ("person", self._id())
        spoilt = {"score": 200} if chance.random() < 0.15 else {}
        self._type(tapper, "create", key, {"name": f"n{self._value()}", **self._wish(chance), **spoilt})
        if chance.random() < 0.5:
            self._type(tapper, "create", ("pet", self._id()), {"person_id": key[1], "name": f"p{self._value()}"})

    def _wish(self, chance: Random, shown: Row | None = None, asked: Iterable[str] = ()) -> Row:
        """One to three fields of a person, filled anew; sets and maps grow and shrink. `asked`: most likely these."""
        shown = shown or {}
        tags, answers = list(shown.get("tags") or ()), dict(shown.get("answers") or {})
        kept = [tag for tag in tags if chance.random() < 0.8]
        entries = {name: self._value() for name in chance.sample("xyz", chance.randrange(1, 3))}
        wishes = {
            "phone": f"f{self._value()}",
            "name": f"n{self._value()}",
            "income_fen": self._value(),
            "tags": [*kept, f"t{self._value()}"],
            "answers": {name: value for name, value in answers.items() if chance.random() < 0.9} | entries,
            "contact": chance.choice(["any", "service", "none"]),
        }
        names = [name for name in asked if name in wishes and chance.random() < 0.5]
        return {name: wishes[name] for name in names or chance.sample(sorted(wishes), chance.randrange(1, 4))}

    def _change_person(self, tapper: Tapper, chance: Random) -> None:
        people = tapper.all_shown("person")
        if people:
            key = chance.choice(list(people))
            asked = sorted({str(row["field"]) for row in tapper.phone.conflicts() if row["record_id"] == key[1]})
            wish = self._wish(chance, people[key], asked)
            if people[key].get("flags") and chance.random() < 0.5:
                wish["flags"] = {}
            self._type(tapper, "update", key, wish)

    def _add_child(self, tapper: Tapper, chance: Random) -> None:
        people = tapper.all_shown("person")
        if people:
            _, person = chance.choice(list(people))
            kind, name = chance.choice([("note", "text"), ("pet", "name"), ("receipt", "amount_fen")])
            value: Any = self._value() if kind == "receipt" else f"c{self._value()}"
            self._type(tapper, "create", (kind, self._id()), {"person_id": person, name: value})

    def _change_child(self, tapper: Tapper, chance: Random) -> None:
        children = list(tapper.all_shown("note", "pet"))
        if children:
            key = chance.choice(children)
            self._type(tapper, "update", key, {"text" if key[0] == "note" else "name": f"c{self._value()}"})

    def _delete(self, tapper: Tapper, chance: Random) -> None:
        rows = list(tapper.all_shown("person", "pet", "note"))
        if rows:
            key = chance.choice(rows)
            cursor = {"cursor": tapper.phone.cursor} if tapper.phone.cursor else {}
            self._type(tapper, "delete", key, {}, **cursor)

    def _settle(self, tapper: Tapper, chance: Random) -> None:
        waiting = {edit["id"] for edit in tapper.outbox if edit["kind"] == "conflict"}
        asked = [row for row in tapper.phone.conflicts() if row["id"] not in waiting]
        if not asked:
            return
        conflict = chance.choice(asked)
        answers = ["mine", "theirs"] + ["other"] * 2 * (conflict["field"] in ("phone", "name", "income_fen"))
        sets: Row = {"resolution": chance.choice(answers)}
        if sets["resolution"] == "other":
            sets["value"] = self._value() if conflict["field"] == "income_fen" else f"o{self._value()}"
        self._type(tapper, "update", ("conflict", conflict["id"]), sets, conflict)
        tapper.outbox[-1]["set"] = {name: [None, new] for name, new in sets.items()}

    def _poison(self, tapper: Tapper, chance: Random) -> None:
        key = ("person", self._id())
        kind = chance.choice(["crash", "kind", "id", "text", "shape"])
        self._type(tapper, "create", key, {"name": "crash" if kind == "crash" else f"n{self._value()}"})
        faults: dict[str, Row] = {
            "kind": {"kind": "dragon"},
            "id": {"id": "1"},
            "text": {"set": {"name": [None, "x\0"]}},
            "shape": {"set": {"name": [None, 5]}},
        }
        tapper.outbox[-1].update(faults.get(kind, {}))

    # Sending

    def _sync(self, chance: Random) -> None:
        tapper = self._someone(chance)
        batch = tapper.outbox[: chance.randrange(1, 9)]
        limit = chance.choice([1, 3, 10, 200])
        luck = chance.random()
        if luck < LOST_REQUESTS:
            return
        twice = chance.random() < 0.05
        self._send(tapper, batch, limit, lost=luck < LOST_REQUESTS + LOST_REPLIES, status=chance.random() < 0.1)
        if twice and batch == tapper.outbox[: len(batch)]:
            self._send(tapper, batch, limit, lost=True)

    def _send(self, tapper: Tapper, batch: list[Row], limit: int, *, lost: bool = False, status: bool = False) -> None:
        phone = tapper.phone
        body: Row = {"proto": 1, "edits": batch, "pull": {"cursor": phone.cursor, "limit": limit}}
        if status:
            body["status"] = {"waiting": len(tapper.outbox), "oldest_at": None, "build": "toy"}
        if self.clock:
            body["clock"] = self._time()
        reply = phone.post("push", body)
        if reply.status_code == 401 and reply.json["code"] == "device_revoked":
            self._wiped(tapper)
            return
        if reply.status_code != 200:
            raise Broken(f"I10: a push was answered {reply.status_code} {reply.text}")
        self.checker.heard(tapper.id, batch, reply.json["verdicts"])
        self.checker.heard_changes(tapper.id, reply.json["pull"]["changes"])
        if lost:
            self._count("lost")
            return
        self._take_verdicts(tapper, batch, reply.json["verdicts"])
        del tapper.outbox[: len(batch)]
        self._take_page(tapper, reply.json["pull"])

    def _take_verdicts(self, tapper: Tapper, batch: list[Row], verdicts: list[Row]) -> None:
        for edit, verdict in zip(batch, verdicts, strict=True):
            self._count(verdict["verdict"])
            if "row" not in verdict:
                continue
            key = edit["kind"], edit["id"]
            if verdict["row"] is None:
                tapper.phone.rows.pop(key, None)
            else:
                tapper.phone.rows[key] = verdict["row"]
                self.checker.looked(tapper.id, verdict["row"], self.at)

    def _take_page(self, tapper: Tapper, page: Row) -> None:
        tapper.phone.take(page)
        self.checker.reached(tapper.id, Cursor.read(page["cursor"], tapper.agent).seqs)
        for change in page["changes"]:
            self.checker.looked(tapper.id, change.get("row"), self.at)

    # Phones that come and go

    def _register(self, agent: str, before: str | None = None) -> Tapper:
        tapper = Tapper(agent, Phone(self.client(), agent))
        self.checker.registered(tapper.id, agent, before)
        return tapper

    def _register_anew(self, chance: Random) -> None:
        """A copied or emptied phone: it downloads everything, with a cut, and sends what was unsent under new numbers."""
        at = chance.randrange(len(self.tappers))
        old = self.tappers[at]
        fresh = self.tappers[at] = self._register(old.agent, old.id)
        self._download(fresh, chance)
        for edit in old.outbox:
            typed = self.checker.typed[old.id, edit["n"]]
            self.checker.sent_anew.add((old.id, edit["n"]))
            fresh.phone.n += 1
            again = {**edit, "n": fresh.phone.n}
            if edit["op"] == "delete":
                again["cursor"] = old.phone.cursor or fresh.phone.cursor
            fresh.outbox.append(again)
            self.checker.note(fresh.id, again, typed.step, typed.about)

    def _download(self, tapper: Tapper, chance: Random) -> None:
        head, *lines = tapper.phone.snapshot()
        kept = lines[: chance.randrange(len(lines) + 1)]
        rest = tapper.phone.snapshot(after=kept[-1]["t"])[1:] if kept else lines
        if len(kept) + len(rest) != head["rows"]:
            raise Broken("I2: a download that was cut is not whole")
        for line in [*kept, *rest]:
            tapper.phone.rows[line["kind"], line["id"]] = line["row"]
            self.checker.looked(tapper.id, line["row"], self.at)
        self.checker.heard_changes(tapper.id, [*lines, *rest])
        tapper.phone.cursor = head["cursor"]

    def _revoke(self, chance: Random) -> None:
        """A phone is lost. Its owner gets another; what it still sends goes to escrow."""
        at = chance.randrange(len(self.tappers))
        lost = self.tappers[at]
        assert devices.revoke(lost.id, lost.agent)
        self._wiped(lost)
        self.tappers[at] = self._register(lost.agent)
        self._download(self.tappers[at], chance)

    def _wiped(self, tapper: Tapper) -> None:
        reply = tapper.phone.post("push", {"proto": 1, "edits": tapper.outbox})
        if (reply.status_code, reply.json["code"]) != (401, "device_revoked"):
            raise Broken("I7: a revoked phone was let in")
        for edit in tapper.outbox:
            self.checker.escrowed.add((tapper.id, edit["n"]))
        if tapper.outbox:
            reply = tapper.phone.post("escrow", {"proto": 1, "edits": tapper.outbox})
            if reply.status_code != 200:
                raise Broken(f"I4: escrow answered {reply.status_code} {reply.text}")
        tapper.outbox = []

    # Writers on the server

    def _open_form(self, chance: Random) -> None:
        """Somebody in the office looks at a customer; the form may be sent much later."""
        rows = [row for book in BOOKS.values() for row in read_rows(db.session, "person", scopes=[book])]
        db.session.rollback()
        if rows:
            self.forms.append(chance.choice(sorted(rows, key=lambda row: row["id"])))
            self.checker.looked(self.office.device_id, self.forms[-1], self.at)

    def _send_form(self, chance: Random) -> None:
        if not self.forms:
            return
        row = self.forms.pop(chance.randrange(len(self.forms)))
        sets = {name: [row.get(name), new] for name, new in self._wish(chance, row).items()}
        edit = {"op": "update", "kind": "person", "id": row["id"], "base": row["ver"], "set": sets}
        (verdict,) = apply_edits([edit], replace(self.office, now=utcnow()))
        self.checker.note(self.office.device_id, edit | {"n": verdict["n"]}, self.at)
        self.checker.verdicts[self.office.device_id, verdict["n"]] = {"error": None, "conflicts": None} | verdict

    def _move(self, chance: Random) -> None:
        """The leader gives a customer to another agent."""
        trees = sorted({row_id for each in self.tappers for kind, row_id in each.phone.rows if kind == "person"})
        if not trees:
            return
        tree, book = chance.choice(trees), chance.choice(list(BOOKS.values()))
        try:
            if leaving.move_tree("person", tree, book, replace(self.leader, now=utcnow())):
                self._count("moved")
                self.checker.moved(tree, book)
        except LookupError:
            pass  # deleted, or never taken in

    # Judging

    def judge(self) -> None:
        """I2 and I4."""
        stored = read_stored()
        for tapper in self.tappers:
            _check_replica(tapper, stored)
        self.checker.verify(stored)


def _check_replica(tapper: Tapper, stored: Stored) -> None:
    scopes = scopes_of(tapper.agent)
    mine = {key: canonical(row) for key, (scope, row) in stored.live.items() if scope in scopes}
    replica = {key: canonical(row) for key, row in tapper.phone.rows.items()}
    if replica != mine:
        odd = sorted(key for key in {*mine, *replica} if mine.get(key) != replica.get(key))
        raise Broken(f"I2: a phone of {tapper.agent} differs from the database in {odd}")
    for scope in scopes:
        total = 0
        for (kind, _), (home, row) in stored.live.items():
            total ^= row_digest(kind, row) if home == scope else 0
        if tapper.phone.digests[scope] != digest_text(total):
            raise Broken(f"I2: the digest of {scope} is wrong")


def read_stored() -> Stored:
    """Everything that the database holds, opened."""
    ring = keyring()
    with consistent_read() as connection:
        live, graves, rejected = {}, {}, {}
        for kind in KINDS.values():
            scopes = dict(connection.execute(sa.select(kind.table.c.id, kind.table.c.scope)).all())
            for row in read_rows(connection, kind.name):
                live[kind.name, row["id"]] = scopes[row["id"]], row
        table = table_of(Tombstone)
        for found in connection.execute(sa.select(table.c.kind, table.c.id, table.c.row)):
            graves[found.kind, found.id] = ring.open(found.row, "tombstone", "row", found.id)
        table = table_of(Rejected)
        for found in connection.execute(sa.select(table.c.device, table.c.n, table.c.payload)):
            text = ring.open(found.payload, "rejected", "payload", f"{found.device}:{found.n}")
            rejected[found.device, found.n] = json.loads(text)
        return Stored(live, graves, rejected, _read_escrow(connection, ring))


def _read_escrow(connection: sa.Connection, ring: Keyring) -> dict[tuple[str, int], Row]:
    table = table_of(Escrowed)
    lines = connection.execute(sa.select(table.c.device, table.c.n, table.c.id, table.c.payload))
    return {(line.device, line.n): json.loads(ring.open(line.payload, "escrow", "payload", line.id)) for line in lines}


@contextmanager
def steady_ids(seed: int) -> Iterator[None]:
    """Ids that the server makes follow from the seed too, so that a history is lived twice in the same way."""
    made = 0

    def steady() -> str:
        nonlocal made
        made += 1
        return f"{0x01A00000 + made:08x}-0000-7000-8000-{seed % 2**48:012x}"

    modules = [module for name, module in sys.modules.items() if name.startswith("sync.") and name != "sync.columns"]
    kept = [(module, module.new_id) for module in modules if hasattr(module, "new_id")]
    try:
        for module, _ in kept:
            module.new_id = steady
        yield
    finally:
        for module, original in kept:
            module.new_id = original
