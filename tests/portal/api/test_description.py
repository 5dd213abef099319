"""The description of the API is whole and true, and people can read it."""

from __future__ import annotations

import re

import jsonschema_rs
import pytest

from portal.accounts import tokens
from portal.api import document
from portal.api.calls import BY_ENDPOINT, CALLS, SCOPES
from sync.errors import MESSAGES
from sync.kinds import KINDS
from tests import answers


@pytest.fixture
def told(client) -> dict:
    return client.get("/api/openapi.json").json


def test_it_is_openapi_3_1(told):
    assert told["openapi"] == "3.1.0"
    for name, shape in told["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **shape})
        jsonschema_rs.Draft202012Validator({"components": told["components"], "$ref": f"#/components/schemas/{name}"})


def test_every_call_stands_in_it(app, told):
    listed = {
        (document.path_of(rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(("/api/", "/sync/"))
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, item in told["paths"].items() for method in item}
    assert described == listed
    assert len(listed) > 20
    assert {rule.endpoint for rule in document.rules(app)} == set(BY_ENDPOINT)


def test_a_call_that_nobody_described_is_found(app):
    app.view_functions["planted"] = lambda: ""
    app.url_map.add(type(next(app.url_map.iter_rules()))("/api/planted", endpoint="planted", methods=["GET"]))
    with pytest.raises(KeyError):
        document.description(app)


def test_every_kind_and_field_stands_in_it(told):
    for kind in KINDS.values():
        shape = told["components"]["schemas"][document.row_name(kind.name)]
        assert set(kind.fields) | {"id", "ver"} <= set(shape["properties"]), kind.name


def test_every_verdict_and_code_stands_in_it(told):
    shapes = told["components"]["schemas"]
    assert shapes["Verdict"]["properties"]["verdict"]["enum"] == ["ok", "merged", "conflict", "rejected"]
    said = set(shapes["EditError"]["properties"]["code"]["enum"]) | set(document.problem_codes())
    assert set(MESSAGES) - said == set()


def test_guards_and_description_speak_of_the_same_scopes(app):
    assert set(SCOPES) == set(tokens.SCOPES)
    for call in CALLS:
        view = app.view_functions[call.endpoint]
        assert getattr(view, "scope", "") == call.scope, call.endpoint
        assert getattr(view, "once", False) == call.once, call.endpoint


def test_it_says_when_it_is_the_same(client):
    first = client.get("/api/openapi.json")
    again = client.get("/api/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.text) == (200, 304, "")


def test_it_names_nobody_and_no_secret(told):
    text = str(told)
    assert not re.search(r"/(?:work|root|home)/", text)
    assert "pepper" not in text


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_people_can_read_it(app, client, told, language):
    client.set_cookie("lang", language)
    page = client.get("/api/docs")
    assert page.status_code == 200
    for path in told["paths"]:
        assert path in page.text
    for shape in told["components"]["schemas"]:
        assert f'id="{shape}"' in page.text
    for link in re.findall(r'href="#(\w+)"', page.text):
        assert f'id="{link}"' in page.text
    for code in (*document.problem_codes(), *document.edit_codes()):
        assert f"<code>{code}</code>" in page.text
    assert ("接口" in page.text) == (language == "zh-CN")


def test_answers_of_the_suite_are_held_to_it(app, client):
    """The check is shown planted answers."""
    told = answers.of(app)
    good = client.get("/api/openapi.json")
    assert told.fault("GET", "/api/openapi.json", good) is None
    wrong = app.response_class('{"last_n": "1", "verdicts": []}', mimetype="application/json")
    assert "last_n" in told.fault("POST", "/sync/push", wrong)
    unknown = app.response_class(
        '{"verdicts": [{"n": 1, "verdict": "perhaps"}], "last_n": 1}', mimetype="application/json"
    )
    assert "perhaps" in told.fault("POST", "/sync/push", unknown)
    strange = app.response_class("{}", status=418, mimetype="application/json")
    assert "418" in told.fault("GET", "/api/me", strange)
    row = {"op": "put", "kind": "customer", "id": "0" * 8 + "-0000-7000-8000-" + "0" * 12, "ver": 1, "row": {"ver": 1}}
    page = {"changes": [row], "cursor": "x", "more": False}
    bad_row = app.response_class(app.json.dumps(page), mimetype="application/json")
    assert told.fault("POST", "/sync/pull", bad_row)
    assert answers.checked > 0
