"""Serving the phone's half: the worker, the built files and the boot page.

The agent's rooms are rendered on the phone. Asked for one of their addresses the server always answers the same
data-free boot page, which starts the worker and goes on.
"""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request, send_file

from portal.accounts.guards import public
from portal.phone.rooms import PHONE_ROOMS

bp = Blueprint("frontend", __name__)

ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


def init_app(app: Flask) -> None:
    """Serve the worker, the built files and the boot page for every address of the phone's rooms."""
    app.register_blueprint(bp)
    for room in PHONE_ROOMS:
        app.add_url_rule(f"/{room}", f"frontend.boot_{room}", boot, defaults={"path": ""})
        app.add_url_rule(f"/{room}/<path:path>", f"frontend.boot_{room}", boot)


def dist(app: Flask) -> Path:
    """The folder of built files."""
    return Path(app.static_folder or "") / "dist"


def manifest(app: Flask) -> dict:
    """What the build made: build id, names of the files, their sizes. Read once a change of the file."""
    path = dist(app) / "manifest.json"
    try:
        stamp = path.stat().st_mtime_ns
    except FileNotFoundError:
        raise RuntimeError("The front end is not built yet: run `make build`.") from None
    kept = app.extensions.get("frontend")
    if kept is None or kept[0] != stamp:
        kept = app.extensions["frontend"] = (stamp, json.loads(path.read_text()))
    return kept[1]


@public
def boot(path: str) -> str:
    """The boot page, the same for everyone and every address of the phone's rooms."""
    from portal.pages import render

    return render("boot.html")


@bp.get("/sw.js")
@public
def worker() -> Response:
    """The service worker; `no-cache` so that an update is seen at the next look."""
    response = _packed("sw.js", "text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@bp.get("/manifest.webmanifest")
@public
def web_manifest() -> Response:
    """The install manifest."""
    response = _packed("app.webmanifest", "application/manifest+json")
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/favicon.ico")
@bp.get("/apple-touch-icon.png")
@public
def icon() -> Response:
    """The door, at the addresses that browsers ask for by themselves."""
    name = "favicon.png" if request.path == "/favicon.ico" else "apple-touch-icon.png"
    response = send_file(Path(current_app.static_folder or "") / "img" / name, mimetype="image/png")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@bp.get("/static/dist/<path:name>")
@public
def built(name: str) -> Response:
    """A built file. Its name holds its hash, so it may be kept for ever."""
    if name not in manifest(current_app)["files"]:
        abort(404)
    response = _packed(name, mimetypes.guess_type(name)[0] or "application/octet-stream")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _packed(name: str, mimetype: str) -> Response:
    """The file as small as the browser takes it; the build packed it once and for all."""
    path = dist(current_app) / name
    for encoding, suffix in ENCODINGS:
        packed = path.with_name(path.name + suffix)
        if encoding in request.accept_encodings and packed.exists():
            response = send_file(packed, mimetype=mimetype)
            response.headers["Content-Encoding"] = encoding
            break
    else:
        if not path.exists():
            abort(404)
        response = send_file(path, mimetype=mimetype)
    response.headers["Vary"] = "Accept-Encoding"
    return response
