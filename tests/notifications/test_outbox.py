"""The outbox and the rules: told once, never forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

import notifications
from notifications.models import Notification
from notifications.outbox import PAUSES
from sync.database import db

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
ANA = "01900000-0000-7000-8000-00000000000a"


@pytest.fixture
def rules(monkeypatch):
    monkeypatch.setattr("notifications.rules.RULES", known := {})
    return known


def birthday(key: str = "2026:1", due: datetime = NOW) -> notifications.Occasion:
    return notifications.Occasion(key, ANA, due, {"name": "王芳"})


def test_the_same_occasion_is_told_once(app):
    assert notifications.enqueue("birthday", [birthday(), birthday()], NOW) == 1
    assert notifications.enqueue("birthday", [birthday()], NOW + timedelta(days=1)) == 0
    assert notifications.enqueue("renewal", [birthday()], NOW) == 1


def test_what_is_due_is_claimed_oldest_first_and_by_one_only(app):
    late, early = birthday("late", NOW), birthday("early", NOW - timedelta(hours=1))
    notifications.enqueue("birthday", [late, early, birthday("tomorrow", NOW + timedelta(days=1))], NOW)
    claims = notifications.claim(NOW)
    assert [claim.key for claim in claims] == ["birthday:early", "birthday:late"]
    assert claims[0].about == {"name": "王芳"}
    assert claims[0].person == ANA
    assert notifications.claim(NOW) == []


def test_a_claim_that_nobody_settled_goes_to_the_next(app):
    notifications.enqueue("birthday", [birthday()], NOW)
    notifications.claim(NOW, lease=timedelta(minutes=5))
    assert notifications.claim(NOW + timedelta(minutes=4)) == []
    assert [claim.tries for claim in notifications.claim(NOW + timedelta(minutes=5))] == [2]


def test_what_was_sent_stays_sent(app):
    notifications.enqueue("birthday", [birthday()], NOW)
    (claim,) = notifications.claim(NOW)
    notifications.sent(claim, NOW)
    notifications.sent(claim, NOW)
    notifications.failed(claim, "Timeout", NOW)
    assert notifications.claim(NOW + timedelta(days=30)) == []


def test_a_failure_is_tried_again_later_and_at_last_given_up(app):
    notifications.enqueue("birthday", [birthday()], NOW)
    at = NOW
    for pause in PAUSES:
        (claim,) = notifications.claim(at)
        notifications.failed(claim, "Timeout", at)
        assert notifications.claim(at + pause - timedelta(seconds=1)) == []
        at += pause
    (claim,) = notifications.claim(at)
    notifications.failed(claim, "Timeout", at)
    assert notifications.claim(at + timedelta(days=30)) == []
    assert db.session.scalar(sa.select(Notification.fault)) == "Timeout"
    assert db.session.scalar(sa.select(Notification.given_up_at)) == at


def test_what_it_is_about_is_sealed(app):
    notifications.enqueue("birthday", [birthday()], NOW)
    assert "王芳".encode() not in db.session.scalar(sa.select(Notification.about))


def test_rules_are_asked_again_and_again_and_repeat_nothing(app, rules):
    notifications.register_rule(notifications.Rule("birthday", lambda now: [birthday()]))
    assert notifications.run_rules(NOW) == 1
    assert notifications.run_rules(NOW) == 0


def test_one_rule_that_falls_over_stops_no_other(app, rules):
    notifications.register_rule(notifications.Rule("broken", lambda now: 1 / 0))
    notifications.register_rule(notifications.Rule("birthday", lambda now: [birthday()]))
    assert notifications.run_rules(NOW) == 1


def test_a_name_belongs_to_one_rule(rules):
    notifications.register_rule(notifications.Rule("birthday", lambda now: []))
    with pytest.raises(ValueError, match="birthday"):
        notifications.register_rule(notifications.Rule("birthday", lambda now: []))
