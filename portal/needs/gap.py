"""A gap model (data: CEL over the kernel) applied to the facts of a household. The phone's twin: `static/js/domain/gap.js`.

CEL only chooses, compares and adds whole fen; whatever divides, discounts or grows is a function of the kernel. Names
an expression may use: `m` the member, `h` the household, `c` the children, `a` the assumptions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import cel

from portal.needs import kernel
from portal.needs.household import WHOLE, Facts, household, values_of

MOST_FEN = kernel.MOST_FEN


class ModelError(ValueError):
    """An expression of a model that does not give what it should; `where` names it (life.debt.fen)."""

    def __init__(self, where: str, message: str):
        super().__init__(f"{where}: {message}")
        self.where = where


def analyse(
    answers: Mapping[str, Any],
    model: Mapping[str, Any],
    assumptions: Mapping[str, Any],
    today: date,
    moved: Mapping[str, int] | None = None,
) -> Facts:
    """The result of an analysis: every line of every member with its parts and their inputs, the score, what was assumed.

    `moved` are assumptions that the customer has moved. Where incomes were only given as bands, the figures are those
    of the middle and each line also says `range_fen`, its gap at the lowest and the highest. Raises KernelError and
    ModelError; never gives a partial result.
    """
    values = values_of(assumptions, moved)
    result = _once(at(answers, "middle"), model, values, today)
    if any(_is_band(value) for value in answers.values()):
        ends = [_gaps(_once(at(answers, end), model, values, today)) for end in ("low", "high")]
        for key, line in _named_lines(result):
            line["range_fen"] = sorted(gaps.get(key, 0) for gaps in ends)
    return result


def at(answers: Mapping[str, Any], end: str) -> dict[str, Any]:
    """The answers with every band at its low, middle or high."""
    return {key: _point(value, end) if _is_band(value) else value for key, value in answers.items()}


def _is_band(value: Any) -> bool:
    return isinstance(value, Mapping) and "low_fen" in value and "high_fen" in value


def _point(band: Mapping[str, int], end: str) -> int:
    low, high = band["low_fen"], band["high_fen"]
    return {"low": low, "high": high, "middle": (low + high) // 2}[end]


def _named_lines(result: Facts) -> Iterator[tuple[str, Facts]]:
    for member in result["members"]:
        for line in member["lines"]:
            yield f"{member['id']}.{line['id']}", line
    for line in result["lines"]:
        yield line["id"], line


def _gaps(result: Facts) -> dict[str, int]:
    return {key: line["gap_fen"] for key, line in _named_lines(result)}


def _once(answers: Mapping[str, Any], model: Mapping[str, Any], values: Facts, today: date) -> Facts:
    facts = household(answers, values, today)
    home = facts["household"]
    members = [
        {"id": member["id"], "lines": list(_lines(model, "member", facts, member, values)),
         "ranges": list(_ranges(model, facts, member, values))}
        for member in facts["members"]
    ]  # fmt: skip
    shared = list(_lines(model, "household", facts, {}, values))
    everything = [line for member in members for line in member["lines"]] + shared
    return {
        "members": members,
        "lines": shared,
        "score": _score(model, everything),
        "income_fen": home["income_fen"],
        "budget_fen": home["budget_fen"] or kernel.part_of(home["income_fen"], values["budget_bp"], 1),
        "assumed": facts["assumed"],
        "notes": facts["notes"],
    }


def _lines(model: Mapping[str, Any], of: str, facts: Facts, member: Facts, values: Facts) -> Iterator[Facts]:
    for line in model["lines"]:
        if line["of"] != of:
            continue
        ask = _Asking(facts, member, values, line["id"])
        if not ask.truth(line["when"], "when"):
            continue
        parts = [_part(ask, part) for part in line["parts"]]
        need = sum(part["fen"] for part in parts if part["side"] == "need")
        have = sum(part["fen"] for part in parts if part["side"] == "have")
        flags = [flag["code"] for flag in line.get("flags", []) if ask.truth(flag["when"], f"flags.{flag['code']}")]
        yield {
            "id": line["id"],
            "need_fen": _held(need, line["id"]),
            "have_fen": _held(have, line["id"]),
            "gap_fen": _held(need - have, line["id"]),
            "ratio_bp": _ratio(need, have),
            "parts": parts,
            "flags": flags,
        }


def _part(ask: _Asking, part: Mapping[str, Any]) -> Facts:
    name = part["id"]
    inputs = {
        key: {what: ask.number(text, f"{name}.{key}") for what, text in each.items()}
        for key, each in part.get("inputs", {}).items()
    }
    return {"id": name, "side": part["side"], "fen": ask.number(part["fen"], f"{name}.fen"), "inputs": inputs}


def _ranges(model: Mapping[str, Any], facts: Facts, member: Facts, values: Facts) -> Iterator[Facts]:
    """Other methods, as a range beside the house's own result; never averaged."""
    for each in model["ranges"]:
        ask = _Asking(facts, member, values, each["id"])
        if ask.truth(each["when"], "when"):
            yield {"id": each["id"], "line": each["line"], "fen": ask.number(each["fen"], "fen")}


def _ratio(need: int, have: int) -> int:
    """How much of the need is there, basis points, rounded down; what is not needed counts as covered."""
    if need <= 0:
        return WHOLE
    return max(0, min(WHOLE, have * WHOLE // need))


def _score(model: Mapping[str, Any], lines: Sequence[Facts]) -> int:
    """0–100: the covered share of each line by its weight, half up; lines that do not apply drop out."""
    weights = {line["id"]: line["weight"] for line in model["lines"]}
    whole = sum(weights[line["id"]] for line in lines) * WHOLE
    if not whole:
        return 100
    covered = sum(weights[line["id"]] * line["ratio_bp"] for line in lines) * 100
    return (2 * covered + whole) // (2 * whole)


class _Asking:
    """The expressions of one line, asked about one member."""

    def __init__(self, facts: Facts, member: Facts, values: Facts, where: str):
        self.where = where
        variables = {"m": member, "h": facts["household"], "c": facts["children"], "a": values}
        self.context = cel.Context(variables=variables, functions=FUNCTIONS)

    def _value(self, text: str, what: str) -> Any:
        try:
            return program(text).execute(self.context)
        except kernel.KernelError:
            raise
        except (ValueError, TypeError, RuntimeError, LookupError, ArithmeticError) as fault:
            if isinstance(fault.__cause__, kernel.KernelError):
                raise fault.__cause__ from None
            raise ModelError(f"{self.where}.{what}", str(fault)) from fault

    def truth(self, text: str, what: str) -> bool:
        value = self._value(text, what)
        if not isinstance(value, bool):
            raise ModelError(f"{self.where}.{what}", "is not true or false")
        return value

    def number(self, text: str, what: str) -> int:
        value = self._value(text, what)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ModelError(f"{self.where}.{what}", "is not a whole number")
        return _held(value, f"{self.where}.{what}")


def _held(value: int, where: str) -> int:
    if abs(value) > MOST_FEN:
        raise kernel.KernelError("too_large", where)
    return value


@lru_cache(maxsize=512)
def program(text: str) -> Any:
    """A compiled expression; raises ValueError for what is no CEL."""
    return cel.compile(text)


def _shares(loans: list[dict[str, int]]) -> int:
    return kernel.shares_fen([loan["balance_fen"] for loan in loans], [loan["share_bp"] for loan in loans])


def _supports(parents: list[dict[str, int]], rate_bp: int, growth_bp: int) -> int:
    return sum(
        kernel.pv_annuity(
            kernel.part_of(each["yearly_fen"], each["share_bp"], 1), each["years"], rate_bp, "begin", growth_bp
        )
        for each in parents
    )


def _stages(stages: list[dict[str, Any]], growth_bp: int, rate_bp: int) -> int:
    return kernel.education(stages, growth_bp, rate_bp)["need_fen"]


def _human_life_value(income: int, years: int, rate_bp: int, wage_bp: int, own_bp: int, cpi_bp: int) -> int:
    found = kernel.hlv(
        income, years, rate_bp, "end", "begin", own_ratio_bp=own_bp, g_income_bp=wage_bp, g_cost_bp=cpi_bp
    )
    return found["need_fen"]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sum_fen": lambda amounts: sum(amounts),
    "max0": lambda amount: max(0, amount),
    "max": max,
    "part": lambda amount, bp: kernel.part_of(amount, bp, 1),
    "part_of": kernel.part_of,
    "shares": _shares,
    "annuity": lambda amount, n, rate_bp, growth_bp: kernel.pv_annuity(amount, n, rate_bp, "begin", growth_bp),
    "living": kernel.survivor_living,
    "supports": _supports,
    "education": _stages,
    "retire_today": kernel.retirement_today,
    "human_life_value": _human_life_value,
}
