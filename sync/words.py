"""Texts that people will read, marked so that the translators' tools find them. The engine itself translates nothing."""

from __future__ import annotations


def msgid(text: str) -> str:
    """Mark an English text that is shown later, by the phone or by a page. Returns it unchanged."""
    return text
