"""The records of this room, made known to the sync engine."""

from __future__ import annotations

from portal.products import models, schemas
from sync.kinds import KINDS, Kind, register_kind

PRODUCT_KINDS = (
    Kind("product", models.Product, schemas.ProductSchema, home="org", read_only=True, order=7),
    Kind("ruleset", models.Ruleset, schemas.RulesetSchema, home="org", read_only=True, order=8),
)


def register() -> None:
    """Register every kind of this room; again is the same as once."""
    for kind in PRODUCT_KINDS:
        if kind.name not in KINDS:
            register_kind(kind)
