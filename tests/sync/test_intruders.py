"""Somebody who speaks the protocol well and means no good: what is not theirs stays unseen and untouched."""

from __future__ import annotations

import json

import pytest

from sync import escrow
from sync.apply import apply_edits
from sync.columns import new_id
from sync.database import db
from sync.devices import server_author
from sync.leaving import move_tree
from sync.rows import read_row
from tests.sync.cast import ANA, BEN, STRANGER

SECRET = "13900009999"


def stored(kind: str, row_id: str) -> dict | None:
    with db.engine.connect() as connection:
        return read_row(connection, kind, row_id)


def accept_all(phone_) -> list[str | None]:
    """Hand nothing in, look as the leader does, and accept; the verdicts in order."""
    db.session.rollback()
    bundle = escrow.bundle_of(phone_.id, [phone_.agent])
    assert bundle is not None
    escrow.accept(bundle, [item.id for item in escrow.items_of(phone_.id)], "leader")
    db.session.rollback()
    return [item.verdict for item in escrow.items_of(phone_.id)]


def hand_in(phone_, *edits: dict) -> None:
    reply = phone_.post("escrow", {"proto": 1, "edits": list(edits)})
    assert reply.status_code == 200, reply.text


# Escrow: what a leader accepts may no more than the phone could have done


def test_escrow_is_no_way_into_what_only_the_server_writes(phone):
    ana = phone()
    own_card = stored("device", ana.id)
    hand_in(
        ana,
        {"n": 1, "op": "update", "kind": "device", "id": ana.id, "base": 1, "set": {"label": ["Mate 60", "the boss"]}},
        {"n": 2, "op": "delete", "kind": "device", "id": ana.id, "base": 1},
        {"n": 3, "op": "create", "kind": "device", "id": new_id(), "set": {"label": [None, "x"]}},
    )
    assert accept_all(ana) == ["rejected"] * 3
    assert stored("device", ana.id) == own_card


def test_escrow_is_no_way_into_what_a_team_shares(phone):
    ana, board = phone(), new_id()
    office = server_author("office", ANA, home="unit:north")
    edit = {"op": "create", "kind": "board", "id": board, "set": {"title": [None, "晨会"]}}
    assert apply_edits([edit], office)[0]["verdict"] == "ok"
    hand_in(
        ana,
        {"n": 1, "op": "update", "kind": "board", "id": board, "base": 1, "set": {"title": ["晨会", "取消"]}},
        {"n": 2, "op": "create", "kind": "board", "id": new_id(), "set": {"title": [None, "通知"]}},
    )
    assert accept_all(ana) == ["rejected"] * 2
    assert stored("board", board)["title"] == "晨会"


def test_escrow_is_no_way_into_a_strangers_book(phone):
    ana, other = phone(), phone(STRANGER)
    person = other.create("person", name="王芳", phone=SECRET)
    hand_in(
        ana,
        {"n": 1, "op": "update", "kind": "person", "id": person, "base": 1, "set": {"phone": [SECRET, "1"]}},
        {"n": 2, "op": "create", "kind": "note", "id": new_id(), "set": {"person_id": [None, person]}},
        {"n": 3, "op": "delete", "kind": "person", "id": person, "base": 1},
    )
    assert accept_all(ana) == ["rejected"] * 3
    assert stored("person", person)["phone"] == SECRET


# The other addresses, with somebody else's ids


def test_the_rows_and_digests_of_strangers_do_not_exist(phone):
    ana, other = phone(), phone(STRANGER)
    person = other.create("person", name="王芳", phone=SECRET)
    asked = {"records": [{"kind": "person", "id": person}, {"kind": "device", "id": other.id}]}
    reply = ana.post("rows", asked)
    assert [given["row"] for given in reply.json["rows"]] == [None, None]
    for scope in (f"agent:{STRANGER}", "unit:south", [f"agent:{ANA}"], {}, None, 5, ""):
        for bucket in (None, 0):
            assert ana.post("digests", {"scope": scope, "bucket": bucket}).status_code == 404
    assert ana.post("known", {"devices": [other.id, ana.id]}).json["last_n"] == {ana.id: 0}


def test_a_cursor_or_a_place_of_somebody_else_opens_nothing(phone):
    ana, other = phone(), phone(STRANGER)
    other.create("person", name="王芳")
    other.pull()
    place = other.snapshot()[1]["t"]
    assert ana.post("pull", {"proto": 1, "cursor": other.cursor}).json["code"] == "bad_cursor"
    got = ana.client.get("/sync/snapshot", query_string={"after": place}, headers=ana.headers)
    assert got.json["code"] == "bad_cursor"
    edit = ana.deletion("person", new_id(), base=1, cursor=other.cursor)
    assert ana.one(edit)["verdict"] == "rejected"


@pytest.mark.parametrize("guess", [SECRET, "13800000000"])
def test_a_record_that_left_answers_no_guesses(phone, guess):
    """Right or wrong, the answers are the same to the letter, and hold nothing that was written since."""
    ana, ben = phone(), phone(BEN)
    person = ana.create("person", name="王芳", phone="1", tags=["a"], contact="any", code="x")
    leader = server_author("leader", ANA, scopes=[f"agent:{ANA}", f"agent:{BEN}"])
    move_tree("person", person, f"agent:{BEN}", leader)
    ben.pull()
    ben.update("person", person, phone=SECRET, tags=["b"], contact="none")
    ben.create("note", person_id=person, text=SECRET)
    edits = [
        ana.change("person", person, base=1, phone=("1", guess)),
        ana.change("person", person, base=1, phone=(guess, "2")),
        ana.change("person", person, base=9, phone=(guess, guess)),
        ana.change("person", person, base=1, contact=("any", "service")),
        ana.change("person", person, base=1, tags=(["a"], ["b"])),
        ana.change("person", person, base=1, code=("x", "x")),
        ana.creation("person", person, name="王芳", phone=guess),
        ana.deletion("person", person, base=1),
        ana.creation("note", person_id=person, text="late"),
    ]
    said = ana.push(*edits)
    text = json.dumps(said, ensure_ascii=False)
    assert SECRET not in text
    plain = [
        {name: value for name, value in each.items() if name not in ("n", "conflicts")} for each in said["verdicts"]
    ]
    assert all(each["row"] is None for each in said["verdicts"] if "row" in each)
    answers.setdefault("first", plain)
    assert answers["first"] == plain
    again = ana.push(*edits)
    assert [{**each, "replayed": None} for each in again["verdicts"]] == [
        {**each, "replayed": None} for each in said["verdicts"]
    ]
    assert SECRET not in json.dumps(ana.pull(), ensure_ascii=False)


answers: dict[str, list] = {}
