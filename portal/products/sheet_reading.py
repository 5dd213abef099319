"""Sheets → a product: every mistake with its sheet, row, column and reason, and nothing at all unless all is right. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from portal.products.sheet_fields import (
    ABSENT,
    FIRST,
    FORM_SHEETS,
    PRODUCT,
    SEXES,
    SHEETS,
    WHOLE,
    YEARS,
    Field,
)
from portal.products.sheets import sheets_with
from portal.spreadsheets import Book, Cell, Sheet
from portal.translations import msgid

Rows = list[list[Cell]]
#: A line of a sheet: the row's number, and the values by column.
Line = tuple[int, dict[str, Any]]

MOST_FAULTS = 500
MOST_YEARS = 106
#: In fen; the pure functions know no higher amount.
MOST_FEN = 100_000_000_000

FORMULA = msgid("This cell holds a formula. Copy the column and paste its values.")
MISSING = msgid("This is required.")
NOT_KNOWN = msgid("This word is not known here. Possible: %(options)s.")
NOT_A_NUMBER = msgid("This is not a whole number.")
TOO_LARGE = msgid("This number is too large: at most %(most)s.")
NOT_YUAN = msgid("This is not an amount in yuan with at most two decimals.")
NOT_A_SHARE = msgid("This is not a factor with at most four decimals, like 0.52.")
NOT_YES_NO = msgid("Write yes or no.")
NOT_A_CODE = msgid("This is not a code that can stand here.")
NOT_PAIRS = msgid("Write each class with its factor, like 1:1 4:2.2.")
TOO_LONG = msgid("This is longer than %(most)s characters.")
A_DATE = msgid("The spreadsheet has turned this into a date. Format the column as text and enter it again.")
NO_FIRST_SHEET = msgid("The sheet “product” is missing, and no product was chosen to begin from.")
STRANGE_SHEET = msgid("This sheet is not known here. Possible: %(options)s.")
TWICE = msgid("This stands here twice: row %(row)s says it already.")
NO_COLUMN = msgid("The column “%(column)s” is missing.")
STRANGE_COLUMN = msgid("This column is not known here.")
STRANGE_FIELD = msgid("This field is not known here.")
NEEDED_SHEET = msgid("The sheet “%(sheet)s” is needed for this form of price, and says nothing.")
GAP_IN_YEARS = msgid("A year is left out before this one.")
TOO_MANY = msgid("There are more mistakes; put these right first.")


@dataclass(frozen=True)
class Fault:
    """A mistake where a person finds it. row 0: the sheet as a whole."""

    sheet: str
    row: int
    column: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)
    value: str = ""


@dataclass
class Read:
    """What came out of the sheets. `body` names no tables yet; `places` says where each field of the body was read."""

    code: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, Any] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    lists: dict[str, list[Line]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


class Wrong(ValueError):
    """A cell cannot be taken: msgid, and its parameters."""

    def __init__(self, message: str, **params: Any):
        super().__init__(message)
        self.message, self.params = message, params


def read_product(books: Iterable[Book], base: Mapping[str, Rows] | None = None) -> Read:
    """The product in these files. `base`: sheets of the version to begin from; a sheet in the files replaces its own."""
    read = Read()
    given = _sheets(books, read)
    if base is not None:
        for name, rows in base.items():
            given.setdefault(name, Sheet(name, rows, list(range(1, len(rows) + 1))))
    if "product" not in given:
        read.faults.insert(0, Fault("product", 0, "", NO_FIRST_SHEET))
        return read
    _first(given["product"], read)
    lists = {name: _list(name, given[name], read) for name in SHEETS if name in given}
    _unique(lists, read)
    if not read.faults:
        _put_together(read, lists)
    if len(read.faults) > MOST_FAULTS:
        read.faults[MOST_FAULTS:] = [Fault("", 0, "", TOO_MANY)]
    return read


def _sheets(books: Iterable[Book], read: Read) -> dict[str, Sheet]:
    """The sheets by name. One of a CSV file has the file's name, or is known by its columns."""
    found: dict[str, Sheet] = {}
    options = ", ".join(["product", *SHEETS])
    for book in books:
        for sheet in book.sheets:
            name = _named(sheet)
            if name is None:
                read.faults.append(Fault(sheet.name, 0, "", STRANGE_SHEET, {"options": options}))
            elif name in found:
                read.faults.append(Fault(name, 0, "", TWICE, {"row": 1}))
            else:
                found[name] = sheet
    return found


def _named(sheet: Sheet) -> str | None:
    word = re.sub(r"\.(csv|tsv|txt)$", "", unicodedata.normalize("NFKC", sheet.name).strip().lower())
    for name in ("product", *SHEETS):
        if word == name or re.search(rf"(^|[-_ .]){name}$", word):
            return name
    heads = {_head(cell) for cell in sheet.rows[0]}
    if set(FIRST) <= heads:
        return "product"
    fits = [name for name, fields in SHEETS.items() if {each.name for each in fields if each.required} <= heads]
    # Cash values and reserves have the same columns: only a name tells them apart.
    fits = [name for name in fits if name != "reserves" and heads - {None} <= _known(name, heads)]
    return max(fits, key=lambda name: len(SHEETS[name]), default=None)


def _known(name: str, heads: set[str]) -> set[str]:
    more = {head for head in heads if _is_more(name, head)}
    return {each.name for each in SHEETS[name]} | more


def _is_more(name: str, head: str) -> bool:
    """Columns that come after the fixed ones: years of cash values, benefits of a plan."""
    if name in ("values", "reserves"):
        return re.fullmatch(YEARS, head) is not None
    return name == "plans" and bool(re.fullmatch(r"[A-Za-z0-9._-]+", head))


def _head(cell: Cell) -> str:
    """The name of a column: 年龄 (age) → age."""
    text = unicodedata.normalize("NFKC", "" if cell is None else str(cell)).strip()
    found = re.search(r"\(([^()]+)\)$", text)
    return (found[1] if found else text).strip().lower() if not re.fullmatch(r"[A-Za-z0-9._-]+", text) else text


# The first sheet


def _first(sheet: Sheet, read: Read) -> None:
    fields = {each.name: each for each in PRODUCT}
    seen: dict[str, int] = {}
    start = 1 if sheet.rows and _head(sheet.rows[0][0]) == FIRST[0] else 0
    values: dict[str, Any] = {}
    for number, row in list(zip(sheet.numbers, sheet.rows, strict=True))[start:]:
        name = _head(row[0]) if row else ""
        if name not in fields:
            if name:
                read.faults.append(Fault("product", number, "field", STRANGE_FIELD, value=name[:60]))
            continue
        if name in seen:
            read.faults.append(Fault("product", number, name, TWICE, {"row": seen[name]}))
            continue
        seen[name] = number
        read.places[name] = ("product", number)
        values[name] = _value(fields[name], row[1] if len(row) > 1 else None, "product", number, read)
    for each in PRODUCT:
        if each.required and each.name not in seen:
            read.faults.append(Fault("product", 0, each.name, MISSING))
    read.code = values.get("code") or ""
    for each in PRODUCT:
        if each.name != "code":
            _set(read.body, each, values.get(each.name))
    for path in WHOLE:
        _empty_to_none(read.body, path.split("."))


def _set(body: dict[str, Any], each: Field, value: Any) -> None:
    if value is None:
        if any(each.name == name or (name.endswith(".") and each.name.startswith(name)) for name in ABSENT):
            return
        value = [] if each.kind in ("codes", "ints") else False if each.kind == "yes_no" else None
    *above, last = each.steps
    for step in above:
        body = body.setdefault(step, {})
    body[last] = value


def _empty_to_none(body: dict[str, Any], steps: list[str]) -> None:
    *above, last = steps
    for step in above:
        body = body[step]
    if not any(value for value in body[last].values()):
        body[last] = None


# The other sheets


def _list(name: str, sheet: Sheet, read: Read) -> list[Line]:
    """The lines of a sheet, values by column; what cannot be taken is a fault."""
    fields = {each.name: each for each in SHEETS[name]}
    heads = [_head(cell) for cell in sheet.rows[0]]
    columns: list[tuple[int, Field]] = []
    for place, head in enumerate(heads):
        if head in heads[:place] and head:
            read.faults.append(Fault(name, sheet.numbers[0], head, TWICE, {"row": sheet.numbers[0]}))
        elif head in fields:
            columns.append((place, fields[head]))
        elif _is_more(name, head):
            columns.append((place, Field(head, "yuan", "")))
        elif head:
            read.faults.append(Fault(name, sheet.numbers[0], head[:60], STRANGE_COLUMN))
    for each in fields.values():
        if each.required and each.name not in heads:
            read.faults.append(Fault(name, sheet.numbers[0], each.name, NO_COLUMN, {"column": each.name}))
    lines = []
    for number, row in list(zip(sheet.numbers, sheet.rows, strict=True))[1:]:
        if len(read.faults) > MOST_FAULTS:
            break
        values = {
            each.name: _value(each, row[place] if place < len(row) else None, name, number, read)
            for place, each in columns
        }
        lines.append((number, values))
    return lines


# Cells


def _value(each: Field, cell: Cell, sheet: str, row: int, read: Read) -> Any:
    """The value of a cell; None, and a fault, where it cannot be taken."""
    try:
        text = _text(cell)
        if text is None:
            if each.required:
                raise Wrong(MISSING)
            return None
        return KINDS[each.kind](each, text)
    except Wrong as wrong:
        shown = "" if cell is None else str(cell)[:60]
        read.faults.append(Fault(sheet, row, each.name, wrong.message, wrong.params, shown))
        return None


def _text(cell: Cell) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, date):
        raise Wrong(A_DATE)
    if isinstance(cell, float):
        return f"{cell:.12g}"  # 0.1 + 0.2: what a spreadsheet program shows, not what it carries
    text = str(cell).strip().strip("\u200b\ufeff\u00a0\u3000").strip()
    if text.startswith(("=", "＝")) or re.fullmatch(r"#[A-Z/0!?]+", text):
        raise Wrong(FORMULA)
    if any(mark < " " and mark not in "\t\r\n" for mark in text):
        raise Wrong(NOT_A_CODE)
    return text or None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _decimal(text: str, wrong: str) -> Decimal:
    folded = re.sub(r"[,\s]|^[¥￥]|元$", "", _plain(text))
    try:
        if not re.fullmatch(r"\d{1,15}(\.\d{1,15})?", folded):
            raise Wrong(wrong)
        return Decimal(folded)
    except InvalidOperation:
        raise Wrong(wrong) from None


def _a_text(each: Field, text: str) -> str:
    found = re.sub(r"\s+", " ", text)
    if len(found) > each.most:
        raise Wrong(TOO_LONG, most=each.most)
    return found


def _a_code(each: Field, text: str) -> str:
    folded = _plain(text)
    if not re.fullmatch(each.pattern, folded):
        raise Wrong(NOT_A_CODE)
    return folded


def _a_word(each: Field, text: str) -> str:
    folded = _plain(text).lower()
    folded = SEXES.get(folded, folded) if each.name == "sex" else folded
    for option in each.options:
        if folded == option.lower():
            return option
    raise Wrong(NOT_KNOWN, options=", ".join(each.options))


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[\s,;、/|]+", _plain(text)) if part]


def _codes(each: Field, text: str) -> list[str]:
    found = [_a_code(each, part) for part in _parts(text)]
    if len(set(found)) != len(found):
        raise Wrong(NOT_A_CODE)
    return found


def _an_int(each: Field, text: str) -> int:
    folded = _plain(text).removesuffix(".0")
    if not re.fullmatch(r"\d{1,9}", folded):
        raise Wrong(NOT_A_NUMBER)
    if int(folded) > each.most:
        raise Wrong(TOO_LARGE, most=each.most)
    return int(folded)


def _ints(each: Field, text: str) -> list[int]:
    return sorted({_an_int(each, part) for part in _parts(text)})


def _fen(each: Field, text: str) -> int:
    fen = _decimal(text, NOT_YUAN) * 100
    if fen != fen.to_integral_value():
        raise Wrong(NOT_YUAN)
    if fen > MOST_FEN:
        raise Wrong(TOO_LARGE, most=f"{MOST_FEN // 100:,}")
    return int(fen)


def _share(each: Field, text: str) -> int:
    folded = _plain(text)
    value = _decimal(folded.removesuffix("%"), NOT_A_SHARE) * (100 if folded.endswith("%") else 10_000)
    if value != value.to_integral_value() or value > 1_000_000:
        raise Wrong(NOT_A_SHARE)
    return int(value)


def _pairs(each: Field, text: str) -> dict[str, int]:
    found = {}
    for part in _parts(text):
        name, mark, factor = part.partition(":")
        if not mark or not re.fullmatch(r"[1-6]", name) or name in found:
            raise Wrong(NOT_PAIRS)
        found[name] = _share(each, factor)
    return found


def _yes_no(each: Field, text: str) -> bool:
    word = _plain(text).lower()
    if word in {"yes", "y", "true", "1", "是", "有"}:
        return True
    if word in {"no", "n", "false", "0", "否", "无"}:
        return False
    raise Wrong(NOT_YES_NO)


KINDS = {
    "text": _a_text, "code": _a_code, "word": _a_word, "codes": _codes, "int": _an_int, "ints": _ints, "yuan": _fen,
    "share": _share, "pairs": _pairs, "yes_no": _yes_no,
    "shares": lambda each, text: [_share(each, part) for part in _parts(text)],
}  # fmt: skip


# Putting it together


def _put_together(read: Read, lists: Mapping[str, list[Line]]) -> None:
    """The lists of the body, and the tables, out of lines that are right one by one."""
    body, form = read.body, read.body["price"]["form"]
    body["modes"] = body.get("modes", {})
    needed = [name for name in FORM_SHEETS[form] if name not in ("extras", "factors", "choices")]
    for name in needed:
        if not lists.get(name):
            read.faults.append(Fault(name, 0, "", NEEDED_SHEET, {"sheet": name}))
    if read.faults:
        return
    used = {name: lists.get(name, []) for name in sheets_with(form)}
    read.lists = used
    body["benefits"] = [_benefit(line) for _, line in used["benefits"]]
    body["exclusions"] = [{"zh": line["zh"], "en": line["en"]} for _, line in used["exclusions"]]
    body["notes"] = [{"zh": line["zh"], "en": line["en"]} for _, line in used["notes"]]
    body["limits"]["no_exam"] = [[line.get("up_to_age"), line["yuan"]] for _, line in used["no_exam"]]
    _price(body["price"], used)
    if used.get("rates"):
        read.tables["rates"] = {"v": 1, "cells": _cells(used["rates"], "rates", read)}
    if used.get("values"):
        read.tables["values"] = {"v": 1, "cells": _cells(used["values"], "values", read)}
        if used.get("reserves"):
            read.tables["values"]["reserves"] = _cells(used["reserves"], "reserves", read)


def _unique(lists: Mapping[str, list[Line]], read: Read) -> None:
    """No code, cell or age twice on one sheet."""
    keys = {
        "benefits": ("code",), "extras": ("code",), "plans": ("code",), "factors": ("code",), "items": ("code",),
        "choices": ("item", "code"), "bands": ("up_to_age",), "no_exam": ("up_to_age",),
        "rates": ("term", "pay", "sex", "age"), "values": ("term", "pay", "sex", "age"),
        "reserves": ("term", "pay", "sex", "age"),
    }  # fmt: skip
    for name, columns in keys.items():
        seen: dict[tuple[Any, ...], int] = {}
        for number, line in lists.get(name, []):
            key = tuple(line.get(column) for column in columns)
            if any(line.get(each.name) is None for each in SHEETS[name] if each.required and each.name in columns):
                continue  # that it cannot be read is told already
            if key in seen:
                read.faults.append(Fault(name, number, columns[-1], TWICE, {"row": seen[key]}))
            seen.setdefault(key, number)


def _benefit(line: Mapping[str, Any]) -> dict[str, Any]:
    ages = [line.get("age_from") or 0, line.get("age_to")]
    made = {
        "code": line["code"], "trigger": line["trigger"], "zh": line["zh"], "en": line["en"], "of": line["of"],
        "bp": line.get("share"), "fen": line.get("yuan"), "times": line.get("times"),
        "waiting_days": line.get("waiting_days") or 0,
        "ages": None if line.get("age_from") is None and ages[1] is None else ages,
    }  # fmt: skip
    only = {name: line[name] for name in ("extra", "item") if line.get(name)}
    return {**made, **only}


def _price(price: dict[str, Any], lists: Mapping[str, list[Line]]) -> None:
    match price["form"]:
        case "bands":
            price["bands"] = [[line.get("up_to_age"), line["yuan"]] for _, line in lists["bands"]]
        case "per_sum":
            price["extras"] = [_entry(line, fen=line["yuan"]) for _, line in lists["extras"]]
        case "plans":
            fixed = {each.name for each in SHEETS["plans"]}
            price["plans"] = [
                _entry(
                    line,
                    fen=line["yuan"],
                    sum_fen=line["sum"],
                    benefits={name: fen for name, fen in line.items() if name not in fixed and fen is not None},
                )
                for _, line in lists["plans"]
            ]
        case "items":
            price["factors"] = [
                _entry(line, default=line["default"], bp=line["values"]) for _, line in lists["factors"]
            ]
            price["items"] = [_item(line, lists["choices"]) for _, line in lists["items"]]


def _entry(line: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"code": line["code"], "zh": line["zh"], "en": line["en"], **more}


def _item(line: Mapping[str, Any], choices: list[Line]) -> dict[str, Any]:
    made = _entry(line, required=bool(line.get("required")), factors=line.get("factors") or [])
    match line["sort"]:
        case "choices":
            made["choices"] = [
                _entry(each, fen=each["yuan"], sum_fen=each.get("sum"))
                for _, each in choices
                if each["item"] == line["code"]
            ]
        case "value":
            value = {"per_100000": line.get("per_100000") or 0, "plus_fen": line.get("plus") or 0}
            made["value"] = value | ({"max_fen": line["value_max"]} if line.get("value_max") is not None else {})
        case _:
            made["count"] = {"fen": line.get("each") or 0, "most": line.get("most") or 1, "sum_fen": line.get("sum")}
    return made


def _cells(lines: list[Line], sheet: str, read: Read) -> dict[str, Any]:
    """{"y20|y20": {"m": [first age, [a value or null for each age]]}}."""
    found: dict[str, dict[str, dict[int, Any]]] = {}
    for number, line in lines:
        value = line["yuan"] if sheet == "rates" else _years(number, line, sheet, read)
        key = f"{line.get('term') or ''}|{line['pay']}"
        found.setdefault(key, {}).setdefault(line["sex"], {})[line["age"]] = value
    cells: dict[str, Any] = {}
    for key, sexes in found.items():
        for sex, ages in sexes.items():
            first, last = min(ages), max(ages)
            cells.setdefault(key, {})[sex] = [first, [ages.get(age) for age in range(first, last + 1)]]
    return cells


def _years(number: int, line: Mapping[str, Any], sheet: str, read: Read) -> list[int]:
    """Amounts by policy year, up to the last that is said."""
    named = {int(name[1:]): fen for name, fen in line.items() if re.fullmatch(YEARS, name) and fen is not None}
    last = max(named, default=0)
    gap = next((year for year in range(1, last + 1) if year not in named), None)
    if gap is not None or last > MOST_YEARS:
        read.faults.append(Fault(sheet, number, f"y{gap or last}", GAP_IN_YEARS))
    return [named.get(year, 0) for year in range(1, last + 1)]
