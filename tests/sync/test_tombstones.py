"""What was deleted is kept for 90 days, and longer where somebody still has to answer."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from sync.columns import utcnow
from sync.database import db
from sync.models import Feed, Tombstone
from sync.tombstones import purge

LATER = timedelta(days=91)


def test_old_tombstones_go_and_old_cursors_start_over(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳")
    two.pull()
    one.delete("person", person)
    one.pull()
    assert purge(utcnow() + timedelta(days=89)) == 0
    assert purge(utcnow() + LATER) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Tombstone)) == 0
    assert not db.session.scalars(sa.select(Feed).where(Feed.op == "delete")).all()
    assert two.post("pull", {"proto": 1, "cursor": two.cursor}).json["code"] == "rebootstrap"
    assert one.pull() == []
    two.cursor = None
    two.rows.clear()
    two.pull()
    assert two.rows == one.rows
    assert two.digests == one.digests


def test_what_an_open_question_is_about_stays(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳")
    pet = one.create("pet", person_id=person, name="狗")
    two.pull()
    one.delete("person", person)
    two.update("pet", pet, name="猫")
    assert purge(utcnow() + LATER) == 0
    two.pull()
    two.settle(two.conflicts()[0], "mine")
    two.pull()
    assert two.rows["pet", pet]["name"] == "猫"
    assert two.rows["person", person]["name"] == "王芳"
