"""A line: one connection that is held open for one device, and how it leaves the server process's hands."""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from socket import socket
from typing import Any

from flask import Response
from werkzeug.http import http_date

#: In the WSGI environment: the server can let go of a connection (`portal.serving`).
CAN_HOLD = "doorstep.can_hold"

CHANGE = b"event: change\ndata: {}\n\n"
#: An event and no comment: only what a page can hear tells it that the line is not dead.
BEAT = b"event: beat\ndata: {}\n\n"
RETRY = b"retry: 5000\n\n"

BEAT_SECONDS = 25.0
#: A line ends by itself, so that every phone comes back with a new ticket and is judged anew.
LIFE_SECONDS = 600.0
#: Pokes of one line are at least so far apart: an import of thousands is told of twice a second, not at each commit.
APART_SECONDS = 0.5
#: Nobody has anything to say on a line but us.
MOST_HEARD = 4096


@dataclass(slots=True, eq=False)
class Line:
    """A held connection. Everything but the making of it happens in the hub's loop."""

    device_id: str
    scopes: tuple[str, ...]
    #: Of each scope, what was seen before the phone was told that it is connected.
    heads: dict[str, tuple[int, int] | None]
    connection: socket | None = None
    ends_at: float = 0.0
    beat_at: float = 0.0
    quiet_until: float = 0.0
    owed: bool = False
    heard: int = 0

    def begin(self, connection: socket, now: float) -> None:
        """Take the connection. Lines that were opened together do not end together."""
        self.connection = connection
        self.ends_at = now + LIFE_SECONDS * random.uniform(0.75, 1.25)
        self.beat_at = now + BEAT_SECONDS

    def say(self, text: bytes) -> bool:
        """Send a few bytes at once. False: the other side does not read, or is gone; nothing is kept for it."""
        assert self.connection is not None
        try:
            return self.connection.send(text) == len(text)
        except OSError:
            return False

    def listen(self) -> bool:
        """Something came in. False: the other side hung up, or talks too much."""
        assert self.connection is not None
        try:
            came = self.connection.recv(1024)
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        self.heard += len(came)
        return bool(came) and self.heard <= MOST_HEARD


class HandedOver(Exception):
    """Raised through the server process in place of an answer: the connection is no longer its own."""

    def __init__(self, take: Callable[[socket], None]):
        super().__init__("the connection was handed over")
        self.take = take


class Holding(Response):
    """The answer that never ends. It has the headers that every answer has, and then leaves the server process."""

    def __init__(self, hold: Callable[[socket, bytes], None]):
        # X-Accel-Buffering: nginx would keep a poke until it has a page full.
        super().__init__(mimetype="text/event-stream", headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"})
        self._hold = hold

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        head = self._head(environ)
        raise HandedOver(lambda connection: self._hold(connection, head))

    def _head(self, environ: dict[str, Any]) -> bytes:
        headers = self.get_wsgi_headers(environ)
        headers.remove("Content-Length")
        headers["Date"], headers["Connection"] = http_date(), "close"
        lines = [f"HTTP/1.1 {self.status_code} {HTTPStatus(self.status_code).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.to_wsgi_list()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + RETRY
