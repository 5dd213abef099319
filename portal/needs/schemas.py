"""The records of the needs room: an analysis in an agent's book, and the definitions it was made with."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from portal.customers import fields as f
from portal.published import DefinitionSchema
from sync.kinds import RecordSchema

MOST_VERSIONED = 64


def versioned(**more: Any) -> fields.Field:
    """`code@version` of a definition."""
    return f.text(MOST_VERSIONED, required=True, merge="fixed", **more)


def _is_map(value: object) -> None:
    if not isinstance(value, dict):
        raise ValidationError("This does not look right.")


class AnalysisSchema(RecordSchema):
    """A family's answers, with the result as the phone computed it and as the server did; versions never change."""

    customer_id = f.ref("customer", required=True, merge="fixed")
    path = f.code("quick", "full")
    questionnaire = versioned(about="id@version")
    assumptions = versioned(about="id@version")
    model = versioned(about="id@version")
    made_on = f.day(required=True, merge="fixed", about="the day ages are counted on")
    answers = fields.Dict(
        allow_none=True,
        metadata={
            "type": "map",
            "merge": "map",
            "sealed": True,
            "about": "by question; a finished section is one edit",
        },
    )
    moved = fields.Dict(
        allow_none=True, metadata={"type": "map", "merge": "map", "about": "assumptions the customer has moved"}
    )
    result = fields.Raw(
        allow_none=True, validate=_is_map, metadata={"type": "any", "sealed": True, "about": "as the phone computed it"}
    )
    result_server = fields.Raw(
        allow_none=True, metadata={"type": "any", "sealed": True, "about": "as the server computed it on arrival"}
    )
    checked_at = f.instant(about="when the server computed")
    agrees = f.yes_no(about="whether both results are the same")
    completed_at = f.instant()
    shared_at = f.instant(about="from then on nothing changes; changes make a new analysis with `follows`")
    follows = f.ref("analysis", merge="fixed")


class QuestionnaireSchema(DefinitionSchema):
    """Questions by section, with types, branching, limits and texts in both languages."""


class AssumptionSetSchema(DefinitionSchema):
    """The numbers an analysis assumes, those that can be moved with their limits."""


class GapModelSchema(DefinitionSchema):
    """What each line of cover needs and has: CEL over the kernel."""
