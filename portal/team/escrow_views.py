"""What revoked phones handed in: a list, a look at each entry, accepting and discarding."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.guards import current_agent, role
from portal.team import bp
from portal.team import escrow as handed_in
from portal.team import escrow_words as words
from portal.team.escrow import DECIDERS, Surroundings
from portal.team.views import team_page, when
from portal.translations import msgid
from sync import escrow
from sync.escrow import Bundle, Item

#: Waiting entries on one page; what is decided makes room.
PAGE = 200
LONGEST_REASON = 500
NO_REASON = msgid("Say why you need to see it.")
NOTHING_CHOSEN = msgid("Choose at least one entry.")


@bp.get("/escrow")
@role(*DECIDERS)
def escrow_bundles() -> str:
    """By phone: whose, how much, since when."""
    bundles = handed_in.bundles_for(current_agent())
    names = handed_in.people_named(bundle.agent_id for bundle in bundles)
    rows = [_row(bundle, names) for bundle in bundles]
    return team_page(
        "team/escrow.html",
        waiting=[row for row in rows if row["waits"]],
        has_waiting=any(row["waits"] for row in rows),
        decided=[row for row in rows if not row["waits"]],
        has_decided=any(not row["waits"] for row in rows),
        is_empty=not rows,
    )


@bp.get("/escrow/<uuid:device_id>")
@role(*DECIDERS)
def escrow_bundle(device_id: UUID) -> str:
    """Every entry in sentences, and what became of it."""
    return _look(handed_in.bundle_or_404(current_agent(), str(device_id)))


@bp.post("/escrow/<uuid:device_id>/openings")
@role(*DECIDERS)
def open_escrow(device_id: UUID) -> Response | tuple[str, int]:
    """Show contact data for half an hour; why is written down."""
    bundle = handed_in.bundle_or_404(current_agent(), str(device_id))
    reason = " ".join(request.form.get("reason", "").replace("\0", "").split())[:LONGEST_REASON]
    if not reason:
        return _look(bundle, reason_error=_(NO_REASON)), 422
    handed_in.open_for(current_agent(), bundle.device_id, reason)
    return _see(bundle)


@bp.post("/escrow/<uuid:device_id>/acceptances")
@role(*DECIDERS)
def accept_escrow(device_id: UUID) -> Response | tuple[str, int]:
    """Take the chosen entries in, in the agent's name. Twice is the same as once."""
    bundle = handed_in.bundle_or_404(current_agent(), str(device_id))
    chosen = request.form.getlist("item")
    if not chosen:
        return _look(bundle, choice_error=_(NOTHING_CHOSEN)), 422
    escrow.accept(bundle, chosen, current_agent().id)
    return _see(bundle)


@bp.post("/escrow/<uuid:device_id>/discard")
@role(*DECIDERS)
def confirm_escrow_discard(device_id: UUID) -> str | tuple[str, int]:
    """Ask before the chosen entries are put aside."""
    bundle = handed_in.bundle_or_404(current_agent(), str(device_id))
    chosen = set(request.form.getlist("item"))
    items = [item for item in handed_in.items_to_show(bundle.device_id) if item.id in chosen and item.decision is None]
    if not items:
        return _look(bundle, choice_error=_(NOTHING_CHOSEN)), 422
    around = Surroundings(current_agent(), items)
    return team_page(
        "team/escrow_discard.html",
        question=ngettext("Discard %(num)s entry?", "Discard %(num)s entries?", len(items)),
        entries=[{"id": item.id, "head": words.head(item.edit, around.about(item.edit))} for item in items],
        discard_href=url_for("team.discard_escrow", device_id=bundle.device_id),
        back_href=url_for("team.escrow_bundle", device_id=bundle.device_id),
    )


@bp.post("/escrow/<uuid:device_id>/discards")
@role(*DECIDERS)
def discard_escrow(device_id: UUID) -> Response:
    """Put the chosen entries aside; they are kept, with who did it and when."""
    bundle = handed_in.bundle_or_404(current_agent(), str(device_id))
    escrow.drop(bundle.device_id, request.form.getlist("item"), current_agent().id)
    return _see(bundle)


def _see(bundle: Bundle) -> Response:
    return redirect(url_for("team.escrow_bundle", device_id=bundle.device_id), 303)  # type: ignore[return-value]


# ── models of the pages ──────────────────────────────────────────────────────


def _row(bundle: Bundle, names: dict[str, str]) -> dict[str, Any]:
    return {
        "href": url_for("team.escrow_bundle", device_id=bundle.device_id),
        "text": _("%(name)s, %(label)s", name=names.get(bundle.agent_id, ""), label=bundle.label),
        "sub": _("handed in %(time)s", time=when(bundle.last_at)),
        "waits": bundle.waiting > 0,
        "count": ngettext("%(num)s to look at", "%(num)s to look at", bundle.waiting),
    }


def _look(bundle: Bundle, *, reason_error: str = "", choice_error: str = "") -> str:
    viewer = current_agent()
    items = handed_in.items_to_show(bundle.device_id)
    waiting = [item for item in items if item.decision is None]
    decided = [item for item in items if item.decision is not None]
    shown = [*waiting[:PAGE], *decided[-PAGE:]]
    openings = handed_in.openings_of(bundle.device_id)
    names = handed_in.people_named(
        [bundle.agent_id, *(i.decided_by for i in shown), *(o.opened_by for o, _r in openings)]
    )
    around, is_open = Surroundings(viewer, shown), handed_in.is_open(viewer, bundle.device_id)
    entries = {item.id: _entry(item, around, names, is_open) for item in shown}
    return team_page(
        "team/escrow_bundle.html",
        title=_("%(name)s, %(label)s", name=names.get(bundle.agent_id, ""), label=bundle.label),
        handed_in=_("Handed in %(time)s.", time=when(bundle.last_at)),
        waiting=[entries[item.id] for item in waiting[:PAGE]],
        has_waiting=len(waiting) > 0,
        has_takers=any(item.can_be_applied for item in waiting[:PAGE]),
        more=ngettext("%(num)s more follows", "%(num)s more follow", max(1, len(waiting) - PAGE)),
        has_more=len(waiting) > PAGE,
        decided=[entries[item.id] for item in decided[-PAGE:]],
        has_decided=len(decided) > 0,
        is_masked=not is_open and any(words.has_private(item.edit, words.kind_of(item.edit)) for item in shown),
        reason_error=reason_error,
        choice_error=choice_error,
        openings=[
            _(
                "%(name)s, %(time)s: %(reason)s",
                name=names.get(one.opened_by, ""),
                time=when(one.opened_at),
                reason=reason,
            )
            for one, reason in openings
        ],
        has_openings=len(openings) > 0,
        accept_href=url_for("team.accept_escrow", device_id=bundle.device_id),
        discard_href=url_for("team.confirm_escrow_discard", device_id=bundle.device_id),
        open_href=url_for("team.open_escrow", device_id=bundle.device_id),
        back_href=url_for("team.escrow_bundles"),
    )


def _entry(item: Item, around: Surroundings, names: dict[str, str], is_open: bool) -> dict[str, Any]:
    about = around.about(item.edit)
    at = words.typed_at(item.edit)
    return {
        "id": item.id,
        "head": words.head(item.edit, about),
        "typed": _("typed %(time)s", time=at) if at else "",
        "facts": words.facts(item.edit, about, around.names, opened=is_open),
        "can_be_applied": item.can_be_applied,
        **_became(item, about.kind, names),
    }


def _became(item: Item, kind: str, names: dict[str, str]) -> dict[str, Any]:
    """The verdict, or that somebody put it aside; and who decided."""
    if item.decision is None or item.decided_at is None:
        return {"verdict": "", "tone": "", "why": [], "by": ""}
    discarded: tuple[str, str, list[str]] = (_("Discarded"), "", [])
    taken = item.decision == escrow.ACCEPTED
    text, tone, why = words.verdict_text(item.verdict or "", item.error, kind) if taken else discarded
    by = _("by %(name)s, %(time)s", name=names.get(item.decided_by or "", ""), time=when(item.decided_at))
    return {"verdict": text, "tone": tone, "why": why, "by": by}
