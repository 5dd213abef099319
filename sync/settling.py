"""A person decides an open conflict; what was deleted may come back by it."""

from __future__ import annotations

from typing import Any

from sync import conflicts
from sync.deciding import Outcome, delete_tree, judge, missing, writable
from sync.errors import Rejection
from sync.kinds import KINDS, Kind, Row
from sync.merge import Clash, same
from sync.stage import Key, Record, Stage
from sync.wish import Wish


def settle(stage: Stage, wish: Wish) -> Outcome:
    """A person decides an open conflict: mine, theirs, or another value."""
    found = writable(stage, wish)
    conflict = found.row
    resolution = conflicts.wanted_resolution(wish, conflict)
    if resolution is None:
        return "ok", [], conflict
    value = wish.sets.get("value", (None, None))[1]
    if resolution != "theirs" and not conflicts.has_seen(stage, wish, conflict, resolution):
        kept = _keep_word(stage, wish, conflict, value) if resolution == "other" else []
        still = stage.get(*found.key)
        return "conflict", list(dict.fromkeys([conflict["id"], *kept])), still.row if still else None
    if conflict["field"] is None:
        _settle_deletion(stage, conflict, resolution)
    elif resolution != "theirs":
        _settle_field(stage, conflict, conflict["mine"] if resolution == "mine" else value)
    conflicts.close(stage, stage.get(*found.key), resolution, value)
    settled = stage.get(*found.key)
    return "ok", [], settled.row if settled else None


def _keep_word(stage: Stage, wish: Wish, conflict: Row, value: Any) -> list[str]:
    """Another value was typed in ignorance of the newest: it waits in the conflict of whoever typed it."""
    key, field = (conflict["record_kind"], conflict["record_id"]), conflict["field"]
    if field is None:
        raise Rejection("malformed", {"resolution": []})
    target = stage.get(*key) or stage.grave(key)
    if target is None:
        raise missing(stage, key)
    name = field.partition(".")[0]
    word = conflicts.value_at({name: conflicts.checked_value(key[0], field, value, target.row)}, field)
    if same(word, conflict["theirs"]):
        return []
    clash = Clash(None, conflict["base"], word, conflict["theirs"])
    return [conflicts.open_conflict(stage, target, wish, field, clash)]


def _settle_field(stage: Stage, conflict: Row, value: Any) -> None:
    key, field = (conflict["record_kind"], conflict["record_id"]), conflict["field"]
    target = stage.get(*key) or _restore(stage, key)
    name = field.partition(".")[0]
    whole = conflicts.checked_value(target.kind.name, field, value, target.row)
    if same(whole, target.row.get(name)):
        return
    row = target.row | {name: whole}
    judge(stage, target.kind, row, target.row)
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
    target = stage.get(*key) or _restore(stage, key, mine)
    row = target.row | mine["set"]
    judge(stage, target.kind, row, target.row)
    names = list(mine["set"])
    after = stage.put(target.kind, target.scope, row, names).row
    conflicts.refresh_theirs(stage, target, after, names, {conflict["id"]})
    conflicts.tell_parent(stage, target.kind, after, names)


def _restore(stage: Stage, key: Key, wanted: Row | None = None) -> Record:
    """Bring a deleted record back, with all that the same edit deleted (a child needs its parent).

    A record that never was, because its tree was deleted before its creation arrived, is made from what its author `wanted`.
    """
    grave = stage.grave(key)
    if grave is None and wanted is not None:
        return _bear(stage, key, wanted)
    if grave is None:
        raise missing(stage, key)
    together = stage.work.graves_of_edit(grave)
    stage.work.load_conflicts(each.key for each in together)
    for each in together:
        back = stage.put(each.kind, each.scope, each.row, each.kind.fields)
        conflicts.refresh_restored(stage, back)
    _restore_parent(stage, grave.kind, grave.row)
    found = stage.get(*key)
    assert found is not None
    return found


def _bear(stage: Stage, key: Key, wanted: Row) -> Record:
    kind, values = KINDS[key[0]], wanted["set"]
    row = {"id": key[1]} | dict.fromkeys(kind.fields) | values
    if "late_from" in wanted:
        row["late_from"] = wanted["late_from"]
    parent = _restore_parent(stage, kind, row)
    scope = parent.scope if parent else stage.work.author.book
    return stage.put(kind, scope, row, list(values))


def _restore_parent(stage: Stage, kind: Kind, row: Row) -> Record | None:
    if kind.parent is None:
        return None
    key = (kind.parent[1], row[kind.parent[0]])
    return stage.get(*key) or _restore(stage, key)
