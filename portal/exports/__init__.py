"""Exports: the own book, or what one may see of the unit's, as a spreadsheet or an address book; each is written down."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve `/exports`."""
    from portal.exports.views import bp

    app.register_blueprint(bp)
