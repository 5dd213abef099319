"""The addresses of the engine: `/sync/*`. What they speak is told in docs/sync.md."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import orjson
from flask import Blueprint, Response, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from sync import body, devices, digests, escrow, snapshot
from sync.apply import apply_edits
from sync.canonical import MAX_INT
from sync.columns import utcnow
from sync.database import consistent_read, glance
from sync.devices import Caller
from sync.engine import PROTO, engine
from sync.errors import MESSAGES, SyncProblem
from sync.pieces import gzip_of
from sync.pull import USUAL, nothing_new, pull
from sync.wish import is_id

bp = Blueprint("sync", __name__, url_prefix="/sync")

BUSY_RETRY_SECONDS = "2"
#: Of one push. A body full of tiny edits would keep a thread, and everybody who writes, for minutes.
MOST_EDITS = 2000
CLOCK_SLACK = timedelta(minutes=10)


@bp.errorhandler(SyncProblem)
def problem(error: SyncProblem) -> Response:
    """RFC 9457, with a code for the phone."""
    message = MESSAGES[error.code]
    said = {"type": "about:blank", "title": message, "status": error.status, "code": error.code, "message": message}
    reply = Response(orjson.dumps(said | error.more), status=error.status, mimetype="application/problem+json")
    reply.headers.update(error.headers)
    reply.headers["Cache-Control"] = "no-store"
    return reply


@bp.errorhandler(OperationalError)
@bp.errorhandler(NoConnection)
def busy(_error: Exception) -> Response:
    """The database is locked, restarting or full up: the phone keeps everything and comes again."""
    return problem(SyncProblem(503, "busy", headers={"Retry-After": BUSY_RETRY_SECONDS}))


@bp.post("/devices")
def register_device() -> tuple[Response, int]:
    """A phone signs in for good."""
    asked = _read()
    agent_id = engine().sign_in(request)
    if agent_id is None:
        # Basic credentials are taken, but not asked for: browsers would open their own dialog over our page.
        raise SyncProblem(401, "unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    label = asked.get("label", "")
    if not isinstance(label, str):
        raise SyncProblem(400, "bad_request")
    device_id, token = devices.register(agent_id, _printable(label))
    return body.reply({"device": device_id, "token": token, "agent": agent_id, "proto": PROTO}), 201


@bp.post("/push")
def push() -> Response:
    """Take edits, answer with verdicts; and with news, when asked in the same breath."""
    asked, now = _read(), utcnow()
    with glance() as connection:
        caller = devices.authenticate(connection, request.headers.get("Authorization"))
        proto = _proto(asked)
        edits, wanted = _edits(asked), _pull_of(asked)
        author = caller.author(now, clock_off=_clock_off(asked, now))
    verdicts = apply_edits(edits, author, proto=proto) if edits else []
    last_n = max([caller.last_n, *(verdict["n"] for verdict in verdicts)])
    reply: dict[str, Any] = {"last_n": last_n, "verdicts": verdicts}
    reply |= _page(caller, asked.get("status"), wanted, now, author.scopes)
    return body.reply(reply)


@bp.post("/pull")
def pull_changes() -> Response:
    """News since a cursor."""
    asked, now = _read(), utcnow()
    with glance() as connection:
        caller = devices.authenticate(connection, request.headers.get("Authorization"))
        _proto(asked)
        cursor, limit = _cursor_and_limit(asked)
        scopes = caller.scopes()
        if not devices.has_news(caller, asked.get("status"), now):
            page = nothing_new(connection, caller.agent_id, scopes, cursor)
            if page:
                return body.reply(page)
    return body.reply(_page(caller, asked.get("status"), (cursor, limit), now, scopes)["pull"])


@bp.get("/snapshot")
def download() -> Response:
    """Everything in scope, as lines; `after` goes on where a broken download ended."""
    now = utcnow()
    stack = ExitStack()
    with ExitStack() as failed:
        failed.callback(stack.close)
        connection = stack.enter_context(consistent_read())
        caller = devices.authenticate(connection, request.headers.get("Authorization"))
        after, packed = request.args.get("after"), body.wants_gzip()
        if packed and after is None:
            pieces = snapshot.packed(connection, caller.agent_id, caller.scopes(), now)
            blocks = gzip_of(chain([next(pieces)], pieces))
        else:
            lines = snapshot.lines(connection, caller.agent_id, caller.scopes(), after, now)
            plain = chain([next(lines)], body.gathered(lines))
            blocks = body.packed(plain) if packed else plain
        failed.pop_all()  # faults have shown by now, before the reply begins
    return _stream(stack, blocks, packed)


def _stream(stack: ExitStack, blocks: Iterable[bytes], packed: bool) -> Response:
    response = Response(blocks, mimetype="application/x-ndjson")
    response.call_on_close(stack.close)  # also when nobody ever took the first block
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/escrow")
def hand_in() -> Response:
    """What a revoked phone had not sent, for the leader. A live one may hand in too; nothing is applied."""
    asked = _read()
    with glance() as connection:
        caller, _revoked_at = devices.known(connection, request.headers.get("Authorization"))
    edits = asked.get("edits")
    proto = _proto(asked)
    if not isinstance(edits, list):
        raise SyncProblem(400, "bad_request")
    return body.reply({"answers": escrow.keep(caller, edits, proto)})


@bp.post("/sign-out")
def sign_out() -> Response:
    """A phone leaves of its own accord, with nothing left on it. Twice is the same as once."""
    with glance() as connection:
        caller, revoked_at = devices.known(connection, request.headers.get("Authorization"))
    if revoked_at is None:
        devices.revoke(caller.id, caller.agent_id)
    return body.reply({})


@bp.post("/digests")
def compare() -> Response:
    """Narrow a difference between a replica and the server down to records."""
    asked = _read()
    with consistent_read() as connection:
        caller = devices.authenticate(connection, request.headers.get("Authorization"))
        scope, bucket, scopes = asked.get("scope"), asked.get("bucket"), caller.scopes()
        if scope not in scopes:
            raise SyncProblem(404, "not_found")
        if bucket is not None and (type(bucket) is not int or not 0 <= bucket < digests.BUCKETS):
            raise SyncProblem(400, "bad_request")
        found = digests.narrow(connection, caller.agent_id, scopes, scope, bucket)
    if bucket is None:
        with glance() as connection:
            digests.mend_head(connection, scope, found["buckets"])
    return body.reply(found)


@bp.post("/rows")
def rows() -> Response:
    """The rows of named records, for a replica that found some of its own wrong."""
    asked = _read()
    keys = _keys(asked.get("records"))
    with consistent_read() as connection:
        caller = devices.authenticate(connection, request.headers.get("Authorization"))
        scopes = caller.scopes()
        found = digests.rows_of(connection, caller.agent_id, scopes, keys)
    with glance() as connection:
        digests.mend_lines(connection, scopes, found["rows"])
    return body.reply(found)


@bp.post("/known")
def known() -> Response:
    """How far the server has taken in what the agent's earlier devices sent; a device it does not know is left out."""
    asked = _read()
    ids = asked.get("devices")
    if not isinstance(ids, list) or len(ids) > digests.MOST_DEVICES or not all(is_id(each) for each in ids):
        raise SyncProblem(400, "bad_request")
    with consistent_read() as connection:
        caller = devices.authenticate(connection, request.headers.get("Authorization"))
        return body.reply({"last_n": digests.known_numbers(connection, caller.agent_id, ids)})


def _keys(records: Any) -> list[tuple[str, str]]:
    """`[{"kind", "id"}, …]`, not too many."""
    if not isinstance(records, list) or not 0 < len(records) <= digests.MOST_RECORDS:
        raise SyncProblem(400, "bad_request")
    for each in records:
        if not (isinstance(each, dict) and isinstance(each.get("kind"), str) and is_id(each.get("id"))):
            raise SyncProblem(400, "bad_request")
    return [(each["kind"], each["id"]) for each in records]


def _page(
    caller: Caller, status: Any, wanted: tuple[str | None, int] | None, now: datetime, scopes: tuple[str, ...]
) -> dict[str, Any]:
    """The `pull` part of a reply; what the phone says of itself is written down before, so that it is news too."""
    if devices.has_news(caller, status, now):
        devices.take_status(caller, status, wanted[0] if wanted else None, now)
    if wanted is None:
        return {}
    with consistent_read() as connection:
        return {"pull": pull(connection, caller.agent_id, scopes, *wanted)}


def _read() -> dict[str, Any]:
    """The body, whole, before anything is asked of the database: it may take its time to arrive."""
    return _object(body.read_json(request))


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SyncProblem(400, "bad_request")
    return value


def _proto(asked: dict[str, Any]) -> int:
    """The sender's protocol: ours, the one before, or a newer one whose fields we keep."""
    proto = asked.get("proto")
    if type(proto) is not int or proto > MAX_INT:
        raise SyncProblem(400, "bad_request")
    if proto < PROTO - 1:
        raise SyncProblem(426, "upgrade", proto=PROTO, headers={"Upgrade": f"doorstep-sync/{PROTO}"})
    return proto


def _edits(asked: dict[str, Any]) -> list[dict[str, Any]]:
    edits = asked.get("edits")
    if not isinstance(edits, list):
        raise SyncProblem(400, "bad_request")
    if len(edits) > MOST_EDITS:
        raise SyncProblem(413, "too_large", edits=MOST_EDITS)
    for edit in edits:
        n = edit.get("n") if isinstance(edit, dict) else None
        if type(n) is not int or not 0 < n <= MAX_INT:
            raise SyncProblem(400, "bad_request")
    return edits


def _pull_of(asked: dict[str, Any]) -> tuple[str | None, int] | None:
    wanted = asked.get("pull")
    return None if wanted is None else _cursor_and_limit(_object(wanted))


def _cursor_and_limit(asked: dict[str, Any]) -> tuple[str | None, int]:
    cursor, limit = asked.get("cursor"), asked.get("limit", USUAL)
    if not (cursor is None or isinstance(cursor, str)) or type(limit) is not int:
        raise SyncProblem(400, "bad_request")
    return cursor, limit


def _clock_off(asked: dict[str, Any], now: datetime) -> bool:
    """`clock`: the phone's time as it sends. Too far from ours, its other times are shown with "about"."""
    try:
        clock = datetime.fromisoformat(asked.get("clock", ""))
        return clock.tzinfo is not None and abs(clock - now) > CLOCK_SLACK
    except (TypeError, ValueError):
        return False


def _printable(label: str) -> str:
    return "".join(letter for letter in label if letter.isprintable())
