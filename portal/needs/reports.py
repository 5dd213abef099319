"""/reports/<analysis>: the report of a finished analysis off the phone: on paper, and to read for whoever leads the agent.

The phone has its own report (`/analyses/…`); this is the server's, from the server's own result.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from portal.accounts import books
from portal.accounts.guards import role
from portal.accounts.models import Agent
from portal.dates import day_of, shown
from portal.errors import Problem
from portal.needs import definitions, paper
from portal.needs.models import AnalysisReading
from portal.pages import language, render
from portal.paper.serving import asked_language, made_paper
from sync.columns import utcnow
from sync.database import db
from sync.kinds import Row
from sync.rows import read_row

bp = Blueprint("reports", __name__, url_prefix="/reports")


@bp.get("")
@role(*books.READERS)
def index() -> str:
    """The newest finished analyses of the people one leads (of one's own book for an agent)."""
    today = day_of(utcnow())
    rows = [
        {
            "href": f"/reports/{each.id}",
            "text": customer,
            "sub": f"{agent} · {shown(each.made_on, language(), today)}",
            "differs": each.agrees is False,
        }
        for each, customer, agent in books.newest(definitions.ANALYSES, "completed_at", "made_on", "agrees")
    ]
    return render("needs/reports.html", rows=rows)


@bp.get("/<analysis_id>")
@role(*books.READERS)
def show(analysis_id: str) -> str:
    """The report to read; nothing can be changed here."""
    row, owner = _readable(analysis_id)
    model = paper.model_of(row, _bodies(row), _who(row, owner), language())
    return render(
        "needs/report.html", paper=model, pdf_href=f"/reports/{row['id']}.pdf", agrees=row["agrees"] is not False
    )


@bp.get("/<analysis_id>.pdf")
@role(*books.READERS)
def on_paper(analysis_id: str) -> Response:
    """The report as a PDF, in `?lang=zh-CN` or `en` (the reader's language when it is not said)."""
    row, owner = _readable(analysis_id)
    lang = asked_language()
    return made_paper(
        lambda: paper.report(row, _bodies(row), _who(row, owner), lang),
        "application/pdf",
        f"analysis-{row['made_on']}.pdf",
    )


def _readable(analysis_id: str) -> tuple[Row, Agent]:
    """A finished analysis, and whose book it stands in; another's reader leaves a trace."""
    row, owner = books.readable("analysis", definitions.ANALYSES, analysis_id)
    if not row["completed_at"]:
        raise Problem(404, "not_found")
    books.leave_trace(AnalysisReading, owner, analysis=row["id"])
    return row, owner


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
