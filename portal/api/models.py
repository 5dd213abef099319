"""Webhooks: where other programs hear that records changed, and how far each has been told."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from sync.columns import Json, Sealed, UtcDateTime
from sync.database import Base
from sync.keyring import open_sealed

Id = sa.String(36)


class Webhook(Base):
    """An address that is told of changes. Ended, not deleted: what went there stays on record."""

    __tablename__ = "webhook"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    label: Mapped[str] = mapped_column(sa.String(60))
    #: Sealed: some addresses are a secret by themselves.
    url: Mapped[bytes] = mapped_column(Sealed)
    #: Names of kinds.
    kinds: Mapped[list[str]] = mapped_column(Json)
    secret: Mapped[bytes] = mapped_column(Sealed)
    #: Signs as well until `old_until`, so that the other side can change over in peace.
    old_secret: Mapped[bytes | None] = mapped_column(Sealed)
    old_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(sa.ForeignKey("agent.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def address(self) -> str:
        """The URL in clear."""
        return open_sealed(self.url, "webhook", "url", self.id)


class WebhookPlace(Base):
    """How far into the feed of a scope a webhook has been told. A scope without a line was not there when it began."""

    __tablename__ = "webhook_place"

    webhook_id: Mapped[str] = mapped_column(sa.ForeignKey("webhook.id"), primary_key=True)
    scope: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger)
