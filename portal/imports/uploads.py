"""The files of one upload → one table with all their sheets: spreadsheets and address books, alone or together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePath
from typing import Any

from portal import vcards
from portal.imports.columns import Layout, guess
from portal.imports.contacts import Say, sheets_of
from portal.imports.rows import Check, Fault
from portal.spreadsheets import MAX_ROWS, Book, Unreadable, read
from portal.translations import msgid

MAX_FILES = 10
FAMILY_SHEET = msgid("Family")
TOO_MANY_FILES = msgid("Choose at most %(files)s files at a time.")
IN_FILE = msgid("%(file)s: %(problem)s")


@dataclass
class Upload:
    """What was read: the table, what its columns are taken for, and what is to be said of single rows or cards."""

    book: Book
    layouts: list[Layout]
    faults: list[Fault] = field(default_factory=list)
    mended: list[Fault] = field(default_factory=list)
    aside: list[Fault] = field(default_factory=list)
    #: Sheets whose rows are cards.
    cards: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Plain values, to be kept with the job until it has run. The layouts are kept beside it."""
        lists = {name: [asdict(fault) for fault in getattr(self, name)] for name in ("faults", "mended", "aside")}
        return {"book": self.book.as_json(), "cards": self.cards, **lists}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Upload:
        """The other way, without layouts; also of a table that was kept before there were cards."""
        if "book" not in data:
            return cls(Book.from_json(data), [])
        lists = {name: [_fault(each) for each in data[name]] for name in ("faults", "mended", "aside")}
        return cls(Book.from_json(data["book"]), [], cards=data["cards"], **lists)


def _fault(data: dict[str, Any]) -> Fault:
    return Fault(**{**data, "params": tuple((name, value) for name, value in data["params"])})


def read_files(files: Sequence[tuple[str, bytes]], check: Check, say: Say) -> Upload:
    """Everything that the files hold. Raises Unreadable, which names the file where there are several."""
    if len(files) > MAX_FILES:
        raise Unreadable(TOO_MANY_FILES, files=MAX_FILES)
    parts = [_read(place, name, data, len(files) > 1, check, say) for place, (name, data) in enumerate(files)]
    if len(parts) == 1:
        return parts[0]
    return _together(parts)


def _read(place: int, name: str, data: bytes, is_one_of_several: bool, check: Check, say: Say) -> Upload:
    stem = PurePath(name.replace("\\", "/")).stem[:60]
    try:
        if vcards.looks_like_cards(data):
            return _cards(place, data, stem if is_one_of_several else "", check, say)
        book = read(data)
    except Unreadable as problem:
        if not is_one_of_several:
            raise
        raise Unreadable(IN_FILE, file=name[:60], problem=say(problem.message) % problem.params) from None
    if is_one_of_several:
        sheets = [
            replace(sheet, name=f"{stem} · {sheet.name}" if sheet.name and len(book.sheets) > 1 else stem,
                    epoch_1904=book.epoch_1904)
            for sheet in book.sheets
        ]  # fmt: skip
        book = replace(book, sheets=sheets)
    return Upload(book, [guess(sheet) for sheet in book.sheets])


def _cards(place: int, data: bytes, title: str, check: Check, say: Say) -> Upload:
    read_ = vcards.read_cards(data)
    family = f"{title} · {say(FAMILY_SHEET)}" if title else say(FAMILY_SHEET)
    taken = sheets_of(read_.cards, title, family, check, say, mark=f"v{place}-")
    book = Book("vcard", taken.sheets, " · ".join(read_.encodings))
    return Upload(book, taken.layouts, taken.faults, taken.mended, taken.aside, [sheet.name for sheet in taken.sheets])


def _together(parts: list[Upload]) -> Upload:
    """One table of several files. Two sheets of one name are told apart."""
    whole = Upload(Book("several", []), [])
    encodings: list[str] = []
    taken: set[str] = set()
    for part in parts:
        names = {sheet.name: _free(sheet.name, taken) for sheet in part.book.sheets}
        whole.book.sheets.extend(replace(sheet, name=names[sheet.name]) for sheet in part.book.sheets)
        whole.layouts += part.layouts
        whole.cards += [names[name] for name in part.cards]
        for name in ("faults", "mended", "aside"):
            moved = [replace(fault, sheet=names.get(fault.sheet, fault.sheet)) for fault in getattr(part, name)]
            getattr(whole, name).extend(moved)
        if part.book.encoding:
            encodings.append(part.book.encoding.upper())
    if sum(len(sheet.rows) for sheet in whole.book.sheets) > MAX_ROWS + len(whole.book.sheets):
        raise Unreadable(
            msgid("The files have more than %(rows)s rows together. Import them one after the other."), rows=MAX_ROWS
        )
    whole.book = replace(whole.book, encoding=" · ".join(dict.fromkeys(encodings)))
    return whole


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    taken.add(free)
    return free
