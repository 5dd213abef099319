"""Whether a cover can be had: by this person, in this amount, on this day. Everything that is wrong at once.

Pure, like `premium`; the phone's twin is `static/js/domain/eligibility.js`. A fault is `{rule, level, coverage, data}`:
red blocks, amber needs a reason. The words of every rule stand in `portal/products/words.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.dates import days_between
from portal.products.premium import (
    MODES,
    SEXES,
    WHOLE_BP,
    Case,
    Facts,
    PriceError,
    age_on,
    are_extras,
    day,
    id_of,
    is_amount,
    is_text,
    item_faults,
    occupation_of,
    price,
    rounded,
    sum_of,
    years,
)

ADULT = 18
CLASSES = 6
TEXTS = ("id", "product", "insured", "term", "pay")
AMOUNTS = ("sum_fen", "premium_fen")

Found = Iterator[tuple[str, str, dict[str, Any]]]


def plan_faults(
    plan: Any, catalogue: Facts, people: Any, applicant: str | None = None, today: str | None = None
) -> list[dict[str, Any]]:
    """The faults of every cover of a plan, in their order; the applicant is `self` unless an id is given."""
    case = Case(plan, catalogue, people, applicant)
    found = []
    if not isinstance(plan, dict) or not isinstance(plan.get("coverages"), list):
        found.append(_fault("", "input", "red", {"field": "coverages"}))
    seen: set[str] = set()
    for coverage in case.coverages:
        if id_of(coverage) in seen:
            found.append(_fault(id_of(coverage), "input", "red", {"field": "id"}))
        seen.add(id_of(coverage))
        product, person = case.product(coverage), case.person(coverage)
        found += faults(coverage, product, person, case.applicant, case.start, plan, catalogue, today)
    return found


def faults(
    coverage: Any,
    product: Any,
    person: Any,
    applicant: Any,
    start: Any,
    plan: Any = None,
    catalogue: Facts | None = None,
    today: str | None = None,
) -> list[dict[str, Any]]:
    """Everything that speaks against one cover.

    `product` is the catalogue's record, None when there is none; a waiver's `person` is whom its main cover insures. `plan` and `catalogue` are for what covers have to do
    with each other; `today` is the day of the proposal (`start` when it is not said).
    """
    if not isinstance(coverage, dict):
        return [_fault("", "input", "red", {"field": "coverage"})]
    asked = _Asked(coverage, product, person, applicant, start, plan, catalogue, today)
    return [_fault(id_of(coverage), *found) for found in _all(asked)]


def _fault(coverage: str, rule: str, level: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"rule": rule, "level": level, "coverage": coverage, "data": data}


class _Asked:
    """One cover beside all it is judged by."""

    def __init__(self, coverage: Facts, product: Any, person: Any, applicant: Any, start: Any, plan: Any,
                 catalogue: Facts | None, today: Any):  # fmt: skip
        self.coverage = coverage
        self.product = product
        self.body: Facts = product["body"] if product else {}
        self.waiver = bool(product) and self.body["price"]["form"] == "waived"
        self.applicant = applicant if isinstance(applicant, dict) else None
        self.person = person if isinstance(person, dict) else None
        #: Whose age and occupation count: a waiver is about who pays.
        self.whose = self.applicant if self.waiver else self.person
        self.start = start
        self.today = start if today is None else today
        self.age = age_on(self.whose, start)
        self.plan = plan if isinstance(plan, dict) else None
        self.case = Case(plan, catalogue or {"products": {}, "blobs": {}}, None)
        self.main = self.case.main(coverage)


def _all(asked: _Asked) -> Found:
    yield from _shape(asked)
    if not asked.product:
        yield "product", "red", {}
        return
    yield from _sale(asked)
    yield from _person(asked)
    yield from _ages(asked)
    yield from _terms(asked)
    yield from _work(asked)
    yield from _rider(asked)
    yield from _chosen(asked)
    yield from _limits(asked)


def _shape(asked: _Asked) -> Found:
    wrong = [field for field in TEXTS if not is_text(asked.coverage.get(field))]
    for field in AMOUNTS:
        given = asked.coverage.get(field)
        if given is not None and not is_amount(given):
            wrong.append(field)
    if not isinstance(asked.coverage.get("rider_of"), str | None):
        wrong.append("rider_of")
    if day(asked.start) is None:
        wrong.append("start")
    if asked.today != asked.start and day(asked.today) is None:
        wrong.append("today")
    for field in wrong:
        yield "input", "red", {"field": field}


def _sale(asked: _Asked) -> Found:
    """Sold from the first to the last day of sale, both included; and nothing begins before it is proposed."""
    start, today = day(asked.start), day(asked.today)
    if start is None or today is None:
        return
    since, until = asked.product["from_date"], asked.product["to_date"]
    if today.isoformat() < since:
        yield "not_yet", "red", {"from_date": since}
    if until is not None and today.isoformat() > until:
        yield "withdrawn", "red", {"to_date": until}
    if start < today:
        yield "start_past", "red", {"start_date": asked.start}


def _person(asked: _Asked) -> Found:
    if asked.person is None and not (asked.waiver and asked.main is None):
        yield "insured", "red", {}
    if asked.applicant is None and asked.waiver:
        yield "applicant", "red", {}
    if asked.whose is None:
        return
    born, start = day(asked.whose.get("birth_date")), day(asked.start)
    if born is None:
        yield "birth_date", "red", {}
    elif start is not None and born > start:
        yield "unborn", "red", {}
    gender = asked.whose.get("gender")
    if asked.body["price"]["form"] in ("table", "waived") and (not isinstance(gender, str) or gender not in SEXES):
        yield "gender", "red", {}


def _ages(asked: _Asked) -> Found:
    if asked.age is None or asked.whose is None:
        return
    entry = asked.body["entry"]
    days = days_between(day(asked.whose["birth_date"]), day(asked.start))  # type: ignore[arg-type]
    if days < (entry.get("min_days") or 0):
        yield "entry_days", "red", {"days": days, "min_days": entry["min_days"]}
    rule = "applicant_age" if asked.waiver else "entry_age"
    for bounds in (entry, entry.get("applicant") or {} if asked.waiver else {}):
        least, most = bounds.get("min_age") or 0, bounds.get("max_age")
        if asked.age < least or (most is not None and asked.age > most):
            yield rule, "red", {"age": asked.age, "min_age": least, "max_age": LAST if most is None else most}
            return


#: Said where a product has no highest age.
LAST = 105


def _terms(asked: _Asked) -> Found:
    """Offered at all, and neither over before it begins nor longer than the product allows."""
    term, pay = asked.coverage.get("term"), asked.coverage.get("pay")
    for rule, code, offered in (("term", term, asked.body["terms"]), ("pay", pay, asked.body["pays"])):
        if is_text(code) and code not in offered and not (rule == "term" and asked.waiver):
            yield rule, "red", {}
    if asked.plan is not None and pay != "single" and asked.case.mode not in list(MODES):
        yield "input", "red", {"field": "mode"}
    # A waiver runs as long as the premium of the main cover is paid, for somebody else.
    at = age_on(asked.person, asked.start)
    runs, paid = (years(code, at) if at is not None else None for code in (term, pay))
    for rule, length in (("term_over", runs), ("pay_over", paid)):
        if length is not None and length <= 0:
            yield rule, "red", {"age": at}
    if runs is not None and paid is not None and paid > runs and not asked.waiver:
        yield "pay_term", "red", {"years": runs}
    if asked.age is None:
        return
    entry = asked.body["entry"]
    payer = entry.get("applicant") or {} if asked.waiver else {}
    for rule, length, most in (
        ("end_age", runs, entry.get("max_end_age")),
        ("pay_end_age", paid, payer.get("max_pay_end_age") or entry.get("max_pay_end_age")),
    ):
        if most is not None and length is not None and asked.age + length > most:
            yield rule, "red", {"age": asked.age + length, "max_age": most}


def _work(asked: _Asked) -> Found:
    if asked.whose is None:
        return
    allowed = asked.body["entry"].get("occupations") or ()
    occupation = occupation_of(asked.whose)
    if occupation is None:
        # A child at school is in the first class, nobody needs to ask.
        if 0 < len(allowed) < CLASSES and (asked.age is None or asked.age >= ADULT):
            yield "occupation_unknown", "amber", {}
    elif allowed and occupation not in allowed:
        yield "occupation", "red", {"occupation_class": occupation}
    required = asked.body["entry"].get("social_insurance") == "required"
    insured = asked.whose.get("social_insurance")
    if not isinstance(insured, bool):
        if required or asked.body["price"].get("without_social_bp"):
            yield "social_insurance_unknown", "amber", {}
    elif required and not insured:
        yield "social_insurance", "red", {}


def _rider(asked: _Asked) -> Found:
    """A rider stands on a main cover of the same person; a waiver on one that somebody else pays, as long as he does."""
    if asked.body["role"] != "rider":
        if is_text(asked.coverage.get("rider_of")):
            yield "not_rider", "red", {}
        return
    main = asked.main
    if asked.plan is None and is_text(asked.coverage.get("rider_of")):
        return
    if main is None or not is_text(main.get("product")) or main["product"].split("@")[0] not in asked.body["mains"]:
        yield "rider_main", "red", {}
        return
    if not asked.waiver:
        if is_text(asked.coverage.get("insured")) and main.get("insured") != asked.coverage["insured"]:
            yield "rider_insured", "red", {}
        yield from _ratio(asked, main)
        return
    if is_text(asked.coverage.get("pay")) and main.get("pay") != asked.coverage["pay"]:
        yield "rider_pay", "red", {}
    alone = (asked.body["entry"].get("applicant") or {}).get("not_insured")
    if alone and asked.applicant is not None and main.get("insured") == asked.applicant.get("id"):
        yield "applicant_insured", "red", {}


def _ratio(asked: _Asked, main: Facts) -> Found:
    most_bp, product = asked.body["limits"].get("main_ratio_bp"), asked.case.product(main)
    if not most_bp or not product:
        return
    own, mains = sum_of(asked.coverage, asked.body), sum_of(main, product["body"])
    if own is not None and mains is not None and own * WHOLE_BP > mains * most_bp:
        yield "rider_ratio", "red", {"sum_fen": own, "max_fen": rounded(mains * most_bp, WHOLE_BP)}


def _chosen(asked: _Asked) -> Found:
    """What has to be chosen is chosen, from what there is."""
    cost, coverage = asked.body["price"], asked.coverage
    chosen = CHOSEN.get(asked.body["chooses"]) if not asked.waiver else None
    if chosen and coverage.get(chosen) is None and sum_of(coverage, asked.body) is None:
        yield "input", "red", {"field": chosen}
    if cost["form"] == "plans" and all(coverage.get("plan") != each["code"] for each in cost["plans"]):
        yield "plan", "red", {}
    if cost["form"] == "items":
        for rule, data in item_faults(coverage, cost):
            yield rule, "red", data
    if not are_extras(coverage.get("extras")):
        yield "input", "red", {"field": "extras"}
    elif not set(coverage.get("extras") or ()) <= {each["code"] for each in cost.get("extras") or ()}:
        yield "extra", "red", {}


CHOSEN = {"sum": "sum_fen", "premium": "premium_fen"}


def _limits(asked: _Asked) -> Found:
    limits = asked.body["limits"]
    chosen = asked.coverage.get(CHOSEN.get(asked.body["chooses"], ""))
    if is_amount(chosen) and not asked.waiver:
        least, most, step = limits.get("min_fen"), limits.get("max_fen"), limits.get("step_fen")
        if least and chosen < least:
            yield "min", "red", {"chosen_fen": chosen, "min_fen": least}
        if most and chosen > most:
            yield "max", "red", {"chosen_fen": chosen, "max_fen": most}
        if step and chosen % step:
            yield "step", "red", {"chosen_fen": chosen, "step_fen": step}
    if limits.get("min_premium_fen"):
        yield from _least_premium(asked, limits["min_premium_fen"])
    if sum_of(asked.coverage, asked.body) is None or asked.age is None or asked.whose is None:
        return
    total, child = _grouped(asked), limits.get("child_max_fen")
    if asked.age < ADULT and child and total > child:
        yield "child_max", "red", {"sum_fen": total, "max_fen": child}
    ceiling = next((most for up_to, most in limits.get("no_exam") or () if up_to is None or asked.age <= up_to), None)
    if ceiling is not None and total > ceiling:
        yield "no_exam", "amber", {"sum_fen": total, "max_fen": ceiling}
    multiple, income = limits.get("income_multiple"), asked.whose.get("income_fen")
    proved = multiple * income if multiple and is_amount(income) else 0
    if multiple and asked.age >= ADULT and total > proved:
        yield "income_multiple", "amber", {"sum_fen": total, "max_fen": proved, "multiple": multiple}


def _least_premium(asked: _Asked, least: int) -> Found:
    rates = asked.case.blobs.get(asked.body["price"].get("rates"))
    try:
        quote = price(asked.coverage, asked.body, rates, asked.person, asked.applicant, asked.start)
    except PriceError:
        return
    if quote["yearly_fen"] < least:
        yield "min_premium", "red", {"chosen_fen": quote["yearly_fen"], "min_fen": least}


def _grouped(asked: _Asked) -> int:
    """The sum of this cover and of the plan's others of the same group for the same person."""
    group, own = asked.body["limits"].get("group"), sum_of(asked.coverage, asked.body) or 0
    if not group:
        return own
    for each in asked.case.coverages:
        product = asked.case.product(each)
        if product and product["body"]["limits"].get("group") == group and _beside(asked.coverage, each):
            own += sum_of(each, product["body"]) or 0
    return own


def _beside(one: Facts, other: Facts) -> bool:
    return id_of(one) != id_of(other) and is_text(one.get("insured")) and one["insured"] == other.get("insured")
