"""A backup: everything in the database at one moment, in one file, while the server goes on working.

One consistent read (SQLite: a reading transaction over the WAL; PostgreSQL: REPEATABLE READ) over whatever tables the
database has, so a backup can be made before a migration too. No `pg_dump` is needed, and a backup of one database can
be restored into the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sync.archive import Writer, writing
from sync.columns import instant_text
from sync.database import consistent_read
from sync.failpoints import failpoint
from sync.keyprints import check, kept_prints
from sync.keyring import keyring, keyring_path

VERSION_TABLE = "alembic_version"
ROWS_AT_ONCE = 1000
#: In this order: a Boolean of SQLAlchemy is not an Integer, a DateTime is not a Date.
_HOLDS = (
    (sa.LargeBinary, "bytes"),
    (sa.Boolean, "bool"),
    (sa.DateTime, "instant"),
    (sa.Date, "date"),
    (sa.Integer, "int"),
    (sa.String, "text"),
)
#: How a column of each sort is asked for, whatever the database calls its type.
TYPES: dict[str, Any] = {
    "bytes": sa.LargeBinary(),
    "bool": sa.Boolean(create_constraint=False),
    "instant": sa.DateTime(timezone=True),
    "date": sa.Date(),
    "int": sa.BigInteger(),
    "text": sa.Text(),
}


class CannotBackUp(Exception):
    """There is nothing to back up, or something this format has no word for."""


def back_up(path: Path, now: datetime, *, with_keys: bool = False, force: bool = False) -> dict[str, Any]:
    """Write a backup to `path` and tell what is in it. Raises CannotBackUp, FileExistsError, WrongKeys."""
    ring = keyring()
    with consistent_read() as connection:
        revision = revision_of(connection)
        if revision is None:
            raise CannotBackUp("This database was never migrated: there is nothing to back up.")
        check(ring, kept_prints(connection), "The keys do not belong to this database.")
        head: dict[str, Any] = {
            "revision": revision,
            "made_at": instant_text(now),
            "database": connection.dialect.name,
            "epoch": epoch_of(connection),
            "keys": ring.prints,
        }
        if with_keys:
            head["keyring"] = keyring_path().read_text()
        with writing(path, force=force) as file:
            writer = Writer(file, head)
            for table in tables_of(connection):
                columns = [(column.name, _holds(column)) for column in table.columns]
                writer.table(table.name, columns, _rows(connection, table.name, columns))
                failpoint("backup-between-tables")
            writer.end()
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "tables": len(writer.tables),
        "rows": writer.rows,
        "revision": revision,
        "epoch": head["epoch"],
        "with_keys": with_keys,
    }


def tables_of(connection: sa.Connection) -> list[sa.Table]:
    """The tables as they are in the database, those that others point to first."""
    found = sa.MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != VERSION_TABLE]


def revision_of(connection: sa.Connection) -> str | None:
    """The migration the database has reached."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))


def epoch_of(connection: sa.Connection) -> int:
    """The epoch of all heads; 1 while there are none."""
    return connection.scalar(sa.text("SELECT max(epoch) FROM scope_head")) or 1


def _holds(column: sa.Column[Any]) -> str:
    for wanted, holds in _HOLDS:
        if isinstance(column.type, wanted):
            return holds
    raise CannotBackUp(f"{column.table.name}.{column.name} has the type {column.type!r}, which a backup cannot hold.")


def _rows(connection: sa.Connection, table: str, columns: Any) -> Iterator[Any]:
    plain = sa.table(table, *(sa.column(name, TYPES[holds]) for name, holds in columns))
    query = sa.select(*plain.columns)
    yield from connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
