"""An import is taken back: what nobody touched goes, the rest stays and is listed; once, whatever happens in between."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from portal.imports import jobs, undo
from portal.imports.models import ImportJob, ImportRecord, ImportUndo
from sync.apply import apply_edits
from sync.columns import new_id, utcnow
from sync.database import db, write
from sync.devices import server_author
from sync.rows import read_rows, read_tree
from tests.fixtures.make_books import excel, people, three_sheets
from tests.people import cast, sign_in
from tests.portal.imports.test_real_files import go_back
from tests.portal.imports.test_writing import book_size, counts, path_of, run, upload

AT = "2026-11-25T09:00:00.000Z"


@pytest.fixture
def office(app):
    return cast(app)


@pytest.fixture
def ana(app, client, office):
    return sign_in(client, office.ana)


def brought(ana, book) -> str:
    path = path_of(upload(ana, excel(three_sheets(book))))
    run(ana, path)
    return path


def trees(office):
    db.session.rollback()
    rows = read_rows(db.session(), "customer", scopes=[f"agent:{office.ana.id}"])
    return [read_tree(db.session(), "customer", row["id"]) for row in rows]


def phone_writes(office, *edits):
    verdicts = apply_edits([{"at": AT, **edit} for edit in edits], server_author("a phone", office.ana.id))
    assert {verdict["verdict"] for verdict in verdicts} == {"ok"}
    db.session.rollback()


def changed(kind, row, **values):
    pairs = {name: [row[name], value] for name, value in values.items()}
    return {"op": "update", "kind": kind, "id": row["id"], "base": row["ver"], "set": pairs}


def outcomes():
    db.session.rollback()
    return {record.record_id: record.outcome for record in db.session.scalars(sa.select(ImportRecord))}


def test_an_import_that_nobody_touched_goes_whole(app, ana):
    book = people(12)
    path = brought(ana, book)
    assert counts() == book_size(book)
    ana.set_cookie("lang", "en")
    assert "Take this import back?" in ana.get(f"{path}/undo").text
    go_back(ana, path)
    assert counts() == (0, 0, 0)
    assert set(outcomes().values()) == {undo.UNDONE}
    assert "Nothing of this import is left" in ana.get(f"{path}/undo").text
    assert "Take this import back" not in ana.get(path).text


def test_what_was_touched_since_stays_with_whom_it_belongs_to(app, ana, office):
    book = people(12)
    path = brought(ana, book)
    found = trees(office)
    with_family = next(tree for tree in found if tree["relative"] and tree["policy"])
    other = next(tree for tree in found if tree is not with_family and tree["policy"])
    policy = other["policy"][0]
    phone_writes(
        office,
        changed("customer", with_family["customer"], city="宁波"),
        changed("policy", policy, insurer="演示人寿二"),
    )
    go_back(ana, path)
    left = trees(office)
    assert {tree["customer"]["id"] for tree in left} == {with_family["customer"]["id"], other["customer"]["id"]}
    found = outcomes()
    assert found[with_family["customer"]["id"]] == undo.TOUCHED
    assert found[policy["id"]] == undo.TOUCHED
    assert found[other["customer"]["id"]] == undo.NEEDED
    # Nobody touched the family and the policies of the first: they went.
    kept = next(tree for tree in left if tree["customer"]["id"] == with_family["customer"]["id"])
    assert (kept["relative"], kept["policy"]) == ([], [])
    ana.set_cookie("lang", "en")
    page = ana.get(f"{path}/undo").text
    assert with_family["customer"]["name"] in page
    assert "It was changed since the import." in page
    assert "Something that was added since belongs to it." in page
    report = load_workbook(io.BytesIO(ana.get(f"{path}/report.xlsx").data))
    assert {row[1].value for row in report["Stayed"].iter_rows(min_row=2)} >= {with_family["customer"]["name"]}


def test_a_customer_with_a_visit_stays(app, ana, office):
    path = brought(ana, people(3))
    tree = trees(office)[0]["customer"]
    visit = {"customer_id": [None, tree["id"]], "channel": [None, "call"], "started_at": [None, AT]}
    phone_writes(office, {"op": "create", "kind": "visit", "id": new_id(), "set": visit})
    go_back(ana, path)
    assert [each["customer"]["id"] for each in trees(office)] == [tree["id"]]
    assert outcomes()[tree["id"]] == undo.NEEDED


def test_a_relative_whom_a_policy_names_stays(app, ana, office):
    path = brought(ana, people(12))
    tree = next(tree for tree in trees(office) if tree["relative"])
    member = tree["relative"][0]
    policy = {
        "customer_id": [None, tree["customer"]["id"]],
        "kind": [None, "term"],
        "insured": [None, {"kind": "relative", "id": member["id"]}],
    }
    phone_writes(office, {"op": "create", "kind": "policy", "id": new_id(), "set": policy})
    go_back(ana, path)
    assert outcomes()[member["id"]] == undo.NEEDED
    (left,) = trees(office)
    assert [each["id"] for each in left["relative"]] == [member["id"]]


def test_what_an_update_overwrote_comes_back(app, ana, office):
    book = people(4)
    brought(ana, book)
    before = {tree["customer"]["id"]: tree["customer"] for tree in trees(office)}
    for person in book:
        person.city, person.note = "宁波", "新的备注"
    path = path_of(upload(ana, excel(three_sheets(book))))
    ana.post(f"{path}/columns", data={"when_there": "update"})
    run(ana, path)
    touched = trees(office)[0]["customer"]
    phone_writes(office, changed("customer", touched, hobbies="下棋"))
    go_back(ana, path)
    for tree in trees(office):
        row = tree["customer"]
        if row["id"] == touched["id"]:
            assert (row["city"], row["hobbies"]) == ("宁波", "下棋")
        else:
            assert (row["city"], row["note"]) == (before[row["id"]]["city"], before[row["id"]]["note"])
    assert counts() == book_size(book)


def test_what_was_deleted_before_is_no_fault(app, ana, office):
    path = brought(ana, people(4))
    row = trees(office)[0]["customer"]
    phone_writes(office, {"op": "delete", "kind": "customer", "id": row["id"], "base": row["ver"]})
    go_back(ana, path)
    assert counts() == (0, 0, 0)
    assert outcomes()[row["id"]] == undo.GONE


def test_killed_between_removing_and_noting_it_goes_on(app, ana, monkeypatch):
    path = brought(ana, people(40))
    ana.post(f"{path}/undo")

    class Killed(BaseException):
        pass

    def kill(name):
        if name == "import-undone-before-noted":
            raise Killed

    monkeypatch.setattr(undo, "failpoint", kill)
    with pytest.raises(Killed):
        ana.post(f"{path}/undo/steps")
    monkeypatch.undo()
    with write() as session:
        session.execute(sa.update(ImportUndo).values(lease_until=utcnow() - timedelta(seconds=1)))
    go_back(ana, path)
    assert counts() == (0, 0, 0)
    assert set(outcomes().values()) == {undo.UNDONE}


def test_the_worker_brings_both_ways_to_an_end(app, ana):
    book = people(30)
    path = path_of(upload(ana, excel(three_sheets(book))))
    ana.post(f"{path}/run")
    assert "0 of" in ana.get("/imports/new", headers={"Accept-Language": "en"}).text
    assert jobs.go_on(utcnow()) == 1
    assert counts() == book_size(book)
    ana.post(f"{path}/undo")
    assert undo.go_on(utcnow()) == 1
    assert counts() == (0, 0, 0)
    assert (jobs.go_on(utcnow()), undo.go_on(utcnow())) == (0, 0)


def test_after_a_month_there_is_no_way_back_and_nothing_kept_for_it(app, ana):
    path = brought(ana, people(3))
    with write() as session:
        session.execute(sa.update(ImportJob).values(finished_at=utcnow() - timedelta(days=31)))
    assert ana.get(f"{path}/undo").status_code == 404
    assert ana.post(f"{path}/undo").status_code == 404
    undo.forget_records(utcnow())
    db.session.rollback()
    assert db.session.scalars(sa.select(ImportRecord)).all() == []


def test_only_whose_import_it_is_may_take_it_back(app, ana, office):
    path = brought(ana, people(3))
    for person in (office.ben, office.leader, office.stranger):
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        sign_in(client, person)
        for method, verb in (("get", "/undo"), ("post", "/undo"), ("post", "/undo/steps"), ("get", "/report.xlsx")):
            assert getattr(client, method)(path + verb).status_code == 404
    assert sum(counts()) > 0


def test_the_report_names_what_was_refused_mended_and_left_aside(app, ana):
    from tests.fixtures.real_files import broken, chinese_list

    ana.set_cookie("lang", "en")
    for data, name, sheet, words in (
        (chinese_list(), "a.csv", "Mended", "The date was kept as a day number."),
        (chinese_list(), "a.csv", "Not taken", "Day and month could be exchanged. Write the date like 2024-03-05."),
        (broken(), "a.vcf", "Left aside", "A line of the card could not be understood."),
    ):
        path = path_of(upload(ana, data, name))
        book = load_workbook(io.BytesIO(ana.get(f"{path}/report.xlsx").data))
        assert words in {row[3].value for row in book[sheet].iter_rows()}
