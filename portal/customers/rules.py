"""What a field and a record must say. Pure; the phone has the same functions in `static/js/domain/rules.js`, with the
same messages, and `tests/vectors/rules.json` holds the two together.

A field is judged by its exported description (`fault_of`), a record by the rule of its kind (`RULES`): a function
(new row, old row or None, lookup) → {field: [msgid]}. A rule only speaks about fields that the edit touches, so that
an old fault never stands in the way of correcting something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from portal.customers import idcard, phones
from portal.lunar import day_exists
from portal.translations import msgid
from sync.kinds import Lookup

Row = Mapping[str, Any]
Faults = dict[str, list[str]]

REQUIRED = msgid("This is required.")
WRONG = msgid("This does not look right.")
TOO_LONG = msgid("This is too long.")
TOO_LARGE = msgid("This number is too large.")
TOO_SMALL = msgid("This number is too small.")
TOO_MANY = msgid("These are too many.")
NEGATIVE = msgid("An amount cannot be negative.")
NOT_OFFERED = msgid("Choose one of the answers offered.")
NOT_A_DATE = msgid("Enter a date.")
DATE_RANGE = msgid("The year must lie between 1900 and 2200.")
NOT_MOBILE = msgid("Enter an 11-digit mobile number.")
NOT_PHONE = msgid("Enter a phone number.")
NOT_EMAIL = msgid("Enter an e-mail address.")
NOT_ID_CARD = msgid("This is not a valid ID-card number. Please check each digit.")
NOT_ID_NUMBER = msgid("A document number has letters and digits only.")
OTHER_BIRTH_DATE = msgid("The ID-card number says another birth date.")
OTHER_GENDER = msgid("The ID-card number says another sex.")
NOT_EXPIRY = msgid("Enter a date, or choose long-term.")
NOT_PLATE = msgid("Enter a licence plate.")
NOT_POLICY_NUMBER = msgid("A policy number has letters and digits only.")
BORN_LATER = msgid("A birth date cannot lie in the future.")
BIRTHDAY_WHOLE = msgid("A birthday needs a month and a day.")
NO_SUCH_DAY = msgid("This month has no such day.")
NO_LEAP = msgid("Only a lunar birthday can lie in a leap month.")
NEEDS_CONSENT = msgid("First record the customer's consent to keeping sensitive information.")
NOT_HERE = msgid("Choose somebody from this family.")
NOT_IN_BOOK = msgid("This customer is not in your book.")
NOT_SELF = msgid("A customer cannot be linked to itself.")
SHARES = msgid("The shares in each order must add up to 100 percent.")
ENDS_BEFORE = msgid("The end cannot lie before the start.")
NEEDS_TERMINATION = msgid("Say how the policy ended.")
NEEDS_TERMINATION_DATE = msgid("Say when the policy ended.")
SINGLE_PAY = msgid("A single premium is not paid over several years.")
GUARDIAN = msgid("Enter the guardian's name.")

FIRST_DAY = "1900-01-01"
LAST_DAY = "2200-12-31"
FULL_SHARE = 10_000
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})")
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NUMBER = re.compile(r"[0-9A-Za-z\u4e00-\u9fff（）()〔〕\[\]/_-]+")
ID_NUMBER = re.compile(r"[0-9A-Za-z\u4e00-\u9fff()（）/-]+")
PLATE = re.compile(r"[\u4e00-\u9fffA-Z0-9]{5,10}")
LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LINE = re.compile(r"[\x00-\x1f\x7f]")
NOTHING = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff]*")


# One field


def fault_of(spec: Mapping[str, Any], value: Any) -> str | None:
    """What is wrong with a value, by the description of its field; None when nothing is. `value` is not null."""
    return TYPES[spec["type"]](spec, value)


def _text(spec: Mapping[str, Any], value: Any) -> str | None:
    if not isinstance(value, str) or (LINES if spec["type"] == "longtext" else LINE).search(value):
        return WRONG
    if len(value) > spec["max_length"]:
        return TOO_LONG
    check = spec.get("check")
    return CHECKS[check](value) if check else None


def _code(spec: Mapping[str, Any], value: Any) -> str | None:
    return None if value in spec["options"] else NOT_OFFERED


def _number(spec: Mapping[str, Any], value: Any) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return WRONG
    if value < spec["min"]:
        return NEGATIVE if spec["type"] == "fen" else TOO_SMALL
    return TOO_LARGE if value > spec["max"] else None


def _bool(_spec: Mapping[str, Any], value: Any) -> str | None:
    return None if isinstance(value, bool) else WRONG


def _date(spec: Mapping[str, Any], value: Any) -> str | None:
    if not is_date(value):
        return NOT_A_DATE
    return None if spec["min"] <= value <= spec["max"] else DATE_RANGE


def _instant(_spec: Mapping[str, Any], value: Any) -> str | None:
    return None if isinstance(value, str) and INSTANT.fullmatch(value) and is_date(value[:10]) else WRONG


def _set(spec: Mapping[str, Any], value: Any) -> str | None:
    if not isinstance(value, list) or any(not isinstance(item, str) or LINE.search(item) for item in value):
        return WRONG
    if len(value) > spec["max"] or len(set(value)) < len(value):
        return TOO_MANY
    if any(not item or len(item) > spec["max_length"] for item in value):
        return TOO_LONG
    options = spec.get("options")
    return NOT_OFFERED if options and any(item not in options for item in value) else None


def _ref(_spec: Mapping[str, Any], value: Any) -> str | None:
    return None if isinstance(value, str) and ID.fullmatch(value) else WRONG


def _party(_spec: Mapping[str, Any], value: Any) -> str | None:
    """`{"kind": "customer" | "relative", "id"}` or `{"name"}`."""
    if not isinstance(value, dict):
        return WRONG
    if set(value) == {"name"}:
        name = value["name"]
        return None if isinstance(name, str) and not LINE.search(name) and 0 < len(name) <= 100 else WRONG
    known = set(value) == {"kind", "id"} and value["kind"] in ("customer", "relative")
    return None if known and isinstance(value["id"], str) and ID.fullmatch(value["id"]) else WRONG


def _beneficiaries(spec: Mapping[str, Any], value: Any) -> str | None:
    if not isinstance(value, list):
        return WRONG
    if len(value) > spec["max"]:
        return TOO_MANY
    for line in value:
        if not isinstance(line, dict) or set(line) != {"ref", "order", "share_bp"} or _party({}, line["ref"]):
            return WRONG
        if not _whole(line["order"], 1, 9) or not _whole(line["share_bp"], 1, FULL_SHARE):
            return WRONG
    return None


def _whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


TYPES: dict[str, Callable[[Mapping[str, Any], Any], str | None]] = {
    "text": _text,
    "longtext": _text,
    "enum": _code,
    "int": _number,
    "fen": _number,
    "bool": _bool,
    "date": _date,
    "instant": _instant,
    "set": _set,
    "ref": _ref,
    "party": _party,
    "beneficiaries": _beneficiaries,
}


def is_date(value: Any) -> bool:
    """True for `YYYY-MM-DD` that is in the calendar."""
    if not isinstance(value, str) or not DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


# Named checks of texts


def name(value: str) -> str | None:
    """A name has something in it."""
    return REQUIRED if NOTHING.fullmatch(value) else None


def mobile(value: str) -> str | None:
    """A mainland mobile or an international number, in the stored form."""
    return None if phones.is_mobile(value) else NOT_MOBILE


def phone(value: str) -> str | None:
    """Any phone: landlines with area code and extension too."""
    return None if phones.is_mobile(value) or phones.ANY.fullmatch(value) else NOT_PHONE


def email(value: str) -> str | None:
    """An e-mail address of the usual shape."""
    return None if EMAIL.fullmatch(value) else NOT_EMAIL


def id_expiry(value: str) -> str | None:
    """The day a document expires, or `long` for 长期."""
    if value == "long":
        return None
    return None if is_date(value) and FIRST_DAY <= value <= LAST_DAY else NOT_EXPIRY


def policy_number(value: str) -> str | None:
    """Letters and digits, and the few marks insurers use."""
    return None if NUMBER.fullmatch(value) else NOT_POLICY_NUMBER


def plate(value: str) -> str | None:
    """A licence plate in the stored form: 京A12345."""
    return None if PLATE.fullmatch(value) else NOT_PLATE


CHECKS: dict[str, Callable[[str], str | None]] = {
    "name": name,
    "mobile": mobile,
    "phone": phone,
    "email": email,
    "id_expiry": id_expiry,
    "policy_number": policy_number,
    "plate": plate,
}


# Records


class _Edit:
    """What an edit touches, and the faults found so far."""

    def __init__(self, new: Row, old: Row | None):
        self.new = new
        self.old = old
        self.faults: Faults = {}

    def touches(self, *names: str) -> bool:
        """True when one of these fields changes to something else."""
        new, old = self.new, self.old or {}
        for each in names:  # noqa: SIM110  # asked ten times an edit, and a generator costs more than the question
            if new.get(each) != old.get(each):
                return True
        return False

    def fault(self, field: str, message: str) -> None:
        self.faults.setdefault(field, []).append(message)


def person_rules(edit: _Edit, lookup: Lookup, customer_id: str) -> None:
    """What customer and relative have in common."""
    _born(edit, lookup.today)
    _identity(edit, lookup.today)
    _birthday(edit)
    _sensitive(edit, lookup, customer_id)


def _born(edit: _Edit, today: date) -> None:
    born = edit.new.get("birth_date")
    if born and edit.touches("birth_date") and born > today.isoformat():
        edit.fault("birth_date", BORN_LATER)


def _identity(edit: _Edit, today: date) -> None:
    new, number = edit.new, edit.new.get("id_number")
    if not number or not edit.touches("id_number", "id_type", "birth_date", "gender"):
        return
    if (new.get("id_type") or "idcard") != "idcard":
        if edit.touches("id_number") and not ID_NUMBER.fullmatch(number):
            edit.fault("id_number", NOT_ID_NUMBER)
        return
    card = idcard.read(number, today)
    if card is None:
        if edit.touches("id_number", "id_type"):
            edit.fault("id_number", NOT_ID_CARD)
        return
    if new.get("birth_date") and new["birth_date"] != card.birth_date.isoformat():
        edit.fault("birth_date", OTHER_BIRTH_DATE)
    if new.get("gender") and new["gender"] != card.gender:
        edit.fault("gender", OTHER_GENDER)


def _birthday(edit: _Edit) -> None:
    new = edit.new
    if not edit.touches("birthday_calendar", "birthday_month", "birthday_day", "birthday_leap"):
        return
    month, day = new.get("birthday_month"), new.get("birthday_day")
    lunar = new.get("birthday_calendar") == "lunar"
    if new.get("birthday_leap") and not lunar:
        edit.fault("birthday_leap", NO_LEAP)
    if month is None and day is None and not lunar:
        return
    if month is None or day is None:
        edit.fault("birthday_month" if month is None else "birthday_day", BIRTHDAY_WHOLE)
    elif not day_exists("lunar" if lunar else "solar", month, day):
        edit.fault("birthday_day", NO_SUCH_DAY)


def _sensitive(edit: _Edit, lookup: Lookup, customer_id: str) -> None:
    """Health and income may only be kept with consent (personal information law, art. 29)."""
    wanted = [each for each in ("health_note", "annual_income_fen") if edit.touches(each) and _said(edit.new, each)]
    if wanted and not consented(lookup.children("consent", customer_id), "sensitive"):
        for each in wanted:
            edit.fault(each, NEEDS_CONSENT)


def _said(row: Row, field: str) -> bool:
    return row.get(field) is not None and row[field] != ""


def consented(consents: Iterable[Row], purpose: str) -> bool:
    """True when the newest word on this purpose was yes. `at` decides, then the order of writing."""
    said = [(row.get("at") or row.get("created_at") or "", row["id"], row["given"]) for row in consents
            if row["purpose"] == purpose]  # fmt: skip
    return bool(said) and max(said)[2] is True


def customer_rules(new: Row, old: Row | None, lookup: Lookup) -> Faults:
    """A customer: identity, birthday and consent agree."""
    edit = _Edit(new, old)
    person_rules(edit, lookup, new["id"])
    return edit.faults


def relative_rules(new: Row, old: Row | None, lookup: Lookup) -> Faults:
    """A relative: as a customer, and a link leads to another customer of the same book."""
    edit = _Edit(new, old)
    person_rules(edit, lookup, new["customer_id"])
    linked = new.get("linked_customer_id")
    if linked and edit.touches("linked_customer_id"):
        if linked == new["customer_id"]:
            edit.fault("linked_customer_id", NOT_SELF)
        elif lookup("customer", linked) is None:
            edit.fault("linked_customer_id", NOT_IN_BOOK)
    return edit.faults


def policy_rules(new: Row, old: Row | None, lookup: Lookup) -> Faults:
    """A policy: people are of the family, shares are whole, dates are in order."""
    edit = _Edit(new, old)
    for field in ("applicant", "insured"):
        if edit.touches(field) and not _known(new.get(field), new["customer_id"], lookup):
            edit.fault(field, NOT_HERE)
    if edit.touches("beneficiaries"):
        _shares(edit, lookup)
    _in_order(edit, "effective_date", "expiry_date")
    _in_order(edit, "effective_date", "guaranteed_until")
    _in_order(edit, "effective_date", "terminated_on")
    if edit.touches("terminated_on", "termination"):
        if new.get("terminated_on") and not new.get("termination"):
            edit.fault("termination", NEEDS_TERMINATION)
        if new.get("termination") and not new.get("terminated_on"):
            edit.fault("terminated_on", NEEDS_TERMINATION_DATE)
    if edit.touches("pay_mode", "pay_years") and new.get("pay_mode") == "single" and (new.get("pay_years") or 1) > 1:
        edit.fault("pay_years", SINGLE_PAY)
    return edit.faults


def _known(party: Row | None, customer_id: str, lookup: Lookup) -> bool:
    """True for nobody, a name, a member of this tree, or a customer linked to it."""
    if party is None or "name" in party:
        return True
    if party["kind"] == "relative":
        found = lookup("relative", party["id"])
        return found is not None and found["customer_id"] == customer_id
    if party["id"] == customer_id:
        return True
    links = {row.get("linked_customer_id") for row in lookup.children("relative", customer_id)}
    return party["id"] in links and lookup("customer", party["id"]) is not None


def _shares(edit: _Edit, lookup: Lookup) -> None:
    lines = edit.new.get("beneficiaries") or []
    sums: dict[int, int] = {}
    for line in lines:
        sums[line["order"]] = sums.get(line["order"], 0) + line["share_bp"]
    if any(total != FULL_SHARE for total in sums.values()):
        edit.fault("beneficiaries", SHARES)
    if not all(_known(line["ref"], edit.new["customer_id"], lookup) for line in lines):
        edit.fault("beneficiaries", NOT_HERE)


def _in_order(edit: _Edit, first: str, last: str) -> None:
    start, end = edit.new.get(first), edit.new.get(last)
    if start and end and edit.touches(first, last) and end < start:
        edit.fault(last, ENDS_BEFORE)


def visit_rules(_new: Row, _old: Row | None, _lookup: Lookup) -> Faults:
    """A visit happened or is planned; there is nothing to argue about."""
    return {}


def consent_rules(new: Row, old: Row | None, _lookup: Lookup) -> Faults:
    """A guardian who consents has a name."""
    edit = _Edit(new, old)
    if new.get("by") == "guardian" and not new.get("guardian_name"):
        edit.fault("guardian_name", GUARDIAN)
    return edit.faults


RULES: dict[str, Callable[[Row, Row | None, Lookup], Faults]] = {
    "customer": customer_rules,
    "relative": relative_rules,
    "policy": policy_rules,
    "visit": visit_rules,
    "consent": consent_rules,
}
