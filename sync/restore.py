"""Putting a backup into a database: all of it or nothing, in one transaction.

What was there is dropped, the tables are made as they were when the backup was made, filled, brought to the newest
migration and given a new epoch; then it is committed. A power cut anywhere before that leaves the old database. Every
sum of the backup is checked before anything is touched.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sync.archive import BadArchive, Columns, reading
from sync.backup import TYPES, VERSION_TABLE, epoch_of, tables_of
from sync.database import db, writer_engine
from sync.failpoints import failpoint
from sync.keyprints import check, kept_prints
from sync.keyring import Keyring, keep_name, keyring_path
from sync.redigest import check_digests

#: Brings the tables on a connection to a migration (None: the newest) without committing.
Migrate = Callable[[sa.Connection, str | None], None]

BATCH = 1000
_DAY_ZERO = datetime(2026, 1, 1, tzinfo=UTC)


class CannotRestore(Exception):
    """Nothing was changed; the message says why."""


def restore(path: Path, migrate: Migrate, now: datetime, *, force: bool = False) -> dict[str, Any]:
    """Put the backup in `path` into the database. Raises CannotRestore, BadArchive, WrongKeys; then nothing was changed.

    Without `force` a database that holds anything, or is in use, is refused.
    """
    head, tables = verify(path)
    ring = _ring(head)
    with _alone(force) as connection:
        before = _look(connection, force)
        epoch = next_epoch(int(head["epoch"]), before, now)
        _drop(connection, tables)
        _fill(connection, path, head["revision"], migrate)
        migrate(connection, None)
        connection.execute(sa.text("UPDATE scope_head SET epoch = :epoch"), {"epoch": epoch})
        _keep_epoch(connection, epoch)
        _note_prints(connection, ring)
        digests = check_digests(connection, ring, mend=True)
        failpoint("restore-before-commit")
        connection.commit()
    return {
        "restored": str(path),
        "made_at": head["made_at"],
        "rows": sum(tables.values()),
        "revision": head["revision"],
        "epoch": epoch,
        "digests_mended": digests["rows"] + digests["heads"],
    }


def verify(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """Read the whole backup and check every sum; its head, and the number of rows of each table. Raises BadArchive."""
    try:
        with reading(path) as archive:
            tables = {name: sum(1 for _row in rows) for name, _columns, rows in archive.tables()}
            return archive.head, tables
    except FileNotFoundError:
        raise BadArchive(f"There is no file {path}.") from None


def next_epoch(archived: int, replaced: int, now: datetime) -> int:
    """A number no phone has seen: after those that are known, and after the clock.

    One more than the known ones is not enough: a machine that is lost after a restore takes that epoch with it, and the
    same backup restored again would get it a second time.
    """
    return max(archived + 1, replaced + 1, int((now - _DAY_ZERO).total_seconds()))


def _ring(head: dict[str, Any]) -> Keyring:
    """The keys the backup was sealed with: those in DATA_DIR, or, where there are none, those in the backup."""
    path = keyring_path()
    if not path.exists() and "keyring" in head:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(json.dumps(json.loads(head["keyring"]), indent=1))
            file.flush()
            os.fsync(file.fileno())
        keep_name(path.parent)
    if not path.exists():
        raise CannotRestore(
            f"There is no {path}, and the backup was made without keys. "
            "Put the keys.json that belongs to it there; without it the sealed values open for nobody."
        )
    ring = Keyring.load(path)
    check(ring, head["keys"], f"The backup was sealed with other keys than those in {path}; nothing was changed.")
    return ring


def _alone(force: bool) -> Any:
    """A connection in a transaction that is ours alone. Raises CannotRestore when somebody else is connected."""
    return _sqlite(force) if writer_engine().dialect.name == "sqlite" else _postgres(force)


class _Alone:
    def __init__(self, connection: sa.Connection, after: Callable[[], None] = lambda: None):
        self.connection, self.after = connection, after

    def __enter__(self) -> sa.Connection:
        return self.connection

    def __exit__(self, *_fault: Any) -> None:
        try:
            self.connection.rollback()  # nothing, after the commit
            self.after()
        finally:
            self.connection.close()


def _sqlite(force: bool) -> _Alone:
    db.engine.dispose()  # our own readers would count as somebody else
    connection = writer_engine().connect()
    driver: Any = connection.connection.driver_connection
    try:
        if not force:
            _refuse_in_use(driver)
        driver.execute("PRAGMA foreign_keys=OFF")  # cannot be changed inside a transaction; checked at its end
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return _Alone(connection, lambda: driver.execute("PRAGMA foreign_keys=ON"))


def _refuse_in_use(driver: Any) -> None:
    """Leaving the WAL needs the file for oneself: it fails while any other process has it open."""
    import sqlite3

    try:
        driver.execute("PRAGMA busy_timeout=300")
        driver.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError:
        raise CannotRestore("The database is in use: stop the server and the worker first.") from None
    finally:
        driver.execute("PRAGMA busy_timeout=10000")
        driver.execute("PRAGMA journal_mode=WAL")


def _postgres(force: bool) -> _Alone:
    db.engine.dispose()
    connection = writer_engine().connect()
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    if not force and connection.scalar(sa.text(others)):
        connection.close()
        raise CannotRestore("The database is in use: stop the server and the worker first.")
    return _Alone(connection)


def _look(connection: sa.Connection, force: bool) -> int:
    """The epoch of what will be replaced, 0 when there is nothing. Raises CannotRestore when there is something."""
    tables = tables_of(connection)
    if not force:
        for table in tables:
            if (
                table.name != "key_print"
                and connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
            ):
                raise CannotRestore("The database is not empty. With --force all that is in it is replaced.")
    return epoch_of(connection) if any(table.name == "scope_head" for table in tables) else 0


def _drop(connection: sa.Connection, archived: Iterable[str]) -> None:
    """Drop what is ours: the tables of this version, those of the backup, and the note of the migration."""
    ours = {*db.metadata.tables, *archived, VERSION_TABLE}
    there = sa.MetaData()
    there.reflect(connection)
    there.drop_all(connection, tables=[table for table in there.sorted_tables if table.name in ours])


def _fill(connection: sa.Connection, path: Path, revision: str, migrate: Migrate) -> None:
    """Make the tables as they were at the time of the backup, and fill them."""
    migrate(connection, revision)
    _constraints(connection, "DEFERRABLE INITIALLY DEFERRED")
    with reading(path) as archive:
        for name, columns, rows in archive.tables():
            _insert(connection, name, columns, rows)
            failpoint("restore-between-tables")
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
        _constraints(connection, "NOT DEFERRABLE")
    elif connection.execute(sa.text("PRAGMA foreign_key_check")).first():
        raise CannotRestore("The rows of the backup do not fit together; nothing was changed.")


def _constraints(connection: sa.Connection, how: str) -> None:
    """Rows of one table may point to each other: PostgreSQL is to look at the end only."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables_of(connection):
        for constraint in table.foreign_key_constraints:
            connection.execute(sa.text(f'ALTER TABLE "{table.name}" ALTER CONSTRAINT "{constraint.name}" {how}'))


def _insert(connection: sa.Connection, table: str, columns: Columns, rows: Iterator[list[Any]]) -> None:
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'"{name}"' for name, _ in columns)
        driver: Any = connection.connection.driver_connection
        with driver.cursor().copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        return
    plain = sa.table(table, *(sa.column(name, TYPES[holds]) for name, holds in columns))
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append({name: _naive(value) for (name, _), value in zip(columns, row, strict=True)})
        if len(batch) == BATCH:
            connection.execute(plain.insert(), batch)
            batch = []
    if batch:
        connection.execute(plain.insert(), batch)


def _naive(value: Any) -> Any:
    """SQLite keeps instants as they are in UTC, without saying so."""
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


def _keep_epoch(connection: sa.Connection, epoch: int) -> None:
    """A backup from before anybody synced has no heads: the first one made takes the epoch from here."""
    if connection.scalar(sa.text("SELECT count(*) FROM scope_head")):
        return
    line = {"scope": "org", "seq": 0, "epoch": epoch, "digest": "0" * 16, "floor": 0}
    connection.execute(
        sa.text(
            "INSERT INTO scope_head (scope, seq, epoch, digest, floor) VALUES (:scope, :seq, :epoch, :digest, :floor)"
        ),
        line,
    )


def _note_prints(connection: sa.Connection, ring: Keyring) -> None:
    kept = kept_prints(connection)
    fresh = [{"key": name, "print": known} for name, known in ring.prints.items() if name not in kept]
    if fresh:
        connection.execute(sa.text("INSERT INTO key_print (key, print) VALUES (:key, :print)"), fresh)
