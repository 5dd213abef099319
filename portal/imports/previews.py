"""The first records of a plan as people read them: name, facts, family, policies."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from portal.imports.columns import BY_NAME, TARGETS
from portal.imports.plan import Plan
from portal.translations import msgid

TREES = 5
CHILDREN = 6

#: Labels of the codes that imports can fill.
CODES = {
    "gender": {"male": msgid("Male"), "female": msgid("Female")},
    "id_type": {
        "idcard": msgid("ID card"),
        "passport": msgid("Passport"),
        "hk_mo": msgid("Hong Kong or Macao permit"),
        "taiwan": msgid("Taiwan permit"),
        "birth_cert": msgid("Birth certificate"),
        "other": msgid("Other document"),
    },
    "marital": {
        "single": msgid("Single"),
        "married": msgid("Married"),
        "divorced": msgid("Divorced"),
        "widowed": msgid("Widowed"),
    },
    "housing": {
        "owned": msgid("Own home"),
        "rented": msgid("Rented"),
        "family": msgid("With family"),
        "other": msgid("Other"),
    },
    "preferred_channel": {
        "visit": msgid("Visit"),
        "call": msgid("Call"),
        "message": msgid("Message"),
        "meeting": msgid("Meeting"),
        "online": msgid("Online"),
    },
    "stage": {
        "potential": msgid("Potential"),
        "target": msgid("Target"),
        "prospect": msgid("Prospect"),
        "client": msgid("Client"),
        "loyal": msgid("Loyal"),
    },
    "contact_permission": {
        "any": msgid("May be contacted"),
        "service": msgid("Service only"),
        "none": msgid("Do not contact"),
    },
    "relation": {
        "spouse": msgid("Spouse"),
        "child": msgid("Child"),
        "parent": msgid("Parent"),
        "parent_in_law": msgid("Parent-in-law"),
        "grandparent": msgid("Grandparent"),
        "grandchild": msgid("Grandchild"),
        "sibling": msgid("Sibling"),
        "other": msgid("Other relative"),
    },
    "kind": {
        "term": msgid("Term life"),
        "whole_life": msgid("Whole life"),
        "increasing_whole_life": msgid("Increasing whole life"),
        "ci": msgid("Critical illness"),
        "medical": msgid("Medical"),
        "accident": msgid("Accident"),
        "annuity": msgid("Annuity"),
        "education": msgid("Education savings"),
        "disability": msgid("Disability"),
        "endowment": msgid("Endowment"),
        "motor": msgid("Motor"),
        "home": msgid("Home"),
        "liability": msgid("Liability"),
        "other": msgid("Other insurance"),
    },
    "pay_mode": {
        "single": msgid("Single premium"),
        "year": msgid("Yearly"),
        "half": msgid("Half-yearly"),
        "quarter": msgid("Quarterly"),
        "month": msgid("Monthly"),
    },
    "termination": {
        "surrendered": msgid("Surrendered"),
        "matured": msgid("Matured"),
        "claimed": msgid("Paid out"),
        "lapsed": msgid("Lapsed"),
        "cancelled": msgid("Cancelled"),
    },
    "social_insurance": {
        "employee": msgid("Employees'"),
        "resident": msgid("Residents'"),
        "rural": msgid("Rural"),
        "none": msgid("None of them"),
    },
    "birthday_calendar": {"solar": msgid("Solar calendar"), "lunar": msgid("Lunar calendar")},
}
#: Fields that no column names by itself.
OTHER_LABELS = {
    "birthday_calendar": msgid("Birthday by"),
    "birthday_month": msgid("Birthday month"),
    "birthday_day": msgid("Birthday day"),
    "birthday_leap": msgid("In a leap month"),
    "insured": msgid("Insured person"),
    "applicant": msgid("Applicant"),
}
HIDDEN = {"customer_id", "name", "applicant", "birthday_leap"}
ORDER = {target.name: place for place, target in enumerate(TARGETS)}


def preview(plan: Plan) -> list[list[dict[str, Any]]]:
    """The first trees, as plain data to be kept with the job."""
    return [
        [
            {"op": edit["op"], "kind": edit["kind"], "id": edit["id"], "set": edit["set"], "row": row}
            for edit, (_sheet, row) in zip(tree[:CHILDREN], where, strict=False)
        ]
        for tree, where in zip(plan.edits[:TREES], plan.origins, strict=False)
    ]


def shown(trees: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What the page prints: a title and facts for each record."""
    return [{"records": [_record(edit, _names(tree)) for edit in tree]} for tree in trees]


def _names(tree: list[dict[str, Any]]) -> dict[str, str]:
    return {edit["id"]: edit["set"]["name"][1] for edit in tree if "name" in edit["set"]}


def _record(edit: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    kind, sets = edit["kind"], edit["set"]
    title = (sets.get("name") or sets.get("product_name") or sets.get("number") or (None, ""))[1]
    facts = [
        {"label": _label(kind, name), "text": _value(name, new, names), "before": _before(edit, name, old, names)}
        for name, (old, new) in sorted(sets.items(), key=lambda item: ORDER.get(f"{kind}.{item[0]}", 999))
        if name not in HIDDEN and new is not None
    ]
    return {
        "title": title or _label_of_kind(kind),
        "kind": kind,
        "kind_label": _label_of_kind(kind),
        "is_new": edit["op"] == "create",
        "row": edit["row"],
        "facts": facts,
    }


def _label_of_kind(kind: str) -> str:
    from portal.imports.columns import KIND_LABELS

    return gettext(KIND_LABELS[kind])


def _label(kind: str, name: str) -> str:
    target = BY_NAME.get(f"{kind}.{name}")
    return gettext(target.label if target else OTHER_LABELS.get(name, name))


def _before(edit: dict[str, Any], name: str, old: Any, names: dict[str, str]) -> str:
    return "" if edit["op"] == "create" or old is None else _value(name, old, names)


def _value(name: str, value: Any, names: dict[str, str]) -> str:
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if name.endswith("_fen"):
        return money(value)
    if isinstance(value, list):
        return "、".join(_value(name, item, names) for item in value)
    if isinstance(value, dict):
        return value.get("name") or names.get(value.get("id", ""), "")
    if value == "long":
        return gettext("long-term")
    label = CODES.get(name, {}).get(str(value))
    return gettext(label) if label else str(value)


def money(fen: int) -> str:
    """¥1,234.50, without fen where there are none."""
    yuan, rest = divmod(fen, 100)
    return f"¥{yuan:,}" + (f".{rest:02d}" if rest else "")
