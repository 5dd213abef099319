"""Whose customers somebody may take along, in what detail, and the file made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.accounts.models import ROLES_WITH_BOOK, Agent
from portal.accounts.people import seen_by
from portal.customers.models import Customer
from portal.dates import SHANGHAI
from portal.errors import Problem
from portal.exports.models import Export
from portal.exports.tables import Sight, Tree, flat, in_order, workbook
from portal.spreadsheet_writing import XLSX, csv_bytes, xlsx_bytes
from portal.translations import msgid
from portal.vcard_writing import Contact, cards_bytes
from sync.columns import new_id, utcnow
from sync.database import db, write
from sync.keyring import open_sealed, seal
from sync.rows import read_rows

FORMS = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8", "vcf": "text/vcard; charset=utf-8"}
#: Whose names they may know, and books they may read in the whole, by role.
READERS = ("leader", "manager", "office", "compliance")
#: They see contacts one at a time, with a reason (docs/team.md); never a list of them.
MASKED = frozenset({"leader", "manager"})
EVERYBODY = "all"
OWN = "own"
APPLE_RELATIONS = {
    "spouse": "Spouse", "child": "Child", "parent": "Parent", "sibling": "Sibling", "grandparent": "Grandparent",
    "grandchild": "Grandchild", "parent_in_law": "ParentInLaw", "other": "Relative",
}  # fmt: skip
#: More at once would keep a server busy for minutes; the same that an import takes.
MOST_CUSTOMERS = 20_000
TOO_MANY = msgid("These are too many customers for one file. Choose one agent after the other.")
REASON_MISSING = msgid("Say in a few words what the list is for.")
CARDS_MASKED = msgid("Contacts of others are masked; an address book without numbers is of no use.")


@dataclass(frozen=True)
class Wanted:
    """What is to be exported, checked: whose books, in which form, how much of them, and why."""

    owners: tuple[str, ...]
    owner_id: str | None
    form: str
    sight: Sight
    reason: str


@dataclass(frozen=True)
class File:
    """A file to hand out."""

    name: str
    mimetype: str
    data: bytes
    counts: dict[str, int]


def owners_for(viewer: Agent) -> list[Agent]:
    """The people besides the viewer whose books may be exported by the viewer, by name."""
    if viewer.role not in READERS:
        return []
    query = sa.select(Agent).where(seen_by(viewer), Agent.role.in_(ROLES_WITH_BOOK), Agent.id != viewer.id)
    return list(db.session.scalars(query.order_by(Agent.name, Agent.id)))


def wanted(viewer: Agent, whose: str, form: str, reason: str, *, sensitive: bool) -> Wanted:
    """Check what somebody asks for. Raises Problem 404 for a stranger's book, 422 for what is missing."""
    if form not in FORMS:
        raise Problem(404, "not_found")
    if whose == OWN and viewer.role in ROLES_WITH_BOOK:
        return Wanted((viewer.id,), viewer.id, form, Sight(sensitive=sensitive), "")
    others = {agent.id for agent in owners_for(viewer)}
    if whose != EVERYBODY and whose not in others:
        raise Problem(404, "not_found")
    if whose == EVERYBODY and not others:
        raise Problem(404, "not_found")
    is_masked = viewer.role in MASKED
    if is_masked and form == "vcf":
        raise Problem(422, "malformed", CARDS_MASKED)
    if len(reason.strip()) < 4:
        raise Problem(422, "malformed", REASON_MISSING)
    owners = tuple(sorted(others)) if whose == EVERYBODY else (whose,)
    return Wanted(owners, None if whose == EVERYBODY else whose, form, Sight(masked=is_masked), reason.strip()[:500])


def make(viewer: Agent, asked: Wanted) -> File:
    """Make the file and write down that it was made, before anybody has it. Raises Problem 422 for too many."""
    _check_size(asked.owners)
    trees = in_order(tree for owner in asked.owners for tree in _trees(owner))
    data = _bytes(trees, asked)
    counts = {
        "customer": len(trees),
        "relative": sum(len(tree.relative) for tree in trees) if asked.form != "vcf" else 0,
        "policy": sum(len(tree.policy) for tree in trees) if asked.form != "vcf" else 0,
    }
    _note(viewer, asked, data, counts)
    day = utcnow().astimezone(SHANGHAI).strftime("%Y%m%d")
    return File(f"doorstep-{day}.{asked.form}", FORMS[asked.form], data, counts)


def _check_size(owners: tuple[str, ...]) -> None:
    scopes = [f"agent:{owner}" for owner in owners]
    customers = db.session.scalar(sa.select(sa.func.count()).where(Customer.scope.in_(scopes))) or 0
    if customers > MOST_CUSTOMERS:
        raise Problem(422, "too_many", TOO_MANY)


def _trees(owner: str) -> Iterator[Tree]:
    """All customers of a book with family and policies: one query a kind."""
    scope = [f"agent:{owner}"]
    trees = {row["id"]: Tree(row) for row in read_rows(db.session(), "customer", scopes=scope)}
    for kind in ("relative", "policy"):
        for row in read_rows(db.session(), kind, scopes=scope):
            if tree := trees.get(row["customer_id"]):
                getattr(tree, kind).append(row)
    yield from trees.values()


def _bytes(trees: list[Tree], asked: Wanted) -> bytes:
    if asked.form == "xlsx":
        return xlsx_bytes(workbook(trees, asked.sight))
    if asked.form == "csv":
        return csv_bytes(flat(trees, asked.sight))
    return cards_bytes(contact_of(tree) for tree in trees)


def contact_of(tree: Tree) -> Contact:
    """A customer as an address book has them: how to reach them, and who belongs to them; no note, no documents."""
    row = tree.customer
    numbers = (("CELL", "mobile"), ("HOME", "phone_home"), ("WORK", "phone_work"), ("WORK,FAX", "fax_work"))
    places = (("HOME", "home_address"), ("WORK", "work_address"))
    return Contact(
        row["id"], row["name"],
        phones=[(types, row[name]) for types, name in numbers if row.get(name)],
        email=row.get("email") or "",
        addresses=[(kind, row[name]) for kind, name in places if row.get(name)],
        birth_date=row.get("birth_date") or "",
        employer=row.get("employer") or "",
        department=row.get("department") or "",
        position=row.get("position") or "",
        wechat=row.get("wechat_id") or "",
        family=[(APPLE_RELATIONS[each["relation"]], each["name"]) for each in tree.relative],
    )  # fmt: skip


# ── the list of exports ──────────────────────────────────────────────────────


def _note(viewer: Agent, asked: Wanted, data: bytes, counts: dict[str, int]) -> None:
    export_id = new_id()
    line = Export(
        id=export_id, at=utcnow(), by_id=viewer.id, owner_id=asked.owner_id, unit_id=viewer.unit_id, form=asked.form,
        masked=asked.sight.masked, sensitive=asked.sight.sensitive, counts=counts, size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        reason=seal(asked.reason, "export", "reason", export_id) if asked.reason else None,
    )  # fmt: skip
    with write() as session:
        session.add(line)


@dataclass(frozen=True)
class Entry:
    """A line of the list with the names of who exported and whose book it was."""

    export: Export
    by_name: str
    owner_name: str | None
    reason: str


def entries(by_id: str | None = None, before: str = "", most: int = 50) -> list[Entry]:
    """The newest exports of somebody, or of everybody."""
    by, owner = aliased(Agent), aliased(Agent)
    query = sa.select(Export, by.name, owner.name).join(by, by.id == Export.by_id)
    query = query.outerjoin(owner, owner.id == Export.owner_id)
    if by_id:
        query = query.where(Export.by_id == by_id)
    if before:
        query = query.where(Export.id < before)
    found = db.session.execute(query.order_by(Export.id.desc()).limit(most))
    return [Entry(export, name, whose, _reason(export)) for export, name, whose in found]


def _reason(export: Export) -> str:
    return open_sealed(export.reason, "export", "reason", export.id) if export.reason else ""
