"""From marshmallow to JSON Schema: what the fields of records say of themselves, beyond what apispec reads by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import fields

from portal.customers.fields import MAX_FEN
from sync.canonical import MAX_INT
from sync.kinds import Kind, RecordSchema, ordered_kinds

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
SCALARS: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "longtext": {"type": "string"},
    "enum": {"type": "string"},
    "int": {"type": "integer", "minimum": -MAX_INT, "maximum": MAX_INT},
    "fen": {"type": "integer", "minimum": 0, "maximum": MAX_FEN},
    "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "instant": {"type": "string", "format": "date-time"},
    "ref": {"type": "string", "pattern": UUID},
    "set": {"type": "array", "items": {"type": "string"}},
    "beneficiaries": {"type": "array", "items": {"type": "object"}},
    "list": {"type": "array"},
    "party": {"type": "object"},
    "map": {"type": "object"},
    "any": {},
}
#: What stands in every row beside the fields of its kind.
OWN = {
    "id": {"type": "string", "pattern": UUID},
    "ver": {"type": "integer", "minimum": 1},
    "created_at": {"type": ["string", "null"], "format": "date-time"},
    "updated_at": {"type": ["string", "null"], "format": "date-time"},
    "late_from": {"type": "string", "description": "the agent who wrote this after it had left the agent's book"},
    "flags": {"type": "object", "description": "stricter values that overrode somebody, by field"},
}


def new_spec(title: str, version: str, **more: Any) -> APISpec:
    """An empty description that reads our schemas."""
    plugin = MarshmallowPlugin(schema_name_resolver=lambda schema: _name(schema))
    spec = APISpec(title, version, "3.1.0", plugins=[plugin], **more)
    assert plugin.converter is not None
    plugin.converter.add_attribute_function(_of_a_record)
    return spec


def add_kinds(spec: APISpec) -> None:
    """A component for each kind's rows."""
    for kind in ordered_kinds():
        spec.components.schema(row_name(kind.name), schema=kind.schema)
        _finish(spec.components.schemas[row_name(kind.name)], kind)


def row_name(kind: str) -> str:
    """The component of a kind: `assumption_set` is AssumptionSetRow."""
    return "".join(part.capitalize() for part in kind.split("_")) + "Row"


def _name(schema: Any) -> str:
    made = schema if isinstance(schema, type) else type(schema)
    return made.__name__.removesuffix("Schema")


def _finish(shape: dict[str, Any], kind: Kind) -> None:
    shape["properties"] = {**OWN, **shape["properties"]}
    shape["required"] = ["id", "ver", *shape.get("required", [])]
    shape["description"] = (kind.schema.__doc__ or "").strip().split("\n")[0] if kind.schema.__doc__ else ""
    shape["x-scope"] = {"book": "book", "unit": "unit", "org": "catalogue"}[kind.home]
    if kind.parent:
        shape["x-parent"] = {"field": kind.parent[0], "kind": kind.parent[1]}
    for trait in ("append_only", "never_refuse_create", "read_only", "frozen"):
        if getattr(kind, trait):
            shape[f"x-{trait.replace('_', '-')}"] = True


def _of_a_record(self: Any, field: fields.Field, ret: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """The properties of a field of a record; nothing for fields of other schemas."""
    if not isinstance(field.parent, RecordSchema):
        return {}
    about = field.metadata
    for name in ("type", "format", "items", "enum", "maxLength", "anyOf", "additionalProperties"):
        ret.pop(name, None)  # apispec took our names of types for JSON Schema's
    shape = dict(SCALARS[about.get("type") or _plain_type(field)])
    shape |= _limits(about, shape)
    if not field.required and "type" in shape:
        shape["type"] = [shape["type"], "null"]
        if "enum" in shape:
            shape["enum"] = [*shape["enum"], None]
    return shape | _said(about)


def _plain_type(field: fields.Field) -> str:
    known = (
        (fields.Boolean, "bool"),
        (fields.Integer, "int"),
        (fields.Date, "date"),
        (fields.DateTime, "instant"),
        (fields.List, "list"),
        (fields.Dict, "map"),
        (fields.String, "text"),
    )
    return next((name for made, name in known if isinstance(field, made)), "any")


def _limits(about: Mapping[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    kind, limits = about.get("type"), {}
    if kind in ("text", "longtext") and "max_length" in about:
        limits["maxLength"] = about["max_length"]
    if kind == "int" and "min" in about:
        limits |= {"minimum": about["min"], "maximum": about["max"]}
    if kind == "enum":
        limits["enum"] = list(about["options"])
    if kind in ("set", "beneficiaries") and "max" in about:
        limits["maxItems"] = about["max"]
    if kind == "set":
        words = {"enum": list(about["options"])} if about.get("options") else {"maxLength": about["max_length"]}
        limits["items"] = shape["items"] | words
    return limits


def _said(about: Mapping[str, Any]) -> dict[str, Any]:
    """How the field merges, whether it is sealed, what it is about."""
    said = {f"x-{name}": about[name] for name in ("merge", "levels", "sealed", "needs", "to") if about.get(name)}
    return said | ({"description": about["about"]} if about.get("about") else {})
