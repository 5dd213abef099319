"""The years of a plan on paper: what is paid when, and what each cover is worth at the end of each year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from flask_babel import gettext as _

from portal.products import premium
from portal.proposals import snapshot
from portal.proposals.paper import labels
from portal.proposals.paper.labels import yuan

Facts = dict[str, Any]

#: As many bars as can be told apart.
MOST_BARS = 40
#: Policy years after which people look at the loss of giving a policy back.
LOOKS = (1, 2, 3, 5, 10, 20)
GUARANTEED = ("premium_fen", "paid_fen", "death_fen", "ci_fen", "survival_fen", "cash_fen")
DIVIDENDS = ("dividend_fen", "dividends_fen")


def years_of(frozen: Mapping[str, Any], coverage_id: str) -> list[Facts]:
    """The rows of one cover."""
    return snapshot.rows(frozen["illustration"][coverage_id])


def is_long(coverage: Mapping[str, Any]) -> bool:
    """False for a cover that is taken anew every year."""
    return coverage["term"] != "y1"


def schedule(frozen: Mapping[str, Any]) -> Facts:
    """What is paid in which year. Covers of one year are priced anew each year, so only the first is told."""
    totals: list[int] = []
    for coverage in frozen["coverages"]:
        if is_long(coverage):
            _add(totals, _premiums(frozen, coverage))
    while totals and not totals[-1]:
        totals.pop()
    yearly = sum(each["yearly_fen"] for each in frozen["coverages"] if not is_long(each))
    rows, paid = [], 0
    for first, last, fen in _stretches(totals):
        paid += fen * (last - first + 1)
        rows.append({"years": _span(first, last), "each": yuan(fen), "paid": yuan(paid)})
    return {
        "rows": rows,
        "one_year": _("%(amount)s yuan in the first year", amount=yuan(yearly)) if yearly else "",
        "total": yuan(paid),
        "bars": _bars(totals[:MOST_BARS]),
        "alt": _("Premiums by policy year") + ": " + "; ".join(f"{row['years']} {row['each']}" for row in rows),
    }


def _premiums(frozen: Mapping[str, Any], coverage: Mapping[str, Any]) -> list[int]:
    """By year; a waiver has no years of its own and is paid as long as what it waives."""
    years = [year["premium_fen"] for year in years_of(frozen, coverage["id"])]
    if years:
        return years
    at = coverage["cells"][0]["age"] if coverage["cells"] else 0
    return [coverage["yearly_fen"]] * (premium.years(coverage["pay"], at) or 1)


def _add(totals: list[int], premiums: Sequence[int]) -> None:
    totals.extend([0] * (len(premiums) - len(totals)))
    for index, fen in enumerate(premiums):
        totals[index] += fen


def _stretches(totals: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    at = 1
    for fen, same in groupby(totals):
        count = len(list(same))
        yield at, at + count - 1, fen
        at += count


def _span(first: int, last: int) -> str:
    return str(_("Year %(n)s", n=first) if first == last else _("Years %(first)s–%(last)s", first=first, last=last))


def _bars(totals: Sequence[int]) -> list[int]:
    """Heights in thousandths of the highest."""
    highest = max(totals, default=0)
    return [fen * 1000 // highest for fen in totals] if highest else []


def table(frozen: Mapping[str, Any], coverage: Mapping[str, Any], participating: bool) -> Facts:
    """Year by year: guaranteed columns, and those of the dividend where there is one, with what the law wants beside it."""
    years = years_of(frozen, coverage["id"])
    names = {
        "premium_fen": _("Premium of the year"),
        "paid_fen": _("Premiums paid so far"),
        "death_fen": _("On death"),
        "ci_fen": _("On critical illness"),
        "survival_fen": _("Paid while living"),
        "cash_fen": _("Cash value"),
        "dividend_fen": _("Dividend of the year"),
        "dividends_fen": _("Dividends so far"),
    }
    kept = [name for name in GUARANTEED if name in ("premium_fen", "paid_fen") or any(year[name] for year in years)]
    more = list(DIVIDENDS) if participating else []
    shown = [*kept, *more]
    decimals = {name: any((year[name] or 0) % 100 for year in years) for name in shown}
    rows = [
        [str(year["year"]), str(year["age"]), *(_cell(year[name], decimals[name]) for name in shown)] for year in years
    ]
    return {
        "heads": [_("Policy year"), _("Age"), *(names[name] for name in shown)],
        "guaranteed": len(kept) + 2,
        "participating": participating,
        "rows": rows,
        "chart": chart(years, participating),
    }


def _cell(fen: int | None, decimals: bool) -> str:
    return "–" if fen is None else yuan(fen, decimals=decimals)


def chart(years: Sequence[Facts], participating: bool) -> Facts | None:
    """Premiums paid against cash value, as points in thousandths of the width and the height; None without cash values."""
    if not any(year["cash_fen"] for year in years):
        return None
    # A cover for life ends with the tables: what is paid out then is no loss of value.
    years = years[:-1] if years[-1]["age"] >= premium.LAST_AGE else years
    lines = [("paid", _("Premiums paid so far"), [year["paid_fen"] for year in years])]
    lines.append(("cash", _("Cash value"), [year["cash_fen"] or 0 for year in years]))
    if participating:
        with_dividends = [(year["cash_fen"] or 0) + year["dividends_fen"] for year in years]
        lines.append(("dividends", _("Cash value and dividends so far (dividends are not certain)"), with_dividends))
    highest = max(max(values) for _name, _label, values in lines) or 1
    span = max(1, len(years) - 1)
    return {
        "lines": [
            {
                "name": name,
                "label": label,
                "points": [[index * 1000 // span, fen * 1000 // highest] for index, fen in enumerate(values)],
            }
            for name, label, values in lines
        ],
        "highest": yuan(highest // 100 * 100),
        "first": str(years[0]["year"]),
        "last": str(years[-1]["year"]),
        "alt": "; ".join(
            f"{label}: " + ", ".join(f"{_span(at, at)} {yuan(values[at - 1])}" for at in LOOKS if at <= len(values))
            for _name, label, values in lines
        ),
    }


def losses(frozen: Mapping[str, Any], coverage: Mapping[str, Any]) -> list[list[str]]:
    """What is lost by giving a policy back at the end of a year: year, paid, cash value, loss. Empty without cash values."""
    years = years_of(frozen, coverage["id"])
    if not any(year["cash_fen"] for year in years):
        return []
    found = []
    for at in LOOKS:
        if at <= len(years):
            year = years[at - 1]
            cash = year["cash_fen"] or 0
            lost = max(0, year["paid_fen"] - cash)
            found.append([_span(at, at), yuan(year["paid_fen"]), yuan(cash), yuan(lost)])
    return found


def instalments(frozen: Mapping[str, Any], bodies: Mapping[str, Any]) -> list[Facts]:
    """What one instalment and a year cost, by every way to pay that all covers offer."""
    regular = [each for each in frozen["coverages"] if each["pay"] != "single"]
    rows = []
    for mode, times in labels.TIMES.items():
        if regular and all(mode in bodies[each["product"]]["modes"] for each in regular):
            way = labels.MODES[mode]
            each_time = sum(_instalment(each, bodies[each["product"]]["modes"][mode]) for each in regular)
            rows.append(
                {
                    "name": _(way),
                    "each": yuan(each_time),
                    "year": yuan(each_time * times),
                    "chosen": mode == frozen["mode"],
                }
            )
    return rows


def _instalment(coverage: Mapping[str, Any], factor_bp: int) -> int:
    return int((2 * coverage["yearly_fen"] * factor_bp + 10_000) // 20_000)
