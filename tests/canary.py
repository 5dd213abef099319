"""Values that must never lie readable anywhere, and the search for them in whatever a server leaves behind."""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
import sqlalchemy as sa

#: Stands in every canary; nothing else of the tests says it.
MARK = "91739173"
MOBILES = tuple(f"{start}{MARK}" for start in ("139", "138", "137", "136", "135"))
EMAIL = f"canary-{MARK}@example.com"
NUMBER = f"E{MARK}"
LANDLINE = f"0571{MARK}"
FEN = int(MARK) * 100
WORDS = f"金丝雀{MARK}"


def shapes(trace: str) -> list[bytes]:
    """How a text can lie in a file: as it is, wide, in hex, in base64 wherever it begins."""
    plain = trace.encode()
    whole = (len(plain) - 2) // 3 * 3  # what does not depend on the neighbours, whatever the offset
    coded = [base64.b64encode(plain[start : start + whole]) for start in range(3)]
    return [plain, trace.encode("utf-16-le"), plain.hex().encode(), plain.hex().upper().encode(), *coded]


def found_in(places: Iterable[tuple[str, bytes]], traces: Iterable[str]) -> list[tuple[str, str]]:
    """(place, trace) of everything that is readable."""
    wanted = [(trace, shapes(trace)) for trace in traces]
    return [
        (place, trace) for place, content in places for trace, ways in wanted if any(way in content for way in ways)
    ]


def files_under(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, also what is packed in it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            yield str(path.relative_to(folder)), content
            if content[:2] == b"\x1f\x8b":
                yield f"{path.relative_to(folder)}, unpacked", gzip.decompress(content)
            elif content[:1] == b"\x78":
                try:
                    yield f"{path.relative_to(folder)}, unpacked", zlib.decompress(content)
                except zlib.error:
                    continue


def dump(url: str) -> bytes:
    """PostgreSQL's data in its own text form, table after table, the tables of the system with it."""
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    lines: list[bytes] = []
    with psycopg.connect(plain) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'm') ORDER BY oid")
        for (name,) in cursor.fetchall():
            with cursor.copy(f"COPY (SELECT * FROM {name}) TO STDOUT") as out:
                lines += [bytes(line) for line in out]
    return b"".join(lines)


def server_log(url: str) -> bytes:
    """What PostgreSQL itself wrote down of the run: statements that failed, and why."""
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
    files = [path for path in [*Path(folder).glob("log*"), *Path(folder).glob("log*/*")] if path.is_file()]
    assert files
    return b"".join(path.read_bytes() for path in files)
