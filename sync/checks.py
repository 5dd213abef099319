"""The check of one field: exact JSON type, the schema's own rules, what the column can hold.

The schema is the only source. Most values are of the type their field asks for and already stand in the form the wire
has; for them it is enough to ask the field's validators. Everything else goes through marshmallow, which also finds
the words for what is wrong.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError, fields

from sync.canonical import MAX_INT, unsound
from sync.columns import instant_text
from sync.words import msgid

REQUIRED = msgid("This is required.")
WRONG_TYPE = msgid("This does not look right.")
TOO_LARGE = msgid("This number is too large.")
TOO_LONG = msgid("This is too long.")
NOT_A_DATE = msgid("Enter a date.")

Check = Callable[[Any], Any]

_SMALL = 2**31 - 1
_SHALLOW = 5
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: An instant as we write it ourselves.
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


def check_of(declared: fields.Field, column: sa.Column[Any]) -> Check:
    """The wire form of a value somebody sent for this field; the check raises ValidationError."""
    slow = _whole_check(declared, column)
    plain = next((_PLAIN[each] for each in _PLAIN if _reads_like(declared, each)), None)
    quick = _quick_check(declared, column, slow, *plain) if plain else slow

    def check(value: Any) -> Any:
        if value is not None:
            return quick(value)
        if declared.required:
            raise ValidationError(_message(declared, "required", REQUIRED))
        return None

    return (plain and _sure_check(declared, column, check, plain[0])) or check


def _sure_check(declared: fields.Field, column: sa.Column[Any], check: Check, type_: type) -> Check | None:
    """The same check where every validator has a quick question `surely`, whose yes means that it has no fault to find
    (in a text of up to `longest` characters).

    Nearly every value of an edit takes this way, so it is one call and no more.
    """
    sures = [getattr(judge, "surely", None) for judge in declared.validators]
    if not sures and isinstance(declared, fields.AwareDateTime):
        return lambda value: value if type(value) is str and _is_moment(value) else check(value)
    if len(sures) != 1 or sures[0] is None:
        return None
    sure: Callable[[Any], Any] = sures[0]
    if type_ is str:
        longest = min(_length(column) or sys.maxsize, getattr(declared.validators[0], "longest", None) or sys.maxsize)
        options = getattr(sure, "__self__", None)
        if isinstance(options, frozenset) and all(len(each) <= longest for each in options):
            return lambda value: value if type(value) is str and value in options else check(value)
        return lambda value: value if type(value) is str and len(value) <= longest and sure(value) else check(value)
    fits = _fits(type_, column)
    return lambda value: value if type(value) is type_ and sure(value) and fits(value) else check(value)


def _quick_check(declared: fields.Field, column: sa.Column[Any], slow: Check, type_: type, read: Check | None) -> Check:
    """The same check for values that need no reading."""
    fits, judges = _fits(type_, column), tuple(declared.validators)

    def check(value: Any) -> Any:
        if type(value) is not type_:
            return slow(value)
        try:
            seen = read(value) if read else value
            for judge in judges:
                judge(seen)
        except (ValidationError, ValueError):
            return slow(value)
        return value if fits(value) else slow(value)

    return check


def _fits(type_: type, column: sa.Column[Any]) -> Callable[[Any], bool]:
    """Whether the column can hold a value of this JSON type."""
    if type_ is int:
        largest = _largest(column)
        return lambda value: abs(value) <= largest
    length = _length(column)
    if type_ is str:
        return lambda value: not length or len(value) <= length
    if type_ is list:
        return lambda value: None not in value and (_surely_sound(value) or not unsound(value))
    return lambda value: type_ is bool or _surely_sound(value) or not unsound(value)


def _surely_sound(value: Any, depth: int = 0) -> bool:
    """A quick yes for what holds nothing strange: printable text has neither NUL nor lone surrogates."""
    parts = value
    if type(value) is dict:
        if not all(map(str.isprintable, value)):
            return False
        parts = value.values()
    for part in parts:
        kind = type(part)
        if kind is str:
            sound = part.isprintable()
        elif kind is int:
            sound = -MAX_INT <= part <= MAX_INT
        elif kind is dict or kind is list:
            sound = depth < _SHALLOW and _surely_sound(part, depth + 1)
        else:
            sound = part is None or kind is bool
        if not sound:
            return False
    return True


def _reads_like(declared: fields.Field, usual: type[fields.Field]) -> bool:
    """Whether a field takes values exactly as its base does: whatever a schema changed makes it an exception."""
    own = type(declared)
    ways = ("deserialize", "_deserialize", "_validate", "_validated")
    same = all(getattr(own, name, None) is getattr(usual, name, None) for name in ways)
    plain = not declared.pre_load and not declared.post_load and getattr(declared, "format", None) in (None, "iso")
    parts = getattr(declared, "key_field", None) or getattr(declared, "value_field", None)
    words = all(getattr(declared, name, None) is getattr(usual, name, None) for name in ("truthy", "falsy"))
    inner = getattr(declared, "inner", None)
    raw = inner is None or (type(inner) is fields.Raw and not inner.validators and not inner.post_load)
    return isinstance(declared, usual) and same and plain and not parts and words and raw


def _day(value: str) -> date:
    if not _DAY.fullmatch(value):  # Python also reads 2026-W48-1
        raise ValueError(value)
    return date.fromisoformat(value)


def _moment(value: str) -> datetime:
    if not _INSTANT.fullmatch(value):
        raise ValueError(value)
    return datetime.fromisoformat(value)


@lru_cache(maxsize=4096)
def _is_moment(value: str) -> bool:
    try:
        _moment(value)
    except ValueError:
        return False
    return True


#: Fields whose values stand in the wire as they are kept: the JSON type, and what their validators are shown.
_PLAIN: dict[type[fields.Field], tuple[type, Check | None]] = {
    fields.Date: (str, _day),
    fields.AwareDateTime: (str, _moment),
    fields.String: (str, None),
    fields.Integer: (int, None),
    fields.Boolean: (bool, None),
    fields.Dict: (dict, None),
    fields.List: (list, None),
}


def _length(column: sa.Column[Any]) -> int | None:
    return getattr(column.type, "length", None) if isinstance(column.type, sa.String) else None


def _largest(column: sa.Column[Any]) -> int:
    small = isinstance(column.type, sa.Integer) and not isinstance(column.type, sa.BigInteger)
    return _SMALL if small else MAX_INT


def _message(declared: fields.Field, key: str, ours: str) -> str:
    """The field's own message for `key` where its author wrote one, else ours."""
    written = declared.error_messages.get(key)
    usual = type(declared).default_error_messages.get(key, fields.Field.default_error_messages.get(key))
    return ours if written is None or written == usual else str(written)


def _whole_check(declared: fields.Field, column: sa.Column[Any]) -> Check:
    """The check of any value whatever, by way of marshmallow."""
    length, largest = _length(column), _largest(column)

    def check(value: Any) -> Any:
        _check_type(declared, value)
        loaded = declared.deserialize(value)
        if isinstance(loaded, datetime):
            return _instant(loaded)
        if isinstance(loaded, date):
            return loaded.isoformat()
        value = loaded if isinstance(declared, fields.String | fields.Integer | fields.Boolean) else value
        if length and isinstance(value, str) and len(value) > length:
            _refuse(TOO_LONG)
        if isinstance(value, int) and abs(value) > largest:
            _refuse(TOO_LARGE)
        if isinstance(value, list | dict) and unsound(value):
            _refuse(WRONG_TYPE)
        return value

    return check


def _instant(moment: datetime) -> str:
    try:
        return instant_text(moment) if moment.tzinfo else _refuse(NOT_A_DATE)
    except OverflowError:  # in UTC it lies before the first year, or after the last
        return _refuse(WRONG_TYPE)


def _check_type(declared: fields.Field, value: Any) -> None:
    """marshmallow is generous ("7" is a number, "yes" is true); a record is not."""
    wanted: type | tuple[type, ...] | None = None
    if isinstance(declared, fields.Boolean):
        wanted = bool
    elif isinstance(declared, fields.Integer):
        wanted = int
    elif isinstance(declared, fields.String | fields.DateTime | fields.Date):
        wanted = str
    elif isinstance(declared, fields.List):
        wanted = list
    elif isinstance(declared, fields.Dict | fields.Nested):
        wanted = (dict, list)
    if wanted and (not isinstance(value, wanted) or (wanted is int and isinstance(value, bool))):
        _refuse(_message(declared, "invalid", WRONG_TYPE))
    if isinstance(declared, fields.Date) and not _DAY.fullmatch(value):  # Python also reads 2026-W48-1
        _refuse(_message(declared, "invalid", NOT_A_DATE))
    if isinstance(value, float):
        _refuse(WRONG_TYPE)


def _refuse(message: str) -> Any:
    raise ValidationError(message)
