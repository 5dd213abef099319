"""A record that went to another book: the old phones let go of it. (Moving itself, and what late edits become, come later.)"""

from __future__ import annotations

import sqlalchemy as sa

from sync.database import write
from sync.models import Feed, ScopeHead
from tests.sync.cast import ANA, BEN
from tests.sync.test_push import error_of
from tests.sync.toys import Person


def move(person: str, old: str, new: str) -> None:
    """As a reassignment will do it: `leave` in the old book, `put` in the new one."""
    with write() as session:
        row = session.execute(sa.select(Feed.__table__).where(Feed.id == person)).mappings().one()
        heads = {head.scope: head for head in session.scalars(sa.select(ScopeHead))}
        for scope, op in ((old, "leave"), (new, "put")):
            heads[scope].seq += 1
            heads[scope].digest = f"{int(heads[scope].digest, 16) ^ int(row['digest'], 16):016x}"
            here = {
                "scope": scope,
                "seq": heads[scope].seq,
                "op": op,
                "digest": row["digest"] if op == "put" else "0" * 16,
            }
            session.execute(sa.delete(Feed).where(Feed.scope == scope, Feed.id == person))
            session.execute(sa.insert(Feed.__table__).values({**row, **here}))
        session.execute(sa.update(Person.__table__).where(Person.id == person).values(scope=new))


def test_it_leaves_one_phone_and_enters_another(phone):
    ana, ben = phone(), phone(BEN)
    person = ana.create("person", name="王芳", phone="1")
    ana.pull()
    ben.pull()
    move(person, f"agent:{ANA}", f"agent:{BEN}")
    changes = ana.pull()
    assert [(change["op"], change["id"], "row" in change) for change in changes] == [("leave", person, False)]
    ben.pull()
    assert ben.rows["person", person]["phone"] == "1"
    assert ben.update("person", person, phone="2")["verdict"] == "ok"
    assert ana.pull() == []


def test_what_the_old_phone_still_sends_is_kept_and_touches_nothing(phone):
    ana, ben = phone(), phone(BEN)
    person = ana.create("person", name="王芳")
    ben.pull()
    move(person, f"agent:{ANA}", f"agent:{BEN}")
    for edit in (
        ana.change("person", person, name="王方"),
        ana.deletion("person", person),
        ana.creation("person", person, name=(None, "王芳")),
        ana.creation("note", person_id=(None, person), text=(None, "was there")),
    ):
        assert error_of(ana.one(edit)) == "left_scope"
    ben.pull()
    assert ben.rows["person", person]["name"] == "王芳"
