"""Whose customers, which of them, and who is to have them: the pages on which a leader chooses."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.guards import agent_or_404, current_agent, role
from portal.accounts.models import Agent
from portal.customers.schemas import STAGES
from portal.dates import day_of, shown
from portal.errors import Problem
from portal.imports.previews import CODES
from portal.pages import language
from portal.team import bp, hand_overs
from portal.team.books import Book, Facts, Line, books_of, facts_of, lines_of
from portal.team.history import history
from portal.team.reassignments import GIVERS, new_owner_or_404, new_owners
from portal.team.views import team_page, when
from portal.translations import msgid
from sync.columns import utcnow

PAGE = 100
MOST_HISTORY = 12
#: A few ids of customers for each kilobyte; a whole large book is said with one word instead.
MOST_CHOSEN_BYTES = 2 * 1024 * 1024
CHOOSE_SOMEBODY = msgid("Choose who is to have them.")
CHOOSE_CUSTOMERS = msgid("Choose at least one customer.")
STAGE_NAMES = CODES["stage"]
STATES = {
    "unstarted": msgid("Not confirmed yet"),
    "running": msgid("Running"),
    "done": msgid("Done"),
}


@bp.get("/customers")
@role(*GIVERS)
def books() -> str:
    """Whose customers?"""
    viewer = current_agent()
    return team_page(
        "team/books.html",
        unit_name=viewer.unit.name,
        books=[_book(book) for book in books_of(viewer)],
        history=[_past(entry) for entry in history(viewer, MOST_HISTORY)],
    )


@bp.get("/customers/<uuid:agent_id>")
@role(*GIVERS)
def book(agent_id: UUID) -> str:
    """The customers of one agent, to choose from."""
    return _book_page(agent_or_404(agent_id), request.values)


@bp.post("/customers/<uuid:agent_id>/results")
@role(*GIVERS)
def results(agent_id: UUID) -> str:
    """The list anew for other words, or its next page. What was chosen stays chosen, and in sight."""
    _accept_many()
    owner = agent_or_404(agent_id)
    if "HX-Request" not in request.headers:
        return _book_page(owner, request.values)
    part = "team/rows.html" if request.values.get("after") else "team/results.html"
    return team_page(part, **_rows(owner, request.values))


@bp.post("/customers/<uuid:agent_id>/hand-overs")
@role(*GIVERS)
def create_hand_over(agent_id: UUID) -> Response | tuple[str, int]:
    """Keep the choice, to be looked at once more before anything moves; `now` moves it at once."""
    _accept_many()
    owner = agent_or_404(agent_id)
    chosen = _chosen(owner, request.form)
    to, errors = _new_owner(owner, request.form)
    if not chosen:
        errors["customer"] = _(CHOOSE_CUSTOMERS)
    if errors or to is None:
        one = request.form.get("one", "")
        page = _single_page(owner, one, errors) if one else _book_page(owner, request.values, errors)
        return page, 422
    job_id = hand_overs.keep(current_agent(), owner.id, to.id, chosen)
    if request.form.get("one"):
        hand_overs.start(job_id)
        hand_overs.advance(job_id)
    return redirect(url_for("team.hand_over", job_id=job_id), 303)  # type: ignore[return-value]


@bp.get("/customers/<uuid:agent_id>/<uuid:customer_id>")
@role(*GIVERS)
def single(agent_id: UUID, customer_id: UUID) -> str:
    """One customer to another agent."""
    return _single_page(agent_or_404(agent_id), str(customer_id), {})


def _accept_many() -> None:
    """A form with thousands of boxes that are ticked is larger than a form of words."""
    request.max_form_memory_size = MOST_CHOSEN_BYTES
    request.max_form_parts = 50_000


# ── models of the pages ──────────────────────────────────────────────────────


def _book(book: Book) -> dict[str, Any]:
    agent = book.agent
    return {
        "href": url_for("team.book", agent_id=agent.id),
        "initial": agent.name[:1],
        "name": agent.name,
        "unit": agent.unit.name,
        "left": book.is_left_over,
        "count": book.customers,
    }


def _past(entry: Any) -> dict[str, Any]:
    return {
        "text": _("%(old)s → %(new)s", old=entry.old, new=entry.new),
        "sub": _("by %(name)s, %(time)s", name=entry.by, time=when(entry.at)),
        "moved": entry.moved,
        "state": _(STATES[entry.state]) if entry.state != "done" else "",
        "href": url_for("team.hand_over", job_id=entry.hand_over_id) if entry.hand_over_id else "",
    }


def _book_page(owner: Agent, asked: Any, errors: dict[str, str] | None = None) -> str:
    errors = errors or {}
    rows = _rows(owner, asked)
    return team_page(
        "team/book.html",
        name=owner.name,
        unit_name=owner.unit.name,
        has_left=owner.disabled_at is not None,
        error=errors.get("customer", ""),
        to=_to_field(owner, asked.get("to", ""), errors.get("to", "")),
        has_anybody=len(_others(owner)) > 0,
        hand_over_href=url_for("team.create_hand_over", agent_id=owner.id),
        book_href=url_for("team.book", agent_id=owner.id),
        **rows,
    )


def _rows(owner: Agent, asked: Any) -> dict[str, Any]:
    """One page of the list: first what is chosen already, then what fits. The next pages have only what fits."""
    words, after = _words(asked), asked.get("after", "")
    found = lines_of(owner.id, *words)
    whole, spared = bool(asked.get("all")), set(asked.getlist("except"))
    ticked = set() if whole else set(asked.getlist("customer"))
    chosen = [line for line in lines_of(owner.id) if line.id in ticked] if ticked and not after else []
    start = next((place + 1 for place, line in enumerate(found) if line.id == after), 0)
    fresh = [line for line in found[start:] if line.id not in ticked]
    part = fresh[:PAGE]
    facts = facts_of([line.id for line in [*chosen[:PAGE], *part]])
    return {
        "q": words[0],
        "has_q": words[0] != "",
        "stage": words[1],
        "stages": _stages(words[1]),
        "results_href": url_for("team.results", agent_id=owner.id),
        "total": len(found),
        "whole": whole,
        "has_book": bool(found) or any(words),
        "chosen": [_row(owner, line, facts.get(line.id), ticked=True) for line in chosen],
        "rows": [
            _row(owner, line, facts.get(line.id), ticked=whole and line.id not in spared, spared=line.id in spared)
            for line in part
        ],
        "has_more": len(fresh) > PAGE,
        "more_href": url_for("team.results", agent_id=owner.id, after=part[-1].id) if part else "",
        "left_count": len(fresh) - len(part),
    }


def _words(asked: Any) -> tuple[str, str]:
    """What is searched for: by the form above the list, or else by the list as it stands."""
    stage = asked.get("stage", asked.get("found_stage", ""))
    return asked.get("q", asked.get("found_q", ""))[:100], stage if stage in STAGES else ""


def _row(owner: Agent, line: Line, facts: Facts | None, *, ticked: bool, spared: bool = False) -> dict[str, Any]:
    said = [line.city or "", facts.mobile if facts else ""]
    why = []
    if facts and facts.policies:
        why.append(ngettext("%(num)s policy", "%(num)s policies", facts.policies))
    if facts and facts.visited_at:
        day = shown(day_of(facts.visited_at), language(), day_of(utcnow()))
        why.append(_("last visit %(day)s", day=day))
    return {
        "id": line.id,
        "name": line.name,
        "sub": " ".join(text for text in said if text),
        "stage": _(STAGE_NAMES[line.stage]) if line.stage in STAGE_NAMES else "",
        "why": " · ".join(why),
        "href": url_for("team.single", agent_id=owner.id, customer_id=line.id),
        "ticked": ticked,
        "spared": spared,
    }


def _stages(chosen: str) -> list[dict[str, Any]]:
    every = {"value": "", "text": _("All"), "checked": chosen == ""}
    return [every] + [{"value": stage, "text": _(STAGE_NAMES[stage]), "checked": stage == chosen} for stage in STAGES]


def _single_page(owner: Agent, customer_id: str, errors: dict[str, str]) -> str:
    line = next((line for line in lines_of(owner.id) if line.id == customer_id), None)
    if line is None:
        raise Problem(404, "not_found")
    row = _row(owner, line, facts_of([line.id])[line.id], ticked=True)
    return team_page(
        "team/single.html",
        row=row,
        owner=owner.name,
        to=_to_field(owner, request.form.get("to", ""), errors.get("to", "")),
        has_anybody=len(_others(owner)) > 0,
        hand_over_href=url_for("team.create_hand_over", agent_id=owner.id),
        back_href=url_for("team.book", agent_id=owner.id),
    )


def _others(owner: Agent) -> list[Agent]:
    return [agent for agent in new_owners(current_agent()) if agent.id != owner.id]


def _to_field(owner: Agent, chosen: str, error: str) -> dict[str, Any]:
    """Who can have them, with how many customers each has already."""
    have = {book.agent.id: book.customers for book in books_of(current_agent())}
    options = [
        {
            "value": agent.id,
            "text": ngettext(
                "%(name)s, %(num)s customer", "%(name)s, %(num)s customers", have[agent.id], name=agent.name
            ),
            "checked": agent.id == chosen,
        }
        for agent in _others(owner)
    ]
    nobody = {"value": "", "text": _("Choose the new agent"), "checked": not chosen}
    return {
        "id": "to",
        "name": "to",
        "label": _("New agent"),
        "options": [nobody, *options],
        "has_error": error != "",
        "error": error,
        "has_hint": False,
        "hint": "",
        "has_description": error != "",
        "described_by": "to-error",
    }


# ── what the form says ───────────────────────────────────────────────────────


def _chosen(owner: Agent, form: Any) -> list[str]:
    """The ticked customers; or all that fit the words, but for those unticked again."""
    if not form.get("all"):
        return list(form.getlist("customer"))
    spared = set(form.getlist("except"))
    return [line.id for line in lines_of(owner.id, *_words(form)) if line.id not in spared]


def _new_owner(owner: Agent, form: Any) -> tuple[Agent | None, dict[str, str]]:
    said = form.get("to", "")
    try:
        to = new_owner_or_404(str(UUID(said))) if said else None
    except ValueError:
        raise Problem(404, "not_found") from None
    except Problem as problem:
        if problem.status != 422:
            raise
        return None, {"to": _(problem.message)}
    if to is None:
        return None, {"to": _(CHOOSE_SOMEBODY)}
    if to.id == owner.id:
        return None, {"to": _(msgid("They are with this agent already."))}
    return to, {}
