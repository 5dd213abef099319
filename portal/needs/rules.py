"""What an analysis must say as a whole, and the server's own result beside the phone's."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.needs import definitions
from portal.needs.gap import ModelError, analyse
from portal.needs.household import values_of
from portal.needs.kernel import KernelError
from portal.needs.questions import counted
from sync.columns import instant_text, utcnow
from sync.kinds import Lookup, Row
from sync.merge import same
from sync.words import msgid

logger = logging.getLogger(__name__)

SHARED = msgid("This analysis has been shared and cannot change. Make a new one.")
NO_SUCH_VERSION = msgid("This version is not known here.")
TOO_MANY = msgid("There are too many entries.")
NOT_YOURS = msgid("Only the server says this.")
MOST_ANSWERS = 400
OURS = ("result_server", "checked_at", "agrees")
#: What may still be said of a shared analysis: nothing of the analysis itself.
AFTER_SHARING = frozenset({"ver", "updated_at", "result_server", "checked_at", "agrees", "flags"})


def analysis_rules(new: Row, old: Row | None, lookup: Lookup) -> Mapping[str, list[str]]:
    """Versions exist; what was shared stays as it was; not more answers than any questionnaire asks."""
    if old and old.get("shared_at"):
        changed = [name for name in new if name not in AFTER_SHARING and not same(new[name], old.get(name))]
        return {name: [SHARED] for name in changed}
    faults = {}
    for field in OURS:
        if not same(new.get(field), old.get(field) if old else None):
            faults[field] = [NOT_YOURS]
    if len(new.get("answers") or {}) > MOST_ANSWERS:
        faults["answers"] = [TOO_MANY]
    if old is None:
        for field in ("questionnaire", "assumptions", "model"):
            if definitions.body(field, new[field]) is None:
                faults[field] = [NO_SUCH_VERSION]
        follows = new.get("follows")
        if follows and (lookup("analysis", follows) or {}).get("customer_id") != new["customer_id"]:
            faults["follows"] = [NO_SUCH_VERSION]
    return faults


def checked(new: Row, old: Row | None) -> Row:
    """The server computes what the phone computed; a difference is an alarm in the log, never an overwrite."""
    if new.get("result") is None:
        return {}
    if old and all(same(new.get(name), old.get(name)) for name in ("answers", "moved", "result")):
        return {}
    found = result_of(new)
    agrees = same(found, new["result"])
    if not agrees:
        logger.error("needs result differs: analysis %s", new["id"])
    return {"result_server": found, "agrees": agrees, "checked_at": instant_text(utcnow())}


def result_of(row: Row) -> dict[str, Any]:
    """What the definitions an analysis names make of its answers; `{"error": …}` where they make nothing of them."""
    questionnaire = definitions.body("questionnaire", row["questionnaire"])
    assumptions = definitions.body("assumptions", row["assumptions"])
    model = definitions.body("model", row["model"])
    if questionnaire is None or assumptions is None or model is None:
        return {"error": "unknown_version"}
    day = date.fromisoformat(row["made_on"])
    try:
        values = values_of(assumptions, row.get("moved"))
        answers = counted(questionnaire, row.get("answers") or {}, values, day)
        return analyse(answers, model, assumptions, day, row.get("moved"))
    except (KernelError, ModelError) as fault:
        return {"error": str(fault)}
    except (AttributeError, TypeError, ValueError, LookupError, ArithmeticError, RuntimeError) as fault:
        # Answers that no phone of ours could have sent.
        return {"error": type(fault).__name__}
