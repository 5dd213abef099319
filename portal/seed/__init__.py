"""The demo office: one branch, two teams, a dozen fictional people with believable books. 演示 throughout.

seed(app, "small", today)   望江分公司 with the sign-ins below, ≈ 60 customers an agent, 268 for the first
seed(app, "large", today)   the same, and one agent with 10,000 customers
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from random import Random
from typing import Any

from flask import Flask

from portal.accounts import passwords
from portal.accounts.models import Agent
from portal.accounts.people import add_agent
from portal.accounts.units import add_unit
from portal.needs import definitions
from portal.products import catalogue
from portal.proposals import thresholds
from portal.seed.families import Book, Tree
from portal.seed.li_analysis import li_analysis
from portal.seed.li_family import li_family
from portal.seed.todays import todays_people
from sync.apply import apply_edits
from sync.database import write
from sync.devices import server_author

PASSWORD = "doorstep-demo"
BRANCH, TEAMS = "望江分公司", ("望江一部", "望江二部")

# username, name, role, unit, customers
PEOPLE = (
    ("demo", "沈清越", "agent", TEAMS[1], 268),
    ("leader", "林知远", "leader", TEAMS[1], 40),
    ("gu", "顾以宁", "agent", TEAMS[1], 60),
    ("lu", "陆一帆", "agent", TEAMS[1], 60),
    ("jiang", "江若水", "agent", TEAMS[1], 60),
    ("leader1", "韩述", "leader", TEAMS[0], 40),
    ("su", "苏晓棠", "agent", TEAMS[0], 60),
    ("tang", "唐立", "agent", TEAMS[0], 60),
    ("bai", "白露", "agent", TEAMS[0], 60),
    ("office", "王芳", "office", TEAMS[1], 0),
    ("manager", "许望", "manager", BRANCH, 0),
    ("compliance", "方正", "compliance", BRANCH, 0),
    ("admin", "管理员", "admin", BRANCH, 0),
)
#: What they may sell (R02): every leader and the first agent more than the others.
GRADES = {"demo": 3, "leader": 4, "agent": 2}
LARGE = ("large", "钟万里", "agent", TEAMS[1], 10_000)

SIGN_INS = (
    ("demo", PASSWORD, "沈清越，业务员 (agent, 268 customers)"),
    ("leader", PASSWORD, "林知远，主管 (team leader)"),
    ("office", PASSWORD, "王芳，内勤 (back office)"),
    ("manager", PASSWORD, "许望，经理 (branch manager)"),
    ("compliance", PASSWORD, "方正，合规 (compliance)"),
    ("admin", PASSWORD, "管理员 (administrator)"),
)


def seed(app: Flask, size: str, today: date) -> dict[str, Any]:
    """Fill an office that has nobody yet. Returns how many people and records were made."""
    wanted = (*PEOPLE, LARGE) if size == "large" else PEOPLE
    with app.app_context():
        definitions.publish_ours()  # the demo family's analysis is made with them
        catalogue.publish_ours()
        thresholds.publish_ours()
        people = _people(wanted, today)
        records = sum(_book(agent, count, today, seed) for seed, (agent, count) in enumerate(people, 1) if count)
    return {"people": len(people), "records": records}


def _people(wanted: Iterable[tuple[str, str, str, str, int]], today: date) -> list[tuple[Agent, int]]:
    made = []
    hashed = passwords.hash_password(PASSWORD)
    with write() as session:
        branch = add_unit(session, BRANCH)
        units = {BRANCH: branch, **{name: add_unit(session, name, branch) for name in TEAMS}}
        for number, (username, name, role, unit, customers) in enumerate(wanted, 1):
            agent = add_agent(
                session,
                username=username,
                name=name,
                role=role,
                unit=units[unit],
                password_hash=hashed,
                registration=f"0200003301000{12345 + number}" if role in {"agent", "leader"} else None,
                registration_expires=date(today.year + 1, 12, 31) if role in {"agent", "leader"} else None,
                sales_grade=GRADES.get(username, GRADES.get(role)),
                work_phone=f"1380000{2045 + number}",
            )
            made.append((agent, customers))
    return made


def _book(agent: Agent, customers: int, today: date, seed: int) -> int:
    """Write one agent's book through `apply_edits`, a few hundred records a commit; how many were written."""
    book = Book(Random(seed), today)
    trees: list[Tree] = []
    if agent.username == "demo":
        family = li_family(book)
        li_analysis(book, family)
        trees += [family, *todays_people(book)]
    trees += book.trees(customers - len(trees), visits=1 if customers > 1000 else None)
    author = server_author("seed", agent.id)
    written = 0
    for batch in _batches(trees, 400):
        edits = [_create(record, book) for tree in batch for record in tree.records]
        verdicts = apply_edits(edits, author)
        refused = [verdict for verdict in verdicts if verdict["verdict"] == "rejected"]
        if refused:
            raise RuntimeError(f"the demo office breaks our own rules: {refused[0]['error']}")
        written += len(verdicts)
    return written


def _create(record: Any, book: Book) -> dict[str, Any]:
    fields = {name: [None, value] for name, value in record.fields.items()}
    return {"op": "create", "kind": record.kind, "id": record.id, "set": fields, "at": book.at(0, 8)}


def _batches(trees: list[Tree], size: int) -> Iterable[list[Tree]]:
    batch: list[Tree] = []
    for tree in trees:
        batch.append(tree)
        if sum(len(each.records) for each in batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch
