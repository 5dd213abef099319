"""Product bodies of the long covers: life, critical illness, savings and the waiver."""

from __future__ import annotations

from typing import Any

from portal.products import rating_tables as tables
from portal.products.rating_words import (
    LIFE_EXCLUSIONS,
    WAN,
    benefit,
    entry,
    limits,
    product,
    words,
)


def term_life(rates: str, values: str) -> dict[str, Any]:
    return product(
        words("安渡定期寿险", "Andu Term Life"),
        words("安渡定寿", "Andu Term"),
        kind="term",
        line="life",
        risk_grade="P2",
        terms=list(tables.TERM_LIFE.terms),
        pays=list(tables.TERM_LIFE.pays),
        chooses="sum",
        entry=entry(min_age=18, max_age=60, max_end_age=75, occupations=[1, 2, 3, 4]),
        limits=limits(
            10 * WAN,
            300 * WAN,
            1 * WAN,
            no_exam=[[40, 200 * WAN], [50, 100 * WAN], [None, 50 * WAN]],
            income_multiple=20,
            group="death",
        ),
        price={"form": "table", "rates": rates},
        values=values,
        benefits=[
            benefit(
                "death",
                "death",
                words(
                    "身故：给付基本保险金额；等待期内因疾病身故，退还已交保险费",
                    "Death: the sum; by illness inside the waiting period, the premiums paid",
                ),
                waiting=90,
            )
        ],
        waiting_days=90,
        exclusions=LIFE_EXCLUSIONS,
    )
