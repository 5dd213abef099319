"""The toy application under gunicorn, which can hold lines, and ears that listen on them."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from flask import Flask

from sync.kinds import KINDS
from sync.models import CONFLICT, DEVICE
from tests.sync import toys
from tests.sync.cast import UNITS
from tests.sync.conftest import make_app

ROOT = Path(__file__).parents[2]
CHANGE = b"event: change\ndata: {}\n\n"


def make(url: str, folder: str) -> Flask:
    """For gunicorn. Beside the cast anybody is an agent, alone in a unit named after the last letter of the id."""
    KINDS.clear()
    KINDS.update({kind.name: kind for kind in [*toys.KINDS, CONFLICT, DEVICE]})
    app = make_app(url, folder, LIVE=1, LIVE_LISTENERS=int(os.environ["LISTENERS"]))
    app.extensions["doorstep.sync"] = replace(app.extensions["doorstep.sync"], scopes_of=everybody)
    return app


def everybody(agent_id: str) -> list[str]:
    return [f"agent:{agent_id}", UNITS.get(agent_id, f"unit:{agent_id[-1]}"), "org"]


class Holder:
    """A gunicorn process tree of its own."""

    def __init__(self, url: str, folder: Path, *more: str, listeners: int = 1000, worker: str = ""):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--threads", "8"]
        command += ["--worker-class", worker or "portal.serving.HoldingWorker", "--log-level", "warning", *more]
        command += ["--keep-alive", "15", "--no-control-socket"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "LISTENERS": str(listeners)}
        self.log = folder / "holder.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, f"tests.sync.listening:make({url!r}, {str(folder)!r})"],
                env=environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    @property
    def workers(self) -> list[int]:
        """The pids of the processes that serve."""
        return [
            int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]

    def memory(self) -> int:
        """Bytes that all of them hold."""
        pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.workers)
        return sum(pages) * os.sysconf("SC_PAGE_SIZE")

    def seconds(self) -> float:
        """What all of them computed so far."""
        stats = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.workers)
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


class Ear:
    """One listener, by hand: what came in, byte for byte."""

    def __init__(self, port: int, address: str, *headers: str, method: str = "GET"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        lines = [f"{method} {address} HTTP/1.1", "Host: 127.0.0.1", "Accept: text/event-stream", *headers, "", ""]
        self.socket.sendall("\r\n".join(lines).encode("latin-1"))
        self.text = b""
        self.closed = False

    def fileno(self) -> int:
        return self.socket.fileno()

    def take(self) -> None:
        try:
            came = self.socket.recv(65536)
        except OSError:
            came = b""
        self.text += came
        self.closed = self.closed or not came

    def until(self, wanted: bytes, seconds: float = 20) -> float:
        """Read until this came; how long it took."""
        began = time.monotonic()
        while wanted not in self.text:
            left = began + seconds - time.monotonic()
            assert left > 0, f"waited in vain for {wanted!r} after {self.text!r}"
            assert not self.closed, f"closed before {wanted!r}: {self.text!r}"
            if select.select([self], [], [], left)[0]:
                self.take()
        return time.monotonic() - began

    def until_closed(self, seconds: float = 20) -> None:
        until = time.monotonic() + seconds
        while not self.closed:
            assert time.monotonic() < until, f"still open after {self.text!r}"
            if select.select([self], [], [], 1)[0]:
                self.take()

    @property
    def status(self) -> int:
        return int(self.text.split(b" ", 2)[1])

    @property
    def pokes(self) -> int:
        return self.text.count(CHANGE)

    def connected(self) -> Ear:
        self.until(b"\r\n\r\n")
        assert self.status == 200, self.text
        self.until(b"retry:")
        return self

    def answer(self) -> int:
        """The status, whatever it is."""
        self.until(b"\r\n\r\n")
        return self.status

    def refused(self) -> int:
        """The status of an answer that ends."""
        self.answer()
        assert b"text/event-stream" not in self.text
        self.close()
        return self.status

    def close(self) -> None:
        self.closed = True
        self.socket.close()


def hear(ears: Iterable[Ear], seconds: float) -> None:
    """Read what comes to all of them for a while."""
    until = time.monotonic() + seconds
    poll = select.poll()
    by_file = {ear.fileno(): ear for ear in ears if not ear.closed}
    for number in by_file:
        poll.register(number, select.POLLIN)
    while (left := until - time.monotonic()) > 0:
        for number, _ in poll.poll(left * 1000):
            by_file[number].take()
            if by_file[number].closed:
                poll.unregister(number)
