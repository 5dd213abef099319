"""Where to go after signing in: only paths of our own."""

from __future__ import annotations

import re

from portal.phone.rooms import PHONE_ROOMS

# Control characters and backslashes are read as slashes, or skipped, by one browser or another.
ODD = re.compile(r"[\x00-\x20\x7f\\]")


def local_path(wanted: str) -> str:
    """`wanted` if it is a path of this site with its query, else empty."""
    return "" if ODD.search(wanted) or not wanted.startswith("/") or wanted.startswith("//") else wanted


def is_on_phone(path: str) -> bool:
    """True for an address of the agent's rooms, which need the book first."""
    return path == "/" or path.split("?", 1)[0].strip("/").split("/")[0] in PHONE_ROOMS
