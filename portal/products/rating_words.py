"""What the product bodies share: their shape, and the exclusions in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Words = dict[str, str]
LIFE_INSURER = {"code": "dawn-ferry", "zh": "晨渡人寿（演示）", "en": "Dawn Ferry Life (demo)"}
PROPERTY_INSURER = {"code": "dawn-ferry-property", "zh": "晨渡财险（演示）", "en": "Dawn Ferry Property (demo)"}
YEAR_ONLY = {"year": 10000}
MODES = {"year": 10000, "half": 5200, "quarter": 2650, "month": 900}
SOLVENCY = {"zh": "虚构公司，没有公布的偿付能力数据", "en": "A fictional insurer: no solvency figures are published"}
#: Long products may be given back within this many days for all premiums paid; the law asks for 15.
COOLING_OFF = 15
YUAN = 100
WAN = 10_000 * YUAN
ALL_CLASSES = [1, 2, 3, 4, 5, 6]


def words(zh: str, en: str) -> Words:
    return {"zh": zh, "en": en}


def benefit(
    code: str,
    trigger: str,
    text: Words,
    *,
    of: str = "sum",
    bp: int | None = 10000,
    fen: int | None = None,
    ages: list[int | None] | None = None,
    waiting: int = 0,
    times: int | None = 1,
    **more: Any,
) -> dict[str, Any]:
    """One thing that is paid. `times` None: as often as it happens. `ages` counts both ends, None is open."""
    shape = {"code": code, "trigger": trigger, **text, "of": of, "bp": bp, "fen": fen}
    return {**shape, "ages": ages, "waiting_days": waiting, "times": times, **more}


NOTE = words(
    "演示产品：保险公司和产品均为虚构，不能投保",
    "Demo product: insurer and product are fictional and cannot be bought",
)
TABLES_NOTE = words(
    "费率按公开的《中国人身保险业经验生命表（2010—2013）》推算，并非真实产品的费率",
    "Rates are worked out from the public China Life Insurance Mortality Table (2010–2013); they are no real product's",
)


def product(name: Words, short: Words, notes: Sequence[Words] = (), **body: Any) -> dict[str, Any]:
    """A product body with every key that readers expect; its name and its first note say that it is a demonstration."""
    return {
        "zh": {"name": f"演示·{name['zh']}", "short": short["zh"]},
        "en": {"name": f"Demo · {name['en']}", "short": short["en"]},
        "insurer": LIFE_INSURER,
        "demo": True,
        "line": None,
        "design": "ordinary",
        "role": "main",
        "mains": [],
        "modes": MODES,
        "values": None,
        "waiting_days": 0,
        "cooling_off_days": COOLING_OFF,
        "deductible_fen": None,
        "reimburse_bp": None,
        "guaranteed_renewal_years": None,
        "renew_to_age": None,
        "service": None,
        "waiver": None,
        "notes": [NOTE, *notes],
        "solvency": SOLVENCY,
        "illustration": None,
        **body,
    }


def entry(
    *,
    min_age: int | None = None,
    min_days: int | None = None,
    max_age: int | None,
    occupations: list[int] = ALL_CLASSES,
    **more: Any,
) -> dict[str, Any]:
    """Who may be insured; a child from `min_days` days of life or a person from `min_age` years."""
    youngest = {"min_days": min_days} if min_days is not None else {"min_age": min_age}
    shape = {"max_age": max_age, "max_end_age": None, "max_pay_end_age": None, "social_insurance": "any"}
    return {**youngest, **shape, "occupations": occupations, "applicant": None, **more}


def limits(
    min_fen: int | None = None, max_fen: int | None = None, step_fen: int | None = None, **more: Any
) -> dict[str, Any]:
    """How much may be chosen. `no_exam` empty: nobody is examined."""
    shape = {"min_fen": min_fen, "max_fen": max_fen, "step_fen": step_fen, "child_max_fen": None}
    return {**shape, "no_exam": [], "income_multiple": None, "group": None, "min_premium_fen": None, **more}


LIFE_EXCLUSIONS = [
    words(
        "投保人对被保险人的故意杀害、故意伤害",
        "Intentional killing or injury of the insured by the applicant",
    ),
    words(
        "被保险人故意犯罪，或者抗拒依法采取的刑事强制措施",
        "An intentional crime of the insured, or resistance to lawful criminal compulsory measures",
    ),
    words(
        "被保险人自合同成立或者效力恢复之日起 2 年内自杀，但自杀时为无民事行为能力人的除外",
        "Suicide within 2 years of the start or reinstatement of the contract, unless without legal capacity at the time",
    ),
    words("被保险人主动吸食或者注射毒品", "Drugs taken or injected by the insured of their own will"),
    words(
        "被保险人酒后驾驶、无有效驾驶证驾驶，或者驾驶无有效行驶证的机动车",
        "Driving drunk, without a valid driving licence, or a vehicle without a valid vehicle licence",
    ),
    words("战争、军事冲突、暴乱或者武装叛乱", "War, military conflict, riot or armed rebellion"),
    words("核爆炸、核辐射或者核污染", "Nuclear explosion, radiation or contamination"),
]
WAITING = {
    90: words(
        "等待期 90 日：等待期内因疾病发生的保险事故，退还已交保险费，合同终止；意外伤害没有等待期",
        "Waiting period of 90 days: for a claim by illness inside it the premiums paid are given back and the contract ends; accidents have none",
    ),
}
#: For health cover suicide is widened to self-inflicted injury.
HEALTH_EXCLUSIONS = [
    *LIFE_EXCLUSIONS[:2],
    words(
        "被保险人故意自伤，或者自合同成立或者效力恢复之日起 2 年内自杀，但自杀时为无民事行为能力人的除外",
        "Self-inflicted injury, or suicide within 2 years of the start or reinstatement, unless without legal capacity",
    ),
    *LIFE_EXCLUSIONS[3:],
]
CI_EXCLUSIONS = [
    *HEALTH_EXCLUSIONS,
    words(
        "遗传性疾病，先天性畸形、变形或者染色体异常（条款另有约定的除外）",
        "Hereditary disease, congenital deformity or chromosome abnormality (unless the terms name it)",
    ),
    words(
        "被保险人感染艾滋病病毒或者患艾滋病（职业、输血或者器官移植导致的除外）",
        "HIV infection or AIDS (unless through work, transfusion or transplant)",
    ),
]
