"""Servers that are killed with −9, and phones that talk to them over a real socket."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

from tests.sync.cast import ANA
from tests.sync.phone import Phone

ROOT = Path(__file__).parents[2]

#: What a phone sees of a server that is dead.
DEAD = (ConnectionError, http.client.HTTPException, TimeoutError)


@dataclass
class Answer:
    """As much of a reply as phones look at."""

    status_code: int
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()

    @cached_property
    def json(self) -> Any:
        return json.loads(self.data)


class Server:
    """One process with the toy application; a phone's `client`."""

    def __init__(self, nursery: Nursery, pid: int, port: int):
        self.nursery, self.pid, self.port = nursery, pid, port
        self.ended: int | None = None

    def post(self, path: str, *, json: Any, headers: dict[str, str] | None = None) -> Answer:
        return self._ask("POST", path, json, headers or {})

    def get(self, path: str, *, query_string: dict[str, str], headers: dict[str, str]) -> Answer:
        return self._ask("GET", f"{path}?{urlencode(query_string)}", None, headers)

    def _ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"} | headers)
            reply = connection.getresponse()
            return Answer(reply.status, reply.read())
        finally:
            connection.close()

    def kill(self) -> None:
        """−9. Whatever it was doing, it does no more."""
        if self.ended is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()

    def wait(self) -> int:
        """The signal that ended it."""
        if self.ended is None:
            self.ended = self.nursery.ask({"wait": self.pid})["signal"]
        return self.ended


class Nursery:
    """The process that forks servers on one database."""

    def __init__(self, url: str, folder: Path):
        self.url, self.folder = url, folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.sync.server"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.servers: list[Server] = []

    def ask(self, line: dict[str, Any]) -> dict[str, int]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def serve(self, failpoints: str = "", die: dict[str, Any] | None = None) -> Server:
        """A new server; `die={"when": "before", "at": 2}` makes it end just before its second commit."""
        (self.folder / "died").unlink(missing_ok=True)
        asked = {"url": self.url, "folder": str(self.folder), "failpoints": failpoints, "die": die}
        self.servers.append(Server(self, **self.ask(asked)))
        return self.servers[-1]

    @property
    def died(self) -> bool:
        return (self.folder / "died").exists()

    def fired(self, name: str) -> bool:
        return (self.folder / "failpoints" / f"{name}.fired").exists()

    def close(self) -> None:
        for server in self.servers:
            server.kill()
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(10)


@contextmanager
def nursery(url: str, folder: Path) -> Iterator[Nursery]:
    made = Nursery(url, folder)
    try:
        yield made
    finally:
        made.close()


def persist(serve: Callable[[], Server], phone: Phone, edits: list[dict], *, tries: int = 50) -> list[dict]:
    """Send edits until they are answered, with a new server whenever one died: the verdicts."""
    for _ in range(tries):
        try:
            return phone.push(*edits)["verdicts"]
        except DEAD:
            phone.client = serve()
    raise AssertionError("it is never answered")


def random_kills(made: Nursery, chance: Random, rounds: int) -> int:
    """Kill the server at random moments while two phones write. Nothing acknowledged may be lost: how many kills."""
    server = made.serve()
    phones = [Phone(server, ANA), Phone(server, ANA)]
    acknowledged = dict.fromkeys(phones, 0)
    unsent: dict[Phone, list[dict]] = {phone: [] for phone in phones}
    for _ in range(rounds):
        timer = threading.Timer(chance.uniform(0.002, 0.12), server.kill)
        timer.start()
        try:
            while True:
                phone = chance.choice(phones)
                unsent[phone] += [phone.creation("person", name=str(phone.n)) for _ in range(chance.randrange(1, 30))]
                acknowledged[phone] = phone.push(*unsent[phone])["last_n"]
                unsent[phone] = []
        except DEAD:
            timer.join()
        server = made.serve()
        for phone in phones:
            phone.client = server
            last = phone.push()["last_n"]
            assert last >= acknowledged[phone], f"{acknowledged[phone]} was acknowledged, {last} is there"
            assert last in (acknowledged[phone], phone.n), "half of a batch is there"
            acknowledged[phone] = last  # told now, whatever became of the reply
    for phone in phones:
        phone.push(*unsent[phone])
    for phone in phones:
        phone.pull()
    people = sorted(int(row["name"]) for (kind, _), row in phones[0].rows.items() if kind == "person")
    assert people == sorted(n for phone in phones for n in range(phone.n))
    assert all(row["ver"] == 1 for (kind, _), row in phones[0].rows.items() if kind == "person")
    assert phones[0].rows == phones[1].rows
    server.kill()
    return rounds
