"""/admin: the administrator's pages. Units, people, phones, settings, and the log of all that was changed."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint

#: The modules that have pages of this room.
PAGES: tuple[str, ...] = (
    "home_views",
    "unit_views",
    "people_views",
    "access_views",
    "phone_views",
    "setting_views",
    "log_views",
)

bp = Blueprint("admin", __name__, url_prefix="/admin")


def blueprint() -> Blueprint:
    """The pages, ready to be served."""
    for pages in PAGES:
        import_module(f"portal.accounts.admin.{pages}")
    return bp
