"""A person's records for a program: read them, follow what happens to them, write them as a phone would."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint, Response, g, request

from portal.accounts.guards import current_agent, session_or_basic
from portal.accounts.models import ROLES_WITH_BOOK
from portal.errors import Problem
from portal.idempotency import once
from sync import body
from sync.apply import apply_edits
from sync.database import consistent_read
from sync.devices import server_author
from sync.engine import engine
from sync.errors import MESSAGES, SyncProblem
from sync.kinds import KINDS, Kind
from sync.pull import pull, read_wire
from sync.stage import Author
from sync.tables import FEED

bp = Blueprint("records_api", __name__, url_prefix="/api")

HOLDERS = tuple(sorted(ROLES_WITH_BOOK))
MOST_EDITS = 200
USUAL, MOST = 100, 500


@bp.errorhandler(SyncProblem)
def of_the_engine(problem: SyncProblem) -> Response:
    """The engine's refusals look like ours."""
    from portal.errors import show

    return show(Problem(problem.status, problem.code, MESSAGES[problem.code], headers=problem.headers, **problem.more))


@bp.get("/records/<kind>")
@session_or_basic(*HOLDERS, scope="records:read")
def list_records(kind: str) -> Response:
    """The records of a kind that the person sees, by id. `after`: the last id of the page before."""
    found, limit, after = _kind_or_404(kind), _limit(USUAL, MOST), request.args.get("after", "")
    in_sight = sa.and_(FEED.c.scope.in_(_scopes()), FEED.c.kind == found.name, FEED.c.op == "put")
    wanted = sa.select(FEED.c.id).where(in_sight, FEED.c.id > after.replace("\0", "")).order_by(FEED.c.id)
    with consistent_read() as connection:
        ids = list(connection.scalars(wanted.limit(limit + 1)))
        rows = read_wire(connection, found.name, ids[:limit])
    page = [rows[each] for each in ids[:limit]]
    return body.reply({"kind": found.name, "records": page, "next": ids[limit - 1] if len(ids) > limit else None})


@bp.get("/records/<kind>/<uuid:record_id>")
@session_or_basic(*HOLDERS, scope="records:read")
def show_record(kind: str, record_id: UUID) -> Response:
    """One record. 404: it is not there, or not the person's to see."""
    found, row_id = _kind_or_404(kind), str(record_id)
    in_sight = sa.and_(FEED.c.scope.in_(_scopes()), FEED.c.kind == found.name, FEED.c.op == "put")
    with consistent_read() as connection:
        if not connection.scalar(sa.select(FEED.c.id).where(in_sight, FEED.c.id == row_id)):
            raise Problem(404, "not_found")
        row = read_wire(connection, found.name, [row_id])[row_id]
    return body.reply({"kind": found.name, "record": row})


@bp.get("/changes")
@session_or_basic(*HOLDERS, scope="records:read")
def list_changes() -> Response:
    """What happened since a cursor, as a phone pulls it. Without a cursor from the beginning."""
    with consistent_read() as connection:
        page = pull(connection, current_agent().id, _scopes(), request.args.get("cursor"), _limit(500, 5000))
    return body.reply(page)


@bp.post("/edits")
@session_or_basic(*HOLDERS, scope="records:write")
@once()
def create_edits() -> Response:
    """Change the own book as a phone does: the same edits without a number, the same verdicts, the same conflicts."""
    asked = body.parsed(request.get_data())
    edits = asked.get("edits") if isinstance(asked, dict) else None
    if not isinstance(edits, list) or not all(isinstance(edit, dict) for edit in edits):
        raise Problem(400, "bad_request")
    if len(edits) > MOST_EDITS:
        raise Problem(413, "too_large", edits=MOST_EDITS)
    bare = [{name: value for name, value in edit.items() if name != "n"} for edit in edits]
    return body.reply({"verdicts": apply_edits(bare, _author()) if bare else []})


def _author() -> Author:
    """The program as a writer of its own, so that a conflict names it; it may do what a phone may."""
    agent, token = current_agent(), g.get("token")
    name, label = (f"token:{token.id}", token.label) if token else (f"api:{agent.id}", "API")
    writer = server_author(name, agent.id, label=label)
    return replace(writer, kind="program", scopes=_scopes())


def _scopes() -> tuple[str, ...]:
    return tuple(engine().scopes_of(current_agent().id))


def _kind_or_404(name: str) -> Kind:
    if name not in KINDS:
        raise Problem(404, "not_found")
    return KINDS[name]


def _limit(usual: int, most: int) -> int:
    """How many are asked for. Raises Problem 400 for what is no number from 1 to `most`."""
    text = request.args.get("limit", str(usual))
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) <= most):
        raise Problem(400, "bad_request")
    return int(text)
