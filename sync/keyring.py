"""The keys: sealing of sensitive values and keyed hashes for looking them up.

A sealed value is `D` `S` 1, key id (4 bytes), nonce (12), AES-256-GCM ciphertext and tag. What is sealed is the JSON of
the value, so a number stays a number. The additional data is table, column and id: a value copied to another row or
column does not open. The keys stand in `DATA_DIR/keys.json` (mode 0600); lose that file and the values are lost.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

MAGIC = b"DS\x01"
_HEAD = len(MAGIC) + 4
_NONCE = 12
_BODY = _HEAD + _NONCE
_SHORTEST = _BODY + 16


class CannotOpen(Exception):
    """A sealed value was made with a key we lack, for another place, or was altered."""


def is_sealed(value: Any) -> bool:
    """True for bytes that `seal` made."""
    return isinstance(value, bytes) and value.startswith(MAGIC) and len(value) >= _SHORTEST


def place(table: str, column: str, row_id: str) -> bytes:
    """The additional data of a value: where it belongs."""
    return f"{table}\0{column}\0{row_id}".encode()


class Keyring:
    """The AES keys by id, the one new values are sealed with, and the key of the hashes."""

    def __init__(self, keys: dict[int, bytes], current: int, hash_key: bytes):
        self.current = current
        self._ciphers = {MAGIC + number.to_bytes(4, "big"): AESGCM(key) for number, key in keys.items()}
        self._hash_key = hash_key
        self._prefix = MAGIC + current.to_bytes(4, "big")
        #: Fingerprints by which a database and a backup know their keys again; they tell nothing about the keys.
        self.prints = {str(number): _print(key) for number, key in keys.items()} | {"hash": _print(hash_key)}
        self._cipher = self._ciphers[self._prefix]

    @classmethod
    def load(cls, path: Path) -> Keyring:
        """The keyring in `path`, made there on first use."""
        if not path.exists():
            _make(path)
        kept = json.loads(path.read_text())
        keys = {int(number): base64.b64decode(key) for number, key in kept["keys"].items()}
        return cls(keys, int(kept["current"]), base64.b64decode(kept["hash"]))

    def seal(self, value: Any, table: str, column: str, row_id: str) -> bytes:
        """The sealed JSON of `value`, which opens only at (table, column, id)."""
        return self.seal_at(value, place(table, column, row_id))

    def seal_at(self, value: Any, where: bytes) -> bytes:
        """As `seal`, with the `place` made before."""
        nonce = os.urandom(_NONCE)
        return self._prefix + nonce + self._cipher.encrypt(nonce, orjson.dumps(value), where)

    def open(self, blob: bytes, table: str, column: str, row_id: str) -> Any:
        """The value that was sealed at (table, column, id). Raises CannotOpen."""
        return self.open_at(blob, place(table, column, row_id))

    def open_at(self, blob: bytes, where: bytes) -> Any:
        """As `open`, with the `place` made before: for loops over thousands of values."""
        return orjson.loads(self.text_at(blob, where))

    def text_at(self, blob: bytes, where: bytes) -> bytes:
        """The JSON text that was sealed, as it stands."""
        cipher = self._ciphers.get(blob[:_HEAD])
        if cipher is None or len(blob) < _SHORTEST:
            raise CannotOpen(
                "sealed with a key that is not in the keyring" if is_sealed(blob) else "not a sealed value"
            )
        try:
            return cipher.decrypt(blob[_HEAD:_BODY], blob[_BODY:], where)
        except InvalidTag:
            raise CannotOpen("this value was altered or belongs elsewhere") from None

    def keyed_hash(self, value: str, purpose: str) -> bytes:
        """32 bytes that are equal for equal values of one purpose and tell nothing without the key."""
        return hmac.digest(self._hash_key, f"{purpose}\0{value}".encode(), "sha256")


def _print(key: bytes) -> str:
    return hmac.digest(key, b"doorstep key print", "sha256")[:16].hex()


def _make(path: Path) -> None:
    """Write a new keyring; of two starting processes one wins and both read the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = {
        "current": 1,
        "keys": {"1": base64.b64encode(secrets.token_bytes(32)).decode()},
        "hash": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        json.dump(fresh, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails when the other one was first
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    keep_name(path.parent)


def keep_name(folder: Path) -> None:
    """A file whose name was lost with the power is lost, and so would be everything it sealed."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keyring() -> Keyring:
    """The keyring of the running application."""
    ring = current_app.extensions.get("doorstep.keyring")
    if ring is None:
        from sync.keyprints import ring_that_fits

        ring = current_app.extensions["doorstep.keyring"] = ring_that_fits(keyring_path())
    return ring


def keyring_path() -> Path:
    """Where the keyring of the running application lies."""
    return Path(current_app.config["DATA_DIR"]) / "keys.json"


def seal(value: Any, table: str, column: str, row_id: str) -> bytes:
    """`value` (anything JSON can say) sealed for one place."""
    return keyring().seal(value, table, column, row_id)


def open_sealed(blob: bytes, table: str, column: str, row_id: str) -> Any:
    """The value sealed for this place. Raises CannotOpen."""
    return keyring().open(blob, table, column, row_id)


def keyed_hash(value: str, purpose: str) -> bytes:
    """The look-up hash of a value; `purpose` is "<table>.<column>"."""
    return keyring().keyed_hash(value, purpose)
