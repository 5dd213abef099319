"""Two people disagree, and a person decides: the life of a conflict record."""

from __future__ import annotations

import pytest

from sync.apply import apply_edits
from sync.columns import new_id
from sync.devices import server_author
from tests.sync.cast import ANA
from tests.sync.test_push import error_of


@pytest.fixture
def quarrel(phone):
    """Ana's two phones changed the same number: the first was faster, the second has the conflict."""
    one, two = phone(), phone(label="iPad")
    person = one.create("person", name="王芳", phone="1")
    two.pull()
    one.update("person", person, phone="2")
    verdict = two.update("person", person, phone="3")
    for each in (one, two):
        each.pull()
    return one, two, person, verdict


def test_the_servers_value_stays_and_mine_is_kept_for_a_person(quarrel):
    one, two, person, verdict = quarrel
    assert (verdict["verdict"], verdict["row"]["phone"]) == ("conflict", "2")
    (conflict,) = one.conflicts()
    assert verdict["conflicts"] == [conflict["id"]]
    said = {name: conflict[name] for name in ("record_kind", "record_id", "tree_id", "field", "base", "mine", "theirs")}
    assert said == {
        "record_kind": "person",
        "record_id": person,
        "tree_id": person,
        "field": "phone",
        "base": "1",
        "mine": "3",
        "theirs": "2",
    }
    assert (conflict["author"], conflict["author_name"], conflict["author_label"]) == (ANA, "Ana", "iPad")
    assert (conflict["theirs_by"], conflict["theirs_name"], conflict["theirs_label"]) == (ANA, "Ana", "Mate 60")
    assert (conflict["author_device"], conflict["theirs_device"]) == (two.id, one.id)
    assert conflict["theirs_at"]
    assert conflict["resolution"] is None
    assert conflict == two.conflicts()[0]


@pytest.mark.parametrize(
    "resolution, value, phone_number", [("mine", None, "3"), ("theirs", None, "2"), ("other", "4", "4")]
)
@pytest.mark.parametrize("who", [0, 1])
def test_anyone_with_the_book_closes_it_with_one_of_three_answers(quarrel, who, resolution, value, phone_number):
    settler, person = quarrel[who], quarrel[2]
    verdict = settler.settle(settler.conflicts()[0], resolution, value)
    assert (verdict["verdict"], verdict["row"]["resolution"]) == ("ok", resolution)
    assert (verdict["row"]["resolved_by"], verdict["row"]["resolved_name"]) == (ANA, "Ana")
    assert verdict["row"]["resolved_at"]
    assert verdict["row"]["value"] == value
    for each in quarrel[:2]:
        each.pull()
        assert each.rows["person", person]["phone"] == phone_number
        assert each.conflicts() == []
    history = [row for (kind, _), row in settler.rows.items() if kind == "conflict"]
    assert [(row["mine"], row["theirs"]) for row in history] == [("3", "2")]


def test_the_same_answer_twice_is_fine_another_comes_too_late(quarrel):
    one, two, person, _ = quarrel
    conflict = one.conflicts()[0]
    one.settle(conflict, "mine")
    assert two.settle(conflict, "mine")["verdict"] == "ok"
    assert error_of(two.settle(conflict, "theirs")) == "already_closed"
    assert error_of(two.settle(conflict, "other", "9")) == "already_closed"
    two.pull()
    assert two.rows["person", person]["phone"] == "3"


def test_an_answer_in_ignorance_of_the_newest_value_does_not_overwrite_it(quarrel, phone):
    one, two, person, _ = quarrel
    stale = two.conflicts()[0]
    one.update("person", person, phone="5")
    verdict = two.settle(stale, "mine")
    assert (verdict["verdict"], verdict["conflicts"]) == ("conflict", [stale["id"]])
    assert (verdict["row"]["theirs"], verdict["row"]["resolution"]) == ("5", None)
    two.pull()
    assert two.rows["person", person]["phone"] == "5"
    assert two.settle(two.conflicts()[0], "mine")["verdict"] == "ok"
    two.pull()
    assert two.rows["person", person]["phone"] == "3"


@pytest.mark.parametrize("who", [0, 1])
def test_another_value_typed_in_ignorance_of_the_newest_is_kept(quarrel, phone, who):
    one, two, person, _ = quarrel
    settler, stale, third = (one, two)[who], two.conflicts()[0], phone()
    third.pull()
    third.update("person", person, phone="5")
    verdict = settler.settle(stale, "other", "8")
    assert verdict["verdict"] == "conflict"
    two.pull()
    assert two.rows["person", person]["phone"] == "5"
    kept = {each["author_device"]: each["mine"] for each in two.conflicts()}
    assert kept == ({two.id: "8"} if who else {two.id: "3", one.id: "8"})
    assert {each["id"] for each in two.conflicts()} == set(verdict["conflicts"])
    assert error_of(settler.settle(stale, "other", 8)) == "invalid"


def test_mine_is_the_value_that_was_on_the_screen(quarrel):
    one, two, person, _ = quarrel
    stale = one.conflicts()[0]
    two.update("person", person, phone=("3", "4"))
    assert one.settle(stale, "mine")["verdict"] == "conflict"
    one.pull()
    assert one.rows["person", person]["phone"] == "2"
    assert one.settle(one.conflicts()[0], "mine")["verdict"] == "ok"
    one.pull()
    assert one.rows["person", person]["phone"] == "4"


def test_theirs_is_an_answer_at_any_time(quarrel):
    one, two, person, _ = quarrel
    stale = two.conflicts()[0]
    one.update("person", person, phone="5")
    assert two.settle(stale, "theirs")["verdict"] == "ok"
    two.pull()
    assert two.rows["person", person]["phone"] == "5"


def test_theirs_is_refreshed_while_the_question_is_open(quarrel):
    one, two, person, _ = quarrel
    one.update("person", person, phone="5")
    two.pull()
    (conflict,) = two.conflicts()
    assert (conflict["mine"], conflict["theirs"], conflict["ver"]) == ("3", "5", 2)


def test_when_others_type_my_value_nothing_is_left_to_decide(quarrel):
    one, two, person, _ = quarrel
    one.update("person", person, phone="3")
    two.pull()
    assert two.conflicts() == []
    assert two.rows["person", person]["phone"] == "3"


def test_my_own_later_word_updates_my_conflict_and_opens_no_second(quarrel):
    one, two, person, verdict = quarrel
    again = two.update("person", person, phone=("3", "4"))
    assert (again["verdict"], again["conflicts"]) == ("conflict", verdict["conflicts"])
    one.pull()
    (conflict,) = one.conflicts()
    assert (conflict["mine"], conflict["theirs"], conflict["base"]) == ("4", "2", "1")


def test_typing_over_the_servers_value_is_taken_at_its_word(quarrel):
    _one, two, person, verdict = quarrel
    again = two.update("person", person, phone=("2", "7"))
    assert again["verdict"] == "ok"
    assert again["row"]["phone"] == "7"
    two.pull()
    closed = two.rows["conflict", verdict["conflicts"][0]]
    assert (closed["resolution"], closed["value"]) == ("other", "7")


def test_giving_in_from_my_own_value_closes_it_as_theirs(quarrel):
    _one, two, person, verdict = quarrel
    two.update("person", person, phone=("3", "2"))
    two.pull()
    assert two.rows["conflict", verdict["conflicts"][0]]["resolution"] == "theirs"


def test_a_third_phone_has_its_own_question(quarrel, phone):
    one, _two, person, _ = quarrel
    three = phone(label="P70")
    verdict = three.update("person", person, base=1, phone=("1", "9"))
    assert verdict["verdict"] == "conflict"
    one.pull()
    assert sorted(conflict["mine"] for conflict in one.conflicts()) == ["3", "9"]
    first = next(conflict for conflict in one.conflicts() if conflict["mine"] == "3")
    one.settle(first, "mine")
    one.pull()
    (other,) = one.conflicts()
    assert (other["mine"], other["theirs"]) == ("9", "3")


def test_a_map_asks_key_by_key(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", answers={"x": 1, "y": 1})
    two.pull()
    one.update("person", person, answers={"x": 2, "y": 1})
    verdict = two.update("person", person, answers={"x": 3, "y": 3})
    assert (verdict["verdict"], verdict["row"]["answers"]) == ("conflict", {"x": 2, "y": 3})
    two.pull()
    (conflict,) = two.conflicts()
    assert (conflict["field"], conflict["mine"], conflict["theirs"]) == ("answers.x", 3, 2)
    two.settle(conflict, "mine")
    two.pull()
    assert two.rows["person", person]["answers"] == {"x": 3, "y": 3}


def test_one_edit_may_conflict_in_one_field_and_be_taken_in_another(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", phone="1", score=1)
    two.pull()
    one.update("person", person, phone="2")
    verdict = two.update("person", person, phone="3", score=5)
    assert (verdict["verdict"], verdict["row"]["phone"], verdict["row"]["score"]) == ("conflict", "2", 5)


def test_an_answer_has_to_be_a_value_the_field_takes(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", score=1)
    two.pull()
    one.update("person", person, score=2)
    two.update("person", person, score=3)
    two.pull()
    (conflict,) = two.conflicts()
    assert two.settle(conflict, "other", "three")["error"]["fields"] == {"value": ["This does not look right."]}
    assert two.settle(conflict, "other", 101)["error"]["fields"] == {"score": ["At most 100."]}
    assert two.settle(conflict, "other", 100)["verdict"] == "ok"


def test_a_conflict_is_written_by_nothing_but_an_answer(quarrel):
    one, _two, _person, _ = quarrel
    (conflict,) = one.conflicts()
    assert error_of(one.update("conflict", conflict["id"], mine=("3", "9"))) == "fixed"
    assert error_of(one.update("conflict", conflict["id"], resolution=(None, "mine"), theirs=("2", "9"))) == "fixed"
    assert error_of(one.update("conflict", conflict["id"], resolution=(None, "maybe"))) == "invalid"
    assert error_of(one.update("conflict", conflict["id"], value=(None, "9"))) == "malformed"
    assert error_of(one.delete("conflict", conflict["id"])) == "read_only"
    assert error_of(one.one(one.creation("conflict", record_kind="person"))) in ("invalid", "read_only")


# Deletions


def test_deleting_what_somebody_else_changed_is_a_question(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", phone="1")
    two.pull()
    one.update("person", person, phone="2")
    verdict = two.delete("person", person)
    assert (verdict["verdict"], verdict["row"]["phone"]) == ("conflict", "2")
    two.pull()
    (conflict,) = two.conflicts()
    assert (conflict["field"], conflict["mine"]) == (None, {"deleted": True})
    assert conflict["theirs"] == {"changed": [{"kind": "person", "id": person, "fields": {"phone": "2"}}]}
    two.settle(conflict, "mine")
    for each in (one, two):
        each.pull()
        assert ("person", person) not in each.rows
        assert each.conflicts() == []


def test_a_deletion_may_be_dropped(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", phone="1")
    two.pull()
    one.update("person", person, phone="2")
    two.delete("person", person)
    two.pull()
    two.settle(two.conflicts()[0], "theirs")
    one.pull()
    assert one.rows["person", person]["phone"] == "2"
    assert one.conflicts() == []


def test_a_deletion_in_knowledge_of_the_change_wins_and_ends_the_question(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", phone="1")
    two.pull()
    one.update("person", person, phone="2")
    two.delete("person", person)
    two.pull()
    assert two.delete("person", person)["verdict"] == "ok"
    two.pull()
    assert ("person", person) not in two.rows
    assert two.conflicts() == []


def test_a_change_of_a_child_by_another_makes_the_deletion_a_question(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳")
    pet = one.create("pet", person_id=person, name="狗")
    two.pull()
    one.update("pet", pet, name="猫")
    verdict = two.delete("person", person)
    assert verdict["verdict"] == "conflict"
    two.pull()
    assert two.conflicts()[0]["theirs"]["changed"][0]["fields"]["name"] == "猫"
    one.update("pet", pet, name="鸟")
    two.pull()
    assert two.conflicts()[0]["theirs"]["changed"][0]["fields"]["name"] == "鸟"
    two.settle(two.conflicts()[0], "mine")
    two.pull()
    assert ("pet", pet) not in two.rows


def test_ones_own_newest_word_does_not_hide_what_others_did_before(phone):
    one, two, three = phone(), phone(), phone()
    person = one.create("person", name="王芳", phone="1")
    for each in (two, three):
        each.pull()
    one.update("person", person, phone="2")
    two.delete("person", person)
    two.pull()
    stale = two.conflicts()[0]
    pet = three.create("pet", person_id=person, name="狗")
    two.update("person", person, score=5)
    assert two.settle(stale, "mine")["verdict"] == "conflict"
    two.pull()
    assert ("pet", pet) in two.rows
    assert two.settle(two.conflicts()[0], "mine")["verdict"] == "ok"


def test_a_child_the_deleter_had_seen_is_no_question_when_the_phone_says_so(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳")
    two.pull()
    one.create("pet", person_id=person, name="狗")
    two.pull()
    seen = two.cursor
    assert two.delete("person", person, cursor=seen)["verdict"] == "ok"


def test_a_child_the_deleter_had_not_seen_is_one(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳")
    two.pull()
    one.create("pet", person_id=person, name="狗")
    assert two.delete("person", person, cursor=two.cursor)["verdict"] == "conflict"


def test_ones_own_children_are_no_question(phone):
    one = phone()
    person = one.create("person", name="王芳")
    one.create("pet", person_id=person, name="狗")
    assert one.delete("person", person)["verdict"] == "ok"


def test_an_edit_of_the_deleted_asks_whether_to_bring_it_back(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", phone="1")
    pet = one.create("pet", person_id=person, name="狗")
    two.pull()
    one.delete("person", person)
    verdict = two.update("person", person, phone="2")
    assert (verdict["verdict"], verdict["row"]) == ("conflict", None)
    again = two.update("person", person, score=(None, 4))
    assert again["conflicts"] == verdict["conflicts"]
    two.pull()
    assert ("person", person) not in two.rows
    (conflict,) = two.conflicts()
    assert (conflict["field"], conflict["mine"], conflict["theirs"]) == (
        None,
        {"set": {"phone": "2", "score": 4}},
        {"deleted": True},
    )
    assert conflict["theirs_device"] == one.id
    assert one.settle(conflict, "mine")["verdict"] == "ok"
    for each in (one, two):
        each.pull()
        row = each.rows["person", person]
        assert (row["name"], row["phone"], row["score"], row["ver"]) == ("王芳", "2", 4, 3)
        assert each.rows["pet", pet]["name"] == "狗"
        assert each.conflicts() == []


def test_what_comes_back_shows_in_the_other_open_questions(quarrel, phone):
    one, two, person, _ = quarrel
    third = phone()
    third.pull()
    one.delete("person", person)
    third.update("person", person, phone="7")
    third.pull()
    question = next(each for each in third.conflicts() if each["field"] is None)
    third.settle(question, "mine")
    two.pull()
    (open_one,) = two.conflicts()
    assert (open_one["mine"], open_one["theirs"]) == ("3", "7")


def test_or_to_leave_it_deleted(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", phone="1")
    two.pull()
    one.delete("person", person)
    two.update("person", person, phone="2")
    two.pull()
    assert error_of(two.settle(two.conflicts()[0], "other", {"phone": "3"})) == "malformed"
    two.settle(two.conflicts()[0], "theirs")
    two.pull()
    assert ("person", person) not in two.rows
    assert two.conflicts() == []


def test_a_visit_for_a_deleted_customer_is_kept_and_can_bring_the_tree_back(phone):
    one, two = phone(), phone()
    person, note = one.create("person", name="王芳"), new_id()
    two.pull()
    one.delete("person", person)
    verdict = two.one(two.creation("note", note, person_id=(None, person), text=(None, "was there")))
    assert (verdict["verdict"], verdict["row"]) == ("conflict", None)
    two.pull()
    (conflict,) = two.conflicts()
    assert (conflict["record_id"], conflict["tree_id"]) == (note, person)
    two.settle(conflict, "mine")
    one.pull()
    assert one.rows["note", note]["text"] == "was there"
    assert one.rows["person", person]["name"] == "王芳"


def test_an_open_question_survives_the_deletion_of_its_record(quarrel):
    one, two, person, _ = quarrel
    one.delete("person", person)
    two.pull()
    (conflict,) = two.conflicts()
    assert (conflict["mine"], conflict["theirs"]) == ("3", None)
    two.settle(conflict, "mine")
    one.pull()
    assert one.rows["person", person]["phone"] == "3"


def test_two_stale_wishes_of_one_writer_for_the_deleted_are_gathered(phone):
    ana = phone()
    person = ana.create("person", name="王芳", phone="1", tags=["a", "b"], answers={"x": 1})
    ana.delete("person", person)
    office = server_author("office:li", ANA, label="内勤")
    forms = [
        {"phone": ["1", "2"], "tags": [["a", "b"], ["a", "c"]], "answers": [{"x": 1}, {"x": 2, "y": 1}]},
        {"phone": ["1", "3"], "tags": [["a", "b"], ["b", "a", "d"]], "answers": [{"x": 1}, {"x": 3, "z": 1}]},
    ]
    for sets in forms:
        apply_edits([{"op": "update", "kind": "person", "id": person, "base": 1, "set": sets}], office)
    ana.pull()
    (conflict,) = ana.conflicts()
    wanted = {"phone": "3", "tags": ["a", "c", "d"], "answers": {"x": 3, "y": 1, "z": 1}}
    assert conflict["mine"] == {"set": wanted}


# Writers on the server


def test_a_stale_form_in_the_office_makes_a_conflict_too(phone, app):
    ana = phone()
    person = ana.create("person", name="王芳", phone="1")
    ana.update("person", person, phone="2")
    office = server_author("office:li", ANA, label="内勤")
    form = {"op": "update", "kind": "person", "id": person, "base": 1, "set": {"phone": ["1", "8"], "score": [None, 5]}}
    (verdict,) = apply_edits([form], office)
    assert verdict["verdict"] == "conflict"
    ana.pull()
    (conflict,) = ana.conflicts()
    assert (conflict["author_label"], conflict["mine"], conflict["theirs"]) == ("内勤", "8", "2")
    assert ana.rows["person", person]["score"] == 5


def test_a_clock_that_is_wrong_is_not_quoted(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", phone="1")
    two.pull()
    one.update("person", person, phone="2")
    edit = two.change("person", person, phone="3") | {"at": "2036-01-01T00:00:00Z"}
    two.one(edit)
    two.pull()
    assert two.conflicts()[0]["author_at_about"] is True
    assert two.conflicts()[0]["author_at"] < "2036"


def test_a_late_but_honest_time_is_quoted(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", phone="1")
    two.pull()
    one.update("person", person, phone="2")
    two.one(two.change("person", person, phone="3") | {"at": "2025-01-01T10:20:00+08:00"})
    two.pull()
    assert (two.conflicts()[0]["author_at"], two.conflicts()[0]["author_at_about"]) == (
        "2025-01-01T02:20:00.000Z",
        None,
    )


def test_a_phone_that_tells_its_wrong_clock_is_not_quoted_either(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", phone="1")
    two.pull()
    one.update("person", person, phone="2")
    two.push(
        two.change("person", person, phone="3") | {"at": "2025-01-01T10:20:00+08:00"}, clock="2025-01-01T10:21:00+08:00"
    )
    two.pull()
    assert two.conflicts()[0]["author_at_about"] is True
