"""Named places where a test may stop or slow the server. Dead unless the setting FAILPOINTS is on.

`DOORSTEP_FAILPOINTS="after-commit-before-reply=kill|before-commit=sleep:2"` arms them. A failpoint that fires writes
`DATA_DIR/failpoints/<name>.fired`, so that a test can see that it did; `=kill` acts once per data folder (the file is
there already when the server comes back).
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from flask import current_app


class FailpointFired(Exception):
    """What `=raise` raises."""


def failpoint(name: str) -> None:
    """Do what the environment asks for at this place; normally nothing."""
    if not current_app.config.get("FAILPOINTS"):
        return
    action = _armed().get(name)
    if action is None:
        return
    first = _mark(name)
    verb, _, detail = action.partition(":")
    if verb == "kill" and first:
        os.kill(os.getpid(), signal.SIGKILL)
    elif verb == "sleep":
        time.sleep(float(detail))
    elif verb == "raise" and first:
        raise FailpointFired(name)


def _armed() -> dict[str, str]:
    pairs = (item.partition("=") for item in os.environ.get("DOORSTEP_FAILPOINTS", "").split("|") if item)
    return {name: action for name, _, action in pairs}


def _mark(name: str) -> bool:
    """Leave the sign that the place was passed; False when it was there before."""
    path = Path(current_app.config["DATA_DIR"]) / "failpoints" / f"{name}.fired"
    path.parent.mkdir(parents=True, exist_ok=True)
    first = not path.exists()
    with path.open("a") as file:
        file.write("fired\n")
        file.flush()
        os.fsync(file.fileno())
    return first
