"""Pages that hand out lists of customers. They need a connection; every file is written down before it goes out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.guards import current_agent, role
from portal.accounts.models import ROLES_WITH_BOOK
from portal.dates import SHANGHAI
from portal.errors import Problem
from portal.exports.books import (
    EVERYBODY,
    MASKED,
    OWN,
    READERS,
    REASON_MISSING,
    Entry,
    entries,
    make,
    owners_for,
    wanted,
)
from portal.pages import render
from portal.translations import msgid

bp = Blueprint("exports", __name__, url_prefix="/exports")
who_may = role(*sorted({*ROLES_WITH_BOOK, *READERS}))

PAGE = 50
SHOWN = 8
FORM_LABELS = {
    "xlsx": (msgid("Spreadsheet (.xlsx)"), msgid("customers, families and policies on three sheets")),
    "csv": (msgid("Text table (.csv)"), msgid("everything on one sheet, for other programs")),
    "vcf": (msgid("Address book (.vcf)"), msgid("names, numbers and addresses, for a phone or Outlook")),
}


@bp.get("")
@who_may
def index() -> Response:
    """The links of the app lead here."""
    return redirect(url_for(".new"), 303)  # type: ignore[return-value]


@bp.get("/new")
@who_may
def new() -> str:
    """Choose whose customers and in which form."""
    return _page({})


@bp.post("")
@who_may
def create() -> Response | tuple[str, int]:
    """The file itself. With nothing chosen it is the own book as a spreadsheet: one tap."""
    form = request.form
    try:
        asked = wanted(
            current_agent(),
            form.get("whose", OWN),
            form.get("form", "xlsx"),
            form.get("reason", ""),
            sensitive=form.get("sensitive") == "1",
        )
        file = make(current_agent(), asked)
    except Problem as problem:
        if problem.status != 422:
            raise
        return _page(form, _(problem.message)), 422
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
    return Response(file.data, content_type=file.mimetype, headers=headers)


@bp.get("/log")
@role("admin", "compliance")
def log() -> str:
    """Who took what along."""
    found = entries(before=request.args.get("before", ""), most=PAGE + 1)
    return render(
        "exports/log.html",
        lines=[_line(entry) for entry in found[:PAGE]],
        has_lines=bool(found),
        has_more=len(found) > PAGE,
        more_href=url_for(".log", before=found[PAGE - 1].export.id) if len(found) > PAGE else "",
    )


# ── models of the pages ──────────────────────────────────────────────────────


def _page(form: Any, error: str = "") -> str:
    viewer = current_agent()
    others = owners_for(viewer)
    has_own = viewer.role in ROLES_WITH_BOOK
    whose = form.get("whose", OWN if has_own else EVERYBODY)
    chosen = form.get("form", "xlsx")
    is_masked = viewer.role in MASKED
    options = [{"value": OWN, "text": _("My own customers")}] if has_own else []
    if others:
        options.append({"value": EVERYBODY, "text": _("All customers of the unit")})
    options += [{"value": agent.id, "text": agent.name} for agent in others]
    lines = [_line(entry) for entry in entries(viewer.id, most=SHOWN)]
    return render(
        "exports/new.html",
        error=error,
        has_error=bool(error),
        reason_error=bool(error) and error == _(REASON_MISSING),
        has_own=has_own,
        has_others=bool(others),
        is_masked=is_masked,
        options=[{**option, "checked": option["value"] == whose} for option in options],
        forms=[
            {"value": value, "text": _(text), "sub": _(sub), "checked": value == chosen}
            for value, (text, sub) in FORM_LABELS.items()
        ],
        reason=form.get("reason", ""),
        sensitive=form.get("sensitive") == "1",
        lines=lines,
        has_lines=bool(lines),
        back_href="/me" if has_own else "/account",
    )


def _line(entry: Entry) -> dict[str, Any]:
    export = entry.export
    when = export.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if export.owner_id == export.by_id:
        whose = _("own customers")
    else:
        whose = _("customers of %(name)s", name=entry.owner_name) if entry.owner_name else _("customers of the unit")
    facts = [when, f".{export.form}", f"{export.size / 1024:,.0f} KB"]
    facts += [_("contacts masked")] if export.masked else []
    facts += [_("with health and income")] if export.sensitive else []
    customers = export.counts["customer"]
    return {
        "by": entry.by_name,
        "whose": whose,
        "facts": " · ".join(facts),
        "reason": entry.reason,
        "has_reason": bool(entry.reason),
        "count": ngettext("%(num)s customer", "%(num)s customers", customers),
        "sha256": export.sha256[:16],
    }
