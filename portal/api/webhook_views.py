"""/admin/webhooks: where other programs hear of changes, what became of the messages, and those that got lost."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from notifications.sending import NotSent
from portal.accounts.arriving import go
from portal.accounts.guards import current_agent, role
from portal.api import webhooks
from portal.api.models import Webhook
from portal.dates import day_of, shown, time_of
from portal.pages import language, render
from portal.translations import msgid
from sync.columns import utcnow

bp = Blueprint("webhooks", __name__, url_prefix="/admin/webhooks")

MOST_SHOWN = 50
MOST_LABEL = 60
NO_NAME = msgid("Give it a name: which program is it for?")
NO_KIND = msgid("Choose at least one kind of record.")
TOO_MANY = msgid("There are %(num)s webhooks already. End one first.")
FAULTS = {
    "bad_url": msgid("This is not an address that a webhook can go to."),
    "https_required": msgid("The address has to begin with https://."),
    "private_address": msgid("This address is in the own network. Webhooks go only to the public internet."),
    "no_such_host": msgid("There is no such host."),
    "timeout": msgid("No answer in time."),
    "no_answer": msgid("Nobody answers there."),
    "still_down": msgid("Nobody answered there a moment ago."),
    "tls": msgid("The certificate there is not good."),
    "ended": msgid("The webhook was ended."),
}
STATES = (
    ("given_up", msgid("Not delivered")),
    ("waiting", msgid("Waiting")),
    ("sent", msgid("Delivered")),
)


@bp.get("")
@role("admin")
def index() -> str:
    """Every webhook."""
    return render("api/webhooks.html", rows=[_row(hook) for hook in webhooks.all_of_them()])


@bp.get("/new")
@role("admin")
def new() -> str:
    """The form for another."""
    return _form({})


@bp.post("")
@role("admin")
def create() -> ResponseReturnValue:
    """A new webhook; its secret is shown this once."""
    typed = request.form
    label = " ".join("".join(filter(str.isprintable, typed.get("label", ""))).split())[:MOST_LABEL]
    url, kinds = typed.get("url", "").strip(), _kinds(typed.getlist("kinds"))
    errors = {} if label else {"label": _(NO_NAME)}
    errors |= {} if kinds else {"kinds": _(NO_KIND)}
    if wrong := _address_fault(url):
        errors["url"] = wrong
    if errors:
        return _form(errors), 422
    try:
        hook_id, secret = webhooks.add(label, url, kinds, current_agent())
    except webhooks.TooMany:
        return _form({"": _(TOO_MANY, num=webhooks.MOST_LIVE)}), 409
    return _secret_page(hook_id, label, secret)


@bp.get("/<uuid:hook_id>")
@role("admin")
def show(hook_id: UUID) -> str:
    """One webhook and its messages, those that got lost first."""
    hook = webhooks.hook_or_404(str(hook_id))
    groups = [
        {"title": _(title), "rows": [_message(each) for each in webhooks.messages_of(hook, state, MOST_SHOWN)]}
        for state, title in STATES
    ]
    return render(
        "api/webhook.html",
        hook=_row(hook),
        groups=[group for group in groups if group["rows"]],
        lost=webhooks.count_given_up(hook),
        again_href=url_for("webhooks.send_again", hook_id=hook_id),
        ping_href=url_for("webhooks.ping", hook_id=hook_id),
        secret_href=url_for("webhooks.renew_secret", hook_id=hook_id),
        end_href=url_for("webhooks.end", hook_id=hook_id),
    )


@bp.post("/<uuid:hook_id>/pings")
@role("admin")
def ping(hook_id: UUID) -> ResponseReturnValue:
    """A message to try it with."""
    webhooks.ping(webhooks.hook_or_404(str(hook_id)))
    return go(url_for("webhooks.show", hook_id=hook_id))


@bp.post("/<uuid:hook_id>/retries")
@role("admin")
def send_again(hook_id: UUID) -> ResponseReturnValue:
    """All that was given up is tried once more."""
    webhooks.send_again(webhooks.hook_or_404(str(hook_id)), utcnow())
    return go(url_for("webhooks.show", hook_id=hook_id))


@bp.post("/<uuid:hook_id>/secrets")
@role("admin")
def renew_secret(hook_id: UUID) -> ResponseReturnValue:
    """Another secret, shown this once."""
    hook = webhooks.hook_or_404(str(hook_id))
    return _secret_page(hook.id, hook.label, webhooks.renew_secret(hook, current_agent()))


@bp.post("/<uuid:hook_id>/ends")
@role("admin")
def end(hook_id: UUID) -> ResponseReturnValue:
    """It is told no more."""
    webhooks.end(webhooks.hook_or_404(str(hook_id)), current_agent())
    return go(url_for("webhooks.index"))


def _kinds(names: list[str]) -> list[str]:
    return [name for name in webhooks.told_kinds() if name in names]


def _address_fault(url: str) -> str:
    try:
        webhooks.check_address(url)
    except NotSent as fault:
        return fault_text(fault.fault)
    return ""


def fault_text(fault: str) -> str:
    """What went wrong, for people."""
    if fault.startswith("http_"):
        return _("The other side answered %(status)s.", status=fault.removeprefix("http_"))
    return _(FAULTS[fault]) if fault in FAULTS else fault


def _secret_page(hook_id: str, label: str, secret: str) -> str:
    return render("api/secret.html", label=label, secret=secret, back_href=url_for("webhooks.show", hook_id=hook_id))


def _form(errors: dict[str, str]) -> str:
    typed = request.form
    return render(
        "api/webhook_new.html",
        label=typed.get("label", ""),
        url=typed.get("url", ""),
        kinds=[{"value": name, "checked": name in typed.getlist("kinds")} for name in webhooks.told_kinds()],
        most_label=MOST_LABEL,
        errors=defaultdict(str, errors),
    )


def _row(hook: Webhook) -> dict[str, Any]:
    lost = 0 if hook.ended_at else webhooks.count_given_up(hook)
    return {
        "href": url_for("webhooks.show", hook_id=hook.id),
        "label": hook.label,
        "url": hook.address,
        "kinds": ", ".join(hook.kinds),
        "ended": _("ended %(time)s", time=_when(hook.ended_at)) if hook.ended_at else "",
        "lost": ngettext("%(num)s not delivered", "%(num)s not delivered", lost) if lost else "",
        "made": _("since %(time)s", time=_when(hook.made_at)),
    }


def _message(message: Any) -> dict[str, Any]:
    body = webhooks.body_of(message)
    count = len(body["data"].get("changes", ()))
    return {
        "what": ngettext("%(num)s change", "%(num)s changes", count) if count else _("Test message"),
        "at": _when(message.sent_at or message.created_at),
        "tries": ngettext("%(num)s try", "%(num)s tries", message.tries),
        "fault": fault_text(message.fault) if message.fault and message.sent_at is None else "",
        "text": json.dumps(body, ensure_ascii=False, indent=1),
    }


def _when(moment: Any) -> str:
    return f"{shown(day_of(moment), language(), day_of(utcnow()))} {time_of(moment)}"
