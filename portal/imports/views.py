"""Server pages that bring spreadsheets and address books into the agent's own book. They need a connection, and say so."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from portal.accounts.guards import current_agent, role
from portal.accounts.models import ROLES_WITH_BOOK
from portal.errors import Problem
from portal.imports import jobs
from portal.imports.columns import BY_NAME, HEADER_DEPTH, IGNORE, Layout, guess
from portal.imports.models import ImportJob
from portal.imports.page_models import fault_texts, new_page, plan_page, progress_page, report_page
from portal.imports.plan import SKIP, UPDATE
from portal.imports.reports import report_of
from portal.imports.uploads import read_files
from portal.pages import render
from portal.spreadsheet_writing import XLSX, csv_bytes
from portal.spreadsheets import Book, Unreadable
from portal.translations import msgid
from portal.vcards import MAX_BYTES as MAX_CARD_BYTES

bp = Blueprint("imports", __name__, url_prefix="/imports")
with_book = role(*sorted(ROLES_WITH_BOOK))

MAX_UPLOAD = MAX_CARD_BYTES + 64 * 1024
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
    return new_page()


@bp.post("")
@with_book
def create() -> Response | tuple[str, int]:
    """Take files: read them, guess their columns, show what they would do."""
    # Cards come with their pictures; tables keep their own, smaller limit.
    request.max_content_length = MAX_UPLOAD
    try:
        files = [file for file in request.files.getlist("file") if file.filename]
    except RequestEntityTooLarge:
        return new_page(_(TOO_LARGE, mb=MAX_CARD_BYTES // 2**20)), 413
    if not files:
        return new_page(_("Choose a file first.")), 422
    try:
        upload = read_files([(file.filename or "", file.read()) for file in files], jobs.check, _)
    except Unreadable as problem:
        return new_page(_(problem.message, **problem.params)), 413 if problem.message == TOO_LARGE else 422
    names = ", ".join(file.filename or "" for file in files)
    return _see(".show", jobs.keep(current_agent().id, names, upload))


@bp.get("/<uuid:job_id>")
@with_book
def show(job_id: UUID) -> str:
    """Where the import stands: what it would do, how far it is, or what it did."""
    job = job_or_404(job_id)
    if job.finished_at is not None:
        return render("imports/report.html", **report_page(job))
    if job.started_at is not None:
        return render("imports/progress.html", **progress_page(job))
    return render("imports/show.html", **plan_page(job))


@bp.post("/<uuid:job_id>/columns")
@with_book
def columns(job_id: UUID) -> Response:
    """Take what the person says the columns are, and plan anew."""
    job = job_or_404(job_id)
    if job.started_at is None:
        book = jobs.upload_of(job).book
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
    return render("imports/bar.html", **progress_page(job))


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
    head = [_("Sheet"), _("Row"), _("Column"), _("What is wrong"), _("What stands there")]
    lines = [fault_texts(fault) for fault in jobs.opened(job, "faults") or []]
    return handed(csv_bytes([head, *lines]), f"import-{job.id[:8]}.csv", "text/csv")


@bp.get("/<uuid:job_id>/report.xlsx")
@with_book
def report(job_id: UUID) -> Response:
    """Everything there is to be said of an import: figures, what was not taken, mended, left aside, taken back."""
    job = job_or_404(job_id)
    return handed(report_of(job), f"import-{job.id[:8]}.xlsx", XLSX)


def handed(data: bytes, name: str, mimetype: str) -> Response:
    """A file to keep. It holds customers, so no cache does."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, mimetype=mimetype, headers=headers)


def job_or_404(job_id: UUID) -> ImportJob:
    """The agent's own import; anybody else's does not exist."""
    job = jobs.job_of(current_agent().id, str(job_id))
    if job is None:
        raise Problem(404, "not_found")
    return job


def _see(endpoint: str, job_id: str) -> Response:
    return redirect(url_for(endpoint, job_id=job_id), 303)  # type: ignore[return-value]


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
