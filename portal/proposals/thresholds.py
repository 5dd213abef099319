"""The thresholds that plans are checked with: published in the catalogue, read by version."""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from portal.products import catalogue

FOLDER = Path(__file__).with_name("rulesets")
CODE = "checks"


@lru_cache(maxsize=1)
def ours() -> tuple[dict[str, Any], ...]:
    """The records that the repository carries."""
    return tuple(json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json")))


def publish_ours() -> list[str]:
    """Put them into the catalogue where they are missing; gives `code@version` of each."""
    return catalogue.publish_records("ruleset", ours())


def in_force(day: date) -> dict[str, Any] | None:
    """The ruleset of a day."""
    return catalogue.on_sale("ruleset", CODE, day)


def by_name(name: str) -> dict[str, Any] | None:
    """The ruleset called `code@version`."""
    return catalogue.by_name(name, "ruleset")
