"""The phone's code in Node: one question a line, one answer a line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


class Node:
    """A script that answers questions until it is closed."""

    def __init__(self, script: Path) -> None:
        self._node = subprocess.Popen(
            [ROOT / ".venv" / "bin" / "node", script],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def answer(self, question: list[Any]) -> Any:
        """`question` is the call and what it is given, as the script reads it."""
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps(question) + "\n")
        self._node.stdin.flush()
        answer = self._node.stdout.readline()
        assert answer, f"it fell over with {question!r}"
        return json.loads(answer)

    def close(self) -> None:
        assert self._node.stdin
        self._node.stdin.close()
        self._node.wait(10)
