"""The ledger: replays, forks and gaps."""

from __future__ import annotations

import copy

import pytest

from sync.columns import new_id


def verdicts_without_rows(reply: dict) -> list[dict]:
    return [
        {name: verdict.get(name) for name in ("n", "verdict", "error", "conflicts")} for verdict in reply["verdicts"]
    ]


def history(phone) -> tuple:
    """A phone with edits of every verdict, sent once; another that made the conflict."""
    one, two = phone(), phone()
    person = one.create("person", name="王芳", phone="1", tags=["a"])
    two.pull()
    two.update("person", person, phone="2", tags=["a", "b"])
    edits = [
        one.change("person", person, phone=("1", "3")),
        one.change("person", person, tags=(["a"], ["a", "c"])),
        one.creation("person", name="x", score=101),
        one.creation("pet", person_id=person, name="狗"),
        one.deletion("person", new_id(), base=1),
    ]
    return one, two, edits, one.push(*edits)


def test_I3_a_replay_gives_the_same_verdicts_and_changes_nothing(phone):
    one, _two, edits, first = history(phone)
    assert [verdict["verdict"] for verdict in first["verdicts"]] == ["conflict", "merged", "rejected", "ok", "rejected"]
    one.pull()
    rows, digests = copy.deepcopy(one.rows), one.digests
    for _ in range(2):
        again = one.push(*edits)
        assert verdicts_without_rows(again) == verdicts_without_rows(first)
        assert all(verdict["replayed"] is True for verdict in again["verdicts"])
    one.pull()
    assert (one.rows, one.digests) == (rows, digests)


@pytest.mark.parametrize("cut", range(6))
def test_I13_any_prefix_sent_again_and_then_the_rest_equals_all(phone, cut):
    one, _two, edits, first = history(phone)
    again = one.push(*edits[:cut])["verdicts"] + one.push(*edits[cut:])["verdicts"]
    assert verdicts_without_rows({"verdicts": again}) == verdicts_without_rows(first)


def test_the_row_of_a_replay_is_the_one_of_now(phone):
    one, two, edits, _first = history(phone)
    person = edits[0]["id"]
    two.pull()
    two.update("person", person, name="王方")
    assert one.push(edits[0])["verdicts"][0]["row"]["name"] == "王方"
    two.pull()
    two.delete("person", person)
    assert one.push(edits[0])["verdicts"][0]["row"] is None


def test_another_edit_under_an_old_number_is_a_fork(phone):
    ana = phone()
    person = ana.create("person", name="王芳")
    edit = ana.change("person", person, name="王方")
    ana.push(edit)
    other = copy.deepcopy(edit)
    other["set"]["name"][1] = "王访"
    reply = ana.push(other, expect=409)
    assert (reply["code"], reply["n"]) == ("device_forked", 2)
    assert ana.push({**edit, "at": "2020-01-01T00:00:00Z"}, expect=409)["code"] == "device_forked"
    assert ana.push(edit)["verdicts"][0]["replayed"] is True


def test_a_gap_names_the_number_it_waits_for(phone):
    ana = phone()
    edit = ana.creation("person", name="王芳")
    reply = ana.push({**edit, "n": 3}, expect=409)
    assert (reply["code"], reply["expected"]) == ("gap", 1)
    assert ana.push()["last_n"] == 0


@pytest.mark.parametrize("number, code", [(5, "gap"), (1, "device_forked")])
def test_the_good_prefix_of_a_bad_batch_is_kept(phone, number, code):
    ana = phone()
    first = ana.creation("person", name="1")
    ana.push(first)
    good, bad, rest = (ana.creation("person", name=name) for name in "234")
    assert ana.push(good, {**bad, "n": number}, rest, expect=409)["code"] == code
    assert ana.push()["last_n"] == 2
    ana.pull()
    assert sorted(row["name"] for (kind, _), row in ana.rows.items() if kind == "person") == ["1", "2"]


def test_the_same_number_twice_in_one_batch(phone):
    ana = phone()
    edit = ana.creation("person", name="王芳")
    verdicts = ana.push(edit, edit)["verdicts"]
    assert [verdict.get("replayed", False) for verdict in verdicts] == [False, True]
    assert verdicts[0]["row"] == verdicts[1]["row"]


def test_a_device_that_registers_anew_sends_again_what_it_has(phone):
    one, two = phone(), phone()
    person, receipt = new_id(), new_id()

    def edits(which):
        return [
            which.creation("person", person, name=(None, "王芳"), phone=(None, "1")),
            which.creation("receipt", receipt, person_id=(None, person), amount_fen=(None, 5)),
            which.change("person", person, base=0, phone=("1", "2")),
        ]

    one.push(*edits(one))
    verdicts = two.push(*edits(two))["verdicts"]
    # The old creation asks about the phone number for a moment; the edit after it answers.
    assert [verdict["verdict"] for verdict in verdicts] == ["conflict", "ok", "merged"]
    one.pull()
    two.pull()
    assert one.rows["person", person]["phone"] == "2"
    assert one.rows["person", person]["ver"] == 2
    assert two.conflicts() == []
