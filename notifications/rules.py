"""The registry of rules: each looks at the world and says which occasions there are.

    register_rule(Rule("birthday", birthdays))

A rule is asked again and again and may repeat itself: an occasion's key makes it one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

log = logging.getLogger("doorstep.notifications")


@dataclass(frozen=True)
class Occasion:
    """Something a person is to be told at `due_at`. `key` names it among all occasions of its rule."""

    key: str
    person: str
    due_at: datetime
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """`occasions(now)` gives what is known at an instant; it reads and never writes."""

    name: str
    occasions: Callable[[datetime], Iterable[Occasion]]


RULES: dict[str, Rule] = {}


def register_rule(rule: Rule) -> Rule:
    """Make a rule known. Raises ValueError when another has its name."""
    if RULES.get(rule.name, rule) != rule:
        raise ValueError(f"there is another rule called {rule.name}")
    RULES[rule.name] = rule
    return rule


def run_rules(now: datetime) -> int:
    """Ask every rule and put what is new into the outbox; how many that were. One rule's fault stops no other."""
    from notifications.outbox import enqueue

    fresh = 0
    for rule in list(RULES.values()):
        try:
            fresh += enqueue(rule.name, list(rule.occasions(now)), now)
        except Exception as error:
            log.error("rule %s fell over: %s", rule.name, type(error).__name__, exc_info=error)
    return fresh
