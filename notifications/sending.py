"""Out of the outbox: what is due goes to the channel that its rule was registered with.

    register_channel("webhook", post_it)

A channel sends one claim, or raises: `NotSent` to be tried again, `Never` to be given up.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from notifications.outbox import Claim, claim, failed, give_up, sent

log = logging.getLogger("doorstep.notifications")

Channel = Callable[[Claim, datetime], None]

CHANNELS: dict[str, Channel] = {}
#: Of one round: how many are taken at once, and for how long the worker does nothing else.
AT_ONCE = 10
ROUND_SECONDS = 45


class NotSent(Exception):
    """It did not work this time; `fault` is a name, never what was to be sent."""

    def __init__(self, fault: str):
        super().__init__(fault)
        self.fault = fault


class Never(NotSent):
    """It will not work at any time."""


def register_channel(rule: str, channel: Channel) -> None:
    """Send what `rule` finds by this channel. Raises ValueError when it has another."""
    if CHANNELS.get(rule, channel) is not channel:
        raise ValueError(f"{rule} has a channel already")
    CHANNELS[rule] = channel


def send_due(now: datetime) -> int:
    """Send what is due; how many went out. A chore of the worker."""
    until, count = time.monotonic() + ROUND_SECONDS, 0
    while claims := claim(now, limit=AT_ONCE, rules=CHANNELS):
        count += sum(_send(claimed, now) for claimed in claims)
        if time.monotonic() > until:
            break
    return count


def _send(claimed: Claim, now: datetime) -> bool:
    try:
        CHANNELS[claimed.rule](claimed, now)
    except Never as fault:
        give_up(claimed, fault.fault, now)
        return False
    except NotSent as fault:
        failed(claimed, fault.fault, now)
        return False
    except Exception as error:
        log.error("the channel of %s fell over: %s", claimed.rule, type(error).__name__, exc_info=error)
        failed(claimed, type(error).__name__, now)
        return False
    sent(claimed, now)
    return True
