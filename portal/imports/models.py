"""An import on its way: what was uploaded, what it would do, how far it got. Everything a customer said is sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from sync.columns import Json, Sealed, UtcDateTime
from sync.database import Base

Id = sa.String(36)


class ImportJob(Base):
    """One file of one agent. Its state is worked out from its dates.

    `table`, `layouts` and the chunks' `edits` are removed when the job has finished; the report stays.
    """

    __tablename__ = "import_job"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    agent_id: Mapped[str] = mapped_column(sa.ForeignKey("agent.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    filename: Mapped[bytes | None] = mapped_column(Sealed)
    #: The cells as they were read, and what each column was taken for.
    table: Mapped[bytes | None] = mapped_column(Sealed)
    layouts: Mapped[bytes | None] = mapped_column(Sealed)
    when_there: Mapped[str] = mapped_column(sa.String(8))
    #: First rows as they will be stored, and the faults by row.
    preview: Mapped[bytes | None] = mapped_column(Sealed)
    faults: Mapped[bytes | None] = mapped_column(Sealed)
    #: {"cards": [sheets whose rows are cards], "mended": […], "aside": […]}: what was put right or left aside, by row.
    notes: Mapped[bytes | None] = mapped_column(Sealed)
    #: Figures only: how many new, there, changed, faulty by kind; after the run, what became of them.
    counts: Mapped[Any | None] = mapped_column(Json)
    #: Where the book stood when the plan was made; if it moved on, the plan is made anew before it runs.
    book_seq: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    edits: Mapped[int] = mapped_column(sa.Integer, default=0)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Who works on it holds this; a server that died leaves it to run out.
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportChunk(Base):
    """Some of a job's edits, applied together. `first_n` is the number of the first one in the job's ledger."""

    __tablename__ = "import_chunk"

    job_id: Mapped[str] = mapped_column(sa.ForeignKey("import_job.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    first_n: Mapped[int] = mapped_column(sa.Integer)
    size: Mapped[int] = mapped_column(sa.Integer)
    #: {"edits": […], "origins": [[sheet, row], …]} until applied.
    edits: Mapped[bytes | None] = mapped_column(Sealed)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: {"ok": n, "conflict": n, "refused": n} and, sealed, the faults that the book itself found.
    result: Mapped[Any | None] = mapped_column(Json)
    refused: Mapped[bytes | None] = mapped_column(Sealed)


class ImportRecord(Base):
    """A record that an import made or changed, so that it can be taken back while nobody has touched it since."""

    __tablename__ = "import_record"
    __table_args__ = (sa.Index("ix_import_record_job_outcome", "job_id", "outcome"),)

    job_id: Mapped[str] = mapped_column(sa.ForeignKey("import_job.id", ondelete="CASCADE"), primary_key=True)
    #: The number of its edit in the job's ledger.
    n: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(sa.String(32))
    record_id: Mapped[str] = mapped_column(Id)
    op: Mapped[str] = mapped_column(sa.String(6))
    #: The record's version when the import had written it; 0 where that cannot be said any more.
    ver: Mapped[int] = mapped_column(sa.Integer)
    #: Of a change: {field: [value before, value of the file]}.
    before: Mapped[bytes | None] = mapped_column(Sealed)
    #: What the way back made of it: undone, touched, needed, gone, moved, refused.
    outcome: Mapped[str | None] = mapped_column(sa.String(8))


class ImportUndo(Base):
    """The way back of an import, once. Its state is worked out from its dates."""

    __tablename__ = "import_undo"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(sa.ForeignKey("import_job.id", ondelete="CASCADE"), unique=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
