"""The office as a tree, who may know of whom, which feeds a phone pulls, and the console script."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from flask import g

from portal.accounts import cli, sessions
from portal.accounts.guards import agent_or_404, current_agent, public, role, signed_in
from portal.accounts.models import Agent, NotAdded, Unit
from portal.accounts.people import add_agent, agent_name, anyone, known_as
from portal.accounts.scopes import scopes_of
from portal.accounts.units import add_unit, unit_named
from portal.errors import Problem
from sync.columns import utcnow
from sync.database import db, write
from tests.people import BRANCH, OTHER_TEAM, PASSWORD, TEAM, cast

GUESSED = "0199aaaa-0000-7000-8000-000000000000"
SEES = {
    "ana": {"ana"},
    "ben": {"ben"},
    "stranger": {"stranger"},
    "leader": {"ana", "ben", "leader", "office"},
    "other_leader": {"stranger", "other_leader"},
    "office": {"ana", "ben", "leader", "office"},
    "manager": {"ana", "ben", "leader", "office", "stranger", "other_leader", "manager", "compliance", "admin"},
    "compliance": {"ana", "ben", "leader", "office", "stranger", "other_leader", "manager", "compliance", "admin"},
    "admin": {"ana", "ben", "leader", "office", "stranger", "other_leader", "manager", "compliance", "admin"},
}


def test_who_may_know_of_whom(app, people):
    for viewer, seen in SEES.items():
        g.agent = db.session.get(Agent, getattr(people, viewer).id)
        for part in seen:
            assert agent_or_404(getattr(people, part).id).name == getattr(people, part).name
        for unseen in [getattr(people, part).id for part in SEES.keys() - seen] + [GUESSED]:
            with pytest.raises(Problem) as refused:
                agent_or_404(unseen)
            assert refused.value.status == 404, (viewer, unseen)


def test_a_phone_pulls_its_book_its_unit_and_what_stands_above(app, people):
    ana, team = people.ana, db.session.get(Unit, people.ana.unit_id)
    assert scopes_of(ana.id) == [f"agent:{ana.id}", f"unit:{team.id}", f"unit:{team.parent_id}", "org"]
    assert scopes_of(people.manager.id) == [f"agent:{people.manager.id}", f"unit:{team.parent_id}", "org"]
    assert scopes_of("nobody") == []


def test_units_are_a_tree(app, people):
    team = db.session.get(Unit, people.ana.unit_id)
    branch = db.session.get(Unit, team.parent_id)
    other = db.session.get(Unit, people.stranger.unit_id)
    assert team.is_within(branch)
    assert team.is_within(team)
    assert not branch.is_within(team)
    assert not team.is_within(other)


def test_a_team_is_found_by_name_or_by_its_branch_and_name(app, people):
    with write() as session:
        north = add_unit(session, "城北分公司")
        twin = add_unit(session, TEAM, north)
        assert unit_named(session, f"城北分公司/{TEAM}").id == twin.id
        assert unit_named(session, f"{BRANCH}/{TEAM}").id == people.ana.unit_id
        assert unit_named(session, OTHER_TEAM).id == people.stranger.unit_id
        assert unit_named(session, twin.id).id == twin.id
        for wrong in (TEAM, "无此部", "别的/" + TEAM):
            with pytest.raises(NotAdded):
                unit_named(session, wrong)
        with pytest.raises(NotAdded):
            add_unit(session, TEAM, north)


def test_a_person_that_cannot_be(app, people):
    faults = [
        {"username": "ana"},
        {"username": "ＡＮＡ"},
        {"username": "with blank"},
        {"username": "x"},
        {"username": "13800009999"},
        {"work_phone": "138 0000 2046"},
        {"work_phone": "12345"},
        {"role": "king"},
        {"name": "  "},
        {"registration_status": "perhaps"},
    ]
    with write() as session:
        unit = session.get_one(Unit, people.ana.unit_id)
        for fault in faults:
            fields = {"username": "new", "name": "新人", "role": "agent", "password_hash": "x", **fault}
            with pytest.raises(NotAdded):
                add_agent(session, unit=unit, **fields)
    assert known_as("new") is None


def test_people_without_a_work_phone_do_not_clash(app, people):
    with write() as session:
        unit = session.get_one(Unit, people.ana.unit_id)
        for username in ("one", "two"):
            add_agent(session, username=username, name="新人", unit=unit, role="agent", password_hash="x")
    assert known_as("one").username == "one"
    assert known_as("two").username == "two"


def test_the_work_phone_stands_nowhere_in_clear(app, people):
    rows = db.session.execute(db.select(Agent)).scalars().all()
    assert len(rows) == 9
    for row in rows:
        assert b"1380000" not in row.contact + row.work_phone_hash
        assert row.card["work_phone"].startswith("1380000")


def test_names_for_the_engine(app, people):
    assert agent_name(people.ana.id) == "沈清越"
    assert agent_name("nobody") == ""
    assert anyone()


# ---- guards ---------------------------------------------------------------------------------------------------------


def test_guards_can_be_found_on_the_view():
    assert public(lambda: "").guard == "public"
    assert signed_in(lambda: "").guard == "signed_in"
    assert role("leader", "manager")(lambda: "").guard == "role: leader, manager"
    with pytest.raises(ValueError):
        role("king")


def test_nobody_is_signed_in_outside_a_guard(app):
    with pytest.raises(Problem) as refused:
        current_agent()
    assert refused.value.status == 401


def test_a_role_guard_lets_in_its_roles_only(app, people):
    view = role("leader", "manager")(lambda: "in")
    for person in people.everybody():
        with app.test_request_context(), write() as session:
            token = sessions.begin(session, person.id, "", utcnow())
        db.session.rollback()  # the test's own reader has to see it
        with app.test_request_context(headers={"Cookie": f"{sessions.COOKIE}={token}"}):
            if person.role in {"leader", "manager"}:
                assert view() == "in"
            else:
                with pytest.raises(Problem) as refused:
                    view()
                assert refused.value.status == 403


# ---- console --------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(app, monkeypatch):
    """Runs a command against the test's own database."""
    import click

    import portal

    monkeypatch.setattr(portal, "create_app", lambda: app)
    group = click.Group()
    cli.register(group)

    def invoke(*arguments: str, typed: str = ""):
        return CliRunner().invoke(group, arguments, input=typed)

    return invoke


def test_an_office_is_made_from_the_console(run, client):
    branch = json.loads(run("unit", "add", "望江分公司", "--json").output)
    run("unit", "add", "一部", "--parent", "望江分公司")
    added = run(
        "agent", "add", "ana", "--name", "沈清越", "--unit", "望江分公司/一部", "--role", "agent",
        "--work-phone", "138 0000 2046", "--password-stdin", "--json", typed=PASSWORD + "\n",
    )  # fmt: skip
    assert added.exit_code == 0, added.output
    assert json.loads(added.output)["username"] == "ana"
    assert scopes_of(json.loads(added.output)["id"])[2] == f"unit:{branch['id']}"
    assert client.post("/sign-in", data={"username": "13800002046", "password": PASSWORD}).status_code == 303
    listed = json.loads(run("agent", "list", "--json").output)
    assert [(line["username"], line["unit"], line["disabled"]) for line in listed] == [("ana", "一部", "")]


def test_faults_are_said_in_one_line(run):
    run("unit", "add", "一部")
    for arguments, typed in [
        (["unit", "add", "一部"], ""),
        (["unit", "add", "二部", "--parent", "无"], ""),
        (["agent", "add", "x1", "--name", "X", "--unit", "无", "--role", "agent", "--password-stdin"], PASSWORD),
        (["agent", "add", "x1", "--name", "X", "--unit", "一部", "--role", "agent", "--password-stdin"], "short"),
        (["agent", "password", "x1", "--password-stdin"], PASSWORD),
        (["agent", "disable", "x1"], ""),
    ]:
        result = run(*arguments, typed=typed + "\n")
        assert result.exit_code == 1, arguments
        assert result.output.startswith("Error: ")
        assert "Traceback" not in result.output


def test_a_forgotten_password_is_set_anew(run, app, client):
    ana = cast(app).ana
    assert run("agent", "password", "ana", "--password-stdin", typed="a brand new one\n").exit_code == 0
    assert client.post("/sign-in", data={"username": "ana", "password": PASSWORD}).status_code == 401
    assert client.post("/sign-in", data={"username": ana.work_phone, "password": "a brand new one"}).status_code == 303


def test_somebody_leaves(run, app, client):
    cast(app)
    assert run("agent", "disable", "ana").exit_code == 0
    assert client.post("/sign-in", data={"username": "ana", "password": PASSWORD}).status_code == 401


def test_keys_are_listed_but_never_shown(tmp_path):
    listed = cli.key_list(tmp_path / "keys.json")
    assert listed == [{"id": "1", "use": "current"}]
    secret = json.loads((tmp_path / "keys.json").read_text())["keys"]["1"]
    assert secret not in json.dumps(listed)
