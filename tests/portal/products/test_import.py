"""A product out of spreadsheets: what was exported comes back, every mistake is told where it is, nothing is half taken."""

from __future__ import annotations

import io
import json
import threading
from contextvars import Context
from datetime import date, timedelta

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.dates import day_of
from portal.products import blobs, catalogue, drafts
from portal.products.catalogue_files import ours
from portal.products.sheet_fields import PRODUCT, SHEETS
from portal.products.sheet_reading import (
    A_DATE,
    FORMULA,
    GAP_IN_YEARS,
    MISSING,
    NO_COLUMN,
    NO_FIRST_SHEET,
    NOT_A_CODE,
    NOT_A_NUMBER,
    NOT_A_SHARE,
    NOT_KNOWN,
    NOT_YES_NO,
    NOT_YUAN,
    STRANGE_COLUMN,
    STRANGE_FIELD,
    STRANGE_SHEET,
    TOO_LARGE,
    TOO_LONG,
    TWICE,
    read_product,
)
from portal.products.sheet_rules import (
    MOST_BODY,
    NO_CLASS,
    NO_MAINS,
    NO_RATES,
    NO_SUCH,
    NO_SUCH_PRODUCT,
    NO_SUCH_TERM,
    NOT_ASCENDING,
    NOT_WITH_FORM,
    ONE_SEX,
    UPSIDE_DOWN,
    YEAR_IS_ONE,
    faults_of,
)
from portal.products.sheets import Rows, blank, sheets_of, table_csv, workbook
from portal.spreadsheets import Book, Sheet, read
from sync.columns import utcnow
from tests.people import cast, sign_in

RECORDS = {each["code"]: each for each in ours()[0]}
TEXTS = ours()[1]


def tables_of(body) -> dict:
    return {name: json.loads(TEXTS[name]) for name in blobs.named_in(body)}


def sheets(code: str) -> dict[str, Rows]:
    body = RECORDS[code]["body"]
    return sheets_of(code, body, tables_of(body))


def book_of(given: dict[str, Rows]) -> Book:
    return Book("xlsx", [Sheet(name, rows, list(range(1, len(rows) + 1))) for name, rows in given.items()])


def put(rows: Rows, name: str, value) -> None:
    """Change the value of a field on the first sheet."""
    next(row for row in rows if row[0] == name)[1] = value


def row_of(rows: Rows, name: str) -> int:
    return next(number for number, row in enumerate(rows, 1) if row[0] == name)


def told(given: dict[str, Rows], codes=()) -> list[tuple]:
    found = read_product([book_of(given)])
    if not found.faults:
        found.faults += faults_of(found, codes)
    return [(each.sheet, each.row, each.column, each.message) for each in found.faults]


# ── round trips ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", RECORDS)
def test_what_was_exported_comes_back(code):
    """The same body, the same tables, byte for byte."""
    body = RECORDS[code]["body"]
    found = read_product([read(workbook(sheets(code), str), formulas=True)])
    assert found.faults == []
    assert faults_of(found, RECORDS) == []
    named = {name: blobs.name_of(blobs.text_of(table)) for name, table in found.tables.items()}
    back = {**found.body, "values": named.get("values"), "material": body["material"]}
    if "rates" in named:
        back["price"] = {**back["price"], "rates": named["rates"]}
    assert (found.code, back) == (code, body)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_file_for_each_sheet(encoding):
    """CSV as Excel, WPS and old programs of offices write it; the file's name says which sheet it is."""
    books = []
    for name, rows in sheets("DF-C2").items():
        data = table_csv(rows).decode("utf-8-sig").encode(encoding)
        book = read(data, formulas=True)
        assert book.format == "csv"
        books.append(Book("csv", [Sheet(f"DF-C2-{name}", each.rows, each.numbers) for each in book.sheets]))
    found = read_product(books)
    assert found.faults == []
    assert found.body["zh"]["name"] == RECORDS["DF-C2"]["body"]["zh"]["name"]
    assert blobs.name_of(blobs.text_of(found.tables["rates"])) == RECORDS["DF-C2"]["body"]["price"]["rates"]


def test_a_sheet_is_known_by_its_columns():
    given = [Book("csv", [Sheet("", rows, list(range(1, len(rows) + 1)))]) for rows in sheets("DF-C2").values()]
    assert read_product(given).faults[0].message == TWICE, "exclusions and notes look the same without a name"
    only = sheets("DF-C2")
    given = [Book("csv", [Sheet("", only[name], list(range(1, len(only[name]) + 1)))]) for name in ("product", "rates")]
    found = read_product(given)
    assert (found.faults, set(found.tables)) == ([], {"rates"})


def test_headings_may_say_more():
    given = sheets("DF-T1")
    given["rates"][0] = ["保险期间 (term)", "交费期间（pay）", "性别 (sex)", "年龄(age)", "元 (yuan)"]
    for row in given["rates"][1:]:
        row[2] = {"m": "男", "f": " 女 "}[row[2]]
    assert told(given) == []


def test_only_what_changes_is_given():
    """A sheet that is not in the files stays as it was."""
    base = sheets("DF-T1")
    rates = [list(row) for row in base["rates"]]
    rates[1][4] = 9.99
    found = read_product([book_of({"rates": rates})], base)
    assert found.faults == []
    assert found.tables["rates"]["cells"]["a60|a60"]["f"][1][0] == 999
    assert blobs.name_of(blobs.text_of(found.tables["values"])) == RECORDS["DF-T1"]["body"]["values"]


def test_the_empty_workbook_tells_what_is_missing():
    found = told(blank())
    required = {field.name for field in PRODUCT if field.required}
    assert {column for sheet, _, column, message in found if message == MISSING and sheet == "product"} == required


# ── mistakes, cell by cell ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("code", "DF T1", NOT_A_CODE),
        ("zh.name", None, MISSING),
        ("zh.name", "安" * 61, TOO_LONG),
        ("kind", "寿险", NOT_KNOWN),
        ("risk_grade", "P9", NOT_KNOWN),
        ("demo", "perhaps", NOT_YES_NO),
        ("terms", "y10 y0", NOT_A_CODE),
        ("terms", "y10 y10", NOT_A_CODE),
        ("terms", date(2026, 10, 1), A_DATE),
        ("modes.half", "0.52001", NOT_A_SHARE),
        ("modes.half", "half", NOT_A_SHARE),
        ("entry.max_age", "60.5", NOT_A_NUMBER),
        ("entry.max_age", 106, TOO_LARGE),
        ("entry.max_age", -1, NOT_A_NUMBER),
        ("limits.min", "100,000.001", NOT_YUAN),
        ("limits.min", -5, NOT_YUAN),
        ("limits.max", 10**12, TOO_LARGE),
        ("limits.max", "=C3*2", FORMULA),
        ("limits.max", "＝C3*2", FORMULA),
        ("limits.max", "#REF!", FORMULA),
        ("limits.max", float("nan"), NOT_YUAN),
    ],
)
def test_a_mistake_on_the_first_sheet(name, value, message):
    given = sheets("DF-T1")
    put(given["product"], name, value)
    assert told(given) == [("product", row_of(given["product"], name), name, message)]


def test_mistakes_are_told_all_at_once():
    given = sheets("DF-T1")
    put(given["product"], "kind", "x")
    given["product"].append(["colour", "blue"])
    given["product"].append(["code", "DF-T2"])
    given["benefits"][1][1] = "never"
    given["rates"][2][3] = "thirty"
    given["rates"][3][4] = 1.234
    given["rates"][0].append("comment")
    given["values"][0].remove("age")
    given["comments"] = [["a"], ["b"]]
    assert told(given) == [
        ("comments", 0, "", STRANGE_SHEET),
        ("product", row_of(given["product"], "kind"), "kind", NOT_KNOWN),
        ("product", len(given["product"]) - 1, "field", STRANGE_FIELD),
        ("product", len(given["product"]), "code", TWICE),
        ("benefits", 2, "trigger", NOT_KNOWN),
        ("rates", 1, "comment", STRANGE_COLUMN),
        ("rates", 3, "age", NOT_A_NUMBER),
        ("rates", 4, "yuan", NOT_YUAN),
        ("values", 1, "age", NO_COLUMN),
        *[each for each in told(given) if each[0] == "values" and each[3] != NO_COLUMN],
    ]


def test_files_without_a_first_sheet():
    assert told({"rates": sheets("DF-T1")["rates"]})[0] == ("product", 0, "", NO_FIRST_SHEET)


def test_a_cell_twice_and_a_year_left_out():
    given = sheets("DF-T1")
    given["rates"].append(given["rates"][1])
    assert told(given) == [("rates", len(given["rates"]), "age", TWICE)]
    given = sheets("DF-T1")
    given["values"][1][5] = None
    assert told(given) == [("values", 2, "y2", GAP_IN_YEARS)]


def test_a_formula_is_never_worked_out():
    """A workbook with formulas, saved by a spreadsheet program or not: each of them is told."""
    made = openpyxl.load_workbook(io.BytesIO(workbook(sheets("DF-C2"), str)))
    made["rates"]["E2"] = "=1+1"
    made["product"]["B3"] = '=HYPERLINK("http://elsewhere","x")'
    buffer = io.BytesIO()
    made.save(buffer)
    found = read_product([read(buffer.getvalue(), formulas=True)])
    assert [(each.sheet, each.row, each.message) for each in found.faults] == [
        ("product", 3, FORMULA),
        ("rates", 2, FORMULA),
    ]


def test_an_export_holds_no_formula():
    given = sheets("DF-C2")
    put(given["product"], "zh.name", "=1+1")
    made = openpyxl.load_workbook(io.BytesIO(workbook(given, str)))
    assert {cell.data_type for sheet in made for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


# ── mistakes of the whole ────────────────────────────────────────────────────


def change(code, *changes):
    given = sheets(code)
    for name, value in changes:
        put(given["product"], name, value)
    return given


@pytest.mark.parametrize(
    "given, sheet, column, message",
    [
        (change("DF-T1", ("chooses", "premium")), "product", "chooses", NOT_WITH_FORM),
        (change("DF-T1", ("modes.year", 0.9)), "product", "modes.year", YEAR_IS_ONE),
        (change("DF-T1", ("entry.max_age", 17)), "product", "entry.max_age", UPSIDE_DOWN),
        (change("DF-T1", ("limits.min", 5_000_000)), "product", "limits.max", UPSIDE_DOWN),
        (change("DF-T1", ("role", "rider")), "product", "mains", NO_MAINS),
        (change("DF-T1", ("terms", "y10 y15 y20 y30 a60 a70")), "product", "terms", NO_RATES),
        (change("DF-WV", ("mains", "DF-T1 DF-T9")), "product", "mains", NO_SUCH_PRODUCT),
        (change("DF-A1", ("entry.occupations", "1 2 3 4 5")), "product", "price.classes", NO_CLASS),
    ],
)
def test_what_does_not_fit_together(given, sheet, column, message):
    found = told(given, RECORDS)
    assert (sheet, row_of(given["product"], column), column, message) in found


def test_rates_for_a_term_that_there_is_not():
    given = sheets("DF-C2")
    given["rates"].append(["y10", "y20", "m", 30, 1])
    assert ("rates", len(given["rates"]), "term", NO_SUCH_TERM) in told(given)


def test_rates_for_one_sex_only():
    given = sheets("DF-C2")
    given["rates"] = [row for row in given["rates"] if row[2] != "f"]
    assert ("rates", 0, "sex", ONE_SEX) in told(given)


def test_bands_that_do_not_rise():
    given = sheets("DF-M1")
    given["bands"][2][0] = 3
    given["bands"][-1][0] = 100
    assert [each[1:] for each in told(given)] == [
        (3, "up_to_age", NOT_ASCENDING),
        (len(given["bands"]), "up_to_age", NOT_ASCENDING),
    ]


def test_benefits_of_an_addition_that_there_is_not():
    given = sheets("DF-A1")
    given["extras"] = given["extras"][:2]
    assert {each[3] for each in told(given)} == {NO_SUCH}


def test_texts_that_are_too_large_together():
    given = sheets("DF-T1")
    given["notes"] += [["注" * 900, "note " * 190] for _ in range(40)]
    found = read_product([book_of(given)])
    assert found.faults == []
    [fault] = faults_of(found, ())
    assert (fault.sheet, fault.params["most"]) == ("product", MOST_BODY // 1024)


# ── whatever comes ───────────────────────────────────────────────────────────

CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**13), st.floats(), st.text(max_size=8), st.dates(),
    st.sampled_from(["y20", "single", "life", "m", "death", "sum", "=A1", "1:1", "0.5", "P2", "table", "男"]),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_random_changes_are_told_or_taken(data):
    """Whatever stands in the cells of a product: a fault that names a sheet of ours, or a body that can be kept."""
    given = sheets(data.draw(st.sampled_from(["DF-C2", "DF-A1", "DF-V1", "DF-M1"])))
    for _ in range(data.draw(st.integers(1, 6))):
        rows = given[data.draw(st.sampled_from(sorted(given)))]
        row = rows[data.draw(st.integers(0, len(rows) - 1))]
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(CELLS)
    found = read_product([book_of(given)])
    faults = found.faults or faults_of(found, RECORDS)
    assert {each.sheet for each in faults} <= {"product", *SHEETS, ""}
    if not faults:
        assert blobs.text_of(found.body)


# ── the pages ────────────────────────────────────────────────────────────────


@pytest.fixture
def office(app):
    catalogue.publish_ours()
    return cast(app)


@pytest.fixture
def admin(client, office):
    return sign_in(client, office.admin)


def upload(client, page: str, *files: tuple[str, bytes]):
    given = [(io.BytesIO(data), name) for name, data in files]
    return client.post(page, data={"files": given}, content_type="multipart/form-data")


def id_of(name: str) -> str:
    return catalogue.by_name(name)["id"]


def test_from_a_file_to_a_product_on_sale(admin):
    given = sheets("DF-T1")
    put(given["product"], "limits.max", 4_000_000)
    given["rates"][1][4] = 9.99
    page = f"/admin/products/{id_of('DF-T1@1')}/imports"
    answer = upload(admin, page, ("new.xlsx", workbook(given, str)))
    assert answer.status_code == 303
    shown = admin.get(answer.location).get_data(as_text=True)
    assert "<del>3,000,000 元</del> → 4,000,000 元" in shown
    assert catalogue.all_of("product", "DF-T1")[0]["version"] == 1, "nothing is published yet"
    tomorrow = day_of(utcnow()) + timedelta(days=1)
    done = admin.post(f"{answer.location}/publication", data={"from_date": tomorrow.isoformat()})
    assert done.status_code == 303
    second, first = catalogue.all_of("product", "DF-T1")
    assert done.location == f"/admin/products/{second['id']}"
    assert (second["version"], second["from_date"], first["to_date"]) == (2, tomorrow, day_of(utcnow()))
    assert second["body"]["limits"]["max_fen"] == 400_000_000
    assert blobs.parsed(second["body"]["price"]["rates"])["cells"]["a60|a60"]["f"][1][0] == 999
    assert second["body"]["values"] == first["body"]["values"]
    assert admin.get(done.location).status_code == 200
    assert admin.get(answer.location).status_code == 404, "it is published now, and waits no longer"
    assert admin.post(f"{answer.location}/publication", data={"from_date": tomorrow.isoformat()}).status_code == 404


def test_a_file_with_mistakes_takes_nothing(admin):
    given = sheets("DF-T1")
    given["rates"][5][4] = "=E5*1.1"
    given["rates"][6][3] = "old"
    before = catalogue.all_of()
    answer = upload(admin, f"/admin/products/{id_of('DF-T1@1')}/imports", ("new.xlsx", workbook_with(given)))
    assert answer.status_code == 422
    shown = answer.get_data(as_text=True)
    assert shown.count('<span class="sub">rates · ') == 2
    assert (drafts.waiting(), catalogue.all_of()) == ([], before)


def workbook_with(given) -> bytes:
    """A workbook in which formulas are formulas."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in given.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def test_a_new_product_from_csv_files(admin):
    given = change("DF-C2", ("code", "NEW-1"), ("zh.name", "新重疾险"), ("zh.short", "新重疾"))
    files = [(f"{name}.csv", table_csv(rows).decode("utf-8-sig").encode("gb18030")) for name, rows in given.items()]
    answer = upload(admin, "/admin/products/imports", *files)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    today = day_of(utcnow()).isoformat()
    done = admin.post(f"{answer.location}/publication", data={"from_date": today})
    assert "新重疾险" in admin.get(done.location).get_data(as_text=True)
    assert catalogue.by_name("NEW-1@1")["body"]["price"]["rates"] == RECORDS["DF-C2"]["body"]["price"]["rates"]


@pytest.mark.parametrize(
    "files, status",
    [
        ([], 422),
        ([("x.xlsx", b"PK\x03\x04 nonsense")], 422),
        ([("x.csv", b"")], 422),
        ([("x.csv", b"field,value\n\xff\xff\xff")], 422),
        ([("x.pdf", b"%PDF-1.7")], 422),
        ([("x.csv", b"a" * (11 * 1024 * 1024))], 413),
        ([(f"{n}.csv", b"field,value\n") for n in range(40)], 422),
    ],
)
def test_files_that_are_no_product(admin, files, status):
    answer = upload(admin, "/admin/products/imports", *files)
    assert answer.status_code == status
    assert drafts.waiting() == []


def test_files_of_another_product(admin):
    answer = upload(admin, f"/admin/products/{id_of('DF-T1@1')}/imports", ("w1.xlsx", workbook(sheets("DF-W1"), str)))
    assert answer.status_code == 422
    assert "DF-T1" in answer.get_data(as_text=True)


def test_two_days_that_cannot_be(admin):
    answer = upload(admin, f"/admin/products/{id_of('DF-T1@1')}/imports", ("t.xlsx", workbook(sheets("DF-T1"), str)))
    yesterday = (day_of(utcnow()) - timedelta(days=1)).isoformat()
    for wrong in (yesterday, "soon", ""):
        assert admin.post(f"{answer.location}/publication", data={"from_date": wrong}).status_code == 422
    today = day_of(utcnow()).isoformat()
    other = upload(admin, f"/admin/products/{id_of('DF-T1@1')}/imports", ("t.xlsx", workbook(sheets("DF-T1"), str)))
    assert admin.post(f"{answer.location}/publication", data={"from_date": today}).status_code == 303
    assert admin.post(f"{other.location}/publication", data={"from_date": today}).status_code == 422, "one began today"
    assert admin.post(f"{other.location}/discard").status_code == 303
    assert drafts.waiting() == []


def test_two_administrators_publish_one_import_at_once(app, admin, office):
    answer = upload(admin, f"/admin/products/{id_of('DF-T1@1')}/imports", ("t.xlsx", workbook(sheets("DF-T1"), str)))
    made = drafts.by_id(answer.location.rpartition("/")[2])
    start, outcomes = threading.Barrier(3), []

    def publish(later: int) -> None:
        with app.app_context():
            start.wait()
            try:
                outcomes.append(drafts.publish(made, day_of(utcnow()) + timedelta(days=later), office.admin.id))
            except catalogue.CannotPublish as refusal:
                outcomes.append(str(refusal))

    threads = [threading.Thread(target=Context().run, args=(publish, later)) for later in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[1:] == ["published", "published"]
    assert [each["version"] for each in catalogue.all_of("product", "DF-T1")] == [2, 1]
    assert drafts.publication_of(sorted(outcomes)[0])["name"] == office.admin.name


def test_withdrawn_from_a_day(admin):
    page = f"/admin/products/{id_of('DF-T1@1')}"
    assert admin.post(f"{page}/withdrawals", data={"from_date": "2020-01-01"}).status_code == 422
    today = day_of(utcnow())
    assert admin.post(f"{page}/withdrawals", data={"from_date": today.isoformat()}).status_code == 303
    assert catalogue.on_sale("product", "DF-T1", today) is None
    assert catalogue.by_name("DF-T1@1")["to_date"] == today - timedelta(days=1)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_every_product_has_a_page(admin, lang):
    admin.set_cookie("lang", lang)
    listed = admin.get("/admin/products").get_data(as_text=True)
    for record in catalogue.all_of():
        assert f"/admin/products/{record['id']}" in listed
        assert admin.get(f"/admin/products/{record['id']}").status_code == 200


def test_files_to_take_home(admin):
    page = f"/admin/products/{id_of('DF-T1@1')}"
    whole = admin.get(f"{page}/product.xlsx")
    assert read_product([read(whole.data, formulas=True)]).faults == []
    assert admin.get(f"{page}/rates.csv").data.decode("utf-8-sig").startswith("term,pay,sex,age,yuan\r\n")
    assert admin.get(f"{page}/bands.csv").status_code == 404
    assert set(openpyxl.load_workbook(io.BytesIO(admin.get("/admin/products/template.xlsx").data)).sheetnames) == {
        "product", *SHEETS,
    }  # fmt: skip


def test_for_administrators_only(client, office):
    sign_in(client, office.ana)
    for page in ("", "/imports/new", "/template.xlsx", f"/{id_of('DF-T1@1')}", f"/{id_of('DF-T1@1')}/product.xlsx"):
        assert client.get(f"/admin/products{page}").status_code == 403
    assert upload(client, "/admin/products/imports", ("t.xlsx", b"x")).status_code == 403


def test_an_address_of_nothing(admin):
    for page in ("nonsense", "imports/nonsense", f"{'0' * 8}-0000-7000-8000-{'0' * 12}"):
        assert admin.get(f"/admin/products/{page}").status_code == 404
