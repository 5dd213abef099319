"""What stands on the sheets of a product: the lines of its first sheet, the columns of the others. Pure.

Amounts are written in yuan, factors and rates as decimals (0.52); the record keeps fen and basis points.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.translations import msgid

CODE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,47}"
TERM = r"y[1-9]\d?|a[1-9]\d{1,2}|life"
PAY = TERM + "|single"

KINDS = (
    "term", "whole_life", "increasing_whole_life", "ci", "medical", "accident", "annuity", "education", "disability",
    "motor", "home", "waiver",
)  # fmt: skip
LINES = ("life", "ci", "medical", "accident", "education", "retirement", "home", "car")
DESIGNS = ("ordinary", "participating", "universal", "linked")
CHOOSES = ("sum", "premium", "plan", "items")
FORMS = ("table", "bands", "per_sum", "plans", "premium", "waived", "items")
TRIGGERS = (
    "death", "disability", "ci", "mild", "moderate", "survival", "maturity", "hospital", "accident_death",
    "accident_medical", "liability", "property",
)  # fmt: skip
OF = ("sum", "paid", "values", "fixed", "rest")
SORTS = ("choices", "value", "count")


@dataclass(frozen=True)
class Field:
    """A line of the first sheet, or a column of another.

    kind: text, code (`pattern`), word (one of `options`), codes (several), int, ints, yuan, share, shares, pairs, yes_no.
    path: where it stands in the body; `code` and `price.form` are told apart by their names.
    """

    name: str
    kind: str
    label: str
    required: bool = False
    options: tuple[str, ...] = ()
    pattern: str = ""
    path: str = ""
    most: int = 1000

    @property
    def steps(self) -> tuple[str, ...]:
        return tuple((self.path or self.name).split("."))


PRODUCT = (
    Field("code", "code", msgid("Code of the product"), True, pattern=CODE),
    Field("zh.name", "text", msgid("Name in Chinese"), True, most=60),
    Field("zh.short", "text", msgid("Short name in Chinese"), True, most=20),
    Field("en.name", "text", msgid("Name in English"), True, most=100),
    Field("en.short", "text", msgid("Short name in English"), True, most=40),
    Field("insurer.code", "code", msgid("Code of the insurer"), True, pattern=CODE),
    Field("insurer.zh", "text", msgid("Insurer in Chinese"), True, most=60),
    Field("insurer.en", "text", msgid("Insurer in English"), True, most=100),
    Field("demo", "yes_no", msgid("A demo product")),
    Field("kind", "word", msgid("Kind of insurance"), True, KINDS),
    Field("line", "word", msgid("Gap it closes"), options=LINES),
    Field("design", "word", msgid("Design"), True, DESIGNS),
    Field("risk_grade", "word", msgid("Risk grade"), True, ("P1", "P2", "P3", "P4", "P5")),
    Field("role", "word", msgid("Main cover or rider"), True, ("main", "rider")),
    Field("mains", "codes", msgid("Main covers of a rider"), pattern=CODE),
    Field("terms", "codes", msgid("Terms of cover"), pattern=TERM),
    Field("pays", "codes", msgid("Years of payment"), pattern=PAY),
    Field("modes.single", "share", msgid("Factor of a single premium")),
    Field("modes.year", "share", msgid("Factor of a yearly instalment")),
    Field("modes.half", "share", msgid("Factor of a half-yearly instalment")),
    Field("modes.quarter", "share", msgid("Factor of a quarterly instalment")),
    Field("modes.month", "share", msgid("Factor of a monthly instalment")),
    Field("chooses", "word", msgid("What is chosen"), True, CHOOSES),
    Field("entry.min_days", "int", msgid("Youngest, in days"), most=365),
    Field("entry.min_age", "int", msgid("Youngest age"), most=105),
    Field("entry.max_age", "int", msgid("Oldest age"), most=105),
    Field("entry.max_end_age", "int", msgid("Oldest age at the end of cover"), most=106),
    Field("entry.max_pay_end_age", "int", msgid("Oldest age at the last premium"), most=106),
    Field("entry.occupations", "ints", msgid("Occupation classes accepted"), True, most=6),
    Field("entry.social_insurance", "word", msgid("Social health insurance"), options=("any", "required")),
    Field("entry.applicant.min_age", "int", msgid("Youngest applicant"), most=105),
    Field("entry.applicant.max_age", "int", msgid("Oldest applicant"), most=105),
    Field("entry.applicant.max_pay_end_age", "int", msgid("Applicant's oldest age at the last premium"), most=106),
    Field("entry.applicant.not_insured", "yes_no", msgid("Only when somebody else is insured")),
    Field("limits.min", "yuan", msgid("Least amount"), path="limits.min_fen"),
    Field("limits.max", "yuan", msgid("Highest amount"), path="limits.max_fen"),
    Field("limits.step", "yuan", msgid("Amounts in steps of"), path="limits.step_fen"),
    Field("limits.child_max", "yuan", msgid("Highest amount under 18"), path="limits.child_max_fen"),
    Field("limits.min_premium", "yuan", msgid("Least premium a year"), path="limits.min_premium_fen"),
    Field("limits.main_ratio", "share", msgid("Rider's sum to the main cover's, at most"), path="limits.main_ratio_bp"),
    Field("limits.income_multiple", "int", msgid("Proof of income above this multiple of it"), most=100),
    Field("limits.group", "word", msgid("Sums counted together"), options=("death", "ci")),
    Field("price.form", "word", msgid("Form of the price"), True, FORMS),
    Field("price.per_1000", "yuan", msgid("Premium per 1,000 yuan of the sum"), path="price.fen_per_1000"),
    Field("price.classes", "pairs", msgid("Factors by occupation class"), path="price.class_bp"),
    Field("price.without_social", "share", msgid("Factor without social insurance"), path="price.without_social_bp"),
    Field("price.min", "yuan", msgid("Least premium altogether"), path="price.min_fen"),
    Field("waiting_days", "int", msgid("Waiting days"), most=180),
    Field("cooling_off_days", "int", msgid("Cooling-off days"), most=60),
    Field("deductible", "yuan", msgid("Deductible"), path="deductible_fen"),
    Field("reimburse", "share", msgid("Share reimbursed"), path="reimburse_bp"),
    Field("guaranteed_renewal_years", "int", msgid("Years of guaranteed renewal"), most=105),
    Field("renew_to_age", "int", msgid("Renewable up to age"), most=106),
    Field("service.zh", "text", msgid("Service in Chinese")),
    Field("service.en", "text", msgid("Service in English")),
    Field("solvency.zh", "text", msgid("Solvency in Chinese")),
    Field("solvency.en", "text", msgid("Solvency in English")),
    Field("waiver.zh", "text", msgid("Waiver in Chinese")),
    Field("waiver.en", "text", msgid("Waiver in English")),
    Field("illustration.dividend", "share", msgid("Share of the surplus paid out"), path="illustration.dividend_bp"),
    Field("illustration.demo_rate", "share", msgid("Illustrated rate"), path="illustration.demo_rate_bp"),
    Field("illustration.pricing_rate", "share", msgid("Pricing rate"), path="illustration.pricing_rate_bp"),
)
#: Parts of a body that are null as a whole when nothing of them is said.
WHOLE = ("entry.applicant", "service", "solvency", "waiver", "illustration")
#: Fields that are not even null where nothing is said of them.
ABSENT = ("entry.min_days", "entry.min_age", "limits.main_ratio", "modes.", "price.")
#: What each form of price has to say on the first sheet, and on which sheet besides.
FORM_FIELDS = {
    "per_sum": ("price.per_1000", "price.classes"),
    "bands": ("price.without_social",),
    "items": ("price.min",),
}
FORM_SHEETS = {
    "table": ("rates",), "waived": ("rates",), "bands": ("bands",), "per_sum": ("extras",), "plans": ("plans",),
    "items": ("items", "choices", "factors"), "premium": (),
}  # fmt: skip

_ZH = Field("zh", "text", msgid("Text in Chinese"), True)
_EN = Field("en", "text", msgid("Text in English"), True)
_CODE = Field("code", "code", msgid("Code"), True, pattern=CODE)
_YUAN = Field("yuan", "yuan", msgid("Premium in yuan"), True)
_SUM = Field("sum", "yuan", msgid("Sum assured in yuan"))
_UP_TO = Field("up_to_age", "int", msgid("Up to age"), most=105)
_CELL = (
    Field("term", "code", msgid("Term of cover"), pattern=TERM),
    Field("pay", "code", msgid("Years of payment"), True, pattern=PAY),
    Field("sex", "word", msgid("Sex"), True, ("m", "f", "x")),
    Field("age", "int", msgid("Age"), True, most=105),
)

SHEETS: dict[str, tuple[Field, ...]] = {
    "benefits": (
        _CODE,
        Field("trigger", "word", msgid("Paid on"), True, TRIGGERS),
        _ZH,
        _EN,
        Field("of", "word", msgid("Share of what"), True, OF),
        Field("share", "share", msgid("Share")),
        Field("yuan", "yuan", msgid("Fixed amount in yuan")),
        Field("times", "int", msgid("How often at most"), most=105),
        Field("waiting_days", "int", msgid("Waiting days"), most=180),
        Field("age_from", "int", msgid("From age"), most=106),
        Field("age_to", "int", msgid("Up to age"), most=106),
        Field("extra", "code", msgid("Only with the addition"), pattern=CODE),
        Field("item", "code", msgid("Only with the part"), pattern=CODE),
    ),
    "exclusions": (_ZH, _EN),
    "notes": (_ZH, _EN),
    "no_exam": (_UP_TO, Field("yuan", "yuan", msgid("Most without examination, in yuan"), True)),
    "rates": (*_CELL, Field("yuan", "yuan", msgid("Premium per 1,000 yuan"), True)),
    "values": _CELL,
    "reserves": _CELL,
    "bands": (_UP_TO, _YUAN),
    "extras": (_CODE, _ZH, _EN, _YUAN),
    "plans": (_CODE, _ZH, _EN, _YUAN, Field("sum", "yuan", msgid("Sum assured in yuan"), True)),
    "factors": (
        _CODE,
        _ZH,
        _EN,
        Field("default", "share", msgid("Usual factor"), True),
        Field("values", "shares", msgid("Possible factors"), True),
    ),
    "items": (
        _CODE,
        _ZH,
        _EN,
        Field("required", "yes_no", msgid("Must be chosen")),
        Field("sort", "word", msgid("How it is chosen"), True, SORTS),
        Field("per_100000", "int", msgid("Per 100,000 of the value"), most=100_000),
        Field("plus", "yuan", msgid("Added to that, in yuan")),
        Field("value_max", "yuan", msgid("Highest value, in yuan")),
        Field("each", "yuan", msgid("Premium for each, in yuan")),
        Field("most", "int", msgid("How many at most"), most=1000),
        _SUM,
        Field("factors", "codes", msgid("Factors it goes by"), pattern=CODE),
    ),
    "choices": (Field("item", "code", msgid("Part"), True, pattern=CODE), _CODE, _ZH, _EN, _YUAN, _SUM),
}
#: Columns of a product's first sheet.
FIRST = ("field", "value")
TITLES = {
    "product": msgid("Product"),
    "benefits": msgid("Benefits"),
    "exclusions": msgid("Exclusions"),
    "notes": msgid("Notes"),
    "no_exam": msgid("Without examination"),
    "rates": msgid("Rates"),
    "values": msgid("Cash values"),
    "reserves": msgid("Reserves"),
    "bands": msgid("Age bands"),
    "extras": msgid("Additions"),
    "plans": msgid("Plans"),
    "factors": msgid("Factors"),
    "items": msgid("Parts"),
    "choices": msgid("Choices"),
}
#: Columns after the fixed ones that hold amounts: cash values by year (y1, y2, …), benefits of a plan by their codes.
YEARS = r"y([1-9]\d{0,2})"
SEXES = {"男": "m", "male": "m", "女": "f", "female": "f", "不分": "x", "any": "x"}
