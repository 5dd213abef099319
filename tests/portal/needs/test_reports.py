"""The report off the phone: who may read it, what is on paper, and that the same analysis gives the same bytes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.needs import paper
from portal.needs.definitions import publish_ours
from portal.needs.models import AnalysisReading
from sync.columns import new_id
from sync.database import db
from tests.people import Cast, cast, sign_in
from tests.portal.needs.families import ASSUMPTIONS, MODEL, QUESTIONS, TODAY, the_lis
from tests.portal.needs.test_records import Book

WHO = {"customer": "李雪梅", "agent": "沈清越", "registration": "00000000000000000000000001"}
ROW = {
    "id": "x",
    "answers": the_lis(),
    "made_on": TODAY,
    "moved": {},
    "assumptions": "CN-2026@1",
    "model": "household@1",
}
BODIES = (QUESTIONS, ASSUMPTIONS, MODEL)


@pytest.fixture
def office(app) -> tuple[Cast, Book]:
    with app.app_context():
        people = cast(app)
        publish_ours()
        book = Book(people.ana)
        book.analyse(the_lis(), completed_at="2026-11-25T02:00:00.000Z")
        return people, book


def test_who_may_read_it(app, client, office):
    people, book = office
    address = f"/reports/{book.analysis}"
    allowed = {"ana", "leader", "manager", "compliance"}
    for name in ("ana", "ben", "leader", "stranger", "other_leader", "office", "manager", "compliance", "admin"):
        sign_in(client, getattr(people, name))
        for page in (address, f"{address}.pdf"):
            assert client.get(page).status_code == (
                200 if name in allowed else 403 if name in ("office", "admin") else 404
            ), (name, page)
    with app.app_context():
        readers = set(db.session.scalars(sa.select(AnalysisReading.read_by)))
    assert readers == {people.leader.id, people.manager.id, people.compliance.id}


def test_the_list_holds_what_one_may_read(client, office):
    people, book = office
    for name, sees in {"ana": True, "ben": False, "leader": True, "other_leader": False, "manager": True}.items():
        sign_in(client, getattr(people, name))
        assert (book.analysis in client.get("/reports").text) is sees, name


def test_what_is_not_there_or_not_finished(app, client, office):
    people, book = office
    with app.app_context():
        begun = new_id()
        book.analysis = begun
        book.analyse({"H02": the_lis()["H02"]}, result=None)
    sign_in(client, people.ana)
    for wrong in (begun, new_id(), "nonsense", "%00"):
        assert client.get(f"/reports/{wrong}").status_code == 404
        assert client.get(f"/reports/{wrong}.pdf").status_code == 404


def test_the_language_is_the_readers_or_as_asked(client, office):
    people, book = office
    sign_in(client, people.ana)
    english = client.get(f"/reports/{book.analysis}.pdf?lang=en").data
    chinese = client.get(f"/reports/{book.analysis}.pdf?lang=zh-CN").data
    assert english[:5] == chinese[:5] == b"%PDF-"
    assert english != chinese
    assert client.get(f"/reports/{book.analysis}.pdf?lang=xx").status_code == 400


def test_a_name_that_no_font_has_is_told_and_no_fault_of_the_server(app, client, office):
    people, book = office
    answers = the_lis()
    answers["H02"] = [one | {"name": "\U000f1234"} for one in answers["H02"]]
    with app.app_context():
        book.analysis = new_id()
        book.analyse(answers, completed_at="2026-11-25T02:00:00.000Z")
    sign_in(client, people.ana)
    refused = client.get(f"/reports/{book.analysis}.pdf")
    assert refused.status_code == 422, refused.text
    assert "没有字体" in refused.text


@pytest.fixture(params=["zh-CN", "en"])
def made(app, request, tmp_path) -> Path:
    with app.app_context():
        found = tmp_path / "report.pdf"
        found.write_bytes(paper.report(ROW, BODIES, WHO, request.param))
        assert paper.report(ROW, BODIES, WHO, request.param) == found.read_bytes()
        return found


def test_the_paper_is_read_by_an_outside_reader(made):
    told = subprocess.run(["pdfinfo", made], capture_output=True, text=True, check=True).stdout
    assert "Tagged:          yes" in told
    text = subprocess.run(["pdftotext", "-layout", made, "-"], capture_output=True, text=True, check=True).stdout
    for name in ("李雪梅", "王志刚", "王小波", "王小月", "张桂兰"):
        assert name in text
    fonts = subprocess.run(["pdffonts", made], capture_output=True, text=True, check=True).stdout
    assert all(line.split()[-5:-2][0] == "yes" for line in fonts.splitlines()[2:])
    assert b"pdfaid:part" in made.read_bytes()
    assert b"pdfuaid:part" in made.read_bytes()


def test_rare_characters_are_printed_and_impossible_ones_are_named(app):
    with app.app_context():
        rare = WHO | {"customer": "㛃䶮𬭎𠮷"}
        assert paper.report(ROW, BODIES, rare, "zh-CN")[:5] == b"%PDF-"
        with pytest.raises(Exception, match=r"U\+|text|glyph|character"):
            paper.report(ROW, BODIES, WHO | {"customer": "\U000f1234"}, "zh-CN")
