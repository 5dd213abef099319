"""Notifications: rules that say what is due, and the outbox it waits in until a channel has sent it.

This package knows people by id and occasions by key; what an occasion is about, only the rule knows that registered it.
"""

from __future__ import annotations

from notifications import models as models  # registers the outbox table
from notifications.outbox import Claim as Claim
from notifications.outbox import claim as claim
from notifications.outbox import enqueue as enqueue
from notifications.outbox import enqueue_within as enqueue_within
from notifications.outbox import failed as failed
from notifications.outbox import forget_settled as forget_settled
from notifications.outbox import give_up as give_up
from notifications.outbox import send_again as send_again
from notifications.outbox import sent as sent
from notifications.rules import RULES as RULES
from notifications.rules import Occasion as Occasion
from notifications.rules import Rule as Rule
from notifications.rules import register_rule as register_rule
from notifications.rules import run_rules as run_rules
from notifications.sending import Never as Never
from notifications.sending import NotSent as NotSent
from notifications.sending import register_channel as register_channel
from notifications.sending import send_due as send_due
