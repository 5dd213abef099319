"""Imports: spreadsheets and address books brought into an agent's own book, online, on the first day and after."""

from __future__ import annotations

import io
from typing import IO, Any

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve `/imports`."""
    from portal.imports import undo_views  # noqa: F401  adds its pages to the blueprint
    from portal.imports.views import bp

    app.register_blueprint(bp)
    app.request_class = type("Request", (_KeptInMemory, app.request_class), {})


class _KeptInMemory:
    """Uploads never touch a temporary file: they are somebody's customers, and nothing of them lies on disk unsealed.

    MAX_CONTENT_LENGTH bounds what is held.
    """

    def _get_file_stream(self, *_given: Any, **_more: Any) -> IO[bytes]:
        return io.BytesIO()
