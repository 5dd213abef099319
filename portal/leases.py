"""Long work in slices: a job's row says who works on it, and until when. A server that died leaves it to run out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from sync.columns import utcnow
from sync.database import write

#: Many times as long as a slice takes.
LEASE = timedelta(seconds=10)


@contextmanager
def lease(model: Any, job_id: str) -> Iterator[bool]:
    """Give whether the job is ours to work on: it is not finished, and nobody else is at it.

    `model` is a table of jobs, with `id`, `finished_at` and `lease_until`.
    """
    taken = _take(model, job_id)
    try:
        yield taken
    finally:
        if taken:
            with write() as session:
                session.execute(_of(model, job_id).values(lease_until=None))


def _take(model: Any, job_id: str) -> bool:
    now = utcnow()
    free = sa.or_(model.lease_until.is_(None), model.lease_until < now)
    with write() as session:
        taken = session.execute(
            _of(model, job_id).where(model.finished_at.is_(None), free).values(lease_until=now + LEASE)
        )
        return bool(taken.rowcount)  # type: ignore[attr-defined]


def _of(model: Any, job_id: str) -> Any:
    return sa.update(model).where(model.id == job_id)
