"""What the engine was given by the application it serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from typing import Any

from flask import Flask, Request, current_app

#: The protocol spoken here; the one before it is understood as well.
PROTO = 1


def _nobody_first(_agent_id: str, _today: date) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Engine:
    """The callbacks and limits of one application.

    scopes_of(agent_id): the scopes the agent's devices pull, the agent's own book first; none for
    somebody who may sync no more.
    sign_in(request): the agent who signs in with a session or HTTP Basic, or None. It may raise (too many tries).
    agent_name(agent_id): what people call the agent. first_ids(agent_id, today): roots of the trees to download first.
    device_cap: how many live devices an agent may have. zone: where the people live; it decides which day it is.
    """

    scopes_of: Callable[[str], list[str]]
    sign_in: Callable[[Request], str | None]
    agent_name: Callable[[str], str]
    first_ids: Callable[[str, date], Iterable[str]] = _nobody_first
    device_cap: int = 20
    zone: tzinfo = UTC


def install(app: Flask, **given: Any) -> Engine:
    """Remember what `sync.init_app` was given."""
    engine = app.extensions["doorstep.sync"] = Engine(**given)
    return engine


def engine() -> Engine:
    """The engine of the running application."""
    return current_app.extensions["doorstep.sync"]
