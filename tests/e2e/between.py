"""A small proxy between phone and server, for what neither of them can be made to do: another build, a cut line."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Headers of one leg only; and conditions, which would hide a rewritten body behind a 304.
HOP = {
    "connection", "keep-alive", "transfer-encoding", "content-length", "accept-encoding", "if-none-match",
    "if-modified-since",
}  # fmt: skip
BLOCK = 16_384


class Between:
    """Passes everything on to `port`. `rewrite(path, body)` may change a body, `cut(path)` ends a reply after so many
    bytes, without a word. While it is `down`, nothing gets through."""

    def __init__(self, port: int) -> None:
        self.rewrite: Callable[[str, bytes], bytes] = lambda path, body: body
        self.cut: Callable[[str], int | None] = lambda path: None
        self.seen: list[str] = []
        self.down = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.seen.append(f"{self.command} {self.path}")
                if outer.down:
                    self.close_connection = True
                    return
                try:
                    status, headers, body = self._asked()
                except OSError:
                    self.close_connection = True
                    return
                body = outer.rewrite(self.path, body)
                end = outer.cut(self.path)
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):  # a browser that was closed meanwhile
                    self.wfile.write(body if end is None else body[:end])
                    if end is not None:
                        time.sleep(1)  # the browser gets what was sent before the line breaks
                self.close_connection = end is not None

            do_POST = do_GET

            def _asked(self) -> tuple[int, list[tuple[str, str]], bytes]:
                upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                length = int(self.headers.get("Content-Length", 0))
                sent = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
                upstream.request(self.command, self.path, self.rfile.read(length) if length else None, sent)
                reply = upstream.getresponse()
                body = reply.read()
                upstream.close()
                return reply.status, reply.getheaders(), body

            def log_message(self, *_: object) -> None:
                pass

        ThreadingHTTPServer.daemon_threads = True
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
