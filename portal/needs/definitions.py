"""Questionnaires, assumption sets and gap models: published in the catalogue, never changed, read by version.

The repository carries the first versions (`definitions/*.json`); `publish_ours` puts those into the catalogue that are
not there yet. Administrators publish newer ones; an analysis keeps the versions it was made with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
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
KINDS = ("questionnaire", "assumption_set", "gap_model")
KIND_OF = {"questionnaire": "questionnaire", "assumptions": "assumption_set", "model": "gap_model"}
ANALYSES = table_of(models.Analysis)
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


def all_of(kind: str) -> list[dict[str, Any]]:
    """Every published version of a kind, the newest first."""
    table = TABLES[kind]
    query = sa.select(
        table.c.id, table.c.code, table.c.version, table.c.from_date, table.c.to_date, table.c.body, table.c.ver
    )
    with glance() as connection:
        found = connection.execute(query.order_by(table.c.code, table.c.version.desc())).mappings()
        return [dict(each) for each in found]


def by_id(record_id: str) -> tuple[str, dict[str, Any]] | None:
    """The kind and the definition with an id."""
    for kind in KINDS:
        for each in all_of(kind):
            if each["id"] == record_id:
                return kind, each
    return None


def beside(kind: str) -> dict[str, Any]:
    """The newest bodies of all kinds: what a definition of `kind` is tried together with."""
    newest: dict[str, Any] = {}
    for name in KINDS:
        every = all_of(name)
        if every:
            newest[name] = every[0]["body"]
    return newest


def publish(kind: str, code: str, body: dict[str, Any], starts: date, agent_id: str) -> str:
    """The next version of a definition; gives its id. Whoever publishes at the same time gets the number after it."""
    version = max((each["version"] for each in all_of(kind) if each["code"] == code), default=0) + 1
    made = new_id()
    fields = {"code": code, "version": version, "from_date": starts.isoformat(), "body": body}
    edit = {"op": "create", "kind": kind, "id": made, "set": {name: [None, value] for name, value in fields.items()}}
    _apply(edit, agent_id)
    return made


def withdraw(kind: str, record_id: str, last: date, agent_id: str) -> None:
    """Nothing new is made with this version after `last`."""
    found = next(each for each in all_of(kind) if each["id"] == record_id)
    before = found["to_date"].isoformat() if found["to_date"] else None
    sets = {"to_date": [before, last.isoformat()]}
    _apply({"op": "update", "kind": kind, "id": record_id, "base": found["ver"], "set": sets}, agent_id)


def _apply(edit: dict[str, Any], agent_id: str) -> None:
    author = server_author(f"definitions:{agent_id}", agent_id, home="org")
    [verdict] = apply_edits([edit], author)
    if verdict["verdict"] == "rejected":
        raise ValueError(verdict["error"])


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
