"""The office, browsers for its people, and families in their books."""

from __future__ import annotations

import html
import re

import pytest

from sync.apply import apply_edits
from sync.columns import new_id
from sync.database import db
from sync.devices import server_author
from sync.rows import read_row, read_rows
from tests.people import Cast, Person, cast, sign_in

MOBILE, NUMBER, PLATE = "13912345678", "P2020123456", "浙A12345"


@pytest.fixture
def people(app) -> Cast:
    return cast(app)


@pytest.fixture
def desk(app):
    """`desk(person)`: signed in on the server's pages."""

    def open_one(person: Person):
        made = app.test_client()
        made.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        made.set_cookie("lang", "en")
        return sign_in(made, person)

    return open_one


@pytest.fixture
def family(app):
    """`family(person)`: a customer of that person's with a relative and a policy; gives the three ids."""

    def make(person: Person, name: str = "单雪梅") -> tuple[str, str, str]:
        ids = new_id(), new_id(), new_id()
        customer = {"name": name, "mobile": MOBILE, "city": "杭州", "note": "喜欢喝茶", "tags_need": ["教育金"]}
        relative = {"customer_id": ids[0], "name": "王小川", "relation": "child"}
        insured = {"kind": "customer", "id": ids[0]}
        policy = {"customer_id": ids[0], "kind": "motor", "number": NUMBER, "plate": PLATE, "insured": insured}
        write(person, *(("create", kind, row_id, {field: [None, value] for field, value in fields.items()})
                        for kind, row_id, fields in zip(("customer", "relative", "policy"), ids,
                                                        (customer, relative, policy), strict=True)))  # fmt: skip
        return ids

    return make


def write(person: Person, *edits: tuple[str, str, str, dict]) -> list[dict]:
    """What the person's phone sends."""
    author = server_author(f"phone of {person.id}", person.id)
    made = [{"op": op, "kind": kind, "id": row_id, "set": sets, "base": 1} for op, kind, row_id, sets in edits]
    verdicts = apply_edits(made, author)
    assert {verdict["verdict"] for verdict in verdicts} <= {"ok", "merged", "conflict"}, verdicts
    return verdicts


def row(kind: str, row_id: str) -> dict:
    db.session.rollback()
    found = read_row(db.session.connection(), kind, row_id)
    assert found is not None
    return found


def conflicts(person: Person) -> list[dict]:
    """The open conflicts in that person's book."""
    db.session.rollback()
    rows = read_rows(db.session.connection(), "conflict", scopes=[f"agent:{person.id}"])
    return [row for row in rows if not row["resolution"]]


def form_of(page: str) -> dict[str, list[str]]:
    """What a browser would send of the page's form when nothing is touched."""
    body = page[page.index('<form class="stack form"') : page.index("</form>", page.index('<form class="stack form"'))]
    fields: dict[str, list[str]] = {}
    for found in re.finditer(
        r"<input ([^>]*)>|<textarea ([^>]*)>\n(.*?)</textarea>|<select ([^>]*)>(.*?)</select>", body, re.S
    ):
        said = dict(re.findall(r'([a-z_-]+)="([^"]*)"', found[1] or found[2] or found[4]))
        if "name" not in said:
            continue
        if found[1] is not None:
            if said.get("type") in ("checkbox", "radio") and " checked" not in found[1]:
                continue
            value = said.get("value", "")
        elif found[2] is not None:
            value = found[3]
        else:
            chosen = re.findall(r'<option value="([^"]*)" selected>', found[5]) or re.findall(
                r'value="([^"]*)"', found[5]
            )
            value = chosen[0]
        fields.setdefault(said["name"], []).append(html.unescape(value))
    return fields
