"""What we compare ourselves with: a Flask application of one page that keeps whatever it is sent.

No device, no token, no check, no merge, no verdict, no sealing, no history, no scopes: an upsert, a feed by number and
everything at once, on the driver itself. It is served like Doorstep: `gunicorn tests.bench.bare:app`, BARE_DATABASE
naming an SQLite file or a PostgreSQL database.
"""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import threading
from typing import Any

from flask import Flask, Response, jsonify, request

DATABASE = os.environ.get("BARE_DATABASE", "bare.sqlite3")
POSTGRES = DATABASE.startswith("postgres")
#: Fast rather than small: what a plain download would choose.
LEVEL = 1

SCHEMA = """
CREATE TABLE IF NOT EXISTS bare_book (book VARCHAR(64) PRIMARY KEY, seq BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS bare_record (
    book VARCHAR(64) NOT NULL, kind VARCHAR(32) NOT NULL, id VARCHAR(36) NOT NULL, seq BIGINT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (book, kind, id));
CREATE INDEX IF NOT EXISTS bare_record_seq ON bare_record (book, seq);
"""
NEXT = """INSERT INTO bare_book VALUES (?, ?) ON CONFLICT (book) DO UPDATE SET seq = bare_book.seq + excluded.seq
    RETURNING seq"""
#: A change names a field or two: what else stands in the record has to stay.
JOINED = "(bare_record.body::jsonb || excluded.body::jsonb)::text" if POSTGRES else "json_patch(body, excluded.body)"
UPSERT = f"""INSERT INTO bare_record VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (book, kind, id) DO UPDATE SET seq = excluded.seq, body = {JOINED}"""
NEWS = "SELECT kind, id, seq, body FROM bare_record WHERE book = ? AND seq > ? ORDER BY seq LIMIT ?"
ALL = "SELECT kind, id, body FROM bare_record WHERE book = ? ORDER BY kind, id"

app = Flask(__name__)
_local = threading.local()


class Database:
    """One connection of one thread."""

    def __init__(self) -> None:
        if POSTGRES:
            import psycopg

            self.connection: Any = psycopg.connect(DATABASE, autocommit=True)
        else:
            self.connection = sqlite3.connect(DATABASE, isolation_level=None, timeout=10)
            self.connection.execute("PRAGMA journal_mode=WAL")
            self.connection.execute("PRAGMA synchronous=FULL")

    def run(self, statement: str, values: tuple[Any, ...] = ()) -> Any:
        return self.connection.execute(self._own(statement), values)

    def run_many(self, statement: str, lines: list[tuple[Any, ...]]) -> None:
        self.connection.cursor().executemany(self._own(statement), lines)

    def _own(self, statement: str) -> str:
        return statement.replace("?", "%s") if POSTGRES else statement


def database() -> Database:
    if not hasattr(_local, "database"):
        _local.database = Database()
    return _local.database


def prepare() -> None:
    """Make the tables."""
    for statement in filter(str.strip, SCHEMA.split(";")):
        database().run(statement)


def upsert(book: str, rows: list[tuple[str, str, str]]) -> int:
    """Keep (kind, id, body) of a book, in one transaction; the seq it reached."""
    base = database()
    base.run("BEGIN" if POSTGRES else "BEGIN IMMEDIATE")
    try:
        seq = base.run(NEXT, (book, len(rows))).fetchone()[0]
        first = seq - len(rows) + 1
        base.run_many(UPSERT, [(book, kind, row_id, first + at, body) for at, (kind, row_id, body) in enumerate(rows)])
        base.run("COMMIT")
    except BaseException:
        base.run("ROLLBACK")
        raise
    return seq


@app.post("/<book>/push")
def push(book: str) -> Response:
    edits = request.get_json()["edits"]
    rows = [(edit["kind"], edit["id"], json.dumps({name: pair[1] for name, pair in edit["set"].items()}))
            for edit in edits]  # fmt: skip
    seq = upsert(book, rows)
    return jsonify({"last_n": edits[-1]["n"], "seq": seq})


@app.post("/<book>/pull")
def pull(book: str) -> Response:
    asked = request.get_json()
    found = database().run(NEWS, (book, asked["cursor"], asked["limit"])).fetchall()
    changes = [{"kind": kind, "id": row_id, "row": json.loads(body)} for kind, row_id, _, body in found]
    return jsonify({"changes": changes, "cursor": found[-1][2] if found else asked["cursor"]})


@app.get("/<book>/snapshot")
def snapshot(book: str) -> Response:
    lines = [
        f'{{"kind":"{kind}","id":"{row_id}","row":{body}}}\n' for kind, row_id, body in database().run(ALL, (book,))
    ]
    packed = gzip.compress("".join(lines).encode(), LEVEL)
    return Response(packed, mimetype="application/x-ndjson", headers={"Content-Encoding": "gzip"})
