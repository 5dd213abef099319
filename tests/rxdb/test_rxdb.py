"""A stranger's client: RxDB replicates through a shim written from docs/sync.md, and ends with what the database holds."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.canonical import canonical
from tests.e2e.conftest import ROOT, Server, free_port
from tests.people import PASSWORD

HERE = Path(__file__).parent
SEED = 2
NODE = ROOT / ".venv" / "bin" / "node"


@pytest.fixture
def server(database: str, tmp_path: Path) -> Iterator[Server]:
    """`doorstep serve` as a process of its own, on each kind of database."""
    (tmp_path / "data").mkdir()
    made = Server(tmp_path / "data", free_port(), {"DATABASE_URL": database, "SYNC_PER_MINUTE": "0"})
    made.python("from tests.people import cast\ncast(app)")
    made.start()
    try:
        yield made
    finally:
        made.kill()


def replicate(server: Server, seed: int) -> dict:
    basic = base64.b64encode(f"ana:{PASSWORD}".encode()).decode()
    made = subprocess.run(
        [str(NODE), str(HERE / "replicate.js"), server.url, f"Basic {basic}", str(seed)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert made.returncode == 0, f"seed {seed}\n{made.stderr}\n{(server.folder / 'server.log').read_text()}"
    return json.loads(made.stdout)


def test_two_rxdb_clients_and_the_database_agree(server):
    told = replicate(server, SEED)
    one, other = told["clients"]
    stored = server.python(
        "import json\nfrom sync.database import db\nfrom sync.kinds import ordered_kinds\nfrom sync.rows import read_rows\n"
        "with db.engine.connect() as connection:\n"
        "    print(json.dumps({kind.name: read_rows(connection, kind.name) for kind in ordered_kinds()}))"
    )
    truth = {(kind, row["id"]): canonical(row) for kind, rows in json.loads(stored).items() for row in rows}
    for client in (one, other):
        held = {(each["kind"], each["row"]["id"]): canonical(each["row"]) for each in client["rows"]}
        assert held == truth
        assert client["digest"] == client["digest_of_server"]
        assert set(client["troubles"]) <= {"no network", "the reply got lost"}
        assert set(client["rejected"]) <= {"invalid", "depends_on", "not_found", "already_closed"}
    # It was no idle run: replies were lost and replayed, people disagreed and decided, something was refused.
    assert one["lost"] + other["lost"] > 3
    assert one["replays"] + other["replays"] > 0
    assert one["conflicts"] + other["conflicts"] > 0
    assert told["decided"] > 0
    assert "invalid" in one["rejected"] + other["rejected"]


def test_it_stays_with_the_tests():
    """RxDB is a guest of this test: nothing that people get is made of it."""
    package = json.loads((ROOT / "package.json").read_text())
    assert not {"rxdb", "rxjs"} & set(package["dependencies"])
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all(
        about.get("dev") for name, about in lock.items() if name.endswith(("node_modules/rxdb", "node_modules/rxjs"))
    )
    assert "rxdb" not in "".join(path.read_text() for path in (ROOT / "portal/static/js").rglob("*.js"))
    assert shutil.which(str(NODE))
