"""docs/api.md cannot lie: its examples are asked of a server, its lists are complete."""

from __future__ import annotations

from pathlib import Path

from notifications.outbox import PAUSES
from portal.accounts import tokens
from tests.story import Story, examples

PAGE = Path(__file__).parents[3] / "docs" / "api.md"


def test_what_the_page_shows_is_what_the_server_says(people, program):
    use = program(people.ana)
    story = Story(ana=people.ana.id, token=use.token, reader=program(people.ana, "records:read").token)
    for example in examples(PAGE.read_text("utf-8")):
        headers = {name: story.filled(value) for name, value in example.headers.items()}
        body = story.filled(example.body).encode() if example.body else None
        reply = use.client.open(story.filled(example.path), method=example.method, headers=headers, data=body)
        where = f"docs/api.md:{example.line} {example.method} {example.path}"
        assert reply.status_code == example.status, f"{where}: {reply.status_code} {reply.text}"
        story.compare(example.reply, [reply.json], where)


def test_every_scope_and_pause_is_told():
    page = PAGE.read_text("utf-8")
    assert [scope for scope in tokens.SCOPES if f"| `{scope}` |" not in page] == []
    assert [pause.total_seconds() for pause in PAUSES] == [60, 600, 3600, 6 * 3600]
    assert "1 minute, 10 minutes, 1 hour and 6 hours" in page
