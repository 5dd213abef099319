"""The log of who looked at whose customers, for compliance."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from portal.accounts.guards import role
from portal.office import bp, readings
from portal.office.readings import Entry
from portal.office.views import office_page
from portal.team.views import when
from portal.translations import msgid

PAGE = 50
WHAT = {
    "card": msgid("looked, contact data masked"),
    "whole": msgid("looked"),
    "changed": msgid("changed something"),
    "opened": msgid("opened the masked data"),
}


@bp.get("/readings")
@role("compliance")
def reading_log() -> str:
    """Who looked at whom, the newest first."""
    opened = request.args.get("opened") == "1"
    found = readings.entries(request.args.get("before", "")[:36].replace("\0", ""), PAGE + 1, opened_only=opened)
    has_more = len(found) > PAGE
    last = found[PAGE - 1].reading.id if has_more else None
    more_href = url_for("office.reading_log", before=last, opened="1" if opened else None) if has_more else ""
    return office_page(
        "office/readings.html",
        lines=[_line(entry) for entry in found[:PAGE]],
        opened=opened,
        has_more=has_more,
        more_href=more_href,
    )


def _line(entry: Entry) -> dict[str, Any]:
    line = entry.reading
    return {
        "text": _("%(reader)s: %(what)s", reader=entry.reader, what=_(WHAT[line.what])),
        "sub": " · ".join(filter(None, [entry.customer or _("a customer who is gone"),
                                        _("customer of %(name)s", name=entry.owner), when(line.read_at)])),
        "reason": entry.reason,
    }  # fmt: skip
