"""The public tables that the demo catalogue is priced with.

CL1–CL6: China Life Insurance Mortality Table (2010–2013), CIRC 2016-107: non-annuity 1 (protection), non-annuity 2
(savings) and annuity, each male then female, ages 0–105, a million times q. CI-M: incidence of the six core critical
illnesses of men 2006–2010 (CIRC 2013-81), a million times. CI-K: ten thousand times the share of deaths that a critical
illness causes. CL(2025) applies to new products since 2026, but its values are not published as data: the catalogue is a
demonstration and says so. Women's incidence is made from men's with `FEMALE`, which is synthetic.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from portal.products.actuary import Table, decimal

LAST_AGE = 105
FILE = Path(__file__).with_name("mortality.json")
TABLES: dict[str, list[int]] = json.loads(FILE.read_text())
SEXES = ("m", "f")
#: Incidence of women over that of men, linear between the ages, level after the last one. Synthetic.
FEMALE = ((0, 95), (20, 105), (30, 125), (40, 120), (50, 95), (60, 70), (70, 65))
#: The share of all deaths that is looked at when those by critical illness are taken out.
OTHER_DEATHS = Decimal("0.8")


@lru_cache
def life(kind: str, sex: str, factor: Decimal = Decimal(1)) -> Table:
    """q of a kind of table (protection, savings, annuity) for `sex` m or f, times `factor`; certain at 105."""
    name = {"protection": ("CL1", "CL2"), "savings": ("CL3", "CL4"), "annuity": ("CL5", "CL6")}[kind][SEXES.index(sex)]
    chances = [Decimal(q).scaleb(-6) * factor for q in TABLES[name]]
    return Table(0, (*chances[:LAST_AGE], Decimal(1)))


def female_share(age: int) -> Fraction:
    """What a woman's incidence is of a man's at an age."""
    for (low, left), (high, right) in pairwise(FEMALE):
        if age <= high:
            return Fraction(left * (high - age) + right * (age - low), 100 * (high - low))
    return Fraction(FEMALE[-1][1], 100)


@dataclass(frozen=True)
class Illness:
    """Critical illness beside death: the chance of a first claim, and of leaving by either."""

    illness: Table
    either: Table


@lru_cache
def illness(sex: str, factor: Decimal) -> Illness:
    """Incidence times `factor`, and that plus the deaths of other causes: U·ci + (1 − k)·0.8·q. At 105 death is certain."""
    ill, either = [], []
    for age in range(LAST_AGE):
        share = Fraction(1) if sex == "m" else female_share(age)
        chance = factor * Decimal(TABLES["CI-M"][age]).scaleb(-6) * decimal(share)
        caused = Decimal(TABLES["CI-K"][age]).scaleb(-4)
        death = Decimal(TABLES["CL1" if sex == "m" else "CL2"][age]).scaleb(-6)
        ill.append(chance)
        either.append(chance + (1 - caused) * OTHER_DEATHS * death)
    return Illness(Table(0, (*ill, Decimal(0))), Table(0, (*either, Decimal(1))))
