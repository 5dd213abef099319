"""The process beside the servers: again and again it does what is due. Every chore may be done twice, or by several."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from flask import Flask

from sync.columns import utcnow

log = logging.getLogger("doorstep.worker")

PAUSE_SECONDS = 60

Chore = Callable[[datetime], object]


def run(app: Flask, chores: Sequence[Chore], *, once: bool = False) -> bool:
    """Do the chores, and again after a pause unless `once`; whether none of them fell over in the last round."""
    while True:
        with app.app_context():
            fallen = [chore for chore in chores if not _done(chore)]
        if once:
            return not fallen
        time.sleep(PAUSE_SECONDS)


def _done(chore: Chore) -> bool:
    """One chore's fault stops no other: the database may be away for a while."""
    try:
        chore(utcnow())
        return True
    except Exception as error:
        log.error("%s fell over: %s", chore.__name__, type(error).__name__, exc_info=error)
        return False
