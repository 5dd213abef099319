"""The examples of a document, as requests that are really made and replies that must really come.

An example is a block like this; it is read from top to bottom, and so are the blocks of a page:

    ```http
    POST /sync/push
    Authorization: Bearer $token

    {"proto": 1, "edits": []}

    → 200
    {"last_n": 0, "verdicts": []}
    ```

`$name` in a reply stands for whatever comes and is remembered; after that it is that value. `"…": "…"` in an object
allows further fields, `"…"` in a list further items, a text that ends with `…` any text that begins so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_BLOCK = re.compile(r"^```http\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"\$([a-z]\w*)")
MORE = "…"


@dataclass
class Example:
    """One request and the reply that the page promises."""

    line: int
    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    said: dict[str, str]
    reply: list[Any]


def examples(page: str) -> Iterator[Example]:
    """Every example of a page, in order."""
    for found in _BLOCK.finditer(page):
        asked, _, answered = found[1].partition("\n→ ")
        head, _, body = asked.strip().partition("\n\n")
        first, *headers = head.splitlines()
        method, path = first.split(" ", 1)
        status_line, _, text = answered.partition("\n")
        said, reply = _headers_first(text.strip())
        line = page[: found.start()].count("\n") + 1
        yield Example(line, method, path, _headers(headers), body, int(status_line), said, reply)


def _headers(lines: list[str]) -> dict[str, str]:
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _headers_first(text: str) -> tuple[dict[str, str], list[Any]]:
    """Headers of the reply, where the page names some; then one JSON value, or several (one a line)."""
    lines = text.splitlines()
    said = []
    while lines and re.match(r"[A-Z][A-Za-z-]+: ", lines[0]):
        said.append(lines.pop(0))
    text, values = "\n".join(lines).strip(), []
    reader = json.JSONDecoder()
    while text:
        value, end = reader.raw_decode(text)
        values.append(value)
        text = text[end:].lstrip()
    return _headers(said), values


class Differs(AssertionError):
    """The server said something else than the page."""


class Story:
    """The examples of a page, told in order to one server."""

    def __init__(self, **known: str):
        self.known: dict[str, Any] = dict(known)

    def filled(self, text: str) -> str:
        """The text with what is known so far in place of `$name`."""
        return _NAME.sub(lambda found: str(self.known[found[1]]), text)

    def compare(self, wanted: Any, got: Any, where: str) -> None:
        """Raises Differs where the reply is not what the page says."""
        if isinstance(wanted, str):
            self._text(wanted, got, where)
        elif isinstance(wanted, dict) and isinstance(got, dict):
            self._object(wanted, got, where)
        elif isinstance(wanted, list) and isinstance(got, list):
            self._list(wanted, got, where)
        elif type(wanted) is not type(got) or wanted != got:
            raise Differs(f"{where}: the page says {wanted!r}, the server {got!r}")

    def _text(self, wanted: str, got: Any, where: str) -> None:
        name = _NAME.fullmatch(wanted)
        if name and name[1] not in self.known:
            self.known[name[1]] = got
            return
        wanted = self.known[name[1]] if name else self.filled(wanted)
        if not isinstance(wanted, str):
            raise Differs(f"{where}: the page says {wanted!r}, the server {got!r}")
        fits = isinstance(got, str) and wanted.endswith(MORE) and got.startswith(wanted[:-1])
        if not fits and wanted != got:
            raise Differs(f"{where}: the page says {wanted!r}, the server {got!r}")

    def _object(self, wanted: dict[str, Any], got: dict[str, Any], where: str) -> None:
        open_ended = MORE in wanted
        wanted = {self.filled(name): value for name, value in wanted.items()}
        for name, value in wanted.items():
            if name == MORE:
                continue
            if name not in got:
                raise Differs(f"{where}: the server does not say {name}: {got!r}")
            self.compare(value, got[name], f"{where}.{name}")
        surplus = sorted(set(got) - set(wanted))
        if surplus and not open_ended:
            raise Differs(f"{where}: the page does not tell of {surplus}: {str(got)[:500]}")

    def _list(self, wanted: list[Any], got: list[Any], where: str) -> None:
        if wanted and wanted[-1] == MORE:
            wanted, got = wanted[:-1], got[: len(wanted) - 1]
        if len(wanted) != len(got):
            raise Differs(f"{where}: the page has {len(wanted)} items, the server {len(got)}: {got!r}")
        for at, (one, other) in enumerate(zip(wanted, got, strict=True)):
            self.compare(one, other, f"{where}[{at}]")
