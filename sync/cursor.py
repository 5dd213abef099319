"""Where a device stands in each of its feeds: opaque and signed, small enough to send every time."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import current_app

from sync.errors import SyncProblem

_MAC = 12
_PREFIXES = {"agent:": 1, "unit:": 2}
_PREFIX_OF = {number: prefix for prefix, number in _PREFIXES.items()}
_TEXT = 0


@dataclass(frozen=True)
class Cursor:
    """The seq reached in each scope, and the epoch they belong to."""

    seqs: Mapping[str, int]
    epoch: int = 1

    def text(self, owner: str) -> str:
        """The signed text; it opens for `owner` (an agent) only."""
        body = bytearray(_number(self.epoch))
        for scope in sorted(self.seqs):
            body += _scope(scope) + _number(self.seqs[scope])
        return _base64(_mac(bytes(body), owner) + bytes(body))

    @classmethod
    def read(cls, text: str, owner: str) -> Cursor:
        """The cursor in a signed text. Raises SyncProblem `bad_cursor`."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (ValueError, TypeError):
            raise SyncProblem(400, "bad_cursor") from None
        mac, body = raw[:_MAC], raw[_MAC:]
        if not body or not hmac.compare_digest(mac, _mac(body, owner)) or _base64(raw) != text:
            raise SyncProblem(400, "bad_cursor")
        epoch, at = _read_number(body, 0)
        seqs = {}
        while at < len(body):
            scope, at = _read_scope(body, at)
            seqs[scope], at = _read_number(body, at)
        return cls(seqs, epoch)


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _mac(body: bytes, owner: str) -> bytes:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.digest(key, b"cursor\0" + owner.encode() + b"\0" + body, "sha256")[:_MAC]


def _scope(scope: str) -> bytes:
    """A scope in 17 bytes where it ends with a UUID, else as text."""
    for prefix, number in _PREFIXES.items():
        tail = scope.removeprefix(prefix)
        if tail != scope and _is_uuid(tail):
            return bytes([number]) + UUID(tail).bytes
    text = scope.encode()
    return bytes([_TEXT]) + _number(len(text)) + text


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _read_scope(body: bytes, at: int) -> tuple[str, int]:
    if body[at] == _TEXT:
        length, at = _read_number(body, at + 1)
        return body[at : at + length].decode(), at + length
    return _PREFIX_OF[body[at]] + str(UUID(bytes=body[at + 1 : at + 17])), at + 17


def _number(value: int) -> bytes:
    """Seven bits a byte, lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_number(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while body[at] & 0x80:
        value |= (body[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
    return value | body[at] << shift, at + 1
