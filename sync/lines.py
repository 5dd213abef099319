"""Wire rows as the driver takes them: typed, sealed and in the order of the statement's columns.

SQLAlchemy's own way asks every value's type, and makes dates and instants of texts that the driver writes as text
again. A wire row stands as text already: only what is sealed, JSON, an instant or hashed is touched here.
`tests/sync/test_lines.py` holds this to SQLAlchemy's way, value by value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa

from sync.keyring import Keyring, place
from sync.kinds import Kind, Row
from sync.many import Many

if TYPE_CHECKING:
    from sync.rows import Codec

#: The value of a column; where it belongs (the id), for what is sealed to its place.
Maker = Callable[[Any, bytes, Keyring], Any]


class Lines:
    """The lines of one kind's rows for a statement: these fields, their hashes and, if `own`, what is the engine's."""

    def __init__(self, codec: Codec, names: Sequence[str], dialect: sa.Dialect, *, own: bool):
        makers = {name: make for name in names if (make := _maker(codec, name, dialect))}
        hashed = [name for name in codec.hashed if name in names]
        plain = [name for name in names if name not in makers and name != "id"]
        self._made = tuple(makers.items())
        self._hashed = tuple((name, _hash(codec, name)) for name in hashed)
        self._own = _own_maker(codec) if own else None
        self._plain = itemgetter(*plain, "id")
        #: What the values of a line are; the id is the last.
        self.columns = (*makers, *(f"{name}_hash" for name in hashed), *(codec.own if own else ()), *plain, "id")

    def line(self, row: Row, scope: str, ring: Keyring) -> tuple[Any, ...]:
        """The values of a wire row."""
        where = row["id"].encode()
        made = [None if (value := row[name]) is None else make(value, where, ring) for name, make in self._made]
        if self._hashed:
            made += [None if (value := row[name]) is None else make(value, where, ring) for name, make in self._hashed]
        if self._own:
            made += self._own(row, scope, ring)
        return (*made, *self._plain(row))


def _maker(codec: Codec, name: str, dialect: sa.Dialect) -> Maker | None:
    """None for what goes into its column as it stands in the wire. Dates are among it: text on both sides."""
    if name in codec.sealed:
        prefix = place(codec.table.name, name, "")
        return lambda value, where, ring: ring.seal_at(value, prefix + where)
    if name in codec.jsons:
        return lambda value, _where, _ring: orjson.dumps(value).decode()
    if name in codec.instants and dialect.name == "sqlite":
        return lambda value, _where, _ring: sqlite_instant(value)
    return None


def _hash(codec: Codec, name: str) -> Maker:
    normal: Callable[[Any], str] = codec.kind.fields[name].metadata.get("normal") or str
    purpose = f"{codec.table.name}.{name}"
    return lambda value, _where, ring: ring.keyed_hash(normal(value), purpose)


def _own_maker(codec: Codec) -> Callable[[Row, str, Keyring], tuple[Any, ...]]:
    """Of `codec.own`."""
    usual, table = len(codec.names), codec.table.name

    def own(row: Row, scope: str, ring: Keyring) -> tuple[Any, ...]:
        if len(row) == usual:  # nearly always it has nothing but its fields
            return scope, None, None, None
        extra = codec.extra_of(row)
        sealed = ring.seal(extra, table, "extra", row["id"]) if extra else None
        return scope, row.get("late_from"), json_text(row.get("flags")), sealed

    return own


@lru_cache(maxsize=4096)
def sqlite_instant(text: str) -> str:
    """A wire instant as SQLAlchemy writes it on SQLite."""
    return f"{text[:10]} {text[11:23]}000"


def json_text(value: Any) -> str | None:
    """What stands in a Json column."""
    return None if value is None else orjson.dumps(value).decode()


@lru_cache(maxsize=64)
def inserting_rows(kind: Kind, dialect: sa.Dialect) -> tuple[Lines, Many]:
    """INSERT of whole rows of a kind."""
    lines = Lines(kind.codec, kind.codec.names, dialect, own=True)
    types = _types(kind, lines.columns)
    statement = sa.table(kind.table.name, *(sa.column(name, type_) for name, type_ in types.items())).insert()
    return lines, Many(statement, types, dialect)


@lru_cache(maxsize=512)
def updating_rows(kind: Kind, names: tuple[str, ...], own: bool, dialect: sa.Dialect) -> tuple[Lines, Many]:
    """UPDATE of the version and these fields of a kind's rows."""
    lines = Lines(kind.codec, tuple(dict.fromkeys((*names, "ver"))), dialect, own=own)
    types = _types(kind, lines.columns)
    table = sa.table(kind.table.name, *(sa.column(name, type_) for name, type_ in types.items()))
    values: dict[str, Any] = {name: sa.bindparam(name) for name in lines.columns[:-1]}
    statement = table.update().where(table.c["id"] == sa.bindparam("this")).values(values)
    types["this"] = types.pop("id")
    return lines, Many(statement, types, dialect)


def _types(kind: Kind, names: Sequence[str]) -> dict[str, Any]:
    return {name: kind.table.columns[name].type for name in names}
