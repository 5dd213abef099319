"""Registration refuses what would go wrong later; nothing but apply writes a synced record."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from marshmallow import fields
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from sync.apply import apply_edits
from sync.columns import Sealed, new_id, utcnow
from sync.database import db, write
from sync.devices import server_author
from sync.kinds import Kind, RecordSchema, SyncedRecord, UnmarkedWrite, register_kind
from sync.rows import read_row, read_rows, read_tree
from tests.sync.cast import ANA, BEN
from tests.sync.toys import Person


def broken(schema_fields: dict, columns: dict, **kind) -> str:
    """What registration says about a kind made of these fields and columns."""

    class Apart(DeclarativeBase):
        pass

    model = type("Thing", (SyncedRecord, Apart), {"__tablename__": "thing", "__annotations__": {}, **columns})
    schema = type("ThingSchema", (RecordSchema,), schema_fields)
    with pytest.raises(ValueError) as refused:
        register_kind(Kind("thing", model, schema, **kind))
    return str(refused.value)


def text(**more):
    return mapped_column(sa.Text, nullable=True, **more)


def test_a_model_and_a_schema_must_agree():
    assert "has no column" in broken({"a": fields.String()}, {})
    assert "not in the schema" in broken({}, {"a": text()})
    assert "sealed" in broken({"a": fields.String(metadata={"sealed": True})}, {"a": text()})
    assert "sealed" in broken({"a": fields.String()}, {"a": mapped_column(Sealed, nullable=True)})
    assert "a_hash" in broken({"a": fields.String(metadata={"hashed": True})}, {"a": text()})
    assert "merge must be" in broken({"a": fields.String(metadata={"merge": "magic"})}, {"a": text()})
    assert "levels" in broken({"a": fields.String(metadata={"merge": "stricter"})}, {"a": text()})
    assert "the engine's own" in broken({"scope": fields.String()}, {})
    assert "use sync.columns.Json" in broken({"a": fields.Raw()}, {"a": mapped_column(sa.JSON, nullable=True)})
    assert "required" in broken({"a": fields.String()}, {"a": mapped_column(sa.Text, nullable=False)})
    assert "must be fixed" in broken({"a": fields.String()}, {"a": text()}, parent=("a", "person"))
    assert "home" in broken({}, {}, home="nowhere")


def test_a_model_needs_the_mixin():
    class Apart(DeclarativeBase):
        pass

    class Plain(Apart):
        __tablename__ = "plain"
        id: Mapped[str] = mapped_column(primary_key=True)

    with pytest.raises(ValueError, match="mixin"):
        register_kind(Kind("plain", Plain, RecordSchema))


@pytest.mark.parametrize("how", ["add", "change", "delete"])
def test_nothing_else_writes_a_synced_record(phone, app, how):
    ana = phone()
    person = ana.create("person", name="王芳")

    def do(session: Session) -> None:
        if how == "add":
            session.add(Person(id=new_id(), ver=1, scope="s", name="x", created_at=utcnow(), updated_at=utcnow()))
        elif how == "change":
            session.get(Person, person).name = "y"
        else:
            session.delete(session.get(Person, person))
        session.flush()

    with pytest.raises(UnmarkedWrite), write() as session:
        do(session)
    with pytest.raises(UnmarkedWrite):
        do(db.session)
    db.session.rollback()


def test_write_inside_write_is_an_error_not_a_wait(app):
    with write(), pytest.raises(RuntimeError, match="inside"), write():
        pass
    with write():
        pass


def test_reading_for_pages(phone, app):
    ana = phone()
    person = ana.create("person", name="王芳", phone="1")
    pet = ana.create("pet", person_id=person, name="狗")
    book = [f"agent:{ANA}"]
    assert read_row(db.session, "person", person, scopes=book)["phone"] == "1"
    assert read_row(db.session, "person", person, scopes=[f"agent:{BEN}"]) is None
    assert [row["id"] for row in read_rows(db.session, "pet", scopes=book)] == [pet]
    tree = read_tree(db.session, "person", person, scopes=book)
    assert (tree["person"]["id"], [row["id"] for row in tree["pet"]], tree["conflict"]) == (person, [pet], [])
    assert read_tree(db.session, "person", new_id()) is None


# Writers on the server


def create(name: str, **sets) -> dict:
    pairs = {"name": [None, name]} | {key: [None, value] for key, value in sets.items()}
    return {"op": "create", "kind": "person", "id": new_id(), "set": pairs}


def test_a_writer_on_the_server_writes_the_books_it_was_given(phone, app):
    ana, ben = phone(), phone(BEN)
    person = ben.create("person", name="李雷")
    office = server_author("office", ANA, scopes=[f"agent:{ANA}", f"agent:{BEN}"])
    edits = [create("1"), {"op": "update", "kind": "person", "id": person, "base": 1, "set": {"name": ["李雷", "2"]}}]
    assert [verdict["verdict"] for verdict in apply_edits(edits, office)] == ["ok", "ok"]
    ben.pull()
    assert ben.rows["person", person]["name"] == "2"
    ana.pull()
    assert [row["name"] for (kind, _), row in ana.rows.items() if kind == "person"] == ["1"]
    narrow = server_author("narrow", ANA)
    (verdict,) = apply_edits([edits[1] | {"set": {"name": ["2", "3"]}}], narrow)
    assert verdict["error"]["code"] == "not_found"


def test_thousands_of_edits_of_a_writer_go_in_batches_and_one_bad_one_stops_none(app):
    author = server_author("import", ANA)
    edits = [create(str(number), score=101 if number == 777 else 1) for number in range(1200)]
    verdicts = apply_edits(edits, author)
    assert [verdict["n"] for verdict in verdicts] == list(range(1, 1201))
    assert [verdict["n"] for verdict in verdicts if verdict["verdict"] != "ok"] == [778]


def test_what_the_database_itself_refuses_falls_alone(app, monkeypatch):
    from sync.lines import Lines

    author = server_author("import", ANA)
    line = Lines.line

    def unlucky(self, row, scope, ring):
        values = dict(zip(self.columns, line(self, row, scope, ring), strict=True))
        return tuple((values | {"name": None} if row.get("name") == "unlucky" else values).values())

    monkeypatch.setattr(Lines, "line", unlucky)
    verdicts = apply_edits([create("1"), create("unlucky"), create("3")], author)
    assert [verdict["verdict"] for verdict in verdicts] == ["ok", "rejected", "ok"]
    assert verdicts[1]["error"]["code"] == "invalid"
