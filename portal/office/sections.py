"""The parts of the forms of a customer, a relative and a policy: which fields stand where, as on the phone."""

from __future__ import annotations

import json
import re
from typing import Any

from flask_babel import gettext as _

from portal.customers.labels import CODES
from portal.office.customers import Tree
from portal.office.forms import PARTY, Filled, Typed, control
from portal.translations import msgid
from sync.kinds import Row

BASIC = (
    "name", "gender", "mobile", "birth_date", "city", "home_address", "marital", "employer", "position", "department",
    "work_address", "phone_work", "phone_home", "wechat_id", "email", "fax_work", "education", "native_place",
    "occupation_class", "id_type", "id_number", "id_expiry", "birthday_calendar", "birthday_month", "birthday_day",
    "birthday_leap",
)  # fmt: skip
LIVING = (
    "housing", "has_car", "smoker", "hobbies", "best_contact_time", "preferred_channel", "contact_permission", "source",
    "stage", "annual_income_fen", "social_insurance", "health_note", "tags_value", "tags_need", "tags_risk", "note",
)  # fmt: skip
RELATIVE = ("name", "relation", "gender", "birth_date", "mobile")
RELATIVE_MORE = (
    "dependent", "lives_with", "birthday_calendar", "birthday_month", "birthday_day", "birthday_leap", "id_type",
    "id_number", "id_expiry", "occupation_class", "smoker", "social_insurance", "annual_income_fen", "health_note",
)  # fmt: skip
CONTRACT = ("kind", "insurer", "product_name", "number")
PARTIES = ("insured", "applicant")
PREMIUM = ("sum_assured_fen", "premium_fen", "pay_mode", "effective_date", "next_due_date")
DATES = (
    "pay_years", "expiry_date", "paid_to_date", "receipt_date", "cooling_off_days", "waiting_days", "guaranteed_until",
    "group", "plate", "note",
)  # fmt: skip
ENDED = ("terminated_on", "termination")

#: All fields of a kind in the order in which they are read.
ORDER = {
    "customer": (*BASIC, *LIVING),
    "relative": (*RELATIVE, *RELATIVE_MORE),
    "policy": (*CONTRACT, *PARTIES, *PREMIUM, *DATES, *ENDED, "beneficiaries"),
}
CONSENT_ONLY = msgid("Only with the customer's consent")
HINTS = {
    "id_expiry": msgid("A date like 2030-05-01, or “long”"),
    "health_note": CONSENT_ONLY,
    "annual_income_fen": CONSENT_ONLY,
    "occupation_class": msgid("1 to 6"),
    "birthday_calendar": msgid("Only if another day is celebrated than the date of birth"),
    "expiry_date": msgid("Empty for the whole of life"),
}
IN_DAYS = ("cooling_off_days", "waiting_days")
OTHER = "other"
HEIRS = 4
FULL = 10_000


def sections(kind: str, tree: Tree, filled: Filled) -> list[dict[str, Any]]:
    """The parts of a form."""
    if kind == "customer":
        return [_part(_("Basics"), _fields(kind, BASIC, filled), open=True),
                _part(_("Living"), _fields(kind, LIVING, filled))]  # fmt: skip
    if kind == "relative":
        return [_part("", _fields(kind, RELATIVE, filled)), _part(_("More"), _fields(kind, RELATIVE_MORE, filled))]
    parties = [each for name in PARTIES for each in _party(tree, name, filled)]
    first = [*_fields(kind, CONTRACT, filled), *parties, *_fields(kind, PREMIUM, filled)]
    return [
        _part("", first),
        _part(_("Beneficiaries"), _heirs(tree, filled), note=_("empty: by law")),
        _part(_("Dates and more"), _fields(kind, DATES, filled)),
        _part(_("The policy has ended"), _fields(kind, ENDED, filled)),
    ]


def _part(title: str, fields: list[dict[str, Any]], *, open: bool = False, note: str = "") -> dict[str, Any]:
    is_open = open or any(one["has_error"] for one in fields)
    return {"title": title, "note": note, "has_fold": title != "", "open": is_open, "fields": fields}


def _fields(kind: str, names: tuple[str, ...], filled: Filled) -> list[dict[str, Any]]:
    return [
        control(kind, name, filled, hint=_(HINTS[name]) if name in HINTS else "",
                unit=_("days") if name in IN_DAYS else "")
        for name in names
    ]  # fmt: skip


def title_of(kind: str, row: Row) -> str:
    """What a record is called."""
    if kind == "policy":
        return row["product_name"] or word("kind", row["kind"])
    return row["name"]


def word(name: str, code: str) -> str:
    """The label of a code; one nobody knows is called as it is."""
    label = CODES[name].get(code, code)
    return _(label)


# ── people in a contract ─────────────────────────────────────────────────────


def _said(party: Row | None) -> str:
    if not party:
        return ""
    return party.get("name") or f"{party['kind']}:{party['id']}"


def _choices(tree: Tree, chosen: str, *, with_other: bool = False) -> list[dict[str, Any]]:
    known = [(f"customer:{tree.id}", tree.customer["name"])]
    known += [(f"relative:{row['id']}", row["name"]) for row in tree.relatives]
    linked = {row["linked_customer_id"]: row["name"] for row in tree.relatives if row["linked_customer_id"]}
    values = [value for value, _text in known]
    if chosen and chosen != OTHER and chosen not in values:
        known.append(
            (chosen, linked.get(chosen.partition(":")[2], _("somebody else") if PARTY.fullmatch(chosen) else chosen))
        )
    options = [("", _("Not known")), *known, *([(OTHER, _("Somebody else"))] if with_other else [])]
    return [{"value": value, "text": text, "checked": value == chosen} for value, text in options]


def _party(tree: Tree, name: str, filled: Filled) -> list[dict[str, Any]]:
    """Somebody of the family by choice, anybody else by name."""
    kept = _said(filled.row[name]) if filled.row else f"customer:{tree.id}"
    chosen = filled.typed.get(f"{name}_chosen", kept) if filled.typed is not None else kept
    label = _("Insured person") if name == "insured" else _("Applicant")
    typed = filled.typed.get(f"{name}_other", "") if filled.typed is not None else ""
    choice = control("policy", name, filled, options=_choices(tree, chosen, with_other=True))
    other = control(
        "policy", f"{name}_other", filled, id=f"f-{name}-other", label=_("%(label)s: name", label=label),
        hint=_("A name, if it is nobody of the family"), control="input", value=typed,
    )  # fmt: skip
    return [choice, other]


def _heirs(tree: Tree, filled: Filled) -> list[dict[str, Any]]:
    """The beneficiaries: who, in which order, which share. All that are there, and room for four."""
    lines = (filled.row or {}).get("beneficiaries") or []
    typed, made = filled.typed, []
    count = max(HEIRS, len(lines), len(typed.getlist("heir")) if typed is not None else 0)
    for place in range(min(count, 20)):
        line = lines[place] if place < len(lines) else None
        who = _said(line["ref"]) if line else ""
        share = f"{line['share_bp'] / 100:g}" if line else ""
        order = str(line["order"]) if line else "1"
        if typed is not None:
            who, share, order = (_at(typed, name, place) for name in ("heir", "share", "order"))
        wrong = {"heir": filled.errors["beneficiaries"]} if place == 0 and "beneficiaries" in filled.errors else {}
        blank, number = Filled(None, errors=wrong), place + 1
        made += [
            control("policy", "heir", blank, id=f"f-heir-{number}", label=_("Beneficiary %(n)s", n=number),
                    control="select", options=_choices(tree, who)),
            control("policy", "share", blank, id=f"f-share-{number}", label=_("Share of beneficiary %(n)s", n=number),
                    unit="%", value=share),
            control("policy", "order", blank, id=f"f-order-{number}", label=_("Order of beneficiary %(n)s", n=number),
                    control="select", options=_orders(order)),
        ]  # fmt: skip
    return made


def _orders(chosen: str) -> list[dict[str, Any]]:
    most = max(3, int(chosen)) if re.fullmatch("[1-9]", chosen) else 3
    return [{"value": str(one), "text": str(one), "checked": str(one) == chosen} for one in range(1, most + 1)]


def _at(typed: Typed, name: str, place: int) -> str:
    said = typed.getlist(name)
    return said[place] if place < len(said) else ""


def prepare(kind: str, typed: Typed) -> None:
    """What the controls of a contract hold, as fields: a typed name, lines of beneficiaries."""
    if kind != "policy":
        return
    for name in PARTIES:
        typed[f"{name}_chosen"] = typed.get(name, "")
        if typed.get(name) == OTHER:
            typed[name] = typed.get(f"{name}_other", "").strip()
    who = typed.getlist("heir")
    if not who:
        return
    lines = [
        {"ref": _ref(one), "order": int(order) if re.fullmatch("[1-9]", order) else 1, "share_bp": _basis_points(share)}
        for one, order, share in (
            (one, _at(typed, "order", place), _at(typed, "share", place)) for place, one in enumerate(who)
        )
        if one
    ]
    typed["beneficiaries"] = json.dumps(lines, ensure_ascii=False) if lines else ""


def _ref(text: str) -> dict[str, str]:
    found = PARTY.fullmatch(text)
    return {"kind": found[1], "id": found[2]} if found else {"name": text}


def _basis_points(text: str) -> int:
    """Percent; nothing means all of it, what is no number is judged wrong."""
    plain = text.strip().removesuffix("%")
    if not plain:
        return FULL
    try:
        return round(float(plain) * 100)
    except (ValueError, OverflowError):
        return 0
