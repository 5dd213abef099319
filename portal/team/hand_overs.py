"""The life of a hand-over: kept, started, advanced in slices, finished, taken back. Nothing here knows a request.

Each customer goes in a transaction of its own, which also writes down what became of it: a server that is killed in
the middle leaves nothing half done, and whoever looks at the page, or the worker, goes on.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.models import Agent
from portal.accounts.people import seen_by
from portal.customers.models import Customer
from portal.leases import lease
from portal.team.models import HandOver, HandOverItem
from portal.team.reassignments import GIVERS, book_of, move, mover
from sync.columns import new_id, utcnow
from sync.database import db, write
from sync.stage import Author

#: What became of a customer: with the new owner now; there already; deleted; with somebody else; not allowed any more.
OUTCOMES = (MOVED, THERE, GONE, ELSEWHERE, STOPPED) = ("moved", "there", "gone", "elsewhere", "stopped")
PORTION = 50
SLICE_SECONDS = 1.0
#: A selection that nobody confirmed.
KEPT_UNSTARTED = timedelta(days=1)


def keep(giver: Agent, from_id: str, to_id: str, tree_ids: Iterable[str], undoes_id: str | None = None) -> str:
    """Keep what is to be handed over; the id of the job. What is not in the book now is left out.

    A new choice from a book takes the place of the one that the leader did not confirm.
    """
    in_book = set(db.session.scalars(sa.select(Customer.id).where(Customer.scope == book_of(from_id))))
    chosen = [tree_id for tree_id in dict.fromkeys(tree_ids) if tree_id in in_book]
    job = {"id": new_id(), "from_id": from_id, "to_id": to_id, "by_id": giver.id, "created_at": utcnow()}
    items = [
        {"hand_over_id": job["id"], "place": place, "tree_id": tree_id, "outcome": None}
        for place, tree_id in enumerate(chosen)
    ]
    with write() as session:
        if undoes_id is None:
            before = sa.delete(HandOver).where(HandOver.by_id == giver.id, HandOver.from_id == from_id)
            session.execute(before.where(HandOver.started_at.is_(None), HandOver.undoes_id.is_(None)))
        session.execute(sa.insert(HandOver), job | {"undoes_id": undoes_id})
        if items:
            session.execute(sa.insert(HandOverItem), items)
    return str(job["id"])


def undo(giver: Agent, job: HandOver) -> str:
    """Keep the way back of a finished job; the id of that job, the same however often one asks."""
    db.session.rollback()
    known = sa.select(HandOver.id).where(HandOver.undoes_id == job.id)
    if (found := db.session.scalar(known)) is not None:
        return found
    moved = sa.select(HandOverItem.tree_id).where(HandOverItem.hand_over_id == job.id, HandOverItem.outcome == MOVED)
    trees = list(db.session.scalars(moved.order_by(HandOverItem.place)))
    try:
        return keep(giver, job.to_id, job.from_id, trees, undoes_id=job.id)
    except sa.exc.IntegrityError:  # asked twice at once
        db.session.rollback()
        return db.session.execute(known).scalar_one()


def forget_unstarted(now: datetime) -> int:
    """Remove what nobody confirmed (a chore of the worker); how many that were."""
    old = sa.delete(HandOver).where(HandOver.started_at.is_(None), HandOver.created_at < now - KEPT_UNSTARTED)
    with write() as session:
        return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def discard(job_id: str) -> bool:
    """Remove a job that was not started. False when it has started."""
    with write() as session:
        gone = session.execute(sa.delete(HandOver).where(HandOver.id == job_id, HandOver.started_at.is_(None)))
        return bool(gone.rowcount)  # type: ignore[attr-defined]


def seen_hand_over(viewer: Agent, job_id: str) -> HandOver | None:
    """A job between two people of the viewer's units, as it is now; any other does not exist."""
    db.session.rollback()  # the reading session sees one moment; what was written since is seen after this
    return db.session.execute(_seen(viewer).where(HandOver.id == job_id)).scalar_one_or_none()


def hand_overs_of(viewer: Agent, most: int = 10) -> list[HandOver]:
    """The newest jobs in the viewer's units; what others have not confirmed is theirs."""
    shown = sa.or_(HandOver.started_at.is_not(None), HandOver.by_id == viewer.id)
    return list(db.session.scalars(_seen(viewer).where(shown).order_by(HandOver.id.desc()).limit(most)))


def _seen(viewer: Agent) -> sa.Select[Any]:
    known = sa.select(Agent.id).where(seen_by(viewer))
    return sa.select(HandOver).where(HandOver.from_id.in_(known), HandOver.to_id.in_(known))


# ── running ──────────────────────────────────────────────────────────────────


def start(job_id: str) -> None:
    """Begin. Twice is the same as once."""
    with write() as session:
        fresh = sa.update(HandOver).where(HandOver.id == job_id, HandOver.started_at.is_(None))
        session.execute(fresh.values(started_at=utcnow()))


def advance(job_id: str, seconds: float = SLICE_SECONDS) -> bool:
    """Work on a started job for about so long; whether there is more to do for us.

    Somebody else at work on it is left alone.
    """
    db.session.rollback()
    job = db.session.get(HandOver, job_id)
    if job is None or job.started_at is None or job.finished_at is not None:
        return False
    with lease(HandOver, job_id) as ours:
        if not ours:
            return False
        if not is_allowed(job):
            _stop(job_id)
            return False
        author = mover(f"hand-over:{job_id}", job.by_id, job.from_id, job.to_id)
        to_id, giver_id = job.to_id, job.by_id
        until = time.monotonic() + seconds
        while places := _waiting(job_id):
            for place, tree_id in places:
                _hand_over(job_id, place, tree_id, to_id, giver_id, author)
                if time.monotonic() > until:
                    return True
        _finish(job_id)
        return False


def go_on(_now: datetime) -> int:
    """Bring to an end what was started and left (a chore of the worker); how many jobs that were."""
    db.session.rollback()
    started = sa.select(HandOver.id).where(HandOver.started_at.is_not(None), HandOver.finished_at.is_(None))
    left = list(db.session.scalars(started.order_by(HandOver.id)))
    for job_id in left:
        while advance(job_id):
            continue
    return len(left)


def is_allowed(job: HandOver) -> bool:
    """Whether its leader may still do this, and the new owner can still have customers."""
    giver, to = db.session.get_one(Agent, job.by_id), db.session.get_one(Agent, job.to_id)
    if giver.disabled_at is not None or giver.role not in GIVERS or to.disabled_at is not None or not to.has_book:
        return False
    known = sa.select(Agent.id).where(Agent.id.in_([job.from_id, job.to_id]), seen_by(giver))
    return len(db.session.scalars(known).all()) == 2


def _waiting(job_id: str) -> list[tuple[int, str]]:
    db.session.rollback()
    query = sa.select(HandOverItem.place, HandOverItem.tree_id).where(*_unsettled(job_id))
    return [
        (place, tree_id) for place, tree_id in db.session.execute(query.order_by(HandOverItem.place).limit(PORTION))
    ]


def _unsettled(job_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return HandOverItem.hand_over_id == job_id, HandOverItem.outcome.is_(None)


def _hand_over(job_id: str, place: int, tree_id: str, to_id: str, giver_id: str, author: Author) -> None:
    def settle(outcome: str, session: Session) -> None:
        line = sa.update(HandOverItem).where(*_unsettled(job_id), HandOverItem.place == place)
        session.execute(line.values(outcome=outcome))

    try:
        moved = move(
            tree_id,
            to_id,
            giver_id,
            author,
            hand_over_id=job_id,
            also=lambda session: settle(MOVED, session),
        )
        outcome = THERE
    except LookupError:
        moved, outcome = None, _where_instead(tree_id)
    if moved is None:
        with write() as session:
            settle(outcome, session)


def _where_instead(tree_id: str) -> str:
    db.session.rollback()
    lives = db.session.scalar(sa.select(Customer.id).where(Customer.id == tree_id))
    return GONE if lives is None else ELSEWHERE


def _stop(job_id: str) -> None:
    with write() as session:
        session.execute(sa.update(HandOverItem).where(*_unsettled(job_id)).values(outcome=STOPPED))
    _finish(job_id)


def _finish(job_id: str) -> None:
    with write() as session:
        open_one = sa.update(HandOver).where(HandOver.id == job_id, HandOver.finished_at.is_(None))
        session.execute(open_one.values(finished_at=utcnow()))


# ── telling ──────────────────────────────────────────────────────────────────


def state_of(job: HandOver) -> str:
    """unstarted, running or done."""
    if job.finished_at is not None:
        return "done"
    return "running" if job.started_at is not None else "unstarted"


def counts(job_id: str) -> dict[str, int]:
    """How many customers by outcome; "" are those that wait."""
    query = sa.select(HandOverItem.outcome, sa.func.count()).where(HandOverItem.hand_over_id == job_id)
    return {outcome or "": count for outcome, count in db.session.execute(query.group_by(HandOverItem.outcome))}


def left_behind(job_id: str, most: int) -> list[tuple[str, str]]:
    """(tree, outcome) of what was not moved."""
    query = sa.select(HandOverItem.tree_id, HandOverItem.outcome).where(
        HandOverItem.hand_over_id == job_id, HandOverItem.outcome.is_not(None), HandOverItem.outcome != MOVED
    )
    return [
        (tree_id, str(outcome))
        for tree_id, outcome in db.session.execute(query.order_by(HandOverItem.place).limit(most))
    ]


def trees_of(job_id: str, most: int) -> list[str]:
    """The first few customers of a job."""
    query = sa.select(HandOverItem.tree_id).where(HandOverItem.hand_over_id == job_id)
    return list(db.session.scalars(query.order_by(HandOverItem.place).limit(most)))


def taken_back_by(job_id: str) -> str | None:
    """The started job that takes this one back."""
    return db.session.scalar(
        sa.select(HandOver.id).where(HandOver.undoes_id == job_id, HandOver.started_at.is_not(None))
    )
