"""Finding customers of the unit, and a customer's page: whole for the staff, masked for leaders until they say why."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, get_flashed_messages, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.guards import current_agent, role
from portal.accounts.models import ROLES_WITH_BOOK, Agent
from portal.customers.labels import label_of
from portal.customers.policy_dates import status
from portal.dates import day_of
from portal.office import bp, readings
from portal.office.customers import EDITORS, MASKED, READERS, Tree, books_for, tree_or_404
from portal.office.finding import Hit, find
from portal.office.sections import ORDER, title_of, word
from portal.pages import render
from portal.team.books import sound
from portal.team.escrow_words import About, facts, has_private
from portal.team.views import TAB
from portal.translations import msgid
from sync.columns import utcnow
from sync.kinds import Row

LONGEST_REASON = 500
NO_REASON = msgid("Say why you need to see it.")
TONES = {"in_force": "good", "grace": "warn", "suspended": "warn"}
WHY = {
    "mobile": msgid("mobile %(text)s"),
    "plate": msgid("plate %(text)s"),
    "policy": msgid("policy %(text)s"),
    "family": msgid("family: %(text)s"),
}


@bp.get("")
@role(*READERS)
def index() -> str:
    """Who is looked for?"""
    return _search_page("", "")


@bp.post("/results")
@role(*READERS)
def results() -> str:
    """Who fits. By POST: names and numbers do not belong in addresses."""
    q, whose = request.form.get("q", "")[:100], request.form.get("whose", "")
    if "HX-Request" not in request.headers:
        return _search_page(q, whose)
    return office_page("office/results.html", **_found(q, whose))


@bp.get("/customers/<uuid:customer_id>")
@role(*READERS)
def customer(customer_id: UUID) -> str:
    """A customer with family and policies; that somebody looked is written down."""
    return _card(tree_or_404(current_agent(), customer_id))


@bp.post("/customers/<uuid:customer_id>/openings")
@role(*MASKED)
def open_customer(customer_id: UUID) -> Response | tuple[str, int]:
    """Show what is masked for half an hour; why is written down. Twice is the same as once."""
    viewer = current_agent()
    tree = tree_or_404(viewer, customer_id)
    reason = " ".join(request.form.get("reason", "").replace("\0", "").split())[:LONGEST_REASON]
    if not reason:
        return _card(tree, reason_error=_(NO_REASON)), 422
    if tree.owner.id != viewer.id and not readings.is_open(viewer, tree.id):
        readings.note(viewer, tree.id, tree.owner.id, "opened", reason.encode("utf-8", "replace").decode())
    return see(tree.id)


def office_page(template: str, **model: Any) -> str:
    """A page of this room; leaders keep the tabs of their phone's pages."""
    agent = current_agent()
    said = get_flashed_messages()
    toast = {"text": said[-1] if said else "", "undo_href": "", "has_undo": False}
    frame = {"tabs": TAB, "has_tabs": agent.has_book, "has_toast": bool(said), "toast": toast}
    return render(template, shell_with=frame, **model)


def see(customer_id: str, toast: str = "") -> Response:
    """To the customer's page."""
    if toast:
        flash(toast)
    return redirect(url_for("office.customer", customer_id=customer_id), 303)  # type: ignore[return-value]


# ── models of the pages ──────────────────────────────────────────────────────


def _search_page(q: str, whose: str) -> str:
    viewer = current_agent()
    back_href, back_text = ("/team", _("Team")) if viewer.role in ROLES_WITH_BOOK else ("/account", _("Account"))
    return office_page(
        "office/index.html",
        unit_name=viewer.unit.name,
        edits=viewer.role in EDITORS,
        sees_log=viewer.role == "compliance",
        owners=_owners(viewer, whose),
        back_href=back_href,
        back_text=back_text,
        **_found(q, whose),
    )


def _owners(viewer: Agent, whose: str) -> dict[str, Any]:
    people = [agent for agent in books_for(viewer).values() if agent.role in ROLES_WITH_BOOK]
    options = [{"value": "", "text": _("Everybody's"), "checked": not whose}]
    options += [
        {"value": agent.id, "text": agent.name, "checked": agent.id == whose}
        for agent in sorted(people, key=lambda agent: (sound(agent.name), agent.id))
    ]
    silent = {
        "has_description": False,
        "described_by": "",
        "has_error": False,
        "error": "",
        "has_hint": False,
        "hint": "",
    }
    return {"id": "whose", "name": "whose", "label": _("Whose customers"), "options": options, **silent}


def _found(q: str, whose: str) -> dict[str, Any]:
    hits, total = find(current_agent(), q, whose)
    return {
        "q": q,
        "has_q": q != "",
        "is_asked": bool(q.strip() or whose),
        "rows": [_row(hit) for hit in hits],
        "count": ngettext("%(num)s customer", "%(num)s customers", total),
        "has_more": total > len(hits),
    }


def _row(hit: Hit) -> dict[str, Any]:
    why = _(WHY[hit.field], text=hit.text) if hit.field in WHY else ""
    return {
        "href": url_for("office.customer", customer_id=hit.id),
        "initial": hit.name[:1],
        "name": hit.name,
        "sub": " · ".join(filter(None, [hit.owner, hit.city, why])),
    }


def _card(tree: Tree, reason_error: str = "") -> str:
    viewer = current_agent()
    edits, own = viewer.role in EDITORS, tree.owner.id == viewer.id
    opened = edits or own or readings.is_open(viewer, tree.id)
    if not own and not reason_error:
        readings.note(viewer, tree.id, tree.owner.id, "whole" if opened else "card")
    home = url_for("office.customer", customer_id=tree.id)
    hidden = any(has_private(_as_edit("customer", row), "customer") for row in [tree.customer])
    hidden = hidden or any(has_private(_as_edit("relative", row), "relative") for row in tree.relatives)
    hidden = hidden or any(has_private(_as_edit("policy", row), "policy") for row in tree.policies)
    return office_page(
        "office/show.html",
        name=tree.customer["name"],
        initial=tree.customer["name"][:1],
        sub=_("Customer of %(name)s, %(unit)s", name=tree.owner.name, unit=tree.owner.unit.name),
        has_left=tree.owner.disabled_at is not None,
        edits=edits,
        is_masked=not opened and hidden,
        reason_error=reason_error,
        open_href=f"{home}/openings",
        edit_href=f"{home}/edit",
        add_relative_href=f"{home}/relatives/new",
        add_policy_href=f"{home}/policies/new",
        facts=_facts("customer", tree.customer, tree, opened),
        conflicts=[_conflict(tree, row) for row in tree.conflicts],
        family=[_relative(row, tree, opened, home) for row in tree.relatives],
        policies=[_policy(row, tree, opened, home) for row in tree.policies],
    )


def _as_edit(kind: str, row: Row) -> dict[str, Any]:
    said = {name: [None, row[name]] for name in ORDER[kind] if row.get(name) not in (None, [], "")}
    return {"op": "update", "kind": kind, "set": said}


def _facts(kind: str, row: Row, tree: Tree, opened: bool) -> list[dict[str, Any]]:
    edit = _as_edit(kind, row)
    edit["set"].pop("beneficiaries", None)
    if kind == "customer":
        edit["set"].pop("name", None)
    return facts(edit, About(kind, tree.customer["name"], ""), tree.names, opened=opened)


def _conflict(tree: Tree, row: Row) -> str:
    field = (row["field"] or "").partition(".")[0]
    what = _(label_of(row["record_kind"], field)) if field else _("Whether it stays")
    names = list(dict.fromkeys(filter(None, [row["author_name"], row["theirs_name"] or row["theirs_label"]])))
    record = tree.record(row["record_kind"], row["record_id"]) if row["record_kind"] in ORDER else None
    about = title_of(row["record_kind"], record) if record else tree.customer["name"]
    said = {"what": what, "about": about, "names": _(" and ").join(names), "owner": tree.owner.name}
    if len(names) == 1:
        return _("%(what)s of %(about)s: entered in two ways by %(names)s. %(owner)s decides on the phone.", **said)
    return _("%(what)s of %(about)s: entered differently by %(names)s. %(owner)s decides on the phone.", **said)


def _relative(row: Row, tree: Tree, opened: bool, home: str) -> dict[str, Any]:
    relation = word("relation", row["relation"])
    return {
        "text": row["name"],
        "sub": relation,
        "facts": _facts("relative", row, tree, opened),
        "edit_href": f"{home}/relatives/{row['id']}/edit",
        "status": "",
        "tone": "",
    }


def _policy(row: Row, tree: Tree, opened: bool, home: str) -> dict[str, Any]:
    state = status(row, day_of(utcnow()))
    return {
        "text": title_of("policy", row),
        "sub": " · ".join(filter(None, [word("kind", row["kind"]), row["insurer"]])),
        "facts": [*_facts("policy", row, tree, opened), *_heirs(row, tree)],
        "edit_href": f"{home}/policies/{row['id']}/edit",
        "status": word("status", state),
        "tone": TONES.get(state, ""),
    }


def _heirs(row: Row, tree: Tree) -> list[dict[str, Any]]:
    lines = row["beneficiaries"] or []
    said = [
        f"{line['ref'].get('name') or tree.names.get(line['ref'].get('id'), _('somebody else'))} {line['share_bp'] / 100:g}%"
        for line in lines
    ]
    text = ", ".join(said) or _("By law")
    return [{"label": _("Beneficiaries"), "before": "", "text": text, "masked": False}]
