"""Bodies: reading what a phone sends (gzip, limits, strange text), writing what it gets."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from flask import Request, Response, current_app, request

from sync.errors import SyncProblem

MAX_BYTES = 4 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS
#: Smaller replies gain nothing.
WORTH_PACKING = 512


def read_json(asked: Request) -> Any:
    """The JSON of a request. Raises SyncProblem: 413 too large (also unpacked), 415 encoding, 400 not JSON."""
    return parsed(_unpacked(asked, current_app.config.get("MAX_BODY_BYTES", MAX_BYTES)))


def parsed(raw: bytes) -> Any:
    """The JSON in these bytes. Raises SyncProblem 400."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        # Lone surrogates are a fault of one edit, not of the body: this reader lets them through.
        return json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise SyncProblem(400, "bad_request") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _unpacked(asked: Request, limit: int) -> bytes:
    if (asked.content_length or 0) > limit:
        raise SyncProblem(413, "too_large", limit=limit)
    encoding = asked.headers.get("Content-Encoding", "identity").strip().lower()
    raw = asked.stream.read(limit + 1)
    if len(raw) > limit:
        raise SyncProblem(413, "too_large", limit=limit)
    if len(raw) < (asked.content_length or 0):  # the line was cut; what came may look whole all the same
        raise SyncProblem(400, "bad_request")
    if encoding in ("", "identity"):
        return raw
    if encoding not in ("gzip", "x-gzip"):
        raise SyncProblem(415, "unsupported_encoding")
    return _gunzip(raw, limit)


def _gunzip(raw: bytes, limit: int) -> bytes:
    """Never holds more than the limit, whatever the archive promises."""
    unpack = zlib.decompressobj(_GZIP)
    try:
        text = unpack.decompress(raw, limit + 1)
    except zlib.error:
        raise SyncProblem(400, "bad_request") from None
    if len(text) > limit:
        raise SyncProblem(413, "too_large", limit=limit)
    if not unpack.eof or unpack.unused_data:
        raise SyncProblem(400, "bad_request")
    return text


def wants_gzip() -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "").lower()


def reply(value: Any, status: int = 200) -> Response:
    """A JSON reply, packed when that pays."""
    text = orjson.dumps(value)
    response = Response(text, status=status, mimetype="application/json")
    if len(text) >= WORTH_PACKING and wants_gzip():
        pack = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
        response.set_data(pack.compress(text) + pack.flush())
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "no-store"
    return response


def packed(chunks: Iterable[bytes], level: int = 6) -> Iterator[bytes]:
    """A gzip stream whose first block goes out at once."""
    pack = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    for at, chunk in enumerate(chunks):
        text = pack.compress(chunk) + (pack.flush(zlib.Z_SYNC_FLUSH) if at == 0 else b"")
        if text:
            yield text
    yield pack.flush()


def gathered(lines: Iterable[bytes], size: int = 64 * 1024) -> Iterator[bytes]:
    """Lines joined to blocks of about `size` bytes."""
    block: list[bytes] = []
    held = 0
    for line in lines:
        block.append(line)
        held += len(line)
        if held >= size:
            yield b"".join(block)
            block, held = [], 0
    if block:
        yield b"".join(block)
