"""The named cast of the tests: Ana, her leader, a stranger from another team, and the others of the office."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache

from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import passwords
from portal.accounts.people import add_agent
from portal.accounts.units import add_unit
from sync.database import write

PASSWORD = "a door opens softly"
FIRST_PHONE = 13800002046
BRANCH, TEAM, OTHER_TEAM = "望江分公司", "望江二部", "望江五部"


@dataclass(frozen=True)
class Person:
    """Somebody of the cast, as plain values: no session is needed to read them."""

    id: str
    username: str
    name: str
    role: str
    unit_id: str
    work_phone: str
    password: str = PASSWORD

    @property
    def basic(self) -> tuple[str, str]:
        """For HTTP Basic: `client.post("/sync/devices", auth=ana.basic, …)`."""
        return self.username, self.password


@dataclass(frozen=True)
class Cast:
    """Ana and Ben are agents of one team, Lin leads it; the stranger and his leader are of another team."""

    ana: Person
    ben: Person
    leader: Person
    stranger: Person
    other_leader: Person
    office: Person
    manager: Person
    compliance: Person
    admin: Person

    def everybody(self) -> list[Person]:
        return [getattr(self, field.name) for field in fields(self)]


ROLES = {
    "ana": ("ana", "沈清越", "agent", TEAM),
    "ben": ("ben", "顾以宁", "agent", TEAM),
    "leader": ("lin", "林知远", "leader", TEAM),
    "stranger": ("stranger", "陆生", "agent", OTHER_TEAM),
    "other_leader": ("otherlead", "韩述", "leader", OTHER_TEAM),
    "office": ("office", "周内勤", "office", TEAM),
    "manager": ("manager", "许望", "manager", BRANCH),
    "compliance": ("compliance", "方正", "compliance", BRANCH),
    "admin": ("admin", "管理员", "admin", BRANCH),
}


def cast(app: Flask) -> Cast:
    """Make the office: one branch, two teams, nine people who all have the same password."""
    with app.app_context(), write() as session:
        branch = add_unit(session, BRANCH)
        units = {
            BRANCH: branch,
            TEAM: add_unit(session, TEAM, branch),
            OTHER_TEAM: add_unit(session, OTHER_TEAM, branch),
        }
        people = {}
        for number, (part, (username, name, role, unit)) in enumerate(ROLES.items()):
            work_phone = str(FIRST_PHONE + number)
            made = add_agent(
                session,
                username=username,
                name=name,
                role=role,
                unit=units[unit],
                password_hash=_hash(),
                registration=f"0000123456780000{number:04}" if role in {"agent", "leader"} else None,
                work_phone=work_phone,
            )
            people[part] = Person(made.id, username, name, role, made.unit_id, work_phone)
    return Cast(**people)


def sign_in(client: FlaskClient, person: Person) -> FlaskClient:
    """Sign in on the server's page; the client keeps the cookie."""
    response = client.post("/sign-in", data={"username": person.username, "password": person.password})
    assert response.status_code == 303, response.status_code
    return client


@cache
def _hash() -> str:
    """One slow hash for the whole run instead of one a person and test."""
    return passwords.hash_password(PASSWORD)
