"""Customers who went to another agent: each move that happened, and the long jobs of leaders. No names are kept."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from sync.columns import UtcDateTime
from sync.database import Base

Id = sa.String(36)


class Reassignment(Base):
    """A customer's tree went from one agent's book to another's. Written in the transaction that moved it."""

    __tablename__ = "reassignment"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    tree_id: Mapped[str] = mapped_column(Id, index=True)
    from_id: Mapped[str] = mapped_column(sa.ForeignKey("agent.id"), index=True)
    to_id: Mapped[str] = mapped_column(sa.ForeignKey("agent.id"), index=True)
    by_id: Mapped[str] = mapped_column(sa.ForeignKey("agent.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The job it was part of; a program asks for one at a time.
    hand_over_id: Mapped[str | None] = mapped_column(sa.ForeignKey("hand_over.id"), index=True)


class HandOver(Base):
    """Customers of one agent on their way to another. The state is worked out from the dates."""

    __tablename__ = "hand_over"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    from_id: Mapped[str] = mapped_column(sa.ForeignKey("agent.id"), index=True)
    to_id: Mapped[str] = mapped_column(sa.ForeignKey("agent.id"), index=True)
    by_id: Mapped[str] = mapped_column(sa.ForeignKey("agent.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The job that this one takes back; at most one does.
    undoes_id: Mapped[str | None] = mapped_column(sa.ForeignKey("hand_over.id"), unique=True)


class HandOverItem(Base):
    """One customer of a job, and what became of it."""

    __tablename__ = "hand_over_item"

    hand_over_id: Mapped[str] = mapped_column(sa.ForeignKey("hand_over.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    tree_id: Mapped[str] = mapped_column(Id)
    #: One of `hand_overs.OUTCOMES`; nothing yet while it waits.
    outcome: Mapped[str | None] = mapped_column(sa.String(16))
