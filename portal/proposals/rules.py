"""What a proposal must say as a whole: a draft may be anything, what is frozen is proven once and never changes."""

from __future__ import annotations

from collections.abc import Mapping

from portal.proposals import proof
from sync.kinds import Lookup, Row
from sync.merge import same
from sync.words import msgid

FROZEN = msgid("This proposal is frozen and cannot change. Make a new revision.")
NOT_YET = msgid("This is said only when the proposal is frozen.")
OTHER_ANALYSIS = msgid("This analysis is not one of this customer.")
OTHER_PROPOSAL = msgid("Only a frozen proposal of the same customer can be superseded.")
#: What may still be said of a frozen proposal: nothing of the proposal itself.
AFTER_FREEZING = frozenset({"ver", "updated_at", "flags"})
WITH_FROZEN = ("sha256", "frozen_at", "checks")


def is_frozen(row: Row) -> bool:
    """What was frozen stays as long as its customer does."""
    return bool(row.get("frozen"))


def proposal_rules(new: Row, old: Row | None, lookup: Lookup) -> Mapping[str, list[str]]:
    """What was frozen stays as it was; what is being frozen is proven; the rest belongs to this customer."""
    if old and old.get("frozen"):
        changed = [name for name in new if name not in AFTER_FREEZING and not same(new[name], old.get(name))]
        return {name: [FROZEN] for name in changed}
    faults = _belonging(new, old, lookup)
    if not new.get("frozen"):
        return faults | {name: [NOT_YET] for name in WITH_FROZEN if new.get(name) is not None}
    return faults or proof.faults(new, lookup)


def _belonging(new: Row, old: Row | None, lookup: Lookup) -> dict[str, list[str]]:
    faults = {}
    analysis, before = new.get("analysis_id"), new.get("supersedes")
    touched = old is None or old.get("analysis_id") != analysis or new.get("frozen")
    if analysis and touched and (lookup("analysis", analysis) or {}).get("customer_id") != new["customer_id"]:
        faults["analysis_id"] = [OTHER_ANALYSIS]
    if before and (old is None or new.get("frozen")):
        found = lookup("proposal", before) or {}
        if found.get("customer_id") != new["customer_id"] or not found.get("frozen"):
            faults["supersedes"] = [OTHER_PROPOSAL]
    return faults
