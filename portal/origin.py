"""Where a changing request may come from: our own pages, judged by headers a page cannot forge.

This stands instead of form tokens. Requests that carry a bearer token or Basic credentials are not a browser's
ambient authority and pass.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, request

from portal.errors import Problem
from portal.translations import msgid

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
FOREIGN = msgid("This request did not come from a page of Doorstep.")


def comes_from_us() -> bool:
    """True when the browser says the request was made by a page of this very origin."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    try:
        origin = urlsplit(request.headers.get("Origin", ""))
    except ValueError:  # a bracket that opens and never closes
        return False
    return origin.netloc == request.host and origin.scheme == request.scheme


def init_app(app: Flask) -> None:
    """Refuse changing requests from elsewhere, before any view runs."""

    @app.before_request
    def check() -> None:
        if request.method in SAFE_METHODS or "Authorization" in request.headers:
            return
        if not comes_from_us():
            raise Problem(403, "foreign_origin", FOREIGN)
