"""The description of the API: OpenAPI 3.1, made from the marshmallow schemas and from the application's own addresses."""

from __future__ import annotations

import inspect
import re
from typing import Any

import orjson
from flask import Flask
from werkzeug.routing import Rule

from portal.api import wire
from portal.api.calls import BY_ENDPOINT, CALLS, SCOPES, TAGS, Call
from portal.api.shapes import UUID, add_kinds, new_spec, row_name
from portal.idempotency import HEADER, KEY
from sync.errors import MESSAGES
from sync.kinds import ordered_kinds

TITLE, VERSION = "Doorstep", "1"
PREFIXES = ("/api/", "/sync/")
ABOUT = """What a phone speaks (`/sync`) and what other programs are offered (`/api`).

A program signs in with a personal token, made on the page *Tokens for programs* of an account. Its scopes say what it
may do, always in the name of its person. The prose is in docs/api.md and docs/sync.md. Fields and kinds may be added at any time:
keep what you do not know, and do not stumble over it."""
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
PROBLEM_TYPE = "application/problem+json"


def description(app: Flask) -> dict[str, Any]:
    """The whole document, as plain values."""
    spec = new_spec(
        TITLE,
        VERSION,
        info={"description": ABOUT},
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
    )
    add_kinds(spec)
    for name, schema in inspect.getmembers(wire, inspect.isclass):
        if issubclass(schema, wire.Open) and schema is not wire.Open and name not in spec.components.schemas:
            spec.components.schema(name, schema=schema)
    _name_kinds(spec.components.schemas)
    _security(spec)
    for rule in sorted(rules(app), key=lambda rule: rule.rule):
        call = BY_ENDPOINT[rule.endpoint]
        spec.path(path_of(rule), operations={method_of(rule).lower(): _operation(app, rule, call)})
    document = spec.to_dict()
    document["webhooks"] = {"message": {"post": _webhook()}}
    return _plain(document)


def rules(app: Flask) -> list[Rule]:
    """The addresses of /api and /sync."""
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(PREFIXES) and rule.endpoint != "static"]


def path_of(rule: Rule) -> str:
    """`/api/devices/{device_id}/revocations`."""
    return PARAMETER.sub(lambda found: "{" + found[2] + "}", rule.rule)


def method_of(rule: Rule) -> str:
    """The one method a call has."""
    (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    return method


def _plain(document: Any) -> dict[str, Any]:
    """Without apispec's own classes."""
    return orjson.loads(
        orjson.dumps(document, default=dict, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS)
    )


def _name_kinds(shapes: dict[str, Any]) -> None:
    """Which kind has which rows, which codes an edit may be refused with."""
    names = [kind.name for kind in ordered_kinds()]
    of_kind: list[dict[str, Any]] = [
        {
            "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
            "then": {"properties": {"row": {"$ref": f"#/components/schemas/{row_name(name)}"}}},
        }
        for name in names
    ]
    shapes["Change"]["allOf"] = of_kind
    nullable = [
        {**each, "then": {"properties": {"row": {"anyOf": [each["then"]["properties"]["row"], {"type": "null"}]}}}}
        for each in of_kind
    ]
    shapes["NamedRow"]["allOf"] = nullable
    shapes["Edit"]["properties"]["kind"]["examples"] = names
    shapes["NumberedEdit"]["properties"]["kind"]["examples"] = names
    shapes["RecordName"]["properties"]["kind"]["examples"] = names
    shapes["EditError"]["properties"]["code"]["enum"] = sorted(edit_codes())
    any_row = {"anyOf": [{"$ref": f"#/components/schemas/{row_name(name)}"} for name in names] + [{"type": "null"}]}
    shapes["Verdict"]["properties"]["row"] = any_row
    for shape in ("RecordPage", "OneRecord"):
        many = shape == "RecordPage"
        shapes[shape]["allOf"] = [
            {
                "if": {"properties": {"kind": {"const": name}}},
                "then": {"properties": _of_page(row_name(name), many)},
            }
            for name in names
        ]


def _of_page(row: str, many: bool) -> dict[str, Any]:
    ref = {"$ref": f"#/components/schemas/{row}"}
    return {"records": {"items": ref}} if many else {"record": ref}


#: Of the engine's codes, those that refuse a whole call and never one edit.
_CALLS_ONLY = frozenset(
    (
        "bad_cursor",
        "bad_request",
        "busy",
        "device_forked",
        "device_revoked",
        "escrow_full",
        "gap",
        "rebootstrap",
        "slow_down",
        "too_many_devices",
        "unauthenticated",
        "unsupported_encoding",
        "upgrade",
    )
)


def edit_codes() -> set[str]:
    """Why one edit may be refused."""
    return set(MESSAGES) - _CALLS_ONLY


def problem_codes() -> dict[str, set[int]]:
    """Every code a call may be refused with, and its statuses."""
    found: dict[str, set[int]] = {}
    for call in CALLS:
        for status, codes in call.codes.items():
            for code in codes:
                found.setdefault(code, set()).add(status)
    return dict(sorted(found.items()))


def _security(spec: Any) -> None:
    bearer = {"type": "http", "scheme": "bearer"}
    scopes = "; ".join(f"`{name}`" for name in SCOPES)
    spec.components.security_scheme(
        "device", {**bearer, "description": "The token of a phone, from POST /sync/devices."}
    )
    spec.components.security_scheme("token", {**bearer, "description": f"A personal token, `dst_…`. Scopes: {scopes}."})
    spec.components.security_scheme(
        "basic",
        {
            "type": "http",
            "scheme": "basic",
            "description": "Name and password; with a second step also `Doorstep-Code`.",
        },
    )
    spec.components.security_scheme("session", {"type": "apiKey", "in": "cookie", "name": "doorstep"})


def _operation(app: Flask, rule: Rule, call: Call) -> dict[str, Any]:
    text = inspect.getdoc(app.view_functions[rule.endpoint]) or ""
    told: dict[str, Any] = {
        "operationId": call.endpoint.replace(".", "_"),
        "tags": [call.tag],
        "summary": call.summary,
        "description": text,
        "parameters": [*_of_path(rule), *_of_query(call), *_of_headers(call)],
        "responses": {**{str(status): _answer(*said) for status, said in call.answers.items()}, **_refusals(call)},
    }
    if call.papers:
        told["security"] = [{name: [call.scope] if name == "token" else []} for name in call.papers]
    if call.body:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": call.body}}}
    return told


def _of_path(rule: Rule) -> list[dict[str, Any]]:
    found = []
    for converter, name in PARAMETER.findall(rule.rule):
        shape: dict[str, Any] = {"type": "string", "pattern": UUID} if converter == "uuid" else {"type": "string"}
        if name == "kind":
            shape["enum"] = [kind.name for kind in ordered_kinds()]
        if rule.rule.startswith("/sync/blobs"):
            shape["pattern"] = "^[0-9a-f]{64}$"
        found.append({"name": name, "in": "path", "required": True, "schema": shape})
    return found


def _of_query(call: Call) -> list[dict[str, Any]]:
    return [{"name": name, "in": "query", "schema": shape, "description": text} for name, shape, text in call.query]


def _of_headers(call: Call) -> list[dict[str, Any]]:
    if not call.once:
        return []
    shape = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": f"^{KEY.pattern}$"}
    text = "The same request with the same key is done once; kept for a day."
    return [{"name": HEADER, "in": "header", "schema": shape, "description": text}]


def _answer(kind: str, schema: Any) -> dict[str, Any]:
    if not kind:
        return {"description": "as you have it"}
    if kind == "application/x-ndjson":
        about = {"type": "string", "description": f"Lines of JSON, each a {schema.__name__}."}
        return {"description": "lines", "content": {kind: {"schema": about}}}
    return {
        "description": (schema.__doc__ or "").strip() if schema else "done",
        "content": {kind: {"schema": schema or {}}},
    }


def _refusals(call: Call) -> dict[str, Any]:
    said = {}
    for status, codes in call.codes.items():
        of_code = {"properties": {"code": {"enum": codes}, "status": {"const": status}}}
        shape = {"allOf": [{"$ref": "#/components/schemas/Problem"}, of_code]}
        said[str(status)] = {"description": ", ".join(codes), "content": {PROBLEM_TYPE: {"schema": shape}}}
    return said


def _webhook() -> dict[str, Any]:
    message = {"$ref": "#/components/schemas/WebhookMessage"}
    headers = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    ]
    return {
        "operationId": "webhook_message",
        "summary": "What a webhook gets",
        "parameters": headers,
        "requestBody": {"required": True, "content": {"application/json": {"schema": message}}},
        "responses": {"2XX": {"description": "taken; anything else, and the message comes again"}},
    }
