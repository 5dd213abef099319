"""Needs analysis: questionnaires, the arithmetic of gaps, analyses in an agent's book."""

from __future__ import annotations

from flask import Flask


def init_app(_app: Flask) -> None:
    """Make the records of this room known to the sync engine."""
    from portal.needs import kinds

    kinds.register()
