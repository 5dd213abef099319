"""Families for the needs tests: the Lis of the demo office, and any number of made-up ones by seed."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import portal.needs
from portal.needs import sample

TODAY, YUAN = sample.DAY, sample.YUAN
HOME = Path(portal.needs.__file__).parent / "definitions"


def definition(name: str) -> dict[str, Any]:
    return json.loads((HOME / f"{name}.json").read_text())["body"]


MODEL = definition("gap-model-household-1")
ASSUMPTIONS = definition("assumptions-cn-2026.1")
QUESTIONS = definition("questionnaire-family-1")


def the_lis() -> dict[str, Any]:
    """Two earners, two children at school, a grandmother; a mortgage shared 40 to 60."""
    return copy.deepcopy(sample.FAMILY)


def made_up(seed: int) -> dict[str, Any]:
    """Answers of a family that nobody would invent: every question with its awkward values, many left out."""
    dice = random.Random(seed)
    people = _people(dice)
    answers: dict[str, Any] = {"H02": people, "H01": dice.choice(["上海", "杭州"]), "G02": dice.random() < 0.9}
    for person in people:
        if dice.random() < 0.2:
            answers[f"M04:{person['id']}"] = {"low_fen": 5_000_000, "high_fen": dice.randrange(5_000_000, 50_000_001)}
        for question, make in OF_A_PERSON.items():
            _maybe(dice, answers, f"{question}:{person['id']}", make)
    for question, make in OF_A_HOME.items():
        _maybe(dice, answers, question, lambda dice, make=make: make(dice, people))
    answers["G03"] = dice.random() < 0.7
    return answers


def _maybe(dice: random.Random, answers: dict[str, Any], key: str, make: Any) -> None:
    if key not in answers and dice.random() < 0.6:
        answers[key] = make(dice) if dice.random() < 0.9 else {"unknown": True}


def _people(dice: random.Random) -> list[dict[str, Any]]:
    def born(first: int, last: int) -> str:
        return f"{dice.randrange(first, last)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}"

    sexes = ["male", "female", None]
    people = [{"id": "s", "relation": "self", "gender": dice.choice(sexes), "birth_date": born(1935, 2007)}]
    if dice.random() < 0.6:
        people.append({"id": "p", "relation": "spouse", "gender": dice.choice(sexes), "birth_date": "1984-02-29"})
    for index in range(dice.randrange(4)):
        child = {"id": f"c{index}", "relation": "child", "birth_date": born(1990, 2026)}
        child |= dice.choice([{}, {}, {"disabled": True}, {"unborn": True, "birth_date": None}])
        people.append(child)
    if dice.random() < 0.3:
        people.append({"id": "g", "relation": "parent", "gender": "female", "age": dice.randrange(50, 106)})
    return people


def _money(dice: random.Random) -> int:
    return dice.choice([0, 1, dice.randrange(10**6) * 100, dice.randrange(10**8), dice.randrange(10**10), 10**12])


OF_A_PERSON: dict[str, Any] = {
    "M01": lambda dice: dice.choice(["employed", "self", "civil", "home", "retired", "student", "none"]),
    "M02": lambda dice: dice.randrange(1, 7),
    "M03": lambda dice: dice.sample(["employee_medical", "resident_medical", "pension"], dice.randrange(1, 3)),
    "M04": _money,
    "M05": lambda dice: dice.choice(["stable", "variable", "seasonal"]),
    "M06": lambda dice: dice.randrange(40, 76),
    "C01": lambda dice: dice.choice([*ASSUMPTIONS["fixed"]["education_goals"], "none"]),
    "C02": _money,
    "T01": lambda dice: dice.randrange(30, 151),
    "T02": lambda dice: dice.randrange(10**6),
    "T03": _money,
    "D01": lambda dice: {"months": dice.randrange(25), "percent": dice.randrange(101)},
}
OF_A_HOME: dict[str, Any] = {
    "F01": lambda dice, people: dice.randrange(10**7),
    "F02": lambda dice, people: dice.randrange(30, 101),
    "F03": lambda dice, people: [
        {"balance_fen": _money(dice), **dice.choice([{}, {"shares": {people[0]["id"]: 100}}, {"insured": True}])}
        for _ in range(dice.randrange(3))
    ],
    "F04": lambda dice, people: [{"balance_fen": _money(dice), "owner": dice.choice(people)["id"]}],
    "F05": lambda dice, people: _money(dice),
    "F06": lambda dice, people: _money(dice),
    "F07": lambda dice, people: {"value_fen": _money(dice), "would_sell": dice.random() < 0.5},
    "F08": lambda dice, people: dice.randrange(25),
    "F09": lambda dice, people: {"housing_fund_fen": _money(dice), "pension_fen": _money(dice)},
    "E01": lambda dice, people: [
        {
            "id": str(index),
            "insured": dice.choice(people)["id"],
            "kind": dice.choice(["term", "whole_life", "ci", "medical", "accident", "disability", "annuity"]),
            "sum_fen": _money(dice),
            **dice.choice(
                [{}, {"lapsed": True}, {"expiry": "2026-01-01"}, {"expiry": "2027-01-01"}, {"group": True},
                 {"waiting_until": "2027-01-01"}, {"rate_bp": 9_123}, {"guaranteed": True}]
            ),
        }
        for index in range(dice.randrange(5))
    ],
    "P01": lambda dice, people: [
        {"age": dice.randrange(50, 95), "yearly_fen": _money(dice), "share": dice.randrange(101), **dice.choice([{}, {"owner": "p"}])}
        for _ in range(dice.randrange(3))
    ],
    "A01": lambda dice, people: {"tenure": dice.choice(["owned", "rented"]), "area_m2": dice.randrange(10, 2000), "cover_fen": _money(dice)},
    "V01": lambda dice, people: [{"third_party_fen": _money(dice)}],
    "S01": lambda dice, people: {"budget_fen": _money(dice)},
}  # fmt: skip
