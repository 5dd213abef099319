// Fields of the forms about plans, which belong to no record of their own.

import { parse as parseMoney } from "../domain/money.js";
import { ageOn } from "../domain/premium.js";
import { msgid, word } from "./labels.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("./proposal.js").Bench} Bench
 * @typedef {Record<string, any>} Facts
 */

export const MODES = ["year", "half", "quarter", "month"];
export const NO_AMOUNT = msgid("This is not an amount.");
const NO_PRODUCT = msgid("Choose a product.");
const ADULT = 18;
const TEN_THOUSAND_YUAN = 1_000_000;
const MOST_FEN = 1_000_000_000;

/** @param {Context} context @param {string} chosen */
export const modeField = (context, chosen) =>
  choiceOf(
    context,
    "mode",
    context._("Paid"),
    MODES.map((mode) => ({ value: mode, text: word(context, "pay_mode", mode), checked: mode === chosen })),
    { control: "chips" },
  );

/**
 * @param {Context} context
 * @param {string} name
 * @param {string} label
 * @param {string} value
 * @param {string} [error] a msgid
 * @param {{unit?: string, mode?: string, type?: string, hint?: string}} [more]
 */
export function inputOf(
  { _ },
  name,
  label,
  value,
  error = "",
  { unit = "", mode = "text", type = "text", hint = "" } = {},
) {
  const id = `p-${name}`;
  return {
    control: "input",
    id,
    name,
    label,
    type,
    value,
    options: [],
    inputmode: mode,
    autocomplete: "off",
    maxlength: 20,
    required: false,
    has_unit: unit !== "",
    unit,
    has_hint: hint !== "",
    hint,
    has_error: error !== "",
    error: error ? _(error) : "",
    has_description: error !== "" || hint !== "",
    described_by: [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" "),
    can_add: false,
    add_label: "",
  };
}

/**
 * One of many, as a list to choose from, or as chips.
 * @param {Context} context
 * @param {string} name
 * @param {string} label
 * @param {{value: string, text: string, checked: boolean}[]} options
 * @param {{control?: string, type?: string, error?: string}} [more]
 */
export function choiceOf(context, name, label, options, { control = "select", type = "radio", error = "" } = {}) {
  return { ...inputOf(context, name, label, "", error, { type }), control, options };
}

/**
 * A cover as the controls have it; what the product does not know is the nearest it does.
 * @param {Bench} bench
 * @param {Facts} plan
 * @param {Facts} before the cover as it is kept
 * @param {URLSearchParams | null} form null: nothing was typed yet
 * @returns {{cover: Facts, errors: Record<string, string>}} errors: a msgid by control
 */
export function coverOf(bench, plan, before, form) {
  const product = form?.get("product") ?? before.product;
  const row = bench.productOf(product);
  if (!row) return { cover: { ...before, product }, errors: { product: NO_PRODUCT } };
  const { body } = row;
  const insured = form?.get("insured") ?? before.insured;
  const term = nearest(body.terms, form?.get("term") ?? before.term);
  const pays = paysFor(body, term);
  /** @type {Facts} */
  const cover = { ...before, product, insured, term, pay: nearest(pays, form?.get("pay") ?? before.pay) };
  /** @type {Record<string, string>} */
  const errors = {};
  for (const field of ["sum_fen", "premium_fen", "plan"]) cover[field] = null;
  if (body.chooses === "plan") {
    const codes = body.price.plans.map((/** @type {Facts} */ one) => one.code);
    cover.plan = nearest(codes, form?.get("plan") ?? before.plan);
  } else if (body.chooses !== "items" && body.price.form !== "waived") {
    const field = body.chooses === "premium" ? "premium_fen" : "sum_fen";
    const typed = form?.get("sum");
    const moved = form !== null && form.get("was") !== product;
    const fen = typed === null || typed === undefined || moved ? (before[field] ?? 0) : parseMoney(typed);
    if (fen === null) errors.sum = NO_AMOUNT;
    else if (moved || !fen) cover[field] = usualSum(bench, plan, cover, body);
    else cover[field] = fen;
  }
  cover.extras = form ? form.getAll("extras").filter(Boolean) : (before.extras ?? []);
  const known = (body.price.extras ?? []).map((/** @type {Facts} */ one) => one.code);
  cover.extras = cover.extras.filter((/** @type {string} */ one) => known.includes(one));
  if (body.chooses === "items") itemsOf(cover, body, form, errors);
  else Object.assign(cover, { items: {}, factors: {} });
  return { cover, errors };
}

/** @param {Facts} cover @param {Facts} body @param {URLSearchParams | null} form @param {Record<string, string>} errors */
function itemsOf(cover, { price }, form, errors) {
  if (!form || form.get("was") !== cover.product) {
    if (!form || !Object.keys(cover.items ?? {}).length) cover.items = usualItems(price);
    cover.factors = Object.keys(cover.factors ?? {}).length ? cover.factors : usualFactors(price);
    return;
  }
  cover.items = {};
  for (const item of price.items) {
    const typed = (form.get(`item.${item.code}`) ?? "").trim();
    if (!typed) continue;
    const value = item.value ? parseMoney(typed) : item.count ? Number(typed) : typed;
    if (value === null || (typeof value === "number" && !Number.isSafeInteger(value))) errors[item.code] = NO_AMOUNT;
    else if (value !== 0) cover.items[item.code] = value;
  }
  const factors = (price.factors ?? []).map((/** @type {Facts} */ one) => [
    one.code,
    Number(form.get(`factor.${one.code}`) ?? one.default),
  ]);
  cover.factors = Object.fromEntries(factors);
}

/** @param {Facts} price what must be insured */
function usualItems({ items }) {
  const needed = items.filter((/** @type {Facts} */ one) => one.required && one.choices);
  return Object.fromEntries(needed.map((/** @type {Facts} */ one) => [one.code, one.choices[0].code]));
}

/** @param {Facts} price */
const usualFactors = ({ factors = [] }) =>
  Object.fromEntries(factors.map((/** @type {Facts} */ one) => [one.code, one.default]));

/** @template T @param {T[]} known @param {T} wished @returns {T} */
const nearest = (known, wished) => (known.includes(wished) ? wished : known[0]);

/** @param {Facts} body @param {string} term @returns {string[]} ways to pay that end before the cover does */
export function paysFor(body, term) {
  const long = (/** @type {string} */ code) => Number(code.slice(1));
  const fits = body.pays.filter((/** @type {string} */ pay) => {
    if (pay === "single" || pay[0] !== term[0]) return true;
    return long(pay) <= long(term);
  });
  return fits.length ? fits : body.pays;
}

/**
 * What to begin with: what the rest of the plan leaves open, within what the product allows.
 * @param {Bench} bench
 * @param {Facts} plan
 * @param {Facts} cover
 * @param {Facts} body
 */
function usualSum(bench, plan, cover, body) {
  const { least, most, step } = rangeOf(bench, cover, body);
  if (body.chooses === "premium") return least;
  const others = plan.coverages.filter((/** @type {Facts} */ one) => one.id !== cover.id);
  const { closed } = bench.option({ ...plan, coverages: others });
  const open = closed.find((row) => row.member === cover.insured && row.line === body.line)?.after_fen ?? 0;
  return Math.min(most, Math.max(least, Math.ceil(Math.max(0, open) / step) * step));
}

/** @param {Bench} bench @param {Facts} cover @param {Facts} body @returns {{least: number, most: number, step: number}} fen */
export function rangeOf(bench, cover, { limits = {} }) {
  const person = bench.personOf(cover.insured);
  const child = person?.birth_date ? (ageOn(person, bench.start) ?? 0) < ADULT : false;
  const most = (child && limits.child_max_fen) || limits.max_fen || MOST_FEN;
  return { least: limits.min_fen ?? 0, most, step: limits.step_fen ?? TEN_THOUSAND_YUAN };
}
