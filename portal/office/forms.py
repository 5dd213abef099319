"""Forms of records on server pages: what a control shows, and what was typed in it. The phone's halves are
`static/js/offline/fields.js` and `forms.js`; both print with the same macros and are judged by the same rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal import money, schemas
from portal.customers import idcard, phones
from portal.customers.labels import CODES, label_of
from portal.dates import day_of, time_of
from portal.translations import msgid
from sync.kinds import Row

Typed = MultiDict[str, str]
Spec = Mapping[str, Any]

UNKNOWN = msgid("Not known")
CHIPS_MOST = 5
LENGTHS = {"int": 12, "fen": 18, "date": 10, "instant": 25}
INPUT_TYPES = {"date": "date", "instant": "datetime-local"}
MODES = {"int": "numeric", "fen": "decimal"}
CHECKED = {"mobile": "tel", "phone": "tel", "email": "email"}
TIDY = {"phone": phones.normalise, "idcard": idcard.fold, "code": phones.bare_code}
WIDE = {0xFF10 + digit: 0x30 + digit for digit in range(10)} | {ord("－"): "-", ord("，"): ","}
WHOLE = re.compile(r"-?[0-9]{1,15}")
PARTY = re.compile(r"(customer|relative):([0-9a-f-]{36})")


@dataclass(frozen=True)
class Filled:
    """What a form is filled with: what is kept, or what was typed and came back with messages."""

    row: Row | None
    typed: Typed | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=1)
def _schemas() -> dict[str, dict[str, Any]]:
    return schemas.export()


def specs_of(kind: str) -> dict[str, Spec]:
    """The fields of a kind, described as for the phone."""
    return _schemas()[kind]["fields"]


# ── showing ──────────────────────────────────────────────────────────────────


def control(kind: str, name: str, filled: Filled, **more: Any) -> dict[str, Any]:
    """A field ready to be printed. `more`: label, hint, unit, options, control, id, value."""
    spec = specs_of(kind).get(name, {"type": "text", "max_length": 200})
    made = more.get("control") or _control_of(spec)
    picks = made in ("chips", "select")
    texts = _texts(spec, name, filled)
    error, hint = filled.errors.get(name, ""), more.get("hint", "")
    row_id = more.get("id") or f"f-{name}"
    unit = more.get("unit") or (_("yuan") if spec["type"] == "fen" else "")
    checked = CHECKED.get(spec.get("check", ""), "")
    said = [f"{row_id}-error" if error else "", f"{row_id}-hint" if hint else ""]
    return {
        "control": made,
        "name": name,
        "id": row_id,
        "label": more.get("label") or _(label_of(kind, name)),
        "type": ("checkbox" if spec["type"] == "set" else "radio")
        if made == "chips"
        else checked or INPUT_TYPES.get(spec["type"], "text"),
        "value": "" if picks else more.get("value", texts[-1] if texts else ""),
        "options": more.get("options", _options(name, spec, texts)) if picks else [],
        "inputmode": checked or MODES.get(spec["type"], "text"),
        "autocomplete": "off",
        "maxlength": spec.get("max_length") or LENGTHS.get(spec["type"], 200),
        "required": spec.get("required") is True,
        "has_unit": unit != "",
        "unit": unit,
        "has_hint": hint != "",
        "hint": hint,
        "has_error": error != "",
        "error": _(error) if error else "",
        "has_description": any(said),
        "described_by": " ".join(filter(None, said)),
        "can_add": made == "chips" and spec["type"] == "set" and not spec.get("options"),
        "add_label": _("Add another"),
    }


def _control_of(spec: Spec) -> str:
    kind = spec["type"]
    if kind == "longtext":
        return "textarea"
    if kind in ("bool", "set"):
        return "chips"
    if kind == "enum":
        return "chips" if len(spec["options"]) <= CHIPS_MOST else "select"
    return "select" if kind == "party" else "input"


def _texts(spec: Spec, name: str, filled: Filled) -> list[str]:
    if filled.typed is not None and name in filled.typed:
        return [one for one in filled.typed.getlist(name) if one or spec["type"] != "set"]
    return texts_of(spec, filled.row.get(name) if filled.row else None)


def texts_of(spec: Spec, value: Any) -> list[str]:
    """A kept value as its controls hold it."""
    kind = spec["type"]
    if value is None:
        return []
    if kind == "set":
        return list(value)
    if kind == "fen":
        return [money.typed(value)]
    if kind == "bool":
        return ["true" if value else "false"]
    if kind == "instant":
        moment = datetime.fromisoformat(value)
        return [f"{day_of(moment).isoformat()}T{time_of(moment)}"]
    if kind == "party":
        return [value.get("name") or f"{value['kind']}:{value['id']}"]
    return [phones.shown(value) if spec.get("check") == "mobile" else str(value)]


def _options(name: str, spec: Spec, texts: list[str]) -> list[dict[str, Any]]:
    codes = ["true", "false"] if spec["type"] == "bool" else [str(one) for one in spec.get("options") or texts]
    words = CODES.get("yes_no" if spec["type"] == "bool" else name, {})
    found = [{"value": code, "text": _(words[code]) if code in words else code, "checked": code in texts}
             for code in codes]  # fmt: skip
    if spec["type"] == "set" or spec.get("required"):
        return found
    return [*found, {"value": "", "text": _(UNKNOWN), "checked": not any(one in codes for one in texts)}]


# ── reading ──────────────────────────────────────────────────────────────────


def read(spec: Spec, typed: list[str]) -> Any:
    """The value of a control; what cannot be read stays as it was typed and is judged wrong."""
    last = (typed[-1] if typed else "").strip()
    kind = spec["type"]
    if kind == "set":
        return list(dict.fromkeys(one.strip() for one in typed if one.strip())) or None
    if not last:
        return None
    if kind == "longtext":
        return typed[-1].replace("\r\n", "\n").strip()
    if kind == "int":
        plain = re.sub(r"[,\s]", "", last.translate(WIDE))
        return int(plain) if WHOLE.fullmatch(plain) else last
    if kind == "fen":
        fen = money.parse(last)
        return last if fen is None else fen
    if kind == "bool":
        return {"true": True, "false": False}.get(last, last)
    if kind == "enum":
        return next((one for one in spec["options"] if str(one) == last), last)
    if kind == "party":
        found = PARTY.fullmatch(last)
        return {"kind": found[1], "id": found[2]} if found else {"name": last}
    if kind in ("beneficiaries", "map", "list"):
        return json_of(last)
    return TIDY[spec["tidy"]](last) if "tidy" in spec else last


def json_of(text: str) -> Any:
    """What a hidden control holds; what is no JSON stays as it is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def shown_in(kind: str, row: Row | None, names: Iterable[str]) -> str:
    """What the form shows, to be sent back with it: an edit says what its author saw, as one from a phone does."""
    said = {name: row.get(name) for name in names} if row else {}
    return json.dumps({"ver": row["ver"] if row else 0, "row": said}, ensure_ascii=False)


@dataclass(frozen=True)
class Shown:
    """What the form had shown when it was opened."""

    ver: int
    row: Row

    @classmethod
    def of(cls, text: str) -> Shown:
        """From the form; what is no such thing has shown nothing, and overwrites nothing."""
        said = json_of(text)
        ver, row = (said.get("ver"), said.get("row")) if isinstance(said, dict) else (0, {})
        return cls(ver if type(ver) is int and 0 <= ver < 2**31 else 0, row if isinstance(row, dict) else {})


def changes(kind: str, names: Iterable[str], typed: Typed, shown: Shown) -> dict[str, list[Any]]:
    """`[shown, typed]` of every field of these that was touched; what the form does not hold is not touched."""
    found: dict[str, list[Any]] = {}
    for name in names:
        if name not in typed:
            continue
        spec = specs_of(kind)[name]
        before, after = shown.row.get(name), read(spec, typed.getlist(name))
        if _same(spec, before, typed.getlist(name)) or before == after:
            continue
        found[name] = [before, after]
    return found


def _same(spec: Spec, before: Any, typed: list[str]) -> bool:
    """Whether the controls still say what they had shown."""
    try:
        texts = texts_of(spec, before)
    except (TypeError, ValueError, KeyError, AttributeError):
        return False
    if spec["type"] == "set":
        return sorted(texts) == sorted(one for one in typed if one)
    return (texts[-1:] or [""]) == [one.replace("\r\n", "\n") for one in typed[-1:]]


def add_typed(typed: Typed) -> None:
    """A further member of a set stands in a control of its own: `tags_need_add`."""
    for name in [name for name in typed if name.endswith("_add")]:
        value = typed.pop(name).strip()
        if value:
            typed.add(name.removesuffix("_add"), value)
