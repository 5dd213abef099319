"""Accounts: units, people, signing in, sessions, devices."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Put the room's pages and its counters into the application."""
    # Views need the pages, which need our guards.
    from portal.accounts import admin, api, sessions, step_views, tries

    tries.init_app(app)
    sessions.init_app(app)
    app.register_blueprint(step_views.bp)
    app.register_blueprint(admin.blueprint())
    app.register_blueprint(api.bp)
