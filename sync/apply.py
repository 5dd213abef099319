"""How edits are applied: the same code for phones and for writers on the server.

    verdicts = apply_edits(edits, author)

1. lock the heads of the scopes, then the device; 2. read the rows; 3. work out every edit in memory, in order;
4. write rows, changes, feed, ledger; 5. commit. Nothing else writes a synced record.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, StatementError

from sync import conflicts
from sync.canonical import edit_hash
from sync.cursor import Cursor
from sync.database import write
from sync.engine import PROTO
from sync.errors import Rejection, SyncProblem, forked, gap, revoked
from sync.failpoints import failpoint
from sync.keyring import keyring
from sync.kinds import KINDS, Kind, Row
from sync.merge import CONFLICT as CLASHED
from sync.merge import FIXED, JOINED, OVERRODE, SAME, YIELDED, Clash, Merged, merge, same
from sync.models import CONFLICT
from sync.rows import TOO_LONG
from sync.wish import Wish, is_id, read_wish
from sync.workset import DEVICES, LEDGER, Author, Grave, Key, Record, ScopeMoved, Stage, Workset, lock_heads

log = logging.getLogger("doorstep.sync")

Verdict = dict[str, Any]

#: A conflict names its field, or `field.key` in a map, in so many characters.
MOST_FIELD = 128

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
            with write() as session:
                batch = _Batch(session.connection(), scopes, author, proto, refuse)
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
        self.known: dict[int, Any] = {}

    def _lock_device(self) -> int:
        query = sa.select(DEVICES.c.last_n, DEVICES.c.revoked_at).where(DEVICES.c.id == self.author.device_id)
        found = self.work.connection.execute(query.with_for_update()).first()
        if found is None or found.revoked_at is not None:
            raise revoked()
        return found.last_n

    def run(self, edits: list[dict[str, Any]]) -> None:
        """Work out each edit; a gap or a fork ends the batch, what came before it stays."""
        if self.author.kind == "server":
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
            query = sa.select(LEDGER).where(LEDGER.c.device == self.author.device_id, LEDGER.c.n.in_(numbers))
            self.known = {line.n: line for line in self.work.connection.execute(query).mappings()}

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
        ids: dict[Kind, list[str]] = defaultdict(list)
        for edit in replays:
            if isinstance(edit.get("kind"), str) and edit["kind"] in KINDS and is_id(edit.get("id")):
                ids[KINDS[edit["kind"]]].append(edit["id"])
        for wish in wishes:
            ids[wish.kind].append(wish.id)
        for kind, wanted in ids.items():
            self.work.load(kind, wanted)
        keys = [key for wish in wishes for key in self._related(wish)]
        for name in dict.fromkeys(name for name, _ in keys):
            self.work.load(KINDS[name], [row_id for kind, row_id in keys if kind == name])
        self._preload_history(wishes, keys)

    def _related(self, wish: Wish) -> list[Key]:
        """The parent of what is written; the record a conflict is about."""
        if wish.parent:
            return [wish.parent]
        found = self.work.records.get((wish.kind.name, wish.id))
        if found is None:
            return []
        if wish.kind is CONFLICT:
            return [(found.row["record_kind"], found.row["record_id"])]
        return [(wish.kind.parent[1], found.row[wish.kind.parent[0]])] if wish.kind.parent else []

    def _preload_history(self, wishes: list[Wish], related: list[Key]) -> None:
        """Open conflicts of everything touched, and the changes of what moved on since the phone saw it."""
        work, moved = self.work, defaultdict(list)
        own = [(wish.kind.name, wish.id) for wish in wishes if work.records.get((wish.kind.name, wish.id))]
        work.load_conflicts([*own, *(key for key in related if work.records.get(key))])
        for wish in wishes:
            found = work.records.get((wish.kind.name, wish.id))
            if found and found.row["ver"] > wish.base:
                moved[wish.kind.name].append(wish.id)
        for kind, ids in moved.items():
            work.load_changes(kind, ids)

    def _one(self, edit: dict[str, Any], wish: Wish | Rejection | None) -> SyncProblem | None:
        n = edit["n"]
        if n > self.last_n + 1:
            return gap(self.last_n + 1)
        print_of_it = edit_hash(edit)
        if n <= self.last_n:
            return self._replay(edit, print_of_it)
        verdict = self._decide(edit, wish)
        line = {
            "device": self.author.device_id,
            "n": n,
            "hash": print_of_it,
            "verdict": verdict["verdict"],
            "error": verdict.get("error"),
            "conflicts": verdict.get("conflicts"),
        }
        self.work.ledger.append(line)
        self.known[n] = line
        self.last_n = n
        self.verdicts.append(verdict)
        return None

    def _replay(self, edit: dict[str, Any], print_of_it: str) -> SyncProblem | None:
        """The stored verdict again, with the row as it is now."""
        line = self.known.get(edit["n"])
        if line is None or line["hash"] != print_of_it:
            return forked(edit["n"])
        verdict: Verdict = {"n": edit["n"], "verdict": line["verdict"], "replayed": True}
        if line["verdict"] == "rejected":
            verdict["error"] = line["error"]
        else:
            found = self.work.get((edit["kind"], edit["id"]))
            verdict["row"] = found.row if found else None
        if line["conflicts"]:
            verdict["conflicts"] = line["conflicts"]
        self.verdicts.append(verdict)
        return None

    def _decide(self, edit: dict[str, Any], wish: Wish | Rejection | None) -> Verdict:
        n, stage = edit["n"], Stage(self.work, edit["n"])
        try:
            if self.refuse:
                raise Rejection(self.refuse)
            if isinstance(wish, Rejection):
                raise wish
            assert wish is not None
            verdict, conflict_ids, row = _WISHES[wish.op](stage, wish)
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


Outcome = tuple[str, list[str], Row | None]


def _create(stage: Stage, wish: Wish) -> Outcome:
    """A new record; or the same creation sent again, or one that comes after a deletion."""
    key = (wish.kind.name, wish.id)
    if wish.kind is CONFLICT:
        raise Rejection("read_only")
    if stage.get(*key):
        return _create_again(stage, wish)
    _check_not_elsewhere(stage, key)
    grave = stage.grave(key)
    if grave:
        return _wish_for_the_deleted(stage, wish, grave)
    scope, dead_parent = _home(stage, wish)
    row = {"id": wish.id} | dict.fromkeys(wish.kind.fields) | _news(wish)
    if dead_parent:
        return _wish_for_the_deleted(stage, wish, Grave(wish.kind, scope, row, "", 0, stage.work.author.now))
    if not wish.kind.never_refuse_create:
        _judge(stage, wish.kind, row, None)
    changed = [name for name, value in row.items() if value is not None and name != "id"]
    record = stage.put(wish.kind, scope, row, changed)
    conflicts.tell_parent(stage, wish.kind, record.row, changed)
    return "ok", [], record.row


def _create_again(stage: Stage, wish: Wish) -> Outcome:
    """The id is there: a phone that registered anew sends again what it has. What is equal is done already."""
    found = _writable(stage, wish)
    news = _news(wish)
    if all(same(found.row.get(name), value) for name, value in news.items()):
        return "ok", [], found.row
    if wish.kind.append_only:
        raise Rejection("exists")
    return _merge_into(stage, wish, found)


def _news(wish: Wish) -> Row:
    return {name: new for name, (_, new) in {**wish.sets, **wish.extra}.items()}


def _home(stage: Stage, wish: Wish) -> tuple[str, bool]:
    """The scope of a new record (its parent's, or the author's book), and whether the parent is deleted."""
    author = stage.work.author
    if wish.parent is None:
        scope = author.book if wish.kind.home == "book" else _shared_home(author, wish.kind.home)
        _check_may_write(author, wish.kind, scope)
        return scope, False
    parent = stage.get(*wish.parent)
    if parent is None:
        column = wish.kind.parent[0]  # type: ignore[index]  # wish.parent is None otherwise
        grave = stage.grave(wish.parent)
        if grave is None:
            raise _missing(stage, wish.parent, column)
        return grave.scope, True
    _check_may_write(author, wish.kind, parent.scope)
    return parent.scope, False


def _shared_home(author: Author, home: str) -> str:
    """The author's own unit, or the catalogue."""
    return next((scope for scope in author.scopes if scope.partition(":")[0] == home), home)


def _check_may_write(author: Author, kind: Kind, scope: str) -> None:
    if (kind.read_only and author.kind != "server") or not author.may_write(scope):
        raise Rejection("read_only")


def _check_not_elsewhere(stage: Stage, key: Key) -> None:
    """A stranger's record does not exist, and an id that is taken there cannot be used here."""
    stage.work.get(key)
    if key in stage.work.foreign:
        raise Rejection("left_scope" if stage.work.has_left(key) else "not_found")


def _missing(stage: Stage, key: Key, column: str | None = None) -> Rejection:
    """Why a record is not there: its creation was refused, it left the book, or it never was (for this person)."""
    fields: dict[str, list[str]] = {column: []} if column else {}
    if stage.work.has_left(key):
        return Rejection("left_scope", fields)
    refused = stage.work.rejected_create(key)
    if refused is not None:
        return Rejection("depends_on", fields, depends_on=refused)
    return Rejection("not_found", fields)


def _writable(stage: Stage, wish: Wish) -> Record:
    """The live record a wish is about. Raises Rejection."""
    found = stage.get(wish.kind.name, wish.id)
    if found is None:
        raise _missing(stage, (wish.kind.name, wish.id))
    _check_may_write(stage.work.author, wish.kind, found.scope)
    return found


def _update(stage: Stage, wish: Wish) -> Outcome:
    if wish.kind is CONFLICT:
        return _settle(stage, wish)
    if wish.kind.append_only:
        raise Rejection("append_only")
    grave = stage.grave((wish.kind.name, wish.id))
    if grave:
        return _wish_for_the_deleted(stage, wish, grave)
    return _merge_into(stage, wish, _writable(stage, wish))


def _merge_into(stage: Stage, wish: Wish, found: Record) -> Outcome:
    """Field by field; then the row must still make sense as a whole."""
    merging = _Merging(stage, wish, found)
    for name, (old, new) in {**wish.sets, **wish.extra}.items():
        merging.field(name, old, new)
    if wish.flags:
        merging.seen_flags(*wish.flags)
    return merging.finish()


class _Merging:
    """One edit meeting one row."""

    def __init__(self, stage: Stage, wish: Wish, found: Record):
        self.stage = stage
        self.wish = wish
        self.found = found
        self.row: Row = dict(found.row)
        self.changed: list[str] = []
        self.fixed: dict[str, list[str]] = {}
        self.clashes: list[tuple[str, Clash]] = []
        self.closing: list[tuple[str, str, Any]] = []
        self.merged = False

    def field(self, name: str, old: Any, new: Any) -> None:
        current = self.found.row.get(name)
        declared = self.found.kind.fields.get(name)
        levels = declared.metadata.get("levels", ()) if declared else ()
        result = merge(self.found.kind.merge_of(name), current, old, new, levels)
        self.merged |= result.outcome in (JOINED, OVERRODE, YIELDED)
        if result.outcome == FIXED:
            self.fixed[name] = []
        if not same(result.value, current):
            self.row[name] = result.value
            self.changed.append(name)
        self._flag(name, current, new, result)
        if result.outcome == CLASHED:
            self._clash(name, result)
        elif not same(old, new):
            self._taken_at_its_word(name, result.value)

    def _clash(self, name: str, result: Merged) -> None:
        for clash in result.clashes:
            field = name if clash.key is None else f"{name}.{clash.key}"
            if len(field) > MOST_FIELD:
                raise Rejection("invalid", {name: [TOO_LONG]})
            self.clashes.append((field, clash))

    def _taken_at_its_word(self, name: str, value: Any) -> None:
        """The device edits from the server's value (or types that value): its own open question is answered."""
        for conflict in self.stage.work.conflicts_of(self.found.key, self.stage):
            field = conflict.row["field"] or ""
            own = conflict.row["author_device"] == self.stage.work.author.device_id
            if own and field.partition(".")[0] == name:
                now = conflicts.value_at({name: value}, field)
                answer = "theirs" if same(now, conflict.row["theirs"]) else "other"
                self.closing.append((field, answer, now))

    def _flag(self, name: str, current: Any, new: Any, result: Merged) -> None:
        """A stricter value overrode somebody: the row says so until a person has seen it."""
        flags = dict(self.row.get("flags") or {})
        if not flags and result.outcome not in (OVERRODE, YIELDED):
            return
        if result.outcome in (OVERRODE, YIELDED):
            lost = current if result.outcome == OVERRODE else new
            values = {} if name in self.found.kind.codec.sealed else {"kept": result.value, "lost": lost}
            flags[name] = values | {"at": self.stage.work.now_text}
        elif name in flags and result.outcome != SAME:
            del flags[name]
        self._set_flags(flags)

    def _set_flags(self, flags: Row) -> None:
        if same(flags, self.row.get("flags") or {}):
            return
        self.row.pop("flags", None)
        if flags:
            self.row["flags"] = flags
        self.changed.append("flags")

    def seen_flags(self, old: Row, new: Row) -> None:
        """Somebody has seen these flags, as they were."""
        flags = self.row.get("flags") or {}
        gone = {name for name in old if name not in new and same(flags.get(name), old[name])}
        self._set_flags({name: flag for name, flag in flags.items() if name not in gone})

    def finish(self) -> Outcome:
        stage, found = self.stage, self.found
        if self.fixed:
            raise Rejection("fixed", self.fixed)
        after = found.row
        if self.changed:
            _judge(stage, found.kind, self.row, found.row)
            after = stage.put(found.kind, found.scope, self.row, self.changed).row
        spared = {conflicts.close_own(stage, found.key, field, answer, value) for field, answer, value in self.closing}
        ids = [conflicts.open_conflict(stage, found, self.wish, field, clash) for field, clash in self.clashes]
        if self.changed:
            conflicts.refresh_theirs(stage, found, after, self.changed, {each for each in spared if each})
            conflicts.tell_parent(stage, found.kind, after, self.changed)
        if ids:
            return "conflict", ids, after
        moved = self.merged or (self.wish.op == "update" and _changed_by_others(stage, found, self.wish.base))
        return ("merged" if moved else "ok"), [], after


def _changed_by_others(stage: Stage, found: Record, base: int) -> bool:
    if found.row["ver"] <= base:
        return False
    device = stage.work.author.device_id
    return any(line.ver > base and line.device != device for line in stage.work.changes(found.key))


def _judge(stage: Stage, kind: Kind, new: Row, old: Row | None) -> None:
    """What the kind's own rules say about the whole row."""
    if kind.rules is None:
        return
    faults: Mapping[str, list[str]] = kind.rules(new, old, stage)
    if faults:
        raise Rejection("invalid", faults)


def _wish_for_the_deleted(stage: Stage, wish: Wish, grave: Grave) -> Outcome:
    """An edit of a record that is deleted (or of a tree that is): restore with this edit, or leave deleted?"""
    _check_may_write(stage.work.author, wish.kind, grave.scope)
    news = {name: new for name, (old, new) in {**wish.sets, **wish.extra}.items() if not same(old, new)}
    if not news:
        return "ok", [], None
    _check_fixed(wish.kind, news, grave.row)
    own = conflicts.own_conflict(stage, grave.key, None)
    wanted = {**(own["mine"].get("set", {}) if own else {}), **news}
    clash = Clash(None, wish.base or None, {"set": wanted}, conflicts.DELETED)
    return "conflict", [conflicts.open_conflict(stage, grave, wish, None, clash)], None


def _check_fixed(kind: Kind, news: Row, row: Row) -> None:
    """A decision about a deleted record must not be a way around what is fixed: its parent above all."""
    moved = [name for name, new in news.items() if kind.merge_of(name) == "fixed" and not same(new, row.get(name))]
    if moved:
        raise Rejection("fixed", {name: [] for name in moved})


def _delete(stage: Stage, wish: Wish) -> Outcome:
    """Delete wins when nobody else changed the record or its children since; else a person decides."""
    if wish.kind is CONFLICT:
        raise Rejection("read_only")
    if wish.kind.append_only:
        raise Rejection("append_only")
    if stage.grave((wish.kind.name, wish.id)):
        return "ok", [], None
    found = _writable(stage, wish)
    news = _news_since(stage, wish, found)
    if news:
        mine = conflicts.own_conflict(stage, found.key, None)
        base = mine["base"] if mine else wish.base
        clash = Clash(None, base, conflicts.DELETED, {"changed": news[: conflicts.MOST_CHANGED]})
        return "conflict", [conflicts.open_conflict(stage, found, wish, None, clash)], found.row
    delete_tree(stage, found)
    return "ok", [], None


def delete_tree(stage: Stage, found: Record) -> None:
    """Delete a record and its children, in one edit."""
    for child in [*stage.work.children(found, stage), found]:
        conflicts.bury_conflicts(stage, child)
        stage.delete(child)


def _news_since(stage: Stage, wish: Wish, found: Record) -> list[Row]:
    """What others did to the record since `base`, and to its children since the deleter looked."""
    work, device = stage.work, stage.work.author.device_id
    news = []
    lines = [line for line in work.changes(found.key) if line.ver > wish.base and _is_news(line, device)]
    if lines:
        news.append(conflicts.what_changed(found.kind, found.row, _names(lines)))
    seen = _seen(stage, wish, found)
    children = work.children(found, stage)
    for kind in {child.kind.name for child in children}:
        work.load_changes(kind, [child.row["id"] for child in children if child.kind.name == kind])
    for child in children:
        lines = [line for line in work.changes(child.key) if _is_news(line, device) and not seen(child, line)]
        if lines:
            news.append(conflicts.what_changed(child.kind, child.row, _names(lines)))
    return news


def _is_news(line: Any, device: str) -> bool:
    """Another device's change; that the tree went to another book changed no field."""
    return line.device != device and line.fields != []


def _names(lines: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(name for line in lines for name in line.fields or ()))


def _seen(stage: Stage, wish: Wish, found: Record) -> Any:
    """Whether the deleter had seen a change of a child.

    Exact when the edit carries the cursor that the phone held while it was typed; else by time: what came after the
    version of the parent that it was based on counts as unseen.
    """
    if wish.cursor:
        try:
            cursor = Cursor.read(wish.cursor, stage.work.author.agent_id)
        except SyncProblem:
            raise Rejection("malformed", {"cursor": []}) from None
        reached = cursor.seqs.get(found.scope, 0)
        return lambda child, _line: stage.work.seq_of(child.key, found.scope) <= reached
    times = [line.at for line in stage.work.changes(found.key) if line.ver <= wish.base]
    since = max(times, default=None)
    return lambda _child, line: since is not None and line.at <= since


def _settle(stage: Stage, wish: Wish) -> Outcome:
    """A person decides an open conflict: mine, theirs, or another value."""
    found = _writable(stage, wish)
    conflict = found.row
    resolution = conflicts.wanted_resolution(wish, conflict)
    if resolution is None:
        return "ok", [], conflict
    if resolution != "theirs" and not conflicts.has_seen_theirs(stage, wish, conflict):
        return "conflict", [conflict["id"]], conflict
    value = wish.sets.get("value", (None, None))[1]
    if conflict["field"] is None:
        _settle_deletion(stage, conflict, resolution)
    elif resolution != "theirs":
        _settle_field(stage, conflict, conflict["mine"] if resolution == "mine" else value)
    conflicts.close(stage, stage.get(*found.key), resolution, value)
    settled = stage.get(*found.key)
    return "ok", [], settled.row if settled else None


def _settle_field(stage: Stage, conflict: Row, value: Any) -> None:
    key, field = (conflict["record_kind"], conflict["record_id"]), conflict["field"]
    target = stage.get(*key) or _restore(stage, key)
    name = field.partition(".")[0]
    whole = conflicts.checked_value(target.kind.name, field, value, target.row)
    if same(whole, target.row.get(name)):
        return
    row = target.row | {name: whole}
    _judge(stage, target.kind, row, target.row)
    after = stage.put(target.kind, target.scope, row, [name]).row
    conflicts.refresh_theirs(stage, target, after, [name], {conflict["id"]})
    conflicts.tell_parent(stage, target.kind, after, [name])


def _settle_deletion(stage: Stage, conflict: Row, resolution: str) -> None:
    if resolution == "other":
        raise Rejection("malformed", {"resolution": []})
    if resolution == "theirs":
        return
    key, mine = (conflict["record_kind"], conflict["record_id"]), conflict["mine"]
    if mine == conflicts.DELETED:
        target = stage.get(*key)
        if target:
            delete_tree(stage, target)
        return
    target = stage.get(*key) or _restore(stage, key, mine["set"])
    row = target.row | mine["set"]
    _judge(stage, target.kind, row, target.row)
    stage.put(target.kind, target.scope, row, list(mine["set"]))


def _restore(stage: Stage, key: Key, born_with: Row | None = None) -> Record:
    """Bring a deleted record back, with all that the same edit deleted (a child needs its parent).

    A record that never was, because its tree was deleted before its creation arrived, is made from `born_with`.
    """
    grave = stage.grave(key)
    if grave is None and born_with is not None:
        return _bear(stage, key, born_with)
    if grave is None:
        raise _missing(stage, key)
    for each in stage.work.graves_of_edit(grave):
        back = stage.put(each.kind, each.scope, each.row, each.kind.fields)
        conflicts.refresh_restored(stage, back)
    _restore_parent(stage, grave.kind, grave.row)
    found = stage.get(*key)
    assert found is not None
    return found


def _bear(stage: Stage, key: Key, values: Row) -> Record:
    kind = KINDS[key[0]]
    row = {"id": key[1]} | dict.fromkeys(kind.fields) | values
    parent = _restore_parent(stage, kind, row)
    scope = parent.scope if parent else stage.work.author.book
    return stage.put(kind, scope, row, list(values))


def _restore_parent(stage: Stage, kind: Kind, row: Row) -> Record | None:
    if kind.parent is None:
        return None
    key = (kind.parent[1], row[kind.parent[0]])
    return stage.get(*key) or _restore(stage, key)


_WISHES = {"create": _create, "update": _update, "delete": _delete}

__all__ = ["Author", "apply_edits"]
