"""Webhooks: what changed is put into the outbox as messages without personal data, and posted from there.

A message names records by kind, id and version, never what stands in them: whoever may read them fetches them with a
token. As with a pull nothing is lost and the newest word counts; a message may come twice, and after a later one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

import notifications
from notifications import webhook as wire
from notifications.models import Notification
from notifications.outbox import Claim
from notifications.sending import Never, NotSent
from portal.accounts import log
from portal.accounts.models import Agent
from portal.api.models import Webhook, WebhookPlace
from portal.errors import Problem
from sync.columns import instant_text, new_id, utcnow
from sync.database import consistent_read, db, table_of, write
from sync.keyring import open_sealed, seal
from sync.kinds import ordered_kinds
from sync.tables import FEED, HEAD, insert_of

RULE = "webhook"
CHANGED, PING = "records.changed", "ping"
HOOK = table_of(Webhook)
PLACE = table_of(WebhookPlace)
OUTBOX = table_of(Notification)

MOST_LIVE = 20
#: Changes in one message.
MOST_CHANGES = 200
#: Changes of a scope that are looked at in one step.
STEP = 1000
#: So long an old secret goes on signing.
OVERLAP = timedelta(hours=24)
#: How long messages that went out, and those that were given up, are kept for people to look at.
SENT_KEPT, GIVEN_UP_KEPT = timedelta(days=7), timedelta(days=90)
#: After a message that did not get through, others to the same address wait for the next round.
_down: dict[str, datetime] = {}


class TooMany(Exception):
    """There are as many live webhooks as there may be."""


def register() -> None:
    """Messages of webhooks leave the outbox this way."""
    notifications.register_channel(RULE, deliver)


def told_kinds() -> list[str]:
    """The kinds of records that a webhook may be told of."""
    return [kind.name for kind in ordered_kinds()]


# Setting up


def check_address(url: str) -> None:
    """Raises NotSent for an address that is none, or that may not be spoken to from here."""
    private = is_private_allowed()
    wire.resolve(wire.read_address(url, private=private), private=private)


def is_private_allowed() -> bool:
    return bool(current_app.config["WEBHOOK_PRIVATE"])


def add(label: str, url: str, kinds: Sequence[str], by: Agent) -> tuple[str, str]:
    """A new webhook, told of what changes from now on: its id and its secret, to be shown once. Raises TooMany."""
    hook_id, secret, now = new_id(), wire.fresh_secret(), utcnow()
    with write() as session:
        live = session.scalar(sa.select(sa.func.count()).select_from(HOOK).where(HOOK.c.ended_at.is_(None)))
        if (live or 0) >= MOST_LIVE:
            raise TooMany
        made = Webhook(id=hook_id, label=label, kinds=list(kinds), made_by=by.id, made_at=now)
        made.url = seal(url, HOOK.name, "url", hook_id)
        made.secret = seal(secret, HOOK.name, "secret", hook_id)
        session.add(made)
        session.flush()
        heads = sa.select(sa.literal(hook_id), HEAD.c.scope, HEAD.c.seq)
        session.execute(PLACE.insert().from_select(["webhook_id", "scope", "seq"], heads))
        log.note(session, "webhook_added", by.id, label=label, kinds=list(kinds))
    return hook_id, secret


def renew_secret(hook: Webhook, by: Agent) -> str:
    """A new secret, to be shown once; the old one signs beside it for a day."""
    secret, now = wire.fresh_secret(), utcnow()
    old = seal(open_sealed(hook.secret, HOOK.name, "secret", hook.id), HOOK.name, "old_secret", hook.id)
    fresh = seal(secret, HOOK.name, "secret", hook.id)
    with write() as session:
        changed = HOOK.update().where(HOOK.c.id == hook.id)
        session.execute(changed.values(secret=fresh, old_secret=old, old_until=now + OVERLAP))
        log.note(session, "webhook_secret", by.id, label=hook.label)
    return secret


def end(hook: Webhook, by: Agent) -> None:
    """It is told no more, what waits is given up. Twice is the same as once."""
    with write() as session:
        live = HOOK.update().where(HOOK.c.id == hook.id, HOOK.c.ended_at.is_(None))
        if session.execute(live.values(ended_at=utcnow())).rowcount:  # type: ignore[attr-defined]
            session.execute(PLACE.delete().where(PLACE.c.webhook_id == hook.id))
            log.note(session, "webhook_ended", by.id, label=hook.label)


def ping(hook: Webhook) -> None:
    """A message to try the address with."""
    now = utcnow()
    about = {"webhook": hook.id, "body": _text(PING, now, {})}
    notifications.enqueue(RULE, [notifications.Occasion(f"{hook.id}:ping:{new_id()}", hook.made_by, now, about)], now)


def all_of_them() -> list[Webhook]:
    """Every webhook: the live ones, then the ended, the newest first."""
    order = (sa.case((HOOK.c.ended_at.is_(None), 0), else_=1), Webhook.id.desc())
    return list(db.session.scalars(sa.select(Webhook).order_by(*order)))


def hook_or_404(hook_id: str) -> Webhook:
    found = db.session.get(Webhook, hook_id)
    if found is None:
        raise Problem(404, "not_found")
    return found


# Looking: a chore of the worker


def look(now: datetime) -> int:
    """Put what changed since the last time into the outbox; how many messages that are."""
    live = sa.select(HOOK.c.id, HOOK.c.kinds, HOOK.c.made_by).where(HOOK.c.ended_at.is_(None))
    with consistent_read() as connection:
        hooks = list(connection.execute(live))
    return sum(_look_for(hook, now) for hook in hooks)


def _look_for(hook: Any, now: datetime) -> int:
    here = sa.and_(PLACE.c.scope == HEAD.c.scope, PLACE.c.webhook_id == hook.id)
    since = sa.func.coalesce(PLACE.c.seq, 0)
    behind = sa.select(HEAD.c.scope, since).outerjoin_from(HEAD, PLACE, here).where(HEAD.c.seq > since)
    with consistent_read() as connection:
        scopes = list(connection.execute(behind.order_by(HEAD.c.scope)))
    return sum(_tell(hook, scope, seq, now) for scope, seq in scopes)


def _tell(hook: Any, scope: str, since: int, now: datetime) -> int:
    """Messages of what one scope's feed says after `since`, step by step."""
    count, more = 0, True
    while more:
        until, changes, more = _step(scope, since, set(hook.kinds))
        with write() as session:
            count += notifications.enqueue_within(session, RULE, _messages(hook, scope, until, changes, now), now)
            _reach(session, hook.id, scope, until)
        since = until
    return count


def _step(scope: str, since: int, kinds: set[str]) -> tuple[int, list[dict[str, Any]], bool]:
    """The next place, the changes up to there (an edit is never parted), and whether there are more."""
    later = sa.and_(FEED.c.scope == scope, FEED.c.seq > since)
    with consistent_read() as connection:
        head = connection.scalar(sa.select(HEAD.c.seq).where(HEAD.c.scope == scope)) or since
        in_order = sa.select(FEED.c.seq).where(later).order_by(FEED.c.seq)
        last = connection.scalar(in_order.offset(STEP).limit(1))
        until = head if last is None else last
        query = sa.select(FEED.c.op, FEED.c.kind, FEED.c.id, FEED.c.ver).where(later, FEED.c.seq <= until)
        lines = connection.execute(query.order_by(FEED.c.seq, FEED.c.kind, FEED.c.id))
        changes = [dict(line._mapping) for line in lines if line.kind in kinds]
    return until, changes, until < head


def _messages(
    hook: Any, scope: str, until: int, changes: list[dict[str, Any]], now: datetime
) -> list[notifications.Occasion]:
    return [
        notifications.Occasion(
            f"{hook.id}:{scope}:{until}:{part}",
            hook.made_by,
            now,
            {"webhook": hook.id, "body": _text(CHANGED, now, {"scope": scope, "changes": list(some)})},
        )
        for part, some in enumerate(_batches(changes))
    ]


def _reach(session: Session, hook_id: str, scope: str, until: int) -> None:
    connection = session.connection()
    insert = insert_of(connection.dialect)(PLACE).values(webhook_id=hook_id, scope=scope, seq=until)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["webhook_id", "scope"], set_={"seq": until}, where=PLACE.c.seq < until
        )
    )


def _text(event: str, now: datetime, data: dict[str, Any]) -> str:
    return orjson.dumps({"type": event, "timestamp": instant_text(now), "data": data}).decode()


# Sending: the channel


def deliver(claimed: Claim, now: datetime) -> None:
    """Post one message. Raises NotSent, and Never for a webhook that was ended."""
    hook = db.session.get(Webhook, claimed.about["webhook"], populate_existing=True)
    if hook is None or hook.ended_at is not None:
        raise Never("ended")
    if _down.get(hook.id) == now:  # this round has waited for it once
        raise NotSent("still_down")
    try:
        wire.post(
            hook.address,
            claimed.id,
            claimed.about["body"].encode(),
            _secrets(hook, now),
            now,
            private=is_private_allowed(),
        )
    except NotSent:
        _down[hook.id] = now
        raise


def _secrets(hook: Webhook, now: datetime) -> list[str]:
    found = [open_sealed(hook.secret, HOOK.name, "secret", hook.id)]
    if hook.old_secret is not None and hook.old_until is not None and hook.old_until > now:
        found.append(open_sealed(hook.old_secret, HOOK.name, "old_secret", hook.id))
    return found


def forget_old(now: datetime) -> int:
    """Remove messages that were kept long enough. A chore of the worker."""
    return notifications.forget_settled(RULE, now - SENT_KEPT, now - GIVEN_UP_KEPT)


# What became of the messages


def messages_of(hook: Webhook, state: str, most: int) -> list[Any]:
    """The newest messages of a webhook: `waiting`, `sent` or `given_up`."""
    wanted = {
        "waiting": sa.and_(OUTBOX.c.sent_at.is_(None), OUTBOX.c.given_up_at.is_(None)),
        "sent": OUTBOX.c.sent_at.is_not(None),
        "given_up": sa.and_(OUTBOX.c.given_up_at.is_not(None), OUTBOX.c.sent_at.is_(None)),
    }[state]
    query = sa.select(OUTBOX).where(_of(hook), wanted).order_by(OUTBOX.c.created_at.desc(), OUTBOX.c.id.desc())
    return list(db.session.execute(query.limit(most)))


def count_given_up(hook: Webhook) -> int:
    """How many messages nobody tries to send any more."""
    lost = sa.and_(OUTBOX.c.given_up_at.is_not(None), OUTBOX.c.sent_at.is_(None))
    return db.session.scalar(sa.select(sa.func.count()).select_from(OUTBOX).where(_of(hook), lost)) or 0


def body_of(message: Any) -> dict[str, Any]:
    """What a message says."""
    return orjson.loads(open_sealed(message.about, OUTBOX.name, "about", message.id)["body"])


def send_again(hook: Webhook, now: datetime) -> int:
    """Everything of a webhook that was given up waits once more; how much that is."""
    lost = [message.id for message in messages_of(hook, "given_up", 10_000)]
    return sum(notifications.send_again(each, now) for each in lost)


def _of(hook: Webhook) -> Any:
    # A range, not LIKE: only so does every database use the index of the keys.
    start = f"{RULE}:{hook.id}:"
    return sa.and_(OUTBOX.c.key >= start, OUTBOX.c.key < start[:-1] + ";")


def _batches(changes: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for at in range(0, len(changes), MOST_CHANGES):
        yield changes[at : at + MOST_CHANGES]
