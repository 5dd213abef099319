"""Printing figures: one line each, median of several runs, with the spread."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


class Report:
    """Prints as it goes, so that a long bench shows what it is doing."""

    def title(self, text: str) -> None:
        print(f"\n## {text}", flush=True)

    def line(self, text: str) -> None:
        print(text, flush=True)

    def figure(self, what: str, value: str, aim: str = "") -> None:
        print(f"{what:<64} {value:>24}   {aim}", flush=True)

    def times(self, what: str, seconds: Sequence[float], aim: str = "") -> float:
        """Print the median with least and most, in milliseconds; returns the median in milliseconds."""
        each = [one * 1000 for one in seconds]
        middle = statistics.median(each)
        self.figure(what, f"{middle:.1f} ms ({min(each):.1f}-{max(each):.1f})", aim)
        return middle
