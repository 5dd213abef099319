"""The kernel against hand-worked figures, against sums taken term by term, and against its twin on the phone."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.needs import kernel
from portal.needs.kernel import KernelError
from tests.portal.needs.twins import POSITIONAL, ROOT, python

MANY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
YUAN = 100


# By hand, from compound-interest tables


@pytest.mark.parametrize(
    "fen, given",
    [
        # 10 payments of 1,000 at 5 %: 7.721735 at the end of the year, 8.107822 at its beginning.
        (772_173, {"pmt_fen": 100_000, "n": 10, "rate_bp": 500, "timing": "end"}),
        (810_782, {"pmt_fen": 100_000, "n": 10, "rate_bp": 500, "timing": "begin"}),
        # No interest at all, and growth that equals the interest: n payments.
        (1_000_000, {"pmt_fen": 100_000, "n": 10, "rate_bp": 0, "timing": "begin"}),
        (1_000_000, {"pmt_fen": 100_000, "n": 10, "rate_bp": 250, "timing": "begin", "growth_bp": 250}),
        # Two payments, the first one grown: 1,050/1.05 + 1,102.5/1.1025.
        (200_000, {"pmt_fen": 100_000, "n": 2, "rate_bp": 500, "timing": "end", "growth_bp": 500, "first_grown": True}),
        # 1,000 and 1,100 at 10 %, paid at the end: 909.0909 + 909.0909.
        (181_818, {"pmt_fen": 100_000, "n": 2, "rate_bp": 1000, "timing": "end", "growth_bp": 1000}),
        # A real rate below zero: prices rise faster than money earns.
        (2_010, {"pmt_fen": 1_000, "n": 2, "rate_bp": 0, "timing": "begin", "growth_bp": 100}),
        (0, {"pmt_fen": 100_000, "n": 0, "rate_bp": 500, "timing": "end"}),
        (0, {"pmt_fen": 100_000, "n": -3, "rate_bp": 500, "timing": "end"}),
    ],
)
def test_annuities(fen, given):
    assert kernel.pv_annuity(**given) == fen


def test_an_amount_moves_in_time():
    assert kernel.fv(pv_fen=100_000, rate_bp=500, n=10) == 162_889
    assert kernel.pv(fv_fen=162_889, rate_bp=500, n=10) == 100_000
    assert kernel.fv(pv_fen=-50, rate_bp=0, n=3) == -50


def test_level_payments():
    # Sinking fund factor for 10 years at 5 %: 0.0795046; at the beginning of the year 0.0757187.
    assert kernel.pmt_for_fv(10_000_000, 10, 500, "end") == 795_046
    assert kernel.pmt_for_fv(10_000_000, 10, 500, "begin") == 757_186
    # Capital recovery factor: 0.1295046.
    assert kernel.pmt_for_pv(10_000_000, 10, 500, "end") == 1_295_046
    # A loan of a million over 30 years at 4.9 % nominal, monthly: 5,307.27 yuan.
    assert kernel.pmt_for_pv(100_000_000, 30, 490, "end", "nominal") == 530_727
    assert kernel.pmt_for_pv(12_000, 1, 0, "end", "simple") == 1_000


def test_the_monthly_rate_compounds_to_the_yearly_one():
    root = kernel._monthly_root(Fraction(112, 100))
    assert root**12 <= Fraction(112, 100) < (root + Fraction(1, 10**30)) ** 12
    # One year of effective months grows to what a year's interest says.
    monthly = kernel.pmt_for_fv(1_000_000, 1, 1200, "end", "effective")
    assert monthly == 79_073


def test_half_a_fen_goes_up():
    assert kernel.part_of(1, 5_000, 1) == 1
    assert kernel.part_of(-1, 5_000, 1) == 0
    assert kernel.part_of(3, 5_000, 1) == 2


def test_human_life_value():
    found = kernel.hlv(10_000_000, 2, 0, "end", "end", own_ratio_bp=3000)
    assert found["need_fen"] == 14_000_000
    assert [line["fen"] for line in found["lines"]] == [20_000_000, -6_000_000]
    # The cost goes on for longer than the income.
    assert kernel.hlv(10_000_000, 2, 0, "end", "end", own_cost_fen=1_000_000, cost_years=5)["need_fen"] == 15_000_000


def test_needs_of_the_survivors():
    income = {"pmt_fen": 1_000_000, "n": 2, "rate_bp": 1000, "timing": "begin", "start": 1}
    found = kernel.needs([500_000], [income], [300_000])
    # (1 + 1/1.1) / 1.1 = 1.735537
    assert found["need_fen"] == 500_000 + 1_735_537
    assert found["gap_fen"] == 1_935_537


def test_capital_kept_and_capital_used_up():
    kept = kernel.capital_retention(6_000_000, 400, 1_000_000, 11_000_000)
    assert kept["gap_fen"] == 150_000_000 + 1_000_000 - 11_000_000
    assert kernel.capital_retention(6_000_000, 400, 0, 0, "half")["need_fen"] == 153_000_000
    assert kernel.capital_liquidation(100_000, 10, 500, "end", 0, 0)["need_fen"] == 772_173


def test_dime_and_dink_and_the_multiple():
    found = kernel.dime(100, 1_000, 10, 500, 300, 50, 200)
    assert (found["need_fen"], found["gap_fen"]) == (10_950, 10_750)
    assert kernel.dink([101, 200], 50)["need_fen"] == 51 + 100 + 50
    assert kernel.income_multiple(1_000, 10) == 10_000


def test_education():
    stages = [{"start": 1, "years": 2, "fee_fen": 100_000}, {"start": -1, "years": 3, "fee_fen": 100_000}]
    flat = kernel.education(stages, 0, 0)
    # Of the stage that began a year ago two years are still to come.
    assert [line["fen"] for line in flat["lines"]] == [200_000, 200_000, 0]
    grown = kernel.education(stages[:1], 1000, 0)
    assert grown["need_fen"] == 110_000 + 121_000
    frozen = kernel.education(stages[:1], 1000, 0, grow_while_studying=False)
    assert frozen["need_fen"] == 220_000
    # Valued a year from now, with savings that have grown until then.
    moved = kernel.education(stages[:1], 0, 1000, saved_fen=100_000, value_at=1)
    assert moved["need_fen"] == 100_000 + 90_909 + 0
    assert moved["have_fen"] == 110_000


def test_education_saving_closes_the_gap():
    stages = [{"start": 10, "years": 4, "fee_fen": 3_500_000}]
    found = kernel.education_saving(stages, 400, 250, 10, "end")
    grows_to = found["yearly_saving_fen"] * sum(Fraction(41, 40) ** k for k in range(10))
    assert abs(grows_to - found["gap_fen"] * Fraction(41, 40) ** 10) < 10
    assert kernel.education_saving(stages, 400, 250, 10, "end", saved_fen=10**9)["yearly_saving_fen"] == 0


def test_retirement():
    found = kernel.retirement(1_200_000, 400_000, 1, 2, 1000, 0, 0, 1000, 100_000)
    # Spending 1,320,000 a year, the pension 400,000; afterwards both grow as fast as money earns: twice.
    assert (found["need_fen"], found["gap_fen"]) == (1_840_000, 1_740_000)
    assert (found["gap_today_fen"], found["yearly_saving_fen"]) == (1_740_000, 1_740_000)
    today = kernel.retirement(100, 0, 0, 1, 0, 0, 0, 0, 0)
    assert today["yearly_saving_fen"] is None
    assert kernel.retirement(100, 0, 5, 0, 0, 0, 0, 0, 0)["need_fen"] == 0


def test_critical_illness_and_disability():
    found = kernel.ci(10_000_000, 5_000_000, 20_000_000, 3, 10_000_000, 5000, 1, 30_000_000)
    assert found["need_fen"] == 10_000_000 + 5_000_000 + 60_000_000 + 5_000_000
    assert found["gap_fen"] == 50_000_000
    monthly = kernel.disability(12_000_000, 7000, 500_000, 100_000, 0, 0, 50_000)
    assert (monthly["need_fen"], monthly["gap_fen"]) == (700_000, 550_000)
    assert kernel.disability(12_000_000, 7000, 900_000, 0, 0, 0, 0, monthly=False)["need_fen"] == 10_800_000


def test_an_under_insured_building_pays_in_proportion():
    assert kernel.proportional_claim(60, 100, 50) == 30
    assert kernel.proportional_claim(80, 100, 50, required_bp=8000) == 50
    assert kernel.proportional_claim(60, 100, 50, deductible_fen=40) == 0
    assert kernel.proportional_claim(60, 0, 80) == 60


def test_more_than_enough_is_no_shortfall():
    gap = kernel.dink([], 100)["gap_fen"] - 500
    assert (kernel.shortfall(gap), kernel.surplus(gap)) == (0, 400)


@pytest.mark.parametrize(
    "code, field, call",
    [
        ("not_whole", "pv_fen", lambda: kernel.fv(1.5, 0, 1)),
        ("not_whole", "pv_fen", lambda: kernel.fv(True, 0, 1)),
        ("bad_rate", "rate_bp", lambda: kernel.pv(100, -10_000, 1)),
        ("bad_rate", "rate_bp", lambda: kernel.capital_retention(100, 0, 0, 0)),
        ("bad_years", "n", lambda: kernel.pmt_for_fv(100, 0, 0, "end")),
        ("bad_years", "n", lambda: kernel.fv(100, 0, 151)),
        ("bad_choice", "timing", lambda: kernel.pv_annuity(100, 1, 0, "middle")),
        ("negative", "income_fen", lambda: kernel.income_multiple(-1, 10)),
        ("bad_share", "share_bp", lambda: kernel.dink([1], 1, -1)),
        ("one_of", "own_cost_fen", lambda: kernel.hlv(1, 1, 0, "end", "end")),
        ("too_large", "pv_fen", lambda: kernel.fv(10**15, 100_000, 10)),
        ("too_large", "income_fen", lambda: kernel.income_multiple(10**17, 1)),
    ],
)
def test_what_nothing_can_be_computed_from(code, field, call):
    with pytest.raises(KernelError) as fault:
        call()
    assert (fault.value.code, fault.value.field) == (code, field)


# Term by term


def around(value: Fraction) -> int:
    return (2 * value + 1).__floor__() // 2


money = st.sampled_from([0, 1, 10**12]) | st.integers(0, 10**7) | st.integers(0, 10**11)
rates = st.sampled_from([0, 200, 250]) | st.integers(-500, 1500)
years = st.integers(0, 60)
timings = st.sampled_from(["begin", "end"])


@MANY
@given(money, years, rates, timings, rates, st.booleans())
def test_an_annuity_is_the_sum_of_its_payments(pmt, n, rate, timing, growth, grown):
    r, g = 1 + Fraction(rate, 10_000), 1 + Fraction(growth, 10_000)
    first = 0 if timing == "begin" else 1
    total = sum((pmt * g ** (k + grown) / r ** (k + first) for k in range(n)), Fraction(0))
    assert kernel.pv_annuity(pmt, n, rate, timing, growth, grown) == around(total)


@MANY
@given(money, years, years, money, years, rates, rates, rates)
def test_the_family_lacks_what_is_not_coming_in(spending, n, child, income, working, cpi, wage, rate):
    g, w, d = (1 + Fraction(each, 10_000) for each in (cpi, wage, rate))
    lacking = Fraction(0)
    for t in range(n):
        need = spending * g**t * (Fraction(7, 10) if t < child else Fraction(6, 10))
        coming = income * w**t if t < working else income * w**working * Fraction(4, 10)
        lacking += max(Fraction(0), need - coming) / d**t
    given = (spending, n, child, 7000, 6000, income, working, None, cpi, wage, rate, 4000)
    if around(lacking) <= kernel.MOST_FEN:
        assert kernel.survivor_living(*given) == around(lacking)


# The vectors, which a browser keeps too (tests/js/domain.js)


def test_the_vectors_are_kept():
    vectors = json.loads((ROOT / "tests" / "vectors" / "kernel.json").read_text())
    assert len(vectors) > 140
    assert [python(call, given) for call, given, _result in vectors] == [result for *_call, result in vectors]


# The twins


def named(**fields):
    return st.fixed_dictionaries(fields)


wild = st.sampled_from([-1, 10**17, 1.5, None, True]) | money
amounts = st.one_of(money, money, money, money, wild)
wild_rates = st.one_of(rates, rates, st.sampled_from([-10_000, 100_001]))
wild_years = st.one_of(years, years, years, st.sampled_from([-3, 150, 151]))
wild_timings = st.one_of(timings, timings, timings, st.just("middle"))
shares = st.integers(0, 10_000)
monthly = st.sampled_from([None, "effective", "nominal", "simple"])
stage = named(start=st.integers(-6, 20), years=st.integers(0, 8), fee_fen=money)
income_need = named(pmt_fen=money, n=years, rate_bp=rates, timing=timings, start=st.integers(0, 30))
studies = {
    "stages": st.lists(stage, max_size=4), "fee_growth_bp": wild_rates, "rate_bp": wild_rates, "grow_while_studying": st.booleans(),
    "saved_fen": amounts, "value_at": st.integers(0, 20),
}  # fmt: skip
life = {
    "income_fen": amounts, "years": wild_years, "rate_bp": wild_rates, "timing_income": timings, "timing_cost": wild_timings,
    "g_income_bp": rates, "g_cost_bp": rates,
}  # fmt: skip
CALLS = {
    "pv_annuity": named(pmt_fen=amounts, n=wild_years, rate_bp=wild_rates, timing=wild_timings, growth_bp=rates, first_grown=st.booleans()),
    "fv": named(pv_fen=amounts, rate_bp=wild_rates, n=wild_years),
    "pv": named(fv_fen=amounts, rate_bp=wild_rates, n=wild_years),
    "pmt_for_fv": named(target_fen=amounts, n=wild_years, rate_bp=wild_rates, timing=wild_timings, monthly=monthly),
    "pmt_for_pv": named(value_fen=amounts, n=wild_years, rate_bp=wild_rates, timing=wild_timings, monthly=monthly),
    "income_multiple": named(income_fen=amounts, k=wild_years),
    "part_of": named(amount_fen=wild, bp=shares, parts=st.integers(0, 12)),
    "proportional_claim": named(sum_insured_fen=amounts, value_fen=amounts, loss_fen=amounts, required_bp=shares, deductible_fen=amounts),
    "hlv": named(**life, own_cost_fen=amounts) | named(**life, own_ratio_bp=shares, cost_years=years) | named(**life),
    "needs": named(lump_sums_fen=st.lists(amounts, max_size=3), income_needs=st.lists(income_need, max_size=3), resources_fen=st.lists(amounts, max_size=3)),
    "capital_retention": named(annual_need_fen=amounts, rate_bp=wild_rates, lump_sums_fen=amounts, resources_fen=amounts, first_year_adjust=st.sampled_from(["none", "half"])),
    "capital_liquidation": named(annual_need_fen=amounts, n=wild_years, rate_bp=wild_rates, timing=wild_timings, lump_sums_fen=amounts, resources_fen=amounts),
    "dime": named(debt_fen=amounts, income_fen=amounts, years=wild_years, mortgage_fen=amounts, education_fen=amounts, final_fen=amounts, resources_fen=amounts),
    "dink": named(debts_fen=st.lists(amounts, max_size=3), final_fen=amounts, share_bp=shares),
    "education": named(**studies),
    "education_saving": named(**studies, pay_years=wild_years, timing=wild_timings),
    "retirement": named(spend_today_fen=amounts, pension_today_fen=amounts, years_to_retire=wild_years, years_retired=wild_years, cpi_bp=rates,
                        pension_growth_bp=rates, rate_before_bp=wild_rates, rate_after_bp=rates, saved_fen=amounts, saving_timing=wild_timings),
    "ci": named(treatment_fen=amounts, rehab_fen=amounts, income_fen=amounts, income_years=wild_years, carer_income_fen=amounts, carer_share_bp=shares,
                carer_years=wild_years, existing_fen=amounts),
    "disability": named(income_fen=amounts, ratio_bp=shares, essential_monthly_fen=amounts, sick_pay_fen=amounts, social_fen=amounts, other_fen=amounts,
                        existing_fen=amounts, monthly=st.booleans()),
    "survivor_living": st.tuples(amounts, wild_years, years, shares, shares, amounts, years, money | st.none(), rates, rates, wild_rates, shares),
    "retirement_today": st.tuples(amounts, wild_years, wild_years, rates, rates, wild_rates),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@MANY
@given(data=st.data())
def test_the_phone_computes_the_same(calculator, call, data):
    given = data.draw(CALLS[call])
    given = list(given) if call in POSITIONAL else given
    assert calculator.ask(call, given) == python(call, given)
