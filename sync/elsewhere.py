"""What an author does not see: records that stand in other people's books, above all those that left the author's own.

It is kept apart from the records of the workset, so that nothing of it can get into a verdict, a replay or the answer
to a kind's rules. Late edits are the only reason to look here (see `sync.late`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from weakref import proxy

import sqlalchemy as sa

from sync.canonical import row_digest
from sync.kinds import KINDS
from sync.many import among
from sync.stage import Grave, Key, Record, ScopeMoved
from sync.tables import TOMBSTONE

if TYPE_CHECKING:
    from sync.workset import Workset


class Elsewhere:
    """The rows in books that the author does not see. Opened only under the lock of their book."""

    def __init__(self, work: Workset):
        # Not held: a circle would keep every row of every commit until the collector comes for it.
        self.work: Workset = proxy(work)
        self.records: dict[Key, Record] = {}
        self._met: dict[Key, tuple[str, Any]] = {}
        self._graves: dict[Key, Any] = {}

    def __contains__(self, key: Key) -> bool:
        """True when a live record of somebody else has this id."""
        return key in self._met or key in self.records

    def has(self, key: Key) -> bool:
        """True when a record of somebody else has or had this id."""
        self._load_graves([key])
        return key in self or self._graves[key] is not None

    def meet(self, key: Key, scope: str, found: Any) -> None:
        """Remember a selected row; it is not opened before somebody may ask for it."""
        self._met[key] = (scope, found)

    def put(self, record: Record) -> None:
        """What an edit made of it."""
        self.records[record.key] = record

    def record(self, key: Key) -> Record | None:
        """The live record, as the edits before left it. Raises ScopeMoved when its book is not locked."""
        self.work.get(key)
        if key not in self.records and key in self._met:
            scope, found = self._met[key]
            self._check_locked({scope})
            kind = KINDS[key[0]]
            self.records[key] = record = Record(kind, scope, kind.codec.wire(found, self.work.ring))
            self.work.originals[key] = record
            self.work.feed_digests[key] = row_digest(kind.name, record.row)
        return self.records.get(key)

    def grave(self, key: Key) -> Grave | None:
        """The deleted record, whoever deleted it. Raises ScopeMoved when its book is not locked."""
        self._load_graves([key])
        found = self._graves[key]
        if found is None:
            return None
        self._check_locked({found.scope})
        kind = KINDS[found.kind]
        row = kind.codec.grown(self.work.ring.open(found.row, "tombstone", "row", found.id))
        return Grave(kind, found.scope, row, found.device, found.n, found.at)

    def thing(self, key: Key) -> Record | Grave | None:
        """What is there under this id, alive or deleted; None when it is gone for good."""
        return self.record(key) or self.grave(key)

    def lock(self, keys: Iterable[Key]) -> None:
        """Raise ScopeMoved once for all books to which these records went, and not one after the other."""
        left = [key for key in dict.fromkeys(keys) if self.work.has_left(key)]
        if not left:
            return
        self._load_graves(key for key in left if key not in self)
        scopes = {self._met[key][0] for key in left if key in self._met}
        self._check_locked(scopes | {self._graves[key].scope for key in left if self._graves.get(key)})

    def _load_graves(self, keys: Iterable[Key]) -> None:
        ids: dict[str, list[str]] = defaultdict(list)
        for key in dict.fromkeys(keys):
            if key not in self._graves:
                self._graves[key] = None
                ids[key[0]].append(key[1])
        for kind, wanted in ids.items():
            is_one = among(TOMBSTONE.c.id, "ids", self.work.connection.dialect)
            query = sa.select(TOMBSTONE).where(TOMBSTONE.c.kind == kind, is_one)
            for found in self.work.connection.execute(query, {"ids": wanted}):
                self._graves[kind, found.id] = found

    def _check_locked(self, scopes: set[str]) -> None:
        unlocked = scopes - set(self.work.heads)
        if unlocked:
            raise ScopeMoved(unlocked)
