"""/admin/units: the tree grows, is renamed and moved, and never becomes a ring; who may see it."""

from __future__ import annotations

import re
import threading
from uuid import uuid4

import pytest
import sqlalchemy as sa

from portal.accounts import office, units
from portal.accounts.models import Agent, NotAdded, Unit
from portal.accounts.people import seen_by
from portal.accounts.scopes import scopes_of
from sync.database import db, write
from tests.people import BRANCH, OTHER_TEAM, TEAM
from tests.portal.accounts.forms import logged, send


def unit(name: str) -> Unit:
    db.session.rollback()
    return db.session.execute(sa.select(Unit).where(Unit.name == name)).scalar_one()


def move(client, which: str, above: str | None, **more: str):
    page = f"/admin/units/{unit(which).id}"
    return send(client, f"{page}/edit", page, parent=unit(above).id if above else "", **more)


def test_a_team_is_added_renamed_and_moved(admin, people):
    made = send(admin, f"/admin/units/new?parent={unit(TEAM).id}", "/admin/units", name=" 晨星  小组 ")
    assert made.status_code == 303
    assert unit("晨星 小组").parent_id == unit(TEAM).id
    assert move(admin, "晨星 小组", OTHER_TEAM, name="晨星小组").status_code == 303
    star = unit("晨星小组")
    assert star.path == f"{unit(OTHER_TEAM).path}{star.id}/"
    tree = admin.get("/admin/units").text
    assert tree.index(OTHER_TEAM) < tree.index("晨星小组")
    assert [(what, by) for what, by, _facts in logged()] == [
        ("unit_added", people.admin.id),
        ("unit_moved", people.admin.id),
        ("unit_renamed", people.admin.id),
    ]
    assert logged()[1][2] == {"unit": "晨星 小组", "old": TEAM, "new": OTHER_TEAM}


def test_who_moves_along_is_seen_by_other_leaders(admin, people):
    """Ana's team goes below the other one: that leader sees her now, her phone pulls the scopes of the new place."""
    assert move(admin, TEAM, OTHER_TEAM).status_code == 303
    db.session.rollback()
    ana, boss = (db.session.get_one(Agent, one.id) for one in (people.ana, people.other_leader))
    assert db.session.scalar(sa.select(Agent.id).where(Agent.id == ana.id, seen_by(boss))) == ana.id
    team, other, branch = unit(TEAM), unit(OTHER_TEAM), unit(BRANCH)
    assert scopes_of(people.ana.id)[1:4] == [f"unit:{each.id}" for each in (team, other, branch)]
    # To the top: nobody above any more.
    assert move(admin, TEAM, None).status_code == 303
    assert scopes_of(people.ana.id) == [f"agent:{people.ana.id}", f"unit:{team.id}", "org"]
    assert unit(TEAM).path == f"/{team.id}/"


def test_no_ring_no_twin_no_tower(admin, people):
    for above in (BRANCH, TEAM):  # below itself, below what stands below it
        refused = move(admin, BRANCH, above)
        assert (refused.status_code, "不能移到自己" in refused.text) == (422, True)
    with office.change() as session:
        twin = units.add_unit(session, TEAM, session.get_one(Unit, unit(OTHER_TEAM).id))
        deep = twin
        for number in range(units.DEEPEST - 3):
            deep = units.add_unit(session, f"第{number}层", deep)
        with pytest.raises(NotAdded):
            units.add_unit(session, "太深", deep)
        with pytest.raises(NotAdded):
            units.move_unit(session, session.get_one(Unit, unit(TEAM).id), deep, None)
    before = len(logged())
    page = f"/admin/units/{twin.id}"
    assert send(admin, f"{page}/edit", page, parent=unit(BRANCH).id).status_code == 422  # a sister has that name
    for name in ("", "  ", "a/b", "x" * 101, "a\u202eb", "a\0b"):
        assert send(admin, "/admin/units/new", "/admin/units", name=name, parent=unit(BRANCH).id).status_code == 422
        assert send(admin, f"{page}/edit", page, name=name).status_code == 422
    assert send(admin, "/admin/units/new", "/admin/units", name="x", parent=str(uuid4())).status_code == 422
    assert send(admin, f"{page}/edit", page, parent="nonsense'--").status_code == 422
    assert len(logged()) == before


def test_two_moves_that_would_make_a_ring_together(app, people):
    """Each is right alone: the second one sees the first."""
    ids, outcomes, start = (unit(TEAM).id, unit(OTHER_TEAM).id), [], threading.Barrier(2)
    db.session.rollback()

    def mover(what: str, below: str) -> None:
        with app.app_context():
            start.wait(10)
            try:
                with office.change() as session:
                    units.move_unit(session, session.get_one(Unit, what), session.get_one(Unit, below), None)
                outcomes.append("moved")
            except NotAdded:
                outcomes.append("refused")

    threads = [threading.Thread(target=mover, args=pair) for pair in (ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["moved", "refused"]
    assert all(each.path.count("/") == len(each.lineage) + 1 for each in db.session.scalars(sa.select(Unit)))


def test_somebody_elses_change_is_not_written_over(admin, people):
    page = f"/admin/units/{unit(TEAM).id}"
    opened = admin.get(f"{page}/edit").text
    with write() as session:
        units.rename_unit(session, session.get_one(Unit, unit(TEAM).id), "望江三部", None)
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', opened)
    assert seen
    stale = admin.post(page, data={"name": "望江九部", "parent": unit(BRANCH).id, "seen": seen.group(1)})
    assert stale.status_code == 409
    assert "望江三部" in stale.text
    assert "望江九部" in stale.text
    assert unit("望江三部").id
    assert admin.post(page, data={"name": "望江九部", "parent": unit(BRANCH).id}).status_code == 409  # none at all
    assert send(admin, f"{page}/edit", page, name="望江九部").status_code == 303


PAGES = (
    "/admin", "/admin/units", "/admin/units/new", "/admin/people", "/admin/people/new", "/admin/devices",
    "/admin/settings", "/admin/settings/two_step", "/admin/log",
)  # fmt: skip


def test_the_pages_are_the_administrators(desk, new_client, people):
    """Every role × every page, and the forms; compliance reads the log and nothing else."""
    own, foreign = f"/admin/people/{people.ana.id}", f"/admin/units/{people.stranger.unit_id}"
    forms = (
        "/admin/units", foreign, "/admin/people", own, f"{own}/codes", f"{own}/disablings", f"{own}/enablings",
        f"{own}/two-step/resets", "/admin/settings/two_step", f"/admin/devices/{uuid4()}/revocations",
    )  # fmt: skip
    for person in people.everybody():
        browser = desk(person)
        for path in (*PAGES, own, f"{own}/edit", f"{own}/codes", foreign, f"{foreign}/edit"):
            may = person.role == "admin" or (person.role == "compliance" and path == "/admin/log")
            assert browser.get(path).status_code == (200 if may else 403), (person.role, path)
        if person.role != "admin":
            assert {browser.post(path).status_code for path in forms} == {403}, person.role
    nobody = new_client()
    assert {nobody.get(path).status_code for path in PAGES} == {303}
    assert {nobody.post(path).status_code for path in forms} == {303}
    assert logged() == []


def test_what_is_not_there_is_not_found(admin):
    for path in ("people", "units", "devices"):
        for tail in (str(uuid4()), "nonsense"):
            more = "/revocations" if path == "devices" else ""
            assert admin.get(f"/admin/{path}/{tail}{more}").status_code == 404
    assert admin.get("/admin/settings/nonsense").status_code == 404
    assert admin.post("/admin/settings/nonsense", data={"value": "1"}).status_code == 404


def test_forms_of_other_sites_do_nothing(admin, people):
    for path in ("/admin/units", f"/admin/people/{people.ana.id}/disablings", f"/admin/people/{people.ana.id}/codes"):
        assert admin.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert logged() == []
