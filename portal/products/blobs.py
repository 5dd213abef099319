"""Tables too large for a record: canonical JSON texts named by their SHA-256, kept once, never changed.

`GET /sync/blobs/<sha256>` gives one to whoever has a phone or a session here. What is named by its content is never
asked for twice, so it may be kept for ever.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from threading import Lock
from typing import Any

import brotli
import sqlalchemy as sa
from flask import Blueprint, Response, request

from portal.accounts.guards import device_or_session
from portal.errors import Problem
from portal.products.models import Blob
from sync.columns import utcnow
from sync.database import glance, table_of, write
from sync.tables import insert_of

bp = Blueprint("blobs", __name__, url_prefix="/sync/blobs")

BLOBS = table_of(Blob)
NAME = re.compile(r"[0-9a-f]{64}")
FOR_EVER = "private, max-age=31536000, immutable"
#: Kept parsed and packed in each process; a catalogue has some twenty.
KEPT = 64
_packing = Lock()


class NoBlob(LookupError):
    """A product names a table that is not here."""


def text_of(value: Any) -> str:
    """The one text of a table: sorted keys, no blanks."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def name_of(text: str) -> str:
    """The SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def keep(texts: Iterable[str]) -> list[str]:
    """Store what is not there yet; the names."""
    named = {name_of(text): text for text in texts}
    if named:
        with write() as session:
            connection = session.connection()
            lines = [{"sha256": name, "body": text, "created_at": utcnow()} for name, text in named.items()]
            connection.execute(insert_of(connection.dialect)(BLOBS).on_conflict_do_nothing(), lines)
    return list(named)


def read(name: str) -> str | None:
    """The text called `name`."""
    with glance() as connection:
        return connection.scalar(sa.select(BLOBS.c.body).where(BLOBS.c.sha256 == name))


@lru_cache(maxsize=KEPT)
def parsed(name: str) -> Any:
    """The table called `name`; not to be changed. Raises NoBlob."""
    text = read(name)
    if text is None:
        raise NoBlob(name)
    return json.loads(text)


def named_in(body: Mapping[str, Any]) -> list[str]:
    """The tables a product's body names: rates first."""
    names = (body["price"].get("rates"), body.get("values"))
    return [name for name in names if name]


def faults(bodies: Iterable[Mapping[str, Any]]) -> list[str]:
    """Names of tables whose text is not theirs, and of those that `bodies` name and nobody has."""
    with glance() as connection:
        have = {name: name_of(text) for name, text in connection.execute(sa.select(BLOBS.c.sha256, BLOBS.c.body))}
    wrong = {name for name, worked_out in have.items() if name != worked_out}
    return sorted(wrong | {name for body in bodies for name in named_in(body) if name not in have})


@lru_cache(maxsize=2 * KEPT)
def _packed(name: str, coding: str) -> bytes:
    """A text as it travels. Packed as well as it goes: once a process, for thousands of phones."""
    text = read(name)
    if text is None:
        raise NoBlob(name)
    raw = text.encode()
    if coding == "br":
        return brotli.compress(raw, quality=11)
    return gzip.compress(raw, 9, mtime=0) if coding == "gzip" else raw


@bp.get("/<name>")
@device_or_session
def show(name: str) -> Response:
    """One table: 404 when it is unknown, 400 when that is no name of one."""
    if not NAME.fullmatch(name):
        raise Problem(400, "bad_request")
    if request.if_none_match.contains(name):
        return _kept_for_ever(Response(status=304), name)
    coding = next((each for each in ("br", "gzip") if each in request.accept_encodings), "identity")
    try:
        with _packing:  # a hundred phones at once after an update: one packs, the others take what it packed
            body = _packed(name, coding)
    except NoBlob:
        raise Problem(404, "not_found") from None
    response = _kept_for_ever(Response(body, mimetype="application/json"), name)
    if coding != "identity":
        response.headers["Content-Encoding"] = coding
    return response


def _kept_for_ever(response: Response, name: str) -> Response:
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Vary"] = "Accept-Encoding, Authorization, Cookie"
    response.set_etag(name)
    return response
