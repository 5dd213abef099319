"""/admin/products: the catalogue looked at, brought in from spreadsheets, published as a new version, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import PurePath
from typing import Any

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from portal.accounts.guards import current_agent, role
from portal.errors import Problem
from portal.pages import render
from portal.products import catalogue, drafts, pages
from portal.products.samples import differences, samples
from portal.products.sheets import blank, sheets_of, table_csv, workbook
from portal.spreadsheets import MAX_BYTES, Book, Sheet, Unreadable, read
from portal.translations import msgid

bp = Blueprint("products", __name__, url_prefix="/admin/products")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_FILES = 16
TOO_LARGE = msgid("The files are larger than %(mb)s MB together.")
TOO_MANY = msgid("Choose at most %(n)s files.")
NOT_A_DAY = msgid("Enter a date from today on.")
REASONS = {
    "starts_too_early": msgid(
        "A version with this first day, or a later one, is published already. Enter a later day."
    ),
    "published": msgid("This import was published already."),
    "refused": msgid("This could not be published. Please try again."),
}
DAY = timedelta(days=1)


@bp.get("")
@role("admin")
def index() -> str:
    """Every product with its versions."""
    waiting = pages.waiting()
    return render(
        "products/index.html", products=pages.products(pages.today()), waiting=waiting, has_waiting=bool(waiting)
    )


@bp.get("/template.xlsx")
@role("admin")
def template() -> Response:
    """The file to begin a new product with."""
    return _file(workbook(blank(), _), "product.xlsx", XLSX)


@bp.get("/imports/new")
@role("admin")
def new() -> str:
    """Choose the files of a new product."""
    return _upload(None)


@bp.post("/imports")
@role("admin")
def create() -> ResponseReturnValue:
    """A product that begins from nothing."""
    return _import(None)


@bp.get("/<record_id>/imports/new")
@role("admin")
def new_version(record_id: str) -> str:
    """Choose the files with what shall be different."""
    return _upload(_found(record_id))


@bp.post("/<record_id>/imports")
@role("admin")
def create_version(record_id: str) -> ResponseReturnValue:
    """A product that begins from a version: sheets that are not given stay as they are."""
    return _import(_found(record_id))


@bp.get("/imports/<import_id>")
@role("admin")
def preview(import_id: str) -> str:
    """What an import says, and what is different from the version on sale."""
    return _preview(_import_or_404(import_id), "")


@bp.post("/imports/<import_id>/publication")
@role("admin")
def publish(import_id: str) -> ResponseReturnValue:
    """Make it the next version from a day on."""
    made = _import_or_404(import_id)
    starts = _day(request.form.get("from_date", ""))
    if starts is None or starts < pages.today():
        return _preview(made, _(NOT_A_DAY)), 422
    try:
        product_id = drafts.publish(made, starts, current_agent().id)
    except catalogue.CannotPublish as reason:
        return _preview(made, _(REASONS[str(reason)])), 422
    return redirect(f"/admin/products/{product_id}", 303)


@bp.post("/imports/<import_id>/discard")
@role("admin")
def discard(import_id: str) -> ResponseReturnValue:
    """Throw it away."""
    drafts.forget(_import_or_404(import_id)["id"])
    return redirect("/admin/products", 303)


@bp.get("/<record_id>")
@role("admin")
def show(record_id: str) -> str:
    """One version: what it says, its rates, who published it."""
    return _show(_found(record_id), "")


@bp.get("/<record_id>/product.xlsx")
@role("admin")
def export(record_id: str) -> Response:
    """A version as a workbook, which comes back as it went."""
    record = _found(record_id)
    sheets = sheets_of(record["code"], record["body"], pages.tables_of(record["body"]))
    return _file(workbook(sheets, _), f"{catalogue.named(record)}.xlsx", XLSX)


@bp.get("/<record_id>/<name>.csv")
@role("admin")
def export_table(record_id: str, name: str) -> Response:
    """One sheet of a version as CSV."""
    record = _found(record_id)
    sheets = sheets_of(record["code"], record["body"], pages.tables_of(record["body"]))
    if name not in sheets:
        raise Problem(404, "not_found")
    return _file(table_csv(sheets[name]), f"{catalogue.named(record)}-{name}.csv", "text/csv")


@bp.post("/<record_id>/withdrawals")
@role("admin")
def withdraw(record_id: str) -> ResponseReturnValue:
    """From a day on no proposal is made with this version; proposals that were frozen keep it."""
    record = _found(record_id)
    first = _day(request.form.get("from_date", ""))
    if first is None or first < pages.today():
        return _show(record, _(NOT_A_DAY)), 422
    if record["to_date"] is None or record["to_date"] >= first:
        catalogue.withdraw("product", record, first - DAY, current_agent().id)
    return redirect(f"/admin/products/{record['id']}", 303)


def _found(record_id: str) -> dict[str, Any]:
    found = catalogue.by_id(record_id)
    if found is None:
        raise Problem(404, "not_found")
    return found


def _import_or_404(import_id: str) -> dict[str, Any]:
    found = drafts.by_id(import_id)
    if found is None:
        raise Problem(404, "not_found")
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _file(data: bytes, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, mimetype=kind, headers=headers)


def _import(begin: Mapping[str, Any] | None) -> ResponseReturnValue:
    """Read the files; all of it is kept, or every mistake told and nothing kept."""
    try:
        files = [each for each in request.files.getlist("files") if each.filename]
    except RequestEntityTooLarge:
        return _upload(begin, _(TOO_LARGE, mb=MAX_BYTES // 2**20)), 413
    if not files:
        return _upload(begin, _("Choose a file first.")), 422
    if len(files) > MOST_FILES:
        return _upload(begin, _(TOO_MANY, n=MOST_FILES)), 422
    books = []
    for each in files:
        name = PurePath(str(each.filename)).name
        try:
            books.append(_named_after_file(read(each.read(), formulas=True), name))
        except Unreadable as problem:
            return _upload(begin, f"{name}: {_(problem.message, **problem.params)}"), 422
    found = drafts.read(books, begin)
    if found.faults:
        return _upload(begin, faults=[pages.fault(each) for each in found.faults]), 422
    made = drafts.keep(found, ", ".join(str(each.filename) for each in files), current_agent().id)
    return redirect(f"/admin/products/imports/{made}", 303)


def _named_after_file(book: Book, name: str) -> Book:
    """The one sheet of a CSV file has no name of its own."""
    if book.format != "csv":
        return book
    return Book(
        book.format, [Sheet(PurePath(name).stem, each.rows, each.numbers) for each in book.sheets], book.encoding
    )


# ── models of the pages ──────────────────────────────────────────────────────


def _upload(begin: Mapping[str, Any] | None, error: str = "", faults: list[dict[str, Any]] | None = None) -> str:
    about = catalogue.named(begin) if begin else ""
    return render(
        "products/import.html",
        title=_("New version of %(name)s", name=pages.name_of(begin["body"])) if begin else _("A new product"),
        lead=_("Sheets that are not in the files stay as they are in %(name)s.", name=about)
        if begin
        else _("A workbook with all sheets, or one CSV file for each sheet. Nothing is published yet."),
        back=f"/admin/products/{begin['id']}" if begin else "/admin/products",
        action=f"/admin/products/{begin['id']}/imports" if begin else "/admin/products/imports",
        example=f"/admin/products/{begin['id']}/product.xlsx" if begin else "/admin/products/template.xlsx",
        example_name=f"{about}.xlsx" if begin else "product.xlsx",
        mb=MAX_BYTES // 2**20,
        error=error,
        has_error=bool(error),
        faults=faults or [],
        has_faults=bool(faults),
        fault_count=len(faults or []),
    )


def _preview(made: Mapping[str, Any], error: str) -> str:
    today = pages.today()
    body, tables = made["body"], pages.tables_of(made["body"], made["blobs"])
    sold = catalogue.on_sale("product", made["code"], today)
    old = (sold["body"], pages.tables_of(sold["body"])) if sold else None
    found, counts = differences(made["code"], old, (body, tables)) if old else ([], {})
    changes = pages.changes(found, counts)
    versions = catalogue.all_of("product", made["code"])
    earliest = max([today, *(each["from_date"] + DAY for each in versions[:1])])
    return render(
        "products/preview.html",
        product=pages.product(made["code"], body, tables),
        version=_("Version %(n)s", n=versions[0]["version"] + 1 if versions else 1),
        file_name=made["file_name"],
        action=f"/admin/products/imports/{made['id']}",
        before=_("Compared with version %(n)s, which is on sale", n=sold["version"]) if sold else "",
        has_before=sold is not None,
        changes=changes,
        has_changes=bool(changes),
        samples=pages.samples(samples(body, tables, today), samples(*old, today) if old else []),
        earliest=earliest.isoformat(),
        error=error,
        has_error=bool(error),
    )


def _show(record: Mapping[str, Any], error: str) -> str:
    today = pages.today()
    tables = pages.tables_of(record["body"])
    ends = record["to_date"]
    return render(
        "products/show.html",
        product=pages.product(record["code"], record["body"], tables),
        version=_("Version %(n)s", n=record["version"]),
        sale=pages.sale_of(record, today),
        published=pages.published(record),
        href=f"/admin/products/{record['id']}",
        name=catalogue.named(record),
        samples=pages.samples(samples(record["body"], tables, today), []),
        can_withdraw=ends is None or ends >= today,
        earliest=max(today, record["from_date"]).isoformat(),
        error=error,
        has_error=bool(error),
    )
