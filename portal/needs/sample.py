"""A fictional family that every definition is tried on before it is published: the Lis of the demo office."""

from __future__ import annotations

from typing import Any

YUAN = 100
DAY = "2026-11-25"

FAMILY: dict[str, Any] = {
    "G01": True,
    "G02": True,
    "G03": True,
    "H01": "杭州",
    "H02": [
        {"id": "mei", "relation": "self", "name": "李雪梅", "gender": "female", "birth_date": "1988-03-05"},
        {"id": "gang", "relation": "spouse", "name": "王志刚", "gender": "male", "birth_date": "1986-02-28"},
        {"id": "bo", "relation": "child", "name": "王小波", "gender": "male", "birth_date": "2015-09-01"},
        {"id": "yue", "relation": "child", "name": "王小月", "gender": "female", "birth_date": "2019-09-01"},
        {"id": "lan", "relation": "parent", "name": "张桂兰", "gender": "female", "birth_date": "1955-01-01"},
    ],
    "M04:mei": 180_000 * YUAN,
    "M04:gang": 300_000 * YUAN,
    "F01": 12_000 * YUAN,
    "F03": [{"balance_fen": 1_200_000 * YUAN, "monthly_fen": 650_000, "years": 20, "shares": {"mei": 40, "gang": 60}}],
    "F05": 200_000 * YUAN,
    "F06": 100_000 * YUAN,
    "F07": {"unknown": True},
    "F08": 6,
    "E01": [
        {"id": "a", "insured": "gang", "kind": "term", "sum_fen": 1_000_000 * YUAN},
        {"id": "b", "insured": "mei", "kind": "ci", "sum_fen": 300_000 * YUAN, "waiting_until": "2027-01-01"},
    ],
    "P01": [{"age": 70, "yearly_fen": 24_000 * YUAN, "share": 50}],
    "V01": [{"third_party_fen": 2_000_000 * YUAN}],
    "A01": {"tenure": "owned", "area_m2": 90, "contents_fen": 200_000 * YUAN},
    "S01": {"budget_fen": 20_000 * YUAN},
}
