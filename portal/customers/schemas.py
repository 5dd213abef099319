"""The records of the customers' room: the one source of their fields. Exported to the phone, printed in docs/records.md.

Merge class is plain unless said; `sealed` columns are encrypted, `hashed` ones have a keyed hash for equality search,
`search` marks what the phone's search line holds.
"""

from __future__ import annotations

from portal.customers import fields as f
from portal.customers import idcard, phones
from sync.kinds import RecordSchema

GENDERS = ("male", "female")
CALENDARS = ("solar", "lunar")
ID_TYPES = ("idcard", "passport", "hk_mo", "taiwan", "birth_cert", "other")
MARITAL = ("single", "married", "divorced", "widowed")
HOUSING = ("owned", "rented", "family", "other")
SOCIAL_INSURANCE = ("employee", "resident", "rural", "none")
CHANNELS = ("visit", "call", "message", "meeting", "online")
STAGES = ("potential", "target", "prospect", "client", "loyal")
PERMISSIONS = ("any", "service", "none")
RELATIONS = ("spouse", "child", "parent", "parent_in_law", "grandparent", "grandchild", "sibling", "other")
POLICY_KINDS = (
    "term", "whole_life", "increasing_whole_life", "ci", "medical", "accident", "annuity", "education", "disability",
    "endowment", "motor", "home", "liability", "other",
)  # fmt: skip
PAY_MODES = ("single", "year", "half", "quarter", "month")
TERMINATIONS = ("surrendered", "matured", "claimed", "lapsed", "cancelled")
CONSENT_PURPOSES = ("data", "sensitive", "child", "marketing", "signing")


class PersonSchema(RecordSchema):
    """What customer and relative have in common."""

    name = f.text(100, check="name", search=True, required=True)
    gender = f.code(*GENDERS)
    birth_date = f.day(about="solar")
    birthday_calendar = f.code(*CALENDARS)
    birthday_month = f.number(1, 12)
    birthday_day = f.number(1, 31)
    birthday_leap = f.yes_no()
    id_type = f.code(*ID_TYPES)
    id_number = f.text(40, sealed=True, hashed=True, normal=idcard.fold, tidy="idcard")
    id_expiry = f.text(10, check="id_expiry", about="a date or `long`")
    mobile = f.text(20, check="mobile", sealed=True, hashed=True, normal=phones.normalise, tidy="phone", search=True)
    occupation_class = f.number(1, 6)
    health_note = f.long_text(sealed=True, needs="sensitive")
    annual_income_fen = f.fen(sealed=True, needs="sensitive")
    smoker = f.yes_no()
    social_insurance = f.tags(*SOCIAL_INSURANCE)


class CustomerSchema(PersonSchema):
    """Somebody in an agent's book."""

    native_place = f.text()
    marital = f.code(*MARITAL)
    education = f.text(50)
    phone_home = f.text(40, check="phone", sealed=True)
    phone_work = f.text(40, check="phone", sealed=True)
    email = f.text(254, check="email", sealed=True)
    wechat_id = f.text(100, sealed=True)
    fax_work = f.text(40, check="phone")
    employer = f.text()
    department = f.text()
    position = f.text()
    work_address = f.text(300)
    home_address = f.text(300, sealed=True)
    city = f.text(100, search=True)
    housing = f.code(*HOUSING)
    has_car = f.yes_no()
    hobbies = f.text(500)
    best_contact_time = f.text()
    preferred_channel = f.code(*CHANNELS)
    source = f.text()
    stage = f.code(*STAGES)
    contact_permission = f.stricter(*PERMISSIONS)
    tags_risk = f.tags()
    tags_value = f.tags()
    tags_need = f.tags()
    note = f.long_text(sealed=True)


class RelativeSchema(PersonSchema):
    """A member of a customer's family; the relation is the one to the customer ("child" is the customer's child)."""

    customer_id = f.ref("customer", required=True, merge="fixed")
    relation = f.code(*RELATIONS, required=True)
    dependent = f.yes_no()
    lives_with = f.yes_no()
    linked_customer_id = f.ref("customer")


class PolicySchema(RecordSchema):
    """A contract of any insurer. Its status is worked out from its dates (`policy_dates`)."""

    customer_id = f.ref("customer", required=True, merge="fixed")
    kind = f.code(*POLICY_KINDS, required=True)
    insurer = f.text(100)
    product_name = f.text()
    number = f.text(
        50, check="policy_number", sealed=True, hashed=True, normal=phones.bare_code, tidy="code", search=True
    )
    applicant = f.party()
    insured = f.party()
    beneficiaries = f.beneficiaries()
    sum_assured_fen = f.fen()
    premium_fen = f.fen()
    pay_mode = f.code(*PAY_MODES)
    pay_years = f.number(1, 100)
    effective_date = f.day()
    expiry_date = f.day(about="null = whole life")
    next_due_date = f.day()
    paid_to_date = f.day()
    receipt_date = f.day()
    cooling_off_days = f.number(0, 60)
    waiting_days = f.number(0, 1000)
    guaranteed_until = f.day()
    group = f.yes_no(about="a group contract")
    plate = f.text(20, check="plate", tidy="code", search=True)
    terminated_on = f.day()
    termination = f.code(*TERMINATIONS)
    note = f.long_text(sealed=True)


class VisitSchema(RecordSchema):
    """A visit or call, planned or past. Its creation is never refused: it happened."""

    customer_id = f.ref("customer", required=True, merge="fixed")
    channel = f.code(*CHANNELS)
    planned_at = f.instant()
    started_at = f.instant()
    minutes = f.number(0, 1440)
    purpose = f.text()
    outcome = f.text()
    note = f.long_text(sealed=True)
    next_step = f.text(500)
    next_date = f.day()
    joint_with = f.text(100)


class ConsentSchema(RecordSchema):
    """One act of giving or withdrawing consent; only ever added to."""

    customer_id = f.ref("customer", required=True, merge="fixed")
    purpose = f.code(*CONSENT_PURPOSES, required=True)
    given = f.yes_no(required=True)
    text_id = f.text(100)
    text_version = f.text(20)
    by = f.code("self", "guardian")
    guardian_name = f.text(100)
    guardian_relation = f.text(50)
    channel = f.text(50)
    at = f.instant()
