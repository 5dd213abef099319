"""Packed pieces of first downloads, kept in memory: the next download of a book makes anew only what has changed.

A piece is a range of ids of one kind, compressed by itself, so that pieces can be put together to one gzip stream. It
holds what stands in the rows, so it never leaves the memory of the process, and there is a limit for all of them.
"""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app

#: Packing is paid for once, sending each time: smaller than what a server would choose on the fly.
LEVEL = 5
ROWS_IN_PIECE = 500

_RAW = -zlib.MAX_WBITS
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_BLOCK = b"\x03\x00"


@dataclass(frozen=True, slots=True)
class Piece:
    """The rows of one kind with `after` < id ≤ `until` (no end if None), packed."""

    after: str
    until: str | None
    rows: int
    packed: bytes
    plain: int
    crc: int

    def holds_one_of(self, ids: Iterable[str]) -> bool:
        """Whether one of these rows stands in this range, or did, or will."""
        return any(each > self.after and (self.until is None or each <= self.until) for each in ids)


def pack(text: bytes, after: str = "", until: str | None = None, rows: int = 0) -> Piece:
    """A piece made of these lines."""
    squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, _RAW, 9)
    packed = squeeze.compress(text) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return Piece(after, until, rows, packed, len(text), zlib.crc32(text))


def gzip_of(pieces: Iterable[Piece]) -> Iterator[bytes]:
    """One gzip stream of many pieces, a block each."""
    crc, length, head = 0, 0, _GZIP_HEAD
    for piece in pieces:
        crc, length = _crc_of_both(crc, piece.crc, piece.plain), length + piece.plain
        yield head + piece.packed
        head = b""
    yield head + _LAST_BLOCK + crc.to_bytes(4, "little") + (length & 0xFFFFFFFF).to_bytes(4, "little")


Pieces = Mapping[tuple[int, str], tuple[Piece, ...]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The pieces of one book as they were at `seqs`; `about` names the download they were made for."""

    about: Any
    seqs: Mapping[str, int]
    pieces: Pieces

    @property
    def size(self) -> int:
        return sum(len(piece.packed) for several in self.pieces.values() for piece in several)


@dataclass
class Shelves:
    """The shelves of a process, those asked for last, up to `most` bytes together."""

    most: int
    _kept: OrderedDict[Any, Shelf] = field(default_factory=OrderedDict)
    _held: int = 0
    _lock: Any = field(default_factory=threading.Lock)

    def get(self, key: Any) -> Shelf | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Any, shelf: Shelf) -> None:
        with self._lock:
            self._held += shelf.size - self._size(self._kept.pop(key, None))
            self._kept[key] = shelf
            while self._held > self.most and self._kept:
                self._held -= self._size(self._kept.popitem(last=False)[1])

    def _size(self, shelf: Shelf | None) -> int:
        return shelf.size if shelf else 0


def shelves() -> Shelves:
    """Those of the running application."""
    megabytes = int(current_app.config.get("DOWNLOAD_CACHE_MB", 64))
    return current_app.extensions.setdefault("doorstep.shelves", Shelves(megabytes * 1024 * 1024))


# The checksum of two texts one after the other, from theirs: powers of x modulo the CRC-32 polynomial, as zlib does it.

_POLYNOMIAL = 0xEDB88320
_ONE = 1 << 31


def _times(one: int, other: int) -> int:
    product, bit = 0, _ONE
    while one:
        if one & bit:
            product ^= other
            one ^= bit
        bit >>= 1
        other = other >> 1 ^ _POLYNOMIAL if other & 1 else other >> 1
    return product


def _squares() -> Iterator[int]:
    """x, x², x⁴, x⁸ …"""
    power = 1 << 30
    for _ in range(67):
        yield power
        power = _times(power, power)


_POWERS = tuple(_squares())


def _crc_of_both(first: int, second: int, length: int) -> int:
    shift, at = _ONE, 3  # a byte is eight powers of x
    while length:
        if length & 1:
            shift = _times(_POWERS[at], shift)
        length, at = length >> 1, at + 1
    return _times(shift, first) ^ second
