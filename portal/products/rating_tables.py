"""Rates and cash values of the products that are priced from the public tables: which contract each one is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.products import mortality
from portal.products.actuary import Contract, increasing_values, rounded, waiver

#: Rates and values are in fen for 1,000 yuan.
FEN_PER_1000_YUAN = 100_000
PER_1000 = Decimal(FEN_PER_1000_YUAN)
RATE = Decimal("0.02")
PARTICIPATING_RATE = Decimal("0.0175")
#: Life cover runs to the end of the year in which the insured is this old.
WHOLE = mortality.LAST_AGE + 1
PENSION_FROM, PENSION_CERTAIN = 60, 20
EDUCATION_AGES = range(18, 22)
Make = Callable[[str, int, int, int], Contract]
"""Sex, age, years of the term, years of premiums → the contract."""


def years(code: str, age: int) -> int:
    """How many years a term or pay code means for somebody of an age. Zero or less: none."""
    if code == "single":
        return 1
    if code == "life":
        return WHOLE - age
    return int(code[1:]) if code[0] == "y" else int(code[1:]) - age


@dataclass(frozen=True)
class Priced:
    """A product priced from the tables: who may have it, for how long, and what the contract is."""

    ages: range
    terms: tuple[str, ...]
    pays: tuple[str, ...]
    contract: Make
    max_end_age: int | None = None
    max_pay_end_age: int | None = None
    #: Whether the reserves travel as well: a dividend is worked out from them.
    reserves: bool = False

    def lengths(self, term: str, pay: str, age: int) -> tuple[int, int] | None:
        """Years of the term and of premiums, None where the product has no such contract."""
        n, m = years(term, age), years(pay, age)
        if not 1 <= m <= n:
            return None
        if self.max_end_age is not None and age + n > self.max_end_age:
            return None
        if self.max_pay_end_age is not None and age + m > self.max_pay_end_age:
            return None
        return n, m

    def cells(self) -> Iterable[tuple[str, str, list[int]]]:
        """Term and pay codes with the ages that have them."""
        for term in self.terms:
            for pay in self.pays:
                ages = [age for age in self.ages if self.lengths(term, pay, age)]
                if ages:
                    yield term, pay, ages

    def tables(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The rates and the values of everything this product is sold as."""
        rates: dict[str, Any] = {}
        values: dict[str, dict[str, Any]] = {"cells": {}, "reserves": {}}
        for term, pay, ages in self.cells():
            key = f"{term}|{pay}"
            rates[key], values["cells"][key], values["reserves"][key] = {}, {}, {}
            for sex in mortality.SEXES:
                contracts = [self._contract(sex, age, term, pay) for age in range(ages[0], ages[-1] + 1)]
                rates[key][sex] = [ages[0], [each and rounded(each.premium() * PER_1000) for each in contracts]]
                values["cells"][key][sex] = [ages[0], [each and _fen(each.cash_values()) for each in contracts]]
                values["reserves"][key][sex] = [ages[0], [each and _fen(each.reserves()) for each in contracts]]
        if not self.reserves:
            del values["reserves"]
        return {"v": 1, "cells": rates}, {"v": 1, **values}

    def _contract(self, sex: str, age: int, term: str, pay: str) -> Contract | None:
        lengths = self.lengths(term, pay, age)
        return self.contract(sex, age, *lengths) if lengths else None


def _fen(values: Iterable[Decimal]) -> list[int]:
    return [rounded(value * PER_1000) for value in values]


def death(factor: str, expense: str) -> Make:
    """A sum on death: `factor` times the protection table."""

    def make(sex: str, age: int, n: int, m: int) -> Contract:
        q = mortality.life("protection", sex, Decimal(factor)).years(age, n)
        return Contract(RATE, Decimal(expense), q, m, claim=q)

    return make


def critical_illness(factor: str, expense: str, *, with_death: bool) -> Make:
    """A sum on the first critical illness, and on death where `with_death`; either of them ends the contract."""

    def make(sex: str, age: int, n: int, m: int) -> Contract:
        chances = mortality.illness(sex, Decimal(factor))
        either = chances.either.years(age, n)
        claim = either if with_death else chances.illness.years(age, n)
        return Contract(RATE, Decimal(expense), either, m, claim=claim)

    return make


def pension(expense: str) -> Make:
    """1 a year from 60, certain for 20 years, then as long as the insured lives; premiums back on a death before 60."""

    def make(sex: str, age: int, n: int, m: int) -> Contract:
        start = PENSION_FROM - age
        paid = tuple(Decimal(int(t >= start + PENSION_CERTAIN)) for t in range(n))
        q = mortality.life("annuity", sex).years(age, n)
        certain = (start, PENSION_CERTAIN)
        return Contract(PARTICIPATING_RATE, Decimal(expense), q, m, survival=paid, certain=certain, refund_before=start)

    return make


def education(expense: str) -> Make:
    """A quarter at 18, 19, 20 and 21, the end, for a child who lives; premiums back on a death before 18."""

    def make(sex: str, age: int, n: int, m: int) -> Contract:
        paid = tuple(Decimal("0.25") if age + t in EDUCATION_AGES else Decimal(0) for t in range(n + 1))
        q = mortality.life("savings", sex).years(age, n)
        return Contract(RATE, Decimal(expense), q, m, survival=paid, refund_before=EDUCATION_AGES[0] - age)

    return make


TERM_LIFE = Priced(
    range(18, 61),
    ("y10", "y20", "y30", "a60", "a70"),
    ("y10", "y20", "y30", "a60", "a70"),
    death("0.50", "0.30"),
    max_end_age=75,
)
WHOLE_LIFE = Priced(range(61), ("life",), ("y10", "y20"), death("0.80", "0.15"))
CI_LIFE = Priced(range(56), ("life",), ("y20", "y30"), critical_illness("0.85", "0.20", with_death=True))
CI_TERM = Priced(range(51), ("a70",), ("y20",), critical_illness("0.85", "0.20", with_death=False))
PENSION = Priced(range(56), ("life",), ("y5", "y10"), pension("0.08"), max_pay_end_age=PENSION_FROM, reserves=True)
EDUCATION = Priced(
    range(11),
    (f"a{EDUCATION_AGES[-1]}",),
    ("single", "y5", "y10"),
    education("0.08"),
    max_pay_end_age=EDUCATION_AGES[0],
)
#: The applicant of a waiver, and the age until which premiums may run.
WAIVER_AGES, WAIVER_UNTIL = range(18, 56), 65
WAIVER_FACTOR, WAIVER_EXPENSE = "0.90", "0.25"
#: What the covers that may have a waiver are paid for; a60 and a70 by the age of their insured.
WAIVER_PAYS = ("y3", "y5", "y10", "y20", "y30", "a60", "a70")
INCREASING_PAYS = ("y3", "y5", "y10")
INCREASING_CHARGES = (Decimal("0.35"), Decimal("0.08"), Decimal("0.01"))


def waiver_rates() -> dict[str, Any]:
    """What waives 1,000 yuan a year, by how many years the main cover is paid and the applicant's sex and age."""
    cells: dict[str, Any] = {}
    for m in range(2, WAIVER_UNTIL - WAIVER_AGES[0] + 1):
        ages = [age for age in WAIVER_AGES if age + m <= WAIVER_UNTIL]
        cells[f"|y{m}"] = {sex: [ages[0], [_waived(sex, age, m) for age in ages]] for sex in mortality.SEXES}
    return {"v": 1, "cells": cells}


def _waived(sex: str, age: int, m: int) -> int:
    either = mortality.illness(sex, Decimal(WAIVER_FACTOR)).either.years(age, m - 1)
    return rounded(waiver(either, RATE, Decimal(WAIVER_EXPENSE)) * PER_1000)


def increasing() -> dict[str, Any]:
    """Cash values of increasing whole life for 1,000 yuan of yearly premium: neither age nor sex matters."""
    cells = {
        f"life|{pay}": {"x": [0, [_fen(increasing_values(int(pay[1:]), INCREASING_CHARGES, RATE, WHOLE))]]}
        for pay in INCREASING_PAYS
    }
    return {"v": 1, "cells": cells}
