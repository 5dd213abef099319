// The controls of one cover: who, which product, how much; for how long, how it is paid, what is added.

import { typed as typedMoney } from "../domain/money.js";
import { inLanguage } from "./asking.js";
import { choiceOf, inputOf, paysFor, rangeOf } from "./plan-form.js";
import { fullName, payText, shortName, sumText, termText } from "./plan-words.js";
import { isOpen } from "./proposal.js";
import * as say from "./say.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("./proposal.js").Bench} Bench
 * @typedef {Record<string, any>} Facts
 */

const CHIPS_MOST = 4;

/** @param {Bench} bench @param {string} today @param {string} [kept] @returns {string[]} products that can stand alone */
export function mains({ catalogue }, today, kept = "") {
  return Object.entries(catalogue.products)
    .filter(([name, row]) => name === kept || (isOpen(row, today) && row.body.role !== "rider"))
    .map(([name]) => name);
}

/** @param {Bench} bench @param {Facts} cover @param {string} today @returns {string[]} riders that go with a product */
export function ridersFor({ catalogue }, cover, today) {
  const code = cover.product.split("@")[0];
  return Object.entries(catalogue.products)
    .filter(([, row]) => row.body.role === "rider" && isOpen(row, today) && row.body.mains.includes(code))
    .map(([name]) => name);
}

/** @param {Facts} body */
export const hasSum = (body) => ["sum", "premium"].includes(body.chooses) && body.price.form !== "waived";

/** @param {Facts} body @param {Facts} cover @returns {string[]} what there is to choose of */
export const lengths = (body, cover) => [
  ...(body.terms.length > 1 ? ["term"] : []),
  ...(paysFor(body, cover.term).length > 1 ? ["pay"] : []),
];

/** @param {Context} context @param {Bench} bench @param {Facts} cover @param {Record<string, string>} told */
export function productField(context, bench, cover, told) {
  const names = mains(bench, context.today, cover.product);
  const options = names.map((name) => {
    const { body } = bench.catalogue.products[name];
    return { value: name, text: fullName(context, body), checked: name === cover.product };
  });
  return { ...choiceOf(context, "product", context._("Product"), options), ...wrong("product", told) };
}

/** @param {string} name @param {Record<string, string>} told */
function wrong(name, told) {
  const error = told[name] ?? "";
  return { has_error: false, error: "", has_description: true, described_by: `e-${name}`, invalid: error !== "" };
}

/**
 * @param {Context} context
 * @param {Bench} bench
 * @param {Facts} cover typed: an amount that is none
 * @param {Facts} body
 * @param {Record<string, string>} told
 */
export function fieldsOf(context, bench, cover, body, told) {
  const { _ } = context;
  const people = bench.people.filter((one) => !one.unborn);
  const who = people.map((one) => ({ value: one.id, text: one.name, checked: one.id === cover.insured }));
  const control = who.length > CHIPS_MOST ? "select" : "chips";
  /** @type {Facts[]} */
  const fields = [
    { ...choiceOf(context, "insured", _("Insured person"), who, { control }), ...wrong("insured", told) },
    productField(context, bench, cover, told),
  ];
  if (hasSum(body)) {
    const fen = body.chooses === "premium" ? cover.premium_fen : cover.sum_fen;
    const label = body.chooses === "premium" ? _("Premium a year") : _("Sum assured");
    const value = cover.typed ?? typedMoney(fen ?? 0);
    fields.push({
      ...inputOf(context, "sum", label, value, "", { unit: _("yuan"), mode: "decimal" }),
      ...wrong("sum", told),
    });
  }
  if (body.chooses === "plan") {
    const plans = body.price.plans.map((/** @type {Facts} */ one) => ({
      value: one.code,
      text: inLanguage(context, /** @type {any} */ (one)),
      checked: one.code === cover.plan,
    }));
    fields.push(choiceOf(context, "plan", _("Plan"), plans));
  }
  return fields;
}

/** @param {Context} context @param {Bench} bench @param {Facts} cover @param {Facts} body */
export function sliderOf(context, bench, cover, body) {
  const { least, most, step } = rangeOf(bench, cover, body);
  const fen = (body.chooses === "premium" ? cover.premium_fen : cover.sum_fen) ?? least;
  return {
    label: body.chooses === "premium" ? context._("Premium a year") : context._("Sum assured"),
    min: String(least / 100),
    max: String(most / 100),
    step: String(step / 100),
    value: String(Math.floor(fen / 100)),
    shown: sumText(context, cover, body),
  };
}

/**
 * What comes after the sum: for how long, how it is paid, what is added. Nothing is ticked before a person ticks it.
 * @param {Context} context
 * @param {Bench} bench
 * @param {Facts} cover
 * @param {Facts} body
 * @param {Facts} plan
 */
export function afterOf(context, bench, cover, body, plan) {
  const { _ } = context;
  const one = (/** @type {string} */ value, /** @type {string} */ text, /** @type {string} */ chosen) => ({
    value,
    text: say.capital(text),
    checked: value === chosen,
  });
  const terms = body.terms.map((/** @type {string} */ code) => one(code, termText(context, code), cover.term));
  const pays = paysFor(body, cover.term).map((code) => one(code, payText(context, code), cover.pay));
  const by = (/** @type {any[]} */ options) => ({ control: options.length > CHIPS_MOST ? "select" : "chips" });
  const fields = [
    ...(terms.length > 1
      ? [{ ...choiceOf(context, "term", _("Cover lasts"), terms, by(terms)), ...wrong("term", {}) }]
      : []),
    ...(pays.length > 1
      ? [{ ...choiceOf(context, "pay", _("Years of payment"), pays, by(pays)), ...wrong("pay", {}) }]
      : []),
  ];
  const ticks = (/** @type {string} */ name, /** @type {string} */ label, /** @type {any[]} */ options) =>
    options.length ? [choiceOf(context, name, label, options, { control: "chips", type: "checkbox" })] : [];
  const extras = (body.price.extras ?? []).map((/** @type {Facts} */ extra) => ({
    value: extra.code,
    text: inLanguage(context, /** @type {any} */ (extra)),
    checked: cover.extras.includes(extra.code),
  }));
  const riders = ridersFor(bench, cover, context.today).map((name) => ({
    value: name,
    text: shortName(context, bench.catalogue.products[name].body),
    checked: plan.coverages.some((/** @type {Facts} */ each) => each.rider_of === cover.id && each.product === name),
  }));
  const items = body.chooses === "items" ? itemFields(context, cover, body) : [];
  return [...fields, ...items, ...ticks("extras", _("Added benefits"), extras), ...ticks("rider", _("Riders"), riders)];
}

/** @param {Context} context @param {Facts} cover @param {Facts} body */
function itemFields(context, cover, { price }) {
  const { _ } = context;
  const none = { value: "", text: _("not insured"), checked: false };
  const items = price.items.map((/** @type {Facts} */ item) => {
    const [name, label, value] = [
      `item.${item.code}`,
      inLanguage(context, /** @type {any} */ (item)),
      cover.items[item.code],
    ];
    if (item.value) {
      return inputOf(context, name, label, value ? typedMoney(value) : "", "", { unit: _("yuan"), mode: "decimal" });
    }
    if (item.count) return inputOf(context, name, label, value ? String(value) : "", "", { mode: "numeric" });
    const choices = item.choices.map((/** @type {Facts} */ one) => ({
      value: one.code,
      text: inLanguage(context, /** @type {any} */ (one)),
      checked: one.code === value,
    }));
    return choiceOf(context, name, label, item.required ? choices : [...choices, { ...none, checked: !value }]);
  });
  const factors = (price.factors ?? []).map((/** @type {Facts} */ factor) =>
    choiceOf(
      context,
      `factor.${factor.code}`,
      inLanguage(context, /** @type {any} */ (factor)),
      factor.bp.map((/** @type {number} */ bp) => ({
        value: String(bp),
        text: `× ${bp / 10_000}`,
        checked: bp === (cover.factors[factor.code] ?? factor.default),
      })),
    ),
  );
  return [...items, ...factors];
}
