"""The way back of an import: what nobody has touched since is removed or set back, the rest stays and is listed.

It goes through `sync.apply` like the import itself, in slices; whoever opens the page, or the worker, goes on.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.imports.known import book_of
from portal.imports.models import ImportJob, ImportRecord, ImportUndo
from portal.leases import lease
from sync.apply import apply_edits
from sync.columns import instant_text, new_id, utcnow
from sync.database import db, write
from sync.devices import server_author
from sync.failpoints import failpoint
from sync.keyring import open_sealed
from sync.kinds import KINDS
from sync.models import CONFLICT, Change
from sync.rows import read_rows
from sync.stage import Author

#: What was overwritten is personal data that lies about; after this an import cannot be taken back.
KEPT = timedelta(days=30)
PORTION = 100
#: Whoever belongs to somebody goes first.
ORDER = ("policy", "relative", "customer")
UNDONE, TOUCHED, NEEDED, GONE, MOVED, REFUSED = "undone", "touched", "needed", "gone", "moved", "refused"
#: What stays and has to be shown.
STAYED = (TOUCHED, NEEDED, MOVED, REFUSED)


def undo_of(job_id: str) -> ImportUndo | None:
    """The way back of an import as it is now, where somebody has begun it."""
    db.session.rollback()
    return db.session.scalars(sa.select(ImportUndo).where(ImportUndo.job_id == job_id)).first()


def can_undo(job: ImportJob, now: datetime) -> bool:
    """Whether the import is done, not too long ago, and wrote anything."""
    if job.finished_at is None or job.finished_at < now - KEPT:
        return False
    return db.session.scalar(sa.select(ImportRecord.n).where(ImportRecord.job_id == job.id).limit(1)) is not None


def start(job: ImportJob) -> None:
    """Begin. Twice is the same as once."""
    try:
        with write() as session:
            session.execute(sa.insert(ImportUndo), {"id": new_id(), "job_id": job.id, "started_at": utcnow()})
    except sa.exc.IntegrityError:
        db.session.rollback()


def advance(job_id: str, seconds: float = 1.0) -> None:
    """Work on a way back that was begun for about so long. Somebody else at work on it is left alone."""
    undo = undo_of(job_id)
    if undo is None or undo.finished_at is not None:
        return
    undo_id = undo.id
    job = db.session.get_one(ImportJob, job_id)
    author = server_author(f"undo:{job_id}", job.agent_id, scopes=[book_of(job.agent_id)], label="import undone")
    with lease(ImportUndo, undo_id) as ours:
        until = time.monotonic() + seconds
        while ours and (portion := _portion(job_id)):
            _take_back(portion, author)
            if time.monotonic() > until:
                return
        if ours:
            _finish(undo_id, job_id)


def go_on(_now: datetime) -> int:
    """Bring to an end what was begun and left (a chore of the worker); how many ways back that were."""
    db.session.rollback()
    left = list(db.session.scalars(sa.select(ImportUndo.job_id).where(ImportUndo.finished_at.is_(None))))
    for job_id in left:
        before = -1
        while (undo := undo_of(job_id)) and undo.finished_at is None and before != (before := progress(job_id)[0]):
            advance(job_id)
    return len(left)


def forget_records(now: datetime) -> int:
    """Remove what ways back are made of, a month after the import (a chore of the worker)."""
    old = sa.select(ImportJob.id).where(ImportJob.finished_at < now - KEPT)
    with write() as session:
        gone = session.execute(sa.delete(ImportRecord).where(ImportRecord.job_id.in_(old)))
        return int(gone.rowcount)  # type: ignore[attr-defined]


def progress(job_id: str) -> tuple[int, int]:
    """(records looked at, records in all)."""
    db.session.rollback()
    count = sa.func.count()
    query = sa.select(count.filter(ImportRecord.outcome.is_not(None)), count).where(ImportRecord.job_id == job_id)
    done, total = db.session.execute(query).one()
    return int(done), int(total)


def outcomes(job_id: str) -> dict[str, int]:
    """How many records had which outcome."""
    query = sa.select(ImportRecord.outcome, sa.func.count()).where(ImportRecord.job_id == job_id)
    return {outcome or "": count for outcome, count in db.session.execute(query.group_by(ImportRecord.outcome)).all()}


def stayed(job: ImportJob, most: int | None = None) -> list[dict[str, Any]]:
    """What stays, with its name as it is now: {"kind", "id", "customer_id", "name", "outcome", "op"}."""
    query = sa.select(ImportRecord).where(ImportRecord.job_id == job.id, ImportRecord.outcome.in_(STAYED))
    records = list(db.session.scalars(query.order_by(ImportRecord.n).limit(most)))
    return [_about(record, _rows_of(records, job.agent_id).get(record.record_id)) for record in records]


def _rows_of(records: Iterable[ImportRecord], agent_id: str) -> dict[str, Any]:
    found = {}
    for kind in ORDER:
        ids = [record.record_id for record in records if record.kind == kind]
        if ids:
            found.update({row["id"]: row for row in read_rows(db.session(), kind, ids, scopes=[book_of(agent_id)])})
    return found


def _about(record: ImportRecord, row: Any) -> dict[str, Any]:
    row = row or {}
    name = row.get("name") or row.get("product_name") or row.get("number") or ""
    customer = record.record_id if record.kind == "customer" else row.get("customer_id", "")
    return {
        "kind": record.kind, "id": record.record_id, "customer_id": customer, "name": name,
        "outcome": record.outcome, "op": record.op,
    }  # fmt: skip


# ── one portion ──────────────────────────────────────────────────────────────


def _portion(job_id: str) -> list[ImportRecord]:
    """The next records of one kind."""
    db.session.rollback()
    waiting = sa.select(ImportRecord).where(ImportRecord.job_id == job_id, ImportRecord.outcome.is_(None))
    for kind in ORDER:
        part = waiting.where(ImportRecord.kind == kind).order_by(ImportRecord.n.desc()).limit(PORTION)
        if found := list(db.session.scalars(part)):
            return found
    return []


def _take_back(portion: list[ImportRecord], author: Author) -> None:
    """Judge a portion, apply what can be applied, note it. Killed in between, it is judged again."""
    kind = portion[0].kind
    ids = [record.record_id for record in portion]
    rows = {row["id"]: row for row in read_rows(db.session(), kind, ids)}
    places: dict[str, str] = dict(
        db.session.execute(sa.select(*_place_of(kind)).where(_place_of(kind)[0].in_(ids))).all()
    )
    ours = _done_by(author, kind, ids)
    held = _held(kind, rows, ids)
    outcome: dict[int, str] = {}
    edits: list[tuple[int, dict[str, Any]]] = []
    for record in portion:
        row = rows.get(record.record_id)
        if record.record_id in ours:
            outcome[record.n] = UNDONE
        elif row is None:
            outcome[record.n] = GONE
        elif places[record.record_id] != author.book:
            outcome[record.n] = MOVED
        elif row["ver"] != record.ver:
            outcome[record.n] = TOUCHED
        elif record.record_id in held and (record.op == "create" or held[record.record_id] == TOUCHED):
            outcome[record.n] = held[record.record_id]
        else:
            edits.append((record.n, _edit(record)))
    verdicts = apply_edits([edit for _n, edit in edits], author) if edits else []
    failpoint("import-undone-before-noted")
    for (n, _sent), verdict in zip(edits, verdicts, strict=True):
        outcome[n] = {"conflict": TOUCHED, "rejected": REFUSED}.get(verdict["verdict"], UNDONE)
    _note(portion[0].job_id, outcome)


def _place_of(kind: str) -> tuple[Any, Any]:
    table = KINDS[kind].table
    return table.c.id, table.c.scope


def _edit(record: ImportRecord) -> dict[str, Any]:
    about = {"kind": record.kind, "id": record.record_id, "base": record.ver, "at": instant_text(utcnow())}
    if record.op == "create":
        return {"op": "delete", **about}
    place = f"{record.job_id}/{record.n}"
    pairs = open_sealed(record.before, "import_record", "before", place)  # type: ignore[arg-type]
    return {"op": "update", "set": {name: [new, old] for name, (old, new) in pairs.items()}, **about}


def _done_by(author: Author, kind: str, ids: list[str]) -> set[str]:
    """What this way back has done already and could not note."""
    query = sa.select(Change.id).where(Change.kind == kind, Change.id.in_(ids), Change.device == author.device_id)
    return set(db.session.scalars(query))


def _held(kind: str, rows: dict[str, Any], ids: list[str]) -> dict[str, str]:
    """Records that something else holds on to: an open question, somebody's family, a plan that names them."""
    table = CONFLICT.table
    asked = sa.select(table.c.record_id).where(table.c.record_id.in_(ids), table.c.resolution.is_(None))
    return {**dict.fromkeys(_in_use(kind, rows), NEEDED), **dict.fromkeys(db.session.scalars(asked), TOUCHED)}


def _in_use(kind: str, rows: dict[str, Any]) -> Iterator[str]:
    if kind == "customer":
        for child in KINDS["customer"].children():
            column = child.table.c[child.parent[0]]  # type: ignore[index]
            yield from db.session.scalars(sa.select(column).where(column.in_(list(rows))).distinct())
        linked = KINDS["relative"].table.c.linked_customer_id
        yield from db.session.scalars(sa.select(linked).where(linked.in_(list(rows))).distinct())
    if kind == "relative":
        families = {row["customer_id"] for row in rows.values()}
        told = _told(families)
        named = _named(families)
        yield from (row_id for row_id, row in rows.items() if row["customer_id"] in told or row_id in named)


def _told(families: set[str]) -> set[str]:
    """Customers with an analysis or a proposal: these speak of the members of the family."""
    found: set[str] = set()
    for kind in ("analysis", "proposal"):
        column = KINDS[kind].table.c.customer_id
        found |= set(db.session.scalars(sa.select(column).where(column.in_(families)).distinct()))
    return found


def _named(families: set[str]) -> set[str]:
    """Members of the family whom a policy names that is still there."""
    table = KINDS["policy"].table
    query = sa.select(table.c.applicant, table.c.insured, table.c.beneficiaries).where(
        table.c.customer_id.in_(families)
    )
    named: set[str] = set()
    for applicant, insured, beneficiaries in db.session.execute(query):
        parties = [applicant, insured, *(line.get("ref") for line in beneficiaries or ())]
        named |= {party["id"] for party in parties if party and "id" in party}
    return named


def _note(job_id: str, outcome: dict[int, str]) -> None:
    with write() as session:
        for name in set(outcome.values()):
            numbers = [n for n, said in outcome.items() if said == name]
            noted = sa.update(ImportRecord).where(ImportRecord.job_id == job_id, ImportRecord.n.in_(numbers))
            session.execute(noted.values(outcome=name))


def _finish(undo_id: str, job_id: str) -> None:
    with write() as session:
        session.execute(sa.update(ImportUndo).where(ImportUndo.id == undo_id).values(finished_at=utcnow()))
        session.execute(sa.update(ImportRecord).where(ImportRecord.job_id == job_id).values(before=None))
