"""`POST /api/devices/<id>/revocations` and the page /team/devices: a phone is let in no more."""

from __future__ import annotations

from uuid import uuid4

import pytest
import sqlalchemy as sa

from portal.accounts import people as office
from portal.accounts.models import Session
from sync.database import db
from sync.models import Device
from tests.people import sign_in


def register(client, person, label="Mate 60") -> dict:
    made = client.post("/sync/devices", json={"label": label}, auth=person.basic)
    assert made.status_code == 201, made.text
    return made.json


def pull(client, device, **status):
    body = {"proto": 1, "cursor": None, **({"status": status} if status else {})}
    return client.post("/sync/pull", json=body, headers={"Authorization": f"Bearer {device['token']}"})


def revoke(client, device_id, **more):
    return client.post(f"/api/devices/{device_id}/revocations", **more)


def is_live(device) -> bool:
    db.session.rollback()
    return db.session.scalar(sa.select(Device.revoked_at).where(Device.id == device["device"])) is None


def test_ones_own_phone_is_let_in_no_more_and_told_to_wipe(program, people):
    phone = register(program, people.ana)
    assert pull(program, phone).status_code == 200
    made = revoke(program, phone["device"], auth=people.ana.basic)
    assert made.status_code == 201
    assert made.json["device"] == phone["device"]
    assert (made.json["agent"], made.json["revoked"]) == (people.ana.id, True)
    again = revoke(program, phone["device"], auth=people.ana.basic)
    assert (again.status_code, again.json) == (200, made.json | {"revoked": False})
    refused = pull(program, phone)
    assert (refused.status_code, refused.json["code"], refused.json["wipe"]) == (401, "device_revoked", True)


MAY = {
    "ana": {"ana"},
    "ben": {"ben"},
    "leader": {"ana", "ben", "leader"},
    "stranger": {"stranger"},
    "other_leader": {"stranger", "other_leader"},
    "office": set(),
    "manager": {"ana", "ben", "leader", "stranger", "other_leader", "manager"},
    "compliance": set(),
    "admin": {"ana", "ben", "leader", "stranger", "other_leader", "manager"},
}


@pytest.mark.parametrize("viewer", sorted(MAY))
def test_who_may_revoke_whose_phone(program, people, viewer):
    """Every role × everybody who has a phone; what is not one's own to revoke does not exist."""
    who = getattr(people, viewer)
    nothing = revoke(program, uuid4(), auth=who.basic)
    assert nothing.status_code == 404
    for name in ("ana", "ben", "leader", "stranger", "other_leader", "manager"):
        phone = register(program, getattr(people, name))
        got = revoke(program, phone["device"], auth=who.basic)
        if name in MAY[viewer]:
            assert (got.status_code, is_live(phone)) == (201, False), name
        else:
            assert (got.status_code, is_live(phone)) == (404, True), name
            assert {**got.json, "request": ""} == {**nothing.json, "request": ""}


def test_writers_on_the_server_are_no_phones(program, people, customer):
    customer(people.ana)
    (writer,) = db.session.scalars(sa.select(Device.id).where(Device.kind == "server"))
    assert revoke(program, writer, auth=people.leader.basic).status_code == 404
    assert revoke(program, "not-an-id", auth=people.leader.basic).status_code == 404


def test_the_sessions_of_the_person_end_but_not_the_one_that_asks(program, desk, app, people):
    """One of them is the phone's, and would register it anew."""
    ana, other, lin = desk(people.ana), desk(people.ana), desk(people.leader)
    assert revoke(other, register(program, people.ana)["device"]).status_code == 201
    assert other.get("/account").status_code == 200
    assert ana.get("/account").status_code == 303
    ana = desk(people.ana)
    assert revoke(lin, register(program, people.ana)["device"]).status_code == 201
    assert ana.get("/account").status_code == 303
    assert lin.get("/account").status_code == 200
    # Asked again, nobody is signed out again.
    ana = desk(people.ana)
    gone = db.session.scalars(sa.select(Device.id).where(Device.revoked_at.is_not(None))).first()
    assert revoke(lin, gone).status_code == 200
    assert ana.get("/account").status_code == 200


def test_forms_of_other_sites_and_strange_bodies_do_nothing(program, desk, people):
    phone = register(program, people.ana)
    lin = desk(people.leader)
    assert revoke(lin, phone["device"], headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    evil = {"Origin": "https://evil.example"}
    assert revoke(program, phone["device"], auth=people.leader.basic, headers=evil).status_code == 403
    assert revoke(program, phone["device"]).status_code in {401, 403}
    plain = {"base_url": "http://office.example", "auth": people.leader.basic}
    assert revoke(program, phone["device"], **plain).json["code"] == "https_required"
    assert revoke(program, phone["device"], auth=people.leader.basic, data=b"x" * 10**6).status_code == 413
    assert revoke(program, phone["device"], headers={"Authorization": f"Bearer {phone['token']}"}).status_code == 401
    assert is_live(phone)


def test_the_page_shows_what_the_phones_say(program, desk, people):
    phone = register(program, people.ana, "Mate 60 <b>")
    said = {"waiting": 3, "oldest_at": "2026-11-25T01:02:03.000Z", "build": "abc123"}
    assert pull(program, phone, **said).status_code == 200
    register(program, people.stranger, "Pixel")
    page = desk(people.leader).get("/team/devices").text
    for text in ("Mate 60 &lt;b&gt;", "3 条未发出", "11月25日 09:02", "abc123", "沈清越"):
        assert text in page
    assert "Pixel" not in page
    assert "Pixel" in desk(people.admin).get("/team/devices").text


def test_the_page_revokes_after_asking(program, desk, people):
    phone = register(program, people.ana)
    pull(program, phone, waiting=2, oldest_at=None, build="b")
    lin = desk(people.leader)
    path = f"/team/devices/{phone['device']}/revocations"
    asked = lin.get(path).text
    assert "沈清越" in asked
    assert "还有 2 条没有发出" in asked
    assert is_live(phone)
    done = lin.post(path)
    assert done.status_code == 303
    assert not is_live(phone)
    assert "已收回" in lin.get(done.headers["Location"]).text
    assert lin.post(path).status_code == 303
    assert "btn danger" not in lin.get(path).text  # nothing is left to be revoked
    foreign = register(program, people.stranger)
    for method in (lin.get, lin.post):
        assert method(f"/team/devices/{foreign['device']}/revocations").status_code == 404
    for name in ("ana", "office", "compliance"):
        assert desk(getattr(people, name)).get("/team/devices").status_code == 403


def test_phones_of_somebody_who_left_are_revoked_already(program, desk, people):
    phone = register(program, people.ana)
    office.disable(people.ana.id)
    assert not is_live(phone)
    assert revoke(program, phone["device"], auth=people.leader.basic).status_code == 200
    assert "沈清越" in desk(people.leader).get("/team/devices").text


def test_a_revoked_phone_can_be_signed_in_anew_as_another_device(program, people, client):
    phone = register(program, people.ana)
    revoke(program, phone["device"], auth=people.leader.basic)
    sign_in(client, people.ana)
    fresh = client.post("/sync/devices", json={"label": "Mate 60"}).json
    assert fresh["device"] != phone["device"]
    assert pull(program, fresh).status_code == 200
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Session)) == 1
