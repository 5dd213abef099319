"""Who may see and do what: every address of the application, tried by people of every role and in every unit.

The table is `tests/matrix.py`. Whoever is refused changes nothing and reads nothing; who leads sees contacts masked;
who has no business with customers never reads the name of one.
"""

from __future__ import annotations

import base64
import csv
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from portal import create_app
from portal.accounts import people as people_of
from portal.accounts import tokens
from portal.accounts.models import Agent
from portal.needs import paper as needs_paper
from portal.needs.definitions import publish_ours
from portal.office import customers as office_customers
from portal.products import catalogue
from portal.proposals import paper as proposal_paper
from portal.proposals import thresholds
from sync import devices
from sync.columns import new_id
from sync.database import Base, db, dispose, write
from tests.conftest import SHORT, Browser
from tests.matrix import BY_TICKET, DEVICE, DOORS, PHONE, PUBLIC, ROLES, Door
from tests.people import cast
from tests.things import NAME, PRIVATE, RELATIVE, RELATIVE_MOBILE, Things, everybody

#: What a phone says in one of its calls, whichever it is.
CALL = {
    "proto": 1,
    "edits": [],
    "records": [{"kind": "customer", "id": new_id()}],
    "devices": [],
    "scope": "org",
    "bucket": None,
    "cursor": None,
}
FINE = {200, 201, 303, 422}
UNTOUCHED = ("session", "customer_reading")
#: Of these addresses the answer is another person's contact data, by the table.
OPENED = {"POST /office/customers/<uuid:customer_id>/openings", "POST /team/escrow/<uuid:device_id>/openings"}


#: What ends whose sessions.
ENDS = {"/<uuid:device_id>/revocations": "ana", "/enablings": "target", "/two-step/resets": "target"}


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def named(app) -> dict[str, Rule]:
    """Every rule by method and pattern."""
    return {f"{method} {rule.rule}": rule for rule in app.url_map.iter_rules() for method in methods(rule)}


def unclassified(names: set[str]) -> set[str]:
    return names - PUBLIC - PHONE - DEVICE - BY_TICKET - set(DOORS)


@pytest.fixture(scope="module")
def built(migrated_sqlite, tmp_path_factory) -> tuple[Path, Things]:
    """A folder with a database in which Ana has one of everything. On SQLite: who may what is no matter of databases."""
    folder = tmp_path_factory.mktemp("matrix")
    shutil.copy(migrated_sqlite, folder / "doorstep.sqlite3")
    app = create_app({**SHORT, "DATA_DIR": str(folder), "TESTING": True})
    with app.app_context():
        people = everybody(app, cast(app))
        publish_ours()
        catalogue.publish_ours()
        thresholds.publish_ours()
        with write() as session:
            session.execute(sa.update(Agent).values(registration_expires=date(2027, 6, 30), sales_grade=4))
        made = Things(app, people)
        db.session.remove()
    dispose(app)
    return folder, made


@pytest.fixture
def app(built, tmp_path) -> Iterator[Flask]:
    """The application on a copy of it."""
    shutil.copytree(built[0], tmp_path / "data")
    made = create_app({**SHORT, "DATA_DIR": str(tmp_path / "data"), "TESTING": True})
    made.test_client_class = Browser
    with made.app_context():
        yield made
        db.session.remove()
    dispose(made)


@pytest.fixture
def things(app, built, monkeypatch) -> Things:
    """Ana's things. What is on paper is tested where it is made."""
    monkeypatch.setattr(needs_paper, "report", lambda *given: b"%PDF-")
    monkeypatch.setattr(proposal_paper, "pdf", lambda *given: b"%PDF-")
    monkeypatch.setattr(proposal_paper, "picture", lambda *given: b"\x89PNG")
    return built[1].on(app)


def address(rule: Rule, door: Door, things: Things, *, fresh: bool = False) -> str:
    """The address of Ana's thing."""
    path = rule.rule
    for name in rule.arguments:
        thing = things.of({"room": "relatives"}.get(door.things[name], door.things[name]), fresh=fresh)
        path = re.sub(rf"<(?:[^<>]*:)?{name}>", thing, path)
    return path


def ask(client, name: str, path: str, door: Door, things: Things):
    method = name.partition(" ")[0]
    sent = {key: value.format(**things.made) if isinstance(value, str) else value for key, value in door.sent.items()}
    if method == "GET":
        return client.get(path)
    of_programs = path.startswith(("/api/", "/sync/")) or path.endswith("password-checks")
    return client.open(path, method=method, **({"json": sent} if of_programs else {"data": sent}))


def words(response) -> str:
    """All that an answer says, also in a workbook."""
    if response.data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(response.data)) as book:
            return " ".join(book.read(each).decode("utf-8", "replace") for each in book.namelist())
    return response.get_data().decode("utf-8", "replace")


def test_every_route_is_classified(app):
    names = set(named(app))
    assert unclassified(names) == set()
    assert unclassified({*names, "GET /office/new-room"}) == {
        "GET /office/new-room"
    }  # the check is shown a planted one
    gone = (PUBLIC | PHONE | DEVICE | BY_TICKET | set(DOORS)) - names
    assert gone == set()


def test_the_strangers_of_a_route_are_refused_and_change_nothing(app, things):
    """403 for a role that the route is not for, 404 for somebody else's thing, the sign-in for nobody."""
    for door, rule in ((DOORS[name], rule) for name, rule in named(app).items() if name in DOORS):
        address(rule, door, things)  # everything is there before it is looked at
    before = state()
    assert let_through(app, things, set(DOORS)) == []
    assert state() == before


def test_a_planted_hole_is_found(app, things, monkeypatch):
    """A view that lost its guard, and a loader that forgot whose thing it is."""
    monkeypatch.setitem(app.view_functions, "team.index", lambda: "")
    assert {who for who, _name, _status in let_through(app, things, {"GET /team"})} > {"nobody", "ana", "office"}
    monkeypatch.setattr(office_customers, "seen_by", lambda viewer: sa.true())
    wrong = let_through(app, things, {"GET /office/customers/<uuid:customer_id>"})
    assert {who for who, _name, _status in wrong} == {"other_leader", "other_office", "branch_office", "far_manager"}


def test_who_has_left_is_let_in_nowhere(app, things):
    """Neither by the session that was open, nor by a password, nor by a token, nor by a phone."""
    rules, wrong = named(app), []
    ana, program = things.ana, app.test_client()
    token = tokens.make(db.session.get_one(Agent, things.people["ana"].id), "账本", ["me", "records:read"], 30)
    _device, phone = devices.register(things.people["ana"].id, "Mate 60")
    paths = {name: address(rules[name], door, things) for name, door in DOORS.items()}
    people_of.disable(things.people["ana"].id)
    for name, path in paths.items():
        for papers in ("", f"Bearer {token}", f"Bearer {phone}", basic(things.people["ana"])):
            client = program if papers else ana
            status = ask_with(client, name, path, {"Authorization": papers} if papers else {})
            if status not in {303, 401, 403}:
                wrong.append((name, papers[:6], status))
    assert wrong == []


def basic(person) -> str:
    return "Basic " + base64.b64encode(":".join(person.basic).encode()).decode()


def let_through(app, things: Things, names: set[str]) -> list[tuple[str, str, int]]:
    """(who, where, status) of everybody who is answered otherwise than the table says of those to be refused."""
    rules, wrong = named(app), []
    paths = {name: address(rules[name], DOORS[name], things) for name in DOORS if name in names}
    nobody = things.browser(None)
    for name, path in paths.items():
        answer = ask(nobody, name, path, DOORS[name], things)
        for_programs = path.startswith(("/api/", "/sync/")) or path.endswith("password-checks")
        if answer.status_code != (401 if for_programs else 303) or not (for_programs or is_sign_in(answer)):
            wrong.append(("nobody", name, answer.status_code))
    for part, person in things.people.items():
        client = things.browser(person)
        for name, path in paths.items():
            due = DOORS[name].answer_to(part, person.role)
            if due is None:
                continue
            answer = ask(client, name, path, DOORS[name], things)
            if answer.status_code != due or any(each in words(answer) for each in (NAME, *PRIVATE.values())):
                wrong.append((part, name, answer.status_code))
    return wrong


def is_sign_in(answer) -> bool:
    return answer.headers["Location"].startswith("/sign-in")


def state() -> dict[str, list[tuple]]:
    """What stands in the database, but for the lines of who came."""
    db.session.rollback()
    return {
        table.name: sorted(map(repr, db.session.execute(sa.select(table)).all()))
        for table in Base.metadata.sorted_tables
        if table.name not in UNTOUCHED
    }


def test_whom_a_route_is_for_is_let_in_and_sees_what_is_due(app, things):
    """The reading ones first; each writing one is tried on a thing to which nothing has been done."""
    rules, wrong = named(app), []
    clients = {part: things.browser(person) for part, person in things.people.items()}
    in_order = sorted(DOORS, key=lambda name: (not name.startswith("GET"), name in OPENED))
    for name in in_order:
        door = DOORS[name]
        for part, person in things.people.items():
            if not door.lets_in(part, person.role):
                continue
            writes = not name.startswith("GET")
            path = address(rules[name], door, things, fresh=writes)
            answer = ask(clients[part], name, path, door, things)
            if writes and (ended := next((who for last, who in ENDS.items() if name.endswith(last)), "")):
                clients[ended] = things.browser(things.people[ended])
            if answer.status_code not in FINE | set(door.also):
                wrong.append((part, name, answer.status_code, answer.get_data(as_text=True)[:300]))
            wrong += [
                (part, name, "says", each) for each in forbidden(name, part, person.role) if each in words(answer)
            ]
    assert wrong == []


def forbidden(name: str, part: str, role: str) -> Iterator[str]:
    """What this person may not read there: of strangers' customers anything, of the unit's the contact data."""
    if name in OPENED or "/admin/definitions/" in name:  # there a made-up family has her name
        return
    if part not in {"ana", "leader", "manager", "office", "compliance"} and "reassignments" not in name:
        yield from (NAME, RELATIVE)
    if part not in {"ana", "office"} and (name, role) != ("POST /exports", "compliance"):
        yield from (*PRIVATE.values(), RELATIVE_MOBILE)


def test_phones_only_with_their_token(app, things):
    """A session is nobody at the phone's door, and a phone's token nobody at the pages and the programs' doors."""
    rules = named(app)
    _device, token = devices.register(things.people["ana"].id, "Mate 60")
    held = {"Authorization": f"Bearer {token}"}
    for name in DEVICE | BY_TICKET:
        method, path = name.split()
        for client in (things.browser(None), things.ana):
            assert client.open(path, method=method, json=CALL).status_code in {401, 404}, name
    phone = app.test_client()
    for name in sorted(DEVICE - {"POST /sync/sign-out"}):
        method, path = name.split()
        answer = phone.open(path, method=method, json=CALL, headers=held)
        assert answer.status_code not in {401, 403}, (name, answer.status_code)
    let_in = {
        name
        for name, door in DOORS.items()
        if ask_with(phone, name, address(rules[name], door, things), held) not in {303, 401, 403}
    }
    assert let_in == {"GET /api/me", "POST /account/password-checks", "GET /sync/blobs/<name>"}


def ask_with(client, name: str, path: str, headers: dict[str, str]) -> int:
    return client.open(path, method=name.partition(" ")[0], json={}, headers=headers).status_code


def test_the_agents_rooms_are_one_page_without_data(app, things):
    clients = [things.browser(None), *(things.browser(things.people[part]) for part in ("ana", "leader", "admin"))]
    for name in PHONE:
        path = name.removeprefix("GET ").replace("<path:path>", things.of("customer"))
        pages = {re.sub(rb'nonce="[^"]*"', b"", client.get(path).data) for client in clients}
        assert len(pages) == 1, name
        assert NAME.encode() not in next(iter(pages))


def test_a_token_opens_its_scope_and_no_page(app, things):
    """Every route, with a token of all scopes but its own; where a route has none, no token opens it."""
    rules, wrong, seen = named(app), [], set()
    program = app.test_client()
    for scope in tokens.SCOPES:
        others = [each for each in tokens.scopes_for("leader") if each != scope]
        token = tokens.make(db.session.get_one(Agent, things.people["leader"].id), "账本", others, 30)
        held = {"Authorization": f"Bearer {token}"}
        for name, door in DOORS.items():
            needed = getattr(app.view_functions[rules[name].endpoint], "scope", "")
            if needed not in {scope, ""}:
                continue
            status = ask_with(program, name, address(rules[name], door, things), held)
            seen.add(needed)
            if status not in ({403} if needed else {303, 401, 403}):
                wrong.append((name, needed, status))
    assert wrong == []
    assert seen == {*tokens.SCOPES, ""}


def test_the_leaders_list_is_masked_and_compliance_reads_it_whole(things):
    """The one list that may hold contacts of others is written down with its reason."""
    ana = things.people["ana"].id
    for part, whole in {"leader": False, "manager": False, "office": True, "compliance": True}.items():
        answer = things.browser(things.people[part]).post(
            "/exports", data={"whose": ana, "form": "csv", "reason": "核对名单"}
        )
        rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
        text = " ".join(cell for row in rows for cell in row)
        assert NAME in text
        assert (PRIVATE["mobile"] in text) is whole, part


def test_every_role_stands_in_the_table():
    told = {role for door in DOORS.values() for role in door.roles}
    assert told == set(ROLES)
