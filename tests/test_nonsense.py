"""Nonsense at every address that programs call: `/sync/*`, `/api/*`. A plain refusal in JSON, never a fall.

The addresses are taken from the application, so whoever adds one has it tested here.
"""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule

from portal import create_app
from sync.columns import new_id
from sync.database import dispose
from sync.live.line import CAN_HOLD
from tests.people import Cast, Person, cast

IDS = [new_id() for _ in range(4)]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "X")


@pytest.fixture(scope="session")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> list[Rule]:
    """Every rule for programs."""
    folder = tmp_path_factory.mktemp("addresses")
    made = create_app({"DATA_DIR": str(folder), "SECRET_KEY": "x", "LOG_LEVEL": "ERROR"})
    found = [rule for rule in made.url_map.iter_rules() if rule.rule.startswith(("/sync/", "/api/"))]
    dispose(made)
    assert len(found) > 9
    return sorted(found, key=lambda rule: rule.rule)


class Door:
    """The application, and the papers somebody may bring."""

    def __init__(self, app: Flask):
        app.config["SYNC_PER_MINUTE"] = 0
        self.app = app
        self.people: Cast = cast(app)
        self.phone = self.register(self.people.ana)
        self.stranger = self.register(self.people.stranger)
        self.gone = self.register(self.people.ana)
        self.post("/sync/sign-out", b"{}", self.gone)
        basic = self.basic(self.people.leader)
        self.papers = [self.phone, self.phone, self.phone, self.stranger, self.gone, basic, basic]
        self.papers += ["", "Bearer", "Bearer x", "Bearer é", "Basic", "Basic !", "Basic Og==", "Digest x", "x" * 5000]

    @property
    def client(self) -> FlaskClient:
        made = self.app.test_client()
        made.environ_base |= {"HTTP_SEC_FETCH_SITE": "same-origin", CAN_HOLD: True}
        return made

    def register(self, person: Person) -> str:
        made = self.client.post("/sync/devices", json={"label": "Mate 60"}, auth=person.basic)
        return f"Bearer {made.json['token']}"

    def basic(self, person: Person) -> str:
        import base64

        return "Basic " + base64.b64encode(":".join(person.basic).encode()).decode()

    def post(self, path: str, raw: bytes, paper: str, method: str = "POST", **headers: str) -> Any:
        given = {"Content-Type": "application/json", **headers} | ({"Authorization": paper} if paper else {})
        return self.client.open(path, method=method, data=raw, headers=given)

    def check(self, reply: Any, what: Any) -> None:
        """A refusal, or a good answer, that a program can read."""
        assert reply.status_code < 500, (what, reply.status_code, reply.text)
        if reply.status_code >= 400 and reply.request.method != "HEAD":
            assert reply.mimetype == "application/problem+json", (what, reply.text)
            assert reply.json["code"], what
            assert reply.json["status"] == reply.status_code, what

    def check_honest(self) -> None:
        """After all that, somebody honest is served."""
        honest = self.register(self.people.ben)
        edit = {"n": 1, "op": "create", "kind": "customer", "id": new_id(), "set": {"name": [None, "王芳"]}}
        reply = self.post("/sync/push", json.dumps({"proto": 1, "edits": [edit]}).encode(), honest)
        assert reply.json["verdicts"][0]["verdict"] == "ok"


@pytest.fixture
def door(app: Flask) -> Door:
    return Door(app)


def path_of(rule: Rule, part: str) -> str:
    return re.sub(r"<[^>]+>", part, rule.rule)


def deep(levels: int, text: str = '{"a":') -> bytes:
    close = "}" if text.startswith("{") else "]"
    return (text * levels + "1" + close * levels).encode()


def edit(n: int, value: bytes, name: bytes) -> bytes:
    """A push with one edit, all in order but for one value."""
    row_id = new_id().encode()
    return b'{"proto":1,"edits":[{"n":%d,"op":"create","kind":"customer","id":"%s","%s":%s}]}' % (
        n,
        row_id,
        name,
        value,
    )


VALUES = [
    b"1" * 5000,
    b"-" + b"9" * 400,
    b"1e400",
    b"-1e400",
    b"1.0",
    b"1e2",
    b"-0",
    b"-0.0",
    b"9007199254740993",
    b"18446744073709551615",
    b"18446744073709551616",
    b"-9223372036854775809",
    rb'"\ud800"',
    rb'"\u0000"',
    rb'{"\ud800":1}',
    rb'{"\u0000":1}',
    rb'{"name":[null,"\ud83d"]}',
    rb'{"name":[null,"\ude00\ud83d"]}',
    b'{"name":[null,"a"],"name":[null,"b"]}',
    b'{"name":[null,["a"]]}',
    b'{"name":[null,{"a":{}}]}',
    b'{"name":[null,NaN]}',
    b'{"name":[null,1e999]}',
    b'{"__class__":[null,"x"]}',
    b'{"tags_need":[null,[[["x"]]]]}',
    b'{"tags_need":[null,["a","a",1,null,{"b":1}]]}',
    b'{"name":[{"a":1e400},"x"]}',
    b'"' + b"x" * 300_000 + b'"',
    b"[" + b"null," * 20_000 + b"null]",
    b"{" + b",".join(b'"f%d":[null,1]' % at for at in range(5000)) + b"}",
    *[deep(levels, text) for levels in (30, 33, 200, 254, 255, 500, 990, 1024, 3000) for text in ("[", '{"a":')],
]
RAW = [
    b"",
    b" ",
    b"\xef\xbb\xbf{}",
    '{"proto":1,"edits":[]}'.encode("utf-16"),
    b'{"proto":1,"edits":[]} x',
    b'{"proto":1,"edits":[]}\0',
    b'{"proto":1,"proto":null,"edits":[]}',
    b'{"proto":1,"edits":[],"edits":5}',
    b"[]",
    b"null",
    b"true",
    b'"' + b"\\u0000" * 50 + b'"',
    b"{" * 5000,
    b"\xff" * 50,
    b"%",
    b"proto=1&edits=",
    *VALUES,
]
FIELDS = (
    "proto",
    "edits",
    "cursor",
    "limit",
    "pull",
    "status",
    "clock",
    "scope",
    "bucket",
    "records",
    "devices",
    "label",
)
FIELDS += ("agent", "after", "ticket")


def test_every_address_refuses_raw_nonsense(door, addresses):
    for rule in addresses:
        for part in (IDS[0], "x", "%00", "..%2f"):
            for raw in RAW if part == IDS[0] else RAW[:3]:
                for paper in (door.phone, door.basic(door.people.leader)):
                    door.check(door.post(path_of(rule, part), raw, paper), (rule, raw[:40]))
    door.check_honest()


def test_every_address_refuses_nonsense_in_every_field(door, addresses):
    posts = [rule for rule in addresses if "POST" in rule.methods]
    for at, rule in enumerate(posts):
        for field in FIELDS:
            for value in VALUES[(at + len(field)) % 6 :: 6]:  # each address and each field meets every value somewhere
                raw = b'{"proto":1,"edits":[],"cursor":null,"scope":"org","%s":%s}' % (field.encode(), value)
                door.check(door.post(path_of(rule, IDS[0]), raw, door.phone), (rule, field, value[:40]))
    door.check_honest()


def test_every_part_of_an_edit_may_be_nonsense(door):
    paper, n = door.register(door.people.ana), 0
    for at, name in enumerate((b"op", b"kind", b"id", b"base", b"set", b"at", b"cursor", b"else")):
        for value in VALUES if name == b"set" else VALUES[at % 3 :: 3]:
            raw = edit(n + 1, value, name)
            reply = door.post("/sync/push", raw, paper)
            door.check(reply, (name, value[:40]))
            n += reply.status_code == 200
            if reply.status_code == 200:
                again = door.post("/sync/push", raw, paper).json["verdicts"]
                assert [each["verdict"] for each in again] == [each["verdict"] for each in reply.json["verdicts"]]
            door.check(door.post("/sync/escrow", raw, door.gone), (name, value[:40]))
    door.check_honest()


def test_the_number_of_an_edit_may_be_nonsense(door):
    for value in VALUES:
        raw = b'{"proto":1,"edits":[{"n":%s,"op":"delete","kind":"customer","id":"%s"}]}' % (value, IDS[0].encode())
        for path, paper in (("push", door.phone), ("escrow", door.gone)):
            door.check(door.post(f"/sync/{path}", raw, paper), (path, value[:40]))
    door.check_honest()


def test_every_address_refuses_other_methods_and_types(door, addresses):
    for rule in addresses:
        for method in METHODS:
            reply = door.post(path_of(rule, IDS[0]), b"{}", door.phone, method)
            door.check(reply, (rule, method))
            if method not in {*rule.methods, "OPTIONS", "HEAD"}:
                assert reply.status_code == 405, (rule, method, reply.status_code)
        for kind in ("", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "é", "a" * 3000):
            door.check(door.post(path_of(rule, IDS[0]), b"--x\r\n", door.phone, **{"Content-Type": kind}), (rule, kind))


def test_every_address_refuses_odd_papers_and_packings(door, addresses):
    packed = gzip.compress(b" " * 20_000_000)
    for rule in addresses:
        for paper in door.papers:
            door.check(door.post(path_of(rule, IDS[0]), b"{}", paper), (rule, paper[:20]))
        for encoding in ("gzip", "br", "gzip, gzip", "é", "identity;q=0", "x" * 2000):
            for raw in (packed, b"", b"\x1f\x8b"):
                reply = door.post(path_of(rule, IDS[0]), raw, door.phone, **{"Content-Encoding": encoding})
                door.check(reply, (rule, encoding))


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["create", "update", "delete", "draft", "customer", "visit", "conflict", "org", "name", "2026-11-22"]
    )
    | st.sampled_from(IDS),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=6) | st.sampled_from(["n", "op", "kind", "id", "set", "name"]), inner, max_size=5
        )
    ),
    max_leaves=10,
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    which=st.integers(0, 99),
    paper=st.integers(0, 99),
    body=st.dictionaries(st.sampled_from(FIELDS), junk, max_size=6) | junk,
    proto=st.sampled_from([1, 1, 1, 0, 2]) | junk,
)
def test_random_trees(door, addresses, which, paper, body, proto):
    rule = addresses[which % len(addresses)]
    if isinstance(body, dict):
        body = {"proto": proto} | body
    raw = json.dumps(body).encode()
    door.check(door.post(path_of(rule, IDS[0]), raw, door.papers[paper % len(door.papers)]), (rule, raw))
