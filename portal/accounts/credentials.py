"""A name and a password: whose are they?"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time

from flask import Request

from portal.accounts import passwords, people, tries, two_step
from portal.accounts.models import Agent
from portal.accounts.transport import may_carry_password
from portal.errors import Problem
from portal.translations import msgid
from sync.database import write

WRONG = msgid("Wrong name or password.")
WRONG_CODE = msgid("This code is wrong, or was used before.")
CODE_NEEDED = msgid("This person signs in with a second step: send a code of it, too.")
#: Where a program puts the code of somebody with a second step.
CODE_HEADER = "Doorstep-Code"

#: A program sends its password with every request: for so long the right one is not hashed, and not counted, again.
REMEMBERED_SECONDS = 300
REMEMBERED_MOST = 1000


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


def agent_of_basic(request: Request) -> Agent | None:
    """The person whom a request names by HTTP Basic; None without it, and for wrong credentials.

    Raises TooManyTries, and Problem: `https_required` over a wire that others read; `code_needed` and `wrong_code` for
    somebody with a second step, whose code comes in the header Doorstep-Code.
    """
    basic = request.authorization
    if basic is None or basic.type != "basic":
        return None
    if not may_carry_password(request):
        raise Problem(403, "https_required", msgid("A password may only travel over https."))
    name, password = basic.username or "", basic.password or ""
    known = people.known_as(name)
    if known is not None and known.disabled_at is None and _proven.has(known, password):
        return _with_code(known, request)
    agent = agent_with(name, password)
    if agent is None:
        return None
    _proven.keep(agent, password)
    return _with_code(agent, request)


def _with_code(agent: Agent, request: Request) -> Agent:
    """The person, whose password was right, unless a second step is asked and its code does not come along."""
    if not two_step.is_on(agent.id):
        return agent
    code = request.headers.get(CODE_HEADER, "")
    if not code:
        raise Problem(401, "code_needed", CODE_NEEDED)
    if not two_step.accept(agent, code):
        raise Problem(401, "wrong_code", WRONG_CODE)
    return agent


class _Proven:
    """Passwords that were right a moment ago, as keyed hashes that mean nothing outside this process.

    Bound to the stored hash: a new password forgets the old one at once.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._until: dict[bytes, float] = {}

    def has(self, agent: Agent, password: str) -> bool:
        return self._until.get(self._mark(agent, password), 0) > time.monotonic()

    def keep(self, agent: Agent, password: str) -> None:
        if len(self._until) >= REMEMBERED_MOST:
            self._until.clear()
        self._until[self._mark(agent, password)] = time.monotonic() + REMEMBERED_SECONDS

    def _mark(self, agent: Agent, password: str) -> bytes:
        said = "\0".join((agent.id, agent.password_hash, password)).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, said, "sha256")


_proven = _Proven()


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
