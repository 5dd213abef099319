"""A slow phone: Chromium held to a share of one core.

Chrome's own CPU throttling has no effect on a service worker, so the whole browser is held: by a control group where
we may make one, else by stopping and continuing its processes in a duty cycle.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

V1 = Path("/sys/fs/cgroup/cpu")
V2 = Path("/sys/fs/cgroup")
PERIOD_US = 20_000


@dataclass
class Quota:
    """How the browser is held: an executable to start instead of the browser's own, and a word for the report."""

    executable: str
    how: str
    group: Path | None = None
    cycle: DutyCycle | None = field(default=None)


@contextlib.contextmanager
def quota(executable: str, share: float, folder: Path) -> Iterator[Quota]:
    """Hold what is started through the yielded executable to `share` of one core."""
    group = _group(share)
    if group is not None:
        wrapper = _wrapper(folder, f'echo $$ > "{group}/cgroup.procs"', executable)
        try:
            yield Quota(wrapper, f"control group, {share:.0%} of one core", group)
        finally:
            _remove(group)
        return
    pids = folder / "browser.pid"
    wrapper = _wrapper(folder, f'echo $$ > "{pids}"', executable)
    cycle = DutyCycle(pids, share)
    cycle.start()
    try:
        yield Quota(wrapper, f"stopped and continued, {share:.0%} of the time running", cycle=cycle)
    finally:
        cycle.stop()


def _wrapper(folder: Path, first: str, executable: str) -> str:
    path = folder / "slow-chromium"
    path.write_text(f'#!/bin/sh\n{first}\nexec "{executable}" "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def _group(share: float) -> Path | None:
    """A fresh control group with the quota, or None where we have no right to make one."""
    budget = int(PERIOD_US * share)
    name = f"doorstep-bench-{os.getpid()}"
    try:
        if (V2 / "cgroup.controllers").exists():
            group = V2 / name
            group.mkdir()
            (group / "cpu.max").write_text(f"{budget} {PERIOD_US}")
        else:
            group = V1 / name
            group.mkdir()
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(budget))
    except OSError:
        return None
    return group


def _remove(group: Path) -> None:
    for _ in range(50):
        with contextlib.suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.1)


class DutyCycle(threading.Thread):
    """Stops and continues the browser's whole process tree."""

    def __init__(self, pid_file: Path, share: float):
        super().__init__(daemon=True)
        self.pid_file, self.share, self.over = pid_file, share, threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            self._signal(signal.SIGCONT)
            self.over.wait(0.02 * self.share)
            self._signal(signal.SIGSTOP)
            self.over.wait(0.02 * (1 - self.share))
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        self.over.set()
        self.join()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(OSError, ValueError):
            for pid in _family(int(self.pid_file.read_text())):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)


def _family(root: int) -> list[int]:
    found, level = [root], [root]
    while level:
        level = [
            int(child)
            for pid in level
            for task in Path(f"/proc/{pid}/task").glob("*/children")
            for child in task.read_text().split()
        ]
        found += level
    return found
