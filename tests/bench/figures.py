"""The table "Figures to beat": Doorstep and a bare Flask application in one run, on the same rows, taking turns.

Each figure is measured A, B, A, B …; the median is taken of each side. The gate is three times the bare figure. The
machine may be busy with other things: the ratio says more than the figure.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.bench.book import AGENTS, DEVICES, RECORDS
from tests.bench.load import all_at_once, on_time
from tests.bench.report import Report
from tests.bench.sides import Bare, Doorstep, Side, both, postgres

#: How many devices of the five hundred are used by which figure: one that writes does not disturb another.
READER, BATCHES, SINGLES = 0, 51, 52
SYNC_SECONDS = 30
SEVERAL = 2


def sqlite(report: Report, folder: Path) -> None:
    """Every figure on SQLite, synchronous=FULL."""
    with both(folder / "figures-sqlite", "") as pair:
        _Comparison(report, "SQLite", *pair).all()


def postgresql(report: Report, folder: Path) -> None:
    """Every figure on PostgreSQL."""
    with postgres() as fresh, both(folder / "figures-postgresql", fresh("one")) as pair:
        _Comparison(report, "PostgreSQL", *pair).all()


def processes(report: Report, folder: Path) -> None:
    """Pushes from fifty devices to several processes on PostgreSQL."""
    with (
        postgres() as fresh,
        both(folder / "figures-processes", fresh("several"), workers=SEVERAL, devices=AGENTS, book=False) as pair,
    ):
        name = f"PostgreSQL, {SEVERAL} processes each"
        _Comparison(report, name, *pair).fifty_devices(aims=("", "≥ 5,000 /s"))


class _Comparison:
    """The figures of one pair of servers."""

    def __init__(self, report: Report, name: str, bare: Bare, doorstep: Doorstep):
        self.report, self.bare, self.doorstep = report, bare, doorstep
        self.sides: tuple[Side, Side] = (bare, doorstep)
        report.title(f"figures to beat, {name}")
        report.columns()

    def all(self) -> None:
        self.first_download()
        self.two_hundred()
        self.one_edit()
        self.fifty_devices()
        self.empty_pulls()
        self.delta()
        self.five_hundred()
        self.grown()

    def turns(self, measure: Callable[[Side], float], rounds: int, warm: int = 1) -> tuple[float, float]:
        """The median of each side, measured by turns; what the servers' processes used meanwhile is kept."""
        found: dict[str, list[float]] = {side.name: [] for side in self.sides}
        used: dict[str, list[float]] = {side.name: [] for side in self.sides}
        for at in range(rounds + warm):
            for side in self.sides:
                before = side.cpu()
                figure = measure(side)
                if at >= warm:
                    found[side.name].append(figure)
                    used[side.name].append(side.cpu() - before)
        self.report.used = [statistics.median(used[side.name]) * 1000 for side in self.sides]
        bare, doorstep = (statistics.median(found[side.name]) for side in self.sides)
        return bare, doorstep

    def first_download(self) -> None:
        """The first of all builds everything. Before each of the others the agent has changed something."""
        sizes: dict[str, int] = {}

        def download(side: Side) -> float:
            with side.phone() as phone:
                side.check(phone.ask(side.push(READER, side.creations(READER, 1))))
                reply = side.check(phone.ask(side.snapshot(READER)))
            sizes[side.name] = reply.size
            return reply.seconds * 1000

        bare, doorstep = self.turns(download, rounds=1, warm=0)
        self.report.pair("first download, nothing prepared", "≤ 95 ms", bare, doorstep, "ms", gate=True)
        bare, doorstep = self.turns(download, rounds=5, warm=0)
        self.report.pair("first download", "≤ 95 ms", bare, doorstep, "ms", gate=True)
        size = (sizes[side.name] / 1e6 for side in self.sides)
        self.report.pair("  its size, gzip", "≤ 1.54 MB", *size, "MB")

    def two_hundred(self) -> None:
        phones = {side.name: side.phone() for side in self.sides}

        def create(side: Side) -> float:
            data = side.push(BATCHES, side.creations(BATCHES, 200))
            return side.check(phones[side.name].ask(data)).seconds * 1000

        def change(side: Side) -> float:
            data = side.push(BATCHES, side.changes(BATCHES, 200))
            return side.check(phones[side.name].ask(data)).seconds * 1000

        for what, measure in (("new records", create), ("changes", change)):
            bare, doorstep = self.turns(measure, rounds=15)
            self.report.pair(f"200 edits in one request, {what}", "≤ 12.7 ms", bare, doorstep, "ms", gate=True)

    def one_edit(self) -> None:
        waits: dict[str, list[float]] = {side.name: [] for side in self.sides}
        phones = {side.name: side.phone() for side in self.sides}
        for _ in range(10):
            for side in self.sides:
                for _ in range(20):
                    data = side.push(SINGLES, side.creations(SINGLES, 1))
                    waits[side.name].append(side.check(phones[side.name].ask(data)).seconds * 1000)
        for what, at, aim in (("median", 0.5, ""), ("95th of 100", 0.95, "≤ 15 ms")):
            bare, doorstep = (quantile(waits[side.name], at) for side in self.sides)
            self.report.pair(f"push of one edit, {what}", aim, bare, doorstep, "ms")

    def fifty_devices(self, aims: tuple[str, str] = ("≥ 3,500 /s", "≥ 3,000 /s")) -> None:
        for at_once, requests, aim in ((1, 8, aims[0]), (50, 2, aims[1])):

            def measure(side: Side, at_once: int = at_once, requests: int = requests) -> float:
                return edits_per_second(side, at_once, requests)

            bare, doorstep = self.turns(measure, rounds=5)
            what = "one" if at_once == 1 else str(at_once)
            self.report.pair(f"edits/s from 50 devices, {what} a request", aim, bare, doorstep, "/s", gate=True)

    def empty_pulls(self) -> None:
        requests = {side.name: side.pull(READER, side.newest(READER)) for side in self.sides}
        phones = {side.name: [side.phone() for _ in range(4)] for side in self.sides}
        used: dict[str, list[float]] = {side.name: [] for side in self.sides}
        size: dict[str, int] = {}

        def pulls(side: Side) -> float:
            before = side.cpu()
            seconds, replies = all_at_once(phones[side.name], [[requests[side.name]] * 250] * 4)
            used[side.name].append((side.cpu() - before) / len(replies) * 1000)
            size[side.name] = side.check(replies[-1]).size
            return len(replies) / seconds

        bare, doorstep = self.turns(pulls, rounds=9)
        self.report.pair("empty pulls/s", "≥ 4,000 /s", bare, doorstep, "/s", gate=True)
        cpu = (statistics.median(used[side.name][1:]) for side in self.sides)
        self.report.pair("  processor time of one", "≤ 1 ms", *cpu, "ms")
        self.report.pair("  bytes of one", "≤ 400", *(size[side.name] for side in self.sides), "bytes")

    def delta(self) -> None:
        """A hundred new records in the book of 17,000, pulled again and again."""
        requests, phones = {}, {side.name: side.phone() for side in self.sides}
        for side in self.sides:
            cursor = side.newest(READER)
            side.check(phones[side.name].ask(side.push(READER, side.creations(READER, 100))))
            requests[side.name] = side.pull(READER, cursor)

        def pull(side: Side) -> float:
            return side.check(phones[side.name].ask(requests[side.name])).seconds * 1000

        bare, doorstep = self.turns(pull, rounds=41)
        self.report.pair(f"delta of 100 in {RECORDS:,}", "≤ 1.2 ms", bare, doorstep, "ms")

    def five_hundred(self) -> None:
        """500 phones that sync every 30 seconds, one in three has an edit to send; half a minute of it."""
        random, doorstep = Random(5), self.doorstep
        cursors = [doorstep.newest(who) for who in range(AGENTS)]
        times = sorted(random.uniform(0, SYNC_SECONDS) for _ in range(DEVICES))

        syncs = []
        for who in range(DEVICES):
            edits = doorstep.creations(who, 1) if who % 3 == 0 else []
            syncs.append(doorstep.push(who, edits, pull={"cursor": cursors[who % AGENTS], "limit": 500}))
        waits = on_time(doorstep.port, times, syncs, doorstep.check)
        self.report.pair(
            "500 devices syncing every 30 s, 99th of 100", "≤ 250 ms", None, quantile(waits, 0.99) * 1000, "ms"
        )

    def grown(self) -> None:
        """The same empty pull when the feed has ten times as many lines. The last figure: these lines have no rows."""
        before = self._one_empty_pull()
        self.doorstep.grow(10)
        after = self._one_empty_pull()
        self.report.pair("no-change pull, feed of 17,000", "", None, before, "ms")
        self.report.pair("no-change pull, feed of 170,000", "the same", None, after, "ms")

    def _one_empty_pull(self) -> float:
        data = self.doorstep.pull(READER, self.doorstep.newest(READER))
        with self.doorstep.phone() as phone:
            return statistics.median(self.doorstep.check(phone.ask(data)).seconds for _ in range(300)) * 1000


def edits_per_second(side: Side, at_once: int, requests: int) -> float:
    """Fifty devices of fifty agents push as fast as they can."""
    phones = [side.phone() for _ in range(AGENTS)]
    work = [[side.push(who, side.creations(who, at_once)) for _ in range(requests)] for who in range(AGENTS)]
    seconds, replies = all_at_once(phones, work)
    for reply in replies:
        side.check(reply)
    for phone in phones:
        phone.close()
    return AGENTS * at_once * requests / seconds


def quantile(values: list[float], at: float) -> float:
    return sorted(values)[min(len(values) - 1, int(at * len(values)))]
