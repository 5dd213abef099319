"""Printing figures: one line each, median of several runs, with the spread."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

#: How many times the bare figure a figure may cost.
GATE = 3


class Report:
    """Prints as it goes, so that a long bench shows what it is doing."""

    def __init__(self) -> None:
        #: Processor time of both sides in the round just measured: on a busy machine it says more than the clock.
        self.used: list[float] = []

    def title(self, text: str) -> None:
        print(f"\n## {text}", flush=True)

    def line(self, text: str) -> None:
        print(text, flush=True)

    def figure(self, what: str, value: str, aim: str = "") -> None:
        print(f"{what:<64} {value:>24}   {aim}", flush=True)

    def columns(self) -> None:
        """The head of a comparison."""
        names = ("what", "aim", "bare Flask", "reached", "ratio", "processor ms and ratio")
        print("{:<46} {:>12} {:>12} {:>12} {:>11} {:>24}".format(*names), flush=True)

    def pair(self, what: str, aim: str, bare: float | None, reached: float, unit: str, *, gate: bool = False) -> None:
        """One line of a comparison. `ratio`: how many times the bare figure it costs; the gate is 3."""
        more_is_better = unit == "/s"
        ratio = None if bare is None else (bare / reached if more_is_better else reached / bare)
        said = "" if ratio is None else f"{ratio:.2f}" + ("" if not gate else " ok" if ratio <= GATE else " MISSED")
        shown = ["" if each is None else _number(each, unit) for each in (bare, reached)]
        used, self.used = self.used, []
        spent = f"{used[0]:,.1f} : {used[1]:,.1f} = {used[1] / max(used[0], 0.01):.2f}" if used else ""
        print(f"{what:<46} {aim:>12} {shown[0]:>12} {shown[1]:>12} {said:>11} {spent:>24}", flush=True)

    def times(self, what: str, seconds: Sequence[float], aim: str = "") -> float:
        """Print the median with least and most, in milliseconds; returns the median in milliseconds."""
        each = [one * 1000 for one in seconds]
        middle = statistics.median(each)
        self.figure(what, f"{middle:.1f} ms ({min(each):.1f}-{max(each):.1f})", aim)
        return middle


def _number(value: float, unit: str) -> str:
    if unit in ("/s", "bytes"):
        return f"{value:,.0f} {unit}"
    return f"{value:.2f} {unit}"
