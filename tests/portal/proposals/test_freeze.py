"""Frozen proposals: taken byte for byte, or refused with a reason; afterwards nothing changes."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.accounts.models import Agent
from portal.customers.schemas import CONSENT_PURPOSES
from portal.needs.definitions import publish_ours
from portal.products import catalogue
from portal.proposals import checks, facts, proof, rules, snapshot, thresholds
from sync.apply import apply_edits
from sync.canonical import canonical
from sync.columns import new_id
from sync.database import glance, write
from sync.devices import server_author
from sync.leaving import move_tree
from sync.rows import read_row
from sync.stage import Author
from tests.people import Cast, Person, cast
from tests.portal.needs.families import TODAY, the_lis
from tests.portal.needs.test_records import result_of
from tests.portal.proposals.drafts import CATALOGUE, MADE_AT, large_plan, small_plan
from tests.portal.proposals.drafts import given as given_for

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
REASONS = {f"R{number:02}": {"reason": "客户已确认", "at": MADE_AT} for number in range(1, 37)}


@pytest.fixture
def office(app) -> Cast:
    with app.app_context():
        people = cast(app)
        publish_ours()
        catalogue.publish_ours()
        thresholds.publish_ours()
        with write() as session:
            session.execute(sa.update(Agent).values(registration_expires=date(2027, 6, 30), sales_grade=4))
    return people


@pytest.fixture
def book(app, office):
    with app.app_context():
        yield Book(office.ana)


def row_of(kind: str, row_id: str) -> dict[str, Any] | None:
    with glance() as connection:
        return read_row(connection, kind, row_id)


class Book:
    """Ana's book with the Lis and their analysis, written by one of her phones on the day of the tests."""

    def __init__(self, owner: Person):
        self.owner = owner
        self.author = replace(server_author("a phone", owner.id), now=NOW)
        self.customer, self.analysis, self.id = new_id(), new_id(), new_id()
        self.create("customer", self.customer, name="李雪梅", id_number=None)
        for purpose in CONSENT_PURPOSES:
            self.create("consent", new_id(), customer_id=self.customer, purpose=purpose, given=True, at=MADE_AT)
        self.analyse()

    def analyse(self) -> None:
        verdict = self.create(
            "analysis", self.analysis, customer_id=self.customer, path="quick", questionnaire="family@1",
            assumptions="CN-2026@1", model="household@1", made_on=TODAY, answers=the_lis(),
            result=result_of(the_lis()), completed_at=MADE_AT,
        )  # fmt: skip
        assert verdict["row"]["agrees"]

    def edit(self, op: str, kind: str, row_id: str, sets: dict[str, Any], base: int = 0) -> dict[str, Any]:
        [verdict] = apply_edits([{"op": op, "kind": kind, "id": row_id, "base": base, "set": sets}], self.author)
        return verdict

    def create(self, kind: str, row_id: str, **values: Any) -> dict[str, Any]:
        sets = {name: [None, value] for name, value in values.items() if value is not None}
        return self.edit("create", kind, row_id, sets)

    def given(self, plan: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """What the phone freezes, with every check that asks for a reason answered."""
        agent = facts.agent_of(self.author.agent_id)
        given = given_for(
            plan or small_plan(),
            id=self.id,
            customer={"id": self.customer, "name": "李雪梅"},
            agent={name: agent[name] for name in ("id", "name", "registration")},
            **more,
        )
        if given["analysis"]:
            given["analysis"]["id"] = self.analysis
        built = snapshot.build(given)
        if "checks" not in more:
            found = checks.checks(given["plan"], self.around(built), thresholds.by_name("checks@1")["body"])
            given["checks"] = checks.answered(found, REASONS)
        return given

    def around(self, built: dict[str, Any]) -> dict[str, Any]:
        """As the server sees it: the phone's own half is tested in a browser."""
        analysis = built["analysis"] and row_of("analysis", self.analysis)
        return facts.facts_of(built, analysis, Seen(self), CATALOGUE, TODAY)

    def freeze(self, text: str, **more: Any) -> dict[str, Any]:
        said = json.loads(text) if "NaN" not in text else {}
        values = {
            "customer_id": self.customer, "made_on": TODAY, "analysis_id": self.analysis, "frozen": text,
            "sha256": snapshot.digest(text), "frozen_at": said.get("made_at"), "checks": said.get("checks"),
            "supersedes": said.get("supersedes"),
        }  # fmt: skip
        return self.create("proposal", self.id, **values | more)

    def froze(self, text: str, base: int) -> dict[str, Any]:
        """As the phone does it: one edit of the draft."""
        said = json.loads(text)
        values = {
            "frozen": text,
            "sha256": snapshot.digest(text),
            "frozen_at": said["made_at"],
            "checks": said["checks"],
        }
        return self.edit("update", "proposal", self.id, {name: [None, value] for name, value in values.items()}, base)

    def refusals(self, text: str, **more: Any) -> dict[str, list[str]]:
        verdict = self.freeze(text, **more)
        assert verdict["verdict"] == "rejected", verdict
        assert row_of("proposal", self.id) is None
        return verdict["error"]["fields"]

    def tampered(self, change: Any, plan: dict[str, Any] | None = None) -> dict[str, list[str]]:
        """Why a text is refused that somebody changed and hashed anew."""
        said = snapshot.build(self.given(plan))
        change(said)
        return self.refusals(canonical(said).decode())


class Seen:
    """What a rule may ask, outside of an edit."""

    def __init__(self, book: Book):
        self.agent_id, self.now, self.today = book.author.agent_id, NOW, NOW.date()
        self.rows = {
            "policy": [],
            "consent": [{"purpose": each, "given": True, "at": MADE_AT} for each in CONSENT_PURPOSES],
        }

    def __call__(self, kind: str, row_id: str) -> Any:
        return row_of(kind, row_id)

    def children(self, kind: str, _parent: str) -> Any:
        return self.rows[kind]


# Taken


def test_it_is_taken_byte_for_byte(book):
    text = snapshot.frozen(book.given())
    verdict = book.freeze(text)
    assert verdict["verdict"] == "ok", verdict
    row = row_of("proposal", book.id)
    assert row["frozen"] == text
    assert row["sha256"] == snapshot.digest(text)


def test_a_large_plan_with_reasons_is_taken(book):
    given = book.given(large_plan())
    assert any(each["level"] == "amber" for each in given["checks"])
    verdict = book.freeze(snapshot.frozen(given))
    reds = [each for each in given["checks"] if each["level"] == "red"]
    assert verdict["verdict"] == ("rejected" if reds else "ok"), (verdict, reds)


def test_what_is_frozen_does_not_change(book):
    row = book.freeze(snapshot.frozen(book.given()))["row"]
    once = {"frozen": "{}", "sha256": "0" * 64, "frozen_at": "2026-11-26T00:00:00.000Z", "checks": []}
    for name, value in once.items():
        for new in (value, None):
            verdict = book.edit("update", "proposal", book.id, {name: [row[name], new]}, row["ver"])
            assert verdict["error"]["code"] == "fixed", name
            assert list(verdict["error"]["fields"]) == [name]
    for name, value in {"analysis_id": None, "draft": {"mode": "month"}}.items():
        verdict = book.edit("update", "proposal", book.id, {name: [row[name], value]}, row["ver"])
        assert verdict["error"]["fields"] == {name: [rules.FROZEN]}
    assert row_of("proposal", book.id) == row


def test_two_phones_freeze_one_draft(book):
    created = book.create("proposal", book.id, customer_id=book.customer, made_on=TODAY, analysis_id=book.analysis)[
        "row"
    ]
    first, second = snapshot.frozen(book.given()), snapshot.frozen(book.given(note="另一部手机"))
    verdicts = [book.froze(text, created["ver"]) for text in (first, second)]
    assert [each["verdict"] for each in verdicts] == ["ok", "rejected"]
    assert verdicts[1]["error"]["code"] == "fixed"
    assert row_of("proposal", book.id)["frozen"] == first


def test_it_is_not_deleted_but_with_its_customer(book):
    row = book.freeze(snapshot.frozen(book.given()))["row"]
    assert book.edit("delete", "proposal", book.id, {}, row["ver"])["error"]["code"] == "fixed"
    draft = new_id()
    book.create("proposal", draft, customer_id=book.customer, made_on=TODAY)
    assert book.edit("delete", "proposal", draft, {}, 1)["verdict"] == "ok"
    customer = row_of("customer", book.customer)
    assert book.edit("delete", "customer", book.customer, {}, customer["ver"])["verdict"] == "ok"
    assert row_of("proposal", book.id) is None


def test_sent_twice_is_sent_once(book):
    text = snapshot.frozen(book.given())
    assert book.freeze(text)["verdict"] == book.freeze(text)["verdict"] == "ok"


def test_a_draft_says_nothing_of_freezing(book):
    for name, value in {"sha256": "0" * 64, "frozen_at": MADE_AT, "checks": []}.items():
        verdict = book.create("proposal", new_id(), customer_id=book.customer, made_on=TODAY, **{name: value})
        assert verdict["error"]["fields"] == {name: [rules.NOT_YET]}


# Tampered with


def change_premium(said: dict[str, Any]) -> None:
    said["coverages"][0]["yearly_fen"] -= 100


def change_total(said: dict[str, Any]) -> None:
    said["yearly_fen"] -= 1


def change_rate(said: dict[str, Any]) -> None:
    said["coverages"][0]["cells"][0]["rate"] = 1


def change_blob(said: dict[str, Any]) -> None:
    said["coverages"][0]["rates"] = "0" * 64


def change_name(said: dict[str, Any]) -> None:
    said["coverages"][0]["name"]["zh"] = "保本高收益"


def change_product_text(said: dict[str, Any]) -> None:
    said["coverages"][0]["body"] = "0" * 64


def change_years(said: dict[str, Any]) -> None:
    said["illustration"]["c1"]["cash_fen"][3] += 1


def change_closed(said: dict[str, Any]) -> None:
    said["closed"][0]["after_fen"] = 0


def change_uncovered(said: dict[str, Any]) -> None:
    said["uncovered"] = []


def change_validity(said: dict[str, Any]) -> None:
    said["valid_until"] = "2027-12-31"


def change_age(said: dict[str, Any]) -> None:
    said["people"][1]["birth_date"] = "1996-02-28"


def change_income(said: dict[str, Any]) -> None:
    said["people"][0]["income_fen"] *= 10


def change_customer(said: dict[str, Any]) -> None:
    said["customer"]["name"] = "王五"


def change_agent(said: dict[str, Any]) -> None:
    said["agent"]["registration"] = "99999999"


def change_analysis(said: dict[str, Any]) -> None:
    said["analysis"]["score"] = 100


def change_revision(said: dict[str, Any]) -> None:
    said["revision"] = 2


def change_id(said: dict[str, Any]) -> None:
    said["id"] = new_id()


def change_ruleset(said: dict[str, Any]) -> None:
    said["ruleset"] = "checks@9"


def change_product(said: dict[str, Any]) -> None:
    said["coverages"][0]["product"] = "DF-T1@9"


def change_sum(said: dict[str, Any]) -> None:
    said["coverages"][0]["sum_fen"] = 10**9


def change_start(said: dict[str, Any]) -> None:
    said["start"] = "2026-11-01"


def add_a_promise(said: dict[str, Any]) -> None:
    said["irr_bp"] = 450


def add_to_a_cover(said: dict[str, Any]) -> None:
    said["coverages"][0]["yield_bp"] = 450


def add_to_a_person(said: dict[str, Any]) -> None:
    said["people"][0]["health"] = "good"


def leave_out(said: dict[str, Any]) -> None:
    del said["illustration"]


def no_covers(said: dict[str, Any]) -> None:
    said["coverages"] = []


def two_of_one_id(said: dict[str, Any]) -> None:
    said["coverages"][1]["id"] = "c1"


TAMPERED = {
    change_premium: proof.PREMIUM, change_total: proof.PREMIUM, change_rate: proof.PREMIUM, change_blob: proof.PREMIUM,
    change_name: proof.PREMIUM, change_product_text: proof.PREMIUM, change_years: proof.YEARS,
    change_closed: proof.CLOSED, change_uncovered: proof.CLOSED, change_validity: proof.EXPIRED,
    change_age: proof.OTHER_PEOPLE, change_income: proof.OTHER_PEOPLE, change_customer: proof.OTHER_CUSTOMER,
    change_agent: proof.OTHER_AGENT, change_analysis: proof.OTHER_ANALYSIS, change_revision: proof.REVISION,
    change_id: proof.OTHER_ID, change_ruleset: proof.RULESET, change_product: proof.UNKNOWN_PRODUCT,
    change_sum: proof.NOT_POSSIBLE, change_start: proof.NOT_POSSIBLE, add_a_promise: proof.NOT_CANONICAL,
    add_to_a_cover: proof.PREMIUM, add_to_a_person: proof.NOT_CANONICAL, leave_out: proof.YEARS,
    no_covers: proof.UNKNOWN_PRODUCT, two_of_one_id: proof.NOT_POSSIBLE,
}  # fmt: skip


def test_whatever_is_tampered_with_is_refused_with_a_reason(book):
    for change, why in TAMPERED.items():
        found = book.tampered(change)
        assert why in found.get("frozen", []), (change.__name__, found)


def test_a_text_under_another_hash(book):
    text = snapshot.frozen(book.given())
    other = snapshot.frozen(book.given(note="另一份"))
    assert book.refusals(text, sha256=snapshot.digest(other)) == {"sha256": [proof.WRONG_HASH]}
    assert book.refusals(text, frozen_at="2026-11-25T02:30:00.001Z") == {"frozen_at": [proof.OTHER_TIME]}
    assert book.refusals(text, checks=[]) == {"checks": [proof.OTHER_CHECKS]}


def test_what_is_no_canonical_text(book):
    text = snapshot.frozen(book.given())
    said = json.loads(text)
    odd = [
        json.dumps(said), json.dumps(said, ensure_ascii=False, indent=1), text + " ", "\ufeff" + text, "[]", "{}", "null", "",
        text.replace('"revision":1', '"revision":1.0'), text.replace('"revision":1', '"revision":1,"revision":1'),
        text.replace('"revision":1', '"revision":NaN'), text.replace('"revision":1', '"revision":1e0'),
        text.replace('"revision":1', '"revision":-0'), text.replace('"revision":1', '"revision":18446744073709551616'),
        text.replace('"v":1', '"v":' + "[" * 2000 + "]" * 2000), text[:-1], "x" * 1000,
        text.replace("李雪梅", "\\u674e雪梅"),
    ]  # fmt: skip
    for each in odd:
        verdict = book.freeze(text, frozen=each, sha256=snapshot.digest(each)) if each else None
        if verdict:
            assert verdict["verdict"] == "rejected", each[:80]
            assert "frozen" in verdict["error"]["fields"], each[:80]


SHAPES: list[tuple[str, Any]] = [
    ("coverages", {}), ("coverages", [None]), ("coverages", [{}]), ("people", None), ("people", [1]), ("checks", None),
    ("checks", [{}]), ("checks", [1]), ("made_at", 5), ("made_at", "yesterday"), ("made_at", "2026-11-25"), ("start", None),
    ("mode", "decade"), ("customer", None), ("customer", []), ("agent", None), ("analysis", []), ("applicant", {}),
    ("note", None), ("note", {}), ("illustration", None), ("valid_until", 3), ("ruleset", None), ("v", 2),
]  # fmt: skip


def test_shapes_that_no_phone_of_ours_sends(book):
    built = snapshot.build(book.given())
    for name, value in SHAPES:
        said = copy.deepcopy(built) | {name: value}
        more = {"checks": built["checks"], "frozen_at": MADE_AT}
        text = canonical(said).decode()
        verdict = book.freeze(text, **more)
        assert verdict["verdict"] == "rejected", (name, value)


def test_a_huge_text(book):
    long_note = snapshot.frozen(book.given(note="长" * 2001))
    assert book.refusals(long_note) == {"frozen": [proof.TOO_LARGE]}
    assert book.freeze(snapshot.frozen(book.given(note="长" * 60_000)))["verdict"] == "rejected"
    many = snapshot.build(book.given())
    many["coverages"] *= 40
    assert book.refusals(canonical(many).decode()) == {"frozen": [proof.TOO_LARGE]}


# Not one's own


def test_under_another_id(book):
    text = snapshot.frozen(book.given())
    assert book.freeze(text)["verdict"] == "ok"
    book.id = new_id()
    assert book.refusals(text) == {"frozen": [proof.OTHER_ID]}


def test_another_customers_analysis(book, office):
    text = snapshot.frozen(book.given())
    own, book.customer = book.customer, new_id()
    book.create("customer", book.customer, name="李雪梅")
    assert book.refusals(text) == {"analysis_id": [rules.OTHER_ANALYSIS]}
    assert proof.OTHER_ANALYSIS in book.refusals(text, analysis_id=None)["analysis_id"]
    book.customer = own
    strangers = Book(office.stranger)
    assert book.refusals(text, analysis_id=strangers.analysis) == {"analysis_id": [rules.OTHER_ANALYSIS]}


def test_an_analysis_that_is_not_finished(book):
    book.analysis = new_id()
    book.create(
        "analysis", book.analysis, customer_id=book.customer, questionnaire="family@1", assumptions="CN-2026@1",
        model="household@1", made_on=TODAY, answers=the_lis(), result=result_of(the_lis()),
    )  # fmt: skip
    assert book.refusals(snapshot.frozen(book.given())) == {"analysis_id": [proof.OTHER_ANALYSIS]}


def test_in_another_agents_name(book, office):
    ben = facts.agent_of(office.ben.id)
    given = book.given() | {"agent": {name: ben[name] for name in ("id", "name", "registration")}}
    assert book.refusals(snapshot.frozen(given)) == {"frozen": [proof.OTHER_AGENT]}


def test_without_an_analysis_only_what_needs_none(book):
    plan = small_plan()
    long = snapshot.frozen(book.given(plan, analysis=None, result=None))
    assert proof.FORBIDDEN in book.refusals(long, analysis_id=None)["checks"]
    plan["coverages"] = plan["coverages"][1:]
    short = snapshot.frozen(book.given(plan, analysis=None, result=None))
    assert book.freeze(short, analysis_id=None)["verdict"] == "ok"


# Time


def test_a_clock_that_is_ahead(book):
    later = (NOW + timedelta(hours=2)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert book.refusals(snapshot.frozen(book.given(made_at=later))) == {"frozen_at": [proof.FUTURE]}
    soon = (NOW + timedelta(minutes=30)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert book.freeze(snapshot.frozen(book.given(made_at=soon)))["verdict"] == "ok"


def test_what_is_no_longer_valid(book):
    text = snapshot.frozen(book.given())
    until = date.fromisoformat(json.loads(text)["valid_until"])
    book.author = replace(book.author, now=datetime(until.year, until.month, until.day, 17, tzinfo=UTC))
    assert book.refusals(text) == {"frozen": [proof.EXPIRED]}
    book.author = replace(book.author, now=datetime(until.year, until.month, until.day, 15, tzinfo=UTC))
    assert book.freeze(text)["verdict"] == "ok"


def test_a_product_that_was_withdrawn(book):
    text = snapshot.frozen(book.given())
    for last, taken in ((date(2026, 11, 24), False), (date(2026, 11, 25), True)):
        catalogue.withdraw("product", catalogue.by_name("DF-T1@1"), last, book.owner.id)
        verdict = book.freeze(text)
        assert (verdict["verdict"] == "ok") is taken
        if not taken:
            assert proof.NOT_ON_SALE in verdict["error"]["fields"]["frozen"]


# Checks


def test_a_red_check_forbids(book):
    with write() as session:
        session.execute(sa.update(Agent).values(registration_status="suspended"))
    assert book.refusals(snapshot.frozen(book.given())) == {"checks": [proof.FORBIDDEN]}


def test_a_check_left_out_or_without_reason(book):
    given = book.given(large_plan())
    ambers = [each for each in given["checks"] if each["level"] == "amber"]
    silent = [each | {"reason": None} if each in ambers else each for each in given["checks"]]
    blank = [each | {"reason": " \u3000"} if each in ambers else each for each in given["checks"]]
    without = [each for each in given["checks"] if each not in ambers]
    for said in (silent, blank, without):
        found = book.refusals(snapshot.frozen(given | {"checks": said}))
        assert proof.NO_REASON in found["checks"]


def test_banned_words_in_the_note(book):
    assert book.refusals(snapshot.frozen(book.given(note="这个产品保本"))) == {"checks": [proof.FORBIDDEN]}


# Revisions


def test_a_revision_supersedes_once(book):
    first = book.id
    book.freeze(snapshot.frozen(book.given()))
    book.id = second = new_id()
    next_one = book.given(revision=2, supersedes=first)
    assert book.freeze(snapshot.frozen(next_one))["verdict"] == "ok"
    book.id = new_id()
    again = snapshot.frozen(book.given(revision=2, supersedes=first))
    assert book.refusals(again) == {"supersedes": [proof.SUPERSEDED]}
    assert book.refusals(snapshot.frozen(book.given(revision=2, supersedes=second))) == {"frozen": [proof.REVISION]}
    assert book.freeze(snapshot.frozen(book.given(revision=3, supersedes=second)))["verdict"] == "ok"


def test_what_cannot_be_superseded(book, office):
    draft = new_id()
    book.create("proposal", draft, customer_id=book.customer, made_on=TODAY)
    theirs = Book(office.stranger)
    theirs.freeze(snapshot.frozen(theirs.given()))
    for before in (draft, new_id(), theirs.id, book.id):
        text = snapshot.frozen(book.given(revision=2, supersedes=before))
        assert book.refusals(text) == {"supersedes": [rules.OTHER_PROPOSAL]}


# The customer goes to another agent


def test_it_goes_with_its_customer_and_the_next_agent_revises_it(book, office):
    first = book.id
    text = snapshot.frozen(book.given())
    book.freeze(text)
    book.id = new_id()
    late = snapshot.frozen(book.given(note="晚到"))
    books = (f"agent:{book.owner.id}", f"agent:{office.ben.id}")
    move_tree("customer", book.customer, books[1], Author("server", book.owner.id, books, "server", NOW))
    assert row_of("proposal", first)["frozen"] == text
    assert book.freeze(late)["error"]["code"] == "left_scope"
    book.author = replace(server_author("ben's phone", office.ben.id), now=NOW)
    assert book.freeze(late)["error"]["fields"] == {"frozen": [proof.OTHER_AGENT]}
    book.id = new_id()
    assert book.freeze(snapshot.frozen(book.given(revision=2, supersedes=first)))["verdict"] == "ok"
