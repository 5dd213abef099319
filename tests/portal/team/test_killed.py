"""Five hundred customers at once, and the process that moves them dies of SIGKILL in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.accounts.models import Agent
from portal.team import hand_overs
from portal.team.models import Reassignment
from sync.database import db
from tests.conftest import SHORT
from tests.e2e.conftest import ROOT, wait_for
from tests.portal.team.conftest import customers, history, owner


@pytest.fixture
def worker(app, database):
    """Starts `doorstep worker` on the database of the test."""
    command = [str(Path(sys.executable).with_name("doorstep")), "worker"]
    settings = {**SHORT, "DATABASE_URL": database, "DATA_DIR": str(app.config["DATA_DIR"])}
    started = []

    def start(*arguments: str) -> subprocess.Popen:
        environment = os.environ | {name: str(value) for name, value in settings.items()}
        started.append(subprocess.Popen([*command, *arguments], env=environment, cwd=ROOT))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def moved() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Reassignment)) or 0


def test_what_is_done_is_done_and_the_rest_goes_on(people, worker):
    every = customers(people.ana, [f"客户{n:03}" for n in range(510)])
    leader = db.session.get_one(Agent, people.leader.id)
    job_id = hand_overs.keep(leader, people.ana.id, people.ben.id, every)
    hand_overs.start(job_id)
    dying = worker()
    wait_for(lambda: moved() >= 20, "some have gone", seconds=90)
    os.kill(dying.pid, signal.SIGKILL)
    dying.wait()
    done = moved()
    assert done < 510
    # Each move, its line and its outcome are one: nothing is between two books, nothing is noted that did not happen.
    assert hand_overs.counts(job_id) == {"moved": done, "": 510 - done}
    assert [owner(one) for one in every].count(people.ben.id) == done
    # The dead process holds the job for some seconds yet.
    wait_for(lambda: _ended(worker, job_id), "the job has ended", seconds=120)
    assert hand_overs.counts(job_id) == {"moved": 510}
    assert all(history(one) == [(people.ana.id, people.ben.id, people.leader.id)] for one in every)


def _ended(worker, job_id: str) -> bool:
    assert worker("--once").wait(timeout=120) == 0
    db.session.rollback()
    return "" not in hand_overs.counts(job_id)
