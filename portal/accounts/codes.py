"""Codes that people read to each other or copy from paper: made, and read as they were meant."""

from __future__ import annotations

import re
import secrets
import unicodedata

# Without I, L, O and U: nobody takes one for another, and no words come about.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT = str.maketrans("ILO", "110")
_BETWEEN = re.compile(r"[\s\-–—_.]")


def fresh(groups: int, size: int) -> str:
    """A code like 7K2M-90XQ-ABCD: five bits a character."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(size)) for _ in range(groups))


def plain(typed: str) -> str:
    """What was typed without blanks and dashes, in capitals, full-width letters and look-alikes put right."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", typed[:200])).upper().translate(_MEANT)
