"""The proof of a frozen proposal: everything it says is worked out again, and the same bytes must come out.

What cannot be worked out (when it was made, what was chosen, the reasons that were given) is judged by itself. Whatever
fails is told with a reason; the text is taken as it is or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from portal.dates import day_of
from portal.needs import definitions
from portal.needs.household import values_of
from portal.needs.kernel import KernelError
from portal.products import blobs, catalogue, eligibility
from portal.proposals import checks, facts, people, snapshot, thresholds
from sync.canonical import NotCanonical, canonical
from sync.kinds import Lookup, Row
from sync.merge import same
from sync.words import msgid

TOO_LARGE = msgid("This proposal is too large.")
NOT_CANONICAL = msgid("This is not the text of a proposal as it has to be.")
WRONG_HASH = msgid("The fingerprint is not the one of this text.")
OTHER_TIME = msgid("The time is not the one in the text.")
OTHER_CHECKS = msgid("The checks are not those in the text.")
OTHER_ID = msgid("This text belongs to another proposal.")
OTHER_CUSTOMER = msgid("The customer is not the one of this proposal.")
OTHER_AGENT = msgid("The agent in the text is not the one who made it.")
OTHER_ANALYSIS = msgid("The analysis in the text is not the one of this proposal, or it is not finished.")
OTHER_PEOPLE = msgid("The people in the text are not those of the analysis.")
FUTURE = msgid("It was made in the future. Please check the clock of the phone.")
EXPIRED = msgid("It is no longer valid. Please make a new one.")
UNKNOWN_PRODUCT = msgid("A product of the plan is not in the catalogue.")
NOT_ON_SALE = msgid("A product of the plan was not on sale on that day.")
NOT_POSSIBLE = msgid("A cover of the plan is not possible with its product.")
PREMIUM = msgid("The premiums are not those of the rates.")
CLOSED = msgid("What the plan closes is not what the analysis gives.")
YEARS = msgid("The years shown are not those of the product.")
RULESET = msgid("The rules it was checked with are not those of that day.")
FORBIDDEN = msgid("A rule of selling forbids this plan.")
NO_REASON = msgid("A rule of selling asks for a reason that is missing.")
REVISION = msgid("The revision is not the next one.")
SUPERSEDED = msgid("That proposal has been superseded already.")

MOST_BYTES = 200_000
#: So many entries, and characters of the note.
MOST = {"coverages": 60, "people": 40, "checks": 400, "note": 2000}
#: A phone's clock may be ahead a little.
AHEAD = timedelta(hours=1)
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
SALE = frozenset({"not_yet", "withdrawn"})
#: Why a part of the text differs from what is worked out again.
WHY = {
    "customer": OTHER_CUSTOMER, "agent": OTHER_AGENT, "analysis": OTHER_ANALYSIS, "id": OTHER_ID, "revision": REVISION,
    "supersedes": REVISION, "coverages": PREMIUM, "yearly_fen": PREMIUM, "modal_fen": PREMIUM, "valid_until": EXPIRED,
    "closed": CLOSED, "uncovered": CLOSED, "illustration": YEARS,
}  # fmt: skip
CHECK_KEYS = frozenset({"id", "code", "level", "data", "reason", "answered_at"})
PERSON_KEYS = frozenset(
    {
        "id", "name", "gender", "birth_date", "relation", "occupation_class", "social_insurance", "smoker",
        "income_fen", "role", "unborn",
    }
)  # fmt: skip

Faults = dict[str, list[str]]


class Refused(Exception):
    """The proof ends here."""

    def __init__(self, field: str, why: str):
        super().__init__(field, why)
        self.field = field
        self.why = why


def faults(new: Row, lookup: Lookup) -> Faults:
    """`{field: [msgid]}` of a record that is being frozen; empty when the text is taken."""
    found: Faults = {}
    try:
        said = _read(new["frozen"])
        for field, why in _proof(new, said, lookup):
            if why not in found.setdefault(field, []):
                found[field].append(why)
    except Refused as refused:
        found.setdefault(refused.field, []).append(refused.why)
    except (AttributeError, TypeError, ValueError, LookupError, ArithmeticError, RecursionError):
        # A text that no phone of ours could have made.
        found.setdefault("frozen", []).append(NOT_CANONICAL)
    return found


def _read(text: Any) -> dict[str, Any]:
    """The text as it must be: canonical JSON of a size we take. Duplicate keys, fractions and NaN have no such form."""
    raw = text.encode()
    if len(raw) > MOST_BYTES:
        raise Refused("frozen", TOO_LARGE)
    try:
        said = orjson.loads(raw)
        sound = isinstance(said, dict) and canonical(said) == raw
    except (orjson.JSONDecodeError, NotCanonical):
        sound = False
    if not sound:
        raise Refused("frozen", NOT_CANONICAL)
    if any(len(said[name]) > most for name, most in MOST.items()):
        raise Refused("frozen", TOO_LARGE)
    return said


def _proof(new: Row, said: dict[str, Any], lookup: Lookup) -> Iterator[tuple[str, str]]:
    yield from _beside(new, said)
    yield from _time(said, lookup)
    analysis = _analysis(new, said, lookup)
    yield from _people(said, analysis, lookup)
    shelf = _shelf(said)
    plan, made_on = snapshot.plan_of(said), day_of(datetime.fromisoformat(said["made_at"])).isoformat()
    yield from _possible(said, plan, shelf, made_on)
    yield from _again(new, said, plan, shelf, analysis, lookup)
    yield from _checked(said, plan, shelf, analysis, lookup, made_on)


def _beside(new: Row, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields of the record that repeat what the text says."""
    if new.get("sha256") != snapshot.digest(new["frozen"]):
        yield "sha256", WRONG_HASH
    if new.get("frozen_at") != said["made_at"]:
        yield "frozen_at", OTHER_TIME
    if not same(new.get("checks"), said["checks"]):
        yield "checks", OTHER_CHECKS


def _time(said: Mapping[str, Any], lookup: Lookup) -> Iterator[tuple[str, str]]:
    if not INSTANT.fullmatch(said["made_at"]):
        raise Refused("frozen", NOT_CANONICAL)
    if datetime.fromisoformat(said["made_at"]) > lookup.now + AHEAD:
        yield "frozen_at", FUTURE
    if said["valid_until"] < lookup.today.isoformat():
        yield "frozen", EXPIRED


def _analysis(new: Row, said: Mapping[str, Any], lookup: Lookup) -> Row | None:
    """The finished analysis of the record; None where both the record and the text have none."""
    named = said["analysis"]["id"] if said["analysis"] else None
    if named != new.get("analysis_id"):
        raise Refused("analysis_id", OTHER_ANALYSIS)
    if named is None:
        return None
    found = lookup("analysis", named)
    if (
        not found
        or found["customer_id"] != new["customer_id"]
        or not found["completed_at"]
        or not found["result_server"]
    ):
        raise Refused("analysis_id", OTHER_ANALYSIS)
    return found


def _people(said: Mapping[str, Any], analysis: Row | None, lookup: Lookup) -> Iterator[tuple[str, str]]:
    """Those of the analysis as they are there; without one, the customer as the card has them at least."""
    if any(set(each) != PERSON_KEYS for each in said["people"]) or not isinstance(said["note"], str):
        raise Refused("frozen", NOT_CANONICAL)
    if [each["id"] for each in said["people"]].count(said["applicant"]) != 1:
        yield "frozen", OTHER_PEOPLE
    if analysis:
        assumptions = definitions.body("assumptions", analysis["assumptions"]) or {}
        try:
            known = people.persons(analysis["answers"], analysis["made_on"], values_of(assumptions, analysis["moved"]))
        except KernelError:
            known = []
        if not same(known, said["people"]):
            yield "frozen", OTHER_PEOPLE
        return
    customer = lookup("customer", said["customer"]["id"]) or {}
    own = people.by_id(said["people"], said["applicant"]) or {}
    for name in ("birth_date", "gender"):
        if customer.get(name) and own.get(name) != customer[name]:
            yield "frozen", OTHER_PEOPLE


def _shelf(said: Mapping[str, Any]) -> dict[str, Any]:
    names = {each["product"] for each in said["coverages"]}
    try:
        shelf = catalogue.shelf(names)
    except blobs.NoBlob:
        raise Refused("frozen", UNKNOWN_PRODUCT) from None
    if not names or names - set(shelf["products"]):
        raise Refused("frozen", UNKNOWN_PRODUCT)
    return shelf


def _possible(
    said: Mapping[str, Any], plan: Mapping[str, Any], shelf: Mapping[str, Any], made_on: str
) -> Iterator[tuple[str, str]]:
    ids = [each["id"] for each in plan["coverages"]]
    if len(set(ids)) < len(ids):
        yield "frozen", NOT_POSSIBLE
    for fault in eligibility.plan_faults(plan, shelf, said["people"], said["applicant"], made_on):
        if fault["level"] == "red":
            yield "frozen", NOT_ON_SALE if fault["rule"] in SALE else NOT_POSSIBLE


def _again(
    new: Row,
    said: Mapping[str, Any],
    plan: Mapping[str, Any],
    shelf: Mapping[str, Any],
    analysis: Row | None,
    lookup: Lookup,
) -> Iterator[tuple[str, str]]:
    """The text worked out from what was chosen; whatever differs is told."""
    before = lookup("proposal", new["supersedes"]) if new.get("supersedes") else None
    if before and any(each["supersedes"] == before["id"] and each["frozen"] and each["id"] != new["id"]
                      for each in lookup.children("proposal", new["customer_id"])):  # fmt: skip
        yield "supersedes", SUPERSEDED
    try:
        built = snapshot.build(
            {
                "id": new["id"],
                "revision": orjson.loads(before["frozen"])["revision"] + 1 if before else 1,
                "supersedes": new.get("supersedes"),
                "customer": _customer(new, lookup),
                "agent": {name: facts.agent_of(lookup.agent_id).get(name) for name in ("id", "name", "registration")},
                "analysis": analysis and _named(analysis),
                "made_at": said["made_at"],
                "plan": plan,
                "people": said["people"],
                "applicant": said["applicant"],
                "catalogue": shelf,
                "result": analysis and analysis["result_server"],
                "ruleset": said["ruleset"],
                "checks": said["checks"],
                "note": said["note"],
            }
        )
    except snapshot.NotPriced:
        yield "frozen", PREMIUM
        return
    for name in sorted({*built, *said}):
        if name not in built or name not in said or not same(built[name], said[name]):
            yield "frozen", WHY.get(name, NOT_CANONICAL)


def _customer(new: Row, lookup: Lookup) -> dict[str, Any]:
    customer = lookup("customer", new["customer_id"]) or {}
    return {"id": new["customer_id"], "name": customer.get("name")}


def _named(analysis: Row) -> dict[str, Any]:
    """What a frozen text says of the analysis it rests on."""
    names = ("id", "made_on", "questionnaire", "assumptions", "model")
    return {**{name: analysis[name] for name in names}, "score": analysis["result_server"]["score"]}


def _checked(
    said: Mapping[str, Any],
    plan: Mapping[str, Any],
    shelf: Mapping[str, Any],
    analysis: Row | None,
    lookup: Lookup,
    made_on: str,
) -> Iterator[tuple[str, str]]:
    """No red, and every amber that the server finds stands in the text with a reason."""
    ruleset = thresholds.by_name(said["ruleset"])
    if (
        not ruleset
        or ruleset["code"] != "checks"
        or not catalogue.is_on_sale(ruleset, datetime.fromisoformat(made_on).date())
    ):
        yield "frozen", RULESET
        return
    stored = {}
    for each in said["checks"]:
        if set(each) - {"coverage", "member"} != CHECK_KEYS:
            raise Refused("frozen", NOT_CANONICAL)
        stored[_key(each)] = each
        if each["level"] == "red":
            yield "checks", FORBIDDEN
        if each["level"] == "amber" and not _is_reason(each["reason"]):
            yield "checks", NO_REASON
    found = checks.checks(plan, facts.facts_of(said, analysis, lookup, shelf, made_on), ruleset["body"])
    for each in found:
        if each["level"] == "red":
            yield "checks", FORBIDDEN
        if each["level"] == "amber" and _key(each) not in stored:
            yield "checks", NO_REASON


def _key(check: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(check.get(name) for name in ("id", "code", "level", "coverage", "member"))


def _is_reason(reason: Any) -> bool:
    return isinstance(reason, str) and bool(checks.BLANKS.sub("", reason))
