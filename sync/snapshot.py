"""The first download: everything in scope from one consistent read, today's trees first, as lines of JSON.

Every line carries `t`, from which a broken download goes on. `t` names the first line's cursor, the day of the first
block and the place; a resumed reply reads the newest rows, and the deltas after it start from the *first* line's
cursor, so nothing that changed in between is missed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from itertools import islice
from typing import Any

import orjson
import sqlalchemy as sa
from flask import current_app

from sync.cursor import Cursor
from sync.engine import engine
from sync.errors import SyncProblem
from sync.keyring import Keyring, keyring
from sync.kinds import KINDS, Kind, ordered_kinds
from sync.pieces import ROWS_IN_PIECE, Piece, Shelf, pack, shelves
from sync.prepared import stream
from sync.pull import read_heads
from sync.tables import FEED
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
        for _, line in part.lines(connection, start, stem, ring):
            yield line


def packed(connection: sa.Connection, owner: str, scopes: Sequence[str], now: datetime) -> Iterator[Piece]:
    """The lines of a download from the start as pieces, in one consistent read.

    What nobody changed since the last download of this book comes from memory. Its lines name the cursor of the
    download they were made for: a reply resumed there repeats that older one, and brings some news twice.
    """
    heads = read_heads(connection, scopes)
    day = now.astimezone(CHINA).date()
    first = sorted(dict.fromkeys(engine().first_ids(owner, day)))
    start = _beginning(heads, owner, scopes, day, first)
    kept, key = shelves(), (owner, tuple(scopes))
    about = (_epoch(heads), start.day, start.first)
    seqs = _seqs(heads, scopes)
    shelf = _usable(kept.get(key), about, seqs, heads) or Shelf(about, seqs, {})
    plan = _plan(_parts(scopes, first, first), shelf, _changed(connection, shelf.seqs, seqs))
    rows = sum(old.rows if old else part.count(connection, start) for part, old in plan)
    # All of it now: while the pieces are taken there may be no application around.
    ring, stem = keyring(), f"{start.stem}.{_sign(start.stem, owner)}"
    yield pack(orjson.dumps({"rows": rows, "cursor": start.cursor}) + b"\n")
    pieces: dict[tuple[int, str], list[Piece]] = defaultdict(list)
    for part, old in plan:
        for piece in (old,) if old else part.pieces(connection, start, stem, ring):
            yield piece
            pieces[part.block, part.kind.name].append(piece)
    kept.put(key, Shelf(about, seqs, {name: tuple(several) for name, several in pieces.items()}))


def _usable(shelf: Shelf | None, about: Any, seqs: dict[str, int], heads: dict[str, Any]) -> Shelf | None:
    """The shelf, if it is about the same download and lies in its past, of which nothing is forgotten."""
    if shelf is None or shelf.about != about:
        return None
    forgotten = any(heads[scope].floor > seq for scope, seq in shelf.seqs.items() if scope in heads)
    return None if forgotten or any(seq > seqs[scope] for scope, seq in shelf.seqs.items()) else shelf


def _changed(connection: sa.Connection, since: Mapping[str, int], seqs: dict[str, int]) -> dict[str, set[str]]:
    """The ids of all that moved in the feeds since then, by kind."""
    changed: dict[str, set[str]] = defaultdict(set)
    for scope, seq in seqs.items():
        if since[scope] < seq:
            query = sa.select(FEED.c.kind, FEED.c.id).where(FEED.c.scope == scope, FEED.c.seq > since[scope])
            for kind, row_id in connection.execute(query):
                changed[kind].add(row_id)
    return changed


def _plan(parts: Iterable[_Part], shelf: Shelf, changed: dict[str, set[str]]) -> list[tuple[_Part, Piece | None]]:
    """Every range of rows in order, with its piece where that is still good."""
    plan: list[tuple[_Part, Piece | None]] = []
    for part in parts:
        pieces = shelf.pieces.get((part.block, part.kind.name))
        if pieces is None:
            plan.append((part, None))
            continue
        for piece in pieces:
            stale = piece.holds_one_of(changed[part.kind.name])
            plan.append((part.between(piece.after, piece.until), None if stale else piece))
    return plan


def _start(connection: sa.Connection, owner: str, scopes: Sequence[str], after: str | None, now: datetime) -> Place:
    heads = read_heads(connection, scopes)
    if after is not None:
        place, epoch = _read_place(after, owner), _epoch(heads)
        if Cursor.read(place.cursor, owner).epoch != epoch:
            raise SyncProblem(410, "rebootstrap", epoch=epoch)
        return place
    day = now.astimezone(CHINA).date()
    return _beginning(heads, owner, scopes, day, engine().first_ids(owner, day))


def _beginning(heads: dict[str, Any], owner: str, scopes: Sequence[str], day: date, first: Iterable[str]) -> Place:
    return Place(Cursor(_seqs(heads, scopes), _epoch(heads)).text(owner), day, fingerprint(first))


def _epoch(heads: dict[str, Any]) -> int:
    return max((head.epoch for head in heads.values()), default=1)


def _seqs(heads: dict[str, Any], scopes: Sequence[str]) -> dict[str, int]:
    return {scope: heads[scope].seq if scope in heads else 0 for scope in scopes}


@dataclass(frozen=True)
class _Part:
    """The rows of one kind in one block."""

    block: int
    at: int
    kind: Kind
    where: tuple[Any, ...]
    after: str = ""
    until: str | None = None

    def between(self, after: str, until: str | None) -> _Part:
        """The rows of this part with `after` < id ≤ `until`."""
        column = self.kind.table.c.id
        bounds = [column > after] if after else []
        bounds += [column <= until] if until is not None else []
        return replace(self, where=(*self.where, *bounds), after=after, until=until)

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

    def pieces(self, connection: sa.Connection, start: Place, stem: str, ring: Keyring) -> Iterator[Piece]:
        """Its lines, packed, in pieces that together leave no gap; one empty piece where there are none."""
        after, lines = self.after, self.lines(connection, start, stem, ring)
        batch = list(islice(lines, ROWS_IN_PIECE))
        while True:
            following = list(islice(lines, ROWS_IN_PIECE))
            until = batch[-1][0] if following else self.until
            yield pack(b"".join(line for _, line in batch), after, until, len(batch))
            if not following:
                return
            after, batch = batch[-1][0], following

    def lines(self, connection: sa.Connection, start: Place, stem: str, ring: Keyring) -> Iterator[tuple[str, bytes]]:
        """Each row's id and its line."""
        codec, name, dumps = self.kind.codec, self.kind.name, orjson.dumps
        query = sa.select(*codec.columns).where(*self._where(start)).order_by(codec.table.c.id)
        begin = f'{{"op":"put","kind":"{name}","id":"'.encode()
        middle = f',"t":"{stem}.{self.block}.{name}.'.encode()
        for found in stream(connection, query, ROWS_AT_ONCE):
            row_id = found[0]
            place = row_id.encode()
            row = dumps(codec.sent(found, ring))
            yield row_id, b'%b%b","ver":%d%b%b","row":%b}\n' % (begin, place, found[1], middle, place, row)


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
