"""A wire row goes into its table just as SQLAlchemy would put it there, on both databases, and reads back the same."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random
from typing import Any

import sqlalchemy as sa

from sync.columns import instant_text, new_id
from sync.database import write
from sync.keyring import keyring
from sync.lines import inserting_rows, updating_rows
from tests.sync import toys

KIND = toys.KINDS[0]
CODEC = KIND.codec
ROWS = 200


def test_a_row_is_stored_as_sqlalchemy_stores_it(app):
    random = Random(5)
    ring = keyring()
    with write() as session:
        connection = session.connection()
        lines, many = inserting_rows(KIND, connection.dialect)
        rows = [some_row(random) for _ in range(ROWS)]
        many.put(connection, [lines.line(row, "agent:a", ring) for row in rows])
        for row in rows:
            connection.execute(KIND.table.insert(), by_sqlalchemy(other_id(row)))
        for row in rows:
            assert raw(connection, row["id"]) == raw(connection, other_id(row)["id"])
            assert opened(connection, row["id"]) == row
        assert {opened(connection, row["id"])["flags"] is not None for row in rows if "flags" in row} == {True}


def test_an_update_writes_what_it_names_and_nothing_else(app):
    random = Random(6)
    ring = keyring()
    with write() as session:
        connection = session.connection()
        lines, many = inserting_rows(KIND, connection.dialect)
        for _ in range(ROWS):
            before, after = some_row(random), some_row(random)
            after["id"] = before["id"]
            many.put(connection, [lines.line(before, "agent:a", ring)])
            names = tuple(sorted(random.sample(CODEC.names[1:], random.randint(1, 6))))
            own = random.random() < 0.5
            changing, some = updating_rows(KIND, names, own, connection.dialect)
            some.put(connection, [changing.line(after, "agent:b", ring)])
            said = after if own else before
            rest = {name: value for name, value in said.items() if name not in CODEC.names}
            whole = {name: (after if name in (*names, "ver") else before)[name] for name in CODEC.names}
            assert opened(connection, before["id"]) == whole | rest
            scope, hashed = connection.execute(
                sa.select(KIND.table.c.scope, KIND.table.c.phone_hash).where(KIND.table.c.id == before["id"])
            ).one()
            assert scope == ("agent:b" if own else "agent:a")
            assert hashed == (whole["phone"] and ring.keyed_hash(whole["phone"], "toy_person.phone"))


def some_row(random: Random) -> dict[str, Any]:
    """A wire row with anything in it that may be there."""

    def maybe(value: Any) -> Any:
        return value if random.random() < 0.7 else None

    def instant() -> str:
        return instant_text(datetime.fromtimestamp(random.randrange(-(10**10), 10**11) / 1000, UTC))

    row = {
        "id": new_id(),
        "ver": random.randint(1, 9),
        "created_at": instant(),
        "updated_at": instant(),
        "name": random.choice(["王芳", "O'Neil", "𝔸", "", "a\\b"]),
        "phone": maybe("13800000000"),
        "tags": maybe(["a", "王", "\\", '"']),
        "answers": maybe({"q": 1, "r": [None, True]}),
        "contact": maybe("any"),
        "born": maybe(date.fromordinal(random.randint(1, 3_000_000)).isoformat()),
        "seen_at": maybe(instant()),
        "score": maybe(random.randint(-(2**31) + 1, 2**31 - 1)),
        "income_fen": maybe(random.randint(0, 2**53 - 1)),
        "smoker": maybe(random.random() < 0.5),
        "code": maybe("x"),
    }
    if random.random() < 0.3:
        row["late_from"] = new_id()
    if random.random() < 0.3:
        row["flags"] = {"contact": {"kept": "none", "lost": "any"}}
    if random.random() < 0.3:
        row["shoe_size"] = 43
    return row


def other_id(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"id": "0" + row["id"][1:8] + "f" + row["id"][9:]}


def by_sqlalchemy(row: dict[str, Any]) -> dict[str, Any]:
    ring, extra = keyring(), CODEC.extra_of(row)
    return CODEC.stored(row, CODEC.names, ring) | {
        "scope": "agent:a",
        "late_from": row.get("late_from"),
        "flags": row.get("flags"),
        "extra": ring.seal(extra, KIND.table.name, "extra", row["id"]) if extra else None,
    }


def raw(connection: sa.Connection, row_id: str) -> list[Any]:
    """What stands in the columns; of what is sealed only that it does."""
    columns = [sa.type_coerce(column, sa.types.NULLTYPE) for column in KIND.table.columns if column.name not in ("id",)]
    found = connection.execute(sa.select(*columns).where(KIND.table.c.id == row_id)).one()
    sealed = {*CODEC.sealed, "extra"}
    names = [column.name for column in KIND.table.columns if column.name != "id"]
    return [value is not None if name in sealed else value for name, value in zip(names, found, strict=True)]


def opened(connection: sa.Connection, row_id: str) -> dict[str, Any]:
    found = connection.execute(sa.select(*CODEC.columns).where(KIND.table.c.id == row_id)).one()
    return CODEC.wire(found, keyring())
