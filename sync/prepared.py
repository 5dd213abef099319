"""Statements of the hot paths: compiled once for a kind of database, then handed to the driver as they are.

For a statement that finds a row or two SQLAlchemy's own way costs three times what the database needs.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

Reader = tuple[int, Callable[[Any], Any]]


def run(connection: sa.Connection, statement: str, values: Any = ()) -> None:
    """Execute it inside the connection's transaction; the driver's errors become SQLAlchemy's, without values."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, values)
    except Exception as error:
        _fail(connection, statement, error)
    finally:
        cursor.close()


def run_many(connection: sa.Connection, statement: str, lines: Any) -> None:
    """The same for every line."""
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(statement, lines)
    except Exception as error:
        _fail(connection, statement, error)
    finally:
        cursor.close()


def found(connection: sa.Connection, statement: str, values: Any) -> Sequence[Any]:
    """All the rows that it finds, as the driver gives them."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, values)
        return cursor.fetchall()
    except Exception as error:
        _fail(connection, statement, error)
    finally:
        cursor.close()


def stream(connection: sa.Connection, query: sa.Select[Any], size: int) -> Iterator[Sequence[Any]]:
    """The rows of a SELECT whose parameters are texts, read `size` at a time: never all of them in memory."""
    dialect = connection.dialect
    compiled: Any = query.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    values = compiled.construct_params()
    given = [values[name] for name in compiled.positiontup] if compiled.positional else values
    readers = _readers_of(query, dialect)
    raw: Any = connection.connection
    # PostgreSQL would send everything at once to a cursor without a name.
    cursor = raw.driver_connection.cursor("download") if dialect.name == "postgresql" else raw.cursor()
    try:
        cursor.execute(compiled.string, given)
        while rows := cursor.fetchmany(size):
            yield from (_typed(list(row), readers) for row in rows) if readers else rows
    except Exception as error:
        _fail(connection, compiled.string, error)
    finally:
        cursor.close()


def _readers_of(query: sa.Select[Any], dialect: sa.Dialect) -> list[Reader]:
    """What makes values of the driver's, by their place in a row."""
    readers = (column.type.dialect_impl(dialect).result_processor(dialect, None) for column in query.selected_columns)
    return [(at, read) for at, read in enumerate(readers) if read]


def _typed(row: list[Any], readers: list[Reader]) -> list[Any]:
    for at, read in readers:
        row[at] = read(row[at])
    return row


@contextmanager
def together(connection: sa.Connection) -> Iterator[None]:
    """Around statements whose answers nobody needs: PostgreSQL gets all of them before it is asked how they went."""
    if connection.dialect.name != "postgresql":
        yield
        return
    psycopg: Any = connection.connection.driver_connection
    try:
        with psycopg.pipeline():
            yield
    except Exception as error:
        _fail(connection, "several statements", error)


def _fail(connection: sa.Connection, statement: str, error: Exception) -> NoReturn:
    """Raise SQLAlchemy's error for one of the driver; any other as it is."""
    dialect = connection.dialect
    dbapi: Any = dialect.dbapi
    if not isinstance(error, dbapi.Error):
        raise error
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
        self._names = names
        self._parameters = [_parameter(name, compiled.binds[name], dialect) for name in names]
        select = statement if isinstance(statement, sa.Select) else sa.select()
        self._readers = _readers_of(select, dialect)
        self._row = _rows_of([str(column.key) for column in select.selected_columns])

    def run(self, connection: sa.Connection, **values: Any) -> None:
        """Execute it."""
        run(connection, self._sql, self._given(values))

    def rows(self, connection: sa.Connection, **values: Any) -> Sequence[Any]:
        """Everything it finds, as the types of the columns say."""
        rows = found(connection, self._sql, self._given(values))
        return [self._read(list(row)) for row in rows] if self._readers else list(map(self._row._make, rows))

    def lists(self, connection: sa.Connection, **values: Any) -> Sequence[Sequence[Any]]:
        """As `rows`, for many rows that are read by place."""
        rows = found(connection, self._sql, self._given(values))
        return [_typed(list(row), self._readers) for row in rows] if self._readers else rows

    def _given(self, values: dict[str, Any]) -> Any:
        given = [
            make(values.get(name, usual)) if make else values.get(name, usual) for name, usual, make in self._parameters
        ]
        return given if self._by_position else dict(zip(self._names, given, strict=True))

    def _read(self, row: list[Any]) -> Any:
        return self._row._make(_typed(row, self._readers))

    def row(self, connection: sa.Connection, **values: Any) -> Any | None:
        """The first row it finds, if there is one."""
        rows = self.rows(connection, **values)
        return rows[0] if rows else None


def _rows_of(names: list[str]) -> Any:
    return namedtuple("Found", names, rename=True)


def _parameter(name: str, bind: Any, dialect: sa.Dialect) -> tuple[str, Any, Callable[[Any], Any] | None]:
    if bind.expanding:
        raise ValueError(f"{name}: a list is one parameter here, see `among`")
    return name, bind.value, bind.type.dialect_impl(dialect).bind_processor(dialect)
