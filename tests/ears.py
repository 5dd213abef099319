"""Ears: connections that listen at `/sync/live`, and what the processes that hold them take for it."""

from __future__ import annotations

import os
import select
import socket
import ssl
import time
from collections.abc import Iterable
from pathlib import Path

CHANGE = b"event: change\ndata: {}\n\n"


def children(pid: int) -> list[int]:
    """The processes that a process has started: of gunicorn, those that serve."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def memory(pids: Iterable[int]) -> int:
    """Bytes that these processes hold."""
    pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return sum(pages) * os.sysconf("SC_PAGE_SIZE")


def computed(pids: Iterable[int]) -> float:
    """Seconds that these processes have computed so far."""
    stats = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids)
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


class Ear:
    """One listener, by hand: what came in, byte for byte."""

    def __init__(self, port: int, address: str, *headers: str, method: str = "GET", tls: ssl.SSLContext | None = None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
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
