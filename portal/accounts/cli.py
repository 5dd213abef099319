"""`doorstep unit`, `doorstep agent` and `doorstep keys`: people and keys from the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from sqlalchemy import orm, select

from portal.accounts import log, office, people, reset_codes, sessions, two_step, units
from portal.accounts.models import REGISTRATION_STATUSES, ROLES, Agent, NotAdded
from portal.accounts.passwords import faults, hash_password
from portal.translations import msgid
from sync.database import db, write


def register(group: click.Group) -> None:
    """Add this room's commands to the console script."""
    for command in (unit, agent, keys):
        group.add_command(command)


def unit_add(name: str, parent: str | None = None) -> dict[str, str]:
    """A new unit, below the one called `parent`. Raises NotAdded."""
    with office.change() as session:
        made = units.add_unit(session, name, units.unit_named(session, parent) if parent else None)
        return {"id": made.id, "name": made.name}


def agent_add(username: str, name: str, unit: str, role: str, password: str, **more: Any) -> dict[str, str]:
    """A new person in the unit called `unit`; `more` as `people.add_agent` takes it. Raises NotAdded."""
    fresh = _acceptable(password, username, more.get("work_phone") or "")
    with write() as session:
        made = people.add_agent(
            session,
            username=username,
            name=name,
            unit=units.unit_named(session, unit),
            role=role,
            password_hash=fresh,
            **more,
        )
        return {"id": made.id, "username": made.username, "name": made.name, "role": made.role}


def agent_password(username: str, password: str) -> dict[str, str]:
    """A new password for somebody who forgot theirs; their sessions end. Raises NotAdded."""
    fresh = _acceptable(password, username)
    with write() as session:
        found = _somebody(session, username)
        people.set_password(session, found.id, fresh)
        log.note(session, "password_set", None, agent=found)
        return {"id": found.id, "username": found.username}


def agent_disable(username: str) -> dict[str, str]:
    """Somebody leaves: no sign-in, sessions end, devices are revoked. Raises NotAdded."""
    found = _somebody(db.session, username)
    people.disable(found.id)
    return {"id": found.id, "username": found.username}


def agent_enable(username: str) -> dict[str, str]:
    """Somebody is back, and signs in with the old password. Raises NotAdded."""
    found = _somebody(db.session, username)
    people.enable(found.id)
    return {"id": found.id, "username": found.username}


def agent_code(username: str) -> dict[str, str]:
    """A one-time code, for when no administrator can make one. Raises NotAdded."""
    found = _somebody(db.session, username)
    if found.disabled_at is not None:
        raise NotAdded(msgid("This person is disabled."))
    code, kept = reset_codes.make(found, None)
    return {"username": found.username, "code": code, "until": kept.expires_at.isoformat()}


def agent_two_step_off(username: str) -> dict[str, str]:
    """Take away the second step of somebody who lost the authenticator; their sessions end. Raises NotAdded."""
    with write() as session:
        found = _somebody(session, username)
        if two_step.end(session, found, None):
            sessions.end_all(session, found.id)
        return {"id": found.id, "username": found.username}


def agent_list() -> list[dict[str, str]]:
    """Everybody, with role, unit and whether they may sign in."""
    everybody = db.session.execute(select(Agent).order_by(Agent.username)).scalars()
    return [
        {
            "id": person.id,
            "username": person.username,
            "name": person.name,
            "role": person.role,
            "unit": person.unit.name,
            "disabled": person.disabled_at.isoformat() if person.disabled_at else "",
        }
        for person in everybody
    ]


def key_list(path: Path) -> list[dict[str, str]]:
    """The ids of the keys in the keyring, never the keys. The file is made on first use."""
    from sync.keyring import Keyring

    Keyring.load(path)
    kept = json.loads(path.read_text())
    return [{"id": number, "use": "current" if int(number) == kept["current"] else "old"} for number in kept["keys"]]


def _acceptable(password: str, *names: str) -> str:
    """The hash of a new password, made before anything is written: nobody else may write while it is computed."""
    if wrong := faults(password, *names):
        raise NotAdded(wrong[0])
    return hash_password(password)


def _somebody(session: orm.Session | orm.scoped_session, username: str) -> Agent:
    found = session.execute(select(Agent).where(Agent.username == people.folded(username))).scalar_one_or_none()
    if found is None:
        raise NotAdded(msgid("There is nobody called %(name)s."), name=username)
    return found


def _within_app(command: Callable[..., Any]) -> Callable[..., None]:
    """Run in the application, print for people or as JSON, and say a NotAdded in one line."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @wraps(command)
    def run(as_json: bool, **arguments: Any) -> None:
        from portal import create_app

        with create_app().app_context():
            try:
                result = command(**arguments)
            except NotAdded as error:
                raise click.ClickException(str(error)) from None
        _print(result, as_json)

    return run


def _print(result: dict[str, str] | list[dict[str, str]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    elif isinstance(result, dict):
        click.echo("  ".join(f"{name}: {value}" for name, value in result.items()))
    else:
        for line in result:
            click.echo("  ".join(line.values()))


def _password_from_stdin(from_stdin: bool) -> str:
    """The password, from standard input or typed twice; never an argument, which every process may read."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


_password_option = click.option("--password-stdin", "from_stdin", is_flag=True, help="Read it from standard input.")


@click.group()
def unit() -> None:
    """Branches and teams."""


@unit.command("add")
@click.argument("name")
@click.option("--parent", help="The unit above: id, name, or BRANCH/TEAM.")
@_within_app
def _unit_add(name: str, parent: str | None) -> dict[str, str]:
    """Add a unit."""
    return unit_add(name, parent)


@click.group()
def agent() -> None:
    """The people of the office."""


@agent.command("add")
@click.argument("username")
@click.option("--name", required=True, help="What customers call them.")
@click.option("--unit", "unit_name", required=True, help="Id, name, or BRANCH/TEAM.")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--work-phone", help="Also a way to sign in.")
@click.option("--registration", help="Practice-registration number.")
@click.option("--registration-status", type=click.Choice(REGISTRATION_STATUSES))
@click.option("--registration-expires", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the registration.")
@click.option("--sales-grade", type=click.IntRange(1, 4), help="Which grades of products they may sell; default 1.")
@_password_option
@_within_app
def _agent_add(unit_name: str, from_stdin: bool, **fields: Any) -> dict[str, str]:
    """Add a person."""
    expires = fields.pop("registration_expires")
    fields["registration_expires"] = expires and expires.date()
    return agent_add(unit=unit_name, password=_password_from_stdin(from_stdin), **fields)


@agent.command("password")
@click.argument("username")
@_password_option
@_within_app
def _agent_password(username: str, from_stdin: bool) -> dict[str, str]:
    """Set a new password for somebody who forgot theirs."""
    return agent_password(username, _password_from_stdin(from_stdin))


@agent.command("disable")
@click.argument("username")
@_within_app
def _agent_disable(username: str) -> dict[str, str]:
    """End somebody's access: sign-in, sessions and devices."""
    return agent_disable(username)


@agent.command("enable")
@click.argument("username")
@_within_app
def _agent_enable(username: str) -> dict[str, str]:
    """Let somebody sign in again."""
    return agent_enable(username)


@agent.command("code")
@click.argument("username")
@_within_app
def _agent_code(username: str) -> dict[str, str]:
    """Make a one-time code with which somebody chooses a password."""
    return agent_code(username)


@agent.command("two-step-off")
@click.argument("username")
@_within_app
def _agent_two_step_off(username: str) -> dict[str, str]:
    """Take away the second step of somebody who lost the authenticator."""
    return agent_two_step_off(username)


@agent.command("list")
@_within_app
def _agent_list() -> list[dict[str, str]]:
    """Everybody."""
    return agent_list()


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def keys(as_json: bool) -> None:
    """The keys that seal sensitive values, by id."""
    from portal.config import load

    _print(key_list(load()["DATA_DIR"] / "keys.json"), as_json)
