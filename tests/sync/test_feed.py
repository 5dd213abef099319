"""The feed: order, pages, cursors, digests."""

from __future__ import annotations

import base64

import pytest
import sqlalchemy as sa

from sync.canonical import bucket_of, digest_text, row_digest
from sync.columns import new_id
from sync.cursor import Cursor
from sync.database import db, write
from sync.errors import SyncProblem
from sync.models import Feed, ScopeHead
from tests.sync.cast import ANA, BEN, UNITS


def people(changes: list[dict]) -> list[str]:
    return [change["row"]["name"] for change in changes if change["kind"] == "person" and change["op"] == "put"]


def test_changes_come_in_the_order_of_commits_each_record_once(phone):
    one, two = phone(), phone()
    first, second = one.create("person", name="1"), one.create("person", name="2")
    one.update("person", first, name="1b")
    assert people(two.pull()) == ["2", "1b"]
    assert people(two.pull()) == []
    one.update("person", second, name="2b")
    assert people(two.pull()) == ["2b"]


def test_the_feed_never_outgrows_the_data(phone, app):
    one = phone()
    person = one.create("person", name="0")
    for number in range(20):
        one.update("person", person, name=str(number + 1))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Feed).where(Feed.kind == "person")) == 1


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 5000])
def test_pages_of_any_size_give_the_same_book(phone, limit):
    one, two = phone(), phone()
    for number in range(9):
        one.create("person", name=str(number))
    two.pull(limit)
    one.pull()
    assert {key: row for key, row in one.rows.items() if key[0] == "person"} == {
        key: row for key, row in two.rows.items() if key[0] == "person"
    }


def test_I8_a_page_is_never_cut_inside_one_edit(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳")
    pets = [one.create("pet", person_id=person, name=str(number)) for number in range(6)]
    two.pull()
    one.create("person", name="before")
    one.delete("person", person)
    one.create("person", name="after")
    sizes = []
    more, deleted = True, set()
    while more:
        reply = two.post("pull", {"proto": 1, "cursor": two.cursor, "limit": 2}).json
        gone = {change["id"] for change in reply["changes"] if change["op"] == "delete"}
        assert gone in (set(), {person, *pets})
        deleted |= gone
        sizes.append(len(reply["changes"]))
        two.take(reply)
        more = reply["more"]
    assert deleted == {person, *pets}
    assert max(sizes) >= 7


def test_I8_an_edit_has_one_seq_in_its_scope(phone, app):
    one = phone()
    person = one.create("person", name="王芳")
    for number in range(3):
        one.create("pet", person_id=person, name=str(number))
    head = db.session.get(ScopeHead, f"agent:{ANA}").seq
    one.delete("person", person)
    db.session.rollback()
    seqs = set(db.session.scalars(sa.select(Feed.seq).where(Feed.op == "delete")))
    assert seqs == {head + 1}


@pytest.mark.parametrize("limit", [0, -5, 10**9])
def test_strange_limits_are_clamped(phone, limit):
    ana = phone()
    ana.create("person", name="1")
    assert ana.post("pull", {"proto": 1, "cursor": None, "limit": limit}).status_code == 200


def test_a_cursor_is_opaque_signed_and_its_owners(phone):
    ana, ben = phone(), phone(BEN)
    ana.create("person", name="王芳")
    ana.pull()
    for cursor in (ana.cursor[:-1], "x" + ana.cursor, "", "AAAA", "é", ana.cursor + "=", "a" * 5000, ana.cursor[::-1]):
        reply = ana.post("pull", {"proto": 1, "cursor": cursor})
        assert (reply.status_code, reply.json["code"]) == (400, "bad_cursor"), cursor
    assert ben.post("pull", {"proto": 1, "cursor": ana.cursor}).json["code"] == "bad_cursor"
    assert ANA not in base64.urlsafe_b64decode(ana.cursor + "==").decode("latin-1")


def test_a_flipped_bit_anywhere_breaks_a_cursor(app):
    text = Cursor({f"agent:{ANA}": 300, "unit:north": 2, "org": 0}, 7).text(ANA)
    assert Cursor.read(text, ANA) == Cursor({f"agent:{ANA}": 300, "unit:north": 2, "org": 0}, 7)
    raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    for at in range(len(raw)):
        broken = bytearray(raw)
        broken[at] ^= 1
        with pytest.raises(SyncProblem):
            Cursor.read(base64.urlsafe_b64encode(broken).rstrip(b"=").decode(), ANA)


def test_a_restored_server_asks_to_start_over(phone):
    ana = phone()
    ana.create("person", name="王芳")
    ana.pull()
    with write() as session:
        session.execute(sa.update(ScopeHead).values(epoch=2))
    reply = ana.post("pull", {"proto": 1, "cursor": ana.cursor})
    assert (reply.status_code, reply.json["code"], reply.json["epoch"]) == (410, "rebootstrap", 2)
    ana.cursor = None
    assert people(ana.pull()) == ["王芳"]


def test_a_cursor_from_before_the_tombstones_starts_over(phone):
    ana = phone()
    ana.create("person", name="王芳")
    ana.pull()
    ana.create("person", name="李雷")
    with write() as session:
        session.execute(sa.update(ScopeHead).values(floor=ScopeHead.seq))
    assert ana.post("pull", {"proto": 1, "cursor": ana.cursor}).status_code == 410


def digest_of(scope_rows) -> str:
    total = 0
    for (kind, _), row in scope_rows.items():
        total ^= row_digest(kind, row)
    return digest_text(total)


def test_I2_the_digest_of_the_server_is_the_one_of_the_replica(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", phone="1", tags=["𠮷"])
    pet = one.create("pet", person_id=person, name="狗")
    two.pull()
    one.update("person", person, phone="2")
    two.update("person", person, phone="3")
    one.create("note", person_id=person, text="x")
    one.delete("pet", pet)
    for each in (one, two):
        each.pull()
        assert each.digests[f"agent:{ANA}"] == digest_of(each.rows)
    assert one.rows == two.rows
    assert one.digests["org"] == "0" * 16
    one.push(one.deletion("person", person))
    one.pull()
    one.pull()
    assert one.digests[f"agent:{ANA}"] == digest_of(one.rows)


def test_a_difference_is_narrowed_to_buckets_then_to_records(phone):
    ana = phone()
    person = ana.create("person", name="王芳")
    ana.pull()
    scope = f"agent:{ANA}"
    buckets = ana.post("digests", {"scope": scope}).json["buckets"]
    assert len(buckets) == 256
    total = 0
    for bucket in buckets:
        total ^= int(bucket, 16)
    assert digest_text(total) == ana.digests[scope]
    inside = ana.post("digests", {"scope": scope, "bucket": bucket_of(person)}).json["rows"]
    expected = {
        "kind": "person",
        "id": person,
        "ver": 1,
        "digest": digest_text(row_digest("person", ana.rows["person", person])),
    }
    assert expected in inside
    assert ana.post("digests", {"scope": f"agent:{BEN}"}).status_code == 404
    assert ana.post("digests", {"scope": scope, "bucket": 256}).status_code == 400


def test_when_an_agent_changes_unit_the_old_units_rows_leave(phone, app, monkeypatch):
    from sync.apply import apply_edits
    from sync.devices import server_author

    board = new_id()
    office = server_author("office", ANA, scopes=["unit:north"], home="unit:north")
    apply_edits([{"op": "create", "kind": "board", "id": board, "set": {"title": [None, "north"]}}], office)
    ana = phone()
    ana.pull()
    assert ana.rows["board", board]["title"] == "north"
    monkeypatch.setitem(UNITS, ANA, "unit:south")
    changes = ana.pull()
    assert [(change["op"], change["id"]) for change in changes if change["kind"] == "board"] == [("leave", board)]
    assert ("board", board) not in ana.rows
    assert ana.pull() == []


def test_an_empty_pull_is_small_and_touches_nothing(phone, app):
    ana = phone()
    ana.create("person", name="王芳")
    ana.pull()
    before = db.session.scalar(sa.select(sa.func.sum(ScopeHead.seq)))
    reply = ana.post("pull", {"proto": 1, "cursor": ana.cursor})
    assert len(reply.data) <= 400
    assert reply.json["changes"] == []
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.sum(ScopeHead.seq))) == before
