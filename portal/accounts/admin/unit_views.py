"""/admin/units: branches and teams as a tree."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from portal.accounts import office, units
from portal.accounts.admin import bp
from portal.accounts.admin.frame import CHANGED_MEANWHILE, field, options, person_tags, role_text, said
from portal.accounts.arriving import go
from portal.accounts.guards import current_agent, role
from portal.accounts.models import Agent, NotAdded, Unit
from portal.accounts.office import Stale
from portal.accounts.units import Branch
from portal.pages import render
from sync.database import db

MOST_PEOPLE = 50


@bp.get("/units")
@role("admin")
def unit_tree() -> str:
    """All units."""
    return render("admin/units.html", branches=[_branch(each) for each in units.tree()])


@bp.get("/units/new")
@role("admin")
def new_unit() -> str:
    """A form for another one."""
    return _new_page(request.args.get("parent", ""), "", {})


@bp.post("/units")
@role("admin")
def add_unit() -> Any:
    """Another unit, below one or at the top."""
    name, above = request.form.get("name", ""), request.form.get("parent", "")
    try:
        with office.change() as session:
            parent = _parent(session, above)
            made = units.add_unit(session, name, parent, current_agent().id)
    except NotAdded as fault:
        return _new_page(above, name, said(fault)), 422
    return go(url_for("admin.unit", unit_id=made.id))


@bp.get("/units/<uuid:unit_id>")
@role("admin")
def unit(unit_id: UUID) -> str:
    """One unit: what stands below it and who is in it."""
    found = units.unit_or_404(unit_id)
    below = db.session.scalars(select(Unit).where(Unit.parent_id == found.id).order_by(Unit.name, Unit.id)).all()
    query = (
        select(Agent).where(Agent.unit_id == found.id).order_by(Agent.disabled_at.is_not(None), Agent.name, Agent.id)
    )
    people = db.session.scalars(query.limit(MOST_PEOPLE + 1)).all()
    return render(
        "admin/unit.html",
        name=found.name,
        above=units.full_name(db.session.get_one(Unit, found.parent_id)) if found.parent_id else "",
        edit_href=url_for("admin.edit_unit", unit_id=found.id),
        new_unit_href=url_for("admin.new_unit", parent=found.id),
        new_person_href=url_for("admin.new_person", unit=found.id),
        below=[{"href": url_for("admin.unit", unit_id=each.id), "name": each.name} for each in below],
        people=[_person(agent) for agent in people[:MOST_PEOPLE]],
        has_more=len(people) > MOST_PEOPLE,
        more_href=url_for("admin.people_list", unit=found.id),
    )


@bp.get("/units/<uuid:unit_id>/edit")
@role("admin")
def edit_unit(unit_id: UUID) -> str:
    """Its name, and where it stands."""
    found = units.unit_or_404(unit_id)
    return _edit_page(found, found.name, found.parent_id or "", {})


@bp.post("/units/<uuid:unit_id>")
@role("admin")
def change_unit(unit_id: UUID) -> Any:
    """Rename and move. All that stands below moves along."""
    found = units.unit_or_404(unit_id)
    name, above, by = request.form.get("name", ""), request.form.get("parent", ""), current_agent().id
    try:
        with office.change() as session:
            kept = session.get_one(Unit, found.id)
            office.hold(request.form.get("seen", ""), units.state_of(kept))
            parent = _parent(session, above)
            units.move_unit(session, kept, parent, by)
            session.flush()
            units.rename_unit(session, kept, name, by)
    except NotAdded as fault:
        return _edit_page(found, name, above, said(fault)), 422
    except Stale:
        db.session.rollback()
        return _edit_page(units.unit_or_404(unit_id), name, above, {"": _(CHANGED_MEANWHILE)}), 409
    return go(url_for("admin.unit", unit_id=found.id))


def unit_options(chosen: str, *, but: Unit | None = None) -> list[dict[str, Any]]:
    """Every unit with the names from the top down, except one and what stands below it."""
    choices = [
        (branch.unit.id, names)
        for branch, names in units.walk(units.tree())
        if not (but and branch.unit.is_within(but))
    ]
    return options(choices, chosen)


def _parent(session: Any, unit_id: str) -> Unit | None:
    if not unit_id:
        return None
    parent = session.get(Unit, unit_id)
    if parent is None:
        raise NotAdded(units.NO_SUCH_UNIT, "parent", name=unit_id[:40])
    return parent


def _branch(branch: Branch) -> dict[str, Any]:
    return {
        "href": url_for("admin.unit", unit_id=branch.unit.id),
        "name": branch.unit.name,
        "people": ngettext("%(num)s person", "%(num)s people", branch.people_below),
        "below": [_branch(each) for each in branch.below],
    }


def _person(agent: Agent) -> dict[str, Any]:
    return {
        "href": url_for("admin.person", agent_id=agent.id),
        "initial": agent.name[:1],
        "name": agent.name,
        "sub": role_text(agent.role),
        "tags": person_tags(agent),
    }


def _name_field(value: str, errors: dict[str, str]) -> dict[str, Any]:
    return field("name", _("Name"), value, errors, required=True, maxlength=units.LONGEST)


def _above_field(chosen: str, errors: dict[str, str], but: Unit | None = None) -> dict[str, Any]:
    top = {"value": "", "text": _("At the top"), "checked": not chosen}
    return field("parent", _("Stands below"), chosen, errors, options=[top, *unit_options(chosen, but=but)])


def _new_page(above: str, name: str, errors: dict[str, str]) -> str:
    return render("admin/unit_new.html", name=_name_field(name, errors), above=_above_field(above, errors))


def _edit_page(found: Unit, name: str, above: str, errors: dict[str, str]) -> str:
    stands = units.full_name(db.session.get_one(Unit, found.parent_id)) if found.parent_id else _("At the top")
    return render(
        "admin/unit_edit.html",
        title=found.name,
        stands=stands,
        action=url_for("admin.change_unit", unit_id=found.id),
        back_href=url_for("admin.unit", unit_id=found.id),
        seen=office.print_of(units.state_of(found)),
        name=_name_field(name, errors),
        above=_above_field(above, errors, found),
        stale=errors.get("", ""),
    )
