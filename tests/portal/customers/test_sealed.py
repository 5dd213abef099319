"""What is marked as encrypted never lies readable in the database: not in its record, not in a refused edit, not in a
conflict, not in a tombstone. Every such field gets a value of its own, and everything that was written is searched."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.customers import kinds
from sync.apply import apply_edits
from sync.columns import new_id
from sync.database import Base, db
from sync.devices import server_author
from sync.kinds import KINDS
from tests.people import cast

kinds.register()

#: One readable secret for each check that a sealed field has.
SECRETS = {
    "mobile": "13800009173",
    "phone": "057100009173",
    "email": "canary-9173@example.com",
    "policy_number": "CANARY9173",
    "fen": 917_391_739_173,
}
OTHER = "金丝雀9173"
EDITS = ("no number 9173", "what I saw 9173", "what I typed 9173")
TRACES = (*(str(secret) for secret in SECRETS.values()), OTHER, *EDITS)
AT = "2026-11-25T01:30:00.000Z"


def secret(kind: str, name: str):
    about = KINDS[kind].fields[name].metadata
    return "CANARY9173" if name == "id_number" else SECRETS.get(about.get("check") or about["type"], OTHER)


def sealed(kind: str) -> dict:
    return {name: secret(kind, name) for name, item in KINDS[kind].fields.items() if item.metadata.get("sealed")}


@pytest.fixture
def written(app):
    """A tree full of secrets, then edits that are refused, that conflict and that delete."""
    agent = cast(app).ana.id
    author = server_author("office:test", agent)
    customer = new_id()
    person = {"id_type": "passport"}
    plain = {
        "relative": {"customer_id": customer, "name": "李思源", "relation": "child", **person},
        "policy": {"customer_id": customer, "kind": "ci"},
        "visit": {"customer_id": customer},
    }
    consent = {"customer_id": customer, "purpose": "sensitive", "given": True, "at": AT}
    needs = {
        name: value
        for name, value in sealed("customer").items()
        if KINDS["customer"].fields[name].metadata.get("needs")
    }
    first = {name: value for name, value in sealed("customer").items() if name not in needs}
    edits = [
        create("customer", customer, {"name": "李建国", **person, **first}),
        create("consent", new_id(), consent),
        update(customer, {name: [None, value] for name, value in needs.items()}, 1),
        *(create(kind, new_id(), fields | sealed(kind)) for kind, fields in plain.items()),
    ]
    assert [verdict["verdict"] for verdict in apply_edits(edits, author)] == ["ok"] * len(edits)
    other = server_author("office:other", agent)
    refused, clash, gone = (
        update(customer, {"mobile": [SECRETS["mobile"], EDITS[0]]}, 2),
        update(customer, {"note": [EDITS[1], EDITS[2]]}, 1),
        {"op": "delete", "kind": "relative", "id": edits[3]["id"], "base": 1, "at": AT},
    )
    verdicts = [
        apply_edits([edit], writer)[0]["verdict"] for edit, writer in ((refused, other), (clash, other), (gone, author))
    ]
    assert verdicts == ["rejected", "conflict", "ok"]
    return app


def create(kind: str, row_id: str, fields: dict) -> dict:
    return {
        "op": "create",
        "kind": kind,
        "id": row_id,
        "at": AT,
        "set": {name: [None, value] for name, value in fields.items()},
    }


def update(row_id: str, sets: dict, base: int) -> dict:
    return {"op": "update", "kind": "customer", "id": row_id, "base": base, "at": AT, "set": sets}


def test_every_sealed_field_has_a_secret():
    assert all(str(value) in TRACES for kind in kinds.CUSTOMER_KINDS for value in sealed(kind.name).values())


def test_no_table_shows_it(written):
    found = {table.name: _readable(table) for table in Base.metadata.sorted_tables}
    assert "李建国" in found["customer"]  # what is not sealed is found: the search works
    assert [(name, trace) for name, text in found.items() for trace in TRACES if trace in text] == []


def _readable(table: sa.Table) -> str:
    columns = [column if _bytes(column) else sa.cast(column, sa.Text) for column in table.columns]
    cells = (cell for row in db.session.execute(sa.select(*columns)) for cell in row)
    return " ".join(cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell) for cell in cells)


def _bytes(column: sa.Column) -> bool:
    return isinstance(column.type, sa.LargeBinary) or isinstance(getattr(column.type, "impl", None), sa.LargeBinary)


def test_no_file_shows_it(written):
    """The database file with its log, the keys, caches: everything under the folder of the run."""
    folder = Path(written.config["DATA_DIR"]).parent
    contents = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert contents
    assert [(path, trace) for path, content in contents.items() for trace in TRACES if trace.encode() in content] == []
