"""The life of an import: kept, planned, started, advanced in slices, finished. Nothing here knows a request.

The edits are made and numbered when the plan is made, and go through `sync.apply` like everything else. Applying a
chunk twice is applying it once (the ledger knows the numbers), so a server that is killed in the middle of a run
leaves nothing half done: whoever opens the page goes on.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from marshmallow import ValidationError

from portal.imports.columns import KINDS, Layout
from portal.imports.known import book_of, book_seq, known_in
from portal.imports.models import ImportChunk, ImportJob, ImportRecord
from portal.imports.plan import SKIP, Plan, Planner
from portal.imports.previews import preview
from portal.imports.rows import Fault, lines
from portal.imports.uploads import Upload
from portal.leases import lease
from portal.spreadsheets import Book
from portal.translations import msgid
from sync.apply import apply_edits
from sync.columns import instant_text, new_id, utcnow
from sync.database import db, write
from sync.devices import server_author
from sync.failpoints import failpoint
from sync.keyring import open_sealed, seal
from sync.kinds import KINDS as RECORDS
from sync.rows import messages_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
EDITS_PER_CHUNK = 200
FAULTS_KEPT = 20_000
#: A file that nobody ran is personal data lying about.
KEPT_UNRUN = timedelta(days=3)

CONFLICTS = msgid("Somebody changed this entry in the meantime; both values wait in the conflicts.")


def today() -> date:
    return datetime.now(SHANGHAI).date()


# ── making ───────────────────────────────────────────────────────────────────


def keep(agent_id: str, filename: str, upload: Upload) -> str:
    """Keep what was uploaded, with a first guess of its columns and a plan; the id of the job."""
    forget_unrun(utcnow(), agent_id)
    job = ImportJob(id=new_id(), agent_id=agent_id, created_at=utcnow(), when_there=SKIP, edits=0, book_seq=0)
    job.filename = seal(filename[:200], "import_job", "filename", job.id)
    job.table = seal(upload.as_json(), "import_job", "table", job.id)
    with write() as session:
        session.add(job)
    plan_job(job, upload.layouts, SKIP)
    return job.id


def forget_unrun(now: datetime, agent_id: str | None = None) -> int:
    """Remove what nobody ran for three days, of everybody or of one agent; how many that were."""
    old = sa.select(ImportJob.id).where(ImportJob.started_at.is_(None), ImportJob.created_at < now - KEPT_UNRUN)
    if agent_id is not None:
        old = old.where(ImportJob.agent_id == agent_id)
    return sum(discard(job_id) for job_id in db.session.scalars(old).all())


def discard(job_id: str) -> bool:
    """Remove a job that was not started, with all it holds. False when it has started."""
    with write() as session:
        gone = session.execute(
            sa.delete(ImportJob).where(ImportJob.id == job_id, ImportJob.started_at.is_(None)),
        )
        return bool(gone.rowcount)  # type: ignore[attr-defined]


def job_of(agent_id: str, job_id: str) -> ImportJob | None:
    """The agent's own job, as it is now; anybody else's does not exist."""
    _read_afresh()
    return db.session.execute(
        sa.select(ImportJob).where(ImportJob.id == job_id, ImportJob.agent_id == agent_id)
    ).scalar_one_or_none()


def _read_afresh() -> None:
    """The reading session sees one moment; what was written since is seen after this."""
    db.session.rollback()


def jobs_of(agent_id: str) -> list[ImportJob]:
    """The newest few jobs."""
    query = sa.select(ImportJob).where(ImportJob.agent_id == agent_id).order_by(ImportJob.id.desc()).limit(10)
    return list(db.session.scalars(query))


def opened(job: ImportJob, column: str) -> Any:
    """A sealed column's value, None when it is gone."""
    blob = getattr(job, column)
    return None if blob is None else open_sealed(blob, "import_job", column, job.id)


def layouts_of(job: ImportJob) -> list[Layout]:
    return [Layout.from_json(each) for each in opened(job, "layouts") or []]


def upload_of(job: ImportJob) -> Upload:
    """What was read, as it was kept."""
    return Upload.from_json(opened(job, "table"))


# ── planning ─────────────────────────────────────────────────────────────────


def plan_job(job: ImportJob, layouts: list[Layout], when_there: str) -> None:
    """Work out what the import would do and keep it. Does nothing once the job has started."""
    job_id = job.id
    _read_afresh()
    if job.started_at is not None:
        return
    seq = book_seq(job.agent_id)
    upload = upload_of(job)
    book = upload.book
    plan = make_plan(job, upload, layouts, when_there)
    notes = {
        "cards": upload.cards,
        "mended": [asdict(said) for said in plan.mended[:FAULTS_KEPT]],
        "aside": [asdict(said) for said in upload.aside[:FAULTS_KEPT]],
    }
    chunks = list(_chunks(job_id, plan))
    values = {
        "layouts": seal([layout.as_json() for layout in layouts], "import_job", "layouts", job_id),
        "when_there": when_there,
        "preview": seal(preview(plan), "import_job", "preview", job_id),
        "faults": seal([asdict(fault) for fault in plan.faults[:FAULTS_KEPT]], "import_job", "faults", job_id),
        "notes": seal(notes, "import_job", "notes", job_id),
        "counts": {**_counts(book, layouts, plan), "mended": len(plan.mended), "aside": len(upload.aside)},
        "book_seq": seq,
        "edits": sum(chunk["size"] for chunk in chunks),
    }
    with write() as session:
        kept = session.execute(
            sa.update(ImportJob).where(ImportJob.id == job_id, ImportJob.started_at.is_(None)).values(**values)
        )
        if not kept.rowcount:  # type: ignore[attr-defined]
            return
        session.execute(sa.delete(ImportChunk).where(ImportChunk.job_id == job_id))
        if chunks:
            session.execute(sa.insert(ImportChunk), chunks)


def make_plan(job: ImportJob, upload: Upload, layouts: list[Layout], when_there: str) -> Plan:
    """The plan of a job against the book as it is now."""
    day, book = today(), upload.book
    names = [sheet.name for sheet in book.sheets]
    planner = Planner(job.id, layouts, names, known_in(job.agent_id), when_there, _judge, day)
    planner.faults += upload.faults
    planner.mended += upload.mended
    for line in lines(book, layouts, check, day):
        planner.take(line)
    return planner.plan(instant_text(job.created_at))


def check(kind: str, field: str, value: Any) -> list[str]:
    """What the record's own schema says against a value."""
    try:
        RECORDS[kind].codec.check(field, value)
    except ValidationError as error:
        return messages_of(error)
    return []


def _judge(kind: str, new: Any, old: Any, lookup: Any) -> Any:
    rules = RECORDS[kind].rules
    return rules(new, old, lookup) if rules else {}


def _chunks(job_id: str, plan: Plan) -> Iterator[dict[str, Any]]:
    """The edits in portions of whole trees, numbered as the job's ledger will have them."""
    n, place = 1, 0
    edits: list[dict[str, Any]] = []
    origins: list[tuple[str, int]] = []
    for tree, where in itertools.chain(zip(plan.edits, plan.origins, strict=True), [([], [])]):
        if edits and (len(edits) + len(tree) > EDITS_PER_CHUNK or not tree):
            payload = {
                "edits": [{"n": n + at, **edit} for at, edit in enumerate(edits)],
                "origins": [list(origin) for origin in origins],
            }
            yield {
                "job_id": job_id,
                "place": place,
                "first_n": n,
                "size": len(edits),
                "edits": seal(payload, "import_chunk", "edits", f"{job_id}/{place}"),
            }
            n, place, edits, origins = n + len(edits), place + 1, [], []
        edits += tree
        origins += where


def _counts(book: Book, layouts: list[Layout], plan: Plan) -> dict[str, Any]:
    return {
        "rows": sum(len(sheet.rows) - layout.header - 1 for sheet, layout in zip(book.sheets, layouts, strict=True)),
        "new": plan.new,
        "there": plan.there,
        "changed": plan.changed,
        "faults": len(plan.faults),
        "faulty_rows": plan.faulty_rows,
    }


# ── running ──────────────────────────────────────────────────────────────────


def start(job: ImportJob) -> bool:
    """Begin the run, once. False when the book has moved on and the new plan differs: the person looks again."""
    if job.started_at is None and book_seq(job.agent_id) != job.book_seq:
        before = job.counts
        plan_job(job, layouts_of(job), job.when_there)
        _read_afresh()
        if job.counts != before:
            return False
    with write() as session:
        session.execute(
            sa.update(ImportJob)
            .where(ImportJob.id == job.id, ImportJob.started_at.is_(None))
            .values(started_at=utcnow(), table=None, layouts=None, preview=None)
        )
    return True


def advance(job: ImportJob, seconds: float = 1.0) -> None:
    """Work on a started job for about so long. Somebody else at work on it is left alone."""
    if job.started_at is None or job.finished_at is not None:
        return
    with lease(ImportJob, job.id) as ours:
        until = time.monotonic() + seconds
        while ours and (place := _next_chunk(job.id)):
            _apply(job, place)
            if time.monotonic() > until:
                return
        if ours:
            _finish(job.id)


def _next_chunk(job_id: str) -> ImportChunk | None:
    query = sa.select(ImportChunk).where(ImportChunk.job_id == job_id, ImportChunk.applied_at.is_(None))
    _read_afresh()
    return db.session.scalars(query.order_by(ImportChunk.place).limit(1)).first()


def _apply(job: ImportJob, chunk: ImportChunk) -> None:
    """Apply one chunk and note what became of it. Killed in between, it is applied again with the same outcome."""
    place = f"{job.id}/{chunk.place}"
    payload = open_sealed(chunk.edits, "import_chunk", "edits", place)  # type: ignore[arg-type]
    author = server_author(f"import:{job.id}", job.agent_id, scopes=[book_of(job.agent_id)], label="import")
    verdicts = apply_edits(payload["edits"], author)
    failpoint("import-applied-before-noted")
    faults = list(_refusals(payload, verdicts))
    result = {
        "created": _created(payload, verdicts, "create"),
        "changed": _created(payload, verdicts, "update"),
        "conflicts": sum(verdict["verdict"] == "conflict" for verdict in verdicts),
        "refused": sum(verdict["verdict"] == "rejected" for verdict in verdicts),
    }
    written = list(_written(job.id, payload, verdicts))
    with write() as session:
        noted = session.execute(
            sa.update(ImportChunk)
            .where(ImportChunk.job_id == job.id, ImportChunk.place == chunk.place, ImportChunk.applied_at.is_(None))
            .values(
                applied_at=utcnow(),
                edits=None,
                result=result,
                refused=seal(faults, "import_chunk", "refused", place) if faults else None,
            )
        )
        if written and noted.rowcount:  # type: ignore[attr-defined]
            session.execute(sa.insert(ImportRecord), written)


def _written(job_id: str, payload: Any, verdicts: list[Any]) -> Iterator[dict[str, Any]]:
    """What the way back needs to know of each record that was made or changed."""
    for edit, verdict in zip(payload["edits"], verdicts, strict=True):
        if verdict["verdict"] not in {"ok", "merged"}:
            continue
        is_new = edit["op"] == "create"
        # After a kill the same edit answers with the row of today, which somebody may have changed meanwhile.
        ver = 1 if is_new else 0 if verdict.get("replayed") else verdict["row"]["ver"]
        place = f"{job_id}/{edit['n']}"
        before = None if is_new else seal(edit["set"], "import_record", "before", place)
        about = {"kind": edit["kind"], "record_id": edit["id"], "op": edit["op"], "ver": ver, "outcome": None}
        yield {"job_id": job_id, "n": edit["n"], "before": before, **about}


def _created(payload: Any, verdicts: list[Any], op: str) -> dict[str, int]:
    """How many records of each kind came in by this operation."""
    done = [
        edit["kind"]
        for edit, verdict in zip(payload["edits"], verdicts, strict=True)
        if edit["op"] == op and verdict["verdict"] in {"ok", "merged"}
    ]
    return {kind: done.count(kind) for kind in KINDS}


def _refusals(payload: Any, verdicts: list[Any]) -> Iterator[dict[str, Any]]:
    """What the book itself did not take, as faults of rows."""
    for (sheet, row), verdict in zip(payload["origins"], verdicts, strict=True):
        if verdict["verdict"] == "conflict":
            yield asdict(Fault(sheet, row, "", CONFLICTS))
        elif verdict["verdict"] == "rejected":
            fields = verdict["error"].get("fields") or {}
            messages = [message for found in fields.values() for message in found]
            for message in messages or [verdict["error"]["message"]]:
                yield asdict(Fault(sheet, row, "", message))


def _finish(job_id: str) -> None:
    """Sum up, and remove what the file said; rows and columns of faults stay, values go."""
    _read_afresh()
    job = db.session.get_one(ImportJob, job_id)
    chunks = list(db.session.scalars(sa.select(ImportChunk).where(ImportChunk.job_id == job_id)))
    faults = [_without_value(fault) for fault in opened(job, "faults") or []]
    notes = opened(job, "notes") or {}
    for name in ("mended", "aside"):
        notes[name] = [_without_value(said) for said in notes.get(name, [])]
    for chunk in chunks:
        if chunk.refused is not None:
            faults += open_sealed(chunk.refused, "import_chunk", "refused", f"{job_id}/{chunk.place}")
    results = [chunk.result or {} for chunk in chunks]
    counts = {
        **(job.counts or {}),
        "created": _sum(result["created"] for result in results),
        "updated": _sum(result["changed"] for result in results),
        "conflicts": sum(result["conflicts"] for result in results),
        "refused": sum(result["refused"] for result in results),
    }
    with write() as session:
        session.execute(
            sa.update(ImportJob)
            .where(ImportJob.id == job_id)
            .values(
                finished_at=utcnow(),
                filename=None,
                table=None,
                layouts=None,
                preview=None,
                faults=seal(faults, "import_job", "faults", job_id),
                notes=seal(notes, "import_job", "notes", job_id),
                counts=counts,
            )
        )
        session.execute(sa.delete(ImportChunk).where(ImportChunk.job_id == job_id))


def _without_value(fault: dict[str, Any]) -> dict[str, Any]:
    return {**fault, "value": ""}


def go_on(_now: datetime) -> int:
    """Bring to an end what was started and left (a chore of the worker); how many imports that were."""
    _read_afresh()
    started = sa.select(ImportJob.id).where(ImportJob.started_at.is_not(None), ImportJob.finished_at.is_(None))
    left = list(db.session.scalars(started.order_by(ImportJob.id)))
    for job_id in left:
        while _goes_on(job_id):
            continue
    return len(left)


def _goes_on(job_id: str) -> bool:
    """Whether there is more to do for us. Somebody else at work on it is left alone."""
    _read_afresh()
    job = db.session.get(ImportJob, job_id)
    if job is None or job.finished_at is not None:
        return False
    before = progress(job)
    advance(job)
    _read_afresh()
    return job.finished_at is None and progress(job) != before


def _sum(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    total = dict.fromkeys(KINDS, 0)
    for part in parts:
        for kind, count in part.items():
            total[kind] += count
    return total


def progress(job: ImportJob) -> tuple[int, int]:
    """(edits applied, edits in all) of a job."""
    if job.finished_at is not None:
        return job.edits, job.edits
    done = db.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(ImportChunk.size), 0)).where(
            ImportChunk.job_id == job.id, ImportChunk.applied_at.is_not(None)
        )
    )
    return int(done or 0), job.edits
