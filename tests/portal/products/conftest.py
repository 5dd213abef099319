"""The phone's half of the products' arithmetic, running in Node for the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.portal.products.twins import Phone


@pytest.fixture(scope="session")
def pricer() -> Iterator[Phone]:
    started = Phone()
    yield started
    started.close()
