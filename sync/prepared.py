"""Statements of the hot paths: compiled once for a kind of database, then handed to the driver as they are.

For a statement that finds a row or two SQLAlchemy's own way costs three times what the database needs.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError


@contextmanager
def driver(connection: sa.Connection, statement: str) -> Iterator[Any]:
    """A cursor of the driver inside the connection's transaction; its errors become SQLAlchemy's, without values."""
    cursor = connection.connection.cursor()
    try:
        with _errors(connection, statement):
            yield cursor
    finally:
        cursor.close()


@contextmanager
def together(connection: sa.Connection) -> Iterator[None]:
    """Around statements whose answers nobody needs: PostgreSQL gets all of them before it is asked how they went."""
    if connection.dialect.name != "postgresql":
        yield
        return
    psycopg: Any = connection.connection.driver_connection
    with _errors(connection, "several statements"), psycopg.pipeline():
        yield


@contextmanager
def _errors(connection: sa.Connection, statement: str) -> Iterator[None]:
    dialect = connection.dialect
    dbapi: Any = dialect.dbapi
    try:
        yield
    except dbapi.Error as error:
        if dialect.is_disconnect(error, connection.connection.dbapi_connection, None):
            connection.invalidate(error)
        raise DBAPIError.instance(statement, None, error, dbapi.Error, hide_parameters=True, dialect=dialect) from error


class Prepared:
    """A compiled SELECT, UPDATE or DELETE. Its parameters are given by name, each time all that have no value yet."""

    def __init__(self, statement: Any, dialect: sa.Dialect):
        compiled = statement.compile(dialect=dialect)
        self._sql: str = compiled.string
        self._by_position = bool(compiled.positional)
        names = compiled.positiontup if self._by_position else list(compiled.binds)
        self._parameters = [_parameter(name, compiled.binds[name], dialect) for name in names]
        columns = list(statement.selected_columns) if isinstance(statement, sa.Select) else []
        readers = (column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
        self._readers = [(at, read) for at, read in enumerate(readers) if read]
        self._row = _rows_of([str(column.key) for column in columns])

    def run(self, connection: sa.Connection, **values: Any) -> None:
        """Execute it."""
        with driver(connection, self._sql) as cursor:
            cursor.execute(self._sql, self._given(values))

    def rows(self, connection: sa.Connection, **values: Any) -> Sequence[Any]:
        """Everything it finds, as the types of the columns say."""
        with driver(connection, self._sql) as cursor:
            cursor.execute(self._sql, self._given(values))
            found = cursor.fetchall()
        return [self._read(list(row)) for row in found] if self._readers else [self._row._make(row) for row in found]

    def _given(self, values: dict[str, Any]) -> Any:
        named = {
            name: make(values.get(name, given)) if make else values.get(name, given)
            for name, given, make in self._parameters
        }
        return tuple([named[name] for name, _, _ in self._parameters]) if self._by_position else named

    def _read(self, row: list[Any]) -> Any:
        for at, read in self._readers:
            row[at] = read(row[at])
        return self._row._make(row)

    def row(self, connection: sa.Connection, **values: Any) -> Any | None:
        """The first row it finds, if there is one."""
        found = self.rows(connection, **values)
        return found[0] if found else None


def _rows_of(names: list[str]) -> Any:
    return namedtuple("Found", names, rename=True)


def _parameter(name: str, bind: Any, dialect: sa.Dialect) -> tuple[str, Any, Callable[[Any], Any] | None]:
    if bind.expanding:
        raise ValueError(f"{name}: a list is one parameter here, see `among`")
    return name, bind.value, bind.type.dialect_impl(dialect).bind_processor(dialect)
