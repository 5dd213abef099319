"""A tiny application around the engine, with toy kinds, on SQLite and on PostgreSQL.

One database per module and kind of database; emptied between tests. The cast: Ana and Ben of one unit, a stranger of
another. Everybody knows who calls: the header X-Agent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask

import sync
from sync.database import Base, db, dispose, init_database, write, writer_engine
from sync.kinds import KINDS
from sync.models import CONFLICT, DEVICE
from tests.sync import toys
from tests.sync.cast import ANA, NAMES, scopes_of
from tests.sync.phone import Phone

DATABASES = ("sqlite", "postgresql")


def engine_tables() -> list[sa.Table]:
    """The engine's own tables (the portal's may stand in the same metadata)."""
    return [mapper.local_table for mapper in Base.registry.mappers if mapper.class_.__module__ == "sync.models"]  # type: ignore[misc]


@contextmanager
def only_toys() -> Iterator[None]:
    """Only the toys and the engine's own kinds exist."""
    kept = dict(KINDS)
    KINDS.clear()
    KINDS.update({kind.name: kind for kind in [*toys.KINDS, CONFLICT, DEVICE]})
    try:
        yield
    finally:
        KINDS.clear()
        KINDS.update(kept)


@pytest.fixture(scope="module", autouse=True)
def toy_kinds() -> Iterator[None]:
    """Only the toys exist while these tests run."""
    with only_toys():
        yield


@pytest.fixture(scope="module", params=DATABASES)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a database of its own."""
    folder = tmp_path_factory.mktemp("engine")
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'toys.sqlite3'}"
    else:
        server = request.getfixturevalue("postgres")
        name = f"toys_{abs(hash(request.module.__name__)) % 10**8}"
        url = fresh_postgres(server, name)
    app = make_app(url, str(folder))
    yield app
    dispose(app)


def fresh_postgres(server: str, name: str) -> str:
    """The address of an empty database on the test server."""
    address = sa.make_url(server).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return address.set(database=name).render_as_string(hide_password=False)


def make_app(url: str, folder: str, **more: object) -> Flask:
    app = Flask("toys")
    app.config.update(DATABASE_URL=url, DATA_DIR=folder, SECRET_KEY="toys", FAILPOINTS="1", TESTING=True, **more)
    app.config["MAX_BODY_BYTES"] = 1024 * 1024
    init_database(app)
    first: dict[str, list[str]] = app.extensions.setdefault("toys.first", {})
    sync.init_app(
        app,
        scopes_of=scopes_of,
        sign_in=lambda request: request.headers.get("X-Agent"),
        agent_name=lambda agent_id: NAMES.get(agent_id, ""),
        first_ids=lambda agent_id, _today: first.get(agent_id, []),
    )
    with app.app_context():
        Base.metadata.create_all(writer_engine(), tables=engine_tables())
        toys.ToyBase.metadata.create_all(writer_engine())
    return app


@pytest.fixture
def app(made: Flask, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application with empty tables, inside its context."""
    with made.app_context():
        empty(made)
        yield made
        db.session.remove()


def empty(made: Flask) -> None:
    """Forget everything."""
    made.extensions["toys.first"].clear()
    made.extensions.pop("doorstep.shelves", None)
    with write() as session:
        for table in [*engine_tables(), *toys.ToyBase.metadata.sorted_tables]:
            session.execute(table.delete())


@pytest.fixture
def quiet() -> Iterator[None]:
    """Where faults are part of the story, nobody has to read about each."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def phone(app: Flask) -> Callable[..., Phone]:
    """`phone()`: a new phone of Ana's; `phone(BEN)`: of Ben's."""

    def register(agent: str = ANA, label: str = "Mate 60") -> Phone:
        return Phone(app.test_client(), agent, label)

    return register
