"""What a cover costs: worked out by hand on a small shelf, and the same on the phone over the whole catalogue."""

from __future__ import annotations

import json

import pytest

from portal.products import premium
from portal.products.premium import PriceError
from tests.portal.products.shelf import PEOPLE, SHELF, START, cover, plan
from tests.portal.products.twins import ROOT, python

ME, SHE, KID, OLD, DUE = PEOPLE


def body(name):
    return SHELF["products"][name]["body"]


def cost(coverage, person=ME, applicant=ME, mode="year", waived=0, start=START):
    of = body(coverage["product"])
    rates = SHELF["blobs"].get(of["price"].get("rates"))
    return premium.price(coverage, of, rates, person, applicant, start, waived, mode)


def quotes(*covers, **more):
    return premium.priced(plan(*covers, **more), SHELF, PEOPLE)


# One cover


def test_a_rate_counts_by_a_thousand_yuan_of_the_sum():
    # 1,000,000 yuan at 1.24 a thousand.
    found = cost(cover("T@2", sum_fen=100_000_000))
    assert found == {
        "yearly_fen": 124_000,
        "modal_fen": 124_000,
        "mode": "year",
        "cells": [{"age": 30, "sex": "m", "term": "y20", "pay": "y20", "rate": 124}],
    }


@pytest.mark.parametrize("mode, fen", [("year", 124_000), ("half", 64_480), ("quarter", 32_860), ("month", 11_160)])
def test_instalments_are_of_the_rounded_yearly_premium(mode, fen):
    assert cost(cover("T@2", sum_fen=100_000_000), mode=mode)["modal_fen"] == fen


def test_half_a_fen_goes_up_each_time():
    # 0.53 × 50.05 = 26.5265 yuan; a month of 2,653 fen is 238.77.
    found = cost(cover("T@2", "she", sum_fen=5_005_000), SHE, start="2026-12-10", mode="month")
    assert (found["yearly_fen"], found["modal_fen"]) == (2_653, 239)
    assert [premium.rounded(n, 10) for n in (4, 5, 14, 15)] == [0, 1, 1, 2]


def test_a_single_premium_has_no_instalments():
    found = cost(cover("T@2", pay="single", sum_fen=10_000_000), mode="month")
    assert (found["yearly_fen"], found["modal_fen"], found["mode"]) == (200_500, 200_500, "single")


def test_the_age_is_that_of_the_day_cover_begins():
    one = cover("T@2", sum_fen=10_000_000)
    assert cost(one, start="2027-03-07")["cells"][0]["age"] == 30
    assert cost(one, start="2027-03-08")["cells"][0]["age"] == 31
    # Who was born on 29 February is a year older on the 28th.
    assert premium.age_on(OLD, "2027-02-27") == 66
    assert premium.age_on(OLD, "2027-02-28") == 67


def test_bands_and_who_has_no_social_insurance():
    assert cost(cover("B@1", pay="y1", term="y1"))["yearly_fen"] == 30_000
    # 300 × 1.9, and a yearly product is paid by the year whatever the plan says.
    found = cost(cover("B@1", "she"), {**SHE, "birth_date": "1996-01-01"}, mode="month")
    assert (found["yearly_fen"], found["modal_fen"], found["mode"]) == (57_000, 57_000, "year")
    # 520.05 × 1.9 = 988.095
    assert cost(cover("B@1", "she"), {**OLD, "social_insurance": False})["yearly_fen"] == 98_810
    assert cost(cover("B@1", "kid"), KID)["yearly_fen"] == 68_000


def test_the_class_counts_for_the_sum_and_not_for_additions():
    one = cover("S@1", sum_fen=20_000_000, extras=["medical", "allowance"])
    assert cost(one)["yearly_fen"] == 11_600 + 8_000
    assert cost(one, SHE)["yearly_fen"] == 25_520 + 8_000
    # Nobody asked: as in an office.
    assert cost(one, KID)["yearly_fen"] == 19_600


def test_plans_and_chosen_premiums():
    assert cost(cover("P@1", "old", plan="p2"), OLD)["yearly_fen"] == 36_900
    found = cost(cover("M@1", term="life", pay="y3", premium_fen=1_000_000), mode="half")
    assert (found["yearly_fen"], found["modal_fen"], found["cells"]) == (1_000_000, 520_000, [])


def test_parts_of_a_motor_cover():
    # 1,260 × 0.7 × 0.9
    one = cover("V@1", items={"liable": "3m"}, factors={"ncd": 7000, "own": 9000})
    assert cost(one)["yearly_fen"] == 79_380
    # A car of 200,000: (2,200 + 300) × 0.7; four seats.
    one["items"] |= {"damage": 20_000_000, "seats": 4}
    assert cost(one)["yearly_fen"] == 79_380 + 175_000 + 16_000
    assert cost(cover("V@1", items={"liable": "1m"}))["yearly_fen"] == 86_000


def test_the_least_premium_of_a_cover_of_parts():
    few = {**body("V@1"), "price": {**body("V@1")["price"], "min_fen": 90_000}}
    assert premium.price(cover("V@1", items={"liable": "1m"}), few, None, ME, ME, START)["yearly_fen"] == 90_000


@pytest.mark.parametrize(
    "code, data, call",
    [
        ("input", {"field": "sum_fen"}, lambda: cost(cover("T@2"))),
        ("input", {"field": "sum_fen"}, lambda: cost(cover("T@2", sum_fen=-1))),
        ("input", {"field": "sum_fen"}, lambda: cost(cover("T@2", sum_fen=10**12))),
        ("input", {"field": "sum_fen"}, lambda: cost(cover("T@2", sum_fen=True))),
        ("input", {"field": "premium_fen"}, lambda: cost(cover("M@1", premium_fen="12"))),
        ("input", {"field": "start"}, lambda: cost(cover("T@2", sum_fen=100), start="26.11.2026")),
        ("input", {"field": "start"}, lambda: cost(cover("T@2", sum_fen=100), start="20261126")),
        ("input", {"field": "mode"}, lambda: cost(cover("T@2", sum_fen=100), mode="weekly")),
        ("input", {"field": "extras"}, lambda: cost(cover("S@1", sum_fen=100, extras=["medical", "medical"]))),
        ("input", {"field": "items"}, lambda: cost(cover("V@1", items=["liable"]))),
        ("input", {"field": "items"}, lambda: cost(cover("V@1", items={"liable": "1m", "wings": 2}))),
        ("input", {"field": "factors"}, lambda: cost(cover("V@1", items={"liable": "1m"}, factors={"luck": 7000}))),
        ("input", {"field": "coverage"}, lambda: premium.price(None, body("T@2"), {}, ME, ME, START)),
        ("no_rate", {"age": 30}, lambda: cost(cover("T@2", pay="y30", sum_fen=100))),
        ("no_rate", {"age": 33}, lambda: cost(cover("T@2", sum_fen=100), {**ME, "birth_date": "1993-03-08"})),
        ("no_rate", {"age": 66}, lambda: cost(cover("C@1", sum_fen=100), OLD)),
        ("no_rate", {"age": 30}, lambda: cost({**cover("T@2", sum_fen=100), "term": ["y20"]})),
        ("rates", {}, lambda: premium.price(cover("T@2", sum_fen=100), body("T@2"), None, ME, ME, START)),
        ("gender", {}, lambda: cost(cover("T@2", sum_fen=100), {**ME, "gender": None})),
        ("birth_date", {}, lambda: cost(cover("T@2", sum_fen=100), DUE)),
        ("insured", {}, lambda: cost(cover("T@2", sum_fen=100), None)),
        ("applicant", {}, lambda: cost(cover("W@1"), ME, None)),
        ("waived", {}, lambda: cost(cover("W@1"), ME, ME)),
        ("occupation", {"occupation_class": 5}, lambda: cost(cover("S@1", sum_fen=100), OLD)),
        ("extra", {}, lambda: cost(cover("S@1", sum_fen=100, extras=["gold"]))),
        ("plan", {}, lambda: cost(cover("P@1", plan="p9"))),
        ("item_missing", {"name": {"zh": "三者", "en": "Liability"}}, lambda: cost(cover("V@1", items={"seats": 2}))),
        ("item", {"name": {"zh": "座位", "en": "Seats"}}, lambda: cost(cover("V@1", items={"liable": "1m", "seats": 10}))),
        ("factor", {"name": {"zh": "自主系数", "en": "Own factor"}},
         lambda: cost(cover("V@1", items={"liable": "1m"}, factors={"own": 8500}))),
    ],
)  # fmt: skip
def test_what_has_no_price(code, data, call):
    with pytest.raises(PriceError) as fault:
        call()
    assert (fault.value.code, fault.value.data) == (code, data)


# A whole plan


def test_covers_are_rounded_before_they_are_added():
    one, two = cover("T@2", sum_fen=10_000_400), cover("T@2", sum_fen=10_000_400, id="c2")
    # 12,400.496 each.
    found = quotes(one, two, mode="month")
    assert (found["yearly_fen"], found["modal_fen"]) == (24_800, 2_232)


def test_a_waiver_frees_from_the_main_cover_and_its_other_riders():
    # For the wife, so that the husband's death frees her of 212 + 58 yuan; at 30 of 25.52 a thousand.
    she = {**SHE, "birth_date": "1996-01-01"}
    main = cover("T@2", "she", sum_fen=40_000_000)
    rider = cover("R@1", "she", "y1", "y1", id="c2", rider_of="c1", sum_fen=58_000_000)
    waiver = cover("W@1", "me", id="c3", rider_of="c1")
    other = cover("S@1", "me", "y1", "y1", id="c4", sum_fen=10_000_000)
    found = premium.priced(plan(waiver, main, rider, other), SHELF, [ME, she])
    assert found["coverages"]["c1"]["yearly_fen"] == 21_200
    assert found["coverages"]["c2"]["yearly_fen"] == 5_800
    assert found["coverages"]["c3"]["yearly_fen"] == 689
    assert found["coverages"]["c3"]["cells"] == [{"age": 30, "sex": "m", "term": "y20", "pay": "y20", "rate": 2552}]
    assert found["yearly_fen"] == 21_200 + 5_800 + 689 + 5_800
    # Without a main cover there is nothing to free from.
    orphan = premium.priced(plan(waiver), SHELF, [ME, she])["coverages"]["c3"]["errors"]
    assert [error["rule"] for error in orphan] == ["waived"]
    # Two waivers do not free from each other.
    twice = premium.priced(plan(main, waiver, {**waiver, "id": "c5"}), SHELF, [ME, she])["coverages"]
    assert twice["c3"]["yearly_fen"] == twice["c5"]["yearly_fen"] == 541


def test_a_waiver_lasts_as_long_as_the_main_cover_is_paid():
    # Paid to 60 by somebody of 40: 20 years, whatever the age of the applicant.
    she = {**SHE, "birth_date": "1986-01-01"}
    body_of = {**body("W@1"), "pays": ["a60"]}
    found = premium.price(cover("W@1", pay="a60"), body_of, SHELF["blobs"]["waiver"], she, ME, START, 100_000)
    assert found["cells"][0]["rate"] == 2552


def test_what_cannot_be_priced_is_said_and_the_rest_is_priced():
    broken = cover("T@2", "she", sum_fen=-5, id="c2")
    waiver = cover("W@1", id="c3", rider_of="c2")
    found = quotes(cover("T@2", sum_fen=10_000_000), broken, waiver, cover("T@9", id="c4"), None)
    errors = {key: quote["errors"] for key, quote in found["coverages"].items() if "errors" in quote}
    assert errors == {
        "c2": [{"rule": "input", "level": "red", "coverage": "c2", "data": {"field": "sum_fen"}}],
        "c3": [{"rule": "waived", "level": "red", "coverage": "c3", "data": {}}],
        "c4": [{"rule": "product", "level": "red", "coverage": "c4", "data": {}}],
        "": [{"rule": "product", "level": "red", "coverage": "", "data": {}}],
    }
    assert found["yearly_fen"] == 12_400


def test_a_quote_holds_for_30_days_or_to_the_day_before_a_birthday():
    assert quotes(cover("T@2", "me"))["valid_until"] == "2026-12-26"
    # She turns 30 on 10 December.
    assert quotes(cover("T@2", "me"), cover("T@2", "she", id="c2"))["valid_until"] == "2026-12-09"
    # It is the day the quote is made that the 30 days count from.
    later = premium.priced(plan(cover("T@2"), start="2026-12-20"), SHELF, PEOPLE, None, "2026-11-26")
    assert later["valid_until"] == "2026-12-26"
    # A birthday between today and the first day of cover is in the premium already.
    after = premium.priced(plan(cover("T@2", "she"), start="2026-12-20"), SHELF, PEOPLE, None, "2026-11-26")
    assert after["valid_until"] == "2026-12-26"
    leap = premium.priced(plan(cover("P@1", "old"), start="2027-02-10"), SHELF, PEOPLE)
    assert leap["valid_until"] == "2027-02-27"
    # A waiver's rate knows the applicant's age.
    buyer = [{**ME, "birth_date": "1996-12-01"}, {**SHE, "birth_date": "1996-01-01"}]
    waived = plan(cover("T@2", "she", sum_fen=100), cover("W@1", id="c2", rider_of="c1"))
    assert premium.priced(waived, SHELF, buyer)["valid_until"] == "2026-11-30"


def test_riders_go_with_their_main_cover():
    whole = plan(cover("T@2"), cover("W@1", id="c2", rider_of="c1"), cover("S@1", id="c3"))
    assert [each["id"] for each in premium.without(whole, "c1")["coverages"]] == ["c3"]
    assert [each["id"] for each in premium.without(whole, "c2")["coverages"]] == ["c1", "c3"]


def test_terms_in_years():
    assert [premium.years(code, 35) for code in ("y20", "a60", "life", "single")] == [20, 25, 71, 1]
    assert [premium.years(code, 35) for code in ("", "y", "20", None, 20, "y20 ", "b20", "y2000")] == [None] * 8


# The vectors, which a browser keeps too (tests/js/domain.js)

VECTORS = json.loads((ROOT / "tests" / "vectors" / "premium.json").read_text())


@pytest.mark.parametrize("case", VECTORS["cases"], ids=[case["name"] for case in VECTORS["cases"]])
def test_the_server_keeps_the_vectors(case):
    plan_of = {"mode": "year", "start": VECTORS["start"], **case["plan"]}
    args = [plan_of, VECTORS["catalogue"], VECTORS["people"], case.get("applicant"), case.get("today")]
    assert python("all", args) == case["result"]


def test_the_phone_keeps_the_vectors(pricer):
    for case in VECTORS["cases"]:
        plan_of = {"mode": "year", "start": VECTORS["start"], **case["plan"]}
        args = [plan_of, VECTORS["catalogue"], VECTORS["people"], case.get("applicant"), case.get("today")]
        assert pricer.ask("all", args) == case["result"], case["name"]
