"""The catalogue: products and rulesets as published, read by version, published, ended, withdrawn.

A version never changes but for its last day. Of one code only one version is on sale on any day: a new one ends those
before it on the day before its first. The repository carries a first catalogue; `publish_ours` adds what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from portal.products import blobs, catalogue_files, models
from sync.apply import apply_edits
from sync.columns import new_id
from sync.database import glance, table_of
from sync.devices import server_author

#: The writer that is no person.
NOBODY = "00000000-0000-7000-8000-000000000000"
TABLES = {"product": table_of(models.Product), "ruleset": table_of(models.Ruleset)}
#: Tries for a number that somebody else takes at the same moment.
TRIES = 5
DAY = timedelta(days=1)

Record = dict[str, Any]


class CannotPublish(ValueError):
    """The catalogue stays as it is; the argument is the code of the reason."""


def named(record: Mapping[str, Any]) -> str:
    """`code@version`."""
    return f"{record['code']}@{record['version']}"


def all_of(kind: str = "product", code: str | None = None) -> list[Record]:
    """Every version of a kind (of one code), by code, the newest first."""
    table = TABLES[kind]
    columns = ("id", "ver", "code", "version", "from_date", "to_date", "body", "created_at")
    query = sa.select(*(table.c[name] for name in columns)).order_by(table.c.code, table.c.version.desc())
    if code is not None:
        query = query.where(table.c.code == code)
    with glance() as connection:
        return [dict(each) for each in connection.execute(query).mappings()]


def by_id(record_id: str, kind: str = "product") -> Record | None:
    """The version with this id."""
    table = TABLES[kind]
    with glance() as connection:
        code = connection.scalar(sa.select(table.c.code).where(table.c.id == record_id))
    return next((each for each in all_of(kind, code) if each["id"] == record_id), None) if code else None


def by_name(name: str, kind: str = "product") -> Record | None:
    """The version called `code@version`."""
    code, _, version = name.rpartition("@")
    return next((each for each in all_of(kind, code) if str(each["version"]) == version), None) if code else None


def is_on_sale(record: Mapping[str, Any], day: date) -> bool:
    """Whether a version is sold on a day."""
    return record["from_date"] <= day and (record["to_date"] is None or day <= record["to_date"])


def on_sale(kind: str, code: str, day: date) -> Record | None:
    """The version that is sold on a day: the newest of those that are."""
    return next((each for each in all_of(kind, code) if is_on_sale(each, day)), None)


def shelf(names: Iterable[str] | None = None) -> dict[str, Any]:
    """What the pure functions take: {"products": {"code@version": record}, "blobs": {sha256: table}}, dates as texts.

    names: only these versions; what nobody published is left out. Raises NoBlob.
    """
    wanted = None if names is None else set(names)
    codes = [None] if wanted is None else sorted({name.rpartition("@")[0] for name in wanted})
    records = [record for code in codes for record in all_of("product", code)]
    chosen = {named(each): _plain(each) for each in records if wanted is None or named(each) in wanted}
    tables = {name for each in chosen.values() for name in blobs.named_in(each["body"])}
    return {"products": chosen, "blobs": {name: blobs.parsed(name) for name in tables}}


def _plain(record: Record) -> Record:
    days = {name: record[name] and record[name].isoformat() for name in ("from_date", "to_date")}
    return {"code": record["code"], "version": record["version"], **days, "body": record["body"]}


# Publishing


def publish(kind: str, code: str, body: Mapping[str, Any], texts: Iterable[str], starts: date, agent_id: str) -> Record:
    """The next version, sold from `starts`; those before it end the day before. Raises CannotPublish.

    Whoever publishes the same code at the same moment gets the number after it.
    """
    blobs.keep(texts)
    for _ in range(TRIES):
        before = all_of(kind, code)
        if before and starts <= before[0]["from_date"]:
            raise CannotPublish("starts_too_early")
        line = {"code": code, "version": before[0]["version"] + 1 if before else 1, "from_date": starts, "body": body}
        made = _creation(kind, line)
        [verdict] = _apply([made], agent_id)
        if verdict["verdict"] != "rejected":
            _end_older(kind, code, agent_id)
            return {**line, "id": made["id"]}
        if all_of(kind, code)[:1] == before[:1]:
            break
    raise CannotPublish("refused")


def withdraw(kind: str, record: Record, last: date, agent_id: str) -> None:
    """Nothing is made with this version after `last`, its last day."""
    _apply([_ending(kind, record, last)], agent_id)


def publish_ours() -> list[str]:
    """Put the repository's products into the catalogue where they are missing; gives `code@version` of each."""
    records, texts = catalogue_files.ours()
    missing = _missing("product", records)
    blobs.keep(texts[name] for each in missing for name in blobs.named_in(each["body"]))
    made = publish_records("product", missing)
    for code in sorted({each["code"] for each in missing}):
        _end_older("product", code, NOBODY)
    return made


def publish_records(kind: str, records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Records of the repository, with their own versions and days, where they are missing."""
    missing = _missing(kind, records)
    if missing:
        verdicts = _apply([_creation(kind, each) for each in missing], NOBODY)
        refused = [verdict["error"] for verdict in verdicts if verdict["verdict"] == "rejected"]
        # Another process that was started with this one may have been quicker.
        if refused and _missing(kind, records):
            raise ValueError(refused[0])
    return [named(each) for each in missing]


def _missing(kind: str, records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    table = TABLES[kind]
    with glance() as connection:
        have = {(code, version) for code, version in connection.execute(sa.select(table.c.code, table.c.version))}
    return [each for each in records if (each["code"], each["version"]) not in have]


def _creation(kind: str, record: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: record.get(name) for name in ("code", "version", "from_date", "to_date", "body")}
    days = {name: str(fields[name]) for name in ("from_date", "to_date") if fields[name] is not None}
    sets = {name: [None, value] for name, value in {**fields, **days}.items() if value is not None}
    return {"op": "create", "kind": kind, "id": new_id(), "set": sets}


def _ending(kind: str, record: Record, last: date) -> dict[str, Any]:
    before = record["to_date"] and record["to_date"].isoformat()
    sets = {"to_date": [before, last.isoformat()]}
    return {"op": "update", "kind": kind, "id": record["id"], "base": record["ver"], "set": sets}


def _end_older(kind: str, code: str, agent_id: str) -> None:
    """End every version before the next one begins. Of two who publish at once both do it, with the same result."""
    newest_first = all_of(kind, code)
    edits = []
    for following, one in pairwise(newest_first):
        last = following["from_date"] - DAY
        if one["to_date"] is None or one["to_date"] > last:
            edits.append(_ending(kind, one, last))
    if edits:
        _apply(edits, agent_id)


def _apply(edits: list[dict[str, Any]], agent_id: str) -> list[dict[str, Any]]:
    author = server_author(f"catalogue:{agent_id}", agent_id, home="org")
    return apply_edits(edits, author)
