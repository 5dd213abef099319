"""What the phone downloads, packed; and what each of the large rooms adds to it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import brotli

from portal.frontend.build import JS, TARGETS
from tests.bench.report import Report

ROOT = Path(__file__).resolve().parents[2]
#: What makes a room: names in routes.js, and the folder of its templates. The later is taken out first.
ROOMS = {
    "plans": (r"plans|plan[A-Z]\w+", "plans"),
    "needs": (r"analyses|reports|sums", "analyses"),
}


def run(report: Report, folder: Path) -> None:
    built = json.loads((ROOT / "portal/static/dist/manifest.json").read_text())
    report.title("size over the wire (brotli)")
    for name, size in sorted(built["sizes"].items(), key=lambda item: -item[1]["br"]):
        report.figure(name, f"{size['br']:,} bytes", f"raw {size['raw']:,}")
    report.figure("first install without the book", f"{built['first_install']:,} bytes", "aim <= 150,000")
    for name, size in built["lazy"].items():
        report.figure(f"fetched when the app is there: {name}", f"{size:,} bytes")
    _rooms(report, folder / "without")


def _rooms(report: Report, copy: Path) -> None:
    """The worker with and without a room: its routes and pages go, and all that nobody asks for any more."""
    shutil.copytree(JS, copy)
    before = _worker(copy)
    for room, (names, templates) in ROOMS.items():
        _drop(copy / "offline" / "routes.js", rf"\b({names})\.\w+|import \* as ({names}) ")
        _drop(copy / "generated" / "templates.js", rf'^  "{templates}/')
        after = _worker(copy)
        report.figure(
            f"the worker's part for {room}, without its Chinese", f"{before - after:,} bytes", "aim <= 30,000"
        )
        before = after


def _drop(path: Path, lines: str) -> None:
    kept = [line for line in path.read_text().splitlines() if not re.search(lines, line)]
    path.write_text("\n".join(kept))


def _worker(js: Path) -> int:
    command = [str(ROOT / "node_modules/.bin/esbuild"), str(js / "sw.js"), "--bundle", "--minify", "--format=iife"]
    command += [f"--target={TARGETS}", "--charset=utf8", "--legal-comments=none", "--log-level=error"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "NODE_PATH": str(ROOT / "node_modules"), "PATH": path}
    made = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=True)
    return len(brotli.compress(made.stdout, quality=11))
