"""The kinds of fields that records are made of: what may stand in them, and what the phone is told about it.

Each function gives one marshmallow field. Its `metadata` is what the sync engine reads (`merge`, `levels`, `sealed`,
`hashed`, `normal`) and what `portal.schemas` exports to the phone (`type`, `check`, `options`, limits, `search`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError, fields

from portal.customers import rules

#: Amounts of money: from nothing to a hundred thousand million yuan.
MAX_FEN = 10_000_000_000_000
MAX_TEXT = 200
MAX_NOTE = 10_000
MAX_CODE = 32
MAX_TAGS = 40

FIELD_MESSAGES: dict[str, Any] = {"required": rules.REQUIRED, "null": rules.REQUIRED, "invalid": rules.WRONG}


def _judge(spec: dict[str, Any]) -> Callable[[Any], None]:
    """A marshmallow validator from the very function that judges a field on its exported description."""

    fault_of = rules.TYPES[spec["type"]]  # looked up once, for it is asked at every edit

    def judge(value: Any) -> None:
        fault = fault_of(spec, value)
        if fault:
            raise ValidationError(fault)

    judge.surely = _surely(spec)  # type: ignore[attr-defined]
    judge.longest = spec.get("max_length")  # type: ignore[attr-defined]
    return judge


def _surely(spec: dict[str, Any]) -> Callable[[Any], Any]:
    """The quick question of `sync.checks`: a yes means that the judge finds nothing.

    Values are of the field's type, and no longer than `longest`.
    """
    fault_of, kind = rules.TYPES[spec["type"]], spec["type"]
    if kind == "enum":
        return frozenset(spec["options"]).__contains__
    if kind == "text" and not spec.get("check"):
        return str.isprintable
    if kind == "longtext":
        return lambda value: value.isprintable() or fault_of(spec, value) is None
    if kind in ("int", "fen"):
        low, high = spec["min"], spec["max"]
        return lambda value: low <= value <= high
    if kind == "ref":
        return rules.ID.fullmatch
    if kind == "party":
        return _surely_somebody
    if kind == "set" and spec.get("options"):
        return _surely_chosen(frozenset(spec["options"]), spec["max"])
    if kind == "date":  # there are only so many days
        return lru_cache(maxsize=4096)(lambda value: fault_of(spec, value) is None)
    return lambda value: fault_of(spec, value) is None


def _surely_somebody(value: dict[str, Any]) -> bool:
    """A record of the tree; who is only named takes the long way."""
    row_id = value.get("id")
    known = len(value) == 2 and value.get("kind") in ("customer", "relative")
    return known and type(row_id) is str and rules.ID.fullmatch(row_id) is not None


def _surely_chosen(options: frozenset[str], most: int) -> Callable[[list[Any]], bool]:
    def chosen(value: list[Any]) -> bool:
        try:
            return len(value) <= most and options.issuperset(value) and len(set(value)) == len(value)
        except TypeError:  # what cannot be in a set is not one of the options
            return False

    return chosen


def _field(made: type[fields.Field], kind: str, spec: dict[str, Any], **more: Any) -> fields.Field:
    """A field of type `kind`. `spec` are its limits as the phone gets them, `more` the engine's declarations."""
    required = more.pop("required", False)
    spec = {"type": kind, **{name: value for name, value in spec.items() if value is not None}}
    messages = FIELD_MESSAGES | ({"invalid": rules.NOT_A_DATE} if kind == "date" else {})
    return made(
        required=required,
        allow_none=not required,
        validate=_judge(spec),
        error_messages=messages,
        metadata={**spec, **more},
    )


def text(limit: int = MAX_TEXT, check: str | None = None, **more: Any) -> fields.Field:
    """One line of text."""
    return _field(fields.String, "text", {"max_length": limit, "check": check}, **more)


def long_text(limit: int = MAX_NOTE, **more: Any) -> fields.Field:
    """Text of several lines."""
    return _field(fields.String, "longtext", {"max_length": limit}, **more)


def code(*options: str, **more: Any) -> fields.Field:
    """One of a few codes; the catalogues have the labels."""
    return _field(fields.String, "enum", {"options": list(options)}, **more)


def number(low: int, high: int, **more: Any) -> fields.Field:
    """A whole number."""
    return _field(fields.Integer, "int", {"min": low, "max": high}, **more)


def fen(**more: Any) -> fields.Field:
    """Money in fen."""
    return _field(fields.Integer, "fen", {"min": 0, "max": MAX_FEN}, **more)


def yes_no(**more: Any) -> fields.Field:
    """Yes, no, or not known (null)."""
    return _field(fields.Boolean, "bool", {}, **more)


def day(**more: Any) -> fields.Field:
    """A civil date in Asia/Shanghai."""
    spec = {"type": "date", "min": rules.FIRST_DAY, "max": rules.LAST_DAY}
    required = more.pop("required", False)
    judge_text = _judge(spec)

    def judge(value: Any) -> None:
        judge_text(value.isoformat())

    judge.surely = _surely(spec)  # type: ignore[attr-defined]
    return _Day(
        required=required,
        allow_none=not required,
        validate=judge,
        error_messages=FIELD_MESSAGES | {"invalid": rules.NOT_A_DATE},
        metadata={**spec, **more},
    )


class _Day(fields.Date):
    """`YYYY-MM-DD` and no other spelling of a date."""

    def __init__(self, **given: Any):
        super().__init__(format="iso", **given)


def instant(**more: Any) -> fields.Field:
    """A moment, RFC 3339."""
    required = more.pop("required", False)
    return fields.AwareDateTime(
        format="iso",
        required=required,
        allow_none=not required,
        error_messages=FIELD_MESSAGES,
        metadata={"type": "instant", **more},
    )


def tags(*options: str, limit: int = MAX_CODE, **more: Any) -> fields.Field:
    """A set of codes or short words; two people's additions are joined."""
    spec = {"options": list(options) or None, "max_length": limit, "max": MAX_TAGS}
    return _list("set", spec, merge="set", **more)


def _list(kind: str, spec: dict[str, Any], **more: Any) -> fields.Field:
    spec = {"type": kind, **{name: value for name, value in spec.items() if value is not None}}
    return fields.List(
        fields.Raw(),
        allow_none=True,
        validate=_judge(spec),
        error_messages=FIELD_MESSAGES,
        metadata={**spec, **more},
    )


def ref(to: str, **more: Any) -> fields.Field:
    """The id of another record."""
    return _field(fields.String, "ref", {"to": to, "max_length": 36}, **more)


def party(**more: Any) -> fields.Field:
    """Somebody in a contract: a customer, a relative, or only a name."""
    return _field(fields.Dict, "party", {}, **more)


def beneficiaries(limit: int = 20, **more: Any) -> fields.Field:
    """Who gets the benefit, in which order and share."""
    return _list("beneficiaries", {"max": limit}, **more)


def stricter(*levels: str, **more: Any) -> fields.Field:
    """A code where the stricter of two people's choices wins; `levels` from the loosest."""
    return code(*levels, merge="stricter", levels=list(levels), **more)
