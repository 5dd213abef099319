"""The toy application as processes of its own, to be killed with −9.

`python -m tests.sync.server` has everything imported and forks a server for each line of JSON it reads:

    {"url": …, "folder": …, "failpoints": "before-commit=kill", "die": {"when": "after", "at": 3}}

It answers {"pid", "port"}; {"wait": pid} is answered with how the process ended. `die` kills at one commit boundary: just
before (or after) the commit with this number, whatever it is about; a file `died` in the folder tells that it did.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, request
from sqlalchemy.engine.default import DefaultDialect
from werkzeug.serving import make_server

from sync.database import dispose
from sync.devices import server_author
from sync.leaving import move_tree
from tests.sync.cast import ANA, BEN, STRANGER
from tests.sync.conftest import make_app, only_toys


def main() -> None:
    with only_toys():
        for line in sys.stdin:
            asked = json.loads(line)
            print(json.dumps(_wait(asked["wait"]) if "wait" in asked else _fork(asked)), flush=True)


def _wait(pid: int) -> dict[str, int]:
    _, status = os.waitpid(pid, 0)
    return {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0}


def _fork(asked: dict[str, Any]) -> dict[str, int]:
    app = _application(asked["url"], asked["folder"])
    reads, writes = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reads)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        _serve(app, asked, writes)
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as pipe:
        return {"pid": pid, "port": int(pipe.readline())}


def _serve(app: Flask, asked: dict[str, Any], writes: int) -> None:
    os.environ["DOORSTEP_FAILPOINTS"] = asked.get("failpoints", "")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    if asked.get("die"):
        _die_at(Path(asked["folder"]), **asked["die"])
    os.write(writes, f"{server.server_port}\n".encode())
    os.close(writes)
    server.serve_forever()


@cache
def _application(url: str, folder: str) -> Flask:
    """Made once, before the fork, with no connection left open."""
    app = make_app(url, folder)
    app.post("/toys/moves")(_move)
    dispose(app)
    return app


def _move() -> dict[str, bool]:
    """What the leader's page does, in small."""
    books = [f"agent:{agent}" for agent in (ANA, BEN, STRANGER)]
    return {
        "moved": move_tree("person", request.json["id"], request.json["book"], server_author("lead", ANA, scopes=books))
    }


def _die_at(folder: Path, when: str, at: int) -> None:
    """Count the commits; at the right one leave a sign and die."""
    commits, commit = 0, DefaultDialect.do_commit

    def count() -> None:
        nonlocal commits
        commits += 1
        if commits == at:
            (folder / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)

    # Below sessions and connections, so that no commit goes another way.
    def counted(dialect: DefaultDialect, connection: Any) -> None:
        if when == "before":
            count()
        commit(dialect, connection)
        if when == "after":
            count()

    DefaultDialect.do_commit = counted


if __name__ == "__main__":
    main()
