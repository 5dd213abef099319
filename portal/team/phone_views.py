"""The phones of the unit's people: who still uses which, what waits on it, and letting one in no more."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.guards import current_agent, role
from portal.team import bp, phones
from portal.team.phones import REVOKERS, Phone
from portal.team.views import team_page, when


@bp.get("/devices")
@role(*REVOKERS)
def devices() -> str:
    """Everybody's phones."""
    found = phones.phones_of(current_agent())
    people = [
        {"name": name, "unit": unit, "phones": [_phone(phone) for phone in theirs]}
        for (_id, name, unit), theirs in groupby(found, key=lambda one: (one.agent_id, one.agent_name, one.unit_name))
    ]
    return team_page("team/devices.html", people=people, just=_just(found))


@bp.get("/devices/<uuid:device_id>/revocations")
@role(*REVOKERS)
def confirm_device_revocation(device_id: UUID) -> str:
    """Ask before a phone loses its access."""
    phone = phones.phone_or_404(current_agent(), str(device_id))
    return team_page(
        "team/revocation.html",
        phone=_phone(phone),
        name=phone.agent_name,
        revoked=phone.revoked_at is not None,
        revoke_href=url_for("team.revoke_device", device_id=phone.id),
        has_waiting=bool(phone.waiting),
        waiting=phone.waiting or 0,
    )


@bp.post("/devices/<uuid:device_id>/revocations")
@role(*REVOKERS)
def revoke_device(device_id: UUID) -> Response:
    """Twice is the same as once."""
    phone = phones.phone_or_404(current_agent(), str(device_id))
    phones.revoke(phone)
    return redirect(url_for("team.devices", revoked=phone.id), 303)  # type: ignore[return-value]


def _just(found: list[Phone]) -> str:
    """What was done a moment ago."""
    phone = next((one for one in found if one.id == request.args.get("revoked") and one.revoked_at), None)
    if phone is None:
        return ""
    return _("%(label)s of %(name)s is let in no more.", label=phone.label, name=phone.agent_name)


def _phone(phone: Phone) -> dict[str, Any]:
    more = [_("version %(build)s", build=phone.build)] if phone.build else []
    if phone.mended:
        more.append(
            ngettext("%(n)s record was put right", "%(n)s records were put right", phone.mended, n=phone.mended)
        )
    return {
        "label": phone.label,
        "seen": _("last seen %(time)s", time=when(phone.last_seen_at)) if phone.last_seen_at else _("never seen"),
        "waiting": _waiting(phone),
        "more": more,
        "revoked": phone.revoked_at is not None,
        "revoked_text": _("revoked %(time)s", time=when(phone.revoked_at)) if phone.revoked_at else "",
        "revoke_href": url_for("team.confirm_device_revocation", device_id=phone.id),
        "revoke_label": _("Revoke %(label)s", label=phone.label),
    }


def _waiting(phone: Phone) -> str:
    """What the phone had not sent when it was last heard of."""
    if not phone.waiting:
        return ""
    count = ngettext("%(num)s not sent", "%(num)s not sent", phone.waiting)
    if not phone.oldest_waiting_at:
        return count
    return _("%(count)s, the oldest from %(time)s", count=count, time=when(phone.oldest_waiting_at))
