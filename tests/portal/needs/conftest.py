"""The phone's half of the needs arithmetic, running in Node for the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.portal.needs.twins import Phone


@pytest.fixture(scope="session")
def calculator() -> Iterator[Phone]:
    started = Phone()
    yield started
    started.close()
