"""Writes the demo catalogue: `python -m portal.products.rating`.

Products, rates and cash values of the fictional insurer Dawn Ferry (晨渡), worked out from the public mortality tables
(mortality.py) by the equivalence principle (actuary.py). Running it again gives the same files, byte for byte; files
that no product names any more are removed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from portal.products import rating_life as life
from portal.products import rating_property as property_bodies
from portal.products import rating_tables as tables
from portal.products import rating_yearly as yearly
from portal.products.catalogue_files import FOLDER
from sync.canonical import canonical

#: Version and first day of sale.
FIRST = (1, "2026-01-01")
#: The same for products whose texts or rates changed since: a database keeps what it has published and never changes it.
CHANGED: dict[str, tuple[int, str]] = {}


class Blobs(dict[str, str]):
    """Texts by their SHA-256."""

    def add(self, content: dict[str, Any]) -> str:
        text = canonical(content)
        name = hashlib.sha256(text).hexdigest()
        self[name] = text.decode()
        return name


def build() -> tuple[list[dict[str, Any]], Blobs]:
    """Every product record and every blob."""
    blobs = Blobs()
    bodies = {
        "DF-T1": life.term_life(*_both(blobs, tables.TERM_LIFE)),
        "DF-W1": life.whole_life(*_both(blobs, tables.WHOLE_LIFE)),
        "DF-W2": life.increasing_whole_life(blobs.add(tables.increasing())),
        "DF-C1": life.ci_life(*_both(blobs, tables.CI_LIFE)),
        "DF-C2": life.ci_term(*_both(blobs, tables.CI_TERM)),
        "DF-R1": life.pension(*_both(blobs, tables.PENSION)),
        "DF-E1": life.education(*_both(blobs, tables.EDUCATION)),
        "DF-WV": life.applicant_waiver(blobs.add(tables.waiver_rates())),
        "DF-M1": yearly.medical(),
        "DF-A1": yearly.accident(),
        "DF-A2": yearly.senior_accident(),
        "DF-V1": property_bodies.motor(),
        "DF-H1": property_bodies.home(),
    }
    return [_record(code, *CHANGED.get(code, FIRST), body) for code, body in sorted(bodies.items())], blobs


def _both(blobs: Blobs, priced: tables.Priced) -> tuple[str, str]:
    rates, values = priced.tables()
    return blobs.add(rates), blobs.add(values)


def _record(code: str, version: int, from_date: str, body: dict[str, Any]) -> dict[str, Any]:
    """A product record. `material` is the SHA-256 of the body without it: the text that was approved."""
    body = {**body, "material": hashlib.sha256(canonical(body)).hexdigest()}
    return {"code": code, "version": version, "from_date": from_date, "to_date": None, "body": body}


def _readable(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def files() -> dict[str, str]:
    """Every file of the catalogue by its path below the folder."""
    records, blobs = build()
    made = {f"{record['code']}-{record['version']}.json": _readable(record) for record in records}
    return made | {f"blobs/{name}.json": text for name, text in blobs.items()}


def write(folder: Path, wanted: dict[str, str]) -> None:
    """Make the folder what `files` says."""
    (folder / "blobs").mkdir(parents=True, exist_ok=True)
    for path in [*folder.glob("*.json"), *folder.glob("blobs/*.json")]:
        if path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(FOLDER, files())
