"""Passwords: argon2id hashes, and the few rules a new one must meet."""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.translations import msgid

SHORTEST = 8
LONGEST = 256
# What people type first when asked for eight characters; a longer list belongs to a later policy.
COMMON = frozenset(
    [
        "12345678",
        "123456789",
        "1234567890",
        "0123456789",
        "87654321",
        "11111111",
        "00000000",
        "88888888",
        "66666666",
        "password",
        "password1",
        "password123",
        "qwertyui",
        "qwerty123",
        "1qaz2wsx",
        "abc12345",
        "abcd1234",
        "a1234567",
        "aa123456",
        "iloveyou",
        "5201314520",
        "woaini1314",
        "woaini520",
        "admin123",
        "admin888",
        "1234qwer",
        "asdfghjk",
    ]
)

hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    return hasher.hash(_bytes(password))


def matches(password: str, kept: str | None) -> bool:
    """True when `password` made `kept`. With None a dummy is verified, so nobody learns from the time taken."""
    if len(password) > LONGEST:
        password = ""
    try:
        hasher.verify(kept or _dummy(), _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """True when the hash was made with weaker settings than today's."""
    return hasher.check_needs_rehash(kept)


def faults(password: str, *names: str) -> list[str]:
    """Msgids of what is wrong with a new password; `names` (username, phone) may not be the password."""
    typed = _typed(password)
    if len(typed) < SHORTEST:
        return [msgid("Use at least 8 characters.")]
    if len(typed) > LONGEST:
        return [msgid("Use at most 256 characters.")]
    plain = typed.casefold()
    if plain in COMMON or len(set(plain)) < 3 or any(name and plain == name.casefold() for name in names):
        return [msgid("This password is too easy to guess.")]
    return []


def _typed(password: str) -> str:
    """Full-width letters from a Chinese keyboard are the same letters."""
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    """JSON may carry half a character, which has no UTF-8; it is then simply a wrong password."""
    return _typed(password).encode("utf-8", "replace")


@cache
def _dummy() -> str:
    return hasher.hash("nobody has this password")
