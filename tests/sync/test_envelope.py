"""Envelopes: what is a fault of the whole call, and that nothing anybody sends makes the server fall over."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.columns import new_id
from sync.devices import revoke_all
from tests.sync.cast import ANA

LIMIT = 1024 * 1024  # MAX_BODY_BYTES of the toy application


def send(phone_, path: str, raw: bytes, **headers: str):
    return phone_.client.post(
        f"/sync/{path}", data=raw, headers=phone_.headers | {"Content-Type": "application/json"} | headers
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"{}",
        b'{"proto": 1}',
        b'{"proto": "1", "edits": []}',
        b'{"proto": true, "edits": []}',
        b'{"proto": 1.0, "edits": []}',
        b'{"proto": null, "edits": []}',
        b'{"proto": 1, "edits": null}',
        b'{"proto": 1, "edits": {}}',
        b'{"proto": 1, "edits": [1]}',
        b'{"proto": 1, "edits": [{}]}',
        b'{"proto": 1, "edits": [{"n": 0}]}',
        b'{"proto": 1, "edits": [{"n": -1}]}',
        b'{"proto": 1, "edits": [{"n": "1"}]}',
        b'{"proto": 1, "edits": [{"n": 1.5}]}',
        b'{"proto": 1, "edits": [{"n": true}]}',
        b'{"proto": 1, "edits": [{"n": 9007199254740992}]}',
        b'{"proto": 1, "edits": [{"n": 99999999999999999999999999}]}',
        b'{"proto": 1, "edits": [], "pull": 5}',
        b'{"proto": 1, "edits": [], "pull": {"cursor": 5}}',
        b'{"proto": 1, "edits": [], "pull": {"cursor": null, "limit": "many"}}',
        b'{"proto": 1, "edits": [NaN]}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"proto": 1, "edits": [' + b"[" * 2000 + b"]" * 2000 + b"]}",
    ],
)
def test_a_faulty_envelope_is_refused_as_a_whole(phone, raw):
    ana = phone()
    reply = send(ana, "push", raw)
    assert (reply.status_code, reply.json["code"]) == (400, "bad_request")
    assert ana.push()["last_n"] == 0


@pytest.mark.parametrize("proto, status", [(-1, 426), (0, 200), (1, 200), (2, 200), (99, 200)])
def test_this_protocol_and_the_one_before(phone, proto, status):
    ana = phone()
    for path, body in (("push", {"edits": []}), ("pull", {"cursor": None})):
        reply = ana.post(path, {"proto": proto} | body)
        assert reply.status_code == status
        if status == 426:
            assert reply.json["code"] == "upgrade"


CALLS = {
    "push": {"edits": []},
    "pull": {"cursor": None},
    "escrow": {"edits": []},
}


@pytest.mark.parametrize("path", CALLS)
def test_a_day_later_the_server_speaks_two(phone, monkeypatch, path):
    """The next protocol: phones that speak the one of today are still heard, older ones are told to come back newer."""
    for module in ("sync.endpoint", "sync.wish", "sync.engine"):
        monkeypatch.setattr(f"{module}.PROTO", 2)
    ana = phone()
    for proto, status in ((0, 426), (1, 200), (2, 200), (3, 200)):
        reply = ana.post(path, {"proto": proto} | CALLS[path])
        assert reply.status_code == status, (proto, reply.text)
        if status == 426:
            assert (reply.json["code"], reply.json["proto"], reply.headers["Upgrade"]) == (
                "upgrade",
                2,
                "doorstep-sync/2",
            )


def test_an_unknown_field_is_a_slip_unless_the_sender_is_newer(phone, monkeypatch):
    for module in ("sync.endpoint", "sync.wish"):
        monkeypatch.setattr(f"{module}.PROTO", 2)
    for proto, verdict in ((1, "rejected"), (2, "rejected"), (3, "ok")):
        ana = phone()
        [said] = ana.push(ana.creation("person", name="王芳", tea="龙井"), proto=proto)["verdicts"]
        assert said["verdict"] == verdict
        assert verdict == "ok" or said["error"]["code"] == "unknown_field"


def test_an_old_phone_keeps_what_it_typed_until_it_is_newer(phone, monkeypatch):
    """426 and then an update of the app: the same edits under the same numbers are taken."""
    ana = phone()
    edit = ana.creation("person", name="王芳")
    with monkeypatch.context() as later:
        later.setattr("sync.endpoint.PROTO", 3)
        assert ana.post("push", {"proto": 1, "edits": [edit]}).status_code == 426
        assert ana.post("push", {"proto": 3, "edits": []}).json["last_n"] == 0
        [verdict] = ana.post("push", {"proto": 3, "edits": [edit]}).json["verdicts"]
        assert verdict["verdict"] == "ok"


def test_lone_surrogates_and_nul_are_faults_of_their_edit_only(phone):
    ana = phone()
    texts = [rb'"\ud800"', rb'"\udc00x"', b'"\xed\xa0\x80"', rb'"\u0000"', rb'"\\u0000"']
    edits = [
        b'{"n": %d, "op": "create", "kind": "person", "id": "%s", "set": {"name": [null, %s]}}'
        % (at, new_id().encode(), text)
        for at, text in enumerate(texts, 1)
    ]
    raw = b'{"proto": 1, "edits": [' + b",".join(edits) + b"]}"
    reply = send(ana, "push", raw)
    assert [verdict["verdict"] for verdict in reply.json["verdicts"]] == ["rejected"] * 4 + ["ok"]
    assert {verdict["error"]["code"] for verdict in reply.json["verdicts"][:4]} == {"bad_text"}
    assert reply.json["verdicts"][4]["row"]["name"] == r"\u0000"
    again = send(ana, "push", raw).json
    assert all(verdict["replayed"] for verdict in again["verdicts"])


def test_packed_bodies_are_read(phone):
    ana = phone()
    body = json.dumps({"proto": 1, "edits": [ana.creation("person", name="王芳")]}).encode()
    reply = send(ana, "push", gzip.compress(body), **{"Content-Encoding": "gzip"})
    assert reply.json["verdicts"][0]["row"]["name"] == "王芳"


def test_a_body_that_is_too_large(phone):
    ana = phone()
    raw = b'{"proto": 1, "edits": [], "pad": "' + b"x" * LIMIT + b'"}'
    reply = send(ana, "push", raw)
    assert (reply.status_code, reply.json["code"]) == (413, "too_large")


def test_a_push_of_too_many_edits(phone):
    ana = phone()
    edits = [{"n": n} for n in range(1, 2002)]
    reply = ana.post("push", {"proto": 1, "edits": edits})
    assert (reply.status_code, reply.json["code"], reply.json["edits"]) == (413, "too_large", 2000)
    assert ana.push()["last_n"] == 0


def test_a_small_body_that_unpacks_to_a_large_one(phone):
    ana = phone()
    bomb = gzip.compress(b" " * 50 * LIMIT)
    assert len(bomb) < LIMIT
    reply = send(ana, "push", bomb, **{"Content-Encoding": "gzip"})
    assert (reply.status_code, reply.json["code"]) == (413, "too_large")
    twice = gzip.compress(gzip.compress(b" " * 50 * LIMIT))
    assert send(ana, "push", twice, **{"Content-Encoding": "gzip"}).status_code == 400


@pytest.mark.parametrize(
    "raw, encoding, status",
    [
        (b"not gzip", "gzip", 400),
        # mtime=0: the bytes are part of the test's name, and two workers must agree on the names.
        (gzip.compress(b'{"proto": 1, "edits": []}', mtime=0)[:-5], "gzip", 400),
        (gzip.compress(b'{"proto": 1, "edits": []}', mtime=0) + b"more", "gzip", 400),
        (zlib.compress(b'{"proto": 1, "edits": []}'), "deflate", 415),
        (b"x", "br", 415),
        (b'{"proto": 1, "edits": []}', "identity", 200),
        (gzip.compress(b'{"proto": 1, "edits": []}', mtime=0), "GZIP", 200),
        (gzip.compress(b'{"proto": 1, "edits": []}', mtime=0), "x-gzip", 200),
        (gzip.compress(b'{"proto": 1, "edits": []}', mtime=0) * 2, "gzip", 400),
        (gzip.compress(gzip.compress(b'{"proto": 1, "edits": []}', mtime=0), mtime=0), "gzip, gzip", 415),
        (gzip.compress(b'{"proto": 1, "edits": []}', mtime=0), "gzip, identity", 415),
        (gzip.compress(b'{"proto": 1, "edits": []}', mtime=0), "", 400),
        (gzip.compress(b"", mtime=0), "gzip", 400),
        (b"", "gzip", 400),
        (b"\x1f\x8b", "gzip", 400),
        (b"\x1f\x8b\x08\x04" + b"\xff" * 100, "gzip", 400),
    ],
)
def test_encodings(phone, raw, encoding, status):
    assert send(phone(), "push", raw, **{"Content-Encoding": encoding}).status_code == status


def test_large_replies_are_packed_when_asked(phone):
    ana = phone()
    for number in range(20):
        ana.create("person", name=f"person {number}")
    reply = ana.post("pull", {"proto": 1, "cursor": None}, **{"Accept-Encoding": "gzip"})
    assert reply.headers["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(reply.data))["changes"]) == 21
    assert "Content-Encoding" not in ana.post("pull", {"proto": 1, "cursor": None}).headers


def test_no_reply_is_kept_by_a_cache(phone):
    ana = phone()
    for reply in (
        ana.post("pull", {"proto": 1, "cursor": None}),
        ana.client.get("/sync/snapshot", headers=ana.headers),
    ):
        assert reply.headers["Cache-Control"] == "no-store"


# Fuzz: whatever comes, the answer is a 200 with verdicts or a 4xx, and the next honest edit goes through.

junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["create", "update", "delete", "person", "note", "conflict", "device", "name", "resolution", "mine"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
ids = st.sampled_from([new_id() for _ in range(3)])
names = st.sampled_from(
    [
        "name",
        "phone",
        "tags",
        "answers",
        "contact",
        "born",
        "seen_at",
        "score",
        "smoker",
        "code",
        "person_id",
        "text",
        "resolution",
        "value",
        "mine",
        "flags",
        "extra",
        "scope",
        "ver",
        "id",
        "label",
        "amount_fen",
        "title",
        "",
        "x" * 70,
    ]
)
sets = st.dictionaries(names, st.lists(junk, max_size=3) | junk, max_size=5)
near_edits = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["create", "update", "delete"]) | junk,
        "kind": st.sampled_from(["person", "note", "pet", "receipt", "board", "conflict", "device"]) | junk,
        "id": ids | junk,
        "base": st.integers(-1, 3) | junk,
        "set": sets | junk,
        "at": st.just("2026-11-22T09:30:00Z") | junk,
        "cursor": junk,
    },
)
envelopes = st.fixed_dictionaries(
    {"proto": st.sampled_from([0, 1, 1, 1, 2]) | junk, "edits": st.lists(near_edits, max_size=6)},
    optional={
        "pull": st.fixed_dictionaries({}, optional={"cursor": junk, "limit": junk}) | junk,
        "status": junk,
        "clock": junk,
    },
)
FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@FUZZ
@given(envelope=envelopes)
def test_nonsense_never_fells_the_server(phone, envelope):
    revoke_all(ANA)
    ana = phone()
    numbered = [{**edit, "n": at} for at, edit in enumerate(envelope["edits"], 1)]
    raw = json.dumps({**envelope, "edits": numbered}).encode()
    reply = send(ana, "push", raw)
    assert reply.status_code == 200 or 400 <= reply.status_code < 500, reply.text
    if reply.status_code == 200:
        assert len(reply.json["verdicts"]) == len(numbered)
        assert "internal" not in {verdict.get("error", {}).get("code") for verdict in reply.json["verdicts"]}
        again = send(ana, "push", raw).json
        assert [each["verdict"] for each in again["verdicts"]] == [each["verdict"] for each in reply.json["verdicts"]]
    ana.n = ana.push()["last_n"]
    ana.create("person", name="an honest edit")
    ana.pull()


@FUZZ
@given(body=junk, path=st.sampled_from(["push", "pull", "digests", "devices"]))
def test_nonsense_bodies_are_always_the_senders_fault(phone, body, path):
    revoke_all(ANA)
    ana = phone()
    reply = ana.client.post(f"/sync/{path}", data=json.dumps(body), headers=ana.headers | {"X-Agent": ana.agent})
    assert 200 <= reply.status_code < 500, reply.text


@FUZZ
@given(raw=st.binary(max_size=60), encoding=st.sampled_from(["", "gzip", "identity", "zstd"]))
def test_raw_bytes_are_always_the_senders_fault(phone, raw, encoding):
    revoke_all(ANA)
    ana = phone()
    assert 400 <= send(ana, "push", raw, **{"Content-Encoding": encoding}).status_code < 500
