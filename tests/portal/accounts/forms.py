"""Forms of the administrator's pages as a browser sends them: filled in with what stands there, then changed."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import OfficeEvent
from sync.database import db

INPUT = re.compile(r"<input([^>]*)>")
SELECT = re.compile(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', re.DOTALL)
CHOSEN = re.compile(r'<option value="([^"]*)" selected>')
FIRST = re.compile(r'<option value="([^"]*)"')


def form(html: str) -> dict[str, str]:
    """What the form of the page sends when nobody changes it."""
    page = html[html.index("<main") :]
    sent: dict[str, str] = {}
    for attributes in INPUT.findall(page):
        named = dict(re.findall(r'([a-z-]+)="([^"]*)"', attributes))
        if named.get("name") and (named.get("type") != "radio" or "checked" in attributes):
            sent[named["name"]] = unescape(named.get("value", ""))
    for name, options in SELECT.findall(page):
        chosen = CHOSEN.search(options) or FIRST.search(options)
        sent[name] = unescape(chosen.group(1)) if chosen else ""
    return sent


def send(client: Any, page: str, to: str, **changed: str):
    """Open a page, change some fields of its form, send it."""
    opened = client.get(page)
    assert opened.status_code == 200, (page, opened.status_code)
    return client.post(to, data=form(opened.text) | changed)


def logged() -> list[tuple[str, str | None, dict]]:
    """(what, by whom, facts) of every line of the log, oldest first, but those of making the cast."""
    db.session.rollback()
    lines = db.session.scalars(sa.select(OfficeEvent).order_by(OfficeEvent.id))
    return [(line.what, line.by_id, line.facts) for line in lines if line.by_id or line.what not in MADE]


MADE = {"unit_added", "person_added"}
