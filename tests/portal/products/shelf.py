"""A small shelf of products of every form of price, with figures a person can work out in the head."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

SHELF: dict[str, Any] = {"products": {}, "blobs": {}}
LIMITS = {"min_fen": None, "max_fen": None, "step_fen": None}
MODES = {"single": 10000, "year": 10000, "half": 5200, "quarter": 2650, "month": 900}


def _put(
    code: str, body: dict[str, Any], version: int = 1, since: str = "2026-01-01", until: str | None = None
) -> None:
    whole = {"role": "main", "mains": [], "modes": MODES, "values": None, "benefits": [], "illustration": None, **body}
    record = {"code": code, "version": version, "from_date": since, "to_date": until, "body": whole}
    SHELF["products"][f"{code}@{version}"] = record


SHELF["blobs"]["term"] = {
    "v": 1,
    "cells": {
        # 30 to 33; at 33 the term would be too long.
        "y20|y20": {"m": [30, [124, 133, 143, None]], "f": [30, [53, 57, 61, 66]]},
        "y20|single": {"m": [30, [2005, 2105]], "f": [30, [905]]},
    },
}
SHELF["blobs"]["waiver"] = {"v": 1, "cells": {"|y20": {"m": [30, [2552, 2700]], "f": [30, [2410, 2500]]}}}
SHELF["blobs"]["saved"] = {
    "v": 1,
    "cells": {"life|y3": {"x": [0, [[61880, 151778, 280000, 300000]]]}},
    "reserves": {"life|y3": {"x": [0, [[70000, 160000, 290000, 310000]]]}},
}
SHELF["blobs"]["grown"] = {"v": 1, "cells": {"y20|y20": {"m": [30, [[1, 3, 5]]], "f": [30, [[]]]}}}

TERM = {
    "chooses": "sum", "terms": ["y20", "a60"], "pays": ["y20", "single"], "values": "grown",
    "entry": {"min_age": 18, "max_age": 60, "max_end_age": 75, "max_pay_end_age": 70, "occupations": [1, 2, 3, 4]},
    "limits": {"min_fen": 10_000_000, "max_fen": 300_000_000, "step_fen": 1_000_000, "group": "death", "income_multiple": 20,
               "no_exam": [[40, 200_000_000], [None, 50_000_000]]},
    "price": {"form": "table", "rates": "term"},
    "benefits": [{"trigger": "death", "of": "sum", "bp": 10000, "ages": [18, None]}],
}  # fmt: skip
_put("T", TERM, 1, until="2026-06-30")
_put("T", TERM, 2, since="2026-07-01")
_put("T", TERM, 3, since="2027-01-01")
_put("W", {
    "chooses": "sum", "terms": [], "pays": ["y20"], "role": "rider", "mains": ["T", "S"], "limits": LIMITS,
    "entry": {"min_age": 0, "applicant": {"min_age": 18, "max_age": 55, "max_pay_end_age": 65, "not_insured": True}},
    "price": {"form": "waived", "rates": "waiver"},
})  # fmt: skip
_put("B", {
    "chooses": "sum", "terms": ["y1"], "pays": ["y1"], "modes": {"year": 10000},
    "entry": {"min_days": 28, "max_age": 60, "social_insurance": "any"},
    "limits": {**LIMITS, "min_fen": 200_000_000, "max_fen": 200_000_000},
    "price": {"form": "bands", "bands": [[4, 68000], [30, 30000], [None, 52005]], "without_social_bp": 19000},
})  # fmt: skip
_put("C", {
    "chooses": "sum", "terms": ["y1"], "pays": ["y1"], "limits": LIMITS,
    "entry": {"min_days": 28, "max_age": 60, "social_insurance": "required"},
    "price": {"form": "bands", "bands": [[60, 10000]]},
})  # fmt: skip
_put("S", {
    "chooses": "sum", "terms": ["y1"], "pays": ["y1"],
    "entry": {"min_days": 28, "max_age": 65, "occupations": [1, 2, 3, 4]},
    "limits": {"min_fen": 10_000_000, "max_fen": 200_000_000, "step_fen": 10_000_000, "child_max_fen": 50_000_000},
    "price": {"form": "per_sum", "fen_per_1000": 58, "class_bp": {"1": 10000, "2": 10000, "3": 10000, "4": 22000},
              "extras": [{"code": "medical", "fen": 6000}, {"code": "allowance", "fen": 2000}]},
    "benefits": [{"trigger": "accident_death", "of": "sum", "bp": 10000},
                 {"trigger": "ci", "of": "fixed", "fen": 5000, "extra": "allowance"}],
})  # fmt: skip
_put("R", {
    "chooses": "sum", "terms": ["y1"], "pays": ["y1"], "role": "rider", "mains": ["S"],
    "entry": {"min_age": 18, "max_age": 65}, "limits": {**LIMITS, "main_ratio_bp": 5000},
    "price": {"form": "per_sum", "fen_per_1000": 10},
})  # fmt: skip
_put("P", {
    "chooses": "plan", "terms": ["y1"], "pays": ["y1"], "limits": LIMITS, "entry": {"min_age": 50, "max_age": 85},
    "price": {"form": "plans", "plans": [{"code": "p1", "fen": 19900, "sum_fen": 10_000_000},
                                         {"code": "p2", "fen": 36900, "sum_fen": 20_000_000}]},
})  # fmt: skip
_put("M", {
    "chooses": "premium", "terms": ["life"], "pays": ["y3"], "entry": {"min_days": 28, "max_age": 70}, "values": "saved",
    "limits": {"min_fen": 500_000, "max_fen": 100_000_000, "step_fen": 100_000}, "price": {"form": "premium"},
    "benefits": [{"trigger": "death", "of": "paid", "bp": 16000, "ages": [18, 40]},
                 {"trigger": "death", "of": "values", "bp": 10000, "ages": None}],
    "illustration": {"dividend_bp": 7000, "demo_rate_bp": 350, "pricing_rate_bp": 175},
})  # fmt: skip
_put("A", {
    "chooses": "sum", "terms": ["a60", "life"], "pays": ["y20", "a60"], "entry": {"min_age": 0, "max_age": 59},
    "limits": {**LIMITS, "min_premium_fen": 500_000}, "price": {"form": "per_sum", "fen_per_1000": 5000},
    "benefits": [{"trigger": "survival", "of": "sum", "bp": 2500, "ages": [33, 34]},
                 {"trigger": "death", "of": "rest", "bp": 10000, "times": 3, "ages": [32, 34]},
                 {"trigger": "maturity", "of": "paid", "bp": 10500}],
})  # fmt: skip
_put("V", {
    "chooses": "items", "terms": ["y1"], "pays": ["y1"], "limits": LIMITS, "entry": {"min_age": 18, "max_age": None},
    "price": {
        "form": "items", "min_fen": 6000,
        "factors": [{"code": "ncd", "bp": [5000, 7000, 10000], "default": 10000, "zh": "优待系数", "en": "No-claim factor"},
                    {"code": "own", "bp": [9000, 10000], "default": 10000, "zh": "自主系数", "en": "Own factor"}],
        "items": [
            {"code": "liable", "zh": "三者", "en": "Liability", "required": True, "factors": ["ncd", "own"],
             "choices": [{"code": "1m", "fen": 86000}, {"code": "3m", "fen": 126000}]},
            {"code": "damage", "zh": "车损", "en": "Damage", "factors": ["ncd"], "value": {"per_100000": 1100, "plus_fen": 30000}},
            {"code": "seats", "zh": "座位", "en": "Seats", "factors": [], "count": {"fen": 4000, "most": 9}},
        ],
    },
})  # fmt: skip

START = "2026-11-26"
PEOPLE: list[dict[str, Any]] = [
    {"id": "me", "name": "李伟", "gender": "male", "birth_date": "1996-03-08", "relation": "self", "occupation_class": 1,
     "social_insurance": True, "income_fen": 20_000_000},
    {"id": "she", "name": "王芳", "gender": "female", "birth_date": "1996-12-10", "relation": "spouse",
     "occupation_class": 4, "social_insurance": False, "income_fen": 10_000_000},
    {"id": "kid", "name": "李明", "gender": "male", "birth_date": "2026-11-01", "relation": "child",
     "occupation_class": None, "social_insurance": None, "income_fen": 0},
    {"id": "old", "name": "李强", "gender": "male", "birth_date": "1960-02-29", "relation": "parent",
     "occupation_class": 5, "social_insurance": None, "income_fen": 0},
    {"id": "due", "name": "小宝", "gender": None, "birth_date": None, "relation": "child", "unborn": True},
]  # fmt: skip


def cover(product: str, insured: str = "me", term: str = "y20", pay: str = "y20", **more: Any) -> dict[str, Any]:
    """A cover, as it stands in a plan."""
    blank = {"id": "c1", "sum_fen": None, "premium_fen": None, "plan": None, "extras": [], "items": {}, "factors": {},
             "rider_of": None}  # fmt: skip
    return {**blank, "product": product, "insured": insured, "term": term, "pay": pay, **more}


def plan(*covers: Any, **more: Any) -> dict[str, Any]:
    """A plan of these covers."""
    return {"id": "a", "name": "own", "mode": "year", "start": START, "coverages": list(deepcopy(covers)), **more}
