"""The office: staff find and edit customers of their unit, leaders read them. On server pages, by the rules of phones."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask

#: The modules that have pages of this room.
PAGES = ("views", "edit_views", "reading_views")

bp = Blueprint("office", __name__, url_prefix="/office")


def init_app(app: Flask) -> None:
    """Serve `/office`."""
    for pages in PAGES:
        import_module(f"portal.office.{pages}")
    app.register_blueprint(bp)
