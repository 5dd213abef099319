"""Bodies as they come off a wire, broken or meant to break: `doorstep serve` answers or hangs up, and goes on serving."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from portal.serving import HoldingWorker
from sync.columns import new_id
from tests.e2e.conftest import ROOT, Server, free_port, wait_for
from tests.people import PASSWORD
from tests.processes import dies_with_us

LIMIT = 100_000
EMPTY = b'{"proto":1,"edits":[]}'


@pytest.fixture
def server(database: str, tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "data").mkdir()
    settings = {"DATABASE_URL": database, "SYNC_PER_MINUTE": "0", "THREADS": "4"}
    made = Server(tmp_path / "data", free_port(), settings)
    made.python("from tests.people import cast\ncast(app)")
    try:
        yield made
    finally:
        made.kill()


class Wire:
    """One connection, spoken to by hand."""

    def __init__(self, server: Server, token: str):
        self.server, self.token = server, token

    def say(self, *headers: str, body: bytes = b"", version: str = "1.1", path: str = "push") -> tuple[int, dict]:
        """Send a request and no more; the status (0: hung up) and the problem, or the reply."""
        lines = [
            f"POST /sync/{path} HTTP/{version}",
            "Host: x",
            f"Authorization: Bearer {self.token}",
            *headers,
            "",
            "",
        ]
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as connection:
            with suppress(OSError):  # it may answer, and hang up, before it has heard all
                connection.sendall("\r\n".join(lines).encode() + body)
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            try:
                while part := connection.recv(65536):
                    answer += part
            except ConnectionResetError:  # it did not wait for the rest of a body it would not take
                pass
        head, _, text = answer.partition(b"\r\n\r\n")
        if not head:
            return 0, {}
        status = int(head.split(b" ")[1])
        return status, json.loads(text) if text.startswith(b"{") else {}


def chunks(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


def test_bodies_off_the_wire(server):
    server.start(MAX_BODY_BYTES=str(LIMIT))
    basic = base64.b64encode(f"ana:{PASSWORD}".encode()).decode()
    wire = Wire(server, server._call("/sync/devices", f"Basic {basic}", {"label": "Wire"})["token"])
    packed, bomb = gzip.compress(EMPTY), gzip.compress(b" " * 30_000_000)
    assert len(bomb) < LIMIT

    def length(number: object) -> str:
        return f"Content-Length: {number}"

    chunked, gz = "Transfer-Encoding: chunked", "Content-Encoding: gzip"
    # In order, one way or the other.
    assert wire.say(length(len(EMPTY)), body=EMPTY) == (200, {"last_n": 0, "verdicts": []})
    assert wire.say(chunked, body=chunks(EMPTY))[0] == 200
    assert wire.say(chunked, body=chunks(*[EMPTY[at : at + 1] for at in range(len(EMPTY))]))[0] == 200
    assert wire.say(chunked, gz, body=chunks(packed[:9], packed[9:]))[0] == 200
    assert wire.say(length(len(EMPTY)), "Expect: 100-continue", body=EMPTY)[0] in (100, 200)
    # Too large, said or not.
    for said in (
        wire.say(length(LIMIT + 1), body=b" " * (LIMIT + 1)),
        wire.say(length(10**15)),
        wire.say(chunked, body=chunks(*[b" " * 10_000] * 20)),
        wire.say(length(len(bomb)), gz, body=bomb),
        wire.say(chunked, gz, body=chunks(bomb)),
    ):
        assert said[0] == 413 and said[1]["code"] == "too_large"  # noqa: PT018
    # Less than promised, or something that is no promise: a refusal, or the line is cut.
    for headers, body in (
        ([length(len(EMPTY) + 50)], EMPTY),
        ([length(3)], EMPTY),
        ([length(0)], EMPTY),
        ([length(-5)], EMPTY),
        ([length("five")], EMPTY),
        ([length("1e1")], EMPTY),
        ([length(5), length(6)], EMPTY),
        ([length(len(EMPTY)), chunked], EMPTY),
        ([chunked], EMPTY),
        ([chunked], b"zz\r\n" + EMPTY),
        ([chunked], b"ffffffffffffffffff\r\n" + EMPTY),
        ([chunked], chunks(EMPTY)[:-9]),
        ([chunked, gz], chunks(packed[:-4])),
        (["Transfer-Encoding: gzip, chunked"], chunks(packed)),
        ([], EMPTY),
        ([f"X-Long: {'x' * 20_000}", length(len(EMPTY))], EMPTY),
        ([length(len(packed)), gz, gz], packed),
    ):
        status, _ = wire.say(*headers, body=body)
        assert status == 0 or 400 <= status < 500, (headers, status)
    assert wire.say(body=EMPTY, version="1.0")[0] in (400, 0)


class ImpatientWorker(HoldingWorker):
    """As people are served, but for how long it waits."""

    READ_SECONDS = 1.0
    SEND_SECONDS = 1.0


def start_impatient(server: Server) -> None:
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    worker = ["--worker-class", "tests.test_wire.ImpatientWorker", "--threads", "4"]
    server.process = subprocess.Popen(
        [gunicorn, "--bind", f"127.0.0.1:{server.port}", *worker, "--chdir", str(ROOT), "wsgi:app"],
        env={**server.environment, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=dies_with_us,
    )
    wait_for(server._answers, "the server answers", seconds=30)


def test_phones_that_fall_silent_hold_no_thread(server):
    """As many as there are threads: amid a head, amid a body, and amid a reply that they do not take."""
    start_impatient(server)
    basic = base64.b64encode(f"ana:{PASSWORD}".encode()).decode()
    token = server._call("/sync/devices", f"Basic {basic}", {"label": "Wire"})["token"]
    wire = Wire(server, token)
    big = {"name": [None, "王芳"], "note": [None, "x" * 9000]}
    for first in range(1, 400, 100):
        edits = [
            {"n": n, "op": "create", "kind": "customer", "id": new_id(), "set": big} for n in range(first, first + 100)
        ]
        raw = json.dumps({"proto": 1, "edits": edits}).encode()
        assert wire.say(f"Content-Length: {len(raw)}", body=raw)[0] == 200
    begun = f"POST /sync/push HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    taking = f"GET /sync/snapshot HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    for text in (begun, begun + "Content-Length: 50\r\n\r\n{", taking):
        silent = []
        for _ in range(4):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(text.encode())
            silent.append(connection)
        assert wire.say(f"Content-Length: {len(EMPTY)}", body=EMPTY)[0] == 200, text[-30:]
        for connection in silent:
            connection.close()
