"""Which screens a questionnaire has and what is wrong with an answer: on the server, and on the phone beside it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.needs import gap, questions
from portal.needs.household import household, values_of
from tests.portal.needs.families import ASSUMPTIONS, QUESTIONS, TODAY, YUAN, made_up, the_lis
from tests.portal.needs.twins import python

DAY = date.fromisoformat(TODAY)
VALUES = values_of(ASSUMPTIONS)
MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def screens(answers: dict[str, Any], **how: Any) -> dict[str, Any]:
    return {each["key"]: each for each in questions.screens(QUESTIONS, answers, VALUES, DAY, **how)}


def faults(key: str, value: Any, answers: dict[str, Any] | None = None) -> dict[str, str]:
    answers = answers or the_lis()
    facts = household(gap.at(answers, "middle"), VALUES, DAY)
    return questions.faults(
        screens(answers)[key], value, facts["household"], [each["id"] for each in facts["members"]], DAY
    )


def test_the_quick_path_asks_what_a_report_cannot_do_without():
    assert list(screens(the_lis(), quick=True)) == [
        "G01", "G02", "H02", "G03", "M04:mei", "M04:gang", "M04:lan", "F01", "F03", "E01", "S01",
    ]  # fmt: skip


def test_refusing_sensitive_facts_hides_their_questions():
    hidden = set(screens(the_lis())) - set(screens(the_lis() | {"G02": False}))
    assert {key.partition(":")[0] for key in hidden} == {"M08", "F05", "F06", "F07", "F09"}


def test_no_child_under_14_no_guardian():
    answers = the_lis()
    answers["H02"] = answers["H02"][:2]
    assert "G03" in screens(the_lis())
    assert "G03" not in screens(answers)


def test_a_guardian_who_refuses_is_asked_nothing_more_but_may_still_agree():
    refused = screens(the_lis() | {"G03": False})
    assert "G03" in refused
    assert not [key for key in refused if key.endswith((":bo", ":yue"))]
    assert [key for key in screens(the_lis()) if key.endswith(":bo")]
    counted = questions.counted(QUESTIONS, the_lis() | {"G03": False, "C02:bo": 1}, VALUES, DAY)
    assert counted["G03"] is False
    assert "C02:bo" not in counted


def test_a_hidden_answer_is_kept_but_does_not_count():
    answers = the_lis() | {"G02": False}
    counted = questions.counted(QUESTIONS, answers, VALUES, DAY)
    assert "F05" not in counted
    assert answers["F05"] == 200_000 * YUAN


def test_not_sure_is_always_an_answer():
    for key in screens(the_lis()):
        if not key.startswith("G"):
            assert faults(key, {"unknown": True}) == {}


@pytest.mark.parametrize(
    "key, value, wrong",
    [
        ("M04:mei", -1, {"": questions.BELOW_ZERO}),
        ("M04:mei", 10**12, {"": questions.TOO_MUCH}),
        ("M04:mei", 1.5, {"": questions.NO_AMOUNT}),
        ("M04:mei", {"low_fen": 5, "high_fen": 1}, {"": questions.NO_AMOUNT}),
        ("M04:mei", {"low_fen": 5, "high_fen": 9}, {}),
        ("M06:mei", 38, {"": questions.OUT_OF_RANGE}),
        ("M06:mei", 39, {}),
        ("M06:mei", 76, {"": questions.OUT_OF_RANGE}),
        ("M03:mei", ["none", "pension"], {"": questions.ALONE}),
        ("M03:mei", [], {"": questions.NOT_OFFERED}),
        ("M01:mei", "astronaut", {"": questions.NOT_OFFERED}),
        ("F02", 29, {"": questions.OUT_OF_RANGE}),
        ("F03", [{"balance_fen": 1, "shares": {"mei": 40, "gang": 50}}], {"0.shares": questions.SHARES}),
        ("F03", [{"balance_fen": 1}, {}], {"1.balance_fen": questions.FIELD_NEEDED}),
        ("F03", [{"balance_fen": -1}], {"0.balance_fen": questions.BELOW_ZERO}),
        ("F03", [{"balance_fen": 1}] * 7, {"": questions.TOO_MANY}),
        ("F03", [], {}),
        ("F04", [{"balance_fen": 1, "owner": "nobody"}], {"0.owner": questions.NOBODY}),
        ("P01", [{"age": 70, "yearly_fen": 1, "share": 101}], {"0.share": questions.OUT_OF_RANGE}),
        ("S02", ["medical", "medical", "income"], {"": questions.RANKED}),
        ("S02", ["medical", "income", "debts"], {}),
        ("G01", False, {"": questions.NEEDED}),
        ("G02", False, {}),
        ("H01", "", {"": questions.NEEDED}),
        ("E01", [{"insured": "mei", "sum_fen": -5}], {"0.sum_fen": questions.BELOW_ZERO}),
        ("E01", [{"insured": "mei", "effective": "2026-02-01", "expiry": "2026-01-01"}], {"0.expiry": questions.ORDER}),
        ("F01", None, {"": questions.NEEDED}),
    ],
)
def test_bad_answers_are_told_beside_their_field(key, value, wrong):
    assert faults(key, value) == wrong


@pytest.mark.parametrize(
    "people, wrong",
    [
        ([], {"": questions.ONE_SELF}),
        ([{"relation": "self", "birth_date": "1990-01-01"}, {"relation": "self", "birth_date": "1990-01-01"}], {"": questions.ONE_SELF}),
        ([{"relation": "self", "age": 30}, {"relation": "spouse", "age": 30}, {"relation": "spouse", "age": 30}], {"": questions.ONE_SPOUSE}),
        ([{"relation": "self", "birth_date": "2026-11-26"}], {"0.birth_date": questions.NOT_BORN_YET}),
        ([{"relation": "self", "birth_date": "1920-11-25"}], {"0.birth_date": questions.TOO_OLD}),
        ([{"relation": "self", "birth_date": "1990-02-30"}], {"0.birth_date": questions.BORN}),
        ([{"relation": "self"}], {"0.birth_date": questions.BORN}),
        ([{"relation": "self", "age": 40}, {"relation": "child", "unborn": True}], {}),
        ([{"relation": "self", "age": 40}] + [{"relation": "child", "age": 1}] * 10, {"": questions.TOO_MANY}),
    ],
)  # fmt: skip
def test_who_is_in_the_family(people, wrong):
    assert faults("H02", people) == wrong


def test_a_warning_takes_the_answer_all_the_same():
    facts = household(the_lis(), VALUES, DAY)
    screen = screens(the_lis())["F01"]
    assert questions.warning(screen, 130_000 * YUAN, facts["household"])["en"].startswith("More than three months")
    assert questions.warning(screen, 10_000 * YUAN, facts["household"]) is None
    assert questions.warning(screens(the_lis())["S01"], {}, facts["household"]) is None


odd = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 10**14) | st.sampled_from(["", "none", "mei", "medical", "2026-01-01", "x" * 300, 1.5]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["unknown", "balance_fen", "shares", "relation", "birth_date", "insured", "owner", "low_fen"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@MANY
@given(seed=st.integers(0, 40), value=odd, place=st.integers(0, 200))
def test_the_phone_finds_the_same_wrong(calculator, seed, value, place):
    answers = made_up(seed) if seed else the_lis()
    facts = household(gap.at(answers, "middle"), VALUES, DAY)
    all_screens = list(screens(answers).values())
    screen = all_screens[place % len(all_screens)]
    given = [screen, value, facts["household"], [each["id"] for each in facts["members"]], TODAY]
    assert calculator.ask("faults", given) == python("faults", given)
    warned = [screen, value, facts["household"]]
    assert calculator.ask("warning", warned) == python("warning", warned)


@pytest.mark.parametrize("quick", [False, True])
def test_the_phone_has_the_same_screens(calculator, quick):
    for seed in range(120):
        given = [QUESTIONS, made_up(seed), VALUES, TODAY, quick]
        assert calculator.ask("screens", given) == python("screens", given), seed
