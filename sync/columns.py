"""Column types and the small values every record is made of."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from sync.keyring import is_sealed


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware, UTC, to the millisecond. Naive values are refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant needs a time zone.")
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Sealed(TypeDecorator[bytes]):
    """Bytes made by `sync.keyring.seal`; anything that looks like plain text is refused."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: sa.Dialect) -> bytes | None:
        if value is not None and not is_sealed(value):
            raise ValueError("This column takes sealed bytes only; see sync.keyring.seal.")
        return value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> bytes | None:
        return None if value is None else bytes(value)


class Json(TypeDecorator[Any]):
    """A JSON value kept as text, the same on every database; None is NULL."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        return None if value is None else orjson.loads(value)


#: What stands beside a sealed column where people search for equality: the result of `keyed_hash`.
KeyedHash = sa.LargeBinary(32)


def utcnow() -> datetime:
    """Now, aware, to the millisecond (what the wire can carry)."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def instant_text(value: datetime) -> str:
    """The wire text of an instant: `2026-11-22T01:30:00.000Z`."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(timespec="milliseconds")[:-6] + "Z"  # without +00:00


@lru_cache(maxsize=4096)
def parse_instant(text: str) -> datetime:
    """The instant of a wire text that was checked before."""
    return datetime.fromisoformat(text)


_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """A UUIDv7: sorts by time of making, also within one millisecond of one process."""
    global _last
    with _lock:
        # 48 bits of milliseconds and 12 of the fraction; never the same twice, never backwards.
        stamp = time.time_ns() * 4096 // 1_000_000
        _last = stamp = max(stamp, _last + 1)
    tail = int.from_bytes(os.urandom(8), "big") & (2**62 - 1)
    number = (stamp >> 12) << 80 | 7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | tail
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
