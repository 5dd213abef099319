"""A tree that goes to another book: the old phones let go of it, the new ones get all of it, at once."""

from __future__ import annotations

import pytest

from sync.canonical import digest_text, row_digest
from sync.columns import new_id
from sync.database import consistent_read
from sync.devices import server_author
from sync.leaving import move_tree, move_trees
from sync.pull import read_heads
from tests.sync.cast import ANA, BEN, STRANGER
from tests.sync.test_races import together

BOOKS = {agent: f"agent:{agent}" for agent in (ANA, BEN, STRANGER)}


def leader(*agents):
    """The writer that moves trees among these agents' books."""
    return server_author("leader", ANA, scopes=[BOOKS[agent] for agent in agents or BOOKS])


def move(person, new):
    assert move_tree("person", person, new, leader())


def check(*phones):
    """What each phone has after pulling is what the server says of its book, by digest."""
    for each in phones:
        each.pull()
        total = 0
        for (kind, _), row in each.rows.items():
            total ^= row_digest(kind, row)
        assert each.digests[BOOKS[each.agent]] == digest_text(total), each.agent


def family(ana):
    """A person with a note, a pet and a receipt."""
    person = ana.create("person", name="王芳", phone="1")
    for kind in ("note", "pet", "receipt"):
        ana.create(kind, person_id=(None, person))
    return person


def test_it_leaves_one_phone_and_enters_another(phone):
    ana, ben = phone(), phone(BEN)
    person = ana.create("person", name="王芳", phone="1")
    ana.pull()
    ben.pull()
    move(person, BOOKS[BEN])
    changes = ana.pull()
    assert [(change["op"], change["id"], "row" in change) for change in changes] == [("leave", person, False)]
    ben.pull()
    assert ben.rows["person", person]["phone"] == "1"
    assert ben.update("person", person, phone="2")["verdict"] == "ok"
    assert ana.pull() == []


def test_I8_the_whole_tree_leaves_and_enters_in_one_seq_and_versions_count_on(phone):
    ana, ben = phone(), phone(BEN)
    person = family(ana)
    check(ana, ben)
    before = dict(ana.rows)
    move(person, BOOKS[BEN])
    # One page of one line: an edit is never cut in two.
    page = ben.post("pull", {"proto": 1, "cursor": ben.cursor, "limit": 1}).json
    assert sorted(change["kind"] for change in page["changes"]) == ["note", "person", "pet", "receipt"]
    assert all(change["op"] == "put" for change in page["changes"])
    assert {change["op"] for change in ana.pull()} == {"leave"}
    check(ana, ben)
    assert [kind for kind, _ in ana.rows] == ["device"]
    for key in [key for key in before if key[0] != "device"]:
        old, new = before[key], ben.rows[key]
        assert new == old | {"ver": old["ver"] + 1, "updated_at": new["updated_at"]}
    assert ben.update("pet", next(row for kind, row in before if kind == "pet"), name="旺财")["verdict"] == "ok"
    assert ben.delete("person", person)["verdict"] == "ok"
    check(ana, ben)


def test_there_and_back_again_ends_with_the_row_present(phone):
    ana, ben, late = phone(), phone(BEN), phone()
    person = family(ana)
    for each in (ana, ben, late):
        each.pull()
    move(person, BOOKS[BEN])
    ben.pull()
    move(person, BOOKS[ANA])
    check(ana, ben, late)
    assert ("person", person) in ana.rows
    assert ("person", person) in late.rows
    assert ("person", person) not in ben.rows
    assert ben.update("person", person, base=2, name=("王芳", "x"))["row"] is None
    assert ana.update("person", person, name="王方")["verdict"] == "ok"
    check(ana, ben, late)


def test_twice_is_once_and_a_stranger_is_nobody(phone):
    ana = phone()
    person = family(ana)
    assert move_tree("person", person, BOOKS[BEN], leader())
    with consistent_read() as connection:
        seqs = {scope: head.seq for scope, head in read_heads(connection, list(BOOKS.values())).items()}
    assert not move_tree("person", person, BOOKS[BEN], leader())
    with pytest.raises(LookupError):  # the leader's scopes do not hold Ben's book
        move_tree("person", person, BOOKS[ANA], server_author("other", ANA, scopes=[BOOKS[STRANGER]]))
    with pytest.raises(LookupError):
        move_tree("person", new_id(), BOOKS[ANA], leader())
    with pytest.raises(ValueError, match="may not write"):
        move_tree("person", person, BOOKS[STRANGER], server_author("narrow", ANA))
    with consistent_read() as connection:
        assert seqs == {scope: head.seq for scope, head in read_heads(connection, list(BOOKS.values())).items()}


def test_open_conflicts_and_what_was_deleted_go_with_the_tree(phone):
    ana, two, ben = phone(), phone(), phone(BEN)
    person = ana.create("person", name="王芳", phone="0")
    pet = ana.create("pet", person_id=(None, person), name="旺财")
    two.pull()
    ana.update("person", person, phone="1")
    assert two.update("person", person, phone="2")["verdict"] == "conflict"
    ana.pull()
    ana.delete("pet", pet)
    assert two.update("pet", pet, name="来福")["verdict"] == "conflict"
    move(person, BOOKS[BEN])
    check(ana, two, ben)
    assert ana.conflicts() == two.conflicts() == []
    assert {conflict["record_kind"] for conflict in ben.conflicts()} == {"person", "pet"}
    for conflict in ben.conflicts():
        assert ben.settle(conflict, "mine")["verdict"] == "ok"
    check(ana, two, ben)
    assert ben.rows["person", person]["phone"] == "2"
    assert ben.rows["pet", pet]["name"] == "来福"
    assert [kind for kind, _ in ana.rows if kind != "device"] == []


def test_a_move_is_no_news_to_who_deletes(phone):
    ana, ben = phone(), phone(BEN)
    person = family(ana)
    ana.pull()
    move(person, BOOKS[BEN])
    move(person, BOOKS[ANA])
    assert ana.delete("person", person)["verdict"] == "ok"
    check(ana, ben)
    with pytest.raises(LookupError):
        move_tree("person", person, BOOKS[BEN], leader())


def test_a_move_during_the_first_download(phone):
    ana, ben = phone(), phone(BEN)
    going, coming = family(ana), ben.create("person", name="李娜")
    fresh = phone()
    head, *lines = fresh.snapshot()
    kept = lines[: len(lines) // 2]
    move(going, BOOKS[BEN])
    move(coming, BOOKS[ANA])
    _, *rest = fresh.snapshot(after=kept[-1]["t"])
    for line in [*kept, *rest]:
        fresh.rows[line["kind"], line["id"]] = line["row"]
    fresh.cursor = head["cursor"]
    check(fresh, ana, ben)
    assert ("person", coming) in fresh.rows
    assert ("person", going) not in fresh.rows


def test_many_go_one_by_one_and_going_on_is_doing_it_again(phone):
    ana, ben = phone(), phone(BEN)
    edits = [ana.creation("person", name=str(number)) for number in range(60)]
    ana.push(*edits)
    ids, author = [edit["id"] for edit in edits], leader()
    begun = move_trees("person", [*ids, new_id()], BOOKS[BEN], author)
    assert [next(begun) for _ in range(20)] == [(row_id, True) for row_id in ids[:20]]
    begun.close()
    moved = [moved for _, moved in move_trees("person", [*ids, new_id()], BOOKS[BEN], author)]
    assert moved == [False] * 20 + [True] * 40 + [None]
    check(ana, ben)
    assert len([key for key in ben.rows if key[0] == "person"]) == 60


def test_crossing_moves_of_sixteen_writers_while_phones_write(phone, app):
    ana, ben = phone(), phone(BEN)
    people = [family(ana) for _ in range(3)]
    author = leader()
    ana.pull()

    def mover(number):
        for step in range(4):
            book = (BOOKS[ANA], BOOKS[BEN], BOOKS[STRANGER])[(number + step) % 3]
            for person in people if number % 2 else reversed(people):
                with app.app_context():
                    move_tree("person", person, book, author)

    def writer():
        for number in range(6):
            ana.push(ana.change("person", people[number % 3], tags=[str(number)]))

    together(*[lambda number=number: mover(number) for number in range(15)], writer)
    for person in people:
        move_tree("person", person, BOOKS[BEN], author)
    check(ana, ben, phone(STRANGER))
    assert len([key for key in ben.rows if key[0] not in ("device", "conflict")]) == 12
