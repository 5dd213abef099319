"""`make soak`: random histories with ever new seeds on both databases, for HOURS; the count reached is printed."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from tests.sync.test_histories import BATCH, FIRST


def main() -> int:
    until = time.monotonic() + float(os.environ.get("HOURS", "1")) * 3600
    first = FIRST
    while True:
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "soak", "tests/sync"]
        if subprocess.run(command, env={**os.environ, "SOAK_FIRST": str(first)}, check=False).returncode:
            print(f"a history failed; run it again with SOAK_FIRST={first}")
            return 1
        first += BATCH
        print(f"{first - FIRST} histories on each database, seeds {FIRST} to {first - 1}", flush=True)
        if time.monotonic() > until:
            return 0


if __name__ == "__main__":
    sys.exit(main())
