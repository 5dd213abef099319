"""Live: 500 idle listeners, from an edit sent to the poke heard, what a listener costs; on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import random
import select
import time
from pathlib import Path
from typing import Any

from sync.columns import new_id
from tests.bench.report import Report
from tests.bench.server import _databases
from tests.e2e.conftest import Server, free_port
from tests.ears import CHANGE, Ear, children, computed, hear, memory

LISTENERS, WARM = 500, 50
ROUNDS, IDLE_SECONDS = 100, 20
PAUSE_SECONDS = 0.3


class Phones:
    """500 phones of 50 agents: their tokens, and a listening ear for each."""

    def __init__(self, server: Server, devices: list[dict[str, str]]):
        self.server, self.devices = server, devices
        self.numbers = [0] * len(devices)
        self.ears: list[Ear] = []

    def call(self, who: int, path: str, body: dict[str, Any]) -> Any:
        return self.server._call(path, f"Bearer {self.devices[who]['token']}", body)

    def listen(self, many: int) -> None:
        for who in range(len(self.ears), many):
            self.ears.append(Ear(self.server.port, self.call(who, "/sync/tickets", {})["url"]).connected())

    def of_agent(self, who: int) -> list[Ear]:
        agent = self.devices[who]["agent"]
        return [ear for ear, device in zip(self.ears, self.devices, strict=True) if device["agent"] == agent]

    def edit(self, who: int) -> None:
        self.numbers[who] += 1
        fields = {"name": [None, f"测试{self.numbers[who]}"]}
        edit = {"n": self.numbers[who], "op": "create", "kind": "customer", "id": new_id(), "set": fields,
                "at": "2026-11-22T09:30:00.000Z"}  # fmt: skip
        self.call(who, "/sync/push", {"proto": 1, "edits": [edit]})


def run(report: Report, folder: Path) -> None:
    for name, url in _databases(folder):
        for workers in (1, 2):
            report.title(f"live on {name}, server processes: {workers}; {LISTENERS} listeners")
            _measure(report, folder / f"live-{name}-{workers}", f"{url}", workers)


def _measure(report: Report, folder: Path, url: str, workers: int) -> None:
    folder.mkdir()
    settings = {"WORKERS": str(workers), **({"DATABASE_URL": _own(url, workers)} if url else {})}
    server = Server(folder, free_port(), settings)
    server.doorstep("migrate")
    said = server.python(
        f"import json\nfrom tests.bench.book import fill\nprint(json.dumps(fill(devices={LISTENERS}, book=False)))"
    )
    server.start()
    try:
        assert server.process
        processes = children(server.process.pid)
        phones = Phones(server, json.loads(said.splitlines()[-1])["devices"])
        phones.listen(WARM)
        before = memory(processes)
        phones.listen(LISTENERS)
        report.figure("memory of one listener", f"{(memory(processes) - before) / (LISTENERS - WARM) / 1024:.1f} KB")
        _idle(report, phones, processes)
        _pokes(report, phones)
    finally:
        server.kill()


def _own(url: str, workers: int) -> str:
    """A database of its own for each measurement on one server."""
    import psycopg
    import sqlalchemy as sa

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE live_{workers}")  # type: ignore[arg-type]
    return sa.make_url(url).set(database=f"live_{workers}").render_as_string(hide_password=False)


def _idle(report: Report, phones: Phones, processes: list[int]) -> None:
    hear(phones.ears, 3)
    used, at = computed(processes), time.monotonic()
    hear(phones.ears, IDLE_SECONDS)
    share = (computed(processes) - used) / (time.monotonic() - at)
    report.figure("processor while all are idle", f"{share * 100:.2f} % of a core")
    report.figure("  which is, for each listener", f"{share * 1e6 / LISTENERS:.0f} µs a second")


def _pokes(report: Report, phones: Phones) -> None:
    """From the request sent to the last phone of the agent poked; nobody else may be."""
    choose, taken, strays = random.Random(1), [], 0
    for _ in range(ROUNDS):
        who = choose.randrange(LISTENERS)
        for ear in phones.ears:
            ear.text = b""
        began = time.monotonic()
        phones.edit(who)
        mine = phones.of_agent(who)
        _until_all(mine)
        taken.append(time.monotonic() - began)
        hear(phones.ears, PAUSE_SECONDS)
        strays += sum(ear.pokes > 0 for ear in phones.ears) - len(mine)
    taken.sort()
    report.times("an edit sent until its agent's ten phones are poked", taken)
    report.figure(
        "  50th, 99th percentile", f"{taken[ROUNDS // 2] * 1000:.0f}, {taken[-2] * 1000:.0f} ms", "aim <= 1 s"
    )
    report.figure("  others poked", f"{strays}", "0")


def _until_all(ears: list[Ear]) -> None:
    waiting = [ear for ear in ears if CHANGE not in ear.text]
    while waiting:
        ready, _, _ = select.select(waiting, [], [], 20)
        assert ready, "waited in vain for a poke"
        for ear in ready:
            ear.take()
        waiting = [ear for ear in waiting if CHANGE not in ear.text]
