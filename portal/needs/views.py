"""/admin/definitions: what analyses are made with, looked at, tried on a sample family, published as a new version."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import dates, money
from portal.accounts.guards import current_agent, role
from portal.dates import day_of
from portal.errors import Problem
from portal.needs import checking, definitions
from portal.needs.definitions import KINDS
from portal.pages import language, render
from sync.columns import utcnow
from sync.words import msgid

bp = Blueprint("needs", __name__, url_prefix="/admin/definitions")

NOT_JSON = msgid("This is not JSON: see line %(line)s.")
NOT_A_DAY = msgid("Enter a date from today on.")
NAMES = {
    "questionnaire": msgid("Questionnaires"),
    "assumption_set": msgid("Assumption sets"),
    "gap_model": msgid("Gap models"),
}
MOST_TYPED = 256 * 1024


@bp.get("")
@role("admin")
def index() -> str:
    """Every definition by kind, the newest first."""
    today = day_of(utcnow())
    groups = [
        {"title": _(NAMES[kind]), "rows": [_listed(each, today) for each in definitions.all_of(kind)]} for kind in KINDS
    ]
    return render("needs/definitions.html", groups=groups)


def _listed(each: dict[str, Any], today: date) -> dict[str, Any]:
    state = _("withdrawn") if each["to_date"] and each["to_date"] < today else _("in force")
    if each["from_date"] > today:
        state = _("from %(day)s", day=dates.shown(each["from_date"], language(), today))
    title = each["body"]["title"]["en" if language() == "en" else "zh"]
    return {
        "href": f"/admin/definitions/{each['id']}",
        "text": title,
        "sub": f"{each['code']}@{each['version']}",
        "state": state,
    }


@bp.get("/<record_id>")
@role("admin")
def show(record_id: str) -> str:
    """One version as it is, and what it makes of the sample family."""
    kind, each = _found(record_id)
    return _page(kind, each, _pretty(each["body"]), "", [], "")


@bp.post("/<record_id>")
@role("admin")
def change(record_id: str) -> ResponseReturnValue:
    """Try what was typed, or publish it as the next version."""
    kind, each = _found(record_id)
    typed = request.form.get("body", "")[:MOST_TYPED]
    starts = request.form.get("from_date", "")
    body, wrong = _read(typed)
    if wrong:
        return _page(kind, each, typed, starts, [("", wrong)], ""), 422
    faults = [(where, _(text)) for where, text in checking.faults(kind, body, definitions.beside(kind))]
    day = _day(starts)
    if request.form.get("do") == "publish" and (day is None or day < day_of(utcnow())):
        faults.append(("from_date", _(NOT_A_DAY)))
    if faults:
        return _page(kind, each, typed, starts, faults, ""), 422
    if request.form.get("do") != "publish" or day is None:
        return _page(kind, each, typed, starts, [], _("This can be published."))
    made = definitions.publish(kind, each["code"], body, day, current_agent().id)
    return redirect(f"/admin/definitions/{made}", 303)


@bp.post("/<record_id>/withdrawals")
@role("admin")
def withdraw(record_id: str) -> ResponseReturnValue:
    """No new analysis is made with it from tomorrow on; old ones keep it."""
    kind, each = _found(record_id)
    definitions.withdraw(kind, each["id"], day_of(utcnow()), current_agent().id)
    return redirect("/admin/definitions", 303)


def _found(record_id: str) -> tuple[str, dict[str, Any]]:
    found = definitions.by_id(record_id)
    if found is None:
        raise Problem(404, "not_found")
    return found


def _read(typed: str) -> tuple[Any, str]:
    try:
        return json.loads(typed), ""
    except json.JSONDecodeError as fault:
        return None, _(NOT_JSON, line=fault.lineno)
    except (ValueError, RecursionError):
        return None, _(NOT_JSON, line=1)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _pretty(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2)


def _page(kind: str, each: dict[str, Any], typed: str, starts: str, faults: list[tuple[str, str]], said: str) -> str:
    lang = "en" if language() == "en" else "zh"
    today = day_of(utcnow())
    return render(
        "needs/definition.html",
        title=each["body"]["title"][lang],
        version=f"{each['code']}@{each['version']}",
        action=f"/admin/definitions/{each['id']}",
        typed=typed,
        starts=starts or today.isoformat(),
        faults=[{"where": where, "text": text} for where, text in faults],
        has_faults=bool(faults),
        said=said,
        has_said=bool(said),
        can_withdraw=each["to_date"] is None,
        rows=[] if faults else _sample(kind, _read(typed)[0], lang),
        names=sorted(_names()),
    )


def _sample(kind: str, body: Any, lang: str) -> list[dict[str, str]]:
    """Lines of the sample family with what is typed now."""
    bodies = {**definitions.beside(kind), kind: body}
    result = checking.preview(bodies)
    people = {each["id"]: each["name"] for each in checking.FAMILY["H02"]}
    titles = {line["id"]: line[lang] for line in bodies["gap_model"]["lines"]}
    return [
        {
            "who": people[member["id"]],
            "what": titles[line["id"]],
            "need": money.short(line["need_fen"], language()),
            "have": money.short(line["have_fen"], language()),
            "gap": money.short(line["gap_fen"], language()),
        }
        for member in result["members"]
        for line in member["lines"]
    ]


def _names() -> list[str]:
    facts = checking.facts_of_sample(definitions.beside("")["assumption_set"])
    return [f"{letter}.{name}" for letter in ("m", "h", "a") for name in facts[letter]]
