"""Bytes of a spreadsheet → sheets of cells. Pure: no request, session, clock or database.

CSV is UTF-8 (with or without byte order mark), UTF-16, then GB18030, always strictly: a byte that does not belong is
said with its line, never replaced. XLSX goes through openpyxl, behind limits that hold before anything is unpacked.
"""

from __future__ import annotations

import csv
import io
import math
import warnings
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from portal.translations import msgid

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_CELL = 4_000
MAX_SHEETS = 20
# A workbook keeps a text once however many cells show it: what the cells hold together has its own limits.
MAX_CELLS = 2_000_000
MAX_TEXT = 32 * 1024 * 1024
# A workbook is a zip file: what it becomes when unpacked is judged before it is unpacked.
MAX_UNPACKED = 150 * 1024 * 1024
MAX_PARTS = 1_000
EXCEL_LAST_ROW = 1_048_576

TOO_MUCH = msgid("The workbook becomes too large when it is unpacked. Split it into several files.")

Cell = str | int | float | bool | date | None


class Unreadable(Exception):
    """The file cannot be taken as a table. `message` is a msgid with `params` for a person."""

    def __init__(self, message: str, **params: Any):
        super().__init__(message % params if params else message)
        self.message = message
        self.params = params


@dataclass(frozen=True)
class Sheet:
    """One sheet: rows of cells with the row numbers a person sees in the spreadsheet program (1 is the first).

    `epoch_1904`: how its bare day numbers count, where the sheet comes from another file than the book's others.
    """

    name: str
    rows: list[list[Cell]]
    numbers: list[int]
    epoch_1904: bool | None = None


@dataclass(frozen=True)
class Book:
    """All visible sheets of a file that hold anything. `epoch_1904` says how bare day numbers count."""

    format: str
    sheets: list[Sheet] = field(default_factory=list)
    encoding: str = ""
    epoch_1904: bool = False

    def as_json(self) -> dict[str, Any]:
        """Plain values; a date becomes {"d": "YYYY-MM-DD"}."""
        return {
            "format": self.format,
            "encoding": self.encoding,
            "epoch_1904": self.epoch_1904,
            "sheets": [
                {
                    "name": sheet.name,
                    "numbers": sheet.numbers,
                    "epoch_1904": sheet.epoch_1904,
                    "rows": [
                        [{"d": cell.isoformat()} if isinstance(cell, date) else cell for cell in row]
                        for row in sheet.rows
                    ],
                }
                for sheet in self.sheets
            ],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Book:
        """The other way."""
        sheets = [
            Sheet(
                sheet["name"],
                [
                    [date.fromisoformat(cell["d"]) if isinstance(cell, dict) else cell for cell in row]
                    for row in sheet["rows"]
                ],
                sheet["numbers"],
                sheet.get("epoch_1904"),
            )
            for sheet in data["sheets"]
        ]
        return cls(data["format"], sheets, data["encoding"], data["epoch_1904"])


def read(data: bytes, limit: int = MAX_BYTES, *, formulas: bool = False) -> Book:
    """The table in `data`. Raises Unreadable, and nothing else, whatever the bytes are.

    formulas: give a formula as it is written (`=B2*1.2`) instead of what a spreadsheet program had made of it.
    """
    if not data:
        raise Unreadable(msgid("The file is empty."))
    if len(data) > limit:
        raise Unreadable(msgid("The file is larger than %(mb)s MB. Split it into several files."), mb=limit // 2**20)
    _refuse_known_strangers(data)
    book = _read_workbook(data, formulas) if data.startswith(b"PK\x03\x04") else _read_text(data)
    if not book.sheets:
        raise Unreadable(msgid("There is no filled row in the file."))
    return book


def _refuse_known_strangers(data: bytes) -> None:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            msgid("This is an old .xls file or one locked with a password. Save it as .xlsx without a password.")
        )
    if data.startswith(b"%PDF"):
        raise Unreadable(msgid("This is a PDF. Please choose the spreadsheet itself (.xlsx or .csv)."))
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")):
        raise Unreadable(msgid("This is a picture. Please choose the spreadsheet itself (.xlsx or .csv)."))
    if data.startswith((b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"PK\x05\x06")):
        raise Unreadable(msgid("This is an archive. Unpack it first and choose the spreadsheet in it."))
    if head.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml")):
        raise Unreadable(msgid("This is a web page saved as a table. Open it in Excel or WPS and save it as .xlsx."))


# ── CSV ──────────────────────────────────────────────────────────────────────


def _read_text(data: bytes) -> Book:
    text, encoding = decode(data)
    if "\0" in text:
        raise Unreadable(
            msgid("Line %(line)s holds a NUL character: this is not a table of text."),
            line=text.count("\n", 0, text.index("\0")) + 1,
        )
    rows, numbers = [], []
    for number, row in enumerate(_records(text, delimiter(text)), 1):
        kept = _trimmed([cell if cell.strip() else None for cell in row], number)
        if kept:
            rows.append(kept)
            numbers.append(number)
            _check_rows(len(rows))
    return Book("csv", [Sheet("", rows, numbers)] if rows else [], encoding)


def decode(data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding. Raises Unreadable with line and byte of what does not belong."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return strictly(data[len(mark) :], encoding, len(mark))
    if wide := looks_utf16(data):
        return strictly(data, wide)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return strictly(data, "gb18030")


def strictly(data: bytes, encoding: str, offset: int = 0) -> tuple[str, str]:
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        newline = "\n".encode(encoding)
        line = data[: error.start].count(newline) + 1
        name = {"gb18030": "UTF-8 / GB18030"}.get(encoding, encoding.upper())
        raise Unreadable(
            msgid("Line %(line)s cannot be read as %(encoding)s text (byte %(byte)s). Save the file as UTF-8 CSV."),
            line=line,
            encoding=name,
            byte=error.start + offset + 1,
        ) from None


def looks_utf16(data: bytes) -> str | None:
    """UTF-16 without a mark shows zero bytes at one parity: separators, digits and line ends are ASCII."""
    sample = data[:20_000]
    if len(data) % 2 or not sample:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    enough = max(2, len(sample) // 40)
    if odd >= enough and odd > 4 * even:
        return "utf-16-le"
    if even >= enough and even > 4 * odd:
        return "utf-16-be"
    return None


def delimiter(text: str) -> str:
    """Comma, tab or semicolon: the one that cuts the first lines into the most columns, evenly."""
    best, best_score = ",", 0.0
    for candidate in ",\t;":
        widths = []
        try:
            for row in csv.reader(io.StringIO(text[:64_000], newline=""), delimiter=candidate):
                if any(cell.strip() for cell in row):
                    widths.append(len(row))
                if len(widths) == 30:
                    break
        except csv.Error:
            pass
        if not widths or max(widths) == 1:
            continue
        common = max(set(widths), key=lambda width: (widths.count(width), width))
        score = common * (widths.count(common) / len(widths)) ** 2 if common > 1 else 0.0
        if score > best_score:
            best, best_score = candidate, score
    return best


def _records(text: str, separator: str):
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        begun = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Unreadable(
                msgid("A quotation mark that opens in line %(line)s is not closed properly."), line=begun
            ) from None
        yield row


# ── XLSX ─────────────────────────────────────────────────────────────────────


def _read_workbook(data: bytes, formulas: bool) -> Book:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        names = set(archive.namelist())
    except Exception:
        raise Unreadable(msgid("The workbook is damaged and cannot be opened.")) from None
    if "xl/workbook.bin" in names:
        raise Unreadable(msgid("This is a binary workbook (.xlsb). Save it as .xlsx."))
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Unreadable(msgid("This is an archive. Unpack it first and choose the spreadsheet in it."))
    _refuse_bombs(archive)
    try:
        return _sheets_of(data, formulas)
    except Unreadable:
        raise
    except Exception:
        # openpyxl meets a broken file with whatever its depths happen to raise; to a person all of it is one thing.
        raise Unreadable(msgid("The workbook is damaged and cannot be opened.")) from None


def _refuse_bombs(archive: zipfile.ZipFile) -> None:
    """Limits on what is declared (zipfile never yields more than that), and no document type declarations."""
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Unreadable(TOO_MUCH)
    for part in parts:
        if part.filename.endswith((".xml", ".rels", ".vml")):
            _refuse_entities(archive, part)


def _refuse_entities(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    tail = b""
    try:
        with archive.open(part) as file:
            while block := file.read(1 << 20):
                seen = tail + block
                if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen or seen.startswith((b"\xff\xfe", b"\xfe\xff")):
                    raise Unreadable(msgid("The workbook holds instructions that no spreadsheet program writes."))
                tail = seen[-16:]
    except Unreadable:
        raise
    except Exception:
        raise Unreadable(msgid("The workbook is damaged and cannot be opened.")) from None


def _sheets_of(data: bytes, formulas: bool) -> Book:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=not formulas, keep_links=False)
        try:
            sheets = []
            taken = _Taken()
            for sheet in book.worksheets[:MAX_SHEETS]:
                if sheet.sheet_state != "visible":
                    continue
                made = _sheet(sheet, taken)
                if made.rows:
                    sheets.append(made)
            return Book("xlsx", sheets, "", book.epoch == CALENDAR_MAC_1904)
        finally:
            book.close()


@dataclass
class _Taken:
    """What was taken of a workbook so far."""

    rows: int = 0
    cells: int = 0
    characters: int = 0

    def add(self, row: list[Cell]) -> None:
        self.rows += 1
        self.cells += len(row)
        self.characters += sum(len(cell) for cell in row if isinstance(cell, str))
        _check_rows(self.rows)
        if self.cells > MAX_CELLS or self.characters > MAX_TEXT:
            raise Unreadable(TOO_MUCH)


def _sheet(sheet: Any, taken: _Taken) -> Sheet:
    # Some programs declare all 16,384 columns as the sheet's size; openpyxl would fill every row up to them.
    sheet.reset_dimensions()
    rows: list[list[Cell]] = []
    numbers = []
    for number, row in enumerate(sheet.iter_rows(max_row=EXCEL_LAST_ROW, values_only=True), 1):
        if number > EXCEL_LAST_ROW:
            break
        if not row:
            continue
        kept = _trimmed([_plain(cell) for cell in row], number)
        if kept:
            rows.append(kept)
            numbers.append(number)
            taken.add(kept)
    return Sheet(str(sheet.title), rows, numbers)


def _plain(cell: Any) -> Cell:
    """A cell as text, number, truth or civil date; blank text is nothing."""
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, int):
        # Beyond 64 bits no digit is to be trusted anyway, and the number has to be kept as JSON.
        return cell if abs(cell) < 2**63 else float(cell)
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return str(cell)
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell
    if isinstance(cell, date):
        return cell
    if isinstance(cell, time | timedelta):
        return str(cell)
    text = str(cell)
    return text if text.strip() else None


def _trimmed(row: list[Cell], number: int) -> list[Cell]:
    """Without empty cells at the end; refuses what is too wide or too long."""
    while row and row[-1] is None:
        row.pop()
    if len(row) > MAX_COLUMNS:
        raise Unreadable(
            msgid("Row %(row)s has more than %(columns)s columns. Keep only what should be imported."),
            row=number,
            columns=MAX_COLUMNS,
        )
    for cell in row:
        if isinstance(cell, str) and len(cell) > MAX_CELL:
            raise Unreadable(
                msgid("A cell in row %(row)s is longer than %(length)s characters."), row=number, length=MAX_CELL
            )
    return row


def _check_rows(count: int) -> None:
    if count > MAX_ROWS + 1:
        raise Unreadable(msgid("The file has more than %(rows)s rows. Split it into several files."), rows=MAX_ROWS)
