"""The report of an import as a workbook: figures, what was not taken, what was mended, left aside, and what stayed."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _

from portal.imports import jobs, undo
from portal.imports.columns import KIND_LABELS, KINDS
from portal.imports.models import ImportJob
from portal.imports.page_models import fault_texts, job_state, stayed_texts
from portal.spreadsheet_writing import Table, Value, xlsx_bytes

WIDTHS = (18, 8, 20, 60, 50)


def report_of(job: ImportJob) -> bytes:
    """The workbook."""
    notes = jobs.opened(job, "notes") or {}
    said = [
        (_("Not taken"), jobs.opened(job, "faults") or []),
        (_("Mended"), notes.get("mended", [])),
        (_("Left aside"), notes.get("aside", [])),
    ]
    head = [_("Sheet"), _("Row"), _("Column"), _("What is said of it"), _("What stands there")]
    tables = [Table(_("Summary"), [_("What"), _("How many")], list(_figures(job)), (40, 14))]
    tables += [Table(name, head, [fault_texts(fault) for fault in faults], WIDTHS) for name, faults in said]
    if undo.undo_of(job.id):
        tables.append(
            Table(
                _("Stayed"),
                [_("What"), _("Name"), _("Why")],
                [stayed_texts(each) for each in undo.stayed(job)],
                (16, 30, 60),
            )
        )
    return xlsx_bytes(tables)


def _figures(job: ImportJob) -> Iterator[tuple[Value, Value]]:
    counts = job.counts or {}
    yield _("State"), job_state(job)
    yield _("Rows in the file"), counts.get("rows", 0)
    is_done = "created" in counts
    for kind in KINDS:
        label = _(KIND_LABELS[kind])
        created = counts["created" if is_done else "new"][kind]
        changed = counts["updated" if is_done else "changed"][kind]
        yield label + ": " + _("added"), created
        yield label + ": " + _("changed"), changed
        yield label + ": " + _("left as they were"), max(0, counts["there"][kind] - changed)
    yield _("Rows that were not taken"), counts.get("faulty_rows", 0)
    yield _("Mended"), counts.get("mended", 0)
    yield _("Left aside"), counts.get("aside", 0)
    yield _("Waiting in the conflicts"), counts.get("conflicts", 0)
