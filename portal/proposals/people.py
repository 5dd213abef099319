"""Who is in a plan, who they are to the one who applies, and what they hold already: facts out of an analysis. Pure.

The phone's twin is `static/js/domain/people.js`. Dates are ISO texts, amounts fen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from portal.needs.gap import at
from portal.needs.household import household

Person = dict[str, Any]
Held = dict[str, Any]

WHOLE = 10_000
#: Answers that only a separate consent opens (PIPL 28–29); an income given as a band is not among them.
SENSITIVE = ("M08", "F05", "F06", "F07", "F09")
#: Who somebody is to the applicant, by who the applicant is to the customer, then by who they are to the customer.
RELATIONS = {
    "spouse": {"self": "spouse", "child": "child", "grandchild": "grandchild", "parent": "parent_in_law", "parent_in_law": "parent"},
    "child": {"self": "parent", "spouse": "parent", "child": "sibling", "parent": "grandparent", "parent_in_law": "grandparent"},
    "parent": {"self": "child", "sibling": "child", "child": "grandchild", "parent": "spouse"},
    "parent_in_law": {"spouse": "child", "child": "grandchild", "parent_in_law": "spouse"},
    "grandparent": {"self": "grandchild", "sibling": "grandchild", "grandparent": "spouse"},
    "grandchild": {"self": "grandparent", "spouse": "grandparent"},
    "sibling": {"self": "sibling", "sibling": "sibling", "parent": "parent", "grandparent": "grandparent"},
}  # fmt: skip


def persons(answers: Mapping[str, Any], made_on: str, values: Mapping[str, Any]) -> list[Person]:
    """Everybody of an analysis in the order of its list; what nobody asked or knew is None, never a default.

    `values`: the numbers of the assumption set; incomes are a year's, of a band the middle.
    """
    facts = household(at(answers, "middle"), values, date.fromisoformat(made_on))
    given = {each["id"]: each for each in answers.get("H02") or []}
    return [_person(member, given[member["id"]], answers) for member in facts["members"]]


def _person(member: Mapping[str, Any], given: Mapping[str, Any], answers: Mapping[str, Any]) -> Person:
    occupation = answers.get(f"M02:{member['id']}")
    insurance = answers.get(f"M03:{member['id']}")
    smoker = answers.get(f"M07:{member['id']}")
    return {
        "id": member["id"],
        "name": member["name"],
        "gender": member["gender"] or None,
        "birth_date": given.get("birth_date") or None,
        "relation": member["relation"],
        "occupation_class": occupation if isinstance(occupation, int) else None,
        "social_insurance": any(each.endswith("medical") for each in insurance)
        if isinstance(insurance, list)
        else None,
        "smoker": smoker if isinstance(smoker, bool) else None,
        "income_fen": member["income_fen"],
        "role": member["role"],
        "unborn": member["unborn"],
    }


def relation_to(person: Mapping[str, Any], applicant: Mapping[str, Any]) -> str | None:
    """Who a person is to the applicant (self, spouse, child …); None when nobody said who they are to the customer."""
    if person["id"] == applicant["id"]:
        return "self"
    theirs, whose = person.get("relation"), applicant.get("relation")
    if not theirs or not whose:
        return None
    if whose == "self":
        return str(theirs)
    return RELATIONS.get(whose, {}).get(theirs, "other")


def policies(answers: Mapping[str, Any]) -> list[Held]:
    """The policies of all insurers that were told in an analysis, sums in yuan's fen at the rate told with them."""
    listed = answers.get("E01")
    return [_held(each, index) for index, each in enumerate(listed if isinstance(listed, list) else [])]


def _held(policy: Mapping[str, Any], index: int) -> Held:
    return {
        "id": policy.get("id") or str(index),
        "insured": policy["insured"],
        "kind": policy["kind"],
        "sum_fen": _in_yuan(policy.get("sum_fen") or 0, policy.get("rate_bp")),
        "premium_fen": _in_yuan(policy.get("yearly_fen") or 0, policy.get("rate_bp")),
        "insurer": policy.get("insurer") or "",
        "expiry": policy.get("expiry") or None,
        "lapsed": bool(policy.get("lapsed")),
        "waiting_until": policy.get("waiting_until") or None,
        "group": bool(policy.get("group")),
        "allowance": bool(policy.get("allowance")),
        "guaranteed": bool(policy.get("guaranteed")),
        "surrender": bool(policy.get("surrender")),
    }


def _in_yuan(fen: int, rate_bp: int | None) -> int:
    return (2 * fen * rate_bp + WHOLE) // (2 * WHOLE) if rate_bp else fen


def is_sensitive(answers: Mapping[str, Any]) -> bool:
    """True when an analysis holds what needs the separate consent: health, assets, an income to the yuan."""
    return any(_tells(key.partition(":")[0], value) for key, value in answers.items())


def _tells(question: str, value: Any) -> bool:
    if value is None or (isinstance(value, Mapping) and value.get("unknown")):
        return False
    if question == "M04":
        return not isinstance(value, Mapping)
    return question in SENSITIVE


def by_id(people: Sequence[Mapping[str, Any]], person: str | None) -> Mapping[str, Any] | None:
    """One of the people, None for nobody."""
    return next((each for each in people if each["id"] == person), None)


def applicant_of(people: Sequence[Mapping[str, Any]], applicant: str | None = None) -> Mapping[str, Any] | None:
    """Who applies: the one named, else the customer."""
    if applicant:
        return by_id(people, applicant)
    return next((each for each in people if each.get("relation") == "self"), None)
