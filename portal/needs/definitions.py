"""Questionnaires, assumption sets and gap models: published in the catalogue, never changed, read by version.

The repository carries the first versions (`definitions/*.json`); `publish_ours` puts those into the catalogue that are
not there yet. Administrators publish newer ones; an analysis keeps the versions it was made with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from portal.needs import models
from sync.apply import apply_edits
from sync.columns import new_id
from sync.database import glance, table_of
from sync.devices import server_author

#: The writer that is no person.
NOBODY = "00000000-0000-7000-8000-000000000000"
FOLDER = Path(__file__).with_name("definitions")
#: Which kind of definition a field of an analysis names.
KIND_OF = {"questionnaire": "questionnaire", "assumptions": "assumption_set", "model": "gap_model"}
TABLES = {
    "questionnaire": table_of(models.Questionnaire),
    "assumption_set": table_of(models.AssumptionSet),
    "gap_model": table_of(models.GapModel),
}


def body(field: str, versioned: str) -> dict[str, Any] | None:
    """The body of the definition a field of an analysis names, None when there is none. Published bodies never change."""
    code, _, version = versioned.rpartition("@")
    if not code or not version.isdigit() or len(version) > 6:
        return None
    return _read(KIND_OF[field], code, int(version))


def _read(kind: str, code: str, version: int) -> dict[str, Any] | None:
    table = TABLES[kind]
    with glance() as connection:
        query = sa.select(table.c.body).where(table.c.code == code, table.c.version == version)
        return connection.scalar(query.order_by(table.c.id).limit(1))


@lru_cache(maxsize=1)
def ours() -> tuple[tuple[str, dict[str, Any]], ...]:
    """(kind, definition) of every file of the repository."""
    kinds = {"questionnaire": "questionnaire", "assumptions": "assumption_set", "gap": "gap_model"}
    files = sorted(FOLDER.glob("*.json"))
    return tuple((kinds[path.name.partition("-")[0]], json.loads(path.read_text())) for path in files)


def publish_ours() -> list[str]:
    """Put the repository's definitions into the catalogue where they are missing; gives `kind code@version` of each."""
    missing = list(_missing())
    if missing:
        author = server_author("definitions", NOBODY, home="org")
        edits = [
            {
                "op": "create",
                "kind": kind,
                "id": new_id(),
                "set": {name: [None, value] for name, value in each.items() if value is not None},
            }
            for kind, each in missing
        ]
        apply_edits(edits, author)
    return [f"{kind} {each['code']}@{each['version']}" for kind, each in missing]


def _missing() -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, each in ours():
        if _read(kind, each["code"], each["version"]) is None:
            yield kind, each
