"""`make bench`: sizes, the figures to beat, a large book, listeners, the phone on a slow setting.

`python -m tests.bench sqlite live` picks some of the parts; `figures` is short for the three of them.
"""

from __future__ import annotations

import platform
import sys
import tempfile
from pathlib import Path

from tests.bench import cost, figures, imports, live, needs, phone, server, size
from tests.bench.report import Report

FIGURES = {"sqlite": figures.sqlite, "postgresql": figures.postgresql, "processes": figures.processes}
PARTS = {
    "size": size.run,
    "cost": cost.run,
    **FIGURES,
    "server": server.run,
    "live": live.run,
    "phone": phone.run,
    "imports": imports.run,
    "needs": needs.run,
}


def main(chosen: list[str]) -> int:
    report = Report()
    report.line(f"machine: {_machine()}")
    with tempfile.TemporaryDirectory(prefix="dsb") as folder:
        for name, part in PARTS.items():
            if not chosen or name in chosen or ("figures" in chosen and name in FIGURES):
                part(report, Path(folder))
    return 0


def _machine() -> str:
    cores = len(Path("/proc/cpuinfo").read_text().split("processor\t")) - 1 if Path("/proc/cpuinfo").exists() else 0
    model = next(
        (line.split(":")[1].strip() for line in _cpu_lines() if line.startswith("model name")), platform.machine()
    )
    return f"{cores} cores, {model}, Python {platform.python_version()}, {platform.system()} {platform.release()}"


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
