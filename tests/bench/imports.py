"""Files in and out: rows a second of import (read, planned, written, taken back) and of export, in one process on SQLite."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.bench.report import Report
from tests.fixtures.make_books import csv_bytes, excel, flat_rows, people, three_sheets

ROWS = 5_000
CUSTOMERS = 2_000


def run(report: Report, folder: Path) -> None:
    """Each file into a book of its own."""
    from portal import create_app
    from portal.cli import upgrade
    from sync.database import dispose

    home = folder / "imports"
    home.mkdir()
    app = create_app({"DATA_DIR": str(home), "DATABASE_URL": f"sqlite:///{home}/bench.sqlite3", "LOG_LEVEL": "ERROR"})
    upgrade(app)
    report.title(f"files in and out, one process, SQLite, {ROWS:,} rows or cards")
    with app.app_context(), app.test_request_context():
        agents = _agents()
        for (name, data, rows), agent in zip(_files(), agents, strict=False):
            _import(report, name, data, rows, agent)
        _exports(report, agents[0])
    dispose(app)


def _agents() -> list[str]:
    from tests.bench.book import _people

    return _people()


def _files() -> list[tuple[str, bytes, int]]:
    book = people(CUSTOMERS)
    head, *lines = flat_rows(book)
    rows = lines[:ROWS]
    sheets = three_sheets(book)
    return [
        ("workbook", excel(sheets), sum(len(sheet) - 1 for sheet in sheets.values())),
        ("csv, GB18030", csv_bytes([head, *rows], "gb18030"), len(rows)),
        ("cards, 2.1, quoted-printable", _cards(ROWS), ROWS),
    ]


def _cards(count: int) -> bytes:
    from tests.fixtures.real_files import quoted

    utf8 = b";CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:"
    return b"".join(
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nN" + utf8 + b";" + quoted(f"客户{at}") + b";;;\r\nFN" + utf8 + quoted(f"客户{at}")
        + b"\r\nTEL;CELL:138-" + b"%04d-%04d" % divmod(at, 10_000) + b"\r\nEND:VCARD\r\n"
        for at in range(count)
    )  # fmt: skip


def _import(report: Report, name: str, data: bytes, rows: int, agent: str) -> None:
    from portal.imports import jobs, undo
    from portal.imports.uploads import read_files

    seconds: dict[str, float] = {}

    def timed(step: str, work: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        made = work()
        seconds[step] = time.perf_counter() - begun
        return made

    upload = timed("read", lambda: read_files([("file", data)], jobs.check, str))
    job_id = timed("planned", lambda: jobs.keep(agent, "file", upload))
    timed("written", lambda: _finish(agent, job_id))
    job = jobs.job_of(agent, job_id)
    assert job is not None
    written = sum(job.counts["created"].values())
    whole = sum(seconds.values())
    steps = ", ".join(f"{step} {spent:.1f} s" for step, spent in seconds.items())
    report.figure(
        f"{name}: {rows:,} rows, {written:,} records ({steps})", f"{rows / whole:,.0f} rows/s, {whole:.1f} s", "< 60 s"
    )
    if name.startswith("cards"):
        undo.start(job)
        begun = time.perf_counter()
        while (begun_undo := undo.undo_of(job_id)) and begun_undo.finished_at is None:
            undo.advance(job_id, seconds=60)
        spent = time.perf_counter() - begun
        report.figure(f"{name}: taken back", f"{written / spent:,.0f} records/s, {spent:.1f} s")


def _finish(agent: str, job_id: str) -> None:
    from portal.imports import jobs

    job = jobs.job_of(agent, job_id)
    assert job is not None
    jobs.start(job)
    while (job := jobs.job_of(agent, job_id)) and job.finished_at is None:
        jobs.advance(job, seconds=60)


def _exports(report: Report, agent_id: str) -> None:
    from portal.accounts.models import Agent
    from portal.exports.books import FORMS, OWN, make, wanted
    from sync.database import db

    db.session.rollback()
    agent = db.session.execute(sa.select(Agent).where(Agent.id == agent_id)).scalar_one()
    for form in FORMS:
        asked = wanted(agent, OWN, form, "", sensitive=False)
        begun = time.perf_counter()
        file = make(agent, asked)
        spent = time.perf_counter() - begun
        rows = sum(file.counts.values())
        size = f"{len(file.data) / 1024:,.0f} KB"
        report.figure(f"export .{form}: {rows:,} records, {size}", f"{rows / spent:,.0f} rows/s, {spent:.1f} s")
