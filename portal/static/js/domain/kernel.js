// The arithmetic of needs analysis: pure functions, whole fen in and out. The server's twin is portal/needs/kernel.py,
// where formulas and conventions are explained; both keep the vectors of tests/vectors/kernel.json.
//
// Arguments come by name, as there: amounts in fen, rates and shares in basis points, durations in whole years.

import { geometric, largest, minus, over, plus, power, ratio, reduced, rounded, smallest, times } from "./ratio.js";

/**
 * @typedef {import("./ratio.js").Ratio} Ratio
 * @typedef {Record<string, any>} Arguments
 * @typedef {{id: string, side: "need" | "have", fen: number}} Line
 * @typedef {{need_fen: number, have_fen: number, gap_fen: number, lines: Line[]}} Result
 * @typedef {[string, Ratio]} Part
 */

const MOST_FEN = BigInt(Number.MAX_SAFE_INTEGER);
const MOST_YEARS = 150;
const [LEAST_RATE, MOST_RATE] = [-9_999, 100_000];
const WHOLE = 10_000n;
const ROOT_SCALE = 10n ** 30n;
const ZERO = ratio(0n);
const ONE = ratio(1n);

/** An argument nothing can be computed from. */
export class KernelError extends Error {
  /**
   * @param {string} code
   * @param {string} field
   */
  constructor(code, field) {
    super(`${field}: ${code}`);
    this.name = "KernelError";
    this.code = code;
    this.field = field;
  }
}

/** @param {{gap_fen: number}} arguments_ */
export const shortfall = ({ gap_fen }) => Math.max(0, gap_fen);
/** @param {{gap_fen: number}} arguments_ */
export const surplus = ({ gap_fen }) => Math.max(0, -gap_fen);

// Time value of money

/** @param {Arguments} given */
export function pv_annuity({ pmt_fen, n, rate_bp, timing, growth_bp = 0, first_grown = false }) {
  return fen(annuity(money(pmt_fen, "pmt_fen"), n, rate_bp, timing, growth_bp, first_grown), "pmt_fen");
}

/** @param {Arguments} given */
export function fv({ pv_fen, rate_bp, n }) {
  return fen(times(money(pv_fen, "pv_fen"), power(rate(rate_bp, "rate_bp"), duration(n, "n"))), "pv_fen");
}

/** @param {Arguments} given */
export function pv({ fv_fen, rate_bp, n }) {
  return fen(over(money(fv_fen, "fv_fen"), power(rate(rate_bp, "rate_bp"), duration(n, "n"))), "fv_fen");
}

/** @param {Arguments} given */
export function pmt_for_fv({ target_fen, n, rate_bp, timing, monthly = null }) {
  return level(money(target_fen, "target_fen"), { n, rate_bp, timing, monthly, field: "target_fen", atEnd: true });
}

/** @param {Arguments} given */
export function pmt_for_pv({ value_fen, n, rate_bp, timing, monthly = null }) {
  return level(money(value_fen, "value_fen"), { n, rate_bp, timing, monthly, field: "value_fen", atEnd: false });
}

/** @param {Arguments} given */
export function income_multiple({ income_fen, k }) {
  return fen(times(amount(income_fen, "income_fen"), years(duration(k, "k"))), "income_fen");
}

/** @param {Arguments} given */
export function part_of({ amount_fen, bp, parts }) {
  const whole_ = times(money(amount_fen, "amount_fen"), share(bp, "bp"));
  return fen(over(whole_, ratio(BigInt(positive(parts, "parts")))), "amount_fen");
}

/** @param {Arguments} given */
export function shares_fen({ amounts_fen, shares_bp }) {
  const each = amounts_fen.map((/** @type {number} */ value, /** @type {number} */ index) =>
    times(amount(value, "amounts_fen"), share(shares_bp[index], "shares_bp")),
  );
  return fen(each.reduce(plus, ZERO), "amounts_fen");
}

/**
 * @param {any[]} given yearly_fen, years_to_go, years_over, growth_before_bp, growth_after_bp, rate_bp
 */
export function retirement_today([yearly_fen, years_to_go, years_over, growth_before_bp, growth_after_bp, rate_bp]) {
  const [wait, yearly] = [duration(years_to_go, "years_to_go"), rate(rate_bp, "rate_bp")];
  const grown = power(rate(growth_before_bp, "growth_before_bp"), wait);
  const first = times(amount(yearly_fen, "yearly_fen"), grown);
  const each = annuity(ONE, years_over, rate_bp, "begin", growth_after_bp, false, "years_over");
  return fen(over(times(first, each), power(yearly, wait)), "yearly_fen");
}

/**
 * Year by year in integers over one common denominator: reducing fractions would cost more than the sum.
 * @param {any[]} given in the order of the server's twin
 */
export function survivor_living([
  spending_fen,
  over_,
  child_years,
  with_child_bp,
  without_child_bp,
  partner_income_fen,
  partner_years,
  partner_pension_fen,
  cpi_bp,
  wage_bp,
  rate_bp,
  pension_ratio_bp,
]) {
  const [prices, wages, yearly] = [rate(cpi_bp, "cpi_bp"), rate(wage_bp, "wage_bp"), rate(rate_bp, "rate_bp")];
  const [spending, income] = [amount(spending_fen, "spending_fen"), amount(partner_income_fen, "partner_income_fen")];
  const [child, alone] = [share(with_child_bp, "with_child_bp"), share(without_child_bp, "without_child_bp")];
  const working = duration(partner_years, "partner_years");
  const pension =
    partner_pension_fen === null
      ? times(times(income, power(wages, working)), share(pension_ratio_bp, "pension_ratio_bp"))
      : amount(partner_pension_fen, "partner_pension_fen");
  const atHome = duration(child_years, "child_years");
  let total = ZERO;
  for (let t = 0; t < duration(over_, "years"); t++) {
    const needed = times(times(spending, t < atHome ? child : alone), power(prices, t));
    const coming = t < working ? times(income, power(wages, t)) : pension;
    const lacking = plus(needed, minus(coming));
    if (lacking.n > 0n) total = reduced(plus(total, over(lacking, power(yearly, t))));
  }
  return fen(total, "spending_fen");
}

/** @param {Arguments} given */
export function proportional_claim({
  sum_insured_fen,
  value_fen,
  loss_fen,
  required_bp = Number(WHOLE),
  deductible_fen = 0,
}) {
  const insured = amount(sum_insured_fen, "sum_insured_fen");
  const loss = amount(loss_fen, "loss_fen");
  const should = times(amount(value_fen, "value_fen"), share(required_bp, "required_bp"));
  const part = should.n ? smallest(ONE, over(insured, should)) : ONE;
  const paid = plus(smallest(times(loss, part), insured), minus(amount(deductible_fen, "deductible_fen")));
  return fen(largest(ZERO, paid), "loss_fen");
}

// Methods

/**
 * @param {Arguments} given
 * @returns {Result}
 */
export function hlv({
  income_fen,
  years: over_,
  rate_bp,
  timing_income,
  timing_cost,
  own_cost_fen = null,
  own_ratio_bp = null,
  g_income_bp = 0,
  g_cost_bp = 0,
  cost_years = null,
}) {
  const income = amount(income_fen, "income_fen");
  if ((own_cost_fen === null) === (own_ratio_bp === null)) throw new KernelError("one_of", "own_cost_fen");
  const cost =
    own_ratio_bp === null ? amount(own_cost_fen, "own_cost_fen") : times(income, share(own_ratio_bp, "own_ratio_bp"));
  const fields = ["years", "timing_income"];
  const earned = annuity(income, over_, rate_bp, timing_income, g_income_bp, false, ...fields);
  const costFields = ["cost_years", "timing_cost"];
  const spent = annuity(cost, cost_years ?? over_, rate_bp, timing_cost, g_cost_bp, false, ...costFields);
  return result([
    ["income", earned],
    ["own_cost", minus(spent)],
  ]);
}

/**
 * @param {Arguments} given
 * @returns {Result}
 */
export function needs({ lump_sums_fen, income_needs, resources_fen }) {
  const need = numbered("lump", lump_sums_fen, "lump_sums_fen");
  income_needs.forEach((/** @type {Arguments} */ each, /** @type {number} */ index) => {
    const { pmt_fen, n, rate_bp, timing, growth_bp = 0, first_grown = false, start = 0 } = each;
    const wait = duration(start, "start");
    const value = annuity(amount(pmt_fen, "pmt_fen"), n, rate_bp, timing, growth_bp, first_grown);
    need.push([`income.${index}`, over(value, power(rate(rate_bp, "rate_bp"), wait))]);
  });
  return result(need, numbered("resource", resources_fen, "resources_fen"));
}

/**
 * @param {Arguments} given
 * @returns {Result}
 */
export function capital_retention({
  annual_need_fen,
  rate_bp,
  lump_sums_fen,
  resources_fen,
  first_year_adjust = "none",
}) {
  const annual = amount(annual_need_fen, "annual_need_fen");
  rate(rate_bp, "rate_bp");
  if (rate_bp <= 0) throw new KernelError("bad_rate", "rate_bp");
  choice(first_year_adjust, ["none", "half"], "first_year_adjust");
  /** @type {Part[]} */
  const need = [["income", over(annual, ratio(BigInt(rate_bp), WHOLE))]];
  if (first_year_adjust === "half") need.push(["first_year", times(annual, ratio(1n, 2n))]);
  need.push(["lump_sums", amount(lump_sums_fen, "lump_sums_fen")]);
  return result(need, [["resources", amount(resources_fen, "resources_fen")]]);
}

/**
 * @param {Arguments} given
 * @returns {Result}
 */
export function capital_liquidation({ annual_need_fen, n, rate_bp, timing, lump_sums_fen, resources_fen }) {
  const income = annuity(amount(annual_need_fen, "annual_need_fen"), n, rate_bp, timing, 0, false);
  return result(
    [
      ["income", income],
      ["lump_sums", amount(lump_sums_fen, "lump_sums_fen")],
    ],
    [["resources", amount(resources_fen, "resources_fen")]],
  );
}

/**
 * @param {Arguments} given
 * @returns {Result}
 */
export function dime({
  debt_fen,
  income_fen,
  years: over_,
  mortgage_fen,
  education_fen,
  final_fen = 0,
  resources_fen = 0,
}) {
  return result(
    [
      ["debt", amount(debt_fen, "debt_fen")],
      ["income", times(amount(income_fen, "income_fen"), years(duration(over_, "years")))],
      ["mortgage", amount(mortgage_fen, "mortgage_fen")],
      ["education", amount(education_fen, "education_fen")],
      ["final", amount(final_fen, "final_fen")],
    ],
    [["resources", amount(resources_fen, "resources_fen")]],
  );
}

/**
 * @param {Arguments} given
 * @returns {Result}
 */
export function dink({ debts_fen, final_fen, share_bp = 5_000 }) {
  const part = share(share_bp, "share_bp");
  const debts = numbered("debt", debts_fen, "debts_fen");
  return result([
    ...debts.map(([name, value]) => /** @type {Part} */ ([name, times(value, part)])),
    ["final", amount(final_fen, "final_fen")],
  ]);
}

/**
 * @param {Arguments} given
 * @returns {Result}
 */
export function education({ stages, fee_growth_bp, rate_bp, grow_while_studying = true, saved_fen = 0, value_at = 0 }) {
  const growth = rate(fee_growth_bp, "fee_growth_bp");
  const yearly = rate(rate_bp, "rate_bp");
  const moved = power(yearly, duration(value_at, "value_at"));
  const need = stages.map((/** @type {Arguments} */ stage, /** @type {number} */ index) => {
    const fee = amount(stage.fee_fen, "fee_fen");
    const start = checkedYears(stage.start, "start");
    const end = start + duration(stage.years, "years");
    const first = Math.max(0, start);
    if (end <= first) return [`stage.${index}`, ZERO];
    const q = grow_while_studying ? over(growth, yearly) : over(ONE, yearly);
    const begin = power(over(growth, yearly), first);
    return [`stage.${index}`, times(times(times(fee, begin), geometric(q, end - first)), moved)];
  });
  return result(need, [["saved", times(amount(saved_fen, "saved_fen"), moved)]]);
}

/**
 * @param {Arguments} given
 * @returns {Result & {yearly_saving_fen: number}}
 */
export function education_saving({ pay_years, timing, ...rest }) {
  const found = education(rest);
  const yearly = rate(rest.rate_bp, "rate_bp");
  const today = over(whole(shortfall(found)), power(yearly, rest.value_at ?? 0));
  const each = over(today, factor(positive(pay_years, "pay_years"), yearly, timing));
  return { ...found, yearly_saving_fen: fen(each, "stages") };
}

/**
 * @param {Arguments} given
 * @returns {Result & {gap_today_fen: number, yearly_saving_fen: number | null}}
 */
export function retirement({
  spend_today_fen,
  pension_today_fen,
  years_to_retire,
  years_retired,
  cpi_bp,
  pension_growth_bp,
  rate_before_bp,
  rate_after_bp,
  saved_fen,
  saving_timing = "end",
}) {
  const toGo = duration(years_to_retire, "years_to_retire");
  const before = rate(rate_before_bp, "rate_before_bp");
  const spend = times(amount(spend_today_fen, "spend_today_fen"), power(rate(cpi_bp, "cpi_bp"), toGo));
  const growth = power(rate(pension_growth_bp, "pension_growth_bp"), toGo);
  const pension = times(amount(pension_today_fen, "pension_today_fen"), growth);
  const each = annuity(ONE, years_retired, rate_after_bp, "begin", cpi_bp, false, "years_retired");
  const grown = power(before, toGo);
  const found = result(
    [
      ["spending", times(spend, each)],
      ["pension", minus(times(pension, each))],
    ],
    [["saved", times(amount(saved_fen, "saved_fen"), grown)]],
  );
  choice(saving_timing, ["begin", "end"], "saving_timing");
  const gapToday = fen(over(whole(found.gap_fen), grown), "saved_fen");
  const yearly = toGo
    ? fen(over(whole(shortfall(found)), times(factor(toGo, before, saving_timing), grown)), "gap")
    : null;
  return { ...found, gap_today_fen: gapToday, yearly_saving_fen: yearly };
}

/**
 * @param {Arguments} given
 * @returns {Result}
 */
export function ci({
  treatment_fen,
  rehab_fen,
  income_fen,
  income_years,
  carer_income_fen,
  carer_share_bp,
  carer_years,
  existing_fen,
}) {
  const carer = times(amount(carer_income_fen, "carer_income_fen"), share(carer_share_bp, "carer_share_bp"));
  return result(
    [
      ["treatment", amount(treatment_fen, "treatment_fen")],
      ["rehab", amount(rehab_fen, "rehab_fen")],
      ["income_loss", times(amount(income_fen, "income_fen"), years(duration(income_years, "income_years")))],
      ["carer_loss", times(carer, years(duration(carer_years, "carer_years")))],
    ],
    [["existing", amount(existing_fen, "existing_fen")]],
  );
}

/**
 * @param {Arguments} given
 * @returns {Result}
 */
export function disability({
  income_fen,
  ratio_bp,
  essential_monthly_fen,
  sick_pay_fen,
  social_fen,
  other_fen,
  existing_fen,
  monthly = true,
}) {
  const part = times(amount(income_fen, "income_fen"), share(ratio_bp, "ratio_bp"));
  const target = largest(times(part, ratio(1n, 12n)), amount(essential_monthly_fen, "essential_monthly_fen"));
  const months = ratio(monthly ? 1n : 12n);
  const have = { sick_pay: sick_pay_fen, social: social_fen, other: other_fen, existing: existing_fen };
  return result(
    [["target", times(target, months)]],
    Object.entries(have).map(([name, value]) => [name, times(amount(value, `${name}_fen`), months)]),
  );
}

// Inside

/**
 * @param {Part[]} need
 * @param {Part[]} [have]
 * @returns {Result}
 */
function result(need, have = []) {
  /** @type {Line[]} */
  const lines = [
    ...need.map(([id, value]) => ({ id, side: /** @type {const} */ ("need"), fen: fen(value, id) })),
    ...have.map(([id, value]) => ({ id, side: /** @type {const} */ ("have"), fen: fen(value, id) })),
  ];
  const [needed, there] = [total(lines, "need"), total(lines, "have")];
  return {
    need_fen: held(needed, "need_fen"),
    have_fen: held(there, "have_fen"),
    gap_fen: held(needed - there, "gap_fen"),
    lines,
  };
}

/**
 * @param {Line[]} lines
 * @param {string} side
 */
function total(lines, side) {
  return lines.reduce((sum, line) => (line.side === side ? sum + BigInt(line.fen) : sum), 0n);
}

/**
 * @param {string} name
 * @param {number[]} amounts
 * @param {string} field
 * @returns {Part[]}
 */
function numbered(name, amounts, field) {
  return amounts.map((value, index) => [`${name}.${index}`, amount(value, field)]);
}

/**
 * @param {Ratio} pmt
 * @param {any} n
 * @param {any} rateBp
 * @param {any} timing
 * @param {any} growthBp
 * @param {boolean} firstGrown
 * @param {string} [yearsField]
 * @param {string} [timingField]
 * @returns {Ratio}
 */
function annuity(pmt, n, rateBp, timing, growthBp, firstGrown, yearsField = "n", timingField = "timing") {
  const over_ = checkedYears(n, yearsField);
  const [yearly, growth] = [rate(rateBp, "rate_bp"), rate(growthBp, "growth_bp")];
  choice(timing, ["begin", "end"], timingField);
  if (over_ <= 0) return ZERO;
  const grown = firstGrown ? times(pmt, growth) : pmt;
  const first = timing === "end" ? over(grown, yearly) : grown;
  return times(first, geometric(over(growth, yearly), over_));
}

/**
 * @param {number} n
 * @param {Ratio} yearly
 * @param {any} timing
 * @returns {Ratio} what 1 a period for n periods is worth at the start of the first
 */
function factor(n, yearly, timing) {
  choice(timing, ["begin", "end"], "timing");
  const value = geometric(over(ONE, yearly), n);
  return timing === "begin" ? value : over(value, yearly);
}

/**
 * @param {Ratio} value
 * @param {{n: any, rate_bp: any, timing: any, monthly: any, field: string, atEnd: boolean}} how
 */
function level(value, { n, rate_bp, timing, monthly, field, atEnd }) {
  let periods = positive(n, "n");
  let each = rate(rate_bp, "rate_bp");
  choice(monthly, [null, "effective", "nominal", "simple"], "monthly");
  const parts = ratio(monthly === "simple" ? 12n : 1n);
  if (monthly === "effective" || monthly === "nominal") {
    periods *= 12;
    each = monthly === "effective" ? monthlyRoot(each) : reduced(ratio(each.n + 11n * each.d, 12n * each.d));
  }
  const today = atEnd ? over(value, power(each, periods)) : value;
  return fen(over(over(today, factor(periods, each, timing)), parts), field);
}

/**
 * @param {Ratio} yearly
 * @returns {Ratio} (1+i)^(1/12), rounded down to 30 digits
 */
function monthlyRoot({ n, d }) {
  const target = (n * ROOT_SCALE ** 12n) / d;
  let guess = 1n << (BigInt(target.toString(2).length) / 12n + 1n);
  for (;;) {
    const better = (11n * guess + target / guess ** 11n) / 12n;
    if (better >= guess) return reduced(ratio(guess, ROOT_SCALE));
    guess = better;
  }
}

/**
 * @param {Ratio} value
 * @param {string} field
 */
function fen(value, field) {
  return held(rounded(value), field);
}

/**
 * @param {bigint} value
 * @param {string} field
 */
function held(value, field) {
  if (value > MOST_FEN || value < -MOST_FEN) throw new KernelError("too_large", field);
  return Number(value);
}

/** @param {number} value */
function whole(value) {
  return ratio(BigInt(value));
}

/** @param {number} value */
function years(value) {
  return ratio(BigInt(value));
}

/**
 * @param {any} value
 * @param {string} field
 */
function checked(value, field) {
  if (typeof value !== "number" || !Number.isInteger(value)) throw new KernelError("not_whole", field);
  return value;
}

/**
 * @param {any} value
 * @param {string} field
 */
function money(value, field) {
  const found = BigInt(checked(value, field));
  held(found, field);
  return ratio(found);
}

/**
 * @param {any} value
 * @param {string} field
 */
function amount(value, field) {
  const found = money(value, field);
  if (found.n < 0n) throw new KernelError("negative", field);
  return found;
}

/**
 * @param {any} value
 * @param {string} field
 * @returns {Ratio} 1 + the rate
 */
function rate(value, field) {
  if (checked(value, field) < LEAST_RATE || value > MOST_RATE) throw new KernelError("bad_rate", field);
  return reduced(ratio(WHOLE + BigInt(value), WHOLE));
}

/**
 * @param {any} value
 * @param {string} field
 */
function share(value, field) {
  if (checked(value, field) < 0 || value > MOST_RATE) throw new KernelError("bad_share", field);
  return ratio(BigInt(value), WHOLE);
}

/**
 * @param {any} value
 * @param {string} field
 */
function checkedYears(value, field) {
  if (Math.abs(checked(value, field)) > MOST_YEARS) throw new KernelError("bad_years", field);
  return value;
}

/**
 * @param {any} value
 * @param {string} field
 */
function duration(value, field) {
  if (checkedYears(value, field) < 0) throw new KernelError("bad_years", field);
  return value;
}

/**
 * @param {any} value
 * @param {string} field
 */
function positive(value, field) {
  if (checkedYears(value, field) < 1) throw new KernelError("bad_years", field);
  return value;
}

/**
 * @param {any} value
 * @param {any[]} allowed
 * @param {string} field
 */
function choice(value, allowed, field) {
  if (!allowed.includes(value)) throw new KernelError("bad_choice", field);
}
