"""Late edits: what an agent still sends after the tree went to another book is kept for whoever has it now."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync.apply import apply_edits
from sync.columns import new_id, utcnow
from sync.devices import server_author
from sync.leaving import move_tree
from sync.tombstones import purge
from tests.sync.cast import ANA, BEN, STRANGER
from tests.sync.test_leaving import BOOKS, check, family, leader, move
from tests.sync.test_push import error_of
from tests.sync.test_races import together

SAM = STRANGER


@pytest.fixture
def gone(phone):
    """Ana's person went to Ben; Ana's phone does not know yet."""
    ana, ben = phone(), phone(BEN)
    person = ana.create("person", name="王芳", phone="1", tags=["a"], answers={"x": 1}, code="A1")
    ana.pull()
    ben.pull()
    move(person, BOOKS[BEN])
    return ana, ben, person


def said(verdict: dict) -> str:
    """A verdict as far as it may tell anything about a record that left."""
    assert verdict["verdict"] != "rejected", verdict
    assert verdict["row"] is None
    assert "conflicts" not in verdict
    return verdict["verdict"]


# What was added


@pytest.mark.parametrize("knows", [False, True])
def test_a_visit_that_happened_reaches_the_new_owner_and_says_whose_it_is(gone, knows):
    ana, ben, person = gone
    if knows:
        ana.pull()
    note = ana.creation("note", person_id=(None, person), text=(None, "was there"))
    assert said(ana.one(note)) == "ok"
    check(ana, ben)
    row = ben.rows["note", note["id"]]
    assert (row["text"], row["late_from"], row["person_id"]) == ("was there", ANA, person)
    assert [key for key in ana.rows if key[0] != "device"] == []
    assert ben.update("note", note["id"], text="was there, says Ana")["row"]["late_from"] == ANA
    check(ana, ben)


def test_a_visit_is_not_judged_and_a_pet_only_by_what_it_says_itself(gone):
    ana, ben, person = gone
    ben.pull()
    ben.update("person", person, name="李娜")
    odd = ana.creation("note", person_id=(None, person), text=(None, "forbidden"))
    wolf = ana.creation("pet", person_id=(None, person), name=(None, "狼"))
    # Its rule would look at the person's name, which is Ben's by now: it does not speak.
    guest = ana.creation("pet", person_id=(None, person), name=(None, "老王"))
    wrong = ana.creation("pet", person_id=(None, person), name=(None, 7))
    verdicts = ana.push(odd, wolf, guest, wrong)["verdicts"]
    assert [each["verdict"] for each in verdicts] == ["ok", "rejected", "ok", "rejected"]
    assert verdicts[1]["error"]["fields"] == {"name": ["Not at home."]}
    check(ana, ben)
    assert ben.rows["pet", guest["id"]]["late_from"] == ANA


def test_appends_are_taken_and_stay_appends(gone):
    ana, ben, person = gone
    receipt = ana.creation("receipt", person_id=(None, person), amount_fen=(None, 5))
    assert said(ana.one(receipt)) == "ok"
    again = {**receipt, "n": ana.n + 1}
    ana.n += 1
    assert said(ana.one(again)) == "ok"
    assert error_of(
        ana.one(ana.creation("receipt", receipt["id"], person_id=(None, person), amount_fen=(None, 6)))
    ) == ("exists")
    assert error_of(ana.update("receipt", receipt["id"], amount_fen=(5, 6))) == "append_only"
    assert error_of(ana.delete("receipt", receipt["id"])) == "append_only"
    check(ana, ben)
    assert ben.rows["receipt", receipt["id"]]["amount_fen"] == 5


def test_I9_what_is_signed_is_refused_late(phone):
    ana, ben = phone(), phone(BEN)
    person = ana.create("person", name="王芳")
    signed = ana.create("signature", person_id=(None, person), strokes=(None, "~"))
    move(person, BOOKS[BEN])
    for edit in (
        ana.creation("signature", person_id=(None, person), strokes=(None, "~~")),
        ana.creation("signature", signed, person_id=(None, person), strokes=(None, "~~")),
        ana.change("signature", signed, strokes=("~", "~~")),
        ana.deletion("signature", signed),
    ):
        assert error_of(ana.one(edit)) == "left_scope"
    check(ana, ben)
    assert ben.rows["signature", signed]["strokes"] == "~"
    assert ben.conflicts() == []


def test_edits_of_what_came_late_are_questions_like_any_other(gone):
    ana, ben, person = gone
    pet = new_id()
    verdicts = ana.push(
        ana.creation("pet", pet, person_id=(None, person), name=(None, "狗")),
        ana.change("pet", pet, base=1, name=("狗", "猫")),
    )["verdicts"]
    assert [said(each) for each in verdicts] == ["ok", "conflict"]
    assert said(ana.update("pet", pet, base=1, name=("猫", "鸟"))) == "conflict"
    assert said(ana.delete("pet", pet, base=1)) == "conflict"
    check(ana, ben)
    assert ben.rows["pet", pet]["name"] == "狗"
    by_field = {conflict["field"]: conflict for conflict in ben.conflicts()}
    assert (by_field["name"]["mine"], by_field["name"]["theirs"]) == ("鸟", "狗")
    assert (by_field[None]["mine"], by_field[None]["theirs"]) == ({"deleted": True}, {"changed": []})
    ben.settle(by_field["name"], "mine")
    check(ana, ben)
    assert (ben.rows["pet", pet]["name"], ben.rows["pet", pet]["late_from"]) == ("鸟", ANA)


# What was changed


def test_a_changed_field_is_a_question_for_the_new_owner(gone):
    ana, ben, person = gone
    verdict = ana.update("person", person, phone="2", tags=["a", "b"], answers={"x": 2, "y": 1})
    assert said(verdict) == "conflict"
    check(ana, ben)
    assert ana.conflicts() == []
    row, conflicts = ben.rows["person", person], {each["field"]: each for each in ben.conflicts()}
    assert (row["phone"], row["tags"], row["answers"]) == ("1", ["a"], {"x": 1})
    assert set(conflicts) == {"phone", "tags", "answers.x", "answers.y"}
    phone_ = conflicts["phone"]
    assert (phone_["base"], phone_["mine"], phone_["theirs"], phone_["tree_id"]) == ("1", "2", "1", person)
    assert (phone_["author"], phone_["author_name"], phone_["author_device"]) == (ANA, "Ana", ana.id)
    for conflict in ben.conflicts():
        assert ben.settle(conflict, "mine")["verdict"] == "ok"
    check(ana, ben)
    row = ben.rows["person", person]
    assert (row["phone"], row["tags"], row["answers"]) == ("2", ["a", "b"], {"x": 2, "y": 1})
    assert "late_from" not in row


def test_a_second_edit_of_the_field_goes_into_the_same_question(gone):
    ana, ben, person = gone
    ana.push(ana.change("person", person, phone=("1", "2")), ana.change("person", person, phone=("2", "3")))
    ana.update("person", person, phone=("3", "4"))
    ana.update("person", person, score=(None, 4))
    check(ana, ben)
    assert sorted(str(each["mine"]) for each in ben.conflicts()) == ["4", "4"]
    ben.settle(next(each for each in ben.conflicts() if each["field"] == "phone"), "theirs")
    assert said(ana.update("person", person, phone=("4", "5"))) == "conflict"
    check(ana, ben)
    assert sorted(str(each["mine"]) for each in ben.conflicts()) == ["4", "5"]


def test_I7_nothing_in_a_reply_tells_what_the_new_owner_wrote(phone):
    """The same late edits against two books that differ in every value: the same verdicts, to the letter."""
    replies = []
    for name, number, tags in (("李娜", "2", ["b"]), ("王芳", "1", ["a"])):
        ana, ben = phone(), phone(BEN)
        person = ana.create("person", name="王芳", phone="1", tags=["a"], answers={"x": 1}, code="A1")
        pet = ana.create("pet", person_id=(None, person), name="狗")
        move(person, BOOKS[BEN])
        ben.pull()
        ben.update("person", person, name=name, phone=number, tags=tags, answers={"x": number}, score=99)
        edits = [
            ana.change("person", person, base=1, name=("王芳", "李娜")),
            ana.change("person", person, base=1, phone=("1", "2"), score=(None, 99)),
            ana.change("person", person, base=1, tags=(["a"], ["b"]), answers=({"x": 1}, {"x": "2"})),
            ana.change("person", person, base=1, score=(99, "x")),
            ana.change("person", person, base=1, code=("A1", "A2")),
            ana.change("person", person, base=1, code=("A2", "A1")),
            ana.change("person", person, base=1, nonsense=("1", "2")),
            ana.change("person", person, base=1, flags=({"contact": 1}, {})),
            ana.change("person", person, base=1, phone=("1", "1")),
            ana.creation("person", person, name=(None, "李娜"), phone=(None, "2")),
            ana.change("pet", pet, base=1, person_id=(person, new_id())),
            ana.creation("pet", person_id=(None, person), name=(None, "老王")),
            ana.deletion("person", person, base=1),
        ]
        reply = ana.push(*edits)
        text = str(reply["verdicts"])
        assert ben.id not in text
        assert BEN not in text
        replies.append(text)
        again = ana.post("push", {"proto": 1, "edits": edits}).json["verdicts"]
        assert all(each["replayed"] and each.get("row") is None for each in again)
        assert not any("conflicts" in each for each in again)
        check(ana, ben)
        assert ana.conflicts() == []
    assert replies[0] == replies[1]


def test_what_stands_there_already_is_no_open_question(gone):
    ana, ben, person = gone
    ben.pull()
    ben.update("person", person, phone="2")
    assert said(ana.update("person", person, phone="2")) == "conflict"
    check(ana, ben)
    assert ben.conflicts() == []


def test_a_question_that_left_with_its_tree_is_no_longer_the_old_owners_to_answer(phone):
    ana, two, ben = phone(), phone(), phone(BEN)
    person = ana.create("person", name="王芳", phone="0")
    two.pull()
    ana.update("person", person, phone="1")
    two.update("person", person, phone="2")
    ana.pull()
    (conflict,) = ana.conflicts()
    move(person, BOOKS[BEN])
    assert error_of(ana.settle(conflict, "mine")) == "left_scope"
    # The device that asked goes on asking in the same question, now in Ben's book.
    assert said(two.update("person", person, phone=("2", "3"))) == "conflict"
    assert said(ana.update("person", person, phone=("1", "4"))) == "conflict"
    check(ana, two, ben)
    own, new = sorted(ben.conflicts(), key=lambda each: each["mine"])
    assert (own["id"], own["mine"], new["mine"]) == (conflict["id"], "3", "4")
    assert error_of(ana.update("conflict", new["id"], base=1, resolution=(None, "mine"))) == "not_found"
    assert error_of(ana.delete("conflict", new["id"])) == "read_only"


# Deletions


def test_a_late_deletion_is_a_question(gone):
    ana, ben, person = gone
    ben.pull()
    ben.update("person", person, phone="7")
    assert said(ana.delete("person", person)) == "conflict"
    check(ana, ben)
    (conflict,) = ben.conflicts()
    assert (conflict["field"], conflict["mine"], conflict["author"]) == (None, {"deleted": True}, ANA)
    assert conflict["theirs"]["changed"] == [{"kind": "person", "id": person, "fields": {"phone": "7"}}]
    late = ana.creation("note", person_id=(None, person), text=(None, "and yet I was there"))
    assert said(ana.one(late)) == "ok"
    check(ana, ben)
    (conflict,) = ben.conflicts()
    assert [each["kind"] for each in conflict["theirs"]["changed"]] == ["person", "note"]
    assert ben.settle(conflict, "mine")["verdict"] == "ok"
    check(ana, ben)
    assert [key for key in ben.rows if key[0] not in ("device", "conflict")] == []


def test_an_edit_of_what_the_new_owner_deleted_asks_the_new_owner(gone):
    ana, ben, person = gone
    ben.pull()
    ben.delete("person", person)
    assert said(ana.update("person", person, phone="2")) == "conflict"
    assert said(ana.update("person", person, score=(None, 4))) == "conflict"
    pet = ana.creation("pet", person_id=(None, person), name=(None, "狗"))
    assert said(ana.one(pet)) == "conflict"
    assert said(ana.delete("person", person)) == "ok"
    check(ana, ben)
    assert ana.conflicts() == []
    conflicts = {each["record_kind"]: each for each in ben.conflicts()}
    assert conflicts["person"]["mine"] == {"set": {"phone": "2", "score": 4}}
    assert ben.settle(conflicts["pet"], "mine")["verdict"] == "ok"
    check(ana, ben)
    assert (ben.rows["pet", pet["id"]]["name"], ben.rows["pet", pet["id"]]["late_from"]) == ("狗", ANA)
    assert ben.rows["person", person]["phone"] == "1"
    ben.settle(ben.conflicts()[0], "mine")
    check(ana, ben)
    assert (ben.rows["person", person]["phone"], ben.rows["person", person]["score"]) == ("2", 4)


def test_deleted_first_and_then_given_away(phone):
    ana, two, ben = phone(), phone(), phone(BEN)
    person = family(ana)
    two.pull()
    pet = next(row_id for kind, row_id in two.rows if kind == "pet")
    ana.delete("pet", pet)
    move(person, BOOKS[BEN])
    assert said(two.update("pet", pet, name="来福")) == "conflict"
    check(ana, two, ben)
    ben.settle(ben.conflicts()[0], "mine")
    check(ana, two, ben)
    assert ben.rows["pet", pet]["name"] == "来福"
    ana.pull()
    other = ana.create("person", name="李娜")
    ana.delete("person", other)
    with pytest.raises(LookupError):
        move(other, BOOKS[BEN])
    assert ana.update("person", other, name="李")["verdict"] == "conflict"
    check(ana, two, ben)
    assert len(ana.conflicts()) == 1


def test_giving_away_and_deleting_at_once(phone, app):
    """Either the deletion came first and there is nothing to give, or it is late and a question for Ben."""
    ana, ben = phone(), phone(BEN)

    def give(person):
        with app.app_context():
            try:
                return move(person, BOOKS[BEN])
            except LookupError:
                return LookupError

    outcomes = set()
    for _ in range(8):
        person = family(ana)
        moved, verdict = together(
            lambda row_id=person: give(row_id), lambda row_id=person: ana.delete("person", row_id)
        )
        outcomes.add(verdict["verdict"])
        check(ana, ben)
        assert (verdict["verdict"] == "ok") == (moved is LookupError)
        assert (("person", person) in ben.rows) == (verdict["verdict"] == "conflict")
        assert ("person", person) not in ana.rows
    assert outcomes <= {"ok", "conflict"}


# More than one move, more than one book


def test_what_left_twice_goes_to_where_it_is_now(phone):
    ana, ben, sam = phone(), phone(BEN), phone(SAM)
    person = ana.create("person", name="王芳", phone="1")
    move(person, BOOKS[BEN])
    ben.pull()
    move(person, BOOKS[SAM])
    assert said(ana.update("person", person, phone=("1", "2"))) == "conflict"
    assert said(ben.update("person", person, phone=("1", "3"))) == "conflict"
    note = ana.creation("note", person_id=(None, person), text=(None, "a"))
    assert said(ana.one(note)) == "ok"
    check(ana, ben, sam)
    assert sorted(each["mine"] for each in sam.conflicts()) == ["2", "3"]
    assert sam.rows["note", note["id"]]["late_from"] == ANA
    # And back: everything comes home, the questions too.
    move(person, BOOKS[ANA])
    check(ana, ben, sam)
    assert sorted(each["mine"] for each in ana.conflicts()) == ["2", "3"]
    assert ana.rows["note", note["id"]]["late_from"] == ANA
    verdict = ana.update("person", person, phone="9")
    assert (verdict["verdict"], verdict["row"]["phone"]) == ("ok", "9")
    check(ana, ben, sam)


def test_there_and_back_again_is_not_late(phone):
    ana, ben = phone(), phone(BEN)
    person = ana.create("person", name="王芳", phone="1")
    move(person, BOOKS[BEN])
    ben.pull()
    move(person, BOOKS[ANA])
    assert ana.update("person", person, phone="2")["row"]["phone"] == "2"
    assert said(ben.update("person", person, phone=("1", "3"))) == "conflict"
    check(ana, ben)
    assert [each["mine"] for each in ana.conflicts()] == ["3"]


def test_late_and_ordinary_edits_in_one_batch_do_not_mind_each_other(phone):
    ana, ben, sam = phone(), phone(BEN), phone(SAM)
    people = [ana.create("person", name=str(number), phone="0") for number in range(60)]
    for at, person in enumerate(people):
        if at % 3:
            move(person, BOOKS[(None, BEN, SAM)[at % 3]])
    edits = [ana.change("person", person, phone=("0", str(at))) for at, person in enumerate(people, 1)]
    edits += [ana.creation("note", person_id=(None, person), text=(None, "x")) for person in people]
    edits.append(ana.change("person", new_id(), base=1, phone=("0", "1")))
    verdicts = ana.push(*edits)["verdicts"]
    kinds = [each["verdict"] for each in verdicts]
    assert kinds[:60] == ["ok", "conflict", "conflict"] * 20
    assert kinds[60:] == ["ok"] * 60 + ["rejected"]
    assert [each["row"] is not None for each in verdicts[60:120]] == [True, False, False] * 20
    check(ana, ben, sam)
    for each in (ben, sam):
        assert len(each.conflicts()) == 20
        assert len([row for (kind, _), row in each.rows.items() if kind == "note" and row["late_from"] == ANA]) == 20


def test_late_edits_of_two_agents_cross(phone):
    """Each locks the other's book: in sorted order, so nobody waits for ever."""
    ana, ben = phone(), phone(BEN)
    hers, his = (ana.create("person", name="a", phone="0"), ben.create("person", name="b", phone="0"))
    move(hers, BOOKS[BEN])
    move(his, BOOKS[ANA])

    def send(who, person):
        for number in range(6):
            late = who.creation("note", person_id=(None, person), text=(None, str(number)))
            assert said(who.push(late, who.change("person", person, phone=("0", "1")))["verdicts"][0]) == "ok"

    together(lambda: send(ana, hers), lambda: send(ben, his))
    check(ana, ben)
    assert len([key for key in ana.rows if key[0] == "note"]) == 6
    assert len(ben.conflicts()) == len(ana.conflicts()) == 1


def test_a_tree_that_goes_round_while_its_old_owner_writes(phone, app):
    ana, ben, sam = phone(), phone(BEN), phone(SAM)
    person, author = ana.create("person", name="王芳", phone="0"), leader()
    notes: list[str] = []

    def round_():
        with app.app_context():
            for step in range(9):
                move_tree("person", person, BOOKS[(BEN, SAM, ANA)[step % 3]], author)

    def write():
        for number in range(9):
            note = ana.creation("note", person_id=(None, person), text=(None, str(number)))
            assert ana.one(note)["verdict"] == "ok"
            notes.append(note["id"])

    together(round_, write)
    check(ana, ben, sam)
    assert {row_id for kind, row_id in ana.rows if kind == "note"} == set(notes)


# Who has nothing to do with it


def test_a_stranger_learns_nothing_and_changes_nothing(gone, phone):
    ana, ben, person = gone
    sam = phone(SAM)
    ben.pull()
    before = dict(ben.rows)
    pet = ben.create("pet", person_id=(None, person), name="狗")
    for edit in (
        sam.change("person", person, base=1, phone=("1", "2")),
        sam.deletion("person", person, base=1),
        sam.creation("note", person_id=(None, person), text=(None, "x")),
        sam.creation("person", person, name=(None, "x")),
    ):
        assert error_of(sam.one(edit)) == "not_found"
    # Nor does the old owner, about what the new one has added.
    for edit in (
        ana.change("pet", pet, base=1, name=("狗", "猫")),
        ana.deletion("pet", pet, base=1),
        ana.creation("pet", pet, person_id=(None, person), name=(None, "猫")),
    ):
        assert error_of(ana.one(edit)) == "not_found"
    ben.pull()
    ben.delete("pet", pet)
    assert error_of(ana.one(ana.creation("pet", pet, person_id=(None, person), name=(None, "猫")))) == "not_found"
    check(ana, ben, sam)
    assert {key: row for key, row in ben.rows.items() if key[0] != "device"} == {
        key: row for key, row in before.items() if key[0] != "device"
    }


def test_a_phone_that_registered_anew_sends_again_what_came_late(gone, phone):
    ana, ben, person = gone
    pet = ana.creation("pet", person_id=(None, person), name=(None, "狗"))
    assert said(ana.one(pet)) == "ok"
    ben.pull()
    ben.update("pet", pet["id"], name="猫")
    fresh = phone(label="Mate 60 again")
    assert said(fresh.one({**pet, "n": 1})) == "merged"
    check(fresh, ben)
    (conflict,) = ben.conflicts()
    assert (conflict["mine"], conflict["theirs"]) == ("狗", "猫")


def test_gone_for_good_is_refused_and_kept(gone, app):
    ana, ben, person = gone
    ben.pull()
    ben.delete("person", person)
    assert purge(utcnow() + timedelta(days=91)) == 1
    assert error_of(ana.update("person", person, phone="2")) == "left_scope"
    assert error_of(ana.one(ana.creation("note", person_id=(None, person), text=(None, "x")))) == "left_scope"
    check(ana)


def test_a_stale_form_in_the_office_is_late_too(gone):
    ana, ben, person = gone
    office = server_author("office:li", ANA, label="内勤")
    form = {"op": "update", "kind": "person", "id": person, "base": 1, "set": {"phone": ["1", "8"]}}
    (verdict,) = apply_edits([form], office)
    assert said(verdict) == "conflict"
    check(ana, ben)
    assert [each["author_label"] for each in ben.conflicts()] == ["内勤"]
