"""How a process learns that somebody committed something, in this process or another.

SQLite: the number `PRAGMA data_version` gives changes with every commit of another connection. PostgreSQL: NOTIFY.
Neither says what was committed; the hub looks at the heads of the scopes that it holds lines for.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from urllib.parse import quote

import psycopg
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from sync.database import glance

log = logging.getLogger("doorstep.sync")

CHANNEL = "doorstep"
POLL_SECONDS = 0.1
#: Commits that follow each other so closely are told of once.
PAUSE_SECONDS = 0.05
AGAIN_SECONDS = 2.0


async def commits(url: sa.URL, hear: Callable[[], None]) -> None:
    """Call `hear` after every commit, for ever."""
    watch = _sqlite if url.get_backend_name() == "sqlite" else _postgresql
    while True:
        try:
            await watch(url, hear)
        except (sqlite3.Error, psycopg.Error, OSError) as error:
            log.warning("live: the watch on the database broke off: %s", type(error).__name__)
        await asyncio.sleep(AGAIN_SECONDS * random.uniform(0.5, 1.5))


async def _sqlite(url: sa.URL, hear: Callable[[], None]) -> None:
    """One poll a process. It reads one page of shared memory and locks nobody out."""
    connection = sqlite3.connect(f"file:{quote(str(url.database))}?mode=ro", uri=True, isolation_level=None)
    try:
        known = None
        while True:
            version = connection.execute("PRAGMA data_version").fetchone()[0]
            if version != known:
                known = version
                hear()
            await asyncio.sleep(POLL_SECONDS)
    finally:
        connection.close()


async def _postgresql(url: sa.URL, hear: Callable[[], None]) -> None:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        await connection.execute(f"LISTEN {CHANNEL}")
        hear()  # whatever happened while nobody listened
        async for _ in connection.notifies():
            hear()


class Announcer:
    """Says NOTIFY after commits.

    Not inside them: PostgreSQL makes all transactions that notify commit one after the other, the wait for the disk
    included, and a push would wait for strangers. If this process dies between a commit and its NOTIFY, the hubs find
    out by the look they take every few seconds.
    """

    def __init__(self, app: Flask):
        self._app = app
        self._lock = threading.Lock()
        self._due = self._running = False

    def committed(self) -> None:
        """There is something to tell. Costs the caller no round trip."""
        with self._lock:
            self._due = True
            if self._running:
                return
            self._running = True
        threading.Thread(target=self._run, name="doorstep-notify").start()

    def _run(self) -> None:
        while self._is_due():
            try:
                with self._app.app_context(), glance() as connection:
                    connection.execute(sa.text(f"NOTIFY {CHANNEL}"))
            except SQLAlchemyError as error:
                log.warning("live: could not notify: %s", type(error).__name__)
            time.sleep(PAUSE_SECONDS)

    def _is_due(self) -> bool:
        with self._lock:
            self._running, self._due = self._due, False
            return self._running
