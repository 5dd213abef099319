"""A hand-over from the last look before it to the report after it, and the way back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.guards import current_agent, role
from portal.accounts.models import Agent
from portal.errors import Problem
from portal.team import bp, hand_overs
from portal.team.books import names_of
from portal.team.hand_overs import ELSEWHERE, GONE, MOVED, STOPPED, THERE
from portal.team.history import names_by_id
from portal.team.models import HandOver
from portal.team.reassignments import GIVERS
from portal.team.views import team_page, when
from portal.translations import msgid
from sync.database import db

FIRST = 12
MOST_LEFT = 200
REASONS = {
    THERE: msgid("was with the new agent already"),
    GONE: msgid("was deleted meanwhile"),
    ELSEWHERE: msgid("is with somebody else now"),
    STOPPED: msgid("not moved: the new agent or you may not any more"),
}
NOT_BACK = msgid("The agent they came from has no customers any more, so they cannot go back.")


@bp.get("/hand-overs/<uuid:job_id>")
@role(*GIVERS)
def hand_over(job_id: UUID) -> str:
    """Where it stands: what would move, how far it is, or what became of it."""
    job = job_or_404(job_id)
    state = hand_overs.state_of(job)
    if state == "unstarted":
        own_or_404(job)
        return team_page("team/hand_over.html", **_plan(job))
    if state == "running":
        return team_page("team/progress.html", **_progress(job))
    return team_page("team/report.html", **_report(job))


@bp.post("/hand-overs/<uuid:job_id>/run")
@role(*GIVERS)
def run_hand_over(job_id: UUID) -> Response:
    """Begin. Twice is the same as once."""
    job = own_or_404(job_or_404(job_id))
    hand_overs.start(job.id)
    return _see(job.id)


@bp.post("/hand-overs/<uuid:job_id>/steps")
@role(*GIVERS)
def step_hand_over(job_id: UUID) -> Response | str:
    """Work for about a second. The page asks again until all is done; without script a button does."""
    job = job_or_404(job_id)
    hand_overs.advance(job.id)
    job = job_or_404(job_id)
    if "HX-Request" not in request.headers:
        return _see(job.id)
    if job.finished_at is not None:
        return Response(headers={"HX-Redirect": _href("hand_over", job.id)})
    return team_page("team/bar.html", **_progress(job))


@bp.post("/hand-overs/<uuid:job_id>/discard")
@role(*GIVERS)
def discard_hand_over(job_id: UUID) -> Response:
    """Forget a choice that was not confirmed."""
    job = own_or_404(job_or_404(job_id))
    hand_overs.discard(job.id)
    return redirect(url_for("team.book", agent_id=job.from_id), 303)  # type: ignore[return-value]


@bp.post("/hand-overs/<uuid:job_id>/undo")
@role(*GIVERS)
def undo_hand_over(job_id: UUID) -> Response:
    """The same customers the other way, to be looked at once more. Twice leads to the same page."""
    job = job_or_404(job_id)
    if job.finished_at is None or not _may_go_back(job):
        raise Problem(409, "conflict")
    return _see(hand_overs.undo(current_agent(), job))


def job_or_404(job_id: UUID) -> HandOver:
    """A job between people of one's units; any other does not exist."""
    job = hand_overs.seen_hand_over(current_agent(), str(job_id))
    if job is None:
        raise Problem(404, "not_found")
    return job


def own_or_404(job: HandOver) -> HandOver:
    """What nobody has confirmed is there only for who chose it."""
    if job.started_at is None and job.by_id != current_agent().id:
        raise Problem(404, "not_found")
    return job


def _see(job_id: str) -> Response:
    return redirect(_href("hand_over", job_id), 303)  # type: ignore[return-value]


def _href(view: str, job_id: str) -> str:
    return url_for(f"team.{view}", job_id=job_id)


# ── models of the pages ──────────────────────────────────────────────────────


def _about(job: HandOver) -> dict[str, Any]:
    names = names_by_id({job.from_id, job.to_id, job.by_id})
    return {
        "old": names[job.from_id],
        "new": names[job.to_id],
        "by": names[job.by_id],
        "back_href": url_for("team.book", agent_id=job.from_id),
        "run_href": _href("run_hand_over", job.id),
        "step_href": _href("step_hand_over", job.id),
        "discard_href": _href("discard_hand_over", job.id),
        "undo_href": _href("undo_hand_over", job.id),
    }


def _plan(job: HandOver) -> dict[str, Any]:
    total = sum(hand_overs.counts(job.id).values())
    first = hand_overs.trees_of(job.id, FIRST)
    names = names_of(current_agent(), first)
    return {
        "job": _about(job),
        "total": total,
        "title": _title(job, total),
        "names": [names[tree_id] for tree_id in first if tree_id in names],
        "more": total - len(first),
        "is_undo": job.undoes_id is not None,
        "has_customers": total > 0,
    }


def _title(job: HandOver, total: int) -> str:
    about = _about(job)
    if job.undoes_id is not None:
        return ngettext(
            "Move %(num)s customer back to %(name)s?",
            "Move %(num)s customers back to %(name)s?",
            total,
            name=about["new"],
        )
    return ngettext(
        "Hand %(num)s customer over to %(name)s?", "Hand %(num)s customers over to %(name)s?", total, name=about["new"]
    )


def _progress(job: HandOver) -> dict[str, Any]:
    counts = hand_overs.counts(job.id)
    total = sum(counts.values())
    done = total - counts.get("", 0)
    return {
        "job": _about(job),
        "done": f"{done:,}",
        "total": f"{total:,}",
        "now": done,
        "most": total,
        "width": f"{100 * done / total if total else 100:.1f}%",
    }


def _report(job: HandOver) -> dict[str, Any]:
    counts = hand_overs.counts(job.id)
    left = hand_overs.left_behind(job.id, MOST_LEFT)
    names = names_of(current_agent(), [tree_id for tree_id, _outcome in left])
    back = hand_overs.taken_back_by(job.id)
    moved, total = counts.get(MOVED, 0), sum(counts.values())
    may_go_back = _may_go_back(job)
    return {
        "job": _about(job),
        "title": ngettext(
            "%(num)s customer is with %(name)s now",
            "%(num)s customers are with %(name)s now",
            moved,
            name=_about(job)["new"],
        ),
        "when": when(job.finished_at or job.created_at),
        "left": [
            {"name": names.get(tree_id) or _("A customer that is not in your unit"), "reason": _(REASONS[outcome])}
            for tree_id, outcome in left
        ],
        "left_count": total - moved,
        "has_left": total > moved,
        "more_left": max(0, total - moved - len(left)),
        "can_undo": moved > 0 and back is None and may_go_back,
        "not_back": _(NOT_BACK) if moved > 0 and back is None and not may_go_back else "",
        "taken_back_href": _href("hand_over", back) if back else "",
    }


def _may_go_back(job: HandOver) -> bool:
    old = db.session.get_one(Agent, job.from_id)
    return old.disabled_at is None and old.has_book
