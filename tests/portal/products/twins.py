"""Premium, eligibility and illustration on the server and on the phone, side by side: `python(call, args)`, `Phone().ask`."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from portal.products import eligibility, illustration, premium, words

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


class Phone:
    """The phone's half, in Node."""

    def __init__(self) -> None:
        self._node = subprocess.Popen(
            [ROOT / ".venv" / "bin" / "node", Path(__file__).with_name("twins.js")],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.ask("keep", {"catalogue": catalogue()})

    def ask(self, call: str, args: Any) -> Any:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps([call, args]) + "\n")
        self._node.stdin.flush()
        answer = self._node.stdout.readline()
        assert answer, f"{call} fell over with {args!r}"
        return json.loads(answer)

    def close(self) -> None:
        assert self._node.stdin
        self._node.stdin.close()
        self._node.wait(10)
