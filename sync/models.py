"""The engine's own tables, and the two kinds it registers itself: `conflict` and `device`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from marshmallow import fields, validate
from sqlalchemy.orm import Mapped, mapped_column

from sync.columns import Json, Sealed, UtcDateTime
from sync.database import Base
from sync.kinds import Kind, RecordSchema, SyncedRecord, register_kind

Scope = sa.String(64)
Id = sa.String(36)


class ScopeHead(Base):
    """The counter of one feed. Whoever writes into a scope holds this row, so seq order is commit order."""

    __tablename__ = "scope_head"

    scope: Mapped[str] = mapped_column(Scope, primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    #: +1 when the server was restored from a backup: phones start over and keep what they have not sent.
    epoch: Mapped[int] = mapped_column(sa.Integer, default=1)
    #: XOR over the live rows, 16 hexadecimal digits.
    digest: Mapped[str] = mapped_column(sa.String(16), default="0" * 16)
    #: Tombstones up to this seq are gone; a cursor before it has to start over.
    floor: Mapped[int] = mapped_column(sa.BigInteger, default=0)


class Feed(Base):
    """What is the newest word on a record in a scope: one row per record and scope, moved at each change."""

    __tablename__ = "feed"
    __table_args__ = (sa.Index("ix_feed_scope_seq", "scope", "seq"),)

    scope: Mapped[str] = mapped_column(Scope, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    op: Mapped[str] = mapped_column(sa.String(6))  # put, leave, delete
    ver: Mapped[int] = mapped_column(sa.Integer)
    #: What the row gave to the digest of its scope (0 unless op is put).
    digest: Mapped[str] = mapped_column(sa.String(16))


class Device(Base):
    """One installed app of one agent, or one writer on the server. It numbers its edits 1, 2, 3 …"""

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    agent: Mapped[str] = mapped_column(Id, index=True)
    kind: Mapped[str] = mapped_column(sa.String(6))  # phone, server
    label: Mapped[str] = mapped_column(sa.String(80))
    #: Server writers are found again by what they are called; null for phones.
    name: Mapped[str | None] = mapped_column(sa.String(120), unique=True)
    last_n: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    token_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What the device held when it last sent something.
    cursor: Mapped[str | None] = mapped_column(sa.Text)
    build: Mapped[str | None] = mapped_column(sa.String(64))


class Edit(Base):
    """The ledger: what became of each numbered edit. No rows of records stand here."""

    __tablename__ = "edit"

    device: Mapped[str] = mapped_column(Id, primary_key=True)
    n: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    hash: Mapped[str] = mapped_column(sa.String(64))
    verdict: Mapped[str] = mapped_column(sa.String(8))  # ok, merged, conflict, rejected
    error: Mapped[Any | None] = mapped_column(Json)
    conflicts: Mapped[Any | None] = mapped_column(Json)


class Change(Base):
    """Who changed which fields of a record, and when (by the server's clock)."""

    __tablename__ = "change"

    kind: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    ver: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    device: Mapped[str] = mapped_column(Id)
    #: Names only; null for a deletion.
    fields: Mapped[Any | None] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Rejected(Base):
    """Edits that were refused, kept whole (sealed) so that nothing anybody typed is lost."""

    __tablename__ = "rejected"
    __table_args__ = (sa.Index("ix_rejected_device_record", "device", "kind", "record_id"),)

    device: Mapped[str] = mapped_column(Id, primary_key=True)
    n: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    op: Mapped[str | None] = mapped_column(sa.String(16))
    kind: Mapped[str | None] = mapped_column(sa.String(32))
    record_id: Mapped[str | None] = mapped_column(Id)
    reason: Mapped[str] = mapped_column(sa.String(32))
    payload: Mapped[bytes] = mapped_column(Sealed)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Escrowed(Base):
    """An edit that a revoked phone handed in: kept (sealed) for the leader, who accepts or discards it."""

    __tablename__ = "escrow"
    __table_args__ = (sa.UniqueConstraint("device", "slot"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    device: Mapped[str] = mapped_column(Id)
    agent: Mapped[str] = mapped_column(Id, index=True)
    #: The number as text; what has no number is known by its hash.
    slot: Mapped[str] = mapped_column(sa.String(65))
    n: Mapped[int | None] = mapped_column(sa.BigInteger)
    hash: Mapped[str] = mapped_column(sa.String(64))
    proto: Mapped[int] = mapped_column(sa.BigInteger)
    size: Mapped[int] = mapped_column(sa.Integer)
    payload: Mapped[bytes] = mapped_column(Sealed)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The number it got from the writer that applies it: taken once, so that nothing is applied twice.
    writer_n: Mapped[int | None] = mapped_column(sa.BigInteger)
    decision: Mapped[str | None] = mapped_column(sa.String(8))  # accepted, dropped
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verdict: Mapped[str | None] = mapped_column(sa.String(8))
    error: Mapped[Any | None] = mapped_column(Json)


class Tombstone(Base):
    """A deleted record as it last was (sealed), so that an edit that comes later can still bring it back."""

    __tablename__ = "tombstone"

    kind: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    scope: Mapped[str] = mapped_column(Scope)
    ver: Mapped[int] = mapped_column(sa.Integer)
    #: The edit that deleted it: what one edit deleted comes back together.
    device: Mapped[str] = mapped_column(Id)
    n: Mapped[int] = mapped_column(sa.BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    row: Mapped[bytes] = mapped_column(Sealed)


class KeyPrint(Base):
    """Which keys the values of this database were sealed with: their fingerprints, never the keys."""

    __tablename__ = "key_print"

    key: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    print: Mapped[str] = mapped_column(sa.String(32))


class Conflict(SyncedRecord, Base):
    """Two people disagree about a field, or about whether a record should be. Open until a person chooses."""

    __tablename__ = "conflict"
    __table_args__ = (sa.Index("ix_conflict_record", "record_kind", "record_id"),)

    record_kind: Mapped[str] = mapped_column(sa.String(32))
    record_id: Mapped[str] = mapped_column(Id)
    tree_id: Mapped[str | None] = mapped_column(Id, index=True)
    field: Mapped[str | None] = mapped_column(sa.String(128))
    base: Mapped[bytes | None] = mapped_column(Sealed)
    mine: Mapped[bytes | None] = mapped_column(Sealed)
    theirs: Mapped[bytes | None] = mapped_column(Sealed)
    author: Mapped[str] = mapped_column(Id)
    author_name: Mapped[str | None] = mapped_column(sa.Text)
    author_device: Mapped[str] = mapped_column(Id)
    author_label: Mapped[str | None] = mapped_column(sa.String(80))
    author_at: Mapped[datetime] = mapped_column(UtcDateTime)
    author_at_about: Mapped[bool | None] = mapped_column(sa.Boolean)
    theirs_by: Mapped[str | None] = mapped_column(Id)
    theirs_name: Mapped[str | None] = mapped_column(sa.Text)
    theirs_device: Mapped[str | None] = mapped_column(Id)
    theirs_label: Mapped[str | None] = mapped_column(sa.String(80))
    theirs_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    theirs_ver: Mapped[int | None] = mapped_column(sa.Integer)
    resolution: Mapped[str | None] = mapped_column(sa.String(8))
    value: Mapped[bytes | None] = mapped_column(Sealed)
    resolved_by: Mapped[str | None] = mapped_column(Id)
    resolved_name: Mapped[str | None] = mapped_column(sa.Text)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


RESOLUTIONS = ("mine", "theirs", "other")


class ConflictSchema(RecordSchema):
    """`mine` is always the author's, `theirs` the server's (refreshed while open); `value` belongs to "other".

    With `field` null the question is whether the record should be: `{"deleted": true}` stands on the side that
    deleted, the other says what it set (`{"set": {…}}`) or what changed (`{"changed": [{kind, id, fields}]}`).
    """

    record_kind = fields.String(required=True, metadata={"merge": "fixed"})
    record_id = fields.String(required=True, metadata={"merge": "fixed", "type": "ref"})
    tree_id = fields.String(metadata={"merge": "fixed", "type": "ref"})
    field = fields.String(metadata={"merge": "fixed"})
    base = fields.Raw(metadata={"merge": "fixed", "sealed": True})
    mine = fields.Raw(metadata={"merge": "fixed", "sealed": True})
    theirs = fields.Raw(metadata={"merge": "fixed", "sealed": True})
    author = fields.String(required=True, metadata={"merge": "fixed"})
    author_name = fields.String(metadata={"merge": "fixed"})
    author_device = fields.String(required=True, metadata={"merge": "fixed"})
    author_label = fields.String(metadata={"merge": "fixed"})
    author_at = fields.DateTime(required=True, metadata={"merge": "fixed", "type": "instant"})
    author_at_about = fields.Boolean(metadata={"merge": "fixed"})
    theirs_by = fields.String(metadata={"merge": "fixed"})
    theirs_name = fields.String(metadata={"merge": "fixed"})
    theirs_device = fields.String(metadata={"merge": "fixed"})
    theirs_label = fields.String(metadata={"merge": "fixed"})
    theirs_at = fields.DateTime(metadata={"merge": "fixed", "type": "instant"})
    theirs_ver = fields.Integer(metadata={"merge": "fixed"})
    resolution = fields.String(validate=validate.OneOf(RESOLUTIONS, error="This does not look right."))
    value = fields.Raw(metadata={"sealed": True})
    resolved_by = fields.String(metadata={"merge": "fixed"})
    resolved_name = fields.String(metadata={"merge": "fixed"})
    resolved_at = fields.DateTime(metadata={"merge": "fixed", "type": "instant"})


class DeviceCard(SyncedRecord, Base):
    """What an agent's phones show of the agent's devices; the id is the device's."""

    __tablename__ = "device_card"

    label: Mapped[str] = mapped_column(sa.String(80))
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    waiting: Mapped[int | None] = mapped_column(sa.Integer)
    oldest_waiting_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    build: Mapped[str | None] = mapped_column(sa.String(64))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: How many records this phone found wrong in its own store and put right, ever; and when it last did.
    mended: Mapped[int | None] = mapped_column(sa.Integer)
    mended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeviceCardSchema(RecordSchema):
    label = fields.String(required=True)
    last_seen_at = fields.DateTime(metadata={"type": "instant"})
    waiting = fields.Integer()
    oldest_waiting_at = fields.DateTime(metadata={"type": "instant"})
    build = fields.String()
    revoked_at = fields.DateTime(metadata={"type": "instant"})
    mended = fields.Integer()
    mended_at = fields.DateTime(metadata={"type": "instant"})


CONFLICT = register_kind(Kind("conflict", Conflict, ConflictSchema, order=80, tree_column="tree_id"))
DEVICE = register_kind(Kind("device", DeviceCard, DeviceCardSchema, read_only=True, order=90))
