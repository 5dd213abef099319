"""Who looked at a customer out of somebody's book, and why masked data was opened. Lines are only added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from portal.accounts.models import Agent
from portal.customers.models import Customer
from sync.columns import Sealed, UtcDateTime, new_id, utcnow
from sync.database import Base, db, write
from sync.keyring import open_sealed, seal

#: After this the reason is asked for again.
OPEN_FOR = timedelta(minutes=30)

Id = sa.String(36)


class CustomerReading(Base):
    """Somebody of the office saw a customer of another's book: the card, or for a reason what is masked on it."""

    __tablename__ = "customer_reading"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    customer: Mapped[str] = mapped_column(Id, index=True)
    #: Whose book it stood in then.
    owner_id: Mapped[str] = mapped_column(Id)
    read_by: Mapped[str] = mapped_column(Id, index=True)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: `card` masked, `whole` by somebody whose work it is, `opened` for a reason, `changed`.
    what: Mapped[str] = mapped_column(sa.String(8))
    #: People write names here.
    reason: Mapped[bytes | None] = mapped_column(Sealed)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log, with names."""

    reading: CustomerReading
    reader: str
    owner: str
    customer: str
    reason: str


def note(reader: Agent, customer_id: str, owner_id: str, what: str, reason: str = "") -> None:
    """Write down who sees what, before it is shown."""
    line = CustomerReading(id=new_id(), customer=customer_id, owner_id=owner_id, read_by=reader.id, read_at=utcnow())
    line.what = what
    line.reason = seal(reason, "customer_reading", "reason", line.id) if reason else None
    with write() as session:
        session.add(line)


def is_open(reader: Agent, customer_id: str) -> bool:
    """Whether the reader gave a reason a while ago."""
    table = CustomerReading
    mine = (table.customer == customer_id) & (table.read_by == reader.id) & (table.what == "opened")
    since = utcnow() - OPEN_FOR
    return db.session.scalar(sa.select(sa.exists().where(mine, table.read_at > since))) is True


def entries(before: str = "", most: int = 50, *, opened_only: bool = False) -> list[Entry]:
    """The newest lines. A customer who is gone has no name any more."""
    reader, owner = aliased(Agent), aliased(Agent)
    query = sa.select(CustomerReading, reader.name, owner.name, Customer.name)
    query = query.outerjoin(reader, reader.id == CustomerReading.read_by)
    query = query.outerjoin(owner, owner.id == CustomerReading.owner_id)
    query = query.outerjoin(Customer, Customer.id == CustomerReading.customer)
    if before:
        query = query.where(CustomerReading.id < before)
    if opened_only:
        query = query.where(CustomerReading.what == "opened")
    found = db.session.execute(query.order_by(CustomerReading.id.desc()).limit(most))
    return [Entry(line, by or "", whose or "", name or "", _reason(line)) for line, by, whose, name in found]


def _reason(line: CustomerReading) -> str:
    return str(open_sealed(line.reason, "customer_reading", "reason", line.id)) if line.reason else ""
