"""What a cover gives year by year, by hand and from the catalogue."""

from __future__ import annotations

from portal.products import premium
from portal.products.illustration import rows
from tests.portal.products.shelf import PEOPLE, SHELF, START, cover, plan
from tests.portal.products.twins import catalogue

ME, SHE, KID, OLD, DUE = PEOPLE


def drawn(coverage, person=ME, among=SHELF, start=START):
    quote = premium.priced(plan(coverage, start=start), among, [person])["coverages"][coverage["id"]]
    product = among["products"][coverage["product"]]
    return rows(coverage, product, quote, among["blobs"].get(product["body"]["values"]), person, start)


def column(found, name):
    return [row[name] for row in found]


def test_a_term_life_cover():
    found = drawn(cover("T@2", sum_fen=100_000_000))
    assert len(found) == 20
    assert found[1] == {
        "year": 2, "age": 32, "premium_fen": 124_000, "paid_fen": 248_000, "death_fen": 100_000_000, "ci_fen": 0,
        "survival_fen": 0, "cash_fen": 3_000, "dividend_fen": 0, "dividends_fen": 0,
    }  # fmt: skip
    # After the last value of the table there is none.
    assert column(found, "cash_fen")[2:5] == [5_000, 0, 0]


def test_nothing_is_agreed_about_a_cash_value():
    found = drawn(cover("S@1", term="y1", pay="y1", sum_fen=10_000_000, extras=["allowance"]))
    assert len(found) == 1
    # An accident is no death by any cause; the addition pays what it says.
    assert (found[0]["cash_fen"], found[0]["death_fen"], found[0]["ci_fen"]) == (None, 0, 5_000)
    assert drawn(cover("S@1", term="y1", pay="y1", sum_fen=10_000_000))[0]["ci_fen"] == 0


def test_savings_count_by_the_premium_and_the_larger_death_benefit_is_paid():
    found = drawn(cover("M@1", term="life", pay="y3", premium_fen=1_000_000))
    assert len(found) == 76
    assert column(found, "paid_fen")[:4] == [1_000_000, 2_000_000, 3_000_000, 3_000_000]
    assert column(found, "cash_fen")[:5] == [618_800, 1_517_780, 2_800_000, 3_000_000, 0]
    # 160 % of what was paid up to 40, afterwards only the value.
    assert column(found, "death_fen")[10:12] == [4_800_000, 0]
    # 70 % of 1.75 % on last year's reserve: 700,000, 1,600,000, 2,900,000, 3,100,000.
    assert column(found, "dividend_fen")[:6] == [0, 8_575, 19_600, 35_525, 37_975, 0]
    assert found[-1]["dividends_fen"] == 8_575 + 19_600 + 35_525 + 37_975


def test_payments_what_is_left_of_them_and_maturity():
    found = drawn(cover("A@1", term="a60", sum_fen=10_000_000))
    assert (len(found), found[-1]["age"]) == (30, 60)
    # Paid on the 33rd and 34th birthday.
    assert [row["age"] for row in found if row["survival_fen"] == 2_500_000] == [33, 34]
    assert found[-1]["survival_fen"] == 20 * 500_000 * 105 // 100
    # Death at 32, 33, 34: two, one and no payment left.
    assert {row["age"] - 1: row["death_fen"] for row in found if row["death_fen"]} == {32: 20_000_000, 33: 10_000_000}


def test_no_rows_without_a_price():
    product = SHELF["products"]["T@2"]
    one = cover("T@2", sum_fen=10_000_000)
    assert rows(one, product, {"errors": []}, None, ME, START) == []
    assert rows(one, product, {"yearly_fen": 1}, None, DUE, START) == []
    assert rows(one, None, {"yearly_fen": 1}, None, ME, START) == []
    assert rows(None, product, {"yearly_fen": 1}, None, ME, START) == []
    assert rows({**one, "term": "x"}, product, {"yearly_fen": 1}, None, ME, START) == []
    assert rows(cover("W@1"), SHELF["products"]["W@1"], {"yearly_fen": 1}, None, ME, START) == []


# The catalogue


def test_increasing_whole_life_is_worth_what_the_reference_says():
    # 1,000 yuan a year: the cash values of the reference, and the first year with more than was paid.
    person = {**ME, "birth_date": "1996-03-08"}
    # 5,000 yuan is the least; the values are five times those of 1,000.
    for pay, values in {
        "y5": {1: 60_996, 2: 151_778, 5: 480_388, 8: 509_792, 10: 530_387, 20: 646_539, 30: 788_128},
        "y3": {1: 61_880, 10: 305_177},
        "y10": {10: 1_055_891, 20: 1_287_126},
    }.items():
        found = drawn(cover("DF-W2@1", term="life", pay=pay, premium_fen=100_000), person, catalogue())
        assert {year: found[year - 1]["cash_fen"] for year in values} == values
    found = drawn(cover("DF-W2@1", term="life", pay="y5", premium_fen=100_000), person, catalogue())
    assert next(row["year"] for row in found if row["cash_fen"] >= row["paid_fen"]) == 8


def test_the_pension_is_guaranteed_for_twenty_years():
    found = drawn(cover("DF-R1@1", term="life", pay="y10", sum_fen=1_200_000), ME, catalogue())
    by_age = {row["age"]: row for row in found}
    assert by_age[59]["survival_fen"] == 0
    assert by_age[60]["survival_fen"] == by_age[105]["survival_fen"] == 1_200_000
    # Death in the year after the 60th birthday: 19 payments are left.
    assert by_age[61]["death_fen"] == 19 * 1_200_000
    assert (by_age[80]["death_fen"], by_age[81]["death_fen"]) == (0, 0)
    assert by_age[40]["dividends_fen"] > by_age[39]["dividends_fen"] > 0


def test_education_is_paid_in_quarters():
    found = drawn(
        cover("DF-E1@1", "kid", term="a21", pay="y10", sum_fen=10_000_000),
        {**KID, "relation": "self", "birth_date": "2026-01-01"},
        catalogue(),
    )
    assert {row["age"]: row["survival_fen"] for row in found if row["survival_fen"]} == dict.fromkeys(
        (18, 19, 20, 21), 2_500_000
    )
    assert column(found, "premium_fen").count(0) == 11
