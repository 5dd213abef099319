"""Tables → bytes of a workbook or of CSV that no spreadsheet program runs as formulas. Pure.

What begins like a formula stays text: in CSV with a quotation mark in front (readers of ours take it off again), in a
workbook as a text cell that says so itself (`quotePrefix`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What spreadsheet programs take for the beginning of a formula, in both widths.
STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: The longest text that a cell of a workbook holds.
LONGEST = 32_767

Value = str | int | Decimal | date | None


@dataclass(frozen=True)
class Table:
    """A sheet to be written: its name, headings and rows; `widths` in characters."""

    name: str
    head: Sequence[str]
    rows: Iterable[Sequence[Value]]
    widths: Sequence[int] = ()


def harmless(text: str) -> str:
    """Text for a cell of CSV. A mark in front makes what begins like a formula a text."""
    return "'" + text if text.startswith(STARTERS) else text


def csv_bytes(rows: Iterable[Sequence[Value]]) -> bytes:
    """CSV as Excel opens it: UTF-8 with a byte order mark, CRLF. Dates as YYYY-MM-DD."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerows([_text(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def xlsx_bytes(tables: Iterable[Table]) -> bytes:
    """A workbook with a sheet for each table: headings in bold and in sight, dates as dates, amounts as numbers."""
    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(_title(table.name, book.sheetnames))
        sheet.freeze_panes = "A2"
        for place, width in enumerate(table.widths, 1):
            sheet.column_dimensions[get_column_letter(place)].width = width
        sheet.append([_heading(sheet, text) for text in table.head])
        for row in table.rows:
            sheet.append(list(_cells(sheet, row)))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _title(name: str, taken: list[str]) -> str:
    """A name that workbooks allow: 31 characters, none of []:*?/\\, each once."""
    bare = "".join("_" if mark in "[]:*?/\\" else mark for mark in name)[:28] or "Sheet"
    return bare if bare not in taken else f"{bare}{len(taken) + 1}"


def _heading(sheet: Any, text: str) -> Any:
    cell = _text_cell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _cells(sheet: Any, row: Sequence[Value]) -> Iterator[Any]:
    for value in row:
        if isinstance(value, str):
            # Plain texts go as they are: a cell object for each would double the time.
            yield _text_cell(sheet, value) if value.startswith(STARTERS) or _is_odd(value) else value
        else:
            yield value


def _is_odd(text: str) -> bool:
    """Too long, with marks that no workbook holds, or #N/A and its kin, which would become faults."""
    return len(text) > LONGEST or text.startswith("#") or ILLEGAL_CHARACTERS_RE.search(text) is not None


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text)[:LONGEST])
    cell.data_type = "s"
    if text.startswith(STARTERS):
        cell.quotePrefix = True
    return cell
