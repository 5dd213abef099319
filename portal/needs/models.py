"""The tables of the needs room: analyses in an agent's book, definitions in the catalogue."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.published import Definition
from sync.columns import Json, Sealed, UtcDateTime
from sync.database import Base
from sync.kinds import SyncedRecord

Versioned = sa.String(64)
Id = sa.String(36)


class Analysis(SyncedRecord, Base):
    __tablename__ = "analysis"

    customer_id: Mapped[str] = mapped_column(Id, index=True)
    path: Mapped[str | None] = mapped_column(sa.String(8))
    questionnaire: Mapped[str] = mapped_column(Versioned)
    assumptions: Mapped[str] = mapped_column(Versioned)
    model: Mapped[str] = mapped_column(Versioned)
    made_on: Mapped[date] = mapped_column(sa.Date)
    answers: Mapped[bytes | None] = mapped_column(Sealed)
    moved: Mapped[Any | None] = mapped_column(Json)
    result: Mapped[bytes | None] = mapped_column(Sealed)
    result_server: Mapped[bytes | None] = mapped_column(Sealed)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    agrees: Mapped[bool | None] = mapped_column(sa.Boolean)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    shared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    follows: Mapped[str | None] = mapped_column(Id)


class Questionnaire(Definition, SyncedRecord, Base):
    __tablename__ = "questionnaire"


class AssumptionSet(Definition, SyncedRecord, Base):
    __tablename__ = "assumption_set"


class GapModel(Definition, SyncedRecord, Base):
    __tablename__ = "gap_model"


class AnalysisReading(Base):
    """Somebody looked at an analysis out of another agent's book. Only ever added to."""

    __tablename__ = "analysis_reading"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    analysis: Mapped[str] = mapped_column(Id, index=True)
    read_by: Mapped[str] = mapped_column(Id, index=True)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
