"""Doorstep (到访): the portal. `create_app` puts the rooms together."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from htmx_flask import Htmx
from werkzeug.middleware.proxy_fix import ProxyFix

import notifications  # noqa: F401  registers the table of its outbox
from portal import config, errors, flashes, frontend, headers, health, logs, origin, pages
from sync.database import db, init_database

# Rooms in the order they may build on each other: a later one may import an earlier one.
ROOMS = ("accounts", "customers", "needs", "products", "proposals", "imports", "team", "office", "exports", "api")


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    """The application. `settings` override the environment (see `portal.config.SETTINGS`)."""
    app = Flask("portal", static_folder="static", template_folder="templates")
    app.config.update(config.load(settings))
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_UPLOAD_BYTES"] + 64 * 1024
    if app.config["TRUSTED_PROXIES"]:
        hops = app.config["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    init_database(app)
    Migrate(app, db, directory=str(config.ROOT / "migrations"), compare_type=True)
    Htmx(app)
    # Order matters: the log line is written last, the headers are on every answer, the origin is judged first.
    for part in (logs, headers, errors, flashes, pages, origin, frontend, health):
        part.init_app(app)
    for room in ROOMS:
        import_module(f"portal.{room}").init_app(app)
    _start_sync(app)
    return app


def _start_sync(app: Flask) -> None:
    """Give the engine what it cannot know: who is who, who sees what, whom today is about."""
    import sync
    from portal.accounts.people import agent_name, sign_in_for_device
    from portal.accounts.scopes import scopes_of
    from portal.customers.today import first_ids
    from portal.dates import SHANGHAI

    sync.init_app(
        app,
        scopes_of=scopes_of,
        sign_in=sign_in_for_device,
        agent_name=agent_name,
        first_ids=first_ids,
        zone=SHANGHAI,
    )
