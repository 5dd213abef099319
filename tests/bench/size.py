"""What the phone downloads, packed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bench.report import Report

ROOT = Path(__file__).resolve().parents[2]


def run(report: Report, folder: Path) -> None:
    built = json.loads((ROOT / "portal/static/dist/manifest.json").read_text())
    report.title("size over the wire (brotli)")
    for name, size in sorted(built["sizes"].items(), key=lambda item: -item[1]["br"]):
        report.figure(name, f"{size['br']:,} bytes", f"raw {size['raw']:,}")
    report.figure("first install without the book", f"{built['first_install']:,} bytes", "aim <= 150,000")
    for name, size in built["lazy"].items():
        report.figure(f"fetched when the app is there: {name}", f"{size:,} bytes")
