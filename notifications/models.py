"""The outbox: what somebody is to be told, once."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from sync.columns import Sealed, UtcDateTime
from sync.database import Base


class Notification(Base):
    """One thing to tell one person. Status is worked out from the instants: sent, given up, in somebody's hands, due."""

    __tablename__ = "notification"
    __table_args__ = (sa.Index("ix_notification_due", "sent_at", "given_up_at", "due_at"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    #: What happened, named so that the same occasion has the same key however often it is found.
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    rule: Mapped[str] = mapped_column(sa.String(64))
    person: Mapped[str] = mapped_column(sa.String(36), index=True)
    #: What the channels need to say it; it may name people, so it is sealed.
    about: Mapped[bytes] = mapped_column(Sealed)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Nobody else takes it before this instant.
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(sa.Integer, default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The name of the last fault, never its text (which may quote what was to be sent).
    fault: Mapped[str | None] = mapped_column(sa.String(64))
