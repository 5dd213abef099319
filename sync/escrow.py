"""Escrow: what a revoked phone had not sent, kept for the leader.

Nothing is applied when it comes in. `accept` applies through the same `apply_edits` as everything else, in the name of
the agent who typed it: stale values become conflicts, and what left the book in the meantime is late. Each edit takes a
number of its writer before it is applied and keeps it, so two leaders at once, or a server that dies between applying
and writing down, apply nothing twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from sync.apply import apply_edits
from sync.canonical import MAX_INT, edit_hash
from sync.columns import new_id, utcnow
from sync.database import db, table_of, write
from sync.devices import Caller, server_author
from sync.engine import engine
from sync.errors import SyncProblem
from sync.keyring import keyring
from sync.models import Device, Edit, Escrowed
from sync.wish import is_id

ESCROW = table_of(Escrowed)
_DEVICES = table_of(Device)
_LEDGER = table_of(Edit)

#: What one device may have waiting here. A phone that was offline for months stays far below it.
MAX_EDITS = 10_000
MAX_BYTES = 32 * 1024 * 1024
_AT_ONCE = 500

ACCEPTED, DROPPED = "accepted", "dropped"
Answer = dict[str, Any]


# Coming in


def keep(caller: Caller, edits: Sequence[Any], proto: int) -> list[Answer]:
    """Keep what a phone hands in, whatever it is; what became of each, in order.

    `kept`: it is here now. `there`: it was here already. `applied`: it had been taken in by a push. `taken`: another
    edit stands here under this number; the first stays, and this one is kept when it comes without a number.
    Raises SyncProblem 413 `escrow_full` when the device has too much waiting.
    """
    with write() as session:
        connection = session.connection()
        # Two calls of one device one after the other; a push that is under way is waited for.
        connection.execute(sa.select(_DEVICES.c.id).where(_DEVICES.c.id == caller.id).with_for_update())
        intake = _Intake(connection, caller, proto, utcnow(), edits)
        answers = [intake.take(edit) for edit in edits]
        intake.store()
    return answers


class _Intake:
    """One call of one device: what is there, and what comes to it."""

    def __init__(self, connection: sa.Connection, caller: Caller, proto: int, now: datetime, edits: Sequence[Any]):
        self.connection, self.caller, self.proto, self.now = connection, caller, proto, now
        here = sa.select(ESCROW.c.slot, ESCROW.c.hash, ESCROW.c.size, ESCROW.c.decision)
        lines = connection.execute(here.where(ESCROW.c.device == caller.id)).all()
        self.slots = {line.slot: line.hash for line in lines}
        waiting = [line.size for line in lines if line.decision is None]
        self.count, self.bytes = len(waiting), sum(waiting)
        pushed = sa.select(_LEDGER.c.n, _LEDGER.c.hash).where(_LEDGER.c.device == caller.id)
        lowest = min(filter(None, map(number_of, edits)), default=MAX_INT)
        self.ledger = {(line.n, line.hash) for line in connection.execute(pushed.where(_LEDGER.c.n >= lowest))}
        self.lines: list[dict[str, Any]] = []

    def take(self, edit: Any) -> Answer:
        n, print_of_it = number_of(edit), edit_hash(edit)
        slot = str(n) if n else f"h{print_of_it}"
        if (n, print_of_it) in self.ledger:
            return {"n": n, "answer": "applied"}
        if slot in self.slots:
            return {"n": n, "answer": "there" if self.slots[slot] == print_of_it else "taken"}
        self.slots[slot] = print_of_it
        self._add(edit, n, slot, print_of_it)
        return {"n": n, "answer": "kept"}

    def _add(self, edit: Any, n: int | None, slot: str, print_of_it: str) -> None:
        text, row_id = _text_of(edit), new_id()
        self.count, self.bytes = self.count + 1, self.bytes + len(text)
        if self.count > MAX_EDITS or self.bytes > MAX_BYTES:
            raise SyncProblem(413, "escrow_full", edits=MAX_EDITS, bytes=MAX_BYTES)
        line: dict[str, Any] = {
            "id": row_id,
            "device": self.caller.id,
            "agent": self.caller.agent_id,
            "slot": slot,
            "n": n,
        }
        line |= {"hash": print_of_it, "proto": self.proto, "size": len(text), "at": self.now}
        self.lines.append(line | {"payload": keyring().seal(text, "escrow", "payload", row_id)})

    def store(self) -> None:
        for start in range(0, len(self.lines), _AT_ONCE):
            self.connection.execute(ESCROW.insert(), self.lines[start : start + _AT_ONCE])


def number_of(edit: Any) -> int | None:
    """The number of an edit, or None where it has none that counts."""
    n = edit.get("n") if isinstance(edit, dict) else None
    return n if type(n) is int and 0 < n <= MAX_INT else None


def _text_of(edit: Any) -> str:
    """As text, because not everything that comes can be sealed as a value (lone surrogates)."""
    try:
        return json.dumps(edit)
    except RecursionError:
        return json.dumps("nested too deeply")


# Looking


@dataclass(frozen=True, slots=True)
class Bundle:
    """What one device handed in."""

    device_id: str
    agent_id: str
    label: str
    waiting: int
    decided: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One edit in escrow. `edit` is whatever was handed in."""

    id: str
    edit: Any
    at: datetime
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    verdict: str | None
    error: dict[str, Any] | None

    @property
    def can_be_applied(self) -> bool:
        """A half-filled form, or what is no edit at all, can only be looked at."""
        return is_edit(self.edit)


def is_edit(edit: Any) -> bool:
    """Whether it can be handed to `apply_edits`, which finds every other fault."""
    return isinstance(edit, dict) and edit.get("op") in ("create", "update", "delete")


def bundles_of(agent_ids: Iterable[str]) -> list[Bundle]:
    """What devices of these agents handed in, the newest first."""
    waiting = sa.func.sum(sa.case((ESCROW.c.decision.is_(None), 1), else_=0))
    query = (
        sa.select(ESCROW.c.device, ESCROW.c.agent, _DEVICES.c.label, waiting, sa.func.count() - waiting)
        .add_columns(sa.func.min(ESCROW.c.at), sa.func.max(ESCROW.c.at))
        .join(_DEVICES, _DEVICES.c.id == ESCROW.c.device)
        .where(ESCROW.c.agent.in_(list(agent_ids)))
        .group_by(ESCROW.c.device, ESCROW.c.agent, _DEVICES.c.label)
        .order_by(sa.func.max(ESCROW.c.at).desc(), ESCROW.c.device)
    )
    return [Bundle(*line) for line in db.session.execute(query)]


def bundle_of(device_id: str, agent_ids: Iterable[str]) -> Bundle | None:
    """What this device handed in, if it is one of these agents'."""
    return next((bundle for bundle in bundles_of(agent_ids) if bundle.device_id == device_id), None)


def items_of(device_id: str) -> list[Item]:
    """Everything a device handed in, in the order of its making as far as that is known."""
    ring = keyring()
    found = db.session.execute(_in_order(sa.select(ESCROW).where(ESCROW.c.device == device_id)))
    return [
        Item(
            line["id"],
            json.loads(ring.open(line["payload"], "escrow", "payload", line["id"])),
            *(line[name] for name in ("at", "decision", "decided_by", "decided_at", "verdict", "error")),
        )
        for line in found.mappings()
    ]


def _in_order(query: Any) -> Any:
    """By number; what has none comes after, as it was handed in."""
    return query.order_by(ESCROW.c.n.is_(None), ESCROW.c.n, ESCROW.c.id)


# Deciding


def accept(bundle: Bundle, ids: Iterable[str], by: str) -> int:
    """Apply these edits of a bundle in the agent's name; how many were decided by this call or finished by it.

    What was begun before and interrupted is finished too. What was decided already, or is no edit, is left alone.
    """
    writer = server_author(
        f"escrow:{bundle.device_id}",
        bundle.agent_id,
        scopes=engine().scopes_of(bundle.agent_id),
        label=bundle.label,
    )
    author = replace(writer, kind="phone")  # whoever accepts lends it no rights that the phone did not have
    begun = _begin(bundle.device_id, list(ids), by)
    for proto, group in groupby(begun, key=lambda line: line["proto"]):
        lines = list(group)
        edits = [line["edit"] | {"n": line["writer_n"]} for line in lines]
        for line, verdict in zip(lines, apply_edits(edits, author, proto=proto), strict=True):
            _note(line["id"], verdict)
    return len(begun)


def _begin(device_id: str, ids: list[str], by: str) -> list[dict[str, Any]]:
    """Give the chosen edits their numbers; everything that has a number and no verdict yet, in order."""
    ring, now = keyring(), utcnow()
    with write() as session:
        connection = session.connection()
        connection.execute(sa.select(_DEVICES.c.id).where(_DEVICES.c.id == device_id).with_for_update())
        open_ones = sa.select(ESCROW).where(ESCROW.c.device == device_id, ESCROW.c.decision.is_(None))
        lines = [dict(line) for line in connection.execute(_in_order(open_ones)).mappings()]
        last = connection.scalar(sa.select(sa.func.max(ESCROW.c.writer_n)).where(ESCROW.c.device == device_id)) or 0
        pushed = sa.select(_LEDGER.c.n, _LEDGER.c.hash, _LEDGER.c.verdict).where(_LEDGER.c.device == device_id)
        ledger = {(line.n, line.hash): line.verdict for line in connection.execute(pushed)}
        begun, chosen = [], set(ids)
        for line in lines:
            line["edit"] = json.loads(ring.open(line["payload"], "escrow", "payload", line["id"]))
            if line["writer_n"] is None:
                if line["id"] not in chosen or not is_edit(line["edit"]):
                    continue
                if verdict := ledger.get((line["n"], line["hash"])):  # the phone got it through after all
                    said = {"decision": ACCEPTED, "decided_by": by, "decided_at": now, "verdict": verdict}
                    connection.execute(ESCROW.update().where(ESCROW.c.id == line["id"]).values(**said))
                    continue
                last += 1
                line["writer_n"] = last
                said = {"writer_n": last, "decided_by": by, "decided_at": now}
                connection.execute(ESCROW.update().where(ESCROW.c.id == line["id"]).values(**said))
            begun.append(line)
    return sorted(begun, key=lambda line: line["writer_n"])


def _note(item_id: str, verdict: dict[str, Any]) -> None:
    said = {"decision": ACCEPTED, "verdict": verdict["verdict"], "error": verdict.get("error")}
    with write() as session:
        session.execute(ESCROW.update().where(ESCROW.c.id == item_id, ESCROW.c.decision.is_(None)).values(**said))


def drop(device_id: str, ids: Iterable[str], by: str) -> int:
    """Discard these edits: they stay where they are, marked with who and when. How many were not decided before."""
    said = {"decision": DROPPED, "decided_by": by, "decided_at": utcnow()}
    dropped = 0
    with write() as session:
        for row_id in filter(is_id, ids):
            mine = (ESCROW.c.id == row_id) & (ESCROW.c.device == device_id)
            untouched = mine & ESCROW.c.decision.is_(None) & ESCROW.c.writer_n.is_(None)
            dropped += session.connection().execute(ESCROW.update().where(untouched).values(**said)).rowcount
    return dropped
