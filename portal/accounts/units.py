"""Branches and the teams in them: added, renamed, moved, found by name, and drawn as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, orm, select

from portal.accounts import log
from portal.accounts.models import Agent, NotAdded, Unit
from portal.errors import Problem
from portal.translations import msgid
from sync.columns import new_id
from sync.database import db

LONGEST = 100
#: An id and a slash for each floor; the path has to fit its column.
DEEPEST = 20
NEEDS_A_NAME = msgid("A unit needs a name without /.")
TOO_LONG = msgid("Use at most %(most)s characters.")
THERE_ALREADY = msgid("There is a unit %(name)s already.")
NO_SUCH_UNIT = msgid("There is no unit %(name)s.")
RING = msgid("A unit cannot stand below itself.")
TOO_DEEP = msgid("Units go at most %(most)s deep.")


def unit_or_404(unit_id: object) -> Unit:
    """The unit with this id."""
    unit = db.session.get(Unit, str(unit_id))
    if unit is None:
        raise Problem(404, "not_found")
    return unit


def add_unit(session: orm.Session, name: str, parent: Unit | None = None, by: str | None = None) -> Unit:
    """A new unit, below `parent` or at the top. Raises NotAdded when it has a sister of that name."""
    name = _name(name)
    _refuse_twin(session, name, parent.id if parent else None)
    if parent and len(parent.lineage) >= DEEPEST:
        raise NotAdded(TOO_DEEP, "parent", most=DEEPEST)
    unit = Unit(id=new_id(), name=name, parent_id=parent.id if parent else None)
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    session.add(unit)
    session.flush()
    log.note(session, "unit_added", by, unit_id=unit.id, unit=unit.name, above=parent.name if parent else "")
    return unit


def rename_unit(session: orm.Session, unit: Unit, name: str, by: str | None) -> None:
    """Another name. Raises NotAdded when it has a sister of that name."""
    name = _name(name)
    if name == unit.name:
        return
    _refuse_twin(session, name, unit.parent_id)
    old, unit.name = unit.name, name
    log.note(session, "unit_renamed", by, unit_id=unit.id, old=old, new=name)


def move_unit(session: orm.Session, unit: Unit, parent: Unit | None, by: str | None) -> None:
    """The unit and all below it go below `parent`, or to the top. Raises NotAdded. Within `office.change()`."""
    if parent and parent.is_within(unit):
        raise NotAdded(RING, "parent")
    if unit.parent_id == (parent.id if parent else None):
        return
    _refuse_twin(session, unit.name, parent.id if parent else None)
    old_path, new_path = unit.path, f"{parent.path if parent else '/'}{unit.id}/"
    below = list(session.scalars(select(Unit).where(Unit.path.startswith(old_path, autoescape=True))))
    floors = max(len(each.lineage) for each in below) - len(unit.lineage) + 1
    if floors + (len(parent.lineage) if parent else 0) > DEEPEST:
        raise NotAdded(TOO_DEEP, "parent", most=DEEPEST)
    old = session.get_one(Unit, unit.parent_id).name if unit.parent_id else ""
    for each in below:
        each.path = new_path + each.path.removeprefix(old_path)
    unit.parent_id = parent.id if parent else None
    log.note(session, "unit_moved", by, unit_id=unit.id, unit=unit.name, old=old, new=parent.name if parent else "")


def state_of(unit: Unit) -> dict[str, Any]:
    """What can be changed of a unit, to know whether somebody did meanwhile."""
    return {"name": unit.name, "parent": unit.parent_id}


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit in the tree, how many people are at work in it and in all below it, and the units right below it."""

    unit: Unit
    people_below: int
    below: list[Branch]


def tree() -> list[Branch]:
    """The units at the top with all below them, sisters by name."""
    units = list(db.session.scalars(select(Unit)))
    counted = select(Agent.unit_id, func.count()).where(Agent.disabled_at.is_(None)).group_by(Agent.unit_id)
    people: dict[str, int] = {}
    own = dict(db.session.execute(counted).all())
    children: dict[str | None, list[Unit]] = {}
    for unit in sorted(units, key=lambda unit: (unit.name, unit.id)):
        children.setdefault(unit.parent_id, []).append(unit)
        for above in unit.lineage:
            people[above] = people.get(above, 0) + own.get(unit.id, 0)

    def below(parent: str | None) -> list[Branch]:
        return [Branch(unit, people[unit.id], below(unit.id)) for unit in children.get(parent, [])]

    return below(None)


def walk(branches: list[Branch], above: str = "") -> Iterator[tuple[Branch, str]]:
    """Every branch with its names from the top down, each followed by what stands below it."""
    for branch in branches:
        names = f"{above} / {branch.unit.name}" if above else branch.unit.name
        yield branch, names
        yield from walk(branch.below, names)


def full_name(unit: Unit) -> str:
    """The names from the top down: 望江分公司 / 望江二部."""
    names = dict(db.session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(unit.lineage))).all())
    return " / ".join(names[unit_id] for unit_id in reversed(unit.lineage))


def unit_named(session: orm.Session, text: str) -> Unit:
    """The unit with this id, this name, or these names from above joined by /. Raises NotAdded unless it is one."""
    *above, name = [part.strip() for part in text.strip("/").split("/")]
    found = session.execute(select(Unit).where(or_(Unit.id == text, Unit.name == name))).scalars()
    fitting = [unit for unit in found if not above or _names_above(session, unit)[-len(above) :] == above]
    if not fitting:
        raise NotAdded(NO_SUCH_UNIT, "unit", name=text)
    if len(fitting) > 1:
        raise NotAdded(msgid("Several units are called %(name)s: write BRANCH/TEAM."), "unit", name=text)
    return fitting[0]


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name or "/" in name or not name.isprintable():
        raise NotAdded(NEEDS_A_NAME, "name")
    if len(name) > LONGEST:
        raise NotAdded(TOO_LONG, "name", most=LONGEST)
    return name


def _refuse_twin(session: orm.Session, name: str, parent_id: str | None) -> None:
    if session.execute(select(Unit.id).where(Unit.name == name, Unit.parent_id == parent_id)).first():
        raise NotAdded(THERE_ALREADY, "name", name=name)


def _names_above(session: orm.Session, unit: Unit) -> list[str]:
    names: list[str] = []
    while unit.parent_id:
        unit = session.get_one(Unit, unit.parent_id)
        names.insert(0, unit.name)
    return names
