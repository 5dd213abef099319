"""What an office publishes once and never changes (questionnaires, products, rules): a new version is a new record.

The rooms that publish something share these columns and fields; `code@version` names one version for good.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from marshmallow import fields
from sqlalchemy.orm import Mapped, mapped_column

from portal.customers import fields as f
from sync.columns import Json
from sync.kinds import RecordSchema

MOST_CODE = 48
#: A body travels to every phone; larger tables are blobs.
MOST_BODY = 64 * 1024


class Definition:
    """The columns of what is published once and never changed: a new version is a new record."""

    code: Mapped[str] = mapped_column(sa.String(MOST_CODE), index=True)
    version: Mapped[int] = mapped_column(sa.Integer)
    from_date: Mapped[date] = mapped_column(sa.Date)
    to_date: Mapped[date | None] = mapped_column(sa.Date)
    body: Mapped[Any] = mapped_column(Json)


class DefinitionSchema(RecordSchema):
    """Something published: a new version is a new record."""

    code = f.text(MOST_CODE, required=True, merge="fixed")
    version = fields.Integer(required=True, metadata={"type": "int", "merge": "fixed"})
    from_date = f.day(required=True)
    to_date = f.day()
    body = fields.Dict(required=True, metadata={"type": "any", "merge": "fixed"})
