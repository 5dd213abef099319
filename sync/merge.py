"""How two wishes about one field become one value. Pure: no clock, no session, no database.

`merge(how, current, old, new)` is asked with the value that stands on the server, and the `[old, new]` of an edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

SAME = "same"  # nothing to do
TAKEN = "taken"  # nobody else had changed it
JOINED = "joined"  # both wishes stand (set, map)
OVERRODE = "overrode"  # the new value was stricter than somebody's
YIELDED = "yielded"  # somebody's stricter value stays
CONFLICT = "conflict"  # a person must choose
FIXED = "fixed"  # the field is set at creation, or once, and never again


@dataclass(frozen=True)
class Clash:
    """Two values for one thing; `key` names the entry of a map."""

    key: str | None
    base: Any
    mine: Any
    theirs: Any


class Merged(NamedTuple):
    """The value from now on, how it came about, and what is left for a person to decide."""

    value: Any
    outcome: str
    clashes: tuple[Clash, ...] = ()


def same(one: Any, other: Any) -> bool:
    """JSON equality: true is not 1."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return len(one) == len(other) and all(key in other and same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def merge(how: str, current: Any, old: Any, new: Any, levels: Sequence[Any] = ()) -> Merged:
    """One field: plain, set, map, stricter (with `levels`, loosest first), fixed or once."""
    if how == "set":
        return _merge_set(current, old, new)
    if how == "map":
        return _merge_map(current, old, new)
    if same(old, new) or same(current, new):
        return Merged(current, SAME)
    if how == "fixed" or (how == "once" and current is not None):
        return Merged(current, FIXED)
    if same(current, old):
        return Merged(new, TAKEN)
    if how == "stricter":
        return _merge_stricter(current, new, levels)
    return Merged(current, CONFLICT, (Clash(None, old, new, current),))


def gather(how: str, waiting: Any, old: Any, new: Any) -> Any:
    """What waits for an answer, and its author's next wish: a set or a map holds both, else the later word counts."""
    if how not in ("set", "map"):
        return new
    merged = merge(how, waiting, old, new)
    if how == "set":
        return merged.value
    later = {clash.key: clash.mine for clash in merged.clashes}
    return {key: value for key, value in {**(merged.value or {}), **later}.items() if value is not None}


def _merge_set(current: Any, old: Any, new: Any) -> Merged:
    """Union of the adds, removal of the removes; the order is the server's, what is new comes last."""
    have, before, after = map(_items, (current, old, new))
    added = [item for item in after if item not in before and item not in have]
    removed = {item for item in before if item not in after}
    value = [item for item in have if item not in removed] + added
    if value == have:
        return Merged(current, SAME)
    if set(value) == set(after):
        return Merged(new, TAKEN)
    return Merged(value, JOINED)


def _items(value: Any) -> list[Any]:
    """The members of a set; what a phone claims to have seen may be anything."""
    members = value if isinstance(value, list) else []
    return list(dict.fromkeys(item for item in members if isinstance(item, str | int)))


def _merge_map(current: Any, old: Any, new: Any) -> Merged:
    """Key by key, each plain; null and absent are one."""
    have, before, after = (value if isinstance(value, dict) else {} for value in (current, old, new))
    value, clashes = dict(have), []
    for key in sorted({*before, *after}):
        part = merge("plain", have.get(key), before.get(key), after.get(key))
        clashes += [Clash(key, clash.base, clash.mine, clash.theirs) for clash in part.clashes]
        if part.value is None:
            value.pop(key, None)
        else:
            value[key] = part.value
    if clashes:
        return Merged(value, CONFLICT, tuple(clashes))
    if same(value, have):
        return Merged(current, SAME)
    return Merged(new, TAKEN) if same(value, after) else Merged(value, JOINED)


def _merge_stricter(current: Any, new: Any, levels: Sequence[Any]) -> Merged:
    if _strictness(new, levels) > _strictness(current, levels):
        return Merged(new, OVERRODE)
    return Merged(current, YIELDED)


def _strictness(value: Any, levels: Sequence[Any]) -> int:
    """Unset is looser than every level."""
    return list(levels).index(value) if value in levels else -1
