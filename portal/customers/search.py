"""Finding a customer by whatever one remembers: name, initials, pinyin, phone, plate, policy number, city, family.

Pure. The phone's twin is `static/js/domain/search.js`; `tests/vectors/search.json` holds the two together. A line is
what `static/js/store/search-lines.js` makes; here only its fields `name keys mobile plates policies city family` count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.blanks import BLANK
from portal.customers.pinyin import fold, syllables

BLANKS = re.compile(f"[{BLANK}]+")
LATIN = re.compile(r"[a-z]+")
DIGITS = re.compile(r"\+?[0-9]+")
CODE = re.compile(r"[0-9a-z\u4e00-\u9fff-]{2,}")
LIMIT = 50
#: From so many characters on a policy number was meant, and brings its customer up.
SURE = 4

Line = Mapping[str, Any]
Mark = tuple[int, int]


@dataclass(frozen=True)
class Match:
    """How a line fits: the better the lower `rank`; `marks` in the name; `why` when it is not the name."""

    rank: int
    marks: tuple[Mark, ...]
    why: tuple[str, str] | None = None  # field, text


def words_of(q: str) -> list[str]:
    """The words of a query; each must fit somewhere."""
    return [word for word in BLANKS.split(fold(q).replace("'", "").replace("’", "")) if word]


def match(line: Line, q: str) -> Match | None:
    """How a line fits a query, None when it does not."""
    found = [_match_word(line, word) for word in words_of(q)]
    if not found or any(each is None for each in found):
        return None
    fits = [each for each in found if each]
    marks = sorted({mark for each in fits for mark in each.marks})
    why = next((each.why for each in fits if each.why), None)
    return Match(max(each.rank for each in fits), tuple(marks), why)


def _match_word(line: Line, word: str) -> Match | None:
    at = fold(line["name"]).find(word)
    if at >= 0:
        return Match(0 if at == 0 else 2, ((at, at + len(word)),))
    if LATIN.fullmatch(word) and (marks := _spelled(line, word)):
        return Match(1 if marks[0] == 0 else 3, (marks,))
    return _match_other(line, word)


def _match_other(line: Line, word: str) -> Match | None:
    if DIGITS.fullmatch(word) and len(word) > 1 and line.get("mobile") and word in line["mobile"]:
        return Match(4, (), ("mobile", line["mobile"]))
    if CODE.fullmatch(word):
        for plate in line.get("plates") or ():
            if word in fold(plate):
                return Match(5, (), ("plate", plate))
        for policy in line.get("policies") or ():
            if len(word) >= SURE and word in fold(policy["number"]):
                return Match(6, (), ("policy", policy["number"]))
    if line.get("city") and word in fold(line["city"]):
        return Match(7, (), ("city", line["city"]))
    for name in line.get("family") or ():
        if word in fold(name):
            return Match(8, (), ("family", name))
    return None


def _spelled(line: Line, word: str) -> Mark | None:
    """Where in the name the sounds of `word` begin and end: initials, full syllables, or a mixture (lxmei)."""
    if not any(_in_order(key, word) for key in line["keys"]):
        return None
    heard = syllables(line["name"])
    for start in range(len(heard)):
        end = _sounds(heard, start, word, 0)
        if end:
            return start, end
    return None


def _in_order(key: str, word: str) -> bool:
    """True when the letters of `word` stand in `key` in this order: a cheap sieve."""
    letters = iter(key)
    return all(letter in letters for letter in word)


def _sounds(heard: list[tuple[str, ...]], place: int, word: str, at: int) -> int:
    """The end of the characters that `word[at:]` spells from `place` on; 0 when it spells none."""
    if at == len(word):
        return place
    if place == len(heard):
        return 0
    for sound in heard[place]:
        if sound == "":
            if at and (end := _sounds(heard, place + 1, word, at)):
                return end
            continue
        for length in range(_common(sound, word, at), 0, -1):
            if end := _sounds(heard, place + 1, word, at + length):
                return end
    return 0


def _common(sound: str, word: str, at: int) -> int:
    """How many letters `sound` and `word[at:]` share from their beginnings."""
    count = 0
    while count < len(sound) and at + count < len(word) and sound[count] == word[at + count]:
        count += 1
    return count


def search(lines: Iterable[Line], q: str, limit: int = LIMIT) -> dict[str, Any]:
    """`{total, hits: [{id, name, marks, why}], policies: [{id, number, product, customer_id, name}]}`, best first."""
    found = []
    policies: list[dict[str, Any]] = []
    words = words_of(q)
    for place, line in enumerate(lines):
        fit = match(line, q)
        if fit:
            found.append((fit.rank, place, line, fit))
        policies += _policies(line, words)
    found.sort(key=lambda each: each[:2])
    hits = [
        {"id": line["id"], "name": line["name"], "marks": [list(mark) for mark in fit.marks],
         "why": {"field": fit.why[0], "text": fit.why[1]} if fit.why else None}
        for _, _, line, fit in found[:limit]
    ]  # fmt: skip
    return {"total": len(found), "hits": hits, "policies": policies[:limit]}


def _policies(line: Line, words: list[str]) -> list[dict[str, Any]]:
    if len(words) != 1 or not CODE.fullmatch(words[0]):
        return []
    return [
        {**policy, "customer_id": line["id"], "name": line["name"]}
        for policy in line.get("policies") or ()
        if words[0] in fold(policy["number"])
    ]
