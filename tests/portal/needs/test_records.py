"""Analyses in a book: kept as the phone made them, computed again by the server, never changed once shared."""

from __future__ import annotations

import copy
import logging
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal.needs import gap, questions
from portal.needs.definitions import ours, publish_ours
from portal.needs.household import values_of
from portal.needs.rules import NOT_YOURS, SHARED
from sync.apply import apply_edits
from sync.columns import new_id
from sync.database import db
from sync.devices import server_author
from sync.rows import read_row
from tests.people import Person, cast
from tests.portal.needs.families import ASSUMPTIONS, MODEL, QUESTIONS, TODAY, the_lis


@pytest.fixture
def ana(app):
    with app.app_context():
        ana = cast(app).ana
        publish_ours()
        yield ana


def result_of(answers: dict[str, Any]) -> dict[str, Any]:
    day = date.fromisoformat(TODAY)
    counted = questions.counted(QUESTIONS, answers, values_of(ASSUMPTIONS), day)
    return gap.analyse(counted, MODEL, ASSUMPTIONS, day, None)


class Book:
    """Ana's book, written by one of her phones."""

    def __init__(self, owner: Person):
        self.author = server_author("a phone", owner.id)
        self.customer = new_id()
        self.analysis = new_id()
        self.create("customer", self.customer, {"name": "李雪梅"})

    def edit(self, op: str, kind: str, row_id: str, sets: dict[str, Any], base: int = 0) -> dict[str, Any]:
        edit = {"op": op, "kind": kind, "id": row_id, "base": base, "set": sets}
        return apply_edits([edit], self.author)[0]

    def create(self, kind: str, row_id: str, fields: dict[str, Any]) -> dict[str, Any]:
        return self.edit("create", kind, row_id, {name: [None, value] for name, value in fields.items()})

    def analyse(self, answers: dict[str, Any], **more: Any) -> dict[str, Any]:
        fields = {
            "customer_id": self.customer, "path": "quick", "questionnaire": "family@1", "assumptions": "CN-2026@1",
            "model": "household@1", "made_on": TODAY, "answers": answers,
        }  # fmt: skip
        if "result" not in more:
            more["result"] = result_of(answers)
        return self.create("analysis", self.analysis, fields | more)

    def row(self) -> dict[str, Any]:
        found = read_row(db.session.connection(), "analysis", self.analysis)
        assert found
        return found


def test_our_definitions_are_published_once(ana):
    assert publish_ours() == []
    assert {kind for kind, _ in ours()} == {"questionnaire", "assumption_set", "gap_model"}


def test_the_server_computes_what_the_phone_computed(ana):
    book = Book(ana)
    verdict = book.analyse(the_lis())
    assert verdict["verdict"] == "ok"
    assert verdict["row"]["agrees"] is True
    row = book.row()
    assert row["result_server"] == row["result"]
    assert row["checked_at"]


def test_a_difference_is_an_alarm_and_overwrites_nothing(ana, caplog):
    book = Book(ana)
    wrong = copy.deepcopy(result_of(the_lis()))
    wrong["members"][0]["lines"][0]["gap_fen"] += 1
    with caplog.at_level(logging.ERROR):
        book.analyse(the_lis(), result=wrong)
    row = book.row()
    assert row["agrees"] is False
    assert row["result"] == wrong
    assert row["result_server"] == result_of(the_lis())
    assert book.analysis in caplog.text
    assert "李雪梅" not in caplog.text


def test_new_answers_are_computed_anew(ana):
    book = Book(ana)
    first = book.analyse(the_lis())["row"]
    answers = the_lis() | {"F01": 2_000_000}
    change = {"answers": [the_lis(), answers], "result": [first["result"], result_of(answers)]}
    verdict = book.edit("update", "analysis", book.analysis, change, first["ver"])
    assert verdict["row"]["agrees"] is True
    assert verdict["row"]["result_server"] == result_of(answers)


def test_two_phones_answer_two_sections(ana):
    book = Book(ana)
    first = book.analyse({"H02": the_lis()["H02"]}, result=None)["row"]
    other = server_author("another phone", ana.id)
    mine = first["answers"] | {"F01": 1_000_000}
    theirs = first["answers"] | {"F08": 6}
    book.edit("update", "analysis", book.analysis, {"answers": [first["answers"], mine]}, first["ver"])
    edit = {
        "op": "update",
        "kind": "analysis",
        "id": book.analysis,
        "base": first["ver"],
        "set": {"answers": [first["answers"], theirs]},
    }
    assert apply_edits([edit], other)[0]["verdict"] == "merged"
    assert book.row()["answers"] == mine | theirs


def test_what_was_shared_does_not_change(ana):
    book = Book(ana)
    first = book.analyse(the_lis())["row"]
    shared = book.edit(
        "update", "analysis", book.analysis, {"shared_at": [None, "2026-11-25T02:00:00.000Z"]}, first["ver"]
    )
    assert shared["verdict"] == "ok"
    later = {"answers": [the_lis(), the_lis() | {"F01": 5}]}
    refused = book.edit("update", "analysis", book.analysis, later, shared["row"]["ver"])
    assert refused["error"]["fields"] == {"answers": [SHARED]}
    following = new_id()
    fields = {
        name: first[name] for name in ("customer_id", "questionnaire", "assumptions", "model", "made_on", "answers")
    }
    assert book.create("analysis", following, fields | {"follows": book.analysis})["verdict"] == "ok"


def test_only_the_server_says_what_the_server_found(ana):
    book = Book(ana)
    for field, value in {"agrees": True, "result_server": {}, "checked_at": "2026-11-25T02:00:00.000Z"}.items():
        assert book.analyse(the_lis(), **{field: value})["error"]["fields"] == {field: [NOT_YOURS]}


def test_versions_that_nobody_published(ana):
    book = Book(ana)
    for field in ("questionnaire", "assumptions", "model"):
        for versioned in ("family@99", "nonsense", "@1", "family@x", "family@99999999"):
            assert field in book.analyse(the_lis(), **{field: versioned})["error"]["fields"]


ODD_ANSWERS: list[dict[str, Any]] = [
    {"H02": 5}, {"H02": [5]}, {"H02": [{"id": "a"}]}, {"H02": [{"id": [], "relation": "self", "birth_date": "x"}]},
    the_lis() | {"F01": "a lot"}, the_lis() | {"F03": {"a": 1}}, the_lis() | {"E01": [{"insured": "mei"}]},
    the_lis() | {"F03": [{}]}, the_lis() | {"M04:mei": 10**15}, the_lis() | {"C01:bo": [1]}, the_lis() | {"A01": []},
    the_lis() | {"P01": [{"age": None}]}, the_lis() | {"S01": 5}, the_lis() | {"M06:mei": "old"},
]  # fmt: skip


def test_answers_no_phone_of_ours_sends_are_kept_and_told(ana):
    book = Book(ana)
    for answers in ODD_ANSWERS:
        book.analysis = new_id()
        verdict = book.analyse(answers, result={"members": []})
        assert verdict["verdict"] == "ok"
        assert verdict["row"]["agrees"] is False
        assert "error" in verdict["row"]["result_server"]


def test_definitions_are_the_offices_alone(ana):
    book = Book(ana)
    fields = {"code": "mine", "version": 1, "from_date": TODAY, "body": {}}
    sets = {name: [None, value] for name, value in fields.items()}
    edit = {"n": 2, "op": "create", "kind": "questionnaire", "id": new_id(), "set": sets}
    assert apply_edits([edit], replace(book.author, kind="phone"))[0]["error"]["code"] == "read_only"
