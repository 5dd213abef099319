"""The records of this room, made known to the sync engine."""

from __future__ import annotations

from portal.needs import models, rules, schemas
from sync.kinds import KINDS, Kind, register_kind

NEEDS_KINDS = (
    Kind("questionnaire", models.Questionnaire, schemas.QuestionnaireSchema, home="org", read_only=True, order=4),
    Kind("assumption_set", models.AssumptionSet, schemas.AssumptionSetSchema, home="org", read_only=True, order=5),
    Kind("gap_model", models.GapModel, schemas.GapModelSchema, home="org", read_only=True, order=6),
    Kind("analysis", models.Analysis, schemas.AnalysisSchema, parent=("customer_id", "customer"), order=60,
         rules=rules.analysis_rules, derive=rules.checked),
)  # fmt: skip


def register() -> None:
    """Register every kind of this room; again is the same as once."""
    for kind in NEEDS_KINDS:
        if kind.name not in KINDS:
            register_kind(kind)
