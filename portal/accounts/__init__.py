"""Accounts: units, people, signing in, sessions, devices."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Put the room's pages and its counters into the application."""
    from portal.accounts import api, sessions, tries, views  # views need the pages, which need our guards

    tries.init_app(app)
    sessions.init_app(app)
    app.register_blueprint(views.bp)
    app.register_blueprint(api.bp)
