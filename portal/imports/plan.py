"""Rows → what is to be written: whom the book knows already, what is new, what changes, what cannot be taken. Pure.

A customer is the same as one in the book (or an earlier row) by ID number, else by mobile and name, else by name and
birth date. A row that says nothing but a name means the one of that name, if there is exactly one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.imports.columns import KINDS, Layout
from portal.imports.lookups import Index, Lookup, alike, differences
from portal.imports.lookups import record_id as record_id
from portal.imports.rows import HELPERS, Fault, Line, Values
from portal.translations import msgid

SKIP, UPDATE = "skip", "update"

NO_CUSTOMER = msgid("The customer of this row is not in the file and not in your book.")
SEVERAL = msgid("Several customers have this name. Add the mobile or the document number.")
NO_NAME = msgid("The name of the customer is missing.")
NO_MEMBER_NAME = msgid("The name of the family member is missing.")
NO_RELATION = msgid("The relation to the customer is missing.")
NO_LINE = msgid("The line of insurance is missing.")
CUSTOMER_FAULTY = msgid("The customer of this row could not be taken; see row %(row)s.")
ANOTHER_CUSTOMERS = msgid("This policy number already belongs to another customer.")
TWICE_DIFFERENT = msgid("Row %(row)s says something else for the same entry. What stands there first counts.")

Row = dict[str, Any]
#: judge(kind, new row, old row, lookup) → {field: [msgid]}: the rules of the kind.
Judge = Callable[[str, Row, "Row | None", Any], Mapping[str, list[str]]]


@dataclass
class Known:
    """What the agent's book holds already. `rows(kind, ids)` gives wire rows for comparing."""

    customers: dict[str, dict[str, Any]] = field(
        default_factory=dict
    )  # id → {name, birth_date, id_number, mobile} (keys)
    relatives: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # customer id → [{id, name, relation}]
    policies: dict[str, str] = field(default_factory=dict)  # key of the number → id
    owners: dict[str, str] = field(default_factory=dict)  # policy id → customer id
    contracts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # customer id → policies without a number
    rows: Callable[[str, list[str]], Iterable[Row]] = lambda kind, ids: ()
    key: Callable[[str, str, str], str] = lambda kind, name, value: value  # how a hashed value is compared


@dataclass(eq=False)
class Draft:
    """One record to be written, or one that is there already (`known`)."""

    kind: str
    id: str
    values: Values
    sheet: str
    row: int
    known: bool = False
    parent: Draft | None = None
    blocked: bool = False
    insured_name: str | None = None
    insured_self: bool = False
    children: list[Draft] = field(default_factory=list)


@dataclass
class Plan:
    """What an import would do. `edits` go in groups, one tree each; `origins` names the row of each edit."""

    edits: list[list[Row]] = field(default_factory=list)
    origins: list[list[tuple[str, int]]] = field(default_factory=list)
    new: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    there: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    changed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    faults: list[Fault] = field(default_factory=list)
    faulty_rows: int = 0
    #: What was put right, in rows that were taken.
    mended: list[Fault] = field(default_factory=list)


class Planner:
    """Takes line after line, then says what is to be done."""

    def __init__(
        self,
        job_id: str,
        layouts: list[Layout],
        sheets: list[str],
        known: Known,
        when_there: str,
        judge: Judge | None = None,
        today: date = date(2000, 1, 1),
    ):
        self.job_id, self.layouts, self.sheets, self.known, self.when_there = job_id, layouts, sheets, known, when_there
        self.judge = judge or (lambda kind, new, old, lookup: {})
        self.lookup = Lookup(self, today)
        self.has_customer_sheet = any(layout.role == "customer" for layout in layouts)
        self.drafts: list[Draft] = []
        self.faults: list[Fault] = []
        self.mended: list[Fault] = []
        self.by_key: dict[tuple[Any, ...], Draft] = {}
        self.by_name: dict[str, list[Draft]] = {}
        self.by_id: dict[str, Draft] = {}
        self.members: dict[tuple[str, str], list[Draft]] = {}
        self.last: dict[int, Draft | None] = {}
        self.book = Index(known)

    # ── lines ────────────────────────────────────────────────────────────────

    def take(self, line: Line) -> None:
        """Work one row in: the customer first, then who and what belongs to the customer."""
        self.faults += [fault for kind in KINDS for fault in line.faults[kind]]
        self.mended += line.mended
        customer = self._customer(line)
        if customer is None:
            return
        if line.faults["customer"]:
            return
        if line.says("relative") and not line.faults["relative"]:
            self._relative(line, customer)
        if line.says("policy") and not line.faults["policy"]:
            self._policy(line, customer)

    def _fault(self, line: Line, message: str, target: str = "", **params: Any) -> None:
        self.faults.append(
            Fault(self.sheets[line.sheet], line.row, self._heading(line, target), message, "", tuple(params.items()))
        )

    def _heading(self, line: Line, target: str) -> str:
        layout = self.layouts[line.sheet]
        return layout.names[layout.targets.index(target)] if target in layout.targets else ""

    # ── customers ────────────────────────────────────────────────────────────

    def _customer(self, line: Line) -> Draft | None:
        values = line.parts["customer"]
        if not line.says("customer"):
            # Cells merged downwards, or a list that names the customer once: the row above says who.
            customer = self.last.get(line.sheet)
            if customer is None:
                self._fault(line, NO_CUSTOMER, "customer.name")
            return customer
        customer = self._find_or_make(line, values)
        self.last[line.sheet] = customer
        return customer

    def _find_or_make(self, line: Line, values: Values) -> Draft | None:
        refers = line.role != "customer"
        found, several = self._find(values, refers)
        if several:
            self._fault(line, SEVERAL, "customer.name")
            return None
        if found is None and refers and self.has_customer_sheet:
            if not line.faults["customer"]:
                self._fault(line, NO_CUSTOMER, "customer.name")
            return None
        if found is None and not values.get("name") and not line.faults["customer"]:
            self._fault(line, NO_NAME, "customer.name")
            return None
        draft = found or self._new("customer", line, None)
        self._remember(draft, values)
        if line.faults["customer"]:
            if found is None:
                draft.blocked = True
            return draft
        if not (refers and self.has_customer_sheet):
            if draft.blocked:
                # A good row after a bad one for the same customer.
                draft.blocked, draft.row, draft.sheet = False, line.row, self.sheets[line.sheet]
            self._fill(draft, line, {k: v for k, v in values.items() if k not in HELPERS})
        return draft

    def _find(self, values: Values, refers: bool) -> tuple[Draft | None, bool]:
        """The customer a row speaks of, and whether several could be meant."""
        name, number, mobile = values.get("name"), values.get("id_number"), values.get("mobile")
        birth, mark = values.get("birth_date"), values.get("no")
        number_key = number and self.known.key("customer", "id_number", number)
        mobile_key = mobile and self.known.key("customer", "mobile", mobile)
        for key in (
            ("id", number_key) if number_key else None,
            ("mobile", mobile_key, name) if mobile_key and name else None,
            ("birth", name, birth) if name and birth else None,
            ("no", mark) if refers and mark else None,
        ):
            found = self._by_key(key, number_key) if key else None
            if found:
                return found, False
        if name and not number and not mobile and (refers or not birth):
            same = self._of_name(name)
            return (same[0] if len(same) == 1 else None), len(same) > 1 and refers
        return None, False

    def _by_key(self, key: tuple[Any, ...], number_key: str | None) -> Draft | None:
        found = self.by_key.get(key)
        if found is None:
            known_id = self.book.keys.get(key)
            found = self._existing("customer", known_id) if known_id else None
        if found is None or key[0] == "id" or not number_key:
            return found
        # Another ID number is another person, whatever else agrees.
        own = found.values.get("id_number")
        own_key = self.known.key("customer", "id_number", own) if own else None
        if own_key is None and found.known:
            own_key = self.known.customers[found.id].get("id_number")
        return found if own_key in (None, number_key) else None

    def _of_name(self, name: str) -> list[Draft]:
        drafts = list(self.by_name.get(name, []))
        ids = {draft.id for draft in drafts}
        return drafts + [
            self._existing("customer", known) for known in self.book.names.get(name, []) if known not in ids
        ]

    def _existing(self, kind: str, row_id: str) -> Draft:
        draft = self.by_id.get(row_id)
        if draft is None:
            draft = self.by_id[row_id] = Draft(kind, row_id, {}, "", 0, known=True)
            self.drafts.append(draft)
        return draft

    def _remember(self, draft: Draft, values: Values) -> None:
        name = values.get("name")
        if number := values.get("id_number"):
            self.by_key.setdefault(("id", self.known.key("customer", "id_number", number)), draft)
        if name and (mobile := values.get("mobile")):
            self.by_key.setdefault(("mobile", self.known.key("customer", "mobile", mobile), name), draft)
        if name and (birth := values.get("birth_date")):
            self.by_key.setdefault(("birth", name, birth), draft)
        if mark := values.get("no"):
            self.by_key.setdefault(("no", mark), draft)
        if name and draft not in (same := self.by_name.setdefault(name, [])):
            same.append(draft)

    # ── family and policies ──────────────────────────────────────────────────

    def _relative(self, line: Line, customer: Draft) -> None:
        values = line.parts["relative"]
        if not values:
            return
        name = values.get("name") or line.parts["policy"].get("insured_name")
        if not name:
            self._fault(line, NO_MEMBER_NAME, "relative.name")
            return
        values = {**values, "name": name}
        found = self._member(customer, values)
        if found is None and name == self._name_of(customer) and "relation" not in values:
            line.insured_self = True
            return
        if found is None and "relation" not in values:
            if not line.says("policy"):
                self._fault(line, NO_RELATION, "relative.relation")
            return
        draft = found or self._new("relative", line, customer)
        if draft not in (same := self.members.setdefault((customer.id, name), [])):
            same.append(draft)
        self._fill(draft, line, values)

    def _member(self, customer: Draft, values: Values) -> Draft | None:
        """The member of the family with this name (and relation, where the row says one)."""
        wanted = values.get("relation")
        for draft in self.members.get((customer.id, values["name"]), []):
            if wanted in (None, self._relation_of(draft)):
                return draft
        for known in self.known.relatives.get(customer.id, ()):
            if known["name"] == values["name"] and wanted in (None, known["relation"]):
                draft = self._existing("relative", known["id"])
                draft.parent = customer
                return draft
        return None

    def _relation_of(self, draft: Draft) -> str | None:
        return self.lookup.relatives[draft.id]["relation"] if draft.known else draft.values.get("relation")

    def _name_of(self, customer: Draft) -> str:
        return customer.values.get("name") or self.known.customers.get(customer.id, {}).get("name", "")

    def _policy(self, line: Line, customer: Draft) -> None:
        values = {key: value for key, value in line.parts["policy"].items() if key not in HELPERS}
        insured = line.parts["policy"].get("insured_name")
        if not values:
            return
        found = self._contract(customer, values)
        if found and self._owner(found) not in (None, customer.id):
            self._fault(line, ANOTHER_CUSTOMERS, "policy.number")
            return
        if found is None and "kind" not in values:
            self._fault(line, NO_LINE, "policy.kind")
            return
        draft = found or self._new("policy", line, customer)
        if number := values.get("number"):
            self.by_key.setdefault(("policy", self.known.key("policy", "number", number)), draft)
        else:
            self.by_key.setdefault(("contract", customer.id, *alike(values)), draft)
        draft.insured_name = draft.insured_name or insured or line.parts["relative"].get("name")
        draft.insured_self = draft.insured_self or line.insured_self
        if line.by_applicant and found is None:
            values["applicant"] = {"kind": "customer", "id": customer.id}
        self._fill(draft, line, values)

    def _owner(self, policy: Draft) -> str | None:
        return policy.parent.id if policy.parent else self.known.owners.get(policy.id)

    def _contract(self, customer: Draft, values: Values) -> Draft | None:
        number = values.get("number")
        if number:
            key = self.known.key("policy", "number", number)
            found = self.by_key.get(("policy", key))
            if found is None and key in self.known.policies:
                found = self._existing("policy", self.known.policies[key])
        else:
            found = self.by_key.get(("contract", customer.id, *alike(values)))
            for known in () if found else self.known.contracts.get(customer.id, ()):
                if alike(known) == alike(values):
                    found = self._existing("policy", known["id"])
        if found and found.known and found.parent is None and self._owner(found) == customer.id:
            found.parent = customer
        return found

    # ── drafts ───────────────────────────────────────────────────────────────

    def _new(self, kind: str, line: Line, parent: Draft | None) -> Draft:
        values: Values = {"customer_id": parent.id} if parent else {}
        draft = Draft(
            kind, record_id(self.job_id, line.sheet, line.place, kind), values, self.sheets[line.sheet], line.row
        )
        draft.parent = parent
        self.by_id[draft.id] = draft
        self.drafts.append(draft)
        return draft

    def _fill(self, draft: Draft, line: Line, values: Values) -> None:
        """What a later row adds is taken; what it contradicts is said, and the first word counts (unless updating)."""
        if draft.known and self.when_there == SKIP:
            return
        if not draft.row:
            draft.row, draft.sheet = line.row, self.sheets[line.sheet]
        differs = [name for name, value in values.items() if name in draft.values and draft.values[name] != value]
        if differs and self.when_there == SKIP:
            target = f"{draft.kind}.{differs[0]}"
            self._fault(line, TWICE_DIFFERENT, target, row=draft.row)
        for name, value in values.items():
            if name not in draft.values or self.when_there == UPDATE:
                draft.values[name] = value

    # ── the outcome ──────────────────────────────────────────────────────────

    def plan(self, at: str) -> Plan:
        """The edits, tree by tree, with counts and faults. `at` is the moment the edits carry."""
        for draft in self.drafts:
            if draft.parent:
                draft.parent.children.append(draft)
        made = Plan()
        old = self._old_rows()
        for root in self.drafts:
            if root.parent is None:
                self._tree(root, old, made, at)
        made.faults = sorted(self.faults, key=lambda fault: (self.sheets.index(fault.sheet), fault.row))
        faulty = {(fault.sheet, fault.row) for fault in made.faults}
        made.faulty_rows = len(faulty)
        made.mended = [said for said in self.mended if (said.sheet, said.row) not in faulty]
        return made

    def _resolve_insured(self, policy: Draft) -> None:
        """被保险人 is a name in the file; in the record it is the customer, a member of the family, or only a name."""
        customer, name = policy.parent, policy.insured_name
        if policy.known or customer is None:
            return
        if policy.insured_self or (name and name == self._name_of(customer)):
            policy.values["insured"] = {"kind": "customer", "id": customer.id}
            return
        if not name:
            return
        members = [draft.id for draft in self.members.get((customer.id, name), []) if not draft.blocked]
        members += [known["id"] for known in self.known.relatives.get(customer.id, ()) if known["name"] == name]
        members = list(dict.fromkeys(members))
        policy.values["insured"] = {"kind": "relative", "id": members[0]} if len(members) == 1 else {"name": name}

    def _old_rows(self) -> dict[str, Row]:
        if self.when_there == SKIP:
            return {}
        rows: dict[str, Row] = {}
        for kind in KINDS:
            ids = [draft.id for draft in self.drafts if draft.kind == kind and draft.known and draft.values]
            rows.update({row["id"]: row for row in self.known.rows(kind, ids)})
        return rows

    def _tree(self, root: Draft, old: dict[str, Row], made: Plan, at: str) -> None:
        edits: list[Row] = []
        origins: list[tuple[str, int]] = []
        for draft in [root, *sorted(root.children, key=lambda child: KINDS.index(child.kind))]:
            if root.blocked:
                if draft is not root:
                    params = (("row", root.row),)
                    self.faults.append(Fault(draft.sheet, draft.row, "", CUSTOMER_FAULTY, "", params))
                continue
            if draft.kind == "policy":
                self._resolve_insured(draft)
            edit = self._edit(draft, old.get(draft.id), made, at)
            if edit:
                edits.append(edit)
                origins.append((draft.sheet, draft.row))
        if edits:
            made.edits.append(edits)
            made.origins.append(origins)

    def _edit(self, draft: Draft, old: Row | None, made: Plan, at: str) -> Row | None:
        if not draft.known:
            if self._is_faulty(draft, draft.values, None):
                draft.blocked = True
                return None
            made.new[draft.kind] += 1
            sets = {name: [None, value] for name, value in draft.values.items()}
            return {"op": "create", "kind": draft.kind, "id": draft.id, "set": sets, "at": at}
        made.there[draft.kind] += 1
        sets = differences(old, draft.values) if old else {}
        if not sets or old is None:
            return None
        if self._is_faulty(draft, {**old, **{name: new for name, (_, new) in sets.items()}}, old):
            return None
        made.changed[draft.kind] += 1
        return {"op": "update", "kind": draft.kind, "id": draft.id, "base": old["ver"], "set": sets, "at": at}

    def _is_faulty(self, draft: Draft, new: Row, old: Row | None) -> bool:
        """True where the kind's own rules object; what they say is kept with the column it is about."""
        found = self.judge(draft.kind, {"id": draft.id, **new}, old, self.lookup)
        for name, messages in found.items():
            heading = self._heading_of(draft.sheet, f"{draft.kind}.{name}")
            self.faults += [Fault(draft.sheet, draft.row, heading, message) for message in messages]
        return bool(found)

    def _heading_of(self, sheet: str, target: str) -> str:
        layout = self.layouts[self.sheets.index(sheet)]
        return layout.names[layout.targets.index(target)] if target in layout.targets else ""
