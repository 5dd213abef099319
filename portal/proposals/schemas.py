"""The record of the proposals room: a draft that merges, and the text it was frozen to."""

from __future__ import annotations

from marshmallow import fields

from portal.customers import fields as f
from sync.kinds import RecordSchema

#: The canonical text of one plan with all its years; a large family has 30 KB. An edit may hold 256 KB.
MOST_FROZEN = 200_000


class ProposalSchema(RecordSchema):
    """Plans for a family while they are worked on, and what was handed over: frozen byte for byte, never changed."""

    customer_id = f.ref("customer", required=True, merge="fixed")
    analysis_id = f.ref("analysis")
    made_on = f.day(required=True, merge="fixed")
    draft = fields.Dict(
        allow_none=True,
        metadata={
            "type": "map",
            "merge": "map",
            "sealed": True,
            "about": "mode, start, people, plans, answers to checks",
        },
    )
    frozen = f.long_text(MOST_FROZEN, sealed=True, merge="once", about="canonical JSON; from then on nothing changes")
    sha256 = f.text(64, merge="once", about="of the UTF-8 bytes of `frozen`")
    frozen_at = f.instant(merge="once")
    checks = fields.Raw(
        allow_none=True,
        metadata={"type": "any", "merge": "once", "sealed": True, "about": "as answered when it was frozen"},
    )
    supersedes = f.ref("proposal", merge="fixed", about="the revision before")
