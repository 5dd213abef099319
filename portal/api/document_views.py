"""`/api/openapi.json` for programs, `/api/docs` for people."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _

from portal.accounts.guards import public
from portal.api import document
from portal.api.calls import BASIC, BY_ENDPOINT, DEVICE, SCOPES, SESSION, TAGS, TOKEN, Call
from portal.api.shapes import row_name
from portal.pages import render
from portal.translations import msgid
from sync.errors import MESSAGES
from sync.kinds import ordered_kinds

bp = Blueprint("api", __name__, url_prefix="/api")

PAPERS = {
    DEVICE: msgid("a phone's token"),
    TOKEN: msgid("a personal token"),
    BASIC: msgid("name and password"),
    SESSION: msgid("a signed-in browser"),
}
VERDICTS = {
    "ok": msgid("Done as asked, or there was nothing to do."),
    "merged": msgid("Done, and the stored row holds something the sender had not seen."),
    "conflict": msgid("Not done, or not all: two people disagree, and one of them decides."),
    "rejected": msgid("Not done; the error says why."),
}


@bp.get("/openapi.json")
@public
def description() -> Response:
    """OpenAPI 3.1. It is the same until the next version of Doorstep, and says so by its ETag."""
    text, etag = _packed()
    response = Response(text, mimetype="application/json")
    response.set_etag(etag)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Access-Control-Allow-Origin"] = "*"  # tools in a browser may read it; it names nobody
    response.make_conditional(request)
    return response


def _packed() -> tuple[bytes, str]:
    kept = current_app.extensions.get("doorstep.description")
    if kept is None:
        text = orjson.dumps(told())
        kept = current_app.extensions["doorstep.description"] = (text, hashlib.sha256(text).hexdigest()[:32])
    return kept


def told() -> dict[str, Any]:
    """The document of this application, made once."""
    kept = current_app.extensions.get("doorstep.document")
    if kept is None:
        kept = current_app.extensions["doorstep.document"] = document.description(current_app)
    return kept


@bp.get("/docs")
@public
def page() -> str:
    """The description as a page."""
    whole = told()
    shapes = whole["components"]["schemas"]
    rows = {row_name(kind.name) for kind in ordered_kinds()}
    return render(
        "api/docs.html",
        groups=_groups(),
        scopes=[{"name": name, "text": _(text)} for name, text in SCOPES.items()],
        verdicts=[{"name": name, "text": _(text)} for name, text in VERDICTS.items()],
        edit_errors=[{"name": code, "text": _(MESSAGES[code])} for code in sorted(document.edit_codes())],
        problems=[
            {"name": code, "text": ", ".join(map(str, sorted(statuses)))}
            for code, statuses in document.problem_codes().items()
        ],
        kinds=[_shape(row_name(kind.name), shapes[row_name(kind.name)], kind.name) for kind in ordered_kinds()],
        shapes=[_shape(name, shape, name) for name, shape in sorted(shapes.items()) if name not in rows],
    )


def _groups() -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = {tag: [] for tag in TAGS}
    for rule in document.rules(current_app):
        call = BY_ENDPOINT[rule.endpoint]
        found[call.tag].append(_call(call, document.method_of(rule), document.path_of(rule)))
    return [{"title": _(TAGS[tag]), "calls": sorted(calls, key=_place)} for tag, calls in found.items()]


def _place(call: dict[str, Any]) -> tuple[str, str]:
    return call["path"], call["method"]


def _call(call: Call, method: str, path: str) -> dict[str, Any]:
    return {
        "method": method,
        "path": path,
        "summary": _(call.summary),
        "papers": [_(PAPERS[name]) for name in call.papers] or [_("nobody has to sign in")],
        "scope": call.scope,
        "once": call.once,
        "query": [{"name": name, "text": text} for name, _shape, text in call.query],
        "body": call.body.__name__ if call.body else "",
        "answers": [
            {"status": status, "shape": schema.__name__ if schema else kind or "—", "links": schema is not None}
            for status, (kind, schema) in call.answers.items()
        ],
        "errors": [{"status": status, "codes": ", ".join(codes)} for status, codes in call.codes.items()],
    }


def _shape(name: str, shape: dict[str, Any], title: str) -> dict[str, Any]:
    needed = set(shape.get("required", ()))
    return {
        "id": name,
        "title": title,
        "about": shape.get("description", ""),
        "fields": [
            {"name": each, "type": words(about), "required": each in needed, "notes": _notes(about)}
            for each, about in shape.get("properties", {}).items()
        ],
    }


def _notes(about: dict[str, Any]) -> str:
    merge = about.get("x-merge", "plain")
    notes = [merge] if merge != "plain" else []
    notes += ["E"] if about.get("x-sealed") else []
    return ", ".join([*notes, *([about["description"]] if about.get("description") else [])])


def words(shape: dict[str, Any]) -> str:
    """A JSON Schema in a few words: `string ≤ 100`, `integer 1–12 or null`, `list of Edit`."""
    if "$ref" in shape:
        return shape["$ref"].rsplit("/", 1)[-1]
    if "anyOf" in shape:
        return " | ".join(dict.fromkeys(words(each) for each in shape["anyOf"]))
    if shape.get("enum"):
        return ", ".join(str(each) for each in shape["enum"] if each is not None)
    said = shape.get("type", "anything")
    kinds = said if isinstance(said, list) else [said]
    text = " | ".join(_one(kind, shape) for kind in kinds if kind != "null")
    return f"{text} | null" if "null" in kinds else text


def _one(kind: str, shape: dict[str, Any]) -> str:
    if kind == "array" and shape.get("items"):
        return f"[{words(shape['items'])}]"
    if kind == "string" and shape.get("format"):
        return shape["format"]
    if kind == "string" and "maxLength" in shape:
        return f"string ≤ {shape['maxLength']}"
    if kind == "integer" and shape.get("maximum", 2**53) < 10**6:
        return f"integer {shape.get('minimum', 0)}–{shape['maximum']}"
    return kind
