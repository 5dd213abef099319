"""Every check with a case that it finds and one that it lets pass, to the day and to the fen."""

from __future__ import annotations

import copy
import inspect
import re
from typing import Any

import pytest

from portal.products import premium
from portal.proposals import checks as room
from portal.proposals.checks import RULES, answered, blocking
from portal.proposals.people import is_sensitive, relation_to
from portal.proposals.words import LINES, WORDS, said
from tests.portal.needs.families import TODAY, the_lis
from tests.portal.proposals.planning import (
    RULESET,
    SETTINGS,
    START,
    WAN,
    YUAN,
    Family,
    catalogue,
    coverage,
    facts,
    lis,
    plan,
)

TERM = {"term": "y20", "pay": "y20", "sum_fen": 10 * WAN}
OLD_MOTHER = "lan"


def found(family: Family, of: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    settings = more.pop("settings", SETTINGS)
    around = facts(family, of, **more)
    around.setdefault("catalogue", catalogue())
    return room.checks(of, around, settings)


def keys(family: Family, of: dict[str, Any], rule: str, **more: Any) -> list[str]:
    return [f"{each['level']} {each['code']}" for each in found(family, of, **more) if each["id"] == rule]


def one(family: Family, of: dict[str, Any], rule: str, **more: Any) -> dict[str, Any]:
    (only,) = [each for each in found(family, of, **more) if each["id"] == rule]
    return only


def agent(**more: Any) -> dict[str, Any]:
    return {"registration": "11000001", "registration_status": "registered", "sales_grade": 4, **more}


def single(born: str = "1990-05-05", income: int = 200_000 * YUAN, **answers: Any) -> Family:
    """A woman alone, with little to protect."""
    listed = [{"id": "s", "relation": "self", "name": "陈静", "gender": "female", "birth_date": born}]
    return Family({"H02": listed, "M04:s": income, "M01:s": "employed", **answers})


def with_person(relation: str, born: str, **answers: Any) -> Family:
    family = single()
    other = {"id": "o", "relation": relation, "name": "陈小明", "gender": "male", "birth_date": born}
    return Family({**family.answers, "H02": [*family.answers["H02"], other], **answers})


def altered(code: str, **body: Any) -> dict[str, Any]:
    """The catalogue with a product changed."""
    products = dict(catalogue()["products"])
    changed = copy.deepcopy(products[f"{code}@1"])
    changed["body"] |= body
    return {"products": products | {f"{code}@1": changed}, "blobs": catalogue()["blobs"]}


def premium_of(yearly_fen: int, **more: Any) -> dict[str, Any]:
    return {"c1": {"yearly_fen": yearly_fen, "modal_fen": yearly_fen, "cells": [], **more}}


TERM_LIFE = plan(coverage("DF-T1", "gang", **TERM))
HERS = plan(coverage("DF-T1", "s", **TERM))
MEDICAL = plan(coverage("DF-M1", "mei", sum_fen=200 * WAN))
PENSION = plan(coverage("DF-R1", "mei", term="life", pay="y10", sum_fen=WAN))


def test_a_sound_plan_has_only_things_to_tell():
    assert {each["level"] for each in found(lis(), MEDICAL)} == {"info"}
    assert blocking(found(lis(), MEDICAL), {}) == []


# The agent


def test_r01_registration():
    assert keys(lis(), MEDICAL, "R01") == []
    assert keys(lis(), MEDICAL, "R01", agent=agent(registration="")) == ["red missing"]
    for status in ("pending", "suspended", "cancelled", None):
        assert keys(lis(), MEDICAL, "R01", agent=agent(registration_status=status)) == ["red status"]


@pytest.mark.parametrize(
    ("last", "says"), [("2026-11-24", ["red expired"]), (TODAY, []), ("2026-11-26", []), (None, [])]
)
def test_r01_counts_the_last_day(last: str | None, says: list[str]):
    assert keys(lis(), MEDICAL, "R01", agent=agent(registration_expires=last)) == says


@pytest.mark.parametrize(("grade", "says"), [(1, ["red grade"]), (None, ["red grade"]), (2, []), (4, [])])
def test_r02_a_pension_of_grade_p3(grade: int | None, says: list[str]):
    assert keys(lis(), PENSION, "R02", agent=agent(sales_grade=grade)) == says
    assert keys(lis(), MEDICAL, "R02", agent=agent(sales_grade=grade)) == []


# Needs and means


def test_r03_only_long_cover_needs_an_analysis():
    assert keys(lis(), TERM_LIFE, "R03") == []
    assert keys(lis(), TERM_LIFE, "R03", analysis=None) == ["red missing"]
    assert keys(lis(), TERM_LIFE, "R03", result=None) == ["red missing"]
    assert keys(lis(), TERM_LIFE, "R03", analysis={"completed_at": None, "made_on": TODAY}) == ["red missing"]
    assert keys(lis(), MEDICAL, "R03", analysis=None) == []


@pytest.mark.parametrize(
    ("made", "today", "says"),
    [
        ("2025-11-25", "2026-11-25", []),
        ("2025-11-24", "2026-11-25", ["red old"]),
        ("2024-02-29", "2025-02-28", []),
        ("2024-02-29", "2025-03-01", ["red old"]),
    ],
)
def test_r03_twelve_months_to_the_day(made: str, today: str, says: list[str]):
    analysis = {"completed_at": "2024-01-01T00:00:00Z", "made_on": made}
    assert keys(lis(), TERM_LIFE, "R03", analysis=analysis, today=today, settings=timeless()) == says


def timeless() -> dict[str, Any]:
    rules = {rule: {**each, "from": "2000-01-01"} for rule, each in SETTINGS["rules"].items()}
    return SETTINGS | {"rules": rules}


def test_a_rule_begins_on_its_day():
    day = SETTINGS["rules"]["R02"]["from"]
    later = SETTINGS | {"rules": SETTINGS["rules"] | {"R02": {**SETTINGS["rules"]["R02"], "from": "2026-11-26"}}}
    assert day < TODAY
    assert keys(lis(), PENSION, "R02", agent=agent(sales_grade=1), settings=later) == []
    assert keys(lis(), PENSION, "R02", agent=agent(sales_grade=1), settings=later, today="2026-11-26") == ["red grade"]


@pytest.mark.parametrize(
    ("yearly", "says"),
    [
        (40_000 * YUAN - 1, []),
        (40_000 * YUAN, ["amber ratio"]),
        (80_000 * YUAN, ["amber ratio"]),
        (80_000 * YUAN + 1, ["red high"]),
    ],
)
def test_r04_shares_of_200_000_a_year(yearly: int, says: list[str]):
    family = single(S01={"budget_fen": 100_000 * YUAN})
    assert keys(family, HERS, "R04", quotes=premium_of(yearly)) == says


def test_r04_counts_what_is_paid_already():
    held = {"id": "h", "insured": "s", "kind": "term", "sum_fen": WAN, "yearly_fen": 30_000 * YUAN}
    family = single(S01={"budget_fen": 100_000 * YUAN}, E01=[held])
    check = one(family, HERS, "R04", quotes=premium_of(10_000 * YUAN))
    assert (check["code"], check["data"]["ratio_bp"], check["data"]["held_fen"]) == ("ratio", 2000, 30_000 * YUAN)
    lapsed = single(S01={"budget_fen": 100_000 * YUAN}, E01=[held | {"lapsed": True}])
    assert keys(lapsed, HERS, "R04", quotes=premium_of(10_000 * YUAN)) == []


def test_r04_no_income():
    assert keys(single(income=0), HERS, "R04", quotes=premium_of(1)) == ["red income"]
    assert keys(single(income=0), plan(), "R04", quotes={}) == []


@pytest.mark.parametrize(("fen", "says"), [(800_000 * YUAN, []), (800_000 * YUAN + 1, ["red single"])])
def test_r04_single_premium_of_four_incomes(fen: int, says: list[str]):
    of = plan(coverage("DF-E1", "s", term="a21", pay="single", sum_fen=WAN))
    assert keys(single(), of, "R04", quotes=premium_of(fen)) == says


@pytest.mark.parametrize(("yearly", "says"), [(14_999 * YUAN, []), (15_000 * YUAN, ["amber budget"])])
def test_r04_half_as_much_again_as_the_budget(yearly: int, says: list[str]):
    family = single(S01={"budget_fen": 10_000 * YUAN})
    assert keys(family, HERS, "R04", quotes=premium_of(yearly)) == says


@pytest.mark.parametrize(
    ("born", "limit"),
    [("1986-11-27", None), ("1986-11-26", None), ("1985-11-26", 60), ("1981-11-27", 60), ("1980-11-26", 65)],
)
def test_r04_paying_past_60_and_65(born: str, limit: int | None):
    """20 years from 26 November: whoever is 40 that day has paid at 60, not past it."""
    passed = [each["data"]["limit"] for each in found(single(born), HERS) if each["code"] == "pay_end"]
    assert passed == ([limit] if limit else [])


def test_r05_more_than_is_needed():
    family = lis()
    need = next(line for line in family.result["members"][1]["lines"] if line["id"] == "ci")["need_fen"]
    fits = plan(coverage("DF-C2", "gang", term="a70", pay="y20", sum_fen=need * 12 // 10 + WAN))
    over = plan(coverage("DF-C2", "gang", term="a70", pay="y20", sum_fen=need * 12 // 10 + WAN + 1))
    assert keys(family, fits, "R05", quotes=premium_of(100)) == []
    assert keys(family, over, "R05", quotes=premium_of(100)) == ["amber over"]


def test_r05_no_need_at_all():
    rich = single(F05=10_000 * WAN)
    assert keys(rich, HERS, "R05") == ["amber enough"]
    assert keys(rich, plan(coverage("DF-M1", "s", sum_fen=200 * WAN)), "R05") == []


def test_r05_counts_cover_in_its_waiting_period():
    """Mei's 300,000 is no cover yet and paid for all the same."""
    family = lis()
    line = next(line for line in family.result["members"][0]["lines"] if line["id"] == "ci")
    assert line["have_fen"] == 0
    of = plan(coverage("DF-C2", "mei", term="a70", pay="y20", sum_fen=line["need_fen"]))
    assert one(family, of, "R05", quotes=premium_of(100))["data"]["have_fen"] == 30 * WAN
    assert keys(family, of, "R05", quotes=premium_of(100), policies=[]) == []


def test_r05_medical_costs_are_repaid_once():
    held = {"id": "m", "insured": "mei", "kind": "medical", "sum_fen": 100 * WAN}
    assert keys(lis(), MEDICAL, "R05") == []
    assert keys(lis(E01=[held]), MEDICAL, "R05") == ["amber medical_twice"]
    for none in ({"allowance": True}, {"expiry": "2026-11-24"}, {"lapsed": True}, {"insured": "gang"}):
        assert keys(lis(E01=[held | none]), MEDICAL, "R05") == []
    twice = plan(*[coverage("DF-M1", "mei", sum_fen=200 * WAN)] * 2)
    assert keys(lis(), twice, "R05") == ["amber medical_twice"]


def test_r05_advises_against_what_cannot_be_paid():
    assert "amber unpayable" in keys(single(), HERS, "R05", quotes=premium_of(80_000 * YUAN + 1))
    assert "amber unpayable" not in keys(single(), HERS, "R05", quotes=premium_of(80_000 * YUAN))
    assert "amber unpayable" in keys(single(income=0), HERS, "R05", quotes=premium_of(1))


@pytest.mark.parametrize(
    ("born", "says"),
    [("1961-11-25", ["info senior"]), ("1961-11-26", []), ("1960-02-29", ["info senior"])],
)
def test_r06_from_65_on_the_birthday(born: str, says: list[str]):
    of = plan(coverage("DF-A2", "s", plan="p1"))
    assert keys(single(born), of, "R06") == says


def test_r06_asks_a_reason_for_what_carries_risk():
    of = plan(coverage("DF-R1", "s", term="life", pay="y10", sum_fen=WAN))
    assert keys(single("1950-01-01"), of, "R06", quotes={}) == ["amber risky"]
    assert keys(single("1950-01-01"), plan(), "R06", quotes={}) == []


@pytest.mark.parametrize(
    ("test", "says"),
    [
        (None, ["red missing"]),
        ({"level": 4, "made_on": "2025-11-25"}, []),
        ({"level": 5, "made_on": TODAY}, []),
        ({"level": 4, "made_on": "2025-11-24"}, ["red old"]),
        ({"level": 3, "made_on": TODAY}, ["red level"]),
    ],
)
def test_r07_linked_products_need_a_test(test: dict[str, Any] | None, says: list[str]):
    linked = altered("DF-R1", design="linked", risk_grade="P4")
    assert keys(lis(), PENSION, "R07", catalogue=linked, customer={"risk_test": test}) == says
    assert keys(lis(), PENSION, "R07", customer={"risk_test": test}) == []


# The insured


@pytest.mark.parametrize("relation", ["spouse", "child", "parent"])
def test_r08_close_relatives(relation: str):
    family = with_person(relation, "1995-01-01")
    assert keys(family, plan(coverage("DF-A1", "o", sum_fen=10 * WAN)), "R08") == []


@pytest.mark.parametrize("relation", ["sibling", "parent_in_law", "grandparent", "other"])
def test_r08_other_adults_must_consent(relation: str):
    family = with_person(relation, "1960-01-01")
    assert keys(family, plan(coverage("DF-A1", "o", sum_fen=10 * WAN)), "R08") == ["amber consent"]


def test_r08_nobody():
    family = with_person("other", "2010-01-01")
    of = plan(coverage("DF-M1", "o", sum_fen=200 * WAN))
    assert keys(family, of, "R08") == ["red minor"]
    for person in family.people:
        person["relation"] = person["relation"] if person["relation"] == "self" else None
    assert keys(family, of, "R08") == ["red none"]


def test_r08_is_about_who_applies():
    """The husband's mother-in-law is his wife's mother."""
    family = with_person("parent", "1960-01-01")
    of = plan(coverage("DF-A1", "o", sum_fen=10 * WAN))
    assert keys(family, of, "R08") == []
    lans = lis()
    of = plan(coverage("DF-A2", OLD_MOTHER, plan="p1"))
    assert keys(lans, of, "R08", applicant="mei") == []
    assert keys(lans, of, "R08", applicant="gang") == ["amber consent"]


def test_relations_turn_around():
    def person(name: str, relation: str | None) -> dict[str, Any]:
        return {"id": name, "relation": relation}

    customer, wife = person("c", "self"), person("w", "spouse")
    assert relation_to(customer, wife) == "spouse"
    assert relation_to(person("k", "child"), wife) == "child"
    assert relation_to(person("p", "parent"), wife) == "parent_in_law"
    assert relation_to(customer, person("p", "parent")) == "child"
    assert relation_to(person("k", "child"), person("p", "parent")) == "grandchild"
    assert relation_to(person("k", "child"), person("j", "child")) == "sibling"
    assert relation_to(person("x", "other"), person("y", "other")) == "other"
    assert relation_to(person("x", None), customer) is None
    assert relation_to(person("x", None), person("x", None)) == "self"


@pytest.mark.parametrize(
    ("born", "fen", "held", "says"),
    [
        ("2016-11-27", 20 * WAN, 0, []),
        ("2016-11-27", 20 * WAN, 1, ["red cap"]),
        ("2016-11-27", 21 * WAN, 0, ["red cap"]),
        ("2016-11-26", 50 * WAN, 0, []),  # ten years old the day cover begins
        ("2016-11-26", 50 * WAN, 1, ["red cap"]),
        ("2008-11-27", 51 * WAN, 0, ["red cap"]),
        ("2008-11-26", 200 * WAN, 0, []),  # of age that day
    ],
)
def test_r09_the_cap_of_all_insurers(born: str, fen: int, held: int, says: list[str]):
    policy = {"id": "h", "insured": "o", "kind": "whole_life", "sum_fen": held, "insurer": "另一家"}
    family = with_person("child", born, E01=[policy])
    assert keys(family, plan(coverage("DF-A1", "o", sum_fen=fen)), "R09") == says


def test_r09_premiums_paid_back_do_not_count():
    family = with_person("child", "2016-11-27")
    ci = plan(coverage("DF-C1", "o", term="life", pay="y20", sum_fen=60 * WAN))
    assert keys(family, ci, "R09") == []
    both = plan(coverage("DF-A1", "o", sum_fen=20 * WAN), coverage("DF-C1", "o", term="life", pay="y20", sum_fen=WAN))
    assert keys(family, both, "R09") == []


def test_r09_what_has_ended_does_not_count():
    policy = {"id": "h", "insured": "o", "kind": "accident", "sum_fen": 20 * WAN, "expiry": "2026-11-24"}
    of = plan(coverage("DF-A1", "o", sum_fen=20 * WAN))
    assert keys(with_person("child", "2018-01-01", E01=[policy]), of, "R09") == []
    assert keys(with_person("child", "2018-01-01", E01=[policy | {"expiry": TODAY}]), of, "R09") == ["red cap"]


def test_r10_the_insured_consents():
    assert one(lis(), TERM_LIFE, "R10")["data"] == {"name": "王志刚", "sum_fen": 10 * WAN}
    assert keys(single(), HERS, "R10") == []
    assert keys(lis(), plan(coverage("DF-A1", "bo", sum_fen=10 * WAN)), "R10") == []
    assert keys(lis(), plan(coverage("DF-M1", "gang", sum_fen=200 * WAN)), "R10") == []


def test_r11_grandparents_need_the_parents():
    of = plan(coverage("DF-A1", "bo", sum_fen=10 * WAN))
    agreed = [{"purpose": "parents", "given": True, "at": "2026-11-01T00:00:00Z"}]
    assert keys(lis(), of, "R11") == []
    assert keys(lis(), of, "R11", applicant=OLD_MOTHER) == ["red parents"]
    assert keys(lis(), of, "R11", applicant=OLD_MOTHER, consents=agreed) == []
    assert keys(lis(), plan(coverage("DF-M1", "bo", sum_fen=200 * WAN)), "R11", applicant=OLD_MOTHER) == []


# What has to be told


def test_r12_health():
    assert keys(lis(), MEDICAL, "R12") == ["info health"]
    assert keys(lis(), plan(coverage("DF-A1", "mei", sum_fen=10 * WAN)), "R12") == []


def test_r15_nothing_is_ticked_beforehand():
    assert keys(lis(), plan(coverage("DF-M1", "mei", sum_fen=200 * WAN, preset=True)), "R15") == ["red preset"]
    assert keys(lis(), MEDICAL, "R15") == []


def test_r16_once_for_a_product():
    twice = plan(coverage("DF-T1", "gang", **TERM), coverage("DF-T1", "mei", **TERM))
    assert one(lis(), twice, "R16")["data"]["days"] == 15
    assert keys(lis(), plan(coverage("DF-A1", "mei", sum_fen=10 * WAN)), "R16") == []


def test_r17_the_first_day_counts():
    check = one(lis(), MEDICAL, "R17")
    assert check["data"] | {"product": None} == {"product": None, "name": "李雪梅", "days": 30, "until": "2026-12-25"}
    assert keys(lis(), plan(coverage("DF-A1", "mei", sum_fen=10 * WAN)), "R17") == []


@pytest.mark.parametrize(("born", "says"), [("1966-11-25", ["info age"]), ("1966-11-26", [])])
def test_r19_recorded_from_60(born: str, says: list[str]):
    assert keys(single(born), HERS, "R19") == says
    assert keys(single(born), plan(coverage("DF-M1", "s", sum_fen=200 * WAN)), "R19") == []


def test_r19_linked_and_by_place():
    assert keys(lis(), PENSION, "R19", catalogue=altered("DF-R1", design="linked")) == ["info linked"]
    assert keys(lis(), TERM_LIFE, "R19", customer={"city": "云南昆明"}) == ["info place"]
    assert keys(lis(), MEDICAL, "R19", customer={"city": "云南昆明"}) == []


def test_r21_and_r22_participating():
    assert keys(lis(), PENSION, "R21") == ["info sentence"]
    assert keys(lis(), PENSION, "R22") == ["info uncertain"]
    assert keys(lis(), TERM_LIFE, "R21") + keys(lis(), TERM_LIFE, "R22") == []
    dear = altered("DF-R1", illustration={"dividend_bp": 7000, "demo_rate_bp": 451, "pricing_rate_bp": 175})
    assert keys(lis(), PENSION, "R22", catalogue=dear) == ["red cap", "info uncertain"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("这个产品保本保息", ["保本", "保息"]),
        ("保 本，稳\u200b赚", ["保本", "稳赚"]),
        ("现金与存款，投保本产品，确保本人签字", []),
        ("第一年交费，第一顺序受益人，最高续保年龄 100 岁", []),
        ("第一年收益最高", ["最高"]),
        ("保第一年本", []),  # what is cut out leaves no new word behind
        ("保险合同送达后即可", []),
        ("", []),
    ],
)
def test_r23_phrases(text: str, words: list[str]):
    said_ = [each["data"]["word"] for each in found(lis(), MEDICAL, free_text=text) if each["id"] == "R23"]
    assert said_ == words


def test_r23_looks_at_every_text():
    assert keys(lis(), MEDICAL, "R23", free_text=["好", "即将停售"]) == ["red word"]
    assert keys(lis(), MEDICAL, "R23", free_text=["保", "本"]) == []


def test_r25_old_for_new():
    held = {"id": "a", "insured": "gang", "kind": "whole_life", "sum_fen": 10 * WAN}
    assert keys(lis(E01=[]), TERM_LIFE, "R25") == []
    assert keys(lis(E01=[held]), TERM_LIFE, "R25") == ["info keep"]
    assert keys(lis(E01=[held | {"surrender": True}]), TERM_LIFE, "R25") == ["amber replaces"]
    assert keys(lis(E01=[held | {"surrender": True, "lapsed": True}]), TERM_LIFE, "R25") == ["amber replaces"]
    assert keys(lis(E01=[held | {"group": True}]), TERM_LIFE, "R25") == []
    assert keys(lis(E01=[held | {"kind": "ci"}]), TERM_LIFE, "R25") == []


@pytest.mark.parametrize(
    ("ended", "says"), [("2026-05-25", ["amber replaces"]), ("2026-05-24", []), (None, ["amber replaces"])]
)
def test_r25_what_ended_half_a_year_ago_was_not_given_up_for_this(ended: str | None, says: list[str]):
    held = {"insured": "gang", "kind": "term", "sum_fen": WAN, "lapsed": True, "surrender": True, "ended_on": ended}
    assert keys(lis(), TERM_LIFE, "R25", policies=[held]) == says


# Consents and papers


def test_r26_sensitive_facts():
    assert keys(lis(), MEDICAL, "R26", consents=[]) == ["red consent"]
    bare = {"completed_at": "x", "made_on": TODAY, "sensitive": False}
    assert keys(lis(), MEDICAL, "R26", consents=[], analysis=bare) == []
    assert keys(lis(), MEDICAL, "R26", consents=[], analysis=None) == []


def test_r26_the_last_word_counts():
    yes = {"purpose": "sensitive", "given": True, "at": "2026-11-01T00:00:00Z"}
    no = {"purpose": "sensitive", "given": False, "at": "2026-11-02T00:00:00Z"}
    assert keys(lis(), MEDICAL, "R26", consents=[no, yes]) == ["red consent"]
    assert keys(lis(), MEDICAL, "R26", consents=[no, yes | {"at": "2026-11-03T00:00:00Z"}]) == []


def test_what_is_sensitive():
    assert is_sensitive(the_lis())
    assert not is_sensitive({"M04:a": {"low_fen": 1, "high_fen": 2}, "F05": {"unknown": True}, "F01": 5})
    assert is_sensitive({"M04:a": 5})
    assert is_sensitive({"M08:a": "no"})


@pytest.mark.parametrize(
    ("born", "says"),
    [("2012-11-25", []), ("2012-11-26", ["red guardian"]), ("2026-11-20", ["red guardian"])],
)
def test_r27_under_14(born: str, says: list[str]):
    family = with_person("child", born)
    assert keys(family, HERS, "R27", consents=[]) == says
    assert keys(family, HERS, "R27") == []


@pytest.mark.parametrize(("yearly", "says"), [(10_000 * YUAN - 1, []), (10_000 * YUAN, ["amber papers"])])
def test_r30_all_premiums_of_a_contract(yearly: int, says: list[str]):
    """Twenty years of it: 200,000 yuan."""
    bare = {"has_id": False, "id_expiry": None}
    assert keys(lis(), TERM_LIFE, "R30", quotes=premium_of(yearly), customer=bare) == says
    assert keys(lis(), TERM_LIFE, "R30", quotes=premium_of(yearly)) == []


@pytest.mark.parametrize(
    ("expiry", "small", "large"),
    [
        ("2026-11-24", ["info expiring"], ["red expired"]),
        (TODAY, [], []),
        ("long", [], []),
        (None, [], ["amber papers"]),
    ],
)
def test_r30_documents_run_out(expiry: str | None, small: list[str], large: list[str]):
    customer = {"has_id": True, "id_expiry": expiry}
    assert keys(lis(), TERM_LIFE, "R30", quotes=premium_of(100), customer=customer) == small
    assert keys(lis(), TERM_LIFE, "R30", quotes=premium_of(20_000 * YUAN), customer=customer) == large


def test_r34_own_policies():
    own = {"name": "安娜", "mobile": "13800000001"}
    assert keys(lis(), MEDICAL, "R34") == []
    assert keys(lis(), MEDICAL, "R34", customer=own) == ["info agent"]
    assert keys(lis(), MEDICAL, "R34", customer=own | {"mobile": "13800000009"}) == []
    assert keys(lis(), MEDICAL, "R34", customer=own | {"mobile": None}) == []
    friend = {"name": "小周", "mobile": "13800000003"}
    assert keys(lis(), MEDICAL, "R34", customer=friend, colleagues=[friend]) == ["info colleague"]
    assert keys(lis(), MEDICAL, "R34", customer={"own_policy": "colleague"}) == ["info colleague"]


# Reasons


def test_amber_waits_for_a_reason_and_red_for_nobody():
    amber = {"id": "R05", "code": "over", "level": "amber", "data": {}}
    red = {"id": "R09", "code": "cap", "level": "red", "data": {}}
    info = {"id": "R12", "code": "health", "level": "info", "data": {}}
    all_ = [amber, red, info]
    given = {"R05": {"reason": "客户希望多一些", "at": "2026-11-25T03:00:00Z"}, "R09": {"reason": "…", "at": "x"}}
    assert blocking(all_, {}) == [amber, red]
    assert blocking(all_, given) == [red]
    assert blocking([amber], {"R05": {"reason": " \u3000", "at": "x"}}) == [amber]
    stored = answered(all_, given)
    assert [each["reason"] for each in stored] == ["客户希望多一些", None, None]
    assert [each["answered_at"] for each in stored] == ["2026-11-25T03:00:00Z", None, None]


# Words and thresholds


def test_every_check_has_words_and_every_word_a_check():
    source = re.sub(r"\s+", " ", inspect.getsource(room))
    codes = set(re.findall(r'(?:_says\(|cover\.says\(|_of\([a-z.]+, )"(\w+)"', source)) | {"minor", "consent", "agent"}
    assert {key.partition(".")[2] for key in WORDS} == codes | {"colleague"}
    assert {key.partition(".")[0] for key in WORDS} == {rule for rule, _ in RULES} == set(SETTINGS["rules"])


def test_words_in_both_languages():
    check = {"id": "R05", "code": "over", "level": "amber", "data": {"name": "王", "line": "ci", "need_fen": 5}}
    assert said(check, lambda text: text, "en") == "王 would have more cover for critical illness than needed."
    ratio = {"id": "R04", "code": "ratio", "level": "amber", "data": {"ratio_bp": 2039}}
    assert "20.3 % of" in said(ratio, lambda text: text, "en")
    waiting = {"id": "R17", "code": "days", "level": "info",
               "data": {"product": {"zh": "安渡", "en": "Andu"}, "name": "王", "days": 30, "until": "2026-12-25"}}  # fmt: skip
    assert said(waiting, lambda text: text, "en") == "Andu for 王: 30 days of waiting, until 25 Dec 2026."


def test_every_parameter_is_in_the_data():
    """Whatever is found anywhere in these tests' families can be said."""
    family = lis()
    for of in family.plans(10**8, sales_grade=4):
        for around in ({}, {"consents": [], "agent": {"sales_grade": 1}, "free_text": "保本", "customer": {}}):
            for check in found(family, of, **around):
                assert said(check, lambda text: text, "zh-CN")


def test_the_ruleset_is_dated():
    assert (RULESET["code"], RULESET["version"]) == ("checks", 1)
    assert all(rule["from"] and rule["source"] for rule in SETTINGS["rules"].values())
    assert set(LINES) >= set(room.ADDING)
    assert premium.day(START)
