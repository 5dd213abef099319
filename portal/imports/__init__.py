"""Imports: a spreadsheet brought into an agent's own book, online, on the first day and after."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve `/imports`."""
    from portal.imports.views import bp

    app.register_blueprint(bp)
