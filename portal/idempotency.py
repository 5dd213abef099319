"""Idempotency keys: a program that got no reply sends the same POST again, and it is done once.

The key comes in the header `Idempotency-Key`; it belongs to the person and holds for a day. A view wears `@once` under
its guard. Only what succeeded is kept: after a refusal nothing was done, and the key may be used again.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Response, current_app, g, make_response, request
from sqlalchemy.orm import Mapped, mapped_column

from portal.errors import Problem
from portal.translations import msgid
from sync.columns import Sealed, UtcDateTime, utcnow
from sync.database import Base, glance, table_of, write
from sync.keyring import open_sealed, seal
from sync.tables import insert_of

View = TypeVar("View", bound=Callable[..., Any])

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
#: What a key may be: a UUID, or anything a program can print.
KEY = re.compile(r"[\x21-\x7e]{1,200}")
KEPT = timedelta(hours=24)
#: Who began and was not heard of for so long has died; the request is done again, which every view can bear.
PATIENCE = timedelta(minutes=2)

BAD_KEY = msgid("An idempotency key has 1 to 200 printable characters without blanks.")
REUSED = msgid("This idempotency key was used for something else.")
UNDER_WAY = msgid("The first request with this idempotency key is still under way.")


class KeptAnswer(Base):
    """What a request with a key was answered, for whoever asks again. The body may name people, so it is sealed."""

    __tablename__ = "kept_answer"

    #: Of person and key.
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    asked: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    status: Mapped[int | None] = mapped_column(sa.Integer)
    body: Mapped[bytes | None] = mapped_column(Sealed)


TABLE = table_of(KeptAnswer)


def once(most: int | None = None) -> Callable[[View], View]:
    """Do what a key names only once. `most`: the largest body in bytes; MAX_BODY_BYTES when not said."""

    def mark(view: View) -> View:
        @wraps(view)
        def keyed(*args: Any, **kwargs: Any) -> Any:
            body = _body(most or current_app.config["MAX_BODY_BYTES"])
            key = request.headers.get(HEADER)
            if key is None:
                return view(*args, **kwargs)
            if not KEY.fullmatch(key):
                raise Problem(400, "bad_idempotency_key", BAD_KEY)
            row_id = hashlib.sha256(f"{g.agent.id}\0{key}".encode()).hexdigest()
            known = _begin(row_id, _print(body))
            if known is not None:
                return _again(known)
            return _first(row_id, lambda: view(*args, **kwargs))

        keyed.once = True  # type: ignore[attr-defined]
        return keyed  # type: ignore[return-value]

    return mark


def _body(most: int) -> bytes:
    """The whole body, read before anything is asked of the database. Raises 413."""
    request.max_content_length = most
    return request.get_data(cache=True)


def _print(body: bytes) -> bytes:
    """What was asked: method, address and every byte of the body."""
    asked = f"{request.method}\0{request.full_path}\0{request.mimetype}\0".encode()
    return hashlib.sha256(asked + body).digest()


def _begin(row_id: str, asked: bytes) -> Any:
    """None: the key is ours now. Else the answer that is kept. Raises Problem when it is not there yet, or not this."""
    now = utcnow()
    line = {"id": row_id, "asked": asked, "begun_at": now}
    with write() as session:
        connection = session.connection()
        insert = insert_of(connection.dialect)(TABLE).on_conflict_do_nothing().returning(TABLE.c.id)
        if connection.execute(insert, line).first():
            return None
        found = connection.execute(sa.select(TABLE).where(TABLE.c.id == row_id).with_for_update()).one()
        dead = found.status is None and found.begun_at < now - PATIENCE
        if dead or found.begun_at < now - KEPT:
            connection.execute(TABLE.update().where(TABLE.c.id == row_id).values(**line, status=None, body=None))
            return None
    if found.asked != asked:
        raise Problem(422, "idempotency_key_reused", REUSED)
    if found.status is None:
        raise Problem(409, "under_way", UNDER_WAY, headers={"Retry-After": "1"})
    return found


def _first(row_id: str, do: Callable[[], Any]) -> Response:
    try:
        response = make_response(do())
    except BaseException:
        _forget(row_id)
        raise
    if not 200 <= response.status_code < 300:
        _forget(row_id)
        return response
    kept = seal(_text(response), TABLE.name, "body", row_id)
    with write() as session:
        done = TABLE.update().where(TABLE.c.id == row_id).values(status=response.status_code, body=kept)
        session.execute(done)
    return response


def _text(response: Response) -> str:
    """The JSON of an answer; who asks again may not take packed ones."""
    raw = response.get_data()
    return (gzip.decompress(raw) if response.content_encoding == "gzip" else raw).decode()


def _again(known: Any) -> Response:
    body = open_sealed(known.body, TABLE.name, "body", known.id)
    return Response(body, status=known.status, mimetype="application/json", headers={REPLAYED: "true"})


def _forget(row_id: str) -> None:
    with write() as session:
        session.execute(TABLE.delete().where(TABLE.c.id == row_id))


def forget_old(now: datetime) -> int:
    """Remove answers that nobody asks for any more; how many. A chore of the worker."""
    with glance() as connection:
        old = sa.select(sa.func.count()).select_from(TABLE).where(TABLE.c.begun_at < now - KEPT)
        if not connection.scalar(old):
            return 0
    with write() as session:
        return session.execute(TABLE.delete().where(TABLE.c.begun_at < now - KEPT)).rowcount  # type: ignore[attr-defined]
