"""What other programs are offered: the API and its description, personal tokens, webhooks. `docs/api.md` tells it."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

#: The modules that have calls or pages of this room.
PAGES = ("records", "document_views", "token_views", "webhook_views")


def init_app(app: Flask) -> None:
    """Serve the calls of this room and its pages."""
    import_module("portal.api.webhooks").register()
    for pages in PAGES:
        app.register_blueprint(import_module(f"portal.api.{pages}").bp)
