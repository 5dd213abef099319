"""The gap model on families: worked figures, the edge cases of the specification, and the phone's answer beside it."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest

from portal.needs import gap, kernel, questions
from portal.needs.household import household, values_of
from tests.portal.needs.families import ASSUMPTIONS, MODEL, QUESTIONS, TODAY, YUAN, made_up, the_lis
from tests.portal.needs.twins import python

DAY = date.fromisoformat(TODAY)
WAN = 10_000 * YUAN


def analyse(answers: dict[str, Any], moved: dict[str, int] | None = None) -> dict[str, Any]:
    return gap.analyse(answers, MODEL, ASSUMPTIONS, DAY, moved)


def line(result: dict[str, Any], member: str, name: str) -> dict[str, Any] | None:
    lines = next(each["lines"] for each in result["members"] if each["id"] == member)
    return next((each for each in lines if each["id"] == name), None)


def part(result: dict[str, Any], member: str, path: str) -> int:
    name, _, piece = path.partition(".")
    found = line(result, member, name)
    assert found, path
    return next(each["fen"] for each in found["parts"] if each["id"] == piece)


def alone(born: str = "1990-05-05", **answers: Any) -> dict[str, Any]:
    return {"H02": [{"id": "s", "relation": "self", "gender": "male", "birth_date": born}], **answers}


def couple(**answers: Any) -> dict[str, Any]:
    spouse = {"id": "p", "relation": "spouse", "gender": "female", "birth_date": "1990-05-05"}
    return {"H02": [*alone()["H02"], spouse], **answers}


def with_child(born: str, **answers: Any) -> dict[str, Any]:
    child = {"id": "c", "relation": "child", "birth_date": born}
    return couple() | {"H02": [*couple()["H02"], child], **answers}


# The Li family, worked by hand


def test_the_lis_line_by_line():
    result = analyse(the_lis())
    assert part(result, "mei", "life.debt") == 48 * WAN
    assert part(result, "gang", "life.debt") == 72 * WAN
    assert part(result, "gang", "life.emergency") == 72_000 * YUAN
    assert part(result, "gang", "life.liquid") == 20 * WAN + 8 * WAN
    # 4,500 a month × (2 + 9) months
    assert part(result, "gang", "life.survivor") == 49_500 * YUAN
    # Half of 24,000 a year for 15 years at 2 % over 2.5 %
    supported = kernel.pv_annuity(12_000 * YUAN, 15, 250, "begin", 200)
    assert part(result, "mei", "life.parents") == supported
    assert part(result, "gang", "life.parents") == 0
    assert line(result, "gang", "ci")["need_fen"] == (40 + 90 + 9) * WAN
    assert line(result, "bo", "accident")["need_fen"] == 50 * WAN
    assert line(result, "yue", "accident")["need_fen"] == 20 * WAN
    assert line(result, "bo", "life") is None
    assert line(result, "lan", "ci") is None  # over 65
    assert result["lines"][0]["id"] == "home"
    assert result["lines"][0]["need_fen"] == 90 * 3_000 * YUAN + 20 * WAN
    assert {"code": "policy_waiting", "policy": "b", "member": "mei"} in result["notes"]


def test_every_total_is_the_sum_of_its_rows():
    for seed in range(60):
        result = analyse(made_up(seed))
        for found in [*(each for member in result["members"] for each in member["lines"]), *result["lines"]]:
            sides = {
                side: sum(each["fen"] for each in found["parts"] if each["side"] == side) for side in ("need", "have")
            }
            assert found["need_fen"] == sides["need"]
            assert found["have_fen"] == sides["have"]
            assert found["gap_fen"] == sides["need"] - sides["have"]


# The edge cases, by their numbers in the specification


def test_01_more_than_enough_is_a_surplus():
    answers = alone(**{"M04:s": WAN, "E01": [{"insured": "s", "kind": "term", "sum_fen": 100 * WAN}]})
    found = line(analyse(answers), "s", "life")
    assert found["gap_fen"] < 0
    assert found["ratio_bp"] == 10_000
    assert kernel.shortfall(found["gap_fen"]) == 0


def test_02_nobody_depends_and_nothing_is_owed():
    result = analyse(alone(**{"M04:s": 20 * WAN, "F01": 5_000 * YUAN, "M03:s": ["resident_medical"]}))
    assert line(result, "s", "life")["need_fen"] == 5 * WAN + 30_000 * YUAN
    assert line(analyse(alone(**{"M03:s": ["none"]})), "s", "life")["need_fen"] == 5 * WAN


def test_03_retired():
    result = analyse(alone("1955-01-01", **{"M04:s": 6 * WAN}))
    assert line(result, "s", "ci") is None
    assert line(result, "s", "life")["need_fen"] == 5 * WAN
    assert part(analyse(alone("1962-01-01", **{"M01:s": "retired"})), "s", "ci.income_loss") == 0


def test_04_shares_must_add_up_and_insured_loans_drop_out():
    answers = the_lis()
    screen = next(
        each for each in questions.screens(QUESTIONS, answers, values_of(ASSUMPTIONS), DAY) if each["key"] == "F03"
    )
    wrong = [{"balance_fen": WAN, "shares": {"mei": 40, "gang": 50}}]
    assert questions.faults(screen, wrong, {}, ["mei", "gang"], DAY) == {"0.shares": questions.SHARES}
    insured = analyse(answers | {"F03": [{"balance_fen": 120 * WAN, "insured": True}]})
    assert part(insured, "gang", "life.debt") == 0
    assert {"code": "loan_insured", "fen": 120 * WAN} in insured["notes"]


def test_05_a_child_has_no_life_line_and_a_cap():
    result = analyse(with_child("2018-01-01"))
    assert line(result, "c", "life") is None
    assert line(result, "c", "accident")["need_fen"] == 20 * WAN


def test_06_only_the_years_that_are_left():
    result = analyse(with_child("2006-06-01", **{"C01:c": "bachelor"}))
    # Twenty years old: two of the four years of the bachelor remain.
    flat = analyse(with_child("2006-06-01", **{"C01:c": "bachelor"}), {"education_bp": 0, "discount_bp": 150})
    assert part(result, "c", "education.fees") > 2 * 35_000 * YUAN
    assert part(flat, "c", "education.fees") == kernel.pv_annuity(35_000 * YUAN, 2, 150, "begin")
    assert line(analyse(with_child("2000-06-01")), "c", "education") is None


def test_07_older_than_the_horizon():
    answers = alone("1930-01-01", **{"M01:s": "employed", "M06:s": 97})
    assert line(analyse(answers, {"horizon_age": 90}), "s", "retirement")["need_fen"] == 0


@pytest.mark.parametrize("cpi, discount", [(250, 250), (400, 150)])
def test_08_09_money_earns_no_more_than_prices_rise(cpi, discount):
    answers = with_child("2020-01-01", **{"M04:s": 0, "F01": 10_000 * YUAN})
    found = part(analyse(answers, {"cpi_bp": cpi, "discount_bp": discount}), "s", "life.living")
    facts = household(answers, values_of(ASSUMPTIONS), DAY)
    years = facts["household"]["child_years"]
    assert years == 16
    flat = 12 * 10_000 * YUAN * 7 // 10 * years
    assert found == flat if cpi == discount else found > flat


def test_10_no_income_and_nobody_cared_for():
    result = analyse(alone(**{"M04:s": 0, "M01:s": "none"}))
    assert line(result, "s", "disability") is None
    assert [each["id"] for each in next(iter(result["members"]))["ranges"]] == []


def test_11_the_partner_earns_more_than_the_family_spends():
    answers = couple(**{"M04:s": 10 * WAN, "M04:p": 100 * WAN, "F01": 5_000 * YUAN})
    assert part(analyse(answers), "s", "life.living") == 0


def test_12_another_currency_at_the_rate_that_stands_with_the_policy():
    policy = {
        "insured": "s",
        "kind": "term",
        "sum_fen": 10 * WAN,
        "currency": "HKD",
        "rate_bp": 9_200,
        "rate_date": TODAY,
    }
    assert part(analyse(alone(E01=[policy])), "s", "life.cover") == 92_000 * YUAN


def test_13_group_cover_counts_and_is_flagged():
    policy = {"id": "g", "insured": "s", "kind": "term", "sum_fen": 10 * WAN, "group": True}
    result = analyse(alone(E01=[policy]))
    assert part(result, "s", "life.cover") == 10 * WAN
    assert {"code": "group_cover", "policy": "g", "member": "s"} in result["notes"]


def test_14_accident_cover_is_no_life_cover():
    result = analyse(alone(E01=[{"insured": "s", "kind": "accident", "sum_fen": 10 * WAN}]))
    assert part(result, "s", "life.cover") == 0
    assert part(result, "s", "accident.cover") == 10 * WAN


@pytest.mark.parametrize(
    "state, code",
    [({"lapsed": True}, "policy_lapsed"), ({"expiry": "2026-11-24"}, "policy_expired"), ({"waiting_until": "2026-11-26"}, "policy_waiting")],
)  # fmt: skip
def test_15_what_is_not_in_force_is_left_out_with_a_note(state, code):
    result = analyse(alone(E01=[{"id": "x", "insured": "s", "kind": "term", "sum_fen": 10 * WAN, **state}]))
    assert part(result, "s", "life.cover") == 0
    assert result["notes"] == [{"code": code, "policy": "x", "member": "s"}]


def test_16_two_medical_policies_count_once():
    two = [
        {"insured": "s", "kind": "medical", "sum_fen": 100 * WAN},
        {"insured": "s", "kind": "medical", "sum_fen": 60 * WAN},
    ]
    result = analyse(alone(E01=two))
    assert part(result, "s", "medical.cover") == 100 * WAN
    assert {"code": "medical_twice", "member": "s"} in result["notes"]


def test_17_an_adult_child_who_stays_dependent():
    child = {"id": "c", "relation": "child", "birth_date": "1996-01-01", "disabled": True}
    answers = alone(**{"F01": 5_000 * YUAN, "M04:s": 10 * WAN})
    answers["H02"].append(child)
    facts = household(answers, values_of(ASSUMPTIONS), DAY)
    assert facts["household"]["child_years"] == 90 - 30
    assert part(analyse(answers), "s", "life.living") > 0


def test_18_an_unborn_child_is_planned_for_but_not_insured():
    answers = couple()
    answers["H02"].append({"id": "c", "relation": "child", "unborn": True})
    result = analyse(answers)
    assert [each["id"] for each in result["members"][2]["lines"]] == ["education"]


def test_19_health_not_told_changes_no_need():
    assert analyse(the_lis() | {"M08:mei": "later"}) == analyse(the_lis())


def test_20_huge_and_nothing():
    analyse(alone(**{"M04:s": 10**12, "F01": 10**10, "F05": 10**12}))
    assert analyse(alone(**{"M04:s": 0, "F01": 0, "F05": 0, "F03": [], "E01": []}))["score"] >= 0
    assert analyse({})["members"] == []
    with pytest.raises(kernel.KernelError, match="too_large"):
        analyse(alone(**{"M04:s": 10**15 * 9, "M01:s": "employed"}))


def test_21_born_on_the_29th_of_february():
    facts = household(alone("2000-02-29"), values_of(ASSUMPTIONS), date(2026, 2, 28))
    assert facts["members"][0]["age"] == 26


def test_22_whoever_has_no_birth_date_gives_an_age():
    answers = {"H02": [{"id": "s", "relation": "self", "age": 40}]}
    assert household(answers, values_of(ASSUMPTIONS), DAY)["members"][0]["age"] == 40


def test_moving_an_assumption_moves_what_hangs_on_it_and_stays_within_its_limits():
    usual, moved = analyse(the_lis()), analyse(the_lis(), {"education_bp": 600})
    assert part(moved, "bo", "education.fees") > part(usual, "bo", "education.fees")
    assert line(moved, "gang", "ci") == line(usual, "gang", "ci")
    assert analyse(the_lis(), {"cpi_bp": 99_999}) == analyse(the_lis(), {"cpi_bp": 400})


def test_a_model_that_makes_no_sense_is_named():
    broken = copy.deepcopy(MODEL)
    broken["lines"][0]["parts"][0]["fen"] = "shares(m.loans) + 'x'"
    with pytest.raises(gap.ModelError) as fault:
        gap.analyse(the_lis(), broken, ASSUMPTIONS, DAY)
    assert fault.value.where == "life.debt.fen"


def test_children_whose_guardian_refuses_are_not_reckoned_with():
    """G03: as if they had not been named, and the report says so."""
    policy = {"id": "k", "insured": "bo", "kind": "medical", "lapsed": True}
    told = the_lis() | {"C01:bo": "master", "C02:yue": 50 * WAN, "M03:bo": ["resident_medical"]}
    told["E01"] = [*told["E01"], policy]
    refused = analyse(told | {"G03": False})
    unnamed = {**told, "G03": False, "E01": told["E01"][:-1]}
    unnamed["H02"] = [each for each in told["H02"] if each["id"] not in ("bo", "yue")]
    without = analyse({key: value for key, value in unnamed.items() if not key.endswith((":bo", ":yue"))})
    assert analyse(told | {"G03": {"unknown": True}}) == refused
    assert refused["notes"] == [{"code": "children_withheld"}, *without["notes"]]
    assert refused | {"notes": []} == without | {"notes": []}
    assert part(analyse(told), "gang", "life.education") > 0
    assert {member["id"] for member in refused["members"]} == {"mei", "gang", "lan"}


def test_whoever_needs_no_guardian_counts_whatever_the_guardian_said():
    """From the 14th birthday on, and before birth: about an unborn child nothing personal is known."""
    for child in ({"birth_date": "2012-11-25"}, {"unborn": True, "birth_date": None}):
        answers = couple(G03=False)
        answers["H02"] = [*answers["H02"], {"id": "c", "relation": "child", **child}]
        assert [member["id"] for member in analyse(answers)["members"]] == ["s", "p", "c"]
        assert analyse(answers)["notes"] == []


# The phone


@pytest.mark.parametrize("block", range(6))
def test_the_phone_gives_the_same_report(calculator, block):
    for seed in range(block * 40, block * 40 + 40):
        moved = {"cpi_bp": seed * 7 % 500, "discount_bp": seed * 11 % 500} if seed % 3 else {}
        given = [made_up(seed), MODEL, ASSUMPTIONS, TODAY, moved]
        assert calculator.ask("gap", given) == python("gap", given), f"made_up({seed})"


def test_bands_give_ranges():
    answers = the_lis() | {"G02": False, "M04:gang": {"low_fen": 20 * WAN, "high_fen": 30 * WAN}}
    found = line(analyse(answers), "gang", "ci")
    assert found["range_fen"] == [(40 + 60 + 9) * WAN, (40 + 90 + 9) * WAN]
    assert found["gap_fen"] == (40 + 75 + 9) * WAN
    assert "range_fen" not in line(analyse(the_lis()), "gang", "ci")
