"""What a version costs a few people, and what is different between two versions. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.products import premium
from portal.products.sheets import Rows, sheets_of

AGES = (0, 5, 18, 30, 40, 50, 60, 70)
MOST_SAMPLES = 24
MOST_LINES = 30
#: One million yuan of cover, ten thousand a year, a car or a home of 200,000.
SUM_FEN, PREMIUM_FEN, VALUE_FEN = 100_000_000, 1_000_000, 20_000_000
KEYS = {"rates": 4, "values": 4, "reserves": 4, "choices": 2}


@dataclass(frozen=True)
class Sample:
    """A cover and its yearly premium: `term`, `pay` or `plan` where there is a choice; `chosen_fen` a year or the sum."""

    age: int
    sex: str
    term: str
    pay: str
    plan: str
    chosen_fen: int | None
    yearly_fen: int

    @property
    def key(self) -> tuple[Any, ...]:
        return self.age, self.sex, self.term, self.pay, self.plan


def samples(body: Mapping[str, Any], tables: Mapping[str, Any], start: date) -> list[Sample]:
    """Premiums of a few ages for the first combinations of term and payment that have any."""
    rates = tables.get(body["price"].get("rates") or "")
    found: list[Sample] = []
    for coverage in _coverages(body):
        some = list(_priced(coverage, body, rates, start))
        found += some
        if len(found) >= MOST_SAMPLES:
            break
    return found[:MOST_SAMPLES]


def _coverages(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    limits, price = body["limits"], body["price"]
    fen = PREMIUM_FEN if body["chooses"] == "premium" else SUM_FEN
    fen = min(max(fen, limits["min_fen"] or 0), limits["max_fen"] or fen)
    plans = [plan["code"] for plan in price.get("plans", [])] or [None]
    for term in body["terms"] or [None]:
        for pay in body["pays"]:
            for plan in plans:
                yield {
                    "id": "c1", "term": term, "pay": pay, "plan": plan, "extras": [], "rider_of": None,
                    "sum_fen": fen if body["chooses"] == "sum" else None,
                    "premium_fen": fen if body["chooses"] == "premium" else None,
                    "items": {item["code"]: _usual(item) for item in price.get("items", [])}, "factors": {},
                }  # fmt: skip


def _usual(item: Mapping[str, Any]) -> Any:
    if "choices" in item:
        return item["choices"][0]["code"]
    return VALUE_FEN if "value" in item else 1


def _priced(coverage: dict[str, Any], body: Mapping[str, Any], rates: Any, start: date) -> Iterator[Sample]:
    entry = body["entry"]
    limits = entry.get("applicant") or entry
    # Where neither age nor sex counts one line says it all.
    is_flat = body["price"]["form"] in ("per_sum", "plans", "items", "premium")
    ages = [age for age in AGES if (limits.get("min_age") or 0) <= age <= (limits.get("max_age") or 105)]
    for age in ages[:1] if is_flat else ages:
        for sex, gender in (("m", "male"),) if is_flat or body["price"]["form"] == "bands" else SEXES:
            person = {
                "id": "p", "gender": gender, "birth_date": _born(start, age), "occupation_class": 1,
                "social_insurance": True, "relation": "self",
            }  # fmt: skip
            try:
                quote = premium.price(
                    coverage, dict(body), rates, person, person, start.isoformat(), waived_fen=PREMIUM_FEN
                )
            except premium.PriceError:
                continue
            chosen = coverage["sum_fen"] or coverage["premium_fen"]
            term, pay = coverage["term"] or "", coverage["pay"]
            yield Sample(age, sex, term, pay, coverage["plan"] or "", chosen, quote["yearly_fen"])


SEXES = (("m", "male"), ("f", "female"))


def _born(start: date, age: int) -> str:
    """Exactly `age` years on the day; a newborn is thirty days old."""
    return (start.replace(year=start.year - age, day=min(start.day, 28)) if age else _month_ago(start)).isoformat()


def _month_ago(day: date) -> date:
    return date.fromordinal(day.toordinal() - 30)


@dataclass(frozen=True)
class Difference:
    """A line that two versions have otherwise. before or after is None where one of them has no such line."""

    sheet: str
    name: str
    before: str | None
    after: str | None


def differences(
    code: str, before: tuple[Mapping[str, Any], Mapping[str, Any]], after: tuple[Mapping[str, Any], Mapping[str, Any]]
) -> tuple[list[Difference], dict[str, int]]:
    """What is different between two versions (body, tables): line by line, and in tables the number of lines."""
    old, new = sheets_of(code, *before), sheets_of(code, *after)
    lines: list[Difference] = []
    counts: dict[str, int] = {}
    for sheet in dict.fromkeys([*old, *new]):
        found = list(_lines(sheet, old.get(sheet, []), new.get(sheet, [])))
        if sheet in ("rates", "values", "reserves"):
            counts.update({sheet: len(found)} if found else {})
        else:
            lines += found
    return lines[:MOST_LINES], counts


def _lines(sheet: str, old: Rows, new: Rows) -> Iterator[Difference]:
    before, after = _by_key(sheet, old), _by_key(sheet, new)
    for key in dict.fromkeys([*before, *after]):
        one, other = before.get(key), after.get(key)
        if one != other:
            yield Difference(sheet, " ".join(part for part in key if part), one, other)


def _by_key(sheet: str, rows: Rows) -> dict[tuple[str, ...], str]:
    first = KEYS.get(sheet, 1)
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows[1:]]
    return {tuple(row[:first]): " · ".join(cell for cell in row[first:] if cell) for row in texts}
