"""Products: the catalogue with its rates, what a cover costs, who may have it, what it gives."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Make the records of this room known to the sync engine; the tables that phones fetch; the administrator's pages."""
    from portal.products import blobs, kinds, views

    kinds.register()
    app.register_blueprint(blobs.bp)
    app.register_blueprint(views.bp)
