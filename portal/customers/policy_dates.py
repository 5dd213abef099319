"""What the dates of a policy say on a given day. Pure. The phone's twin is `static/js/domain/policy.js`.

Dates are before any shift to a working day. Premiums fall due on the days counted from the effective date, month ends
clamped (31 Jan → 28 Feb → 31 Mar). A due premium has 60 days of grace (insurance law, art. 36), then cover is suspended
and can be reinstated for two years (art. 37). Cover that is renewed yearly has no grace: it ends at 24:00 of the expiry.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.dates import add_days, add_months, days_between

MODE_MONTHS = {"year": 12, "half": 6, "quarter": 3, "month": 1}
YEARLY_KINDS = frozenset({"medical", "accident", "motor", "home"})
GRACE_DAYS = 60
REINSTATEMENT_MONTHS = 24
STATUSES = ("pending", "in_force", "grace", "suspended", "expired", "terminated")

Policy = Mapping[str, Any]


def _date(row: Policy, field: str) -> date | None:
    return date.fromisoformat(row[field]) if row.get(field) else None


def due_date(effective: date, mode: str, place: int) -> date:
    """The `place`-th due date; 0 is the effective date itself."""
    return add_months(effective, MODE_MONTHS[mode] * place)


def due_on_or_after(row: Policy, day: date) -> date | None:
    """The first renewal premium that falls due on or after a day, by effective date and mode; None when there is none."""
    effective, mode = _date(row, "effective_date"), row.get("pay_mode")
    if not effective or mode not in MODE_MONTHS:
        return None
    step = MODE_MONTHS[mode]
    months = (day.year - effective.year) * 12 + day.month - effective.month
    place = max(1, months // step)
    while due_date(effective, mode, place) < day:
        place += 1
    due = due_date(effective, mode, place)
    if row.get("pay_years") and due >= add_months(effective, 12 * row["pay_years"]):
        return None
    expiry = _date(row, "expiry_date")
    return None if expiry and due > expiry else due


def next_due(row: Policy, today: date) -> date | None:
    """The premium to be paid next: as entered, else the first one not yet paid, else the first one to come.

    It may lie in the past: then it is overdue. None for single premiums and ended policies.
    """
    if row.get("pay_mode") == "single" or _has_ended(row, today):
        return None
    return _date(row, "next_due_date") or due_on_or_after(row, _date(row, "paid_to_date") or today)


def _has_ended(row: Policy, today: date) -> bool:
    ended, expiry = _date(row, "terminated_on"), _date(row, "expiry_date")
    return bool((ended and ended <= today) or (expiry and expiry < today))


def grace_end(due: date) -> date:
    """The last day on which a premium can be paid without suspension: D+60."""
    return add_days(due, GRACE_DAYS)


def suspended_from(due: date) -> date:
    """The first day without cover: D+61."""
    return add_days(due, GRACE_DAYS + 1)


def reinstatement_end(due: date) -> date:
    """The last day on which a suspended policy can be reinstated."""
    return add_months(suspended_from(due), REINSTATEMENT_MONTHS)


def status(row: Policy, today: date) -> str:
    """pending, in_force, grace, suspended, expired or terminated: what is known from the dates."""
    ended, effective, expiry = (_date(row, field) for field in ("terminated_on", "effective_date", "expiry_date"))
    if ended and ended <= today:
        return "terminated"
    if expiry and expiry < today:
        return "expired"
    if effective and effective > today:
        return "pending"
    due = next_due(row, today)
    if due is None or due >= today:
        return "in_force"
    if row["kind"] in YEARLY_KINDS and (expiry is None or due >= expiry) and row.get("pay_mode") in (None, "year"):
        return "expired"
    if today <= grace_end(due):
        return "grace"
    return "suspended" if today <= reinstatement_end(due) else "terminated"


def protects(row: Policy, today: date) -> bool:
    """True while a loss today would be paid: in force or in the days of grace."""
    return status(row, today) in ("in_force", "grace")


def next_date(row: Policy, today: date) -> tuple[str, date] | None:
    """What comes next for a policy that still counts: ("payment" | "expiry", day), the earlier one; None for nothing.

    What falls due when cover ends is no premium but a renewal: then the end counts.
    """
    if status(row, today) not in ("pending", "in_force", "grace", "suspended"):
        return None
    due, expiry = next_due(row, today), _date(row, "expiry_date")
    if due and (expiry is None or due < expiry):
        return "payment", due
    return ("expiry", expiry) if expiry else None


def cooling_off_end(row: Policy) -> date | None:
    """The last day of the cooling-off period: the day after receipt is day 1."""
    receipt = _date(row, "receipt_date")
    return add_days(receipt, row["cooling_off_days"]) if receipt and row.get("cooling_off_days") else None


def waiting_end(row: Policy) -> date | None:
    """The last day of the waiting period: the effective day is day 1."""
    effective = _date(row, "effective_date")
    return add_days(effective, row["waiting_days"] - 1) if effective and row.get("waiting_days") else None


def days_left(day: date, today: date) -> int:
    """Days until a day; negative when it is over."""
    return days_between(today, day)
