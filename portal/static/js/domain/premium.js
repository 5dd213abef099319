// What a cover costs, from its product and nothing else. Pure: whole fen only, dates are passed in.
//
// The server's twin is portal/products/premium.py; both answer alike, to the fen and to the last error. Rates count per
// 1,000 yuan (sum assured, or yearly premium waived). Each cover is rounded by itself, half up, first by the year, then
// by the instalment.

import { addDays, addMonths, age, isDate } from "./dates.js";

/**
 * @typedef {Record<string, any>} Facts
 * @typedef {{yearly_fen: number, modal_fen: number, mode: string, cells: Facts[]}} Quote
 * @typedef {{rule: string, level: "red" | "amber", coverage: string, data: Facts}} Fault
 * @typedef {{products: Record<string, any>, blobs: Record<string, any>}} Catalogue
 * @typedef {[number, [string | null, number] | null]} Priced the yearly premium; sex and rate of the cell used
 */

/** A billion yuan. Beyond it is a slip of the finger, and within it every sum is exact. */
const MOST_FEN = 10 ** 11;
/** 1,000 yuan: what a rate counts by. */
export const THOUSAND = 100_000;
export const WHOLE_BP = 10_000;
/** A quote holds so long, unless the insured has a birthday before. */
const VALID_DAYS = 30;
/** Mortality tables end with 105 completed years. */
const LAST_AGE = 106;
export const MODES = ["year", "half", "quarter", "month"];
/** @type {Record<string, string>} */
export const SEXES = { male: "m", female: "f" };

/** There is no premium for this cover; `code` is a rule of product-words.js, `data` says more. */
export class PriceError extends Error {
  /** @param {string} code @param {Facts} [data] */
  constructor(code, data = {}) {
    super(code);
    this.code = code;
    this.data = data;
  }
}

/**
 * A cover of a plan of which nothing is chosen yet but what `more` says.
 * @param {string} id @param {string} product @param {string} insured @param {Facts} [more]
 * @returns {Facts}
 */
export const newCoverage = (id, product, insured, more = {}) => ({
  id,
  product,
  insured,
  term: "",
  pay: "",
  sum_fen: null,
  premium_fen: null,
  plan: null,
  extras: [],
  items: {},
  factors: {},
  rider_of: null,
  ...more,
});

// What is a number, a day, a person

/** @param {any} given fen somebody may choose: a whole number above zero */
export const isAmount = (given) => Number.isSafeInteger(given) && given > 0 && given <= MOST_FEN;

/** @param {any} given */
export const isText = (given) => typeof given === "string";

/** @param {any} given an object that is no list */
export const isFacts = (given) => given !== null && typeof given === "object" && !Array.isArray(given);

/** @param {any} given */
export const isNothing = (given) => given === null || given === undefined;

/** @param {any} text a day of our time written YYYY-MM-DD */
export const isDay = (text) => isDate(text) && text >= "1900" && text < "2200";

/**
 * What an object itself holds under a name, never what all objects have.
 * @param {any} facts
 * @param {any} name
 */
export const own = (facts, name) =>
  isText(name) && !isNothing(facts) && Object.hasOwn(facts, name) ? facts[name] : undefined;

/**
 * @param {any} person
 * @param {any} start
 * @returns {number | null} completed years on the day cover begins; null before birth and without a date of birth
 */
export function ageOn(person, start) {
  const born = isFacts(person) ? person.birth_date : null;
  return isDay(born) && isDay(start) && born <= start ? age(born, start) : null;
}

/**
 * How long a term or pay code runs for somebody of this age: y20, a60, life, single.
 * @param {any} code
 * @param {number} at
 * @returns {number | null}
 */
export function years(code, at) {
  if (code === "single") return 1;
  if (code === "life") return LAST_AGE - at;
  const found = isText(code) ? /^([ya])([0-9]{1,3})$/.exec(code) : null;
  return found ? Number(found[2]) - (found[1] === "y" ? 0 : at) : null;
}

/**
 * The product of whole numbers from zero, divided; half up. Exact, however large the numbers in between.
 * @param {number[]} over
 * @param {number} under
 */
export function share(over, under) {
  const product = over.reduce((one, other) => one * other, 2) + under;
  if (product <= Number.MAX_SAFE_INTEGER) return Math.floor(product / (2 * under));
  const exact = over.reduce((one, other) => one * BigInt(other), 2n) + BigInt(under);
  return Number(exact / (2n * BigInt(under)));
}

/**
 * The sum assured: as chosen, as the chosen plan has it, or the only one there is; null for no sum.
 * @param {Facts} coverage
 * @param {Facts} body
 * @returns {number | null}
 */
export function sumOf({ plan, sum_fen: chosen }, { price, chooses, limits }) {
  if (price.form === "plans") return named(price.plans, plan)?.sum_fen ?? null;
  if (chooses !== "sum") return null;
  if (isNothing(chosen)) return limits.min_fen === limits.max_fen ? (limits.max_fen ?? null) : null;
  return isAmount(chosen) ? chosen : null;
}

// One cover

/**
 * The premium; throws PriceError where there is none. `waived` is the yearly premium a waiver frees from; a waiver's
 * `person` is the one its main cover insures. `mode` of the answer is how this cover is really paid: `single` where that
 * was chosen, and `year` where the product does not offer the instalments asked for.
 * @param {any} coverage
 * @param {any} body
 * @param {any} rates
 * @param {any} person
 * @param {any} applicant
 * @param {any} start
 * @param {number} [waived]
 * @param {any} [mode]
 * @returns {Quote}
 */
export function price(coverage, body, rates, person, applicant, start, waived = 0, mode = "year") {
  if (!isFacts(coverage)) throw new PriceError("input", { field: "coverage" });
  if (!isDay(start)) throw new PriceError("input", { field: "start" });
  const { form } = body.price;
  const waiver = form === "waived";
  const whose = waiver ? applicant : person;
  const at = ageOr(whose, start, waiver ? "applicant" : "insured");
  const [yearly, cell] = waiver
    ? byPremiumWaived(coverage, rates, person, start, applicant, at, waived)
    : FORMS[form](coverage, body, rates, whose, at);
  const [paid, factor] = instalment(coverage, body, mode);
  const { term = null, pay = null } = coverage;
  const cells = cell ? [{ age: at, sex: cell[0], term, pay, rate: cell[1] }] : [];
  return { yearly_fen: yearly, modal_fen: share([yearly, factor], WHOLE_BP), mode: paid, cells };
}

/** @param {any} person @param {any} start @param {string} who */
function ageOr(person, start, who) {
  if (!isFacts(person)) throw new PriceError(who);
  const at = ageOn(person, start);
  if (at === null) throw new PriceError("birth_date");
  return at;
}

/** @param {Facts} coverage @param {Facts} body @param {any} mode @returns {[string, number]} */
function instalment(coverage, body, mode) {
  if (coverage.pay === "single") return ["single", WHOLE_BP];
  if (!MODES.includes(mode)) throw new PriceError("input", { field: "mode" });
  const offered = own(body.modes, mode);
  return offered === undefined ? ["year", body.modes.year ?? WHOLE_BP] : [mode, offered];
}

/** @type {Record<string, (coverage: Facts, body: Facts, rates: any, person: Facts, at: number) => Priced>} */
const FORMS = {
  table(coverage, body, rates, person, at) {
    const chosen = chosenSum(coverage, body);
    const { term, pay } = coverage;
    const cell = rateOf(rates, isText(term) && isText(pay) ? `${term}|${pay}` : "", person, at);
    return [share([cell[1], chosen], THOUSAND), cell];
  },
  bands(_, { price }, __, person, at) {
    for (const [upTo, fen] of price.bands) {
      if (upTo !== null && at > upTo) continue;
      const factor = person.social_insurance === false ? price.without_social_bp || WHOLE_BP : WHOLE_BP;
      return [share([fen, factor], WHOLE_BP), [null, fen]];
    }
    throw new PriceError("no_rate", { age: at });
  },
  per_sum(coverage, body, _, person) {
    const cost = body.price;
    const chosen = chosenSum(coverage, body);
    // Pupils, housewives and whoever was not asked yet: the class of offices and schools; eligibility says so.
    const occupation = occupationOf(person) ?? 1;
    const factor = cost.class_bp ? own(cost.class_bp, String(occupation)) : WHOLE_BP;
    if (factor === undefined) throw new PriceError("occupation", { occupation_class: occupation });
    let total = share([cost.fen_per_1000, chosen, factor], THOUSAND * WHOLE_BP);
    if (!areExtras(coverage.extras)) throw new PriceError("input", { field: "extras" });
    for (const code of coverage.extras ?? []) {
      const extra = named(cost.extras ?? [], code);
      if (!extra) throw new PriceError("extra");
      total += extra.fen;
    }
    return [total, [null, cost.fen_per_1000]];
  },
  plans(coverage, body) {
    const option = named(body.price.plans, coverage.plan);
    if (!option) throw new PriceError("plan");
    return [option.fen, [null, option.fen]];
  },
  premium(coverage) {
    if (!isAmount(coverage.premium_fen)) throw new PriceError("input", { field: "premium_fen" });
    return [coverage.premium_fen, null];
  },
  items(coverage, { price }) {
    const [wrong] = itemFaults(coverage, price);
    if (wrong) throw new PriceError(...wrong);
    const chosen = chosenOf(coverage.items);
    const factors = new Map((price.factors ?? []).map((/** @type {Facts} */ each) => [each.code, each.default]));
    for (const [code, bp] of chosenOf(coverage.factors)) factors.set(code, bp);
    let total = 0;
    for (const item of price.items) if (chosen.has(item.code)) total += itemFen(item, chosen.get(item.code), factors);
    return [Math.max(total, price.min_fen ?? 0), null];
  },
};

/**
 * By sex and age of the applicant and the years the main cover's premium is paid.
 * @param {Facts} coverage
 * @param {any} rates
 * @param {any} person
 * @param {any} start
 * @param {Facts} applicant
 * @param {number} at
 * @param {any} waived
 * @returns {Priced}
 */
function byPremiumWaived(coverage, rates, person, start, applicant, at, waived) {
  if (!isAmount(waived)) throw new PriceError("waived");
  const paid = years(coverage.pay, ageOr(person, start, "insured"));
  const cell = rateOf(rates, `|y${paid}`, applicant, at);
  return [share([cell[1], waived], THOUSAND), cell];
}

/**
 * @param {any} rates
 * @param {string} key
 * @param {Facts} person
 * @param {number} at
 * @returns {[string, number]}
 */
function rateOf(rates, key, person, at) {
  if (!rates) throw new PriceError("rates");
  const sex = own(SEXES, person.gender);
  if (!sex) throw new PriceError("gender");
  const [first, column] = own(own(rates.cells, key), sex) ?? [0, []];
  const rate = column[at - first] ?? null;
  if (rate === null) throw new PriceError("no_rate", { age: at });
  return [sex, rate];
}

/** @param {Facts} person @returns {number | null} class 1–6, null when nobody has asked */
export function occupationOf({ occupation_class: found }) {
  return Number.isInteger(found) && found >= 1 && found <= 6 ? found : null;
}

/** @param {any} extras codes, none of them twice; or nothing at all */
export const areExtras = (extras) =>
  isNothing(extras) || (Array.isArray(extras) && extras.every(isText) && new Set(extras).size === extras.length);

/** @param {Facts} coverage @param {Facts} body */
function chosenSum(coverage, body) {
  const chosen = sumOf(coverage, body);
  if (chosen === null) throw new PriceError("input", { field: "sum_fen" });
  return chosen;
}

/** @param {any} given @returns {Map<string, any>} */
const chosenOf = (given) => new Map(Object.entries(given ?? {}).filter(([, chosen]) => chosen !== null));

/** @param {Facts} item @param {any} chosen @param {Map<string, number>} factors */
function itemFen(item, chosen, factors) {
  const over = (item.factors ?? []).map((/** @type {string} */ code) => /** @type {number} */ (factors.get(code)));
  const under = WHOLE_BP ** over.length;
  if (item.choices) return share([named(item.choices, chosen)?.fen, ...over], under);
  if (item.count) return share([item.count.fen, chosen, ...over], under);
  const { per_100000: part, plus_fen: plus } = item.value;
  return share([part * chosen + (plus ?? 0) * THOUSAND, ...over], THOUSAND * under);
}

/**
 * What is wrong with the chosen parts of a motor or home cover.
 * @param {Facts} coverage
 * @param {Facts} cost
 * @returns {[string, Facts][]}
 */
export function itemFaults(coverage, cost) {
  const fields = ["items", "factors"];
  /** @type {[string, Facts][]} */
  const found = fields
    .filter((field) => !isNothing(coverage[field]) && !isFacts(coverage[field]))
    .map((field) => ["input", { field }]);
  if (found.length) return found;
  for (const field of fields) {
    const chosen = chosenOf(coverage[field]);
    /** @type {Facts[]} */
    const offered = cost[field] ?? [];
    const codes = new Set(offered.map((each) => each.code));
    const strange = [...chosen.keys()].some((code) => !codes.has(code));
    if (strange || (field === "items" && !chosen.size)) found.push(["input", { field }]);
    for (const each of offered) {
      const data = { name: { zh: each.zh, en: each.en } };
      if (!chosen.has(each.code)) {
        if (each.required) found.push(["item_missing", data]);
      } else if (!fits(each, chosen.get(each.code))) found.push([field === "items" ? "item" : "factor", data]);
    }
  }
  return found;
}

/** @param {Facts} item @param {any} chosen */
function fits(item, chosen) {
  if (item.bp) return item.bp.includes(chosen);
  if (item.choices) return named(item.choices, chosen) !== undefined;
  return isAmount(chosen) && chosen <= (item.count ? item.count.most : item.value.max_fen || MOST_FEN);
}

/** @param {Facts[]} entries @param {any} code @returns {Facts | undefined} */
const named = (entries, code) => entries.find((each) => each.code === code);

// A whole plan

/**
 * What each cover costs, and all that have a premium together. The applicant is the person who is `self` unless an id is
 * given; `today` is the day the quote is made (`start` when it is not said).
 * @param {any} plan
 * @param {Catalogue} catalogue
 * @param {any} people
 * @param {string | null} [applicant]
 * @param {string | null} [today]
 */
export function priced(plan, catalogue, people, applicant = null, today = null) {
  const asked = caseOf(plan, catalogue, people, applicant);
  /** @type {Map<string, any>} */
  const quotes = new Map();
  for (const waivers of [false, true])
    for (const coverage of asked.coverages)
      if (asked.waives(coverage) === waivers) quotes.set(idOf(coverage), quoteOf(asked, coverage, quotes));
  const sum = (/** @type {string} */ field) =>
    [...quotes.values()].reduce((total, one) => total + (one[field] ?? 0), 0);
  return {
    coverages: Object.fromEntries(quotes),
    yearly_fen: sum("yearly_fen"),
    modal_fen: sum("modal_fen"),
    valid_until: validUntil(asked, today ?? asked.start),
  };
}

/** @param {any} coverage @returns {string} a cover's id; empty where it has none */
export const idOf = (coverage) => (isFacts(coverage) && isText(coverage.id) ? coverage.id : "");

/**
 * A plan beside what it is looked up in; whatever is malformed is as good as absent.
 * @param {any} plan
 * @param {Catalogue} catalogue
 * @param {any} people
 * @param {any} applicant
 */
export function caseOf(plan, { products, blobs }, people, applicant) {
  const { start = null, mode = null, coverages } = isFacts(plan) ? plan : /** @type {Facts} */ ({});
  const everybody = new Map();
  for (const each of Array.isArray(people) ? people : []) if (isText(each?.id)) everybody.set(each.id, each);
  const self = [...everybody.values()].find((each) => each.relation === "self");
  const product = (/** @type {any} */ coverage) => own(products, coverage?.product) ?? null;
  /** @type {any[]} */
  const covers = Array.isArray(coverages) ? coverages : [];
  const waives = (/** @type {any} */ coverage) => product(coverage)?.body.price.form === "waived";
  const standsOn = (/** @type {any} */ main) =>
    isText(main) ? covers.filter((each) => isFacts(each) && (each.id === main || each.rider_of === main)) : [];
  const mainOf = (/** @type {Facts} */ { rider_of: main }) => standsOn(main).find((each) => each.id === main) ?? null;
  return {
    start,
    mode,
    coverages: covers,
    blobs,
    applicant: (isText(applicant) ? everybody.get(applicant) : self) ?? null,
    product,
    /** Who is insured; of a waiver, whom its main cover insures. */
    person: (/** @type {any} */ coverage) =>
      everybody.get((waives(coverage) ? mainOf(coverage) : coverage)?.insured) ?? null,
    waives,
    standsOn,
    mainOf,
  };
}

/** @typedef {ReturnType<typeof caseOf>} Case */

/** @param {Case} asked @param {any} coverage @param {Map<string, any>} quotes @returns {Quote | {errors: Fault[]}} */
function quoteOf(asked, coverage, quotes) {
  try {
    const product = asked.product(coverage);
    if (!product) throw new PriceError("product");
    const { body } = product;
    const waived = asked.waives(coverage) ? waivedFen(asked, coverage, quotes) : 0;
    const rates = own(asked.blobs, body.price.rates);
    return price(coverage, body, rates, asked.person(coverage), asked.applicant, asked.start, waived, asked.mode);
  } catch (error) {
    if (!(error instanceof PriceError)) throw error;
    return { errors: [{ rule: error.code, level: "red", coverage: idOf(coverage), data: error.data }] };
  }
}

/**
 * The yearly premium of the main cover and its other riders; a waiver waives no waiver.
 * @param {Case} asked
 * @param {Facts} waiver
 * @param {Map<string, any>} quotes
 */
function waivedFen(asked, waiver, quotes) {
  let total = 0;
  for (const each of asked.standsOn(waiver.rider_of)) {
    if (asked.waives(each)) continue;
    const quote = quotes.get(idOf(each));
    if (quote.errors) throw new PriceError("waived");
    total += quote.yearly_fen;
  }
  return total;
}

/**
 * 30 days from the day it is made, or the day before the age of somebody insured changes.
 * @param {Case} asked
 * @param {any} made
 * @returns {string | null}
 */
function validUntil(asked, made) {
  if (!isDay(asked.start) || !isDay(made)) return null;
  let last = addDays(made, VALID_DAYS);
  for (const coverage of asked.coverages) {
    const whose = asked.waives(coverage) ? asked.applicant : asked.person(coverage);
    const at = ageOn(whose, asked.start);
    if (at === null) continue;
    const eve = addDays(addMonths(whose.birth_date, 12 * (at + 1)), -1);
    if (eve < last) last = eve;
  }
  return last;
}

/**
 * The plan without a cover, and without the riders that stood on it.
 * @param {Facts} plan
 * @param {string} id
 */
export function without(plan, id) {
  const kept = plan.coverages.filter((/** @type {Facts} */ each) => each.id !== id && each.rider_of !== id);
  return { ...plan, coverages: kept };
}
