"""Two families of toy records, so that the engine is tested without the portal.

A person has every way of merging; notes (never refused), receipts (append only), pets and signatures (frozen) belong
to a person; a board belongs to a unit.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from marshmallow import fields, validate
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from sync.columns import Json, KeyedHash, Sealed, UtcDateTime
from sync.kinds import Kind, RecordSchema, SyncedRecord


class ToyBase(DeclarativeBase):
    """Apart from the house's own tables, which migrations are compared with."""


class Person(SyncedRecord, ToyBase):
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


class PersonSchema(RecordSchema):
    name = fields.String(required=True, error_messages={"required": "Enter a name."})
    phone = fields.String(metadata={"sealed": True, "hashed": True})
    tags = fields.List(fields.String(), metadata={"merge": "set"})
    answers = fields.Dict(keys=fields.String(), metadata={"merge": "map", "sealed": True})
    contact = fields.String(
        validate=validate.OneOf(["any", "service", "none"], error="Choose one."),
        metadata={"merge": "stricter", "levels": ["any", "service", "none"]},
    )
    born = fields.Date()
    seen_at = fields.DateTime()
    score = fields.Integer()
    income_fen = fields.Integer(metadata={"sealed": True})
    smoker = fields.Boolean()
    code = fields.String(metadata={"merge": "fixed"})


class Note(SyncedRecord, ToyBase):
    __tablename__ = "toy_note"

    person_id: Mapped[str] = mapped_column(sa.String(36), index=True)
    text: Mapped[bytes | None] = mapped_column(Sealed)


class NoteSchema(RecordSchema):
    person_id = fields.String(required=True, metadata={"merge": "fixed"})
    text = fields.String(metadata={"sealed": True})


class Pet(SyncedRecord, ToyBase):
    __tablename__ = "toy_pet"

    person_id: Mapped[str] = mapped_column(sa.String(36), index=True)
    name: Mapped[str | None] = mapped_column(sa.Text)


class PetSchema(RecordSchema):
    person_id = fields.String(required=True, metadata={"merge": "fixed"})
    name = fields.String()


class Receipt(SyncedRecord, ToyBase):
    __tablename__ = "toy_receipt"

    person_id: Mapped[str] = mapped_column(sa.String(36), index=True)
    amount_fen: Mapped[int | None] = mapped_column(sa.BigInteger)


class ReceiptSchema(RecordSchema):
    person_id = fields.String(required=True, metadata={"merge": "fixed"})
    amount_fen = fields.Integer()


class Signature(SyncedRecord, ToyBase):
    __tablename__ = "toy_signature"

    person_id: Mapped[str] = mapped_column(sa.String(36), index=True)
    strokes: Mapped[bytes | None] = mapped_column(Sealed)


class SignatureSchema(RecordSchema):
    person_id = fields.String(required=True, metadata={"merge": "fixed"})
    strokes = fields.String(metadata={"sealed": True})


class Board(SyncedRecord, ToyBase):
    __tablename__ = "toy_board"

    title: Mapped[str | None] = mapped_column(sa.Text)


class BoardSchema(RecordSchema):
    title = fields.String()


def person_rules(new: dict[str, Any], old: dict[str, Any] | None, lookup: Any) -> dict[str, list[str]]:
    if new["name"] == "crash":
        raise RuntimeError("a rule with a fault")
    return {"score": ["At most 100."]} if (new["score"] or 0) > 100 else {}


def note_rules(new: dict[str, Any], old: dict[str, Any] | None, lookup: Any) -> dict[str, list[str]]:
    return {"text": ["Not that."]} if new["text"] == "forbidden" else {}


def pet_rules(new: dict[str, Any], old: dict[str, Any] | None, lookup: Any) -> dict[str, list[str]]:
    if new["name"] == "狼":
        return {"name": ["Not at home."]}
    if new["name"] == "老王" and lookup("person", new["person_id"])["name"] != "王芳":
        return {"name": ["Only with 王芳."]}
    return {}


KINDS = [
    Kind("person", Person, PersonSchema, order=10, rules=person_rules),
    Kind(
        "note", Note, NoteSchema, parent=("person_id", "person"), never_refuse_create=True, order=20, rules=note_rules
    ),
    Kind("pet", Pet, PetSchema, parent=("person_id", "person"), order=30, rules=pet_rules),
    Kind("receipt", Receipt, ReceiptSchema, parent=("person_id", "person"), append_only=True, order=40),
    Kind(
        "signature", Signature, SignatureSchema, parent=("person_id", "person"), append_only=True, frozen=True, order=45
    ),
    Kind("board", Board, BoardSchema, home="unit", order=50),
]
