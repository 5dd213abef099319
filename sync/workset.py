"""What one commit knows and makes: rows read once under the lock, edits worked out in memory, everything written once.

What an accepted edit did on its stage is absorbed: it gets its seq in each scope it touches, and its rows are what the
next edit finds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import sqlalchemy as sa

from sync.columns import instant_text
from sync.elsewhere import Elsewhere
from sync.engine import engine
from sync.flushing import flush
from sync.keyring import Keyring
from sync.kinds import KINDS, Kind, Row
from sync.many import among, portions
from sync.models import CONFLICT
from sync.prepared import Prepared
from sync.stage import Author, ChangeLine, Grave, Head, Key, LedgerLine, Record, ScopeMoved, Stage
from sync.tables import CHANGE, FEED, REJECTED, TOMBSTONE


@dataclass
class Workset:
    """The rows of one commit. Made under the locks of `heads`; nothing is written before `flush`."""

    connection: sa.Connection
    author: Author
    ring: Keyring
    heads: dict[str, Head]
    originals: dict[Key, Record | None] = field(default_factory=dict)
    records: dict[Key, Record | None] = field(default_factory=dict)
    fresh: set[Key] = field(default_factory=set)
    feed_ops: dict[Key, str] = field(default_factory=dict)
    feed_digests: dict[Key, int] = field(default_factory=dict)
    old_graves: dict[Key, Grave | None] = field(default_factory=dict)
    graves: dict[Key, Grave | None] = field(default_factory=dict)
    open_conflicts: dict[Key, set[str]] = field(default_factory=dict)
    _child_ids: dict[Key, list[str]] = field(default_factory=dict)
    _changes: dict[Key, list[ChangeLine]] = field(default_factory=dict)
    _feed_seqs: dict[Key, tuple[str, int]] = field(default_factory=dict)
    #: Kind, id, version, fields: all by this author, now.
    new_changes: list[tuple[str, str, int, list[str] | None]] = field(default_factory=list)
    #: Seq, op and version by scope, kind and id.
    feed_lines: dict[tuple[str, str, str], tuple[int, str, int]] = field(default_factory=dict)
    ledger: list[LedgerLine] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    now_text: str = field(init=False)
    #: What stands in books the author does not see.
    elsewhere: Elsewhere = field(init=False)

    def __post_init__(self) -> None:
        self.now_text = instant_text(self.author.now)
        self.elsewhere = Elsewhere(self)

    @cached_property
    def today(self) -> date:
        """The civil date where the people live."""
        return self.author.now.astimezone(engine().zone).date()

    # Reading

    def load(self, kind: Kind, ids: Iterable[str]) -> None:
        """Read rows and their place in the feed, one query each. Raises ScopeMoved for a row in an unlocked scope."""
        name, originals = kind.name, self.originals
        keys = [key for row_id in dict.fromkeys(ids) if (key := (name, row_id)) not in originals]
        if not keys:
            return
        wanted = [row_id for _, row_id in keys]
        codec, visible, unlocked = kind.codec, set(self.author.scopes), set()
        nobody = dict.fromkeys(keys)
        originals.update(nobody)
        self.records.update(nobody)
        for found in self._selected(codec.by_ids(self.connection), wanted):
            key, scope = (name, found[0]), found[codec.scope_at]
            if scope not in visible:
                self.elsewhere.meet(key, scope, found)
                continue
            if scope not in self.heads and self.author.may_write(scope):
                unlocked.add(scope)
            self.originals[key] = self.records[key] = Record(kind, scope, codec.wire(found, self.ring))
        unlocked |= self._load_feed(kind, wanted)
        if unlocked:
            raise ScopeMoved(unlocked)

    def _selected(self, query: Prepared, ids: Sequence[str], **more: Any) -> Iterator[Any]:
        """What a query finds for the parameter `ids`, however many they are."""
        for part in portions(ids):
            yield from query.lists(self.connection, ids=part, **more)

    def _load_feed(self, kind: Kind, ids: list[str]) -> set[str]:
        """Read the place in the feed; gives the unlocked scopes in which one of the records was deleted."""
        scopes = [scope for scope in self.author.scopes if self.author.may_write(scope)]
        unlocked = set()
        places = _places(self.connection.dialect)
        for row_id, scope, op, digest, seq in self._selected(places, ids, scopes=scopes, kind=kind.name):
            key = (kind.name, row_id)
            live = self.originals[key] is not None
            if (live and op != "put") or (op == "leave" and key in self.feed_ops):
                continue  # of two books, the one it stands in (or was deleted in) speaks
            self.feed_ops[key] = op
            self._feed_seqs[key] = (scope, seq)
            self.feed_digests[key] = int(digest, 16)
            if op == "delete" and scope not in self.heads:
                unlocked.add(scope)
        return unlocked

    def get(self, key: Key) -> Record | None:
        """The live record as the edits before left it, read when it was not yet."""
        if key not in self.records:
            if key[0] not in KINDS:
                return None
            self.load(KINDS[key[0]], [key[1]])
        return self.records[key]

    def never_was(self, key: Key) -> bool:
        """True when nobody has or had a record with this id, as far as the author's books and live records tell."""
        return (
            self.get(key) is None
            and key not in self.feed_ops
            and not self.graves.get(key)
            and key not in self.elsewhere
        )

    def newest(self, key: Key) -> Record | None:
        """The live record as this commit leaves it, wherever it stands."""
        return self.get(key) or self.elsewhere.records.get(key)

    def children(self, record: Record, stage: Stage, only: Kind | None = None) -> list[Record]:
        """The live records that are deleted with this one (`only`: those of one kind)."""
        found: dict[Key, Record] = {}
        for kind in [only] if only else record.kind.children():
            assert kind.parent is not None
            column = kind.parent[0]
            stored = self._stored_children(kind, column, record.row["id"])
            fresh = [row_id for name, row_id in self.fresh if name == kind.name]
            for row_id in dict.fromkeys([*stored, *stage.put_ids(kind.name), *fresh]):
                other = stage.get(kind.name, row_id)
                if other and other.row[column] == record.row["id"]:
                    found[other.key] = other
        return list(found.values())

    def _stored_children(self, kind: Kind, column: str, parent_id: str) -> list[str]:
        """The ids of the children in the database; under the lock they stay the same."""
        key = (kind.name, parent_id)
        if key not in self._child_ids:
            query = sa.select(kind.table.c.id).where(kind.table.c[column] == parent_id)
            self._child_ids[key] = list(self.connection.scalars(query))
            self.load(kind, self._child_ids[key])
        return self._child_ids[key]

    def load_children(self, kind: Kind, ids: list[str]) -> None:
        """The children of many records: one question a kind, where each record by itself would ask as often."""
        for child in kind.children():
            assert child.parent is not None
            column = child.table.c[child.parent[0]]
            found: dict[str, list[str]] = {parent_id: [] for parent_id in ids}
            query = sa.select(child.table.c.id, column).where(column.in_(ids))
            for row_id, parent_id in self.connection.execute(query):
                found[parent_id].append(row_id)
            self._child_ids.update({(child.name, parent_id): rows for parent_id, rows in found.items()})
            self.load(child, [row_id for rows in found.values() for row_id in rows])

    def grave(self, key: Key) -> Grave | None:
        """The deleted record, if it was deleted in a scope the author may see."""
        if key not in self.graves:
            self.get(key)
            found: list[Grave] = []
            if self.feed_ops.get(key) == "delete":
                found = self._read_graves(TOMBSTONE.c.kind == key[0], TOMBSTONE.c.id == key[1])
            self.old_graves[key] = self.graves[key] = found[0] if found else None
        return self.graves[key]

    def graves_of_edit(self, grave: Grave) -> list[Grave]:
        """All that the edit deleted which dug this grave, and is still deleted."""
        where = (TOMBSTONE.c.device == grave.device, TOMBSTONE.c.n == grave.n, TOMBSTONE.c.scope == grave.scope)
        dug = self._read_graves(*where)
        for kind in {found.kind for found in dug}:
            self.load(kind, [found.row["id"] for found in dug if found.kind is kind])
        for found in dug:
            if found.key not in self.graves:
                self.old_graves[found.key] = self.graves[found.key] = found
        together = (each for each in self.graves.values() if each is not None)
        return [each for each in together if (each.device, each.n) == (grave.device, grave.n)]

    def _read_graves(self, *where: Any) -> list[Grave]:
        query = sa.select(TOMBSTONE).where(TOMBSTONE.c.scope.in_(list(self.heads)), *where)
        return [
            Grave(
                KINDS[found.kind],
                found.scope,
                KINDS[found.kind].codec.grown(self.ring.open(found.row, "tombstone", "row", found.id)),
                found.device,
                found.n,
                found.at,
            )
            for found in self.connection.execute(query)
        ]

    def child_graves(self, parent: Record) -> list[Grave]:
        """What was deleted from a tree. The parent's id stands in the sealed row, so all of the book are opened."""
        kinds = [kind.name for kind in parent.kind.children()]
        dug = self._read_graves(TOMBSTONE.c.scope == parent.scope, TOMBSTONE.c.kind.in_(kinds))
        own = [each for each in dug if each.kind.parent and each.row[each.kind.parent[0]] == parent.row["id"]]
        return [grave for each in own if (grave := self.grave(each.key))]

    def rehome(self, grave: Grave, scope: str) -> None:
        """A grave goes with its tree; nobody is told anew that it was deleted."""
        self._feed_line(grave.key, grave, "leave")
        self.graves[grave.key] = moved = replace(grave, scope=scope)
        self._feed_line(grave.key, moved, "delete")

    def seq_of(self, key: Key, scope: str) -> int:
        """The newest seq of a record in a scope."""
        fresh = self.feed_lines.get((scope, *key))
        if fresh:
            return fresh[0]
        where, seq = self._feed_seqs.get(key, ("", 0))
        if where == scope:
            return seq
        query = sa.select(FEED.c.seq).where(FEED.c.scope == scope, FEED.c.kind == key[0], FEED.c.id == key[1])
        return self.connection.scalar(query) or 0

    def has_left(self, key: Key) -> bool:
        """True when the record was in one of these books and went to another."""
        self.get(key)
        return self.feed_ops.get(key) == "leave"

    def load_conflicts(self, keys: Iterable[Key]) -> None:
        """Read the open conflicts of these records, one query."""
        wanted = [key for key in dict.fromkeys(keys) if key not in self.open_conflicts]
        if not wanted:
            return
        for key in wanted:
            self.open_conflicts[key] = set()
        query, ids = _open_conflicts(self.connection.dialect), [row_id for _, row_id in wanted]
        for conflict_id, kind, row_id in self._selected(query, ids, scopes=list(self.heads)):
            self.open_conflicts.setdefault((kind, row_id), set()).add(conflict_id)
        self.load(CONFLICT, [row_id for key in wanted for row_id in self.open_conflicts[key]])

    def conflicts_of(self, key: Key, stage: Stage) -> list[Record]:
        """The open conflicts of a record, oldest first, this edit's among them."""
        if key not in self.open_conflicts:
            self.load_conflicts([key])
        known, fresh = self.open_conflicts[key], stage.put_ids(CONFLICT.name)
        if not known and not fresh:
            return []
        found = (stage.anywhere((CONFLICT.name, row_id)) for row_id in sorted(known.union(fresh)))
        return [
            each
            for each in found
            if each and each.row["resolution"] is None and (each.row["record_kind"], each.row["record_id"]) == key
        ]

    def load_changes(self, kind: str, ids: Iterable[str]) -> None:
        """Read who changed these records, one query."""
        wanted = [row_id for row_id in dict.fromkeys(ids) if (kind, row_id) not in self._changes]
        if not wanted:
            return
        for row_id in wanted:
            self._changes[kind, row_id] = []
        for row_id, *line in self._selected(_changes(self.connection.dialect), wanted, kind=kind):
            self._changes[kind, row_id].append(ChangeLine(*line))

    def changes(self, key: Key) -> list[ChangeLine]:
        """Who changed a record, oldest first, the edits of this commit among them."""
        if key not in self._changes:
            self.load_changes(key[0], [key[1]])
            device, now = self.author.device_id, self.author.now
            self._changes[key] += [
                ChangeLine(ver, device, names, now)
                for kind, row_id, ver, names in self.new_changes
                if (kind, row_id) == key
            ]
        return self._changes[key]

    def rejected_create(self, key: Key) -> int | None:
        """The n of this device's refused creation of a record, if there is one."""
        fresh = [
            line["n"] for line in self.rejected if (line["op"], line["kind"], line["record_id"]) == ("create", *key)
        ]
        if fresh:
            return fresh[-1]
        query = sa.select(sa.func.max(REJECTED.c.n)).where(
            REJECTED.c.device == self.author.device_id,
            REJECTED.c.kind == key[0],
            REJECTED.c.record_id == key[1],
            REJECTED.c.op == "create",
        )
        return self.connection.scalar(query)

    # Taking in

    def absorb(self, stage: Stage) -> None:
        """Make an accepted edit's rows the ones the next edit finds; one seq per edit and scope."""
        seqs: dict[str, int] = {}
        for key, record in stage.puts.items():
            if self.originals.get(key) is None and key not in self.feed_ops:
                # It never was: nobody has changed it or disagreed about it, no need to ask the database.
                self._changes.setdefault(key, [])
                self.open_conflicts.setdefault(key, set())
            before = self.newest(key)
            if before and before.scope != record.scope:
                self._moved(key, replace(before, row=record.row), "leave", seqs)
            self._moved(key, record, "put", seqs)
            self._note(key, record.row["ver"], stage.fields[key])
            if self.graves.get(key):
                self.graves[key] = None
            if self.originals[key] is None:
                self.fresh.add(key)
            self._keep(key, record, seqs)
            if key[0] == CONFLICT.name:
                self._index_conflict(record.row)
        for key, grave in stage.graves.items():
            self._moved(key, grave, "delete", seqs)
            self._note(key, grave.row["ver"], None)
            if self.originals.get(key) is not None:
                self.old_graves.setdefault(key, None)
            self.graves[key], self.records[key] = grave, None

    def take_in(self, key: Key, record: Record, changed: list[str]) -> None:
        """As `absorb`, for an edit that did no more than write one record of the author's own book (`sync.plain`)."""
        scope, ver = record.scope, record.row["ver"]
        head = self.heads[scope]
        head.seq += 1
        self.feed_lines[scope, *key] = (head.seq, "put", ver)
        if ver == 1:
            self._changes[key] = []
        self._note(key, ver, changed)
        self.records[key] = record

    def _keep(self, key: Key, record: Record, seqs: dict[str, int]) -> None:
        """Where the next edit finds it: only what stands in the author's scopes is the author's to see."""
        if record.scope in self.author.scopes:
            self.records[key] = record
            return
        self.elsewhere.put(record)
        if self.originals[key] is None and key[0] != CONFLICT.name:
            # Born in another book: from now on it is the author's no more and no less than the tree it belongs to.
            self._moved(key, replace(record, scope=self.author.book), "leave", seqs)
            self.feed_ops[key] = "leave"

    def _moved(self, key: Key, thing: Record | Grave, op: str, seqs: dict[str, int]) -> None:
        self.originals.setdefault(key, None)
        head = self.heads[thing.scope]
        if thing.scope not in seqs:
            head.seq += 1
            seqs[thing.scope] = head.seq
        self._feed_line(key, thing, op)

    def _feed_line(self, key: Key, thing: Record | Grave, op: str) -> None:
        """At the seq that the head of its scope has reached."""
        scope = thing.scope
        self.feed_lines[scope, *key] = (self.heads[scope].seq, op, thing.row["ver"])

    def _note(self, key: Key, ver: int, fields: list[str] | None) -> None:
        self.new_changes.append((*key, ver, fields))
        if key in self._changes:
            self._changes[key].append(ChangeLine(ver, self.author.device_id, fields, self.author.now))

    def _index_conflict(self, row: Row) -> None:
        known = self.open_conflicts.get((row["record_kind"], row["record_id"]))
        if known is not None:
            known.add(row["id"])

    def note_rejected(self, edit: dict[str, Any], reason: str) -> None:
        """Keep a refused edit whole, sealed."""
        from sync.wish import is_id

        kind, op, row_id = edit.get("kind"), edit.get("op"), edit.get("id")
        try:
            text = json.dumps(edit)
        except RecursionError:
            text = "nested too deeply"
        self.rejected.append(
            {
                "device": self.author.device_id,
                "n": edit["n"],
                "op": op if op in ("create", "update", "delete") else None,
                "kind": kind if isinstance(kind, str) and kind in KINDS else None,
                "record_id": row_id if is_id(row_id) else None,
                "reason": reason,
                "payload": self.ring.seal(text, "rejected", "payload", f"{self.author.device_id}:{edit['n']}"),
                "at": self.author.now,
            }
        )

    def flush(self) -> None:
        """Write everything: one executemany per table and shape."""
        flush(self)


@lru_cache
def _places(dialect: sa.Dialect) -> Prepared:
    """Where records of one kind stand in the feeds of some scopes."""
    query = sa.select(FEED.c.id, FEED.c.scope, FEED.c.op, FEED.c.digest, FEED.c.seq).where(
        among(FEED.c.scope, "scopes", dialect), FEED.c.kind == sa.bindparam("kind"), among(FEED.c.id, "ids", dialect)
    )
    return Prepared(query, dialect)


@lru_cache
def _changes(dialect: sa.Dialect) -> Prepared:
    """Who changed some records of one kind, oldest first."""
    query = sa.select(CHANGE.c.id, CHANGE.c.ver, CHANGE.c.device, CHANGE.c.fields, CHANGE.c.at)
    about = query.where(CHANGE.c.kind == sa.bindparam("kind"), among(CHANGE.c.id, "ids", dialect))
    return Prepared(about.order_by(CHANGE.c.ver), dialect)


@lru_cache
def _open_conflicts(dialect: sa.Dialect) -> Prepared:
    """The open conflicts about some records."""
    table = CONFLICT.table.c
    query = sa.select(table.id, table.record_kind, table.record_id).where(
        among(table.record_id, "ids", dialect), table.resolution.is_(None), among(table.scope, "scopes", dialect)
    )
    return Prepared(query, dialect)
