"""Premium, eligibility and illustration on the server and on the phone, side by side: `python(call, args)`, `Phone().ask`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from portal.products import eligibility, illustration, premium, words
from tests.node import Node

ROOT = Path(__file__).resolve().parents[3]
FILES = ROOT / "portal" / "products" / "catalogue"


@cache
def catalogue() -> dict[str, Any]:
    """The demo catalogue as the pure functions take it."""
    records = [json.loads(path.read_text()) for path in sorted(FILES.glob("*.json"))]
    return {
        "products": {f"{record['code']}@{record['version']}": record for record in records},
        "blobs": {path.stem: json.loads(path.read_text()) for path in (FILES / "blobs").glob("*.json")},
    }


def everything(plan: Any, among: Any, people: Any, applicant: Any, today: Any) -> dict[str, Any]:
    """All there is to say about a plan at once."""
    quotes = premium.priced(plan, among, people, applicant, today)
    case = premium.Case(plan, among, people, applicant)
    drawn = []
    for coverage in case.coverages:
        product, quote = case.product(coverage), quotes["coverages"][premium.id_of(coverage)]
        values = among["blobs"].get(product["body"]["values"]) if product else None
        drawn.append(illustration.rows(coverage, product, quote, values, case.person(coverage), case.start))
    return {
        "quotes": quotes,
        "faults": eligibility.plan_faults(plan, among, people, applicant, today),
        "rows": drawn,
    }


def _price(*args: Any) -> Any:
    try:
        return premium.price(*args)
    except premium.PriceError as error:
        return {"error": [error.code, error.data]}


CALLS = {
    "price": _price,
    "priced": premium.priced,
    "faults": eligibility.faults,
    "plan_faults": eligibility.plan_faults,
    "rows": illustration.rows,
    "years": premium.years,
    "sum_of": premium.sum_of,
    "without": premium.without,
    "rounded": premium.rounded,
    "told": lambda fault, lang: words.told(fault, lambda text: text, lang),
    "words": lambda: {"words": words.WORDS, "fields": words.FIELDS},
    "all": everything,
}


def python(call: str, args: list[Any]) -> Any:
    """What the server answers, as JSON would carry it."""
    return json.loads(json.dumps(CALLS[call](*args)))


class Phone(Node):
    """The phone's half, in Node."""

    def __init__(self) -> None:
        super().__init__(Path(__file__).with_name("twins.js"))
        self.ask("keep", {"catalogue": catalogue()})

    def ask(self, call: str, args: Any) -> Any:
        return self.answer([call, args])
