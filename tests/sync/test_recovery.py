"""The day the database is lost: a backup made while people work, put back, and phones that are ahead of it."""

from __future__ import annotations

import gzip
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from sync.archive import BadArchive
from sync.backup import VERSION_TABLE, back_up, tables_of
from sync.canonical import bucket_of
from sync.columns import new_id, utcnow
from sync.database import Base, consistent_read, db, write, writer_engine
from sync.keyprints import WrongKeys, hold_keys
from sync.keyring import keyring
from sync.redigest import check_digests
from sync.restore import CannotRestore, next_epoch, restore
from sync.tables import FEED, HEAD
from tests.sync import toys
from tests.sync.cast import ANA, BEN
from tests.sync.conftest import engine_tables

BOOK = f"agent:{ANA}"
ROOT = Path(__file__).parents[2]


def make_tables(connection: sa.Connection, revision: str | None) -> None:
    """What migrations are for the portal: the toys have only one."""
    Base.metadata.create_all(connection, tables=engine_tables())
    toys.ToyBase.metadata.create_all(connection)
    connection.execute(sa.text(f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} (version_num VARCHAR(32) PRIMARY KEY)"))
    connection.execute(sa.text(f"DELETE FROM {VERSION_TABLE}"))
    connection.execute(sa.text(f"INSERT INTO {VERSION_TABLE} VALUES ('toys')"))


@pytest.fixture(autouse=True)
def migrated(app) -> Iterator[None]:
    with write() as session:
        make_tables(session.connection(), None)
    yield
    with write() as session:
        session.execute(sa.text(f"DROP TABLE IF EXISTS {VERSION_TABLE}"))


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "one.backup"


def put_back(file: Path, **options) -> dict:
    """Restore over whatever is there, as nobody else works."""
    db.session.remove()
    return restore(file, make_tables, utcnow(), **{"force": True} | options)


def content() -> dict[str, list[tuple]]:
    """Every row of every table, the epochs left out."""
    with consistent_read() as connection:
        found = {}
        for table in tables_of(connection):
            columns = [column for column in table.columns if column.name != "epoch"]
            found[table.name] = sorted(map(repr, connection.execute(sa.select(*columns))))
        return found


def families(phone, count: int = 3) -> list[str]:
    people = [phone.create("person", name=f"王{i}", phone=f"1380000000{i}", tags=["a"], score=i) for i in range(count)]
    for person in people:
        phone.create("note", person_id=person, text="谈过 𠮷")
    return people


# The file


def test_all_of_it_comes_back_as_it_was(app, phone, file):
    ana = phone()
    people = families(ana)
    ana.delete("person", people[0])
    ana.update("person", people[1], score=(9, 5))  # a conflict
    ana.one(ana.creation("note", person_id=new_id(), text="nobody's"))
    before = content()
    told = back_up(file, utcnow())
    ana.create("person", name="later")
    assert content() != before
    assert put_back(file)["rows"] == told["rows"] == sum(map(len, before.values()))
    assert content() == {**before, "key_print": content()["key_print"]}
    with consistent_read() as connection:
        found = check_digests(connection, keyring(), mend=False)
    assert (found["rows"], found["heads"], found["unlisted"], found["rowless"]) == (0, 0, [], [])


def test_the_file_is_for_its_owner_only_and_overwrites_nothing(app, phone, file):
    phone()
    back_up(file, utcnow())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = file.read_bytes()
    with pytest.raises(FileExistsError):
        back_up(file, utcnow())
    assert file.read_bytes() == kept
    back_up(file, utcnow(), force=True)
    assert [entry.name for entry in file.parent.iterdir() if "backup" in entry.name] == [file.name]


def test_values_stay_sealed_and_keys_stay_out(app, phone, file):
    phone().create("person", name="王芳", phone="13800009999")
    back_up(file, utcnow())
    text = gzip.decompress(file.read_bytes())
    assert b"13800009999" not in text
    assert b"keyring" not in text
    back_up(file, utcnow(), with_keys=True, force=True)
    assert b"keyring" in gzip.decompress(file.read_bytes())


def test_made_while_people_work_it_is_of_one_moment(app, phone, file, monkeypatch):
    """Edits land between the tables of the backup; none of them is in it, not even by half."""
    ana = phone()
    families(ana)
    before = content()

    def work(name: str) -> None:
        if name == "backup-between-tables":
            ana.create("person", name="while it runs")

    monkeypatch.setattr("sync.backup.failpoint", work)
    back_up(file, utcnow())
    monkeypatch.undo()
    assert ana.n > 20
    put_back(file)
    assert content() == {**before, "key_print": content()["key_print"]}


def test_made_under_load_it_is_whole(app, made, phone, file):
    """Four writers, three backups: each has every row of its feed, and every digest fits."""
    phones = [phone(), phone(), phone(BEN), phone(BEN)]
    stop = threading.Event()

    def work(one) -> None:
        with made.app_context():
            while not stop.is_set():
                one.create("note", person_id=one.create("person", name="x"), text="y")

    threads = [threading.Thread(target=work, args=(one,)) for one in phones]
    for thread in threads:
        thread.start()
    files = [file.with_name(f"{n}.backup") for n in range(3)]
    for each in files:
        back_up(each, utcnow())
    stop.set()
    for thread in threads:
        thread.join()
    for each in files:
        put_back(each)
        with consistent_read() as connection:
            found = check_digests(connection, keyring(), mend=False)
        assert (found["rows"], found["heads"], found["unlisted"], found["rowless"]) == (0, 0, [], [])


# What is refused, with nothing changed


def damage(file: Path, find: bytes, put: bytes) -> None:
    text = gzip.decompress(file.read_bytes())
    assert find in text
    file.write_bytes(gzip.compress(text.replace(find, put, 1)))


@pytest.mark.parametrize(
    "harm",
    [
        lambda file: file.write_bytes(b"not gzip"),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(gzip.compress(b'{"some": "json"}\n')),
        lambda file: file.write_bytes(gzip.compress(b"[]\n")),
        lambda file: file.write_bytes(file.read_bytes()[:-200]),
        lambda file: file.write_bytes(gzip.compress(b"\n".join(gzip.decompress(file.read_bytes()).split(b"\n")[:-2]))),
        lambda file: damage(file, "王0".encode(), "王9".encode()),
        lambda file: damage(file, b'"format":1', b'"format":2'),
        lambda file: damage(file, b'"rows":', b'"rous":'),
        lambda file: damage(file, b'"text"', b'"wort"'),
        lambda file: file.unlink(),
    ],
)
def test_a_damaged_file_is_refused_and_nothing_is_touched(app, phone, file, harm):
    families(phone())
    back_up(file, utcnow())
    before = content()
    harm(file)
    with pytest.raises(BadArchive):
        put_back(file)
    assert content() == before


def test_a_database_that_holds_something_is_not_replaced_unasked(app, phone, file):
    families(phone())
    back_up(file, utcnow())
    before = content()
    with pytest.raises(CannotRestore, match="not empty"):
        put_back(file, force=False)
    assert content() == before


def test_a_database_in_use_is_not_replaced_unasked(app, phone, file):
    phone()
    back_up(file, utcnow())
    with write() as session:
        for table in reversed(tables_of(session.connection())):
            session.execute(table.delete())
    url = writer_engine().url
    other = sa.create_engine(url, poolclass=sa.NullPool)
    with other.connect() as connection:
        connection.execute(sa.text("SELECT count(*) FROM device")).scalar()
        connection.commit()
        with pytest.raises(CannotRestore, match="in use"):
            put_back(file, force=False)
    put_back(file, force=False)


def test_what_is_not_ours_stays(app, phone, file):
    """Somebody else's table in the same database, made after the backup."""
    families(phone())
    back_up(file, utcnow())
    with write() as session:
        session.execute(sa.text("CREATE TABLE theirs (id INTEGER PRIMARY KEY)"))
    put_back(file)
    with write() as session:
        assert session.execute(sa.text("SELECT count(*) FROM theirs")).scalar() == 0
        session.execute(sa.text("DROP TABLE theirs"))


def test_keys_that_do_not_fit_are_refused(app, made, phone, file, monkeypatch, tmp_path):
    families(phone())
    back_up(file, utcnow())
    before = content()
    monkeypatch.setitem(made.config, "DATA_DIR", str(tmp_path / "elsewhere"))
    with pytest.raises(CannotRestore, match=r"keys\.json"):
        put_back(file)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "keys.json").write_text(
        json.dumps({"current": 1, "keys": {"1": "A" * 43 + "="}, "hash": "B" * 42 + "A="})
    )
    with pytest.raises(WrongKeys):
        put_back(file)
    assert content() == before


def test_keys_in_the_backup_open_it_where_there_are_none(app, made, phone, file, monkeypatch, tmp_path):
    families(phone())
    back_up(file, utcnow(), with_keys=True)
    monkeypatch.setitem(made.config, "DATA_DIR", str(tmp_path / "new"))
    monkeypatch.delitem(made.extensions, "doorstep.keyring")
    put_back(file)
    kept = tmp_path / "new" / "keys.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with consistent_read() as connection:
        assert check_digests(connection, keyring(), mend=False)["unreadable"] == []
    monkeypatch.delitem(made.extensions, "doorstep.keyring")


def test_a_wrong_folder_beside_an_old_database_makes_no_new_keys(app, made, phone, monkeypatch, tmp_path):
    families(phone())
    hold_keys()
    monkeypatch.delitem(made.extensions, "doorstep.keyring")
    monkeypatch.setitem(made.config, "DATA_DIR", str(tmp_path / "wrong"))
    with pytest.raises(WrongKeys, match="No new keys were made"):
        hold_keys()
    assert not (tmp_path / "wrong" / "keys.json").exists()
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "keys.json").write_text(
        json.dumps({"current": 1, "keys": {"1": "A" * 43 + "="}, "hash": "B" * 42 + "A="})
    )
    with pytest.raises(WrongKeys, match="1, hash"):
        keyring()
    monkeypatch.undo()
    hold_keys()


def test_an_old_database_without_prints_is_tried(app, made, phone, monkeypatch, tmp_path):
    families(phone())
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "keys.json").write_text(
        json.dumps({"current": 1, "keys": {"1": "A" * 43 + "="}, "hash": "B" * 42 + "A="})
    )
    monkeypatch.delitem(made.extensions, "doorstep.keyring")
    monkeypatch.setitem(made.config, "DATA_DIR", str(tmp_path / "wrong"))
    with pytest.raises(WrongKeys, match="does not open"):
        hold_keys()
    monkeypatch.delitem(made.extensions, "doorstep.keyring")


# All of it or nothing

RESTORER = """
import sys
from pathlib import Path
from sync.columns import utcnow
from sync.kinds import KINDS
from sync.models import CONFLICT, DEVICE
from sync.restore import restore
from tests.sync import toys
from tests.sync.conftest import make_app
from tests.sync.test_recovery import make_tables
KINDS.clear()
KINDS.update({kind.name: kind for kind in [*toys.KINDS, CONFLICT, DEVICE]})
app = make_app(sys.argv[1], sys.argv[2])
with app.app_context():
    restore(Path(sys.argv[3]), make_tables, utcnow(), force=True)
"""


@pytest.mark.parametrize("place", ["restore-between-tables", "restore-before-commit"])
def test_killed_in_the_middle_the_old_one_is_there_whole(app, made, phone, file, place, tmp_path):
    ana = phone()
    families(ana)
    back_up(file, utcnow())
    newest = ana.create("person", name="after the backup")
    before = content()
    db.session.remove()
    keys = tmp_path / "folder"
    keys.mkdir()
    (keys / "keys.json").write_text((Path(made.config["DATA_DIR"]) / "keys.json").read_text())
    url = writer_engine().url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", RESTORER, url, str(keys), str(file)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run(command, env=environment | {"DOORSTEP_FAILPOINTS": f"{place}=kill"}, cwd=ROOT, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert (keys / "failpoints" / f"{place}.fired").exists()
    assert content() == before
    assert subprocess.run(command, env=environment, cwd=ROOT, timeout=60).returncode == 0
    assert newest not in str(content()["toy_person"])


# Epochs


def test_an_epoch_is_never_given_twice():
    now = datetime(2026, 11, 25, tzinfo=UTC)
    first = next_epoch(1, 1, now)
    assert first > 2
    assert next_epoch(1, first, now) == first + 1
    assert next_epoch(1, first, datetime(1970, 1, 1, tzinfo=UTC)) == first + 1
    # The machine is lost with the epoch it had, and the same backup is restored on a new one.
    assert next_epoch(1, 0, now + timedelta(seconds=1)) > first
    assert next_epoch(1, 1, datetime(2090, 1, 1, tzinfo=UTC)) < 2**31


def test_every_cursor_from_before_leads_to_a_new_download(app, phone, file):
    ana, ben = phone(), phone(BEN)
    families(ana)
    ana.pull()
    ben.pull()
    back_up(file, utcnow())
    token = ana.snapshot()[-1]["t"]
    put_back(file)
    for one in (ana, ben):
        reply = one.post("pull", {"proto": 1, "cursor": one.cursor})
        assert (reply.status_code, reply.json["code"]) == (410, "rebootstrap")
    stale = ana.client.get("/sync/snapshot", query_string={"after": token}, headers=ana.headers)
    assert stale.status_code == 410
    ana.cursor = ana.snapshot()[0]["cursor"]
    assert ana.pull() == []


def test_a_file_put_back_by_hand_is_noticed_too(app, phone):
    """Nobody ran `restore`: the epoch is the old one, but the counter is behind the phone."""
    ana = phone()
    families(ana)
    ana.pull()
    with write() as session:
        session.execute(HEAD.update().where(HEAD.c.scope == BOOK).values(seq=2))
    assert ana.post("pull", {"proto": 1, "cursor": ana.cursor}).status_code == 410


# Phones that are ahead


def test_what_was_acknowledged_after_the_backup_is_sent_again_and_all_is_as_before(app, phone, file):
    ana, other = phone(), phone()
    person = ana.create("person", name="王芳", score=1)
    other.pull()
    back_up(file, utcnow())
    later = [
        ana.change("person", person, score=2),
        ana.creation("note", person_id=person, text="after"),
        ana.change("person", person, score=(2, 3)),
    ]
    ana.push(*later)
    other.pull()
    others = [other.change("person", person, tags=["vip"]), other.creation("person", name="Neu")]
    other.push(*others)
    rows = sorted(row["row"]["name"] for row in ana.snapshot()[1:] if row["kind"] == "person")
    put_back(file)
    # The order of the first time does not come back: the phones come as they come.
    assert other.push(expect=200)["last_n"] == 0
    other.push(*others)
    gap = ana.push(ana.change("person", person, score=(3, 4)), expect=409)
    assert (gap["code"], gap["expected"]) == ("gap", 2)
    verdicts = ana.push(*later)["verdicts"]
    assert [verdict["verdict"] for verdict in verdicts] == ["merged", "ok", "merged"]
    ana.push(*later)  # and again: the stored verdicts
    found = {row["id"]: row["row"] for row in ana.snapshot()[1:] if row["kind"] in ("person", "note")}
    assert (found[person]["score"], found[person]["tags"]) == (3, ["vip"])
    assert sorted(row["name"] for row in found.values() if "name" in row) == rows
    assert len(found) == 3


def test_sent_again_by_a_device_the_server_never_knew(app, phone, file):
    ana = phone()
    person = ana.create("person", name="王芳", score=1)
    back_up(file, utcnow())
    late = phone()
    late.pull()
    edits = [late.change("person", person, score=2), late.creation("note", person_id=person, text="late")]
    late.push(*edits)
    put_back(file)
    assert late.post("push", {"proto": 1, "edits": []}).status_code == 401
    anew = phone()
    known = anew.post("known", {"devices": [ana.id, late.id, anew.id]}).json["last_n"]
    assert known == {ana.id: 1, anew.id: 0}
    anew.push(*edits)
    assert [line["row"]["score"] for line in anew.snapshot()[1:] if line["kind"] == "person"] == [2]


def test_how_far_devices_came_is_told_to_their_own_agent_only(app, phone):
    ana, ben = phone(), phone(BEN)
    ana.create("person", name="王芳")
    assert ben.post("known", {"devices": [ana.id]}).json == {"last_n": {}}
    for nonsense in (None, "x", [1], ["x"], [new_id()] * 51):
        assert ben.post("known", {"devices": nonsense}).status_code == 400


# Digests


def digests_of(one, scope: str = BOOK, **more) -> dict:
    return one.post("digests", {"scope": scope, **more}).json


def test_every_answer_names_the_moment_it_is_of(app, phone):
    ana = phone()
    person = ana.create("person", name="王芳")
    ana.pull()
    records = [{"kind": "person", "id": person}]
    answers = [digests_of(ana), digests_of(ana, bucket=bucket_of(person)), ana.post("rows", {"records": records}).json]
    assert [answer["cursor"] for answer in answers] == [ana.cursor] * 3
    ana.update("person", person, name="李雷")
    assert digests_of(ana)["cursor"] != ana.cursor


def test_rows_are_given_as_they_are_and_to_whom_they_belong(app, phone):
    ana, ben = phone(), phone(BEN)
    mine, gone, theirs = (
        ana.create("person", name="王芳"),
        ana.create("person", name="x"),
        ben.create("person", name="y"),
    )
    ana.delete("person", gone)
    ana.pull()
    ids = [mine, gone, theirs, new_id()]
    rows = ana.post("rows", {"records": [{"kind": "person", "id": each} for each in ids]}).json["rows"]
    assert [each["row"] for each in rows] == [ana.rows["person", mine], None, None, None]
    unknown = ana.post("rows", {"records": [{"kind": "dragon", "id": mine}]}).json["rows"]
    assert unknown == [{"kind": "dragon", "id": mine, "row": None}]


def test_rows_stop_at_a_megabyte(app, phone):
    ana = phone()
    person = ana.create("person", name="王芳")
    notes = [ana.creation("note", person_id=person, text="x" * 200_000) for _ in range(8)]
    for note in notes:
        ana.push(note)
    rows = ana.post("rows", {"records": [{"kind": "note", "id": note["id"]} for note in notes]}).json["rows"]
    assert [each["id"] for each in rows] == [note["id"] for note in notes[:5]]


@pytest.mark.parametrize("records", [None, [], "x", [1], [{}], [{"kind": "person", "id": "x"}], [{"id": new_id()}]])
def test_nonsense_is_a_clean_refusal(app, phone, records):
    assert phone().post("rows", {"records": records}).status_code == 400


def test_a_wrong_head_is_found_and_put_right(app, phone):
    ana = phone()
    families(ana)
    ana.pull()
    right = ana.digests[BOOK]
    with write() as session:
        session.execute(HEAD.update().where(HEAD.c.scope == BOOK).values(digest="00000000000000ff"))
    ana.pull()
    assert ana.digests[BOOK] != right
    digests_of(ana)
    ana.pull()
    assert ana.digests[BOOK] == right


def test_a_wrong_line_of_the_feed_is_found_and_put_right(app, phone):
    ana = phone()
    person = families(ana)[0]
    ana.pull()
    right = ana.digests[BOOK]
    lines = digests_of(ana, bucket=bucket_of(person))
    with write() as session:
        session.execute(FEED.update().where(FEED.c.id == person).values(digest="00000000000000ff"))
    ana.post("rows", {"records": [{"kind": "person", "id": person}]})
    assert digests_of(ana, bucket=bucket_of(person)) == lines
    digests_of(ana)
    ana.pull()
    assert ana.digests[BOOK] == right


@pytest.mark.parametrize("mend", [True, False])
def test_the_server_looks_at_itself(app, phone, mend):
    ana = phone()
    people = families(ana)
    ana.pull()
    right = ana.digests[BOOK]
    with write() as session:
        session.execute(FEED.update().where(FEED.c.id == people[0]).values(digest="00000000000000ff"))
        session.execute(HEAD.update().where(HEAD.c.scope == BOOK).values(digest="00000000000000ff"))
        found = check_digests(session.connection(), keyring(), mend=mend)
    assert (found["rows"], found["heads"]) == (1, 1)
    ana.pull()
    assert (ana.digests[BOOK] == right) is mend


def test_rows_without_a_feed_and_values_that_do_not_open_are_told(app, phone):
    ana = phone()
    people = families(ana)
    table = toys.Person.__table__
    with write() as session:
        session.execute(FEED.delete().where(FEED.c.id == people[0]))
        session.execute(table.delete().where(table.c.id == people[1]))
        foreign = keyring().seal("1", "toy_person", "phone", new_id())
        session.execute(table.update().where(table.c.id == people[2]).values(phone=foreign))
        found = check_digests(session.connection(), keyring(), mend=True)
    assert found["unlisted"] == [["person", people[0]]]
    assert found["rowless"] == [["person", people[1]]]
    assert found["unreadable"] == [["person", people[2]]]


def test_what_a_phone_put_right_is_told_and_written_to_the_log(app, phone, caplog):
    ana = phone()
    status = {"waiting": 0, "build": "b", "mended": 2, "mended_at": "2026-11-25T01:02:03.000Z"}
    ana.post("pull", {"proto": 1, "cursor": None, "status": status})
    ana.pull()
    card = ana.rows["device", ana.id]
    assert (card["mended"], card["mended_at"]) == (2, "2026-11-25T01:02:03.000Z")
    assert "found 2 of its records wrong" in caplog.text
    caplog.clear()
    ana.post("pull", {"proto": 1, "cursor": ana.cursor, "status": status})
    ana.post("pull", {"proto": 1, "cursor": ana.cursor, "status": {"waiting": 1}})
    assert "found" not in caplog.text
    ana.pull()
    assert ana.rows["device", ana.id]["mended"] == 2
