"""The leader's first page, and the frame that all pages of the team stand in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from portal.accounts.guards import current_agent, role
from portal.dates import day_of, shown, time_of
from portal.pages import language, render
from portal.team import bp
from portal.team.escrow import DECIDERS
from portal.team.phones import REVOKERS
from portal.team.reassignments import GIVERS
from sync.columns import utcnow

TAB = {"at": "team", "leader": True, "count": ""}


@bp.get("")
@role(*REVOKERS)
def index() -> str:
    """What can be done here."""
    agent = current_agent()
    return team_page(
        "team/index.html", unit_name=agent.unit.name, gives=agent.role in GIVERS, decides=agent.role in DECIDERS
    )


def team_page(template: str, **model: Any) -> str:
    """A page of this room, with the tabs for whoever has a phone's pages too."""
    agent = current_agent()
    frame = {"tabs": TAB, "has_tabs": agent.has_book}
    return render(template, shell_with=frame, home_href="/team", home_text=_("Team"), **model)


def when(moment: datetime) -> str:
    """11月25日 17:10."""
    return f"{shown(day_of(moment), language(), day_of(utcnow()))} {time_of(moment)}"
