"""One cell → one value of a record, or a reason why not. Pure.

Dates come in many spellings, money in 元 and 万, phones with blanks and +86. A number that a spreadsheet has rounded is
an error and never a value: Excel keeps 15 digits, an ID number has 18.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from portal.customers import idcard
from portal.imports.words import ENUMS, IN_FORCE, NO, NOTHING, SELF, UNKNOWN, YES, plain
from portal.spreadsheets import Cell
from portal.translations import msgid

ROUNDED = msgid("A spreadsheet has rounded this number. Format the column as text and enter the number again.")
A_DATE = msgid("The spreadsheet has turned this into a date. Format the column as text and enter it again.")
FORMULA_ERROR = msgid("This cell shows a formula error.")
NOT_TEXT = msgid("This holds characters that cannot be stored.")
NOT_A_DATE = msgid("This is not a date. Write it like 2024-03-05.")
SHORT_YEAR = msgid("Write the year with four digits.")
ONLY_YEAR = msgid("The day and month are missing.")
TWO_READINGS = msgid("Day and month could be exchanged. Write the date like 2024-03-05.")
OUT_OF_RANGE = msgid("The year must lie between 1900 and 2100.")
NOT_MONEY = msgid("This is not an amount of money.")
NEGATIVE = msgid("An amount cannot be negative.")
NOT_KNOWN = msgid("This word is not known here.")
NOT_YES_NO = msgid("Write yes or no.")
TWO_NUMBERS = msgid("There are two numbers in this cell. Keep one.")
NOT_A_NUMBER = msgid("This is not a whole number.")
NOT_A_CLASS = msgid("An occupation class is a number from 1 to 6.")
NOT_A_BIRTHDAY = msgid('This is not a birthday. Write it like 8-15, with "lunar" before a lunar one.')

ERROR_VALUES = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"})
SCIENTIFIC = re.compile(r"^[+-]?\d+(\.\d+)?[eE][+-]?\d+$")
# Excel computes with 15 significant digits; what is longer has already lost its tail.
EXACT = 10**15


# 无 is an answer where one says yes or no, and may mean something in a text.
WITHOUT_NO = UNKNOWN - {"无", "没有"}
BLANKS = {"text": NOTHING, "longtext": NOTHING, "bool": WITHOUT_NO, "enum": WITHOUT_NO, "set": WITHOUT_NO}


class BadCell(ValueError):
    """The cell cannot be taken. The argument is a msgid."""

    @property
    def message(self) -> str:
        return str(self.args[0])


def convert(kind: str, field: str, cell: Cell, *, heading: str = "", unit: int = 1, epoch_1904: bool = False) -> Any:
    """The value of a cell for a column of type `kind`, None for a cell that says nothing. Raises BadCell.

    `unit` is 10000 for a money column in 万; `heading` may say 农历; `epoch_1904` is the workbook's day count.
    """
    text = _text(cell)
    if text is None or plain(text) in BLANKS.get(kind, UNKNOWN):
        return None
    if kind in {"date", "expiry", "id_expiry"}:
        return _dated(kind, cell, text, epoch_1904)
    if kind == "birthday":
        return birthday(cell, text, lunar="农历" in heading or "阴历" in heading or "lunar" in heading.lower())
    if kind == "enum":
        return enum(field, text)
    if kind == "set":
        return tags(field, text)
    if kind == "money":
        return money(cell, text, unit)
    value = SIMPLE[kind](cell, text)
    return closed_up(str(value)) if field in {"name", "insured_name"} and kind == "text" else value


PADDED = re.compile(r"(?<=[㐀-鿿])[ \u3000]+(?=[㐀-鿿])")


def closed_up(name: str) -> str:
    """A short Chinese name without the blanks that lists set between its characters; longer ones keep theirs."""
    closed = PADDED.sub("", name)
    return closed if len(closed) <= 4 else name


def _text(cell: Cell) -> str | None:
    """The cell as somebody would read it; None where nothing stands."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, date):
        return cell.isoformat()
    text = str(cell).strip().strip("\u200b\ufeff\u00a0\u3000").strip()
    if text.upper() in ERROR_VALUES:
        raise BadCell(FORMULA_ERROR)
    if any(unicodedata.category(mark) == "Cs" or (mark < " " and mark not in "\t\r\n") for mark in text):
        raise BadCell(NOT_TEXT)
    return text or None


# ── numbers that are names ───────────────────────────────────────────────────


def exact(cell: Cell, text: str) -> str:
    """The digits of an ID, phone or policy number, refused where a spreadsheet has touched them."""
    if isinstance(cell, date):
        raise BadCell(A_DATE)
    if isinstance(cell, float) or (isinstance(cell, int) and abs(cell) >= EXACT):
        raise BadCell(ROUNDED)
    folded = unicodedata.normalize("NFKC", text).lstrip("'‘’`").strip()
    if SCIENTIFIC.match(folded):
        raise BadCell(ROUNDED)
    # "13800000005.0": a number that went through a program which writes all numbers as decimals.
    return re.sub(r"^(\d+)\.0+$", r"\1", folded)


def id_number(cell: Cell, text: str) -> str:
    number = re.sub(r"\s+", "", exact(cell, text)).upper()
    if re.fullmatch(r"\d{15}000", number) and idcard.check_digit(number[:17]) != number[17]:
        raise BadCell(ROUNDED)
    return number


def phone(cell: Cell, text: str) -> str:
    """Digits without blanks and dashes; a mainland mobile without its +86."""
    number = exact(cell, text)
    if len(re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", number)) > 1:
        raise BadCell(TWO_NUMBERS)
    bare = re.sub(r"[\s\-–—.()·]+", "", number)
    mobile = re.fullmatch(r"(?:\+?86|0086)?(1[3-9]\d{9})", bare)
    if mobile:
        return mobile[1]
    return number if re.search(r"[-转ext]", number) and not number.startswith("+") else bare


def policy_number(cell: Cell, text: str) -> str:
    return re.sub(r"\s+", "", exact(cell, text))


def plate(cell: Cell, text: str) -> str:
    return re.sub(r"[\s·.\-]+", "", exact(cell, text)).upper()


def key(cell: Cell, text: str) -> str:
    return exact(cell, text)


# ── dates ────────────────────────────────────────────────────────────────────

SEPARATED = re.compile(r"^(\d{4})\s*[-/.年\\]\s*(\d{1,2})\s*[-/.月\\]\s*(\d{1,2})\s*[日号]?(?:[T\s].*)?$")
LAST = re.compile(r"^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})(?:\s.*)?$")
SHORT = re.compile(r"^\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*[日号]?$")
YEAR_MONTH = re.compile(r"^\d{4}(\s*[-/.年]\s*\d{1,2}\s*月?|年)?$")
ENGLISH = ("%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y")
DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")


def day(cell: Cell, text: str, epoch_1904: bool = False) -> str:
    """`YYYY-MM-DD` from a date cell, a day number or one of the usual spellings. Raises BadCell."""
    if isinstance(cell, date):
        return _in_range(cell)
    folded = unicodedata.normalize("NFKC", text).strip()
    number = _number(folded)
    if number is not None:
        return _from_number(number, epoch_1904)
    if re.search(r"[〇零○一二三四五六七八九十]", folded):
        folded = _from_han(folded)
    if found := SEPARATED.match(folded):
        return _civil(int(found[1]), int(found[2]), int(found[3]))
    if found := LAST.match(folded):
        return _day_or_month_first(int(found[1]), int(found[2]), int(found[3]))
    if SHORT.match(folded):
        raise BadCell(SHORT_YEAR)
    if YEAR_MONTH.match(folded):
        raise BadCell(ONLY_YEAR)
    return _english(folded)


def _number(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def _from_number(number: Decimal, epoch_1904: bool) -> str:
    whole = int(number)
    if number == whole and 10_000_000 <= whole <= 99_999_999:
        return _civil(whole // 10_000, whole // 100 % 100, whole % 100)
    if 1900 <= whole <= 2100 or (number == whole and 190_000 <= whole <= 210_012):
        raise BadCell(ONLY_YEAR)
    if not 367 <= whole <= 80_000:
        raise BadCell(NOT_A_DATE)
    return _in_range((date(1904, 1, 1) if epoch_1904 else date(1899, 12, 30)) + timedelta(days=whole))


def _civil(year: int, month: int, day_: int) -> str:
    try:
        return _in_range(date(year, month, day_))
    except ValueError as error:
        raise (error if isinstance(error, BadCell) else BadCell(NOT_A_DATE)) from None


def _in_range(value: date) -> str:
    if not 1900 <= value.year <= 2100:
        raise BadCell(OUT_OF_RANGE)
    return value.isoformat()[:10]


def _day_or_month_first(first: int, second: int, year: int) -> str:
    if first > 12 or first == second:
        return _civil(year, second, first)
    if second > 12:
        return _civil(year, first, second)
    raise BadCell(TWO_READINGS)


def _english(text: str) -> str:
    for form in ENGLISH:
        try:
            return _in_range(datetime.strptime(text, form).date())
        except ValueError as error:
            if isinstance(error, BadCell):
                raise
    raise BadCell(NOT_A_DATE)


def _from_han(text: str) -> str:
    """二〇二四年三月十五日 → 2024年3月15日."""
    parts = re.split(r"([年月日号])", text)
    return "".join(part if part in "年月日号" else _han(part) for part in parts)


def _han(text: str) -> str:
    text = text.strip()
    found = re.fullmatch(r"(廿|卅|[一二三]?十)?([一二三四五六七八九])?", text)
    if found and text:
        tens = {"": 0, "廿": 2, "卅": 3, "十": 1, "一十": 1, "二十": 2, "三十": 3}[found[1] or ""]
        return str(tens * 10 + (int(found[2].translate(DIGITS)) if found[2] else 0))
    return text.translate(DIGITS)


def _dated(kind: str, cell: Cell, text: str, epoch_1904: bool) -> Any:
    words = plain(text)
    if kind == "id_expiry" and words in {"长期", "永久", "长期有效", "long", "long-term", "permanent"}:
        return "long"
    if kind == "expiry" and words in {"终身", "终生", "长期", "whole", "wholelife", "lifetime"}:
        return None
    if kind == "date" and is_lunar(text):
        return birthday(cell, text, lunar=True)
    return day(cell, text, epoch_1904)


# ── birthdays as people celebrate them ───────────────────────────────────────

LUNAR_MONTHS = {"正": 1, "冬": 11, "腊": 12, "元": 1}


def is_lunar(text: str) -> bool:
    """True where the text itself says that it counts by the moon."""
    return bool(re.search(r"农历|阴历|旧历|lunar|[正冬腊闰].*月|初[一二三四五六七八九十]|廿", text, re.IGNORECASE))


def birthday(cell: Cell, text: str, lunar: bool = False) -> dict[str, Any]:
    """{"calendar", "year" or None, "month", "day", "leap"}. Raises BadCell."""
    if isinstance(cell, date):
        return {
            "calendar": "lunar" if lunar else "solar",
            "year": cell.year,
            "month": cell.month,
            "day": cell.day,
            "leap": False,
        }
    lunar = (lunar or is_lunar(text)) and not re.search(r"公历|阳历|新历|solar", text, re.IGNORECASE)
    bare = unicodedata.normalize("NFKC", text)
    bare = re.sub(r"农历|阴历|旧历|公历|阳历|新历|生日|lunar|solar|[\s:,，、]", "", bare, flags=re.IGNORECASE)
    found = re.fullmatch(
        r"(?:(\d{4}|[〇零○一二三四五六七八九]{4})[年\-/.])?(闰)?([\d正冬腊元一二三四五六七八九十]{1,3})[月\-/.]"
        r"(初?[\d一二三四五六七八九十廿卅]{1,3})[日号]?",
        bare,
    )
    if not found:
        raise BadCell(NOT_A_BIRTHDAY)
    try:
        year = int(found[1].translate(DIGITS)) if found[1] else None
        month = LUNAR_MONTHS.get(found[3]) or int(_han(found[3]))
        day_ = int(_han(found[4].removeprefix("初")))
    except ValueError:
        raise BadCell(NOT_A_BIRTHDAY) from None
    if not (1 <= month <= 12 and 1 <= day_ <= (30 if lunar else 31)) or (year and not 1900 <= year <= 2100):
        raise BadCell(NOT_A_BIRTHDAY)
    return {
        "calendar": "lunar" if lunar else "solar",
        "year": year,
        "month": month,
        "day": day_,
        "leap": bool(found[2]) and lunar,
    }


# ── money and plain numbers ──────────────────────────────────────────────────


def money(cell: Cell, text: str, unit: int = 1) -> int:
    """Integer fen. A unit in the cell (50万) counts more than the one of the heading."""
    if isinstance(cell, date | bool):
        raise BadCell(NOT_MONEY)
    folded = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    found = re.fullmatch(
        r"(?:人民币|rmb|cny|[¥￥])?([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(亿|万|千)?(?:元|圆|块)?整?", folded.lower()
    )
    if not found:
        raise BadCell(NOT_MONEY)
    try:
        amount = Decimal(found[1])
    except InvalidOperation:
        raise BadCell(NOT_MONEY) from None
    if amount < 0:
        raise BadCell(NEGATIVE)
    own = {"亿": 100_000_000, "万": 10_000, "千": 1_000}.get(found[2] or "", 0)
    if amount.adjusted() > 15:
        raise BadCell(NOT_MONEY)
    said_yuan = not own and folded.endswith(("元", "圆", "块", "整"))
    fen = amount * (own or (1 if said_yuan else unit)) * 100
    return int(fen.to_integral_value(ROUND_HALF_UP))


def years(cell: Cell, text: str) -> int:
    folded = plain(text)
    if folded in {"趸交", "趸缴", "一次性", "一次交清"}:
        return 1
    found = re.fullmatch(r"(\d{1,3})(?:\.0)?(?:年|年交|年缴|年期|years?|y)?", folded)
    if not found:
        raise BadCell(NOT_A_NUMBER)
    return int(found[1])


def occupation_class(cell: Cell, text: str) -> int:
    folded = plain(text).strip("第")
    found = re.fullmatch(r"([1-6一二三四五六])(?:类|级)?", folded.removesuffix(".0"))
    if not found:
        raise BadCell(NOT_A_CLASS)
    return int(found[1].translate(DIGITS))


# ── words ────────────────────────────────────────────────────────────────────


def enum(field: str, text: str) -> str | None:
    """The code for a word. `self` for 本人 in a column of relations; None for "in force" as reason of termination."""
    word = plain(text)
    table = ENUMS[field]
    if field == "relation" and word in SELF:
        return "self"
    if field == "termination" and word in IN_FORCE:
        return None
    if word in table:
        return table[word]
    if field == "pay_mode":
        return _pay_mode(word)
    bare = re.sub(r"^(客户|的)|(客户|人员)$", "", word)
    if bare in table:
        return table[bare]
    if word in UNKNOWN:
        return None
    raise BadCell(NOT_KNOWN)


def _pay_mode(word: str) -> str:
    """20年交, 年交20年, 10年期交."""
    bare = re.sub(r"\d+(年期|年)?", "", word)
    if re.fullmatch(r"\d+年(期)?(交|缴)?", word) or bare in {"年交", "年缴"}:
        return "year"
    if bare in ENUMS["pay_mode"]:
        return ENUMS["pay_mode"][bare]
    raise BadCell(NOT_KNOWN)


def tags(field: str, text: str) -> list[str] | None:
    """The codes of a list of words, in the order they stand, each once."""
    table = ENUMS.get(field)
    found = []
    for part in re.split(r"[、,，;；/|\n]+|\s{1,}", text.strip()):
        if not plain(part):
            continue
        if table is not None and plain(part) not in table:
            raise BadCell(NOT_KNOWN)
        found.append(table[plain(part)] if table else part.strip())
    return list(dict.fromkeys(found)) or None


def yes_no(cell: Cell, text: str) -> bool:
    word = plain(text)
    if word in YES:
        return True
    if word in NO:
        return False
    raise BadCell(NOT_YES_NO)


def long_text(cell: Cell, text: str) -> str:
    text = _unguarded(text)
    return re.sub(r"_x000D_|\r\n?", "\n", text).replace("\n\n", "\n") if "\r" in text or "_x000D_" in text else text


def one_line(cell: Cell, text: str) -> str:
    return re.sub(r"\s+", " ", _unguarded(text).replace("_x000D_", " ")).strip()


def _unguarded(text: str) -> str:
    """Without the mark that keeps a text from being run as a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in {"=", "+", "-", "@", "＝", "＋", "－", "＠"} else text


def as_written(cell: Cell, text: str) -> str:
    return text


SIMPLE = {
    "id_number": id_number,
    "phone": phone,
    "policy_number": policy_number,
    "plate": plate,
    "key": key,
    "years": years,
    "class": occupation_class,
    "bool": yes_no,
    "text": one_line,
    "longtext": long_text,
    "policy_kind": as_written,
}
