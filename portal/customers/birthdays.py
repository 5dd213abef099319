"""When a birthday comes next, by the sun or by the moon. Pure. The phone's twin is `static/js/domain/birthdays.js`.

The rules are those of docs "Reminders": iterate over lunar years, for a solar year can hold none or two of a lunar
birthday; day 30 falls on day 29 of a short month; a leap month's birthday is kept in the ordinary month of that number,
or (an option) in the leap month of the years that have it; 29 February falls on the 28th in common years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal import dates, lunar


@dataclass(frozen=True)
class Celebrated:
    """What is celebrated: a month and day of a calendar."""

    calendar: str  # solar, lunar
    month: int
    day: int
    leap: bool = False


def celebrated(row: Mapping[str, Any]) -> Celebrated | None:
    """What a customer or relative celebrates: what was entered, else what the birth date says; None when unknown."""
    calendar = row.get("birthday_calendar") or "solar"
    month, day = row.get("birthday_month"), row.get("birthday_day")
    if month and day:
        return Celebrated(calendar, month, day, bool(row.get("birthday_leap")))
    if not row.get("birth_date"):
        return None
    born = date.fromisoformat(row["birth_date"])
    moon = lunar.from_solar(born) if calendar == "lunar" else None
    return Celebrated("lunar", moon.month, moon.day, moon.leap) if moon else Celebrated("solar", born.month, born.day)


def next_birthday(row: Mapping[str, Any], today: date, leap_when_present: bool = False) -> date | None:
    """The next birthday of a customer or relative, today included; None when none is known.

    Beyond the lunar table (2099) the solar birth date decides.
    """
    what = celebrated(row)
    if what is None:
        return None
    if what.calendar == "lunar":
        found = next_lunar(what, today, leap_when_present)
        if found or not row.get("birth_date"):
            return found
        born = date.fromisoformat(row["birth_date"])
        what = Celebrated("solar", born.month, born.day)
    return next_solar(what, today)


def next_solar(what: Celebrated, today: date) -> date:
    """The next such day of the solar calendar, today included."""
    this_year = _in_year(what, today.year)
    return this_year if this_year >= today else _in_year(what, today.year + 1)


def _in_year(what: Celebrated, year: int) -> date:
    return dates.add_months(date(2000, what.month, what.day), 12 * (year - 2000))


def next_lunar(what: Celebrated, today: date, leap_when_present: bool = False) -> date | None:
    """The next such day of the lunar calendar, today included; None where the table ends."""
    for year in range(today.year - 1, today.year + 2):
        found = in_lunar_year(what, year, leap_when_present)
        if found and found >= today:
            return found
    return None


def in_lunar_year(what: Celebrated, year: int, leap_when_present: bool = False) -> date | None:
    """The day on which it is celebrated in a lunar year; None outside the table (1900–2099)."""
    if not lunar.FIRST_YEAR <= year <= lunar.LAST_YEAR:
        return None
    leap = what.leap and leap_when_present and lunar.leap_month(year) == what.month
    return lunar.to_solar(year, what.month, min(what.day, lunar.month_length(year, what.month, leap)), leap)
