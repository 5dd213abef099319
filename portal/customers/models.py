"""The tables of the customers' room. Their fields are declared in `schemas`; the engine refuses a disagreement."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from sync.columns import Json, KeyedHash, Sealed, UtcDateTime
from sync.database import Base
from sync.kinds import SyncedRecord

Code = sa.String(32)
Id = sa.String(36)


class Person:
    """The columns that customer and relative share."""

    name: Mapped[str] = mapped_column(sa.String(100))
    gender: Mapped[str | None] = mapped_column(Code)
    birth_date: Mapped[date | None] = mapped_column(sa.Date)
    birthday_calendar: Mapped[str | None] = mapped_column(Code)
    birthday_month: Mapped[int | None] = mapped_column(sa.Integer)
    birthday_day: Mapped[int | None] = mapped_column(sa.Integer)
    birthday_leap: Mapped[bool | None] = mapped_column(sa.Boolean)
    id_type: Mapped[str | None] = mapped_column(Code)
    id_number: Mapped[bytes | None] = mapped_column(Sealed)
    id_number_hash: Mapped[bytes | None] = mapped_column(KeyedHash, index=True)
    id_expiry: Mapped[str | None] = mapped_column(sa.String(10))
    mobile: Mapped[bytes | None] = mapped_column(Sealed)
    mobile_hash: Mapped[bytes | None] = mapped_column(KeyedHash, index=True)
    occupation_class: Mapped[int | None] = mapped_column(sa.Integer)
    health_note: Mapped[bytes | None] = mapped_column(Sealed)
    annual_income_fen: Mapped[bytes | None] = mapped_column(Sealed)
    smoker: Mapped[bool | None] = mapped_column(sa.Boolean)
    social_insurance: Mapped[Any | None] = mapped_column(Json)


class Customer(Person, SyncedRecord, Base):
    __tablename__ = "customer"

    native_place: Mapped[str | None] = mapped_column(sa.String(200))
    marital: Mapped[str | None] = mapped_column(Code)
    education: Mapped[str | None] = mapped_column(sa.String(50))
    phone_home: Mapped[bytes | None] = mapped_column(Sealed)
    phone_work: Mapped[bytes | None] = mapped_column(Sealed)
    email: Mapped[bytes | None] = mapped_column(Sealed)
    wechat_id: Mapped[bytes | None] = mapped_column(Sealed)
    fax_work: Mapped[str | None] = mapped_column(sa.String(40))
    employer: Mapped[str | None] = mapped_column(sa.String(200))
    department: Mapped[str | None] = mapped_column(sa.String(200))
    position: Mapped[str | None] = mapped_column(sa.String(200))
    work_address: Mapped[str | None] = mapped_column(sa.String(300))
    home_address: Mapped[bytes | None] = mapped_column(Sealed)
    city: Mapped[str | None] = mapped_column(sa.String(100))
    housing: Mapped[str | None] = mapped_column(Code)
    has_car: Mapped[bool | None] = mapped_column(sa.Boolean)
    hobbies: Mapped[str | None] = mapped_column(sa.String(500))
    best_contact_time: Mapped[str | None] = mapped_column(sa.String(200))
    preferred_channel: Mapped[str | None] = mapped_column(Code)
    source: Mapped[str | None] = mapped_column(sa.String(200))
    stage: Mapped[str | None] = mapped_column(Code)
    contact_permission: Mapped[str | None] = mapped_column(Code)
    tags_risk: Mapped[Any | None] = mapped_column(Json)
    tags_value: Mapped[Any | None] = mapped_column(Json)
    tags_need: Mapped[Any | None] = mapped_column(Json)
    note: Mapped[bytes | None] = mapped_column(Sealed)


class Relative(Person, SyncedRecord, Base):
    __tablename__ = "relative"

    customer_id: Mapped[str] = mapped_column(Id, index=True)
    relation: Mapped[str] = mapped_column(Code)
    dependent: Mapped[bool | None] = mapped_column(sa.Boolean)
    lives_with: Mapped[bool | None] = mapped_column(sa.Boolean)
    linked_customer_id: Mapped[str | None] = mapped_column(Id)


class Policy(SyncedRecord, Base):
    __tablename__ = "policy"

    customer_id: Mapped[str] = mapped_column(Id, index=True)
    kind: Mapped[str] = mapped_column(Code)
    insurer: Mapped[str | None] = mapped_column(sa.String(100))
    product_name: Mapped[str | None] = mapped_column(sa.String(200))
    number: Mapped[bytes | None] = mapped_column(Sealed)
    number_hash: Mapped[bytes | None] = mapped_column(KeyedHash, index=True)
    applicant: Mapped[Any | None] = mapped_column(Json)
    insured: Mapped[Any | None] = mapped_column(Json)
    beneficiaries: Mapped[Any | None] = mapped_column(Json)
    sum_assured_fen: Mapped[int | None] = mapped_column(sa.BigInteger)
    premium_fen: Mapped[int | None] = mapped_column(sa.BigInteger)
    pay_mode: Mapped[str | None] = mapped_column(Code)
    pay_years: Mapped[int | None] = mapped_column(sa.Integer)
    effective_date: Mapped[date | None] = mapped_column(sa.Date)
    expiry_date: Mapped[date | None] = mapped_column(sa.Date)
    next_due_date: Mapped[date | None] = mapped_column(sa.Date)
    paid_to_date: Mapped[date | None] = mapped_column(sa.Date)
    receipt_date: Mapped[date | None] = mapped_column(sa.Date)
    cooling_off_days: Mapped[int | None] = mapped_column(sa.Integer)
    waiting_days: Mapped[int | None] = mapped_column(sa.Integer)
    guaranteed_until: Mapped[date | None] = mapped_column(sa.Date)
    group: Mapped[bool | None] = mapped_column(sa.Boolean)
    plate: Mapped[str | None] = mapped_column(sa.String(20))
    terminated_on: Mapped[date | None] = mapped_column(sa.Date)
    termination: Mapped[str | None] = mapped_column(Code)
    note: Mapped[bytes | None] = mapped_column(Sealed)


class Visit(SyncedRecord, Base):
    __tablename__ = "visit"

    customer_id: Mapped[str] = mapped_column(Id, index=True)
    channel: Mapped[str | None] = mapped_column(Code)
    planned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    minutes: Mapped[int | None] = mapped_column(sa.Integer)
    purpose: Mapped[str | None] = mapped_column(sa.String(200))
    outcome: Mapped[str | None] = mapped_column(sa.String(200))
    note: Mapped[bytes | None] = mapped_column(Sealed)
    next_step: Mapped[str | None] = mapped_column(sa.String(500))
    next_date: Mapped[date | None] = mapped_column(sa.Date)
    joint_with: Mapped[str | None] = mapped_column(sa.String(100))


class Consent(SyncedRecord, Base):
    __tablename__ = "consent"

    customer_id: Mapped[str] = mapped_column(Id, index=True)
    purpose: Mapped[str] = mapped_column(Code)
    given: Mapped[bool] = mapped_column(sa.Boolean)
    text_id: Mapped[str | None] = mapped_column(sa.String(100))
    text_version: Mapped[str | None] = mapped_column(sa.String(20))
    by: Mapped[str | None] = mapped_column(Code)
    guardian_name: Mapped[str | None] = mapped_column(sa.String(100))
    guardian_relation: Mapped[str | None] = mapped_column(sa.String(50))
    channel: Mapped[str | None] = mapped_column(sa.String(50))
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
