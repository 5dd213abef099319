"""The server dies at the worst moment: what was acknowledged is there, what is sent again is there once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.columns import new_id
from sync.database import writer_engine
from tests.sync.cast import ANA

ROOT = Path(__file__).parents[2]


class Server:
    """A process with the toy application."""

    def __init__(self, url: str, folder: Path, failpoints: str = ""):
        environment = {**os.environ, "DOORSTEP_FAILPOINTS": failpoints, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.sync.server", url, str(folder), "0"]
        self.process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/sync/{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"} | headers,
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, json.load(reply)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@pytest.fixture
def serve(app, tmp_path) -> Iterator[Callable[[str], Server]]:
    """`serve("name=kill")`: a server on this test's database."""
    url = writer_engine().url.render_as_string(hide_password=False)
    running: list[Server] = []

    def start(failpoints: str = "") -> Server:
        running.append(Server(url, tmp_path, failpoints))
        return running[-1]

    yield start
    for server in running:
        server.stop()


def fired(folder: Path, name: str) -> bool:
    return (folder / "failpoints" / f"{name}.fired").exists()


@pytest.mark.parametrize("place, kept", [("before-commit", False), ("after-commit-before-reply", True)])
def test_killed_around_the_commit_and_sent_again_it_is_there_once(serve, tmp_path, place, kept):
    server = serve()
    _, device = server.post("devices", {"label": "x"}, **{"X-Agent": ANA})
    token = {"Authorization": f"Bearer {device['token']}"}
    server.stop()

    server = serve(f"{place}=kill")
    edits = [
        {
            "n": 1,
            "op": "create",
            "kind": "person",
            "id": new_id(),
            "set": {"name": [None, "王芳"], "phone": [None, "1"]},
        },
        {"n": 2, "op": "create", "kind": "person", "id": new_id(), "set": {"name": [None, "李雷"]}},
    ]
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        server.post("push", {"proto": 1, "edits": edits}, **token)
    assert server.process.wait(10) == -signal.SIGKILL
    assert fired(tmp_path, place)

    server = serve(f"{place}=kill")  # acts once
    assert server.post("push", {"proto": 1, "edits": []}, **token)[1]["last_n"] == (2 if kept else 0)
    _, reply = server.post("push", {"proto": 1, "edits": edits}, **token)
    assert [verdict.get("replayed", False) for verdict in reply["verdicts"]] == [kept, kept]
    assert [verdict["row"]["ver"] for verdict in reply["verdicts"]] == [1, 1]
    _, page = server.post("pull", {"proto": 1, "cursor": None}, **token)
    assert sorted(change["row"]["name"] for change in page["changes"] if change["kind"] == "person") == ["李雷", "王芳"]


def test_failpoints_are_dead_without_the_setting(app, tmp_path, monkeypatch):
    from sync.failpoints import FailpointFired, failpoint

    monkeypatch.setitem(app.config, "DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DOORSTEP_FAILPOINTS", "here=raise|there=sleep:0")
    monkeypatch.setitem(app.config, "FAILPOINTS", "")
    failpoint("here")
    assert not fired(tmp_path, "here")
    monkeypatch.setitem(app.config, "FAILPOINTS", "1")
    with pytest.raises(FailpointFired):
        failpoint("here")
    failpoint("there")
    failpoint("elsewhere")
    assert fired(tmp_path, "here")
    assert fired(tmp_path, "there")
    assert not fired(tmp_path, "elsewhere")
