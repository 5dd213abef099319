"""Lists of customers go out: only what one may see, harmless in spreadsheets, and each is written down."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from portal.exports import books
from portal.exports.models import Export
from portal.spreadsheet_writing import STARTERS, Table, csv_bytes, xlsx_bytes
from portal.vcard_writing import Contact, cards_bytes, name_parts
from portal.vcards import read_cards
from sync.apply import apply_edits
from sync.columns import new_id
from sync.database import db
from sync.devices import server_author
from sync.rows import read_rows, read_tree
from tests.people import cast, sign_in
from tests.portal.imports.test_writing import path_of, run

AT = "2026-11-25T09:00:00.000Z"
EVIL = '=HYPERLINK("http://evil.example")'
LIN = {
    "name": "林雪梅", "gender": "female", "birth_date": "1986-03-05", "id_type": "passport", "id_number": "E12345678",
    "mobile": "13800002046", "phone_work": "0571-87654321", "email": "lin@example.com", "wechat_id": "xuemei",
    "fax_work": "0571-87654322", "employer": "望江小学", "department": "教务处", "position": "老师", "city": "杭州",
    "home_address": "文三路 1 号；二单元, 301", "work_address": "解放路 88 号", "marital": "married", "stage": "client",
    "contact_permission": "service", "preferred_channel": "visit", "social_insurance": ["employee"], "has_car": True,
    "birthday_calendar": "lunar", "birthday_month": 1, "birthday_day": 25, "birthday_leap": False,
    "tags_need": ["养老"], "note": EVIL, "smoker": False, "id_expiry": "long", "housing": "owned",
}  # fmt: skip
CHEN = {"name": "陈志远", "relation": "spouse", "gender": "male", "mobile": "13900002046", "lives_with": True}


def created(kind, row_id, values):
    return {"op": "create", "kind": kind, "id": row_id, "set": {k: [None, v] for k, v in values.items()}, "at": AT}


def fill(person, name="林雪梅", extra=()):
    """A customer with a husband and a policy in somebody's book; her id."""
    lin, chen, policy = new_id(), new_id(), new_id()
    edits = [
        created("customer", lin, {**LIN, "name": name}),
        created("relative", chen, {**CHEN, "customer_id": lin}),
        created("policy", policy, {
            "customer_id": lin, "kind": "ci", "insurer": "演示人寿", "product_name": "演示重疾 A", "number": "P-0001",
            "applicant": {"kind": "customer", "id": lin}, "insured": {"kind": "relative", "id": chen},
            "sum_assured_fen": 30_000_000, "premium_fen": 612_345, "pay_mode": "year", "pay_years": 20,
            "effective_date": "2022-03-01", "note": "+cmd",
            "beneficiaries": [{"ref": {"kind": "customer", "id": lin}, "order": 1, "share_bp": 10_000}],
        }),
        *extra,
    ]  # fmt: skip
    verdicts = apply_edits(edits, server_author(f"fill {lin}", person.id))
    assert {verdict["verdict"] for verdict in verdicts} == {"ok"}, verdicts
    db.session.rollback()
    return lin


@pytest.fixture
def office(app):
    return cast(app)


@pytest.fixture
def ana(app, client, office):
    fill(office.ana)
    return sign_in(client, office.ana)


def visitor(app, person, lang="zh-CN"):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    client.set_cookie("lang", lang)
    return sign_in(client, person)


def export(client, **form):
    response = client.post("/exports", data=form)
    assert response.status_code == 200, response.text[:3000]
    return response


def lines():
    db.session.rollback()
    return list(db.session.scalars(sa.select(Export).order_by(Export.id)))


def cells(data: bytes) -> set[str]:
    return {str(cell.value) for sheet in load_workbook(io.BytesIO(data)) for row in sheet for cell in row}


def test_the_own_book_in_one_tap(app, ana, office):
    response = export(ana)
    assert response.headers["Content-Disposition"].startswith('attachment; filename="doorstep-')
    assert response.headers["Cache-Control"] == "no-store"
    book = load_workbook(io.BytesIO(response.data))
    assert book.sheetnames == ["客户", "家庭", "保单"]
    customer = dict(zip(*[[cell.value for cell in row] for row in book["客户"].iter_rows()], strict=True))
    assert (customer["客户序号"], customer["姓名"], customer["性别"]) == ("1", "林雪梅", "女")
    assert customer["手机号"] == "13800002046"
    assert customer["出生日期"].date() == date(1986, 3, 5)
    policy = dict(zip(*[[cell.value for cell in row] for row in book["保单"].iter_rows()], strict=True))
    assert (policy["客户姓名"], policy["被保险人"], policy["保费"]) == ("林雪梅", "陈志远", 6123.45)
    (line,) = lines()
    assert (line.by_id, line.owner_id, line.form, line.masked) == (office.ana.id, office.ana.id, "xlsx", False)
    assert line.counts == {"customer": 1, "relative": 1, "policy": 1}
    assert (line.size, line.reason) == (len(response.data), None)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_what_goes_out_comes_in_again(app, ana, office, form, lang):
    """Exported in either language and imported by somebody else: the same customer, family and policy."""
    ana.set_cookie("lang", lang)
    data = export(ana, form=form).data
    ben = visitor(app, office.ben, lang)
    path = path_of(ben.post("/imports", data={"file": (io.BytesIO(data), f"a.{form}")}))
    assert "faults.csv" not in ben.get(path).text, ben.get(f"{path}/faults.csv").text
    run(ben, path)
    db.session.rollback()
    found = read_rows(db.session(), "customer", scopes=[f"agent:{office.ben.id}"])
    assert len(found) == 1
    row = found[0]
    assert {name: row[name] for name in LIN} == LIN
    tree = read_tree(db.session(), "customer", row["id"])
    (member,) = tree["relative"]
    assert {name: member[name] for name in CHEN} == CHEN
    (policy,) = tree["policy"]
    assert (policy["number"], policy["premium_fen"], policy["pay_mode"]) == ("P-0001", 612_345, "year")
    assert policy["insured"] == {"kind": "relative", "id": member["id"]}
    assert (policy["note"], policy["effective_date"]) == ("+cmd", "2022-03-01")


def test_the_address_book_comes_in_again_with_the_family(app, ana, office):
    data = export(ana, form="vcf").data
    assert data.startswith(b"BEGIN:VCARD\r\nVERSION:3.0\r\n")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    text = data.replace(b"\r\n ", b"").decode()
    assert "\r\nN:林;雪梅;;;\r\nFN:林雪梅\r\nTEL;TYPE=CELL:13800002046\r\n" in text
    assert "E12345678" not in text
    assert "HYPERLINK" not in text
    ben = visitor(app, office.ben)
    run(ben, path_of(ben.post("/imports", data={"file": (io.BytesIO(data), "a.vcf")})))
    db.session.rollback()
    (row,) = read_rows(db.session(), "customer", scopes=[f"agent:{office.ben.id}"])
    for name in ("name", "mobile", "phone_work", "fax_work", "email", "wechat_id", "employer", "position",
                 "birth_date", "home_address", "work_address"):  # fmt: skip
        assert row[name] == LIN[name], name
    tree = read_tree(db.session(), "customer", row["id"])
    assert [(each["name"], each["relation"]) for each in tree["relative"]] == [("陈志远", "spouse")]


def test_no_cell_is_run_as_a_formula(app, ana):
    table = list(csv.reader(io.StringIO(export(ana, form="csv").data.decode("utf-8-sig"))))
    assert f"'{EVIL}" in table[1]
    assert "'+cmd" in table[3]
    for row in table:
        assert not [cell for cell in row if cell.startswith(STARTERS)]
    archive = zipfile.ZipFile(io.BytesIO(export(ana).data))
    sheets = "".join(archive.read(name).decode() for name in archive.namelist() if "worksheets" in name)
    assert "<f>" not in sheets
    assert "HYPERLINK" in sheets
    assert 'quotePrefix="1"' in archive.read("xl/styles.xml").decode()


def test_health_and_income_only_when_asked_for(app, office, client):
    consent = {
        "purpose": "sensitive",
        "given": True,
        "text_id": "sensitive",
        "text_version": "1",
        "by": "self",
        "at": AT,
    }
    lin = fill(office.ana)
    edits = [
        created("consent", new_id(), {**consent, "customer_id": lin}),
        {"op": "update", "kind": "customer", "id": lin, "base": 1, "at": AT,
         "set": {"health_note": [None, "高血压"], "annual_income_fen": [None, 20_000_000]}},
    ]  # fmt: skip
    assert {each["verdict"] for each in apply_edits(edits, server_author("x", office.ana.id))} <= {"ok", "merged"}
    ana = sign_in(client, office.ana)
    for form in ("xlsx", "csv", "vcf"):
        data = export(ana, form=form).data
        assert "高血压" not in (cells(data) if form == "xlsx" else data.decode())
    assert "高血压" in cells(export(ana, sensitive="1").data)
    assert [line.sensitive for line in lines()] == [False, False, False, True]
    assert "高血压" not in export(ana, form="vcf", sensitive="1").data.decode()


def test_a_leader_sees_the_unit_masked_with_a_reason_that_is_kept(app, office):
    fill(office.ana)
    fill(office.stranger, "陆家客户")
    lin = visitor(app, office.leader)
    assert lin.post("/exports", data={"whose": office.ana.id}).status_code == 422
    assert lin.post("/exports", data={"whose": office.ana.id, "reason": "  "}).status_code == 422
    assert lines() == []
    for whose in (office.ana.id, "all"):
        for form in ("xlsx", "csv"):
            data = export(lin, whose=whose, form=form, reason="季度复盘").data
            text = "\n".join(cells(data)) if form == "xlsx" else data.decode()
            assert "林雪梅" in text
            assert "138****2046" in text
            for secret in (LIN["mobile"], CHEN["mobile"], LIN["email"], LIN["wechat_id"], LIN["id_number"],
                           LIN["home_address"], LIN["phone_work"], LIN["fax_work"], "HYPERLINK", "P-0001"):  # fmt: skip
                assert secret not in text, secret
            assert "陆家客户" not in text
    assert all(line.masked and line.reason for line in lines())
    assert lin.post("/exports", data={"whose": "all", "form": "vcf", "reason": "季度复盘"}).status_code == 422
    assert lin.post("/exports", data={"whose": office.stranger.id, "reason": "季度复盘"}).status_code == 404


@pytest.mark.parametrize(
    ("who", "whose", "status"),
    [
        ("ana", "ben", 404), ("ana", "all", 404), ("ben", "own", 200), ("leader", "own", 200), ("manager", "ana", 200),
        ("manager", "stranger", 200), ("other_leader", "ana", 404), ("other_leader", "stranger", 200),
        ("office", "ana", 200), ("office", "own", 404), ("office", "stranger", 404), ("compliance", "stranger", 200),
        ("compliance", "all", 200), ("admin", "all", 403), ("admin", "own", 403),
    ],
)  # fmt: skip
def test_who_may_export_whose_book(app, office, who, whose, status):
    fill(office.ana)
    fill(office.stranger, "陆家客户")
    client = visitor(app, getattr(office, who))
    owner = whose if whose in {"own", "all"} else getattr(office, whose).id
    assert client.post("/exports", data={"whose": owner, "reason": "核对资料"}).status_code == status
    assert len(lines()) == (1 if status == 200 else 0)


def test_the_list_is_read_by_compliance_and_admin_and_one_s_own_by_everybody(app, ana, office):
    export(ana)
    leader = visitor(app, office.leader, "en")
    export(leader, whose="all", reason="Quarterly review")
    for person in (office.compliance, office.admin):
        page = visitor(app, person, "en").get("/exports/log").text
        assert office.ana.name in page
        assert "Quarterly review" in page
        assert lines()[0].sha256[:16] in page
    for person in (office.ben, office.leader, office.office, office.manager):
        assert visitor(app, person).get("/exports/log").status_code == 403
    assert "Quarterly review" in leader.get("/exports/new").text
    ana.set_cookie("lang", "en")
    assert "Quarterly review" not in ana.get("/exports/new").text
    stored = repr(db.session.execute(sa.text("select * from export")).all())
    assert "Quarterly" not in stored


def test_without_signing_in_there_is_nothing(app, office):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    assert client.post("/exports").status_code == 303
    assert client.get("/exports/new").status_code == 303
    assert lines() == []


def test_another_site_cannot_make_us_export(app, ana):
    assert ana.post("/exports", environ_overrides={"HTTP_SEC_FETCH_SITE": "cross-site"}).status_code == 403
    assert lines() == []


def test_too_many_at_once_are_refused_in_words(app, ana, office, monkeypatch):
    monkeypatch.setattr(books, "MOST_CUSTOMERS", 0)
    response = ana.post("/exports")
    assert response.status_code == 422
    assert "客户太多" in response.text
    assert lines() == []


def test_an_unknown_form_is_not_made(app, ana):
    assert ana.post("/exports", data={"form": "docx"}).status_code == 404


# ── without a database ───────────────────────────────────────────────────────


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_text_in_both_forms(text):
    read = next(csv.reader(io.StringIO(csv_bytes([[text, "x"]]).decode("utf-8-sig"), newline="")))
    assert read[0] in {text, f"'{text}"}
    assert not read[0].startswith(STARTERS)
    archive = zipfile.ZipFile(io.BytesIO(xlsx_bytes([Table("a", ["x"], [[text]])])))
    sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f" not in sheet
    assert re.search(r'<c r="A2"[^>]* t="(?!inlineStr|n")', sheet) is None


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=120))
def test_any_text_goes_through_an_address_book(text):
    data = cards_bytes([Contact("1", text, phones=[("CELL", text)], addresses=[("HOME", text)], position=text)])
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    (card,) = read_cards(data).cards
    assert card.said == []
    assert card.first("FN") == text.strip()
    assert card.first("TITLE") == text.strip()
    assert next(iter(card.all("ADR"))).parts[2] == text
    assert next(iter(card.all("TEL"))).text == text


@pytest.mark.parametrize(
    ("name", "parts"),
    [("李雷", ("李", "雷")), ("欧阳明", ("欧阳", "明")), ("欧阳", ("欧", "阳")), ("诸葛孔明", ("诸葛", "孔明")),
     ("Anna Li", ("", "Anna Li")), ("望江汽车修理厂", ("", "望江汽车修理厂"))],
)  # fmt: skip
def test_a_chinese_name_in_its_parts(name, parts):
    assert name_parts(name) == parts
