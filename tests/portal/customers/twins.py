"""The two halves of the pure rules side by side: `python(call, *args)` and `Phone().ask(call, *args)`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from portal import dates, lunar, money
from portal.customers import birthdays, idcard, phones, pinyin, policy_dates, rules, search
from sync.columns import instant_text
from tests.node import Node

ROOT = Path(__file__).resolve().parents[3]
VECTORS = ROOT / "tests" / "vectors"
TOPICS = ("idcard", "phones", "dates", "lunar", "birthdays", "money", "policy_dates", "search", "rules")


class Lookup:
    """Rows for a rule: `{"today": "2026-11-25", "rows": {"customer": […], "consent": […]}}`."""

    def __init__(self, given: dict[str, Any]):
        self.today = date.fromisoformat(given["today"])
        self.rows = given["rows"]

    def __call__(self, kind: str, row_id: str) -> Any:
        return next((row for row in self.rows.get(kind, ()) if row["id"] == row_id), None)

    def children(self, kind: str, parent_id: str) -> list[Any]:
        return [row for row in self.rows.get(kind, ()) if row["customer_id"] == parent_id]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _card(text: str, today: str) -> Any:
    card = idcard.read(text, _day(today))
    return card and {"birth_date": card.birth_date.isoformat(), "gender": card.gender}


def _moon(day: str) -> Any:
    moon = lunar.from_solar(_day(day))
    return moon and {"year": moon.year, "month": moon.month, "day": moon.day, "leap": moon.leap}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _match(line: Any, q: str) -> Any:
    fit = search.match(line, q)
    return fit and {"rank": fit.rank, "marks": [list(mark) for mark in fit.marks], "why": _why(fit.why)}


def _why(why: tuple[str, str] | None) -> Any:
    return why and {"field": why[0], "text": why[1]}


def _next_date(row: Any, today: str) -> Any:
    found = policy_dates.next_date(row, _day(today))
    return found and {"what": found[0], "date": found[1].isoformat()}


PYTHON: dict[str, Callable[..., Any]] = {
    "idcard.fold": idcard.fold,
    "idcard.read": _card,
    "idcard.told": lambda row, today: idcard.told(row, _day(today)),
    "phones.normalise": phones.normalise,
    "phones.isMobile": phones.is_mobile,
    "phones.isPhone": lambda text: rules.phone(text) is None,
    "phones.shown": phones.shown,
    "phones.last4": phones.last4,
    "phones.bareCode": phones.bare_code,
    "dates.isDate": rules.is_date,
    "dates.dayOf": lambda instant: _text(dates.day_of(_moment(instant))),
    "dates.timeOf": lambda instant: dates.time_of(_moment(instant)),
    "dates.instantAt": lambda day, time: instant_text(dates.instant_at(_day(day), time)),
    "dates.addDays": lambda day, days: _text(dates.add_days(_day(day), days)),
    "dates.addMonths": lambda day, months: _text(dates.add_months(_day(day), months)),
    "dates.daysBetween": lambda first, last: dates.days_between(_day(first), _day(last)),
    "dates.age": lambda born, today: dates.age(_day(born), _day(today)),
    "dates.shown": lambda day, lang, today=None: dates.shown(_day(day), lang, _day(today)),
    "dates.weekday": lambda day, lang: dates.weekday(_day(day), lang),
    "lunar.leapMonth": lunar.leap_month,
    "lunar.newYear": lambda year: _text(lunar.new_year(year)),
    "lunar.monthLength": lunar.month_length,
    "lunar.toSolar": lambda *args: _text(lunar.to_solar(*args)),
    "lunar.fromSolar": _moon,
    "lunar.dayExists": lunar.day_exists,
    "birthdays.nextBirthday": lambda row, today, *leap: _text(birthdays.next_birthday(row, _day(today), *leap)),
    "birthdays.inLunarYear": lambda what, *args: _text(birthdays.in_lunar_year(birthdays.Celebrated(**what), *args)),
    "money.parse": money.parse,
    "money.typed": money.typed,
    "money.exact": money.exact,
    "money.short": money.short,
    "policy.dueOnOrAfter": lambda row, day: _text(policy_dates.due_on_or_after(row, _day(day))),
    "policy.nextDue": lambda row, today: _text(policy_dates.next_due(row, _day(today))),
    "policy.status": lambda row, today: policy_dates.status(row, _day(today)),
    "policy.protects": lambda row, today: policy_dates.protects(row, _day(today)),
    "policy.nextDate": _next_date,
    "policy.graceEnd": lambda due: _text(policy_dates.grace_end(_day(due))),
    "policy.reinstatementEnd": lambda due: _text(policy_dates.reinstatement_end(_day(due))),
    "policy.coolingOffEnd": lambda row: _text(policy_dates.cooling_off_end(row)),
    "policy.waitingEnd": lambda row: _text(policy_dates.waiting_end(row)),
    "pinyin.readings": pinyin.readings,
    "pinyin.syllables": lambda name: [list(sounds) for sounds in pinyin.syllables(name)],
    "search.match": _match,
    "search.search": lambda lines, q, options=None: search.search(lines, q, **(options or {})),
    "rules.faultOf": rules.fault_of,
    "rules.rowFaults": lambda kind, row, old, given: rules.RULES[kind](row, old, Lookup(given)),
}


def python(call: str, *args: Any) -> Any:
    """What the server's half answers, as JSON would carry it."""
    return json.loads(json.dumps(PYTHON[call](*args)))


class Phone(Node):
    """The phone's half, in Node."""

    def __init__(self) -> None:
        super().__init__(Path(__file__).with_name("twins.js"))

    def ask(self, call: str, *args: Any) -> Any:
        return self.answer([call, *args])


def vectors(topic: str) -> list[list[Any]]:
    """`[[call, args, result], …]` of one file."""
    return json.loads((VECTORS / f"{topic}.json").read_text())
