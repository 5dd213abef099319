"""Phone numbers: one stored form, one shown form. Mainland mobiles without a prefix, others as +country number."""

from __future__ import annotations

import re

from portal.blanks import BLANK

MOBILE = re.compile(r"1[3-9][0-9]{9}")
INTERNATIONAL = re.compile(r"\+[1-9][0-9]{5,14}")
# Landlines and faxes as people write them: area code, extension.
ANY = re.compile(r"\+?[0-9(][0-9 ()\-]{3,28}[0-9)](?: ?(?:转|ext\.?|x|#|-) ?[0-9]{1,8})?")
MARKS = re.compile(f"[{BLANK}\\-–—‐‑.()（）·]+")
CODE_MARKS = re.compile(f"[{BLANK}·.\\-]+")
FULL_WIDTH = {0xFF10 + digit: 0x30 + digit for digit in range(10)} | {ord("＋"): "+"}
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Only Latin letters: what "upper case" means elsewhere differs between languages and their versions.
UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}


def normalise(text: str) -> str:
    """The stored form: `138 0000-0001` and `+86 138…` → `13800000001`, `0044 20…` → `+4420…`; else only tidied."""
    bare = MARKS.sub("", text).translate(FULL_WIDTH)
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    home = re.fullmatch(r"(?:\+?86)(1[3-9][0-9]{9})", bare)
    return home[1] if home else bare


def is_mobile(text: str) -> bool:
    """True for a stored mainland mobile number or international number."""
    return bool(MOBILE.fullmatch(text) or INTERNATIONAL.fullmatch(text))


def shown(text: str) -> str:
    """As people read it: 138 0000 2046."""
    return f"{text[:3]} {text[3:7]} {text[7:]}" if MOBILE.fullmatch(text) else text


def last4(text: str) -> str:
    """The last four digits, as people ask for a number over the phone."""
    return re.sub(r"[^0-9]", "", text)[-4:]


def bare_code(text: str) -> str:
    """A policy number or plate as it is compared: no blanks, dots and dashes, upper case, half width."""
    return CODE_MARKS.sub("", text.translate(HALF_WIDTH)).translate(UPPER)
