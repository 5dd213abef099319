"""The records of this room, made known to the sync engine."""

from __future__ import annotations

from portal.proposals import models, rules, schemas
from sync.kinds import KINDS, Kind, register_kind

PROPOSAL_KINDS = (
    Kind("proposal", models.Proposal, schemas.ProposalSchema, parent=("customer_id", "customer"), frozen=True, order=70,
         rules=rules.proposal_rules, keeps=rules.is_frozen),
)  # fmt: skip


def register() -> None:
    """Register every kind of this room; again is the same as once."""
    for kind in PROPOSAL_KINDS:
        if kind.name not in KINDS:
            register_kind(kind)
