"""/reports/<analysis>: the report of a finished analysis off the phone: on paper, and to read for whoever leads the agent.

The phone has its own report (`/analyses/…`); this is the server's, from the server's own result.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import select

from portal.accounts.guards import current_agent, role
from portal.accounts.models import Agent
from portal.accounts.people import seen_by
from portal.dates import day_of, shown
from portal.errors import Problem
from portal.needs import definitions, paper
from portal.needs.models import AnalysisReading
from portal.pages import language, render
from portal.paper import NoPaper
from portal.translations import LANGUAGES
from sync.columns import new_id, utcnow
from sync.database import db, write
from sync.kinds import Row
from sync.rows import read_row, read_rows
from sync.wish import is_id

bp = Blueprint("reports", __name__, url_prefix="/reports")

#: As many as anybody reads down a list.
SHOWN = 100
READERS = ("agent", "leader", "manager", "compliance")


@bp.get("")
@role(*READERS)
def index() -> str:
    """The newest finished analyses of the people one leads (of one's own book for an agent)."""
    table = definitions.ANALYSES.c
    mine = select(Agent.id, Agent.name).where(seen_by(current_agent()))
    owners = {f"agent:{found.id}": found.name for found in db.session.execute(mine)}
    query = select(table.id, table.scope, table.customer_id, table.made_on, table.agrees)
    query = query.where(table.completed_at.is_not(None), table.scope.in_(list(owners)))
    found = db.session.execute(query.order_by(table.completed_at.desc(), table.id).limit(SHOWN)).all()
    names = {
        row["id"]: row["name"]
        for row in read_rows(db.session.connection(), "customer", {each.customer_id for each in found})
    }
    today = day_of(utcnow())
    rows = [
        {
            "href": f"/reports/{each.id}",
            "text": names.get(each.customer_id, ""),
            "sub": f"{owners[each.scope]} · {shown(each.made_on, language(), today)}",
            "differs": each.agrees is False,
        }
        for each in found
    ]
    return render("needs/reports.html", rows=rows)


@bp.get("/<analysis_id>")
@role(*READERS)
def show(analysis_id: str) -> str:
    """The report to read; nothing can be changed here."""
    row, owner = _readable(analysis_id)
    _note(row, owner)
    model = paper.model_of(row, _bodies(row), _who(row, owner), language())
    return render(
        "needs/report.html", paper=model, pdf_href=f"/reports/{row['id']}.pdf", agrees=row["agrees"] is not False
    )


@bp.get("/<analysis_id>.pdf")
@role(*READERS)
def on_paper(analysis_id: str) -> Response:
    """The report as a PDF, in `?lang=zh-CN` or `en` (the reader's language when it is not said)."""
    row, owner = _readable(analysis_id)
    lang = request.args.get("lang", language())
    if lang not in LANGUAGES:
        raise Problem(400, "bad_language")
    _note(row, owner)
    try:
        made = paper.report(row, _bodies(row), _who(row, owner), lang)
    except NoPaper:
        raise Problem(503, "no_paper", headers={"Retry-After": "3600"}) from None
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="analysis-{row["made_on"]}.pdf"'
    return answer


def _readable(analysis_id: str) -> tuple[Row, Agent]:
    """A finished analysis out of a book that the person may know of, and whose book it is; a stranger's does not exist."""
    row = read_row(db.session.connection(), "analysis", analysis_id) if is_id(analysis_id) else None
    owner = _owner(analysis_id) if row else None
    if row is None or owner is None or not row["completed_at"]:
        raise Problem(404, "not_found")
    return row, owner


def _owner(analysis_id: str) -> Agent | None:
    scope = db.session.scalar(select(definitions.ANALYSES.c.scope).where(definitions.ANALYSES.c.id == analysis_id))
    wanted = select(Agent).where(Agent.id == str(scope).removeprefix("agent:"), seen_by(current_agent()))
    return db.session.execute(wanted).scalar_one_or_none()


def _note(row: Row, owner: Agent) -> None:
    """Who looks into another's book leaves a trace."""
    reader = current_agent()
    if reader.id == owner.id:
        return
    with write() as session:
        session.add(AnalysisReading(id=new_id(), analysis=row["id"], read_by=reader.id, read_at=utcnow()))


def _bodies(row: Row) -> tuple[Any, Any, Any]:
    bodies = tuple(definitions.body(field, row[field]) for field in ("questionnaire", "assumptions", "model"))
    if any(body is None for body in bodies):
        raise Problem(404, "not_found")
    return bodies  # type: ignore[return-value]  # three, as they were asked for


def _who(row: Row, owner: Agent) -> dict[str, str]:
    customer = read_row(db.session.connection(), "customer", row["customer_id"])
    return {
        "customer": customer["name"] if customer else "",
        "agent": owner.name,
        "registration": owner.registration or "",
    }
