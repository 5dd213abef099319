"""A program reads, follows and writes the records of its person, and of nobody else."""

from __future__ import annotations

import pytest

from sync.columns import new_id
from tests.people import Person


def phone_of(client, person: Person) -> dict[str, str]:
    made = client.post("/sync/devices", json={"label": "Mate 60"}, auth=person.basic)
    return {"Authorization": f"Bearer {made.json['token']}"}


def edit(use, **more):
    return use("POST", "/api/edits", {"edits": [more]}).json["verdicts"][0]


def test_page_by_page(people, program):
    use = program(people.ana)
    ids = sorted(use.create(name).json["verdicts"][0]["row"]["id"] for name in ("王芳", "李雷", "韩梅"))
    first = use("GET", "/api/records/customer?limit=2").json
    assert [each["id"] for each in first["records"]] == ids[:2]
    rest = use("GET", f"/api/records/customer?limit=2&after={first['next']}").json
    assert [each["id"] for each in rest["records"]] == ids[2:]
    assert rest["next"] is None


def test_one_record(people, program):
    use = program(people.ana)
    row = use.create("王芳").json["verdicts"][0]["row"]
    assert use("GET", f"/api/records/customer/{row['id']}").json == {"kind": "customer", "record": row}
    assert use("GET", f"/api/records/visit/{row['id']}").status_code == 404


def test_nobody_elses(people, program):
    row_id = program(people.ana).create("王芳").json["verdicts"][0]["row"]["id"]
    for person in (people.ben, people.leader, people.stranger):
        use = program(person)
        assert use("GET", "/api/records/customer").json["records"] == []
        assert use("GET", f"/api/records/customer/{row_id}").status_code == 404
        assert row_id not in use("GET", "/api/changes").text
        change = {"op": "update", "kind": "customer", "id": row_id, "base": 1, "set": {"name": ["王芳", "x"]}}
        assert edit(use, **change)["error"]["code"] == "not_found"


def test_who_has_no_book_has_nothing_here(app, people):
    for person in (people.office, people.admin, people.compliance):
        said = app.test_client().get("/api/records/customer", auth=person.basic)
        assert (said.status_code, said.json["code"]) == (403, "not_your_role")


def test_changes_since_a_cursor(people, program):
    use = program(people.ana)
    before = use("GET", "/api/changes").json
    row_id = use.create("王芳").json["verdicts"][0]["row"]["id"]
    news = use("GET", f"/api/changes?cursor={before['cursor']}").json
    assert [(each["op"], each["kind"], each["id"]) for each in news["changes"]] == [("put", "customer", row_id)]
    assert news["more"] is False


def test_anothers_cursor_is_none(people, program):
    cursor = program(people.ana)("GET", "/api/changes").json["cursor"]
    said = program(people.ben)("GET", f"/api/changes?cursor={cursor}")
    assert (said.status_code, said.json["code"]) == (400, "bad_cursor")


def test_a_program_and_a_phone_disagree_and_the_program_is_named(app, people, program):
    use, client = program(people.ana), app.test_client()
    row_id = use.create("王芳").json["verdicts"][0]["row"]["id"]
    phone = phone_of(client, people.ana)
    change = {"op": "update", "kind": "customer", "id": row_id, "base": 1}
    assert edit(use, **change, set={"mobile": [None, "13800000000"]})["verdict"] == "ok"
    typed = {"n": 1, **change, "set": {"mobile": [None, "13900000000"]}}
    said = client.post("/sync/push", json={"proto": 1, "edits": [typed], "pull": {"cursor": None}}, headers=phone)
    assert said.json["verdicts"][0]["verdict"] == "conflict"
    question = next(each["row"] for each in said.json["pull"]["changes"] if each["kind"] == "conflict")
    assert question["theirs_label"] == "账本"
    stale = edit(use, **change, set={"mobile": [None, "13700000000"]})
    assert stale["verdict"] == "conflict"


@pytest.mark.parametrize("kind", ["product", "questionnaire", "device", "ruleset"])
def test_a_program_writes_no_more_than_a_phone(people, program, kind):
    said = {"code": "x", "version": 1, "from_date": "2026-01-01", "body": {}}
    values = {name: [None, value] for name, value in said.items()}
    verdict = edit(program(people.ana), op="create", kind=kind, id=new_id(), set=values)
    assert verdict["verdict"] == "rejected"
    assert verdict["error"]["code"] in ("read_only", "unknown_field")


def test_a_number_of_ones_own_counts_for_nothing(people, program):
    use = program(people.ana)
    made = {"n": 7, "op": "create", "kind": "customer", "id": new_id(), "set": {"name": [None, "王芳"]}}
    assert edit(use, **made) | {"row": 0} == {"n": 1, "verdict": "ok", "row": 0}
    assert edit(use, op="x")["error"]["code"] == "malformed"


@pytest.mark.parametrize("text", ["0", "501", "x", "-1", "1e2", "", "٣", "99999999999999999999"])
def test_a_strange_limit_is_refused(people, program, text):
    assert program(people.ana)("GET", f"/api/records/customer?limit={text}").status_code == 400


@pytest.mark.parametrize("body", [None, [], {}, {"edits": None}, {"edits": [1]}, {"edits": [[]]}])
def test_a_strange_body_is_refused(people, program, body):
    assert program(people.ana)("POST", "/api/edits", body).status_code in (400, 415)


def test_too_many_edits_are_refused(people, program):
    said = program(people.ana)("POST", "/api/edits", {"edits": [{}] * 201})
    assert (said.status_code, said.json["code"]) == (413, "too_large")


def test_an_unknown_kind_is_not_there(people, program):
    assert program(people.ana)("GET", "/api/records/agent").status_code == 404
