"""Writes tests/vectors/premium.json: plans on the small shelf with all there is to say about each of them.

    python -m tests.portal.products.vectors

What it writes is what the server says today: look at the difference before it is kept.
"""

from __future__ import annotations

import json

from tests.portal.products.shelf import PEOPLE, SHELF, START, cover
from tests.portal.products.twins import ROOT, python

#: Name, plan, and whom and when it is asked for.
CASES: list[tuple[str, dict, dict]] = [
    ("a term life cover by the month", {"mode": "month", "coverages": [cover("T@2", sum_fen=100_000_000)]}, {}),
    (
        "half a fen goes up",
        {"start": "2026-12-10", "mode": "month", "coverages": [cover("T@2", "she", sum_fen=5_005_000)]},
        {},
    ),
    ("a single premium", {"mode": "quarter", "coverages": [cover("T@2", pay="single", sum_fen=10_000_000)]}, {}),
    (
        "a whole family",
        {
            "mode": "half",
            "coverages": [
                cover("T@2", "me", sum_fen=250_000_000),
                cover("T@2", "me", id="c2", sum_fen=150_000_000),
                cover("B@1", "she", "y1", "y1", id="c3"),
                cover("S@1", "she", "y1", "y1", id="c4", sum_fen=100_000_000, extras=["medical"]),
                cover("R@1", "she", "y1", "y1", id="c5", sum_fen=60_000_000, rider_of="c4"),
                cover("B@1", "kid", "y1", "y1", id="c6"),
                cover("P@1", "old", "y1", "y1", id="c7", plan="p2"),
                cover("M@1", "she", "life", "y3", id="c8", premium_fen=1_200_000),
                cover(
                    "V@1",
                    "me",
                    "y1",
                    "y1",
                    id="c9",
                    items={"liable": "3m", "damage": 20_000_000, "seats": 4},
                    factors={"ncd": 7000, "own": 9000},
                ),
            ],
        },
        {},
    ),
    (
        "a waiver of the applicant",
        {
            "start": "2026-12-10",
            "coverages": [cover("W@1", "me", id="c2", rider_of="c1"), cover("T@2", "she", sum_fen=40_000_000)],
        },
        {},
    ),
    (
        "a waiver when the applicant is insured",
        {"coverages": [cover("W@1", "me", id="c2", rider_of="c1"), cover("T@2", "me", sum_fen=40_000_000)]},
        {},
    ),
    (
        "another applicant",
        {
            "start": "2026-12-10",
            "coverages": [cover("W@1", "she", id="c2", rider_of="c1"), cover("T@2", "me", sum_fen=40_000_000)],
        },
        {"applicant": "she"},
    ),
    (
        "riders without their main cover",
        {
            "coverages": [
                cover("W@1", id="c1", rider_of="gone"),
                cover("R@1", "me", "y1", "y1", id="c2", sum_fen=1_000_000, rider_of=None),
                cover("T@2", id="c3", sum_fen=10_000_000, rider_of="c1"),
            ]
        },
        {},
    ),
    (
        "a version no longer sold, one not yet sold",
        {"coverages": [cover("T@1", sum_fen=10_000_000), cover("T@3", id="c2", sum_fen=10_000_000)]},
        {},
    ),
    (
        "the last day of sale",
        {"start": "2026-07-01", "coverages": [cover("T@1", sum_fen=10_000_000)]},
        {"today": "2026-06-30"},
    ),
    (
        "a day too late and into the past",
        {"start": "2026-06-30", "coverages": [cover("T@1", sum_fen=10_000_000)]},
        {"today": "2026-07-01"},
    ),
    (
        "too young, too old, not born",
        {
            "coverages": [
                cover("B@1", "kid", "y1", "y1"),
                cover("C@1", "kid", "y1", "y1", id="c2", sum_fen=100),
                cover("T@2", "kid", id="c3", sum_fen=10_000_000),
                cover("T@2", "old", id="c4", sum_fen=10_000_000),
                cover("B@1", "due", "y1", "y1", id="c5"),
                cover("B@1", "nobody", "y1", "y1", id="c6"),
            ]
        },
        {},
    ),
    (
        "a child with too much",
        {"start": "2026-11-29", "coverages": [cover("S@1", "kid", "y1", "y1", sum_fen=60_000_000)]},
        {},
    ),
    ("a declined class", {"coverages": [cover("S@1", "old", "y1", "y1", sum_fen=10_000_000)]}, {}),
    (
        "amounts out of bounds",
        {
            "coverages": [
                cover("T@2", sum_fen=9_000_000),
                cover("T@2", id="c2", sum_fen=301_000_000),
                cover("T@2", id="c3", sum_fen=10_000_001),
                cover("M@1", "me", "life", "y3", id="c4", premium_fen=450_000),
                cover("A@1", "me", "life", "y20", id="c5", sum_fen=9_000_000),
            ]
        },
        {},
    ),
    (
        "no amounts at all",
        {
            "coverages": [
                cover("T@2", sum_fen=-1),
                cover("T@2", id="c2", sum_fen=10**12),
                cover("T@2", id="c3", sum_fen="12"),
                cover("T@2", id="c4", sum_fen=None),
                cover("M@1", "me", "life", "y3", id="c5", premium_fen=1.5),
            ]
        },
        {},
    ),
    (
        "unknown codes",
        {
            "mode": "weekly",
            "coverages": [
                cover("X@1"),
                cover("T@2", "me", "y21", "b20", id="c2", sum_fen=10_000_000),
                cover("P@1", "old", "y1", "y1", id="c3", plan="p9"),
                cover("S@1", "me", "y1", "y1", id="c4", sum_fen=10_000_000, extras=["gold"]),
                cover("V@1", "me", "y1", "y1", id="c5", items={"wings": 1}, factors={"luck": 1}),
            ],
        },
        {},
    ),
    ("nothing where something should be", {"coverages": [None, {}, {"id": "c1", "product": "T@2"}, [1], "c2"]}, {}),
    ("two of the same number", {"coverages": [cover("T@2", sum_fen=10_000_000), cover("T@2", sum_fen=20_000_000)]}, {}),
    (
        "names that every object has",
        {
            "coverages": [
                cover("__proto__"),
                cover("constructor", id="c2"),
                cover("S@1", "me", "y1", "y1", id="__proto__", sum_fen=10_000_000, extras=["constructor"]),
                cover("T@2", "toString", id="c4", sum_fen=10_000_000),
            ]
        },
        {},
    ),
    ("no plan", {"start": "soon", "mode": None, "coverages": {}}, {}),
    (
        "dividends, savings and the larger death benefit",
        {"coverages": [cover("M@1", "me", "life", "y3", premium_fen=1_000_000)]},
        {},
    ),
    (
        "payments, what is left of them, maturity",
        {"coverages": [cover("A@1", "me", "a60", "y20", sum_fen=10_000_000)]},
        {},
    ),
    (
        "an addition that pays",
        {"coverages": [cover("S@1", "me", "y1", "y1", sum_fen=10_000_000, extras=["allowance"])]},
        {},
    ),
]


def main() -> None:
    lines = []
    for name, plan, more in CASES:
        args = [{"mode": "year", "start": START, **plan}, SHELF, PEOPLE, more.get("applicant"), more.get("today")]
        lines.append(
            json.dumps({"name": name, "plan": plan, **more, "result": python("all", args)}, ensure_ascii=False)
        )
    shared = {"start": START, "people": PEOPLE, "catalogue": SHELF}
    head = "".join(f' "{key}": {json.dumps(value, ensure_ascii=False)},\n' for key, value in shared.items())
    cases = ",\n".join(f"  {line}" for line in lines)
    (ROOT / "tests" / "vectors" / "premium.json").write_text(f'{{\n{head} "cases": [\n{cases}\n ]\n}}\n')


if __name__ == "__main__":
    main()
