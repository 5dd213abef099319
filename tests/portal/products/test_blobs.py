"""Large tables by their SHA-256: for phones and sessions only, packed, for ever the same, in every backup."""

from __future__ import annotations

import gzip
import hashlib
import json

import brotli
import pytest
import sqlalchemy as sa

from portal.cli import main
from portal.products import blobs, catalogue, models
from portal.products.catalogue_files import ours
from sync.database import db, table_of, write
from sync.devices import register
from tests.people import cast, sign_in

TABLE = {"v": 1, "cells": {"y20|y20": {"m": [30, [124, 133]], "f": [30, [53, None]]}}}
TEXT = '{"cells":{"y20|y20":{"f":[30,[53,null]],"m":[30,[124,133]]}},"v":1}'


@pytest.fixture
def office(app):
    return cast(app)


@pytest.fixture
def phone(app, office):
    _, token = register(office.ana.id, "a phone")
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def name(app):
    [name] = blobs.keep([blobs.text_of(TABLE)])
    return name


def test_a_text_is_named_by_its_sum_and_kept_once(app, name):
    assert blobs.read(name) == TEXT
    assert hashlib.sha256(TEXT.encode()).hexdigest() == name
    assert blobs.keep([TEXT, TEXT]) == [name]
    assert blobs.parsed(name) == TABLE


@pytest.mark.parametrize(
    "coding, unpack",
    [("br", brotli.decompress), ("gzip", gzip.decompress), ("identity", bytes), ("br, gzip", brotli.decompress)],
)
def test_a_phone_gets_it_packed(client, phone, name, coding, unpack):
    answer = client.get(f"/sync/blobs/{name}", headers={**phone, "Accept-Encoding": coding})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert unpack(answer.data).decode() == TEXT
    assert answer.headers.get("Content-Encoding", "identity") == coding.partition(",")[0]
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_it_is_not_sent_twice(client, phone, name):
    answer = client.get(f"/sync/blobs/{name}", headers={**phone, "If-None-Match": f'"{name}"'})
    assert (answer.status_code, answer.data) == (304, b"")


def test_a_session_may_read_it(client, office, name):
    sign_in(client, office.admin)
    assert client.get(f"/sync/blobs/{name}").json == TABLE


def test_nobody_else_may(client, name):
    assert client.get(f"/sync/blobs/{name}").status_code == 401
    assert client.get(f"/sync/blobs/{name}", headers={"Authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize(
    "asked, status",
    [
        ("0" * 64, 404),
        ("F" * 64, 400),
        ("0" * 63, 400),
        ("0" * 65, 400),
        ("..%2f..%2fkeys.json", 404),
        ("é" * 64, 400),
        ("0" * 63 + "\n", 400),
    ],
)
def test_what_is_not_there(client, phone, asked, status):
    assert client.get(f"/sync/blobs/{asked}", headers=phone).status_code == status


def test_the_catalogue_on_the_wire(app, client, phone):
    """Every table our products name is there, and all of them together are small."""
    catalogue.publish_ours()
    records, texts = ours()
    wanted = {name for record in records for name in blobs.named_in(record["body"])}
    assert wanted == set(texts)
    sent = 0
    for each in wanted:
        answer = client.get(f"/sync/blobs/{each}", headers={**phone, "Accept-Encoding": "br"})
        assert brotli.decompress(answer.data).decode() == texts[each]
        sent += len(answer.data)
    assert sent < 100_000


def test_check_finds_a_wrong_and_a_missing_table(app, name):
    body = {"price": {"rates": name}, "values": "0" * 64}
    assert blobs.faults([body]) == ["0" * 64]
    table = table_of(models.Blob)
    with write() as session:
        session.execute(sa.update(table).where(table.c.sha256 == name).values(body="{}"))
    assert blobs.faults([]) == [name]


def test_a_backup_brings_them_back(app, database, tmp_path, monkeypatch):
    from click.testing import CliRunner

    catalogue.publish_ours()
    db.session.remove()
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))

    def run(*words):
        done = CliRunner().invoke(main, [*words, "--json"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.output.splitlines()[-1])

    file = str(tmp_path / "kept.backup")
    run("backup", file)
    with write() as session:
        session.execute(sa.delete(table_of(models.Blob)))
        session.execute(sa.delete(table_of(models.Product)))
    run("restore", file, "--force")
    assert blobs.faults(each["body"] for each in catalogue.all_of()) == []
    assert len(catalogue.all_of()) == len(ours()[0])
    assert run("check")["blobs"] == 0
