"""What one commit writes: rows, graves, changes, the feed and the ledger, one executemany per table and shape."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from sync.canonical import digest_text, row_digest
from sync.kinds import KINDS, Kind
from sync.many import Many, inserting, updating
from sync.merge import same
from sync.prepared import Prepared, together
from sync.stage import Record
from sync.tables import CHANGE, DEVICES, FEED, HEAD, LEDGER, REJECTED, TOMBSTONE, insert_of

if TYPE_CHECKING:
    from sync.workset import Workset


def flush(work: Workset) -> None:
    """Write everything: one executemany per table and shape."""
    with together(work.connection):
        _flush_all(work)


def _flush_all(work: Workset) -> None:
    _flush_rows(work)
    _flush_graves(work)
    _flush_feed(work)
    for table, lines in ((CHANGE, work.new_changes), (LEDGER, work.ledger), (REJECTED, work.rejected)):
        if lines:
            inserting(table, work.connection.dialect).run(work.connection, lines)
    if work.ledger:
        last = max(line["n"] for line in work.ledger)
        _number_device(work.connection.dialect).run(work.connection, id=work.author.device_id, last=last)


def _flush_rows(work: Workset) -> None:
    inserts: dict[Kind, list[dict[str, Any]]] = defaultdict(list)
    updates: dict[tuple[Kind, tuple[str, ...]], list[dict[str, Any]]] = defaultdict(list)
    deletes: dict[Kind, list[dict[str, Any]]] = defaultdict(list)
    for key in dict.fromkeys((kind, row_id) for _, kind, row_id in work.feed_lines):
        kind, before, after = KINDS[key[0]], work.originals[key], work.newest(key)
        if before is None and after is not None:
            inserts[kind].append(_all_columns(work, after))
        elif before is not None and after is None:
            deletes[kind].append({"this": key[1]})
        elif before is not None and after is not None:
            values = _changed_columns(work, before, after)
            updates[kind, tuple(values)].append(values | {"this": key[1]})
    dialect = work.connection.dialect
    for kind, lines in inserts.items():
        inserting(kind.table, dialect).run(work.connection, lines)
    for (kind, names), lines in updates.items():
        updating(kind.table, names, dialect).run(work.connection, lines)
    for kind, lines in deletes.items():
        work.connection.execute(kind.table.delete().where(kind.table.c.id == sa.bindparam("this")), lines)


def _all_columns(work: Workset, record: Record) -> dict[str, Any]:
    codec, row = record.kind.codec, record.row
    return codec.stored(row, codec.names, work.ring) | _own_columns(work, record)


def _own_columns(work: Workset, record: Record) -> dict[str, Any]:
    codec, row = record.kind.codec, record.row
    extra = codec.extra_of(row)
    sealed = work.ring.seal(extra, codec.table.name, "extra", row["id"]) if extra else None
    late, flags = row.get("late_from"), row.get("flags")
    return {"scope": record.scope, "late_from": late, "flags": flags, "extra": sealed}


def _changed_columns(work: Workset, before: Record, after: Record) -> dict[str, Any]:
    """Only what changed is written (and sealed) anew."""
    codec, old, new = after.kind.codec, before.row, after.row
    names = [name for name in codec.names if old[name] is not new[name] and not same(old[name], new[name])]
    values = codec.stored(new, names, work.ring)
    if len(old) > len(codec.names) or len(new) > len(codec.names) or before.scope != after.scope:
        values |= _own_columns(work, after)
    return values


def _flush_graves(work: Workset) -> None:
    gone, fresh = [], []
    for key, grave in work.graves.items():
        before = work.old_graves.get(key)
        if before is grave:
            continue
        if before is not None:
            gone.append({"this_kind": key[0], "this": key[1]})
        if grave is not None:
            sealed = work.ring.seal(grave.row, "tombstone", "row", key[1])
            place = {"kind": key[0], "id": key[1], "scope": grave.scope, "ver": grave.row["ver"]}
            fresh.append(place | {"device": grave.device, "n": grave.n, "at": grave.at, "row": sealed})
    if gone:
        is_it = (TOMBSTONE.c.kind == sa.bindparam("this_kind"), TOMBSTONE.c.id == sa.bindparam("this"))
        work.connection.execute(TOMBSTONE.delete().where(*is_it), gone)
    if fresh:
        work.connection.execute(TOMBSTONE.insert(), fresh)


def _flush_feed(work: Workset) -> None:
    touched = set()
    for (scope, *key), line in work.feed_lines.items():
        record = work.newest((key[0], key[1])) if line["op"] == "put" else None
        digest = row_digest(key[0], record.row) if record else 0
        before = work.originals.get((key[0], key[1]))
        was_here = before is not None and before.scope == scope
        work.heads[scope].digest ^= digest ^ (work.feed_digests.get((key[0], key[1]), 0) if was_here else 0)
        line["digest"] = digest_text(digest)
        touched.add(scope)
    if not touched:
        return
    _upsert_feed(work.connection.dialect).run(work.connection, list(work.feed_lines.values()))
    move = _move_head(work.connection.dialect)
    for scope in sorted(touched):
        head = work.heads[scope]
        move.run(work.connection, this=scope, to=head.seq, sum=digest_text(head.digest))


@lru_cache
def _move_head(dialect: sa.Dialect) -> Prepared:
    query = HEAD.update().where(HEAD.c.scope == sa.bindparam("this"))
    return Prepared(query.values(seq=sa.bindparam("to"), digest=sa.bindparam("sum")), dialect)


@lru_cache
def _number_device(dialect: sa.Dialect) -> Prepared:
    query = DEVICES.update().where(DEVICES.c.id == sa.bindparam("id"), DEVICES.c.last_n < sa.bindparam("last"))
    return Prepared(query.values(last_n=sa.bindparam("last")), dialect)


@lru_cache
def _upsert_feed(dialect: sa.Dialect) -> Many:
    insert = insert_of(dialect)(FEED)
    moved = {name: insert.excluded[name] for name in ("seq", "op", "ver", "digest")}
    upsert = insert.on_conflict_do_update(index_elements=["scope", "kind", "id"], set_=moved)
    return Many(upsert, dict(FEED.columns), dialect)
