"""Processor time of one request, both applications called in this very process by turns, on SQLite.

No server, no socket and no other process's time: what is left is what the applications themselves do. Where the
machine is busy the least of many says most.
"""

from __future__ import annotations

import gc
import io
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.load import Reply
from tests.bench.report import Report
from tests.bench.sides import Side

ROUNDS = 25
#: Devices that write; each has a book of its own.
WRITERS = 4


class _Inside(Side):
    """An application in this process."""

    def __init__(
        self, name: str, application: Any, headers: Callable[[int], dict[str, str]], path: Callable[[int], str]
    ):
        super().__init__(name, 0, os.getpid())
        self.application, self.headers, self.path = application, headers, path

    def cpu(self) -> float:
        return time.process_time()

    def push(self, who: int, edits: list[dict[str, Any]]) -> Any:
        return self._environ(self.path(who), {"proto": 1, "edits": edits}, self.headers(who))

    def _environ(self, path: str, asked: Any, headers: dict[str, str]) -> dict[str, Any]:
        body = json.dumps(asked).encode()
        return {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_ACCEPT_ENCODING": "gzip",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }

    def ask(self, environ: Any) -> Reply:
        """The reply; its seconds are processor time."""
        said: list[Any] = []
        before, begun = time.process_time(), time.perf_counter()
        parts = self.application(environ, lambda status, head, exc_info=None: said.extend((status, head)))
        body = b"".join(parts)
        getattr(parts, "close", lambda: None)()
        spent, self.took = time.process_time() - before, time.perf_counter() - begun
        head = "".join(f"{name}: {value}\r\n" for name, value in said[1]).encode()
        reply = self.check(Reply(int(said[0][:3]), head, body, spent))
        assert b'"rejected"' not in reply.plain, reply.plain[:1000]
        return reply


def run(report: Report, folder: Path) -> None:
    report.title("processor time of one request in one process, SQLite, least of many")
    report.columns()
    sides = _both(folder)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # as wsgi.py does
    for what, count, make, rounds in (
        ("200 new records", 200, "creations", ROUNDS),
        ("200 changes", 200, "changes", ROUNDS),
        ("50 new records", 50, "creations", 2 * ROUNDS),
        ("one new record", 1, "creations", 12 * ROUNDS),
        ("one change", 1, "changes", 12 * ROUNDS),
    ):
        spent: dict[str, list[float]] = {side.name: [] for side in sides}
        took: dict[str, list[float]] = {side.name: [] for side in sides}
        for at in range(rounds):
            for side in sides:
                edits = getattr(side, make)(at % WRITERS, count)
                spent[side.name].append(side.ask(side.push(at % WRITERS, edits)).seconds)
                took[side.name].append(side.took)
        report.used = [sorted(took[side.name])[rounds // 2] * 1000 for side in sides]
        report.pair(what, "", *(min(spent[side.name]) * 1000 for side in sides), "ms", gate=True)


def _both(folder: Path) -> tuple[_Inside, _Inside]:
    home = folder / "cost"
    home.mkdir()
    os.environ["BARE_DATABASE"] = str(home / "bare.sqlite3")
    from flask_migrate import upgrade

    from portal import create_app
    from tests.bench import bare, book

    bare.prepare()
    app = create_app({"DATA_DIR": str(home), "SYNC_PER_MINUTE": "0", "LOG_LEVEL": "WARNING", "SECRET_KEY": "x" * 32})
    with app.app_context():
        upgrade()
        made = book.fill(devices=WRITERS, book=False)
    token = [each["token"] for each in made["devices"]]
    return (
        _Inside("bare Flask", bare.app, lambda who: {}, lambda who: f"/{made['agents'][who]}/push"),
        _Inside("Doorstep", app, lambda who: {"Authorization": f"Bearer {token[who]}"}, lambda who: "/sync/push"),
    )
