"""Late edits: what an agent had done to a record before learning that it left the book.

What was added (a visit that happened, a relative, a consent) is taken into the new owner's book and says whose it is.
What was changed or deleted becomes a question for the new owner. What is signed or frozen is refused. The verdict says
no more than that: never a row, and nothing that hangs on what the new owner has written since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sync import conflicts
from sync.deciding import MOST_FIELD, Outcome, ask_to_restore, check_fixed, check_read_only, is_news, names_of, news_of
from sync.errors import Rejection
from sync.kinds import Kind, Row
from sync.merge import Clash, gather, same
from sync.models import CONFLICT
from sync.rows import TOO_LONG
from sync.stage import Grave, Record, Stage
from sync.wish import Wish
from sync.workset import Workset


def is_late(work: Workset, wish: Wish) -> bool:
    """Whether the author's own feed says `leave` for the record, or for the parent of a new one."""
    if wish.kind is CONFLICT:
        return False  # a question that went with its tree is no longer the author's to answer
    if work.get(wish.key):
        return False
    return work.has_left(wish.key) or (wish.op == "create" and wish.parent is not None and work.has_left(wish.parent))


def decide_late(stage: Stage, wish: Wish) -> Outcome:
    """What becomes of a late edit. Raises Rejection, and ScopeMoved when the new book is not locked.

    The conflicts are not named: a second edit would go into the same one while it is open, so their ids would tell
    whether the first had guessed what stands there, and when the new owner decides.
    """
    if wish.kind.frozen:
        raise Rejection("left_scope")
    if wish.kind.append_only and wish.op != "create":
        raise Rejection("append_only")
    check_read_only(stage.work.author, wish.kind)
    return DECISIONS[wish.op](stage, wish), [], None


def _create(stage: Stage, wish: Wish) -> str:
    key = (wish.kind.name, wish.id)
    if stage.work.has_left(key):
        return _create_again(stage, wish, _present(stage.work.elsewhere.thing(key)))
    if stage.work.elsewhere.has(key) or wish.parent is None:
        raise Rejection("not_found")  # somebody else's id
    column = wish.kind.parent[0] if wish.kind.parent else ""
    parent = _present(stage.work.elsewhere.thing(wish.parent), column)
    row = {"id": wish.id} | dict.fromkeys(wish.kind.fields) | {name: new for name, (_, new) in wish.pairs.items()}
    row["late_from"] = stage.work.author.agent_id
    if isinstance(parent, Grave):
        return ask_to_restore(stage, wish, Grave(wish.kind, parent.scope, row, "", 0, stage.work.author.now))[0]
    if not wish.kind.never_refuse_create:
        _judge_alone(stage, wish.kind, row)
    changed = [name for name in (*wish.kind.fields, *wish.extra) if row.get(name) is not None]
    record = stage.put(wish.kind, parent.scope, row, changed)
    conflicts.tell_parent(stage, wish.kind, record.row, changed)
    return "ok"


def _create_again(stage: Stage, wish: Wish, there: Record | Grave) -> str:
    """A phone that registered anew sends again what it has. The verdict is the same whatever stands there now."""
    news = {name: pair for name, pair in wish.pairs.items() if pair[1] is not None}
    if wish.kind.append_only:
        if not all(same(there.row.get(name), new) for name, (_, new) in news.items()):
            raise Rejection("exists")
        return "ok"
    check_fixed(wish.kind, {name: new for name, (_, new) in news.items()}, there.row)
    if isinstance(there, Grave):
        return ask_to_restore(stage, wish, there)[0]
    for name, (old, new) in news.items():
        if not same(there.row.get(name), new):
            _ask_about(stage, wish, there, name, old, new)
    return "merged"


def _update(stage: Stage, wish: Wish) -> str:
    news = news_of(wish)
    if not news:
        return "ok"
    there = _present(stage.work.elsewhere.thing((wish.kind.name, wish.id)))
    check_fixed(wish.kind, news, there.row)
    if isinstance(there, Grave):
        return ask_to_restore(stage, wish, there)[0]
    asked = [_ask_about(stage, wish, there, name, *wish.pairs[name]) for name in news]
    return "conflict" if any(asked) else "ok"


def _delete(stage: Stage, wish: Wish) -> str:
    key = (wish.kind.name, wish.id)
    there = _present(stage.work.elsewhere.thing(key))
    if isinstance(there, Grave):
        return "ok"
    own = conflicts.own_conflict(stage, key, None)
    clash = Clash(
        None, own["base"] if own else wish.base, conflicts.DELETED, {"changed": _changed_since(stage, wish, there)}
    )
    conflicts.open_conflict(stage, there, wish, None, clash)
    return "conflict"


def _changed_since(stage: Stage, wish: Wish, there: Record) -> list[Row]:
    device = stage.work.author.device_id
    lines = [line for line in stage.work.changes(there.key) if line.ver > wish.base and is_news(line, device)]
    return [conflicts.what_changed(there.kind, there.row, names_of(lines))] if lines else []


def _ask_about(stage: Stage, wish: Wish, there: Record, name: str, old: Any, new: Any) -> bool:
    """Questions for the new owner about one field: one, or one for each key of a map; False when there is none.

    Where the same already stands there it is asked and answered at once: the verdict must not say so.
    """
    how = wish.kind.merge_of(name)
    parts = _parts(how, name, old, new)
    for field, before, after in parts:
        waiting = conflicts.own_conflict(stage, there.key, field) if how == "set" else None
        if waiting:
            after = gather(how, waiting["mine"], before, after)
        if len(field) > MOST_FIELD:
            raise Rejection("invalid", {name: [TOO_LONG]})
        clash = Clash(None, before, after, conflicts.value_at(there.row, field))
        conflict_id = conflicts.open_conflict(stage, there, wish, field, clash)
        if same(after, clash.theirs):
            conflicts.close(stage, stage.anywhere((CONFLICT.name, conflict_id)), "mine")
    return bool(parts)


def _parts(how: str, name: str, old: Any, new: Any) -> list[tuple[str, Any, Any]]:
    """What is asked about: the field, or each key of a map that was changed."""
    if how != "map":
        return [(name, old, new)]
    before, after = (value if isinstance(value, dict) else {} for value in (old, new))
    keys = [key for key in sorted({*before, *after}) if not same(before.get(key), after.get(key))]
    return [(f"{name}.{key}", before.get(key), after.get(key)) for key in keys]


def _present(thing: Record | Grave | None, column: str = "") -> Record | Grave:
    """Deleted so long ago that nothing is left of it, there is nobody to ask. Raises Rejection."""
    if thing is None:
        raise Rejection("left_scope", {column: []} if column else {})
    return thing


class _NotToBeSeen(Exception):
    """A rule wanted to look into the other book."""


class _Alone:
    """What the rules may ask about a late creation: who writes it and when, and nothing else."""

    def __init__(self, stage: Stage):
        self.today = stage.today
        self.now = stage.now
        self.agent_id = stage.work.author.agent_id

    def __call__(self, kind: str, row_id: str) -> Row | None:
        raise _NotToBeSeen

    def children(self, kind: str, parent_id: str) -> list[Row]:
        raise _NotToBeSeen


def _judge_alone(stage: Stage, kind: Kind, row: Row) -> None:
    """Refuse what makes no sense by itself. A rule that has to look at the family does not speak: what it says would
    tell the author what became of the family, and its other half is in a book where the author can mend nothing."""
    if kind.rules is None:
        return
    try:
        faults: Mapping[str, list[str]] = kind.rules(row, None, _Alone(stage))
    except _NotToBeSeen:
        return
    if faults:
        raise Rejection("invalid", faults)


DECISIONS: dict[str, Callable[[Stage, Wish], str]] = {"create": _create, "update": _update, "delete": _delete}
