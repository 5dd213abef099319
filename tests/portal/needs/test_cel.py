"""The phone's reader of CEL gives what the library on the server gives, on whatever hypothesis writes."""

from __future__ import annotations

from typing import Any

import cel
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SCOPE: dict[str, Any] = {
    "m": {"age": 37, "role": "earner", "none": None, "loans": [{"fen": 100, "own": True}, {"fen": 250, "own": False}]},
    "a": {"rate_bp": 250, "share": {"one": 5000}},
    "list": [3, 1, 2],
    "yes": True,
}

numbers = st.sampled_from(["0", "1", "7", "250", "9007199254740993", "m.age", "a.rate_bp", "list[1]", "size(list)",
                           "size(m.role)", "a.share.one", "m.loans[0].fen"])  # fmt: skip
texts = st.sampled_from(["'earner'", '"home"', "m.role"])
truths = st.sampled_from(["true", "false", "yes", "m.none == null", "m.role in ['earner', 'home']",
                          "m.loans.exists(x, x.fen > 200)", "m.loans.all(x, x.own)", "list.exists(x, x in [1, 9])"])  # fmt: skip


@st.composite
def sums(draw, depth: int = 3) -> str:
    shape = draw(st.integers(0, 3)) if depth else 0
    if shape == 1:
        return f"({draw(sums(depth - 1))} {draw(st.sampled_from('+-*/%'))} {draw(sums(depth - 1))})"
    if shape == 2:
        return f"-({draw(sums(depth - 1))})"
    if shape == 3:
        return f"({draw(conditions(depth - 1))} ? {draw(sums(depth - 1))} : {draw(sums(depth - 1))})"
    return draw(numbers)


@st.composite
def conditions(draw, depth: int = 3) -> str:
    shape = draw(st.integers(0, 4)) if depth else 0
    if shape == 1:
        return f"({draw(sums(depth - 1))} {draw(st.sampled_from(['<', '<=', '>', '>=', '==', '!=']))} {draw(sums(depth - 1))})"
    if shape == 2:
        return f"({draw(conditions(depth - 1))} {draw(st.sampled_from(['&&', '||']))} {draw(conditions(depth - 1))})"
    if shape == 3:
        return f"!({draw(conditions(depth - 1))})"
    if shape == 4:
        return f"({draw(texts)} {draw(st.sampled_from(['==', '!=']))} {draw(texts)})"
    return draw(truths)


lists = st.sampled_from(
    [
        "list",
        "m.loans.map(x, x.fen * 2)",
        "m.loans.filter(x, x.own).map(x, x.fen)",
        "[1, m.age]",
        "list.map(x, m.loans.map(y, y.fen + x))",
    ]
)


def on_the_server(text: str) -> Any:
    try:
        return _plain(cel.evaluate(text, cel.Context(variables=SCOPE)))
    except (ValueError, TypeError, RuntimeError, LookupError, ArithmeticError):
        return {"fault": True}


def _plain(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return {"int": str(value)}
    return [_plain(each) for each in value] if isinstance(value, list) else value


@MANY
@given(sums() | conditions() | lists)
def test_the_phone_reads_what_the_server_reads(calculator, text):
    assert calculator.ask("cel", {"text": text, "scope": SCOPE}) == on_the_server(text), text


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "(1", "m.nope", "nope", "m.age.deep", "1 + 'a'", "1 / 0", "!1", "m.age ? 1 : 2", "list[9]", "1 2",
     "nope(1)", "'a' < 1", "9223372036854775807 + 1", "m.loans.map(x, x.nope)", "list.sort()", "#", "true && 1"],
)  # fmt: skip
def test_what_both_refuse(calculator, text):
    assert calculator.ask("cel", {"text": text, "scope": SCOPE}) == {"fault": True}
    assert on_the_server(text) == {"fault": True}
