"""Records → tables that people read and that the import reads again: three sheets, or one with a row for each record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from portal.customers import labels
from portal.spreadsheet_writing import Table, Value
from portal.team.books import masked
from portal.translations import msgid
from sync.kinds import KINDS
from sync.kinds import Row as Record

#: Of each kind, the fields in the order of a sheet; celebrated birthdays are one column.
COLUMNS: dict[str, tuple[str, ...]] = {
    "customer": (
        "name", "gender", "birth_date", "birthday", "id_type", "id_number", "id_expiry", "mobile", "phone_home",
        "phone_work", "email", "wechat_id", "fax_work", "employer", "department", "position", "occupation_class",
        "work_address", "home_address", "city", "native_place", "marital", "education", "housing", "has_car", "smoker",
        "social_insurance", "hobbies", "best_contact_time", "preferred_channel", "source", "stage",
        "contact_permission", "tags_need", "tags_risk", "tags_value", "health_note", "annual_income_fen", "note",
    ),
    "relative": (
        "relation", "name", "gender", "birth_date", "birthday", "id_type", "id_number", "id_expiry", "mobile",
        "occupation_class", "smoker", "social_insurance", "dependent", "lives_with", "health_note",
        "annual_income_fen",
    ),
    "policy": (
        "kind", "insurer", "product_name", "number", "applicant", "insured", "beneficiaries", "sum_assured_fen",
        "premium_fen", "pay_mode", "pay_years", "effective_date", "expiry_date", "next_due_date", "paid_to_date",
        "receipt_date", "cooling_off_days", "waiting_days", "guaranteed_until", "group", "plate", "terminated_on",
        "termination", "note",
    ),
}  # fmt: skip
#: Told only with the customer's consent, so they go out only when somebody asks for them.
SENSITIVE = frozenset({"health_note", "annual_income_fen"})
#: Contact fields that are not sealed, for readers who see contacts masked.
CONTACT = frozenset({"fax_work", "work_address"})
#: Of sealed fields these keep a few digits where contacts are masked; of the others nothing is left.
KEPT_DIGITS = frozenset({"mobile", "phone_home", "phone_work", "id_number", "fax_work", "number"})

SHEETS = {"customer": msgid("Customers"), "relative": msgid("Families"), "policy": msgid("Policies")}
NUMBER = msgid("Customer no.")
CUSTOMER_NAME = msgid("Customer name")
#: Headings that have another name than the field on a page.
HEADINGS = {
    "birthday": msgid("Birthday as celebrated"),
    "contact_permission": msgid("Contact permission"),
    "pay_mode": msgid("Payment frequency"),
}
#: In one sheet for everything, whose column it is stands in front where two kinds have one.
FLAT = {
    "relative": {
        "name": msgid("Family member name"),
        "gender": msgid("Family member sex"),
        "birth_date": msgid("Family member date of birth"),
        "birthday": msgid("Family member birthday as celebrated"),
        "id_type": msgid("Family member document"),
        "id_number": msgid("Family member document number"),
        "id_expiry": msgid("Family member valid until"),
        "mobile": msgid("Family member mobile number"),
        "occupation_class": msgid("Family member occupation class"),
        "smoker": msgid("Family member smokes"),
        "social_insurance": msgid("Family member social health insurance"),
        "health_note": msgid("Family member health"),
        "annual_income_fen": msgid("Family member income a year"),
    },
    "policy": {"note": msgid("Policy note")},
}
EVERY = tuple(COLUMNS)


@dataclass
class Tree:
    """A customer with family and policies."""

    customer: Record
    relative: list[Record] = field(default_factory=list)
    policy: list[Record] = field(default_factory=list)

    def names(self) -> dict[str, str]:
        """The names of all who belong to the family, by id."""
        return {row["id"]: row["name"] for row in (self.customer, *self.relative)}


@dataclass(frozen=True)
class Sight:
    """What may stand in the file: contacts masked, health and income."""

    masked: bool = False
    sensitive: bool = False

    def columns(self, kind: str) -> list[str]:
        """The fields of a kind that are in the file."""
        return [name for name in COLUMNS[kind] if self.sensitive or name not in SENSITIVE]

    def value(self, kind: str, name: str, value: Any) -> Any:
        """A value as this reader may see it."""
        if not self.masked or value is None:
            return value
        schema = KINDS[kind].fields.get(name)
        if name in CONTACT or (schema is not None and schema.metadata.get("sealed")):
            return masked(str(value)) if name in KEPT_DIGITS else None
        return value


def workbook(trees: list[Tree], sight: Sight) -> list[Table]:
    """A sheet for each kind; families and policies name the customer by the number in the first sheet."""
    tables = []
    for kind in EVERY:
        names = sight.columns(kind)
        head = [
            _(NUMBER),
            *([] if kind == "customer" else [_(CUSTOMER_NAME)]),
            *(heading(kind, name) for name in names),
        ]
        widths = [10, *([] if kind == "customer" else [12]), *(_width(name) for name in names)]
        tables.append(Table(_(SHEETS[kind]), head, _rows(trees, kind, names, sight), widths))
    return tables


def _rows(trees: list[Tree], kind: str, names: list[str], sight: Sight) -> Iterator[list[Value]]:
    for number, tree in enumerate(trees, 1):
        people = tree.names()
        ahead: list[Value] = [str(number)] if kind == "customer" else [str(number), tree.customer["name"]]
        for row in _records(tree, kind):
            yield [*ahead, *(cell(kind, name, row, sight, people) for name in names)]


def _records(tree: Tree, kind: str) -> list[Record]:
    return [tree.customer] if kind == "customer" else getattr(tree, kind)


def flat(trees: list[Tree], sight: Sight) -> Iterator[list[Value]]:
    """One sheet: the customer, then a row for each relative and each policy that repeats who the customer is."""
    names = {kind: sight.columns(kind) for kind in EVERY}
    yield [_(NUMBER), *(flat_heading(kind, name) for kind in EVERY for name in names[kind])]
    for number, tree in enumerate(trees, 1):
        people = tree.names()
        blank = {kind: [None] * len(names[kind]) for kind in EVERY}
        own = [cell("customer", name, tree.customer, sight, people) for name in names["customer"]]
        yield [str(number), *own, *blank["relative"], *blank["policy"]]
        # Below, only what tells the customer from others.
        who = [value if name in WHO else None for name, value in zip(names["customer"], own, strict=True)]
        for row in tree.relative:
            cells = [cell("relative", name, row, sight, people) for name in names["relative"]]
            yield [str(number), *who, *cells, *blank["policy"]]
        for row in tree.policy:
            cells = [cell("policy", name, row, sight, people) for name in names["policy"]]
            yield [str(number), *who, *blank["relative"], *cells]


#: What tells customers from each other.
WHO = frozenset({"name", "birth_date", "id_type", "id_number", "mobile"})


def heading(kind: str, name: str) -> str:
    """The heading of a column in a sheet of its kind."""
    return _(HEADINGS.get(name) or labels.FIELDS.get(f"{kind}.{name}") or labels.FIELDS[name])


def flat_heading(kind: str, name: str) -> str:
    """The heading of a column in the sheet that holds all kinds."""
    own = FLAT.get(kind, {}).get(name)
    return _(own) if own else heading(kind, name)


def _width(name: str) -> int:
    return {"id_number": 21, "number": 20, "product_name": 24, "note": 40, "home_address": 36, "work_address": 36,
            "email": 24, "mobile": 15, "employer": 20, "birth_date": 12, "effective_date": 12}.get(name, 12)  # fmt: skip


# ── cells ────────────────────────────────────────────────────────────────────


def cell(kind: str, name: str, row: Record, sight: Sight, people: dict[str, str]) -> Value:
    """One value as people write it in a spreadsheet."""
    if name == "birthday":
        return _birthday(row)
    value = sight.value(kind, name, row.get(name))
    if name == "beneficiaries":
        return _beneficiaries(value, people)
    if value is None or value == []:
        return None
    if name in {"applicant", "insured"}:
        return value.get("name") or people.get(value.get("id", ""), "")
    if name.endswith("_fen"):
        return Decimal(value) / 100
    return _plain(name, value)


def _plain(name: str, value: Any) -> Value:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int):
        return value
    if isinstance(value, list):
        return "、".join(str(_plain(name, each)) for each in value)
    if name in labels.CODES and value in labels.CODES[name]:
        return _(labels.CODES[name][value])
    if value == "long" and name == "id_expiry":
        return _("long-term")
    if name in DATES or name == "id_expiry":
        return _date(value)
    return str(value)


DATES = frozenset(
    name for names in COLUMNS.values() for name in names if name.endswith(("_date", "_on", "_until"))
)  # fmt: skip


def _date(value: str) -> Value:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    # Spreadsheets know no day before 1900-03-01 that all of them agree on.
    return day if day >= date(1900, 3, 1) else value


def _birthday(row: Record) -> Value:
    """`农历 闰8-15`; nothing where it is only the date of birth again."""
    month, day = row.get("birthday_month"), row.get("birthday_day")
    if not month or not day:
        return None
    leap = "闰" if row.get("birthday_leap") else ""
    if row.get("birthday_calendar") == "lunar":
        return f"{_('lunar')} {leap}{month}-{day}"
    return None if (row.get("birth_date") or "")[5:] == f"{month:02}-{day:02}" else f"{_('solar')} {month}-{day}"


def _beneficiaries(lines: Any, people: dict[str, str]) -> Value:
    if not lines:
        return None
    said = []
    for line in lines:
        ref = line.get("ref") or {}
        share = Decimal(line.get("share_bp", 0)) / 100
        said.append(
            f"{line.get('order', 1)}. {ref.get('name') or people.get(ref.get('id', ''), '')} {share.normalize():f}%"
        )
    return "；".join(said)


def in_order(trees: Iterable[Tree]) -> list[Tree]:
    """As a book has them: by the day they came in."""
    return sorted(trees, key=lambda tree: (tree.customer["created_at"], tree.customer["id"]))
