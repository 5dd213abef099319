"""One edit as it came off the wire, read and checked as far as that is possible without the database."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from marshmallow import ValidationError

from sync.canonical import MAX_INT, canonical_of_sound, unsound
from sync.engine import PROTO
from sync.errors import Rejection
from sync.kinds import KINDS, OWN_NAMES, Kind
from sync.rows import messages_of

MAX_EDIT_BYTES = 256 * 1024
OPS = ("create", "update", "delete")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


#: Old and new, as the edit has them or as they are kept.
Pair = Sequence[Any]


@dataclass(slots=True)
class Wish:
    """What an edit asks for. `sets` holds checked values; `extra` the fields of a newer protocol.

    `hash` is the edit's (`edit_hash`), made of the text that was measured anyway. `parent` is (kind, id) of the record
    that a creation belongs to.
    """

    n: int
    op: str
    kind: Kind
    id: str
    base: int
    sets: dict[str, Pair]
    extra: dict[str, Pair]
    flags: tuple[Any, Any] | None
    at: datetime | None
    cursor: str | None
    hash: str
    key: tuple[str, str]
    parent: tuple[str, str] | None = None

    @property
    def pairs(self) -> dict[str, Pair]:
        """Old and new value of every field, those of a newer protocol among them."""
        return {**self.sets, **self.extra} if self.extra else self.sets


def read_wish(edit: dict[str, Any], proto: int) -> Wish:
    """The wish in an edit. Raises Rejection for any fault; the envelope was checked before."""
    text = _checked_text(edit)
    op, name, row_id = edit.get("op"), edit.get("kind"), edit.get("id")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if op not in OPS or not is_id(row_id):
        raise Rejection("malformed")
    if kind is None:
        raise Rejection("unknown_kind")
    hashed = hashlib.sha256(text).hexdigest()
    key = (kind.name, row_id)
    wish = Wish(edit["n"], op, kind, row_id, _base(edit), {}, {}, None, _at(edit), _cursor(edit), hashed, key)
    if op != "delete":
        _read_sets(wish, edit.get("set", {}), proto)
        if kind.parent and kind.parent[0] in wish.sets:
            wish.parent = (kind.parent[1], wish.sets[kind.parent[0]][1])
    return wish


def is_id(value: Any) -> TypeGuard[str]:
    """True for the text of a UUID in lower case."""
    return isinstance(value, str) and ID.fullmatch(value) is not None


def _checked_text(edit: dict[str, Any]) -> bytes:
    """The canonical text of an edit, of a size we take, without NUL and lone surrogates.

    The exact search only where there is a sign of them.
    """
    try:
        text = canonical_of_sound(edit)
    except TypeError:
        raise Rejection("bad_text" if "surrogate" in (unsound(edit) or "") else "malformed") from None
    if len(text) > MAX_EDIT_BYTES:
        raise Rejection("too_large")
    if b"\\u0000" in text and "NUL" in (_first_text_fault(edit) or ""):
        raise Rejection("bad_text")
    return text


def _first_text_fault(value: Any) -> str | None:
    """As `unsound`, but blind to numbers, so that a float does not hide a NUL behind it."""
    if isinstance(value, dict):
        return next(filter(None, map(_first_text_fault, [*value.keys(), *value.values()])), None)
    if isinstance(value, list):
        return next(filter(None, map(_first_text_fault, value)), None)
    return unsound(value) if isinstance(value, str) else None


def _base(edit: dict[str, Any]) -> int:
    base = edit.get("base")
    if base is None:
        return 0
    if type(base) is not int or not 0 <= base <= MAX_INT:
        raise Rejection("malformed", {"base": []})
    return base


def _at(edit: dict[str, Any]) -> datetime | None:
    """When it was typed, by the phone's clock: shown to people, never trusted."""
    at = edit.get("at")
    return None if at is None else _moment(at)


def _moment(at: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(at)
        if moment.microsecond % 1000:
            moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        if moment.tzinfo is None or not 1 < moment.year < 9999:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise Rejection("malformed", {"at": []}) from None
    return moment


def _cursor(edit: dict[str, Any]) -> str | None:
    cursor = edit.get("cursor")
    return cursor if isinstance(cursor, str) else None


def _read_sets(wish: Wish, sets: Any, proto: int) -> None:
    if not isinstance(sets, dict):
        raise Rejection("malformed", {"set": []})
    faults: dict[str, list[str]] = {}
    unknown: dict[str, list[str]] = {}
    codec = wish.kind.codec
    check_of, instants, taken = codec.checks.get, codec.instants, wish.sets
    for name, pair in sets.items():
        check = check_of(name)
        if check is None and not NAME.fullmatch(name):
            # no name of a field: not to be repeated, it may be what somebody typed
            raise Rejection("malformed", {"set": []})
        if type(pair) is not list or len(pair) != 2:
            raise Rejection("malformed", {name: []})
        old, new = pair
        if check:
            try:
                if old is not None and name in instants:
                    old = codec.normal(name, old)
                value = check(new)
                # nearly always both stand as they are kept
                taken[name] = pair if value is new and old is pair[0] else (old, value)
            except ValidationError as error:
                faults[name] = messages_of(error)
        elif name == "flags":
            wish.flags = _flags(pair)
        elif proto > PROTO and name not in OWN_NAMES and not unsound(new):
            wish.extra[name] = pair
        else:
            unknown[name] = []
    if unknown:
        raise Rejection("unknown_field", unknown)
    if wish.op == "create":
        _check_required(wish, faults)
    if faults:
        raise Rejection("invalid", faults)


def _check_required(wish: Wish, faults: dict[str, list[str]]) -> None:
    for name in wish.kind.codec.required:
        if name not in wish.sets and name not in faults:
            try:
                wish.kind.codec.check(name, None)
            except ValidationError as error:
                faults[name] = messages_of(error)


def _flags(pair: list[Any]) -> tuple[Any, Any]:
    """Flags are only ever taken away (somebody has seen them)."""
    old, new = (value or {} for value in pair)
    if not isinstance(old, dict) or not isinstance(new, dict) or any(name not in old for name in new):
        raise Rejection("malformed", {"flags": []})
    return old, new
