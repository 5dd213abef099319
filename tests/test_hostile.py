"""What a hostile or broken client may try at the doors of the house: always a plain refusal, never a fall."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import Agent
from sync import devices
from sync.columns import new_id, utcnow
from sync.database import write
from sync.errors import SyncProblem
from tests.people import Cast, Person, cast, sign_in


@pytest.fixture
def people(app) -> Cast:
    return cast(app)


def bearer(app, person: Person) -> dict[str, str]:
    """A registered phone's header."""
    made = app.test_client().post("/sync/devices", json={"label": "Mate 60"}, auth=person.basic)
    assert made.status_code == 201, made.text
    return {"Authorization": f"Bearer {made.json['token']}"}


def pushed(client: FlaskClient, headers: dict[str, str], *edits: dict[str, Any]) -> list[dict[str, Any]]:
    numbered = [{"n": n, **edit} for n, edit in enumerate(edits, 1)]
    reply = client.post("/sync/push", data=json.dumps({"proto": 1, "edits": numbered}), headers=headers)
    assert reply.status_code == 200, reply.text
    return reply.json["verdicts"]


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "//", "null", "http://user@localhost", "\udcff"])
def test_a_strange_origin_is_foreign(app, origin):
    reply = app.test_client().post("/language", data={"lang": "en"}, headers={"Origin": origin})
    assert reply.status_code == 403


def test_a_resume_token_that_was_tampered_with(app, client, people):
    mine = bearer(app, people.ana)
    token = json.loads(client.get("/sync/snapshot", headers=mine).data.splitlines()[1])["t"]
    signed, mac = token.split(".")[:3], token.split(".")[3]
    for wrong in (
        [*signed, "é", "1", "customer", ""],
        [*signed, mac, "1", "customer", "\0"],
        [*signed, mac, "1", "customer", "x"],
        [*signed, mac, "7", "customer", new_id()],
        [*signed, mac, "1", "nothing", new_id()],
        [*signed, mac, "9" * 5000, "customer", new_id()],
    ):
        reply = client.get("/sync/snapshot", query_string={"after": ".".join(wrong)}, headers=mine)
        assert (reply.status_code, reply.json["code"]) == (400, "bad_cursor"), wrong
    theirs = client.get("/sync/snapshot", query_string={"after": token}, headers=bearer(app, people.stranger))
    assert theirs.json["code"] == "bad_cursor"


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"password":' * 100_000, b"\xff", b"", b'"x"', b'{"password":1}'])
def test_a_strange_body_is_no_password(client, people, body):
    sign_in(client, people.ana)
    reply = client.post("/account/password-checks", data=body, content_type="application/json")
    assert (reply.status_code, reply.json["code"]) == (400, "password_missing")


def test_a_phone_of_somebody_who_left_is_told_to_wipe(app, client, people):
    """Also one that registered in the very moment its person was disabled, and was not there to be revoked."""
    mine = bearer(app, people.ana)
    with write() as session:
        session.execute(sa.update(Agent).where(Agent.id == people.ana.id).values(disabled_at=utcnow()))
    edit = {"n": 1, "op": "create", "kind": "customer", "id": new_id(), "set": {"name": [None, "甲"]}}
    for reply in (
        client.post("/sync/push", json={"proto": 1, "edits": [edit]}, headers=mine),
        client.post("/sync/push", json={"proto": 1, "edits": []}, headers=mine),
        client.post("/sync/pull", json={"proto": 1, "cursor": None}, headers=mine),
        client.post("/sync/digests", json={"scope": "org", "bucket": None}, headers=mine),
        client.get("/sync/snapshot", headers=mine),
    ):
        assert (reply.status_code, reply.json["code"], reply.json["wipe"]) == (401, "device_revoked", True)
    with pytest.raises(SyncProblem, match="unauthenticated"):
        devices.register(people.ana.id, "late")
