"""What a plan closes of the gaps of an analysis, and what a cover pays. Pure; fen.

The phone's twin is `static/js/domain/closing.js`. Held cover counts as the gap model counts it: what is lapsed, over or
in its waiting period is no part of `have_fen`; a new cover counts as it will after its own waiting period.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from portal.needs import kernel
from portal.products import premium
from portal.proposals.people import by_id

Row = dict[str, Any]

WHOLE = 10_000
#: The discount of the assumption set CN-2026.1, at which needs of later years are counted too.
DISCOUNT_BP = 250
#: Retirement is planned to the year before this age.
HORIZON_AGE = 90
#: A thousand million yuan a year: more than anybody is paid, and a hundred years of it still in the kernel's reach.
MOST_FEN = 10**11
#: Lines of the household, not of a member.
SHARED = ("home", "car")
#: Lines that are closed by what is paid while one lives.
SAVED = ("education", "retirement")
DEATH = ("death", "accident_death")
#: Policies that pay their sum on death, as the gap model has it, and what only pays on an accident.
DEATH_KINDS = ("term", "whole_life", "increasing_whole_life", "endowment", "accident")
#: The line of the gap model that a kind of held policy counts on.
LINES = {
    "term": "life", "whole_life": "life", "increasing_whole_life": "life", "endowment": "life", "ci": "ci",
    "medical": "medical", "accident": "accident", "disability": "disability",
}  # fmt: skip


def closed(
    plan: Mapping[str, Any],
    quotes: Mapping[str, Any],
    result: Mapping[str, Any],
    catalogue: Mapping[str, Any],
    people: Sequence[Mapping[str, Any]],
) -> list[Row]:
    """A row for every line of the analysis: what is needed, there, added by the plan, and still missing.

    A cover that cannot be priced closes nothing. Limits of medical policies do not add up: the highest counts.
    """
    added = _added(plan, quotes, catalogue, people)
    rows = []
    for member in result["members"]:
        rows += [_row(member["id"], line, added.get((member["id"], line["id"]), [])) for line in member["lines"]]
    return rows + [_row(None, line, added.get((None, line["id"]), [])) for line in result["lines"]]


def _added(
    plan: Mapping[str, Any],
    quotes: Mapping[str, Any],
    catalogue: Mapping[str, Any],
    people: Sequence[Mapping[str, Any]],
) -> dict[tuple[str | None, str], list[int]]:
    added: dict[tuple[str | None, str], list[int]] = {}
    for coverage in plan["coverages"]:
        product = catalogue["products"].get(coverage["product"])
        person = by_id(people, coverage["insured"])
        quote = quotes.get(coverage["id"])
        if not product or not product["body"].get("line") or not person or not quote or quote.get("errors"):
            continue
        body = product["body"]
        key = (None if body["line"] in SHARED else person["id"], body["line"])
        added.setdefault(key, []).append(closes(coverage, body, person, plan["start"]))
    return added


def _row(member: str | None, line: Mapping[str, Any], amounts: Sequence[int]) -> Row:
    have, need = line["have_fen"], line["need_fen"]
    by_plan = max(0, max(amounts, default=0) - have) if line["id"] == "medical" else sum(amounts)
    return {
        "member": member,
        "line": line["id"],
        "need_fen": need,
        "have_fen": have,
        "before_fen": max(0, need - have),
        "by_plan_fen": by_plan,
        "after_fen": max(0, need - have - by_plan),
    }


def closes(coverage: Mapping[str, Any], body: Mapping[str, Any], person: Mapping[str, Any], start: str) -> int:
    """What one cover adds to its line: its sum, or today's value of what it pays while the insured lives."""
    line = body.get("line")
    if line in SAVED:
        return _paid_alive(coverage, body, person, start)
    if line in SHARED:
        return _of_things(coverage, body)
    return cover_fen(coverage, body)


def cover_fen(coverage: Mapping[str, Any], body: Mapping[str, Any]) -> int:
    """The sum insured: as chosen, of the plan chosen, else the product's only one."""
    if coverage.get("sum_fen") is not None:
        return int(coverage["sum_fen"])
    for each in body["price"].get("plans") or []:
        if each["code"] == coverage.get("plan"):
            return int(each["sum_fen"])
    paid = [each.get("fen") or 0 for each in body.get("benefits") or [] if each["trigger"] == "hospital"]
    return int(max(paid, default=0) or (body.get("limits") or {}).get("max_fen") or 0)


def _paid_alive(coverage: Mapping[str, Any], body: Mapping[str, Any], person: Mapping[str, Any], start: str) -> int:
    age = premium.age_on(person, start)
    if age is None:
        return 0
    return sum(_worth_today(amount, first, last, age) for amount, first, last in _payments(coverage, body, age))


def _payments(coverage: Mapping[str, Any], body: Mapping[str, Any], age: int) -> Iterator[tuple[int, int, int]]:
    """(fen a year, first age, last age) of the benefits of who lives."""
    end = age + (premium.years(coverage["term"], age) or 0)
    for benefit in body.get("benefits") or []:
        if benefit["trigger"] == "survival" and benefit.get("ages"):
            first, last = benefit["ages"]
            yield benefit_fen(benefit, coverage, body), first or 0, min(last or HORIZON_AGE, HORIZON_AGE - 1)
        if benefit["trigger"] == "maturity":
            yield benefit_fen(benefit, coverage, body), end, end


def _worth_today(amount: int, first: int, last: int, age: int) -> int:
    first = max(first, age + 1)
    if last < first or amount <= 0:
        return 0
    then = kernel.pv_annuity(min(amount, MOST_FEN), last - first + 1, DISCOUNT_BP, "begin")
    return kernel.pv(then, DISCOUNT_BP, first - age)


def _of_things(coverage: Mapping[str, Any], body: Mapping[str, Any]) -> int:
    """The values insured, and the limits of what was chosen, of a policy made of items."""
    total = 0
    for item in body["price"].get("items") or []:
        chosen = (coverage.get("items") or {}).get(item["code"])
        if item.get("value") and isinstance(chosen, int):
            total += chosen
        total += sum(each.get("sum_fen") or 0 for each in item.get("choices") or [] if each["code"] == chosen)
    return total


def benefit_fen(benefit: Mapping[str, Any], coverage: Mapping[str, Any], body: Mapping[str, Any]) -> int:
    """What a benefit pays of the sum insured or as a fixed amount; 0 for what goes by premiums or values."""
    if benefit.get("of") == "sum":
        bp = benefit.get("bp")
        return cover_fen(coverage, body) * (WHOLE if bp is None else bp) // WHOLE
    return int(benefit.get("fen") or 0) if benefit.get("of") == "fixed" else 0


def death_fen(coverage: Mapping[str, Any], body: Mapping[str, Any], age: int) -> int:
    """What a cover pays at most on a death at this age. Premiums and account values paid back are not counted, as the
    cap of R09 does not count them; what an accident adds is."""
    return sum(
        benefit_fen(each, coverage, body)
        for each in body.get("benefits") or []
        if each["trigger"] in DEATH and _is_chosen(each, coverage) and _is_of_age(each.get("ages"), age)
    )


def _is_chosen(benefit: Mapping[str, Any], coverage: Mapping[str, Any]) -> bool:
    return not benefit.get("extra") or benefit["extra"] in (coverage.get("extras") or ())


def _is_of_age(ages: Sequence[int | None] | None, age: int) -> bool:
    first, last = ages or (None, None)
    return (first is None or first <= age) and (last is None or age <= last)


def in_force(policy: Mapping[str, Any], today: str) -> bool:
    """False for what has lapsed or run out; a policy in its waiting period is in force."""
    return not policy.get("lapsed") and not (policy.get("expiry") and policy["expiry"] < today)


def held_death_fen(policies: Sequence[Mapping[str, Any]], insured: str, today: str) -> int:
    """Death cover that somebody has with all insurers together."""
    own = [each for each in policies if each["insured"] == insured and in_force(each, today)]
    return sum(each.get("sum_fen") or 0 for each in own if each["kind"] in DEATH_KINDS)
