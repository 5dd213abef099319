"""How a failure looks: a page for people, RFC 9457 problem JSON for phones and programs."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, json, request
from flask_babel import gettext
from gunicorn.http import errors as wire
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from portal.translations import msgid

log = logging.getLogger("doorstep.errors")

MACHINE_PATHS = ("/api/", "/sync/", "/healthz")

# What a person reads when nothing more exact is known, by status.
SENTENCES = {
    400: msgid("The request could not be read."),
    401: msgid("Please sign in."),
    403: msgid("You may not do this."),
    404: msgid("There is nothing here, or it is not yours to see."),
    405: msgid("This address does not take that kind of request."),
    408: msgid("The request could not be read."),
    409: msgid("Something else changed at the same time. Please look again."),
    413: msgid("That is too large."),
    415: msgid("This kind of content is not understood here."),
    422: msgid("Some of this needs another look."),
    429: msgid("Too many tries. Please wait a little."),
    500: msgid("Something went wrong on our side. Nothing you typed is lost; please try again."),
    503: msgid("The server is busy. Please try again shortly."),
}


class Problem(Exception):
    """A failure with a name: status, a code for programs and an English msgid for people.

    `fields` maps field names to lists of msgids; `headers` go out with the reply; `more` joins the JSON.
    """

    def __init__(self, status: int, code: str, message: str = "", *, fields=None, headers=None, **more):
        super().__init__(message or code)
        self.status = status
        self.code = code
        self.message = message or SENTENCES.get(status, SENTENCES[500])
        self.fields = fields or {}
        self.headers = dict(headers or {})
        self.more = more


def init_app(app: Flask) -> None:
    """Show every failure in one place."""

    @app.errorhandler(Problem)
    def known(problem: Problem) -> Response:
        return show(problem)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        headers = {
            name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After", "WWW-Authenticate"}
        }
        return show(Problem(status, (error.name or "error").lower().replace(" ", "_"), headers=headers))

    @app.errorhandler(OperationalError)
    @app.errorhandler(NoConnection)
    def busy(error: Exception) -> Response:
        # Locked by a long writer, restarting, or gone: it may well work in a moment.
        log.error("database: %s", type(error).__name__, exc_info=error)
        return show(Problem(503, "busy", headers={"Retry-After": "2"}))

    @app.errorhandler(wire.ParseException)
    @app.errorhandler(wire.NoMoreData)
    def cut_off(_error: Exception) -> Response:
        # Raised by the server in front while a body is read that is none: chunks that make no sense, a line that broke.
        return show(Problem(400, "bad_request"))

    @app.errorhandler(TimeoutError)
    def too_slow(_error: Exception) -> Response:
        # Of the socket: the rest of the body does not come.
        return show(Problem(408, "request_timeout"))

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        # The trace names files and lines only; values may be personal and stay out of the log.
        log.error("unhandled %s", type(error).__name__, exc_info=error)
        return show(Problem(500, "server_error"))


def wants_json() -> bool:
    """True for phones and programs."""
    said_json = request.is_json or request.accept_mimetypes.best == "application/json"
    return said_json or request.path.startswith(MACHINE_PATHS)


def show(problem: Problem) -> Response:
    """The response for a problem, in the caller's kind of language."""
    response = _as_json(problem) if wants_json() else _as_page(problem)
    response.headers.update(problem.headers)
    return response


def _as_json(problem: Problem) -> Response:
    body = {
        "type": "about:blank",
        "title": SENTENCES.get(problem.status, problem.message),
        "status": problem.status,
        "code": problem.code,
        "message": problem.message,
        **({"fields": problem.fields} if problem.fields else {}),
        **({"request": g.request_id} if "request_id" in g else {}),
        **problem.more,
    }
    return Response(json.dumps(body), status=problem.status, mimetype="application/problem+json")


def _as_page(problem: Problem) -> Response:
    from portal.pages import render

    html = render(
        "problem.html", status=problem.status, message=gettext(problem.message), request_id=g.get("request_id", "")
    )
    return Response(html, status=problem.status, mimetype="text/html")
