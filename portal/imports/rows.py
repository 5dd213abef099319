"""A sheet's rows → values of records by kind, with every fault named by row and column. Pure but for the `check` given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal import lunar
from portal.customers import idcard
from portal.imports.cells import BadCell, convert
from portal.imports.columns import BY_NAME, KINDS, Layout
from portal.imports.mending import mended, value_text
from portal.imports.words import FEMALE, MALE, plain, policy_kind
from portal.spreadsheets import Book, Cell
from portal.translations import msgid

NO_SUCH_LUNAR_DAY = msgid("The lunar calendar has no such day.")

Values = dict[str, Any]
#: check(kind, field, value) → msgids of what the records' own rules say against the value.
Check = Callable[[str, str, Any], list[str]]


@dataclass(frozen=True)
class Fault:
    """What is wrong where. `column` is the heading as the file writes it; `message` a msgid with `params`."""

    sheet: str
    row: int
    column: str
    message: str
    value: str = ""
    params: tuple[tuple[str, Any], ...] = ()


@dataclass
class Line:
    """One row: what it says of the customer, of a member of the family and of a policy."""

    sheet: int
    row: int
    role: str
    #: Where the row stands in its sheet: two rows of relatives may come from one card and bear its number.
    place: int
    parts: dict[str, Values] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    faults: dict[str, list[Fault]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    mended: list[Fault] = field(default_factory=list)
    insured_self: bool = False
    by_applicant: bool = False

    def says(self, kind: str) -> bool:
        """True where the row holds anything of this kind, right or wrong."""
        return bool(self.parts[kind] or self.faults[kind])


def lines(book: Book, layouts: list[Layout], check: Check, today: date) -> Iterator[Line]:
    """Every row below the headings: customers' sheets first, then families, then policies."""
    order = sorted(range(len(layouts)), key=lambda index: (KINDS.index(layouts[index].role), index))
    for index in order:
        sheet, layout = book.sheets[index], layouts[index]
        reader = _Reader(book, sheet.name, index, layout, check, today)
        for position in range(layout.header + 1, len(sheet.rows)):
            line = reader.line(sheet.rows[position], sheet.numbers[position], position)
            if any(line.says(kind) for kind in KINDS):
                yield line


class _Reader:
    """Reads the rows of one sheet by its layout."""

    def __init__(self, book: Book, sheet: str, index: int, layout: Layout, check: Check, today: date):
        own = book.sheets[index].epoch_1904
        self.epoch_1904 = book.epoch_1904 if own is None else own
        self.sheet, self.index, self.layout, self.check, self.today = sheet, index, layout, check, today
        self.columns = [
            (column, BY_NAME[target], layout.names[column], layout.units[column])
            for column, target in enumerate(layout.targets)
            if target
        ]
        self.relation_of_heading = _relation_of(
            [name for _c, target, name, _u in self.columns if target.kind == "relative"]
        )
        customer = next((name for _c, target, name, _u in self.columns if target.name == "customer.name"), "")
        self.by_applicant = plain(customer).startswith(("投保人", "applicant", "policyholder"))

    def line(self, cells: list[Cell], row: int, place: int) -> Line:
        line = Line(self.index, row, self.layout.role, place, by_applicant=self.by_applicant)
        for column, target, heading, unit in self.columns:
            cell = cells[column] if column < len(cells) else None
            if cell is None:
                continue
            try:
                value = convert(target.type, target.field, cell, heading=heading, unit=unit, epoch_1904=self.epoch_1904)
            except BadCell as bad:
                line.faults[target.kind].append(self._fault(row, heading or target.label, bad.message, cell))
                continue
            if value is not None:
                self._keep(line, target.kind, target.field, value, heading or target.label, cell)
                if (said := mended(target.type, cell, value)) and target.field not in HELPERS:
                    then = f"{str(cell)[:60]} → {value_text(value)}"
                    line.mended.append(Fault(self.sheet, row, heading or target.label, said, then))
        self._finish(line, cells)
        return line

    def _fault(self, row: int, column: str, message: str, cell: Any) -> Fault:
        return Fault(self.sheet, row, column, message, str(cell)[:80])

    def _keep(self, line: Line, kind: str, name: str, value: Any, heading: str, cell: Any) -> None:
        values = line.parts[kind]
        try:
            found = self._fields(kind, name, value, values)
        except BadCell as bad:
            line.faults[kind].append(self._fault(line.row, heading, bad.message, cell))
            return
        for field_name, field_value in found.items():
            messages = [] if field_name in HELPERS else self.check(kind, field_name, field_value)
            line.faults[kind] += [self._fault(line.row, heading, message, cell) for message in messages]
            if not messages:
                values[field_name] = field_value

    def _fields(self, kind: str, name: str, value: Any, values: Values) -> Values:
        """The record fields that one column's value fills."""
        if isinstance(value, dict):
            return self._birthday(name, value, values)
        if kind == "policy" and name == "kind":
            code, only_name = policy_kind(value)
            return {"kind": code} if only_name or "product_name" in values else {"kind": code, "product_name": value}
        return {name: value}

    def _birthday(self, name: str, value: dict[str, Any], values: Values) -> Values:
        found = {
            "birthday_calendar": value["calendar"],
            "birthday_month": value["month"],
            "birthday_day": value["day"],
            "birthday_leap": value["leap"],
        }
        if value["year"] and "birth_date" not in values:
            found["birth_date"] = _civil(value)
        return found

    def _finish(self, line: Line, cells: list[Cell]) -> None:
        """What follows from what stands there: sex and birth from an ID number, a relation from 配偶姓名."""
        for kind in ("customer", "relative"):
            _from_id_number(line.parts[kind], self.today)
        relative = line.parts["relative"]
        relation = relative.pop("relation", None)
        if relation == "self":
            line.insured_self = True
            line.parts["relative"] = {}
            line.faults["relative"] = []
            return
        if relation:
            relative["relation"] = relation
            self._sex_of_relation(relative, cells)
        elif relative.get("name") and self.relation_of_heading:
            relative["relation"] = self.relation_of_heading

    def _sex_of_relation(self, relative: Values, cells: list[Cell]) -> None:
        column = self.layout.targets.index("relative.relation")
        word = plain(str(cells[column]))
        sex = "female" if word in FEMALE else "male" if word in MALE else None
        if sex and "gender" not in relative:
            relative["gender"] = sex


#: Targets that are no fields of a record.
HELPERS = frozenset({"no", "insured_name"})


def _relation_of(headings: list[str]) -> str | None:
    """配偶姓名 tells the relation without a column for it."""
    for heading in headings:
        key = plain(heading)
        if key.startswith(("配偶", "妻子", "丈夫", "spouse")):
            return "spouse"
        if key.startswith(("子女", "孩子", "child")):
            return "child"
    return None


def _civil(value: dict[str, Any]) -> str:
    try:
        if value["calendar"] == "lunar":
            day = lunar.to_solar(value["year"], value["month"], value["day"], value["leap"])
            if day is None:
                raise ValueError
            return day.isoformat()
        return date(value["year"], value["month"], value["day"]).isoformat()
    except ValueError:
        raise BadCell(NO_SUCH_LUNAR_DAY) from None


def _from_id_number(values: Values, today: date) -> None:
    number = values.get("id_number")
    if not number or values.get("id_type", "idcard") != "idcard":
        return
    found = idcard.read(number, today)
    if found is None:
        return
    values.setdefault("id_type", "idcard")
    values.setdefault("birth_date", found.birth_date.isoformat())
    values.setdefault("gender", found.gender)
