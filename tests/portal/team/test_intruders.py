"""The team's pages among people who mean no good: ids of others, forms nobody filled in, and what a phone may hand in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sync import escrow
from sync.columns import new_id
from tests.people import Cast, Person, cast, sign_in
from tests.test_nonsense import VALUES, deep


@pytest.fixture
def people(app: Flask) -> Cast:
    return cast(app)


@pytest.fixture
def enter(app: Flask, people: Cast) -> Callable[[Person], FlaskClient]:
    def browser(person: Person) -> FlaskClient:
        made = app.test_client()
        made.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return sign_in(made, person)

    return browser


class Phone:
    """A registered phone that says what it likes."""

    def __init__(self, app: Flask, person: Person):
        self.client = app.test_client()
        made = self.client.post("/sync/devices", json={"label": "<script>alert(1)</script>"}, auth=person.basic).json
        self.id = made["device"]
        self.headers = {"Authorization": f"Bearer {made['token']}", "Content-Type": "application/json"}

    def say(self, path: str, raw: bytes) -> Any:
        return self.client.post(f"/sync/{path}", data=raw, headers=self.headers)

    def customer(self, name: str) -> str:
        row_id = new_id()
        edit = {"n": 1, "op": "create", "kind": "customer", "id": row_id, "set": {"name": [None, name]}}
        reply = self.say("push", json.dumps({"proto": 1, "edits": [edit]}).encode())
        assert reply.json["verdicts"][0]["verdict"] == "ok"
        return row_id


def pages(app: Flask, ids: dict[str, str]) -> list[tuple[str, str]]:
    """Every address of the team, with these ids."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/team"):
            path = rule.rule
            for name, value in ids.items():
                path = path.replace(f"<uuid:{name}>", value)
            found += [(method, path) for method in sorted(rule.methods & {"GET", "POST"})]
    assert not [path for _, path in found if "<" in path]
    return sorted(found)


def odd_things(customer: str) -> list[bytes]:
    """What a phone may hand in: nonsense in every place of an edit, and as the edit itself."""
    whole = [value for value in VALUES if len(value) < 5000] + [deep(200), deep(1000, "[")]
    inside = []
    for value in whole:
        for op in ("create", "update", "delete", "draft"):
            for name in ("kind", "id", "set", "base", "path", "fields", "at"):
                about = f'"op":"{op}","kind":"customer","id":"{customer}","path":"/customers/{customer}/edit"'
                inside.append(f'{{{about},"{name}":'.encode() + value + b"}")
    more = [
        b'{"op":"update","kind":"customer","id":"%s","set":{"name":["<b>x</b>","<script>alert(1)</script>"]}}',
        b'{"op":"draft","path":"javascript:alert(1)","fields":[["name","<script>alert(1)</script>"],["x"],7,[[],{}]]}',
        b'{"op":"draft","path":"/customers/%s/edit","fields":{"name":1}}',
        b'{"op":"update","kind":"visit","id":"%s","set":{"customer_id":[null,["%s"]],"planned_at":[1,{}]}}',
        b'{"op":"create","kind":"policy","id":"%s","set":{"premium_fen":[null,99999999999999999],"kind":[[],{}]}}',
    ]
    return whole + inside[::7] + [text.replace(b"%s", customer.encode()) for text in more]


def test_a_leader_sees_and_decides_whatever_a_phone_hands_in(app, people, enter):
    phone = Phone(app, people.ana)
    customer = phone.customer("<script>alert(1)</script>")
    kept = 0
    for thing in odd_things(customer):
        reply = phone.say("escrow", b'{"proto":1,"edits":[' + thing + b"]}")
        assert reply.status_code in (200, 400, 413), (thing[:80], reply.text)
        kept += reply.status_code == 200
    assert kept > 100
    leader = enter(people.leader)
    shown = f"/team/escrow/{phone.id}"
    assert leader.get("/team/escrow").status_code == 200
    assert leader.get(shown).status_code == 200
    assert leader.post(f"{shown}/openings", data={"reason": "<script>alert(1)</script>"}).status_code in (200, 303)
    page = leader.get(shown)
    assert page.status_code == 200
    assert "<script>alert(1)" not in page.text
    assert 'href="javascript' not in page.text
    ids = [item.id for item in escrow.items_of(phone.id)]
    for path in ("acceptances", "discard", "discards"):
        for data in ({"item": ids}, {"item": ["x", "\0", new_id()]}, {}):
            assert leader.post(f"{shown}/{path}", data=data).status_code < 500, path
    assert leader.get(shown).status_code == 200


def test_other_peoples_ids_open_no_page(app, people, enter):
    phone = Phone(app, people.ana)
    customer = phone.customer("王芳")
    phone.say("escrow", b'{"proto":1,"edits":[{"op":"draft"}]}')
    ids = {"agent_id": people.ana.id, "customer_id": customer, "device_id": phone.id, "job_id": new_id()}
    for person in (people.other_leader, people.stranger, people.ben, people.ana):
        browser = enter(person)
        for method, path in pages(app, ids):
            reply = browser.open(path, method=method, data={"to": person.id, "item": customer, "reason": "x"})
            about_somebody = any(value in path for value in ids.values())
            own = person is people.ana and phone.id in path
            wanted = (403, 404) if about_somebody and not own else (200, 302, 303, 403, 404)
            assert reply.status_code in wanted, (person.username, method, path, reply.status_code)
            assert "王芳" not in reply.text, (person.username, path)


def test_forms_that_nobody_filled_in(app, people, enter):
    phone = Phone(app, people.ana)
    customer = phone.customer("王芳")
    leader = enter(people.leader)
    ids = {"agent_id": people.ana.id, "customer_id": customer, "device_id": phone.id, "job_id": new_id()}
    odd = ["", "x", "\0", "é" * 3000, customer, people.stranger.id, people.ana.id, "-1", "9" * 400, "../../x"]
    fields = ("to", "one", "customer", "item", "reason", "q", "page", "step", "revoked", "all")
    for method, path in pages(app, ids):
        bodies = ["&".join(f"{field}={quote(value)}" for field in fields) for value in odd]
        bodies += [
            "to=%ED%A0%80&item=%ff&customer=%00",
            "&".join(["item=x"] * 900),
            "&".join(["customer=" + customer] * 900),
            "%",
        ]
        for text in bodies:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            target = path if method == "POST" else f"{path}?{text[:2000]}"
            reply = leader.open(target, method=method, data=text if method == "POST" else None, headers=kind)
            assert reply.status_code < 500, (method, path, text[:60])
    for path in (f"/team/escrow/{people.ana.id}", f"/team/customers/{customer}", f"/team/hand-overs/{phone.id}"):
        assert leader.get(path).status_code == 404
