"""The book of the figures: 2,000 customers, 5,000 policies, 10,000 visits; fifty agents and their phones.

`fill` runs inside the application of the server that is measured; it writes through `apply_edits` like everybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from portal.seed.families import Book, Record, Tree

CUSTOMERS, POLICIES, VISITS = 2_000, 5_000, 10_000
RECORDS = CUSTOMERS + POLICIES + VISITS
AGENTS, DEVICES = 50, 500
EDITS_AT_ONCE = 500


def records(seed: int = 1) -> Iterator[Record]:
    """The book, tree by tree, parents first. The same seed makes the same book."""
    book = Book(Random(seed), date(2026, 11, 22))
    for at in range(CUSTOMERS):
        yield from _tree(book, 2 + at % 2, VISITS // CUSTOMERS).records


def _tree(book: Book, policies: int, visits: int) -> Tree:
    tree = Tree()
    person = book.town.person(book.random.randint(24, 70))
    book.add(tree, "customer", book._customer(person, married=False))
    member = ("customer", tree.id, person)
    for _ in range(policies):
        book.add(tree, "policy", book.policy(tree.id, member, member, book.random.choice(("ci", "term", "annuity"))))
    for visit in book._visits(tree.id, visits):
        book.add(tree, "visit", visit)
    return tree


def creation(record: Record) -> dict[str, Any]:
    """The edit that makes a record; whoever sends it numbers it."""
    fields = {name: [None, value] for name, value in record.fields.items()}
    return {"op": "create", "kind": record.kind, "id": record.id, "set": fields, "at": "2026-11-22T09:30:00.000Z"}


def change(record: Record) -> dict[str, Any]:
    """The edit that changes one field of a record that nobody has changed before."""
    field, value = {"customer": ("city", "杭州"), "policy": ("pay_years", 25), "visit": ("minutes", 55)}[record.kind]
    pair = [record.fields.get(field), value]
    record.fields[field] = value
    return {"op": "update", "kind": record.kind, "id": record.id, "base": 1, "set": {field: pair},
            "at": "2026-11-22T10:30:00.000Z"}  # fmt: skip


def fill(*, devices: int = DEVICES, book: bool = True) -> dict[str, Any]:
    """Fifty agents with `devices` phones between them; the first has the book. Their ids and tokens."""
    from sync import devices as phones
    from sync.apply import apply_edits
    from sync.devices import server_author

    agents = _people()
    author = server_author("bench", agents[0])
    edits = [creation(record) for record in records()] if book else []
    for start in range(0, len(edits), EDITS_AT_ONCE):
        verdicts = apply_edits(edits[start : start + EDITS_AT_ONCE], author)
        assert all(verdict["verdict"] == "ok" for verdict in verdicts), verdicts
    made = [(agents[at % AGENTS], *phones.register(agents[at % AGENTS], f"phone {at}")) for at in range(devices)]
    return {"agents": agents, "devices": [{"agent": agent, "token": token} for agent, _, token in made]}


def _people() -> list[str]:
    from portal.accounts import passwords
    from portal.accounts.people import add_agent
    from portal.accounts.units import add_unit
    from sync.database import write

    hashed = passwords.hash_password("doorstep-demo")
    with write() as session:
        branch = add_unit(session, "望江分公司")
        team = add_unit(session, "望江二部", branch)
        return [
            add_agent(
                session, username=f"agent{at}", name=f"业务员{at}", unit=team, role="agent", password_hash=hashed
            ).id
            for at in range(AGENTS)
        ]


def grow(agent_id: str, times: int) -> None:
    """Let the feed of a book look as if it had `times` as many records. Only the feed: nobody pulls these lines."""
    import sqlalchemy as sa

    from sync.database import write
    from sync.tables import FEED, HEAD

    scope = f"agent:{agent_id}"
    with write() as session:
        lines = session.execute(sa.select(FEED).where(FEED.c.scope == scope)).mappings().all()
        seq = session.execute(sa.select(HEAD.c.seq).where(HEAD.c.scope == scope)).scalar_one()
        for time in range(1, times):
            more = [dict(line, id=f"{time:08x}{line['id'][8:]}", seq=seq + at) for at, line in enumerate(lines, 1)]
            session.execute(FEED.insert(), more)
            seq += len(lines)
        session.execute(HEAD.update().where(HEAD.c.scope == scope).values(seq=seq))
