"""Plans from a gap: the order of advice, the limits, the money, what stays open; worked by hand on the Lis."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from portal.products import eligibility, premium
from portal.proposals import closing, planner
from portal.proposals.closing import closed, closes, death_fen, held_death_fen
from tests.portal.needs.families import TODAY, the_lis
from tests.portal.proposals.planning import SETTINGS, START, WAN, YUAN, Family, catalogue, coverage, lis, plan

PLENTY = 10**9


def line(family: Family, member: str, name: str) -> dict[str, Any]:
    lines = next(each["lines"] for each in family.result["members"] if each["id"] == member)
    return next(each for each in lines if each["id"] == name)


def bought(of: dict[str, Any], member: str, code: str) -> dict[str, Any] | None:
    return next((each for each in of["coverages"] if (each["insured"], each["product"][:5]) == (member, code)), None)


def yearly(family: Family, of: dict[str, Any]) -> int:
    return premium.priced(of, catalogue(), family.people, today=TODAY)["yearly_fen"]


def order(of: dict[str, Any]) -> list[tuple[str, str]]:
    return [(catalogue()["products"][each["product"]]["body"]["line"], each["insured"]) for each in of["coverages"]]


def family_of(*people: dict[str, Any], **answers: Any) -> Family:
    return Family({"H02": list(people), **answers})


def somebody(**more: Any) -> dict[str, Any]:
    return {"id": "s", "relation": "self", "name": "陈静", "gender": "female", "birth_date": "1990-05-05", **more}


# Three plans


def test_three_plans_each_with_all_of_the_one_before():
    urgent, large, everything = lis().plans(PLENTY, sales_grade=4)
    assert [each["name"] for each in (urgent, large, everything)] == ["urgent", "large", "all"]
    assert [each["id"] for each in (urgent, large, everything)] == ["a", "b", "c"]
    assert large["coverages"][: len(urgent["coverages"])] == urgent["coverages"]
    assert everything["coverages"][: len(large["coverages"])] == large["coverages"]


def test_the_lis_to_the_fen():
    """What the demo's family is shown with 20,000 and with 60,000 yuan a year."""
    family = lis()
    totals = [[yearly(family, of) for of in family.plans(budget * YUAN, sales_grade=4)] for budget in (20_000, 60_000)]
    assert totals == [[524_290, 1_997_180], [524_290, 2_243_090, 5_917_790]]


def test_the_order_of_advice():
    """Medical, accident, the lives of those who earn and their illnesses, then the others; who earns most first."""
    *_, everything = lis().plans(PLENTY, sales_grade=4)
    assert order(everything) == [
        ("medical", "gang"), ("medical", "mei"), ("medical", "bo"), ("medical", "yue"),
        ("accident", "gang"), ("accident", "mei"), ("accident", "lan"), ("accident", "bo"), ("accident", "yue"),
        ("life", "gang"), ("life", "mei"), ("ci", "gang"), ("ci", "mei"), ("ci", "bo"), ("ci", "yue"),
        ("education", "yue"),
    ]  # fmt: skip


def test_urgent_is_medical_accident_and_the_life_of_the_main_earner():
    urgent = lis().plans(PLENTY)[0]
    assert {name for name, _ in order(urgent)} == {"medical", "accident", "life"}
    assert [who for name, who in order(urgent) if name == "life"] == ["gang"]


def test_the_same_plan_is_not_shown_twice():
    family = family_of(somebody(), **{"M04:s": 0, "M01:s": "student"})
    names = [each["name"] for each in family.plans(800 * YUAN)]
    assert names == ["urgent"]


def test_without_money_there_is_no_plan():
    assert lis().plans(0) == []
    assert lis().plans(-1) == []
    assert lis().plans(100) == []


@pytest.mark.parametrize(
    "budget", [199 * YUAN, 1_000 * YUAN, 5_242 * YUAN, 12_345 * YUAN, 26_000 * YUAN, 90_000 * YUAN]
)
def test_never_above_the_budget(budget: int):
    family = lis()
    for each in family.plans(budget, sales_grade=4):
        assert 0 < yearly(family, each) <= budget


@pytest.mark.parametrize(("mode", "times"), [("half", 2), ("quarter", 4), ("month", 12)])
def test_instalments_of_a_year_stay_within_the_budget(mode: str, times: int):
    """Twelve monthly premiums are more than one of a year, and the family pays the twelve."""
    family = lis()
    for of in family.plans(12_345 * YUAN, mode=mode, sales_grade=4):
        quotes = premium.priced(of, catalogue(), family.people, today=TODAY)["coverages"].values()
        paid = sum(each["modal_fen"] * (times if each["mode"] == mode else 1) for each in quotes)
        assert of["mode"] == mode
        assert sum(each["yearly_fen"] for each in quotes) < paid <= 12_345 * YUAN


def test_never_more_than_r04_lets_anybody_pay():
    """40 % of 480,000 a year, less what is paid for held cover."""
    held = {"id": "h", "insured": "gang", "kind": "term", "sum_fen": WAN, "yearly_fen": 150_000 * YUAN}
    family = lis(E01=[held], F01=40_000 * YUAN)
    last = family.plans(PLENTY, sales_grade=4)[-1]
    assert 36_000 * YUAN < yearly(family, last) <= 42_000 * YUAN
    assert yearly(family, lis(E01=[held | {"lapsed": True}], F01=40_000 * YUAN).plans(PLENTY)[-1]) > 42_000 * YUAN


def test_every_plan_can_be_had():
    family = lis()
    for each in family.plans(PLENTY, sales_grade=4):
        faults = eligibility.plan_faults(each, catalogue(), family.people, today=TODAY)
        assert [fault for fault in faults if fault["level"] == "red"] == []


def test_nothing_is_ticked_beforehand():
    for each in (each for of in lis().plans(PLENTY, sales_grade=4) for each in of["coverages"]):
        assert (each["extras"], each["rider_of"], each["items"]) == ([], None, {})
        assert catalogue()["products"][each["product"]]["body"]["role"] == "main"


# How much


def test_a_cover_goes_to_the_gap_rounded_up_to_the_step():
    family = lis()
    gap = line(family, "mei", "life")["gap_fen"]
    cover = bought(family.plans(PLENTY)[-1], "mei", "DF-T1")
    assert cover
    assert 0 <= cover["sum_fen"] - gap < WAN


def test_or_to_what_is_accepted_without_examination():
    family = lis()
    assert line(family, "gang", "ci")["gap_fen"] > 60 * WAN
    cover = bought(family.plans(PLENTY)[-1], "gang", "DF-C2")
    assert cover
    assert cover["sum_fen"] == 60 * WAN  # 40 years old: up to 600,000


def test_or_to_what_the_money_buys():
    family = lis()
    _, large = family.plans(2_000_000)
    cover = bought(large, "mei", "DF-C2")
    assert cover
    assert cover["sum_fen"] == 39 * WAN
    assert yearly(family, large) <= 2_000_000
    more = [each | {"sum_fen": 40 * WAN} if each["id"] == cover["id"] else each for each in large["coverages"]]
    assert yearly(family, large | {"coverages": more}) > 2_000_000


def test_children_stay_below_the_cap_with_all_insurers():
    held = {"id": "x", "insured": "yue", "kind": "accident", "sum_fen": 8 * WAN, "insurer": "另一家"}
    family = lis(E01=[held])
    cover = bought(family.plans(PLENTY)[-1], "yue", "DF-A1")
    assert cover
    assert cover["sum_fen"] == 10 * WAN  # 120,000 are left, in steps of 100,000
    full = lis(E01=[held | {"kind": "whole_life", "sum_fen": 20 * WAN}])
    assert bought(full.plans(PLENTY)[-1], "yue", "DF-A1") is None
    assert {"member": "yue", "line": "accident", "fen": 20 * WAN} in full.plans(PLENTY)[-1]["uncovered"]


def test_nothing_where_the_line_is_enough():
    family = lis(E01=[{"id": "t", "insured": "gang", "kind": "term", "sum_fen": 500 * WAN}])
    assert line(family, "gang", "life")["gap_fen"] <= 0
    assert bought(family.plans(PLENTY)[-1], "gang", "DF-T1") is None


def test_no_second_medical_policy():
    family = lis(E01=[{"id": "m", "insured": "mei", "kind": "medical", "sum_fen": 60 * WAN}])
    assert line(family, "mei", "medical")["gap_fen"] > 0
    last = family.plans(PLENTY)[-1]
    assert bought(last, "mei", "DF-M1") is None
    assert {"member": "mei", "line": "medical", "fen": 140 * WAN} in last["uncovered"]


def test_nobody_unborn():
    unborn = {"id": "u", "relation": "child", "name": "宝宝", "unborn": True, "birth_date": None}
    family = Family({**the_lis(), "H02": [*the_lis()["H02"], unborn]})
    assert not [
        each for of in family.plans(PLENTY, sales_grade=4) for each in of["coverages"] if each["insured"] == "u"
    ]


@pytest.mark.parametrize(("born", "offered"), [("1960-11-27", True), ("1960-11-26", False)])
def test_term_life_is_hidden_over_65(born: str, offered: bool):
    """65 on the first day of cover is the last age; the demo product itself ends at 60, so a laxer one is asked."""
    products = copy.deepcopy(catalogue()["products"])
    products["DF-T1@1"]["body"]["entry"] |= {"max_age": 80, "max_end_age": None}
    products["DF-T1@1"]["body"]["price"] = {"form": "bands", "bands": [[None, 100]]}
    family = family_of(somebody(birth_date=born), **{"M04:s": 100_000 * YUAN, "M01:s": "employed", "M06:s": 70,
                       "F03": [{"balance_fen": 100 * WAN, "owner": "s"}]})  # fmt: skip
    found = planner.plans(
        family.result, family.people, {"products": products, "blobs": {}}, PLENTY, START, settings=SETTINGS, today=TODAY
    )
    assert any(each["product"] == "DF-T1@1" for of in found for each in of["coverages"]) == (
        offered and premium.age_on(family.people[0], START) == 65
    )


# Which product


def test_the_cheapest_that_does_it():
    """Term life, not whole life; illness to 70, not for life."""
    last = lis().plans(PLENTY)[-1]
    products = {each["product"] for each in last["coverages"]}
    assert {"DF-T1@1", "DF-C2@1"} <= products
    assert not {"DF-W1@1", "DF-C1@1"} & products


def test_nothing_that_costs_as_much_as_it_pays():
    """Whole life for 50,000 would cost a woman of 56 more than 37,000: her last expenses stay open."""
    wife = {"id": "w", "relation": "spouse", "name": "王芳", "gender": "female", "birth_date": "1970-02-02"}
    family = family_of(
        somebody(gender="male", birth_date="1968-04-04"),
        wife,
        **{"M04:s": 200_000 * YUAN, "M01:s": "employed", "M01:w": "retired", "M04:w": 0, "F01": 9_000 * YUAN},
    )
    last = family.plans(PLENTY)[-1]
    assert bought(last, "w", "DF-W1") is None
    assert {"member": "w", "line": "life", "fen": 5 * WAN} in last["uncovered"]
    cover = bought(last, "s", "DF-T1")
    assert cover
    assert cover["pay"] == "y10"  # past 60, where two years to 60 would cost four times as much


def test_paid_before_60_where_that_is_no_rush():
    """At 45 twenty years of payment would pass 60: ten are proposed, for twenty years of cover."""
    child = {"id": "k", "relation": "child", "name": "小小", "gender": "male", "birth_date": "2020-01-01"}
    family = family_of(
        somebody(birth_date="1981-05-05"), child, **{"M04:s": 300_000 * YUAN, "M01:s": "employed", "F01": 12_000 * YUAN}
    )
    cover = bought(family.plans(PLENTY)[0], "s", "DF-T1")
    assert cover
    assert premium.years(cover["pay"], 45) <= 15 < premium.years(cover["term"], 45)


def test_the_old_get_what_is_made_for_them():
    cover = bought(lis().plans(PLENTY)[0], "lan", "DF-A2")
    assert cover
    assert cover["plan"] == "p2"


def test_a_term_that_lasts_as_long_as_the_need():
    """Yue is seven and is looked after until 22, so fifteen years: twenty are taken, ten would be too short."""
    cover = bought(lis().plans(PLENTY)[-1], "mei", "DF-T1")
    assert cover
    assert (cover["term"], cover["pay"]) == ("y20", "y20")


def test_only_what_is_on_sale_that_day():
    def on_sale(from_date: str, to_date: str | None) -> bool:
        products = {**catalogue()["products"]}
        products["DF-M1@1"] = products["DF-M1@1"] | {"from_date": from_date, "to_date": to_date}
        family, among = lis(), {**catalogue(), "products": products}
        found = planner.plans(family.result, family.people, among, PLENTY, START, settings=SETTINGS, today=TODAY)
        return bought(found[0], "mei", "DF-M1") is not None

    assert on_sale(TODAY, TODAY)
    assert on_sale("2026-01-01", None)
    assert not on_sale("2026-11-26", None)
    assert not on_sale("2026-01-01", "2026-11-24")


def test_the_newest_version_of_a_product():
    products = {**catalogue()["products"]}
    products["DF-M1@2"] = products["DF-M1@1"] | {"version": 2}
    family = lis()
    found = planner.plans(
        family.result,
        family.people,
        {**catalogue(), "products": products},
        PLENTY,
        START,
        settings=SETTINGS,
        today=TODAY,
    )
    assert {each["product"] for each in found[0]["coverages"] if "M1" in each["product"]} == {"DF-M1@2"}


def test_only_what_the_agent_may_sell():
    """The pension is of grade P3: a seller of the first grade does not propose it."""
    family = lis(**{"F01": 40_000 * YUAN, "T02:mei": 0})
    assert line(family, "mei", "retirement")["gap_fen"] > 0
    assert bought(family.plans(PLENTY, sales_grade=2)[-1], "mei", "DF-R1")
    assert bought(family.plans(PLENTY, sales_grade=1)[-1], "mei", "DF-R1") is None


def test_only_occupations_that_are_accepted():
    family = lis(**{"M02:gang": 6})
    assert bought(family.plans(PLENTY)[0], "gang", "DF-A1") is None
    assert {"member": "gang", "line": "accident", "fen": 300 * WAN} in family.plans(PLENTY)[0]["uncovered"]


# What stays open


def test_what_stays_open_is_listed():
    family = lis()
    for of in family.plans(2_000_000):
        quotes = premium.priced(of, catalogue(), family.people)["coverages"]
        rows = closed(of, quotes, family.result, catalogue(), family.people)
        left = {(row["member"], row["line"]): row["after_fen"] for row in rows if row["after_fen"]}
        assert {(each["member"], each["line"]): each["fen"] for each in of["uncovered"]} == left


def test_social_insurance_comes_first():
    family = lis(**{"M03:mei": ["none"]})
    assert family.plans(PLENTY)[0]["uncovered"][0] == {"member": "mei", "line": "social", "fen": 0}


# What a cover closes


def test_medical_limits_do_not_add_up():
    family = lis(E01=[{"id": "m", "insured": "mei", "kind": "medical", "sum_fen": 60 * WAN}])
    of = plan(coverage("DF-M1", "mei", sum_fen=200 * WAN))
    quotes = premium.priced(of, catalogue(), family.people)["coverages"]
    rows = closed(of, quotes, family.result, catalogue(), family.people)
    row = next(each for each in rows if (each["member"], each["line"]) == ("mei", "medical"))
    assert (row["before_fen"], row["by_plan_fen"], row["after_fen"]) == (140 * WAN, 140 * WAN, 0)


def test_what_has_no_price_closes_nothing():
    family = lis()
    of = plan(coverage("DF-T1", "gang", term="y20", pay="y20", sum_fen=10 * WAN))
    for quotes in ({}, {"c1": {"errors": [{"rule": "no_rate"}]}}):
        rows = closed(of, quotes, family.result, catalogue(), family.people)
        assert {row["by_plan_fen"] for row in rows} == {0}
    assert {row["member"] for row in rows} == {"mei", "gang", "bo", "yue", "lan", None}


def test_own_cover_and_cover_in_its_waiting_period_as_the_gap_model_counts_them():
    family = lis()
    rows = closed(plan(), {}, family.result, catalogue(), family.people)
    have = {(row["member"], row["line"]): row["have_fen"] for row in rows}
    assert have["mei", "ci"] == 0
    assert have["gang", "life"] >= 100 * WAN


def test_a_pension_is_worth_what_it_pays_to_90_in_todays_money():
    """12,000 yuan a year from 60 to 89, at 2.5 %, seen from 40: 30 payments, due in 20 years."""
    body = catalogue()["products"]["DF-R1@1"]["body"]
    person = {"id": "p", "birth_date": "1986-11-26"}
    cover = coverage("DF-R1", "p", term="life", pay="y10", sum_fen=12_000 * YUAN)
    worth = sum(12_000 / 1.025**year for year in range(20, 50))
    assert abs(closes(cover, body, person, START) - worth * 100) <= 1


def test_education_is_worth_its_four_payments():
    body = catalogue()["products"]["DF-E1@1"]["body"]
    cover = coverage("DF-E1", "p", term="a21", pay="y10", sum_fen=20 * WAN)
    worth = sum(5 * WAN / 1.025**year for year in range(11, 15))
    assert abs(closes(cover, body, {"id": "p", "birth_date": "2019-11-26"}, START) - worth) <= 1


def test_homes_and_cars_belong_to_the_household():
    family = lis()
    items = {"building": 100 * WAN, "contents": 10 * WAN}
    of = plan(coverage("DF-H1", "mei", items=items))
    quotes = premium.priced(of, catalogue(), family.people)["coverages"]
    row = next(each for each in closed(of, quotes, family.result, catalogue(), family.people) if each["line"] == "home")
    assert (row["member"], row["by_plan_fen"]) == (None, 110 * WAN)


def test_death_benefits_as_the_cap_counts_them():
    body = catalogue()["products"]["DF-C1@1"]["body"]
    cover = coverage("DF-C1", "p", term="life", pay="y20", sum_fen=50 * WAN)
    assert [death_fen(cover, body, age) for age in (0, 17, 18, 60)] == [0, 0, 50 * WAN, 50 * WAN]
    held = [
        {"insured": "p", "kind": "term", "sum_fen": 3},
        {"insured": "p", "kind": "accident", "sum_fen": 4, "expiry": TODAY},
        {"insured": "p", "kind": "ci", "sum_fen": 100},
        {"insured": "p", "kind": "term", "sum_fen": 100, "lapsed": True},
        {"insured": "q", "kind": "term", "sum_fen": 100},
    ]
    assert held_death_fen(held, "p", TODAY) == 7
    assert closing.in_force({"expiry": TODAY}, TODAY)
