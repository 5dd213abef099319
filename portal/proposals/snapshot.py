"""What a proposal is frozen to: one plan with its prices, its years and its checks, as canonical JSON. Pure.

The phone's twin is `static/js/domain/snapshot.js`; for the same draft both write the same bytes. Docs: proposals.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.dates import day_of
from portal.products import illustration, premium
from portal.proposals import closing
from sync.canonical import canonical

VERSION = 1
#: The columns of the years, as `illustration.rows` names them.
COLUMNS = (
    "year", "age", "premium_fen", "paid_fen", "death_fen", "ci_fen", "survival_fen", "cash_fen", "dividend_fen",
    "dividends_fen",
)  # fmt: skip
#: What a coverage says by itself; the rest of a frozen coverage is worked out.
CHOSEN = (
    "id", "product", "insured", "term", "pay", "sum_fen", "premium_fen", "plan", "extras", "items", "factors", "rider_of",
)  # fmt: skip

Facts = Mapping[str, Any]


class NotPriced(ValueError):
    """A coverage of the plan has no price; `faults` as `premium.priced` gives them."""

    def __init__(self, faults: list[Facts]):
        super().__init__(faults)
        self.faults = faults


def frozen(given: Facts) -> str:
    """The canonical text of `build(given)`."""
    return canonical(build(given)).decode()


def digest(text: str) -> str:
    """The SHA-256 of a frozen text's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def build(given: Facts) -> dict[str, Any]:
    """The snapshot of a plan. Raises NotPriced, and LookupError for a product or a person that is not there.

    given: id, revision, supersedes, customer, agent, analysis, made_at (an instant's text), plan, people, applicant,
    catalogue, result (of the analysis, or None), ruleset (`code@version`), checks (with answers), note.
    """
    plan, people, catalogue, applicant = (given[name] for name in ("plan", "people", "catalogue", "applicant"))
    day = day_of(datetime.fromisoformat(given["made_at"])).isoformat()
    priced = premium.priced(plan, catalogue, people, applicant=applicant, today=day)
    quotes = priced["coverages"]
    faults = [fault for quote in quotes.values() for fault in quote.get("errors", [])]
    if faults:
        raise NotPriced(faults)
    result = given["result"]
    closed = closing.closed(plan, quotes, result, catalogue, people) if result else []
    return {
        "v": VERSION,
        "id": given["id"],
        "revision": given["revision"],
        "supersedes": given["supersedes"],
        "customer": given["customer"],
        "agent": given["agent"],
        "analysis": given["analysis"],
        "made_at": given["made_at"],
        "start": plan["start"],
        "valid_until": priced["valid_until"],
        "mode": plan["mode"],
        "people": people,
        "applicant": applicant,
        "coverages": [_coverage(each, quotes[each["id"]], catalogue) for each in plan["coverages"]],
        "yearly_fen": priced["yearly_fen"],
        "modal_fen": priced["modal_fen"],
        "closed": closed,
        "uncovered": [_uncovered(each) for each in closed if each["after_fen"] > 0],
        "illustration": {
            each["id"]: _years(each, quotes[each["id"]], given, people) for each in plan["coverages"]
        },
        "ruleset": given["ruleset"],
        "checks": given["checks"],
        "note": given["note"],
        "catalogue_date": max(catalogue["products"][each["product"]]["from_date"] for each in plan["coverages"]),
    }  # fmt: skip


def plan_of(snapshot: Facts) -> dict[str, Any]:
    """The plan a snapshot was made of."""
    coverages = [{name: each[name] for name in CHOSEN} for each in snapshot["coverages"]]
    return {"start": snapshot["start"], "mode": snapshot["mode"], "coverages": coverages}


def rows(columns: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    """The years of a frozen illustration, one row each."""
    return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*(columns[name] for name in COLUMNS), strict=True)]


def _coverage(coverage: Facts, quote: Facts, catalogue: Facts) -> dict[str, Any]:
    body = catalogue["products"][coverage["product"]]["body"]
    return {
        **{name: coverage[name] for name in CHOSEN},
        "name": {lang: body[lang]["name"] for lang in ("zh", "en")},
        "kind": body["kind"],
        "line": body["line"],
        "yearly_fen": quote["yearly_fen"],
        "modal_fen": quote["modal_fen"],
        "cells": quote["cells"],
        "rates": body["price"].get("rates"),
        "values": body["values"],
        "body": hashlib.sha256(canonical(body)).hexdigest(),
    }


def _years(coverage: Facts, quote: Facts, given: Facts, people: list[Facts]) -> dict[str, list[Any]]:
    product = given["catalogue"]["products"][coverage["product"]]
    values = given["catalogue"]["blobs"].get(product["body"]["values"])
    person = next(each for each in people if each["id"] == coverage["insured"])
    years = illustration.rows(coverage, product, quote, values, person, given["plan"]["start"])
    return {name: [year[name] for year in years] for name in COLUMNS}


def _uncovered(closed: Facts) -> dict[str, Any]:
    return {"member": closed["member"], "line": closed["line"], "fen": closed["after_fen"]}
