"""A device that calls without end is told to wait, and told how long; nobody else notices."""

from __future__ import annotations

import pytest

from sync.pace import Pace
from tests.sync.cast import ANA


def test_a_minutes_calls_at_once_and_then_evenly():
    pace = Pace(60)
    assert [pace.wait("one", 100.0) for _ in range(61)] == [0.0] * 60 + [1.0]
    assert pace.wait("two", 100.0) == 0.0
    assert pace.wait("one", 100.5) == 0.5
    assert pace.wait("one", 101.0) == 0.0
    assert pace.wait("one", 101.0) == 1.0
    assert [pace.wait("one", 1000.0) for _ in range(61)] == [0.0] * 60 + [1.0]


@pytest.fixture
def hurried(app):
    """Three calls in a minute, no more."""
    app.config["SYNC_PER_MINUTE"] = 3
    app.extensions.pop("doorstep.pace", None)
    yield app
    del app.config["SYNC_PER_MINUTE"]


def test_a_phone_in_a_hurry_is_told_when_to_come_back(hurried, phone):
    ana, other = phone(), phone(ANA)
    edit = ana.creation("person", name="王芳")
    for _ in range(3):
        assert ana.post("push", {"proto": 1, "edits": [edit]}).status_code == 200
    for path, body in (("push", {"proto": 1, "edits": [edit]}), ("pull", {"proto": 1, "cursor": None})):
        reply = ana.post(path, body)
        assert (reply.status_code, reply.json["code"]) == (429, "slow_down")
        assert 1 <= int(reply.headers["Retry-After"]) <= 20
    assert ana.client.get("/sync/snapshot", headers=ana.headers).status_code == 429
    assert other.post("pull", {"proto": 1, "cursor": None}).status_code == 200
