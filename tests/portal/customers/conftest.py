"""The phone's half of the rules, running in Node for the whole module run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.customers import pinyin
from tests.portal.customers.twins import ROOT, Phone


@pytest.fixture(scope="session")
def phone() -> Iterator[Phone]:
    """The table of sounds is a built file; these tests do not need the rest of the build."""
    built = ROOT / "portal" / "static" / "js" / "generated" / "sounds.json"
    built.parent.mkdir(exist_ok=True)
    if not built.exists() or built.read_text() != pinyin.as_json():
        built.write_text(pinyin.as_json())
    started = Phone()
    yield started
    started.close()
