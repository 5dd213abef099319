"""The rate engine: premiums by the equivalence principle, reserves and cash values.

Any table of chances from any first age, any interest, claims in the middle or at the end of the year, any term. Figures
are decimals of 50 digits, rounded once, half up, when a rate leaves. All amounts are for a sum of 1 unless told
otherwise; year t runs from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from typing import Literal

Timing = Literal["middle", "end"]
EXACT = Context(prec=50, rounding=ROUND_HALF_UP)
ONE, ZERO = Decimal(1), Decimal(0)


def decimal(value: Fraction | int | str | Decimal) -> Decimal:
    """A number with 50 digits."""
    if isinstance(value, Fraction):
        return EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    return Decimal(value)


def rounded(value: Decimal) -> int:
    """The nearest integer, halves away from zero."""
    return int(value.quantize(ONE, rounding=ROUND_HALF_UP, context=EXACT))


@dataclass(frozen=True)
class Table:
    """Yearly chances from a first age on."""

    first: int
    chances: tuple[Decimal, ...]

    @property
    def last(self) -> int:
        return self.first + len(self.chances) - 1

    def years(self, age: int, years: int | None = None) -> tuple[Decimal, ...]:
        """The chances of `years` years from `age` on, all there are for None. Raises ValueError beyond the table."""
        until = self.last + 1 if years is None else age + years
        if not (self.first <= age <= self.last and age <= until <= self.last + 1):
            raise ValueError(f"ages {age} to {until - 1} are not in a table of {self.first} to {self.last}")
        return self.chances[age - self.first : until - self.first]


def discounted(decrement: Sequence[Decimal], rate: Decimal) -> list[Decimal]:
    """D_t: the value today of 1 at the start of year t for who is still there; one more entry than years."""
    with localcontext(EXACT):
        v = ONE / (ONE + rate)
        values = [ONE]
        for chance in decrement:
            values.append(values[-1] * v * (ONE - chance))
        return values


def _claim_factor(rate: Decimal, timing: Timing) -> Decimal:
    v = ONE / (ONE + rate)
    return v if timing == "end" else v.sqrt()


def annuity_due(decrement: Sequence[Decimal], rate: Decimal, years: int | None = None) -> Decimal:
    """ä: 1 at the start of each year for who is still there."""
    with localcontext(EXACT):
        return sum(discounted(decrement, rate)[: len(decrement) if years is None else years], ZERO)


def annuity_certain(years: int, rate: Decimal) -> Decimal:
    """1 at the start of each of `years` years, whoever lives."""
    return annuity_due([ZERO] * max(0, years), rate)


def insurance(
    decrement: Sequence[Decimal], rate: Decimal, timing: Timing = "middle", claim: Sequence[Decimal] | None = None
) -> Decimal:
    """A: 1 in the year of the claim (`claim`: the chance of one where it is not that of leaving)."""
    with localcontext(EXACT):
        factor, ahead = _claim_factor(rate, timing), discounted(decrement, rate)
        chances = decrement if claim is None else claim
        return sum((d * factor * h for d, h in zip(ahead, chances, strict=False)), ZERO)


def endowment(decrement: Sequence[Decimal], rate: Decimal, timing: Timing = "middle") -> Decimal:
    """A with 1 at the end of the years for who is still there."""
    return EXACT.add(insurance(decrement, rate, timing), discounted(decrement, rate)[-1])


@dataclass(frozen=True)
class Contract:
    """What is paid and when, for a sum of 1: enough for the premium and for every reserve."""

    rate: Decimal
    #: Share of every premium that does not go into the cover.
    expense: Decimal
    #: The chance of leaving the contract in each year; its length is the term.
    decrement: tuple[Decimal, ...]
    pay_years: int
    #: The chance that the sum falls due in each year.
    claim: tuple[Decimal, ...] = ()
    #: Paid at the start of year t to who is there; one entry more than years, the last is paid at the very end.
    survival: tuple[Decimal, ...] = ()
    #: A first year and a number of years: 1 at the start of each, certain once the first year is reached.
    certain: tuple[int, int] | None = None
    #: Premiums paid are given back to who leaves before this year.
    refund_before: int = 0
    timing: Timing = "middle"
    _d: list[Decimal] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 1 <= self.pay_years <= self.term:
            raise ValueError(f"{self.pay_years} years of premiums in a term of {self.term}")
        object.__setattr__(self, "_d", discounted(self.decrement, self.rate))

    @property
    def term(self) -> int:
        return len(self.decrement)

    def _survival(self, year: int) -> Decimal:
        due = self.survival[year] if year < len(self.survival) else ZERO
        if self.certain and year == self.certain[0]:
            due += annuity_certain(self.certain[1], self.rate)
        return due

    def _refunds(self, year: int) -> int:
        """How many premiums are given back for a death in year `year`."""
        return min(year + 1, self.pay_years) if year < self.refund_before else 0

    def benefits(self) -> Decimal:
        """Value at the start of everything paid, without premiums given back."""
        with localcontext(EXACT):
            factor = _claim_factor(self.rate, self.timing)
            claims = sum((d * factor * h for d, h in zip(self._d, self.claim, strict=False)), ZERO)
            return claims + sum((d * self._survival(t) for t, d in enumerate(self._d)), ZERO)

    def premium(self) -> Decimal:
        """The gross yearly premium: its value less expenses and less what is given back of it equals the benefits."""
        with localcontext(EXACT):
            factor = _claim_factor(self.rate, self.timing)
            paid = (ONE - self.expense) * sum(self._d[: self.pay_years], ZERO)
            back = sum((self._d[t] * factor * h * self._refunds(t) for t, h in enumerate(self.decrement)), ZERO)
            return self.benefits() / (paid - back)

    def reserves(self) -> list[Decimal]:
        """V_1 … V_n: what is ahead at the end of each year, less the premiums to come.

        A benefit that falls due on that very day is already paid, a premium of that day is not: so a row of a table
        shows the pension paid at the end of its year and what the contract is worth beside it.
        """
        with localcontext(EXACT):
            gross = self.premium()
            net = gross * (ONE - self.expense)
            v, factor = ONE / (ONE + self.rate), _claim_factor(self.rate, self.timing)
            later, values = ZERO, [ZERO]
            for t in range(self.term - 1, 0, -1):
                chance = self.decrement[t]
                due = self.claim[t] if t < len(self.claim) else ZERO
                due += gross * self._refunds(t) * chance
                later = due * factor + v * (ONE - chance) * (later + self._survival(t + 1))
                if t < self.pay_years:
                    later -= net
                values.append(later + self._certain_left(t))
            return values[::-1]

    def _certain_left(self, year: int) -> Decimal:
        """What is still certain once its first payment is made; until then it stands in `_survival`."""
        if not self.certain or year < self.certain[0]:
            return ZERO
        first, years = self.certain
        return EXACT.subtract(annuity_certain(first + years - year, self.rate), Decimal(int(year < first + years)))

    def cash_values(self) -> list[Decimal]:
        """What a surrender at the end of each year gives: the reserve times `surrender_share`, never below nothing."""
        with localcontext(EXACT):
            return [
                max(ZERO, value * surrender_share(year, self.pay_years))
                for year, value in enumerate(self.reserves(), start=1)
            ]


def surrender_share(year: int, pay_years: int) -> Decimal:
    """r_t = 0.9 + 0.1·t/min(20, m), 1 from there on."""
    full = min(20, pay_years)
    if year >= full:
        return ONE
    return EXACT.add(Decimal("0.9"), EXACT.divide(Decimal(year), Decimal(10 * full)))


def waiver(decrement: Sequence[Decimal], rate: Decimal, expense: Decimal) -> Decimal:
    """The yearly premium that waives a yearly premium of 1, first due one year from now, for m = len + 1 premiums."""
    with localcontext(EXACT):
        v, ahead, years = ONE / (ONE + rate), discounted(decrement, rate), len(decrement)
        waived = sum((ahead[t] * h * v * annuity_certain(years - t, rate) for t, h in enumerate(decrement)), ZERO)
        return waived / ((ONE - expense) * sum(ahead[:years], ZERO))


def increasing_values(pay_years: int, charges: Sequence[Decimal], growth: Decimal, years: int) -> list[Decimal]:
    """Cash values 1 … years of a whole life cover that grows, for a yearly premium of 1.

    `charges` come off the premiums one by one, the last of them off every later one.
    """
    with localcontext(EXACT):
        account, values = ZERO, []
        for year in range(1, years + 1):
            if year <= pay_years:
                account += ONE - charges[min(year, len(charges)) - 1]
            account *= ONE + growth
            values.append(account * surrender_share(year, pay_years))
        return values
