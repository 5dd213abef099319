"""Plans and checks on the server and on the phone, side by side; families beside the demo catalogue."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import portal.proposals
from portal.needs import gap
from portal.needs.household import values_of
from portal.products import catalogue_files, premium
from portal.proposals import checks, closing, people, planner
from tests.node import Node
from tests.portal.needs.families import ASSUMPTIONS, MODEL, TODAY, the_lis

ROOT = Path(__file__).resolve().parents[3]
RULESET = json.loads((Path(portal.proposals.__file__).parent / "rulesets" / "checks-1.json").read_text())
SETTINGS = RULESET["body"]
START = "2026-11-26"
YUAN = 100
WAN = 10_000 * YUAN


@cache
def catalogue() -> dict[str, Any]:
    """The demo catalogue of the repository."""
    records, blobs = catalogue_files.ours()
    return {
        "products": {f"{record['code']}@{record['version']}": record for record in records},
        "blobs": {sha: json.loads(text) for sha, text in blobs.items()},
    }


class Family:
    """Answers, and what follows from them."""

    def __init__(self, answers: dict[str, Any]):
        self.answers = answers
        self.result = gap.analyse(answers, MODEL, ASSUMPTIONS, date.fromisoformat(TODAY))
        self.people = people.persons(answers, TODAY, values_of(ASSUMPTIONS))
        self.policies = people.policies(answers)

    def plans(self, budget_fen: int, **more: Any) -> list[dict[str, Any]]:
        given = {"settings": SETTINGS, "today": TODAY, "policies": self.policies} | more
        return planner.plans(self.result, self.people, catalogue(), budget_fen, START, **given)


def lis(**answers: Any) -> Family:
    return Family(the_lis() | answers)


def coverage(product: str, insured: str, **more: Any) -> dict[str, Any]:
    """One cover as a plan has it."""
    return premium.new_coverage("c1", f"{product}@1", insured, **{"term": "y1", "pay": "y1", **more})


def plan(*coverages: dict[str, Any]) -> dict[str, Any]:
    numbered = [each | {"id": f"c{index + 1}"} for index, each in enumerate(coverages)]
    return {"id": "d", "name": "own", "mode": "year", "start": START, "coverages": numbered, "uncovered": []}


def facts(family: Family, of: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Everything in order: an agent who may sell all, an analysis of today, all consents."""
    everything = {
        "today": TODAY,
        "agent": {
            "id": "ana",
            "name": "安娜",
            "mobile": "13800000001",
            "registration": "11000001",
            "registration_status": "registered",
            "registration_expires": "2027-06-30",
            "sales_grade": 4,
        },
        "people": family.people,
        "applicant": None,
        "result": family.result,
        "analysis": {"completed_at": f"{TODAY}T02:00:00Z", "made_on": TODAY, "sensitive": True},
        "policies": family.policies,
        "consents": [
            {"purpose": "sensitive", "given": True, "at": "2026-11-25T01:00:00Z"},
            {"purpose": "child", "given": True, "at": "2026-11-25T01:00:00Z"},
        ],
        "customer": {"has_id": True, "id_expiry": "long", "city": "杭州", "name": "李雪梅", "mobile": "13900000002"},
        "colleagues": [],
        "free_text": "",
        "quotes": premium.priced(of, catalogue(), family.people, today=TODAY)["coverages"],
    }
    return everything | more


def python(call: str, *given: Any) -> Any:
    """What the server answers; the catalogue and, where it is None, the ruleset are filled in."""
    if call == "plans":
        result, family, budget, start, more = given
        return planner.plans(result, family, catalogue(), budget, start, **{"settings": SETTINGS, **more})
    if call == "closed":
        of, quotes, result, family = given
        return closing.closed(of, quotes, result, catalogue(), family)
    if call == "checks":
        of, around, settings = given
        return checks.checks(of, {"catalogue": catalogue(), **around}, settings or SETTINGS)
    module = checks if call in ("answered", "blocking") else people
    return getattr(module, call)(*given)


class Planning(Node):
    """The phone's half, in Node, with the demo catalogue at hand."""

    def __init__(self) -> None:
        super().__init__(Path(__file__).with_name("planning.js"))
        self.ask("tell", {"catalogue": catalogue(), "settings": SETTINGS})

    def ask(self, call: str, *given: Any) -> Any:
        return self.answer([call, given])
