"""`POST /api/customers/<id>/reassignments`: a leader's program gives a customer to another agent of the unit."""

from __future__ import annotations

from itertools import pairwise
from threading import Barrier, Thread
from uuid import uuid4

import pytest

from portal.accounts import people as office
from sync.apply import apply_edits
from sync.columns import instant_text, utcnow
from sync.devices import server_author
from tests.people import PASSWORD
from tests.portal.team.conftest import customers, history, owner

ROLES = ("ana", "ben", "leader", "stranger", "other_leader", "office", "manager", "compliance", "admin")


def path(customer_id) -> str:
    return f"/api/customers/{customer_id}/reassignments"


def ask(client, customer_id, agent_id, **more):
    return client.post(path(customer_id), json={"agent": agent_id}, **more)


def outcome(response) -> tuple:
    """What may tell two refusals apart: everything but the number of the request."""
    said = {name: value for name, value in response.json.items() if name != "request"}
    return response.status_code, response.mimetype, said


def test_a_leader_gives_a_customer_to_another_agent(program, people, customer):
    who = customer(people.ana)
    made = ask(program, who, people.ben.id, auth=people.leader.basic)
    assert made.status_code == 201, made.text
    assert made.json | {"id": "", "at": ""} == {
        "id": "", "at": "", "customer": who, "from": people.ana.id, "to": people.ben.id,
        "by": people.leader.id, "moved": True,
    }  # fmt: skip
    assert owner(who) == people.ben.id
    assert history(who) == [(people.ana.id, people.ben.id, people.leader.id)]


def test_twice_is_the_same_as_once(program, people, customer):
    who = customer(people.ana)
    first = ask(program, who, people.ben.id, auth=people.leader.basic)
    again = ask(program, who, people.ben.id, auth=people.leader.basic)
    assert again.status_code == 200
    assert again.json == first.json | {"moved": False}
    assert len(history(who)) == 1


def test_a_session_does_it_from_a_page_of_ours_and_from_no_other(desk, people, customer):
    who, lin = customer(people.ana), desk(people.leader)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert ask(lin, who, people.ben.id, headers=headers).status_code == 403
    lin.environ_base.pop("HTTP_SEC_FETCH_SITE")
    assert ask(lin, who, people.ben.id).json["code"] == "foreign_origin"
    assert owner(who) == people.ana.id
    assert ask(lin, who, people.ben.id, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 201


@pytest.mark.parametrize("viewer", ROLES)
def test_who_may_give_what_to_whom(program, people, viewer):
    """Every role × a customer and a new owner of the own team, of another, and across."""
    who = getattr(people, viewer)
    team, other = people.leader.unit_id, people.other_leader.unit_id
    reach = {"leader": {team}, "other_leader": {other}, "manager": {team, other}}.get(viewer)
    for owner_of_it in (people.ana, people.stranger):
        for to in (people.ben, people.other_leader):
            (one,) = customers(owner_of_it, ["王芳"])
            got = ask(program, one, to.id, auth=who.basic).status_code
            within = {owner_of_it.unit_id, to.unit_id} <= (reach or set())
            wanted = 403 if reach is None else 201 if within else 404
            assert got == wanted, (viewer, owner_of_it.username, to.username)
            assert owner(one) == (to.id if wanted == 201 else owner_of_it.id)


def test_what_is_unknown_foreign_or_deleted_is_told_apart_by_nobody(program, people, customer):
    foreign, deleted, fine = customer(people.stranger), customer(people.ana), customer(people.ana)
    author = server_author("office", people.ana.id)
    gone = {"op": "delete", "kind": "customer", "id": deleted, "base": 1, "at": instant_text(utcnow())}
    assert apply_edits([gone], author)[0]["verdict"] == "ok"
    refused = [
        ask(program, uuid4(), people.ben.id, auth=people.leader.basic),
        ask(program, foreign, people.ben.id, auth=people.leader.basic),
        ask(program, deleted, people.ben.id, auth=people.leader.basic),
        ask(program, fine, people.stranger.id, auth=people.leader.basic),
        ask(program, fine, str(uuid4()), auth=people.leader.basic),
        ask(program, fine, "nobody\x00\ud800'; --", auth=people.leader.basic),
        ask(program, "no-id-at-all", people.ben.id, auth=people.leader.basic),
    ]
    assert [response.status_code for response in refused] == [404] * len(refused)
    assert {str(outcome(response)) for response in refused} == {str(outcome(refused[0]))}
    assert owner(fine) == people.ana.id


def test_whoever_cannot_have_customers_gets_none(program, people, customer):
    who = customer(people.ana)
    office.disable(people.ben.id)
    for to, code in ((people.ben, "agent_disabled"), (people.office, "no_book"), (people.ana, "same_owner")):
        refused = ask(program, who, to.id, auth=people.leader.basic)
        assert (refused.status_code, refused.json["code"]) == (422, code)
        assert refused.json["fields"]["agent"]
        assert refused.mimetype == "application/problem+json"
    assert owner(who) == people.ana.id


def test_customers_of_somebody_who_left_find_a_new_agent(program, people, customer):
    who = customer(people.ana)
    office.disable(people.ana.id)
    assert ask(program, who, people.ben.id, auth=people.leader.basic).status_code == 201
    assert owner(who) == people.ben.id


@pytest.mark.parametrize(
    "sent, status, code",
    [
        ({"data": b"{", "content_type": "application/json"}, 400, "bad_request"),
        ({"data": b"", "content_type": "application/json"}, 400, "bad_request"),
        ({"data": b"[" * 3000, "content_type": "application/json"}, 400, "bad_request"),
        ({"data": b'\xff{"agent": 1}', "content_type": "application/json"}, 400, "bad_request"),
        ({"json": ["agent"]}, 400, "bad_request"),
        ({"json": {}}, 422, "agent_missing"),
        ({"json": {"agent": None}}, 422, "agent_missing"),
        ({"json": {"agent": ["x"]}}, 422, "agent_missing"),
        ({"data": {"agent": "x"}}, 415, "unsupported_media_type"),
        ({"data": b"agent=x", "content_type": "text/plain"}, 415, "unsupported_media_type"),
        ({"json": {"agent": "x" * 5000}}, 413, "request_entity_too_large"),
        ({"data": b"x" * 10**7, "content_type": "application/json"}, 413, "request_entity_too_large"),
    ],
)
def test_nonsense_gets_a_clear_answer(program, people, customer, sent, status, code):
    refused = program.post(path(customer(people.ana)), auth=people.leader.basic, **sent)
    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert refused.mimetype == "application/problem+json"


def test_only_post_is_answered(program, people, customer):
    assert program.get(path(customer(people.ana)), auth=people.leader.basic).status_code == 405


def test_without_credentials_nothing_happens_and_no_browser_opens_a_dialog(client, program, people, customer):
    who = customer(people.ana)
    asked = ask(program, who, people.ben.id, headers={"Authorization": "Basic"})
    assert (asked.status_code, asked.headers["WWW-Authenticate"][:6]) == (401, "Basic ")
    asked = ask(client, who, people.ben.id)
    assert (asked.status_code, asked.headers["WWW-Authenticate"]) == (401, "Bearer")
    # A phone's token is for its own book.
    token = program.post("/sync/devices", json={"label": "x"}, auth=people.leader.basic).json["token"]
    assert ask(program, who, people.ben.id, headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert owner(who) == people.ana.id


def test_basic_credentials_that_a_browser_adds_to_another_sites_form_do_nothing(program, people, customer):
    who = customer(people.ana)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        refused = ask(program, who, people.ben.id, auth=people.leader.basic, headers=headers)
        assert (refused.status_code, refused.json["code"]) == (403, "foreign_origin")


def test_a_password_travels_only_where_nobody_reads_it(program, people, customer):
    who = customer(people.ana)
    for where in (
        {"base_url": "http://office.example"},
        {"environ_base": {"REMOTE_ADDR": "10.1.2.3"}},
        {"base_url": "http://localhost.evil.example"},
    ):
        refused = ask(program, who, people.ben.id, auth=people.leader.basic, **where)
        assert (refused.status_code, refused.json["code"]) == (403, "https_required")
    assert ask(program, who, people.ben.id, auth=people.leader.basic, base_url="https://office.example").json["moved"]


def test_wrong_passwords_are_counted_and_right_ones_are_not(program, people):
    every = customers(people.ana, ["王芳"] * 120)
    for one in every:  # more than an address may try
        assert ask(program, one, people.ben.id, auth=people.leader.basic).status_code == 201
    wrong = [ask(program, every[0], people.ana.id, auth=("lin", "not it at all")).status_code for _ in range(11)]
    assert wrong == [401] * 10 + [429]


def test_a_password_that_was_changed_or_a_person_who_left_is_forgotten_at_once(app, program, people):
    from portal.accounts.passwords import hash_password
    from sync.database import write

    one, two = customers(people.ana, ["王芳", "李娜"])
    assert ask(program, one, people.ben.id, auth=people.leader.basic).status_code == 201
    with write() as session:
        office.set_password(session, people.leader.id, hash_password("quite another one"))
    assert ask(program, two, people.ben.id, auth=people.leader.basic).status_code == 401
    fresh = (people.leader.username, "quite another one")
    assert ask(program, two, people.ben.id, auth=fresh).status_code == 201
    office.disable(people.leader.id)
    assert ask(program, one, people.ana.id, auth=fresh).status_code == 401


def test_two_leaders_crossing_each_other_leave_one_owner_and_a_true_history(app, people):
    """Lin and the manager move ten customers to and fro at once; nothing is lost, nothing hangs, each move is known."""
    every = customers(people.ana, ["王芳"] * 5) + customers(people.ben, ["李娜"] * 5)
    start, seen = Barrier(4), []

    def work(giver, to):
        with app.app_context():
            mine = app.test_client()
            start.wait()
            for one in every if to is people.ana else reversed(every):
                seen.append(ask(mine, one, to.id, auth=giver.basic).status_code)

    pairs = [(people.leader, people.ana), (people.leader, people.ben)]
    pairs += [(people.manager, people.ben), (people.manager, people.stranger)]
    threads = [Thread(target=work, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    # A customer that the manager took out of Lin's unit is no longer hers to give; one that never moved is where it was.
    assert set(seen) <= {200, 201, 404, 422}
    for one in every:
        moves = history(one)
        for before, after in pairwise(moves):
            assert before[1] == after[0]
        assert owner(one) == moves[-1][1]
        assert all(by == people.manager.id for _, to, by in moves if to == people.stranger.id)


def test_a_phone_in_its_first_download_ends_with_what_is_its_own(program, people):
    """Half of the book goes to Ben while Ana's phone is downloading: the deltas put it right, on both phones."""
    every = customers(people.ana, [f"客户{n}" for n in range(40)])
    phones = {who: phone(program, getattr(people, who)) for who in ("ana", "ben")}
    cut = snapshot(program, phones["ana"], most=15)
    for one in every[::2]:
        assert ask(program, one, people.ben.id, auth=people.leader.basic).status_code == 201
    rows, cursor = resume(program, phones["ana"], *cut)
    assert mine(pulled(program, phones["ana"], rows, cursor)) == set(every[1::2])
    assert mine(pulled(program, phones["ben"], {}, None)) == set(every[::2])


def phone(client, person) -> dict:
    made = client.post("/sync/devices", json={"label": "Mate 60"}, auth=(person.username, PASSWORD)).json
    return {"Authorization": f"Bearer {made['token']}"}


def snapshot(client, headers, most: int):
    """The first `most` lines of a download that is then cut: rows, cursor, and where to go on."""
    import json

    first, *lines = client.get("/sync/snapshot", headers=headers).text.splitlines()
    kept = [json.loads(line) for line in lines[:most]]
    return {(each["kind"], each["id"]): each for each in kept}, json.loads(first)["cursor"], kept[-1]["t"]


def resume(client, headers, rows, cursor, token):
    """Go on where it stopped. Deltas continue from the first cursor."""
    import json

    _first, *lines = client.get(f"/sync/snapshot?after={token}", headers=headers).text.splitlines()
    for line in lines:
        each = json.loads(line)
        rows[each["kind"], each["id"]] = each
    return rows, cursor


def pulled(client, headers, rows, cursor):
    """What the phone holds when it has pulled everything."""
    more = True
    while more:
        page = client.post("/sync/pull", headers=headers, json={"proto": 1, "cursor": cursor, "limit": 30}).json
        for change in page["changes"]:
            if change["op"] == "put":
                rows[change["kind"], change["id"]] = change
            else:
                rows.pop((change["kind"], change["id"]), None)
        cursor, more = page["cursor"], page["more"]
    return rows


def mine(rows) -> set[str]:
    customers_there = {row_id for kind, row_id in rows if kind == "customer"}
    visits = [each for (kind, _), each in rows.items() if kind == "visit"]
    assert len(visits) == len(customers_there)
    return customers_there
