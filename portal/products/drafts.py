"""A product out of somebody's files: kept until it is published or thrown away; afterwards, who published what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Agent
from portal.products import blobs, catalogue, models
from portal.products.sheet_reading import Fault, Read, read_product
from portal.products.sheet_rules import faults_of
from portal.products.sheets import sheets_of
from portal.spreadsheets import Book
from portal.translations import msgid
from sync.canonical import canonical
from sync.columns import new_id, utcnow
from sync.database import glance, table_of, write

ANOTHER = msgid("These files are for another product than %(code)s.")
IMPORTS = table_of(models.ProductImport)
AGENTS = table_of(Agent)
#: What nobody published is forgotten.
KEPT = timedelta(days=30)
BEGUN = timedelta(minutes=1)


def read(files: Iterable[Book], begin: Mapping[str, Any] | None = None) -> Read:
    """The product in these files, with every fault. `begin`: the version it begins from."""
    base = None
    if begin is not None:
        tables = {name: blobs.parsed(name) for name in blobs.named_in(begin["body"])}
        base = sheets_of(begin["code"], begin["body"], tables)
    found = read_product(files, base)
    if not found.faults:
        found.faults += faults_of(found, {each["code"] for each in catalogue.all_of()})
    if begin is not None and not found.faults and found.code != begin["code"]:
        found.faults.append(Fault(*found.places["code"], "code", ANOTHER, {"code": begin["code"]}))
    return found


def keep(found: Read, file_name: str, agent_id: str) -> str:
    """Keep a product that has no faults, to be looked at; the id of the import."""
    texts = {name: blobs.text_of(table) for name, table in found.tables.items()}
    named = {name: blobs.name_of(text) for name, text in texts.items()}
    body = {**found.body, "values": named.get("values")}
    if "rates" in named:
        body["price"] = {**body["price"], "rates": named["rates"]}
    body["material"] = blobs.name_of(canonical(body).decode())
    import_id = new_id()
    line = {
        "id": import_id,
        "code": found.code,
        "file_name": file_name[:200],
        "body": body,
        "blobs": {named[name]: text for name, text in texts.items()},
        "made_by": agent_id,
        "made_at": utcnow(),
    }
    with write() as session:
        session.execute(sa.delete(IMPORTS).where(IMPORTS.c.product_id.is_(None), IMPORTS.c.made_at < utcnow() - KEPT))
        session.execute(sa.insert(IMPORTS).values(line))
    return import_id


def by_id(import_id: str) -> dict[str, Any] | None:
    """An import that was not published yet."""
    with glance() as connection:
        query = sa.select(IMPORTS).where(IMPORTS.c.id == import_id, IMPORTS.c.product_id.is_(None))
        found = connection.execute(query).mappings().first()
        return dict(found) if found else None


def waiting() -> list[dict[str, Any]]:
    """Imports that wait to be published, the newest first."""
    columns = (IMPORTS.c.id, IMPORTS.c.code, IMPORTS.c.file_name, IMPORTS.c.made_at, IMPORTS.c.body)
    with glance() as connection:
        query = sa.select(*columns).where(IMPORTS.c.product_id.is_(None)).order_by(IMPORTS.c.made_at.desc())
        return [dict(each) for each in connection.execute(query).mappings()]


def publish(made: Mapping[str, Any], starts: date, agent_id: str) -> str:
    """Make an import the next version of its product; its id. Two at once publish it once. Raises CannotPublish."""
    mine, now = IMPORTS.c.id == made["id"], utcnow()
    # Whoever began and died is not waited for: what was published then refuses the same day a second time.
    free = sa.or_(IMPORTS.c.published_at.is_(None), IMPORTS.c.published_at < now - BEGUN)
    with write() as session:
        wanted = sa.update(IMPORTS).where(mine, IMPORTS.c.product_id.is_(None), free)
        taken = session.execute(wanted.values(published_at=now))
        if not taken.rowcount:  # type: ignore[attr-defined]
            raise catalogue.CannotPublish("published")
    try:
        record = catalogue.publish("product", made["code"], made["body"], made["blobs"].values(), starts, agent_id)
    except BaseException:
        with write() as session:
            session.execute(sa.update(IMPORTS).where(mine).values(published_at=None))
        raise
    said = {"product_id": record["id"], "published_by": agent_id, "published_at": utcnow()}
    with write() as session:
        session.execute(sa.update(IMPORTS).where(mine).values(**said))
    return record["id"]


def forget(import_id: str) -> None:
    """Throw an import away that was not published."""
    with write() as session:
        session.execute(sa.delete(IMPORTS).where(IMPORTS.c.id == import_id, IMPORTS.c.product_id.is_(None)))


def publication_of(product_id: str) -> dict[str, Any] | None:
    """Who published a version, when, out of which file; None for one of the repository's."""
    query = (
        sa.select(AGENTS.c.name, IMPORTS.c.published_at, IMPORTS.c.file_name)
        .join(AGENTS, AGENTS.c.id == IMPORTS.c.published_by)
        .where(IMPORTS.c.product_id == product_id)
    )
    with glance() as connection:
        found = connection.execute(query).mappings().first()
        return dict(found) if found else None
