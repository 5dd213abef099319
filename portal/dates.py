"""Civil dates in Asia/Shanghai. Pure: `today` is always passed in. The phone's twin is `static/js/domain/dates.js`."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta, timezone

#: China has had one clock and no summer time since 1992.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = {"zh-CN": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
            "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}  # fmt: skip


def day_of(instant: datetime) -> date:
    """The civil day of an instant."""
    return instant.astimezone(SHANGHAI).date()


def time_of(instant: datetime) -> str:
    """The time of day of an instant: 14:00."""
    return instant.astimezone(SHANGHAI).strftime("%H:%M")


def instant_at(day: date, time: str) -> datetime:
    """The instant of a civil day and time of day."""
    hour, minute = time.split(":")[:2]
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=SHANGHAI)


def add_days(day: date, days: int) -> date:
    """So many days later (earlier when negative)."""
    return day + timedelta(days=days)


def add_months(day: date, months: int) -> date:
    """So many months later, on the same day or the last of a shorter month: 31 Jan + 1 → 28 Feb."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days_between(first: date, last: date) -> int:
    """Days from `first` to `last`; negative when it lies before."""
    return (last - first).days


def age(born: date, today: date) -> int:
    """Completed years. Who was born on 29 February turns a year older on 28 February in common years."""
    return today.year - born.year - (today < add_months(born, 12 * (today.year - born.year)))


def shown(day: date, lang: str, today: date | None = None) -> str:
    """12月8日 / 8 Dec; with the year when it is not the one of `today`."""
    with_year = today is not None and day.year != today.year
    if lang == "en":
        return f"{day.day} {MONTHS[day.month - 1]}" + (f" {day.year}" if with_year else "")
    return (f"{day.year}年" if with_year else "") + f"{day.month}月{day.day}日"


def weekday(day: date, lang: str) -> str:
    """周三 / Wed."""
    return WEEKDAYS["en" if lang == "en" else "zh-CN"][day.weekday()]
