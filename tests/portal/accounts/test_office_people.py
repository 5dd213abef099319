"""/admin/people: somebody is added, changed, disabled and let in again; there is always an administrator."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from portal.accounts import people as office_people
from portal.accounts.models import Agent, NotAdded, Session, Unit
from sync.database import db, write
from sync.models import Device
from tests.people import OTHER_TEAM, PASSWORD, sign_in
from tests.portal.accounts.forms import form, logged, send


def person(person_id: str) -> Agent:
    db.session.rollback()
    return db.session.get_one(Agent, person_id)


def change(client, who, **changed: str):
    page = f"/admin/people/{who.id}"
    return send(client, f"{page}/edit", page, **changed)


def register(client, who) -> dict:
    made = client.post("/sync/devices", json={"label": "Mate 60"}, auth=who.basic)
    assert made.status_code == 201, made.text
    return made.json


def test_somebody_new_begins_with_a_code(admin, new_client, people):
    fields = {"name": "新晓月", "username": "XinYue", "unit": people.ana.unit_id, "role": "agent"}
    made = send(
        admin, "/admin/people/new", "/admin/people", work_phone="139 0000 1234", registration="0001",
        registration_status="registered", registration_expires="2027-12-31", sales_grade="3", **fields,
    )  # fmt: skip
    assert made.status_code == 303, made.text
    assert "xinyue" in admin.get(made.location).text
    found = office_people.known_as("13900001234")
    assert found
    assert found.authority == {
        "registration": "0001",
        "registration_status": "registered",
        "registration_expires": "2027-12-31",
        "sales_grade": 3,
    }
    assert [(what, by, facts["name"]) for what, by, facts in logged()] == [("person_added", people.admin.id, "新晓月")]
    assert "139" not in str(logged())
    assert new_client().post("/sign-in", data={"username": "xinyue", "password": ""}).status_code == 401


def test_what_cannot_be_is_said_beside_its_field(admin, people):
    faults = {
        "username": ["ana", "ＡＮＡ", "x", "a b", "a/b", "13800009999", "a\0b"],
        "name": ["", "   ", "长" * 101],
        "work_phone": [people.ana.work_phone, "138-0000-2046", "12345"],
        "role": ["king", ""],
        "registration_status": ["perhaps"],
        "registration_expires": ["2026-02-30", "soon", "31.12.2026"],
        "sales_grade": ["9", "0", "-1", ""],
        "unit": ["", "nonsense", "\0"],
        "registration": ["1" * 65],
        "email": ["x" * 121],
    }
    fields = {"name": "新人", "username": "new", "unit": people.ana.unit_id, "role": "agent"}
    for name, values in faults.items():
        for value in values:
            refused = send(admin, "/admin/people/new", "/admin/people", **{**fields, name: value})
            assert refused.status_code == 422, (name, value)
            assert f'id="{name}-error"' in refused.text, (name, value)
            if name != "username":
                assert (
                    change(admin, people.ana, **{name: value} if name != "work_phone" else {name: "12345"}).status_code
                    == 422
                )
    assert logged() == []
    assert change(admin, people.ana, work_phone=people.ben.work_phone).status_code == 422
    assert change(admin, people.ana).status_code == 303  # her own phone does not clash with itself
    assert logged() == []  # nothing changed, nothing written


def test_another_unit_role_grade_and_registration(admin, people):
    assert change(
        admin, people.ana, unit=people.stranger.unit_id, sales_grade="4", registration_expires="2028-01-31",
        registration_status="suspended", work_phone="137 0000 0001", name="沈清月",
    ).status_code == 303  # fmt: skip
    ana = person(people.ana.id)
    assert (ana.unit.name, ana.sales_grade, ana.registration_expires) == (OTHER_TEAM, 4, date(2028, 1, 31))
    assert ana.card["work_phone"] == "13700000001"
    ((what, by, facts),) = logged()
    assert (what, by) == ("person_changed", people.admin.id)
    assert facts["changes"]["unit"] == ["望江二部", OTHER_TEAM]
    assert facts["changes"]["registration_status"] == ["registered", "suspended"]
    assert facts["changes"]["work_phone"] == [None, None]  # that it changed, not what it is
    page = admin.get(f"/admin/people/{people.ana.id}").text
    for text in ("沈清月", OTHER_TEAM, "登记暂停", "工作手机"):
        assert text in page


def test_a_role_without_customers_takes_the_phones_away(admin, new_client, people):
    phone = register(new_client(), people.ana)
    assert change(admin, people.ana, role="office").status_code == 303
    assert db.session.scalar(sa.select(Device.revoked_at).where(Device.id == phone["device"])) is not None
    asked = new_client().post("/sync/devices", json={"label": "x"}, auth=people.ana.basic)
    assert (asked.status_code, asked.json["code"]) == (403, "no_book")


def test_somebody_elses_change_is_shown_and_not_written_over(admin, desk, people):
    page = f"/admin/people/{people.ana.id}"
    mine = form(admin.get(f"{page}/edit").text)
    assert change(desk(people.admin), people.ana, sales_grade="2", name="沈小清").status_code == 303
    stale = admin.post(page, data=mine | {"sales_grade": "4"})
    assert stale.status_code == 409
    assert "<b>沈小清</b>" in stale.text
    assert person(people.ana.id).sales_grade == 2
    # What was typed is still there; sent again it counts, for now it is known what stands there.
    again = form(stale.text)
    assert again["sales_grade"] == "4"
    assert admin.post(page, data=again | {"name": "沈小清"}).status_code == 303
    assert (person(people.ana.id).sales_grade, person(people.ana.id).name) == (4, "沈小清")


def test_disabled_and_let_in_again(admin, desk, new_client, people):
    ana, phone = desk(people.ana), register(new_client(), people.ana)
    page = f"/admin/people/{people.ana.id}"
    assert "停用沈清越" in admin.get(f"{page}/disablings").text
    for _twice in range(2):
        assert admin.post(f"{page}/disablings").status_code == 303
    assert ana.get("/account").status_code == 303
    assert db.session.scalar(sa.select(Device.revoked_at).where(Device.id == phone["device"])) is not None
    assert new_client().post("/sign-in", data={"username": "ana", "password": PASSWORD}).status_code == 401
    assert admin.post(f"{page}/codes").status_code == 422  # no code for who may not sign in
    for _twice in range(2):
        assert admin.post(f"{page}/enablings").status_code == 303
    sign_in(new_client(), people.ana)
    assert ana.get("/account").status_code == 303  # old sessions stay ended, old phones revoked
    assert db.session.scalar(sa.select(Device.revoked_at).where(Device.id == phone["device"])) is not None
    assert [what for what, _by, _facts in logged()] == ["person_disabled", "person_enabled"]


def test_the_last_administrator_stays(admin, desk, people):
    page = f"/admin/people/{people.admin.id}"
    refused = admin.post(f"{page}/disablings")
    assert (refused.status_code, "唯一" in refused.text) == (422, True)
    for role in ("agent", "compliance"):
        refused = change(admin, people.admin, role=role)
        assert (refused.status_code, 'id="role-error"' in refused.text) == (422, True)
    assert change(admin, people.admin, name="老管理员").status_code == 303  # anything else may change
    # A second one: then the first may go. Then the second is the last.
    assert change(admin, people.manager, role="admin").status_code == 303
    assert change(admin, people.admin, role="compliance").status_code == 303
    assert admin.get("/admin").status_code == 403
    second = desk(people.manager)
    assert second.post(f"/admin/people/{people.manager.id}/disablings").status_code == 422
    # A disabled administrator is none.
    assert change(second, people.ben, role="admin").status_code == 303
    assert second.post(f"/admin/people/{people.ben.id}/disablings").status_code == 303
    assert change(second, people.manager, role="manager").status_code == 422
    assert person(people.manager.id).role == "admin"


def test_two_administrators_who_leave_at_the_same_time(app, people):
    with write() as session:
        session.get_one(Agent, people.manager.id).role = "admin"
    db.session.rollback()
    outcomes, start = [], threading.Barrier(2)

    def leave(person_id: str) -> None:
        with app.app_context():
            start.wait(10)
            try:
                office_people.disable(person_id, person_id, even_last=False)
                outcomes.append("left")
            except NotAdded:
                outcomes.append("stays")

    threads = [threading.Thread(target=leave, args=(one.id,)) for one in (people.admin, people.manager)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["left", "stays"]


def test_nobody_does_to_oneself_what_asks_for_a_password(admin, people):
    page = f"/admin/people/{people.admin.id}"
    for path in ("codes", "two-step/resets"):
        assert admin.get(f"{page}/{path}").status_code == 403
        assert admin.post(f"{page}/{path}").status_code == 403
    assert logged() == []


def test_the_list_finds_by_name_username_phone_and_registration(admin, people):
    def found(**asked: str) -> set[str]:
        answer = admin.get("/admin/people", query_string=asked, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert "<html" not in answer.text
        return {one.name for one in people.everybody() if f">{one.name}" in answer.text}

    assert found() == {one.name for one in people.everybody()}
    assert (
        found(q="沈清")
        == found(q="沈 清越".replace(" ", ""))
        == found(q="138 0000 2046")
        == found(q="00001234567800000000")
        == {"沈清越"}
    )
    assert found(q="STRANGER") == {"陆生"}
    assert found(q="%") == found(q="_") == found(q="' OR 1=1 --") == found(q="\0%%") == set()
    assert found(role="leader") == {"林知远", "韩述"}
    assert found(unit=people.stranger.unit_id) == {"陆生", "韩述"}
    assert found(unit="nonsense") == set()
    assert found(role="king", page="x", state="?") == found()
    assert found(page="99999") == found(page="-1", q="nobody") == set()
    office_people.disable(people.ana.id)
    assert "沈清越" not in found()
    assert found(state="left") == {"沈清越"}


def test_pages_of_a_large_office(admin, people):
    with write() as session:
        unit = session.get_one(Unit, people.ana.unit_id)
        for number in range(60):
            office_people.add_agent(
                session, username=f"many{number}", name=f"众{number:02}", unit=unit, role="agent", password_hash="x"
            )
    first = admin.get("/admin/people?q=众").text
    assert "众00" in first
    assert "众59" not in first
    assert "page=1" in first
    assert "众59" in admin.get("/admin/people?q=众&page=1").text


def test_registrations_that_end_soon_stand_on_the_first_page(admin, people):
    from portal.accounts.admin.frame import today

    for days, told in ((61, False), (60, True), (-1, True)):
        with write() as session:
            session.get_one(Agent, people.ana.id).registration_expires = today() + timedelta(days=days)
        assert ("沈清越" in admin.get("/admin").text) is told, days
    assert "已到期" in admin.get("/admin").text


def test_phones_of_everybody_are_found_and_revoked(admin, desk, new_client, people):
    ana, ben = register(new_client(), people.ana), register(new_client(), people.stranger)
    page = admin.get("/admin/devices").text
    assert "沈清越" in page
    assert "陆生" in page
    assert "陆生" not in admin.get("/admin/devices?q=沈").text
    path = f"/admin/devices/{ana['device']}/revocations"
    assert "沈清越" in admin.get(path).text
    browser = desk(people.ana)
    for _twice in range(2):
        assert admin.post(path).status_code == 303
    assert browser.get("/account").status_code == 303
    assert admin.get("/admin/devices").status_code == 200  # but not the one that asks
    assert "沈清越" not in admin.get("/admin/devices", headers={"HX-Request": "true"}).text
    assert "沈清越" in admin.get("/admin/devices?state=revoked").text
    assert [(what, facts["name"], facts["label"]) for what, _by, facts in logged()] == [
        ("phone_revoked", "沈清越", "Mate 60")
    ]
    assert db.session.scalar(sa.select(Device.revoked_at).where(Device.id == ben["device"])) is None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Session).where(Session.ended_at.is_not(None))) == 1


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_every_page_in_both_languages(admin, people, lang):
    admin.set_cookie("lang", lang)
    person, unit = f"/admin/people/{people.ana.id}", f"/admin/units/{people.ana.unit_id}"
    for path in (
        "/admin", "/admin/units", unit, f"{unit}/edit", "/admin/units/new", "/admin/people", person, f"{person}/edit",
        f"{person}/codes", f"{person}/disablings", f"{person}/added", "/admin/people/new", "/admin/devices",
        "/admin/settings", *(f"/admin/settings/{name}" for name in ("two_step", "office_name", "code_hours")),
        "/admin/log", "/account/two-step",
    ):  # fmt: skip
        answer = admin.get(path)
        assert answer.status_code == 200, path
        assert "%(" not in answer.text, path
        assert f'lang="{lang}"' in answer.text
