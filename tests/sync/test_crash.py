"""The server dies at the worst moment: what was acknowledged is there, what is sent again is there once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from random import Random

import pytest

from sync.canonical import digest_text, row_digest
from sync.columns import new_id
from sync.database import dispose, writer_engine
from tests.sync.cast import ANA, BEN
from tests.sync.conftest import empty
from tests.sync.kills import DEAD, Nursery, nursery, persist, random_kills
from tests.sync.phone import Phone


@pytest.fixture
def killing(app, tmp_path) -> Iterator[Nursery]:
    """Servers on this test's database, which nobody else has open."""
    url = writer_engine().url.render_as_string(hide_password=False)
    dispose(app)
    with nursery(url, tmp_path) as made:
        yield made


def check(*phones: Phone) -> None:
    """What each phone holds is what the server says of its book."""
    for phone in phones:
        phone.pull()
        total = 0
        for (kind, _), row in phone.rows.items():
            total ^= row_digest(kind, row)
        assert phone.digests[f"agent:{phone.agent}"] == digest_text(total)


@pytest.mark.parametrize("place, kept", [("before-commit", False), ("after-commit-before-reply", True)])
def test_I1_killed_around_the_commit_and_sent_again_it_is_there_once(killing, place, kept):
    ana = Phone(killing.serve(), ANA)
    edits = [
        ana.creation("person", new_id(), name="王芳", phone="1"),
        ana.creation("person", new_id(), name="李雷"),
    ]
    ana.client.kill()
    ana.client = killing.serve(failpoints=f"{place}=kill")
    with pytest.raises(DEAD):
        ana.push(*edits)
    assert ana.client.wait() == signal.SIGKILL
    assert killing.fired(place)

    ana.client = killing.serve(failpoints=f"{place}=kill")  # acts once
    assert ana.push()["last_n"] == (2 if kept else 0)
    verdicts = ana.push(*edits)["verdicts"]
    assert [verdict.get("replayed", False) for verdict in verdicts] == [kept, kept]
    assert [verdict["row"]["ver"] for verdict in verdicts] == [1, 1]
    check(ana)
    assert sorted(row["name"] for (kind, _), row in ana.rows.items() if kind == "person") == ["李雷", "王芳"]


def a_day(killing: Nursery, when: str, at: int) -> tuple[int, list]:
    """Two phones of Ana's write, disagree and delete; a customer goes to Ben, with a late edit behind it.

    The server dies once: at its commit with this number. Gives how many servers were needed, and what came of it all.
    """
    servers = [killing.serve(die={"when": when, "at": at})]

    def again():
        """Another server in place of the dead one, which did die where it should."""
        assert servers[-1].wait() == signal.SIGKILL
        assert killing.died
        servers.append(killing.serve())
        return servers[-1]

    def register(agent: str) -> Phone:
        try:
            return Phone(servers[-1], agent)
        except DEAD:
            return Phone(again(), agent)

    def send(phone: Phone, *edits: dict) -> list[dict]:
        phone.client = servers[-1]
        return persist(again, phone, list(edits))

    def look(*phones: Phone, how: Callable[..., None] = check) -> None:
        """Looking commits, too: that the phone was there."""
        for phone in phones:
            phone.client = servers[-1]
        try:
            how(*phones)
        except DEAD:
            again()
            look(*phones, how=how)

    def move(person: str, book: str) -> None:
        try:
            servers[-1].post("/toys/moves", json={"id": person, "book": book})
        except DEAD:
            again().post("/toys/moves", json={"id": person, "book": book})

    ana, two = register(ANA), register(ANA)
    person, other = new_id(), new_id()
    send(ana, ana.creation("person", person, name="王芳", phone="1"), ana.creation("person", other, name="李雷"))
    send(ana, ana.creation("pet", person_id=(None, person), name="旺财"))
    look(two, how=Phone.pull)
    send(ana, ana.change("person", person, phone="2"))
    (verdict,) = send(two, two.change("person", person, phone="3"))
    assert verdict["verdict"] == "conflict"
    send(two, two.deletion("person", other))
    move(person, f"agent:{BEN}")
    send(two, two.creation("note", person_id=(None, person), text="was there"))
    phones = ana, two, register(BEN)
    look(*phones)
    servers[-1].kill()
    return len(servers), [_said(phone) for phone in phones]


def _said(phone: Phone) -> list[tuple]:
    """What a phone holds, without what differs from day to day."""
    rows = [(kind, row) for (kind, _), row in phone.rows.items() if kind != "device"]
    return sorted((kind, row["ver"], str(row.get("name")), str(row.get("phone"))) for kind, row in rows)


@pytest.mark.parametrize("when", ["before", "after"])
def test_I1_killed_at_every_commit_boundary_of_a_day_with_a_reassignment(app, killing, when):
    at, needed, ends = 0, 2, []
    while needed == 2:
        at += 1
        empty(app)
        needed, end = a_day(killing, when, at)
        ends.append(end)
    assert needed == 1
    assert at > 10, "fewer commits than steps"
    assert all(end == ends[-1] for end in ends)


def test_I1_killed_at_random_nothing_acknowledged_is_lost(killing):
    assert random_kills(killing, Random(1), 10) == 10


def test_failpoints_are_dead_without_the_setting(app, tmp_path, monkeypatch):
    from sync.failpoints import FailpointFired, failpoint

    def fired(name: str) -> bool:
        return (tmp_path / "failpoints" / f"{name}.fired").exists()

    monkeypatch.setitem(app.config, "DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DOORSTEP_FAILPOINTS", "here=raise|there=sleep:0")
    monkeypatch.setitem(app.config, "FAILPOINTS", "")
    failpoint("here")
    assert not fired("here")
    monkeypatch.setitem(app.config, "FAILPOINTS", "1")
    with pytest.raises(FailpointFired):
        failpoint("here")
    failpoint("there")
    failpoint("elsewhere")
    assert fired("here")
    assert fired("there")
    assert not fired("elsewhere")
