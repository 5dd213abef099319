"""The two things that nearly every edit is, taken in without a stage: a record nobody ever had, and values of fields
that nobody else has changed.

`take_plainly` either does at once what `sync.deciding` and `Workset.absorb` would have done, or nothing at all and
gives None: then they decide. It is here for speed alone (an edit costs a third), so it asks for everything that could
make an edit special, and leaves every refusal, every merge and every question to them.
`tests/sync/test_plain.py` holds the two ways to the same rows, lines and verdicts.
"""

from __future__ import annotations

from sync.kinds import Kind, Row
from sync.merge import same
from sync.models import CONFLICT
from sync.stage import Record, Stage
from sync.wish import Wish
from sync.workset import Workset


def take_plainly(work: Workset, wish: Wish, lookup: Stage) -> Row | None:
    """The row as the edit leaves it, if the edit is plain. `lookup` is an empty stage, for the rules of the kind."""
    kind = wish.kind
    if kind is CONFLICT or kind.read_only or kind.derive or wish.extra or wish.flags:
        return None
    if wish.op == "create":
        return _born(work, wish, lookup)
    return _changed(work, wish, lookup) if wish.op == "update" and not kind.append_only else None


def _born(work: Workset, wish: Wish, lookup: Stage) -> Row | None:
    kind, key, scope = wish.kind, wish.key, work.author.book
    if not work.never_was(key) or scope not in work.heads or scope not in work.author.scopes:
        return None
    if kind.parent:
        parent = work.records.get(wish.parent) if wish.parent else None
        if parent is None or parent.scope != scope or _is_asked_about(work, parent.key):
            return None
    elif kind.home != "book":
        return None
    row = kind.codec.blank.copy()
    row["id"] = wish.id
    changed = []
    for name, (_, new) in wish.sets.items():
        if new is not None:
            row[name] = new
            changed.append(name)
    if kind.rules and not kind.never_refuse_create and kind.rules(row, None, lookup):
        return None
    row["ver"] = 1
    row["created_at"] = row["updated_at"] = work.now_text
    work.take_in(key, Record(kind, scope, row), changed)
    work.open_conflicts[key] = set()
    work.fresh.add(key)
    return row


def _changed(work: Workset, wish: Wish, lookup: Stage) -> Row | None:
    kind, key = wish.kind, wish.key
    found = work.records.get(key)
    if found is None or found.scope != work.author.book or found.row["ver"] > wish.base or "flags" in found.row:
        return None
    if _is_asked_about(work, key) or (kind.parent and _is_asked_about(work, _parent_of(kind, found.row))):
        return None
    old_row, news = found.row, {}
    for name, (old, new) in wish.sets.items():
        if kind.merge_of(name) != "plain" or not same(old_row[name], old):
            return None
        if not same(old, new):
            news[name] = new
    if not news:
        return old_row
    row = old_row | news
    if kind.rules and kind.rules(row, old_row, lookup):
        return None
    row["ver"] = old_row["ver"] + 1
    row["updated_at"] = work.now_text
    work.take_in(key, Record(kind, found.scope, row), list(news))
    return row


def _parent_of(kind: Kind, row: Row) -> tuple[str, str]:
    column, name = kind.parent  # type: ignore[misc]  # whoever asks has seen that there is one
    return name, row[column]


def _is_asked_about(work: Workset, key: tuple[str, str]) -> bool:
    """Whether there is an open question about a record, or nobody has looked yet."""
    return bool(work.open_conflicts.get(key, True))
