"""What the pages of imports print: plain models of a job's state."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from portal.accounts.guards import current_agent
from portal.imports import jobs, undo
from portal.imports.columns import HEADER_DEPTH, KIND_LABELS, KINDS, TARGETS, Layout
from portal.imports.models import ImportJob
from portal.imports.plan import UPDATE
from portal.imports.previews import shown
from portal.imports.uploads import MAX_FILES
from portal.pages import render
from portal.spreadsheets import MAX_BYTES, MAX_ROWS, Book, Cell, Sheet
from portal.translations import msgid
from portal.vcards import MAX_BYTES as MAX_CARD_BYTES
from sync.columns import utcnow

FAULTS_PER_PAGE = 50
SAMPLES = 3
STAYED_SHOWN = 200


def new_page(error: str = "") -> str:
    started = [
        {
            "href": url_for(".show", job_id=job.id),
            "name": jobs.opened(job, "filename") or _("Import"),
            "when": job.created_at.astimezone(jobs.SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            "state": job_state(job),
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
        card_mb=MAX_CARD_BYTES // 2**20,
        files=MAX_FILES,
        rows=f"{MAX_ROWS:,}",
    )


def job_state(job: ImportJob) -> str:
    """Where an import stands, in a word."""
    if job.finished_at is None and job.started_at is not None:
        done, total = jobs.progress(job)
        return _("Running: %(done)s of %(total)s", done=f"{done:,}", total=f"{total:,}")
    if job.finished_at is None:
        return _("Not run yet")
    return _("Taken back") if undo.undo_of(job.id) else _("Done")


def plan_page(job: ImportJob) -> dict[str, Any]:
    counts = job.counts or {}
    upload, layouts = jobs.upload_of(job), jobs.layouts_of(job)
    book = upload.book
    return {
        "job": _about(job),
        "sheets": [_sheet(book, place, layout, upload.cards) for place, layout in enumerate(layouts)],
        "groups": _groups(),
        "is_update": job.when_there == UPDATE,
        "totals": _totals(counts),
        "has_edits": job.edits > 0,
        "all_there": job.edits == 0 and any(counts["there"].values()),
        "edits": f"{job.edits:,}",
        "changed_since": request.args.get("changed") == "1",
        "trees": shown(jobs.opened(job, "preview") or []),
        "encoding": book.encoding.upper(),
        "has_encoding": book.encoding != "",
        **_fault_page(job),
        **_notes(job),
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
        "report_href": url_for(".report", job_id=job.id),
        "undo_href": url_for(".undo_page", job_id=job.id),
        "undo_step_href": url_for(".undo_step", job_id=job.id),
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


def _sheet(book: Book, place: int, layout: Layout, cards: list[str]) -> dict[str, Any]:
    sheet = book.sheets[place]
    body = sheet.rows[layout.header + 1 :]
    columns: list[dict[str, Any]] = [
        {
            "id": f"c{place}-{column}",
            "name": _column(layout.names[column]) or _("Column %(number)s", number=column + 1),
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
        "is_cards": sheet.name in cards,
        "columns": columns,
        "header_id": f"h{place}",
        "headers": _headers(sheet, layout.header),
        "ignored": " · ".join(ignored),
        "has_ignored": bool(ignored),
    }


def _samples(body: list[list[Cell]], column: int) -> list[str]:
    cells = (row[column] for row in body if column < len(row) and row[column] is not None)
    return [str(cell)[:24] for cell, _n in zip(cells, range(SAMPLES), strict=False)]


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
    cards = set((jobs.opened(job, "notes") or {}).get("cards", ()))
    part = found[(page - 1) * FAULTS_PER_PAGE : page * FAULTS_PER_PAGE]
    return {
        "faults": [_fault_row(fault, cards) for fault in part],
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


def _fault_row(fault: dict[str, Any], cards: set[str]) -> dict[str, Any]:
    sheet, row, column, message, value = fault_texts(fault)
    place = _("Card %(card)s", card=row) if sheet in cards else _("Row %(row)s", row=row)
    return {
        "place": f"{sheet} · {place}" if sheet else place,
        "column": column,
        "has_column": bool(column),
        "message": message,
        "value": value,
        "has_value": bool(value),
    }


def fault_texts(fault: dict[str, Any]) -> tuple[str, str, str, str, str]:
    """Sheet, row, column, message and value of a fault or a note, in the reader's language."""
    said = fault["message"]
    message = _(said, **dict(fault["params"])) if fault["params"] else _(said)
    return fault["sheet"], str(fault["row"]), _column(fault["column"]), message, fault["value"]


def _column(heading: str) -> str:
    return _(heading) if heading in LABELS else heading


def _notes(job: ImportJob) -> dict[str, Any]:
    """What was mended and what was left aside, counted by what is said of it."""
    notes = jobs.opened(job, "notes") or {}
    model: dict[str, Any] = {}
    for name in ("mended", "aside"):
        counted = Counter(fault_texts(said)[3] for said in notes.get(name, ()))
        model[name] = [{"message": message, "count": f"{count:,}"} for message, count in counted.most_common(12)]
        model[f"has_{name}"] = bool(counted)
        model[f"{name}_count"] = f"{(job.counts or {}).get(name, 0):,}"
    return model


LABELS = {target.label for target in TARGETS}


def progress_page(job: ImportJob) -> dict[str, Any]:
    done, total = jobs.progress(job)
    return {
        "job": _about(job),
        "done": f"{done:,}",
        "total": f"{total:,}",
        "now": done,
        "most": total,
        "width": f"{100 * done / total if total else 100:.1f}%",
    }


def report_page(job: ImportJob) -> dict[str, Any]:
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
        **_notes(job),
        **_way_back(job),
    }


def _way_back(job: ImportJob) -> dict[str, Any]:
    begun = undo.undo_of(job.id)
    return {"is_undone": begun is not None, "can_undo": begun is None and undo.can_undo(job, utcnow())}


#: Why a record stayed when an import was taken back.
REASONS = {
    undo.TOUCHED: msgid("It was changed since the import."),
    undo.NEEDED: msgid("Something that was added since belongs to it."),
    undo.MOVED: msgid("It is in another agent's book now."),
    undo.REFUSED: msgid("The value from before the import is not allowed any more."),
}


def undo_model(job: ImportJob) -> dict[str, Any]:
    """Before, while and after an import is taken back."""
    begun = undo.undo_of(job.id)
    done, total = undo.progress(job.id)
    found = undo.outcomes(job.id)
    stayed = undo.stayed(job, STAYED_SHOWN) if begun and begun.finished_at else []
    stayed_count = sum(found.get(outcome, 0) for outcome in undo.STAYED)
    return {
        "job": _about(job),
        "is_begun": begun is not None,
        "is_done": begun is not None and begun.finished_at is not None,
        "done": f"{done:,}",
        "total": f"{total:,}",
        "now": done,
        "most": total,
        "width": f"{100 * done / total if total else 100:.1f}%",
        "undone": found.get(undo.UNDONE, 0),
        "undone_text": f"{found.get(undo.UNDONE, 0):,}",
        "gone": f"{found.get(undo.GONE, 0):,}",
        "has_gone": found.get(undo.GONE, 0) > 0,
        "has_stayed": stayed_count > 0,
        "stayed_count": f"{stayed_count:,}",
        "has_more": stayed_count > len(stayed),
        "stayed": [_stayed_line(each) for each in stayed],
    }


def _stayed_line(each: dict[str, Any]) -> dict[str, str]:
    kind, name, reason = stayed_texts(each)
    href = f"/customers/{each['customer_id']}" if each["customer_id"] else ""
    return {"name": name or kind, "kind": kind, "reason": reason, "href": href}


def stayed_texts(each: dict[str, Any]) -> tuple[str, str, str]:
    """Kind, name and reason of a record that stayed, in the reader's language."""
    label, reason = KIND_LABELS[each["kind"]], REASONS[each["outcome"]]
    return _(label), each["name"], _(reason)
