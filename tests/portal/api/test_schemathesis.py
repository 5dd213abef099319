"""schemathesis asks the whole API what its description promises, and what it does not: never a server error.

One application for each database; a token, a phone and a password as each call wants them. Every answer has to have a
status, a type and a form that the description knows.
"""

from __future__ import annotations

import base64
import contextlib
from collections import Counter
from collections.abc import Iterator
from contextvars import Context
from itertools import islice
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.accounts import tokens
from portal.accounts.models import Agent
from sync.database import db
from tests.people import Person, cast

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: Of each call: random ones of good and of bad data alike, and ones at the edges of what is described.
RANDOM, EDGES = 6, 16
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
SLOW_IS_FINE = settings(
    max_examples=RANDOM,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
HOST = "https://localhost"


class Papers:
    """What each call is shown."""

    def __init__(self, app: Flask):
        self.app, self.people = app, cast(app)
        app.config |= {"SYNC_PER_MINUTE": 0, "API_PER_MINUTE": 0}
        self.phone = self._phone(self.people.ana)
        self.token = self._token(self.people.leader)

    def of(self, case: Any) -> dict[str, str]:
        """The headers. Whoever signs out or registers does so with something that nobody else needs."""
        path = case.operation.path
        if path == "/sync/sign-out":
            return {"Authorization": f"Bearer {self._phone(self.people.ben)}"}
        if path == "/sync/devices":
            return {"Authorization": _basic(self.people.stranger)}
        bearer = self.phone if path.startswith("/sync/") else self.token
        return {"Authorization": f"Bearer {bearer}"}

    def _phone(self, person: Person) -> str:
        headers = {"Authorization": _basic(person)}
        made = Context().run(self.app.test_client().post, "/sync/devices", json={"label": "x"}, headers=headers)
        return made.json["token"]

    def _token(self, person: Person) -> str:
        agent = db.session.get(Agent, person.id)
        assert agent is not None
        return tokens.make(agent, "x", tokens.scopes_for(person.role), 30)


def _basic(person: Person) -> str:
    return "Basic " + base64.b64encode(":".join(person.basic).encode()).decode()


class Asked:
    """Everything that was asked, and how it was answered."""

    def __init__(self, papers: Papers):
        self.papers = papers
        self.statuses: Counter[int] = Counter()

    def __call__(self, case: Any) -> None:
        headers = {**self.papers.of(case), "Accept-Encoding": "identity"}  # packed answers are not unpacked here
        response = Context().run(case.call, headers=headers, base_url=HOST)
        self.statuses[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)


def test_nothing_that_is_asked_is_a_server_error(app):
    asked = Asked(Papers(app))
    schema = schemathesis.openapi.from_dict(app.test_client().get("/api/openapi.json").json)
    schema.app = app
    operations = [found.ok() for found in schema.get_all_operations()]
    assert {(each.method, each.path) for each in operations} == _described(schema)
    for operation in operations:
        for mode in MODES:
            _ask_at_random(operation, mode, asked)
        for case in islice(_edges(schema, operation), EDGES):
            asked(case)
    # Most is refused, but not all, and of the good things some are done.
    assert asked.statuses[200] > 100
    assert asked.statuses[400] > 50
    assert max(asked.statuses) < 500


def _described(schema: Any) -> set[tuple[str, str]]:
    return {(method, path) for path, item in schema.raw_schema["paths"].items() for method in item}


def _ask_at_random(operation: Any, mode: GenerationMode, asked: Asked) -> None:
    @SLOW_IS_FINE
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        asked(case)

    with contextlib.suppress(Unsatisfiable):  # a call that takes nothing cannot be asked wrongly
        ask()


def _edges(schema: Any, operation: Any) -> Iterator[Any]:
    """Values at the limits, too long, missing, of another type."""
    config = schema.config.generation_for(operation=operation, phase="coverage")
    return schema.iter_coverage_cases(operation, generation_modes=list(MODES), generation_config=config)
