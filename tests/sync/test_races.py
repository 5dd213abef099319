"""Many at once: seq order is commit order, nobody's change is lost, the same phone twice is the same as once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier

import pytest

from sync.canonical import digest_text, row_digest
from sync.devices import server_author
from sync.leaving import move_tree
from tests.sync.cast import ANA, BEN, STRANGER


def together(*jobs, within=120):
    """Run jobs at the same moment; their results. Who waits for another for ever fails the test, and does not hold it."""
    barrier = Barrier(len(jobs))

    def run(job):
        barrier.wait()
        return job()

    pool = ThreadPoolExecutor(len(jobs))
    try:
        running = [pool.submit(run, job) for job in jobs]
        assert not wait(running, timeout=within).not_done, "some wait for ever"
        return [each.result() for each in running]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def test_sixteen_writers_with_crossing_reassignments_never_wait_for_each_other_in_a_circle(phone, app):
    """Eight leaders give the same families round in opposite orders while eight phones of three agents write to them."""
    agents = [ANA, BEN, STRANGER]
    books = [f"agent:{agent}" for agent in agents]
    ana = phone()
    people = [ana.create("person", name=str(number)) for number in range(4)]
    for person in people:
        ana.create("pet", person_id=(None, person), name="狗")
    author = server_author("leader", ANA, scopes=books)
    phones = [phone(agents[number % 3], str(number)) for number in range(8)]
    for book in [*books[1:], books[0]]:  # everybody has had them once, so everybody's edits are late or not
        for person in people:
            move_tree("person", person, book, author)

    def lead(number):
        with app.app_context():
            for step in range(3):
                for person in people if number % 2 else reversed(people):
                    move_tree("person", person, books[(number + step) % 3], author)

    def write(number):
        for step in range(4):
            tags = [(person, f"{number}.{step}.{at}") for at, person in enumerate(people)]
            batch = [phones[number].change("person", person, tags=([], [tag])) for person, tag in tags]
            reply = phones[number].push(*(batch if number % 2 else reversed_numbers(batch)))
            assert {verdict["verdict"] for verdict in reply["verdicts"]} <= {"ok", "merged", "conflict"}

    together(
        *[lambda number=number: lead(number) for number in range(8)],
        *[lambda number=number: write(number) for number in range(8)],
    )
    for person in people:
        move_tree("person", person, books[0], author)
    check_replica(ana)
    there = [str(row) for (kind, _), row in ana.rows.items() if kind in ("person", "conflict")]
    kept = " ".join(there)
    for number in range(8):
        for at in range(len(people)):
            assert f"'{number}.3.{at}'" in kept
    assert len([key for key in ana.rows if key[0] == "pet"]) == 4
    for each in phones:
        each.pull()
        assert ("person" in {kind for kind, _ in each.rows}) == (each.agent == ANA)


def reversed_numbers(batch):
    """The same wishes in the opposite order, still numbered upwards."""
    numbers = [edit["n"] for edit in batch]
    return [edit | {"n": n} for edit, n in zip(reversed(batch), numbers, strict=True)]


def check_replica(phone_):
    phone_.pull()
    total = 0
    for (kind, _), row in phone_.rows.items():
        total ^= row_digest(kind, row)
    assert phone_.digests[f"agent:{ANA}"] == digest_text(total)


def test_two_phones_race_for_one_field_one_wins_the_other_is_kept(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", phone="0")
    two.pull()
    for round_ in range(5):
        for each in (one, two):
            each.pull()
            for conflict in each.conflicts():
                each.settle(conflict, "theirs")
                each.pull()
        two.pull()
        verdicts = together(
            lambda number=round_: one.update("person", person, phone=f"one {number}"),
            lambda number=round_: two.update("person", person, phone=f"two {number}"),
        )
        assert sorted(verdict["verdict"] for verdict in verdicts) == ["conflict", "ok"]
    check_replica(one)
    check_replica(two)
    assert one.rows == two.rows


def test_I3_the_same_batch_sent_twice_at_once_is_applied_once(phone):
    ana = phone()
    edits = [ana.creation("person", name=str(number)) for number in range(10)]
    replies = together(*[lambda: ana.post("push", {"proto": 1, "edits": edits}) for _ in range(3)])
    assert [reply.status_code for reply in replies] == [200, 200, 200]
    marks = [{verdict.get("replayed", False) for verdict in reply.json["verdicts"]} for reply in replies]
    assert sorted(map(str, marks)) == ["{False}", "{True}", "{True}"]
    check_replica(ana)
    assert len([key for key in ana.rows if key[0] == "person"]) == 10


@pytest.mark.parametrize("writers", [4])
def test_I6_a_reader_among_writers_misses_nothing(phone, writers):
    reader = phone()
    phones = [phone() for _ in range(writers)]

    def write(which):
        def job():
            for number in range(8):
                phones[which].create("person", name=f"{which}/{number}")

        return job

    def read():
        for _ in range(20):
            reader.pull(limit=3)

    together(*[write(which) for which in range(writers)], read)
    check_replica(reader)
    names = [row["name"] for (kind, _), row in reader.rows.items() if kind == "person"]
    assert len(names) == writers * 8


def test_one_deletes_while_the_other_edits(phone):
    one, two = phone(), phone()
    for _ in range(5):
        person = one.create("person", name="王芳", phone="0")
        two.pull()
        verdicts = together(
            lambda row_id=person: one.delete("person", row_id),
            lambda row_id=person: two.update("person", row_id, phone="2"),
        )
        assert sorted(verdict["verdict"] for verdict in verdicts) == ["conflict", "ok"]
        one.pull()
        for conflict in one.conflicts():
            one.settle(conflict, "mine")
        one.pull()
        two.pull()
        assert one.rows == two.rows
    check_replica(one)
