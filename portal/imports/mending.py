"""What was put right while a cell was read, in words: so that nobody wonders why the book says it otherwise. Pure."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from portal.spreadsheets import Cell
from portal.translations import msgid

SIGNS = msgid("Blanks and signs were taken out of the number.")
OTHER_SPELLING = msgid("The date was written in another way.")
DAY_NUMBER = msgid("The date was kept as a day number.")
LUNAR = msgid("A lunar date was kept as the birthday that is celebrated.")
AMOUNT = msgid("The amount was written with a unit or signs.")
ONE_LINE = msgid("Line breaks and blanks inside the text were taken out.")

NUMBERS = frozenset({"id_number", "phone", "policy_number", "plate"})
USUAL = re.compile(r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T].*)?$")
PLAIN_AMOUNT = re.compile(r"^\d+(\.\d+)?$")


def mended(kind: str, cell: Cell, value: Any) -> str:
    """Why the value looks otherwise than the cell; "" where it says the same. `kind` is the type of the column."""
    if isinstance(cell, date | bool) or cell is None:
        return ""
    text = str(cell).strip()
    if kind in NUMBERS:
        return SIGNS if value != text else ""
    if kind in {"date", "expiry", "id_expiry", "birthday"}:
        return _of_date(kind, text, value)
    if kind == "money":
        return "" if PLAIN_AMOUNT.match(text) else AMOUNT
    return ONE_LINE if kind == "text" and value != text else ""


def _of_date(kind: str, text: str, value: Any) -> str:
    if isinstance(value, dict):
        return LUNAR if value["calendar"] == "lunar" else ""
    if kind == "birthday" or value == "long" or USUAL.match(text):
        return ""
    return DAY_NUMBER if re.fullmatch(r"\d{3,5}(\.\d+)?", text) else OTHER_SPELLING


def value_text(value: Any) -> str:
    """A value as the report shows it."""
    if isinstance(value, dict):
        year = f"{value['year']}-" if value.get("year") else ""
        return f"{year}{value['month']}-{value['day']}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value / 100:,.2f}" if value >= 0 else str(value)
    return str(value)[:60]
