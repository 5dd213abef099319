"""What one commit writes: rows, graves, changes, the feed and the ledger, one executemany per table and shape."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from itertools import compress
from operator import is_not
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from sync.canonical import digest_text, row_digest
from sync.kinds import KINDS
from sync.lines import Lines, inserting_rows, json_text, sqlite_instant, updating_rows
from sync.many import Many, inserting, types_of
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
    connection, device = work.connection, work.author.device_id
    if work.new_changes:
        at = sqlite_instant(work.now_text) if connection.dialect.name == "sqlite" else work.now_text
        changes = [(kind, row_id, ver, device, json_text(names), at) for kind, row_id, ver, names in work.new_changes]
        inserting(CHANGE, connection.dialect).put(connection, changes)
    if work.ledger:
        ledger = [
            (device, n, hashed, verdict, json_text(error), json_text(ids))
            for n, hashed, verdict, error, ids in work.ledger
        ]
        inserting(LEDGER, connection.dialect).put(connection, ledger)
        last = max(line.n for line in work.ledger)
        _number_device(connection.dialect).run(connection, id=device, last=last)
    if work.rejected:
        inserting(REJECTED, connection.dialect).run(connection, work.rejected)


def _flush_rows(work: Workset) -> None:
    # By name: a kind is a slow key.
    inserts: dict[str, list[Record]] = defaultdict(list)
    updates: dict[tuple[str, tuple[str, ...], bool], list[Record]] = defaultdict(list)
    deletes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for key in dict.fromkeys([(kind, row_id) for _, kind, row_id in work.feed_lines]):
        before, after = work.originals[key], work.records.get(key) or work.newest(key)
        if before is None and after is not None:
            inserts[key[0]].append(after)
        elif before is not None and after is None:
            deletes[key[0]].append({"this": key[1]})
        elif before is not None and after is not None:
            updates[key[0], *_changed(before, after)].append(after)
    dialect = work.connection.dialect
    for name, records in inserts.items():
        _put_rows(work, records, *inserting_rows(KINDS[name], dialect))
    for (name, names, own), records in updates.items():
        _put_rows(work, records, *updating_rows(KINDS[name], names, own, dialect))
    for name, lines in deletes.items():
        table = KINDS[name].table
        work.connection.execute(table.delete().where(table.c.id == sa.bindparam("this")), lines)


def _put_rows(work: Workset, records: list[Record], lines: Lines, many: Many) -> None:
    line, ring = lines.line, work.ring
    many.put(work.connection, [line(record.row, record.scope, ring) for record in records])


def _changed(before: Record, after: Record) -> tuple[tuple[str, ...], bool]:
    """Only what changed is written (and sealed) anew: these fields, and whether the engine's own are among it."""
    codec, old, new = after.kind.codec, before.row, after.row
    others = compress(codec.names, map(is_not, codec.values_of(old), codec.values_of(new)))
    names = tuple([name for name in others if not same(old[name], new[name])])
    usual = len(codec.names)
    return names, len(old) > usual or len(new) > usual or before.scope != after.scope


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
    touched, lines = set(), []
    for (scope, kind, row_id), (seq, op, ver) in work.feed_lines.items():
        key = (kind, row_id)
        record = (work.records.get(key) or work.newest(key)) if op == "put" else None
        digest = row_digest(kind, record.row) if record else 0
        before = work.originals.get(key)
        was_here = before is not None and before.scope == scope
        work.heads[scope].digest ^= digest ^ (work.feed_digests.get(key, 0) if was_here else 0)
        lines.append((scope, kind, row_id, seq, op, ver, digest_text(digest)))
        touched.add(scope)
    if not touched:
        return
    _upsert_feed(work.connection.dialect).put(work.connection, lines)
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
    return Many(upsert, types_of(FEED), dialect)
