"""Money in fen, to and from what people write. The phone's twin is `static/js/domain/money.js`."""

from __future__ import annotations

import re

from portal.blanks import BLANK

YUAN = 100
WAN = 10_000 * YUAN
YI = 10_000 * WAN
UNITS = {"": YUAN, "元": YUAN, "块": YUAN, "圆": YUAN, "千": 1000 * YUAN, "k": 1000 * YUAN, "K": 1000 * YUAN,
         "万": WAN, "w": WAN, "W": WAN, "亿": YI}  # fmt: skip
AMOUNT = re.compile(
    r"(-?)(?:[¥￥]|RMB|CNY)?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?([千万亿kKwW]?)(?:元|块|圆)?整?"
)
FOLDED = {0xFF10 + digit: 0x30 + digit for digit in range(10)} | {
    ord("，"): ",", ord("．"): ".", ord("－"): "-", ord("−"): "-", ord("Ｗ"): "W", ord("ｗ"): "w"}  # fmt: skip
BLANKS = re.compile(f"[{BLANK}]+")
#: More digits than any amount has; longer input is refused before it is computed with.
MAX_DIGITS = 15


def parse(text: str) -> int | None:
    """Fen from 12万, 1,234.50, ¥3000元, 1.5亿; None for what is no amount or has parts of a fen."""
    found = AMOUNT.fullmatch(BLANKS.sub("", text).translate(FOLDED))
    if not found:
        return None
    sign, whole, decimals, unit = found[1], found[2].replace(",", ""), (found[3] or "").rstrip("0"), found[4]
    if len(whole) > MAX_DIGITS or len(decimals) > MAX_DIGITS:
        return None
    scaled = int(whole + decimals) * UNITS[unit]
    fen, rest = divmod(scaled, 10 ** len(decimals))
    if rest:
        return None
    return -fen if sign else fen


def typed(fen: int) -> str:
    """As it stands in a form field: 1234.5 → 1234.50, whole yuan without decimals."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}" + (f".{fen % 100:02d}" if fen % 100 else "")


def exact(fen: int, lang: str = "zh-CN") -> str:
    """To the fen: 6,420 元 / ¥6,420."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    number = f"{fen // 100:,}" + (f".{fen % 100:02d}" if fen % 100 else "")
    return f"{sign}¥{number}" if lang == "en" else f"{sign}{number} 元"


def short(fen: int, lang: str = "zh-CN") -> str:
    """As people say it, at most two decimals, half up: 120 万, 1.24 万, 870 元, 1.5 亿, 0 / ¥1,200k, ¥870."""
    if fen == 0:
        return "0"
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    if lang == "en":
        return f"{sign}¥{_decimal(fen, YUAN)}" if fen < 1000 * YUAN else f"{sign}¥{_decimal(fen, 1000 * YUAN)}k"
    if fen < 1000 * YUAN:
        return f"{sign}{_decimal(fen, YUAN)} 元"
    # What rounds up to 10,000 万 is said as 1 亿.
    unit, word = (YI, "亿") if fen * 100 + WAN // 2 >= YI * 100 else (WAN, "万")
    return f"{sign}{_decimal(fen, unit)} {word}"


def _decimal(fen: int, unit: int) -> str:
    hundredths = (fen * 200 + unit) // (2 * unit)
    whole, rest = divmod(hundredths, 100)
    return f"{whole:,}" + (f".{rest:02d}".rstrip("0") if rest else "")
