"""Who may have what: every rule by a case of its own, all faults at once, and words for each of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portal.products import eligibility, words
from portal.products.eligibility import faults, plan_faults
from portal.translations import merged
from tests.portal.products.shelf import PEOPLE, SHELF, START, cover, plan
from tests.portal.products.twins import ROOT, python

ME, SHE, KID, OLD, DUE = PEOPLE


def product(name, **body):
    record = SHELF["products"][name]
    return {**record, "body": {**record["body"], **body}}


def found(coverage, person=ME, start=START, today=None, **body):
    """Rules and data that speak against one cover."""
    of = product(coverage["product"], **body)
    return told(faults(coverage, of, person, ME, start, plan(coverage, start=start), SHELF, today))


def told(given):
    return [(fault["rule"], fault["level"], fault["data"]) for fault in given]


def among(*covers, people=PEOPLE, applicant=None, today=None, **more):
    return plan_faults(plan(*covers, **more), SHELF, people, applicant, today)


TERM = cover("T@2", sum_fen=10_000_000)
YEARLY = {"term": "y1", "pay": "y1"}


def test_nothing_speaks_against_it():
    assert found(TERM) == []
    assert found(cover("S@1", **YEARLY, sum_fen=20_000_000, extras=["medical"])) == []
    assert found(cover("V@1", **YEARLY, items={"liable": "1m"})) == []


@pytest.mark.parametrize(
    "expected, given",
    [
        # Sale, both days included.
        (("withdrawn", "red", {"to_date": "2026-06-30"}), lambda: found(cover("T@1", sum_fen=10_000_000))),
        (("not_yet", "red", {"from_date": "2027-01-01"}), lambda: found(cover("T@3", sum_fen=10_000_000))),
        (("start_past", "red", {"start_date": "2026-11-25"}), lambda: found(TERM, start="2026-11-25", today=START)),
        # The person.
        (("insured", "red", {}), lambda: found(TERM, None)),
        (("birth_date", "red", {}), lambda: found(cover("B@1", **YEARLY), {**ME, "birth_date": "1996-02-30"})),
        (("unborn", "red", {}), lambda: found(cover("B@1", **YEARLY), {**ME, "birth_date": "2026-11-27"})),
        (("gender", "red", {}), lambda: found(TERM, {**ME, "gender": None})),
        (("entry_days", "red", {"days": 27, "min_days": 28}),
         lambda: found(cover("B@1", **YEARLY), {**KID, "birth_date": "2026-10-30", "social_insurance": True})),
        (("entry_age", "red", {"age": 61, "min_age": 0, "max_age": 60}),
         lambda: found(cover("B@1", **YEARLY), {**ME, "birth_date": "1965-11-26"})),
        (("entry_age", "red", {"age": 17, "min_age": 18, "max_age": 105}),
         lambda: found(cover("V@1", **YEARLY, items={"liable": "1m"}), {**ME, "birth_date": "2008-11-27"})),
        # Terms.
        (("term", "red", {}), lambda: found({**TERM, "term": "y25"})),
        (("pay", "red", {}), lambda: found({**TERM, "pay": "y10"})),
        (("input", "red", {"field": "term"}), lambda: found({**TERM, "term": None})),
        (("pay_term", "red", {"years": 15}), lambda: found({**TERM, "term": "a60"}, {**ME, "birth_date": "1981-03-08"})),
        (("end_age", "red", {"age": 80, "max_age": 75}), lambda: found(TERM, {**ME, "birth_date": "1966-03-08", "income_fen": 10**7},
         entry={"max_end_age": 75})),
        (("pay_end_age", "red", {"age": 50, "max_age": 49}), lambda: found(TERM, entry={"max_pay_end_age": 49})),
        # Occupation and social insurance.
        (("occupation", "red", {"occupation_class": 5}), lambda: found(TERM, {**ME, "occupation_class": 5})),
        (("occupation_unknown", "amber", {}), lambda: found(TERM, {**ME, "occupation_class": None})),
        (("social_insurance", "red", {}), lambda: found(cover("C@1", **YEARLY, sum_fen=100), {**ME, "social_insurance": False})),
        (("social_insurance_unknown", "amber", {}), lambda: found(cover("B@1", **YEARLY), {**ME, "social_insurance": None})),
        # What is chosen.
        (("input", "red", {"field": "sum_fen"}), lambda: found(cover("T@2"))),
        (("input", "red", {"field": "premium_fen"}), lambda: found(cover("M@1", term="life", pay="y3"))),
        (("input", "red", {"field": "extras"}), lambda: found(cover("S@1", **YEARLY, sum_fen=10_000_000, extras="medical"))),
        (("extra", "red", {}), lambda: found(cover("S@1", **YEARLY, sum_fen=10_000_000, extras=["gold"]))),
        (("plan", "red", {}), lambda: found(cover("P@1", **YEARLY), OLD)),
        (("not_rider", "red", {}), lambda: found({**TERM, "rider_of": "c9"})),
        # Amounts.
        (("min", "red", {"chosen_fen": 9_000_000, "min_fen": 10_000_000}), lambda: found({**TERM, "sum_fen": 9_000_000})),
        (("max", "red", {"chosen_fen": 301_000_000, "max_fen": 300_000_000}),
         lambda: found({**TERM, "sum_fen": 301_000_000}, {**ME, "income_fen": 10**9}, limits={"max_fen": 300_000_000})),
        (("step", "red", {"chosen_fen": 10_000_001, "step_fen": 1_000_000}), lambda: found({**TERM, "sum_fen": 10_000_001})),
        (("child_max", "red", {"sum_fen": 60_000_000, "max_fen": 50_000_000}),
         lambda: found(cover("S@1", **YEARLY, sum_fen=60_000_000), {**KID, "birth_date": "2008-11-27"})),
        (("min_premium", "red", {"chosen_fen": 450_000, "min_fen": 500_000}),
         lambda: found(cover("A@1", term="life", sum_fen=9_000_000))),
        # Underwriting.
        (("no_exam", "amber", {"sum_fen": 201_000_000, "max_fen": 200_000_000}), lambda: found({**TERM, "sum_fen": 201_000_000})),
        (("no_exam", "amber", {"sum_fen": 51_000_000, "max_fen": 50_000_000}),
         lambda: found({**TERM, "sum_fen": 51_000_000}, {**ME, "birth_date": "1985-11-26"})),
        (("income_multiple", "amber", {"sum_fen": 101_000_000, "max_fen": 100_000_000, "multiple": 20}),
         lambda: found({**TERM, "sum_fen": 101_000_000}, {**ME, "income_fen": 5_000_000})),
        (("income_multiple", "amber", {"sum_fen": 10_000_000, "max_fen": 0, "multiple": 20}),
         lambda: found(TERM, {**ME, "income_fen": None})),
    ],
)  # fmt: skip
def test_a_rule(expected, given):
    assert given() == [expected]


def test_over_before_it_begins():
    given = {**TERM, "term": "a60", "pay": "a60"}
    rules = found(given, {**ME, "birth_date": "1966-03-08"}, pays=["a60"], entry={})
    assert rules == [("term_over", "red", {"age": 60}), ("pay_over", "red", {"age": 60})]


def test_everything_at_once():
    wrong = cover("S@1", "kid", term="life", pay="y3", sum_fen=60_000_001, extras=["gold"], rider_of="c1")
    assert [fault["rule"] for fault in among(wrong, mode="weekly", today="2026-12-01")] == [
        "start_past", "entry_days", "term", "pay", "input", "not_rider", "extra", "step", "child_max",
    ]  # fmt: skip


def test_bad_input_has_names():
    rules = [
        (fault["coverage"], fault["rule"], fault["data"]) for fault in among(None, {}, cover("T@2", sum_fen=10**12))
    ]
    assert rules == [
        ("", "input", {"field": "coverage"}),
        ("", "input", {"field": "id"}),
        *[("", "input", {"field": field}) for field in ("id", "product", "insured", "term", "pay")],
        ("", "product", {}),
        ("c1", "input", {"field": "sum_fen"}),
    ]
    assert plan_faults(None, SHELF, None)[0]["data"] == {"field": "coverages"}
    same = [fault["data"] for fault in among(TERM, TERM)]
    assert {"field": "id"} in same


def test_sums_of_one_group_are_counted_together():
    # 1.2 and 1 million of death cover for one person; that of somebody else does not count.
    one, two = {**TERM, "sum_fen": 120_000_000}, {**TERM, "sum_fen": 100_000_000, "id": "c2"}
    rich = [{**ME, "income_fen": 10**8}, {**ME, "id": "she", "relation": "spouse", "income_fen": 10**8}]
    both = among(one, two, people=rich)
    assert [(fault["coverage"], fault["data"]["sum_fen"]) for fault in both] == [
        ("c1", 220_000_000),
        ("c2", 220_000_000),
    ]
    assert among(one, {**two, "insured": "she"}, people=rich) == []


def test_riders():
    main = cover("S@1", **YEARLY, sum_fen=20_000_000)
    rider = cover("R@1", **YEARLY, id="c2", sum_fen=10_000_000, rider_of="c1")
    assert among(main, rider) == []
    assert told(among(main, {**rider, "sum_fen": 10_000_001})) == [
        ("rider_ratio", "red", {"sum_fen": 10_000_001, "max_fen": 10_000_000})
    ]
    grown = [ME, {**ME, "id": "she", "relation": "spouse"}]
    assert told(among(main, {**rider, "insured": "she"}, people=grown)) == [("rider_insured", "red", {})]
    alone = [("rider_main", "red", {})]
    assert told(among(rider)) == told(among(main, {**rider, "rider_of": None})) == alone
    assert told(among(main, {**rider, "rider_of": "c2"})) == alone
    # Not every cover takes this rider.
    assert told(among(TERM, rider)) == alone


def test_waivers_are_about_who_pays():
    she = {**SHE, "birth_date": "1996-01-01"}
    main, waiver = {**TERM, "insured": "she"}, cover("W@1", id="c2", rider_of="c1")
    assert among(main, waiver, people=[ME, she]) == []
    # Any of the two may stand as its insured person.
    assert among(main, {**waiver, "insured": "she"}, people=[ME, she]) == []
    assert told(among({**main, "insured": "me"}, waiver)) == [("applicant_insured", "red", {})]
    assert told(among(main, waiver, people=[she])) == [("applicant", "red", {})]
    assert told(among(main, {**waiver, "pay": "y10"}, people=[ME, she]))[:2] == [
        ("pay", "red", {}),
        ("rider_pay", "red", {}),
    ]
    older = {**ME, "birth_date": "1980-03-08"}
    assert told(among(main, waiver, people=[older, she])) == [("pay_end_age", "red", {"age": 66, "max_age": 65})]
    oldest = {**ME, "birth_date": "1970-03-08"}
    assert ("applicant_age", "red", {"age": 56, "min_age": 18, "max_age": 55}) in told(
        among(main, waiver, people=[oldest, she])
    )


# Words


def test_every_rule_has_words():
    source = "".join((ROOT / "portal" / "products" / name).read_text() for name in ("eligibility.py", "premium.py"))
    rules = set(re.findall(r'yield "(\w+)", "(?:red|amber)"', source)) | set(re.findall(r'PriceError\("(\w+)"', source))
    rules |= {"applicant_age", "entry_age", "term", "pay", "term_over", "pay_over", "end_age", "pay_end_age"}
    rules |= {"insured", "applicant", "item", "factor", "item_missing"}
    assert rules - {"input"} <= set(words.WORDS)
    assert set(words.WORDS) == rules | {"input"}


def test_the_phone_has_the_same_words(pricer):
    assert pricer.ask("words", []) == python("words", [])


@pytest.mark.parametrize(
    "fault, english, chinese",
    [
        ({"rule": "withdrawn", "data": {"to_date": "2026-06-30"}},
         "This version was on sale until 30 Jun 2026. Please choose one that is on sale.",
         "这个版本销售至2026年6月30日，请选择在售的版本。"),
        ({"rule": "step", "data": {"chosen_fen": 10_000_001, "step_fen": 1_000_000}},
         "¥100,000.01 is no multiple of ¥10k.", "100,000.01 元不是 1 万的整数倍。"),
        ({"rule": "input", "data": {"field": "sum_fen"}},
         "Something is missing or is not possible: sum assured.", "缺少或无法使用：保额。"),
        ({"rule": "item", "data": {"name": {"zh": "座位", "en": "Seats"}}},
         "This cannot be chosen: Seats.", "无法这样选择：座位。"),
        ({"rule": "no_exam", "data": {"sum_fen": 201_000_000, "max_fen": 200_000_000}},
         "The sum of ¥2,010k is above ¥2,000k: a medical examination is needed.",
         "保额 201 万超过免体检额 200 万，需要体检。"),
    ],
)  # fmt: skip
def test_a_fault_in_words(pricer, fault, english, chinese):
    catalogue = {message.id: message.string for message in merged()}
    assert words.told(fault, lambda text: text, "en") == english
    assert words.told(fault, catalogue.__getitem__, "zh-CN") == chinese
    assert pricer.ask("told", [fault, "en"]) == english
    assert pricer.ask("told", [fault, "zh-CN"]) == python("told", [fault, "zh-CN"])


def test_the_room_knows_no_clock_and_no_database():
    for name in ("premium", "eligibility", "illustration"):
        source = Path(eligibility.__file__).with_name(f"{name}.py").read_text()
        assert not re.search(r"\b(flask|sqlalchemy|utcnow|today\(\)|float)\b", source)
