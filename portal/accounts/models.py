"""Units, the people in them, and the sessions of people signed in to server pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sync.columns import Json, Sealed, UtcDateTime, new_id, utcnow
from sync.database import Base
from sync.keyring import open_sealed, seal

ROLES = ("agent", "leader", "office", "manager", "compliance", "admin")
# The others find their work on server pages and have no customers of their own.
ROLES_WITH_BOOK = frozenset({"agent", "leader", "manager"})
REGISTRATION_STATUSES = ("registered", "pending", "suspended", "cancelled")
SALES_GRADES = (1, 2, 3, 4)
CONTACT_FIELDS = ("work_phone", "title", "email", "wechat_id", "office_address")

Id = String(36)


class NotAdded(ValueError):
    """A unit or a person cannot be made or changed like this.

    `text` is a msgid with `params`; `field` names the field of a form it stands beside.
    """

    def __init__(self, text: str, field: str = "", **params: Any):
        super().__init__(text % params if params else text)
        self.text, self.field, self.params = text, field, params


class Unit(Base):
    """A branch, or a team in one. `path` holds the ids from the root down, so "this and below" is one prefix."""

    __tablename__ = "unit"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(100))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("unit.id"), index=True)
    path: Mapped[str] = mapped_column(String(1000), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    @property
    def lineage(self) -> list[str]:
        """Ids of this unit and its ancestors, this one first."""
        return lineage(self.path)

    def is_within(self, other: Unit) -> bool:
        """True for `other` itself and everything below it."""
        return self.path.startswith(other.path)


def lineage(path: str) -> list[str]:
    """The ids on a unit's path, the unit's own first."""
    return path.strip("/").split("/")[::-1]


class Agent(Base):
    """A person who signs in: an agent, a leader, office staff. Never deleted, only disabled."""

    __tablename__ = "agent"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(16))
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    # Practice registration: customers see the number on every page they are sent.
    registration: Mapped[str | None] = mapped_column(String(64))
    registration_status: Mapped[str] = mapped_column(String(16), default="pending")
    # The last day of the registration; None: without an end.
    registration_expires: Mapped[date | None] = mapped_column(Date)
    # Which grades of products the person may sell, 1 to 4 (Suitability Measures); None counts as 1.
    sales_grade: Mapped[int | None] = mapped_column(SmallInteger)
    # Phone and addresses printed on the agent's card, sealed like every phone number; the hash is for signing in.
    contact: Mapped[bytes | None] = mapped_column(Sealed)
    work_phone_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    password_changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    language: Mapped[str] = mapped_column(String(8), default="zh-CN")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    unit: Mapped[Unit] = relationship()

    @property
    def authority(self) -> dict[str, Any]:
        """What the person may sell and until when, as the phone gets it to check plans without a network."""
        return {
            "registration": self.registration or "",
            "registration_status": self.registration_status,
            "registration_expires": self.registration_expires and self.registration_expires.isoformat(),
            "sales_grade": self.sales_grade or 1,
        }

    @property
    def has_book(self) -> bool:
        return self.role in ROLES_WITH_BOOK

    @property
    def card(self) -> dict[str, str]:
        """The contact fields in clear; absent ones are left out."""
        return open_sealed(self.contact, "agent", "contact", self.id) if self.contact else {}

    def keep_card(self, fields: dict[str, Any]) -> None:
        """Seal the contact fields. The id must be set: the seal is bound to it."""
        kept = {name: fields[name] for name in CONTACT_FIELDS if fields.get(name)}
        self.contact = seal(kept, "agent", "contact", self.id) if kept else None


class Session(Base):
    """One browser of one person on server pages. The cookie holds the token, the table only its hash."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    browser: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    agent: Mapped[Agent] = relationship()


class OfficeEvent(Base):
    """A line of the office's log: who did what to whom. Only added to; the database refuses anything else.

    `what` is one of `log.SENTENCES`. `facts` hold what to print: names as they were, old and new values; never a phone
    number, a code or a secret. No foreign keys: the log outlives what it speaks of.
    """

    __tablename__ = "office_event"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    what: Mapped[str] = mapped_column(String(32))
    # None: from the console of the machine.
    by_id: Mapped[str | None] = mapped_column(Id, index=True)
    agent_id: Mapped[str | None] = mapped_column(Id, index=True)
    unit_id: Mapped[str | None] = mapped_column(Id, index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)


class OfficeSetting(Base):
    """What a setting is from a day on. The newest line of the latest day that has come counts; none is ever changed."""

    __tablename__ = "office_setting"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(48), index=True)
    value: Mapped[Any] = mapped_column(Json)
    from_date: Mapped[date] = mapped_column(Date)
    set_by: Mapped[str | None] = mapped_column(Id)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ResetCode(Base):
    """A code with which somebody signs in once, to choose a password. Only its keyed hash is kept."""

    __tablename__ = "reset_code"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_by: Mapped[str | None] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # A newer code took its place, or a password was chosen otherwise.
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TwoStep(Base):
    """The secret that a person's authenticator makes codes from. It counts once a code of it has come."""

    __tablename__ = "two_step"

    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    secret: Mapped[bytes | None] = mapped_column(Sealed)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The half minute of the last code that was taken: that one and earlier ones are not taken again.
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    # The next secret, while it is being set up; the old one counts until then.
    pending: Mapped[bytes | None] = mapped_column(Sealed)
    pending_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """Stands in once for a code of the authenticator. Only its keyed hash is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
