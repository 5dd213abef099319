"""Needs analysis: questionnaires, the arithmetic of gaps, analyses in an agent's book."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Make the records of this room known to the sync engine; the administrator's pages."""
    from portal.needs import kinds, reports, views

    kinds.register()
    app.register_blueprint(views.bp)
    app.register_blueprint(reports.bp)
