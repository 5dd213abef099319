"""/healthz: up, and the database answers."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Flask

from portal.accounts.guards import public
from portal.errors import Problem
from sync.database import db

bp = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/healthz")
@public
def healthz() -> dict:
    """200 when a query works, 503 when not."""
    try:
        db.session.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        raise Problem(503, "database_unavailable") from None
    return {"ok": True}
