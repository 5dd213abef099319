"""Prepared statements say what SQLAlchemy's own say, and fail as they do: by name, and without a value in the text."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, StatementError

from sync.columns import new_id, utcnow
from sync.database import glance, write
from sync.many import among, inserting
from sync.prepared import Prepared, together
from sync.tables import DEVICES, HEAD
from tests.sync.cast import ANA


def heads(count: int) -> list[dict]:
    return [{"scope": f"agent:{at}", "seq": at, "epoch": 1, "digest": "0" * 16, "floor": 0} for at in range(count)]


def keep(lines: list[dict]) -> None:
    with write() as session:
        connection = session.connection()
        inserting(HEAD, connection.dialect).run(connection, lines)


def test_rows_are_what_the_columns_say(app):
    now, device = utcnow(), new_id()
    line = {"id": device, "agent": ANA, "kind": "phone", "label": "王芳的手机", "last_n": 3, "created_at": now}
    with write() as session:
        connection = session.connection()
        inserting(DEVICES, connection.dialect).run(connection, [dict.fromkeys(DEVICES.columns.keys()) | line])
    query = sa.select(DEVICES.c.label, DEVICES.c.created_at, DEVICES.c.revoked_at).where(
        DEVICES.c.id == sa.bindparam("id")
    )
    with glance() as connection:
        found = Prepared(query, connection.dialect).row(connection, id=device)
        assert (found.label, found.created_at, found.revoked_at) == ("王芳的手机", now, None)
        assert Prepared(query, connection.dialect).row(connection, id=new_id()) is None


def test_a_list_is_one_parameter_however_long(app):
    keep(heads(3))
    with glance() as connection:
        query = Prepared(
            sa.select(HEAD.c.seq).where(among(HEAD.c.scope, "scopes", connection.dialect)), connection.dialect
        )
        wanted = [f"agent:{at}" for at in range(1, 70_000)]
        assert sorted(row.seq for row in query.rows(connection, scopes=wanted)) == [1, 2]
        assert query.rows(connection, scopes=[]) == []


def keep_one_twice(in_one_go: bool) -> None:
    with write() as session, together(session.connection()) if in_one_go else nullcontext():
        connection = session.connection()
        for lines in (heads(3)[1:], heads(1), heads(5)[3:]):
            inserting(HEAD, connection.dialect).run(connection, lines)


@pytest.mark.parametrize("in_one_go", [True, False])
def test_what_the_database_refuses_is_undone_and_has_its_usual_name(app, in_one_go):
    keep(heads(1))
    with pytest.raises(IntegrityError) as refused:
        keep_one_twice(in_one_go)
    assert "0000000000000000" not in str(refused.value)
    with glance() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(HEAD)) == 1
    keep(heads(2)[1:])  # the connection is as good as before


def test_a_value_that_does_not_fit_its_column_never_reaches_the_database(app):
    device = dict.fromkeys(DEVICES.columns.keys()) | {"id": new_id(), "created_at": utcnow().replace(tzinfo=None)}
    with pytest.raises(StatementError), write() as session:
        inserting(DEVICES, session.connection().dialect).run(session.connection(), [device])


def test_a_look_inside_a_look_is_the_same_connection(app):
    with glance() as outer:
        with glance() as inner:
            assert inner is outer
        assert outer.scalar(sa.text("SELECT 1")) == 1
    with glance() as again:
        assert again is not outer
