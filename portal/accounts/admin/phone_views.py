"""/admin/devices: the phones of everybody, and letting one in no more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, func, or_, select

from portal.accounts import people
from portal.accounts.admin import bp
from portal.accounts.admin.frame import options, when
from portal.accounts.arriving import go
from portal.accounts.devices import sign_out_phone
from portal.accounts.guards import current_agent, role
from portal.accounts.models import Agent
from portal.errors import Problem
from portal.pages import render
from portal.translations import msgid
from sync.database import db
from sync.models import Device, DeviceCard

PAGE = 50
STATES = (
    ("live", msgid("In use")),
    ("waiting", msgid("Not sent")),
    ("revoked", msgid("Revoked")),
    ("all", msgid("All")),
)


@bp.get("/devices")
@role("admin")
def phones() -> str:
    """Everybody's phones, those heard of last first."""
    q = " ".join(request.args.get("q", "").split())[:100].replace("\0", "")
    state = request.args.get("state", "")
    state = state if state in dict(STATES) else "live"
    page = request.args.get("page", "")
    place = int(page) if page.isdecimal() and page.isascii() and len(page) < 6 else 0
    fitting = _fitting(q, state)
    count = db.session.scalar(select(func.count()).select_from(_joined(fitting, Device.id).subquery())) or 0
    order = (DeviceCard.last_seen_at.desc().nulls_last(), Device.id.desc())
    found = db.session.execute(
        _joined(fitting, Device, DeviceCard, Agent).order_by(*order).offset(place * PAGE).limit(PAGE)
    )

    def href(place: int) -> str:
        return url_for("admin.phones", q=q, state=state, page=place)

    return render(
        "admin/phones_results.html" if "HX-Request" in request.headers else "admin/phones.html",
        q=q,
        has_q=q != "",
        states=options([(value, _(text)) for value, text in STATES], state),
        count=ngettext("%(num)s phone", "%(num)s phones", count),
        rows=[_phone(*each) for each in found],
        just=_just(),
        has_before=place > 0,
        before_href=href(place - 1),
        has_after=(place + 1) * PAGE < count,
        after_href=href(place + 1),
    )


@bp.get("/devices/<uuid:device_id>/revocations")
@role("admin")
def confirm_revocation(device_id: UUID) -> str:
    """Ask before a phone loses its access."""
    phone = _phone(*_or_404(device_id))
    return render("admin/revocation.html", phone=phone, back_href=_back(phone["person_href"]))


@bp.post("/devices/<uuid:device_id>/revocations")
@role("admin")
def revoke(device_id: UUID) -> Any:
    """Twice is the same as once."""
    device, _card, _owner = _or_404(device_id)
    sign_out_phone(device, current_agent())
    return go(url_for("admin.phones", revoked=device.id))


def phones_of(agent_id: str) -> list[dict[str, Any]]:
    """The phones of one person, the newest first."""
    query = _joined([Device.agent == agent_id], Device, DeviceCard, Agent).order_by(
        Device.revoked_at.is_not(None), Device.created_at.desc()
    )
    return [_phone(*found) for found in db.session.execute(query)]


def _joined(fitting: list[ColumnElement[bool]], *what: Any) -> Any:
    query = select(*what).select_from(Device).join(Agent, Agent.id == Device.agent)
    return query.outerjoin(DeviceCard, DeviceCard.id == Device.id).where(Device.kind == "phone", *fitting)


def _fitting(q: str, state: str) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if state == "revoked":
        wanted.append(Device.revoked_at.is_not(None))
    elif state != "all":
        wanted.append(Device.revoked_at.is_(None))
    if state == "waiting":
        wanted.append(DeviceCard.waiting > 0)
    if q:
        ways = [
            Agent.name.contains(q, autoescape=True),
            Agent.username.contains(people.folded(q), autoescape=True),
            Device.label.contains(q, autoescape=True),
        ]
        wanted.append(or_(*ways))
    return wanted


def _or_404(device_id: UUID) -> tuple[Device, DeviceCard | None, Agent]:
    found = db.session.execute(_joined([Device.id == str(device_id)], Device, DeviceCard, Agent)).first()
    if found is None:
        raise Problem(404, "not_found")
    return found[0], found[1], found[2]


def _just() -> str:
    """What was done a moment ago."""
    device_id = request.args.get("revoked", "")[:36].replace("\0", "")
    found = db.session.execute(_joined([Device.id == device_id], Device, Agent)).first() if device_id else None
    if found is None or found[0].revoked_at is None:
        return ""
    return _("%(label)s of %(name)s is let in no more.", label=found[0].label, name=found[1].name)


def _phone(device: Device, card: DeviceCard | None, owner: Agent) -> dict[str, Any]:
    seen = card.last_seen_at if card else None
    waiting = (card.waiting if card else None) or 0
    return {
        "label": device.label,
        "name": owner.name,
        "unit": owner.unit.name,
        "seen": _("last seen %(time)s", time=when(seen)) if seen else _("never seen"),
        "waiting": ngettext("%(num)s not sent", "%(num)s not sent", waiting) if waiting else "",
        "count": waiting,
        "build": _("version %(build)s", build=card.build) if card and card.build else "",
        "revoked": device.revoked_at is not None,
        "revoked_text": _("revoked %(time)s", time=when(device.revoked_at)) if device.revoked_at else "",
        "href": url_for("admin.confirm_revocation", device_id=device.id),
        "revoke_label": _("Revoke %(label)s", label=device.label),
        "person_href": url_for("admin.person", agent_id=owner.id),
    }


def _back(person_href: str) -> str:
    """To the person's page for who came from there."""
    return person_href if request.args.get("from") == "person" else url_for("admin.phones")
