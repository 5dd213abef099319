"""A book goes in through the pages: on both databases, once, whatever happens in between."""

from __future__ import annotations

import io
import time
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.customers.models import Customer, Policy, Relative
from portal.imports import jobs
from portal.imports.models import ImportChunk, ImportJob
from sync.columns import utcnow
from sync.database import db, write
from sync.models import Edit
from sync.rows import read_rows, read_tree
from tests.fixtures.make_books import (
    Number,
    csv_bytes,
    customer_cells,
    excel,
    flat_rows,
    people,
    three_sheets,
    wps,
)
from tests.people import cast, sign_in


@pytest.fixture
def office(app):
    return cast(app)


@pytest.fixture
def ana(app, client, office):
    return sign_in(client, office.ana)


def upload(client, data: bytes, name: str = "客户.xlsx"):
    return client.post("/imports", data={"file": (io.BytesIO(data), name)})


def path_of(response) -> str:
    assert response.status_code == 303, response.text[:2000]
    return response.headers["Location"].split("?")[0]


def run(client, path: str) -> str:
    """Run to the end by pressing the button, as without script; the report's HTML."""
    assert client.post(f"{path}/run").status_code == 303
    for _turn in range(200):
        page = client.get(path).text
        if f"{path}/steps" not in page:
            return page
        assert client.post(f"{path}/steps").status_code == 303
    raise AssertionError("the import does not end")


def counts() -> tuple[int, int, int]:
    db.session.rollback()
    return tuple(
        db.session.scalar(sa.select(sa.func.count()).select_from(model)) for model in (Customer, Relative, Policy)
    )


def book_size(book) -> tuple[int, int, int]:
    return len(book), sum(len(person.family) for person in book), sum(len(person.policies) for person in book)


@pytest.mark.parametrize("shape", ["excel", "wps", "gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_a_book_goes_in_whole_in_every_shape(app, ana, office, shape):
    book = people(30)
    data = {
        "excel": lambda: excel(three_sheets(book)),
        "wps": lambda: wps(three_sheets(book)),
        "utf-16": lambda: csv_bytes(flat_rows(book), "utf-16", "\t"),
    }.get(shape, lambda: csv_bytes(flat_rows(book), shape))()
    path = path_of(upload(ana, data))
    page = ana.get(path).text
    assert "林㛃" in page
    assert counts() == (0, 0, 0)  # the preview writes nothing
    run(ana, path)
    assert counts() == book_size(book)
    scope = [f"agent:{office.ana.id}"]
    for person in book:
        found = [
            row for row in read_rows(db.session(), "customer", scopes=scope) if row["id_number"] == person.id_number
        ]
        assert len(found) == 1
        row = found[0]
        assert row["name"] == person.name
        assert row["mobile"] == person.mobile
        assert row["birth_date"] == person.birth.isoformat()
        assert row["gender"] == person.gender
        assert row["marital"] == person.marital
        assert row["note"] == (person.note or None)
        tree = read_tree(db.session(), "customer", row["id"])
        assert Counter((each["name"], each["relation"]) for each in tree["relative"]) == Counter(
            (each.name, each.relation) for each in person.family
        )
        assert {each["number"]: each["premium_fen"] for each in tree["policy"]} == {
            each.number: each.premium_yuan * 100 for each in person.policies
        }
        for each in tree["policy"]:
            policy = next(item for item in person.policies if item.number == each["number"])
            assert each["sum_assured_fen"] == policy.sum_wan * 1_000_000
            assert each["kind"] == policy.kind
            assert each["effective_date"] == policy.effective.isoformat()
            names = {row["id"]: row["name"], **{member["id"]: member["name"] for member in tree["relative"]}}
            assert names.get(each["insured"].get("id"), each["insured"].get("name")) == policy.insured


def test_twice_is_the_same_as_once(app, ana):
    book = people(20)
    for data in (excel(three_sheets(book)), csv_bytes(flat_rows(book), "gb18030")):
        run(ana, path_of(upload(ana, data)))
        assert counts() == book_size(book)


def test_run_pressed_twice_runs_once(app, ana):
    book = people(10)
    path = path_of(upload(ana, excel(three_sheets(book))))
    assert [ana.post(f"{path}/run").status_code for _turn in range(2)] == [303, 303]
    run(ana, path)
    for verb in ("run", "steps", "columns"):
        assert ana.post(f"{path}/{verb}").status_code == 303
    assert counts() == book_size(book)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Edit)) == sum(book_size(book))


def test_a_run_killed_between_writing_and_noting_goes_on_without_doubles(app, ana, monkeypatch):
    book = people(60)
    path = path_of(upload(ana, excel(three_sheets(book))))
    ana.post(f"{path}/run")

    class Killed(BaseException):
        pass

    def kill(name):
        if name == "import-applied-before-noted":
            raise Killed

    monkeypatch.setattr(jobs, "failpoint", kill)
    with pytest.raises(Killed):
        ana.post(f"{path}/steps")
    with write() as session:  # a killed process leaves its lease behind
        session.execute(sa.update(ImportJob).values(lease_until=utcnow() + timedelta(seconds=30)))
    monkeypatch.undo()
    before = counts()
    assert sum(before) > 0
    ana.post(f"{path}/steps")
    assert counts() == before  # somebody may still be at work
    with write() as session:
        session.execute(sa.update(ImportJob).values(lease_until=utcnow() - timedelta(seconds=1)))
    run(ana, path)
    assert counts() == book_size(book)


def test_an_update_writes_only_what_differs(app, ana, office):
    book = people(5)
    run(ana, path_of(upload(ana, excel(three_sheets(book)))))
    book[0].city, book[1].note = "宁波", "喜欢钓鱼和下棋"
    data = excel(three_sheets(book))
    path = path_of(upload(ana, data))
    ana.post(f"{path}/columns", data={"when_there": "skip"})
    run(ana, path)
    scope = [f"agent:{office.ana.id}"]
    assert {row["ver"] for row in read_rows(db.session(), "customer", scopes=scope)} == {1}
    path = path_of(upload(ana, data))
    ana.post(f"{path}/columns", data={"when_there": "update"})
    assert "宁波" in ana.get(path).text
    run(ana, path)
    assert counts() == book_size(book)
    rows = {row["name"]: row for row in read_rows(db.session(), "customer", scopes=scope)}
    assert rows[book[0].name]["city"] == "宁波"
    assert rows[book[1].name]["note"] == "喜欢钓鱼和下棋"
    assert [rows[person.name]["ver"] for person in book] == [2, 2, 1, 1, 1]


def test_a_bad_row_never_stops_the_rest(app, ana):
    book = people(6)
    rows = [customer_cells(person) for person in book]
    rows[1][3] = Number("1.1010119900307101E+17")
    rows[2][2] = "2024年13月40日"
    rows[3][1] = "未定义"
    rows[4][3] = "110101199003071233"
    path = path_of(
        upload(ana, excel({"客户": [["姓名", "性别", "出生日期", "证件号码", "手机号码"], *[row[:5] for row in rows]]}))
    )
    page = ana.get(path).text
    report = ana.get(f"{path}/faults.csv").get_data(as_text=True)
    assert report.startswith("\ufeff")
    for row in (3, 4, 5, 6):
        assert f",{row}," in report
    assert "1.1010119900307" in page or "110101199003071" in page
    run(ana, path)
    assert counts()[0] == 2


def test_a_stranger_does_not_see_the_job(app, client, office):
    ana = sign_in(client, office.ana)
    path = path_of(upload(ana, excel(three_sheets(people(3)))))
    for person in (office.stranger, office.ben, office.leader):
        other = app.test_client()
        other.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        sign_in(other, person)
        for method, verb in (
            ("get", ""),
            ("get", "/faults.csv"),
            ("post", "/run"),
            ("post", "/steps"),
            ("post", "/discard"),
        ):
            assert getattr(other, method)(path + verb).status_code == 404
    assert counts() == (0, 0, 0)


def test_people_without_a_book_cannot_import(app, office):
    for person in (office.office, office.compliance, office.admin):
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        sign_in(client, person)
        assert client.get("/imports/new").status_code == 403
    fresh = app.test_client()
    assert fresh.get("/imports/new").status_code == 303


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7 ...",
        b"\xd0\xcf\x11\xe0" + b"\0" * 600,
        b"PK\x03\x04nonsense",
        b"a,b\n1,\xff\xff\n",
        b"\x89PNG....",
    ],
)
def test_wrong_files_are_refused_in_words(app, ana, data):
    response = upload(ana, data, "x.xls")
    assert response.status_code == 422
    assert 'role="alert"' in response.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ImportJob)) == 0


def test_a_huge_upload_is_refused(app, ana):
    response = upload(ana, b"a,b\n" + b"x" * (11 * 2**20), "x.csv")
    assert response.status_code == 413


def test_nothing_personal_lies_in_clear_and_nothing_stays(app, ana, database):
    book = people(4)
    book[0].note = "CANARY-note"
    path = path_of(upload(ana, csv_bytes(flat_rows(book)), "CANARY-file.csv"))
    with db.engine.connect() as connection:
        for table in (ImportJob.__table__, ImportChunk.__table__):
            everything = repr(connection.execute(sa.select(table)).all())
            assert "CANARY" not in everything
            assert book[0].mobile not in everything
            assert book[0].name not in everything
    run(ana, path)
    db.session.rollback()
    job = db.session.scalars(sa.select(ImportJob)).one()
    assert (job.table, job.layouts, job.preview, job.filename) == (None, None, None, None)
    assert db.session.scalars(sa.select(ImportChunk)).all() == []


def test_an_upload_never_touches_a_temporary_file(app, ana, monkeypatch):
    def refuse(*_given, **_more):
        raise AssertionError("an upload was written to disk")

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse, raising=False)
    monkeypatch.setattr("werkzeug.formparser.TemporaryFile", refuse, raising=False)
    data = csv_bytes([["姓名", "备注"], *[[f"甲{n}", "x" * 900] for n in range(900)]])
    assert len(data) > 600_000
    path_of(upload(ana, data, "a.csv"))


def test_the_files_of_the_database_hold_nothing_in_clear(app, ana, database, tmp_path):
    book = people(4)
    book[0].note = "CANARY-note"
    path = path_of(upload(ana, csv_bytes(flat_rows(book)), "CANARY-file.csv"))
    run(ana, path)
    if database.startswith("sqlite"):
        for file in tmp_path.rglob("*"):
            if file.is_file():
                content = file.read_bytes()
                assert b"CANARY" not in content
                assert book[0].mobile.encode() not in content
                assert book[0].id_number.encode() not in content


def test_discarded_is_gone(app, ana):
    path = path_of(upload(ana, excel(three_sheets(people(3)))))
    assert ana.post(f"{path}/discard").status_code == 303
    assert ana.get(path).status_code == 404


def test_formulas_in_the_list_of_faults_are_harmless(app, ana):
    data = csv_bytes([["姓名", "手机", "=cmd|x"], ["甲一", "=HYPERLINK(1)", "x"], ["乙二", "+86 123", "y"]], "utf-8")
    path = path_of(upload(ana, data, "a.csv"))
    report = ana.get(f"{path}/faults.csv").get_data(as_text=True)
    assert "'=HYPERLINK(1)" in report
    assert "'+86 123" in report


def test_the_book_moved_on_between_preview_and_run(app, ana):
    book = people(5)
    data = excel(three_sheets(book))
    first, second = path_of(upload(ana, data)), path_of(upload(ana, data))
    run(ana, first)
    response = ana.post(f"{second}/run")
    assert response.headers["Location"].endswith("changed=1")
    assert counts() == book_size(book)
    assert "disabled" in ana.get(second).text


def test_headings_and_columns_can_be_said_otherwise(app, ana, office):
    data = csv_bytes([["谁", "哪里"], ["甲一", "杭州"], ["乙二", "苏州"]], "utf-8")
    path = path_of(upload(ana, data, "a.csv"))
    ana.post(f"{path}/columns", data={"h0": "0"})
    ana.post(
        f"{path}/columns", data={"h0": "0", "c0-0": "customer.name", "c0-1": "customer.city", "h1": "x", "c9-9": "y"}
    )
    run(ana, path)
    rows = read_rows(db.session(), "customer", scopes=[f"agent:{office.ana.id}"])
    assert {(row["name"], row["city"]) for row in rows} == {("甲一", "杭州"), ("乙二", "苏州")}


@pytest.mark.parametrize(
    "data", [{"h0": "99"}, {"h0": "-5"}, {"c0-0": "customer.id"}, {"c0-0": "policy.scope"}, {"when_there": "delete"}]
)
def test_nonsense_in_the_form_changes_nothing(app, ana, data):
    path = path_of(upload(ana, csv_bytes([["姓名", "手机"], ["甲一", "13800000001"]]), "a.csv"))
    assert ana.post(f"{path}/columns", data=data).status_code == 303
    assert ana.get(path).status_code == 200


def test_both_languages(app, ana):
    path = path_of(upload(ana, excel(three_sheets(people(3)))))
    ana.set_cookie("lang", "en")
    assert "Nothing has been written yet" in ana.get(path).text
    ana.set_cookie("lang", "zh-CN")
    assert "还没有写入" in ana.get(path).text


def test_the_show_book_goes_in_within_a_minute(app, ana):
    book = people(2_000)
    begun = time.monotonic()
    run(ana, path_of(upload(ana, excel(three_sheets(book)))))
    assert counts() == book_size(book)
    assert time.monotonic() - begun < 60
