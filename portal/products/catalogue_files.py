"""The catalogue that the repository carries: product records and the large tables they name, as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("catalogue")


def ours(folder: Path = FOLDER) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The records (code, version, from_date, to_date, body) in order of code and version, and blob texts by SHA-256."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    blobs = {path.stem: path.read_text(encoding="utf-8") for path in (folder / "blobs").glob("*.json")}
    return sorted(records, key=lambda record: (record["code"], record["version"])), blobs
