"""`make bench`: sizes, the figures to beat, a large book, listeners, the phone on a slow setting.

`python -m tests.bench size figures server live phone` picks."""

from __future__ import annotations

import platform
import sys
import tempfile
from pathlib import Path

from tests.bench import figures, live, phone, server, size
from tests.bench.report import Report


def main(chosen: list[str]) -> int:
    report = Report()
    report.line(f"machine: {_machine()}")
    with tempfile.TemporaryDirectory(prefix="dsb") as folder:
        for name, part in (("size", size), ("figures", figures), ("server", server), ("live", live), ("phone", phone)):
            if not chosen or name in chosen:
                part.run(report, Path(folder))
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
