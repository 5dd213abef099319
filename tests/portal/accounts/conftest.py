"""The cast, at home in the office, and browsers for them."""

from __future__ import annotations

import pytest

from tests.people import Cast, cast, sign_in


@pytest.fixture
def people(app) -> Cast:
    return cast(app)


@pytest.fixture
def new_client(app):
    """Makes browsers: each with cookies of its own."""

    def open_client():
        made = app.test_client()
        made.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return made

    return open_client


@pytest.fixture
def desk(new_client):
    """`desk(person)`: signed in on the server's pages, in a browser of its own."""
    return lambda person: sign_in(new_client(), person)


@pytest.fixture
def admin(desk, people):
    """The administrator's browser."""
    return desk(people.admin)
