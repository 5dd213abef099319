"""The team: what leaders do for the people of their unit. Customers go to another agent, a lost phone is signed out."""

from __future__ import annotations

from flask import Blueprint, Flask

#: The pages.
bp = Blueprint("team", __name__, url_prefix="/team")
#: What programs ask for in JSON.
api = Blueprint("team_api", __name__, url_prefix="/api")


def init_app(app: Flask) -> None:
    """Serve `/team`, and what stands in the API for leaders."""
    app.register_blueprint(bp)
    app.register_blueprint(api)
