"""An edit in escrow in words: what it is about, what stood there, what was typed. What is sealed stays masked.

Anything may have been handed in, so nothing here trusts the shape of a value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from portal import money
from portal.customers.labels import CODES, KINDS, label_of
from portal.dates import day_of, shown, time_of
from portal.errors import SENTENCES
from portal.pages import language
from portal.team.books import masked
from portal.translations import msgid
from sync import kinds
from sync.columns import utcnow
from sync.errors import MESSAGES

LONGEST = 400
MASK = "****"
#: Contact fields that are not sealed.
CONTACT = frozenset({"fax_work", "work_address"})
#: A field in a form may be part of a date, or one of several.
ROOMS = {
    "relatives": "relative",
    "policies": "policy",
    "visits": "visit",
    "consents": "consent",
    "customers": "customer",
}
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

HEADS = {
    "create": msgid("New: %(what)s"),
    "update": msgid("Changed: %(what)s"),
    "delete": msgid("Deleted: %(what)s"),
    "draft": msgid("Half-filled form: %(what)s"),
}
VERDICTS = {
    "ok": (msgid("Taken in"), "good"),
    "merged": (msgid("Taken in, together with what others had changed"), "good"),
    "conflict": (msgid("Somebody else had changed it too: whoever has the customer now decides"), "warn"),
    "rejected": (msgid("Not taken in"), "bad"),
}
RESOLUTIONS = {"mine": msgid("What was typed"), "theirs": msgid("What was stored"), "other": msgid("Another value")}


@dataclass(frozen=True, slots=True)
class About:
    """What an edit belongs to: its kind, the customer, the record's own name."""

    kind: str
    customer: str
    name: str


def head(edit: Any, about: About) -> str:
    """Changed: Policy 平安福 (林雪梅)."""
    op = edit.get("op") if isinstance(edit, dict) else None
    if not isinstance(op, str) or op not in HEADS:
        return _("Something that is no entry")
    kind = _(KINDS[about.kind]) if about.kind in KINDS else (about.kind[:32] or _("Entry"))
    names = [name for name in dict.fromkeys((about.name, about.customer)) if name]
    what = " ".join([kind, *names[:1]]) + (f" ({names[1]})" if len(names) > 1 else "")
    return _(HEADS[op], what=what)


def facts(edit: Any, about: About, names: Mapping[str, str], *, opened: bool) -> list[dict[str, Any]]:
    """Each field: its label, what stood there, what was typed, and whether it is masked."""
    if not isinstance(edit, dict):
        return [_fact("", None, edit, masked=not opened, say=_plain)]
    if edit.get("op") == "draft":
        return _typed(edit, about.kind, opened)
    if edit.get("op") == "delete":
        return []
    sets = edit.get("set")
    if not isinstance(sets, dict):
        return [_fact("", None, edit, masked=not opened, say=_plain)]
    return [
        _fact(_label(about.kind, name), *_pair(pair), masked=_is_private(about.kind, name) and not opened,
              say=_sayer(about.kind, name, names))
        for name, pair in sets.items()
        if name != "customer_id"
    ]  # fmt: skip


def has_private(edit: Any, kind: str) -> bool:
    """Whether something of this edit is masked until it is opened."""
    if not isinstance(edit, dict):
        return True
    if edit.get("op") == "draft":
        return any(_is_private(kind, name) for name, _value in _fields_of(edit))
    sets = edit.get("set")
    if not isinstance(sets, dict):
        return edit.get("op") != "delete"
    return any(_is_private(kind, name) for name in sets)


def kind_of(edit: Any) -> str:
    """The kind an edit names; of a form that of its page."""
    if not isinstance(edit, dict):
        return ""
    if edit.get("op") == "draft":
        rooms = [ROOMS[part] for part in str(edit.get("path", "")).split("/") if part in ROOMS]
        return rooms[-1] if rooms else ""
    kind = edit.get("kind")
    return kind if isinstance(kind, str) else ""


def ids_in(path: Any) -> list[str]:
    """The ids of records in the address of a form."""
    return ID.findall(path) if isinstance(path, str) else []


def typed_at(edit: Any) -> str:
    """When it was typed, by the phone's clock: 11月25日 09:30; empty when that is not known."""
    try:
        moment = datetime.fromisoformat(edit["at"])
        return _moment(moment) if moment.tzinfo else ""
    except (KeyError, TypeError, ValueError, OverflowError):
        return ""


def verdict_text(verdict: str, error: dict[str, Any] | None, kind: str) -> tuple[str, str, list[str]]:
    """What became of it, its tone, and why."""
    text, tone = VERDICTS.get(verdict, VERDICTS["rejected"])
    why: list[str] = []
    if error:
        for name, messages in (error.get("fields") or {}).items():
            why += [_("%(field)s: %(value)s", field=_label(kind, name), value=_(one)) for one in messages[:1]]
        why = why or [_(MESSAGES.get(error.get("code", ""), SENTENCES[422]))]
    return _(text), tone, why


# ── values ───────────────────────────────────────────────────────────────────


def _fact(label: str, old: Any, new: Any, *, masked: bool, say: Callable[[Any], str]) -> dict[str, Any]:
    shown_as = _masked if masked else say
    before = shown_as(old) if old not in (None, "", []) else ""
    return {"label": label, "before": before, "text": shown_as(new), "masked": masked}


def _pair(pair: Any) -> tuple[Any, Any]:
    return (pair[0], pair[1]) if isinstance(pair, list) and len(pair) == 2 else (None, pair)


def _typed(edit: dict[str, Any], kind: str, opened: bool) -> list[dict[str, Any]]:
    return [
        _fact(
            _label(kind, name), None, value, masked=_is_private(kind, name) and not opened, say=_sayer(kind, name, {})
        )
        for name, value in _fields_of(edit)
    ]


def _fields_of(edit: dict[str, Any]) -> list[tuple[str, Any]]:
    fields = edit.get("fields")
    pairs = [pair for pair in fields if isinstance(pair, list) and len(pair) == 2] if isinstance(fields, list) else []
    return [(str(name), value) for name, value in pairs]


def _label(kind: str, name: str) -> str:
    return _(label_of(kind, name))[:64] if name else "?"


def _is_private(kind: str, name: str) -> bool:
    """Contact data, and all that is sealed. Of a kind or field we do not know nobody can say that it is not."""
    known = kinds.KINDS.get(kind)
    if known is None:
        return True
    field = known.fields.get(name)
    if field is None:
        return name not in ("birthday", "_ver")
    return bool(field.metadata.get("sealed")) or name in CONTACT


def _masked(value: Any) -> str:
    """Beginning and end of what looks like a phone number, so that two can be told apart; of anything else nothing."""
    if value in (None, "", []):
        return _("(empty)")
    is_phone = isinstance(value, str) and re.fullmatch(r"\+?\d[\d\- ]{7,14}", value)
    return masked(value) if is_phone else MASK


def _sayer(kind: str, name: str, names: Mapping[str, str]) -> Callable[[Any], str]:
    def say(value: Any) -> str:
        try:
            return _value(kind, name, value, names)[:LONGEST]
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
            return _plain(value)

    return say


def _plain(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()[:LONGEST] or _("(empty)")


def _value(kind: str, name: str, value: Any, names: Mapping[str, str]) -> str:
    if value in (None, "", []):
        return _("(empty)")
    known = kinds.KINDS.get(kind)
    field = known.fields.get(name) if known else None
    says = field.metadata.get("type", "") if field else ""
    if says == "fen" and type(value) is int:
        return money.exact(value, language())
    if says == "date":
        return shown(date.fromisoformat(value), language(), day_of(utcnow()))
    if says == "instant":
        return _moment(datetime.fromisoformat(value))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if says == "set":
        return ("、" if language() == "zh-CN" else ", ").join(_word(name, one) for one in value)
    if says == "ref":
        return names.get(value) or _("a customer of somebody else")
    if says == "party":
        return value.get("name") or names.get(value.get("id", "")) or _("somebody of the family")
    if kind == "conflict" and name == "resolution":
        return _(RESOLUTIONS[value])
    if kind == "consent" and name == "purpose":
        return _word("consent.purpose", value)
    return _word(name, value) if says in ("enum", "text") and isinstance(value, str) else _plain(value)


def _word(name: str, code: Any) -> str:
    words = CODES.get(name, {}).get(str(code))
    return _(words) if words else _plain(code)


def _moment(moment: datetime) -> str:
    return f"{shown(day_of(moment), language(), day_of(utcnow()))} {time_of(moment)}"
