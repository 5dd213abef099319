"""Conflict records: two people disagree, and a person decides.

`mine` is always the author's value (who sent the edit that could not be taken), `theirs` the server's, refreshed while
the conflict is open. With `field` null the question is whether the record should be at all.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError

from sync.canonical import unsound
from sync.columns import instant_text, new_id
from sync.engine import engine
from sync.errors import Rejection
from sync.kinds import KINDS, Kind, Row
from sync.merge import Clash, same
from sync.models import CONFLICT, RESOLUTIONS
from sync.rows import messages_of
from sync.stage import Grave, Key, Record, Stage
from sync.tables import DEVICES
from sync.wish import Wish

DELETED = {"deleted": True}
CLOCK_SLACK = timedelta(minutes=10)
MOST_CHANGED = 20


def open_conflict(stage: Stage, target: Record | Grave, wish: Wish, field: str | None, clash: Clash) -> str:
    """The id of the conflict that keeps the author's value: the author's device's own open one, or a new one."""
    own = _own_open(stage, target.key, field)
    if own:
        changed = {"mine": clash.mine, **_said(stage, wish)}
        return _rewrite(stage, own, changed).row["id"]
    row = dict.fromkeys(CONFLICT.fields) | {
        "id": new_id(),
        "record_kind": target.kind.name,
        "record_id": target.row["id"],
        "tree_id": tree_of(target.kind, target.row),
        "field": field,
        "base": None if unsound(clash.base) else clash.base,
        "mine": clash.mine,
        "theirs": clash.theirs,
        "author": stage.work.author.agent_id,
        "author_name": _name(stage.work.author.agent_id),
        "author_device": stage.work.author.device_id,
        "author_label": _device(stage, stage.work.author.device_id)[1],
        "theirs_ver": 1,
        **_said(stage, wish),
        **(_last_word(stage, target.key, field) or _parents_last_word(stage, target)),
    }
    return stage.put(CONFLICT, target.scope, row, CONFLICT.fields).row["id"]


def _own_open(stage: Stage, key: Key, field: str | None) -> Record | None:
    device = stage.work.author.device_id
    open_ones = stage.work.conflicts_of(key, stage)
    return next(
        (each for each in open_ones if each.row["author_device"] == device and each.row["field"] == field), None
    )


def own_conflict(stage: Stage, key: Key, field: str | None) -> Row | None:
    """The open conflict that the author's device has on a field."""
    found = _own_open(stage, key, field)
    return found.row if found else None


def _said(stage: Stage, wish: Wish) -> Row:
    """When the author typed it; where the phone's clock cannot be believed, when it arrived, with "about"."""
    author = stage.work.author
    at = wish.at or author.now
    about = author.clock_off or at > author.now + CLOCK_SLACK
    return {"author_at": instant_text(author.now if about else at), "author_at_about": about or None}


def _last_word(stage: Stage, key: Key, field: str | None) -> Row:
    """Who put the server's value there: the newest change of the field (of anything, when `field` is None)."""
    name = field.partition(".")[0] if field else None
    for line in reversed(stage.work.changes(key)):
        if line.fields == []:
            continue  # it only went to another book
        if name is None or line.fields is None or name in line.fields:
            return _words_of(stage, line.device, instant_text(line.at))
    return {}


def _parents_last_word(stage: Stage, target: Record | Grave) -> Row:
    """For a creation that came after its tree was deleted: who deleted it."""
    if target.kind.parent is None:
        return {}
    return _last_word(stage, (target.kind.parent[1], target.row[target.kind.parent[0]]), None)


def _words_of(stage: Stage, device_id: str, at: str) -> Row:
    agent, label = _device(stage, device_id)
    name = _name(agent) if agent else None
    return {
        "theirs_by": agent,
        "theirs_name": name,
        "theirs_device": device_id,
        "theirs_label": label,
        "theirs_at": at,
    }


def _device(stage: Stage, device_id: str) -> tuple[str | None, str | None]:
    query = sa.select(DEVICES.c.agent, DEVICES.c.label).where(DEVICES.c.id == device_id)
    found = stage.work.connection.execute(query).first()
    return (found.agent, found.label) if found else (None, None)


def _name(agent_id: str) -> str | None:
    return engine().agent_name(agent_id) or None


def _rewrite(stage: Stage, conflict: Record, changed: Row) -> Record:
    return stage.put(CONFLICT, conflict.scope, conflict.row | changed, changed)


def tree_of(kind: Kind, row: Row) -> str | None:
    """The id of the root of the tree that a record stands in."""
    return row.get(kind.root_column) if kind.root_column else None


def refresh_theirs(stage: Stage, before: Record, after: Row, changed: list[str], spared: set[str]) -> None:
    """The server's value moved: every open conflict about it shows the new one (`spared`: closed by this very edit).

    When the new value is the author's own wish there is nothing left to decide.
    """
    for conflict in stage.work.conflicts_of(before.key, stage):
        field = conflict.row["field"]
        if conflict.row["id"] in spared:
            continue
        if field is None:
            _tell_deleter(stage, conflict, before.kind, after, changed)
        elif field.partition(".")[0] in changed:
            theirs = value_at(after, field)
            if not same(theirs, conflict.row["theirs"]):
                _show_theirs(stage, conflict, theirs)
                if same(theirs, conflict.row["mine"]):
                    close(stage, stage.get(CONFLICT.name, conflict.row["id"]), "mine")


def tell_parent(stage: Stage, kind: Kind, row: Row, changed: list[str]) -> None:
    """Somebody wanted to delete the parent while its children change: let that question show it."""
    if kind.parent is None:
        return
    key = (kind.parent[1], row[kind.parent[0]])
    for conflict in stage.work.conflicts_of(key, stage):
        if conflict.row["field"] is None:
            _tell_deleter(stage, conflict, kind, row, changed)


def _tell_deleter(stage: Stage, conflict: Record, kind: Kind, row: Row, changed: list[str]) -> None:
    theirs = conflict.row["theirs"]
    if not isinstance(theirs, dict) or "changed" not in theirs:
        return
    told = [each for each in theirs["changed"] if (each["kind"], each["id"]) != (kind.name, row["id"])]
    earlier: Row = next((each["fields"] for each in theirs["changed"] if each["id"] == row["id"]), {})
    told.append(what_changed(kind, row, [*earlier, *changed]))
    _show_theirs(stage, conflict, {"changed": told[-MOST_CHANGED:]})


def what_changed(kind: Kind, row: Row, names: list[str]) -> Row:
    """One entry of what others did to a tree that somebody wants to delete."""
    return {"kind": kind.name, "id": row["id"], "fields": {name: row.get(name) for name in names}}


def _show_theirs(stage: Stage, conflict: Record, theirs: Any) -> None:
    author = stage.work.author
    words = _words_of(stage, author.device_id, stage.work.now_text)
    shown = _rewrite(stage, conflict, {"theirs": theirs, **words})
    shown.row["theirs_ver"] = shown.row["ver"]
    stage.fields[shown.key].append("theirs_ver")


def close(stage: Stage, conflict: Record | None, resolution: str, value: Any = None) -> None:
    """Decided, by the author of this edit."""
    assert conflict is not None
    author = stage.work.author
    decided = {
        "resolution": resolution,
        "value": value if resolution == "other" else None,
        "resolved_by": author.agent_id,
        "resolved_name": _name(author.agent_id),
        "resolved_at": stage.work.now_text,
    }
    _rewrite(stage, conflict, decided)


def close_own(stage: Stage, key: Key, field: str | None, resolution: str, value: Any = None) -> str | None:
    """The author's device was taken at its word: its open conflict on the field is over."""
    own = _own_open(stage, key, field)
    if own is None:
        return None
    close(stage, own, resolution, value)
    return own.row["id"]


def bury_conflicts(stage: Stage, record: Record) -> None:
    """A record is deleted: the deleter's own questions about it are answered, the others now ask about a deletion."""
    device = stage.work.author.device_id
    for conflict in stage.work.conflicts_of(record.key, stage):
        if conflict.row["author_device"] == device:
            close(stage, conflict, "mine" if conflict.row["field"] is None else "other")
        elif conflict.row["field"] is None:
            close(stage, conflict, "mine")  # both want it gone
        else:
            _show_theirs(stage, conflict, None)


def refresh_restored(stage: Stage, back: Record) -> None:
    """A deleted record is back: what asked about its deletion asks about its values again."""
    for conflict in stage.work.conflicts_of(back.key, stage):
        field = conflict.row["field"]
        _show_theirs(stage, conflict, value_at(back.row, field) if field else {"changed": []})


def value_at(row: Row, field: str) -> Any:
    """The value of `name`, or of `name.key` in a map."""
    name, _, key = field.partition(".")
    value = row.get(name)
    return (value or {}).get(key) if key else value


def with_value(row: Row, field: str, value: Any) -> Row:
    """The row with another value at `name` or `name.key`."""
    name, _, key = field.partition(".")
    if not key:
        return row | {name: value}
    entries = {each: kept for each, kept in (row.get(name) or {}).items() if each != key}
    return row | {name: entries if value is None else entries | {key: value}}


def wanted_resolution(wish: Wish, conflict: Row) -> str | None:
    """What an edit of a conflict asks for; None when it asks for nothing new. Raises Rejection."""
    odd = sorted(name for name in wish.sets if name not in ("resolution", "value"))
    if odd or wish.extra or wish.flags:
        raise Rejection("fixed", {name: [] for name in odd})
    resolution = wish.sets.get("resolution", (None, None))[1]
    value = wish.sets.get("value", (None, None))[1]
    if resolution not in RESOLUTIONS or (value is not None and resolution != "other"):
        raise Rejection("malformed", {"resolution": []})
    if conflict["resolution"] is None:
        return resolution
    if conflict["resolution"] == resolution and same(conflict["value"], value):
        return None
    raise Rejection("already_closed")


def has_seen(stage: Stage, wish: Wish, conflict: Row, resolution: str) -> bool:
    """Whether who decides knew what the answer is about: all that others put on the server's side, and for "mine" the
    author's newest. One's own newest word hides nothing: it may have been merged with what nobody saw.
    """
    if wish.base >= conflict["ver"]:
        return True
    device = stage.work.author.device_id
    lines = stage.work.changes((CONFLICT.name, conflict["id"]))
    news = {name for line in lines if line.ver > wish.base and line.device != device for name in line.fields or ()}
    return "theirs" not in news and not (resolution == "mine" and "mine" in news)


def checked_value(kind_name: str, field: str, value: Any, row: Row) -> Any:
    """The chosen value, as the record's schema takes it. Raises Rejection."""
    name = field.partition(".")[0]
    kind = KINDS[kind_name]
    if name not in kind.fields:
        return value
    whole = with_value(row, field, value)[name]
    try:
        return kind.codec.check(name, whole)
    except ValidationError as error:
        raise Rejection("invalid", {"value": messages_of(error)}) from None
