"""The checks before a plan is shared: R01–R36 of the specification as far as they apply then. Pure; fen, ISO dates.

The phone's twin is `static/js/domain/checks.js`. Thresholds, words and days from which a rule holds stand in the ruleset
(`rulesets/checks-1.json`). Red blocks, amber asks for a reason that is stored, info is said. What a check says stands in
`words.py` by `id.code`; everything that is found is told at once, in the order of the rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from portal import dates
from portal.blanks import BLANK
from portal.products import premium
from portal.proposals.closing import LINES, closed, death_fen, held_death_fen, in_force
from portal.proposals.people import applicant_of, by_id, relation_to

Facts = Mapping[str, Any]
Check = dict[str, Any]
Found = Iterator[Check]

WHOLE = 10_000
#: Lines on which sums add up, so that there can be too much of them.
ADDING = ("life", "ci", "accident", "disability")
PARENTS = ("child",)
#: Blanks get no word past a list, and are no reason.
BLANKS = re.compile(f"[{BLANK}]+")


def checks(plan: Mapping[str, Any], facts: Facts, settings: Mapping[str, Any]) -> list[Check]:
    """`[{id, code, level, data, coverage | member}]`. `facts` is explained in docs/proposals.md, `settings` is the
    body of a ruleset; a rule that did not hold yet on `facts["today"]` finds nothing."""
    case = _Case(plan, facts, settings)
    found: list[Check] = []
    for rule, look in RULES:
        thresholds = settings["rules"].get(rule)
        if thresholds and thresholds["from"] <= case.today:
            found += [{"id": rule, **each} for each in look(case, thresholds)]
    return found


def answered(found: Sequence[Check], answers: Mapping[str, Any]) -> list[Check]:
    """The checks as they are stored: each with the reason given for its rule and when, None where there is none."""
    return [each | {"reason": _reason(each, answers), "answered_at": _answered_at(each, answers)} for each in found]


def blocking(found: Sequence[Check], answers: Mapping[str, Any]) -> list[Check]:
    """What still stands in the way: every red, and every amber that nobody gave a reason for."""
    return [
        each for each in found if each["level"] == "red" or (each["level"] == "amber" and not _reason(each, answers))
    ]


def _reason(check: Check, answers: Mapping[str, Any]) -> str | None:
    if check["level"] != "amber":
        return None
    given = (answers.get(check["id"]) or {}).get("reason") or ""
    return given if BLANKS.sub("", given) else None


def _answered_at(check: Check, answers: Mapping[str, Any]) -> str | None:
    return (answers.get(check["id"]) or {}).get("at") if _reason(check, answers) else None


class _Cover:
    """One cover of the plan beside its product, its person and what it costs."""

    def __init__(self, coverage: Facts, product: Facts, person: Facts | None, quote: Facts | None, start: str):
        self.id = coverage["id"]
        self.coverage = coverage
        self.body = product["body"]
        self.name = {"zh": self.body["zh"]["short"], "en": self.body["en"]["short"]}
        self.person = person
        self.age = premium.age_on(person, start)
        self.grade = int(self.body["risk_grade"][1:])
        self.yearly_fen = 0 if not quote or quote.get("errors") else quote["yearly_fen"]
        self.single = coverage["pay"] == "single"
        self.years = premium.years(coverage["term"], self.age or 0) or 0
        self.pay_years = premium.years(coverage["pay"], self.age or 0) or 0
        self.death_fen = death_fen(coverage, self.body, self.age or 0)

    def says(self, code: str, level: str, **data: Any) -> Check:
        return {"code": code, "level": level, "data": {"product": self.name, **data}, "coverage": self.id}


class _Case:
    """A plan and everything that is known around it."""

    def __init__(self, plan: Mapping[str, Any], facts: Facts, settings: Mapping[str, Any]):
        self.plan = plan
        self.facts = facts
        self.today = facts["today"]
        self.start = plan["start"]
        self.settings = settings
        self.people = facts["people"]
        self.applicant = applicant_of(self.people, facts.get("applicant"))
        self.policies = [each for each in facts.get("policies") or [] if in_force(each, self.today)]
        self.result = facts.get("result")
        self.customer = facts.get("customer") or {}
        quotes = facts.get("quotes") or {}
        products = facts["catalogue"]["products"]
        self.covers = [
            _Cover(
                each, products[each["product"]], by_id(self.people, each["insured"]), quotes.get(each["id"]), self.start
            )
            for each in plan["coverages"]
            if each["product"] in products
        ]
        self.insured = [each for each in self.people if any(cover.person is each for cover in self.covers)]
        self.quotes = quotes

    def age(self, person: Facts | None, day: str) -> int | None:
        return premium.age_on(person, day)

    def is_long(self, cover: _Cover) -> bool:
        """Personal insurance for more than a year."""
        return cover.body["kind"] in self.settings["life_kinds"] and cover.years > 1

    def is_minor(self, cover: _Cover) -> bool:
        return cover.age is not None and cover.age < self.settings["adult_age"]

    def of(self, person: Facts) -> list[_Cover]:
        return [cover for cover in self.covers if cover.person is person]

    def once(self) -> list[_Cover]:
        """The first cover of each product."""
        return list({cover.coverage["product"]: cover for cover in reversed(self.covers)}.values())[::-1]

    def consented(self, purpose: str) -> bool:
        """The last word on a purpose was a yes."""
        said = [each for each in self.facts.get("consents") or [] if each["purpose"] == purpose]
        return bool(said) and bool(sorted(said, key=lambda each: each.get("at") or "")[-1]["given"])

    def relation(self, person: Facts | None) -> str | None:
        return relation_to(person, self.applicant) if person and self.applicant else None


def _says(code: str, level: str, **data: Any) -> Check:
    return {"code": code, "level": level, "data": data}


def _of(person: Facts, code: str, level: str, **data: Any) -> Check:
    return {"code": code, "level": level, "data": {"name": person["name"], **data}, "member": person["id"]}


# The agent


def _registration(case: _Case, rule: Facts) -> Found:
    """R01: who is not registered may not sell; the last day of a registration still counts."""
    agent = case.facts["agent"]
    expires = agent.get("registration_expires")
    if not agent.get("registration"):
        yield _says("missing", "red")
    elif agent.get("registration_status") != rule["status"]:
        yield _says("status", "red")
    elif expires and expires < case.today:
        yield _says("expired", "red", on=expires)


def _grade(case: _Case, rule: Facts) -> Found:
    """R02: products above the seller's grade."""
    most = rule["grades"].get(str(case.facts["agent"].get("sales_grade") or 1), 0)
    for cover in case.covers:
        if cover.grade > most:
            yield cover.says("grade", "red", grade=cover.body["risk_grade"])


# The applicant's means and needs


def _analysis(case: _Case, rule: Facts) -> Found:
    """R03: long personal cover rests on an analysis that is complete and not older than a year, to the day."""
    if not any(case.is_long(cover) for cover in case.covers):
        return
    analysis = case.facts.get("analysis")
    if not analysis or not analysis.get("completed_at") or not case.result:
        yield _says("missing", "red")
    elif _months_later(analysis["made_on"], rule["months"]) < case.today:
        yield _says("old", "red", on=analysis["made_on"], months=rule["months"])


def _months_later(day: str, months: int) -> str:
    return dates.add_months(date.fromisoformat(day), months).isoformat()


def _premiums(case: _Case, rule: Facts) -> tuple[int, int, int, int]:
    """(income of the household, yearly premiums of the plan, single premiums, yearly premiums of what is held)."""
    people = sum(each["income_fen"] for each in case.people)
    income = case.result["income_fen"] if case.result else people
    yearly = sum(cover.yearly_fen for cover in case.covers if not cover.single)
    single = sum(cover.yearly_fen for cover in case.covers if cover.single)
    held = sum(each.get("premium_fen") or 0 for each in case.policies) if rule["count_held"] else 0
    return income, yearly, single, held


def _is_beyond(case: _Case, rule: Facts) -> bool:
    income, yearly, single, held = _premiums(case, rule)
    too_much = (yearly + held) * WHOLE > income * rule["red_bp"] or single * WHOLE > income * rule["single_bp"]
    return yearly + single > 0 and (income <= 0 or too_much)


def _affordable(case: _Case, rule: Facts) -> Found:
    """R04: premiums against the income of the household; the shares count what is paid for held cover too."""
    income, yearly, single, held = _premiums(case, rule)
    if yearly + single > 0 and income <= 0:
        yield _says("income", "red", yearly_fen=yearly + single)
    elif yearly > 0:
        share = (yearly + held) * WHOLE
        told = {"ratio_bp": share // income, "yearly_fen": yearly, "held_fen": held, "income_fen": income}
        if share > income * rule["red_bp"]:
            yield _says("high", "red", **told, limit_bp=rule["red_bp"])
        elif share >= income * rule["amber_bp"]:
            yield _says("ratio", "amber", **told, limit_bp=rule["amber_bp"])
    if income > 0 and single * WHOLE > income * rule["single_bp"]:
        yield _says("single", "red", single_fen=single, income_fen=income, times=rule["single_bp"] // WHOLE)
    budget = case.result["budget_fen"] if case.result else 0
    if budget > 0 and yearly * WHOLE >= budget * rule["budget_bp"]:
        yield _says("budget", "amber", yearly_fen=yearly, budget_fen=budget)
    payer = case.age(case.applicant, case.start)
    for cover in case.covers:
        passed = [age for age in rule["pay_ages"] if payer is not None and payer + cover.pay_years > age]
        if passed and not cover.single and cover.pay_years > 1:
            yield cover.says("pay_end", "amber", age=(payer or 0) + cover.pay_years, limit=passed[-1])


def _mismatch(case: _Case, rule: Facts) -> Found:
    """R05: what is not needed, not payable, or repaid only once is better left; if not, the reason is recorded."""
    means = case.settings["rules"].get("R04")
    if means and _is_beyond(case, means):
        yield _says("unpayable", "amber")
    for row in closed(case.plan, case.quotes, case.result, case.facts["catalogue"], case.people) if case.result else []:
        person = by_id(case.people, row["member"])
        if person and row["line"] in ADDING and row["by_plan_fen"] > 0:
            have = row["have_fen"] + _waiting_fen(case, person, row["line"])
            need = max(0, row["need_fen"])
            told = {"line": row["line"], "need_fen": need, "have_fen": have, "by_plan_fen": row["by_plan_fen"]}
            if have >= need:
                yield _of(person, "enough", "amber", **told)
            elif (have + row["by_plan_fen"]) * WHOLE > need * rule["over_bp"] + rule["over_fen"] * WHOLE:
                yield _of(person, "over", "amber", **told)
    for person in case.insured:
        held = [each for each in case.policies if _repays(each, person, rule)]
        planned = [cover for cover in case.of(person) if cover.body["kind"] in rule["medical_kinds"]]
        if planned and len(held) + len(planned) > 1:
            yield _of(person, "medical_twice", "amber", held=len(held), planned=len(planned))


def _waiting_fen(case: _Case, person: Facts, line: str) -> int:
    """Held cover in its waiting period: no cover yet in the analysis, but paid for already."""
    own = [each for each in case.policies if each["insured"] == person["id"] and LINES.get(each["kind"]) == line]
    return sum(each.get("sum_fen") or 0 for each in own if (each.get("waiting_until") or "") > case.today)


def _repays(policy: Facts, person: Facts, rule: Facts) -> bool:
    return policy["insured"] == person["id"] and policy["kind"] in rule["medical_kinds"] and not policy.get("allowance")


def _old_age(case: _Case, rule: Facts) -> Found:
    """R06: from 65 a second confirmation a day later; products of some risk need a reason too."""
    age = case.age(case.applicant, case.today)
    if case.applicant is None or age is None or age < rule["age"]:
        return
    risky = [each for each in case.covers if each.grade >= rule["grade"] or each.body["design"] != "ordinary"]
    for cover in risky:
        yield cover.says("risky", "amber", age=age, hours=rule["hours"])
    if case.covers and not risky:
        yield _of(case.applicant, "senior", "info", age=age, hours=rule["hours"])


def _risk_test(case: _Case, rule: Facts) -> Found:
    """R07: linked and high-risk products only for who was tested within a year, up to the level found."""
    test = case.customer.get("risk_test")
    for cover in case.covers:
        if cover.body["design"] not in rule["designs"] and cover.grade < rule["grade"]:
            continue
        if not test:
            yield cover.says("missing", "red")
        elif _months_later(test["made_on"], rule["months"]) < case.today:
            yield cover.says("old", "red", on=test["made_on"], months=rule["months"])
        elif rule["levels"].get(str(test["level"]), 0) < cover.grade:
            yield cover.says("level", "red", grade=cover.body["risk_grade"], tested=test["level"])


# The insured


def _interest(case: _Case, rule: Facts) -> Found:
    """R08: self, spouse, child, parent; another relative by support or consent; nobody else."""
    for person in case.insured:
        relation = case.relation(person)
        if relation is None:
            yield _of(person, "none", "red")
        elif relation not in rule["interest"]:
            minor = any(case.is_minor(cover) for cover in case.of(person))
            yield _of(person, "minor" if minor and relation == "other" else "consent",
                      "red" if minor and relation == "other" else "amber", relation=relation)  # fmt: skip


def _minors_cap(case: _Case, rule: Facts) -> Found:
    """R09: death cover of a minor with all insurers together, what is proposed included."""
    for person in case.insured:
        age = case.age(person, case.start)
        cap = next((most for below, most in rule["caps"] if age is not None and age < below), None)
        planned = sum(cover.death_fen for cover in case.of(person))
        held = held_death_fen(case.policies, person["id"], case.today)
        if cap is not None and planned > 0 and held + planned > cap:
            yield _of(person, "cap", "red", cap_fen=cap, held_fen=held, planned_fen=planned)


def _own_consent(case: _Case, rule: Facts) -> Found:
    """R10: an adult insured consents to a death benefit and its sum; parents need not ask their minor children."""
    for person in case.insured:
        planned = sum(cover.death_fen for cover in case.of(person))
        minor = any(case.is_minor(cover) for cover in case.of(person))
        if planned > 0 and not minor and case.relation(person) != "self":
            yield _of(person, "consent", "info", sum_fen=planned)


def _guardian(case: _Case, rule: Facts) -> Found:
    """R11: who is not a parent buys no death cover for a minor, unless the parents agree."""
    for person in case.insured:
        dies = any(cover.death_fen > 0 and case.is_minor(cover) for cover in case.of(person))
        if dies and case.relation(person) not in (*PARENTS, "self") and not case.consented(rule["consent"]):
            yield _of(person, "parents", "red")


# What has to be said


def _disclosure(case: _Case, rule: Facts) -> Found:
    """R12: questions of health are answered by the customer in person."""
    if any(cover.body.get("line") in rule["lines"] for cover in case.covers):
        yield _says("health", "info")


def _ticked(case: _Case, rule: Facts) -> Found:
    """R15: nothing is chosen for the customer."""
    for cover in case.covers:
        if cover.coverage.get("preset"):
            yield cover.says("preset", "red")


def _cooling_off(case: _Case, rule: Facts) -> Found:
    """R16: the days in which all premiums come back."""
    for cover in case.once():
        if case.is_long(cover) and cover.body.get("cooling_off_days"):
            yield cover.says("days", "info", days=cover.body["cooling_off_days"])


def _waiting(case: _Case, rule: Facts) -> Found:
    """R17: the day cover begins is the first of the waiting period."""
    for cover in case.covers:
        days = cover.body.get("waiting_days") or 0
        if days and cover.person:
            last = dates.add_days(date.fromisoformat(case.start), days - 1).isoformat()
            yield cover.says("days", "info", name=cover.person["name"], days=days, until=last)


def _recording(case: _Case, rule: Facts) -> Found:
    """R19: sale on sound and film, with the company's own system; the app only says so."""
    age, city = case.age(case.applicant, case.today), case.customer.get("city") or ""
    long = [cover for cover in case.covers if case.is_long(cover)]
    if any(cover.body["design"] in rule["designs"] for cover in case.covers):
        yield _says("linked", "info")
    elif long and age is not None and age >= rule["age"]:
        yield _says("age", "info", age=age)
    elif long and any(place in city for place in rule["places"]):
        yield _says("place", "info", place=city)


def _risk_sentence(case: _Case, rule: Facts) -> Found:
    """R21: the sentence that the customer writes out."""
    for cover in case.once():
        if cover.body["design"] in rule["designs"]:
            yield cover.says("sentence", "info")


def _illustration(case: _Case, rule: Facts) -> Found:
    """R22: dividends are uncertain, and illustrated at a capped rate."""
    for cover in case.once():
        if cover.body["design"] in rule["designs"]:
            rate = (cover.body.get("illustration") or {}).get("demo_rate_bp") or 0
            if rate > rule["demo_rate_bp"]:
                yield cover.says("cap", "red", rate_bp=rate, limit_bp=rule["demo_rate_bp"])
            yield cover.says("uncertain", "info")


def _banned(case: _Case, rule: Facts) -> Found:
    """R23: what may not be written; phrases that only look like it are cut out first."""
    given = case.facts.get("free_text") or ""
    texts = [given] if isinstance(given, str) else given
    said = "\n".join(_bare(text, rule) for text in texts)
    for word in rule["words"]:
        if word in said:
            yield _says("word", "red", word=word)


def _bare(text: str, rule: Facts) -> str:
    text = BLANKS.sub("", text)
    for phrase in rule["clean"]:
        text = text.replace(phrase, "\n")
    return text


def _replacement(case: _Case, rule: Facts) -> Found:
    """R25: an old policy given up for a new one loses values, begins a waiting period, is dearer by age."""
    for person in case.insured:
        for line in dict.fromkeys(cover.body.get("line") for cover in case.of(person)):
            held = [each for each in case.facts.get("policies") or [] if each["insured"] == person["id"]]
            alike = [each for each in held if line and LINES.get(each["kind"]) == line]
            if any(_is_given_up(each, rule, case.today) for each in alike):
                yield _of(person, "replaces", "amber", line=line)
            elif any(in_force(each, case.today) and not each.get("group") for each in alike):
                yield _of(person, "keep", "info", line=line)


def _is_given_up(policy: Facts, rule: Facts, today: str) -> bool:
    """Surrendered, or about to be; what ended long ago makes no room for a new policy."""
    ended = policy.get("ended_on")
    return bool(policy.get("surrender")) and (not ended or _months_later(ended, rule["months"]) >= today)


# Consents and papers


def _sensitive(case: _Case, rule: Facts) -> Found:
    """R26: health, assets and incomes only with the separate consent."""
    analysis = case.facts.get("analysis")
    if analysis and analysis.get("sensitive") and not case.consented(rule["consent"]):
        yield _says("consent", "red")


def _children(case: _Case, rule: Facts) -> Found:
    """R27: facts about a child under 14 only with the guardian's consent."""
    for person in case.people:
        age = case.age(person, case.today)
        if age is not None and age < rule["age"] and not case.consented(rule["consent"]):
            yield _of(person, "guardian", "red", age=rule["age"])


def _diligence(case: _Case, rule: Facts) -> Found:
    """R30: above the limit (all premiums of the contract) the customer's document is needed, and in date."""
    most = max((cover.yearly_fen * max(1, cover.pay_years) for cover in case.covers), default=0)
    expiry = case.customer.get("id_expiry") or ""
    expired = bool(expiry) and expiry != rule["long"] and expiry < case.today
    if most >= rule["transfer_fen"]:
        if expired:
            yield _says("expired", "red", on=expiry)
        elif not case.customer.get("has_id") or not expiry:
            yield _says("papers", "amber", total_fen=most, limit_fen=rule["transfer_fen"])
    elif expired:
        yield _says("expiring", "info", on=expiry)


def _own_policy(case: _Case, rule: Facts) -> Found:
    """R34: policies of agents and their colleagues count in no ranking."""
    whose = case.customer.get("own_policy") or _recognised(case)
    if whose:
        yield _says(whose, "info")


def _recognised(case: _Case) -> str | None:
    """The applicant bears the name and the mobile number of the agent or of a colleague."""
    name, mobile = case.customer.get("name"), case.customer.get("mobile")
    if not name or not mobile:
        return None
    agent = case.facts["agent"]
    if agent.get("name") == name and agent.get("mobile") == mobile:
        return "agent"
    alike = [each for each in case.facts.get("colleagues") or [] if each.get("name") == name]
    return "colleague" if any(each.get("mobile") == mobile for each in alike) else None


RULES: tuple[tuple[str, Callable[[_Case, Facts], Found]], ...] = (
    ("R01", _registration),
    ("R02", _grade),
    ("R03", _analysis),
    ("R04", _affordable),
    ("R05", _mismatch),
    ("R06", _old_age),
    ("R07", _risk_test),
    ("R08", _interest),
    ("R09", _minors_cap),
    ("R10", _own_consent),
    ("R11", _guardian),
    ("R12", _disclosure),
    ("R15", _ticked),
    ("R16", _cooling_off),
    ("R17", _waiting),
    ("R19", _recording),
    ("R21", _risk_sentence),
    ("R22", _illustration),
    ("R23", _banned),
    ("R25", _replacement),
    ("R26", _sensitive),
    ("R27", _children),
    ("R30", _diligence),
    ("R34", _own_policy),
)
