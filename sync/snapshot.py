"""The first download: everything in scope from one consistent read, today's trees first, as lines of JSON.

Every line carries `t`, from which a broken download goes on. `t` names the first line's cursor, the day of the first
block and the place; a resumed reply reads the newest rows, and the deltas after it start from the *first* line's
cursor, so nothing that changed in between is missed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

import orjson
import sqlalchemy as sa
from flask import current_app

from sync.cursor import Cursor
from sync.engine import engine
from sync.errors import SyncProblem
from sync.keyring import Keyring, keyring
from sync.kinds import KINDS, Kind, ordered_kinds
from sync.pull import read_heads
from sync.wish import is_id

#: Civil dates are those of China; there is no summer time.
CHINA = timezone(timedelta(hours=8))
ROWS_AT_ONCE = 500
_MAC = 8


@dataclass(frozen=True)
class Place:
    """Where a line stands: block 0 is today's trees, block 1 the rest; then kind and id."""

    cursor: str
    day: date
    first: str  # fingerprint of the ids of the first block
    block: int = -1
    kind: str = ""
    id: str = ""

    @property
    def stem(self) -> str:
        """What is the same on every line of one reply."""
        return f"{self.cursor}.{self.day:%Y%m%d}.{self.first}"


def _sign(stem: str, owner: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    mac = hmac.digest(key, f"snapshot\0{owner}\0{stem}".encode(), "sha256")[:_MAC]
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def _read_place(token: str, owner: str) -> Place:
    try:
        cursor, day, first, mac, block, kind, row_id = token.split(".")
        place = Place(cursor, datetime.strptime(day, "%Y%m%d").date(), first, int(block), kind, row_id)
    except ValueError:
        raise SyncProblem(400, "bad_cursor") from None
    signed = hmac.compare_digest(mac.encode("utf-8", "replace"), _sign(place.stem, owner).encode())
    # Block, kind and id are not signed (that would cost more than the line): they only ever name a place.
    if not signed or place.block not in (0, 1) or place.kind not in KINDS or not is_id(place.id):
        raise SyncProblem(400, "bad_cursor")
    return place


def fingerprint(ids: Iterable[str]) -> str:
    """A short name for a set of ids."""
    return hashlib.sha256("\n".join(sorted(set(ids))).encode()).hexdigest()[:12]


def lines(
    connection: sa.Connection, owner: str, scopes: Sequence[str], after: str | None, now: datetime
) -> Iterator[bytes]:
    """The lines of the download; `connection` must stay in one consistent read until the last is taken."""
    start = _start(connection, owner, scopes, after, now)
    first = sorted(dict.fromkeys(engine().first_ids(owner, start.day)))
    # If today's list is another by now, rows of the old first block may come twice: a put is the same twice.
    skipped = first if fingerprint(first) == start.first else []
    if start.block == -1:
        skipped = first
    parts = [part for part in _parts(scopes, first, skipped) if part.comes_after(start)]
    # Both now: while the lines are taken there may be no application around.
    ring, stem = keyring(), f"{start.stem}.{_sign(start.stem, owner)}"
    yield orjson.dumps({"rows": sum(part.count(connection, start) for part in parts), "cursor": start.cursor}) + b"\n"
    for part in parts:
        yield from part.lines(connection, start, stem, ring)


def _start(connection: sa.Connection, owner: str, scopes: Sequence[str], after: str | None, now: datetime) -> Place:
    heads = read_heads(connection, scopes)
    epoch = max((head.epoch for head in heads.values()), default=1)
    if after is not None:
        place = _read_place(after, owner)
        if Cursor.read(place.cursor, owner).epoch != epoch:
            raise SyncProblem(410, "rebootstrap", epoch=epoch)
        return place
    seqs = {scope: heads[scope].seq if scope in heads else 0 for scope in scopes}
    day = now.astimezone(CHINA).date()
    return Place(Cursor(seqs, epoch).text(owner), day, fingerprint(engine().first_ids(owner, day)))


@dataclass(frozen=True)
class _Part:
    """The rows of one kind in one block."""

    block: int
    at: int
    kind: Kind
    where: tuple[Any, ...]

    def comes_after(self, start: Place) -> bool:
        """Whether anything of this part can be missing yet."""
        if self.block != start.block:
            return self.block > start.block
        return self.at >= _order_of(start.kind)

    def _where(self, start: Place) -> tuple[Any, ...]:
        begun = self.block == start.block and self.kind.name == start.kind
        return (*self.where, self.kind.table.c.id > start.id) if begun else self.where

    def count(self, connection: sa.Connection, start: Place) -> int:
        query = sa.select(sa.func.count()).select_from(self.kind.table)
        return connection.scalar(query.where(*self._where(start))) or 0

    def lines(self, connection: sa.Connection, start: Place, stem: str, ring: Keyring) -> Iterator[bytes]:
        codec, name = self.kind.codec, self.kind.name
        query = sa.select(*codec.columns).where(*self._where(start)).order_by(codec.table.c.id)
        begin, middle = f'{{"op":"put","kind":"{name}","id":"', f',"t":"{stem}.{self.block}.{name}.'
        for found in connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE}):
            row = codec.wire(found, ring)
            row_id = row["id"]
            head = f'{begin}{row_id}","ver":{row["ver"]}{middle}{row_id}","row":'
            yield head.encode() + orjson.dumps(row) + b"}\n"


def _order_of(kind_name: str) -> int:
    return next((at for at, kind in enumerate(ordered_kinds()) if kind.name == kind_name), 0)


def _parts(scopes: Sequence[str], first: list[str], skipped: list[str]) -> list[_Part]:
    """Block 0: the trees of `first`; block 1: everything but the trees of `skipped`."""
    parts = []
    for block in (0, 1):
        for at, kind in enumerate(ordered_kinds()):
            in_scope = kind.table.c.scope.in_(list(scopes))
            root = kind.table.c[kind.root_column] if kind.root_column else None
            if block == 1:
                rest = () if root is None or not skipped else (sa.or_(root.is_(None), root.not_in(skipped)),)
                parts.append(_Part(1, at, kind, (in_scope, *rest)))
            elif root is not None and first:
                parts.append(_Part(0, at, kind, (in_scope, root.in_(first))))
    return parts
