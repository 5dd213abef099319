"""Push: what becomes of one edit, rule by rule."""

from __future__ import annotations

import pytest

from sync.columns import new_id
from tests.sync.cast import ANA, BEN, STRANGER


def error_of(verdict: dict) -> str:
    assert verdict["verdict"] == "rejected", verdict
    assert "row" not in verdict
    return verdict["error"]["code"]


def test_a_creation_is_there_once_with_all_its_fields(phone):
    ana = phone()
    person = new_id()
    verdict = ana.one(
        ana.creation(
            "person",
            person,
            name="王芳",
            phone="13800000000",
            tags=["vip"],
            answers={"q1": 3},
            contact="service",
            born="1980-02-29",
            seen_at="2026-11-22T09:30:00+08:00",
            score=7,
            income_fen=12_345_678,
            smoker=False,
            code="A1",
        )
    )
    row = verdict["row"]
    assert verdict["verdict"] == "ok"
    assert (row["id"], row["ver"], row["name"], row["phone"]) == (person, 1, "王芳", "13800000000")
    assert row["seen_at"] == "2026-11-22T01:30:00.000Z"
    assert (row["income_fen"], row["smoker"], row["answers"], row["tags"]) == (12_345_678, False, {"q1": 3}, ["vip"])
    assert "flags" not in row
    assert "late_from" not in row
    ana.rows.clear()
    ana.pull()
    assert ana.rows["person", person] == row


def test_an_update_changes_the_field_and_counts_the_version(phone):
    ana = phone()
    person = ana.create("person", name="王芳", phone="1")
    verdict = ana.update("person", person, phone="2")
    assert verdict["verdict"] == "ok"
    assert (verdict["row"]["ver"], verdict["row"]["phone"], verdict["row"]["name"]) == (2, "2", "王芳")


def test_nothing_wished_nothing_done(phone):
    ana = phone()
    person = ana.create("person", name="王芳")
    verdict = ana.update("person", person, name=("no matter", "no matter"))
    assert (verdict["verdict"], verdict["row"]["ver"], verdict["row"]["name"]) == ("ok", 1, "王芳")


def test_two_phones_change_different_fields_and_both_stand(phone):
    one, two = phone(), phone(label="iPad")
    person = one.create("person", name="王芳", phone="1", score=1)
    two.pull()
    assert one.update("person", person, phone="2")["verdict"] == "ok"
    verdict = two.update("person", person, score=2)
    assert verdict["verdict"] == "merged"
    assert (verdict["row"]["phone"], verdict["row"]["score"], verdict["row"]["ver"]) == ("2", 2, 3)


def test_queued_edits_of_one_phone_are_not_others_edits(phone):
    ana = phone()
    person = ana.create("person", name="王芳", score=1)
    verdicts = ana.push(
        ana.change("person", person, base=1, score=(1, 2)),
        ana.change("person", person, base=1, score=(2, 3)),
        ana.change("person", person, base=1, phone=(None, "5")),
    )["verdicts"]
    assert [verdict["verdict"] for verdict in verdicts] == ["ok", "ok", "ok"]
    assert verdicts[-1]["row"]["score"] == 3


def test_sets_and_maps_merge_and_say_so(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", tags=["a", "b"], answers={"x": 1})
    two.pull()
    one.update("person", person, tags=["a", "b", "c"], answers={"x": 1, "y": 2})
    verdict = two.update("person", person, tags=["b"], answers={"x": 1, "z": 3})
    assert verdict["verdict"] == "merged"
    assert verdict["row"]["tags"] == ["b", "c"]
    assert verdict["row"]["answers"] == {"x": 1, "y": 2, "z": 3}


def test_the_stricter_value_wins_and_is_flagged_until_seen(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", contact="any")
    two.pull()
    one.update("person", person, contact="none")
    verdict = two.update("person", person, contact="service")
    row = verdict["row"]
    assert (verdict["verdict"], row["contact"]) == ("merged", "none")
    assert row["flags"]["contact"]["kept"] == "none"
    assert row["flags"]["contact"]["lost"] == "service"
    verdict = two.update("person", person, flags=(row["flags"], {}))
    assert verdict["verdict"] == "ok"
    assert "flags" not in verdict["row"]


def test_a_looser_value_is_fine_from_who_has_seen_the_strict_one(phone):
    ana = phone()
    person = ana.create("person", name="王芳", contact="none")
    assert ana.update("person", person, contact="any")["row"]["contact"] == "any"


def test_flags_are_only_ever_taken_away(phone):
    ana = phone()
    person = ana.create("person", name="王芳")
    assert error_of(ana.update("person", person, flags=({}, {"contact": 1}))) == "malformed"


def test_a_fixed_field_is_set_at_creation(phone):
    ana = phone()
    person = ana.create("person", name="王芳", code="A1")
    verdict = ana.update("person", person, code="A2", name="王方")
    assert error_of(verdict) == "fixed"
    assert list(verdict["error"]["fields"]) == ["code"]
    ana.pull()
    assert ana.rows["person", person]["name"] == "王芳"


def test_append_only_kinds_only_grow(phone):
    ana = phone()
    person = ana.create("person", name="王芳")
    receipt = ana.create("receipt", person_id=person, amount_fen=100)
    assert error_of(ana.update("receipt", receipt, amount_fen=200)) == "append_only"
    assert error_of(ana.delete("receipt", receipt)) == "append_only"
    assert (
        ana.one(ana.creation("receipt", receipt, person_id=(None, person), amount_fen=(None, 100)))["verdict"] == "ok"
    )
    again = ana.creation("receipt", receipt, person_id=(None, person), amount_fen=(None, 300))
    assert error_of(ana.one(again)) == "exists"


def test_the_rules_of_a_kind_speak_beside_the_field(phone):
    ana = phone()
    person = ana.create("person", name="王芳")
    verdict = ana.update("person", person, score=101)
    assert error_of(verdict) == "invalid"
    assert verdict["error"]["fields"] == {"score": ["At most 100."]}


def test_a_visit_is_never_refused_at_creation_but_judged_later(phone):
    ana = phone()
    person = ana.create("person", name="王芳")
    note = ana.create("note", person_id=person, text="forbidden")
    assert ana.rows["note", note]["text"] == "forbidden"
    ana.update("note", note, text="allowed")
    assert error_of(ana.update("note", note, text="forbidden")) == "invalid"


@pytest.mark.parametrize(
    "field, value",
    [
        ("score", "7"),
        ("score", True),
        ("score", 1.0),
        ("score", 2**31),
        ("smoker", "yes"),
        ("smoker", 1),
        ("phone", 13800000000),
        ("phone", ["1"]),
        ("born", "1980-02-30"),
        ("born", "19800229"),
        ("seen_at", "2026-11-22 09:30"),
        ("tags", "vip"),
        ("tags", [1]),
        ("answers", {"q": 1.5}),
        ("answers", ["q"]),
        ("contact", "sometimes"),
        ("code", "far too long for it"),
        ("income_fen", 2**53),
        ("name", None),
    ],
)
def test_values_of_the_wrong_shape_are_refused_beside_their_field(phone, field, value):
    ana = phone()
    sets = {"name": "王芳"} | {field: value}
    verdict = ana.one(ana.creation("person", **sets))
    assert error_of(verdict) == "invalid"
    assert list(verdict["error"]["fields"]) == [field]
    assert all(verdict["error"]["fields"][field])


def test_a_missing_required_field_has_its_own_words(phone):
    ana = phone()
    verdict = ana.one(ana.creation("person", phone="1"))
    assert verdict["error"]["fields"] == {"name": ["Enter a name."]}


@pytest.mark.parametrize(
    "broken, code",
    [
        ({"op": "upsert"}, "malformed"),
        ({"op": None}, "malformed"),
        ({"kind": "dragon"}, "unknown_kind"),
        ({"kind": None}, "unknown_kind"),
        ({"kind": ["person"]}, "unknown_kind"),
        ({"id": "1"}, "malformed"),
        ({"id": "01900000-0000-7000-8000-00000000000A"}, "malformed"),
        ({"id": None}, "malformed"),
        ({"base": "1"}, "malformed"),
        ({"base": -1}, "malformed"),
        ({"set": []}, "malformed"),
        ({"set": {"name": "x"}}, "malformed"),
        ({"set": {"name": [None]}}, "malformed"),
        ({"set": {"name": [None, "x\0y"]}}, "bad_text"),
        ({"set": {"name": [None, "x\ud800y"]}}, "bad_text"),
        ({"set": {"name": [None, "x"], "nickname": [None, "y"]}}, "unknown_field"),
        ({"set": {"name": [None, "x"], "scope": [None, "agent:x"]}}, "unknown_field"),
        ({"set": {"name": [None, "x"], "id": [None, "y"]}}, "unknown_field"),
        ({"set": {"name": [None, "x"], "ver": [None, 9]}}, "unknown_field"),
        ({"at": "yesterday"}, "malformed"),
        ({"at": 5}, "malformed"),
        ({"at": "2026-11-22T09:30:00"}, "malformed"),
        ({"set": {"name": [None, "x" * 300_000]}}, "too_large"),
        ({"set": {"name": [None, "crash"]}}, "internal"),
        ({"set": {"name": [None, "x"], "score": [None, 2**70]}}, "invalid"),
        (
            {
                "set": {
                    "name": [None, "x"],
                    "answers": [
                        None,
                        {"deep": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]},
                    ],
                }
            },
            "invalid",
        ),
    ],
)
def test_I10_a_poison_edit_is_refused_counts_and_blocks_nobody(phone, broken, code):
    ana = phone()
    before, bad, after = (
        ana.creation("person", name="1"),
        ana.creation("person", name="2"),
        ana.creation("person", name="3"),
    )
    reply = ana.push(before, bad | broken, after)
    assert reply["last_n"] == 3
    assert [verdict["verdict"] for verdict in reply["verdicts"]] == ["ok", "rejected", "ok"]
    assert reply["verdicts"][1]["error"]["code"] == code
    assert reply["verdicts"][1]["error"]["message"]


def test_an_empty_push_tells_the_last_number(phone):
    ana = phone()
    ana.create("person", name="王芳")
    assert ana.push() == {"last_n": 1, "verdicts": []}


def test_a_strangers_record_does_not_exist(phone):
    ana, stranger = phone(), phone(STRANGER)
    person = ana.create("person", name="王芳")
    for who in (stranger, phone(BEN)):
        assert error_of(who.update("person", person, base=1, name=("王芳", "x"))) == "not_found"
        assert error_of(who.delete("person", person, base=1)) == "not_found"
        assert error_of(who.one(who.creation("pet", person_id=person, name="x"))) == "not_found"
        foreign = who.update("person", person, base=1, name=("王芳", "x"))["error"]
        unknown = who.update("person", new_id(), base=1, name=("王芳", "x"))["error"]
        assert foreign == unknown
        assert error_of(who.one(who.creation("person", person, name="x"))) == "not_found"
        who.pull()
        assert ("person", person) not in who.rows
    ana.pull()
    assert ana.rows["person", person]["ver"] == 1


def test_I10_what_depends_on_a_refused_creation_is_refused_with_it_all_the_way(phone):
    ana = phone()
    person, pet = new_id(), new_id()
    verdicts = ana.push(
        ana.creation("person", person, name="王芳", score=101),
        ana.creation("pet", pet, person_id=person, name="狗"),
        ana.change("pet", pet, name=("狗", "猫")),
        ana.change("person", person, name=("王芳", "王方")),
        ana.creation("person", name="李雷"),
    )["verdicts"]
    assert [error_of(verdict) for verdict in verdicts[:4]] == ["invalid", "depends_on", "depends_on", "depends_on"]
    assert [verdict["error"].get("depends_on") for verdict in verdicts[1:4]] == [1, 2, 1]
    assert verdicts[4]["verdict"] == "ok"
    later = ana.one(ana.creation("pet", person_id=person, name="鸟"))
    assert error_of(later) == "depends_on"


def test_a_refused_creation_is_repaired_under_its_own_id(phone):
    ana = phone()
    person = new_id()
    assert error_of(ana.one(ana.creation("person", person, name="王芳", score=101))) == "invalid"
    ana.create("person", person, name="王芳", score=99)
    ana.create("pet", person_id=person, name="狗")


def test_deleting_a_parent_deletes_its_children_in_the_same_edit(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳")
    pet, note = one.create("pet", person_id=person, name="狗"), one.create("note", person_id=person, text="hi")
    receipt, other = one.create("receipt", person_id=person, amount_fen=1), one.create("person", name="李雷")
    two.pull()
    verdict = one.delete("person", person)
    assert (verdict["verdict"], verdict["row"]) == ("ok", None)
    changes = [change for change in two.pull() if change["kind"] != "device"]
    assert {(change["op"], change["id"]) for change in changes} == {
        ("delete", each) for each in (person, pet, note, receipt)
    }
    assert ("person", other) in two.rows
    assert one.delete("person", person, base=1)["verdict"] == "ok"


def test_created_and_deleted_in_one_batch_leaves_nothing_but_the_tombstone(phone):
    one, two = phone(), phone()
    person = new_id()
    reply = one.push(
        one.creation("person", person, name="王芳"),
        one.creation("pet", person_id=person, name="狗"),
        one.deletion("person", person),
    )
    assert [verdict["verdict"] for verdict in reply["verdicts"]] == ["ok", "ok", "ok"]
    two.pull()
    assert not [key for key in two.rows if key[0] in ("person", "pet")]


def test_a_phone_may_not_write_what_is_the_servers(phone):
    ana = phone()
    assert error_of(ana.one(ana.creation("device", label="fake"))) == "read_only"
    assert error_of(ana.one(ana.creation("board", title="mine"))) == "read_only"
    ana.pull()
    assert error_of(ana.update("device", ana.id, label="fake")) == "read_only"


def test_a_newer_protocols_fields_are_kept_and_returned(phone):
    ana = phone()
    person = new_id()
    edit = ana.creation("person", person, name="王芳", shoe_size={"eu": 38})
    row = ana.push(edit, proto=2)["verdicts"][0]["row"]
    assert row["shoe_size"] == {"eu": 38}
    row = ana.update("person", person, name="王方")["row"]
    assert row["shoe_size"] == {"eu": 38}
    edit = ana.change("person", person, shoe_size={"eu": 39})
    assert ana.push(edit, proto=2)["verdicts"][0]["row"]["shoe_size"] == {"eu": 39}
    ana.pull()
    assert ana.rows["person", person]["shoe_size"] == {"eu": 39}
    verdict = ana.update("person", person, shoe_size={"eu": 40})
    assert error_of(verdict) == "unknown_field"


@pytest.mark.parametrize(
    "at", ["1926-01-01T00:00:00Z", "2036-11-22T09:30:00.123456+08:00", "2026-11-22T09:30:00Z", None]
)
def test_I12_the_phones_clock_decides_nothing(phone, at):
    ana = phone()
    person = ana.create("person", name="王芳")
    verdict = ana.one(ana.change("person", person, name="王方") | {"at": at})
    assert (verdict["verdict"], verdict["row"]["ver"]) == ("ok", 2)
    assert verdict["row"]["updated_at"].startswith("20")


def test_push_and_pull_in_one_round_trip(phone):
    ana, other = phone(), phone()
    other.create("person", name="李雷")
    reply = ana.push(ana.creation("person", name="王芳"), pull={"cursor": None, "limit": 500})
    names = {change["row"].get("name") for change in reply["pull"]["changes"] if change["kind"] == "person"}
    assert names == {"王芳", "李雷"}
    assert reply["pull"]["more"] is False
    assert f"agent:{ANA}" in reply["pull"]["digests"]


def test_two_books_do_not_meet(phone):
    ana, ben = phone(), phone(BEN)
    ana.create("person", name="王芳")
    assert [change for change in ben.pull() if change["kind"] != "device"] == []


def test_text_of_any_shape_comes_back_as_it_was_typed(phone):
    ana = phone()
    names = [
        "NULL",
        "null",
        "",
        " ",
        '{a,"b"}',
        "back\\slash",
        "%s %(x)s",
        "new\nline\ttab",
        "it's",
        "𠮷 😀",
        "{}",
        "e\u0301",
    ]
    people = [ana.creation("person", name=name, tags=[name, "x"], answers={name or "k": name}) for name in names]
    verdicts = ana.push(*people)["verdicts"]
    assert [verdict["verdict"] for verdict in verdicts] == ["ok"] * len(names)
    changed = [
        ana.change("person", edit["id"], code=(None, None), phone=name)
        for edit, name in zip(people, names, strict=True)
    ]
    ana.push(*changed)
    ana.rows.clear()
    ana.pull()
    for edit, name in zip(people, names, strict=True):
        row = ana.rows["person", edit["id"]]
        assert (row["name"], row["tags"], row["phone"]) == (name, [name, "x"], name)
        assert row["answers"] == {name or "k": name}
