"""The phone's modules on their own, in a real browser: store, sync engine, router. The checks are in tests/js."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.portal.needs.families import ASSUMPTIONS, MODEL, TODAY, made_up
from tests.portal.needs.test_kernel import CALLS
from tests.portal.needs.twins import POSITIONAL, python

ROOT = Path(__file__).resolve().parents[2]
CHECKS = ROOT / "tests" / "js"
NAMES = [
    name
    for path in sorted(CHECKS.glob("*.js"))
    for name in re.findall(r'^check\("(.+?)",', path.read_text(), re.MULTILINE)
]


@pytest.fixture(scope="module")
def bundle() -> bytes:
    """All checks and what they test as one script."""
    command = [str(ROOT / "node_modules/.bin/esbuild"), str(CHECKS / "all.js"), "--bundle", "--format=iife"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    made = subprocess.run(command, capture_output=True, env={**os.environ, "PATH": path}, cwd=ROOT, check=False)
    assert made.returncode == 0, made.stderr.decode()
    return made.stdout


@pytest.fixture(scope="module")
def modules_page(bundle, browser) -> Iterator:
    """A page that holds the bundle, on an address where IndexedDB, locks and crypto work."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_script = self.path == "/checks.js"
            body = bundle if is_script else b"<!doctype html><script src=/checks.js></script>"
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript; charset=utf-8" if is_script else "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/")
    yield page
    page.close()
    server.shutdown()


@pytest.mark.parametrize("name", NAMES)
def test_module(modules_page, name):
    fault = modules_page.evaluate("name => run(name)", name)
    assert fault == "", fault


def test_every_check_is_asked_for(modules_page):
    assert sorted(modules_page.evaluate("names()")) == sorted(NAMES)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_browser_computes_what_the_server_computes(modules_page, data):
    """Sixty times sixty questions to the kernel, whatever hypothesis thinks of."""
    call = data.draw(st.sampled_from(sorted(CALLS)))
    made = data.draw(st.lists(CALLS[call], min_size=60, max_size=60))
    asked = [[call, list(given) if call in POSITIONAL else given] for given in made]
    answers = modules_page.evaluate("asked => asked.map(([call, given]) => arithmetic(call, given))", asked)
    assert answers == [python(call, given) for call, given in asked]


def test_a_browser_makes_the_same_reports(modules_page):
    asked = [["gap", [made_up(seed), MODEL, ASSUMPTIONS, TODAY, {}]] for seed in range(5_000, 5_200)]
    answers = modules_page.evaluate("asked => asked.map(([call, given]) => arithmetic(call, given))", asked)
    assert answers == [python(call, given) for call, given in asked]
