"""The tables of the products room: products and rules as published, and the large tables they name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.published import Definition
from sync.columns import Json, UtcDateTime
from sync.database import Base
from sync.kinds import SyncedRecord


class Product(Definition, SyncedRecord, Base):
    __tablename__ = "product"
    __table_args__ = (sa.UniqueConstraint("code", "version"),)


class Ruleset(Definition, SyncedRecord, Base):
    __tablename__ = "ruleset"
    __table_args__ = (sa.UniqueConstraint("code", "version"),)


class Blob(Base):
    """A text too large for a record, named by its SHA-256: rates, cash values. Never changed, so never asked for twice."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    body: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ProductImport(Base):
    """A product read from somebody's file: looked at before it is published, and afterwards who published what."""

    __tablename__ = "product_import"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(48), index=True)
    file_name: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[Any] = mapped_column(Json)
    # Texts of the tables that `body` names, by SHA-256.
    blobs: Mapped[Any] = mapped_column(Json)
    made_by: Mapped[str] = mapped_column(sa.String(36))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    product_id: Mapped[str | None] = mapped_column(sa.String(36), index=True)
    published_by: Mapped[str | None] = mapped_column(sa.String(36))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
