"""The records as they are declared: the document, the export, and what `apply` makes of right and wrong values."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portal import schemas
from portal.customers import kinds, rules
from portal.customers.idcard import check_digit
from sync.apply import apply_edits
from sync.columns import new_id
from sync.database import db
from sync.devices import server_author
from sync.kinds import KINDS
from sync.rows import read_row
from tests.people import cast

ROOT = Path(__file__).resolve().parents[3]
DESIGN = ROOT.parent / "shared" / "docs" / "records.md"
OURS = {kind.name for kind in kinds.CUSTOMER_KINDS}


# The document


def test_the_document_is_current():
    assert schemas.main(["--check", str(ROOT / "docs" / "records.md")]) == 0


def test_a_stale_document_is_noticed(tmp_path, capsys):
    stale = tmp_path / "records.md"
    stale.write_text("# The records\n")
    assert schemas.main(["--check", str(stale)]) == 1
    assert "not current" in capsys.readouterr().err


def told(design: str) -> dict[str, set[str]]:
    """kind → the field names that stand in a design document's table."""
    rows = re.findall(r"^\| \*\*(\w+)\*\* .*?\| (.*) \|$", design, re.MULTILINE)
    return {kind: set(re.findall(r"`([a-z_]+)`", re.sub(r"`\{.*?\}`", "", text))) for kind, text in rows}


def test_every_field_of_the_design_is_ours():
    if not DESIGN.exists():  # only where the design lies beside the project
        return
    design = told(DESIGN.read_text().replace("\\|", "/"))
    for kind in OURS:
        # "long" is a value, not a field
        assert design[kind] - set(KINDS[kind].fields) - {"long"} == set(), kind


def test_the_design_is_read_rightly():
    found = told("| **customer** (book) | `name` S · `gender` male · `{ref, order}` list |\n| other |")
    assert found == {"customer": {"name", "gender"}}


def test_the_marks_of_the_design():
    def marked(kind: str, mark: str) -> set[str]:
        return {name for name, item in KINDS[kind].fields.items() if item.metadata.get(mark)}

    person = {"id_number", "mobile", "health_note", "annual_income_fen"}
    own = {"phone_home", "phone_work", "email", "wechat_id", "home_address", "note"}
    assert marked("customer", "sealed") == person | own
    assert marked("relative", "sealed") == person
    assert marked("policy", "sealed") == {"number", "note"}
    assert marked("visit", "sealed") == {"note"}
    assert marked("customer", "hashed") == marked("relative", "hashed") == {"id_number", "mobile"}
    assert marked("customer", "search") == {"name", "mobile", "city"}
    assert marked("policy", "search") == {"number", "plate"}


def test_merge_classes():
    how = {(kind, name): KINDS[kind].merge_of(name) for kind in OURS for name in KINDS[kind].fields}
    other = {key: merge for key, merge in how.items() if merge != "plain"}
    assert other == {
        ("customer", "social_insurance"): "set",
        ("customer", "tags_risk"): "set",
        ("customer", "tags_value"): "set",
        ("customer", "tags_need"): "set",
        ("customer", "contact_permission"): "stricter",
        ("relative", "social_insurance"): "set",
        **{(kind, "customer_id"): "fixed" for kind in OURS - {"customer"}},
    }
    assert KINDS["customer"].fields["contact_permission"].metadata["levels"] == ["any", "service", "none"]
    assert KINDS["consent"].append_only
    assert KINDS["visit"].never_refuse_create


def test_the_phone_is_told_what_it_needs():
    told = schemas.export()["customer"]["fields"]
    assert told["name"] == {"type": "text", "max_length": 100, "check": "name", "search": True, "required": True}
    assert told["mobile"]["check"] == "mobile"
    assert told["contact_permission"]["levels"] == ["any", "service", "none"]
    assert schemas.export()["visit"]["parent"] == {"field": "customer_id", "kind": "customer"}
    assert schemas.as_javascript().startswith("export const SCHEMAS = {")


# Through the engine


class Book:
    """Writes into Ana's book as the office would, and says what came of it."""

    def __init__(self, app):
        self.agent = cast(app).ana
        self.author = server_author("office:test", self.agent.id)

    def create(self, of: str, row_id: str | None = None, /, **fields):
        self.last_id = row_id or new_id()
        return self._apply("create", of, self.last_id, {name: [None, value] for name, value in fields.items()})

    def update(self, kind: str, row_id: str, **fields):
        row = read_row(db.session, kind, row_id)
        db.session.rollback()
        sets = {name: [row[name], value] for name, value in fields.items()}
        return self._apply("update", kind, row_id, sets, base=row["ver"])

    def _apply(self, op: str, kind: str, row_id: str, sets: dict, **more):
        edit = {"op": op, "kind": kind, "id": row_id, "set": sets, "at": "2026-11-25T01:30:00.000Z", **more}
        (verdict,) = apply_edits([edit], self.author)
        return verdict

    def customer(self, **fields) -> str:
        verdict = self.create("customer", name="李建国", **fields)
        assert verdict["verdict"] == "ok", verdict
        return self.last_id


@pytest.fixture
def book(app) -> Book:
    return Book(app)


def faults(verdict) -> dict[str, list[str]]:
    assert verdict["verdict"] == "rejected", verdict
    return verdict["error"]["fields"]


def test_a_whole_customer_comes_back_as_written(book):
    fields = {
        "gender": "male",
        "birth_date": "1949-12-31",
        "id_type": "idcard",
        "id_number": "11010519491231001" + check_digit("11010519491231001"),
        "id_expiry": "long",
        "mobile": "13800002046",
        "email": "li@example.com",
        "birthday_calendar": "lunar",
        "birthday_month": 8,
        "birthday_day": 15,
        "birthday_leap": False,
        "contact_permission": "service",
        "tags_need": ["重疾"],
        "note": "两行\n备注",
        "has_car": True,
    }
    row_id = book.customer(**fields)
    row = read_row(db.session, "customer", row_id)
    assert {name: row[name] for name in fields} == fields


@pytest.mark.parametrize(
    "field, value, message",
    [
        ("name", " ", rules.REQUIRED),
        ("mobile", "1380000204", rules.NOT_MOBILE),
        ("id_number", "110105194912310021", rules.NOT_ID_CARD),
        ("email", "li@", rules.NOT_EMAIL),
        ("gender", "m", rules.NOT_OFFERED),
        ("birth_date", "2026-02-29", rules.NOT_A_DATE),
        ("birth_date", "2999-01-01", rules.DATE_RANGE),
        ("birth_date", "2150-01-01", rules.BORN_LATER),
        ("birthday_month", 13, rules.TOO_LARGE),
        ("id_expiry", "never", rules.NOT_EXPIRY),
        ("has_car", "yes", rules.WRONG),
        ("tags_need", "重疾", rules.WRONG),
        ("note", "x" * 10_001, rules.TOO_LONG),
        ("annual_income_fen", 100, rules.NEEDS_CONSENT),
    ],
)
def test_a_wrong_value_is_refused_with_a_reason(book, field, value, message):
    assert faults(book.create("customer", **{"name": "李建国", field: value})) == {field: [message]}


def test_sensitive_facts_need_consent(book):
    customer = book.customer()
    assert faults(book.update("customer", customer, health_note="高血压")) == {"health_note": [rules.NEEDS_CONSENT]}
    book.create("consent", customer_id=customer, purpose="sensitive", given=True, at="2026-11-20T01:00:00.000Z")
    assert book.update("customer", customer, health_note="高血压", annual_income_fen=28_000_000)["verdict"] == "ok"
    relative = {"customer_id": customer, "name": "李思源", "relation": "child"}
    assert book.create("relative", **relative, health_note="过敏")["verdict"] == "ok"

    book.create("consent", customer_id=customer, purpose="sensitive", given=False, at="2026-11-21T01:00:00.000Z")
    refused = book.update("customer", customer, annual_income_fen=30_000_000)
    assert faults(refused) == {"annual_income_fen": [rules.NEEDS_CONSENT]}
    # What is there may be taken away, and everything else goes on.
    assert book.update("customer", customer, health_note=None, city="杭州")["verdict"] == "ok"


def test_consent_in_the_same_batch_counts(book):
    customer = book.customer()
    consent = {"customer_id": customer, "purpose": "sensitive", "given": True, "at": "2026-11-20T01:00:00.000Z"}
    sets = [
        ("create", "consent", new_id(), {name: [None, value] for name, value in consent.items()}),
        ("update", "customer", customer, {"health_note": [None, "高血压"]}),
    ]
    edits = [{"op": op, "kind": kind, "id": row, "set": said, "base": 1} for op, kind, row, said in sets]
    assert [verdict["verdict"] for verdict in apply_edits(edits, book.author)] == ["ok", "ok"]


def test_people_of_a_policy_are_of_the_family(book):
    mine, other = book.customer(), book.customer()
    book.create("relative", customer_id=other, name="王五", relation="child")
    stranger = book.last_id
    book.create("relative", customer_id=mine, name="李思源", relation="child")
    son = book.last_id

    def insured(kind, row_id):
        return book.create("policy", customer_id=mine, kind="ci", insured={"kind": kind, "id": row_id})

    assert insured("relative", son)["verdict"] == "ok"
    assert insured("customer", mine)["verdict"] == "ok"
    assert faults(insured("relative", stranger)) == {"insured": [rules.NOT_HERE]}
    assert faults(insured("customer", other)) == {"insured": [rules.NOT_HERE]}
    assert faults(insured("customer", new_id())) == {"insured": [rules.NOT_HERE]}
    linked = book.create("relative", customer_id=mine, name="李建国", relation="sibling", linked_customer_id=other)
    assert linked["verdict"] == "ok"
    assert insured("customer", other)["verdict"] == "ok"


def test_a_link_stays_in_the_book(book):
    mine = book.customer()
    relative = {"customer_id": mine, "name": "李", "relation": "sibling"}
    refused = book.create("relative", **relative, linked_customer_id=new_id())
    assert faults(refused) == {"linked_customer_id": [rules.NOT_IN_BOOK]}


def test_the_creation_of_a_visit_is_not_judged(book):
    assert book.create("visit", customer_id=book.customer(), channel="call", minutes=6)["verdict"] == "ok"


def test_only_what_is_touched_is_judged(book):
    """A policy whose insured left the family by another edit can still be paid."""
    customer = book.customer()
    book.create("relative", customer_id=customer, name="李思源", relation="child")
    son = book.last_id
    book.create("policy", customer_id=customer, kind="ci", insured={"kind": "relative", "id": son})
    policy = book.last_id
    ver = read_row(db.session, "relative", son)["ver"]
    db.session.rollback()
    assert book._apply("delete", "relative", son, {}, base=ver)["verdict"] == "ok"
    assert book.update("policy", policy, paid_to_date="2027-01-01")["verdict"] == "ok"
