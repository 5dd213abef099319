"""Phones: registered with a session or HTTP Basic, revoked by their owner, and never by anybody else."""

from __future__ import annotations

from uuid import uuid4

import pytest

from portal.accounts import people as office
from tests.people import PASSWORD, Person, sign_in


def register(client, person: Person, label="Mate 60") -> dict:
    response = client.post("/sync/devices", json={"label": label}, auth=person.basic)
    assert response.status_code == 201, response.text
    return response.json


def me(client, device: dict):
    return client.get("/api/me", headers={"Authorization": f"Bearer {device['token']}"})


def test_a_session_registers_a_phone(client, people):
    sign_in(client, people.ana)
    response = client.post("/sync/devices", json={"label": "Mate 60"})
    assert response.status_code == 201
    assert response.json["agent"] == people.ana.id


def test_a_foreign_page_registers_nothing(client, people):
    sign_in(client, people.ana)
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/sync/devices", json={"label": "x"}, headers=headers).status_code == 403
    headers["Authorization"] = "Bearer nonsense"
    assert client.post("/sync/devices", json={"label": "x"}, headers=headers).status_code == 401


def test_basic_credentials_register_a_phone_by_name_or_number(client, people):
    assert register(client, people.ana)["agent"] == people.ana.id
    by_phone = client.post("/sync/devices", json={"label": "x"}, auth=(people.ana.work_phone, PASSWORD))
    assert by_phone.json["agent"] == people.ana.id


def test_wrong_basic_credentials_are_refused_and_counted(client, people):
    def wrong():
        return client.post("/sync/devices", json={"label": "x"}, auth=("ana", "not it at all"))

    assert [wrong().status_code for _ in range(10)] == [401] * 10
    stopped = wrong()
    assert stopped.status_code == 429
    assert int(stopped.headers["Retry-After"]) > 0
    # One account, one count: the page does not give ten more.
    assert client.post("/sign-in", data={"username": "ana", "password": PASSWORD}).status_code == 429


def test_basic_credentials_over_a_wire_that_others_read_are_refused(client, people):
    for where in [
        {"base_url": "http://office.example"},
        {"environ_base": {"REMOTE_ADDR": "10.1.2.3"}},
        {"base_url": "http://127.0.0.1.evil.example"},
    ]:
        response = client.post("/sync/devices", json={"label": "x"}, auth=people.ana.basic, **where)
        assert response.status_code == 403
        assert response.json["code"] == "https_required"


def test_basic_credentials_over_https_may_come_from_anywhere(client, people):
    response = client.post(
        "/sync/devices",
        json={"label": "x"},
        auth=people.ana.basic,
        base_url="https://office.example",
        environ_base={"REMOTE_ADDR": "10.1.2.3"},
    )
    assert response.status_code == 201


def test_only_who_has_a_book_carries_one(client, people):
    for person in people.everybody():
        response = client.post("/sync/devices", json={"label": "x"}, auth=person.basic)
        assert response.status_code == (201 if person.role in {"agent", "leader", "manager"} else 403), person.role


def test_the_phone_learns_who_it_works_for(client, people):
    answer = me(client, register(client, people.ana)).json
    assert answer["agent"]["name"] == people.ana.name
    assert answer["agent"]["work_phone"] == people.ana.work_phone
    assert answer["agent"]["unit_name"] == "望江二部"
    assert {other["name"] for other in answer["colleagues"]} == {
        people.ben.name,
        people.leader.name,
        people.office.name,
    }
    assert set(answer["colleagues"][0]) == {"id", "name", "role"}


def test_a_made_up_token_is_nobody(client, people):
    for authorization in ["", "Bearer", "Bearer ", "Bearer nonsense", "Bearer é", "Basic x", "Token a"]:
        response = client.get("/api/me", headers={"Authorization": authorization} if authorization else {})
        assert response.status_code == 401, authorization
        assert response.mimetype == "application/problem+json"


def test_revoking_asks_first_and_works_once_and_twice(client, people):
    device = register(client, people.ana)
    sign_in(client, people.ana)
    address = f"/account/devices/{device['device']}/revocations"
    assert "Mate 60" in client.get(address).text
    assert me(client, device).status_code == 200
    for _ in range(2):
        response = client.post(address)
        assert (response.status_code, response.location) == (303, "/me/devices")
    refused = me(client, device)
    assert refused.status_code == 401
    assert refused.json["code"] == "device_revoked"
    assert client.get(address).status_code == 200


def test_a_revoked_phone_cannot_register_itself_anew(client, new_client, people):
    """The lost phone's browser is signed in as well; that session ends together with the device."""
    lost, bens = sign_in(new_client(), people.ana), sign_in(new_client(), people.ben)
    device = lost.post("/sync/devices", json={"label": "lost"}).json
    sign_in(client, people.ana).post(f"/account/devices/{device['device']}/revocations")
    assert lost.post("/sync/devices", json={"label": "lost"}).status_code == 401
    assert client.get("/account").status_code == 200
    assert bens.get("/account").status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
def test_anothers_device_does_not_exist(client, new_client, people, method):
    """Not for a stranger, not for a colleague, and not even for the leader: only its owner sees it here."""
    device = register(client, people.ana)
    for person in people.everybody():
        if person is not people.ana:
            theirs = sign_in(new_client(), person)
            assert getattr(theirs, method)(f"/account/devices/{device['device']}/revocations").status_code == 404
            assert getattr(theirs, method)(f"/account/devices/{uuid4()}/revocations").status_code == 404
    assert me(client, device).status_code == 200


def test_a_foreign_page_revokes_nothing(client, people):
    device = register(client, people.ana)
    sign_in(client, people.ana)
    address = f"/account/devices/{device['device']}/revocations"
    assert client.post(address, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert me(client, device).status_code == 200


def test_a_password_change_leaves_phones_alone(client, people):
    device = register(client, people.ana)
    sign_in(client, people.ana)
    client.post("/account/password", data={"current": PASSWORD, "new": "another door, also softly"})
    assert me(client, device).status_code == 200


def test_disabling_a_person_revokes_every_phone(client, people):
    phones = [register(client, people.ana, f"phone {number}") for number in range(2)]
    bens = register(client, people.ben)
    office.disable(people.ana.id)
    assert [me(client, phone).json["code"] for phone in phones] == ["device_revoked"] * 2
    pulled = client.post(
        "/sync/pull", json={"proto": 1, "cursor": None}, headers={"Authorization": f"Bearer {phones[0]['token']}"}
    )
    assert pulled.status_code == 401
    assert me(client, bens).status_code == 200


# ---- the password instead of a forgotten PIN ------------------------------------------------------------------------


def check(client, password, device=None):
    headers = {"Authorization": f"Bearer {device['token']}"} if device else {}
    return client.post("/account/password-checks", json={"password": password}, headers=headers)


def test_the_password_stands_in_for_the_pin(client, people):
    device = register(client, people.ana)
    assert check(client, PASSWORD, device).json == {"ok": True}
    wrong = check(client, "not it at all", device)
    assert (wrong.status_code, wrong.json["code"]) == (403, "wrong_password")
    assert check(client, "\ud800", device).status_code == 403
    assert check(client, PASSWORD).status_code == 401
    sign_in(client, people.ana)
    assert check(client, PASSWORD).json == {"ok": True}


def test_tries_for_the_pin_are_counted(client, people):
    device = register(client, people.ana)
    assert [check(client, "guess", device).status_code for _ in range(11)] == [403] * 10 + [429]
    assert check(client, PASSWORD, device).json["code"] == "too_many_tries"


def test_a_check_without_a_password_is_a_bad_request(client, people):
    headers = {"Authorization": f"Bearer {register(client, people.ana)['token']}"}
    for body in (None, [], {}, {"password": 7}, {"password": None}, "x"):
        assert client.post("/account/password-checks", json=body, headers=headers).status_code == 400
    assert client.post("/account/password-checks", data=b"{", headers=headers).status_code == 400
