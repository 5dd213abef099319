"""How often one device may call: far more than any phone needs, so that a broken one does not take everybody's turn."""

from __future__ import annotations

import math
import time
from threading import Lock

from flask import current_app

from sync.errors import SyncProblem

MINUTE = 60.0


class Pace:
    """A bucket for each device that holds a minute's calls and fills up evenly. Counted in this process only."""

    def __init__(self, per_minute: int):
        self.step = MINUTE / per_minute
        self._until: dict[str, float] = {}
        self._lock = Lock()

    def wait(self, device: str, now: float) -> float:
        """Count one call at `now` (seconds of a steady clock); how many seconds too early it is, 0 when it may be."""
        with self._lock:
            until = max(self._until.get(device, 0.0), now) + self.step
            early = until - now - MINUTE
            if early > 0:
                return early
            self._until[device] = until
            return 0.0


def keep_pace(device: str) -> None:
    """Raises SyncProblem 429 with Retry-After for a device that calls more often than SYNC_PER_MINUTE (0: no limit)."""
    per_minute = current_app.config.get("SYNC_PER_MINUTE", 0)
    if not per_minute:
        return
    pace = current_app.extensions.setdefault("doorstep.pace", Pace(per_minute))
    early = pace.wait(device, time.monotonic())
    if early:
        raise SyncProblem(429, "slow_down", headers={"Retry-After": str(math.ceil(early))})
