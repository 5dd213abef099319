"""The cookie of flashed messages. Most requests have none, those of phones never: then nothing is unpacked."""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class FlashCookie(SecureCookieSessionInterface):
    """Flask's own cookie, whose signer is made only where there is a cookie to read."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds; an empty session without one."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def init_app(app: Flask) -> None:
    """Read the cookie only where there is one."""
    app.session_interface = FlashCookie()
