"""What revoked phones of one's people handed in, and who has looked at the contact data in it, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.models import Agent
from portal.accounts.people import seen_by
from portal.errors import Problem
from portal.team.books import names_of
from portal.team.escrow_words import ID, About, ids_in, kind_of
from sync import escrow
from sync.columns import Sealed, UtcDateTime, new_id, utcnow
from sync.database import Base, db, write
from sync.escrow import Bundle, Item
from sync.keyring import open_sealed, seal
from sync.kinds import KINDS
from sync.rows import read_rows

#: Who decides on what was handed in: those who lead the agent.
DECIDERS = ("leader", "manager")
#: After this the reason is asked for again.
OPEN_FOR = timedelta(minutes=30)


class EscrowOpening(Base):
    """Somebody looked at the contact data of what a phone had handed in, for a reason. Only ever added to."""

    __tablename__ = "escrow_opening"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    device: Mapped[str] = mapped_column(sa.String(36), index=True)
    opened_by: Mapped[str] = mapped_column(sa.String(36))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[bytes] = mapped_column(Sealed)


def bundles_for(viewer: Agent) -> list[Bundle]:
    """What phones of the viewer's people handed in, the newest first."""
    return escrow.bundles_of(_people_of(viewer))


def bundle_or_404(viewer: Agent, device_id: str) -> Bundle:
    """What this phone handed in, if it is one of the viewer's people's; any other does not exist."""
    found = escrow.bundle_of(device_id, _people_of(viewer))
    if found is None:
        raise Problem(404, "not_found")
    return found


def _people_of(viewer: Agent) -> list[str]:
    return list(db.session.scalars(sa.select(Agent.id).where(seen_by(viewer))))


def people_named(ids: Iterable[str | None]) -> dict[str, str]:
    """The names of people of the office."""
    query = sa.select(Agent.id, Agent.name).where(Agent.id.in_({one for one in ids if one}))
    return {person.id: person.name for person in db.session.execute(query)}


# ── opening ──────────────────────────────────────────────────────────────────


def open_for(viewer: Agent, device_id: str, reason: str) -> None:
    """Write down why, before anything is shown."""
    line = EscrowOpening(id=new_id(), device=device_id, opened_by=viewer.id, opened_at=utcnow())
    line.reason = seal(reason, "escrow_opening", "reason", line.id)
    with write() as session:
        session.add(line)


def is_open(viewer: Agent, device_id: str) -> bool:
    """Whether the viewer gave a reason a while ago."""
    since = utcnow() - OPEN_FOR
    mine = (EscrowOpening.device == device_id) & (EscrowOpening.opened_by == viewer.id)
    return db.session.scalar(sa.select(sa.exists().where(mine, EscrowOpening.opened_at > since))) is True


def openings_of(device_id: str) -> list[tuple[EscrowOpening, str]]:
    """Who has looked, and why; the newest first."""
    query = sa.select(EscrowOpening).where(EscrowOpening.device == device_id)
    found = db.session.scalars(query.order_by(EscrowOpening.opened_at.desc(), EscrowOpening.id.desc()))
    return [(one, open_sealed(one.reason, "escrow_opening", "reason", one.id)) for one in found]


def items_to_show(device_id: str) -> list[Item]:
    """What a phone handed in, with a question mark for what no page can say: lone surrogates."""
    return [replace(item, edit=_sayable(item.edit)) for item in escrow.items_of(device_id)]


def _sayable(edit: Any) -> Any:
    return json.loads(json.dumps(edit, ensure_ascii=False).encode("utf-8", "replace"))


# ── what the edits are about ─────────────────────────────────────────────────


class Surroundings:
    """The names that the edits of a bundle refer to, read at once. Of books the viewer may not see nothing is said."""

    def __init__(self, viewer: Agent, items: list[Item]):
        edits = [item.edit for item in items if isinstance(item.edit, dict)]
        self.created = {_id_of(edit): edit for edit in edits if edit.get("op") == "create" and _id_of(edit)}
        books = [f"agent:{agent_id}" for agent_id in _people_of(viewer)]
        self.rows = {key: row for edit_kind in KINDS for key, row in _rows_of(edit_kind, edits, books)}
        customers = {one for edit in edits for one in self._customers_in(edit)}
        self.names = {one: _said(self.created[one], "name") for one in customers if one in self.created}
        self.names |= names_of(viewer, customers)

    def about(self, edit: Any) -> About:
        """What an edit belongs to, by name."""
        kind = kind_of(edit)
        if not isinstance(edit, dict):
            return About(kind, "", "")
        customer = next((self.names[one] for one in self._customers_in(edit) if self.names.get(one)), "")
        return About(kind, customer, "" if kind == "customer" else self._own_name(kind, edit))

    def _own_name(self, kind: str, edit: dict[str, Any]) -> str:
        row, made = self.rows.get((kind, _id_of(edit)), {}), self.created.get(_id_of(edit), {})
        for field in ("name", "product_name"):
            found = _said(edit, field) or row.get(field) or _said(made, field)
            if found:
                return str(found)[:100]
        return ""

    def _customers_in(self, edit: dict[str, Any]) -> list[str]:
        kind, row_id = kind_of(edit), _id_of(edit)
        if edit.get("op") == "draft":
            return ids_in(edit.get("path"))[:1]
        row, made = self.rows.get((kind, row_id), {}), self.created.get(row_id, {})
        found = [row_id if kind == "customer" else "", _said(edit, "customer_id"), _said(made, "customer_id")]
        found += [row.get("customer_id"), row.get("tree_id")]
        return [one for one in found if one and ID.fullmatch(one)]


def _rows_of(kind: str, edits: list[dict[str, Any]], books: list[str]) -> list[tuple[tuple[str, str], dict[str, Any]]]:
    ids = {_id_of(edit) for edit in edits if edit.get("kind") == kind} - {""}
    if not ids or kind == "device":
        return []
    return [((kind, row["id"]), row) for row in read_rows(db.session(), kind, ids, scopes=books)]


def _id_of(edit: dict[str, Any]) -> str:
    """The id of the record, or nothing where that is none."""
    row_id = edit.get("id")
    return row_id if isinstance(row_id, str) and ID.fullmatch(row_id) else ""


def _said(edit: dict[str, Any], field: str) -> Any:
    sets = edit.get("set")
    pair = sets.get(field) if isinstance(sets, dict) else None
    value = pair[1] if isinstance(pair, list) and len(pair) == 2 else None
    return value if isinstance(value, str) else None
