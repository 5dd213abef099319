"""Devices: registering a phone, knowing it again, signing it out; and writers on the server."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from sync.columns import instant_text, new_id, utcnow
from sync.database import write
from sync.engine import engine
from sync.errors import SyncProblem, revoked
from sync.heads import lock_heads
from sync.keyring import keyring
from sync.models import DEVICE
from sync.pace import keep_pace
from sync.prepared import Prepared
from sync.stage import Author, Stage
from sync.tables import DEVICES, insert_of
from sync.workset import Workset

log = logging.getLogger("doorstep.sync")

LABEL_LENGTH = 80
#: "Last seen" is renewed this seldom, so that looking for news is not news itself.
SEEN_AGAIN = timedelta(hours=1)


_CARD = DEVICE.table.c
_BY_TOKEN = (  # asked at every call of every phone
    sa.select(DEVICES.c.id, DEVICES.c.agent, DEVICES.c.last_n, DEVICES.c.revoked_at)
    .add_columns(_CARD.waiting, _CARD.oldest_waiting_at, _CARD.build, _CARD.mended, _CARD.mended_at, _CARD.last_seen_at)
    .outerjoin_from(DEVICES, DEVICE.table, _CARD.id == DEVICES.c.id)
    .where(DEVICES.c.token_hash == sa.bindparam("hash"))
)


@dataclass(frozen=True, slots=True)
class Caller:
    """The device that calls."""

    id: str
    agent_id: str
    last_n: int
    #: What the device's record shows: waiting, oldest_waiting_at, build, mended, mended_at, last_seen_at.
    shown: tuple[Any, ...]

    def scopes(self) -> tuple[str, ...]:
        """What the device may see now. Raises SyncProblem 401 when that is nothing any more."""
        scopes = tuple(engine().scopes_of(self.agent_id))
        if not scopes:
            raise revoked()
        return scopes

    def author(self, now: datetime, *, clock_off: bool = False) -> Author:
        """The device as the author of edits."""
        return Author(self.id, self.agent_id, self.scopes(), "phone", now, clock_off=clock_off)


def register(agent_id: str, label: str) -> tuple[str, str]:
    """A new device of an agent: its id and its token. Raises SyncProblem when the agent has too many."""
    device_id, token, now = new_id(), secrets.token_urlsafe(32), utcnow()
    label = " ".join(label.split())[:LABEL_LENGTH] or "?"
    scopes = tuple(engine().scopes_of(agent_id))
    if not scopes:
        raise SyncProblem(401, "unauthenticated")
    author = Author(device_id, agent_id, scopes, "server", now)
    with write() as session:
        connection = session.connection()
        work = Workset(connection, author, keyring(), lock_heads(connection, [author.book]))
        _check_cap(connection, agent_id)
        line = {"id": device_id, "agent": agent_id, "kind": "phone", "label": label, "last_n": 0, "created_at": now}
        connection.execute(DEVICES.insert(), line | {"token_hash": _hash(token)})
        _put_card(work, {"label": label, "last_seen_at": instant_text(now)})
        work.flush()
    return device_id, token


def _check_cap(connection: sa.Connection, agent_id: str) -> None:
    live = sa.select(sa.func.count()).where(
        DEVICES.c.agent == agent_id, DEVICES.c.kind == "phone", DEVICES.c.revoked_at.is_(None)
    )
    if (connection.scalar(live) or 0) >= engine().device_cap:
        raise SyncProblem(409, "too_many_devices")


def authenticate(connection: sa.Connection, header: str | None) -> Caller:
    """The live device whose token stands in the Authorization header. Raises SyncProblem 401."""
    caller, revoked_at = known(connection, header)
    if revoked_at is not None:
        raise revoked()
    return caller


def known(connection: sa.Connection, header: str | None) -> tuple[Caller, datetime | None]:
    """The device whose token stands in the header, revoked or not, and when it was.

    Raises SyncProblem: 401, or 429 when it calls too often.
    """
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SyncProblem(401, "unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    found = _by_token(connection.dialect).row(connection, hash=_hash(token.strip()))
    if found is None:
        raise SyncProblem(401, "unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    keep_pace(found.id)
    return Caller(found.id, found.agent, found.last_n, tuple(found)[-6:]), found.revoked_at


@lru_cache
def _by_token(dialect: sa.Dialect) -> Prepared:
    return Prepared(_BY_TOKEN, dialect)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def revoke(device_id: str, agent_id: str) -> bool:
    """Sign out one device of an agent; False when the agent has no such live device."""
    return bool(_revoke(agent_id, DEVICES.c.id == device_id))


def revoke_all(agent_id: str) -> int:
    """Sign out every phone of an agent (the person is disabled). Gives how many."""
    return len(_revoke(agent_id, DEVICES.c.kind == "phone"))


def _revoke(agent_id: str, which: Any) -> list[str]:
    now = utcnow()
    with write() as session:
        connection = session.connection()
        scopes = (f"agent:{agent_id}",)
        heads = lock_heads(connection, scopes)
        query = sa.select(DEVICES.c.id).where(DEVICES.c.agent == agent_id, DEVICES.c.revoked_at.is_(None), which)
        ids = list(connection.scalars(query))
        connection.execute(DEVICES.update().where(DEVICES.c.id.in_(ids)).values(revoked_at=now))
        for device_id in ids:
            work = Workset(connection, Author(device_id, agent_id, scopes, "server", now), keyring(), heads)
            _put_card(work, {"revoked_at": instant_text(now)})
            work.flush()
    return ids


def take_status(caller: Caller, status: dict[str, Any] | None, cursor: str | None, now: datetime) -> None:
    """Show on the device's record what the phone says of itself; written only when it says something new."""
    said = _said(status)
    if said is None:
        return
    mended = (said.get("mended") or 0) - (caller.shown[3] or 0)
    if mended > 0:
        log.warning("device %s found %d of its records wrong and put them right", caller.id, mended)
    author = Author(caller.id, caller.agent_id, caller.scopes(), "server", now)
    with write() as session:
        connection = session.connection()
        work = Workset(connection, author, keyring(), lock_heads(connection, [author.book]))
        _put_card(work, said | {"last_seen_at": instant_text(now)})
        work.flush()
        kept = {"cursor": cursor, "build": said.get("build")}
        connection.execute(DEVICES.update().where(DEVICES.c.id == caller.id).values(**kept))


def has_news(caller: Caller, status: dict[str, Any] | None, now: datetime) -> bool:
    """Whether `take_status` would write: something else is said, or the last time is long ago."""
    said = _said(status)
    if said is None:
        return False
    waiting, oldest, build, mended, mended_at, seen = caller.shown
    shown = {"waiting": waiting, "oldest_waiting_at": oldest and instant_text(oldest), "build": build}
    shown |= {"mended": mended, "mended_at": mended_at and instant_text(mended_at)}
    return seen is None or now - seen > SEEN_AGAIN or any(shown[name] != value for name, value in said.items())


def _said(status: dict[str, Any] | None) -> dict[str, Any] | None:
    """What of a status can be shown; a strange status is not worth a failed sync."""
    if not isinstance(status, dict):
        return None
    build = status.get("build")
    said = {
        "waiting": _count(status.get("waiting")),
        "oldest_waiting_at": _instant(status.get("oldest_at")),
        "build": build[:64] if isinstance(build, str) and "\0" not in build and build.isascii() else None,
    }
    if "mended" in status:  # a phone that never had to mend anything does not speak of it
        said |= {"mended": _count(status["mended"]), "mended_at": _instant(status.get("mended_at"))}
    return said


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 2**31 else None


def _instant(text: Any) -> str | None:
    try:
        moment = datetime.fromisoformat(text)
        return instant_text(moment) if moment.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def _put_card(work: Workset, said: dict[str, Any]) -> None:
    """Write the device's own record, as an edit of the server."""
    stage = Stage(work, 0)
    found = stage.get(DEVICE.name, work.author.device_id)
    row = found.row if found else {"id": work.author.device_id} | dict.fromkeys(DEVICE.fields) | {"label": "?"}
    stage.put(DEVICE, work.author.book, row | said, said)
    work.absorb(stage)


def server_author(
    name: str, agent_id: str, *, scopes: Iterable[str] | None = None, home: str | None = None, label: str | None = None
) -> Author:
    """The writer on the server called `name` (one per person or job), acting for an agent.

    `scopes`: the books it may write (the agent's own book, if not said). `home`: the book of new records.
    Edits without `n` are numbered when they are applied.
    """
    now = utcnow()
    book = home or f"agent:{agent_id}"
    author_scopes = tuple(dict.fromkeys([book, *(scopes or ())]))
    query = sa.select(DEVICES.c.id).where(DEVICES.c.name == name)
    with write() as session:
        connection = session.connection()
        device_id = connection.scalar(query)
        if device_id is None:
            device_id = new_id()
            line = {"id": device_id, "agent": agent_id, "kind": "server", "label": (label or name)[:LABEL_LENGTH]}
            _insert_once(connection, line | {"name": name, "last_n": 0, "created_at": now})
            device_id = connection.scalar(query) or device_id
    return Author(device_id, agent_id, author_scopes, "server", now, home=home)


def _insert_once(connection: sa.Connection, line: dict[str, Any]) -> None:
    """Two processes may want the same writer at the same time."""
    connection.execute(insert_of(connection.dialect)(DEVICES).on_conflict_do_nothing(), line)
