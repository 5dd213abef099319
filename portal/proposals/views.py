"""/proposals/<id>: a frozen proposal off the phone: to read, on paper, as a long picture; for its agent and who leads the agent.

The phone has its own page of it (`/plans/…/show`); this is the text as the server has taken it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _
from sqlalchemy import select

from portal.accounts.guards import current_agent, role
from portal.accounts.models import Agent
from portal.accounts.people import seen_by
from portal.dates import day_of, shown
from portal.errors import Problem
from portal.needs import definitions
from portal.pages import language, render
from portal.paper import NoPaper, Unprintable
from portal.products import catalogue
from portal.proposals import paper, words
from portal.proposals.models import Proposal, ProposalReading
from portal.translations import LANGUAGES
from sync.columns import new_id, utcnow
from sync.database import db, table_of, write
from sync.kinds import Row
from sync.rows import read_row, read_rows
from sync.wish import is_id
from sync.words import msgid

bp = Blueprint("proposals", __name__, url_prefix="/proposals")

PROPOSALS = table_of(Proposal).c
#: As many as anybody reads down a list.
SHOWN = 100
READERS = ("agent", "leader", "manager", "compliance")
LEVELS = {"red": msgid("forbids"), "amber": msgid("asks for a reason"), "info": msgid("to be known")}
UNPRINTABLE = msgid("A character in this proposal cannot be printed: no font has it.")


@bp.get("")
@role(*READERS)
def index() -> str:
    """The newest frozen proposals of the people one leads (of one's own book for an agent)."""
    mine = select(Agent.id, Agent.name).where(seen_by(current_agent()))
    owners = {f"agent:{found.id}": found.name for found in db.session.execute(mine)}
    query = select(PROPOSALS.id, PROPOSALS.scope, PROPOSALS.customer_id, PROPOSALS.frozen_at)
    query = query.where(PROPOSALS.frozen_at.is_not(None), PROPOSALS.scope.in_(list(owners)))
    found = db.session.execute(query.order_by(PROPOSALS.frozen_at.desc(), PROPOSALS.id).limit(SHOWN)).all()
    customers = read_rows(db.session.connection(), "customer", {each.customer_id for each in found})
    names = {row["id"]: row["name"] for row in customers}
    replaced = set(_successors([each.id for each in found]))
    today = day_of(utcnow())
    rows = [
        {
            "href": f"/proposals/{each.id}",
            "text": names.get(each.customer_id, ""),
            "sub": f"{owners[each.scope]} · {shown(day_of(each.frozen_at), language(), today)}",
            "superseded": each.id in replaced,
        }
        for each in found
    ]
    return render("proposals/index.html", rows=rows)


@bp.get("/<proposal_id>")
@role(*READERS)
def show(proposal_id: str) -> str:
    """The proposal to read, with the checks it passed and the reasons that were given; nothing can be changed here."""
    row, owner = _readable(proposal_id)
    _note(row, owner)
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
@role(*READERS)
def on_paper(proposal_id: str) -> Response:
    """The proposal as a PDF, in `?lang=zh-CN` or `en` (the reader's language when it is not said)."""
    return _made(proposal_id, paper.pdf, "application/pdf", "pdf")


@bp.get("/<proposal_id>.png")
@role(*READERS)
def as_picture(proposal_id: str) -> Response:
    """The proposal as one tall picture for a phone, in `?lang=zh-CN` or `en`."""
    return _made(proposal_id, paper.picture, "image/png", "png")


def _made(proposal_id: str, make: Callable[[dict[str, Any]], bytes], mimetype: str, ending: str) -> Response:
    row, owner = _readable(proposal_id)
    lang = request.args.get("lang", language())
    if lang not in LANGUAGES:
        raise Problem(400, "bad_language")
    _note(row, owner)
    try:
        made = make(_model(row, lang))
    except NoPaper:
        raise Problem(503, "no_paper", headers={"Retry-After": "3600"}) from None
    except Unprintable:
        raise Problem(422, "unprintable", UNPRINTABLE) from None
    answer = Response(made, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'inline; filename="proposal-{row["made_on"]}-{row["sha256"][:8]}.{ending}"'
    return answer


def _readable(proposal_id: str) -> tuple[Row, Agent]:
    """A frozen proposal out of a book that the person may know of, and whose book it is; a stranger's does not exist."""
    row = read_row(db.session.connection(), "proposal", proposal_id) if is_id(proposal_id) else None
    owner = _owner(proposal_id) if row else None
    if row is None or owner is None or not row["frozen"]:
        raise Problem(404, "not_found")
    return row, owner


def _owner(proposal_id: str) -> Agent | None:
    scope = db.session.scalar(select(PROPOSALS.scope).where(PROPOSALS.id == proposal_id))
    wanted = select(Agent).where(Agent.id == str(scope).removeprefix("agent:"), seen_by(current_agent()))
    return db.session.execute(wanted).scalar_one_or_none()


def _note(row: Row, owner: Agent) -> None:
    """Who looks into another's book leaves a trace."""
    reader = current_agent()
    if reader.id == owner.id:
        return
    with write() as session:
        session.add(ProposalReading(id=new_id(), proposal=row["id"], read_by=reader.id, read_at=utcnow()))


def _successors(ids: list[str]) -> dict[str, str]:
    """Which of these were superseded, and by what."""
    query = select(PROPOSALS.supersedes, PROPOSALS.id).where(
        PROPOSALS.supersedes.in_(ids), PROPOSALS.frozen_at.is_not(None)
    )
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
