"""Proposals: from a gap to a plan that is checked, frozen and handed over."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Make the records of this room known to the sync engine; proposals off the phone."""
    from portal.proposals import kinds, views

    kinds.register()
    app.register_blueprint(views.bp)
