"""What a cover pays and is worth, year by year. Pure, like `premium`; the phone's twin is `domain/illustration.js`.

A row is one policy year: what is paid in during the year, what would be paid out if something happened in it, and what
the cover is worth at its end. `age` is the age at the end of the year. Guaranteed values and dividends are two things
and stand in two columns (R22).
"""

from __future__ import annotations

from typing import Any

from portal.products.premium import SEXES, THOUSAND, WHOLE_BP, Facts, age_on, rounded, sum_of, years

#: Nobody's cover runs longer.
LONGEST = 106


def rows(
    coverage: Any, product: Any, quote: Any, values: Facts | None, person: Any, start: Any
) -> list[dict[str, Any]]:
    """One row a policy year; none for what has no price and for waivers, whose benefit is the premium itself.

    `values` is the product's table of cash values; without one `cash_fen` is None: nothing is agreed about it.
    """
    at = age_on(person, start) if isinstance(coverage, dict) else None
    if at is None or not product or not isinstance(quote, dict) or not isinstance(quote.get("yearly_fen"), int):
        return []
    body = product["body"]
    runs, pays = years(coverage.get("term"), at), years(coverage.get("pay"), at)
    if runs is None or pays is None or body["price"]["form"] == "waived":
        return []
    course = _Course(coverage, body, quote["yearly_fen"], values, person, at)
    found, paid, dividends = [], 0, 0
    for year in range(1, min(runs, LONGEST) + 1):
        premium = course.yearly if year <= pays else 0
        paid += premium
        cash, dividend = course.cash(year), course.dividend(year)
        dividends += dividend
        found.append(
            {
                "year": year,
                "age": at + year,
                "premium_fen": premium,
                "paid_fen": paid,
                "death_fen": max(course.benefits("death", at + year - 1, paid, cash), default=0),
                "ci_fen": max(course.benefits("ci", at + year - 1, paid, cash), default=0),
                "survival_fen": sum(course.benefits("survival", at + year, paid, cash))
                + (sum(course.benefits("maturity", at + year, paid, cash)) if year == runs else 0),
                "cash_fen": cash,
                "dividend_fen": dividend,
                "dividends_fen": dividends,
            }
        )
    return found


class _Course:
    """What the amounts of one cover are worked out from."""

    def __init__(self, coverage: Facts, body: Facts, yearly: int, values: Facts | None, person: Facts, at: int):
        self.body, self.yearly = body, yearly
        self.extras = coverage["extras"] if isinstance(coverage.get("extras"), list) else []
        self.sum = sum_of(coverage, body) or 0
        #: What the tables count by: the yearly premium where that was chosen.
        self.base = yearly if body["chooses"] == "premium" else self.sum
        key = f"{coverage['term']}|{coverage['pay']}"
        self.values = _column(values, "cells", key, person, at)
        self.reserves = _column(values, "reserves", key, person, at)

    def cash(self, year: int) -> int | None:
        """The guaranteed cash value at the end of a policy year."""
        if self.values is None:
            return None
        return rounded(_at(self.values, year) * self.base, THOUSAND)

    def dividend(self, year: int) -> int:
        """What might be shared out for a year: a part of the interest above the pricing rate, on last year's reserve."""
        basis = self.body.get("illustration")
        if not basis or self.reserves is None:
            return 0
        spread = max(0, basis["demo_rate_bp"] - basis["pricing_rate_bp"])
        over = basis["dividend_bp"] * spread * _at(self.reserves, year - 1) * self.base
        return rounded(over, THOUSAND * WHOLE_BP * WHOLE_BP)

    def benefits(self, trigger: str, age: int, paid: int, cash: int | None) -> list[int]:
        """Every benefit of a kind that is promised at an age."""
        amounts = {"sum": self.sum, "rest": self.sum, "paid": paid, "values": cash or 0}
        found = []
        for each in self.body["benefits"]:
            ages = each.get("ages")
            if each["trigger"] != trigger or (each.get("extra") and each["extra"] not in self.extras):
                continue
            first, last = ages or (0, None)
            if age < first or (last is not None and age > last):
                continue
            if each["of"] == "fixed":
                found.append(each["fen"] or 0)
                continue
            amount = rounded(amounts[each["of"]] * each["bp"], WHOLE_BP)
            # What is left of payments promised for a number of years.
            found.append(amount * max(0, each["times"] - (age - first + 1)) if each["of"] == "rest" else amount)
        return found


def _column(values: Facts | None, table: str, key: str, person: Facts, at: int) -> list[int] | None:
    by_sex = ((values or {}).get(table) or {}).get(key, {})
    if "x" in by_sex:
        return by_sex["x"][1][0]
    gender = person.get("gender")
    first, ages = by_sex.get(SEXES.get(gender) if isinstance(gender, str) else None, (0, ()))
    return ages[at - first] if 0 <= at - first < len(ages) else None


def _at(column: list[int], year: int) -> int:
    """The value at the end of a year; nothing before the first and after the last."""
    return column[year - 1] if 1 <= year <= len(column) else 0
