"""A careful reader of pages: what is wrong with a page for a finger, a screen reader, or somebody with one language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from portal.translations import merged
from tests.e2e.conftest import ROOT

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
READER = Path(__file__).with_name("reader.js").read_text().strip().rstrip(";")
# The narrowest phone, and as tall as the longest page: nothing hides behind a foot that stays in view.
NARROW, TALL = 360, 9_000
LOOKS = ("light", "dark", "type-large")
# What a look can change; everything else axe knows is the same in all of them.
OF_LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef]+")
WORD = re.compile(r"[A-Za-z]{2,}")
# What a program says where a value is missing.
LEAK = re.compile(r"\b(undefined|null|NaN)\b|^(None|True|False)$|\[object |%\(\w+\)s|\{\{|Invalid Date")
# Ids of records, and of a build.
ID = re.compile(r"\b([0-9a-f]{8}(-[0-9a-f]{4}){3}-)?[0-9a-f]{12}\b")
PARAMETER = re.compile(r"%\(\w+\)s")


@dataclass
class Reading:
    """What was found on one page, in one language."""

    address: str
    lang: str
    status: int
    headers: dict[str, str]
    path: str
    titled: bool
    headings: list[str]
    texts: list[str]
    words: list[str]
    small: list[str] = field(default_factory=list)
    wide: dict[str, str] = field(default_factory=dict)
    axe: dict[str, list[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.lang} {self.address}"


def read(page: Page, address: str, looks: Iterable[str] = LOOKS) -> Reading:
    """Go there and read, in every look."""
    page.set_viewport_size({"width": NARROW, "height": TALL})
    response = page.goto(address)
    assert response is not None
    return read_here(page, address, response.status, response.headers, looks)


def read_here(
    page: Page,
    address: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
    looks: Iterable[str] = LOOKS,
) -> Reading:
    """Read the page that is open."""
    page.set_viewport_size({"width": NARROW, "height": TALL})
    bring_axe(page)
    found: dict[str, Any] = page.evaluate(READER, {"looks": [*looks], "rules": OF_LOOKS})
    return Reading(address, status=status, headers=headers or {}, **found)


def bring_axe(page: Page) -> None:
    """axe within the page: evaluated, because the content policy lets no script tag in."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE)


def chinese_in_english(texts: Iterable[str]) -> list[str]:
    """Han characters, and signs that only Chinese sets, on an English page whose data is Latin."""
    return [text for text in texts if HAN.search(text)]


def english_in_chinese(texts: Iterable[str], data: set[str]) -> list[str]:
    """Texts of a Chinese page that are English: a whole msgid, or a word that neither the data nor a translation has."""
    return [text for text in texts if _is_msgid(text, data) or _strangers(text, data)]


def leaks(texts: Iterable[str]) -> list[str]:
    """Texts in which the program shows."""
    return [text for text in texts if LEAK.search(text)]


def words_of(values: Iterable[object]) -> set[str]:
    """The Latin words of data."""
    return {word for value in values if isinstance(value, str) for word in WORD.findall(value)}


def _strangers(text: str, data: set[str]) -> set[str]:
    return set(WORD.findall(ID.sub("", text))) - data - _chinese_words()


def _is_msgid(text: str, data: set[str]) -> bool:
    return not set(WORD.findall(text)) <= data and any(pattern.fullmatch(text) for pattern in _english())


@cache
def _messages() -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """English and Chinese of every text; plurals have several."""
    pairs = [(one.id, one.string) for one in merged() if one.id]
    return [(_several(english), _several(chinese)) for english, chinese in pairs]


def _several(text: Any) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (tuple, list)) else (text,)


@cache
def _chinese_words() -> set[str]:
    """Latin words that the Chinese texts themselves use: CSV, Chrome, PIN."""
    return words_of(PARAMETER.sub("", text) for _, chinese in _messages() for text in chinese)


@cache
def _english() -> list[re.Pattern[str]]:
    """English texts as patterns; those that a Chinese page shows as they are left out."""
    texts = {text for english, chinese in _messages() for text in english if text not in chinese}
    worded = (text for text in texts if WORD.search(PARAMETER.sub("", text)))
    return [re.compile(".+".join(re.escape(part) for part in PARAMETER.split(text))) for text in worded]
