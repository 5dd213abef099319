"""The hub: holds the lines of one server process and pokes those whose scopes moved."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from socket import socket
from typing import TypeVar

import sqlalchemy as sa
from flask import Flask

from sync.database import glance, table_of
from sync.live import line as lines
from sync.live.line import Line
from sync.live.watch import PAUSE_SECONDS, commits
from sync.many import among
from sync.models import Device, ScopeHead

log = logging.getLogger("doorstep.sync")

HEAD = table_of(ScopeHead)
DEVICES = table_of(Device)

#: Epoch and seq of a scope; None where nothing was ever written.
Heads = dict[str, tuple[int, int] | None]
Answer = TypeVar("Answer")
Question = Callable[[sa.Connection, list[str]], Answer]

#: Lines of one device in one process; the oldest gives way to a new one.
MOST_OF_A_DEVICE = 4
TICK_SECONDS = 1.0
#: A look without being told, for what was told while nobody heard it.
LOOK_SECONDS = 5.0
#: Devices that were signed out are looked for this often, even when nothing moves.
SWEEP_SECONDS = 30.0


class Hub:
    """One asyncio loop in one thread. The thread starts with the first line."""

    def __init__(self, app: Flask, most: int):
        self._app = app
        self._most = most
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Event | None = None
        self._held: dict[Line, None] = {}
        self._of_scope: dict[str, set[Line]] = defaultdict(set)
        self._of_device: dict[str, list[Line]] = defaultdict(list)
        self._seen: Heads = {}

    # Called from the threads of the server

    def __len__(self) -> int:
        return len(self._held)

    def has_room(self) -> bool:
        """Whether one more line may be opened."""
        return len(self._held) < self._most

    def take(self, connection: socket, head: bytes, line: Line) -> None:
        """Hold a connection from now on; `head` is what it is greeted with."""
        connection.setblocking(False)
        loop = self._running()
        line.begin(connection, time.monotonic())
        loop.call_soon_threadsafe(self._hold, line, head)

    def nudge(self) -> None:
        """Something was committed in this process."""
        loop, news = self._loop, self._news
        if loop and news and self._held:
            loop.call_soon_threadsafe(news.set)

    def stop(self) -> None:
        """Let go of every line (tests; otherwise they end with the process)."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop:
            done = asyncio.run_coroutine_threadsafe(self._end(), loop)
            done.result(timeout=10)
            loop.call_soon_threadsafe(loop.stop)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._news = asyncio.Event()
                self._seen.clear()
                threading.Thread(target=self._run, args=(self._loop,), name="doorstep-live", daemon=True).start()
            return self._loop

    # In the loop

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        with self._app.app_context():
            url = sa.make_url(self._app.config["SQLALCHEMY_DATABASE_URI"])
        assert self._news
        self._tasks = [
            loop.create_task(task) for task in (commits(url, self._news.set), self._poke_on_news(), self._keep_alive())
        ]
        try:
            loop.run_forever()
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for line in list(self._held):
            self._drop(line)

    def _hold(self, line: Line, head: bytes) -> None:
        """Watched from before the phone knows: it pulls when it hears that it is connected."""
        mine = self._of_device[line.device_id]
        if len(mine) >= MOST_OF_A_DEVICE:
            self._drop(mine[0])
            mine = self._of_device[line.device_id]
        self._held[line] = None
        mine.append(line)
        for scope in line.scopes:
            self._of_scope[scope].add(line)
            self._seen.setdefault(scope, line.heads[scope])
        assert self._news
        assert line.connection
        asyncio.get_running_loop().add_reader(line.connection, self._came, line)
        self._say(line, head)
        self._news.set()  # what moved since the heads of this line were read

    def _came(self, line: Line) -> None:
        if not line.listen():
            self._drop(line)

    def _say(self, line: Line, text: bytes) -> None:
        if line in self._held and not line.say(text):
            self._drop(line)

    def _drop(self, line: Line) -> None:
        if line not in self._held:
            return
        del self._held[line]
        assert line.connection
        asyncio.get_running_loop().remove_reader(line.connection)
        line.connection.close()
        mine = self._of_device[line.device_id]
        mine.remove(line)
        if not mine:
            del self._of_device[line.device_id]
        for scope in line.scopes:
            self._of_scope[scope].discard(line)
            if not self._of_scope[scope]:
                del self._of_scope[scope]
                self._seen.pop(scope, None)

    async def _poke_on_news(self) -> None:
        assert self._news
        while True:
            await self._news.wait()
            self._news.clear()
            if self._held:
                await self._look()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _look(self) -> None:
        """Poke every line of a scope that moved; who was signed out hears it too, as the last thing."""
        found = await self._ask(heads_of, list(self._of_scope))
        if found is None:
            return
        moved = [scope for scope in found if scope in self._seen and self._seen[scope] != found[scope]]
        self._seen.update({scope: found[scope] for scope in moved})
        poked = {line for scope in moved for line in self._of_scope.get(scope, ())}
        for line in poked:
            self._poke(line)
        if poked:
            await self._sweep(poked)

    def _poke(self, line: Line) -> None:
        """At once, or as soon as the last one is long enough ago."""
        loop = asyncio.get_running_loop()
        if loop.time() >= line.quiet_until:
            line.quiet_until = loop.time() + lines.APART_SECONDS
            self._say(line, lines.CHANGE)
        elif not line.owed:
            line.owed = True
            loop.call_at(line.quiet_until, self._poke_owed, line)

    def _poke_owed(self, line: Line) -> None:
        line.owed = False
        self._poke(line)

    async def _sweep(self, some: Iterable[Line]) -> None:
        """Close the lines of devices that were signed out."""
        live = await self._ask(_live_devices, list({line.device_id for line in some}))
        if live is None:
            return
        for line in some:
            if line.device_id not in live:
                self._say(line, lines.CHANGE)
                self._drop(line)

    async def _keep_alive(self) -> None:
        assert self._news
        looked = swept = time.monotonic()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            for line in list(self._held):
                if now >= line.ends_at:
                    self._drop(line)
                elif now >= line.beat_at:
                    line.beat_at = now + lines.BEAT_SECONDS
                    self._say(line, lines.BEAT)
            if now - looked >= LOOK_SECONDS:
                looked = now
                self._news.set()
            if now - swept >= SWEEP_SECONDS:
                swept = now
                await self._sweep(list(self._held))

    async def _ask(self, question: Question[Answer], values: list[str]) -> Answer | None:
        """Ask the database in another thread; None when it does not answer (the next look finds out)."""

        def answer() -> Answer:
            with self._app.app_context(), glance() as connection:
                return question(connection, values)

        try:
            return await asyncio.get_running_loop().run_in_executor(None, answer)
        except Exception as error:  # whatever it is, the lines outlive it
            log.warning("live: the database does not answer: %s", type(error).__name__)
            return None


def heads_of(connection: sa.Connection, scopes: list[str]) -> Heads:
    """Where these scopes stand now."""
    found = connection.execute(_select_heads(connection.dialect), {"scopes": scopes})
    return dict.fromkeys(scopes) | {line.scope: (line.epoch, line.seq) for line in found}


def _live_devices(connection: sa.Connection, ids: list[str]) -> set[str]:
    """Those of these devices that were not signed out."""
    return set(connection.scalars(_not_revoked(connection.dialect), {"ids": ids}))


@lru_cache
def _select_heads(dialect: sa.Dialect) -> sa.Select[tuple[str, int, int]]:
    return sa.select(HEAD.c.scope, HEAD.c.epoch, HEAD.c.seq).where(among(HEAD.c.scope, "scopes", dialect))


@lru_cache
def _not_revoked(dialect: sa.Dialect) -> sa.Select[tuple[str]]:
    return sa.select(DEVICES.c.id).where(among(DEVICES.c.id, "ids", dialect), DEVICES.c.revoked_at.is_(None))
