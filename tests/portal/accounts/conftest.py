"""The cast, at home in the office, and browsers for them."""

from __future__ import annotations

import pytest

from tests.people import Cast, cast


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
