"""Server pages that bring a spreadsheet into the agent's own book. They need a connection, and say so."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from portal.accounts.guards import current_agent, role
from portal.accounts.models import ROLES_WITH_BOOK
from portal.errors import Problem
from portal.imports import jobs
from portal.imports.columns import BY_NAME, HEADER_DEPTH, IGNORE, KIND_LABELS, KINDS, TARGETS, Layout, guess
from portal.imports.models import ImportJob
from portal.imports.plan import SKIP, UPDATE
from portal.imports.previews import shown
from portal.pages import render
from portal.spreadsheets import MAX_BYTES, MAX_ROWS, Book, Cell, Sheet, Unreadable, read
from portal.translations import msgid

bp = Blueprint("imports", __name__, url_prefix="/imports")
with_book = role(*sorted(ROLES_WITH_BOOK))

FAULTS_PER_PAGE = 50
SAMPLES = 3
TOO_LARGE = msgid("The file is larger than %(mb)s MB. Split it into several files.")


@bp.get("")
@with_book
def index() -> Response:
    """The links of the app lead here."""
    return redirect(url_for(".new"), 303)  # type: ignore[return-value]


@bp.get("/new")
@with_book
def new() -> str:
    """Choose a file; what was begun before can be gone on with."""
    return _new_page()


@bp.post("")
@with_book
def create() -> Response | tuple[str, int]:
    """Take a file: read it, guess its columns, show what it would do."""
    try:
        file = request.files.get("file")
    except RequestEntityTooLarge:
        return _new_page(_(TOO_LARGE, mb=MAX_BYTES // 2**20)), 413
    if file is None or not file.filename:
        return _new_page(_("Choose a file first.")), 422
    try:
        book = read(file.read())
    except Unreadable as problem:
        return _new_page(_(problem.message, **problem.params)), 422
    job_id = jobs.keep(current_agent().id, file.filename, book)
    return _see(".show", job_id)


@bp.get("/<uuid:job_id>")
@with_book
def show(job_id: UUID) -> str:
    """Where the import stands: what it would do, how far it is, or what it did."""
    job = job_or_404(job_id)
    if job.finished_at is not None:
        return render("imports/report.html", **_report(job))
    if job.started_at is not None:
        return render("imports/progress.html", **_progress(job))
    return render("imports/show.html", **_plan(job))


@bp.post("/<uuid:job_id>/columns")
@with_book
def columns(job_id: UUID) -> Response:
    """Take what the person says the columns are, and plan anew."""
    job = job_or_404(job_id)
    if job.started_at is None:
        book = jobs.book_in(job)
        layouts = [_chosen(book, layout, place) for place, layout in enumerate(jobs.layouts_of(job))]
        jobs.plan_job(job, layouts, UPDATE if request.form.get("when_there") == UPDATE else SKIP)
    return _see(".show", job.id)


@bp.post("/<uuid:job_id>/run")
@with_book
def run(job_id: UUID) -> Response:
    """Begin. Twice is the same as once."""
    job = job_or_404(job_id)
    if not jobs.start(job):
        return redirect(url_for(".show", job_id=job.id, changed="1"), 303)  # type: ignore[return-value]
    return _see(".show", job.id)


@bp.post("/<uuid:job_id>/steps")
@with_book
def step(job_id: UUID) -> Response | str:
    """Work for about a second. The page asks again until all is done; without script a button does."""
    job = job_or_404(job_id)
    jobs.advance(job)
    job = job_or_404(job_id)
    if "HX-Request" not in request.headers:
        return _see(".show", job.id)
    if job.finished_at is not None:
        return Response(headers={"HX-Redirect": url_for(".show", job_id=job.id)})
    return render("imports/bar.html", **_progress(job))


@bp.post("/<uuid:job_id>/discard")
@with_book
def discard(job_id: UUID) -> Response:
    """Throw away a file that was not run."""
    jobs.discard(job_or_404(job_id).id)
    return redirect(url_for(".new"), 303)  # type: ignore[return-value]


@bp.get("/<uuid:job_id>/faults.csv")
@with_book
def faults(job_id: UUID) -> Response:
    """All faults as a spreadsheet, to be put right beside the file."""
    job = job_or_404(job_id)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([_("Sheet"), _("Row"), _("Column"), _("What is wrong"), _("What stands there")])
    for fault in jobs.opened(job, "faults") or []:
        writer.writerow([_harmless(text) for text in _fault_texts(fault)])
    return Response(
        "\ufeff" + buffer.getvalue(),
        mimetype="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="import-{job.id[:8]}.csv"',
            "Cache-Control": "no-store",
        },
    )


def job_or_404(job_id: UUID) -> ImportJob:
    """The agent's own import; anybody else's does not exist."""
    job = jobs.job_of(current_agent().id, str(job_id))
    if job is None:
        raise Problem(404, "not_found")
    return job


def _see(endpoint: str, job_id: str) -> Response:
    return redirect(url_for(endpoint, job_id=job_id), 303)  # type: ignore[return-value]


def _harmless(text: str) -> str:
    """Spreadsheet programs run cells that begin like formulas; a quote in front makes them text."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")) else text


# ── models of the pages ──────────────────────────────────────────────────────


def _new_page(error: str = "") -> str:
    started = [
        {
            "href": url_for(".show", job_id=job.id),
            "name": jobs.opened(job, "filename") or _("Import"),
            "when": job.created_at.astimezone(jobs.SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            "state": _state(job),
        }
        for job in jobs.jobs_of(current_agent().id)
    ]
    return render(
        "imports/new.html",
        error=error,
        has_error=bool(error),
        jobs=started,
        has_jobs=bool(started),
        mb=MAX_BYTES // 2**20,
        rows=f"{MAX_ROWS:,}",
    )


def _state(job: ImportJob) -> str:
    if job.finished_at is not None:
        return _("Done")
    return _("Running") if job.started_at is not None else _("Not run yet")


def _plan(job: ImportJob) -> dict[str, Any]:
    counts = job.counts or {}
    book, layouts = jobs.book_in(job), jobs.layouts_of(job)
    return {
        "job": _about(job),
        "sheets": [_sheet(book, place, layout) for place, layout in enumerate(layouts)],
        "groups": _groups(),
        "is_update": job.when_there == UPDATE,
        "totals": _totals(counts),
        "has_edits": job.edits > 0,
        "all_there": job.edits == 0 and any(counts["there"].values()),
        "edits": f"{job.edits:,}",
        "changed_since": request.args.get("changed") == "1",
        "trees": shown(jobs.opened(job, "preview") or []),
        "encoding": book.encoding.upper(),
        "is_csv": book.format == "csv",
        **_fault_page(job),
    }


def _about(job: ImportJob) -> dict[str, str]:
    return {
        "id": job.id,
        "name": jobs.opened(job, "filename") or _("Import"),
        "href": url_for(".show", job_id=job.id),
        "columns_href": url_for(".columns", job_id=job.id),
        "run_href": url_for(".run", job_id=job.id),
        "step_href": url_for(".step", job_id=job.id),
        "discard_href": url_for(".discard", job_id=job.id),
        "faults_href": url_for(".faults", job_id=job.id),
    }


def _totals(counts: dict[str, Any]) -> list[dict[str, Any]]:
    """One line a kind: how many new, how many there already, how many of these change."""
    return [
        {
            "label": _(KIND_LABELS[kind]),
            "new": f"{counts['new'][kind]:,}",
            "there": f"{counts['there'][kind]:,}",
            "changed": f"{counts['changed'][kind]:,}",
        }
        for kind in KINDS
    ]


def _groups() -> list[dict[str, Any]]:
    """The choices for a column, by kind."""
    return [
        {
            "label": _(KIND_LABELS[kind]),
            "options": [{"value": target.name, "label": _(target.label)} for target in TARGETS if target.kind == kind],
        }
        for kind in KINDS
    ]


def _sheet(book: Book, place: int, layout: Layout) -> dict[str, Any]:
    sheet = book.sheets[place]
    body = sheet.rows[layout.header + 1 :]
    columns: list[dict[str, Any]] = [
        {
            "id": f"c{place}-{column}",
            "name": layout.names[column] or _("Column %(number)s", number=column + 1),
            "samples": " · ".join(_samples(body, column)),
            "target": target,
            "is_ignored": not target,
        }
        for column, target in enumerate(layout.targets)
    ]
    ignored = [column["name"] for column in columns if column["is_ignored"]]
    return {
        "name": sheet.name or _("The file"),
        "rows": f"{len(body):,}",
        "columns": columns,
        "header_id": f"h{place}",
        "headers": _headers(sheet, layout.header),
        "ignored": " · ".join(ignored),
        "has_ignored": bool(ignored),
    }


def _samples(body: list[list[Cell]], column: int) -> list[str]:
    cells = (row[column] for row in body if column < len(row) and row[column] is not None)
    return [str(cell)[:24] for cell, _n in zip(cells, range(SAMPLES), strict=False)]


def _chosen(book: Book, layout: Layout, place: int) -> Layout:
    """The layout with what the form says. A target can be only one column's; the first keeps it."""
    header = request.form.get(f"h{place}", layout.header, type=int)
    if header != layout.header and -1 <= header < min(HEADER_DEPTH, len(book.sheets[place].rows)):
        return guess(book.sheets[place], header)
    targets: list[str] = []
    for column, before in enumerate(layout.targets):
        said = request.form.get(f"c{place}-{column}", before)
        targets.append(said if said in BY_NAME and said not in targets else IGNORE)
    return Layout(layout.header, layout.names, targets, layout.units, layout.role)


def _headers(sheet: Sheet, chosen: int) -> list[dict[str, Any]]:
    """The rows that could hold the headings, by the number a person sees and what stands in them."""
    rows = [
        {
            "value": place,
            "text": _("Row %(row)s: %(text)s", row=sheet.numbers[place], text=_beginning(row)),
            "checked": place == chosen,
        }
        for place, row in enumerate(sheet.rows[:HEADER_DEPTH])
    ]
    return [{"value": -1, "text": _("There are no headings"), "checked": chosen == -1}, *rows]


def _beginning(row: list[Cell]) -> str:
    return " · ".join(str(cell)[:12] for cell in row if cell is not None)[:60]


def _fault_page(job: ImportJob) -> dict[str, Any]:
    found = jobs.opened(job, "faults") or []
    total = len(found)
    pages = max(1, -(-total // FAULTS_PER_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    part = found[(page - 1) * FAULTS_PER_PAGE : page * FAULTS_PER_PAGE]
    return {
        "faults": [_fault_row(fault) for fault in part],
        "has_faults": total > 0,
        "fault_count": f"{(job.counts or {}).get('faults', total):,}",
        "faulty_rows": f"{(job.counts or {}).get('faulty_rows', 0):,}",
        "has_pages": pages > 1,
        "page_text": _("Page %(page)s of %(pages)s", page=page, pages=pages),
        "has_before": page > 1,
        "before_href": url_for(".show", job_id=job.id, page=page - 1) + "#faults",
        "has_after": page < pages,
        "after_href": url_for(".show", job_id=job.id, page=page + 1) + "#faults",
    }


def _fault_row(fault: dict[str, Any]) -> dict[str, Any]:
    sheet, row, column, message, value = _fault_texts(fault)
    place = _("Row %(row)s", row=row)
    return {
        "place": f"{sheet} · {place}" if sheet else place,
        "column": column,
        "has_column": bool(column),
        "message": message,
        "value": value,
        "has_value": bool(value),
    }


def _fault_texts(fault: dict[str, Any]) -> tuple[str, str, str, str, str]:
    said, heading = fault["message"], fault["column"]
    message = _(said, **dict(fault["params"])) if fault["params"] else _(said)
    column = _(heading) if heading in LABELS else heading
    return fault["sheet"], str(fault["row"]), column, message, fault["value"]


LABELS = {target.label for target in TARGETS}


def _progress(job: ImportJob) -> dict[str, Any]:
    done, total = jobs.progress(job)
    return {
        "job": _about(job),
        "done": f"{done:,}",
        "total": f"{total:,}",
        "now": done,
        "most": total,
        "width": f"{100 * done / total if total else 100:.1f}%",
    }


def _report(job: ImportJob) -> dict[str, Any]:
    counts = job.counts or {}
    seconds = (job.finished_at - job.started_at).total_seconds() if job.finished_at and job.started_at else 0
    lines = [
        {
            "label": _(KIND_LABELS[kind]),
            "created": f"{counts['created'][kind]:,}",
            "updated": f"{counts['updated'][kind]:,}",
            "there": f"{max(0, counts['there'][kind] - counts['updated'][kind]):,}",
        }
        for kind in KINDS
    ]
    return {
        "job": _about(job),
        "lines": lines,
        "customers": f"{counts['created']['customer']:,}",
        "has_conflicts": counts["conflicts"] > 0,
        "conflicts": counts["conflicts"],
        "seconds": f"{max(1, round(seconds))}",
        **_fault_page(job),
    }
