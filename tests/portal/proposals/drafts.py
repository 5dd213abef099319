"""A plan for the Lis of the needs tests, out of the catalogue that the repository carries, and what it is frozen with."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

from portal.needs import gap, questions
from portal.needs.household import values_of
from portal.products.catalogue_files import ours
from portal.proposals import people
from sync.columns import new_id
from tests.portal.needs.families import ASSUMPTIONS, MODEL, QUESTIONS, TODAY, the_lis

WAN = 1_000_000
MADE_AT = "2026-11-25T02:30:00.000Z"
START = "2026-11-26"
ALL, FIRST = [], [1]
TITLES = {line["id"]: line for line in MODEL["lines"]}


def catalogue() -> dict[str, Any]:
    """Products by code@version and their tables."""
    records, blobs = ours()
    return {
        "products": {f"{each['code']}@{each['version']}": each for each in records},
        "blobs": {name: json.loads(text) for name, text in blobs.items()},
    }


CATALOGUE = catalogue()
BODIES = {name: each["body"] for name, each in CATALOGUE["products"].items()}


def coverage(number: int, product: str, insured: str, term: str, pay: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"c{number}", "product": product, "insured": insured, "term": term, "pay": pay, "sum_fen": None,
        "premium_fen": None, "plan": None, "extras": [], "items": {}, "factors": {}, "rider_of": None, **more,
    }  # fmt: skip


def small_plan() -> dict[str, Any]:
    """Term life for the husband and medical cover for the wife."""
    return {
        "start": START,
        "mode": "year",
        "coverages": [
            coverage(1, "DF-T1@1", "gang", "y20", "y20", sum_fen=100 * WAN),
            coverage(2, "DF-M1@1", "mei", "y1", "y1", sum_fen=200 * WAN),
        ],
    }


def large_plan() -> dict[str, Any]:
    """Cover of every kind, for the whole family."""
    return {
        "start": START,
        "mode": "year",
        "coverages": [
            coverage(1, "DF-T1@1", "gang", "y20", "y20", sum_fen=120 * WAN),
            coverage(2, "DF-C1@1", "gang", "life", "y20", sum_fen=50 * WAN),
            coverage(3, "DF-M1@1", "gang", "y1", "y1", sum_fen=200 * WAN),
            coverage(4, "DF-M1@1", "mei", "y1", "y1", sum_fen=200 * WAN),
            coverage(5, "DF-C1@1", "mei", "life", "y20", sum_fen=30 * WAN),
            coverage(6, "DF-R1@1", "mei", "life", "y10", sum_fen=2 * WAN),
            coverage(7, "DF-W2@1", "mei", "life", "y5", premium_fen=1 * WAN),
            coverage(8, "DF-E1@1", "yue", "a21", "y10", sum_fen=10 * WAN),
            coverage(9, "DF-WV@1", "yue", "y10", "y10", rider_of="c8"),
            coverage(10, "DF-A1@1", "bo", "y1", "y1", sum_fen=20 * WAN, extras=["medical"]),
            coverage(11, "DF-A2@1", "lan", "y1", "y1", plan="p2"),
            coverage(12, "DF-V1@1", "gang", "y1", "y1", items={"third_party": "3m", "seats": 4}, factors={"ncd": 7000}),
        ],
    }


def given(plan: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What a plan for the Lis is frozen with."""
    day = date.fromisoformat(TODAY)
    values = values_of(ASSUMPTIONS)
    answers = the_lis()
    result = gap.analyse(questions.counted(QUESTIONS, answers, values, day), MODEL, ASSUMPTIONS, day)
    analysis = {
        "id": new_id(), "made_on": TODAY, "questionnaire": "family@1", "assumptions": "CN-2026@1",
        "model": "household@1", "score": result["score"],
    }  # fmt: skip
    return {
        "id": new_id(), "revision": 1, "supersedes": None, "customer": {"id": new_id(), "name": "李雪梅"},
        "agent": {"id": new_id(), "name": "沈清越", "registration": "00001234567800000000"}, "analysis": analysis,
        "made_at": MADE_AT, "plan": copy.deepcopy(plan), "people": people.persons(answers, TODAY, values),
        "applicant": "mei", "catalogue": CATALOGUE, "result": result, "ruleset": "checks@1", "checks": [], "note": "",
        **more,
    }  # fmt: skip
