"""Devices: registering, being known, being signed out; what they say of themselves."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from sync import devices
from sync.database import db
from sync.models import Device
from tests.sync.cast import ANA, BEN


def card(phone_, device_id: str) -> dict:
    phone_.pull()
    return phone_.rows["device", device_id]


def test_a_device_is_registered_and_shows_among_the_agents_devices(phone):
    one = phone(label="Mate 60")
    two = phone(label="iPad")
    assert card(two, one.id)["label"] == "Mate 60"
    assert card(two, two.id)["last_seen_at"]


def test_who_is_not_signed_in_gets_no_device(app):
    reply = app.test_client().post("/sync/devices", json={"label": "x"})
    assert (reply.status_code, reply.json["code"]) == (401, "unauthenticated")
    assert "Basic" not in reply.headers["WWW-Authenticate"]


@pytest.mark.parametrize("body", [[], "x", {"label": 5}, {"label": None}])
def test_a_strange_registration(app, body):
    reply = app.test_client().post("/sync/devices", json=body, headers={"X-Agent": ANA})
    assert reply.status_code == 400


def test_a_label_is_made_printable(app):
    reply = app.test_client().post("/sync/devices", json={"label": " a\0b\n" + "x" * 300}, headers={"X-Agent": ANA})
    assert reply.status_code == 201
    label = db.session.scalar(sa.select(Device.label).where(Device.id == reply.json["device"]))
    assert label.startswith("abx")
    assert len(label) == 80


def test_only_the_hash_of_a_token_is_kept(phone, app):
    ana = phone()
    kept = db.session.execute(sa.select(Device.__table__)).mappings().one()
    assert ana.token not in repr(dict(kept))


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic eDp5", "bearer é"])
def test_without_a_token_nothing_is_said(phone, header):
    ana = phone()
    headers = {} if header is None else {"Authorization": header}
    for path in ("push", "pull", "digests"):
        reply = ana.client.post(f"/sync/{path}", json={"proto": 1, "edits": []}, headers=headers)
        assert (reply.status_code, reply.json["code"]) == (401, "unauthenticated")
        assert "wipe" not in reply.json
    assert ana.client.get("/sync/snapshot", headers=headers).status_code == 401


def test_a_revoked_device_is_told_to_wipe(phone):
    one, two = phone(), phone()
    assert devices.revoke(one.id, ANA) is True
    for path, body in (("push", {"proto": 1, "edits": []}), ("pull", {"proto": 1, "cursor": None})):
        reply = one.post(path, body)
        assert (reply.status_code, reply.json["code"], reply.json["wipe"]) == (401, "device_revoked", True)
    assert card(two, one.id)["revoked_at"]
    assert devices.revoke(one.id, ANA) is False


def test_nobody_revokes_anothers_device(phone):
    ana = phone()
    assert devices.revoke(ana.id, BEN) is False
    assert ana.push()["last_n"] == 0


def test_a_disabled_person_loses_all_devices(phone):
    one, two, ben = phone(), phone(), phone(BEN)
    assert devices.revoke_all(ANA) == 2
    assert one.post("pull", {"proto": 1, "cursor": None}).status_code == 401
    assert two.post("pull", {"proto": 1, "cursor": None}).status_code == 401
    assert ben.push()["last_n"] == 0


def test_there_is_a_cap(phone, app, monkeypatch):
    from dataclasses import replace

    monkeypatch.setitem(app.extensions, "doorstep.sync", replace(app.extensions["doorstep.sync"], device_cap=2))
    one, _ = phone(), phone()
    reply = app.test_client().post("/sync/devices", json={"label": "x"}, headers={"X-Agent": ANA})
    assert (reply.status_code, reply.json["code"]) == (409, "too_many_devices")
    devices.revoke(one.id, ANA)
    phone()


def test_what_a_phone_says_of_itself_is_shown(phone):
    one, two = phone(), phone()
    status = {"waiting": 3, "oldest_at": "2026-11-22T09:30:00+08:00", "build": "abc123"}
    one.push(status=status)
    row = card(two, one.id)
    assert (row["waiting"], row["oldest_waiting_at"], row["build"]) == (3, "2026-11-22T01:30:00.000Z", "abc123")
    one.post("pull", {"proto": 1, "cursor": None, "status": {"waiting": 0, "build": "abc123"}})
    row = card(two, one.id)
    assert (row["waiting"], row["oldest_waiting_at"]) == (0, None)


def test_saying_the_same_again_is_no_news(phone):
    one, two = phone(), phone()
    one.push(status={"waiting": 0})
    two.pull()
    for _ in range(3):
        one.push(status={"waiting": 0})
        one.post("pull", {"proto": 1, "cursor": None, "status": {"waiting": 0}})
    assert two.pull() == []


@pytest.mark.parametrize(
    "status", ["x", [], {"waiting": -1, "build": "\0"}, {"waiting": 2**40, "oldest_at": 7, "build": 5}]
)
def test_a_strange_status_does_not_stop_a_sync(phone, status):
    assert phone().push(status=status)["last_n"] == 0


def test_the_phones_own_news_come_in_the_same_round_trip(phone):
    ana = phone()
    ana.pull()
    reply = ana.push(status={"waiting": 2}, pull={"cursor": ana.cursor})
    assert [change["row"]["waiting"] for change in reply["pull"]["changes"]] == [2]


def test_a_writer_on_the_server_is_one_device(app):
    first, again = devices.server_author("import:1", ANA), devices.server_author("import:1", ANA)
    assert first.device_id == again.device_id
    assert devices.server_author("import:2", ANA).device_id != first.device_id
