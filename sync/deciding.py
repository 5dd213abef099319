"""What becomes of one edit, worked out in memory: created, merged field by field, deleted, refused, or a conflict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sync import conflicts
from sync.cursor import Cursor
from sync.errors import Rejection, SyncProblem
from sync.kinds import Kind, Row
from sync.merge import CONFLICT as CLASHED
from sync.merge import FIXED, JOINED, OVERRODE, SAME, YIELDED, Clash, Merged, gather, merge, same
from sync.models import CONFLICT
from sync.rows import TOO_LONG
from sync.stage import Author, ChangeLine, Grave, Key, Record, Stage
from sync.wish import Wish

#: A conflict names its field, or `field.key` in a map, in so many characters.
MOST_FIELD = 128

Outcome = tuple[str, list[str], Row | None]


def _create(stage: Stage, wish: Wish) -> Outcome:
    """A new record; or the same creation sent again, or one that comes after a deletion."""
    if wish.kind is CONFLICT:
        raise Rejection("read_only")
    if not stage.work.never_was(wish.key):
        if stage.get(*wish.key):
            return _create_again(stage, wish)
        _check_not_elsewhere(stage, wish.key)
        grave = stage.grave(wish.key)
        if grave:
            return _wish_for_the_deleted(stage, wish, grave)
    scope, dead_parent = _home(stage, wish)
    row = {"id": wish.id, **dict.fromkeys(wish.kind.fields)}
    for name, (_, new) in wish.pairs.items():
        row[name] = new
    if dead_parent:
        return _wish_for_the_deleted(stage, wish, Grave(wish.kind, scope, row, "", 0, stage.work.author.now))
    if not wish.kind.never_refuse_create:
        judge(stage, wish.kind, row, None)
    changed = [name for name, (_, new) in wish.pairs.items() if new is not None]
    record = stage.put(wish.kind, scope, row, changed)
    conflicts.tell_parent(stage, wish.kind, record.row, changed)
    return "ok", [], record.row


def _create_again(stage: Stage, wish: Wish) -> Outcome:
    """The id is there: a phone that registered anew sends again what it has. What is equal is done already."""
    found = writable(stage, wish)
    news = _values(wish)
    if all(same(found.row.get(name), value) for name, value in news.items()):
        return "ok", [], found.row
    if wish.kind.append_only:
        raise Rejection("exists")
    return _merge_into(stage, wish, found)


def _values(wish: Wish) -> Row:
    return {name: new for name, (_, new) in wish.pairs.items()}


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
            raise missing(stage, wish.parent, column)
        return grave.scope, True
    _check_may_write(author, wish.kind, parent.scope)
    return parent.scope, False


def _shared_home(author: Author, home: str) -> str:
    """The author's own unit, or the catalogue."""
    return next((scope for scope in author.scopes if scope.partition(":")[0] == home), home)


def _check_may_write(author: Author, kind: Kind, scope: str) -> None:
    check_read_only(author, kind)
    if not author.may_write(scope):
        raise Rejection("read_only")


def check_read_only(author: Author, kind: Kind) -> None:
    """Some kinds are written by the server alone. Raises Rejection."""
    if kind.read_only and author.kind != "server":
        raise Rejection("read_only")


def _check_not_elsewhere(stage: Stage, key: Key) -> None:
    """A stranger's record does not exist, and an id that is taken there cannot be used here."""
    stage.work.get(key)
    if key in stage.work.elsewhere:
        raise Rejection("not_found")


def missing(stage: Stage, key: Key, column: str | None = None) -> Rejection:
    """Why a record is not there: its creation was refused, it left the book, or it never was (for this person)."""
    fields: dict[str, list[str]] = {column: []} if column else {}
    if stage.work.has_left(key):
        return Rejection("left_scope", fields)
    refused = stage.work.rejected_create(key)
    if refused is not None:
        return Rejection("depends_on", fields, depends_on=refused)
    return Rejection("not_found", fields)


def writable(stage: Stage, wish: Wish) -> Record:
    """The live record a wish is about. Raises Rejection."""
    found = stage.get(wish.kind.name, wish.id)
    if found is None:
        raise missing(stage, (wish.kind.name, wish.id))
    _check_may_write(stage.work.author, wish.kind, found.scope)
    return found


def _update(stage: Stage, wish: Wish) -> Outcome:
    if wish.kind.append_only:
        raise Rejection("append_only")
    grave = None if stage.get(*wish.key) else stage.grave(wish.key)
    if grave:
        return _wish_for_the_deleted(stage, wish, grave)
    return _merge_into(stage, wish, writable(stage, wish))


def _merge_into(stage: Stage, wish: Wish, found: Record) -> Outcome:
    """Field by field; then the row must still make sense as a whole."""
    merging = _Merging(stage, wish, found)
    for name, (old, new) in wish.pairs.items():
        merging.field(name, old, new)
    if wish.flags:
        merging.seen_flags(*wish.flags)
    return merging.finish()


class _Merging:
    """One edit meeting one row."""

    __slots__ = ("changed", "clashes", "closing", "fixed", "found", "merged", "row", "stage", "wish")

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
        how = self.found.kind.merge_of(name)
        if how == "plain" and "flags" not in self.row and same(current, old):
            # Nobody else has changed it: `merge` would say so too.
            if not same(old, new):
                self.row[name] = new
                self.changed.append(name)
                self._taken_at_its_word(name, new)
            return
        declared = self.found.kind.fields.get(name)
        levels = declared.metadata.get("levels", ()) if declared else ()
        result = merge(how, current, old, new, levels)
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
            judge(stage, found.kind, self.row, found.row)
            after = stage.put(found.kind, found.scope, self.row, self.changed).row
        spared, ids = set(), []
        if self.closing or self.clashes:
            spared = {conflicts.close_own(stage, found.key, *closing) for closing in self.closing}
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


def judge(stage: Stage, kind: Kind, new: Row, old: Row | None) -> None:
    """What the kind's own rules say about the whole row."""
    if kind.rules is None:
        return
    faults: Mapping[str, list[str]] = kind.rules(new, old, stage)
    if faults:
        raise Rejection("invalid", faults)


def _wish_for_the_deleted(stage: Stage, wish: Wish, grave: Grave) -> Outcome:
    """An edit of a record that is deleted (or of a tree that is): restore with this edit, or leave deleted?"""
    _check_may_write(stage.work.author, wish.kind, grave.scope)
    return ask_to_restore(stage, wish, grave)


def ask_to_restore(stage: Stage, wish: Wish, grave: Grave) -> Outcome:
    """The question itself, whoever's book it is. What was never born is marked late where it will be."""
    news = news_of(wish)
    if not news:
        return "ok", [], None
    check_fixed(wish.kind, news, grave.row)
    own = conflicts.own_conflict(stage, grave.key, None)
    waiting = own["mine"].get("set", {}) if own else {}
    mine = {"set": waiting | {name: _next_word(wish, waiting, name) for name in news}}
    if not grave.n and grave.row.get("late_from"):
        mine["late_from"] = grave.row["late_from"]
    clash = Clash(None, wish.base or None, mine, conflicts.DELETED)
    return "conflict", [conflicts.open_conflict(stage, grave, wish, None, clash)], None


def _next_word(wish: Wish, waiting: Row, name: str) -> Any:
    old, new = wish.pairs[name]
    return gather(wish.kind.merge_of(name), waiting[name], old, new) if name in waiting else new


def news_of(wish: Wish) -> Row:
    """The fields that the author wants otherwise."""
    return {name: new for name, (old, new) in wish.pairs.items() if not same(old, new)}


def check_fixed(kind: Kind, news: Row, row: Row) -> None:
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
    found = writable(stage, wish)
    if wish.kind.keeps and wish.kind.keeps(found.row):
        raise Rejection("fixed")
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
    members = [*stage.work.children(found, stage), found]
    stage.work.load_conflicts(member.key for member in members)
    for child in members:
        conflicts.bury_conflicts(stage, child)
        stage.delete(child)


def _news_since(stage: Stage, wish: Wish, found: Record) -> list[Row]:
    """What others did to the record since `base`, and to its children since the deleter looked."""
    work, device = stage.work, stage.work.author.device_id
    news = []
    lines = [line for line in work.changes(found.key) if line.ver > wish.base and is_news(line, device)]
    if lines:
        news.append(conflicts.what_changed(found.kind, found.row, names_of(lines)))
    seen = _seen(stage, wish, found)
    children = work.children(found, stage)
    for kind in {child.kind.name for child in children}:
        work.load_changes(kind, [child.row["id"] for child in children if child.kind.name == kind])
    for child in children:
        lines = [line for line in work.changes(child.key) if is_news(line, device) and not seen(child, line)]
        if lines:
            news.append(conflicts.what_changed(child.kind, child.row, names_of(lines)))
    return news


def is_news(line: ChangeLine, device: str) -> bool:
    """Another device's change; that the tree went to another book changed no field."""
    return line.device != device and line.fields != []


def names_of(lines: Iterable[ChangeLine]) -> list[str]:
    """The fields that were changed, each once."""
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


DECISIONS: dict[str, Callable[[Stage, Wish], Outcome]] = {"create": _create, "update": _update, "delete": _delete}
