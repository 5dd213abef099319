"""What an administrator does about somebody's access: one-time codes, the second step, disable and enable."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.accounts import people, reset_codes, sessions, two_step
from portal.accounts.admin import bp
from portal.accounts.admin.frame import said, when
from portal.accounts.arriving import go
from portal.accounts.guards import agent_or_404, current_agent, role
from portal.accounts.models import Agent, NotAdded
from portal.errors import Problem
from portal.pages import render
from portal.translations import msgid
from sync.database import write

NOT_ONESELF = msgid("Not for yourself: your own account has pages for this that ask for your password.")


@bp.get("/people/<uuid:agent_id>/codes")
@role("admin")
def confirm_code(agent_id: UUID) -> str:
    """Ask before a code is made."""
    return _ask(
        _other(agent_id),
        action="admin.make_code",
        title=_("Make a one-time code?"),
        texts=[
            _("With it %(name)s signs in once and chooses a password. The old password goes on until then."),
            _("You see the code once. Give it to %(name)s yourself, by phone or on paper, not in a group chat."),
        ],
        button=_("Make the code"),
    )


@bp.post("/people/<uuid:agent_id>/codes")
@role("admin")
def make_code(agent_id: UUID) -> str:
    """The code, shown this once."""
    agent = _other(agent_id)
    if agent.disabled_at is not None:
        raise Problem(422, "agent_disabled", msgid("This person is disabled."))
    code, kept = reset_codes.make(agent, current_agent().id)
    return render(
        "admin/code.html",
        name=agent.name,
        username=agent.username,
        code=code,
        until=when(kept.expires_at),
        back_href=url_for("admin.person", agent_id=agent.id),
    )


@bp.get("/people/<uuid:agent_id>/two-step/resets")
@role("admin")
def confirm_two_step_reset(agent_id: UUID) -> str:
    """Ask before the second step is taken away."""
    return _ask(
        _other(agent_id),
        action="admin.reset_two_step",
        title=_("Take away the second step?"),
        texts=[
            _(
                "For somebody who lost the authenticator and the recovery codes. Make sure that it is %(name)s who asks."
            ),
            _(
                "%(name)s is signed out of all browsers, and signs in with the password alone until a new one is set up."
            ),
        ],
        button=_("Take it away"),
        tone="danger",
    )


@bp.post("/people/<uuid:agent_id>/two-step/resets")
@role("admin")
def reset_two_step(agent_id: UUID) -> Any:
    """Twice is the same as once."""
    agent = _other(agent_id)
    with write() as session:
        if two_step.end(session, agent, current_agent().id):
            sessions.end_all(session, agent.id)
    return go(url_for("admin.person", agent_id=agent.id))


@bp.get("/people/<uuid:agent_id>/disablings")
@role("admin")
def confirm_disabling(agent_id: UUID) -> str:
    """Ask before somebody is disabled."""
    return _disable_page(agent_or_404(agent_id))


@bp.post("/people/<uuid:agent_id>/disablings")
@role("admin")
def disable_person(agent_id: UUID) -> Any:
    """No sign-in, no session, no phone; the last administrator stays. Twice is the same as once."""
    agent = agent_or_404(agent_id)
    try:
        people.disable(agent.id, current_agent().id, even_last=False)
    except NotAdded as fault:
        return _disable_page(agent, said(fault)["role"]), 422
    return go(url_for("admin.person", agent_id=agent.id))


@bp.post("/people/<uuid:agent_id>/enablings")
@role("admin")
def enable_person(agent_id: UUID) -> Any:
    """Somebody is back. Twice is the same as once."""
    agent = agent_or_404(agent_id)
    people.enable(agent.id, current_agent().id)
    return go(url_for("admin.person", agent_id=agent.id))


def _other(agent_id: UUID) -> Agent:
    """Somebody else: whoever has one's browser for a minute must not get one's account with it."""
    agent = agent_or_404(agent_id)
    if agent.id == current_agent().id:
        raise Problem(403, "not_oneself", NOT_ONESELF)
    return agent


def _disable_page(agent: Agent, error: str = "") -> str:
    return _ask(
        agent,
        action="admin.disable_person",
        title=_("Disable %(name)s?"),
        texts=[
            _(
                "%(name)s is signed out everywhere and cannot sign in. Phones are revoked: at their next sync they hand in what was not sent, and the customers are removed from them."
            ),
            _("The customers stay where they are until a leader hands them over. You can let %(name)s in again later."),
        ],
        button=_("Disable"),
        tone="danger",
        error=error,
    )


def _ask(
    agent: Agent, *, action: str, title: str, texts: list[str], button: str, tone: str = "primary", error: str = ""
) -> str:
    return render(
        "admin/ask.html",
        title=title.replace("%(name)s", agent.name),
        who=agent.name,
        texts=[text.replace("%(name)s", agent.name) for text in texts],
        action=url_for(action, agent_id=agent.id),
        back_href=url_for("admin.person", agent_id=agent.id),
        button=button,
        tone=tone,
        error=error,
    )
