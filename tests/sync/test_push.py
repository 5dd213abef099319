"""Push: what becomes of one edit, and of a batch of them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from sync.columns import new_id
from sync.database import db
from tests.sync.cast import BEN, STRANGER


def test_a_creation_is_there_once_with_all_its_fields(phone):
    ana = phone()
    person = new_id()
    verdict = ana.one(
        ana.creation(
            "person",
            person,
            name="王芳",
            phone="13800000000",
            tags=["vip"],
            answers={"q1": 3},
            contact="service",
            born="1980-02-29",
            seen_at="2026-11-22T09:30:00+08:00",
            score=7,
            income_fen=12_345_678,
            smoker=False,
            code="A1",
        )
    )
    row = verdict["row"]
    assert verdict["verdict"] == "ok"
    assert (row["id"], row["ver"], row["name"], row["phone"]) == (person, 1, "王芳", "13800000000")
    assert row["seen_at"] == "2026-11-22T01:30:00.000Z"
    assert (row["income_fen"], row["smoker"], row["answers"], row["tags"]) == (12_345_678, False, {"q1": 3}, ["vip"])
    assert "flags" not in row
    assert "late_from" not in row
    ana.rows.clear()
    ana.pull()
    assert ana.rows["person", person] == row
