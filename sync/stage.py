"""What one edit is made of: who sends it, the records it finds, and the stage on which it is worked out.

A refused edit's stage is dropped, so it cannot undo its neighbours; an accepted one is absorbed by the workset.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sync.kinds import KINDS, Kind, Row

if TYPE_CHECKING:
    from sync.workset import Workset

Key = tuple[str, str]  # kind, id


@dataclass(frozen=True, slots=True)
class Author:
    """Who sends edits. `scopes`: what may be seen; `home`: the book new records go to (the agent's own, if not said).

    `clock_off`: the phone's clock is known to be wrong, so its times are shown with "about".
    """

    device_id: str
    agent_id: str
    scopes: tuple[str, ...]
    kind: str  # phone, server, program (counted here, with no more rights than a phone)
    now: datetime
    home: str | None = None
    clock_off: bool = False

    @property
    def book(self) -> str:
        return self.home or f"agent:{self.agent_id}"

    def may_write(self, scope: str) -> bool:
        """A phone writes its agent's book; a writer on the server what it was given."""
        return scope == self.book or (self.kind == "server" and scope in self.scopes)


@dataclass(slots=True)
class Record:
    """A live record: its kind, its home and its wire row."""

    kind: Kind
    scope: str
    row: Row

    @property
    def key(self) -> Key:
        return self.kind.name, self.row["id"]


@dataclass(frozen=True, slots=True)
class Grave:
    """A deleted record, and the edit that deleted it."""

    kind: Kind
    scope: str
    row: Row
    device: str
    n: int
    at: datetime

    @property
    def key(self) -> Key:
        return self.kind.name, self.row["id"]


@dataclass(slots=True)
class ChangeLine:
    """Who changed which fields (None: deleted it) at which version."""

    ver: int
    device: str
    fields: list[str] | None
    at: datetime


class LedgerLine(NamedTuple):
    """What became of an edit; never a row."""

    n: int
    hash: str
    verdict: str
    error: Any
    conflicts: list[str] | None


@dataclass(slots=True)
class Head:
    """The counter and digest of a scope while its row is locked."""

    seq: int
    digest: int
    epoch: int


class ScopeMoved(Exception):
    """A record stands in a scope that is not locked: let go and start over with it."""

    def __init__(self, scopes: set[str]):
        super().__init__(scopes)
        self.scopes = scopes


_NONE: list[str] = []


class Stage:
    """What one edit wants to do. Reads fall through to the workset."""

    __slots__ = ("_put_ids", "fields", "graves", "n", "puts", "work")

    def __init__(self, work: Workset, n: int):
        self.work = work
        self.n = n
        self.puts: dict[Key, Record] = {}
        self.fields: dict[Key, list[str]] = {}
        self.graves: dict[Key, Grave] = {}
        self._put_ids: dict[str, list[str]] = {}

    def get(self, kind: str, row_id: str) -> Record | None:
        """The live record, if the author may see it."""
        key = (kind, row_id)
        if key in self.puts:
            return self.puts[key]
        return None if key in self.graves else self.work.get(key)

    def anywhere(self, key: Key) -> Record | None:
        """The live record, also in a book that the author does not see. Never for a reply, nor for a rule."""
        return self.get(*key) or (None if key in self.graves else self.work.elsewhere.record(key))

    def lookup(self, kind: str, row_id: str) -> Row | None:
        """For the rules of a kind: a row among those the author may see."""
        found = self.get(kind, row_id)
        return found.row if found else None

    __call__ = lookup

    @property
    def now(self) -> datetime:
        """When the server takes the edit in; rules that need a day ask for it here, never the phone's clock."""
        return self.work.author.now

    @property
    def today(self) -> date:
        """The civil date where the people live."""
        return self.work.today

    @property
    def agent_id(self) -> str:
        """Who writes."""
        return self.work.author.agent_id

    def children(self, kind: str, parent_id: str) -> list[Row]:
        """For the rules of a kind: the live rows of one kind that belong to a record."""
        parent = KINDS[kind].parent
        record = self.get(parent[1], parent_id) if parent else None
        return [each.row for each in self.work.children(record, self, KINDS[kind])] if record else []

    def grave(self, key: Key) -> Grave | None:
        """The deleted record, if it was deleted in a scope the author may see."""
        if key in self.puts:
            return None
        return self.graves.get(key) or self.work.grave(key)

    def put(self, kind: Kind, scope: str, row: Row, changed: Iterable[str]) -> Record:
        """Write a row: version, times and the note of who changed it are set here. One new version per edit."""
        key = (kind.name, row["id"])
        work = self.work
        before = work.records.get(key) or work.newest(key) or work.grave(key)
        ver = before.row["ver"] + 1 if before else 1
        created = before.row["created_at"] if before else work.now_text
        derived = kind.derive(row, before.row if before else None) if kind.derive else {}
        row = {**row, **derived, "ver": ver, "created_at": created, "updated_at": work.now_text}
        names = self.fields.get(key, _NONE)
        self.fields[key] = list(dict.fromkeys((*names, *changed, *derived)))
        if self.graves:
            self.graves.pop(key, None)
        if key not in self.puts:
            self._put_ids.setdefault(kind.name, []).append(row["id"])
        self.puts[key] = record = Record(kind, scope, row)
        return record

    def put_ids(self, kind: str) -> list[str]:
        """The ids of the records of one kind that this edit wrote (some it may have deleted again)."""
        return self._put_ids.get(kind, _NONE)

    def delete(self, record: Record) -> None:
        """Bury a record; its version counts on."""
        author = self.work.author
        row = {**record.row, "ver": record.row["ver"] + (0 if record.key in self.puts else 1)}
        self.puts.pop(record.key, None)
        self.fields.pop(record.key, None)
        self.graves[record.key] = Grave(record.kind, record.scope, row, author.device_id, self.n, author.now)
