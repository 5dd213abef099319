// What a cover pays and is worth, year by year. Pure, like premium.js; the server's twin is
// portal/products/illustration.py.
//
// A row is one policy year: what is paid in during the year, what would be paid out if something happened in it, and
// what the cover is worth at its end. `age` is the age at the end of the year. Guaranteed values and dividends are two
// things and stand in two columns (R22).

import { SEXES, THOUSAND, WHOLE_BP, ageOn, isFacts, own, share, sumOf, years } from "./premium.js";

/**
 * @typedef {import("./premium.js").Facts} Facts
 * @typedef {{year: number, age: number, premium_fen: number, paid_fen: number, death_fen: number, ci_fen: number,
 *   survival_fen: number, cash_fen: number | null, dividend_fen: number, dividends_fen: number}} Year
 */

/** Nobody's cover runs longer. */
const LONGEST = 106;

/**
 * One row a policy year; none for what has no price and for waivers, whose benefit is the premium itself. `values` is the
 * product's table of cash values; without one `cash_fen` is null: nothing is agreed about it.
 * @param {any} coverage
 * @param {any} product
 * @param {any} quote
 * @param {any} values
 * @param {any} person
 * @param {any} start
 * @returns {Year[]}
 */
export function rows(coverage, product, quote, values, person, start) {
  const at = isFacts(coverage) ? ageOn(person, start) : null;
  if (at === null || !product || !Number.isInteger(quote?.yearly_fen)) return [];
  const { body } = product;
  const [runs, pays] = [years(coverage.term, at), years(coverage.pay, at)];
  if (runs === null || pays === null || body.price.form === "waived") return [];
  const yearly = quote.yearly_fen;
  const sum = sumOf(coverage, body) ?? 0;
  // What the tables count by: the yearly premium where that was chosen.
  const base = body.chooses === "premium" ? yearly : sum;
  const key = `${coverage.term}|${coverage.pay}`;
  const [cashes, reserves] = ["cells", "reserves"].map((table) => column(own(own(values, table), key), person, at));
  const benefits = benefitsOf(coverage, body, sum);
  const found = [];
  let [paid, dividends] = [0, 0];
  for (let year = 1; year <= Math.min(runs, LONGEST); year++) {
    const premium = year <= pays ? yearly : 0;
    paid += premium;
    const cash = cashes && share([atEnd(cashes, year), base], THOUSAND);
    const dividend = dividendOf(body.illustration, reserves, year, base);
    dividends += dividend;
    const [attained, age] = [at + year - 1, at + year];
    found.push({
      year,
      age,
      premium_fen: premium,
      paid_fen: paid,
      death_fen: Math.max(0, ...benefits("death", attained, paid, cash)),
      ci_fen: Math.max(0, ...benefits("ci", attained, paid, cash)),
      survival_fen:
        total(benefits("survival", age, paid, cash)) +
        (year === runs ? total(benefits("maturity", age, paid, cash)) : 0),
      cash_fen: cash,
      dividend_fen: dividend,
      dividends_fen: dividends,
    });
  }
  return found;
}

/** @param {number[]} amounts */
const total = (amounts) => amounts.reduce((one, other) => one + other, 0);

/**
 * Every benefit of a kind that is promised at an age.
 * @param {Facts} coverage
 * @param {Facts} body
 * @param {number} sum
 */
function benefitsOf(coverage, body, sum) {
  const extras = Array.isArray(coverage.extras) ? coverage.extras : [];
  /** @type {(trigger: string, age: number, paid: number, cash: number | null) => number[]} */
  return (trigger, age, paid, cash) => {
    /** @type {Record<string, number>} */
    const amounts = { sum, rest: sum, paid, values: cash ?? 0 };
    return body.benefits
      .filter((/** @type {Facts} */ each) => each.trigger === trigger && (!each.extra || extras.includes(each.extra)))
      .filter((/** @type {Facts} */ { ages }) => age >= (ages?.[0] ?? 0) && age <= (ages?.[1] ?? age))
      .map((/** @type {Facts} */ { of, fen, bp, times, ages }) => {
        if (of === "fixed") return fen ?? 0;
        // Of payments promised for a number of years what is left of them.
        const left = of === "rest" ? Math.max(0, times - (age - ages[0] + 1)) : 1;
        return share([amounts[of], bp], WHOLE_BP) * left;
      });
  };
}

/**
 * What might be shared out for a year: a part of the interest above the pricing rate, on last year's reserve.
 * @param {Facts | null} basis
 * @param {number[] | null} reserves
 * @param {number} year
 * @param {number} base
 */
function dividendOf(basis, reserves, year, base) {
  if (!basis || !reserves) return 0;
  const spread = Math.max(0, basis.demo_rate_bp - basis.pricing_rate_bp);
  return share([basis.dividend_bp, spread, atEnd(reserves, year - 1), base], THOUSAND * WHOLE_BP * WHOLE_BP);
}

/** @param {any} bySex @param {Facts} person @param {number} at @returns {number[] | null} */
function column(bySex, person, at) {
  if (bySex?.x) return bySex.x[1][0];
  const [first, ages] = own(bySex, own(SEXES, person.gender)) ?? [0, []];
  return ages[at - first] ?? null;
}

/**
 * The value at the end of a year; nothing before the first and after the last.
 * @param {number[]} column
 * @param {number} year
 */
const atEnd = (column, year) => column[year - 1] ?? 0;
