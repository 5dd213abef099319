"""What may go wrong, by name. A `SyncProblem` is an HTTP answer; a `Rejection` is the verdict on one edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.words import msgid

#: What a person reads, by code (English msgids; the phone has them in both languages).
MESSAGES = {
    # verdicts
    "already_closed": msgid("This was already decided otherwise."),
    "append_only": msgid("This kind of entry is only added to, never changed."),
    "bad_text": msgid("The text holds characters that cannot be stored."),
    "depends_on": msgid("It belongs to an entry that was not accepted."),
    "exists": msgid("There is already another entry under this number."),
    "fixed": msgid("This cannot be changed after it was created."),
    "internal": msgid("The server could not take this in. Please try again later."),
    "invalid": msgid("Some of this needs another look."),
    "left_scope": msgid("This is no longer in your book."),
    "malformed": msgid("The app sent something the server does not understand."),
    "not_found": msgid("There is nothing here, or it is not yours to see."),
    "read_only": msgid("This can only be changed on the server."),
    "too_large": msgid("That is too large."),
    "unknown_field": msgid("The app sent a field the server does not know."),
    "unknown_kind": msgid("The app sent a kind of entry the server does not know."),
    # problems
    "bad_cursor": msgid("The place to continue from is not valid."),
    "bad_request": msgid("The request could not be read."),
    "busy": msgid("The server is busy. Please try again shortly."),
    "device_forked": msgid("This phone seems to be a copy of another. Please sign in again."),
    "device_revoked": msgid("This device was signed out."),
    "escrow_full": msgid("Too much of this phone is waiting for the leader already."),
    "gap": msgid("Something sent earlier is missing."),
    "rebootstrap": msgid("The book has to be downloaded again."),
    "slow_down": msgid("This phone asks too often. Please wait a little."),
    "too_many_devices": msgid("Too many devices are signed in. Sign one out first."),
    "unauthenticated": msgid("Please sign in."),
    "unsupported_encoding": msgid("This kind of content is not understood here."),
    "upgrade": msgid("Please update the app. What you typed is kept."),
}


class SyncProblem(Exception):
    """A call that cannot be answered: status, code and what else the phone has to know."""

    def __init__(self, status: int, code: str, *, headers: Mapping[str, str] | None = None, **more: Any):
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.more = more


class Rejection(Exception):
    """One edit is refused; its neighbours go on."""

    def __init__(self, code: str, fields: Mapping[str, list[str]] | None = None, **more: Any):
        super().__init__(code)
        self.code = code
        self.fields = dict(fields or {})
        self.more = more

    def as_json(self) -> dict[str, Any]:
        """The `error` of the verdict."""
        return {"code": self.code, "message": MESSAGES[self.code], "fields": self.fields, **self.more}


def gap(expected: int) -> SyncProblem:
    return SyncProblem(409, "gap", expected=expected)


def forked(n: int) -> SyncProblem:
    return SyncProblem(409, "device_forked", n=n)


def revoked() -> SyncProblem:
    return SyncProblem(401, "device_revoked", wipe=True)
