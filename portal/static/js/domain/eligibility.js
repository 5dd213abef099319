// Whether a cover can be had: by this person, in this amount, on this day. Everything that is wrong at once.
//
// Pure, like premium.js; the server's twin is portal/products/eligibility.py. A fault is `{rule, level, coverage, data}`:
// red blocks, amber needs a reason. The words of every rule stand in product-words.js.

import { daysBetween } from "./dates.js";
import {
  MODES,
  PriceError,
  SEXES,
  WHOLE_BP,
  ageOn,
  areExtras,
  caseOf,
  idOf,
  isAmount,
  isDay,
  isFacts,
  isNothing,
  isText,
  itemFaults,
  occupationOf,
  own,
  price,
  share,
  sumOf,
  years,
} from "./premium.js";

/**
 * @typedef {import("./premium.js").Facts} Facts
 * @typedef {import("./premium.js").Fault} Fault
 * @typedef {import("./premium.js").Catalogue} Catalogue
 * @typedef {(rule: string, data?: Facts) => void} Note
 */

const ADULT = 18;
const CLASSES = 6;
/** Said where a product has no highest age. */
const LAST = 105;
const TEXTS = ["id", "product", "insured", "term", "pay"];
const AMOUNTS = ["sum_fen", "premium_fen"];
/** @type {Record<string, string>} */
const CHOSEN = { sum: "sum_fen", premium: "premium_fen" };

/**
 * The faults of every cover of a plan, in their order; the applicant is `self` unless an id is given.
 * @param {any} plan
 * @param {Catalogue} catalogue
 * @param {any} people
 * @param {string | null} [applicant]
 * @param {string | null} [today]
 * @returns {Fault[]}
 */
export function planFaults(plan, catalogue, people, applicant = null, today = null) {
  const asked = caseOf(plan, catalogue, people, applicant);
  /** @type {Fault[]} */
  const found = [];
  if (!Array.isArray(plan?.coverages)) found.push(input("", "coverages"));
  const seen = new Set();
  for (const coverage of asked.coverages) {
    const id = idOf(coverage);
    if (seen.has(id)) found.push(input(id, "id"));
    seen.add(id);
    const [product, person] = [asked.product(coverage), asked.person(coverage)];
    found.push(...faults(coverage, product, person, asked.applicant, asked.start, plan, catalogue, today));
  }
  return found;
}

/** @param {string} coverage @param {string} field @returns {Fault} */
const input = (coverage, field) => ({ rule: "input", level: "red", coverage, data: { field } });

/**
 * Everything that speaks against one cover. `product` is the catalogue's record, null when there is none; a
 * waiver's `person` is whom its main cover insures. `plan` and `catalogue` are for what covers have to do with each other;
 * `today` is the day of the proposal (`start` when it is not said).
 * @param {any} coverage
 * @param {any} product
 * @param {any} person
 * @param {any} applicant
 * @param {any} start
 * @param {any} [plan]
 * @param {Catalogue | null} [catalogue]
 * @param {string | null} [today]
 * @returns {Fault[]}
 */
export function faults(coverage, product, person, applicant, start, plan = null, catalogue = null, today = null) {
  if (!isFacts(coverage)) return [input("", "coverage")];
  const asked = askedOf(coverage, product, person, applicant, start, plan, catalogue, today);
  /** @type {Fault[]} */
  const found = [];
  const note =
    (/** @type {Fault["level"]} */ level) =>
    (/** @type {string} */ rule, /** @type {Facts} */ data = {}) =>
      void found.push({ rule, level, coverage: idOf(coverage), data });
  const [red, amber] = [note("red"), note("amber")];
  shape(asked, red);
  if (!product) red("product");
  else for (const part of [sale, whose, ages, terms, work, rider, chosen, limits]) part(asked, red, amber);
  return found;
}

/** @typedef {ReturnType<typeof askedOf>} Asked */

/**
 * One cover beside all it is judged by.
 * @param {Facts} coverage
 * @param {any} product
 * @param {any} person
 * @param {any} applicant
 * @param {any} start
 * @param {any} plan
 * @param {Catalogue | null} catalogue
 * @param {any} today
 */
function askedOf(coverage, product, person, applicant, start, plan, catalogue, today) {
  /** @type {Facts} */
  const body = product?.body ?? {};
  const waiver = body.price?.form === "waived";
  const [buyer, insured] = [applicant, person].map((one) => (isFacts(one) ? one : null));
  // A waiver is about who pays.
  const about = waiver ? buyer : insured;
  const among = caseOf(plan, catalogue ?? { products: {}, blobs: {} }, null, null);
  const main = among.mainOf(coverage);
  return {
    ...{ coverage, product, body, waiver, buyer, insured, about, start, among, main },
    today: today ?? start,
    age: ageOn(about, start),
    inPlan: isFacts(plan),
    sum: product ? sumOf(coverage, body) : null,
  };
}

/** @param {Asked} asked @param {Note} red */
function shape({ coverage, start, today }, red) {
  const wrong = TEXTS.filter((field) => !isCode(coverage[field]));
  wrong.push(...AMOUNTS.filter((field) => !isNothing(coverage[field]) && !isAmount(coverage[field])));
  if (!isNothing(coverage.rider_of) && !isText(coverage.rider_of)) wrong.push("rider_of");
  if (!isDay(start)) wrong.push("start");
  if (today !== start && !isDay(today)) wrong.push("today");
  for (const field of wrong) red("input", { field });
}

/** @param {any} given a code that is there */
const isCode = (given) => isText(given) && given !== "";

/**
 * Sold from the first to the last day of sale, both included; and nothing begins before it is proposed.
 * @param {Asked} asked @param {Note} red
 */
function sale({ start, today, product }, red) {
  if (!isDay(start) || !isDay(today)) return;
  if (today < product.from_date) red("not_yet", { from_date: product.from_date });
  if (product.to_date && today > product.to_date) red("withdrawn", { to_date: product.to_date });
  if (start < today) red("start_past", { start_date: start });
}

/** @param {Asked} asked @param {Note} red */
function whose({ waiver, insured, main, buyer, about, start, body }, red) {
  if (!insured && !(waiver && !main)) red("insured");
  if (!buyer && waiver) red("applicant");
  if (!about) return;
  if (!isDay(about.birth_date)) red("birth_date");
  else if (isDay(start) && about.birth_date > start) red("unborn");
  if (["table", "waived"].includes(body.price.form) && !own(SEXES, about.gender)) red("gender");
}

/** @param {Asked} asked @param {Note} red */
function ages({ age, about, start, waiver, body: { entry } }, red) {
  if (age === null || !about) return;
  const days = daysBetween(about.birth_date, start);
  if (days < (entry.min_days ?? 0)) red("entry_days", { days, min_days: entry.min_days });
  for (const bounds of [entry, (waiver && entry.applicant) || {}]) {
    const [least, most] = [bounds.min_age ?? 0, bounds.max_age ?? LAST];
    if (age >= least && (age <= most || isNothing(bounds.max_age))) continue;
    red(waiver ? "applicant_age" : "entry_age", { age, min_age: least, max_age: most });
    return;
  }
}

/**
 * Offered at all, and neither over before it begins nor longer than the product allows.
 * @param {Asked} asked @param {Note} red
 */
function terms({ coverage: { term, pay }, body, waiver, among, inPlan, insured, start, age }, red) {
  if (isCode(term) && !waiver && !body.terms.includes(term)) red("term");
  if (isCode(pay) && !body.pays.includes(pay)) red("pay");
  if (inPlan && pay !== "single" && !MODES.includes(among.mode)) red("input", { field: "mode" });
  // A waiver runs as long as the premium of the main cover is paid, for somebody else.
  const at = ageOn(insured, start);
  const [runs, paid] = [term, pay].map((code) => (at === null ? null : years(code, at)));
  if (runs !== null && runs <= 0) red("term_over", { age: at });
  if (paid !== null && paid <= 0) red("pay_over", { age: at });
  if (runs !== null && paid !== null && paid > runs && !waiver) red("pay_term", { years: runs });
  const { max_end_age: end, max_pay_end_age: payEnd, applicant } = body.entry;
  const bounds = /** @type {[string, number | null, any][]} */ ([
    ["end_age", runs, end],
    ["pay_end_age", paid, (waiver && applicant?.max_pay_end_age) || payEnd],
  ]);
  for (const [rule, length, most] of bounds)
    if (age !== null && length !== null && !isNothing(most) && age + length > most)
      red(rule, { age: age + length, max_age: most });
}

/** @param {Asked} asked @param {Note} red @param {Note} amber */
function work({ about, body: { entry, price }, age }, red, amber) {
  if (!about) return;
  const allowed = entry.occupations ?? [];
  const occupation = occupationOf(about);
  if (occupation === null) {
    // A child at school is in the first class, nobody needs to ask.
    if (allowed.length && allowed.length < CLASSES && (age === null || age >= ADULT)) amber("occupation_unknown");
  } else if (allowed.length && !allowed.includes(occupation)) red("occupation", { occupation_class: occupation });
  const required = entry.social_insurance === "required";
  const { social_insurance: insured } = about;
  if (insured !== true && insured !== false) {
    if (required || price.without_social_bp) amber("social_insurance_unknown");
  } else if (required && !insured) red("social_insurance");
}

/**
 * A rider stands on a main cover of the same person; a waiver on one that somebody else pays, as long as he does.
 * @param {Asked} asked @param {Note} red
 */
function rider({ coverage, body, inPlan, main, waiver, among, buyer, sum }, red) {
  if (body.role !== "rider") {
    if (isCode(coverage.rider_of)) red("not_rider");
    return;
  }
  if (!inPlan && isCode(coverage.rider_of)) return;
  if (!main || !isCode(main.product) || !body.mains.includes(main.product.split("@")[0])) {
    red("rider_main");
    return;
  }
  if (waiver) {
    if (isCode(coverage.pay) && main.pay !== coverage.pay) red("rider_pay");
    if (body.entry.applicant?.not_insured && buyer && main.insured === buyer.id) red("applicant_insured");
    return;
  }
  if (isCode(coverage.insured) && main.insured !== coverage.insured) red("rider_insured");
  const [most, product] = [body.limits.main_ratio_bp, among.product(main)];
  const mains = most && product ? sumOf(main, product.body) : null;
  if (sum === null || mains === null || sum * WHOLE_BP <= mains * most) return;
  red("rider_ratio", { sum_fen: sum, max_fen: share([mains, most], WHOLE_BP) });
}

/**
 * What has to be chosen is chosen, from what there is.
 * @param {Asked} asked @param {Note} red
 */
function chosen({ coverage, body: { price, chooses }, waiver, sum }, red) {
  const field = waiver ? undefined : CHOSEN[chooses];
  if (field && isNothing(coverage[field]) && sum === null) red("input", { field });
  const offers = (/** @type {Facts[]} */ entries, /** @type {any} */ code) =>
    entries.some((each) => each.code === code);
  if (price.form === "plans" && !offers(price.plans, coverage.plan)) red("plan");
  if (price.form === "items") for (const [rule, data] of itemFaults(coverage, price)) red(rule, data);
  const extras = coverage.extras ?? [];
  if (!areExtras(extras)) red("input", { field: "extras" });
  else if (!extras.every((/** @type {string} */ code) => offers(price.extras ?? [], code))) red("extra");
}

/** @param {Asked} asked @param {Note} red @param {Note} amber */
function limits(asked, red, amber) {
  const { coverage, body, waiver, age, about, sum } = asked;
  const { min_fen: min, max_fen: max, step_fen: step, min_premium_fen: least } = body.limits;
  const chosen = coverage[CHOSEN[body.chooses]];
  if (isAmount(chosen) && !waiver) {
    if (min && chosen < min) red("min", { chosen_fen: chosen, min_fen: min });
    if (max && chosen > max) red("max", { chosen_fen: chosen, max_fen: max });
    if (step && chosen % step) red("step", { chosen_fen: chosen, step_fen: step });
  }
  if (least) {
    const yearly = premiumOf(asked);
    if (yearly !== null && yearly < least) red("min_premium", { chosen_fen: yearly, min_fen: least });
  }
  if (sum === null || age === null || !about) return;
  const total = grouped(asked);
  const { child_max_fen: child, no_exam: ceilings, income_multiple: multiple } = body.limits;
  if (age < ADULT && child && total > child) red("child_max", { sum_fen: total, max_fen: child });
  const ceiling = (ceilings ?? []).find(
    (/** @type {[number | null, number]} */ [upTo]) => upTo === null || age <= upTo,
  );
  if (ceiling && total > ceiling[1]) amber("no_exam", { sum_fen: total, max_fen: ceiling[1] });
  const proved = isAmount(about.income_fen) ? (multiple ?? 0) * about.income_fen : 0;
  if (multiple && age >= ADULT && total > proved)
    amber("income_multiple", { sum_fen: total, max_fen: proved, multiple });
}

/** @param {Asked} asked @returns {number | null} */
function premiumOf({ coverage, body, insured, buyer, start, among }) {
  try {
    return price(coverage, body, own(among.blobs, body.price.rates), insured, buyer, start).yearly_fen;
  } catch (error) {
    if (error instanceof PriceError) return null;
    throw error;
  }
}

/**
 * The sum of this cover and of the plan's others of the same group for the same person.
 * @param {Asked} asked
 */
function grouped({ coverage, body, among, sum }) {
  const { group } = body.limits;
  let total = sum ?? 0;
  if (!group || !isCode(coverage.insured)) return total;
  for (const each of among.coverages) {
    const other = among.product(each)?.body;
    if (other?.limits.group !== group || idOf(each) === idOf(coverage) || each.insured !== coverage.insured) continue;
    total += sumOf(each, other) ?? 0;
  }
  return total;
}
