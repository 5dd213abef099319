"""The table of the proposals room."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from sync.columns import Sealed, UtcDateTime
from sync.database import Base
from sync.kinds import SyncedRecord

Id = sa.String(36)


class Proposal(SyncedRecord, Base):
    __tablename__ = "proposal"

    customer_id: Mapped[str] = mapped_column(Id, index=True)
    analysis_id: Mapped[str | None] = mapped_column(Id)
    made_on: Mapped[date] = mapped_column(sa.Date)
    draft: Mapped[bytes | None] = mapped_column(Sealed)
    frozen: Mapped[bytes | None] = mapped_column(Sealed)
    sha256: Mapped[str | None] = mapped_column(sa.String(64))
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checks: Mapped[bytes | None] = mapped_column(Sealed)
    supersedes: Mapped[str | None] = mapped_column(Id)


class ProposalReading(Base):
    """Somebody looked at a proposal out of another agent's book. Only ever added to."""

    __tablename__ = "proposal_reading"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    proposal: Mapped[str] = mapped_column(Id, index=True)
    read_by: Mapped[str] = mapped_column(Id, index=True)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
