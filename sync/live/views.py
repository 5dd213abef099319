"""`POST /sync/tickets` and `GET /sync/live`."""

from __future__ import annotations

from functools import partial
from socket import socket

import sqlalchemy as sa
from flask import Response, current_app, request

from sync import body, devices
from sync.database import glance
from sync.endpoint import bp
from sync.engine import engine
from sync.errors import SyncProblem, revoked
from sync.live import ticket
from sync.live.hub import DEVICES, Hub, heads_of
from sync.live.line import CAN_HOLD, Holding, Line

RETRY_SECONDS = "30"

_BY_ID = sa.select(DEVICES.c.agent, DEVICES.c.revoked_at).where(DEVICES.c.id == sa.bindparam("id"))


@bp.post("/tickets")
def give_ticket() -> Response:
    """Where this device hears of changes, for the next minute. 404: not here; ask each minute instead."""
    _hub()
    with glance() as connection:
        caller = devices.authenticate(connection, request.headers.get("Authorization"))
    return body.reply({"url": f"/sync/live?ticket={ticket.issue(caller.id)}", "seconds": ticket.SECONDS})


@bp.get("/live")
def listen() -> Response:
    """A stream of events `change` and `beat`, both empty."""
    hub = _hub()
    device_id = ticket.device_of(request.args.get("ticket", ""))
    if request.method == "HEAD":
        return Response(mimetype="text/event-stream")
    if not hub.has_room():
        raise SyncProblem(503, "busy", headers={"Retry-After": RETRY_SECONDS})
    return Holding(partial(_hold, hub, _line(device_id)))


def _hold(hub: Hub, line: Line, connection: socket, head: bytes) -> None:
    hub.take(connection, head, line)


def _line(device_id: str) -> Line:
    with glance() as connection:
        found = connection.execute(_BY_ID, {"id": device_id}).first()
        scopes = tuple(engine().scopes_of(found.agent)) if found and found.revoked_at is None else ()
        if not scopes:
            raise revoked()
        return Line(device_id, scopes, heads_of(connection, list(scopes)))


def _hub() -> Hub:
    """Only where the server can let go of a connection (`doorstep serve` can)."""
    hub = current_app.extensions.get("doorstep.live")
    if hub is None or not request.environ.get(CAN_HOLD):
        raise SyncProblem(404, "not_found")
    return hub
