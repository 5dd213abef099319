"""What the sheets of a product must say together, before it may be published. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from portal.products.sheet_reading import Fault, Line, Read
from portal.translations import msgid
from sync.canonical import canonical

#: A body travels to every phone with the records; a table is fetched by itself.
MOST_BODY = 64 * 1024
MOST_TABLE = 1024 * 1024

CHOOSES_OF = {
    "table": "sum", "bands": "sum", "per_sum": "sum", "plans": "plan", "premium": "premium", "waived": "sum",
    "items": "items",
}  # fmt: skip

NOT_WITH_FORM = msgid("With this form of price “%(wanted)s” is chosen.")
NO_MODE = msgid("Say the factor of a yearly instalment, or of a single premium.")
YEAR_IS_ONE = msgid("The factor of a yearly instalment is 1.")
NO_SINGLE = msgid("A single premium is offered, so its factor is needed: 1.")
NO_TERMS = msgid("Say at least one.")
NO_ENTRY = msgid("Say from which age, in years or in days.")
ONE_ENTRY = msgid("Say the youngest age in years or in days, not in both.")
UPSIDE_DOWN = msgid("The least is above the highest.")
NO_MAINS = msgid("A rider says which main covers it belongs to.")
ONLY_RIDERS = msgid("Only a rider has main covers.")
NO_SUCH_PRODUCT = msgid("There is no product with the code %(code)s.")
NO_SUCH_TERM = msgid("This term is not among the terms of the product.")
NO_SUCH_PAY = msgid("These years of payment are not among those of the product.")
NO_RATES = msgid("There is not one rate for %(code)s.")
ONE_SEX = msgid("There are rates for one sex only (%(key)s).")
NO_RATE_AT_ALL = msgid("A rate of nothing is no rate: leave the row out.")
NO_SUCH = msgid("There is no %(code)s on the sheet “%(sheet)s”.")
NO_CHOICES = msgid("There is no choice for this part on the sheet “choices”.")
NOT_AMONG = msgid("The usual factor is not among the possible ones.")
NOT_ASCENDING = msgid("Ages must rise, and the last one be left blank.")
NO_CLASS = msgid("There is no factor for occupation class %(code)s, which is accepted.")
NEEDED = msgid("This form of price needs it.")
NO_ILLUSTRATION = msgid("A participating product says how its surplus is shared.")
TOO_LARGE = msgid("The texts are too large together: %(kb)s KB of at most %(most)s KB.")
TABLE_TOO_LARGE = msgid("This table is too large: %(kb)s KB of at most %(most)s KB.")


def faults_of(read: Read, codes: Collection[str]) -> list[Fault]:
    """What does not fit together in a product whose cells are right one by one. `codes`: products that there are."""
    judged = _Judged(read, codes)
    return [*judged.first_sheet(), *judged.price(), *judged.tables(), *judged.texts(), *judged.sizes()]


class _Judged:
    def __init__(self, read: Read, codes: Collection[str]):
        self.read, self.body, self.codes = read, read.body, codes
        self.form = read.body["price"]["form"]

    def at(self, name: str, message: str, **params: Any) -> Fault:
        """A fault of a line of the first sheet."""
        sheet, row = self.read.places.get(name, ("product", 0))
        return Fault(sheet, row, name, message, params)

    def lines(self, sheet: str) -> list[Line]:
        return self.read.lists.get(sheet, [])

    def first_sheet(self) -> Iterator[Fault]:
        body, entry, limits = self.body, self.body["entry"], self.body["limits"]
        if body["chooses"] != CHOOSES_OF[self.form]:
            yield self.at("chooses", NOT_WITH_FORM, wanted=CHOOSES_OF[self.form])
        yield from self._modes()
        if self.form != "waived":
            for name in ("terms", "pays"):
                if not body[name]:
                    yield self.at(name, NO_TERMS)
        if "min_days" not in entry and "min_age" not in entry:
            yield self.at("entry.min_age", NO_ENTRY)
        if "min_days" in entry and "min_age" in entry:
            yield self.at("entry.min_days", ONE_ENTRY)
        for low, high, name in (
            (entry.get("min_age"), entry["max_age"], "entry.max_age"),
            (limits["min_fen"], limits["max_fen"], "limits.max"),
        ):
            if low is not None and high is not None and low > high:
                yield self.at(name, UPSIDE_DOWN)
        yield from self._mains()
        if body["design"] == "participating" and not body["illustration"]:
            yield self.at("illustration.dividend", NO_ILLUSTRATION)

    def _modes(self) -> Iterator[Fault]:
        modes = self.body["modes"]
        if not {"year", "single"} & set(modes):
            yield self.at("modes.year", NO_MODE)
        if modes.get("year", 10_000) != 10_000:
            yield self.at("modes.year", YEAR_IS_ONE)
        if "single" in self.body["pays"] and modes.get("single") != 10_000:
            yield self.at("modes.single", NO_SINGLE)

    def _mains(self) -> Iterator[Fault]:
        is_rider = self.body["role"] == "rider"
        if is_rider != bool(self.body["mains"]):
            yield self.at("mains", NO_MAINS if is_rider else ONLY_RIDERS)
        for code in self.body["mains"]:
            if code not in self.codes:
                yield self.at("mains", NO_SUCH_PRODUCT, code=code)

    def price(self) -> Iterator[Fault]:
        price = self.body["price"]
        if self.form == "per_sum":
            for name in ("fen_per_1000", "class_bp"):
                if name not in price:
                    yield self.at({"fen_per_1000": "price.per_1000", "class_bp": "price.classes"}[name], NEEDED)
            for each in self.body["entry"]["occupations"]:
                if "class_bp" in price and str(each) not in price["class_bp"]:
                    yield self.at("price.classes", NO_CLASS, code=each)
        if self.form == "bands":
            yield from self._rising("bands")
            if "without_social_bp" not in price:
                yield self.at("price.without_social", NEEDED)
        if self.form == "items":
            yield from self._items()

    def _items(self) -> Iterator[Fault]:
        factors = {line["code"] for _, line in self.lines("factors")}
        parts = {line["code"] for _, line in self.lines("items")}
        chosen = {line["item"] for _, line in self.lines("choices")}
        if "min_fen" not in self.body["price"]:
            yield self.at("price.min", NEEDED)
        for row, line in self.lines("items"):
            for code in line.get("factors") or []:
                if code not in factors:
                    yield Fault("items", row, "factors", NO_SUCH, {"code": code, "sheet": "factors"})
            if line["sort"] == "choices" and line["code"] not in chosen:
                yield Fault("items", row, "sort", NO_CHOICES)
        for row, line in self.lines("choices"):
            if line["item"] not in parts:
                yield Fault("choices", row, "item", NO_SUCH, {"code": line["item"], "sheet": "items"})
        for row, line in self.lines("factors"):
            if line["default"] not in line["values"]:
                yield Fault("factors", row, "default", NOT_AMONG)

    def _rising(self, sheet: str) -> Iterator[Fault]:
        lines = self.lines(sheet)
        before = -1
        for place, (row, line) in enumerate(lines):
            age, is_last = line.get("up_to_age"), place == len(lines) - 1
            if (age is None) != is_last or (age is not None and age <= before):
                yield Fault(sheet, row, "up_to_age", NOT_ASCENDING)
            before = before if age is None else age

    def tables(self) -> Iterator[Fault]:
        """Rates and values are for terms that there are; every term that there is has a rate."""
        if self.form == "table":
            yield from self._known_cells("rates")
            for name, column in (("terms", "term"), ("pays", "pay")):
                have = {line.get(column) for _, line in self.lines("rates")}
                for code in self.body[name]:
                    if code not in have:
                        yield self.at(name, NO_RATES, code=code)
        for row, line in self.lines("rates"):
            if line["yuan"] == 0:
                yield Fault("rates", row, "yuan", NO_RATE_AT_ALL)
        for sheet in ("values", "reserves"):
            yield from self._known_cells(sheet)
        cells = self.read.tables.get("rates", {}).get("cells", {})
        for key, sexes in cells.items():
            if set(sexes) in ({"m"}, {"f"}):
                yield Fault("rates", 0, "sex", ONE_SEX, {"key": key})
        if self.lines("no_exam"):
            yield from self._rising("no_exam")

    def _known_cells(self, sheet: str) -> Iterator[Fault]:
        for row, line in self.lines(sheet):
            if line.get("term") not in self.body["terms"]:
                yield Fault(sheet, row, "term", NO_SUCH_TERM, value=str(line.get("term") or ""))
            if line["pay"] not in self.body["pays"]:
                yield Fault(sheet, row, "pay", NO_SUCH_PAY, value=str(line["pay"]))

    def texts(self) -> Iterator[Fault]:
        extras = {line["code"] for _, line in self.lines("extras")}
        parts = {line["code"] for _, line in self.lines("items")}
        for row, line in self.lines("benefits"):
            for column, codes, sheet in (("extra", extras, "extras"), ("item", parts, "items")):
                if line.get(column) and line[column] not in codes:
                    yield Fault("benefits", row, column, NO_SUCH, {"code": line[column], "sheet": sheet})

    def sizes(self) -> Iterator[Fault]:
        taken = len(canonical(self.body))
        if taken > MOST_BODY:
            yield Fault("product", 0, "", TOO_LARGE, {"kb": taken // 1024, "most": MOST_BODY // 1024})
        for name, table in self.read.tables.items():
            taken = len(canonical(table))
            if taken > MOST_TABLE:
                yield Fault(name, 0, "", TABLE_TOO_LARGE, {"kb": taken // 1024, "most": MOST_TABLE // 1024})
