"""Which templates the phone renders."""

from __future__ import annotations

# Addresses that the phone answers: the server has only the boot page for them. `offline/router.js` has the same list.
PHONE_ROOMS = ("today", "customers", "visits", "analyses", "plans", "outbox", "conflicts", "me")

# Folders of `portal/templates`. What they extend, include and import comes along.
ROOMS = ("today", "customers", "visits", "analyses", "plans", "outbox", "conflicts", "me", "offline")


def is_phones(template: str) -> bool:
    """Whether a template belongs to a room of the phone."""
    return template.split("/", 1)[0] in ROOMS and template.endswith(".html")
