"""A questionnaire (data) asked of a family: which screens there are, and what is wrong with an answer. Pure.

The phone's twin is `static/js/domain/questions.js`. A screen is a question asked of somebody: its key is the question's
id, or `M04:<member>`. Conditions are CEL over `m` (the member as `household.py` sees it), `h` (household) and, in a
warning, `value`. What is hidden keeps its answer but does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, TypeGuard

import cel

from portal import dates
from portal.needs.gap import at, program
from portal.needs.household import GUARDED_AGE, Facts, household
from sync.words import msgid

MOST_FEN = 10**13
MOST_AGE = 105
MOST_TEXT = 200
UNKNOWN = {"unknown": True}

NEEDED = msgid("Please answer, or choose “Not sure”.")
FIELD_NEEDED = msgid("This is needed.")
NO_AMOUNT = msgid("Enter an amount.")
BELOW_ZERO = msgid("An amount cannot be below zero.")
TOO_MUCH = msgid("This amount is too large.")
NO_NUMBER = msgid("Enter a whole number.")
OUT_OF_RANGE = msgid("This number is outside what is possible.")
NOT_OFFERED = msgid("Choose one of the answers.")
ALONE = msgid("“None” leaves no room for others.")
TOO_LONG = msgid("This is too long.")
TOO_MANY = msgid("There are too many entries.")
SHARES = msgid("The shares must add up to 100 %.")
ONE_SELF = msgid("Exactly one person must be the customer.")
ONE_SPOUSE = msgid("There can be one spouse only.")
BORN = msgid("Enter the date of birth.")
NOT_BORN_YET = msgid("The date of birth cannot be after today.")
TOO_OLD = msgid("Nobody here can be older than 105.")
NO_DATE = msgid("Enter a date.")
ORDER = msgid("The end cannot be before the start.")
RANKED = msgid("Choose three different things.")
NOBODY = msgid("Choose a person of the family.")

Fault = dict[str, str]


def counted(questionnaire: Mapping[str, Any], answers: Mapping[str, Any], values: Facts, today: date) -> dict[str, Any]:
    """The answers that count: those on screens there are now. Hidden ones are kept elsewhere and left out here."""
    keys = {screen["key"] for screen in screens(questionnaire, answers, values, today)}
    return {key: value for key, value in answers.items() if key in keys}


def screens(
    questionnaire: Mapping[str, Any], answers: Mapping[str, Any], values: Facts, today: date, *, quick: bool = False
) -> list[Facts]:
    """`{key, question, section, member}` in the order they are asked; `quick` leaves out what can be assumed."""
    facts = household(at(answers, "middle"), values, today)
    facts["household"] |= {"young": _young(facts)}
    refused = answers.get("G02") is False
    found = []
    for section in questionnaire["sections"]:
        for question in section["questions"]:
            if quick and not question.get("quick"):
                continue
            if refused and question.get("sensitive"):
                continue
            for member in _asked_of(question, facts):
                if _applies(question, facts["household"], member):
                    key = f"{question['id']}:{member['id']}" if member else question["id"]
                    found.append({"key": key, "question": question, "section": section["id"], "member": member})
    return found


def _young(facts: Facts) -> int:
    """Children whose guardian has to agree; those whose guardian did not are asked for again all the same."""
    counted = [each for each in facts["members"] if 0 <= each["age"] < GUARDED_AGE]
    return len(counted) + int(facts["household"]["withheld"])


def _asked_of(question: Mapping[str, Any], facts: Facts) -> Iterator[Facts | None]:
    of = question["of"]
    if of == "household":
        yield None
    for member in facts["members"]:
        if (
            of == "member"
            or (of == "couple" and member["in_couple"])
            or (of == "child" and member["relation"] == "child")
        ):
            yield member


def _applies(question: Mapping[str, Any], home: Facts, member: Facts | None) -> bool:
    return "when" not in question or bool(_told(question["when"], home, member))


def _told(text: str, home: Facts, member: Facts | None, value: Any = None) -> Any:
    return program(text).execute(cel.Context(variables={"m": member or {}, "h": home, "value": value}))


def faults(screen: Facts, value: Any, home: Facts, ids: list[str], today: date) -> Fault:
    """What is wrong with an answer, by place: `""` the answer itself, `0.balance_fen` a field of its first entry."""
    if value is None:
        return {"": NEEDED}
    if value == UNKNOWN:
        return {}
    return Checking(home, screen["member"], ids, today).faults(screen["question"], value)


def warning(screen: Facts, value: Any, home: Facts) -> Mapping[str, str] | None:
    """The words of a warning that an answer calls for, or None; the answer is taken all the same."""
    warn = screen["question"].get("warn")
    if not warn or value in (None, UNKNOWN):
        return None
    try:
        called = _told(warn["when"], home, screen["member"], value)
    except (ValueError, TypeError, RuntimeError, LookupError, ArithmeticError):
        return None  # part of the answer is not there yet
    return warn if called is True else None


class Checking:
    """One answer held against its question."""

    def __init__(self, home: Facts, member: Facts | None, ids: list[str], today: date):
        self.home = home
        self.member = member
        self.ids = ids
        self.today = today

    def faults(self, question: Mapping[str, Any], value: Any) -> Fault:
        check: Callable[[Mapping[str, Any], Any], Fault] = getattr(self, f"_{question['type']}", self._nothing)
        return check(question, value)

    def _nothing(self, question: Mapping[str, Any], value: Any) -> Fault:
        return {"": NOT_OFFERED}

    def _consent(self, question: Mapping[str, Any], value: Any) -> Fault:
        if not isinstance(value, bool):
            return {"": NEEDED}
        return {} if value or question.get("refusable") else {"": NEEDED}

    def _bool(self, question: Mapping[str, Any], value: Any) -> Fault:
        return {} if isinstance(value, bool) else {"": NOT_OFFERED}

    def _text(self, question: Mapping[str, Any], value: Any) -> Fault:
        if not isinstance(value, str) or not value.strip():
            return {"": NEEDED}
        return {"": TOO_LONG} if len(value) > question.get("most", MOST_TEXT) else {}

    def _money(self, question: Mapping[str, Any], value: Any) -> Fault:
        if isinstance(value, Mapping) and question.get("bands"):
            return self._band(value)
        if not _is_whole(value):
            return {"": NO_AMOUNT}
        if value < 0:
            return {"": BELOW_ZERO}
        return {"": TOO_MUCH} if value > question.get("max", MOST_FEN) else {}

    def _band(self, value: Mapping[str, Any]) -> Fault:
        low, high = value.get("low_fen"), value.get("high_fen")
        if not (_is_whole(low) and _is_whole(high) and 0 <= low <= high <= MOST_FEN):
            return {"": NO_AMOUNT}
        return {}

    def _int(self, question: Mapping[str, Any], value: Any) -> Fault:
        if not _is_whole(value):
            return {"": NO_NUMBER}
        low, high = (self._limit(question.get(name)) for name in ("min", "max"))
        outside = (low is not None and value < low) or (high is not None and value > high)
        return {"": OUT_OF_RANGE} if outside else {}

    _percent = _class = _int

    def _limit(self, limit: Any) -> int | None:
        return int(_told(limit, self.home, self.member)) if isinstance(limit, str) else limit

    def _enum(self, question: Mapping[str, Any], value: Any) -> Fault:
        return {} if value in [option["code"] for option in question["options"]] else {"": NOT_OFFERED}

    def _multi(self, question: Mapping[str, Any], value: Any) -> Fault:
        codes = [option["code"] for option in question["options"]]
        if not isinstance(value, list) or not value or any(each not in codes for each in value):
            return {"": NOT_OFFERED}
        alone = [option["code"] for option in question["options"] if option.get("alone")]
        return {"": ALONE} if len(value) > 1 and any(each in alone for each in value) else {}

    def _rank(self, question: Mapping[str, Any], value: Any) -> Fault:
        codes = [option["code"] for option in question["options"]]
        if not isinstance(value, list) or any(each not in codes for each in value):
            return {"": NOT_OFFERED}
        return {} if len(value) == len(set(value)) == question["take"] else {"": RANKED}

    def _date(self, question: Mapping[str, Any], value: Any) -> Fault:
        return {} if _day(value) else {"": NO_DATE}

    def _member(self, question: Mapping[str, Any], value: Any) -> Fault:
        return {} if value in self.ids else {"": NOBODY}

    def _shares(self, question: Mapping[str, Any], value: Any) -> Fault:
        if not isinstance(value, Mapping) or any(each not in self.ids for each in value):
            return {"": NOBODY}
        if not all(_is_whole(each) and 0 <= each <= 100 for each in value.values()):
            return {"": OUT_OF_RANGE}
        return {"": SHARES} if value and sum(value.values()) != 100 else {}

    def _group(self, question: Mapping[str, Any], value: Any, at: str = "") -> Fault:
        if not isinstance(value, Mapping):
            return {"": NEEDED}
        found = {}
        for field in question["fields"]:
            given = value.get(field["id"])
            if given is None:
                if field.get("required"):
                    found[f"{at}{field['id']}"] = FIELD_NEEDED
                continue
            for place, fault in self.faults(field, given).items():
                found[f"{at}{field['id']}{place}"] = fault
        return found

    def _list(self, question: Mapping[str, Any], value: Any) -> Fault:
        if not isinstance(value, list):
            return {"": NEEDED}
        if len(value) > question["most"]:
            return {"": TOO_MANY}
        found: Fault = {}
        for index, each in enumerate(value):
            found |= self._group(question, each, f"{index}.")
        return found

    def _members(self, question: Mapping[str, Any], value: Any) -> Fault:
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            return {"": NEEDED}
        if len(value) > question["most"]:
            return {"": TOO_MANY}
        relations = [each.get("relation") for each in value]
        if relations.count("self") != 1:
            return {"": ONE_SELF}
        if relations.count("spouse") > 1:
            return {"": ONE_SPOUSE}
        return {f"{index}.birth_date": fault for index, each in enumerate(value) if (fault := self._born(each))}

    def _born(self, each: Mapping[str, Any]) -> str | None:
        if each.get("unborn"):
            return None
        if each.get("birth_date") is None:
            age = each.get("age")
            return None if _is_whole(age) and 0 <= age <= MOST_AGE else BORN
        born = _day(each["birth_date"])
        if not born:
            return BORN
        if born > self.today:
            return NOT_BORN_YET
        return TOO_OLD if dates.age(born, self.today) > MOST_AGE else None

    def _policies(self, question: Mapping[str, Any], value: Any) -> Fault:
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            return {"": NEEDED}
        if len(value) > question["most"]:
            return {"": TOO_MANY}
        found: Fault = {}
        for index, each in enumerate(value):
            if each.get("insured") not in self.ids:
                found[f"{index}.insured"] = NOBODY
            amount = self._money({}, each.get("sum_fen") or 0)
            if amount:
                found[f"{index}.sum_fen"] = amount[""]
            if each.get("expiry") and each.get("effective") and each["expiry"] < each["effective"]:
                found[f"{index}.expiry"] = ORDER
        return found


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) and len(text) == 10 else None
    except ValueError:
        return None
