"""Forms of the office's staff: a customer, a relative, a policy. Saved field by field, as from a phone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.guards import current_agent, role
from portal.customers import idcard
from portal.dates import day_of
from portal.errors import Problem
from portal.office import bp, readings
from portal.office.customers import EDITORS, Tree, put, safe_id, tree_or_404
from portal.office.forms import Filled, Shown, Typed, add_typed, changes, shown_in
from portal.office.sections import ORDER, prepare, sections, title_of
from portal.office.views import office_page, see
from portal.translations import msgid
from sync.apply import Verdict
from sync.columns import new_id, utcnow
from sync.kinds import Row

KINDS = {"relatives": "relative", "policies": "policy"}
SAVED = msgid("Saved. The phone has it with its next sync.")
MERGED = msgid("Saved, together with what others had changed.")
ASKED = msgid("Somebody changed the same meanwhile. Both are kept; whoever has the customer decides on the phone.")


@bp.get("/customers/<uuid:customer_id>/edit")
@role(*EDITORS)
def edit_customer(customer_id: UUID) -> str:
    """The form of a customer."""
    tree = tree_or_404(current_agent(), customer_id)
    return _form(tree, "customer", tree.customer, Filled(tree.customer))


@bp.post("/customers/<uuid:customer_id>")
@role(*EDITORS)
def save_customer(customer_id: UUID) -> Response | tuple[str, int]:
    """Keep what was typed."""
    tree = tree_or_404(current_agent(), customer_id)
    return _save(tree, "customer", tree.customer)


@bp.get("/customers/<uuid:customer_id>/<any(relatives, policies):room>/new")
@role(*EDITORS)
def new_record(customer_id: UUID, room: str) -> str:
    """An empty form."""
    return _form(tree_or_404(current_agent(), customer_id), KINDS[room], None, Filled(None))


@bp.post("/customers/<uuid:customer_id>/<any(relatives, policies):room>")
@role(*EDITORS)
def create_record(customer_id: UUID, room: str) -> Response | tuple[str, int]:
    """A new relative or policy; sending the form twice makes one."""
    return _save(tree_or_404(current_agent(), customer_id), KINDS[room], None)


@bp.get("/customers/<uuid:customer_id>/<any(relatives, policies):room>/<uuid:record_id>/edit")
@role(*EDITORS)
def edit_record(customer_id: UUID, room: str, record_id: UUID) -> str:
    """The form of a relative or policy."""
    tree = tree_or_404(current_agent(), customer_id)
    row = _record_or_404(tree, KINDS[room], record_id)
    return _form(tree, KINDS[room], row, Filled(row))


@bp.post("/customers/<uuid:customer_id>/<any(relatives, policies):room>/<uuid:record_id>")
@role(*EDITORS)
def save_record(customer_id: UUID, room: str, record_id: UUID) -> Response | tuple[str, int]:
    """Keep what was typed."""
    tree = tree_or_404(current_agent(), customer_id)
    return _save(tree, KINDS[room], _record_or_404(tree, KINDS[room], record_id))


def _record_or_404(tree: Tree, kind: str, record_id: object) -> Row:
    row = tree.record(kind, str(record_id))
    if row is None:
        raise Problem(404, "not_found")
    return row


def _save(tree: Tree, kind: str, row: Row | None) -> Response | tuple[str, int]:
    typed: Typed = request.form.copy()
    add_typed(typed)
    prepare(kind, typed)
    shown = Shown.of(typed.get("_shown", ""))
    sets = changes(kind, ORDER[kind], typed, shown)
    if "id_number" in sets and sets["id_number"][1]:
        _told_by_the_card(sets, row)
    if not sets and row:
        return see(tree.id)
    row_id = row["id"] if row else safe_id(typed.get("id", ""), new_id())
    if row is None:
        sets = {name: [None, new] for name, (_old, new) in sets.items()} | {"customer_id": [None, tree.id]}
    base = {**row, "ver": min(shown.ver, row["ver"])} if row else None
    verdict = put(current_agent(), tree, kind, base, row_id, sets)
    if verdict["verdict"] == "rejected":
        return _refused(tree, kind, row, typed, verdict)
    if row is None or verdict["verdict"] == "conflict" or verdict["row"]["ver"] != row["ver"]:
        readings.note(current_agent(), tree.id, tree.owner.id, "changed")
    said = {"conflict": ASKED, "merged": MERGED}.get(verdict["verdict"], SAVED)
    return see(tree.id, _(said))


def _told_by_the_card(sets: dict[str, list[Any]], row: Row | None) -> None:
    """What the number of an ID card says is not typed again."""
    whole = {**(row or {}), **{name: new for name, (_old, new) in sets.items()}}
    try:
        said = idcard.told(whole, day_of(utcnow()))
    except TypeError:
        return
    for name, value in said.items():
        sets[name] = [(row or {}).get(name), value]


def _refused(tree: Tree, kind: str, row: Row | None, typed: Typed, verdict: Verdict) -> tuple[str, int]:
    error = verdict["error"]
    message = error["message"]
    fields = {name: messages[0] for name, messages in (error.get("fields") or {}).items() if messages}
    shown = Filled(row, typed, {name: text for name, text in fields.items() if name in ORDER[kind]})
    return _form(tree, kind, row, shown, "" if shown.errors else _(message)), 422


def _form(tree: Tree, kind: str, row: Row | None, filled: Filled, error: str = "") -> str:
    home = url_for("office.customer", customer_id=tree.id)
    room = {"relative": "/relatives", "policy": "/policies"}.get(kind, "")
    typed = filled.typed
    parts = sections(kind, tree, filled)
    wrong = [{"href": f"#{one['id']}", "text": one["label"]}
             for part in parts for one in part["fields"] if one["has_error"]]  # fmt: skip
    count = ngettext("%(n)s field needs another look.", "%(n)s fields need another look.", len(wrong), n=len(wrong))
    return office_page(
        "office/form.html",
        title=_title(kind, row),
        lead=_("Customer of %(name)s, %(unit)s", name=tree.owner.name, unit=tree.owner.unit.name),
        action=f"{home}{room}/{row['id']}" if row and room else f"{home}{room}",
        back_href=home,
        back_text=tree.customer["name"],
        id=row["id"] if row else safe_id(typed.get("id", "") if typed else "", new_id()),
        # What came back with a message still says what its author had seen first.
        shown=typed.get("_shown", "") if typed else shown_in(kind, row, ORDER[kind]),
        has_errors=bool(wrong or error),
        error_text=error or count,
        errors=wrong,
        sections=parts,
    )


def _title(kind: str, row: Row | None) -> str:
    if row is None:
        return _("New family member") if kind == "relative" else _("New policy")
    name = title_of(kind, row)
    return _("Details of %(name)s", name=name) if kind == "customer" else name
