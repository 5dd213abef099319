"""The toy application under gunicorn, which can hold lines."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from flask import Flask

from sync.kinds import KINDS
from sync.models import CONFLICT, DEVICE
from tests.ears import children
from tests.sync import toys
from tests.sync.cast import UNITS
from tests.sync.conftest import make_app

ROOT = Path(__file__).parents[2]


def make(url: str, folder: str) -> Flask:
    """For gunicorn. Beside the cast anybody is an agent, alone in a unit named after the last letter of the id."""
    KINDS.clear()
    KINDS.update({kind.name: kind for kind in [*toys.KINDS, CONFLICT, DEVICE]})
    app = make_app(url, folder, LIVE=1, LIVE_LISTENERS=int(os.environ["LISTENERS"]))
    app.extensions["doorstep.sync"] = replace(app.extensions["doorstep.sync"], scopes_of=everybody)
    return app


def everybody(agent_id: str) -> list[str]:
    return [f"agent:{agent_id}", UNITS.get(agent_id, f"unit:{agent_id[-1]}"), "org"]


class Holder:
    """A gunicorn process tree of its own."""

    def __init__(self, url: str, folder: Path, *more: str, listeners: int = 1000, worker: str = ""):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--threads", "8"]
        command += ["--worker-class", worker or "portal.serving.HoldingWorker", "--log-level", "warning", *more]
        command += ["--keep-alive", "15", "--no-control-socket"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "LISTENERS": str(listeners)}
        self.log = folder / "holder.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, f"tests.sync.listening:make({url!r}, {str(folder)!r})"],
                env=environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    @property
    def workers(self) -> list[int]:
        """The processes that serve."""
        return children(self.process.pid)

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
