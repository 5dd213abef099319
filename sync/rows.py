"""Rows between table and wire: opening, sealing, typing; and reading them for server pages.

A wire row is `{"id", "ver", "created_at", "updated_at", every field of the schema (null when unset)}` and, where they
say something, `late_from`, `flags` and the fields of a newer protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from operator import itemgetter
from typing import Any

import orjson
import sqlalchemy as sa
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from sync.checks import TOO_LONG as TOO_LONG
from sync.checks import WRONG_TYPE, check_of
from sync.columns import Json, Sealed, UtcDateTime, instant_text, parse_instant
from sync.keyring import Keyring, keyring, place
from sync.kinds import KINDS, Kind, Row
from sync.many import among
from sync.prepared import Prepared

#: The wire value of a column; the id, for what is sealed to its place.
Reader = Callable[[Any, bytes, Keyring], Any]
Readers = tuple[tuple[str, Reader], ...]


class Codec:
    """The ways of one kind's rows. Made once; the loops touch only columns that need work."""

    def __init__(self, kind: Kind):
        columns = kind.table.columns
        self.kind = kind
        self.table = kind.table
        self.names: tuple[str, ...] = ("id", "ver", "created_at", "updated_at", *kind.fields)
        #: A wire row in which nothing is said yet.
        self.blank: Row = dict.fromkeys(("id", *kind.fields, "ver", "created_at", "updated_at"))
        self.own = ("scope", "late_from", "flags", "extra")
        #: The values of a wire row, in the order of `names`.
        self.values_of: Callable[[Row], tuple[Any, ...]] = itemgetter(*self.names)
        self.scope_at = len(self.names)
        self.required = tuple(name for name, item in kind.fields.items() if item.required)
        self.hashed = tuple(name for name, item in kind.fields.items() if item.metadata.get("hashed"))
        self.sealed = self._of_type(kind.fields, Sealed)
        self._dates = self._of_type(kind.fields, sa.Date)
        self.instants = self._of_type(self.names, UtcDateTime)
        self.jsons = self._of_type(kind.fields, Json)
        self._makers: tuple[tuple[str, Callable[[Any], Any]], ...] = (
            *((name, date.fromisoformat) for name in self._dates),
            *((name, parse_instant) for name in self.instants),
        )
        raw = {*self.sealed, *self._dates, *self.instants, *self.jsons, "flags", "extra"}
        # Raw as the driver gives them: the types' own ways would make objects only to be taken apart again.
        self.columns = [
            sa.type_coerce(columns[name], sa.types.NULLTYPE) if name in raw else columns[name]
            for name in (*self.names, *self.own)
        ]
        self._by_ids: dict[str, Prepared] = {}
        self._places = tuple((name, place(self.table.name, name, "")) for name in self.sealed)
        plain: Readers = (
            *((name, lambda value, _where, _ring: _raw_instant(value)) for name in self.instants),
            # a date of PostgreSQL, a text of SQLite: both say 2026-11-22
            *((name, lambda value, _where, _ring: str(value)) for name in self._dates),
        )
        self._readers: Readers = (
            *plain,
            *((name, _opener(prefix)) for name, prefix in self._places),
            *((name, lambda value, _where, _ring: orjson.loads(value)) for name in self.jsons),
        )
        self._senders: Readers = (
            *plain,
            *((name, _unwrapper(prefix)) for name, prefix in self._places),
            *((name, lambda value, _where, _ring: orjson.Fragment(value)) for name in self.jsons),
        )
        self._known = frozenset((*self.names, "late_from", "flags"))
        self.checks = {name: check_of(item, columns[name]) for name, item in kind.fields.items()}

    def _of_type(self, names: Iterable[str], wanted: type[Any]) -> tuple[str, ...]:
        return tuple(name for name in names if isinstance(self.table.columns[name].type, wanted))

    def by_ids(self, connection: sa.Connection) -> Prepared:
        """SELECT of the rows whose ids are among the parameter `ids`."""
        dialect = connection.dialect
        if dialect.name not in self._by_ids:
            wanted = among(self.table.c.id, "ids", dialect)
            self._by_ids[dialect.name] = Prepared(sa.select(*self.columns).where(wanted), dialect)
        return self._by_ids[dialect.name]

    def wire(self, found: Sequence[Any], ring: Keyring) -> Row:
        """The wire row of a selected row (of `self.columns`)."""
        return self._read(found, self._readers, ring)

    def sent(self, found: Sequence[Any], ring: Keyring) -> Row:
        """A wire row only to be written as JSON: what is JSON already goes through as it stands."""
        return self._read(found, self._senders, ring)

    def _read(self, found: Sequence[Any], readers: Readers, ring: Keyring) -> Row:
        row = dict(zip(self.names, found, strict=False))
        where = row["id"].encode()
        for name, read in readers:
            value = row[name]
            if value is not None:
                row[name] = read(value, where, ring)
        _scope, late_from, flags, extra = found[self.scope_at :]
        if extra is not None:
            row.update(ring.open(extra, self.table.name, "extra", row["id"]))
        if late_from is not None:
            row["late_from"] = late_from
        if flags is not None:
            row["flags"] = orjson.loads(flags)
        return row

    def stored(self, row: Row, names: Iterable[str], ring: Keyring) -> dict[str, Any]:
        """The column values of the named wire fields, their hashes among them."""
        values = {name: row.get(name) for name in names}
        for name, make in self._makers:
            value = values.get(name)
            if value is not None:
                values[name] = make(value)
        where = row["id"].encode()
        for name, prefix in self._places:
            value = values.get(name)
            if value is not None:
                values[name] = ring.seal_at(value, prefix + where)
        for name in self.hashed:
            if name in values:
                values[f"{name}_hash"] = self._hash(name, row.get(name), ring)
        return values

    def _hash(self, name: str, value: Any, ring: Keyring) -> bytes | None:
        normal: Callable[[Any], str] = self.kind.fields[name].metadata.get("normal") or str
        return None if value is None else ring.keyed_hash(normal(value), f"{self.table.name}.{name}")

    def grown(self, row: Row) -> Row:
        """A wire row that was kept for a while: what the kind has learned since is null in it."""
        return dict.fromkeys(self.names) | row

    def extra_of(self, row: Row) -> Row:
        """The fields of a newer protocol in a wire row."""
        return {name: value for name, value in row.items() if name not in self._known}

    def normal(self, name: str, value: Any) -> Any:
        """The wire form of a value a phone says it saw; what makes no sense stays as it is and equals nothing."""
        if name not in self.instants or not isinstance(value, str):
            return value
        try:
            return self.checks[name](value)
        except ValidationError:
            return value

    def check(self, name: str, value: Any) -> Any:
        """The wire form of a value somebody sent for a field. Raises ValidationError."""
        return self.checks[name](value)


def _opener(prefix: bytes) -> Reader:
    return lambda value, where, ring: ring.open_at(value, prefix + where)


def _unwrapper(prefix: bytes) -> Reader:
    return lambda value, where, ring: orjson.Fragment(ring.text_at(value, prefix + where))


def _raw_instant(value: Any) -> str:
    """SQLite keeps `2026-11-22 01:30:00.000000`, PostgreSQL gives an aware datetime."""
    return f"{value[:10]}T{value[11:23]}Z" if isinstance(value, str) else instant_text(value)


def messages_of(error: ValidationError) -> list[str]:
    """The plain list of msgids in a marshmallow error, however deep it nests them."""
    found: list[str] = []
    _gather(error.messages, found)
    return list(dict.fromkeys(found)) or [WRONG_TYPE]


def _gather(node: Any, found: list[str]) -> None:
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            _gather(item, found)
    else:
        found.append(str(node))


# Reading, for server pages. The caller checks the scope: pass `scopes`, or look at what the person may see first.

Source = Session | sa.Connection


def read_rows(
    source: Source,
    kind: str,
    ids: Iterable[str] | None = None,
    *,
    scopes: Iterable[str] | None = None,
    where: Any = None,
) -> list[Row]:
    """Wire rows of one kind, by id order; of these ids, in these scopes, under this condition (all optional)."""
    codec = KINDS[kind].codec
    query = sa.select(*codec.columns).order_by(codec.table.c.id)
    if ids is not None:
        query = query.where(codec.table.c.id.in_(list(ids)))
    if scopes is not None:
        query = query.where(codec.table.c.scope.in_(list(scopes)))
    if where is not None:
        query = query.where(where)
    ring = keyring()
    return [codec.wire(found, ring) for found in source.execute(query)]


def read_row(source: Source, kind: str, row_id: str, *, scopes: Iterable[str] | None = None) -> Row | None:
    """One wire row, or None when there is none (in these scopes)."""
    rows = read_rows(source, kind, [row_id], scopes=scopes)
    return rows[0] if rows else None


def read_tree(source: Source, kind: str, row_id: str, *, scopes: Iterable[str] | None = None) -> dict[str, Any] | None:
    """A record with all that belongs to it: `{"<kind>": row, "<child kind>": [rows], …}`, or None."""
    root = read_row(source, kind, row_id, scopes=scopes)
    if root is None:
        return None
    tree: dict[str, Any] = {kind: root}
    for other in KINDS.values():
        if other.name != kind and other.root_column and (not other.parent or other.parent[1] == kind):
            column = other.table.c[other.root_column]
            tree[other.name] = read_rows(source, other.name, scopes=scopes, where=column == row_id)
    return tree


__all__ = ["Codec", "messages_of", "read_row", "read_rows", "read_tree"]
