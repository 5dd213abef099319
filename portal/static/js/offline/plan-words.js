// Plans in words: names, terms, what a cover is, what it costs, what it closes, what is wrong with it.

import { LINES as RULE_LINES, WORDS as RULES } from "../domain/check-words.js";
import { sumOf } from "../domain/premium.js";
import { told } from "../domain/product-words.js";
import { inLanguage } from "./asking.js";
import { msgid, word } from "./labels.js";
import * as say from "./say.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("./proposal.js").Bench} Bench
 * @typedef {import("./proposal.js").Option} Option
 * @typedef {Record<string, any>} Facts
 */

/** @type {Record<string, string>} */
const NAMES = {
  urgent: msgid("The most urgent first"),
  large: msgid("Close the large gaps"),
  all: msgid("Close everything"),
  own: msgid("Your own plan"),
};
/** @type {Record<string, string>} */
const STATES = {
  draft: msgid("Draft"),
  frozen: msgid("Frozen"),
  superseded: msgid("Superseded"),
  expired: msgid("Expired"),
  waiting: msgid("Waiting to be sent"),
  refused: msgid("Refused"),
};
/** @type {Record<string, string>} */
export const TONES = { draft: "", frozen: "good", superseded: "", expired: "warn", waiting: "accent", refused: "bad" };
const FREQUENCY = {
  half: msgid("%(amount)s a half-year"),
  quarter: msgid("%(amount)s a quarter"),
  month: msgid("%(amount)s a month"),
};
export const DEMO = msgid("Demo product");

/** @param {Context} context @param {Facts} plan */
export const planName = ({ _ }, plan) => _(NAMES[plan.name] ?? NAMES.own);

/** @param {Context} context @param {string} state */
export const stateText = ({ _ }, state) => _(STATES[state]);

/** @param {Context} context @param {string} code y20, a60, life */
export function termText({ _, ngettext }, code) {
  if (code === "life") return _("for life");
  const n = Number(code.slice(1));
  return code.startsWith("a") ? _("until the age of %(n)s", { n }) : ngettext("%(n)s year", "%(n)s years", n);
}

/** @param {Context} context @param {string} code the same, and single */
export function payText(context, code) {
  const { _, ngettext } = context;
  if (code === "single") return _("paid at once");
  if (code.startsWith("a")) return _("paid %(term)s", { term: termText(context, code) });
  const n = Number(code.slice(1));
  return ngettext("paid for %(n)s year", "paid for %(n)s years", n);
}

/** @param {Context} context @param {number} bp @returns {string} 4.3% */
export const percent = (context, bp) => `${Math.round(bp / 10) / 10}%`;

/** @param {Context} context @param {Bench} bench @param {number} yearly */
export function shareOf(context, { result }, yearly) {
  const income = result?.income_fen ?? 0;
  if (!income) return context._("household income not known");
  return context._("%(share)s of the household's income", { share: percent(context, (yearly * 10_000) / income) });
}

/** @param {Context} context @param {number} fen @returns {{price: string, unit: string}} 6,597 · 元 / 年 */
export function priceOf(context, fen) {
  const [price, unit = ""] = say.money(context, fen).split(" ");
  return { price, unit: context._("%(unit)s a year", { unit }).trim() };
}

/** @param {Context} context @param {string} mode @param {number} fen @returns {string} 594 元 a month; "" for a year */
export function modalText(context, mode, fen) {
  const text = /** @type {Record<string, string>} */ (FREQUENCY)[mode];
  return text ? context._(text, { amount: say.money(context, fen) }) : "";
}

/** @param {Context} context @param {Facts} coverage @param {Facts} body @returns {string} 120 万, or the plan, or the things insured */
export function sumText(context, coverage, body) {
  if (body.chooses === "plan") {
    return inLanguage(
      context,
      body.price.plans.find((/** @type {Facts} */ one) => one.code === coverage.plan),
    );
  }
  if (body.chooses === "items") {
    const chosen = body.price.items.filter((/** @type {Facts} */ one) => coverage.items?.[one.code]);
    return say.listed(
      context,
      chosen.map((/** @type {Facts} */ one) => inLanguage(context, /** @type {any} */ (one))),
    );
  }
  const fen = body.chooses === "premium" ? coverage.premium_fen : sumOf(coverage, body);
  return fen ? say.amount(context, fen) : "";
}

/** @param {Context} context @param {Facts} coverage @param {Facts} body */
export function coverText(context, coverage, body) {
  const lasts = [termText(context, coverage.term), coverage.term === "y1" ? "" : payText(context, coverage.pay)];
  return say.joined(context, [sumText(context, coverage, body), ...lasts]);
}

/** @param {Context} context @param {Facts} body */
export const shortName = ({ lang }, body) => (lang === "en" ? body.en : body.zh)?.short ?? "";

/** @param {Context} context @param {Facts} body */
export const fullName = ({ lang }, body) => (lang === "en" ? body.en : body.zh)?.name ?? "";

/** @param {Context} context @param {Bench} bench @param {string} id of a line */
export function lineName(context, { definitions }, id) {
  const found = definitions?.model.lines.find((/** @type {Facts} */ line) => line.id === id);
  return found ? inLanguage(context, found) : word(context, "kind", id);
}

/** @param {Bench} bench @param {string | null} id */
export const nameOf = (bench, id) => bench.personOf(id)?.name ?? "";

/**
 * Values of a message as they are read: amounts, percents, days, names.
 * @param {Context} context
 * @param {Facts} data
 */
function spoken(context, data) {
  const shown = (/** @type {string} */ name, /** @type {any} */ value) => {
    if (value === null || value === undefined) return "";
    if (name === "line") return context._(RULE_LINES[value] ?? value);
    if (value.zh) return inLanguage(context, value);
    if (name.endsWith("_fen")) return say.amount(context, value);
    if (name.endsWith("_bp")) return percent(context, value);
    if (/^\d{4}-\d\d-\d\d$/.test(value)) return say.day(context, value);
    return Array.isArray(value) ? say.listed(context, value.map(String)) : value;
  };
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, shown(name, value)]));
}

/** @param {Context} context @param {Facts} fault of eligibility or price */
export const faultText = ({ _, lang }, fault) => told(/** @type {any} */ (fault), _, lang);

/** @param {Context} context @param {Facts} check */
export function checkText(context, { id, code, data = {} }) {
  const text = RULES[`${id}.${code}`];
  return text ? context._(text, spoken(context, data)) : id;
}

/**
 * What a plan closes, line by line, and what it leaves open; nobody is told a score.
 * @param {Context} context
 * @param {Bench} bench
 * @param {Option} option
 * @param {Option | null} before a plan that this one may contain
 */
export function closesOf(context, bench, option, before) {
  const { _ } = context;
  const contains =
    before !== null &&
    before.plan.coverages.length > 0 &&
    before.closed.every((row) => {
      const own = option.closed.find((one) => one.member === row.member && one.line === row.line);
      return (own?.by_plan_fen ?? 0) >= row.by_plan_fen;
    });
  const known = (/** @type {Facts} */ row) =>
    contains &&
    before?.closed.some(
      (one) => one.member === row.member && one.line === row.line && one.by_plan_fen === row.by_plan_fen,
    );
  const closed = bench.lines.flatMap((line) => {
    const rows = option.closed.filter((row) => row.line === line && row.by_plan_fen > 0 && !known(row));
    return rows.length ? [closedText(context, bench, line, rows)] : [];
  });
  return { closed: contains ? [_("All of the plan before"), ...closed] : closed, left: leftOf(context, bench, option) };
}

/** @param {Context} context @param {Bench} bench @param {string} line @param {Facts[]} rows */
function closedText(context, bench, line, rows) {
  const { _ } = context;
  const what = lineName(context, bench, line);
  const whole = rows.every((row) => row.after_fen <= 0);
  const names = rows.map((row) => nameOf(bench, row.member));
  if (whole && (line === "medical" || rows.length > 2)) {
    const who = rows.length > 2 ? _("%(n)s people", { n: rows.length }) : say.listed(context, names);
    return _("%(what)s: closed for %(who)s", { what, who });
  }
  const each = rows.map((row, place) => `${names[place]} ${say.amount(context, row.by_plan_fen)}`.trim());
  return _("%(field)s: %(value)s", { field: what, value: say.listed(context, each) });
}

/** @param {Context} context @param {Bench} bench @param {{closed: Facts[]}} option @returns {string[]} */
export function leftOf(context, bench, { closed }) {
  const { _ } = context;
  const open = closed.filter((row) => row.after_fen > 0);
  const touched = (/** @type {string} */ line) => closed.some((row) => row.line === line && row.by_plan_fen > 0);
  const whole = bench.lines.filter((line) => open.some((row) => row.line === line) && !touched(line));
  const partly = bench.lines
    .filter((line) => touched(line) && open.some((row) => row.line === line))
    .map((line) => {
      const rows = open.filter((row) => row.line === line);
      const each = rows.map((row) => `${nameOf(bench, row.member)} ${say.amount(context, row.after_fen)}`.trim());
      return _("%(line)s, still short: %(list)s", {
        line: lineName(context, bench, line),
        list: say.listed(context, each),
      });
    });
  const later = say.listed(
    context,
    whole.map((line) => lineName(context, bench, line)),
  );
  return [...partly, ...(later ? [_("Not covered for now: %(list)s", { list: later })] : [])];
}

/**
 * What is missing, before and with the plan; what nothing is missing of is left out.
 * @param {Context} context
 * @param {Bench} bench
 * @param {Facts[]} closed
 */
export function barsOf(context, bench, closed) {
  const { _ } = context;
  return closed
    .filter((row) => row.before_fen > 0 || row.by_plan_fen > 0)
    .map((row) => {
      const share = (/** @type {number} */ fen) => percentOf(row.need_fen ? (fen * 10_000) / row.need_fen : 10_000);
      return {
        text: lineName(context, bench, row.line),
        who: nameOf(bench, row.member),
        enough: row.after_fen <= 0,
        adds: row.by_plan_fen > 0,
        enough_text: _("enough"),
        short: _("short of"),
        lacks: say.amount(context, Math.max(0, row.after_fen)),
        have: share(row.have_fen),
        plan: share(row.have_fen + row.by_plan_fen),
        have_text: row.by_plan_fen
          ? _("have %(amount)s, the plan adds %(more)s", {
              amount: say.amount(context, row.have_fen),
              more: say.amount(context, row.by_plan_fen),
            })
          : _("have %(amount)s", { amount: say.amount(context, row.have_fen) }),
        need_text: _("need %(amount)s", { amount: say.amount(context, row.need_fen) }),
      };
    });
}

/** @param {number} bp */
const percentOf = (bp) => `${Math.max(0, Math.min(1000, Math.floor(bp / 10))) / 10}%`;

/**
 * @param {Context} context
 * @param {Facts[]} rows
 * @param {number} yearly
 * @param {number} modal
 * @param {string} mode
 */
export function sumsModel(context, rows, yearly, modal, mode) {
  return {
    title: context._("How the premium is worked out"),
    rows,
    total_text: context._("Premium of the plan"),
    ...priceOf(context, yearly),
    modal: modalText(context, mode, modal),
    has_modal: modalText(context, mode, modal) !== "",
  };
}

/**
 * Rate × sum × factor, in words.
 * @param {Context} context
 * @param {string} who
 * @param {Facts} cover
 * @param {Facts | undefined} body
 * @param {Facts} quote
 * @param {string} mode
 */
export function sumOfCover(context, who, cover, body, quote, mode) {
  const { _ } = context;
  const counted = ["table", "per_sum"].includes(body?.price.form);
  const whys = (quote.cells ?? []).map((/** @type {Facts} */ cell) => {
    const at = [
      cell.sex ? _(cell.sex === "m" ? "Male" : "Female") : "",
      cell.age === null || cell.age === undefined ? "" : _("%(n)s years old", { n: cell.age }),
    ];
    const rate = { rate: (cell.rate / 100).toFixed(2), sum: body ? sumText(context, cover, body) : "" };
    return say.joined(context, [...at, counted ? _("%(rate)s yuan per 1,000 × %(sum)s", rate) : ""]);
  });
  const factor = body?.modes?.[mode];
  return {
    text: say.joined(context, [who, body ? shortName(context, body) : cover.product]),
    whys: [
      ...(body ? [coverText(context, cover, body)] : []),
      ...whys,
      ...(mode !== "year" && factor && cover.pay !== "single"
        ? [
            _("× %(factor)s = %(amount)s", {
              factor: percent(context, factor),
              amount: say.money(context, quote.modal_fen ?? 0),
            }),
          ]
        : []),
    ],
    amount: quote.errors ? "—" : say.money(context, quote.yearly_fen ?? 0),
  };
}

/**
 * What a product pays, excludes and wants known.
 * @param {Context} context
 * @param {Facts | undefined} body undefined when it is not on this phone
 * @param {string[]} extras that were chosen
 */
export function termsOf(context, body, extras) {
  const { _, ngettext } = context;
  const said = (/** @type {any[]} */ list) => list.map((one) => inLanguage(context, one));
  const days = (/** @type {number} */ n) => (n ? ngettext("%(n)s day", "%(n)s days", n) : _("none"));
  const benefits = (body?.benefits ?? []).filter(
    (/** @type {Facts} */ one) => !one.extra || extras.includes(one.extra),
  );
  const exclusions = said(body?.exclusions ?? []);
  const facts = body
    ? [
        [_("Waiting period"), days(body.waiting_days)],
        [_("Cooling-off"), days(body.cooling_off_days)],
        [_("Deductible"), body.deductible_fen ? say.amount(context, body.deductible_fen) : ""],
        [_("Risk grade"), body.risk_grade ?? ""],
        [_("Insurer"), inLanguage(context, body.insurer)],
      ]
    : [];
  return {
    benefits: said([...benefits, ...(body?.notes ?? [])]),
    facts: facts.filter(([, text]) => text).map(([label, text]) => ({ label, text })),
    exclusions,
    has_exclusions: exclusions.length > 0,
    exclusions_text: ngettext("%(n)s exclusion", "%(n)s exclusions", exclusions.length),
  };
}
