"""The first download: whole, in order, resumable, consistent."""

from __future__ import annotations

import pytest

from tests.sync.cast import ANA, BEN


@pytest.fixture
def book(phone, app):
    """Ana's book: four people with pets and notes; two of them are today's."""
    ana = phone()
    people = [ana.create("person", name=str(number)) for number in range(4)]
    for person in people:
        ana.create("pet", person_id=person, name="狗")
        ana.create("note", person_id=person, text="x")
    app.extensions["toys.first"][ANA] = [people[3], people[1]]
    phone(BEN).create("person", name="not Ana's")
    return ana, people


def test_everything_in_scope_comes_once_and_the_count_agrees(book):
    ana, _people = book
    head, *lines = ana.snapshot()
    assert head["rows"] == len(lines) == 4 + 4 + 4 + 1  # and the device's card
    keys = [(line["kind"], line["id"]) for line in lines]
    assert len(set(keys)) == len(keys)
    ana.pull()
    assert {key: line["row"] for key, line in zip(keys, lines, strict=True)} == ana.rows
    assert all(line["op"] == "put" and line["ver"] == line["row"]["ver"] for line in lines)


def test_todays_trees_come_first_then_kinds_in_order_bytewise(book):
    ana, people = book
    _, *lines = ana.snapshot()
    today = {people[1], people[3]}
    first, rest = lines[:6], lines[6:]
    assert all((line["id"] if line["kind"] == "person" else line["row"]["person_id"]) in today for line in first)
    for block in (first, rest):
        kinds = [line["kind"] for line in block]
        assert kinds == sorted(kinds, key=["person", "note", "pet", "receipt", "board", "conflict", "device"].index)
        for kind in set(kinds):
            ids = [line["id"] for line in block if line["kind"] == kind]
            assert ids == sorted(ids)


def test_a_download_goes_on_after_any_line(book):
    ana, _ = book
    head, *lines = ana.snapshot()
    for kept in range(len(lines)):
        again, *rest = ana.snapshot(after=lines[kept]["t"])
        assert again["rows"] == len(rest) == len(lines) - kept - 1
        assert [line["id"] for line in rest] == [line["id"] for line in lines[kept + 1 :]]
        assert again["cursor"] == head["cursor"]


def test_what_changes_between_two_parts_of_a_download_is_not_missed(book, phone):
    ana, people = book
    head, *lines = ana.snapshot()
    other = phone()
    other.pull()
    other.update("person", people[1], name="changed")  # sent in the first part
    other.create("person", name="new")
    other.delete("person", people[3])
    _, *rest = ana.snapshot(after=lines[7]["t"])
    for line in lines[:8] + rest:
        ana.rows[line["kind"], line["id"]] = line["row"]
    ana.cursor = head["cursor"]
    ana.pull()
    other.pull()
    assert ana.rows == other.rows


def test_when_todays_list_is_another_by_now_rows_may_come_twice_but_never_not(book, app):
    ana, people = book
    _, *lines = ana.snapshot()
    app.extensions["toys.first"][ANA] = [people[0]]
    for kept in (2, 8):
        _, *rest = ana.snapshot(after=lines[kept]["t"])
        seen = {(line["kind"], line["id"]) for line in lines[: kept + 1] + rest}
        assert seen == {(line["kind"], line["id"]) for line in lines}


@pytest.mark.parametrize("token", ["", "x", "a.b.c.d.e.f.g", "....................", "é.1.2.3.4.5.6"])
def test_a_token_that_is_not_ours(book, token):
    ana, _ = book
    reply = ana.client.get("/sync/snapshot", query_string={"after": token}, headers=ana.headers)
    assert (reply.status_code, reply.json["code"]) == (400, "bad_cursor")


def test_a_strangers_token_does_not_open(book, phone):
    ana, _ = book
    token = ana.snapshot()[1]["t"]
    ben = phone(BEN)
    assert ben.client.get("/sync/snapshot", query_string={"after": token}, headers=ben.headers).status_code == 400


def test_packed_it_is_the_same(book):
    ana, _ = book
    assert [line["id"] for line in ana.snapshot(pack=True)[1:]] == [line["id"] for line in ana.snapshot()[1:]]


def test_an_empty_book(phone):
    ben = phone(BEN)
    head, *lines = ben.snapshot()
    assert head["rows"] == len(lines) == 1
    ben.cursor = head["cursor"]
    assert ben.pull() == []


def test_the_download_holds_no_transaction_when_nobody_takes_it(book, app):
    ana, _ = book
    reply = ana.client.get("/sync/snapshot", headers=ana.headers, buffered=False)
    reply.close()
    ana.create("person", name="after")
