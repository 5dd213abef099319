// What a proposal is frozen to: one plan with its prices, its years and its checks, as canonical JSON. Pure. The server's
// twin is portal/proposals/snapshot.py; for the same draft both write the same bytes.

import { canonical } from "./canonical.js";
import { closed as closedBy } from "./closing.js";
import { dayOf } from "./dates.js";
import { rows as yearsOf } from "./illustration.js";
import { priced } from "./premium.js";
import { sha256 } from "./sha256.js";

/** @typedef {Record<string, any>} Facts */

const VERSION = 1;
/** The columns of the years, as `illustration.rows` names them. */
export const COLUMNS = [
  "year", "age", "premium_fen", "paid_fen", "death_fen", "ci_fen", "survival_fen", "cash_fen", "dividend_fen",
  "dividends_fen",
]; // prettier-ignore
/** What a coverage says by itself; the rest of a frozen coverage is worked out. */
export const CHOSEN = [
  "id", "product", "insured", "term", "pay", "sum_fen", "premium_fen", "plan", "extras", "items", "factors", "rider_of",
]; // prettier-ignore

/** A coverage of the plan has no price; `faults` as `priced` gives them. */
export class NotPriced extends Error {
  /** @param {Facts[]} faults */
  constructor(faults) {
    super("A coverage of the plan has no price.");
    this.name = "NotPriced";
    this.faults = faults;
  }
}

/**
 * @param {Facts} given
 * @returns {string} the canonical text of `build(given)`
 */
export function frozen(given) {
  return canonical(build(given));
}

/**
 * @param {string} text
 * @returns {string} the SHA-256 of a frozen text's UTF-8 bytes, in hexadecimal
 */
export function digest(text) {
  return Array.from(sha256(new TextEncoder().encode(text)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {Facts} given id, revision, supersedes, customer, agent, analysis, made_at (an instant's text), plan, people,
 *   applicant, catalogue, result (of the analysis, or null), ruleset (`code@version`), checks (with answers), note
 * @returns {Facts} the snapshot of a plan
 * @throws {NotPriced}
 */
export function build(given) {
  const { plan, people, catalogue, applicant, result } = given;
  const all = priced(plan, catalogue, people, applicant, dayOf(given.made_at));
  const quotes = all.coverages;
  const faults = Object.values(quotes).flatMap((quote) => quote.errors ?? []);
  if (faults.length) throw new NotPriced(faults);
  const closed = result ? closedBy(plan, quotes, result, catalogue, people) : [];
  const dates = plan.coverages.map((/** @type {Facts} */ each) => catalogue.products[each.product].from_date);
  return {
    v: VERSION,
    id: given.id,
    revision: given.revision,
    supersedes: given.supersedes,
    customer: given.customer,
    agent: given.agent,
    analysis: given.analysis,
    made_at: given.made_at,
    start: plan.start,
    valid_until: all.valid_until,
    mode: plan.mode,
    people,
    applicant,
    coverages: plan.coverages.map((/** @type {Facts} */ each) => coverageOf(each, quotes[each.id], catalogue)),
    yearly_fen: all.yearly_fen,
    modal_fen: all.modal_fen,
    closed,
    uncovered: closed.filter((each) => each.after_fen > 0).map(uncoveredOf),
    illustration: Object.fromEntries(
      plan.coverages.map((/** @type {Facts} */ each) => [each.id, columnsOf(each, quotes[each.id], given)]),
    ),
    ruleset: given.ruleset,
    checks: given.checks,
    note: given.note,
    catalogue_date: dates.sort().at(-1),
  };
}

/**
 * @param {Facts} snapshot
 * @returns {Facts} the plan it was made of
 */
export function planOf(snapshot) {
  const coverages = snapshot.coverages.map((/** @type {Facts} */ each) => chosenOf(each));
  return { start: snapshot.start, mode: snapshot.mode, coverages };
}

/**
 * @param {Record<string, any[]>} columns of a frozen illustration
 * @returns {Facts[]} one row a year
 */
export function rows(columns) {
  return columns.year.map((_, index) => Object.fromEntries(COLUMNS.map((name) => [name, columns[name][index]])));
}

/** @param {Facts} coverage */
function chosenOf(coverage) {
  return Object.fromEntries(CHOSEN.map((name) => [name, coverage[name]]));
}

/**
 * @param {Facts} coverage
 * @param {Facts} quote
 * @param {Facts} catalogue
 */
function coverageOf(coverage, quote, catalogue) {
  const body = catalogue.products[coverage.product].body;
  return {
    ...chosenOf(coverage),
    name: { zh: body.zh.name, en: body.en.name },
    kind: body.kind,
    line: body.line,
    yearly_fen: quote.yearly_fen,
    modal_fen: quote.modal_fen,
    cells: quote.cells,
    rates: body.price.rates ?? null,
    values: body.values,
    body: digest(canonical(body)),
  };
}

/**
 * @param {Facts} coverage
 * @param {Facts} quote
 * @param {Facts} given
 */
function columnsOf(coverage, quote, { plan, people, catalogue }) {
  const product = catalogue.products[coverage.product];
  const values = catalogue.blobs[product.body.values] ?? null;
  const person = people.find((/** @type {Facts} */ each) => each.id === coverage.insured);
  const years = yearsOf(coverage, product, quote, values, person, plan.start);
  return Object.fromEntries(COLUMNS.map((name) => [name, years.map((/** @type {Facts} */ year) => year[name])]));
}

/** @param {Facts} closed */
function uncoveredOf({ member, line, after_fen }) {
  return { member, line, fen: after_fen };
}
