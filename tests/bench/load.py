"""Many phones from one thread: requests as ready bytes over kept connections, so that the measuring costs little."""

from __future__ import annotations

import gzip
import json
import selectors
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Reply:
    """What came back, and after how many seconds."""

    status: int
    head: bytes
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.plain)

    @property
    def plain(self) -> bytes:
        return gzip.decompress(self.body) if b"content-encoding: gzip" in self.head.lower() else self.body

    @property
    def size(self) -> int:
        """Bytes of the body as they came over the wire."""
        return len(self.body)


def request(method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> bytes:
    """A whole HTTP request."""
    data = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept-Encoding: gzip"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    return "\r\n".join([*lines, "", ""]).encode() + data


@dataclass
class Phone:
    """One kept connection."""

    port: int
    got: bytearray = field(default_factory=bytearray)
    sent_at: float = 0.0

    def __post_init__(self) -> None:
        self.connect()

    def connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        self.got.clear()
        self.sent_at = time.perf_counter()
        self.socket.sendall(data)

    def take(self) -> Reply | None:
        """Read what is there; the reply, once it is whole."""
        part = self.socket.recv(1 << 18)
        if not part:
            raise ConnectionError("the server closed the connection in the middle of a reply")
        self.got += part
        return self._whole()

    def _whole(self) -> Reply | None:
        end = self.got.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.got[:end])
        lower = head.lower()
        if b"transfer-encoding: chunked" in lower:
            if not self.got.endswith(b"0\r\n\r\n", end + 4):
                return None
            body = b"".join(_chunks(bytes(self.got[end + 4 :])))
        else:
            length = int(lower.partition(b"content-length:")[2].split(b"\r\n")[0])
            if len(self.got) < end + 4 + length:
                return None
            body = bytes(self.got[end + 4 :])
        return Reply(int(head[9:12]), head, body, time.perf_counter() - self.sent_at)

    def ask(self, data: bytes) -> Reply:
        """Send and wait."""
        self.send(data)
        while (reply := self.take()) is None:
            pass
        return reply

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Phone:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _chunks(data: bytes) -> Iterator[bytes]:
    at = 0
    while True:
        end = data.index(b"\r\n", at)
        size = int(data[at:end], 16)
        if size == 0:
            return
        yield data[end + 2 : end + 2 + size]
        at = end + 4 + size


def all_at_once(phones: Sequence[Phone], work: Sequence[Sequence[bytes]]) -> tuple[float, list[Reply]]:
    """Each phone sends its requests one after the other, all phones at once; seconds and replies."""
    waiting = [iter(each) for each in work]
    replies: list[Reply] = []
    with selectors.DefaultSelector() as selector:
        begun = time.perf_counter()
        for at, phone in enumerate(phones):
            phone.send(next(waiting[at]))
            selector.register(phone.socket, selectors.EVENT_READ, at)
        while selector.get_map():
            for key, _ in selector.select():
                phone = phones[key.data]
                reply = phone.take()
                if reply is None:
                    continue
                replies.append(reply)
                following = next(waiting[key.data], None)
                if following is None:
                    selector.unregister(phone.socket)
                else:
                    phone.send(following)
        return time.perf_counter() - begun, replies


def on_time(
    port: int, times: Sequence[float], requests: Sequence[bytes], check: Callable[[Reply], object]
) -> list[float]:
    """Each request at its time, on a connection of its own (phones come and go); seconds from its *time* to its reply.

    A late start counts as waiting: what a person waits for does not care why.
    """
    waits: list[float] = []
    with selectors.DefaultSelector() as selector:
        begun, at = time.perf_counter(), 0
        while at < len(times) or selector.get_map():
            now = time.perf_counter() - begun
            while at < len(times) and times[at] <= now:
                phone = Phone(port)
                phone.send(requests[at])
                selector.register(phone.socket, selectors.EVENT_READ, (phone, at))
                at += 1
            pause = max(0.0, times[at] - now) if at < len(times) else 1.0
            for key, _ in selector.select(min(pause, 0.05)):
                phone, number = key.data
                reply = phone.take()
                if reply is None:
                    continue
                waits.append(time.perf_counter() - begun - times[number])
                check(reply)
                selector.unregister(phone.socket)
                phone.close()
    return waits
