"""What the server knows around a plan: the agent, the policies held, consents; the facts that `checks` looks at.

The phone gathers the same in `static/js/offline/proposal.js`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Agent
from portal.customers import policy_dates
from portal.proposals import people
from sync.database import glance, table_of
from sync.kinds import Lookup, Row

YEARLY = {"month": 12, "quarter": 4, "half": 2, "year": 1, "single": 0}
AGENTS = table_of(Agent).c
AGENT_COLUMNS = ("id", "name", "registration", "registration_status", "registration_expires", "sales_grade")


def agent_of(agent_id: str) -> dict[str, Any]:
    """The agent's name, registration and grade as the office has them; empty for nobody."""
    query = sa.select(*(AGENTS[name] for name in AGENT_COLUMNS)).where(AGENTS.id == agent_id)
    with glance() as connection:
        found = connection.execute(query).mappings().first()
    if found is None:
        return {}
    expires = found["registration_expires"]
    return {**found, "registration_expires": expires.isoformat() if expires else None}


def facts_of(
    snapshot: Mapping[str, Any], analysis: Row | None, lookup: Lookup, catalogue: Mapping[str, Any], made_on: str
) -> dict[str, Any]:
    """Everything around a frozen plan. `made_on`: the day it was made, in Shanghai."""
    customer_id = snapshot["customer"]["id"]
    customer = lookup("customer", customer_id) or {}
    answers = (analysis or {}).get("answers") or {}
    return {
        "today": made_on,
        "agent": agent_of(lookup.agent_id),
        "people": snapshot["people"],
        "applicant": snapshot["applicant"],
        "result": (analysis or {}).get("result_server"),
        "analysis": analysis
        and {
            "completed_at": analysis["completed_at"],
            "made_on": analysis["made_on"],
            "sensitive": people.is_sensitive(answers),
        },
        "policies": held(lookup.children("policy", customer_id), answers, customer_id, made_on),
        "consents": lookup.children("consent", customer_id),
        "customer": {
            "id_type": customer.get("id_type"),
            "has_id": bool(customer.get("id_number")),
            "id_expiry": customer.get("id_expiry"),
            "city": customer.get("city"),
            "mobile": customer.get("mobile"),
            "name": customer.get("name"),
            "risk_test": None,
            "own_policy": None,
        },
        "free_text": snapshot["note"],
        "quotes": {each["id"]: each for each in snapshot["coverages"]},
        "catalogue": catalogue,
    }


def held(rows: Sequence[Row], answers: Mapping[str, Any], customer_id: str, today: str) -> list[dict[str, Any]]:
    """Every policy that is known: of the book, and those only the analysis was told of."""
    kept = [_kept(row, customer_id, today) for row in rows]
    ids = {each["id"] for each in kept}
    return kept + [each for each in people.policies(answers) if each["id"] not in ids]


def _kept(row: Row, customer_id: str, today: str) -> dict[str, Any]:
    day, wait = date.fromisoformat(today), policy_dates.waiting_end(row)
    effective, expiry, insured = row.get("effective_date"), row.get("expiry_date"), row.get("insured")
    return {
        "id": row["id"],
        "insured": insured.get("id") if insured else customer_id,
        "kind": row["kind"],
        "sum_fen": row.get("sum_assured_fen") or 0,
        "premium_fen": (row.get("premium_fen") or 0) * YEARLY.get(row.get("pay_mode") or "year", 1),
        "insurer": row.get("insurer") or "",
        "expiry": expiry,
        "lapsed": not policy_dates.protects(row, day),
        "waiting_until": wait.isoformat() if wait and wait > day else None,
        "group": row.get("group") is True,
        "allowance": False,
        "guaranteed": bool(row.get("guaranteed_until") and row["guaranteed_until"] >= today),
        "years": int(expiry[:4]) - int(effective[:4]) if expiry and effective else None,
        "surrender": row.get("termination") == "surrendered",
        "ended_on": row.get("terminated_on"),
    }
