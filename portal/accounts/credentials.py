"""A name and a password: whose are they?"""

from __future__ import annotations

import hashlib

from portal.accounts import passwords, people, tries
from portal.accounts.models import Agent
from portal.translations import msgid
from sync.database import write

WRONG = msgid("Wrong name or password.")


def agent_with(name: str, password: str) -> Agent | None:
    """The person who signs in by username or work phone with this password, or None.

    An unknown name, a disabled person and a wrong password take the same time and give the same answer.
    Raises TooManyTries.
    """
    agent = people.known_as(name)
    account = agent.id if agent else "?" + hashlib.sha256(people.folded(name).encode()).hexdigest()
    tries.spend(account)
    if agent is not None and agent.disabled_at is not None:
        agent = None
    if not passwords.matches(password, agent.password_hash if agent else None) or agent is None:
        return None
    tries.forgive(account)
    _strengthen(agent, password)
    return agent


def is_password_of(agent: Agent, password: str) -> bool:
    """True for the password of somebody we know already. Raises TooManyTries."""
    tries.spend(agent.id)
    if not passwords.matches(password, agent.password_hash):
        return False
    tries.forgive(agent.id)
    return True


def _strengthen(agent: Agent, password: str) -> None:
    """Hash anew when our settings have become stronger; only now do we have the password."""
    if not passwords.is_outdated(agent.password_hash):
        return
    fresh = passwords.hash_password(password)  # slow: nobody waits to write meanwhile
    with write() as session:
        kept = session.get_one(Agent, agent.id)
        if kept.password_hash == agent.password_hash:  # not changed meanwhile
            kept.password_hash = fresh
