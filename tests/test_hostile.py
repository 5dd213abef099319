"""What a hostile or broken client may try at the doors of the house: always a plain refusal, never a fall."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from portal import create_app
from portal.accounts.models import Agent
from portal.cli import main
from portal.config import load
from portal.logs import JsonLines
from sync import devices
from sync.columns import new_id, utcnow
from sync.database import db, write, writer_engine
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


def test_the_server_in_front_of_us_believes_nobody_by_itself(monkeypatch, tmp_path):
    """gunicorn takes X-Forwarded-Proto and SCRIPT_NAME from 127.0.0.1; only TRUSTED_PROXIES may allow that."""
    ran: list[list[str]] = []
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr("os.execv", lambda _path, command: ran.append(command))
    CliRunner().invoke(main, ["serve"], catch_exceptions=False)
    assert ran[0][ran[0].index("--forwarded-allow-ips") + 1] == ""


def test_the_data_folder_is_nobody_elses(tmp_path):
    folder = load({"DATA_DIR": str(tmp_path / "fresh")})["DATA_DIR"]
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("fault", [OperationalError("x", None, Exception()), NoConnection()])
def test_a_busy_database_is_said_to_be_busy(client, people, monkeypatch, fault):
    def fall(*_given, **_more):
        raise fault

    monkeypatch.setattr("portal.accounts.sessions.begin", fall)
    reply = client.post("/sign-in", data={"username": people.ana.username, "password": people.ana.password})
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "2")


class Watched(io.BytesIO):
    """A body that notes how many database connections are out while it is being read."""

    def __init__(self, text: bytes):
        super().__init__(text)
        self.out: list[int] = []

    def readinto(self, buffer):
        self.out.append(db.engine.pool.checkedout())
        return super().readinto(buffer)


@pytest.mark.parametrize("path", ["devices", "push", "pull", "digests"])
def test_nobody_holds_the_database_while_a_slow_body_trickles_in(app, client, people, path):
    mine = bearer(app, people.ana)
    if path == "devices":
        sign_in(client, people.ana)
    db.session.remove()
    body = Watched(json.dumps({"proto": 1, "edits": [], "cursor": None, "scope": "org"}).encode())
    length = len(body.getvalue())
    headers = {} if path == "devices" else mine
    reply = client.post(f"/sync/{path}", input_stream=body, headers=headers, content_length=length)
    assert reply.status_code in (200, 201), reply.text
    assert set(body.out) == {0}


def test_other_spellings_of_dates_and_moments_beyond_the_calendar(app, client, people):
    customer = new_id()
    verdicts = pushed(
        client,
        bearer(app, people.ana),
        {"op": "create", "kind": "customer", "id": customer, "set": {"name": [None, "甲"]}},
        *[
            {"op": "update", "kind": "customer", "id": customer, "base": 1, "set": {"birth_date": [None, day]}}
            for day in ("2020-W01-1", "20200101", "2020-1-1", "２０２０-01-01", "2020-001 ")
        ],
        *[
            {
                "op": "create",
                "kind": "visit",
                "id": new_id(),
                "set": {"customer_id": [None, customer], "planned_at": [None, moment]},
            }
            for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
        ],
    )
    codes = [verdict.get("error", {}).get("code") for verdict in verdicts]
    assert codes == [None] + ["invalid"] * 7


CANARY = "13912345678"
PLACES = {
    "customer": {
        "mobile": CANARY,
        "phone_home": f"010-{CANARY}",
        "phone_work": f"021-{CANARY}",
        "email": f"{CANARY}@example.cn",
        "wechat_id": f"wx{CANARY}",
        "id_type": "passport",
        "id_number": f"E{CANARY}",
        "home_address": f"望江路 {CANARY} 号",
        "note": f"电话 {CANARY}",
    },
    "relative": {"mobile": CANARY, "id_type": "passport", "id_number": f"E{CANARY}", "relation": "child"},
    "policy": {"kind": "term", "number": f"P{CANARY}", "note": f"单 {CANARY}"},
    "visit": {"note": f"谈了 {CANARY}"},
}


@pytest.fixture
def log(app) -> Iterator[io.StringIO]:
    """All that is logged, as it is written, at the most talkative level."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(JsonLines())
    for name in ("doorstep", None):
        logging.getLogger(name).addHandler(handler)
    logging.getLogger("doorstep").setLevel("DEBUG")
    yield text
    for name in ("doorstep", None):
        logging.getLogger(name).removeHandler(handler)


def test_what_customers_say_stands_in_no_table_file_or_log(app, client, people, tmp_path, log):
    one, two, customer = bearer(app, people.ana), bearer(app, people.ana), new_id()
    creations = []
    for kind, values in PLACES.items():
        own = {"name": "林知秋"} if kind == "customer" else {"customer_id": customer}
        own |= {"name": "林小满"} if kind == "relative" else {}
        sets = {name: [None, value] for name, value in (own | values).items()}
        row_id = customer if kind == "customer" else new_id()
        creations.append({"op": "create", "kind": kind, "id": row_id, "set": sets})
    assert {verdict["verdict"] for verdict in pushed(client, one, *creations)} == {"ok"}
    clash = {"op": "update", "kind": "customer", "id": customer, "base": 1, "set": {"note": ["alt", f"neu {CANARY}"]}}
    refused = {"op": "update", "kind": "customer", "id": customer, "base": 1, "set": {"mobile": [None, f"x{CANARY}"]}}
    strange = {"op": "update", "kind": "customer", "id": customer, "base": 1, "set": {CANARY: [None, CANARY]}}
    gone = {"op": "delete", "kind": "customer", "id": customer, "base": 1}
    verdicts = [verdict["verdict"] for verdict in pushed(client, two, clash, refused, strange, gone)]
    assert verdicts == ["conflict", "rejected", "rejected", "ok"]
    client.post("/sync/push", data=f'{{"proto":1,"edits":["{CANARY}', headers=one)
    client.get(f"/customers?q={CANARY}")
    client.get(f"/sync/snapshot?after={CANARY}", headers=one)
    client.post("/sign-in", data={"username": CANARY, "password": CANARY})
    client.post("/sync/devices", json={"label": "x"}, auth=(CANARY, CANARY))
    assert '"route": "/sync/push"' in log.getvalue()
    assert not any(word in log.getvalue() for word in (CANARY, "林知秋", "林小满"))
    with writer_engine().connect() as connection:
        for table in sa.inspect(connection).get_table_names():
            rows = [repr(tuple(row)) for row in connection.execute(sa.text(f'SELECT * FROM "{table}"'))]
            assert not any(CANARY in row for row in rows), table
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes(), file


def test_more_threads_get_more_connections(tmp_path):
    """A request may hold a reading and a writing connection: as many threads as there are must not starve each other."""
    settings = {"DATA_DIR": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1/nothing", "THREADS": 40}
    app = create_app(settings)
    with app.app_context():
        pool = db.engine.pool
        assert pool.size() + pool._max_overflow >= 2 * 40


def test_a_deleted_record_does_not_come_back_under_somebody_elses(app, client, people):
    """What is fixed at creation stays fixed on the way through a grave and a decision."""
    theirs, own, visit = new_id(), new_id(), new_id()
    named = {"op": "create", "kind": "customer", "set": {"name": [None, "甲"]}}
    pushed(client, bearer(app, people.stranger), {**named, "id": theirs})
    verdicts = pushed(
        client,
        bearer(app, people.ana),
        {**named, "id": own},
        {"op": "create", "kind": "visit", "id": visit, "set": {"customer_id": [None, own]}},
        {"op": "delete", "kind": "visit", "id": visit, "base": 1},
        {"op": "update", "kind": "visit", "id": visit, "base": 1, "set": {"customer_id": [own, theirs]}},
        {"op": "create", "kind": "visit", "id": visit, "set": {"customer_id": [None, theirs]}},
        {"op": "create", "kind": "visit", "id": visit, "set": {"customer_id": [None, own], "minutes": [None, 5]}},
    )
    codes = [verdict.get("error", {}).get("code", verdict["verdict"]) for verdict in verdicts]
    assert codes == ["ok", "ok", "ok", "fixed", "fixed", "conflict"]
