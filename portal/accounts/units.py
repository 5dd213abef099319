"""Branches and the teams in them: added, and found by name."""

from __future__ import annotations

from sqlalchemy import or_, orm, select

from portal.accounts.models import NotAdded, Unit
from sync.columns import new_id


def add_unit(session: orm.Session, name: str, parent: Unit | None = None) -> Unit:
    """A new unit, below `parent` or at the top. Raises NotAdded when it has a sister of that name."""
    name = name.strip()
    if not name or "/" in name:
        raise NotAdded("a unit needs a name without /")
    parent_id = parent.id if parent else None
    if session.execute(select(Unit.id).where(Unit.name == name, Unit.parent_id == parent_id)).first():
        raise NotAdded(f"there is a unit {name} already")
    unit = Unit(id=new_id(), name=name, parent_id=parent_id)
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    session.add(unit)
    session.flush()
    return unit


def unit_named(session: orm.Session, text: str) -> Unit:
    """The unit with this id, this name, or these names from above joined by /. Raises NotAdded unless it is one."""
    *above, name = [part.strip() for part in text.strip("/").split("/")]
    found = session.execute(select(Unit).where(or_(Unit.id == text, Unit.name == name))).scalars()
    fitting = [unit for unit in found if not above or _names_above(session, unit)[-len(above) :] == above]
    if not fitting:
        raise NotAdded(f"there is no unit {text}")
    if len(fitting) > 1:
        raise NotAdded(f"several units are called {text}: write BRANCH/TEAM")
    return fitting[0]


def _names_above(session: orm.Session, unit: Unit) -> list[str]:
    names: list[str] = []
    while unit.parent_id:
        unit = session.get_one(Unit, unit.parent_id)
        names.insert(0, unit.name)
    return names
