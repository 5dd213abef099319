"""The team: what leaders do for the people of their unit. Customers go to another agent, a lost phone is signed out."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask

#: The modules that have pages of this room.
PAGES: tuple[str, ...] = ("views", "customer_views", "hand_over_views", "phone_views", "escrow_views")

bp = Blueprint("team", __name__, url_prefix="/team")


def init_app(app: Flask) -> None:
    """Serve `/team`, and what stands in the API for leaders."""
    from portal.team.api import bp as api

    for pages in PAGES:
        import_module(f"portal.team.{pages}")
    app.register_blueprint(bp)
    app.register_blueprint(api)
