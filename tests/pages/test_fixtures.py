"""The fixtures of the agent's pages are what the page functions make today."""

import subprocess
import sys
from pathlib import Path

MAKE = Path(__file__).with_name("make.js")


def test_the_fixtures_are_what_the_page_functions_make():
    node = Path(sys.executable).with_name("node")
    done = subprocess.run([node, MAKE, "--check"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
