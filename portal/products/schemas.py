"""The records of the products room: what is sold, and the numbers that what is sold is checked with."""

from __future__ import annotations

from portal.published import DefinitionSchema


class ProductSchema(DefinitionSchema):
    """One version of a product: sold from `from_date` to `to_date`, both included. Docs: products.md."""


class RulesetSchema(DefinitionSchema):
    """Every threshold that plans are checked with, as data with dates."""
