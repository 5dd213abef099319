"""The greeting of the hour."""

from __future__ import annotations

from portal.translations import msgid

# From which hour on, in Shanghai; before five it is still last night.
HOURS = (
    (18, msgid("Good evening, %(name)s")),
    (13, msgid("Good afternoon, %(name)s")),
    (11, msgid("Good day, %(name)s")),
    (5, msgid("Good morning, %(name)s")),
    (0, msgid("Good evening, %(name)s")),
)


def greeting(hour: int) -> str:
    """The msgid for an hour of the day, 0 to 23."""
    return next(text for start, text in HOURS if hour >= start)
