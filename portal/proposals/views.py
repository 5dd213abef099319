"""/proposals/<id>: a frozen proposal off the phone: to read, on paper, as a long picture; for its agent and who leads the agent.

The phone has its own page of it (`/plans/…/show`); this is the text as the server has taken it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _
from sqlalchemy import select

from portal.accounts import books
from portal.accounts.guards import role
from portal.dates import day_of, shown
from portal.errors import Problem
from portal.needs import definitions
from portal.pages import language, render
from portal.paper.serving import asked_language, made_paper
from portal.products import catalogue
from portal.proposals import paper, words
from portal.proposals.models import Proposal, ProposalReading
from sync.columns import utcnow
from sync.database import db, table_of
from sync.kinds import Row
from sync.words import msgid

bp = Blueprint("proposals", __name__, url_prefix="/proposals")

PROPOSALS = table_of(Proposal)
LEVELS = {"red": msgid("forbids"), "amber": msgid("asks for a reason"), "info": msgid("to be known")}


@bp.get("")
@role(*books.READERS)
def index() -> str:
    """The newest frozen proposals of the people one leads (of one's own book for an agent)."""
    found = books.newest(PROPOSALS, "frozen_at", "frozen_at")
    replaced = set(_successors([each.id for each, *_ in found]))
    today = day_of(utcnow())
    rows = [
        {
            "href": f"/proposals/{each.id}",
            "text": customer,
            "sub": f"{agent} · {shown(day_of(each.frozen_at), language(), today)}",
            "superseded": each.id in replaced,
        }
        for each, customer, agent in found
    ]
    return render("proposals/index.html", rows=rows)


@bp.get("/<proposal_id>")
@role(*books.READERS)
def show(proposal_id: str) -> str:
    """The proposal to read, with the checks it passed and the reasons that were given; nothing can be changed here."""
    row = _readable(proposal_id)
    frozen = json.loads(row["frozen"])
    lang = language()
    later = _successors([row["id"]]).get(row["id"], "")
    return render(
        "proposals/show.html",
        paper=_model(row, lang),
        checks=[_check(each, lang) for each in frozen["checks"]],
        note=frozen["note"],
        pdf_href=f"/proposals/{row['id']}.pdf?lang={lang}",
        png_href=f"/proposals/{row['id']}.png?lang={lang}",
        later_href=f"/proposals/{later}" if later else "",
        expired=frozen["valid_until"] < day_of(utcnow()).isoformat(),
    )


@bp.get("/<proposal_id>.pdf")
@role(*books.READERS)
def on_paper(proposal_id: str) -> Response:
    """The proposal as a PDF, in `?lang=zh-CN` or `en` (the reader's language when it is not said)."""
    return _made(proposal_id, paper.pdf, "application/pdf", "pdf")


@bp.get("/<proposal_id>.png")
@role(*books.READERS)
def as_picture(proposal_id: str) -> Response:
    """The proposal as one tall picture for a phone, in `?lang=zh-CN` or `en`."""
    return _made(proposal_id, paper.picture, "image/png", "png")


def _made(proposal_id: str, make: Callable[[dict[str, Any]], bytes], mimetype: str, ending: str) -> Response:
    row = _readable(proposal_id)
    lang = asked_language()
    name = f"proposal-{row['made_on']}-{row['sha256'][:8]}.{ending}"
    return made_paper(lambda: make(_model(row, lang)), mimetype, name)


def _readable(proposal_id: str) -> Row:
    """A frozen proposal out of a book that the person may know of; whose it is not leaves a trace."""
    row, owner = books.readable("proposal", PROPOSALS, proposal_id)
    if not row["frozen"]:
        raise Problem(404, "not_found")
    books.leave_trace(ProposalReading, owner, proposal=row["id"])
    return row


def _successors(ids: list[str]) -> dict[str, str]:
    """Which of these were superseded, and by what."""
    c = PROPOSALS.c
    query = select(c.supersedes, c.id).where(c.supersedes.in_(ids), c.frozen_at.is_not(None))
    return {each.supersedes: each.id for each in db.session.execute(query)}


def _model(row: Row, lang: str) -> dict[str, Any]:
    frozen = json.loads(row["frozen"])
    records = catalogue.shelf({each["product"] for each in frozen["coverages"]})["products"]
    analysis = frozen["analysis"]
    definition = definitions.body("model", analysis["model"]) if analysis else None
    titles = {line["id"]: line for line in definition["lines"]} if definition else {}
    return paper.model_of(frozen, row["sha256"], records, titles, lang)


def _check(check: dict[str, Any], lang: str) -> dict[str, str]:
    level = LEVELS[check["level"]]
    return {"id": check["id"], "level": _(level), "text": words.said(check, _, lang), "reason": check["reason"] or ""}
