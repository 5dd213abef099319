"""The staff of the office edit customers of their unit: the same edits, the same conflicts, and nobody else may."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portal.office.readings import CustomerReading
from sync.columns import new_id
from sync.database import db
from tests.portal.office.conftest import MOBILE, NUMBER, PLATE, conflicts, form_of, row, write

NEW_MOBILE = "13700001111"


def test_a_customer_is_found_by_whatever_one_remembers(desk, people, family):
    customer, _relative, _policy = family(people.ana)
    family(people.stranger, "单别家")
    office = desk(people.office)
    for q in ("单雪", "sxm", "danxuemei", "shan", "5678", PLATE, "123456", "王小川", "杭州"):
        page = office.post("/office/results", data={"q": q}, headers={"HX-Request": "true"}).text
        assert customer in page, q
        assert "单别家" not in page
        assert people.ana.name in page


def test_nothing_typed_changes_nothing(desk, people, family):
    customer, relative, policy = family(people.ana)
    office = desk(people.office)
    for kind, row_id, path in (("customer", customer, ""), ("relative", relative, f"/relatives/{relative}"),
                               ("policy", policy, f"/policies/{policy}")):  # fmt: skip
        form = form_of(office.get(f"/office/customers/{customer}{path}/edit").text)
        assert office.post(f"/office/customers/{customer}{path}", data=form).status_code == 303
        assert row(kind, row_id)["ver"] == 1, kind


def test_an_edit_reaches_the_phone_with_the_name_of_who_made_it(desk, people, family):
    customer, _relative, _policy = family(people.ana)
    office = desk(people.office)
    form = form_of(office.get(f"/office/customers/{customer}/edit").text)
    form |= {"mobile": ["137 0000 1111"], "home_address": ["文三路 1 号"], "tags_need_add": ["养老"]}
    done = office.post(f"/office/customers/{customer}", data=form)
    assert (done.status_code, done.headers["Location"]) == (303, f"/office/customers/{customer}")
    assert "Saved" in office.get(done.headers["Location"]).text
    now = row("customer", customer)
    assert (now["mobile"], now["home_address"], now["ver"]) == (NEW_MOBILE, "文三路 1 号", 2)
    assert now["tags_need"] == ["教育金", "养老"]
    again = office.post(f"/office/customers/{customer}", data=form)
    assert again.status_code == 303
    assert row("customer", customer)["ver"] == 2
    db.session.rollback()
    lines = db.session.scalars(sa.select(CustomerReading).order_by(CustomerReading.id))
    assert [line.what for line in lines] == ["changed", "whole"]

    write(people.ana, ("update", "customer", customer, {"mobile": [MOBILE, "13600002222"]}))
    (conflict,) = conflicts(people.ana)
    assert (conflict["author_name"], conflict["theirs_name"]) == (people.ana.name, people.office.name)
    card = office.get(f"/office/customers/{customer}").text
    assert people.ana.name in card
    assert "decides on the phone" in card
    assert "13600002222" not in card


def test_a_form_that_was_opened_before_the_phone_synced_overwrites_nothing(desk, people, family):
    customer, _relative, _policy = family(people.ana)
    office = desk(people.office)
    form = form_of(office.get(f"/office/customers/{customer}/edit").text)
    write(people.ana, ("update", "customer", customer, {"mobile": [MOBILE, "13600002222"], "city": ["杭州", "宁波"]}))
    form |= {"mobile": [NEW_MOBILE], "employer": ["望江小学"]}
    done = office.post(f"/office/customers/{customer}", data=form)
    assert done.status_code == 303
    now = row("customer", customer)
    assert (now["mobile"], now["city"], now["employer"]) == ("13600002222", "宁波", "望江小学")
    (conflict,) = conflicts(people.ana)
    assert (conflict["author_name"], conflict["mine"], conflict["theirs"]) == (
        people.office.name,
        NEW_MOBILE,
        "13600002222",
    )
    office.post(f"/office/customers/{customer}", data=form)
    assert len(conflicts(people.ana)) == 1


def test_a_form_that_does_not_say_what_it_showed_overwrites_nothing(desk, people, family):
    office = desk(people.office)
    strange = ("", "[]", "{}", '{"ver": -1, "row": 7}', '{"ver": true, "row": {"mobile": {}}}', "\ud800", "[" * 9000)
    for number, shown in enumerate(strange, 1):
        customer, _relative, _policy = family(people.ana)
        data = {"_shown": shown.encode("utf-8", "surrogatepass"), "mobile": NEW_MOBILE}
        assert office.post(f"/office/customers/{customer}", data=data).status_code == 303
        assert row("customer", customer)["mobile"] == MOBILE
        assert len(conflicts(people.ana)) == number, shown[:20]


def test_relatives_and_policies_are_added_once_and_changed(desk, people, family):
    customer, _relative, policy = family(people.ana)
    office = desk(people.office)
    home = f"/office/customers/{customer}"
    form = form_of(office.get(f"{home}/relatives/new").text) | {"name": ["单大山"], "relation": ["parent"]}
    for _time in range(2):
        assert office.post(f"{home}/relatives", data=form).status_code == 303
    made = row("relative", form["id"][0])
    assert (made["name"], made["customer_id"], made["ver"]) == ("单大山", customer, 1)

    form = form_of(office.get(f"{home}/policies/new").text) | {"kind": ["ci"], "premium_fen": ["1.2万"]}
    form["heir"][0], form["share"][0] = f"relative:{made['id']}", "100"
    form |= {"insured": ["other"], "insured_other": ["外人"]}
    assert office.post(f"{home}/policies", data=form).status_code == 303
    bought = row("policy", form["id"][0])
    assert (bought["premium_fen"], bought["insured"]) == (1_200_000, {"name": "外人"})
    assert bought["beneficiaries"] == [{"ref": {"kind": "relative", "id": made["id"]}, "order": 1, "share_bp": 10_000}]

    form = form_of(office.get(f"{home}/policies/{policy}/edit").text) | {"terminated_on": ["2026-01-02"]}
    wrong = office.post(f"{home}/policies/{policy}", data=form)
    assert wrong.status_code == 422
    assert "Say how the policy ended." in wrong.text
    form = form_of(wrong.text) | {"termination": ["matured"]}
    assert office.post(f"{home}/policies/{policy}", data=form).status_code == 303
    assert row("policy", policy)["termination"] == "matured"


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept(desk, people, family):
    customer, _relative, _policy = family(people.ana)
    office = desk(people.office)
    form = form_of(office.get(f"/office/customers/{customer}/edit").text)
    form |= {"mobile": ["138"], "occupation_class": ["nine"], "health_note": ["高血压"], "name": [""], "city": ["绍兴"]}
    page = office.post(f"/office/customers/{customer}", data=form)
    assert page.status_code == 422
    assert 'id="f-mobile-error"' in page.text
    assert 'value="绍兴"' in page.text
    assert row("customer", customer)["ver"] == 1
    only = form | {"mobile": [MOBILE], "occupation_class": [""], "name": ["单雪梅"]}
    page = office.post(f"/office/customers/{customer}", data=only)
    assert "consent" in page.text
    assert page.status_code == 422


def test_nonsense_is_refused_or_kept_as_text(desk, people, family):
    customer, relative, _policy = family(people.ana)
    office = desk(people.office)
    for text in ("\0", "a\ud800b", "x" * 20_000, "<script>alert(1)</script>"):
        for path in ("", f"/relatives/{relative}"):
            data = {"_shown": "{}", "name": text.encode("utf-8", "surrogatepass"), "customer_id": new_id(), "ver": "9"}
            answer = office.post(f"/office/customers/{customer}{path}", data=data)
            assert answer.status_code in (303, 422)
            assert "<script>alert" not in answer.text
    assert row("relative", relative)["customer_id"] == customer


# ── who may not ──────────────────────────────────────────────────────────────


def every_address(customer: str, relative: str, policy: str) -> list[tuple[str, str]]:
    home = f"/office/customers/{customer}"
    reads = [home, f"{home}/edit", f"{home}/relatives/new", f"{home}/policies/new",
             f"{home}/relatives/{relative}/edit", f"{home}/policies/{policy}/edit"]  # fmt: skip
    writes = [
        home,
        f"{home}/relatives",
        f"{home}/policies",
        f"{home}/relatives/{relative}",
        f"{home}/policies/{policy}",
    ]
    return [("GET", path) for path in reads] + [("POST", path) for path in writes]


def test_a_customer_of_another_unit_does_not_exist(desk, people, family):
    theirs, ours = family(people.stranger), family(people.ana)
    office = desk(people.office)
    for method, path in every_address(*theirs):
        assert office.open(path, method=method, data={"name": "X"}).status_code == 404, path
    for path in (f"/relatives/{theirs[1]}", f"/policies/{theirs[2]}", f"/policies/{ours[1]}", f"/relatives/{new_id()}"):
        assert office.get(f"/office/customers/{ours[0]}{path}/edit").status_code == 404
        assert office.post(f"/office/customers/{ours[0]}{path}", data={"name": "X"}).status_code == 404
    taken = office.post(
        f"/office/customers/{ours[0]}/relatives", data={"id": theirs[1], "name": "X", "relation": "child"}
    )
    assert taken.status_code == 422
    assert row("relative", theirs[1])["name"] == "王小川"
    assert (
        office.post("/office/results", data={"q": "", "whose": people.stranger.id}).text.count("/office/customers/")
        == 0
    )


def test_only_the_staff_edits(desk, people, family):
    ids = family(people.ana)
    for person in people.everybody():
        if person.role == "office":
            continue
        client = desk(person)
        for method, path in every_address(*ids)[1:]:
            answer = client.open(path, method=method, data={"name": "X"})
            assert answer.status_code in (403, 404), (person.role, path)
    assert row("customer", ids[0])["ver"] == 1


def test_a_page_of_another_site_changes_nothing(app, desk, people, family):
    customer, relative, policy = family(people.ana)
    office = desk(people.office)
    office.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    for method, path in every_address(customer, relative, policy):
        if method == "POST":
            assert office.post(path, data={"name": "X"}).status_code == 403
    anybody = app.test_client()
    anybody.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    assert anybody.get(f"/office/customers/{customer}").status_code == 303
    assert row("customer", customer)["ver"] == 1


def test_that_the_staff_looked_is_written_down_and_stays(desk, people, family):
    customer, _relative, _policy = family(people.ana)
    desk(people.office).get(f"/office/customers/{customer}")
    db.session.rollback()
    (line,) = db.session.scalars(sa.select(CustomerReading))
    assert (line.what, line.read_by, line.owner_id, line.reason) == ("whole", people.office.id, people.ana.id, None)
    for change in (sa.update(CustomerReading).values(what="card"), sa.delete(CustomerReading)):
        with pytest.raises(sa.exc.DBAPIError):
            db.session.execute(change)
        db.session.rollback()
    assert NUMBER in desk(people.office).get(f"/office/customers/{customer}").text
