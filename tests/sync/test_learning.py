"""Phones and server do not learn a field on the same day: what one knows and the other does not is kept and arrives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import reduce
from operator import xor
from typing import Any

import pytest
import sqlalchemy as sa
from marshmallow import fields, validate
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from sync.canonical import bucket_of, digest_text, row_digest
from sync.columns import Json, KeyedHash, Sealed, UtcDateTime
from sync.database import db, write, writer_engine
from sync.devices import server_author
from sync.keyring import keyring
from sync.kinds import KINDS, Kind, SyncedRecord
from sync.learning import learn_fields
from sync.leaving import move_tree
from sync.redigest import check_digests
from sync.rows import read_rows
from tests.sync.cast import ANA, BEN
from tests.sync.toys import PersonSchema

NEWER = 99


class LaterBase(DeclarativeBase):
    """The same tables on a later day."""


class LaterPerson(SyncedRecord, LaterBase):
    __tablename__ = "toy_person"

    name: Mapped[str] = mapped_column(sa.Text)
    phone: Mapped[bytes | None] = mapped_column(Sealed)
    phone_hash: Mapped[bytes | None] = mapped_column(KeyedHash)
    tags: Mapped[Any | None] = mapped_column(Json)
    answers: Mapped[bytes | None] = mapped_column(Sealed)
    contact: Mapped[str | None] = mapped_column(sa.String(8))
    born: Mapped[date | None] = mapped_column(sa.Date)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    score: Mapped[int | None] = mapped_column(sa.Integer)
    income_fen: Mapped[bytes | None] = mapped_column(Sealed)
    smoker: Mapped[bool | None] = mapped_column(sa.Boolean)
    code: Mapped[str | None] = mapped_column(sa.String(8))
    # Learned later.
    wechat: Mapped[bytes | None] = mapped_column(Sealed)
    wechat_hash: Mapped[bytes | None] = mapped_column(KeyedHash)
    married: Mapped[date | None] = mapped_column(sa.Date)
    cups: Mapped[int | None] = mapped_column(sa.Integer)


class LaterSchema(PersonSchema):
    wechat = fields.String(metadata={"sealed": True, "hashed": True})
    married = fields.Date()
    cups = fields.Integer(validate=validate.Range(0, 9))


LATER = Kind("person", LaterPerson, LaterSchema, order=10)
NEW_COLUMNS = {"wechat": Sealed, "wechat_hash": KeyedHash, "married": sa.Date(), "cups": sa.Integer()}


@pytest.fixture
def learn(app) -> Iterator[Any]:
    """`learn()`: the migration, and what `doorstep migrate` does after it."""
    before = KINDS["person"]

    def migrate() -> int:
        have = {column["name"] for column in sa.inspect(writer_engine()).get_columns("toy_person")}
        with write() as session:
            for name in NEW_COLUMNS.keys() - have:
                type_ = LaterPerson.__table__.c[name].type.compile(dialect=session.connection().dialect)
                session.execute(sa.text(f"ALTER TABLE toy_person ADD COLUMN {name} {type_}"))
        KINDS["person"] = LATER
        learned = learn_fields()
        with write() as session:
            check_digests(session.connection(), keyring(), mend=True)
        return learned

    yield migrate
    KINDS["person"] = before


def newer(phone_, edit: dict, proto: int = NEWER) -> dict:
    """Send an edit as a phone of a newer build does; its verdict."""
    verdict = phone_.push(edit, proto=proto)["verdicts"][0]
    assert verdict["verdict"] != "rejected", verdict
    return verdict


def digest_of(phone_) -> str:
    return digest_text(reduce(xor, (row_digest(kind, row) for (kind, _), row in phone_.rows.items()), 0))


def check_replica(phone_) -> None:
    phone_.pull()
    assert phone_.digests[f"agent:{phone_.agent}"] == digest_of(phone_)


def repair(phone_) -> list[str]:
    """What a phone does whose digest differs: it finds the rows and fetches them; their names."""
    scope = f"agent:{phone_.agent}"
    there = phone_.post("digests", {"scope": scope}).json["buckets"]
    wrong = []
    for bucket, digest in enumerate(there):
        own = [key for key in phone_.rows if bucket_of(key[1]) == bucket]
        if digest != digest_text(reduce(xor, (row_digest(key[0], phone_.rows[key]) for key in own), 0)):
            wrong += own
    asked = [{"kind": kind, "id": row_id} for kind, row_id in wrong]
    for given in phone_.post("rows", {"records": asked}).json["rows"]:
        phone_.rows[given["kind"], given["id"]] = given["row"]
    return [phone_.rows[key].get("name") for key in wrong if key[0] == "person"]


# A newer phone


def test_what_a_newer_phone_sends_reaches_everybody_and_survives_an_older_one(phone):
    new, old = phone(), phone()
    verdict = newer(new, new.creation("person", name="王芳", tea={"name": "龙井", "cups": [1, 2]}))
    person = verdict["row"]["id"]
    old.pull()
    old.update("person", person, phone="138", tags=["a"])
    seen = {line["id"]: line["row"] for line in phone().snapshot()[1:]}[person]
    assert (seen["tea"], seen["phone"]) == ({"name": "龙井", "cups": [1, 2]}, "138")
    check_replica(old)
    check_replica(new)
    assert new.rows == old.rows


def test_two_newer_phones_disagree_and_an_older_one_decides(phone):
    one, two, old = phone(), phone(), phone()
    person = newer(one, one.creation("person", name="王芳", tea="龙井"))["row"]["id"]
    two.pull()
    newer(two, two.change("person", person, tea="普洱"))
    verdict = newer(one, one.change("person", person, tea=["红茶"]))
    assert (verdict["verdict"], verdict["row"]["tea"]) == ("conflict", "普洱")
    old.pull()
    [conflict] = old.conflicts()
    assert (conflict["field"], conflict["mine"], conflict["theirs"]) == ("tea", ["红茶"], "普洱")
    assert old.settle(conflict, "mine")["verdict"] == "ok"
    for each in (one, two, old):
        check_replica(each)
        assert each.rows["person", person]["tea"] == ["红茶"]


def test_it_comes_back_from_a_deletion(phone):
    new, old = phone(), phone()
    person = newer(new, new.creation("person", name="王芳", tea="龙井"))["row"]["id"]
    old.pull()
    old.delete("person", person)
    newer(new, new.change("person", person, cups_a_day=3))
    old.pull()
    [conflict] = old.conflicts()
    assert conflict["mine"] == {"set": {"cups_a_day": 3}}
    assert old.settle(conflict, "mine")["verdict"] == "ok"
    for each in (new, old):
        check_replica(each)
        row = each.rows["person", person]
        assert (row["tea"], row["cups_a_day"]) == ("龙井", 3)


def test_it_goes_along_to_another_book(phone):
    new, ben = phone(), phone(BEN)
    person = newer(new, new.creation("person", name="王芳", tea="龙井"))["row"]["id"]
    leader = server_author("leader", ANA, scopes=[f"agent:{ANA}", f"agent:{BEN}"])
    assert move_tree("person", person, f"agent:{BEN}", leader)
    check_replica(ben)
    assert ben.rows["person", person]["tea"] == "龙井"
    ben.update("person", person, phone="139")
    check_replica(ben)
    assert ben.rows["person", person]["tea"] == "龙井"


@pytest.mark.parametrize("value", ["\ud800", "x\0", 2**60, 1.5, {"a": [1.5]}, [[[]] * 3, "\udfff"]])
def test_what_cannot_be_stored_is_no_newer_field(phone, value):
    new = phone()
    edit = new.creation("person", name="王芳", tea=value)
    verdict = new.push(edit, proto=NEWER)["verdicts"][0]
    assert verdict["verdict"] == "rejected"


@pytest.mark.parametrize("name", ["id", "ver", "scope", "created_at", "updated_at", "late_from", "extra"])
def test_no_field_of_a_newer_phone_is_one_of_the_servers_own(phone, name):
    new = phone()
    verdict = new.push(new.creation("person", name="王芳", **{name: "x"}), proto=NEWER)["verdicts"][0]
    assert (verdict["verdict"], verdict["error"]["code"]) == ("rejected", "unknown_field")


# The server learns


def test_the_server_learns_a_field_that_newer_phones_have_filled_already(phone, learn):
    new, old = phone(), phone()
    known = {"wechat": "wx_fang", "married": "2001-05-20", "cups": 3}
    person = newer(new, new.creation("person", name="王芳", **known, tea="龙井"))["row"]["id"]
    other = old.create("person", name="李雷")
    old.pull()
    seen = old.rows["person", person]["ver"]
    assert learn() == 1
    assert learn() == 0
    with db.engine.connect() as connection:
        where = LaterPerson.__table__.c.wechat_hash.is_not(None)
        assert [row["id"] for row in read_rows(connection, "person", where=where)] == [person]
    old.pull()
    assert old.rows["person", person]["ver"] == seen + 1
    assert {name: old.rows["person", person][name] for name in known} == known
    # The column speaks now, and what is still unknown stays aside.
    assert old.update("person", person, cups=4)["row"]["cups"] == 4
    new.pull()
    row = new.rows["person", person]
    assert (row["cups"], row["wechat"], row["tea"]) == (4, "wx_fang", "龙井")
    check_replica(new)
    # A row that has nothing in the new field is another one all the same: the repair brings it, and only that.
    old.pull()
    assert "cups" not in old.rows["person", other]
    assert repair(old) == ["李雷"]
    assert old.rows["person", other]["cups"] is None
    check_replica(old)


def test_learning_is_no_news_to_somebody_who_deletes(phone, learn):
    new, old = phone(), phone()
    person = newer(new, new.creation("person", name="王芳", cups=3))["row"]["id"]
    old.pull()
    learn()
    assert old.delete("person", person)["verdict"] == "ok"


def test_a_value_the_schema_does_not_take_after_all_is_kept_beside(phone, learn):
    new = phone()
    person = newer(new, new.creation("person", name="王芳", cups=30, married="someday"))["row"]["id"]
    assert learn() == 1
    new.pull()
    row = new.rows["person", person]
    assert (row["cups"], row["cups_before"], row["married"], row["married_before"]) == (None, 30, None, "someday")
    check_replica(new)


def test_what_was_deleted_before_the_server_learned_comes_back_whole(phone, learn):
    new, old = phone(), phone()
    person = newer(new, new.creation("person", name="王芳", cups=3))["row"]["id"]
    plain = new.create("person", name="李雷")
    old.pull()
    for each in (person, plain):
        old.delete("person", each)
    learn()
    for each in (person, plain):
        new.update("person", each, phone="138")
    new.pull()
    for conflict in new.conflicts():
        assert new.settle(conflict, "mine")["verdict"] == "ok"
    for each in (new, old):
        check_replica(each)
    assert old.rows["person", person]["cups"] == 3
    assert old.rows["person", plain]["cups"] is None


def test_a_phone_that_does_not_know_a_field_never_wipes_it(phone, learn):
    learn()
    new, old = phone(), phone()
    person = new.create("person", name="王芳", cups=3, married="2001-05-20")
    old.pull()
    edit = old.change("person", person, phone="138")
    assert edit["set"].keys() == {"phone"}
    assert old.one(edit)["row"]["cups"] == 3
    new.pull()
    assert (new.rows["person", person]["cups"], new.rows["person", person]["phone"]) == (3, "138")
    check_replica(new)
