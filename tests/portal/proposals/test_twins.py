"""The phone plans, closes and checks as the server does: any family, any budget, any plan; and the comparison would see
the smallest difference."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.needs.household import values_of
from portal.needs.kernel import KernelError
from portal.products import premium
from portal.proposals import checks as room
from portal.proposals import closing, planner
from portal.proposals.words import LINES, WORDS
from tests.portal.needs.families import ASSUMPTIONS, TODAY, made_up
from tests.portal.proposals.planning import (
    SETTINGS,
    START,
    WAN,
    YUAN,
    Family,
    Planning,
    catalogue,
    coverage,
    facts,
    lis,
    plan,
    python,
)

LOOSE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
BUDGETS = st.one_of(st.integers(0, 60_000 * YUAN), st.sampled_from([0, 1, 10**9, 10**12]))
STARTS = st.sampled_from([START, "2026-11-25", "2027-02-28", "2028-02-29"])


@pytest.fixture(scope="module")
def phone() -> Iterator[Planning]:
    started = Planning()
    yield started
    started.close()


def family_of(seed: int) -> Family | None:
    """None for a family that the gap model itself refuses."""
    try:
        return Family(made_up(seed))
    except KernelError:
        return None


def agree(phone: Planning, call: str, *given: Any) -> Any:
    ours, theirs = python(call, *given), phone.ask(call, *given)
    assert ours == theirs
    return ours


def told(family: Family, seed: int, **more: Any) -> dict[str, Any]:
    return {"today": TODAY, "policies": family.policies, "sales_grade": 1 + seed % 4,
            "mode": ["year", "half", "quarter", "month"][seed % 5 % 4], **more}  # fmt: skip


@LOOSE
@given(st.integers(0, 10**6))
def test_people_and_policies(phone: Planning, seed: int):
    answers = made_up(seed)
    people = agree(phone, "persons", answers, TODAY, values_of(ASSUMPTIONS))
    agree(phone, "policies", answers)
    agree(phone, "is_sensitive", answers)
    for person in people:
        for other in people:
            agree(phone, "relation_to", person, other)


@LOOSE
@given(st.integers(0, 10**6), BUDGETS, STARTS)
def test_plans_what_they_close_and_their_checks(phone: Planning, seed: int, budget: int, start: str):
    family = family_of(seed)
    if not family:
        return
    found = agree(phone, "plans", family.result, family.people, budget, start, told(family, seed))
    assert len(found) <= 3
    for of in found:
        quotes = premium.priced(of, catalogue(), family.people, today=TODAY)
        assert 0 < quotes["yearly_fen"] <= budget
        assert not [each for each in quotes["coverages"].values() if "errors" in each]
        rows = agree(phone, "closed", of, quotes["coverages"], family.result, family.people)
        left = {(row["member"], row["line"]): row["after_fen"] for row in rows if row["after_fen"]}
        open_ = {(each["member"], each["line"]): each["fen"] for each in of["uncovered"] if each["line"] != "social"}
        assert open_ == left
        agree(phone, "checks", of, facts(family, of, **situation(seed)), None)
        # What is proposed is not forbidden; where nobody earns every premium is.
        reds = [each for each in agree(phone, "checks", of, facts(family, of), None) if each["level"] == "red"]
        assert {f"{each['id']}.{each['code']}" for each in reds} <= {"R04.income"}


def situation(seed: int) -> dict[str, Any]:
    """Circumstances around a plan: now this is missing, now that."""
    dice = random.Random(seed)
    choices: list[dict[str, Any]] = [
        {},
        {"agent": {"registration": dice.choice(["", "1"]), "registration_status": dice.choice(["registered", "pending"]),
                   "registration_expires": dice.choice(["2026-11-24", TODAY]), "sales_grade": dice.choice([1, 4])}},
        {"consents": [{"purpose": dice.choice(["sensitive", "child", "parents"]), "given": dice.random() < 0.5,
                       "at": f"2026-11-{dice.randrange(10, 13)}T00:00:00Z"} for _ in range(6)]},
        {"analysis": {"completed_at": dice.choice([None, "x"]), "made_on": dice.choice(["2025-11-24", "2025-11-25"]),
                      "sensitive": dice.random() < 0.5}},
        {"analysis": None, "result": None},
        {"customer": {"id_expiry": dice.choice([None, "long", "2026-11-24"]), "city": dice.choice([None, "昆明市"]),
                      "name": "甲", "mobile": "1", "risk_test": dice.choice([None, {"level": 3, "made_on": TODAY}])},
         "colleagues": [{"name": "甲", "mobile": dice.choice(["1", "2"])}]},
        {"free_text": dice.choice(["保本", "第 一年\u200b最高", ["现金与存款", "稳\n赚"]])},
    ]  # fmt: skip
    return dice.choice(choices) | {"applicant": dice.choice([None, None, "p", "g", "c0"])}


PRODUCTS = sorted(catalogue()["products"])


@LOOSE
@given(st.integers(0, 10**6))
def test_plans_that_people_make_themselves(phone: Planning, seed: int):
    """Any products for anybody, with or without a price, some preset, some altered to be linked."""
    family = family_of(seed)
    if not family:
        return
    dice = random.Random(seed)
    covers = []
    for _ in range(dice.randrange(1, 7)):
        code = dice.choice(PRODUCTS)
        body = catalogue()["products"][code]["body"]
        plans = [each["code"] for each in body["price"].get("plans") or []] or [None]
        covers.append(
            coverage(
                code.partition("@")[0],
                dice.choice(family.people)["id"],
                term=dice.choice([*body["terms"], "y20"]),
                pay=dice.choice([*body["pays"], "single", "a60"]),
                sum_fen=dice.choice([None, WAN, 37 * WAN, 10**11]),
                plan=dice.choice(plans),
                items={"building": dice.choice([WAN, 10**9]), "third_party": "3m", "contents": None},
                **dice.choice([{}, {"preset": True}]),
            )
        )
    of = plan(*covers)
    given_up = {"surrender": dice.random() < 0.5, "ended_on": dice.choice([None, "2026-05-24", "2026-05-25"])}
    around = facts(family, of, policies=[each | given_up for each in family.policies], **situation(seed))
    agree(phone, "closed", of, around["quotes"], family.result, family.people)
    found = agree(phone, "checks", of, around, None)
    answers = {each["id"]: {"reason": dice.choice(["", " ", "\u3000", "好的"]), "at": "x"} for each in found[::2]}
    agree(phone, "answered", found, answers)
    agree(phone, "blocking", found, answers)


def test_words(phone: Planning):
    assert phone.ask("words") == {"words": WORDS, "lines": LINES}


# Would a difference be seen? Each of these is a mistake somebody could make in one language only.


def other_settings(change: Any) -> dict[str, Any]:
    rules = copy.deepcopy(SETTINGS)
    change(rules)
    return rules


PLANTED = {
    "one basis point": lambda rules: rules["rules"]["R04"].update(amber_bp=2001),
    "a birthday": lambda rules: rules["rules"]["R09"]["caps"][0].__setitem__(0, 11),
    "one fen of a cap": lambda rules: rules["rules"]["R09"]["caps"][1].__setitem__(1, 50000001),
    "a month": lambda rules: rules["rules"]["R03"].update(months=11),
    "a word": lambda rules: rules["rules"]["R23"]["words"].remove("最高"),
}


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_threshold_is_seen(phone: Planning, mistake: str):
    child = {"id": "k", "relation": "child", "name": "小小", "gender": "male", "birth_date": "2016-11-26"}
    teen = {"id": "t", "relation": "child", "name": "大大", "gender": "male", "birth_date": "2010-01-01"}
    family = lis(H02=[*lis().answers["H02"], child, teen])
    of = plan(
        coverage("DF-T1", "mei", term="y20", pay="y20", sum_fen=WAN),
        coverage("DF-A1", "k", sum_fen=50 * WAN),
        coverage("DF-A1", "t", sum_fen=50 * WAN),
    )
    price = 96_000 * YUAN  # a fifth of the Lis' income
    quotes = {f"c{n}": {"yearly_fen": price if n == 1 else 0, "modal_fen": 0, "cells": []} for n in (1, 2, 3)}
    held = [{"insured": "t", "kind": "accident", "sum_fen": 1}]
    analysis = {"completed_at": "x", "made_on": "2025-11-25", "sensitive": True}
    around = facts(family, of, quotes=quotes, policies=held, analysis=analysis, free_text="最高")
    wrong = other_settings(PLANTED[mistake])
    assert agree(phone, "checks", of, around, None) == python("checks", of, around, SETTINGS)
    assert python("checks", of, around, wrong) != phone.ask("checks", of, around, None)


@pytest.mark.parametrize(
    ("where", "name", "wrong"),
    [
        (closing, "DISCOUNT_BP", 251),
        (closing, "HORIZON_AGE", 91),
        (planner, "held_death_fen", lambda *_: 0),
        (planner, "CHOSEN", ("sum",)),
        (closing, "DEATH", ("death",)),
        (room, "ADDING", ("life",)),
    ],
)
def test_a_planted_mistake_is_seen(phone: Planning, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, wrong: Any):
    held = {"id": "x", "insured": "bo", "kind": "whole_life", "sum_fen": 45 * WAN}
    family = lis(F01=40_000 * YUAN, E01=[held], **{"T02:mei": 0})
    more = told(family, 3)

    def everything(ask: Any) -> Any:
        found = ask("plans", family.result, family.people, 10**9, START, more)
        own = plan(
            coverage("DF-A1", "gang", sum_fen=200 * WAN),
            coverage("DF-A1", "bo", sum_fen=50 * WAN),
            coverage("DF-C2", "mei", term="a70", pay="y20", sum_fen=900 * WAN),
        )
        return [found, ask("checks", own, facts(family, own), None)]

    assert everything(python) == everything(phone.ask)
    monkeypatch.setattr(where, name, wrong)
    assert everything(python) != everything(phone.ask)
