"""Files of other programs go in and out again; the table of docs/imports.md says what became of each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.imports.models import ImportJob
from sync.database import db
from tests.fixtures.real_files import FILES, RealFile
from tests.people import cast, sign_in
from tests.portal.imports.test_writing import counts, path_of, run, upload

DOCS = Path(__file__).parents[3] / "docs" / "imports.md"
HEAD = "| file | from | read as | customers | family | policies | mended | left aside | refused |"


@pytest.fixture
def ana(app, client):
    return sign_in(client, cast(app).ana)


def go_back(client, path: str) -> None:
    """Take an import back to the end, as without script."""
    assert client.post(f"{path}/undo").status_code == 303
    for _turn in range(100):
        if f"{path}/undo/steps" not in client.get(f"{path}/undo").text:
            return
        assert client.post(f"{path}/undo/steps").status_code == 303
    raise AssertionError("the way back does not end")


def line_of(file: RealFile, job: ImportJob, read_as: str) -> str:
    said = job.counts
    written = (said["created"][kind] for kind in ("customer", "relative", "policy"))
    figures = [*written, said["mended"], said["aside"], said["faulty_rows"]]
    return f"| `{file.name}` | {file.origin} | {read_as} | " + " | ".join(str(figure) for figure in figures) + " |"


def test_the_table_of_the_documents_is_true(app, ana):
    """Each file is imported, what is in the book is counted, and the import taken back: nothing is left of it."""
    lines = []
    for file in FILES:
        path = path_of(upload(ana, file.make(), file.name))
        ana.set_cookie("lang", "en")
        read_as = re.search(r"<h2>What would happen</h2><span>(.*?)</span>", ana.get(path).text)
        run(ana, path)
        db.session.rollback()
        job = db.session.get_one(ImportJob, path.rpartition("/")[2])
        assert job.counts["refused"] == 0
        assert counts() == tuple(job.counts["created"][kind] for kind in ("customer", "relative", "policy"))
        lines.append(line_of(file, job, (read_as and read_as[1]) or "workbook"))
        go_back(ana, path)
        assert counts() == (0, 0, 0)
    table = "\n".join(lines)
    assert HEAD in DOCS.read_text()
    assert table in DOCS.read_text(), f"\n{table}\n"


def test_nothing_of_a_file_stays_when_it_was_taken_back(app, ana):
    path = path_of(upload(ana, FILES[0].make(), FILES[0].name))
    run(ana, path)
    go_back(ana, path)
    for table in ("import_record", "import_chunk"):
        text = repr(db.session.execute(sa.text(f"select * from {table}")).all())
        assert "林雪梅" not in text
