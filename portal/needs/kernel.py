"""The arithmetic of needs analysis: pure functions, whole fen in and out. The phone's twin is `static/js/domain/kernel.js`.

Amounts are integer fen, rates and shares integer basis points (250 = 2.5 %), durations whole years, and `timing` says
where in its year a payment falls: `begin` or `end`. Everything is computed with exact fractions; each printed line is
rounded once, half up, and totals are sums of rounded lines, so that a report adds up. Nothing reads a clock.

Time value: `pv_annuity`, `fv`, `pv`, `pmt_for_fv`, `pmt_for_pv`. Methods, each with its lines: human life value (`hlv`,
生命价值法), survivors' needs (`needs`, 遗属需求法), `capital_retention`, `capital_liquidation`, `dime`, `dink`,
`education`, `education_saving`, `retirement`, `ci` (critical illness), `disability`. Single figures: `income_multiple`,
`proportional_claim`. Impossible input raises `KernelError`, which names the argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, TypedDict

Timing = Literal["begin", "end"]
Monthly = Literal["effective", "nominal", "simple"]

#: Beyond this JavaScript's numbers are not whole any more; the two languages must refuse the same.
MOST_FEN = 2**53 - 1
MOST_YEARS = 150
#: −99.99 % to 1,000 % a year.
LEAST_RATE, MOST_RATE = -9_999, 100_000
WHOLE = 10_000
#: Digits of the monthly rate that compounds to the yearly one.
ROOT_DIGITS = 30


class KernelError(ValueError):
    """An argument nothing can be computed from: `field` is its name, `code` says what is wrong.

    Codes: `not_whole` (no integer), `negative`, `too_large`, `bad_rate`, `bad_years`, `bad_share`, `bad_choice`,
    `one_of` (exactly one of two must be given).
    """

    def __init__(self, code: str, field: str):
        super().__init__(f"{field}: {code}")
        self.code = code
        self.field = field


class Line(TypedDict):
    """One printed row: an amount on the side of what is needed or of what is there."""

    id: str
    side: Literal["need", "have"]
    fen: int


class Result(TypedDict):
    """Need and have are the sums of their lines; `gap_fen` is need − have, negative when there is more than enough."""

    need_fen: int
    have_fen: int
    gap_fen: int
    lines: list[Line]


class EducationSaving(Result):
    yearly_saving_fen: int


class Retirement(Result):
    gap_today_fen: int
    yearly_saving_fen: int | None


def shortfall(gap_fen: int) -> int:
    """What is missing: the gap, never below zero."""
    return max(0, gap_fen)


def surplus(gap_fen: int) -> int:
    """What is there beyond the need, never below zero."""
    return max(0, -gap_fen)


# Time value of money


def pv_annuity(
    pmt_fen: int, n: int, rate_bp: int, timing: Timing, growth_bp: int = 0, first_grown: bool = False
) -> int:
    """Present value, fen: Σ pmt·(1+growth)^k / (1+rate)^t.

    t runs 0…n−1 (`begin`) or 1…n (`end`); k counts from 0, or from 1 when the first payment has grown already. n ≤ 0
    gives 0.
    """
    return _round(_pv_annuity(pmt_fen, n, rate_bp, timing, growth_bp, first_grown), "pmt_fen")


def fv(pv_fen: int, rate_bp: int, n: int) -> int:
    """What an amount has grown to after n years, fen: pv·(1+rate)^n."""
    return _round(_money(pv_fen, "pv_fen") * _rate(rate_bp, "rate_bp") ** _duration(n, "n"), "pv_fen")


def pv(fv_fen: int, rate_bp: int, n: int) -> int:
    """What an amount due in n years is worth today, fen: fv / (1+rate)^n."""
    return _round(_money(fv_fen, "fv_fen") / _rate(rate_bp, "rate_bp") ** _duration(n, "n"), "fv_fen")


def pmt_for_fv(target_fen: int, n: int, rate_bp: int, timing: Timing, monthly: Monthly | None = None) -> int:
    """The level payment that grows to `target_fen` in n years, fen a year; with `monthly`, fen a month.

    A month's rate is (1+i)^(1/12) − 1 (`effective`, to 30 digits, rounded down) or i/12 (`nominal`); `simple` is a
    twelfth of the yearly payment.
    """
    return _level(_money(target_fen, "target_fen"), n, rate_bp, timing, monthly, "target_fen", at_end=True)


def pmt_for_pv(value_fen: int, n: int, rate_bp: int, timing: Timing, monthly: Monthly | None = None) -> int:
    """The level payment over n years that is worth `value_fen` today; fen a year or a month, as in `pmt_for_fv`."""
    return _level(_money(value_fen, "value_fen"), n, rate_bp, timing, monthly, "value_fen", at_end=False)


def income_multiple(income_fen: int, k: int) -> int:
    """k years of income, fen (倍数法: a folk rule, shown as a range only)."""
    return _round(_amount(income_fen, "income_fen") * _duration(k, "k"), "income_fen")


def part_of(amount_fen: int, bp: int, parts: int) -> int:
    """amount × share ÷ parts, fen: a tenth of an income, a twelfth of a year's."""
    return _round(_money(amount_fen, "amount_fen") * _share(bp, "bp") / _positive(parts, "parts"), "amount_fen")


def shares_fen(amounts_fen: Sequence[int], shares_bp: Sequence[int]) -> int:
    """Σ amount × share, fen, rounded once."""
    pairs = zip(amounts_fen, shares_bp, strict=True)
    total = sum((_amount(fen, "amounts_fen") * _share(bp, "shares_bp") for fen, bp in pairs), Fraction(0))
    return _round(total, "amounts_fen")


def retirement_today(
    yearly_fen: int, years_to_go: int, years_over: int, growth_before_bp: int, growth_after_bp: int, rate_bp: int
) -> int:
    """What a yearly amount (in today's prices) from a later day on is worth today, fen.

    It grows with `growth_before_bp` until that day and with `growth_after_bp` from it; paid at the start of each year.
    """
    wait, rate = _duration(years_to_go, "years_to_go"), _rate(rate_bp, "rate_bp")
    first = _amount(yearly_fen, "yearly_fen") * _rate(growth_before_bp, "growth_before_bp") ** wait
    factor = _annuity(Fraction(1), years_over, rate_bp, "begin", growth_after_bp, False, "years_over")
    return _round(first * factor / rate**wait, "yearly_fen")


def proportional_claim(
    sum_insured_fen: int, value_fen: int, loss_fen: int, required_bp: int = WHOLE, deductible_fen: int = 0
) -> int:
    """What an under-insured building pays, fen: min(loss × min(1, SI/(value × required)), SI) − deductible, never < 0."""
    insured, loss = _amount(sum_insured_fen, "sum_insured_fen"), _amount(loss_fen, "loss_fen")
    should = _amount(value_fen, "value_fen") * _share(required_bp, "required_bp")
    part = min(Fraction(1), insured / should) if should else Fraction(1)
    paid = min(loss * part, insured) - _amount(deductible_fen, "deductible_fen")
    return _round(max(Fraction(0), paid), "loss_fen")


# Methods


def hlv(
    income_fen: int,
    years: int,
    rate_bp: int,
    timing_income: Timing,
    timing_cost: Timing,
    own_cost_fen: int | None = None,
    own_ratio_bp: int | None = None,
    g_income_bp: int = 0,
    g_cost_bp: int = 0,
    cost_years: int | None = None,
) -> Result:
    """Human life value: present value of after-tax income less that of what the person consumes.

    The own cost is an amount a year or a share of the first year's income; both grow from their second payment on. Its
    years may be others than those of the income. Line `own_cost` is negative.
    """
    income = _amount(income_fen, "income_fen")
    if (own_cost_fen is None) == (own_ratio_bp is None):
        raise KernelError("one_of", "own_cost_fen")
    if own_ratio_bp is None:
        cost = _amount(own_cost_fen, "own_cost_fen")
    else:
        cost = income * _share(own_ratio_bp, "own_ratio_bp")
    over = years if cost_years is None else cost_years
    earned = _annuity(income, years, rate_bp, timing_income, g_income_bp, False, "years", "timing_income")
    spent = _annuity(cost, over, rate_bp, timing_cost, g_cost_bp, False, "cost_years", "timing_cost")
    return _result([("income", earned), ("own_cost", -spent)], [])


def needs(
    lump_sums_fen: Sequence[int], income_needs: Iterable[Mapping[str, Any]], resources_fen: Sequence[int]
) -> Result:
    """Survivors' needs: lump sums and dated incomes, less what is there.

    An income need is `pv_annuity`'s arguments and `start`: it begins so many years from today and is brought to today.
    Lines `lump.0 …`, `income.0 …`, `resource.0 …` in the order given.
    """
    need = _numbered("lump", lump_sums_fen, "lump_sums_fen")
    for index, each in enumerate(income_needs):
        arguments = dict(each)
        start = _duration(arguments.pop("start", 0), "start")
        _amount(arguments["pmt_fen"], "pmt_fen")
        need.append((f"income.{index}", _pv_annuity(**arguments) / _rate(arguments["rate_bp"], "rate_bp") ** start))
    return _result(need, _numbered("resource", resources_fen, "resources_fen"))


def survivor_living(
    spending_fen: int,
    years: int,
    child_years: int,
    with_child_bp: int,
    without_child_bp: int,
    partner_income_fen: int,
    partner_years: int,
    partner_pension_fen: int | None,
    cpi_bp: int,
    wage_bp: int,
    rate_bp: int,
    pension_ratio_bp: int,
) -> int:
    """What the family lacks to live on after a death, present value in fen (the line `life.living`).

    Year by year from t = 0: spending × what is left of it, grown with prices, less the partner's income (grown with
    wages, while it lasts) or pension, never below zero, discounted to today. `with_child_bp` of the spending is left
    while a child is at home, `without_child_bp` after that. A pension of None is `pension_ratio_bp` of the last wage.
    """
    prices, wages, rate = _rate(cpi_bp, "cpi_bp"), _rate(wage_bp, "wage_bp"), _rate(rate_bp, "rate_bp")
    spending, income = _amount(spending_fen, "spending_fen"), _amount(partner_income_fen, "partner_income_fen")
    child, alone = _share(with_child_bp, "with_child_bp"), _share(without_child_bp, "without_child_bp")
    working = _duration(partner_years, "partner_years")
    if partner_pension_fen is None:
        pension = income * wages**working * _share(pension_ratio_bp, "pension_ratio_bp")
    else:
        pension = _amount(partner_pension_fen, "partner_pension_fen")
    at_home = _duration(child_years, "child_years")
    total = Fraction(0)
    for t in range(_duration(years, "years")):
        needed = spending * (child if t < at_home else alone) * prices**t
        coming = income * wages**t if t < working else pension
        total += max(Fraction(0), needed - coming) / rate**t
    return _round(total, "spending_fen")


def capital_retention(
    annual_need_fen: int,
    rate_bp: int,
    lump_sums_fen: int,
    resources_fen: int,
    first_year_adjust: Literal["none", "half"] = "none",
) -> Result:
    """The capital whose yield pays the need for ever: need/rate + lump sums − resources (资本保留法).

    `half` adds half a year's need, because the first year earns nothing yet. The rate must be above zero.
    """
    annual = _amount(annual_need_fen, "annual_need_fen")
    if _rate(rate_bp, "rate_bp") <= 1:
        raise KernelError("bad_rate", "rate_bp")
    _choice(first_year_adjust, ("none", "half"), "first_year_adjust")
    need = [("income", annual / Fraction(rate_bp, WHOLE))]
    if first_year_adjust == "half":
        need.append(("first_year", annual / 2))
    need.append(("lump_sums", _amount(lump_sums_fen, "lump_sums_fen")))
    return _result(need, [("resources", _amount(resources_fen, "resources_fen"))])


def capital_liquidation(
    annual_need_fen: int, n: int, rate_bp: int, timing: Timing, lump_sums_fen: int, resources_fen: int
) -> Result:
    """The capital that is used up after n years: PV of the need + lump sums − resources."""
    income = _annuity(_amount(annual_need_fen, "annual_need_fen"), n, rate_bp, timing, 0, False)
    need = [("income", income), ("lump_sums", _amount(lump_sums_fen, "lump_sums_fen"))]
    return _result(need, [("resources", _amount(resources_fen, "resources_fen"))])


def dime(
    debt_fen: int,
    income_fen: int,
    years: int,
    mortgage_fen: int,
    education_fen: int,
    final_fen: int = 0,
    resources_fen: int = 0,
) -> Result:
    """Debt, income × years, mortgage, education and final expenses, less what is there; nothing discounted."""
    need = [
        ("debt", _amount(debt_fen, "debt_fen")),
        ("income", _amount(income_fen, "income_fen") * _duration(years, "years")),
        ("mortgage", _amount(mortgage_fen, "mortgage_fen")),
        ("education", _amount(education_fen, "education_fen")),
        ("final", _amount(final_fen, "final_fen")),
    ]
    return _result(need, [("resources", _amount(resources_fen, "resources_fen"))])


def dink(debts_fen: Sequence[int], final_fen: int, share_bp: int = 5_000) -> Result:
    """Two incomes and no children: the share of the joint debts and one's own final expenses."""
    share = _share(share_bp, "share_bp")
    debts = [(name, amount * share) for name, amount in _numbered("debt", debts_fen, "debts_fen")]
    return _result([*debts, ("final", _amount(final_fen, "final_fen"))], [])


def education(
    stages: Iterable[Mapping[str, int]],
    fee_growth_bp: int,
    rate_bp: int,
    grow_while_studying: bool = True,
    saved_fen: int = 0,
    value_at: int = 0,
) -> Result:
    """School fees by stage `{start, years, fee_fen}`, valued `value_at` years from today; one line a stage.

    `start` is in years from today, below zero for a stage already begun: only what is still to come counts. A fee at
    today's price grows to the year it is paid, or, unless `grow_while_studying`, to the year the stage begins. Fees
    fall at the start of the year. `saved_fen` is today's money and moves with the rate.
    """
    growth, rate = _rate(fee_growth_bp, "fee_growth_bp"), _rate(rate_bp, "rate_bp")
    moved = rate ** _duration(value_at, "value_at")
    need = []
    for index, stage in enumerate(stages):
        fee, start = _amount(stage["fee_fen"], "fee_fen"), _years(stage["start"], "start")
        paid = range(max(0, start), start + _duration(stage["years"], "years"))
        grown = [(growth ** (year if grow_while_studying else max(0, start))) / rate**year for year in paid]
        need.append((f"stage.{index}", fee * sum(grown, Fraction(0)) * moved))
    return _result(need, [("saved", _amount(saved_fen, "saved_fen") * moved)])


def education_saving(
    stages: Iterable[Mapping[str, int]],
    fee_growth_bp: int,
    rate_bp: int,
    pay_years: int,
    timing: Timing,
    grow_while_studying: bool = True,
    saved_fen: int = 0,
    value_at: int = 0,
) -> EducationSaving:
    """`education`, and the level yearly saving over `pay_years` from today that closes its gap (0 when there is none)."""
    found = education(stages, fee_growth_bp, rate_bp, grow_while_studying, saved_fen, value_at)
    today = shortfall(found["gap_fen"]) / _rate(rate_bp, "rate_bp") ** value_at
    factor = _factor(_positive(pay_years, "pay_years"), _rate(rate_bp, "rate_bp"), timing)
    return {**found, "yearly_saving_fen": _round(today / factor, "stages")}


def retirement(
    spend_today_fen: int,
    pension_today_fen: int,
    years_to_retire: int,
    years_retired: int,
    cpi_bp: int,
    pension_growth_bp: int,
    rate_before_bp: int,
    rate_after_bp: int,
    saved_fen: int,
    saving_timing: Timing = "end",
) -> Retirement:
    """What is needed on the day of retirement, fen of that day; the gap also in today's money and as a yearly saving.

    Spending grows with prices, the pension with `pension_growth_bp` until retirement and with prices after it; both
    fall at the start of the year. Line `pension` is negative: the need is what the pension leaves open.
    `yearly_saving_fen` is None when retirement is today: nothing can be saved for it any more.
    """
    to_go = _duration(years_to_retire, "years_to_retire")
    before = _rate(rate_before_bp, "rate_before_bp")
    spend = _amount(spend_today_fen, "spend_today_fen") * _rate(cpi_bp, "cpi_bp") ** to_go
    pension = _amount(pension_today_fen, "pension_today_fen") * _rate(pension_growth_bp, "pension_growth_bp") ** to_go
    factor = _annuity(Fraction(1), years_retired, rate_after_bp, "begin", cpi_bp, False, "years_retired")
    saved = _amount(saved_fen, "saved_fen") * before**to_go
    found = _result([("spending", spend * factor), ("pension", -pension * factor)], [("saved", saved)])
    _choice(saving_timing, ("begin", "end"), "saving_timing")
    gap_today = Fraction(found["gap_fen"]) / before**to_go
    yearly = None
    if to_go:
        yearly = _round(shortfall(found["gap_fen"]) / (_factor(to_go, before, saving_timing) * before**to_go), "gap")
    return {**found, "gap_today_fen": _round(gap_today, "saved_fen"), "yearly_saving_fen": yearly}


def ci(
    treatment_fen: int,
    rehab_fen: int,
    income_fen: int,
    income_years: int,
    carer_income_fen: int,
    carer_share_bp: int,
    carer_years: int,
    existing_fen: int,
) -> Result:
    """Critical illness: treatment and recovery, the income lost, the carer's income lost, less cover in force."""
    carer = _amount(carer_income_fen, "carer_income_fen") * _share(carer_share_bp, "carer_share_bp")
    need = [
        ("treatment", _amount(treatment_fen, "treatment_fen")),
        ("rehab", _amount(rehab_fen, "rehab_fen")),
        ("income_loss", _amount(income_fen, "income_fen") * _duration(income_years, "income_years")),
        ("carer_loss", carer * _duration(carer_years, "carer_years")),
    ]
    return _result(need, [("existing", _amount(existing_fen, "existing_fen"))])


def disability(
    income_fen: int,
    ratio_bp: int,
    essential_monthly_fen: int,
    sick_pay_fen: int,
    social_fen: int,
    other_fen: int,
    existing_fen: int,
    monthly: bool = True,
) -> Result:
    """Income when one cannot work: a share of income, or essential spending if that is more, less what comes in.

    `income_fen` is a year's, all other amounts a month's; the answer is a month's, or a year's unless `monthly`.
    """
    share = _amount(income_fen, "income_fen") * _share(ratio_bp, "ratio_bp") / 12
    times = 1 if monthly else 12
    target = max(share, _amount(essential_monthly_fen, "essential_monthly_fen"))
    have = {"sick_pay": sick_pay_fen, "social": social_fen, "other": other_fen, "existing": existing_fen}
    return _result(
        [("target", target * times)], [(name, _amount(fen, f"{name}_fen") * times) for name, fen in have.items()]
    )


# Inside


def _result(need: list[tuple[str, Fraction]], have: list[tuple[str, Fraction]]) -> Result:
    lines: list[Line] = [{"id": name, "side": "need", "fen": _round(value, name)} for name, value in need]
    lines += [{"id": name, "side": "have", "fen": _round(value, name)} for name, value in have]
    need_fen = _held(sum(line["fen"] for line in lines if line["side"] == "need"), "need_fen")
    have_fen = _held(sum(line["fen"] for line in lines if line["side"] == "have"), "have_fen")
    gap_fen = _held(need_fen - have_fen, "gap_fen")
    return {"need_fen": need_fen, "have_fen": have_fen, "gap_fen": gap_fen, "lines": lines}


def _numbered(name: str, amounts: Sequence[int], field: str) -> list[tuple[str, Fraction]]:
    return [(f"{name}.{index}", _amount(fen, field)) for index, fen in enumerate(amounts)]


def _pv_annuity(
    pmt_fen: int, n: int, rate_bp: int, timing: Timing, growth_bp: int = 0, first_grown: bool = False
) -> Fraction:
    return _annuity(_money(pmt_fen, "pmt_fen"), n, rate_bp, timing, growth_bp, first_grown)


def _annuity(
    pmt: Fraction,
    n: int,
    rate_bp: int,
    timing: Timing,
    growth_bp: int,
    first_grown: bool,
    years_field: str = "n",
    timing_field: str = "timing",
) -> Fraction:
    """Σ pmt·(1+g)^k/(1+r)^t, exact: a geometric sum of (1+g)/(1+r), with the first payment moved to where it falls."""
    years = _years(n, years_field)
    rate, growth = _rate(rate_bp, "rate_bp"), _rate(growth_bp, "growth_bp")
    _choice(timing, ("begin", "end"), timing_field)
    if years <= 0:
        return Fraction(0)
    first = pmt * (growth if first_grown else 1) / (rate if timing == "end" else 1)
    return first * _geometric(growth / rate, years)


def _geometric(q: Fraction, n: int) -> Fraction:
    """1 + q + … + q^(n−1)."""
    return Fraction(n) if q == 1 else (1 - q**n) / (1 - q)


def _factor(n: int, rate: Fraction, timing: Timing) -> Fraction:
    """What 1 a period for n periods is worth at the start of the first."""
    _choice(timing, ("begin", "end"), "timing")
    value = _geometric(1 / rate, n)
    return value if timing == "begin" else value / rate


def _level(
    amount: Fraction, n: int, rate_bp: int, timing: Timing, monthly: Monthly | None, field: str, *, at_end: bool
) -> int:
    years, rate = _positive(n, "n"), _rate(rate_bp, "rate_bp")
    _choice(monthly, (None, "effective", "nominal", "simple"), "monthly")
    periods, parts = years, 1
    if monthly == "simple":
        parts = 12
    elif monthly is not None:
        periods = 12 * years
        rate = _monthly_root(rate) if monthly == "effective" else 1 + (rate - 1) / 12
    value = amount / rate**periods if at_end else amount
    return _round(value / _factor(periods, rate, timing) / parts, field)


def _monthly_root(rate: Fraction) -> Fraction:
    """(1+i)^(1/12), rounded down to 30 digits: the only root in the house."""
    scale = 10**ROOT_DIGITS
    target = rate.numerator * scale**12 // rate.denominator
    return Fraction(_twelfth_root(target), scale)


def _twelfth_root(number: int) -> int:
    """The largest integer whose 12th power is at most `number` (Newton from above)."""
    guess = 1 << (number.bit_length() // 12 + 1)
    while True:
        better = (11 * guess + number // guess**11) // 12
        if better >= guess:
            return guess
        guess = better


def _round(value: Fraction, field: str) -> int:
    """To the fen, half up (towards plus infinity at exactly half a fen)."""
    return _held((2 * value.numerator + value.denominator) // (2 * value.denominator), field)


def _held(fen: int, field: str) -> int:
    if abs(fen) > MOST_FEN:
        raise KernelError("too_large", field)
    return fen


def _whole(value: Any, field: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise KernelError("not_whole", field)
    return value


def _money(value: Any, field: str) -> Fraction:
    return Fraction(_held(_whole(value, field), field))


def _amount(value: Any, field: str) -> Fraction:
    """Money that cannot be below zero."""
    amount = _money(value, field)
    if amount < 0:
        raise KernelError("negative", field)
    return amount


def _rate(value: Any, field: str) -> Fraction:
    """1 + the rate."""
    if not LEAST_RATE <= _whole(value, field) <= MOST_RATE:
        raise KernelError("bad_rate", field)
    return 1 + Fraction(value, WHOLE)


def _share(value: Any, field: str) -> Fraction:
    if not 0 <= _whole(value, field) <= MOST_RATE:
        raise KernelError("bad_share", field)
    return Fraction(value, WHOLE)


def _years(value: Any, field: str) -> int:
    if abs(_whole(value, field)) > MOST_YEARS:
        raise KernelError("bad_years", field)
    return int(value)


def _duration(value: Any, field: str) -> int:
    if _years(value, field) < 0:
        raise KernelError("bad_years", field)
    return int(value)


def _positive(value: Any, field: str) -> int:
    if _years(value, field) < 1:
        raise KernelError("bad_years", field)
    return int(value)


def _choice(value: Any, allowed: tuple[Any, ...], field: str) -> None:
    if value not in allowed:
        raise KernelError("bad_choice", field)
