"""What a synced record is: a model with one mixin, a schema that says how each field merges, and a registered kind.

The engine knows no customer and no policy; whoever has records registers them:

    register_kind(Kind("note", Note, NoteSchema, parent=("person_id", "person"), order=20))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
from marshmallow import EXCLUDE, Schema, fields
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync.columns import Json, Sealed, UtcDateTime

if TYPE_CHECKING:
    from sync.rows import Codec

Row = dict[str, Any]


class Lookup(Protocol):
    """What the rules of a kind may ask: rows the author sees, inside the transaction, who writes, when, and the day there."""

    @property
    def today(self) -> date: ...

    @property
    def now(self) -> datetime: ...

    @property
    def agent_id(self) -> str: ...

    def __call__(self, kind: str, row_id: str) -> Row | None: ...

    def children(self, kind: str, parent_id: str) -> list[Row]: ...


Rules = Callable[[Row, Row | None, Lookup], Mapping[str, list[str]]]
Derive = Callable[[Row, Row | None], Row]

MERGES = ("plain", "set", "map", "stricter", "fixed", "once")
HOMES = ("book", "unit", "org")

#: What every record carries beside the fields of its schema.
OWN_NAMES = frozenset({"id", "ver", "scope", "created_at", "updated_at", "flags", "late_from", "extra"})


class RecordSchema(Schema):
    """The base of record schemas. Field name == column name == name on the wire.

    `metadata={"merge": "set", "sealed": True, …}`: `merge` is plain (the default), set, map, stricter (with `levels`,
    loosest first), fixed (set at creation) or once (set then or later, and never again); `sealed` fields stand in a
    Sealed column, `hashed` ones have a `<name>_hash` beside it
    (`normal`: a function that gives the form to be hashed).
    """

    class Meta:
        unknown = EXCLUDE


class SyncedRecord:
    """The mixin of every synced model. Only `sync.apply` writes such rows."""

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True, sort_order=-10)
    ver: Mapped[int] = mapped_column(sa.Integer, sort_order=-9)
    scope: Mapped[str] = mapped_column(sa.String(64), index=True, sort_order=-8)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, sort_order=91)
    #: What a person should see once: a stricter value that overrode somebody, by field.
    flags: Mapped[Any | None] = mapped_column(Json, sort_order=92)
    #: The agent who wrote this after the tree had left the agent's book.
    late_from: Mapped[str | None] = mapped_column(sa.String(36), sort_order=93)
    #: Fields of a newer protocol, kept for those who know them (sealed: we cannot know how private they are).
    extra: Mapped[bytes | None] = mapped_column(Sealed, sort_order=94)


@dataclass(frozen=True)
class Kind:
    """One kind of record.

    home: whose feed new records stand in: the agent's book, the agent's unit, or the catalogue.
    parent: (column, kind) of the record this one belongs to; it shares the parent's scope and is deleted with it.
    append_only: only `create`, never a conflict. never_refuse_create: a creation is not judged by `rules`.
    read_only: phones may not write it. order: place in the snapshot.
    frozen: what is signed or frozen: nothing of it is taken once its tree has left the book.
    keeps(row): whether a record may not be deleted by itself any more; with its tree it may.
    rules(new, old, lookup) -> {field: [msgid]}: what the fields must say together; `old` is None at creation.
    derive(new, old) -> {field: value}: what the server works out from the rest of the row whenever it is written.
    tree_column: the column that names the root of the tree, where that is not the parent's.
    """

    name: str
    model: type[Any]
    schema: type[RecordSchema]
    home: str = "book"
    parent: tuple[str, str] | None = None
    append_only: bool = False
    never_refuse_create: bool = False
    read_only: bool = False
    frozen: bool = False
    keeps: Callable[[Row], bool] | None = None
    order: int = 100
    rules: Rules | None = None
    derive: Derive | None = None
    tree_column: str | None = None
    fields: dict[str, fields.Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", dict(self.schema().fields))

    @property
    def table(self) -> sa.Table:
        return self.model.__table__

    @cached_property
    def codec(self) -> Codec:
        """How rows of this kind travel between table and wire."""
        from sync.rows import Codec

        return Codec(self)

    @property
    def root_column(self) -> str | None:
        """The column with the id of the tree's root: `id` for a root, None where the kind stands in no tree."""
        if self.tree_column or self.parent:
            return self.tree_column or (self.parent and self.parent[0])
        return "id" if any(kind.parent and kind.parent[1] == self.name for kind in KINDS.values()) else None

    def children(self) -> list[Kind]:
        """The kinds whose records are deleted with one of this kind."""
        return [kind for kind in KINDS.values() if kind.parent and kind.parent[1] == self.name]

    def merge_of(self, name: str) -> str:
        """How `name` merges; unknown fields (of a newer protocol) are plain."""
        return self._merges.get(name, "plain")

    @cached_property
    def _merges(self) -> dict[str, str]:
        return {name: declared.metadata.get("merge", "plain") for name, declared in self.fields.items()}

    def __hash__(self) -> int:
        return hash(self.name)


KINDS: dict[str, Kind] = {}


def register_kind(kind: Kind) -> Kind:
    """Make a kind known to the engine. Raises ValueError where model and schema disagree."""
    faults = list(_faults(kind))
    if faults:
        raise ValueError(f"kind {kind.name}: " + "; ".join(faults))
    KINDS[kind.name] = kind
    return kind


def ordered_kinds() -> list[Kind]:
    """All kinds in the order of the snapshot."""
    return sorted(KINDS.values(), key=lambda kind: (kind.order, kind.name))


def _faults(kind: Kind) -> Any:
    columns = kind.table.columns
    if not issubclass(kind.model, SyncedRecord):
        yield "the model lacks the SyncedRecord mixin"
    if kind.home not in HOMES:
        yield f"home must be one of {HOMES}"
    if kind.name in KINDS and KINDS[kind.name].model is not kind.model:
        yield "registered twice"
    for name, declared in kind.fields.items():
        yield from _field_faults(kind, name, declared, columns)
    for column in (each.key for each in columns):
        bare = column.removesuffix("_hash")
        if column not in kind.fields and column not in OWN_NAMES and bare not in kind.fields:
            yield f"column {column} is not in the schema"
    if kind.parent and kind.parent[0] not in kind.fields:
        yield f"parent column {kind.parent[0]} is not in the schema"
    if kind.parent and kind.merge_of(kind.parent[0]) != "fixed":
        yield f"parent column {kind.parent[0]} must be fixed"


def _field_faults(kind: Kind, name: str, declared: fields.Field, columns: Any) -> Any:
    about = declared.metadata
    if name in OWN_NAMES:
        yield f"field {name} is the engine's own"
        return
    if name not in columns:
        yield f"field {name} has no column"
        return
    column = columns[name]
    if about.get("merge", "plain") not in MERGES:
        yield f"field {name}: merge must be one of {MERGES}"
    if about.get("merge") == "stricter" and not about.get("levels"):
        yield f"field {name}: stricter needs levels, loosest first"
    if bool(about.get("sealed")) != isinstance(column.type, Sealed):
        yield f"field {name}: sealed in schema and in model must agree"
    if about.get("hashed") and f"{name}_hash" not in columns:
        yield f"field {name}: hashed needs a column {name}_hash"
    if isinstance(column.type, sa.JSON):
        yield f"field {name}: use sync.columns.Json"
    if not column.nullable and not declared.required:
        yield f"field {name}: a column that may not be null needs a required field"


class UnmarkedWrite(Exception):
    """A synced record was about to be written past `sync.apply`: no edit, no feed, no verdict."""


@event.listens_for(Session, "before_flush")
def _only_apply_writes(session: Session, _context: Any, _instances: Any) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, SyncedRecord):
            raise UnmarkedWrite(f"{type(row).__name__} is synced: write it with sync.apply.apply_edits")
