"""Product bodies of the long covers: life, critical illness, savings and the waiver.

Each takes the names of its tables (blobs) and returns the body.
"""

from __future__ import annotations

from typing import Any

from portal.products import rating_tables as tables
from portal.products.rating_words import (
    CI_EXCLUSIONS,
    HEALTH_EXCLUSIONS,
    LIFE_EXCLUSIONS,
    MODES,
    TABLES_NOTE,
    WAITING,
    WAN,
    YUAN,
    benefit,
    entry,
    limits,
    product,
    words,
)

#: Most without an examination, in one group of covers, up to an age.
LIFE_CEILINGS = [[40, 200 * WAN], [50, 100 * WAN], [None, 50 * WAN]]
CI_CEILINGS = [[40, 60 * WAN], [50, 40 * WAN], [None, 20 * WAN]]
BELOW = words(
    "身故时退还的已交保险费可能低于当时的现金价值",
    "The premiums given back on death may be less than the cash value of the time",
)
DEATH = words(
    "身故：给付基本保险金额",
    "Death: the sum insured",
)
SURRENDER = words(
    "犹豫期后退保只退还现金价值，前几年的现金价值低于已交保险费，退保会有损失",
    "A surrender after the cooling-off period gives the cash value only; in the early years it is below the premiums paid",
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
        limits=limits(10 * WAN, 300 * WAN, 1 * WAN, no_exam=LIFE_CEILINGS, income_multiple=20, group="death"),
        price={"form": "table", "rates": rates},
        values=values,
        benefits=[benefit("death", "death", DEATH, waiting=90)],
        waiting_days=90,
        exclusions=LIFE_EXCLUSIONS,
        notes=[TABLES_NOTE, WAITING[90], SURRENDER],
    )


def whole_life(rates: str, values: str) -> dict[str, Any]:
    return product(
        words("长明终身寿险", "Changming Whole Life"),
        words("长明终身寿", "Changming Whole Life"),
        kind="whole_life",
        line="life",
        risk_grade="P2",
        terms=list(tables.WHOLE_LIFE.terms),
        pays=list(tables.WHOLE_LIFE.pays),
        chooses="sum",
        entry=entry(min_days=28, max_age=60, occupations=[1, 2, 3, 4]),
        limits=limits(5 * WAN, 500 * WAN, 1 * WAN, no_exam=LIFE_CEILINGS, income_multiple=20, group="death"),
        price={"form": "table", "rates": rates},
        values=values,
        benefits=[benefit("death", "death", DEATH, waiting=90)],
        waiting_days=90,
        exclusions=LIFE_EXCLUSIONS,
        notes=[
            TABLES_NOTE,
            WAITING[90],
            words(
                "未成年人的身故给付以监管规定的限额为限，各保险公司合并计算",
                "For minors what is paid on death stays within the legal cap, over all insurers together",
            ),
            SURRENDER,
        ],
    )


def increasing_whole_life(values: str) -> dict[str, Any]:
    shares = [
        (0, 17, 10000, words("未满 18 周岁", "before age 18")),
        (18, 40, 16000, words("18 至 40 周岁", "at 18 to 40")),
        (41, 60, 14000, words("41 至 60 周岁", "at 41 to 60")),
        (61, None, 12000, words("61 周岁起", "from age 61")),
    ]
    return product(
        words("恒长增额终身寿险", "Hengchang Increasing Whole Life"),
        words("恒长增额寿", "Hengchang Increasing"),
        kind="increasing_whole_life",
        risk_grade="P2",
        terms=["life"],
        pays=list(tables.INCREASING_PAYS),
        chooses="premium",
        entry=entry(min_days=28, max_age=70),
        limits=limits(5000 * YUAN, 100 * WAN, 1000 * YUAN),
        price={"form": "premium"},
        values=values,
        benefits=[
            *(
                benefit(
                    f"death_{low}",
                    "death",
                    words(
                        f"身故（{when['zh']}）：累计已交保险费的 {bp // 100}% 与现金价值中的较大者",
                        f"Death {when['en']}: the greater of {bp // 100} % of all premiums paid and the cash value",
                    ),
                    of="paid",
                    bp=bp,
                    ages=[low, high],
                )
                for low, high, bp, when in shares
            ),
            benefit(
                "death_values",
                "death",
                words(
                    "身故给付不低于当时的现金价值",
                    "What is paid on death is never less than the cash value of the time",
                ),
                of="values",
            ),
        ],
        exclusions=LIFE_EXCLUSIONS,
        notes=[
            words(
                "可以申请减保领取部分现金价值，每个保单年度不超过已交保险费的 20%",
                "Part of the cash value may be taken out: up to 20 % of the premiums paid in a policy year",
            ),
            SURRENDER,
        ],
    )


def ci_life(rates: str, values: str) -> dict[str, Any]:
    return product(
        words("护航终身重大疾病保险", "Escort Critical Illness, Whole Life"),
        words("护航终身重疾", "Escort CI Life"),
        kind="ci",
        line="ci",
        risk_grade="P2",
        terms=list(tables.CI_LIFE.terms),
        pays=list(tables.CI_LIFE.pays),
        chooses="sum",
        entry=entry(min_days=28, max_age=55, occupations=[1, 2, 3, 4]),
        limits=limits(5 * WAN, 100 * WAN, 1 * WAN, child_max_fen=60 * WAN, no_exam=CI_CEILINGS, group="ci"),
        price={"form": "table", "rates": rates},
        values=values,
        benefits=[
            benefit(
                "ci",
                "ci",
                words(
                    "重大疾病：首次确诊条款所列重大疾病，给付基本保险金额，合同终止",
                    "Critical illness named in the terms, first diagnosis: the sum; the contract ends",
                ),
                waiting=90,
            ),
            benefit(
                "moderate",
                "moderate",
                words(
                    "中症：每种一次，给付基本保险金额的 50%，累计 2 次为限",
                    "Moderate illness, each once: 50 % of the sum, twice in all",
                ),
                bp=5000,
                waiting=90,
                times=2,
            ),
            benefit(
                "mild",
                "mild",
                words(
                    "轻症：每种一次，给付基本保险金额的 20%，累计 3 次为限",
                    "Mild illness, each once: 20 % of the sum, three times in all",
                ),
                bp=2000,
                waiting=90,
                times=3,
            ),
            benefit(
                "death",
                "death",
                words("身故（18 周岁起）：给付基本保险金额，合同终止", "Death from age 18: the sum; the contract ends"),
                ages=[18, None],
                waiting=90,
            ),
            benefit(
                "death_child",
                "death",
                words("身故（未满 18 周岁）：退还已交保险费", "Death before age 18: the premiums paid"),
                of="paid",
                ages=[0, 17],
            ),
        ],
        waiting_days=90,
        waiver=words(
            "被保险人豁免：确诊轻症或者中症后，免交以后各期保险费，合同继续有效",
            "Waiver for the insured: after a mild or moderate illness later premiums are waived and the cover goes on",
        ),
        exclusions=CI_EXCLUSIONS,
        notes=[
            TABLES_NOTE,
            words(
                "演示费率只计入重大疾病和身故，没有计入轻症、中症和豁免；儿童身故按保险金额计入，因此略高",
                "Demo rates count critical illness and death only, not mild and moderate illness and the waiver; for children death counts with the full sum, so theirs are slightly high",
            ),
            WAITING[90],
            SURRENDER,
        ],
    )


def ci_term(rates: str, values: str) -> dict[str, Any]:
    return product(
        words("护航定期重大疾病保险", "Escort Critical Illness to 70"),
        words("护航定期重疾", "Escort CI to 70"),
        kind="ci",
        line="ci",
        risk_grade="P2",
        terms=list(tables.CI_TERM.terms),
        pays=list(tables.CI_TERM.pays),
        chooses="sum",
        entry=entry(min_days=28, max_age=50, occupations=[1, 2, 3, 4]),
        limits=limits(5 * WAN, 100 * WAN, 1 * WAN, child_max_fen=60 * WAN, no_exam=CI_CEILINGS, group="ci"),
        price={"form": "table", "rates": rates},
        values=values,
        benefits=[
            benefit(
                "ci",
                "ci",
                words(
                    "重大疾病：70 周岁前首次确诊条款所列重大疾病，给付基本保险金额，合同终止",
                    "Critical illness named in the terms, first diagnosis before 70: the sum; the contract ends",
                ),
                waiting=90,
            ),
        ],
        waiting_days=90,
        exclusions=CI_EXCLUSIONS,
        notes=[
            TABLES_NOTE,
            words(
                "本产品没有身故保险金：身故时合同终止，不给付保险金",
                "There is no death benefit: on death the contract ends and nothing is paid",
            ),
            WAITING[90],
            SURRENDER,
        ],
    )


def pension(rates: str, values: str) -> dict[str, Any]:
    return product(
        words("金晖养老年金保险（分红型）", "Jinhui Pension Annuity (participating)"),
        words("金晖养老年金", "Jinhui Pension"),
        kind="annuity",
        line="retirement",
        design="participating",
        risk_grade="P3",
        terms=list(tables.PENSION.terms),
        pays=list(tables.PENSION.pays),
        chooses="sum",
        entry=entry(min_age=0, max_age=55, max_pay_end_age=tables.PENSION_FROM),
        limits=limits(1000 * YUAN, 100 * WAN, 100 * YUAN, min_premium_fen=5000 * YUAN),
        price={"form": "table", "rates": rates},
        values=values,
        benefits=[
            benefit(
                "pension",
                "survival",
                words(
                    "养老年金：60 周岁起每个保单周年日给付一次基本保险金额，直至 105 周岁；前 20 次保证给付",
                    "Pension: the sum on every policy anniversary from age 60 to 105; the first 20 payments are guaranteed",
                ),
                ages=[tables.PENSION_FROM, 105],
                times=None,
            ),
            benefit(
                "death",
                "death",
                words("身故（首次领取前）：退还已交保险费", "Death before the first pension: the premiums paid"),
                of="paid",
                ages=[0, tables.PENSION_FROM - 1],
            ),
            benefit(
                "death_guaranteed",
                "death",
                words(
                    "身故（保证给付期内）：给付 20 次中尚未给付的部分",
                    "Death inside the guarantee: what is left of the 20 payments",
                ),
                of="rest",
                times=tables.PENSION_CERTAIN,
                ages=[tables.PENSION_FROM, tables.PENSION_FROM + tables.PENSION_CERTAIN - 1],
            ),
        ],
        exclusions=LIFE_EXCLUSIONS,
        illustration={"dividend_bp": 7000, "demo_rate_bp": 350, "pricing_rate_bp": 175},
        notes=[
            TABLES_NOTE,
            words(
                "红利分配是不确定的，可能为零；演示利益不代表实际收益",
                "Dividends are not certain and may be nothing; what is illustrated is not what will be earned",
            ),
            words(
                "80 周岁后身故，合同终止，不再给付",
                "On a death from age 80 on the contract ends and nothing more is paid",
            ),
            BELOW,
            SURRENDER,
        ],
    )


def education(rates: str, values: str) -> dict[str, Any]:
    return product(
        words("学有成教育金保险", "Xueyoucheng Education Endowment"),
        words("学有成教育金", "Xueyoucheng Education"),
        kind="education",
        line="education",
        risk_grade="P2",
        terms=list(tables.EDUCATION.terms),
        pays=list(tables.EDUCATION.pays),
        modes={"single": 10000, **MODES},
        chooses="sum",
        entry=entry(min_age=0, max_age=10, max_pay_end_age=tables.EDUCATION_AGES[0]),
        limits=limits(1 * WAN, 200 * WAN, 1 * WAN),
        price={"form": "table", "rates": rates},
        values=values,
        benefits=[
            benefit(
                "education",
                "survival",
                words(
                    "教育金：18、19、20、21 周岁的保单周年日各给付基本保险金额的 25%",
                    "Education: 25 % of the sum on the policy anniversary at each of the ages 18, 19, 20 and 21",
                ),
                bp=2500,
                ages=[tables.EDUCATION_AGES[0], tables.EDUCATION_AGES[-1]],
                times=len(tables.EDUCATION_AGES),
            ),
            benefit(
                "death",
                "death",
                words("身故（18 周岁前）：退还已交保险费", "Death before age 18: the premiums paid"),
                of="paid",
                ages=[0, tables.EDUCATION_AGES[0] - 1],
            ),
        ],
        exclusions=LIFE_EXCLUSIONS,
        notes=[
            TABLES_NOTE,
            words(
                "18 周岁后身故，合同终止，尚未到期的教育金不再给付",
                "On a death from age 18 on the contract ends and payments not yet due are not made",
            ),
            BELOW,
            SURRENDER,
        ],
    )


def applicant_waiver(rates: str) -> dict[str, Any]:
    first, last = tables.WAIVER_AGES[0], tables.WAIVER_AGES[-1]
    return product(
        words("投保人豁免保险费", "Applicant Waiver of Premium"),
        words("投保人豁免", "Applicant Waiver"),
        kind="waiver",
        risk_grade="P2",
        role="rider",
        mains=["DF-T1", "DF-W1", "DF-W2", "DF-C1", "DF-C2", "DF-R1", "DF-E1"],
        # Runs as long as the main cover is paid.
        terms=[],
        pays=list(tables.WAIVER_PAYS),
        chooses="sum",
        entry=entry(
            min_age=0,
            max_age=None,
            occupations=[1, 2, 3, 4],
            applicant={"min_age": first, "max_age": last, "max_pay_end_age": tables.WAIVER_UNTIL, "not_insured": True},
        ),
        limits=limits(),
        price={"form": "waived", "rates": rates},
        benefits=[
            benefit(
                code,
                trigger,
                words(
                    f"投保人{zh}：免交主险以后各期保险费，主险继续有效",
                    f"{en} of the applicant: later premiums of the main cover are waived and it goes on",
                ),
                of="fixed",
                bp=None,
                waiting=90,
            )
            for code, trigger, zh, en in (
                ("death", "death", "身故", "Death"),
                ("ci", "ci", "首次确诊重大疾病", "A first critical illness"),
                ("disability", "disability", "全残", "Total disability"),
            )
        ],
        waiting_days=90,
        waiver=words(
            "投保人豁免：投保人身故、重大疾病或者全残时，免交以后各期保险费",
            "Waiver for the applicant: on death, critical illness or total disability later premiums are waived",
        ),
        exclusions=HEALTH_EXCLUSIONS,
        notes=[
            TABLES_NOTE,
            words(
                "演示费率只计入身故和重大疾病，没有单独计入全残",
                "Demo rates count death and critical illness; total disability is not counted by itself",
            ),
            words("投保人与被保险人为同一人时不能附加", "Not available when the applicant is the insured"),
            WAITING[90],
        ],
    )
