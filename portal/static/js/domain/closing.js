// What a plan closes of the gaps of an analysis, and what a cover pays. Pure; fen. The server's twin, where the rules
// are explained, is portal/proposals/closing.py.

import { pv, pv_annuity } from "./kernel.js";
import { byId } from "./people.js";
import { ageOn, years } from "./premium.js";

/**
 * @typedef {Record<string, any>} Facts
 * @typedef {{products: Record<string, Facts>, blobs: Record<string, any>}} Catalogue
 */

const WHOLE = 10_000;
const DISCOUNT_BP = 250;
const HORIZON_AGE = 90;
const MOST_FEN = 10 ** 11;
const SHARED = ["home", "car"];
const SAVED = ["education", "retirement"];
const DEATH = ["death", "accident_death"];
const DEATH_KINDS = ["term", "whole_life", "increasing_whole_life", "endowment", "accident"];
/** @type {Record<string, string>} the line that a kind of held policy counts on */
export const LINES = {
  term: "life",
  whole_life: "life",
  increasing_whole_life: "life",
  endowment: "life",
  ci: "ci",
  medical: "medical",
  accident: "accident",
  disability: "disability",
};

/** @param {number[]} amounts */
export const sum = (amounts) => amounts.reduce((total, each) => total + each, 0);

/** @param {number} a @param {number} b @param {number} c above zero @returns {number} a·b/c, rounded down; none below zero */
export const part = (a, b, c) => Number((BigInt(a) * BigInt(b)) / BigInt(c));

/**
 * A row for every line of the analysis: what is needed, there, added by the plan, and still missing.
 * @param {Facts} plan
 * @param {Facts} quotes by coverage; what cannot be priced closes nothing
 * @param {Facts} result
 * @param {Catalogue} catalogue
 * @param {Facts[]} people
 * @returns {Facts[]}
 */
export function closed(plan, quotes, result, { products }, people) {
  /** @type {Map<string, number[]>} */
  const added = new Map();
  for (const coverage of plan.coverages) {
    const body = products[coverage.product]?.body;
    const person = byId(people, coverage.insured);
    const quote = quotes[coverage.id];
    if (!body?.line || !person || !quote || quote.errors) continue;
    const key = `${SHARED.includes(body.line) ? "" : person.id}|${body.line}`;
    added.set(key, [...(added.get(key) ?? []), closes(coverage, body, person, plan.start)]);
  }
  /** @param {string | null} member @param {Facts} line */
  const row = (member, { id, need_fen: need, have_fen: have }) => {
    const amounts = added.get(`${member ?? ""}|${id}`) ?? [];
    const byPlan = id === "medical" ? Math.max(0, Math.max(0, ...amounts) - have) : sum(amounts);
    return {
      member,
      line: id,
      need_fen: need,
      have_fen: have,
      before_fen: Math.max(0, need - have),
      by_plan_fen: byPlan,
      after_fen: Math.max(0, need - have - byPlan),
    };
  };
  return [
    ...result.members.flatMap((/** @type {Facts} */ each) =>
      each.lines.map((/** @type {Facts} */ line) => row(each.id, line)),
    ),
    ...result.lines.map((/** @type {Facts} */ line) => row(null, line)),
  ];
}

/**
 * @param {Facts} coverage
 * @param {Facts} body of its product
 * @param {Facts} person
 * @param {string} start
 * @returns {number} what one cover adds to its line: its sum, or today's value of what it pays while the insured lives
 */
export function closes(coverage, body, person, start) {
  if (SAVED.includes(body.line)) return paidAlive(coverage, body, ageOn(person, start));
  return SHARED.includes(body.line) ? ofThings(coverage, body) : coverFen(coverage, body);
}

/** @param {Facts} coverage @param {Facts} body @returns {number} the sum insured */
export function coverFen(coverage, body) {
  if ((coverage.sum_fen ?? null) !== null) return coverage.sum_fen;
  const plan = (body.price.plans ?? []).find((/** @type {Facts} */ each) => each.code === coverage.plan);
  if (plan) return plan.sum_fen;
  const paid = (body.benefits ?? []).filter((/** @type {Facts} */ each) => each.trigger === "hospital");
  return Math.max(0, ...paid.map((/** @type {Facts} */ each) => each.fen || 0)) || body.limits?.max_fen || 0;
}

/** @param {Facts} coverage @param {Facts} body @param {number | null} age */
function paidAlive(coverage, body, age) {
  if (age === null) return 0;
  let total = 0;
  for (const benefit of body.benefits ?? []) {
    if (benefit.trigger === "survival" && benefit.ages) {
      const [first, last] = benefit.ages;
      const until = Math.min(last || HORIZON_AGE, HORIZON_AGE - 1);
      total += worthToday(benefitFen(benefit, coverage, body), first || 0, until, age);
    }
    if (benefit.trigger === "maturity") {
      const end = age + (years(coverage.term, age) || 0);
      total += worthToday(benefitFen(benefit, coverage, body), end, end, age);
    }
  }
  return total;
}

/** @param {number} amount a year @param {number} from @param {number} last @param {number} age */
function worthToday(amount, from, last, age) {
  const first = Math.max(from, age + 1);
  if (last < first || amount <= 0) return 0;
  const [pmt_fen, rate_bp] = [Math.min(amount, MOST_FEN), DISCOUNT_BP];
  const fv_fen = pv_annuity({ pmt_fen, n: last - first + 1, rate_bp, timing: "begin" });
  return pv({ fv_fen, rate_bp, n: first - age });
}

/** @param {Facts} coverage @param {Facts} body */
function ofThings({ items }, body) {
  let total = 0;
  for (const item of body.price.items ?? []) {
    const chosen = items?.[item.code];
    if (item.value && Number.isInteger(chosen)) total += chosen;
    const choices = (item.choices ?? []).filter((/** @type {Facts} */ each) => each.code === chosen);
    total += sum(choices.map((/** @type {Facts} */ each) => each.sum_fen || 0));
  }
  return total;
}

/** @param {Facts} benefit @param {Facts} coverage @param {Facts} body @returns {number} 0 for what goes by premiums or values */
export function benefitFen(benefit, coverage, body) {
  if (benefit.of === "sum") return part(coverFen(coverage, body), benefit.bp ?? WHOLE, WHOLE);
  return benefit.of === "fixed" ? benefit.fen || 0 : 0;
}

/** @param {Facts} coverage @param {Facts} body @param {number} age @returns {number} what R09 counts of a death at this age */
export function deathFen(coverage, body, age) {
  return sum(
    (body.benefits ?? [])
      .filter((/** @type {Facts} */ { trigger, extra, ages }) => {
        const [first, last] = ages ?? [null, null];
        const chosen = !extra || (coverage.extras ?? []).includes(extra);
        return DEATH.includes(trigger) && chosen && (first ?? 0) <= age && age <= (last ?? age);
      })
      .map((/** @type {Facts} */ each) => benefitFen(each, coverage, body)),
  );
}

/** @param {Facts} policy @param {string} today @returns {boolean} false for what has lapsed or run out */
export const inForce = ({ lapsed, expiry }, today) => !lapsed && !(expiry && expiry < today);

/** @param {Facts[]} policies @param {string} insured @param {string} today @returns {number} with all insurers together */
export const heldDeathFen = (policies, insured, today) =>
  sum(
    policies
      .filter((each) => each.insured === insured && inForce(each, today) && DEATH_KINDS.includes(each.kind))
      .map((each) => each.sum_fen || 0),
  );
