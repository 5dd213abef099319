"""The ticket: EventSource sends no header, so who listens stands in the address, signed and for a minute only.

A ticket opens a stream of "something changed" and nothing else; addresses end up in the logs of proxies.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from sync.errors import SyncProblem

SECONDS = 60


def issue(device_id: str) -> str:
    """A ticket for one device."""
    return str(_signer().dumps([device_id, int(time.time()) + SECONDS]))


def device_of(ticket: str) -> str:
    """The device a ticket was given to. Raises SyncProblem 401 when it is not ours or too old."""
    try:
        device_id, until = _signer().loads(ticket)
    except BadData:
        raise _refused() from None
    if time.time() > until:
        raise _refused()
    return str(device_id)


def _signer() -> URLSafeSerializer:
    """The salt gives it a key of its own: nothing else that SECRET_KEY signs is a ticket."""
    how: dict[str, Any] = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="doorstep live ticket", signer_kwargs=how)


def _refused() -> SyncProblem:
    return SyncProblem(401, "unauthenticated", headers={"WWW-Authenticate": "Bearer"})
