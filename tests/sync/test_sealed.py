"""Sensitive values: sealed wherever they can come to rest, bound to their place, refused when they are plain."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from sync.columns import Sealed, UtcDateTime, instant_text, new_id, utcnow
from sync.database import write, writer_engine
from sync.keyring import CannotOpen, Keyring, is_sealed, keyed_hash, keyring, open_sealed, seal
from sync.rows import read_row
from tests.sync.toys import Person

CANARY = "13912345678"


def everything_at_rest(app) -> bytes:
    """All that the database and the data folder hold, as bytes."""
    engine = writer_engine()
    text = []
    with engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            if name.startswith(("toy_", "scope", "feed", "edit", "device", "change", "rejected", "tomb", "conflict")):
                text += [repr(tuple(row)) for row in connection.execute(sa.text(f"SELECT * FROM {name}"))]
    folder = Path(app.config["DATA_DIR"])
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return "\n".join(text).encode() + b"".join(files)


def test_no_route_leaves_a_sensitive_value_in_the_clear(phone, app):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", phone=f"{CANARY}1", answers={"illness": f"{CANARY}2"})
    two.pull()
    one.update("person", person, phone=f"{CANARY}3")
    two.update("person", person, phone=f"{CANARY}4")  # a conflict
    two.pull()
    one.pull()
    one.update("person", person, phone=f"{CANARY}5")  # theirs is refreshed
    two.pull()
    two.settle(two.conflicts()[0], "other", f"{CANARY}6")
    one.one(one.creation("person", name="x", phone=f"{CANARY}7", score=500))  # refused
    one.one(one.creation("person", name="x", phone=f"{CANARY}\ud8008"))  # refused, strange
    one.push(one.creation("person", name="x", secret=f"{CANARY}9"), proto=2)  # of a newer protocol
    other = one.create("person", name="x", phone=f"{CANARY}0")
    one.pull()
    one.delete("person", other)  # a tombstone
    two.one(two.change("person", other, base=1, phone=("x", f"{CANARY}a")))  # an edit of the deleted
    at_rest = everything_at_rest(app)
    assert CANARY.encode() not in at_rest
    assert CANARY.encode().hex().encode() not in at_rest
    assert person.encode() in at_rest


def test_a_sealed_value_opens_at_its_place_only(app):
    blob = seal({"q": [1, None, "王芳"]}, "person", "answers", "1")
    assert is_sealed(blob)
    assert open_sealed(blob, "person", "answers", "1") == {"q": [1, None, "王芳"]}
    for place in (("person", "answers", "2"), ("person", "phone", "1"), ("note", "answers", "1")):
        with pytest.raises(CannotOpen):
            open_sealed(blob, *place)
    for broken in (
        blob[:-1],
        blob + b"x",
        blob[:20] + bytes([blob[20] ^ 1]) + blob[21:],
        b"",
        b"plain text, rather long",
    ):
        with pytest.raises(CannotOpen):
            open_sealed(broken, "person", "answers", "1")


def test_the_same_value_never_looks_the_same(app):
    assert seal("x", "t", "c", "1") != seal("x", "t", "c", "1")


def test_a_key_that_is_gone_is_said_so(app):
    other = Keyring({7: bytes(32)}, 7, b"h")
    with pytest.raises(CannotOpen, match="keyring"):
        keyring().open(other.seal("x", "t", "c", "1"), "t", "c", "1")


def test_old_keys_still_open_after_a_new_one_seals():
    old = Keyring({1: bytes(32)}, 1, b"h")
    both = Keyring({1: bytes(32), 2: bytes([1]) * 32}, 2, b"h")
    assert both.open(old.seal("x", "t", "c", "1"), "t", "c", "1") == "x"
    with pytest.raises(CannotOpen):
        old.open(both.seal("x", "t", "c", "1"), "t", "c", "1")


def test_hashes_are_for_looking_up_only(app):
    assert keyed_hash("1", "person.phone") == keyed_hash("1", "person.phone")
    assert keyed_hash("1", "person.phone") != keyed_hash("1", "person.id")
    assert Keyring({1: bytes(32)}, 1, b"other").keyed_hash("1", "person.phone") != keyed_hash("1", "person.phone")


def test_a_hash_stands_beside_the_value_and_moves_with_it(phone, app):
    ana = phone()
    person = ana.create("person", name="王芳", phone="1")
    query = sa.select(Person.phone_hash).where(Person.id == person)
    with writer_engine().connect() as connection:
        assert connection.scalar(query) == keyed_hash("1", "toy_person.phone")
    ana.update("person", person, phone="2")
    with writer_engine().connect() as connection:
        assert connection.scalar(query) == keyed_hash("2", "toy_person.phone")
        assert read_row(connection, "person", person)["phone"] == "2"
    ana.update("person", person, phone=None)
    with writer_engine().connect() as connection:
        assert connection.scalar(query) is None


def test_the_keyring_file_is_for_its_owner_only_and_made_once(tmp_path):
    path = tmp_path / "keys.json"
    first, second = Keyring.load(path), Keyring.load(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert second.open(first.seal("x", "t", "c", "1"), "t", "c", "1") == "x"
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]


@pytest.mark.parametrize("plain", ["text", b"bytes that are just too plain for it", b"DS\x01short"])
def test_a_sealed_column_refuses_plain_values(app, plain):
    with pytest.raises(sa.exc.StatementError), write() as session:
        session.execute(sa.insert(Person.__table__).values(id="1", ver=1, scope="s", name="x", phone=plain))


def test_instants_are_aware_utc_to_the_millisecond(app):
    now = utcnow()
    assert now.tzinfo is not None
    assert now.microsecond % 1000 == 0
    assert instant_text(now).endswith("Z")
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(now.replace(tzinfo=None), writer_engine().dialect)
    assert isinstance(Person.__table__.c.phone.type, Sealed)


def test_ids_sort_by_the_time_of_making():
    ids = [new_id() for _ in range(5000)]
    assert ids == sorted(set(ids))
    assert all(each[14] == "7" and each[19] in "89ab" for each in ids)
