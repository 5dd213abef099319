"""A product as sheets: what an administrator downloads, changes and brings back. Pure.

`sheets_of` and `sheet_reading.read_product` are inverse: what was exported comes back as the same body and tables.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from portal.products.sheet_fields import FIRST, FORM_SHEETS, PRODUCT, SHEETS, Field
from portal.spreadsheets import Cell

Rows = list[list[Cell]]
Translate = Callable[[str], str]

TABLES = ("rates", "values", "reserves")


def sheets_of(code: str, body: Mapping[str, Any], tables: Mapping[str, Any]) -> dict[str, Rows]:
    """Rows by sheet, headings first. `tables`: by SHA-256, as the body names them."""
    price = body["price"]
    rates = tables.get(price.get("rates") or "")
    values = tables.get(body["values"] or "")
    lists: dict[str, Iterable[list[Cell]]] = {
        "benefits": map(_benefit, body["benefits"]),
        "exclusions": ([each["zh"], each["en"]] for each in body["exclusions"]),
        "notes": ([each["zh"], each["en"]] for each in body["notes"]),
        "no_exam": ([age, _yuan(fen)] for age, fen in body["limits"]["no_exam"]),
        "rates": _cells(rates["cells"] if rates else {}, lambda fen: [_yuan(fen)]),
        "values": _cells(values["cells"] if values else {}, lambda fens: list(map(_yuan, fens))),
        "reserves": _cells((values or {}).get("reserves", {}), lambda fens: list(map(_yuan, fens))),
        "bands": ([age, _yuan(fen)] for age, fen in price.get("bands", [])),
        "extras": ([each["code"], each["zh"], each["en"], _yuan(each["fen"])] for each in price.get("extras", [])),
        "plans": _plans(price.get("plans", [])),
        "factors": map(_factor, price.get("factors", [])),
        "items": map(_item, price.get("items", [])),
        "choices": (_choice(item, each) for item in price.get("items", []) for each in item.get("choices", [])),
    }
    made: dict[str, Rows] = {"product": [list(FIRST), *_lines(code, body)]}
    for name in sheets_with(price["form"]):
        rows = list(lists[name])
        made[name] = [_headings(name, rows, price), *rows]
    if body["values"] is None:
        made.pop("values")
    if "reserves" not in (values or {}):
        made.pop("reserves")
    return made


def sheets_with(form: str) -> list[str]:
    """The sheets of a product whose price has this form, besides its first."""
    of_price = {name for names in FORM_SHEETS.values() for name in names} - set(FORM_SHEETS[form])
    return [name for name in SHEETS if name not in of_price]


def _lines(code: str, body: Mapping[str, Any]) -> Rows:
    return [[field.name, code if field.name == "code" else _said(field, at(body, field.steps))] for field in PRODUCT]


def at(body: Any, steps: Iterable[str]) -> Any:
    """What stands in a body under a path; None where there is nothing."""
    for step in steps:
        body = body.get(step) if isinstance(body, Mapping) else None
    return body


def _said(field: Field, value: Any) -> Cell:
    """A value as it is written in a cell."""
    if value is None:
        return None
    match field.kind:
        case "yuan":
            return _yuan(value)
        case "share":
            return _share(value)
        case "yes_no":
            return "yes" if value else "no"
        case "codes" | "ints":
            return " ".join(map(str, value)) or None
        case "shares":
            return " ".join(str(_share(each)) for each in value)
        case "pairs":
            return " ".join(f"{name}:{_share(bp)}" for name, bp in value.items())
        case _:
            return value


def _yuan(fen: int | None) -> Cell:
    return None if fen is None else _number(Decimal(fen) / 100)


def _share(bp: int | None) -> Cell:
    return None if bp is None else _number(Decimal(bp) / 10_000)


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _benefit(each: Mapping[str, Any]) -> list[Cell]:
    youngest, oldest = each["ages"] or (None, None)
    return [
        each["code"], each["trigger"], each["zh"], each["en"], each["of"], _share(each["bp"]), _yuan(each["fen"]),
        each["times"], each["waiting_days"], youngest, oldest, each.get("extra"), each.get("item"),
    ]  # fmt: skip


def _plans(plans: list[Mapping[str, Any]]) -> Iterable[list[Cell]]:
    benefits = list(dict.fromkeys(code for plan in plans for code in plan["benefits"]))
    for plan in plans:
        amounts = [_yuan(plan["benefits"].get(code)) for code in benefits]
        yield [plan["code"], plan["zh"], plan["en"], _yuan(plan["fen"]), _yuan(plan["sum_fen"]), *amounts]


def _factor(each: Mapping[str, Any]) -> list[Cell]:
    values = " ".join(str(_share(bp)) for bp in each["bp"])
    return [each["code"], each["zh"], each["en"], _share(each["default"]), values]


def _item(each: Mapping[str, Any]) -> list[Cell]:
    value, count = each.get("value") or {}, each.get("count") or {}
    sort = "choices" if "choices" in each else "value" if "value" in each else "count"
    return [
        each["code"], each["zh"], each["en"], "yes" if each["required"] else "no", sort, value.get("per_100000"),
        _yuan(value.get("plus_fen")), _yuan(value.get("max_fen")), _yuan(count.get("fen")), count.get("most"),
        _yuan(count.get("sum_fen")), " ".join(each["factors"]) or None,
    ]  # fmt: skip


def _choice(item: Mapping[str, Any], each: Mapping[str, Any]) -> list[Cell]:
    return [item["code"], each["code"], each["zh"], each["en"], _yuan(each["fen"]), _yuan(each["sum_fen"])]


def _cells(cells: Mapping[str, Any], said: Callable[[Any], list[Cell]]) -> Iterable[list[Cell]]:
    """A row for each age of each cell that there is."""
    for key, sexes in cells.items():
        term, _, pay = key.rpartition("|")
        for sex, (first, ages) in sexes.items():
            for age, value in enumerate(ages, first):
                if value is not None:
                    yield [term or None, pay, sex, age, *said(value)]


def _headings(name: str, rows: Rows, price: Mapping[str, Any]) -> list[Cell]:
    heads: list[Cell] = [field.name for field in SHEETS[name]]
    if name in ("values", "reserves"):
        heads += [f"y{year}" for year in range(1, max((len(row) - len(heads) for row in rows), default=0) + 1)]
    if name == "plans":
        heads += list(dict.fromkeys(code for plan in price.get("plans", []) for code in plan["benefits"]))
    return heads


# Files


def workbook(sheets: Mapping[str, Rows], translate: Translate) -> bytes:
    """An .xlsx of the sheets. The first also tells what each line means, and what may stand there."""
    book = Workbook()
    book.remove(book.active)
    explained = {field.name: _explained(field, translate) for field in PRODUCT}
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            more = [explained.get(str(row[0]))] if name == "product" else []
            sheet.append([*row, *more])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
        for column in range(1, min(sheet.max_column, 13) + 1):
            sheet.column_dimensions[get_column_letter(column)].width = 44 if name == "product" else 16
        # What begins like a formula is text: nothing in a product is worked out by a spreadsheet program.
        for line in sheet.iter_rows():
            for cell in line:
                if cell.data_type == "f":
                    cell.data_type = "s"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _explained(field: Field, translate: Translate) -> str:
    options = ", ".join(field.options)
    return f"{translate(field.label)}{' *' if field.required else ''}{f' ({options})' if options else ''}"


def table_csv(rows: Rows) -> bytes:
    """One sheet as CSV, UTF-8 with the mark that Excel wants."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return ("\ufeff" + buffer.getvalue()).encode()


def blank() -> dict[str, Rows]:
    """The sheets of a product that says nothing yet: the file to begin with."""
    lines: Rows = [[field.name, None] for field in PRODUCT]
    made: dict[str, Rows] = {"product": [list(FIRST), *lines]}
    for name, fields in SHEETS.items():
        years: list[Cell] = ["y1", "y2", "y3"] if name in ("values", "reserves") else []
        made[name] = [[*(field.name for field in fields), *years]]
    return made
