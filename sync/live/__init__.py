"""Live: a phone that is looked at hears at once that there is something new. See docs/sync.md, "Live".

The stream says "something changed" and never what: the phone then pulls, as it does each minute anyway. Whoever loses a
poke loses a minute and nothing else.

A stream is opened as an ordinary request and judged by an ordinary view. Then the server process lets go of the
connection and the `Hub`, one asyncio loop in a thread of the process, holds it: no thread waits, nothing else listens
on a port, and what stands before the server (TLS, a proxy) stands before the stream too.
"""

from __future__ import annotations

from flask import Flask

from sync.live.hub import Hub
from sync.live.watch import Announcer


def install(app: Flask) -> None:
    """Hold lines to phones, if the setting LIVE says so; needs `init_database` before."""
    from sync.live import views  # noqa: F401  the addresses stand on the engine's blueprint

    if not app.config.get("LIVE"):
        return
    hub = app.extensions["doorstep.live"] = Hub(app, most=app.config.get("LIVE_LISTENERS", 1000))
    heard = app.extensions.setdefault("doorstep.committed", [])
    heard.append(hub.nudge)
    if app.extensions["doorstep.writer"].dialect.name == "postgresql":
        heard.append(Announcer(app).committed)
