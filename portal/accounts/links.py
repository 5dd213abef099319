"""The account page's links to other rooms: each room adds its own, because we may not import them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from portal.accounts.models import Agent
from portal.translations import msgid


@dataclass(frozen=True)
class Link:
    """An address, its English msgid, and the roles that see it."""

    href: str
    text: str
    roles: frozenset[str]


PHONE = Link("/today", msgid("My customers on this phone"), frozenset({"agent", "leader", "manager"}))


def add_link(app, link: Link) -> None:
    """Called by a room's `init_app`."""
    app.extensions.setdefault("doorstep.links", []).append(link)


def links_for(agent: Agent) -> list[Link]:
    """What this person may go to, the phone's own pages first."""
    return [link for link in (PHONE, *current_app.extensions.get("doorstep.links", ())) if agent.role in link.roles]
