"""What a leader's program may ask for: `docs/team.md` tells it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, request

from portal.accounts.guards import current_agent, session_or_basic
from portal.errors import Problem
from portal.idempotency import once
from portal.team import phones
from portal.team.reassignments import GIVERS, reassign
from portal.translations import msgid
from sync.columns import instant_text

bp = Blueprint("team_api", __name__, url_prefix="/api")

#: An id and some air.
MAX_BODY = 4096
NO_AGENT = msgid("Name the new agent by id.")


@bp.post("/customers/<uuid:customer_id>/reassignments")
@session_or_basic(*GIVERS, scope="customers:reassign")
@once(MAX_BODY)
def create_reassignment(customer_id: UUID) -> tuple[dict[str, Any], int]:
    """Give one customer to another agent. Twice is the same as once."""
    made, now = reassign(current_agent(), str(customer_id), _agent_of(_asked()))
    answer = {
        "id": made["id"],
        "customer": made["tree_id"],
        "from": made["from_id"],
        "to": made["to_id"],
        "by": made["by_id"],
        "at": instant_text(made["at"]),
        "moved": now,
    }
    return answer, 201 if now else 200


@bp.post("/devices/<uuid:device_id>/revocations")
@session_or_basic(scope="devices:revoke")
@once(MAX_BODY)
def create_revocation(device_id: UUID) -> tuple[dict[str, Any], int]:
    """Let a phone in no more. Twice is the same as once."""
    phone = phones.phone_or_404(current_agent(), str(device_id))
    now = phones.revoke(phone)
    answer = {
        "device": phone.id,
        "agent": phone.agent_id,
        "revoked_at": instant_text(phones.revoked_at(phone.id)),
        "revoked": now,
    }
    return answer, 201 if now else 200


def _asked() -> dict[str, Any]:
    """The JSON object of the request. Raises Problem."""
    if not request.is_json:
        raise Problem(415, "unsupported_media_type")
    try:
        asked = request.get_json(silent=True)
    except RecursionError:  # nested so deeply that it never was meant for us
        asked = None
    if not isinstance(asked, dict):
        raise Problem(400, "bad_request")
    return asked


def _agent_of(asked: dict[str, Any]) -> str:
    """The id of an agent as it is stored. What is no id is nobody's."""
    said = asked.get("agent")
    if not isinstance(said, str) or not said:
        raise Problem(422, "agent_missing", NO_AGENT, fields={"agent": [NO_AGENT]})
    try:
        return str(UUID(said))
    except ValueError:
        raise Problem(404, "not_found") from None
