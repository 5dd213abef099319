"""The database: one declarative base, a reading session and the one way to write.

SQLite gets two engines on one file: readers are deferred, the writer begins `IMMEDIATE`, so that a write never fails
half-way because somebody else wrote in between. The writer's pool holds one connection: writers of one process queue
there, in order, instead of polling a busy file. PostgreSQL needs no second engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

import sqlalchemy as sa
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import QueuePool

from sync.prepared import run

BUSY_SECONDS = 10
_NO_BEGIN = "doorstep_no_begin"


class Base(DeclarativeBase):
    """The base of every model of the house, synced or not."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def table_of(model: type[DeclarativeBase]) -> sa.Table:
    """The table of a model, for statements that do without objects."""
    return cast(sa.Table, model.__table__)


db = SQLAlchemy(model_class=Base, disable_autonaming=True)

_writing: ContextVar[bool] = ContextVar("writing", default=False)
_glancing: ContextVar[sa.Connection | None] = ContextVar("glancing", default=None)


def init_database(app: Flask) -> None:
    """Open the engines for `app.config["DATABASE_URL"]`; `db.session` reads, `write()` writes."""
    url = sa.make_url(app.config.get("DATABASE_URL") or app.config["SQLALCHEMY_DATABASE_URI"])
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite and url.database in (None, "", ":memory:"):
        raise ValueError("DATABASE_URL must name an SQLite file: two engines share it.")
    # Parameters hold what people typed: they never go into an error's text, and so into no log.
    # A request may hold two connections, to read and to write: no thread waits for what another cannot give back.
    threads = max(8, int(app.config.get("THREADS", 8)))
    room = {"pool_size": threads, "max_overflow": 2 * threads, "hide_parameters": True}
    options: dict[str, Any] = {**room, "pool_recycle": 1800}
    if sqlite:
        options = {**room, "poolclass": QueuePool, "connect_args": _sqlite_arguments()}
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)
    db.init_app(app)
    with app.app_context():
        reader = db.engine
    writer = reader
    if sqlite:
        _prepare_sqlite(reader, "BEGIN")
        writer = sa.create_engine(
            reader.url,
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=0,
            pool_timeout=BUSY_SECONDS,
            hide_parameters=True,
            connect_args=_sqlite_arguments(),
        )
        _prepare_sqlite(writer, "BEGIN IMMEDIATE")
    app.extensions["doorstep.writer"] = writer


def writer_engine(app: Flask | None = None) -> sa.Engine:
    """The engine that writes; migrations and `create_all` use it too."""
    return (app or current_app).extensions["doorstep.writer"]


def dispose(app: Flask) -> None:
    """Close every connection of the application (tests, and before a fork)."""
    writer_engine(app).dispose()
    with app.app_context():
        db.engine.dispose()


@contextmanager
def write() -> Iterator[Session]:
    """One transaction on the writer: committed at the end, undone by any exception.

    Never opened inside another `write()`: the second would wait for the first for ever.
    """
    with _alone(), Session(writer_engine(), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def write_rows() -> Iterator[sa.Connection]:
    """As `write()`, for those who need no session: making one costs as much as writing a record."""
    with _alone(), writer_engine().begin() as connection:
        yield connection


@contextmanager
def _alone() -> Iterator[None]:
    """Around the one transaction that writes; who listens is told after its commit."""
    if _writing.get():
        raise RuntimeError("write() inside write(): pass the session on instead.")
    mark = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(mark)
    for hear in current_app.extensions.get("doorstep.committed", ()):
        hear()  # sync.live: phones that listen are told


@contextmanager
def consistent_read() -> Iterator[sa.Connection]:
    """A connection whose statements all see one and the same moment of the database."""
    engine = db.engine
    if engine.dialect.name == "postgresql":
        engine = _isolated(engine, "REPEATABLE READ")
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def glance() -> Iterator[sa.Connection]:
    """A connection for single statements, each of which sees its own moment; no transaction is around it.

    Inside another `glance()` it is that one's connection: one request needs one.
    """
    outer = _glancing.get()
    if outer is not None:
        yield outer
        return
    engine = db.engine
    if engine.dialect.name == "postgresql":
        engine = _isolated(engine, "AUTOCOMMIT")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection = connection.execution_options(**{_NO_BEGIN: True})
        mark = _glancing.set(connection)
        try:
            yield connection
        finally:
            _glancing.reset(mark)


def _isolated(engine: sa.Engine, level: str) -> sa.Engine:
    """The same engine and pool, at another isolation level."""
    engines = current_app.extensions.setdefault("doorstep.isolated", {})
    if level not in engines:
        engines[level] = engine.execution_options(isolation_level=level)
    return engines[level]


def _sqlite_arguments() -> dict[str, Any]:
    return {"timeout": BUSY_SECONDS, "check_same_thread": False}


def _prepare_sqlite(engine: sa.Engine, begin: str) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin by itself
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # erased means erased, also in free pages
        cursor.close()

    @event.listens_for(engine, "begin")
    def started(connection: sa.Connection) -> None:
        if not connection.get_execution_options().get(_NO_BEGIN):
            run(connection, begin)
