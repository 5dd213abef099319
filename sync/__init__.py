"""Sync: numbered edits over a scoped, commit-ordered feed. See docs/sync.md.

This package knows records, devices and scopes; it does not know what the records are about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, tzinfo

from flask import Flask, Request

from sync import models as models  # registers the engine's own tables and kinds
from sync.engine import PROTO as PROTO
from sync.engine import install


def init_app(
    app: Flask,
    *,
    scopes_of: Callable[[str], list[str]],
    sign_in: Callable[[Request], str | None],
    agent_name: Callable[[str], str],
    first_ids: Callable[[str, date], Iterable[str]] | None = None,
    device_cap: int = 20,
    zone: tzinfo = UTC,
) -> None:
    """Serve `/sync/*` and tell the engine who is who (see `sync.engine.Engine`). `init_database` comes first."""
    from sync import live
    from sync.endpoint import bp

    given = {"first_ids": first_ids} if first_ids else {}
    install(app, scopes_of=scopes_of, sign_in=sign_in, agent_name=agent_name, device_cap=device_cap, zone=zone, **given)
    live.install(app)
    app.register_blueprint(bp)
