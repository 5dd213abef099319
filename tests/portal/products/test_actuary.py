"""The rate engine against published tables, against sums taken life by life, and at the ends of its tables."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.products import actuary, mortality
from portal.products.actuary import Contract, Table
from portal.products.rating_tables import CI_LIFE, CI_TERM, EDUCATION, PENSION, TERM_LIFE, WHOLE_LIFE

ONE, ZERO = Decimal(1), Decimal(0)
SMALL = Decimal("1e-40")
MANY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def exact():
    """The tests work with as many digits as the engine."""
    with localcontext(actuary.EXACT):
        yield


def makeham(a: float, b: float, c: float, ages: range) -> Table:
    """The ultimate q of Makeham's law, whole years: what the two published tables are made of."""
    chances = (1 - math.exp(-a - b * c**age * (c - 1) / math.log(c)) for age in ages)
    return Table(ages[0], tuple(Decimal(repr(chance)) for chance in chances))


#: Standard Ultimate Life Table (SOA, FAM-L tables) at 5 %; Illustrative Life Table (SOA, MLC tables) at 6 %.
SULT, SULT_RATE = makeham(0.00022, 2.7e-6, 1.124, range(20, 130)), Decimal("0.05")
ILT, ILT_RATE = makeham(0.0007, 5e-5, 10**0.04, range(13, 121)), Decimal("0.06")


# Published tables


@pytest.mark.parametrize(
    "age, insurance, annuity",
    [
        (20, "0.04922", "19.9664"),
        (30, "0.07698", "19.3834"),
        (40, "0.12106", "18.4578"),
        (50, "0.18931", "17.0245"),
        (60, "0.29028", "14.9041"),
        (70, "0.42818", "12.0083"),
        (80, "0.59293", "8.5484"),
        (100, "0.87068", "2.7156"),
    ],
)
def test_whole_life_as_in_the_standard_ultimate_table(age, insurance, annuity):
    q = SULT.years(age)
    assert round(actuary.insurance(q, SULT_RATE, "end"), 5) == Decimal(insurance)
    assert round(actuary.annuity_due(q, SULT_RATE), 4) == Decimal(annuity)


@pytest.mark.parametrize(
    "age, years, endowment, annuity, pure",
    [
        (40, 10, "0.61494", "8.0863", "0.60920"),
        (40, 20, "0.38126", "12.9935", "0.36663"),
        (50, 20, "0.38844", "12.8428", "0.34824"),
        (60, 10, "0.62116", "7.9555", "0.57864"),
    ],
)
def test_endowments_as_in_the_standard_ultimate_table(age, years, endowment, annuity, pure):
    q = SULT.years(age, years)
    assert round(actuary.endowment(q, SULT_RATE, "end"), 5) == Decimal(endowment)
    assert round(actuary.annuity_due(q, SULT_RATE), 4) == Decimal(annuity)
    assert round(actuary.discounted(q, SULT_RATE)[-1], 5) == Decimal(pure)


@pytest.mark.parametrize(
    "age, insurance, annuity",
    [(20, "65.28", "16.5133"), (30, "102.48", "15.8561"), (40, "161.32", "14.8166"), (65, "439.80", "9.8969")],
)
def test_whole_life_as_in_the_illustrative_table(age, insurance, annuity):
    q = ILT.years(age)
    assert round(1000 * actuary.insurance(q, ILT_RATE, "end"), 2) == Decimal(insurance)
    assert round(actuary.annuity_due(q, ILT_RATE), 4) == Decimal(annuity)


def test_the_term_cover_of_a_man_of_30_as_worked_out_in_the_design():
    q = mortality.life("protection", "m", Decimal("0.50")).years(30, 20)
    assert round(actuary.insurance(q, Decimal("0.02")), 10) == Decimal("0.0144320023")
    assert round(actuary.annuity_due(q, Decimal("0.02")), 10) == Decimal("16.5832169603")
    contract = Contract(Decimal("0.02"), Decimal("0.30"), q, 20, claim=q)
    assert round(1_000_000 * contract.premium()) == 1243, "before the rate for 1,000 is rounded"


# Laws that hold for every table

chances = st.integers(0, 400_000).map(lambda n: Decimal(n).scaleb(-6))
rates = st.integers(0, 1000).map(lambda bp: Decimal(bp).scaleb(-4))
decrements = st.lists(chances, min_size=1, max_size=40).map(tuple)


@MANY
@given(decrements, rates)
def test_a_claim_in_the_middle_of_the_year_is_worth_half_a_year_more(q, rate):
    middle, end = actuary.insurance(q, rate, "middle"), actuary.insurance(q, rate, "end")
    with_root = actuary.EXACT.multiply(end, actuary.EXACT.sqrt(1 + rate))
    assert abs(middle - with_root) < SMALL


@MANY
@given(decrements, rates)
def test_an_endowment_and_its_annuity_add_up(q, rate):
    """A = 1 − d·ä."""
    d = actuary.EXACT.divide(rate, 1 + rate)
    left = actuary.endowment(q, rate, "end")
    assert abs(left - (1 - actuary.EXACT.multiply(d, actuary.annuity_due(q, rate)))) < SMALL


@MANY
@given(st.lists(st.integers(0, 999), min_size=1, max_size=8), st.integers(0, 20))
def test_as_exact_as_fractions(thousandths, percent):
    """The decimals agree with rational arithmetic, which loses nothing, on claims at the end of the year."""
    v, alive, annuity, insurance = Fraction(100, 100 + percent), Fraction(1), Fraction(0), Fraction(0)
    for t, n in enumerate(thousandths):
        annuity += alive * v**t
        insurance += alive * v ** (t + 1) * Fraction(n, 1000)
        alive *= 1 - Fraction(n, 1000)
    q, rate = tuple(Decimal(n).scaleb(-3) for n in thousandths), Decimal(percent).scaleb(-2)
    assert abs(actuary.annuity_due(q, rate) - actuary.decimal(annuity)) < SMALL
    assert abs(actuary.insurance(q, rate, "end") - actuary.decimal(insurance)) < SMALL


@st.composite
def contracts(draw) -> Contract:
    q = draw(decrements)
    n = len(q)
    start = draw(st.integers(1, n))
    return Contract(
        draw(rates),
        draw(st.integers(0, 40).map(lambda bp: Decimal(bp).scaleb(-2))),
        q,
        draw(st.integers(1, start)),
        claim=draw(st.sampled_from([q, tuple(chance / 2 for chance in q)])),
        survival=tuple(Decimal(int(t >= start)) for t in range(n + 1)),
        certain=draw(st.none() | st.tuples(st.just(start), st.integers(1, 10))),
        timing=draw(st.sampled_from(["middle", "end"])),
    )


@MANY
@given(contracts())
def test_what_is_saved_is_what_is_needed(contract):
    """Looking back (premiums less claims, with interest) gives the same reserve as looking ahead, while all is paid in."""
    net = actuary.EXACT.multiply(contract.premium(), 1 - contract.expense)
    v = actuary.EXACT.divide(ONE, 1 + contract.rate)
    claim_factor = v if contract.timing == "end" else actuary.EXACT.sqrt(v)
    start = next(t for t, paid in enumerate(contract.survival) if paid)
    saved = ZERO
    for t, ahead in enumerate(contract.reserves()[: start - 1]):
        premium = net if t < contract.pay_years else ZERO
        saved = (saved + premium - contract.claim[t] * claim_factor) / (v * (1 - contract.decrement[t]))
        assert abs(saved - ahead) < Decimal("1e-30")


@MANY
@given(decrements, rates, st.integers(0, 5))
def test_premiums_given_back_are_paid_for(q, rate, expense):
    """The sum of everything expected in and out is nothing: premiums, expenses, payment at the end, premiums back."""
    n = len(q)
    survival = (*[ZERO] * n, ONE)
    contract = Contract(rate, Decimal(expense).scaleb(-2), q, n, survival=survival, refund_before=n, timing="end")
    d, v, gross = actuary.discounted(q, rate), actuary.EXACT.divide(ONE, 1 + rate), contract.premium()
    paid_in = sum(d[:n]) * gross * (1 - contract.expense)
    back = sum(d[t] * v * q[t] * gross * (t + 1) for t in range(n))
    assert abs(paid_in - back - d[n]) < Decimal("1e-20")


# Waiver and certain payments


def test_a_waiver_by_hand():
    """Three premiums of 1, ten in a hundred leave each year, 5 %: two or one premiums are waived, a year later."""
    tenth, v = Decimal("0.1"), 1 / Decimal("1.05")
    waived = tenth * v * (1 + v) + v * (1 - tenth) * tenth * v
    paid = 1 + v * (1 - tenth)
    assert abs(actuary.waiver((tenth, tenth), Decimal("0.05"), ZERO) - waived / paid) < Decimal("1e-25")


def test_certain_payments_do_not_ask_who_lives():
    assert actuary.annuity_certain(3, Decimal("0.25")) == Decimal("2.44"), "1 + 0.8 + 0.64"
    assert actuary.annuity_certain(0, Decimal("0.02")) == 0
    assert actuary.annuity_certain(-3, Decimal("0.02")) == 0


# The ends of the tables


def test_at_105_death_is_certain_and_illness_is_none():
    assert mortality.life("protection", "m", Decimal("0.5")).years(105) == (ONE,)
    assert mortality.illness("f", Decimal("0.85")).illness.years(105) == (ZERO,)
    assert mortality.illness("f", Decimal("0.85")).either.years(105) == (ONE,)


@pytest.mark.parametrize("sex", mortality.SEXES)
def test_whole_life_of_somebody_of_105_is_one_year(sex):
    q = mortality.life("protection", sex, Decimal("0.8")).years(105)
    contract = Contract(Decimal("0.02"), ZERO, q, 1, claim=q)
    assert round(contract.premium(), 8) == round(1 / Decimal("1.02").sqrt(), 8)
    assert contract.reserves() == [ZERO]


def test_whole_life_runs_106_years_from_birth():
    contract = WHOLE_LIFE.contract("f", 0, 106, 20)
    assert len(contract.cash_values()) == 106
    assert contract.cash_values()[-1] == 0, "nobody is left"


@pytest.mark.parametrize("age, years", [(-1, 1), (106, None), (100, 7), (107, 1)])
def test_a_table_has_no_ages_beyond_its_own(age, years):
    with pytest.raises(ValueError, match="not in a table"):
        mortality.life("annuity", "m").years(age, years)


def test_a_table_may_begin_at_any_age():
    table = Table(60, (Decimal("0.1"), Decimal("0.2"), ONE))
    assert table.years(61) == (Decimal("0.2"), ONE)
    assert table.last == 62
    with pytest.raises(ValueError, match="60 to 62"):
        table.years(59, 1)


@pytest.mark.parametrize("pay_years", [0, 11])
def test_premiums_are_paid_at_least_once_and_never_longer_than_the_term(pay_years):
    q = mortality.life("protection", "m").years(30, 10)
    with pytest.raises(ValueError, match="years of premiums"):
        Contract(Decimal("0.02"), ZERO, q, pay_years, claim=q)


def test_a_single_premium_is_the_value_of_everything():
    q = mortality.life("protection", "m").years(30, 10)
    single = Contract(Decimal("0.02"), ZERO, q, 1, claim=q)
    assert single.premium() == actuary.insurance(q, Decimal("0.02"))


def test_without_interest_and_death_a_saving_is_a_plain_division():
    saving = Contract(ZERO, ZERO, (ZERO,) * 4, 4, survival=(ZERO, ZERO, ZERO, ZERO, ONE))
    assert saving.premium() == Decimal("0.25")
    assert [round(value, 9) for value in saving.reserves()] == [Decimal(n) / 4 for n in (1, 2, 3)] + [0]


def test_surrender_gives_nine_tenths_first_and_all_of_it_in_the_end():
    assert actuary.surrender_share(1, 5) == Decimal("0.92")
    assert actuary.surrender_share(10, 30) == Decimal("0.95")
    assert [actuary.surrender_share(year, 30) for year in (20, 60)] == [ONE, ONE]
    assert actuary.surrender_share(1, 1) == ONE


def test_halves_are_rounded_up():
    assert [actuary.rounded(Decimal(text)) for text in ("0.5", "1.5", "2.4999", "-0.5")] == [1, 2, 2, -1]


# Products


def test_terms_that_no_contract_has():
    assert TERM_LIFE.lengths("a60", "a60", 60) is None, "over before it begins"
    assert TERM_LIFE.lengths("y30", "y30", 46) is None, "would run beyond 75"
    assert TERM_LIFE.lengths("y30", "y30", 45) == (30, 30)
    assert TERM_LIFE.lengths("y10", "y20", 30) is None, "premiums longer than the cover"
    assert TERM_LIFE.lengths("a60", "a60", 59) == (1, 1)
    assert PENSION.lengths("life", "y10", 51) is None, "premiums into the pension"
    assert EDUCATION.lengths("a21", "y10", 9) is None
    assert EDUCATION.lengths("a21", "single", 10) == (11, 1)


def test_a_pension_is_worth_what_is_still_certain_and_then_what_life_brings():
    contract = PENSION.contract("m", 30, 76, 10)
    values = contract.reserves()
    pension_q = mortality.life("annuity", "m").years(60)
    later = actuary.discounted(pension_q, contract.rate)
    due = actuary.annuity_certain(20, contract.rate) + sum(later[20:46])
    assert abs(values[29] + 1 - due) < SMALL, "the first pension of that day is paid and no longer counted"
    assert values[-2:] == [ZERO, ZERO], "after the pension at 105 nothing is ahead"


def test_an_education_endowment_ends_with_its_last_quarter():
    values = EDUCATION.contract("f", 5, 16, 10).reserves()
    assert values[-1] == 0
    assert round(values[-2], 4) == round(Decimal("0.25") / Decimal("1.02") * (1 - Decimal("0.000170")), 4)


@pytest.mark.parametrize("priced", [TERM_LIFE, WHOLE_LIFE, CI_LIFE, CI_TERM])
def test_a_reserve_of_what_was_never_paid_is_nothing(priced):
    """Cash values are never negative, even where a cheap start leaves the reserve below nothing."""
    term, pay, ages = next(iter(priced.cells()))
    for age in (ages[0], ages[-1]):
        lengths = priced.lengths(term, pay, age)
        assert min(priced.contract("m", age, *lengths).cash_values()) >= 0


# The public tables


@pytest.mark.parametrize("name", ["CL1", "CL2", "CL3", "CL4", "CL5", "CL6"])
def test_the_public_tables_have_every_age(name):
    table = mortality.TABLES[name]
    assert len(table) == 106
    assert all(0 < q < 1_000_000 for q in table[:-1])
    assert table[-1] == 1_000_000
    assert table[30:] == sorted(table[30:]), "from 30 on every year is a little more dangerous"


def test_some_cells_of_the_public_tables():
    assert [mortality.TABLES[name][30] for name in ("CL1", "CL2", "CL5", "CL6")] == [797, 340, 407, 175]
    assert [mortality.TABLES[name][0] for name in ("CL1", "CL2", "CL3", "CL4")] == [867, 620, 620, 455]
    assert (mortality.TABLES["CI-M"][40], mortality.TABLES["CI-K"][40]) == (2151, 4243)


def test_the_incidence_of_women_is_made_from_that_of_men():
    shares = {age: mortality.female_share(age) for age in (0, 10, 20, 35, 50, 65, 70, 104)}
    assert shares == {
        0: Fraction(95, 100),
        10: 1,
        20: Fraction(105, 100),
        35: Fraction(1225, 1000),
        50: Fraction(95, 100),
        65: Fraction(675, 1000),
        70: Fraction(65, 100),
        104: Fraction(65, 100),
    }
