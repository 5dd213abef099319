"""docs/sync.md cannot lie: its examples are asked of a server, its digests are worked out, its lists are complete."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from sync.canonical import canonical, digest_text, row_digest
from sync.errors import MESSAGES
from tests.people import cast
from tests.story import Differs, Example, Story, examples

PAGE = Path(__file__).parents[1] / "docs" / "sync.md"


def told() -> list[Example]:
    return list(examples(PAGE.read_text("utf-8")))


def test_what_the_page_shows_is_what_the_server_says(app, client):
    people = cast(app)
    story = Story(ana=people.ana.id, ben=people.ben.id)
    for example in told():
        headers = {name: story.filled(value) for name, value in example.headers.items()}
        body = story.filled(example.body).encode() if example.body else None
        path = story.filled(example.path)
        reply = client.open(path, method=example.method, headers=headers, data=body)
        where = f"docs/sync.md:{example.line} {example.method} {path}"
        assert reply.status_code == example.status, f"{where}: {reply.status_code} {reply.text}"
        for name, value in example.said.items():
            story.compare(value, reply.headers.get(name), f"{where} {name}")
        lines = reply.text.splitlines() if reply.mimetype == "application/x-ndjson" else [reply.text]
        story.compare(example.reply, [_without_neighbours(json.loads(line)) for line in lines if line], where)


def _without_neighbours(reply: dict[str, Any]) -> dict[str, Any]:
    """Once in a hundred runs a record with an id of this run falls into the bucket that the page shows."""
    if "bucket" in reply:
        reply["rows"] = [row for row in reply["rows"] if row["id"].startswith("01936f1e")]
    return reply


def test_every_call_is_shown():
    shown = {example.path.partition("?")[0] for example in told()}
    calls = ("devices", "push", "pull", "snapshot", "digests", "rows", "known", "escrow")
    assert shown >= {f"/sync/{call}" for call in calls}


def test_every_code_is_told():
    page = PAGE.read_text("utf-8")
    assert [code for code in MESSAGES if f"`{code}`" not in page] == []


def test_the_worked_digest():
    blocks = re.findall(r"^```json digest\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert blocks
    for block in blocks:
        told = json.loads(block)
        assert told["canonical"] == canonical(told["row"]).decode()
        assert told["sha256"] == hashlib.sha256(canonical(told["row"])).hexdigest()
        assert told["digest"] == digest_text(row_digest(told["kind"], told["row"]))


@pytest.mark.parametrize(
    "wanted, got",
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2, "…": "…"}, {"a": 1}),
        ({"a": True}, {"a": 1}),
        (["x…"], ["y"]),
        ([1, "…"], []),
        ({"one": "$id", "two": "$id"}, {"one": "a", "two": "b"}),
    ],
)
def test_a_page_that_says_something_else_is_found_out(wanted, got):
    with pytest.raises(Differs):
        Story().compare(wanted, got, "here")
