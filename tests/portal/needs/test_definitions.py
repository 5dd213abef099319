"""Definitions: what may not be published is told where it is wrong; what is published never changes."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from portal.dates import day_of
from portal.needs import checking, definitions
from portal.needs.definitions import publish_ours
from sync.columns import utcnow
from sync.database import db
from tests.people import Cast, cast, sign_in
from tests.portal.needs.families import ASSUMPTIONS, MODEL, QUESTIONS

BODIES = {"questionnaire": QUESTIONS, "assumption_set": ASSUMPTIONS, "gap_model": MODEL}


def wrong(kind: str, change: Any) -> list[tuple[str, str]]:
    body = copy.deepcopy(BODIES[kind])
    body = change(body) or body
    return checking.faults(
        kind,
        body,
        {name: each for name, each in BODIES.items() if name != kind}
        | ({"assumption_set": ASSUMPTIONS} if kind == "assumption_set" else {}),
    )


def test_our_own_may_be_published():
    for kind in BODIES:
        assert wrong(kind, lambda body: None) == []


def question(body: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for section in body["sections"] for each in section["questions"] if each["id"] == name)


QUESTION_FAULTS: dict[str, tuple[Any, tuple[str, str]]] = {
    "no Chinese": (lambda body: question(body, "F01").pop("zh"), ("F01", checking.NEEDS_TEXT)),
    "empty English": (lambda body: question(body, "M01")["options"][0].update(en=" "), ("M01.options.employed", checking.NEEDS_TEXT)),
    "no such type": (lambda body: question(body, "F01").update(type="essay"), ("F01.type", checking.NO_SUCH_TYPE)),
    "no options": (lambda body: question(body, "H04").update(options=[]), ("H04.options", checking.NO_OPTIONS)),
    "twice": (lambda body: question(body, "F01").update(id="F02"), ("questions.", checking.NEEDS_ID)),
    "broken condition": (lambda body: question(body, "F02").update(when="h.adults >="), ("F02.when", checking.NO_CEL)),
    "nobody asks who lives there": (lambda body: body["sections"][1]["questions"].pop(0), ("H02", checking.MISSING)),
    "a name nobody knows": (lambda body: question(body, "F02").update(when="h.cats > 2"), ("", checking.NOT_ON_SAMPLE)),
    "not a questionnaire": (lambda body: {"title": {"zh": "题", "en": "Q"}, "sections": 5}, ("", checking.NOT_A_MAP)),
    "too large": (lambda body: body.update(more="x" * 70_000), ("", checking.TOO_LARGE)),
}  # fmt: skip
MODEL_FAULTS: dict[str, tuple[Any, tuple[str, str]]] = {
    "text for a number": (lambda body: body["lines"][0]["parts"][0].update(fen="'a lot'"), ("life.debt.fen", checking.NOT_ON_SAMPLE)),
    "an explanation without its figure": (lambda body: body["lines"][0]["parts"][1]["inputs"].pop("years"), ("life.living.why", checking.NO_INPUT)),
    "a weight of text": (lambda body: body["lines"][0].update(weight="30"), ("life.weight", checking.NO_NUMBER)),
    "a side nobody knows": (lambda body: body["lines"][0]["parts"][0].update(side="wish"), ("life.debt.side", checking.MISSING)),
    "a function nobody has": (lambda body: body["lines"][0]["parts"][0].update(fen="steal(1)"), ("life.debt.fen", checking.NOT_ON_SAMPLE)),
}  # fmt: skip
ASSUMPTION_FAULTS: dict[str, tuple[Any, tuple[str, str]]] = {
    "outside its limits": (lambda body: body["rates"]["cpi_bp"].update(value=900), ("rates.cpi_bp", checking.NO_RANGE)),
    "half a number": (lambda body: body["rates"]["cpi_bp"].update(value=1.5), ("rates.cpi_bp", checking.NO_NUMBER)),
    "left out": (lambda body: body["fixed"].pop("parent_age"), ("fixed.parent_age", checking.MISSING)),
}
FAULTS = [
    *(("questionnaire", name, *each) for name, each in QUESTION_FAULTS.items()),
    *(("gap_model", name, *each) for name, each in MODEL_FAULTS.items()),
    *(("assumption_set", name, *each) for name, each in ASSUMPTION_FAULTS.items()),
]


def _change(made: Any) -> Any:
    return lambda body: found if isinstance(found := made(body), dict) and "title" in found else None


@pytest.mark.parametrize("kind, name, change, expected", FAULTS, ids=[each[1] for each in FAULTS])
def test_what_is_wrong_is_told_where_it_is(kind, name, change, expected):
    where, text = expected
    assert any(place.startswith(where) and said == text for place, said in wrong(kind, _change(change)))


@pytest.mark.parametrize("body", [None, 5, [], "x", {}, {"title": 5}, {"title": {"zh": "a", "en": "b"}}])
@pytest.mark.parametrize("kind", list(BODIES))
def test_nonsense_is_refused(kind, body):
    assert checking.faults(kind, body, BODIES) != []


# The pages


@pytest.fixture
def office(app) -> Cast:
    with app.app_context():
        people = cast(app)
        publish_ours()
    return people


def newest(app: Any, kind: str) -> dict[str, Any]:
    with app.app_context():
        db.session.remove()
        return definitions.all_of(kind)[0]


def test_the_administrator_publishes_a_new_version(app, client, office):
    sign_in(client, office.admin)
    first = newest(app, "assumption_set")
    page = f"/admin/definitions/{first['id']}"
    assert "李雪梅" in client.get(page).text
    body = copy.deepcopy(first["body"])
    body["rates"]["cpi_bp"]["value"] = 300
    today = day_of(utcnow())
    tried = client.post(page, data={"body": json.dumps(body), "from_date": today.isoformat(), "do": "try"})
    assert tried.status_code == 200
    assert newest(app, "assumption_set")["version"] == 1
    done = client.post(page, data={"body": json.dumps(body), "from_date": today.isoformat(), "do": "publish"})
    assert done.status_code == 303
    second = newest(app, "assumption_set")
    assert (second["version"], second["body"]["rates"]["cpi_bp"]["value"]) == (2, 300)
    with app.app_context():
        assert definitions.body("assumptions", "CN-2026@1") == ASSUMPTIONS
        assert definitions.body("assumptions", "CN-2026@2") == body
    assert client.post(f"/admin/definitions/{second['id']}/withdrawals").status_code == 303
    assert newest(app, "assumption_set")["to_date"] == today


def test_what_is_wrong_comes_back_with_what_was_typed(app, client, office):
    sign_in(client, office.admin)
    first = newest(app, "gap_model")
    page = f"/admin/definitions/{first['id']}"
    body = copy.deepcopy(first["body"])
    body["lines"][0]["parts"][0]["fen"] = "steal(1)"
    typed = json.dumps(body)
    past = (day_of(utcnow()) - timedelta(days=1)).isoformat()
    for data in (
        {"body": typed, "do": "publish"},
        {"body": "{", "do": "try"},
        {"body": "[" * 9000},
        {"body": json.dumps(first["body"]), "from_date": past, "do": "publish"},
        {},
    ):
        answer = client.post(page, data=data)
        assert answer.status_code == 422
    answer = client.post(page, data={"body": typed, "do": "try"})
    assert "life.debt.fen" in answer.text
    assert "steal(1)" in answer.text
    assert newest(app, "gap_model")["version"] == 1


def test_nobody_else_may(app, client, office):
    page = f"/admin/definitions/{newest(app, 'gap_model')['id']}"
    for person in office.everybody():
        if person.role == "admin":
            continue
        sign_in(client, person)
        for answer in (
            client.get("/admin/definitions"),
            client.get(page),
            client.post(page, data={}),
            client.post(f"{page}/withdrawals"),
        ):
            assert answer.status_code in (403, 404)
    sign_in(client, office.admin)
    assert client.get("/admin/definitions/0199aaaa-0000-7000-8000-000000000000").status_code == 404
