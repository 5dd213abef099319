"""Random histories of five phones, an office and a leader: nothing typed is lost, and all replicas are the database."""

from __future__ import annotations

import pytest

from tests.sync.checker import Broken
from tests.sync.histories import History, steady_ids

SEEDS = range(30)


@pytest.mark.parametrize("seed", SEEDS)
def test_I2_I4_I5_I7_I11_a_history_ends_with_nothing_lost(app, quiet, seed):
    with steady_ids(seed):
        try:
            History(app.test_client, seed).run()
        except Broken as broken:
            kind = "postgresql" if "postgresql" in app.config["DATABASE_URL"] else "sqlite"
            pytest.fail(f"{broken}\nlive it again: .venv/bin/python -m tests.soak --database {kind} --seed {seed}")
