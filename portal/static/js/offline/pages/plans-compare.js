// /plans/<id>/compare: plans side by side, or what is held against what is proposed. Every dimension, in one order, blanks
// said as such; no score, and none of them is the best.

import { rows as yearsOf } from "../../domain/illustration.js";
import { ageOn, years } from "../../domain/premium.js";
import { inLanguage } from "../asking.js";
import { msgid } from "../labels.js";
import { checkText, lineName, nameOf, payText, percent, planName, priceOf, sumText, termText } from "../plan-words.js";
import { Bench, heldBy, withValues } from "../proposal.js";
import { notFound, page } from "../router.js";
import * as say from "../say.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../proposal.js").Option} Option
 * @typedef {Record<string, any>} Facts
 *
 * @typedef {object} Side one column
 * @property {string} price
 * @property {string} unit
 * @property {string} name
 * @property {number} yearly
 * @property {number | null} total
 * @property {Held[]} covers
 * @typedef {{who: string, text: string, href: string}} Told of one member, or of all; href: where more is said
 * @typedef {{member: string | null, line: string, cover: Facts, body: Facts | null, quote: Facts, of?: string}} Held
 */

const HELD = "held";
const BLANK = msgid("not stipulated");
/** Rules about what is there already. */
const WARNINGS = ["R05", "R25"];
const CASH_YEARS = [5, 10, 20];
const CASH_AGE = 60;
/** Which line a policy of the book stands in. @type {Record<string, string>} */
const LINE_OF = {
  term: "life",
  whole_life: "life",
  increasing_whole_life: "life",
  endowment: "life",
  annuity: "retirement",
  motor: "car",
};

/** @param {Context} context @returns {Promise<Reply>} */
export async function show(context) {
  const { _, query, ngettext } = context;
  const bench = await Bench.open(context);
  if (!bench || bench.row.frozen || !bench.plans.length) return notFound();
  await withValues(context, bench.catalogue);
  const options = bench.plans.map((plan) => bench.option(plan));
  const chosen = options.find(({ plan }) => plan.id === bench.chosen.id) ?? options[0];
  const held = heldBy(bench.tree, bench.analysis, context.today).filter(({ lapsed }) => !lapsed);
  const withHeld = query.get("with") === HELD && held.length > 0;
  const wanted = withHeld ? [chosen] : options;
  const sides = [
    ...(withHeld ? [heldSide(context, held)] : []),
    ...wanted.map((option) => sideOf(context, bench, option)),
  ];
  const differing = query.has("set") ? query.has("differences") : true;
  const all = partsOf(context, bench, sides);
  const count = all.reduce((sum, part) => sum + part.rows.filter(({ differs }) => !differs).length, 0);
  const parts = all
    .map((part) => ({ ...part, rows: part.rows.filter(({ differs }) => differs || !differing) }))
    .filter(({ rows }) => rows.length);
  const at = `/plans/${bench.row.id}`;
  return page("plans/compare.html", {
    title: withHeld
      ? _("What is held, and what is proposed")
      : ngettext("%(n)s plan in detail", "%(n)s plans compared", sides.length),
    back_href: at,
    back_text: _("Plans"),
    action: `${at}/compare`,
    views: [
      { href: `${at}/compare`, text: _("The plans"), current: !withHeld },
      { href: `${at}/compare?with=${HELD}`, text: _("With what is held"), current: withHeld },
    ],
    has_views: held.length > 0,
    has_with: withHeld,
    differences: differing,
    hidden_text: differing
      ? ngettext("%(n)s that is the same is folded away", "%(n)s that are the same are folded away", count)
      : ngettext("%(n)s is the same", "%(n)s are the same", count),
    heads: sides.map(({ price, unit, name }) => ({ price, unit, name })),
    columns: String(sides.length),
    parts,
    ...warningsOf(context, bench, wanted),
    next_href: withHeld ? `${at}/checks` : at,
    next_text: withHeld ? _("To the checks") : _("Choose one"),
  });
}

/** @param {Context} context @param {Bench} bench @param {Option} option @returns {Side} */
function sideOf(context, bench, option) {
  const { plan, quotes, yearly_fen } = option;
  const covers = plan.coverages.flatMap((/** @type {Facts} */ cover) => {
    const body = bench.productOf(cover.product)?.body ?? null;
    const quote = quotes[cover.id] ?? {};
    return body && !cover.rider_of && !quote.errors
      ? [{ member: cover.insured, line: body.line ?? body.kind, cover, body, quote, of: plan.id }]
      : [];
  });
  const total = plan.coverages.reduce((/** @type {number} */ sum, /** @type {Facts} */ cover) => {
    const quote = quotes[cover.id] ?? {};
    return sum + (quote.yearly_fen ?? 0) * timesPaid(bench, cover);
  }, 0);
  return { ...priceOf(context, toYuan(yearly_fen)), name: planName(context, plan), yearly: yearly_fen, total, covers };
}

/** @param {number} fen @returns {number} whole yuan: what stands over a column is short, every premium below is exact */
const toYuan = (fen) => Math.floor((fen + 50) / 100) * 100;

/** @param {Bench} bench @param {Facts} cover */
function timesPaid(bench, cover) {
  const person = bench.personOf(cover.insured);
  return cover.pay === "single" || !person ? 1 : (years(cover.pay, ageOn(person, bench.start) ?? 0) ?? 1);
}

/** @param {Context} context @param {Facts[]} held @returns {Side} */
function heldSide(context, held) {
  const yearly = held.reduce((sum, one) => sum + one.premium_fen, 0);
  const covers = held.map((one) => ({
    member: one.insured,
    line: LINE_OF[one.kind] ?? one.kind,
    cover: { ...one, held: true },
    body: null,
    quote: { yearly_fen: one.premium_fen },
  }));
  return { ...priceOf(context, toYuan(yearly)), name: context._("Held now"), yearly, total: null, covers };
}

/** @param {Context} context @param {Bench} bench @param {Side[]} sides */
function partsOf(context, bench, sides) {
  const { _ } = context;
  const income = bench.result?.income_fen ?? 0;
  const share = (/** @type {Side} */ side) => (income ? percent(context, (side.yearly * 10_000) / income) : "");
  const total = (/** @type {Side} */ { total: fen }) => (fen === null ? "" : say.amount(context, fen));
  const whole = {
    title: "",
    has_title: false,
    rows: [
      rowOf(
        context,
        _("Share of the household's income a year"),
        sides.map((side) => all(share(side))),
      ),
      rowOf(
        context,
        _("Paid in all, at today's rates"),
        sides.map((side) => all(total(side))),
      ),
    ],
  };
  const lines = [...new Set([...bench.lines, ...sides.flatMap(({ covers }) => covers.map(({ line }) => line))])];
  const parts = lines
    .filter((line) => sides.some(({ covers }) => covers.some((one) => one.line === line)))
    .map((line) => ({
      title: lineName(context, bench, line),
      has_title: true,
      rows: lineRows(context, bench, sides, line),
    }));
  return [whole, ...parts];
}

/**
 * @param {Context} context
 * @param {string} text
 * @param {Told[][]} cells values of each side; several when its covers differ
 * @param {string} [blank]
 */
function rowOf({ _ }, text, cells, blank = BLANK) {
  const said = cells.map((values) => values.filter(({ text }) => text));
  const shown = said.map((values) => (values.length ? values : all(_(blank))));
  const texts = shown.map((values) => JSON.stringify(values.map(({ who, text: one }) => [who, one])));
  const differs = texts.some((one) => one !== texts[0]);
  return {
    text,
    differs: differs || cells.length === 1,
    cells: shown.map((values, place) => ({
      texts: values,
      tone: !said[place].length ? "quiet" : differs ? "differs" : "",
    })),
  };
}

/** @param {Context} context @param {Bench} bench @param {Side[]} sides @param {string} line */
function lineRows(context, bench, sides, line) {
  const own = sides.map(({ covers }) => covers.filter((one) => one.line === line));
  const members = [...new Set(own.flat().map(({ member }) => member))];
  const sums = members.map((member) =>
    rowOf(
      context,
      nameOf(bench, member) || context._("Household"),
      own.map((covers) => covers.filter((one) => one.member === member).flatMap((one) => all(sumOf(context, one)))),
      msgid("none"),
    ),
  );
  const rows = dimensions(context, bench).map(([text, of, more]) =>
    rowOf(
      context,
      text,
      own.map((covers) => byMember(bench, covers, of, more)),
    ),
  );
  return [...sums, ...rows];
}

/** @param {Context} context @param {Held} one */
const sumOf = (context, { cover, body }) => (body ? sumText(context, cover, body) : say.amount(context, cover.sum_fen));

/** @param {string} text @param {string} [href] @returns {Told[]} */
const all = (text, href = "") => [{ who: "", text, href }];

/** @param {Bench} bench @param {Held[]} covers @param {(one: Held) => string} of @param {string} [more] @returns {Told[]} once when all say the same */
function byMember(bench, covers, of, more = "") {
  const values = covers.map(of);
  const href = (/** @type {Held} */ one) => (more && one.body ? `${more}/${one.cover.id}?of=${one.of}#terms` : "");
  if (new Set(values).size < 2) return all(values[0] ?? "", covers[0] ? href(covers[0]) : "");
  return covers.map((one, place) => ({ who: nameOf(bench, one.member), text: values[place], href: href(one) }));
}

/**
 * @param {Context} context
 * @param {Bench} bench
 * @returns {[string, (one: Held) => string, string?][]} in the order in which they are compared; where more is said
 */
function dimensions(context, bench) {
  const { _, ngettext } = context;
  const days = (/** @type {number | null | undefined} */ n) =>
    n ? ngettext("%(n)s day", "%(n)s days", n) : n === 0 ? _("none") : "";
  const own = (/** @type {(body: Facts, one: Held) => string} */ of) => (/** @type {Held} */ one) =>
    one.body ? of(one.body, one) : "";
  const benefit = (/** @type {string} */ trigger) => own((body, one) => benefitOf(context, body, one, trigger));
  const cash = (/** @type {number} */ year) =>
    own((_body, one) => cashAt(context, bench, one, (row) => row.year === year));
  const rider = (/** @type {Held} */ { cover }) =>
    bench.plans.some((plan) => plan.coverages.some((/** @type {Facts} */ one) => one.rider_of === cover.id));
  return [
    [_("Premium a year"), ({ quote }) => (quote.yearly_fen ? say.money(context, quote.yearly_fen) : "")],
    [
      _("Premiums in all"),
      own((_body, { cover, quote }) => say.amount(context, (quote.yearly_fen ?? 0) * timesPaid(bench, cover))),
    ],
    [
      _("Cover lasts"),
      ({ cover, body }) => (body ? termText(context, cover.term) : cover.expiry ? say.day(context, cover.expiry) : ""),
    ],
    [_("Years of payment"), own((_body, { cover }) => payText(context, cover.pay))],
    [_("On death"), benefit("death")],
    [_("On critical illness"), benefit("ci")],
    [_("On a mild illness"), benefit("mild")],
    [_("On a moderate illness"), benefit("moderate")],
    [_("Waiting period"), own((body) => days(body.waiting_days))],
    [
      _("Exclusions"),
      own((body) => ngettext("%(n)s exclusion", "%(n)s exclusions", body.exclusions.length)),
      `/plans/${bench.row.id}/edit`,
    ],
    [_("Deductible"), own((body) => (body.deductible_fen ? say.amount(context, body.deductible_fen) : ""))],
    [_("Repaid"), own((body) => (body.reimburse_bp ? percent(context, body.reimburse_bp) : ""))],
    [
      _("Renewal guaranteed"),
      ({ body, cover }) => {
        const n = body?.guaranteed_renewal_years;
        return n ? ngettext("%(n)s year", "%(n)s years", n) : cover.guaranteed ? _("Yes") : "";
      },
    ],
    ...CASH_YEARS.map(
      (year) =>
        /** @type {[string, (one: Held) => string]} */ ([_("Cash value after %(n)s years", { n: year }), cash(year)]),
    ),
    [
      _("Cash value at the age of %(n)s", { n: CASH_AGE }),
      own((_body, one) => cashAt(context, bench, one, (row) => row.age === CASH_AGE)),
    ],
    [_("Waiver of premium"), own((body, one) => (rider(one) ? _("Yes") : inLanguage(context, body.waiver)))],
    [_("Service"), own((body) => inLanguage(context, body.service))],
    [_("Cooling-off"), own((body) => days(body.cooling_off_days))],
    [_("Risk grade"), own((body) => body.risk_grade ?? "")],
    [_("Insurer"), ({ body, cover }) => (body ? inLanguage(context, body.insurer) : (cover.insurer ?? ""))],
    [_("Solvency as published"), own((body) => inLanguage(context, body.solvency))],
  ];
}

/** @param {Context} context @param {Facts} body @param {Held} one @param {string} trigger */
function benefitOf(context, body, { cover }, trigger) {
  const { _ } = context;
  const found = body.benefits.filter((/** @type {Facts} */ each) => each.trigger === trigger);
  const texts = found.map((/** @type {Facts} */ each) => {
    const sum = sumText(context, cover, body);
    const share = each.bp && each.bp !== 10_000 ? _("%(share)s of it", { share: percent(context, each.bp) }) : "";
    const what =
      each.of === "fixed" ? say.amount(context, each.fen) : each.of === "sum" ? share || sum : _(word_(each.of));
    return say.joined(context, [what, each.times > 1 ? _("%(n)s times", { n: each.times }) : ""]);
  });
  return say.listed(context, [...new Set(texts)]);
}

/** @param {string} of */
const word_ = (of) =>
  of === "paid" ? msgid("premiums paid") : of === "values" ? msgid("cash value") : msgid("by the terms");

/** The years of a cover, once worked out. @type {WeakMap<Facts, Facts[]>} by quote */
const worked = new WeakMap();

/** @param {Context} context @param {Bench} bench @param {Held} one @param {(row: Facts) => boolean} which */
function cashAt(context, bench, { cover, body, quote }, which) {
  const values = body?.values ? bench.catalogue.blobs[body.values] : null;
  const person = bench.personOf(cover.insured);
  if (!values || !person) return "";
  const product = bench.productOf(cover.product);
  if (!worked.has(quote)) worked.set(quote, yearsOf(cover, product, quote, values, person, bench.start));
  const found = worked.get(quote)?.find(which);
  return found && found.cash_fen !== null ? say.amount(context, found.cash_fen) : "";
}

/**
 * What is replaced, paid for twice, insured too much; and what is only to be kept in mind.
 * @param {Context} context
 * @param {Bench} bench
 * @param {Option[]} options
 */
function warningsOf(context, bench, options) {
  const found = options.flatMap((option) => bench.checks(option)).filter(({ id }) => WARNINGS.includes(id));
  const texts = (/** @type {boolean} */ info) => [
    ...new Set(found.filter(({ level }) => (level === "info") === info).map((check) => checkText(context, check))),
  ];
  const [warnings, reminders] = [texts(false), texts(true)];
  return { warnings, reminders, has_warnings: warnings.length > 0, has_reminders: reminders.length > 0 };
}
