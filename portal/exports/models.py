"""The list of what was exported: who, when, whose customers, how many, in what form. It is only added to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from sync.columns import Json, Sealed, UtcDateTime
from sync.database import Base

Id = sa.String(36)


class Export(Base):
    """One file that was handed out. Nothing of what stood in it is kept but its sum."""

    __tablename__ = "export"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    by_id: Mapped[str] = mapped_column(sa.ForeignKey("agent.id"), index=True)
    #: Whose book; null for all books that the person may see.
    owner_id: Mapped[str | None] = mapped_column(sa.ForeignKey("agent.id"))
    unit_id: Mapped[str] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    form: Mapped[str] = mapped_column(sa.String(8))  # xlsx, csv, vcf
    #: Whether contact fields were masked, and whether health and income were in it.
    masked: Mapped[bool] = mapped_column(sa.Boolean)
    sensitive: Mapped[bool] = mapped_column(sa.Boolean)
    #: {"customer": n, "relative": n, "policy": n}.
    counts: Mapped[Any] = mapped_column(Json)
    size: Mapped[int] = mapped_column(sa.Integer)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    #: Why, for the books of others. People write names here.
    reason: Mapped[bytes | None] = mapped_column(Sealed)
