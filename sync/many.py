"""One statement for many lines: compiled once, and then handed to the driver without a look at every value's type.

SQLAlchemy's own executemany spends more time on preparing the lines of a push than the database on storing them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

#: PostgreSQL counts them in 16 bits.
MOST_PARAMETERS = 30_000

_GROUP = re.compile(r"^INSERT .* VALUES (\(.*\))(?= ON CONFLICT|$)", re.DOTALL)
_NAME = re.compile(r"%\((\w+)\)s")

Maker = tuple[str, Callable[[Any], Any] | None]


class Many:
    """A compiled statement. `columns` gives the type of each parameter by its name."""

    def __init__(self, statement: Any, columns: Mapping[str, sa.Column[Any]], dialect: sa.Dialect):
        compiled = statement.compile(dialect=dialect, column_keys=list(columns))
        self._sql = compiled.string
        self._by_position = bool(compiled.positional)
        order = compiled.positiontup if self._by_position else list(columns)
        self._makers: list[Maker] = [(name, _processor(columns[name].type, dialect)) for name in order]
        self._group = _GROUP.search(self._sql) if dialect.name == "postgresql" else None

    def run(self, connection: sa.Connection, lines: Sequence[Mapping[str, Any]]) -> None:
        """Execute the statement for every line. Raises StatementError for a value its column does not take."""
        try:
            values = self._values(lines)
        except (TypeError, ValueError) as error:
            raise sa.exc.StatementError("a value does not fit its column", self._sql, None, error) from None
        if self._group is None:
            connection.exec_driver_sql(self._sql, values)
        else:
            self._insert(connection, self._group, values)

    def _insert(self, connection: sa.Connection, group: re.Match[str], values: list[dict[str, Any]]) -> None:
        """On PostgreSQL one INSERT with many rows: a message each costs more than the row itself."""
        names = _NAME.findall(group[1])
        one = _NAME.sub("%s", group[1])
        at_once = MOST_PARAMETERS // len(names)
        for start in range(0, len(values), at_once):
            some = values[start : start + at_once]
            rows = ", ".join([one] * len(some))
            sql = self._sql[: group.start(1)] + rows + self._sql[group.end(1) :]
            connection.exec_driver_sql(sql, tuple([line[name] for line in some for name in names]))

    def _values(self, lines: Sequence[Mapping[str, Any]]) -> Any:
        makers = self._makers
        if self._by_position:
            return [tuple([make(line[name]) if make else line[name] for name, make in makers]) for line in lines]
        return [{name: make(line[name]) if make else line[name] for name, make in makers} for line in lines]


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
    return Many(table.insert(), dict(table.columns), dialect)


@lru_cache(maxsize=512)
def updating(table: sa.Table, names: tuple[str, ...], dialect: sa.Dialect) -> Many:
    """UPDATE of these columns, of the row whose id is `this`."""
    columns = table.columns
    statement = table.update().where(columns["id"] == sa.bindparam("this"))
    values: dict[str, Any] = {name: sa.bindparam(name) for name in names}
    return Many(statement.values(values), {name: columns[name] for name in names} | {"this": columns["id"]}, dialect)
