"""The server learns a field: what newer phones had sent of it already stood aside, and goes to its column now."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError

from sync.database import glance, write
from sync.devices import server_author
from sync.heads import lock_heads
from sync.keyring import keyring
from sync.kinds import KINDS, Kind, Row
from sync.leaving import NO_FIELDS
from sync.stage import Author, Stage
from sync.workset import Workset

log = logging.getLogger("doorstep.sync")

ROWS_AT_ONCE = 500


def learn_fields() -> int:
    """Move values of fields that a newer protocol brought into the columns there are for them now. Gives how many rows.

    To be called after a migration. Each row gets a new version, so that every phone hears of it; a value that the
    schema does not take after all stays aside under `<name>_before`.
    """
    waiting = [(kind, scope, ids) for kind in KINDS.values() for scope, ids in _waiting(kind).items()]
    if not waiting:
        return 0
    author, learned = server_author("schema", "", label="Doorstep"), 0
    for kind, scope, ids in waiting:
        here = replace(author, scopes=(scope,), home=scope)
        for start in range(0, len(ids), ROWS_AT_ONCE):
            learned += _learn(kind, scope, ids[start : start + ROWS_AT_ONCE], here)
    log.info("rows that had values of new fields aside: %d", learned)
    return learned


def _waiting(kind: Kind) -> dict[str, list[str]]:
    """The ids, by scope, of rows that have a value aside for a field which the kind knows."""
    table, ring, found = kind.table, keyring(), defaultdict(list)
    query = sa.select(table.c.id, table.c.scope, sa.type_coerce(table.c.extra, sa.types.NULLTYPE).label("extra"))
    with glance() as connection:
        for line in connection.execute(query.where(table.c.extra.is_not(None)).order_by(table.c.id)):
            if kind.fields.keys() & ring.open(line.extra, table.name, "extra", line.id).keys():
                found[line.scope].append(line.id)
    return found


def _learn(kind: Kind, scope: str, ids: Sequence[str], author: Author) -> int:
    with write() as session:
        connection = session.connection()
        heads = lock_heads(connection, [scope])
        for row_id in ids:
            _to_columns(connection, kind, scope, row_id)
        work = Workset(connection, author, keyring(), heads)
        work.load(kind, ids)
        stage = Stage(work, 0)
        found = [record for record in (work.get((kind.name, row_id)) for row_id in ids) if record]
        for record in found:
            stage.put(kind, scope, record.row, NO_FIELDS)  # no news to somebody who deletes, or decides
        work.absorb(stage)
        work.flush()
    return len(found)


def _to_columns(connection: sa.Connection, kind: Kind, scope: str, row_id: str) -> None:
    table, ring = kind.table, keyring()
    aside = sa.type_coerce(table.c.extra, sa.types.NULLTYPE)
    found = connection.scalar(sa.select(aside).where(table.c.id == row_id, table.c.scope == scope))
    if found is None:
        return
    extra: Row = ring.open(found, table.name, "extra", row_id)
    known = {name: extra.pop(name) for name in list(extra) if name in kind.fields}
    values: dict[str, Any] = {}
    for name, value in known.items():
        try:
            values[name] = kind.codec.check(name, value)
        except ValidationError:
            extra[f"{name}_before"] = value
    stored = kind.codec.stored({"id": row_id} | values, values, ring)
    kept = ring.seal(extra, table.name, "extra", row_id) if extra else None
    connection.execute(table.update().where(table.c.id == row_id).values({**stored, "extra": kept}))
