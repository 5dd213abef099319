"""Customers: people, their families, the policies they hold, visits and consents."""

from __future__ import annotations

from flask import Flask


def init_app(_app: Flask) -> None:
    """Make the records of this room known to the sync engine."""
    from portal.customers import kinds

    kinds.register()
