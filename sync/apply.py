"""How edits are applied: the same code for phones and for writers on the server.

    verdicts = apply_edits(edits, author)

1. lock the heads of the scopes, then the device; 2. read the rows; 3. work out every edit in memory, in order;
4. write rows, changes, feed, ledger; 5. commit. Nothing else writes a synced record.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, StatementError

from sync.canonical import edit_hash
from sync.database import write_rows
from sync.deciding import DECISIONS, Outcome
from sync.engine import PROTO
from sync.errors import Rejection, SyncProblem, forked, gap, revoked
from sync.failpoints import failpoint
from sync.heads import lock_heads
from sync.keyring import keyring
from sync.kinds import KINDS
from sync.late import decide_late, is_late
from sync.models import CONFLICT
from sync.plain import take_plainly
from sync.prepared import Prepared
from sync.settling import settle
from sync.stage import Author, Key, LedgerLine, Record, ScopeMoved, Stage
from sync.tables import DEVICES, LEDGER
from sync.wish import Wish, is_id, read_wish
from sync.workset import Workset

log = logging.getLogger("doorstep.sync")

Verdict = dict[str, Any]

#: Edits that share a commit. Locks are held that long, so not too many.
EDITS_PER_COMMIT = 500


def apply_edits(edits: Sequence[dict[str, Any]], author: Author, *, proto: int = PROTO) -> list[Verdict]:
    """Apply numbered edits in order; the verdicts, each durable. A writer on the server may leave `n` out.

    Raises SyncProblem for a gap, a fork or a revoked device, after committing the edits before it.
    """
    verdicts: list[Verdict] = []
    for start in range(0, len(edits), EDITS_PER_COMMIT):
        verdicts += _apply_chunk(list(edits[start : start + EDITS_PER_COMMIT]), author, proto)
    return verdicts


def _apply_chunk(edits: list[dict[str, Any]], author: Author, proto: int) -> list[Verdict]:
    """One commit for all; when the database refuses something, one commit each, so that only the bad one falls."""
    try:
        return _commit(edits, author, proto)
    except OperationalError:
        raise
    except (DataError, IntegrityError, StatementError, OverflowError) as error:
        log.error("a batch of %d was refused by the database: %s", len(edits), type(error).__name__)
    verdicts: list[Verdict] = []
    for edit in edits:
        try:
            verdicts += _commit([edit], author, proto)
        except OperationalError:
            raise
        except (DataError, IntegrityError, StatementError, OverflowError):
            verdicts += _commit([edit], author, proto, refuse="invalid")
    return verdicts


def _commit(edits: list[dict[str, Any]], author: Author, proto: int, refuse: str | None = None) -> list[Verdict]:
    """One transaction. Starts over when a record turns out to stand in a scope that is not locked."""
    scopes = {author.book}
    while True:
        try:
            with write_rows() as connection:
                batch = _Batch(connection, scopes, author, proto, refuse)
                batch.run(edits)
                batch.work.flush()
                failpoint("before-commit")
            failpoint("after-commit-before-reply")
        except ScopeMoved as moved:
            scopes |= moved.scopes
            continue
        if batch.problem:
            raise batch.problem
        return batch.verdicts


class _Batch:
    """The edits of one commit, in order."""

    def __init__(
        self, connection: sa.Connection, scopes: Iterable[str], author: Author, proto: int, refuse: str | None
    ):
        self.work = Workset(connection, author, keyring(), lock_heads(connection, scopes))
        self.author = author
        self.proto = proto
        self.refuse = refuse
        self.verdicts: list[Verdict] = []
        self.problem: SyncProblem | None = None
        self.last_n = self._lock_device()
        self.known: dict[int, LedgerLine] = {}
        self.lookup = Stage(self.work, 0)

    def _lock_device(self) -> int:
        connection = self.work.connection
        found = _locking_device(connection.dialect).row(connection, id=self.author.device_id)
        if found is None or found.revoked_at is not None:
            raise revoked()
        return found.last_n

    def run(self, edits: list[dict[str, Any]]) -> None:
        """Work out each edit; a gap or a fork ends the batch, what came before it stays."""
        if self.author.kind != "phone":  # writers on the server leave the counting to us
            edits = [{"n": self.last_n + at, **edit} for at, edit in enumerate(edits, 1)]
        replays = [edit for edit in edits if edit["n"] <= self.last_n]
        self._load_ledger([edit["n"] for edit in replays])
        wishes = [self._read(edit) if edit["n"] > self.last_n else None for edit in edits]
        self._preload([wish for wish in wishes if isinstance(wish, Wish)], replays)
        for edit, wish in zip(edits, wishes, strict=True):
            self.problem = self._one(edit, wish)
            if self.problem:
                return

    def _load_ledger(self, numbers: list[int]) -> None:
        if numbers:
            columns = (LEDGER.c[name] for name in LedgerLine._fields)
            query = sa.select(*columns).where(LEDGER.c.device == self.author.device_id, LEDGER.c.n.in_(numbers))
            self.known = {line[0]: LedgerLine(*line) for line in self.work.connection.execute(query)}

    def _read(self, edit: dict[str, Any]) -> Wish | Rejection:
        try:
            return read_wish(edit, self.proto)
        except Rejection as rejection:
            return rejection
        except Exception as error:  # a field's own rule fell over: that edit is refused, the others go on
            log.error("reading an edit: %s", type(error).__name__, exc_info=error)
            return Rejection("internal")

    def _preload(self, wishes: list[Wish], replays: list[dict[str, Any]]) -> None:
        """All rows the batch is about: one query per kind."""
        work = self.work
        ids: dict[str, list[str]] = defaultdict(list)
        for edit in replays:
            if isinstance(edit.get("kind"), str) and edit["kind"] in KINDS and is_id(edit.get("id")):
                ids[edit["kind"]].append(edit["id"])
        for wish in wishes:
            kind, row_id = wish.key
            ids[kind].append(row_id)
        for name, wanted in ids.items():
            work.load(KINDS[name], wanted)
        there = [(wish, found) for wish in wishes if (found := work.records.get(wish.key))]
        keys = [wish.parent for wish in wishes if wish.parent]
        keys += [key for wish, found in there if not wish.parent and (key := _about(found))]
        related: dict[str, list[str]] = defaultdict(list)
        for name, row_id in dict.fromkeys(keys):
            related[name].append(row_id)
        for name, wanted in related.items():
            work.load(KINDS[name], wanted)
        self._preload_history(there, keys)
        self._preload_deleted(there)
        if "leave" in work.feed_ops.values():
            self._preload_late([*(wish.key for wish in wishes), *keys])

    def _preload_history(self, there: list[tuple[Wish, Record]], related: list[Key]) -> None:
        """Open conflicts of everything touched, and the changes of what moved on since the phone saw it."""
        work, moved = self.work, defaultdict(list)
        work.load_conflicts([*(wish.key for wish, _ in there), *(key for key in related if work.records.get(key))])
        for wish, found in there:
            if found.row["ver"] > wish.base:
                moved[wish.kind.name].append(wish.id)
        for kind, ids in moved.items():
            work.load_changes(kind, ids)

    def _preload_deleted(self, there: list[tuple[Wish, Record]]) -> None:
        """What goes with the records that are deleted, where several are."""
        doomed: dict[str, list[str]] = defaultdict(list)
        for wish, _found in there:
            if wish.op == "delete":
                doomed[wish.kind.name].append(wish.id)
        for kind, ids in doomed.items():
            if len(ids) > 1:
                self.work.load_children(KINDS[kind], list(dict.fromkeys(ids)))

    def _preload_late(self, keys: list[Key]) -> None:
        """What left the book: the books it went to are locked with the first, its history is read at once."""
        late = [key for key in keys if key[0] != CONFLICT.name and self.work.has_left(key)]
        if late:
            self.work.elsewhere.lock(late)
            self.work.load_conflicts(late)
            for name in dict.fromkeys(name for name, _ in late):
                self.work.load_changes(name, [row_id for kind, row_id in late if kind == name])

    def _one(self, edit: dict[str, Any], wish: Wish | Rejection | None) -> SyncProblem | None:
        n = edit["n"]
        if n > self.last_n + 1:
            return gap(self.last_n + 1)
        print_of_it = wish.hash if isinstance(wish, Wish) else edit_hash(edit)
        if n <= self.last_n:
            return self._replay(edit, print_of_it)
        verdict = self._decide(edit, wish)
        line = LedgerLine(n, print_of_it, verdict["verdict"], verdict.get("error"), verdict.get("conflicts"))
        self.work.ledger.append(line)
        self.known[n] = line
        self.last_n = n
        self.verdicts.append(verdict)
        return None

    def _replay(self, edit: dict[str, Any], print_of_it: str) -> SyncProblem | None:
        """The stored verdict again, with the row as it is now."""
        line = self.known.get(edit["n"])
        if line is None or line.hash != print_of_it:
            return forked(edit["n"])
        verdict: Verdict = {"n": edit["n"], "verdict": line.verdict, "replayed": True}
        if line.verdict == "rejected":
            verdict["error"] = line.error
        else:
            found = self.work.get((edit["kind"], edit["id"]))
            verdict["row"] = found.row if found else None
        if line.conflicts:
            verdict["conflicts"] = line.conflicts
        self.verdicts.append(verdict)
        return None

    def _decide(self, edit: dict[str, Any], wish: Wish | Rejection | None) -> Verdict:
        n = edit["n"]
        try:
            if self.refuse:
                raise Rejection(self.refuse)
            if isinstance(wish, Rejection):
                raise wish
            assert wish is not None
            plain = take_plainly(self.work, wish, self.lookup)
            if plain is not None:
                return {"n": n, "verdict": "ok", "row": plain}
            stage = Stage(self.work, n)
            verdict, conflict_ids, row = _decision_on(stage, wish)(stage, wish)
        except Rejection as rejection:
            return self._refused(edit, rejection)
        except (ScopeMoved, SyncProblem, sa.exc.SQLAlchemyError):
            raise
        except Exception as error:  # a rule fell over: that edit is refused, the others go on
            log.error("applying an edit: %s", type(error).__name__, exc_info=error)
            return self._refused(edit, Rejection("internal"))
        self.work.absorb(stage)
        found: Verdict = {"n": n, "verdict": verdict, "row": row}
        return found | {"conflicts": conflict_ids} if conflict_ids else found

    def _refused(self, edit: dict[str, Any], rejection: Rejection) -> Verdict:
        self.work.note_rejected(edit, rejection.code)
        return {"n": edit["n"], "verdict": "rejected", "error": rejection.as_json()}


def _about(found: Record) -> Key | None:
    """The parent of a record; for a conflict the record that it is about."""
    kind, row = found.kind, found.row
    if kind is CONFLICT:
        return row["record_kind"], row["record_id"]
    return (kind.parent[1], row[kind.parent[0]]) if kind.parent else None


@lru_cache
def _locking_device(dialect: sa.Dialect) -> Prepared:
    query = sa.select(DEVICES.c.last_n, DEVICES.c.revoked_at).where(DEVICES.c.id == sa.bindparam("id"))
    return Prepared(query.with_for_update(), dialect)


def _decision_on(stage: Stage, wish: Wish) -> Callable[[Stage, Wish], Outcome]:
    """A conflict is settled, what comes late is for the new owner; everything else is decided by what is wished."""
    if wish.kind is CONFLICT and wish.op == "update":
        return settle
    return decide_late if is_late(stage.work, wish) else DECISIONS[wish.op]


__all__ = ["Author", "apply_edits"]
