"""A finished needs analysis of the Li family of the demo: quick path, some answers left open."""

from __future__ import annotations

from typing import Any

from portal.needs.rules import result_of
from portal.seed.families import WAN, YUAN, Book, Tree

VERSIONS = {"questionnaire": "family@1", "assumptions": "CN-2026@1", "model": "household@1"}


def li_analysis(book: Book, tree: Tree) -> None:
    """Add the analysis to the family's tree, 46 days ago."""
    kin = [record for record in tree.records if record.kind == "relative"]
    husband, son, daughter, father = (record.id for record in kin)
    answers: dict[str, Any] = {
        "G01": True,
        "G02": True,
        "G03": True,
        "H01": "杭州",
        "H02": [_person(tree.customer, "self"), *(_person(record, record.fields["relation"]) for record in kin)],
        f"M04:{tree.id}": 14 * WAN,
        f"M04:{husband}": 28 * WAN,
        f"M04:{father}": 6 * WAN,
        f"M01:{father}": "retired",
        "F01": 11_000 * YUAN,
        "F03": [
            {"balance_fen": 120 * WAN, "monthly_fen": 6_900 * YUAN, "years": 19, "shares": {husband: 67, tree.id: 33}}
        ],
        "F05": 24 * WAN,
        "F06": {"unknown": True},
        "F07": {"unknown": True},
        f"C01:{son}": "bachelor",
        f"C01:{daughter}": "bachelor",
        "E01": [_cover(record) for record in tree.records if record.kind == "policy"],
        "P01": [{"age": 69, "yearly_fen": 12_000 * YUAN, "share": 100, "owner": husband}],
        "S01": {"budget_fen": 3 * WAN, "mode": "year"},
    }
    fields = {
        **VERSIONS,
        "customer_id": tree.id,
        "path": "quick",
        "made_on": book.day(-46),
        "answers": answers,
        "moved": {},
    }
    result = result_of(fields)
    book.add(tree, "analysis", {**fields, "result": result, "completed_at": book.at(-46, 15, 30)})


def _person(record: Any, relation: str) -> dict[str, Any]:
    fields = record.fields
    return {
        "id": record.id,
        "relation": relation,
        "name": fields["name"],
        "gender": fields.get("gender"),
        "birth_date": fields.get("birth_date"),
    }


def _cover(record: Any) -> dict[str, Any]:
    fields = record.fields
    return {
        "id": record.id,
        "title": fields.get("product_name", ""),
        "insured": fields["insured"]["id"],
        "kind": fields["kind"],
        "sum_fen": fields.get("sum_assured_fen", 0),
        "yearly_fen": fields.get("premium_fen", 0),
        "expiry": fields.get("expiry_date"),
        "guaranteed": "guaranteed_until" in fields,
    }
