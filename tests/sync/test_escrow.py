"""Escrow: what a revoked phone had not sent is kept for the leader, sealed, once, and applied only when accepted."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from sync import devices, escrow
from sync.columns import new_id
from sync.database import db, table_of
from sync.devices import server_author
from sync.leaving import move_tree
from sync.models import Escrowed, Rejected
from tests.sync.cast import ANA, BEN

LEADER, OTHER_LEADER = new_id(), new_id()


def hand_in(phone, *edits, expect: int = 200, **envelope) -> list[str]:
    """What became of each."""
    reply = phone.post("escrow", {"proto": 1, "edits": list(edits)} | envelope)
    assert reply.status_code == expect, reply.text
    return [answer["answer"] for answer in reply.json["answers"]] if expect == 200 else reply.json


def waiting(device_id: str) -> list[escrow.Item]:
    db.session.rollback()
    return [item for item in escrow.items_of(device_id) if item.decision is None]


def accept(phone, *, ids: list[str] | None = None, by: str = LEADER) -> list[escrow.Item]:
    """Accept these, or all that waits; everything that was handed in, as it is then."""
    db.session.rollback()
    bundle = escrow.bundle_of(phone.id, [phone.agent])
    escrow.accept(bundle, ids or [item.id for item in waiting(phone.id)], by)
    db.session.rollback()
    return escrow.items_of(phone.id)


def moved(kind: str, row_id: str) -> None:
    """From Ana's book to Ben's."""
    author = server_author("reassignment", LEADER, scopes=[f"agent:{ANA}", f"agent:{BEN}"])
    assert move_tree(kind, row_id, f"agent:{BEN}", author)


@pytest.fixture
def ana(phone):
    return phone()


@pytest.fixture
def lin(ana) -> str:
    return ana.create("person", name="Lin", phone="1", tags=["a"])


def test_a_revoked_phone_hands_in_and_nothing_is_applied(phone, ana, lin):
    edit = ana.change("person", lin, phone="2")
    devices.revoke(ana.id, ANA)
    assert hand_in(ana, edit) == ["kept"]
    assert [item.edit for item in waiting(ana.id)] == [edit]
    other = phone()
    other.pull()
    assert other.rows["person", lin]["phone"] == "1"


def test_a_live_phone_may_hand_in_too(ana, lin):
    assert hand_in(ana, ana.change("person", lin, phone="2")) == ["kept"]


def test_a_phone_of_somebody_disabled_hands_in(ana, lin, app, monkeypatch):
    from dataclasses import replace

    edit = ana.change("person", lin, phone="2")
    engine = replace(app.extensions["doorstep.sync"], scopes_of=lambda agent_id: [])
    monkeypatch.setitem(app.extensions, "doorstep.sync", engine)
    devices.revoke_all(ANA)
    assert hand_in(ana, edit) == ["kept"]
    assert [item.verdict for item in accept(ana)] == ["ok"]


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x", "Basic eDp5"])
def test_a_stranger_hands_in_nothing(ana, header):
    headers = {} if header is None else {"Authorization": header}
    reply = ana.client.post("/sync/escrow", json={"proto": 1, "edits": []}, headers=headers)
    assert (reply.status_code, reply.json["code"]) == (401, "unauthenticated")


def test_twice_is_once(ana, lin):
    edits = [ana.change("person", lin, phone="2"), ana.change("person", lin, score=3)]
    devices.revoke(ana.id, ANA)
    assert hand_in(ana, *edits) == ["kept", "kept"]
    assert hand_in(ana, *edits) == ["there", "there"]
    assert hand_in(ana, edits[0], edits[0]) == ["there", "there"]
    assert len(waiting(ana.id)) == 2


def test_at_once_from_many_threads_is_once(ana, lin, app):
    edits = [ana.change("person", lin, score=score) for score in range(20)]
    devices.revoke(ana.id, ANA)

    def send(_):
        reply = app.test_client().post("/sync/escrow", json={"proto": 1, "edits": edits}, headers=ana.headers)
        return reply.status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(send, range(8))) == {200}
    assert [item.edit["n"] for item in waiting(ana.id)] == [edit["n"] for edit in edits]


def test_other_content_under_one_number_is_told_and_the_first_kept(ana, lin):
    edit = ana.change("person", lin, phone="2")
    other = edit | {"set": {"phone": ["1", "3"]}}
    devices.revoke(ana.id, ANA)
    assert hand_in(ana, edit) == ["kept"]
    assert hand_in(ana, other) == ["taken"]
    assert [item.edit for item in waiting(ana.id)] == [edit]
    del other["n"]
    assert hand_in(ana, other) == ["kept"]
    assert [item.edit for item in waiting(ana.id)] == [edit, other]


def test_what_was_applied_is_not_kept_again(ana, lin):
    sent, unsent = ana.change("person", lin, phone="2"), ana.change("person", lin, phone="3")
    ana.one(sent)
    devices.revoke(ana.id, ANA)
    assert hand_in(ana, sent, unsent) == ["applied", "kept"]
    assert [item.edit for item in waiting(ana.id)] == [unsent]


def test_a_copy_of_the_phone_loses_nothing_under_a_used_number(ana, lin):
    edit = ana.change("person", lin, phone="2")
    ana.one(edit)
    devices.revoke(ana.id, ANA)
    assert hand_in(ana, edit | {"set": {"phone": ["1", "copy"]}}) == ["kept"]


def test_what_has_no_number_is_known_by_its_content(ana, lin):
    loose = {"op": "delete", "kind": "person", "id": lin, "base": 1, "at": "2026-11-22T09:30:00+08:00"}
    devices.revoke(ana.id, ANA)
    assert hand_in(ana, loose, loose | {"base": 2}, loose) == ["kept", "kept", "there"]
    assert hand_in(ana, loose) == ["there"]


STRANGE = [
    "text",
    7,
    None,
    [],
    {},
    {"n": 0, "op": "update"},
    {"n": True},
    {"n": 2**60, "op": "fly"},
    {"op": "draft", "path": "/customers/new", "fields": [["name", "Lin"]]},
    {"n": 5, "op": "update", "kind": "dragon", "id": 7, "set": {"x": [1.5, "\ud800"]}},
    {"n": 6, "op": "update", "kind": "person", "set": "nonsense\0"},
]


def test_what_is_no_edit_is_kept_as_it_is(ana):
    devices.revoke(ana.id, ANA)
    assert set(hand_in(ana, *STRANGE)) == {"kept"}
    texts = {json.dumps(item.edit, sort_keys=True) for item in waiting(ana.id)}
    assert texts == {json.dumps(edit, sort_keys=True) for edit in STRANGE}
    after = accept(ana)
    assert {item.verdict for item in after if item.decision} == {"rejected"}
    assert len(waiting(ana.id)) == len([edit for edit in STRANGE if not escrow.is_edit(edit)])


@pytest.mark.parametrize("body", [[], "x", {}, {"edits": []}, {"proto": 1}, {"proto": 1, "edits": {}}, {"proto": "1"}])
def test_a_bad_envelope(ana, body):
    assert ana.post("escrow", body).status_code == 400


def test_an_old_protocol_is_told_to_update(ana):
    assert hand_in(ana, expect=426, proto=-1)["code"] == "upgrade"


def test_packed_bodies_and_bombs(ana, lin):
    edit = ana.change("person", lin, phone="2")
    headers = ana.headers | {"Content-Encoding": "gzip", "Content-Type": "application/json"}

    def send(raw: bytes):
        return ana.client.post("/sync/escrow", data=raw, headers=headers)

    assert send(gzip.compress(json.dumps({"proto": 1, "edits": [edit]}).encode())).status_code == 200
    assert send(gzip.compress(b" " * 64 * 1024 * 1024)).status_code == 413
    assert send(b"not packed").status_code == 400
    assert ana.client.post("/sync/escrow", data=b"x" * (1024 * 1024 + 1), headers=ana.headers).status_code == 413
    assert ana.client.post("/sync/escrow", data=b"{", headers=ana.headers).status_code == 400
    headers["Content-Encoding"] = "br"
    assert send(b"x").status_code == 415
    assert len(waiting(ana.id)) == 1


def test_a_device_has_its_measure(ana, monkeypatch):
    monkeypatch.setattr(escrow, "MAX_EDITS", 3)
    devices.revoke(ana.id, ANA)
    loose = [{"op": "draft", "fields": [["name", str(at)]]} for at in range(4)]
    said = hand_in(ana, *loose, expect=413)
    assert (said["code"], said["edits"]) == ("escrow_full", 3)
    assert waiting(ana.id) == []  # all of a call or nothing
    hand_in(ana, *loose[:3])
    assert hand_in(ana, *loose[:3]) == ["there"] * 3
    assert hand_in(ana, loose[3], expect=413)["code"] == "escrow_full"
    escrow.drop(ana.id, [waiting(ana.id)[0].id], LEADER)
    assert hand_in(ana, loose[3]) == ["kept"]
    monkeypatch.setattr(escrow, "MAX_BYTES", 1000)
    assert hand_in(ana, {"op": "draft", "text": "x" * 2000}, expect=413)["code"] == "escrow_full"


def test_nothing_typed_stands_in_clear(ana, lin):
    devices.revoke(ana.id, ANA)
    hand_in(ana, ana.change("person", lin, phone="13899990000", name="Canary"))
    found = db.session.execute(sa.select(table_of(Escrowed))).mappings().one()
    assert b"Canary" not in repr(dict(found)).encode()
    assert b"13899990000" not in repr(dict(found)).encode()


# Accepting


def test_accepted_edits_are_applied_in_the_agents_name(phone, ana, lin):
    pet = new_id()
    edits = [
        ana.change("person", lin, phone="2"),
        ana.creation("pet", pet, person_id=lin, name="Rex"),
        ana.change("pet", pet, name=("Rex", "Rexie")),
    ]
    devices.revoke(ana.id, ANA)
    hand_in(ana, *edits)
    assert [(item.verdict, item.decided_by) for item in accept(ana)] == [("ok", LEADER)] * 3
    other = phone()
    other.pull()
    assert (other.rows["person", lin]["phone"], other.rows["pet", pet]["name"]) == ("2", "Rexie")


def test_a_stale_value_becomes_a_conflict_of_the_one_who_typed_it(phone, ana, lin):
    edit = ana.change("person", lin, phone="2")
    other = phone()
    other.pull()
    other.update("person", lin, phone="9")
    devices.revoke(ana.id, ANA)
    hand_in(ana, edit)
    assert [item.verdict for item in accept(ana)] == ["conflict"]
    other.pull()
    (conflict,) = other.conflicts()
    told = [conflict[name] for name in ("mine", "theirs", "author", "author_label")]
    assert told == ["2", "9", ANA, "Mate 60"]


def test_some_are_accepted_and_the_rest_stays(ana, lin):
    devices.revoke(ana.id, ANA)
    hand_in(ana, *[ana.change("person", lin, score=score) for score in (1, 2, 3)])
    first, second, _ = waiting(ana.id)
    after = accept(ana, ids=[second.id])
    assert [item.decision for item in after] == [None, "accepted", None]
    escrow.drop(ana.id, [first.id, second.id], OTHER_LEADER)
    db.session.rollback()
    told = [(item.decision, item.decided_by) for item in escrow.items_of(ana.id)]
    assert told == [("dropped", OTHER_LEADER), ("accepted", LEADER), (None, None)]


def test_a_refused_one_says_why_and_is_kept(ana, lin):
    devices.revoke(ana.id, ANA)
    hand_in(ana, ana.change("person", lin, score=1000), ana.change("person", new_id(), score=1))
    after = accept(ana)
    assert [(item.verdict, item.error["code"]) for item in after] == [
        ("rejected", "invalid"),
        ("rejected", "not_found"),
    ]
    assert after[0].error["fields"] == {"score": ["At most 100."]}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(table_of(Rejected))) == 2


def test_accepting_twice_is_once(phone, ana, lin):
    devices.revoke(ana.id, ANA)
    hand_in(ana, ana.creation("note", person_id=lin, text="met"))
    items = waiting(ana.id)
    accept(ana)
    accept(ana, ids=[items[0].id], by=OTHER_LEADER)
    assert [item.decided_by for item in escrow.items_of(ana.id)] == [LEADER]
    other = phone()
    other.pull()
    assert len([row for (kind, _), row in other.rows.items() if kind == "note"]) == 1


def test_two_leaders_at_once_apply_each_edit_once(phone, ana, lin, app):
    devices.revoke(ana.id, ANA)
    hand_in(ana, *[ana.creation("note", person_id=lin, text=str(at)) for at in range(30)])
    ids = [item.id for item in waiting(ana.id)]
    bundle = escrow.bundle_of(ana.id, [ANA])

    def lead(number: int) -> None:
        with app.app_context():
            escrow.accept(bundle, ids[number % 3 :: 2], LEADER if number % 2 else OTHER_LEADER)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lead, range(8)))
    db.session.rollback()
    assert {item.verdict for item in escrow.items_of(ana.id)} == {"ok"}
    other = phone()
    other.pull()
    texts = [row["text"] for (kind, _), row in other.rows.items() if kind == "note"]
    assert sorted(texts, key=int) == [str(at) for at in range(30)]


def test_an_interrupted_acceptance_is_finished_by_the_next(phone, ana, lin, monkeypatch):
    devices.revoke(ana.id, ANA)
    hand_in(ana, ana.creation("note", person_id=lin, text="met"))
    monkeypatch.setattr(escrow, "_note", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
    with pytest.raises(RuntimeError):
        accept(ana)
    monkeypatch.undo()
    assert len(waiting(ana.id)) == 1
    assert escrow.drop(ana.id, [waiting(ana.id)[0].id], OTHER_LEADER) == 0  # begun is begun
    assert [item.verdict for item in accept(ana)] == ["ok"]
    other = phone()
    other.pull()
    assert len([row for (kind, _), row in other.rows.items() if kind == "note"]) == 1


def test_what_the_phone_got_through_after_all_is_not_applied_again(ana, lin):
    edit = ana.creation("note", person_id=lin, text="met")
    hand_in(ana, edit)
    ana.one(edit)
    assert [(item.decision, item.verdict) for item in accept(ana)] == [("accepted", "ok")]


def test_fields_of_a_newer_protocol_are_kept(phone, ana, lin):
    devices.revoke(ana.id, ANA)
    hand_in(ana, ana.change("person", lin, shoe_size=44), proto=2)
    assert [item.verdict for item in accept(ana)] == ["ok"]
    other = phone()
    other.pull()
    assert other.rows["person", lin]["shoe_size"] == 44


def test_a_customer_that_went_to_another_book_gets_late_edits(phone, ana, lin):
    edits = [ana.creation("note", person_id=lin, text="met"), ana.change("person", lin, phone="2")]
    devices.revoke(ana.id, ANA)
    moved("person", lin)
    hand_in(ana, *edits)
    assert [item.verdict for item in accept(ana)] == ["ok", "conflict"]
    ben = phone(BEN)
    ben.pull()
    (note,) = [row for (kind, _), row in ben.rows.items() if kind == "note"]
    assert note["late_from"] == ANA
    assert [(one["mine"], one["theirs"]) for one in ben.conflicts()] == [("2", "1")]


# Looking


def test_bundles_tell_who_and_how_many(phone, ana, lin):
    ben = phone(BEN, "iPad")
    hand_in(ana, ana.change("person", lin, score=1), ana.change("person", lin, score=2))
    hand_in(ben, {"op": "draft"})
    escrow.drop(ana.id, [waiting(ana.id)[0].id], LEADER)
    db.session.rollback()
    told = {(one.label, one.waiting, one.decided) for one in escrow.bundles_of([ANA, BEN])}
    assert told == {("Mate 60", 1, 1), ("iPad", 1, 0)}
    assert [one.device_id for one in escrow.bundles_of([BEN])] == [ben.id]
    assert escrow.bundle_of(ana.id, [BEN]) is None
    assert escrow.bundles_of([]) == []


# Leaving of one's own accord


def test_a_phone_that_signs_out_is_a_live_device_no_more(phone, ana):
    other = phone()
    assert ana.post("sign-out", {}).status_code == 200
    assert ana.post("sign-out", {}).status_code == 200
    assert ana.post("pull", {"proto": 1, "cursor": None}).json["code"] == "device_revoked"
    other.pull()
    assert other.rows["device", ana.id]["revoked_at"]
