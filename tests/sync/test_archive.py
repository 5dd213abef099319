"""The file of a backup: what is written comes back, and what was altered is noticed."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.archive import BadArchive, Reader, Writer, reading

COLUMNS = [("a", "text"), ("b", "int"), ("c", "bool"), ("d", "bytes"), ("e", "date"), ("f", "instant")]
ROWS = [
    ('王芳 𠮷\n"', 2**53, True, b"\0\xff", date(2026, 11, 25), datetime(2026, 11, 25, 1, 2, 3, 4000, UTC)),
    ("", -1, False, b"", date(1900, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)),
    (None,) * 6,
]


def written() -> bytes:
    out = io.BytesIO()
    writer = Writer(out, {"revision": "1", "epoch": 1, "keys": {}})
    writer.table("one", COLUMNS, ROWS)
    writer.table("none", COLUMNS, [])
    writer.end()
    return out.getvalue()


def read(lines) -> dict:
    return {name: [tuple(row) for row in rows] for name, _columns, rows in Reader(lines).tables()}


def test_what_is_written_comes_back():
    assert read(io.BytesIO(written())) == {"one": ROWS, "none": []}


@settings(max_examples=400, deadline=None)
@given(at=st.floats(0, 0.9999), bit=st.integers(0, 7))
def test_every_altered_bit_is_noticed(tmp_path_factory, at, bit):
    text = written()
    place = int(at * len(text))
    path = tmp_path_factory.getbasetemp() / "harmed.backup"
    path.write_bytes(gzip.compress(text[:place] + bytes([text[place] ^ 1 << bit]) + text[place + 1 :], 1))
    with pytest.raises(BadArchive):
        read_whole(path)


@given(st.integers(0, 5))
def test_a_file_that_lacks_its_end_is_noticed(count):
    lines = written().splitlines(keepends=True)
    with pytest.raises(BadArchive):
        read(lines[:-1][:-count] if count else lines[:-1])


def read_whole(path) -> None:
    with reading(path) as archive:
        for _name, _columns, rows in archive.tables():
            list(rows)
