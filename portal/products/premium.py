"""What a cover costs, from its product and nothing else. Pure: dates are passed in as ISO texts, money is integer fen.

The phone's twin is `static/js/domain/premium.js`; both answer alike, to the fen and to the last error. Rates count per
1,000 yuan (sum assured, or yearly premium waived). Each cover is rounded by itself, half up, first by the year, then by
the instalment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from portal.dates import add_days, add_months, age

Facts = Mapping[str, Any]

#: A billion yuan. Beyond it is a slip of the finger, and within it every sum is exact on the phone.
MOST_FEN = 10**11
#: 1,000 yuan: what a rate counts by.
THOUSAND = 100_000
WHOLE_BP = 10_000
#: A quote holds so long, unless the insured has a birthday before.
VALID_DAYS = 30
#: Mortality tables end with 105 completed years.
LAST_AGE = 106
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
YEARS = re.compile(r"([ya])([0-9]{1,3})")
MODES = ("year", "half", "quarter", "month")
SEXES = {"male": "m", "female": "f"}


def new_coverage(cover_id: str, product: str, insured: str, **more: Any) -> dict[str, Any]:
    """A cover of a plan of which nothing is chosen yet but what `more` says."""
    return {
        "id": cover_id,
        "product": product,
        "insured": insured,
        "term": "",
        "pay": "",
        "sum_fen": None,
        "premium_fen": None,
        "plan": None,
        "extras": [],
        "items": {},
        "factors": {},
        "rider_of": None,
        **more,
    }


class PriceError(Exception):
    """There is no premium for this cover; `code` is a rule of `portal/products/words.py`, `data` says more."""

    def __init__(self, code: str, data: dict[str, Any] | None = None):
        super().__init__(code)
        self.code = code
        self.data = data or {}


# What is a number, a day, a person


def is_amount(given: Any) -> bool:
    """Fen somebody may choose: a whole number above zero."""
    return isinstance(given, int) and not isinstance(given, bool) and 0 < given <= MOST_FEN


def is_text(given: Any) -> bool:
    """A code that is there."""
    return isinstance(given, str) and given != ""


def day(text: Any) -> date | None:
    """A day of our time written YYYY-MM-DD."""
    if not isinstance(text, str) or not DAY.fullmatch(text) or not "1900" <= text < "2200":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def age_on(person: Any, start: Any) -> int | None:
    """Completed years on the day cover begins; None before birth and without a date of birth."""
    born = day(person.get("birth_date")) if isinstance(person, dict) else None
    on = day(start)
    return age(born, on) if born and on and born <= on else None


def years(code: Any, at: int) -> int | None:
    """How long a term or pay code runs for somebody of this age: y20, a60, life, single."""
    if code == "single":
        return 1
    if code == "life":
        return LAST_AGE - at
    found = YEARS.fullmatch(code) if isinstance(code, str) else None
    if not found:
        return None
    return int(found[2]) if found[1] == "y" else int(found[2]) - at


def rounded(over: int, under: int) -> int:
    """The nearest whole number; a half goes up."""
    return (2 * over + under) // (2 * under)


def sum_of(coverage: Facts, body: Facts) -> int | None:
    """The sum assured: as chosen, as the chosen plan has it, or the only one there is; None for no sum."""
    if body["price"]["form"] == "plans":
        option = _named(body["price"]["plans"], coverage.get("plan"))
        return option["sum_fen"] if option else None
    if body["chooses"] != "sum":
        return None
    chosen = coverage.get("sum_fen")
    return chosen if is_amount(chosen) else only_sum(body) if chosen is None else None


def only_sum(body: Facts) -> int | None:
    """The sum of a product that leaves no choice of one."""
    least, most = body["limits"].get("min_fen"), body["limits"].get("max_fen")
    return most if least == most else None


# One cover


def price(
    coverage: Facts,
    body: Facts,
    rates: Facts | None,
    person: Any,
    applicant: Any,
    start: Any,
    waived_fen: int = 0,
    mode: Any = "year",
) -> dict[str, Any]:
    """`{yearly_fen, modal_fen, mode, cells}`; raises PriceError where there is no premium.

    `waived_fen`: the yearly premium a waiver frees from; a waiver's `person` is the one its main cover insures. `mode` of the answer is how this cover is really paid: `single`
    where that was chosen, and `year` where the product does not offer the instalments asked for.
    """
    if not isinstance(coverage, dict):
        raise PriceError("input", {"field": "coverage"})
    if day(start) is None:
        raise PriceError("input", {"field": "start"})
    form = body["price"]["form"]
    if form == "waived":
        yearly, cell, at = _by_premium_waived(coverage, rates, person, applicant, start, waived_fen)
    else:
        at = _age(person, start, "insured")
        yearly, cell = FORMS[form](coverage, body, rates, person, at)
    paid, factor = instalment(coverage, body, mode)
    pay = coverage.get("pay")
    cells = (
        [] if cell is None else [{"age": at, "sex": cell[0], "term": coverage.get("term"), "pay": pay, "rate": cell[1]}]
    )
    return {"yearly_fen": yearly, "modal_fen": rounded(yearly * factor, WHOLE_BP), "mode": paid, "cells": cells}


def _age(person: Any, start: Any, who: str) -> int:
    if not isinstance(person, dict):
        raise PriceError(who)
    at = age_on(person, start)
    if at is None:
        raise PriceError("birth_date")
    return at


def instalment(coverage: Facts, body: Facts, mode: Any) -> tuple[str, int]:
    """How a cover is really paid, and its factor: by the year where a product does not offer what the plan has."""
    if coverage.get("pay") == "single":
        return "single", WHOLE_BP
    if not isinstance(mode, str) or mode not in MODES:
        raise PriceError("input", {"field": "mode"})
    return (mode, body["modes"][mode]) if mode in body["modes"] else ("year", body["modes"].get("year", WHOLE_BP))


Priced = tuple[int, tuple[str | None, int] | None]


def _by_table(coverage: Facts, body: Facts, rates: Facts | None, person: Facts, at: int) -> Priced:
    chosen = _chosen_sum(coverage, body)
    sex, rate = _rate(rates, _key(coverage.get("term"), coverage.get("pay")), person, at)
    return rounded(rate * chosen, THOUSAND), (sex, rate)


def _by_premium_waived(
    coverage: Facts, rates: Facts | None, person: Any, applicant: Any, start: Any, waived: int
) -> tuple[int, tuple[str | None, int] | None, int]:
    """By sex and age of the applicant and the years the main cover's premium is paid."""
    at = _age(applicant, start, "applicant")
    if not is_amount(waived):
        raise PriceError("waived")
    paid = years(coverage.get("pay"), _age(person, start, "insured"))
    sex, rate = _rate(rates, f"|y{paid}", applicant, at)
    return rounded(rate * waived, THOUSAND), (sex, rate), at


def _key(*codes: Any) -> str | None:
    return "|".join(codes) if all(isinstance(code, str) for code in codes) else None


def _rate(rates: Facts | None, key: str | None, person: Facts, at: int) -> tuple[str, int]:
    if rates is None:
        raise PriceError("rates")
    gender = person.get("gender")
    if not isinstance(gender, str) or gender not in SEXES:
        raise PriceError("gender")
    first, column = rates["cells"].get(key, {}).get(SEXES[gender], (0, ()))
    rate = column[at - first] if 0 <= at - first < len(column) else None
    if rate is None:
        raise PriceError("no_rate", {"age": at})
    return SEXES[gender], rate


def _by_band(coverage: Facts, body: Facts, rates: Facts | None, person: Facts, at: int) -> Priced:
    for up_to, fen in body["price"]["bands"]:
        if up_to is None or at <= up_to:
            bare = person.get("social_insurance") is False
            factor = body["price"].get("without_social_bp") or WHOLE_BP if bare else WHOLE_BP
            return rounded(fen * factor, WHOLE_BP), (None, fen)
    raise PriceError("no_rate", {"age": at})


def _by_sum(coverage: Facts, body: Facts, rates: Facts | None, person: Facts, at: int) -> Priced:
    cost = body["price"]
    chosen = _chosen_sum(coverage, body)
    factor = WHOLE_BP
    if cost.get("class_bp"):
        # Pupils, housewives and whoever was not asked yet: the class of offices and schools; eligibility says so.
        occupation = occupation_of(person) or 1
        factor = cost["class_bp"].get(str(occupation))
        if factor is None:
            raise PriceError("occupation", {"occupation_class": occupation})
    total = rounded(cost["fen_per_1000"] * chosen * factor, THOUSAND * WHOLE_BP)
    if not are_extras(coverage.get("extras")):
        raise PriceError("input", {"field": "extras"})
    for code in coverage.get("extras") or ():
        extra = _named(cost.get("extras") or [], code)
        if not extra:
            raise PriceError("extra")
        total += extra["fen"]
    return total, (None, cost["fen_per_1000"])


def occupation_of(person: Facts) -> int | None:
    """Class 1–6, None when nobody has asked."""
    found = person.get("occupation_class")
    return found if isinstance(found, int) and not isinstance(found, bool) and 1 <= found <= 6 else None


def are_extras(given: Any) -> bool:
    """Codes, none of them twice; or nothing at all."""
    if not isinstance(given, list):
        return given is None
    return all(isinstance(code, str) for code in given) and len(set(given)) == len(given)


def _by_plan(coverage: Facts, body: Facts, rates: Facts | None, person: Facts, at: int) -> Priced:
    option = _named(body["price"]["plans"], coverage.get("plan"))
    if not option:
        raise PriceError("plan")
    return option["fen"], (None, option["fen"])


def _by_choice(coverage: Facts, body: Facts, rates: Facts | None, person: Facts, at: int) -> Priced:
    return _amount(coverage, "premium_fen"), None


def _by_items(coverage: Facts, body: Facts, rates: Facts | None, person: Facts, at: int) -> Priced:
    cost = body["price"]
    wrong = next(item_faults(coverage, cost), None)
    if wrong:
        raise PriceError(*wrong)
    chosen = _given(coverage, "items")
    factors = {each["code"]: each["default"] for each in cost.get("factors") or ()} | _given(coverage, "factors")
    parts = [_item_fen(item, chosen[item["code"]], factors) for item in cost["items"] if item["code"] in chosen]
    return max(sum(parts), cost.get("min_fen") or 0), None


def _given(coverage: Facts, field: str) -> dict[str, Any]:
    return {code: chosen for code, chosen in (coverage.get(field) or {}).items() if chosen is not None}


def _item_fen(item: Facts, chosen: Any, factors: Mapping[str, int]) -> int:
    over, under = 1, 1
    for code in item.get("factors") or ():
        over, under = over * factors[code], under * WHOLE_BP
    if item.get("choices"):
        return rounded(_named(item["choices"], chosen)["fen"] * over, under)  # type: ignore[index]
    if item.get("count"):
        return rounded(item["count"]["fen"] * chosen * over, under)
    part = item["value"]["per_100000"] * chosen + (item["value"].get("plus_fen") or 0) * THOUSAND
    return rounded(part * over, THOUSAND * under)


def item_faults(coverage: Facts, cost: Facts) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is wrong with the chosen parts of a motor or home cover."""
    wrong = [field for field in ("items", "factors") if not isinstance(coverage.get(field), dict | None)]
    if wrong:
        yield from (("input", {"field": field}) for field in wrong)
        return
    for field in ("items", "factors"):
        chosen, offered = _given(coverage, field), {each["code"]: each for each in cost.get(field) or ()}
        if not chosen.keys() <= offered.keys() or (field == "items" and not chosen):
            yield "input", {"field": field}
        for code, each in offered.items():
            name = {"name": {"zh": each["zh"], "en": each["en"]}}
            if code not in chosen:
                if each.get("required"):
                    yield "item_missing", name
            elif not _fits(each, chosen[code]):
                yield ("item" if field == "items" else "factor"), name


def _fits(item: Facts, chosen: Any) -> bool:
    if item.get("bp"):
        return is_amount(chosen) and chosen in item["bp"]
    if item.get("choices"):
        return _named(item["choices"], chosen) is not None
    most = item["count"]["most"] if item.get("count") else item["value"].get("max_fen") or MOST_FEN
    return is_amount(chosen) and chosen <= most


def _named(entries: list[Any], code: Any) -> dict[str, Any] | None:
    return next((each for each in entries if isinstance(code, str) and each["code"] == code), None)


def _chosen_sum(coverage: Facts, body: Facts) -> int:
    chosen = sum_of(coverage, body)
    if chosen is None:
        raise PriceError("input", {"field": "sum_fen"})
    return chosen


def _amount(coverage: Facts, field: str) -> int:
    if not is_amount(coverage.get(field)):
        raise PriceError("input", {"field": field})
    return coverage[field]


FORMS = {
    "table": _by_table,
    "bands": _by_band,
    "per_sum": _by_sum,
    "plans": _by_plan,
    "premium": _by_choice,
    "items": _by_items,
}


# A whole plan


def priced(
    plan: Any, catalogue: Facts, people: Any, applicant: str | None = None, today: str | None = None
) -> dict[str, Any]:
    """`{coverages: {id: quote | {errors}}, yearly_fen, modal_fen, valid_until}`; the sums are of what has a premium.

    The applicant is the person who is `self` unless an id is given. `today` is the day the quote is made (`start`
    when it is not said).
    """
    case = Case(plan, catalogue, people, applicant)
    quotes: dict[str, dict[str, Any]] = {}
    for waivers in (False, True):
        for coverage in case.coverages:
            if case.waives(coverage) == waivers:
                quotes[id_of(coverage)] = _quote(case, coverage, quotes)
    fine = [quote for quote in quotes.values() if "errors" not in quote]
    return {
        "coverages": quotes,
        "yearly_fen": sum(quote["yearly_fen"] for quote in fine),
        "modal_fen": sum(quote["modal_fen"] for quote in fine),
        "valid_until": _valid_until(case, today),
    }


def id_of(coverage: Any) -> str:
    """A cover's id; empty where it has none."""
    found = coverage.get("id") if isinstance(coverage, dict) else None
    return found if isinstance(found, str) else ""


class Case:
    """A plan beside what it is looked up in; whatever is malformed is as good as absent."""

    def __init__(self, plan: Any, catalogue: Facts, people: Any, applicant: str | None = None):
        given = plan if isinstance(plan, dict) else {}
        self.start = given.get("start")
        self.mode = given.get("mode")
        self.coverages = given["coverages"] if isinstance(given.get("coverages"), list) else []
        self.products = catalogue["products"]
        self.blobs = catalogue["blobs"]
        everybody = [each for each in people if isinstance(each, dict)] if isinstance(people, list) else []
        self.people = {each["id"]: each for each in everybody if isinstance(each.get("id"), str)}
        self.applicant = (
            next((each for each in self.people.values() if each.get("relation") == "self"), None)
            if not isinstance(applicant, str)
            else self.people.get(applicant)
        )

    def product(self, coverage: Any) -> Any:
        name = coverage.get("product") if isinstance(coverage, dict) else None
        return self.products.get(name) if isinstance(name, str) else None

    def person(self, coverage: Any) -> Any:
        """Who is insured; of a waiver, whom its main cover insures."""
        if self.waives(coverage):
            coverage = self.main(coverage)
        name = coverage.get("insured") if isinstance(coverage, dict) else None
        return self.people.get(name) if isinstance(name, str) else None

    def stands_on(self, main: Any) -> list[Facts]:
        """A main cover and its riders."""
        covers = [each for each in self.coverages if isinstance(each, dict)] if isinstance(main, str) else []
        return [each for each in covers if main in (each.get("id"), each.get("rider_of"))]

    def main(self, rider: Facts) -> Any:
        """The cover a rider stands on."""
        name = rider.get("rider_of")
        return next((each for each in self.stands_on(name) if each.get("id") == name), None)

    def waives(self, coverage: Any) -> bool:
        product = self.product(coverage)
        return product is not None and product["body"]["price"]["form"] == "waived"


def _quote(case: Case, coverage: Any, quotes: Mapping[str, Any]) -> dict[str, Any]:
    product = case.product(coverage)
    try:
        if product is None:
            raise PriceError("product")
        body = product["body"]
        waived = _waived_fen(case, coverage, quotes) if case.waives(coverage) else 0
        rates = case.blobs.get(body["price"].get("rates"))
        return price(coverage, body, rates, case.person(coverage), case.applicant, case.start, waived, case.mode)
    except PriceError as error:
        return {"errors": [{"rule": error.code, "level": "red", "coverage": id_of(coverage), "data": error.data}]}


def _waived_fen(case: Case, waiver: Facts, quotes: Mapping[str, Any]) -> int:
    """The yearly premium of the main cover and its other riders; a waiver waives no waiver."""
    main = waiver.get("rider_of")
    waived = [quotes[id_of(each)] for each in case.stands_on(main) if not case.waives(each)]
    if any("errors" in quote for quote in waived):
        raise PriceError("waived")
    return sum(quote["yearly_fen"] for quote in waived)


def _valid_until(case: Case, today: str | None) -> str | None:
    """30 days from the day it is made, or the day before the age of somebody insured changes."""
    start, made = day(case.start), day(case.start if today is None else today)
    if start is None or made is None:
        return None
    last = add_days(made, VALID_DAYS)
    for coverage in case.coverages:
        whose = case.applicant if case.waives(coverage) else case.person(coverage)
        at = age_on(whose, case.start)
        if whose is not None and at is not None:
            birthday = add_months(date.fromisoformat(whose["birth_date"]), 12 * (at + 1))
            last = min(last, add_days(birthday, -1))
    return last.isoformat()


def without(plan: Facts, coverage_id: str) -> dict[str, Any]:
    """The plan without a cover, and without the riders that stood on it."""
    kept = [each for each in plan["coverages"] if coverage_id not in (each["id"], each.get("rider_of"))]
    return {**plan, "coverages": kept}
