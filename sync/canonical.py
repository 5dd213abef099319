"""Canonical JSON (RFC 8785 with integers only) and the digests made of it.

The phone has the same function; `tests/vectors/canonical.json` holds both to one result.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import orjson

#: The largest integer both languages hold exactly.
MAX_INT = 2**53 - 1
MAX_DEPTH = 32


class NotCanonical(ValueError):
    """The value has no canonical form: a float, an integer beyond ±(2^53 − 1), a lone surrogate, another type."""


def canonical(value: Any) -> bytes:
    """The one text of a JSON value. Raises NotCanonical."""
    fault = unsound(value, nul=True)
    if fault:
        raise NotCanonical(fault)
    return canonical_of_sound(value)


def canonical_of_sound(value: Any) -> bytes:
    """`canonical` for a value that is known to be sound (a stored row); several times faster."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    # orjson sorts by code point, the RFC by UTF-16 unit: the orders differ only beyond the basic plane.
    for sign in _ASTRAL:  # each is looked for at the speed of memory; one pattern for all of them takes a microsecond
        if sign in text:
            return orjson.dumps(_in_utf16_order(value))
    return text


#: What a character beyond the basic plane begins with in UTF-8.
_ASTRAL = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")


def _in_utf16_order(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _in_utf16_order(value[key]) for key in keys}
    if isinstance(value, list):
        return [_in_utf16_order(item) for item in value]
    return value


_LONE = re.compile("[\ud800-\udfff]")


def unsound(value: Any, *, nul: bool = False, depth: int = 0) -> str | None:
    """What is wrong with a JSON value by our rules, or None. NUL is refused unless `nul` allows it."""
    if value is None or value is True or value is False:
        return None
    if isinstance(value, str):
        return _unsound_text(value, nul)
    if isinstance(value, int):
        return None if -MAX_INT <= value <= MAX_INT else "number out of range"
    if isinstance(value, dict | list):
        if depth >= MAX_DEPTH:
            return "nested too deeply"
        parts: Any = value if isinstance(value, list) else [*value.keys(), *value.values()]
        return next(filter(None, (unsound(part, nul=nul, depth=depth + 1) for part in parts)), None)
    return "not a whole number" if isinstance(value, float) else "not a JSON value"


def _unsound_text(value: str, nul: bool) -> str | None:
    if "\0" in value and not nul:
        return "text with NUL"
    # isascii is a flag of the string; only other text is searched.
    return "text with a lone surrogate" if not value.isascii() and _LONE.search(value) else None


def edit_hash(edit: Any) -> str:
    """The hash of a whole edit. An edit without canonical form (it will be refused) has a stable one all the same."""
    try:
        text = canonical_of_sound(edit)
    except TypeError:  # a lone surrogate, an integer beyond 64 bits
        try:
            text = repr(_sorted(edit)).encode("utf-8", "surrogatepass")
        except RecursionError:
            text = b"nested too deeply"
    return hashlib.sha256(text).hexdigest()


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, _sorted(value[key])) for key in sorted(value)]
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def row_digest(kind: str, row: dict[str, Any]) -> int:
    """What a live row adds (by XOR) to the digest of its scope: 64 bits."""
    inner = hashlib.sha256(canonical_of_sound(row)).digest()
    outer = hashlib.sha256(f"{kind}:{row['id']}:{row['ver']}:".encode() + inner).digest()
    return int.from_bytes(outer[:8], "big")


def digest_text(number: int) -> str:
    """The wire text of a digest: 16 hexadecimal digits."""
    return f"{number:016x}"


def bucket_of(row_id: str) -> int:
    """The bucket 0–255 of a row when a difference is narrowed down."""
    return hashlib.sha256(row_id.encode()).digest()[0]
