"""The server processes: gunicorn's threads, with one addition. They can let go of a connection.

A request that is answered by `sync.live` leaves its thread, and the connection is held elsewhere in the process.
"""

from __future__ import annotations

import resource
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from sync.live.line import CAN_HOLD, HandedOver

FILES = 8192


class HoldingWorker(ThreadWorker):
    """`gunicorn --worker-class portal.serving.HoldingWorker`.

    It also waits for nobody for ever: a phone that goes into a lift in the middle of a request says no good-bye, and
    eight of those would have all threads.
    """

    #: Without a byte of a request for so long, it is given up.
    READ_SECONDS = 30.0
    #: A piece of a reply is at most some hundred KB; a phone that takes it at all takes it in this time.
    SEND_SECONDS = 120.0

    def load_wsgi(self) -> None:
        super().load_wsgi()
        application: Any = self.wsgi  # type: ignore[has-type]

        def with_hold(environ: dict[str, Any], start_response: Any) -> Any:
            # HTTP/2 has many requests on one connection: none of them can take it along.
            environ[CAN_HOLD] = environ.get("HTTP_VERSION") != "2"

            def answer(*said: Any, **more: Any) -> Any:
                environ["gunicorn.socket"].settimeout(self.SEND_SECONDS)
                return start_response(*said, **more)

            return application(environ, answer)

        self.wsgi = with_hold

    def handle(self, conn: Any) -> Any:
        begin = conn.init

        def patiently() -> None:
            begin()
            conn.sock.settimeout(self.READ_SECONDS)

        conn.init = patiently  # called before each request, when the server has just made the socket wait for ever
        started = time.monotonic()
        try:
            kept = super().handle(conn)
        finally:
            conn.init = begin
        if kept is False and not getattr(conn, "handed_over", False):
            self._part(conn, time.monotonic() - started)
        return kept

    def _part(self, conn: Any, seconds: float) -> None:
        """Whoever has been silent for so long is not waited for once more: gunicorn closes in the thread that accepts,
        and stays two seconds for the other side's good-bye.
        """
        if seconds >= min(self.READ_SECONDS, self.SEND_SECONDS):
            conn.sock.close()

    def handle_request(self, req: Any, conn: Any) -> Any:
        try:
            return super().handle_request(req, conn)
        except HandedOver as handed:
            handed.take(conn.sock)
            conn.handed_over = True
            return False

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Everybody else's connection is closed or kept for the next request; one that was handed over is not ours."""
        if getattr(conn, "handed_over", False):
            self.nr_conns -= 1
        else:
            super().finish_request(conn, fs)


def allow_many_files() -> None:
    """A held connection is an open file; the usual limit of 1,024 was made for other times."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
