"""Who went from whom to whom lately: jobs whole, and what programs moved one by one, by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.accounts.models import Agent
from portal.accounts.people import seen_by
from portal.dates import day_of
from portal.team import hand_overs
from portal.team.hand_overs import MOVED
from portal.team.models import Reassignment
from sync.database import db

#: So many single moves are looked through.
SINGLES = 500


@dataclass(slots=True)
class Entry:
    """Customers that went together."""

    old: str
    new: str
    by: str
    at: datetime
    moved: int
    state: str
    hand_over_id: str | None = None


def history(viewer: Agent, most: int) -> list[Entry]:
    """The newest moves between people of the viewer's units."""
    entries = [*_jobs(viewer, most), *_singles(viewer)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:most]


def names_by_id(ids: set[str]) -> dict[str, str]:
    """What the people with these ids are called."""
    return dict(db.session.execute(sa.select(Agent.id, Agent.name).where(Agent.id.in_(ids))).all())


def _jobs(viewer: Agent, most: int) -> list[Entry]:
    jobs = hand_overs.hand_overs_of(viewer, most)
    names = names_by_id({one for job in jobs for one in (job.from_id, job.to_id, job.by_id)})
    return [
        Entry(
            names[job.from_id],
            names[job.to_id],
            names[job.by_id],
            job.started_at or job.created_at,
            hand_overs.counts(job.id).get(MOVED, 0),
            hand_overs.state_of(job),
            job.id,
        )
        for job in jobs
    ]


def _singles(viewer: Agent) -> list[Entry]:
    known = sa.select(Agent.id).where(seen_by(viewer))
    query = sa.select(Reassignment).where(
        Reassignment.hand_over_id.is_(None), Reassignment.from_id.in_(known), Reassignment.to_id.in_(known)
    )
    moves = list(db.session.scalars(query.order_by(Reassignment.at.desc()).limit(SINGLES)))
    names = names_by_id({one for move in moves for one in (move.from_id, move.to_id, move.by_id)})
    found: dict[tuple, Entry] = {}
    for move in moves:
        key = (move.from_id, move.to_id, move.by_id, day_of(move.at))
        if key in found:
            found[key].moved += 1
        else:
            found[key] = Entry(names[move.from_id], names[move.to_id], names[move.by_id], move.at, 1, "done")
    return list(found.values())
