"""`doorstep backup`, `restore` and `check` on the whole house: across databases, across versions, through the console."""

from __future__ import annotations

import json
import os
import shutil
from contextvars import Context
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from portal import create_app
from portal.cli import main, upgrade
from portal.recovery import migrate_on
from sync.apply import apply_edits
from sync.archive import reading
from sync.backup import back_up, revision_of, tables_of
from sync.columns import new_id, utcnow
from sync.database import consistent_read, db, dispose, writer_engine
from sync.devices import server_author
from sync.keyprints import hold_keys
from sync.keyring import keyring
from sync.redigest import check_digests
from sync.restore import restore
from tests.conftest import SHORT
from tests.people import cast

ROOT = Path(__file__).parents[2]


@pytest.fixture
def filled(app) -> dict[str, list]:
    """An office with people, families and a conflict; every row of it."""
    people = cast(app)
    author = server_author("office", people.ana.id)
    customer = new_id()
    wanted = {
        "customer": (
            customer,
            {"name": "林雪梅", "mobile": "13800000005", "birth_date": "1988-02-29", "has_car": True},
        ),
        "visit": (new_id(), {"customer_id": customer, "note": "谈过 𠮷", "started_at": "2026-11-22T01:30:00.123Z"}),
    }
    for kind, (row_id, fields) in wanted.items():
        sets = {name: [None, value] for name, value in fields.items()}
        (verdict,) = apply_edits([{"op": "create", "kind": kind, "id": row_id, "set": sets}], author)
        assert verdict["verdict"] == "ok"
    stale = {"op": "update", "kind": "customer", "id": customer, "base": 1, "set": {"mobile": ["1", "13900000005"]}}
    assert apply_edits([stale], author)[0]["verdict"] == "conflict"
    hold_keys()
    return content()


def content() -> dict[str, list]:
    """What is in the database, the same for both kinds of it, without the epochs."""
    with consistent_read() as connection:
        return {
            table.name: sorted(
                repr([_plain(value) for value in row])
                for row in connection.execute(
                    sa.select(*(column for column in table.columns if column.name != "epoch"))
                )
            )
            for table in tables_of(connection)
        }


def _plain(value):
    if hasattr(value, "tzinfo"):
        return str(value.replace(tzinfo=None))
    return bool(value) if isinstance(value, bool) else int(value) if isinstance(value, int) else value


def folded(found: dict[str, list]) -> dict[str, list]:
    """SQLite says 1 where PostgreSQL says True."""
    return {name: [row.replace("True", "1").replace("False", "0") for row in rows] for name, rows in found.items()}


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request, tmp_path, app):
    """An empty database of the other sort, and of the same, with the same keys."""
    from tests.conftest import _administer, _url_of

    folder = tmp_path / "other"
    folder.mkdir(exist_ok=True)
    name = f"r{os.getpid()}_{abs(hash(str(tmp_path))) % 10**8}"
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    if server:
        _administer(server, f"CREATE DATABASE {name}")
    url = _url_of(server, name) if server else f"sqlite:///{folder / 'other.sqlite3'}"
    made = create_app({**SHORT, "DATABASE_URL": url, "DATA_DIR": str(folder), "TESTING": True})
    yield made
    dispose(made)
    if server:
        _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def test_from_any_database_into_any_and_back(app, filled, other, tmp_path):
    file, back = tmp_path / "there.backup", tmp_path / "back.backup"
    back_up(file, utcnow())
    shutil.copy(Path(app.config["DATA_DIR"]) / "keys.json", other.config["DATA_DIR"])
    with other.app_context():
        told = restore(file, migrate_on, utcnow())
        assert folded(content()) == folded(filled)
        with consistent_read() as connection:
            found = check_digests(connection, keyring(), mend=False)
        assert found["checked"] > 2
        assert not any(found[name] for name in ("rows", "heads", "unlisted", "rowless", "unreadable"))
        back_up(back, utcnow())
        db.session.remove()
    db.session.remove()
    again = restore(back, migrate_on, utcnow(), force=True)
    assert again["epoch"] > told["epoch"]
    assert content() == filled


def test_an_older_backup_is_brought_to_this_version(app, filled, other, tmp_path):
    """A backup from before the last migrations: its tables are made as they were, filled, and migrated."""
    file = tmp_path / "old.backup"
    with other.app_context():
        shutil.copy(Path(app.config["DATA_DIR"]) / "keys.json", other.config["DATA_DIR"])
        with writer_engine().connect() as connection, connection.begin():
            migrate_on(connection, "0002")
            connection.execute(
                sa.text(
                    "INSERT INTO unit (id, name, parent_id, path, created_at) VALUES ('u2', 'Team', NULL, 'u2', :at)"
                ),
                {"at": "2026-11-25 00:00:00.000000"},
            )
        with consistent_read() as connection:
            assert revision_of(connection) == "0002"
        back_up(file, utcnow())
    with reading(file) as archive:
        assert archive.head["revision"] == "0002"
        assert "key_print" not in {name for name, _columns, rows in archive.tables() if list(rows) is not None}
    db.session.remove()
    restore(file, migrate_on, utcnow(), force=True)
    with consistent_read() as connection:
        assert revision_of(connection) == newest()
        assert connection.execute(sa.text("SELECT name FROM unit")).scalars().all() == ["Team"]
        assert "key_print" in {table.name for table in tables_of(connection)}


def newest() -> str:
    return max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("0*.py"))


def test_units_that_were_put_under_a_younger_one_fit_together(app, filled, tmp_path):
    """A row may point to one that comes after it."""
    with writer_engine().connect() as connection, connection.begin():
        units = connection.execute(sa.text("SELECT id, parent_id FROM unit ORDER BY id")).all()
        root = next(unit.id for unit in units if unit.parent_id is None)
        last = units[-1].id
        connection.execute(sa.text("UPDATE unit SET parent_id = NULL WHERE id = :last"), {"last": last})
        connection.execute(sa.text("UPDATE unit SET parent_id = :last WHERE id = :root"), {"last": last, "root": root})
    file, before = tmp_path / "one.backup", content()
    back_up(file, utcnow())
    db.session.remove()
    restore(file, migrate_on, utcnow(), force=True)
    assert content() == before


def test_a_migration_that_adds_a_field_digests_the_rows_anew(app, filled):
    """As after `doorstep migrate` to 0004: devices have other rows than before."""
    from portal.recovery import redigest_after
    from sync.database import write
    from sync.tables import FEED

    with write() as session:
        session.execute(FEED.update().where(FEED.c.op == "put").values(digest="00000000000000ff"))
    redigest_after(newest())
    with consistent_read() as connection:
        assert check_digests(connection, keyring(), mend=False)["rows"] > 0
    redigest_after("0003")
    with consistent_read() as connection:
        found = check_digests(connection, keyring(), mend=False)
    assert (found["rows"], found["heads"]) == (0, 0)


def test_upgrading_is_what_asks_for_it(app, filled, monkeypatch):
    asked: list = []
    monkeypatch.setattr("portal.recovery.redigest_after", asked.append)
    db.session.remove()
    upgrade(app)
    assert asked == [newest()]


# Through the console


@pytest.fixture
def doorstep(app, database, filled):
    """The console script on this database; gives (exit code, what it said)."""
    db.session.remove()
    dispose(app)

    def run(*arguments: str, **more: str) -> tuple[int, str]:
        environment = {"DATABASE_URL": database, "DATA_DIR": str(app.config["DATA_DIR"]), **more}
        made = Context().run(CliRunner().invoke, main, list(arguments), env=environment)
        return made.exit_code, made.output

    return run


def test_the_day_after(app, filled, doorstep, tmp_path):
    code, said = doorstep("backup", str(tmp_path), "--json")
    told = json.loads(said)
    assert code == 0
    assert Path(told["file"]).parent == tmp_path
    assert Path(told["file"]).name.startswith("doorstep-2")
    assert doorstep("backup", told["file"])[0] == 1
    assert doorstep("restore", told["file"])[0] == 1
    code, said = doorstep("restore", told["file"], "--force", "--json")
    assert code == 0
    assert json.loads(said)["epoch"] > 1
    assert doorstep("check")[0] == 0
    assert content() == filled
    code, said = doorstep("restore", str(tmp_path / "nothing"), "--force")
    assert (code, "There is no file" in said) == (1, True)


def test_a_wrong_folder_is_refused_at_the_door(doorstep, tmp_path):
    wrong = tmp_path / "wrong"
    for command in (["serve"], ["worker", "--once"], ["migrate"], ["check"], ["backup", str(tmp_path)]):
        code, said = doorstep(*command, DATA_DIR=str(wrong))
        assert (code, "Is DATA_DIR right?" in said) == (1, True), said
        assert not (wrong / "keys.json").exists()
