"""The records of this room, made known to the sync engine."""

from __future__ import annotations

from portal.customers import models, rules, schemas
from sync.kinds import KINDS, Kind, register_kind

#: In the order of the first download: customers first, then what belongs to them.
CUSTOMER_KINDS = (
    Kind("customer", models.Customer, schemas.CustomerSchema, order=10, rules=rules.RULES["customer"]),
    Kind("relative", models.Relative, schemas.RelativeSchema, parent=("customer_id", "customer"), order=20,
         rules=rules.RULES["relative"]),
    Kind("policy", models.Policy, schemas.PolicySchema, parent=("customer_id", "customer"), order=30,
         rules=rules.RULES["policy"]),
    Kind("visit", models.Visit, schemas.VisitSchema, parent=("customer_id", "customer"), order=40,
         never_refuse_create=True, rules=rules.RULES["visit"]),
    Kind("consent", models.Consent, schemas.ConsentSchema, parent=("customer_id", "customer"), order=50,
         append_only=True, rules=rules.RULES["consent"]),
)  # fmt: skip


def register() -> None:
    """Register every kind of this room; again is the same as once."""
    for kind in CUSTOMER_KINDS:
        if kind.name not in KINDS:
            register_kind(kind)
