"""A proposal off the phone: who may read it, what is on paper, and that the same text gives the same bytes."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from portal.paper import Unprintable
from portal.proposals import paper, snapshot
from portal.proposals.models import ProposalReading
from sync.columns import new_id
from sync.database import db
from tests.people import Cast, sign_in
from tests.portal.proposals.drafts import CATALOGUE, TITLES, given, large_plan, small_plan
from tests.portal.proposals.test_freeze import Book, office  # noqa: F401  # a fixture


@pytest.fixture
def frozen(app, office) -> tuple[Cast, Book]:  # noqa: F811
    with app.app_context():
        book = Book(office.ana)
        assert book.freeze(snapshot.frozen(book.given()))["verdict"] == "ok"
        return office, book


def model(lang: str, plan: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    text = snapshot.frozen(given(plan or small_plan(), **more))
    return paper.model_of(json.loads(text), snapshot.digest(text), CATALOGUE["products"], TITLES, lang)


def read(pdf: Path, *how: str) -> str:
    return subprocess.run(["pdftotext", *how, pdf, "-"], capture_output=True, text=True, check=True).stdout


# Who may read it


def test_who_may_read_it(app, client, frozen):
    people, book = frozen
    allowed = {"ana", "leader", "manager", "compliance"}
    for name in ("ana", "ben", "leader", "stranger", "other_leader", "office", "manager", "compliance", "admin"):
        sign_in(client, getattr(people, name))
        expected = 200 if name in allowed else 403 if name in ("office", "admin") else 404
        assert client.get(f"/proposals/{book.id}").status_code == expected, name
    sign_in(client, people.ben)
    assert [client.get(f"/proposals/{book.id}.{ending}").status_code for ending in ("pdf", "png")] == [404, 404]
    with app.app_context():
        readers = list(db.session.scalars(sa.select(ProposalReading.read_by)))
    assert sorted(readers) == sorted([people.leader.id, people.manager.id, people.compliance.id])


def test_the_list_holds_what_one_may_read(client, frozen):
    people, book = frozen
    for name, sees in {"ana": True, "ben": False, "leader": True, "other_leader": False, "manager": True}.items():
        sign_in(client, getattr(people, name))
        assert (book.id in client.get("/proposals").text) is sees, name


def test_what_is_not_there_or_not_frozen(app, client, frozen):
    people, book = frozen
    with app.app_context():
        draft = new_id()
        book.create("proposal", draft, customer_id=book.customer, made_on="2026-11-25")
    sign_in(client, people.ana)
    for wrong in (draft, new_id(), "nonsense", "%00"):
        for ending in ("", ".pdf", ".png"):
            assert client.get(f"/proposals/{wrong}{ending}").status_code == 404


def test_the_page_says_what_it_rests_on_and_what_came_after(app, client, frozen):
    people, book = frozen
    sign_in(client, people.leader)
    text = client.get(f"/proposals/{book.id}", headers={"Accept-Language": "zh-CN"}).text
    for words in ("客户已确认", "R05", "本建议书不构成保险合同", "DF-T1@1", "family@1"):
        assert words in text, words
    with app.app_context():
        first, book.id = book.id, new_id()
        book.freeze(snapshot.frozen(book.given(revision=2, supersedes=first)))
    assert f"/proposals/{book.id}" in client.get(f"/proposals/{first}").text


def test_paper_and_picture_in_both_languages(client, frozen):
    people, book = frozen
    sign_in(client, people.ana)
    made = {
        (ending, lang): client.get(f"/proposals/{book.id}.{ending}?lang={lang}").data
        for ending in ("pdf", "png")
        for lang in ("zh-CN", "en")
    }
    assert len(set(made.values())) == 4
    assert all(data.startswith(b"%PDF-" if ending == "pdf" else b"\x89PNG") for (ending, _), data in made.items())
    assert client.get(f"/proposals/{book.id}.pdf?lang=xx").status_code == 400


# What is on it


@pytest.fixture(params=["zh-CN", "en"])
def made(app, request, tmp_path) -> tuple[str, Path]:
    with app.app_context():
        found, words = tmp_path / "proposal.pdf", model(request.param, large_plan(), id="1" * 36)
        found.write_bytes(paper.pdf(words))
        assert paper.pdf(json.loads(json.dumps(words))) == found.read_bytes()
        return request.param, found


PROMISES = ("irr", "yield", "收益率", "内部回报", "保本", "interest rate")


def test_an_outside_reader_finds_every_page(made):
    lang, pdf = made
    told = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    assert "Tagged:          yes" in told
    pages = int(next(line for line in told.splitlines() if line.startswith("Pages:")).split()[1])
    footer = "本建议书不构成保险合同" if lang == "zh-CN" else "This proposal is not an insurance contract"
    each = [read(pdf, "-f", str(page), "-l", str(page)) for page in range(1, pages + 1)]
    assert all(footer in text and "00001234567800000000" in text for text in each)
    if lang == "zh-CN":  # the watermark lies askew, a character a line
        assert all(f"\n{character}\n" in f"\n{text}\n" for text in each for character in "演示产品")
    whole = "".join(each)
    for words in ("李雪梅", "王志刚", "王小月", "张桂兰", "DF-T1@1", "DF-R1@1", "1,200,000"):
        assert words in whole, words
    assert not [word for word in PROMISES if word in whole.lower()]
    fonts = subprocess.run(["pdffonts", pdf], capture_output=True, text=True, check=True).stdout
    assert all(line.split()[-5:-2][0] == "yes" for line in fonts.splitlines()[2:])
    assert b"pdfaid:part" in pdf.read_bytes()
    assert b"pdfuaid:part" in pdf.read_bytes()


def test_every_dividend_stands_beside_its_warning(made):
    lang, pdf = made
    warning = "红利分配是不确定的" if lang == "zh-CN" else "Dividends are not certain"
    years = 106 - 38
    assert read(pdf, "-layout").count(warning) >= years


def test_without_demo_products_there_is_no_watermark(app):
    with app.app_context():
        records = CATALOGUE["products"].items()
        sold = {name: each | {"body": each["body"] | {"demo": False}} for name, each in records}
        text = snapshot.frozen(given(small_plan()))
        words = paper.model_of(json.loads(text), snapshot.digest(text), sold, TITLES, "zh-CN")
        assert words["watermark"] == words["cover"]["demo"] == ""
        assert paper.pdf(words)[:5] == b"%PDF-"


def test_the_picture_fits_a_phone(app):
    with app.app_context():
        picture = paper.picture(model("zh-CN"))
        with Image.open(io.BytesIO(picture)) as image:
            assert image.width == 750
            assert image.height > image.width
        assert len(picture) < 1_000_000
        assert len(paper.picture(model("zh-CN", large_plan()))) < 2_000_000


def test_rare_characters_are_printed_and_impossible_ones_are_named(app, tmp_path):
    with app.app_context():
        rare = {"id": new_id(), "name": "㛃䶮𬭎𠮷"}
        pdf = tmp_path / "rare.pdf"
        pdf.write_bytes(paper.pdf(model("zh-CN", customer=rare)))
        assert "㛃䶮𬭎𠮷" in read(pdf)
        with pytest.raises(Unprintable):
            paper.pdf(model("zh-CN", customer={"id": new_id(), "name": "\U000f1234"}))


def test_what_is_paid_each_time(app):
    with app.app_context():
        monthly = small_plan() | {"mode": "month"}
        assert model("en", monthly)["cover"]["instalment"] == "Every month: ¥310.50"
        assert [row["name"] for row in model("en", monthly)["premium"]["modes"] if row["chosen"]] == ["Every month"]
        quarterly = model("en", small_plan() | {"mode": "quarter"})  # medical cover is not sold by the quarter
        assert "the first payment is ¥1,296.45" in quarterly["cover"]["instalment"]


def test_the_day_on_paper_is_the_day_in_shanghai(app):
    with app.app_context():
        words = model("zh-CN", made_at="2026-11-25T16:30:00.000Z")
        assert (words["year"], words["month"], words["day"]) == (2026, 11, 26)
