"""The format of a backup: one file for every database.

gzip over lines of JSON: a head (`format`, `revision`, `made_at`, `epoch`, `keys` as fingerprints); for each table a line
with its columns, a line for each row, a line with count and SHA-256; and a last line without which the file is not
whole. Bytes are base64, instants and dates ISO 8601. Sealed values stay sealed.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import secrets
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

import orjson

FORMAT = 1
_WORD = "doorstep-backup"
_LEVEL = 5

Columns = Sequence[tuple[str, str]]  # name, what it holds


class BadArchive(Exception):
    """The file is no backup, is not whole, or was altered."""


def _instant(value: datetime) -> str:
    return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()


#: What a column can hold: how a value is written, and how it is read.
WAYS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "text": (str, str),
    "int": (int, int),
    "bool": (bool, bool),
    "bytes": (lambda value: base64.b64encode(value).decode(), base64.b64decode),
    "date": (date.isoformat, date.fromisoformat),
    "instant": (_instant, datetime.fromisoformat),
}


class Writer:
    """Writes an archive, line by line."""

    def __init__(self, file: IO[bytes], head: dict[str, Any]):
        self._file = file
        self._all = hashlib.sha256()
        self.rows = 0
        self.tables: dict[str, int] = {}
        self._line({"archive": _WORD, "format": FORMAT, **head})

    def table(self, name: str, columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
        """One table with all its rows."""
        ways = [WAYS[holds][0] for _, holds in columns]
        self._line({"table": name, "columns": [list(column) for column in columns]})
        sums, count = hashlib.sha256(), 0
        for row in rows:
            values = [None if value is None else way(value) for way, value in zip(ways, row, strict=True)]
            sums.update(self._line(values))
            count += 1
        self._line({"rows": count, "sha256": sums.hexdigest()})
        self.tables[name] = count
        self.rows += count

    def end(self) -> None:
        """The line that says that nothing is missing."""
        self._line({"end": True, "tables": len(self.tables), "rows": self.rows, "sha256": self._all.hexdigest()})

    def _line(self, value: Any) -> bytes:
        line = orjson.dumps(value) + b"\n"
        self._all.update(line)
        self._file.write(line)
        return line


class Reader:
    """Reads an archive. `head` is there at once; `tables` checks every sum while it reads, and the last line."""

    def __init__(self, file: Iterable[bytes]):
        self._lines = iter(file)
        self._all = hashlib.sha256()
        self.rows = 0
        head = self._next()
        if not isinstance(head, dict) or head.get("archive") != _WORD:
            raise BadArchive("This is not a backup of Doorstep.")
        if head.get("format") != FORMAT:
            raise BadArchive(f"This backup has format {head.get('format')}; this version reads format {FORMAT}.")
        self.head = head

    def tables(self) -> Iterator[tuple[str, Columns, Iterator[list[Any]]]]:
        """Name, columns and rows of each table; the rows have to be taken before the next table."""
        count = 0
        while True:
            whole = self._all.hexdigest()
            line = self._next()
            if "end" in line:
                if (line["tables"], line["rows"], line["sha256"]) != (count, self.rows, whole):
                    raise BadArchive("The backup was altered: its sums do not agree.")
                return
            columns = [(name, holds) for name, holds in line["columns"]]
            yield line["table"], columns, self._rows(line["table"], columns)
            count += 1

    def _rows(self, table: str, columns: Columns) -> Iterator[list[Any]]:
        ways = [WAYS[holds][1] for _, holds in columns]
        sums, count = hashlib.sha256(), 0
        while True:
            raw = self._raw()
            line = _parsed(raw)
            if isinstance(line, dict):
                if (line["rows"], line["sha256"]) != (count, sums.hexdigest()):
                    raise BadArchive(f"The backup was altered: the rows of {table} do not agree with their sum.")
                self.rows += count
                return
            sums.update(raw)
            count += 1
            yield [None if value is None else way(value) for way, value in zip(ways, line, strict=True)]

    def _next(self) -> Any:
        return _parsed(self._raw())

    def _raw(self) -> bytes:
        try:
            line = next(self._lines)
        except StopIteration:
            raise BadArchive("The backup is not whole: its end is missing.") from None
        except (OSError, EOFError, zlib.error):
            raise BadArchive("The backup cannot be read: it is no gzip file, or damaged.") from None
        self._all.update(line)
        return line


def _parsed(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        raise BadArchive("The backup was altered: a line of it is no JSON.") from None


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """Read the archive in `path`. Raises BadArchive for whatever is wrong with it."""
    with gzip.open(path, "rb") as file:
        try:
            yield Reader(file)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadArchive(f"The backup was altered: {type(error).__name__}.") from None


@contextmanager
def writing(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """A new file in `path`, readable for its owner only: whole and on the disk, or not there at all.

    Raises FileExistsError when something is there already, unless `force` is given.
    """
    if path.exists() and not force:
        raise FileExistsError(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as raw:
            with gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=raw, mtime=0) as file:
                yield file  # type: ignore[misc]
            raw.flush()
            os.fsync(raw.fileno())
        if force:
            draft.replace(path)
        else:
            _place(draft, path)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _place(draft: Path, path: Path) -> None:
    """Give the finished file its name. Raises FileExistsError when something got there in between."""
    try:
        os.link(draft, path)  # unlike a rename it never overwrites
    except FileExistsError:
        raise
    except OSError:  # a stick or a network folder without hard links
        if path.exists():
            raise FileExistsError(path) from None
        draft.rename(path)
