"""Product bodies for people that are bought by the year: medical and accident."""

from __future__ import annotations

from typing import Any

from portal.products.rating_words import (
    HEALTH_EXCLUSIONS,
    MODES,
    WAN,
    YEAR_ONLY,
    YUAN,
    benefit,
    entry,
    limits,
    product,
    words,
)

#: Yuan a year up to an age.
MEDICAL_BANDS = [
    (4, 680), (10, 330), (20, 220), (25, 240), (30, 300), (35, 380), (40, 520), (45, 740),
    (50, 1060), (55, 1480), (60, 2020), (65, 2860), (70, 3920), (None, 5200),
]  # fmt: skip


def medical() -> dict[str, Any]:
    return product(
        words("康宁百万医疗保险", "Kangning High-limit Medical"),
        words("康宁医疗", "Kangning Medical"),
        kind="medical",
        line="medical",
        risk_grade="P1",
        terms=["y1"],
        pays=["y1"],
        modes={"year": MODES["year"], "month": MODES["month"]},
        chooses="sum",
        entry=entry(min_days=28, max_age=60, occupations=[1, 2, 3, 4]),
        limits=limits(200 * WAN, 200 * WAN, 200 * WAN),
        price={
            "form": "bands",
            "bands": [[until, yuan * YUAN] for until, yuan in MEDICAL_BANDS],
            "without_social_bp": 19000,
        },
        benefits=[
            benefit(
                "hospital",
                "hospital",
                words(
                    "一般医疗：每年合理且必要的住院、特殊门诊、门诊手术和住院前后门急诊费用，扣除免赔额后按比例报销，年度限额 200 万元",
                    "General medical: reasonable and necessary hospital, special out-patient, day-surgery and related out-patient cost a year, less the deductible, up to 2 million yuan",
                ),
                of="fixed",
                bp=None,
                fen=200 * WAN,
                waiting=30,
                times=None,
            ),
            benefit(
                "ci_medical",
                "hospital",
                words(
                    "重大疾病医疗：确诊条款所列重大疾病后的治疗费用，不扣免赔额，年度限额另加 400 万元",
                    "Critical illness medical: treatment of a critical illness named in the terms, without deductible, up to a further 4 million yuan a year",
                ),
                of="fixed",
                bp=None,
                fen=400 * WAN,
                waiting=30,
                times=None,
            ),
        ],
        waiting_days=30,
        deductible_fen=1 * WAN,
        reimburse_bp=10000,
        guaranteed_renewal_years=20,
        renew_to_age=100,
        exclusions=[
            *HEALTH_EXCLUSIONS,
            words(
                "合同生效前已患且未如实告知或者未被接受的疾病及其并发症",
                "Illness from before the start that was not disclosed or not accepted, and its complications",
            ),
            words(
                "等待期内出现症状或者确诊的疾病（意外伤害除外）",
                "Illness with symptoms or a diagnosis inside the waiting period (accidents excepted)",
            ),
            words("怀孕、分娩、流产、不孕不育治疗", "Pregnancy, birth, miscarriage, fertility treatment"),
            words(
                "整形、美容、视力矫正、牙科治疗（意外伤害必需的除外）",
                "Plastic or cosmetic surgery, sight correction, dental treatment (unless an accident requires it)",
            ),
            words(
                "疗养、康复、体检和非医疗必需的费用",
                "Convalescence, rehabilitation, check-ups and what is not medically necessary",
            ),
            words(
                "潜水、跳伞、攀岩、赛车等高风险运动",
                "High-risk sports such as diving, parachuting, climbing and racing",
            ),
        ],
        notes=[
            words(
                "等待期 30 日：等待期内因疾病发生的费用不报销；意外伤害没有等待期，保证续保时没有等待期",
                "Waiting period of 30 days: cost of an illness inside it is not paid; none for accidents, none on a guaranteed renewal",
            ),
            words(
                "保证续保期间 20 年：期间内不因健康变化或者理赔拒绝续保；保费按续保时的年龄确定，可续保至 100 周岁",
                "Renewal is guaranteed for 20 years, whatever happens to health or is claimed; the premium follows the age at renewal, up to 100",
            ),
            words(
                "没有社会医疗保险的，保费为标准的 1.9 倍；有社会医疗保险而未先经其结算的费用，报销比例为 60%",
                "Without social medical insurance the premium is 1.9 times; with it, cost that was not first settled there is paid at 60 %",
            ),
        ],
        service=words(
            "演示服务：全国二级及以上公立医院普通部；住院费用垫付与就医协助（虚构，仅供演示）",
            "Demo service: ordinary wards of public hospitals of grade 2 and above; advance payment and help in finding care (fictional)",
        ),
    )


def accident() -> dict[str, Any]:
    return product(
        words("随行综合意外伤害保险", "Companion Accident"),
        words("随行意外", "Companion Accident"),
        kind="accident",
        line="accident",
        risk_grade="P1",
        terms=["y1"],
        pays=["y1"],
        modes=YEAR_ONLY,
        chooses="sum",
        entry=entry(min_days=28, max_age=65, occupations=[1, 2, 3, 4]),
        limits=limits(10 * WAN, 200 * WAN, 10 * WAN, child_max_fen=50 * WAN),
        price={
            "form": "per_sum",
            "fen_per_1000": 58,
            "class_bp": {"1": 10000, "2": 10000, "3": 10000, "4": 22000},
            "extras": [
                {"code": "medical", "fen": 60 * YUAN, **words("意外医疗 5 万元", "Accident medical, 50,000 yuan")},
                {
                    "code": "allowance",
                    "fen": 20 * YUAN,
                    **words("意外住院津贴每天 50 元", "Accident hospital allowance, 50 yuan a day"),
                },
            ],
        },
        benefits=[
            benefit(
                "accident_death",
                "accident_death",
                words(
                    "意外身故：自意外伤害发生之日起 180 日内身故，给付基本保险金额；未成年人以监管限额为限",
                    "Accidental death within 180 days of the accident: the sum; for minors within the legal cap",
                ),
            ),
            benefit(
                "accident_disability",
                "disability",
                words(
                    "意外伤残：按伤残等级给付基本保险金额的 10% 至 100%，累计不超过基本保险金额",
                    "Accidental disability: 10 % to 100 % of the sum by grade, in all not more than the sum",
                ),
                times=None,
            ),
            benefit(
                "accident_medical",
                "accident_medical",
                words(
                    "意外医疗（可选）：每次事故扣除 100 元后报销，年度限额 5 万元",
                    "Accident medical (optional): cost of each accident less 100 yuan, up to 50,000 yuan a year",
                ),
                of="fixed",
                bp=None,
                fen=5 * WAN,
                times=None,
                extra="medical",
            ),
            benefit(
                "allowance",
                "hospital",
                words(
                    "意外住院津贴（可选）：住院每天 50 元，每年不超过 90 天",
                    "Accident hospital allowance (optional): 50 yuan a day in hospital, up to 90 days a year",
                ),
                of="fixed",
                bp=None,
                fen=50 * YUAN,
                times=None,
                extra="allowance",
            ),
        ],
        cooling_off_days=0,
        exclusions=ACCIDENT_EXCLUSIONS,
    )


ACCIDENT_EXCLUSIONS = [
    *HEALTH_EXCLUSIONS,
    words(
        "疾病、猝死、中暑、高原反应、食物中毒和药物过敏",
        "Illness, sudden death by illness, heatstroke, altitude sickness, food poisoning and drug allergy",
    ),
    words("妊娠、流产、分娩，以及医疗事故", "Pregnancy, miscarriage, birth, and medical malpractice"),
    words(
        "潜水、跳伞、攀岩、蹦极、赛马、赛车、特技表演等高风险运动",
        "High-risk sports such as diving, parachuting, climbing, bungee jumping, racing and stunts",
    ),
]


def senior_accident() -> dict[str, Any]:
    def plan(code: str, yuan: int, sum_wan: int, medical_wan: int, fracture_yuan: int) -> dict[str, Any]:
        return {
            "code": code,
            "fen": yuan * YUAN,
            "sum_fen": sum_wan * WAN,
            "benefits": {"accident_medical": medical_wan * WAN, "fracture": fracture_yuan * YUAN},
            **words(
                f"身故伤残 {sum_wan} 万元，医疗 {medical_wan} 万元",
                f"Death and disability {sum_wan * 10_000:,} yuan, medical {medical_wan * 10_000:,} yuan",
            ),
        }

    return product(
        words("乐龄意外伤害保险", "Leling Senior Accident"),
        words("乐龄意外", "Leling Accident"),
        kind="accident",
        line="accident",
        risk_grade="P1",
        terms=["y1"],
        pays=["y1"],
        modes=YEAR_ONLY,
        chooses="plan",
        entry=entry(min_age=50, max_age=85, occupations=[1, 2, 3]),
        limits=limits(),
        price={"form": "plans", "plans": [plan("p1", 199, 10, 2, 5_000), plan("p2", 369, 20, 5, 10_000)]},
        benefits=[
            benefit(
                "accident_death",
                "accident_death",
                words(
                    "意外身故：自意外伤害发生之日起 180 日内身故，给付所选计划的保险金额",
                    "Accidental death within 180 days of the accident: the sum of the plan",
                ),
            ),
            benefit(
                "accident_disability",
                "disability",
                words(
                    "意外伤残：按伤残等级给付保险金额的 10% 至 100%，累计不超过保险金额",
                    "Accidental disability: 10 % to 100 % of the sum by grade, in all not more than the sum",
                ),
                times=None,
            ),
            benefit(
                "accident_medical",
                "accident_medical",
                words(
                    "意外医疗：每次事故扣除 100 元后报销，以所选计划的限额为限",
                    "Accident medical: cost of each accident less 100 yuan, up to the limit of the plan",
                ),
                of="fixed",
                bp=None,
                times=None,
            ),
            benefit(
                "fracture",
                "accident_medical",
                words(
                    "意外骨折：按骨折部位和程度给付，以所选计划的限额为限",
                    "Fracture by accident: by bone and kind of fracture, up to the limit of the plan",
                ),
                of="fixed",
                bp=None,
                times=None,
            ),
        ],
        cooling_off_days=0,
        exclusions=[
            *ACCIDENT_EXCLUSIONS,
            words("病理性骨折和骨质疏松本身的治疗", "Pathological fractures and the treatment of osteoporosis itself"),
        ],
    )
