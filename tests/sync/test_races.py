"""Many at once: seq order is commit order, nobody's change is lost, the same phone twice is the same as once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from sync.canonical import digest_text, row_digest
from tests.sync.cast import ANA


def together(*jobs):
    """Run jobs at the same moment; their results."""
    barrier = Barrier(len(jobs))

    def run(job):
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


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
