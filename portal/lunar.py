"""The Chinese calendar from one table for the lunar years 1900–2100. The phone's twin is `static/js/domain/lunar.js`."""

from __future__ import annotations

import json
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path

FIRST_YEAR = 1900
#: Birthdays are worked out up to 2099; the table has one year more, for what crosses the year.
LAST_YEAR = 2099
NEW_YEAR_1900 = date(1900, 1, 31)
YEARS: tuple[int, ...] = tuple(json.loads(Path(__file__).with_name("lunar_table.json").read_text()))


@dataclass(frozen=True)
class LunarDate:
    """A day of the Chinese calendar; `leap` for a day of a leap month."""

    year: int
    month: int
    day: int
    leap: bool = False


def leap_month(year: int) -> int:
    """The month that comes twice in a lunar year, or 0."""
    return YEARS[year - FIRST_YEAR] >> 13


def month_lengths(year: int) -> list[int]:
    """The days of the 12 or 13 months of a lunar year, in order."""
    bits = YEARS[year - FIRST_YEAR]
    return [29 + (bits >> place & 1) for place in range(13 if leap_month(year) else 12)]


_STARTS = tuple(
    accumulate((sum(month_lengths(FIRST_YEAR + place)) for place in range(len(YEARS))), initial=0),
)


def new_year(year: int) -> date:
    """Spring Festival of a lunar year: 1 January of the Chinese calendar."""
    return NEW_YEAR_1900 + timedelta(days=_STARTS[year - FIRST_YEAR])


def month_length(year: int, month: int, leap: bool = False) -> int:
    """Days of a lunar month, 29 or 30; 0 when the year has no such leap month."""
    if leap and leap_month(year) != month:
        return 0
    return month_lengths(year)[_place(year, month, leap)]


def to_solar(year: int, month: int, day: int, leap: bool = False) -> date | None:
    """The solar day of a lunar one; None when there is no such day in the table."""
    if not (FIRST_YEAR <= year < FIRST_YEAR + len(YEARS) and 1 <= month <= 12):
        return None
    if not 1 <= day <= month_length(year, month, leap):
        return None
    before = sum(month_lengths(year)[: _place(year, month, leap)])
    return new_year(year) + timedelta(days=before + day - 1)


def from_solar(day: date) -> LunarDate | None:
    """The lunar day of a solar one; None outside the table."""
    past = (day - NEW_YEAR_1900).days
    if not 0 <= past < _STARTS[-1]:
        return None
    year = FIRST_YEAR + _year_of(past)
    past -= _STARTS[year - FIRST_YEAR]
    for place, length in enumerate(month_lengths(year)):
        if past < length:
            return _named(year, place, past + 1)
        past -= length
    raise AssertionError("a day lies in one of the months of its year")


def day_exists(calendar: str, month: int, day: int) -> bool:
    """True when some year has this birthday: 29 February, but not 30; day 30 of every lunar month."""
    if not 1 <= month <= 12:
        return False
    return 1 <= day <= (30 if calendar == "lunar" else monthrange(2024, month)[1])


def _place(year: int, month: int, leap: bool) -> int:
    """Where a month stands among those of its year."""
    doubled = leap_month(year)
    return month if leap or (doubled and month > doubled) else month - 1


def _named(year: int, place: int, day: int) -> LunarDate:
    doubled = leap_month(year)
    if doubled and place == doubled:
        return LunarDate(year, doubled, day, leap=True)
    return LunarDate(year, place + (0 if doubled and place > doubled else 1), day)


def _year_of(past: int) -> int:
    """The table place of the year that holds a day number: a guess, then a step or two."""
    place = min(past * 10 // 3653, len(YEARS) - 1)
    while _STARTS[place] > past:
        place -= 1
    while _STARTS[place + 1] <= past:
        place += 1
    return place
