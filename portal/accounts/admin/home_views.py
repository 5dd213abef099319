"""/admin: where the administrator begins, with what needs a look."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_babel import ngettext
from sqlalchemy import func, select

from portal.accounts import settings, two_step
from portal.accounts.admin import bp
from portal.accounts.admin.frame import day_text, today
from portal.accounts.guards import current_agent, role
from portal.accounts.models import ROLES_WITH_BOOK, Agent, Unit
from portal.dates import add_days
from portal.pages import render
from sync.database import db
from sync.models import Device

MOST_ENDING = 8


@bp.get("")
@role("admin")
def index() -> str:
    """Everything that is administered, by its number."""
    at_work = select(func.count()).select_from(Agent).where(Agent.disabled_at.is_(None))
    live = select(func.count()).select_from(Device).where(Device.kind == "phone", Device.revoked_at.is_(None))
    units, people, phones = (
        db.session.scalar(count) or 0 for count in (select(func.count()).select_from(Unit), at_work, live)
    )
    return render(
        "admin/index.html",
        units=ngettext("%(num)s unit", "%(num)s units", units),
        people=ngettext("%(num)s at work", "%(num)s at work", people),
        phones=ngettext("%(num)s in use", "%(num)s in use", phones),
        ending=_ending(),
        has_products="products.index" in current_app.view_functions,
        lacks_two_step=not two_step.is_on(current_agent().id),
        is_alone=_admins() == 1,
    )


def _ending() -> list[dict[str, Any]]:
    """Whose registration ends soon, or has ended."""
    until = add_days(today(), settings.value_of("registration_days"))
    query = select(Agent).where(
        Agent.disabled_at.is_(None), Agent.registration_expires <= until, Agent.role.in_(ROLES_WITH_BOOK)
    )
    found = db.session.scalars(query.order_by(Agent.registration_expires, Agent.id).limit(MOST_ENDING))
    return [
        {
            "href": url_for("admin.person", agent_id=agent.id),
            "name": agent.name,
            "unit": agent.unit.name,
            "text": day_text(agent.registration_expires) if agent.registration_expires else "",
            "is_over": agent.registration_expires is not None and agent.registration_expires < today(),
        }
        for agent in found
    ]


def _admins() -> int:
    query = select(func.count()).select_from(Agent).where(Agent.role == "admin", Agent.disabled_at.is_(None))
    return db.session.scalar(query) or 0
