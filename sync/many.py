"""One statement for many lines: compiled once, and then handed to the driver without a look at every value's type.

SQLAlchemy's own executemany spends more time on preparing the lines of a push than the database on storing them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from sync.columns import Json
from sync.prepared import run, run_many

_PARAMETER = re.compile(r"%\((\w+)\)s(?:::[A-Z]+(?: WITH TIME ZONE)?)?")
_LENGTH = re.compile(r"\(\d+\)")
_INSERT = re.compile(r"(INSERT .*) VALUES \((.*)\)( ON CONFLICT .*)?", re.DOTALL)
_UPDATE = re.compile(r"UPDATE (\w+) SET (.*) WHERE \w+\.id = \S+", re.DOTALL)

Maker = tuple[int, Callable[[Any], Any]]


class Many:
    """A compiled statement. `types` gives the type of each parameter by its name."""

    def __init__(self, statement: Any, types: Mapping[str, Any], dialect: sa.Dialect):
        compiled = statement.compile(dialect=dialect, column_keys=list(types))
        self._sql = compiled.string
        self._by_position = bool(compiled.positional)
        #: The parameters, in the order in which `put` takes them.
        self.names: list[str] = compiled.positiontup if self._by_position else list(types)
        makers = (_processor(types[name], dialect) for name in self.names)
        self._makers: list[Maker] = [(at, make) for at, make in enumerate(makers) if make]
        self._arrays = _over_arrays(self._sql, types, dialect) if dialect.name == "postgresql" else None

    def run(self, connection: sa.Connection, lines: Sequence[Mapping[str, Any]]) -> None:
        """Execute the statement for every line. Raises StatementError for a value its column does not take."""
        try:
            values = [self._values(line) for line in lines]
        except (TypeError, ValueError) as error:
            raise sa.exc.StatementError("a value does not fit its column", self._sql, None, error) from None
        self.put(connection, values)

    def put(self, connection: sa.Connection, values: Sequence[Sequence[Any]]) -> None:
        """The same for values that are in order, and as the driver takes them."""
        if self._arrays and values:
            self._at_once(connection, values)
            return
        named: Any = values if self._by_position else [dict(zip(self.names, line, strict=True)) for line in values]
        run_many(connection, self._sql, named)

    def _at_once(self, connection: sa.Connection, values: Sequence[Sequence[Any]]) -> None:
        """On PostgreSQL one statement over arrays: a message for each line costs more than the line itself."""
        arrays = {name: list(column) for name, column in zip(self.names, zip(*values, strict=True), strict=True)}
        run(connection, str(self._arrays), arrays)

    def _values(self, line: Mapping[str, Any]) -> list[Any]:
        values = [line[name] for name in self.names]
        for at, make in self._makers:
            if values[at] is not None:
                values[at] = make(values[at])
        return values


def _over_arrays(sql: str, types: Mapping[str, Any], dialect: sa.Dialect) -> str | None:
    """The same statement for many lines, each parameter an array (PostgreSQL); None where that cannot be written."""
    parameters = _PARAMETER.findall(sql)
    # Without its length: a cast to VARCHAR(8) would cut a longer text in silence.
    casts = {name: _LENGTH.sub("", types[name].compile(dialect=dialect)) for name in parameters}
    arrays = ", ".join(f"%({name})s::{casts[name]}[]" for name in parameters)
    names = ", ".join(f'"{name}"' for name in parameters)
    insert, update = _INSERT.fullmatch(sql), _UPDATE.fullmatch(sql)
    if insert:
        return f"{insert[1]} SELECT * FROM unnest({arrays}){insert[3] or ''}"
    if update:
        sets = _PARAMETER.sub(lambda found: f'line."{found[1]}"', update[2])
        return (
            f'UPDATE {update[1]} SET {sets} FROM unnest({arrays}) AS line({names}) WHERE {update[1]}.id = line."this"'
        )
    return None


def _processor(type_: Any, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    process = type_.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return None
    # The instants of one commit are few.
    return lru_cache(maxsize=256)(process) if isinstance(_plain(type_), sa.DateTime) else process


def _plain(type_: Any) -> Any:
    return type_.impl_instance if isinstance(type_, sa.types.TypeDecorator) else type_


@lru_cache(maxsize=512)
def inserting(table: sa.Table, dialect: sa.Dialect) -> Many:
    """INSERT of whole rows of a table."""
    return Many(table.insert(), types_of(table), dialect)


def types_of(table: sa.Table) -> dict[str, Any]:
    """The types of its columns by their names."""
    return {column.name: column.type for column in table.columns}


def portions(ids: Sequence[str], size: int = 5000) -> Iterator[Sequence[str]]:
    """A long list in parts: a statement of SQLite takes 32,766 parameters, one of PostgreSQL 65,535."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def among(column: Any, name: str, dialect: sa.Dialect) -> Any:
    """`column` is one of the values of parameter `name`, a list: one parameter, so that the statement stays the same."""
    if dialect.name == "postgresql":
        return column == sa.any_(sa.bindparam(name, type_=postgresql.ARRAY(sa.String)))
    each = sa.func.json_each(sa.bindparam(name, type_=Json)).table_valued("value")
    return column.in_(sa.select(each.c.value))
