"""The worker does every chore, whatever happens to the others, and the console starts it."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from click.testing import CliRunner

from notifications.worker import run
from portal.cli import main
from portal.imports.jobs import check, keep
from portal.imports.models import ImportJob
from portal.imports.uploads import read_files
from sync.columns import utcnow
from sync.database import db, write
from tests.people import cast


def test_one_chore_that_falls_over_stops_no_other(app):
    done = []

    def broken(_now):
        raise ValueError("不小心")

    assert run(app, [done.append, done.append], once=True)
    assert not run(app, [broken, done.append], once=True)
    assert len(done) == 3


def test_the_console_tidies_up_what_nobody_ran(app, monkeypatch):
    ana = cast(app).ana
    upload = read_files([("book.csv", "姓名\n林知秋\n".encode())], check, str)
    fresh, old = (keep(ana.id, "book.csv", upload) for _ in range(2))
    with write() as session:
        long_ago = utcnow() - timedelta(days=4)
        session.execute(sa.update(ImportJob).where(ImportJob.id == old).values(created_at=long_ago))
    monkeypatch.setattr("portal.cli.create_app", lambda: app)
    ran = CliRunner().invoke(main, ["worker", "--once"])
    assert ran.exit_code == 0, ran.output
    db.session.rollback()
    assert db.session.scalars(sa.select(ImportJob.id)).all() == [fresh]
