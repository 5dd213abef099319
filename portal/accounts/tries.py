"""How often a password or a code may be tried: per account, per account from one address, and per address."""

from __future__ import annotations

import math
import time

from flask import Flask, current_app, request
from flask_limiter import Limiter
from limits import RateLimitItem, parse

from portal.accounts.transport import address_key
from portal.errors import Problem
from portal.translations import msgid

# A stranger who knows a name must not be able to lock its owner out for long, hence the looser limit from anywhere.
ACCOUNT_HERE = parse("10 per 15 minutes")
ACCOUNT_ANYWHERE = parse("60 per hour")
# A whole office may sign in from behind one address in the morning.
ADDRESS = parse("100 per 15 minutes")
# Codes of six digits are few, and whoever tries them has the password already: then nobody is let in for a while.
CODE = parse("5 per 15 minutes")
CODE_LONG = parse("20 per day")


class TooManyTries(Problem):
    """The account or the address has to wait. `seconds` is how long."""

    def __init__(self, seconds: int):
        super().__init__(
            429,
            "too_many_tries",
            msgid("Too many tries. Please wait a little."),
            headers={"Retry-After": str(seconds)},
        )
        self.seconds = seconds

    @property
    def minutes(self) -> int:
        return math.ceil(self.seconds / 60)


def init_app(app: Flask) -> None:
    """Count in memory, or in the Redis that RATELIMIT_STORAGE names when several processes serve."""
    # On an application of its own: `spend` counts by itself, and on ours it would look for limits before every request.
    app.extensions["doorstep.tries"] = Limiter(
        lambda: address_key(request),
        app=Flask(__name__),
        storage_uri=app.config["RATELIMIT_STORAGE"],
        strategy="moving-window",
    )


def spend(account: str) -> None:
    """Count one try for `account`, before the password is looked at: parallel tries count too.

    Raises TooManyTries.
    """
    _spend(_limits(account))


def spend_code(agent_id: str) -> None:
    """Count one try of a code for the second step, before it is looked at. Raises TooManyTries."""
    _spend([(ADDRESS, ("address", address_key(request))), *_code_limits(agent_id)])


def forgive_code(agent_id: str) -> None:
    """The right code came."""
    counter = current_app.extensions["doorstep.tries"].limiter
    for limit, keys in _code_limits(agent_id):
        counter.clear(limit, *keys)


def _code_limits(agent_id: str) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
    return [(CODE, ("code", agent_id)), (CODE_LONG, ("code", agent_id))]


def _spend(limits: list[tuple[RateLimitItem, tuple[str, ...]]]) -> None:
    counter = current_app.extensions["doorstep.tries"].limiter
    for limit, keys in limits:
        if not counter.hit(limit, *keys):
            wait = counter.get_window_stats(limit, *keys).reset_time - time.time()
            raise TooManyTries(max(1, math.ceil(wait)))


def forgive(account: str) -> None:
    """The right password came: the account starts over. The address does not, or one insider could try them all."""
    counter = current_app.extensions["doorstep.tries"].limiter
    for limit, keys in _limits(account)[1:]:
        counter.clear(limit, *keys)


def _limits(account: str) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
    address = address_key(request)
    return [
        (ADDRESS, ("address", address)),
        (ACCOUNT_HERE, ("account", account, address)),
        (ACCOUNT_ANYWHERE, ("account", account)),
    ]
