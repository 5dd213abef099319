"""Servers that tests start end with the run that started them, also when the run itself is killed."""

from __future__ import annotations

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


def dies_with_us() -> None:
    """For `Popen(preexec_fn=…)`: the kernel ends the child when its parent is gone (Linux; elsewhere nothing happens)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
