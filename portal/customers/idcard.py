"""Resident identity card numbers: 18 characters that say birth date and sex and check themselves (GB 11643-1999)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.blanks import BLANK

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
SHAPE = re.compile(r"[0-9]{17}[0-9X]")
FIRST_YEAR = 1900
# Full-width digits and x; the phone folds exactly these, so that both sides agree on every input.
FULL_WIDTH = {0xFF10 + digit: 0x30 + digit for digit in range(10)} | {ord(x): "X" for x in "ｘＸxХх"}
BLANKS = re.compile(f"[{BLANK}\\-]+")


@dataclass(frozen=True)
class IdCard:
    """What a number says about its bearer."""

    birth_date: date
    gender: str  # male, female


def fold(text: str) -> str:
    """The number as it is compared: no blanks, half width, X in upper case."""
    return BLANKS.sub("", text).translate(FULL_WIDTH)


def read(text: str, today: date) -> IdCard | None:
    """What an 18-character number says, or None when it is not one (shape, checksum, 1900 ≤ birth ≤ today).

    The region is not looked at: regions are renamed and people keep their numbers.
    """
    number = fold(text)
    if not SHAPE.fullmatch(number) or check_digit(number[:17]) != number[17]:
        return None
    try:
        birth_date = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    if birth_date.year < FIRST_YEAR or birth_date > today:
        return None
    return IdCard(birth_date, "male" if int(number[16]) % 2 else "female")


def check_digit(first: str) -> str:
    """The 18th character of a number from its first 17 digits."""
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True)) % 11]


def told(row: Mapping[str, Any], today: date) -> dict[str, str]:
    """What a person's ID-card number says that the row does not: nobody types a birth date twice."""
    if not row.get("id_number") or (row.get("id_type") or "idcard") != "idcard":
        return {}
    card = read(row["id_number"], today)
    if card is None:
        return {}
    said = {"birth_date": card.birth_date.isoformat(), "gender": card.gender}
    return {name: value for name, value in said.items() if not row.get(name)}
