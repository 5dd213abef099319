// /plans/<id>/edit: one plan of a draft, cover by cover; premium and gaps follow while a finger moves.

import { newCoverage, without } from "../../domain/premium.js";
import { msgid } from "../labels.js";
import { afterOf, fieldsOf, hasSum, lengths, mains, productField, ridersFor, sliderOf } from "../plan-fields.js";
import { MODES, coverOf, modeField } from "../plan-form.js";
import {
  barsOf, coverText, faultText, fullName, modalText, nameOf, planName, priceOf, shareOf, shortName, sumOfCover, sumText,
  sumsModel, termsOf,
} from "../plan-words.js"; // prettier-ignore
import { Bench, LETTERS } from "../proposal.js";
import { fragment, notFound, page, redirect } from "../router.js";
import * as say from "../say.js";
import { frozenSums } from "./plans-frozen.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../proposal.js").Option} Option
 * @typedef {Record<string, any>} Facts
 */

const NEW = "new";
const removedKey = (/** @type {string} */ id) => `plan-removed:${id}`;
const GONE = msgid("This can no longer be taken back.");
/** Which control a rule is about; the rest is about the product. @type {[RegExp, string][]} */
const BESIDE = [
  [/^(term|term_over|end_age)$/, "term"],
  [/^pay/, "pay"],
  [/^(min|max|step|child_max|min_premium|rider_ratio)$/, "sum"],
  [/^(entry|insured|applicant|birth|unborn|gender|occupation|social)/, "insured"],
];

/** @param {Context} context @returns {Promise<{bench: Bench, plan: Facts} | null>} the plan that is changed */
async function opened(context) {
  const bench = await (context.htmx ? Bench.again(context) : Bench.open(context));
  if (!bench || bench.row.frozen) return null;
  const letter = context.query.get("of");
  const plan = bench.planOf(letter) ?? bench.chosen;
  return plan ? { bench, plan } : null;
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function edit(context) {
  const found = await opened(context);
  if (!found) return notFound();
  const { bench, plan } = found;
  const { _ } = context;
  const option = bench.option(plan);
  const at = `/plans/${bench.row.id}/edit`;
  const bars = barsOf(context, bench, option.closed);
  const rest = bars.filter(({ adds }) => !adds);
  return page("plans/edit.html", {
    title: planName(context, plan),
    lead: shareOf(context, bench, option.yearly_fen),
    back_href: `/plans/${bench.row.id}`,
    back_text: _("Plans"),
    covers: plan.coverages.map((/** @type {Facts} */ cover) => coverRow(context, bench, option, cover)),
    has_covers: plan.coverages.length > 0,
    add_href: `${at}/${NEW}?of=${plan.id}`,
    action: `${at}?of=${plan.id}`,
    mode: modeField(context, bench.mode),
    bars_rows: bars.filter(({ adds }) => adds),
    rest_rows: rest,
    has_rest: rest.length > 0,
    rest_text: String(rest.length),
    result: resultOf(context, bench, option, null),
    sum_href: `/plans/${bench.row.id}/sums?of=${plan.id}`,
    choose_action: `/plans/${bench.row.id}`,
    id: plan.id,
  });
}

/** @param {Context} context @param {Bench} bench @param {Option} option @param {Facts} cover */
function coverRow(context, bench, option, cover) {
  const { _ } = context;
  const body = bench.productOf(cover.product)?.body;
  const fault = option.faults.find((one) => one.coverage === cover.id && one.level === "red");
  const quote = option.quotes[cover.id];
  return {
    href: `/plans/${bench.row.id}/edit/${cover.rider_of ?? cover.id}?of=${option.plan.id}`,
    text: say.joined(context, [nameOf(bench, cover.insured), body ? shortName(context, body) : cover.product]),
    sub: fault
      ? faultText(context, fault)
      : body
        ? coverText(context, cover, body)
        : _("This product is not on this phone."),
    tone: fault ? "bad" : "",
    value: quote?.errors ? "" : say.money(context, quote?.yearly_fen ?? 0),
    remove_action: `/plans/${bench.row.id}/edit/${cover.id}/removals?of=${option.plan.id}`,
    remove_label: _("Remove %(what)s", { what: body ? fullName(context, body) : cover.product }),
  };
}

/** @param {Context} context @param {Bench} bench @param {Option} option @param {Facts | null} quote of one cover */
function resultOf(context, bench, option, quote) {
  const { _ } = context;
  const yearly = quote ? (quote.yearly_fen ?? 0) : option.yearly_fen;
  const modal = modalText(context, bench.mode, quote ? (quote.modal_fen ?? 0) : option.modal_fen);
  const whole = say.money(context, option.yearly_fen);
  const parts = [
    modal,
    quote ? _("whole plan %(amount)s", { amount: whole }) : "",
    shareOf(context, bench, option.yearly_fen),
  ];
  return {
    ...(quote?.errors ? { price: "—", unit: "" } : priceOf(context, yearly)),
    text: quote ? _("Premium of this cover") : _("Premium of the plan"),
    sub: say.joined(context, parts),
  };
}

/** @param {Context} context @returns {Promise<Reply>} how the premium is paid */
export async function change(context) {
  const found = await opened(context);
  if (!found) return notFound();
  const { bench, plan } = found;
  const mode = context.form?.get("mode") ?? "";
  if (MODES.includes(mode)) await bench.keep({ ...bench.draft, mode });
  return redirect(`/plans/${bench.row.id}/edit?of=${plan.id}`);
}

/** @param {Context} context @returns {Promise<Reply>} one cover: the form, or what of it follows a finger */
export async function cover(context) {
  const found = await opened(context);
  const before = found && beforeOf(context, found.bench, found.plan);
  if (!found || !before) return notFound();
  const typed = context.query.has("product") ? context.query : null;
  const model = coverModel(context, found.bench, found.plan, before, typed);
  return context.htmx ? fragment("plans/live.html", model) : page("plans/cover.html", model);
}

/** @param {Context} context @param {Bench} bench @param {Facts} plan @returns {Facts | null} the cover as it is kept, or a new one */
function beforeOf({ params, today }, bench, plan) {
  if (params.cover !== NEW) {
    // A rider is changed where its main cover is.
    const found = plan.coverages.find((/** @type {Facts} */ one) => one.id === params.cover && !one.rider_of);
    return found ?? null;
  }
  const [first] = mains(bench, today);
  if (!first) return null;
  const taken = LETTERS.flatMap((letter) => bench.draft[`plan:${letter}`]?.coverages ?? []);
  const numbers = taken.map((/** @type {Facts} */ one) => Number(one.id.slice(1)) || 0);
  return newCoverage(`c${Math.max(0, ...numbers) + 1}`, first, bench.applicant?.id ?? "");
}

/**
 * @param {Bench} bench
 * @param {Facts} plan
 * @param {Facts} cover
 * @param {URLSearchParams | null} typed
 * @param {string} today
 * @returns {Facts} the plan with this cover, and the riders that were ticked
 */
function changed(bench, plan, cover, typed, today) {
  const others = plan.coverages.filter((/** @type {Facts} */ one) => one.id !== cover.id && one.rider_of !== cover.id);
  const kept = plan.coverages.filter((/** @type {Facts} */ one) => one.rider_of === cover.id);
  const wished = typed?.getAll("rider") ?? kept.map((/** @type {Facts} */ one) => one.product);
  const riders = ridersFor(bench, cover, today)
    .filter((name) => wished.includes(name))
    .map((name, place) => {
      const id = kept.find((/** @type {Facts} */ one) => one.product === name)?.id ?? `${cover.id}r${place + 1}`;
      return newCoverage(id, name, cover.insured, { term: cover.pay, pay: cover.pay, rider_of: cover.id });
    });
  const at = plan.coverages.findIndex((/** @type {Facts} */ one) => one.id === cover.id);
  const place = at < 0 ? others.length : at;
  return { ...plan, coverages: [...others.slice(0, place), cover, ...riders, ...others.slice(place)] };
}

/**
 * @param {Context} context
 * @param {Bench} bench
 * @param {Facts} plan
 * @param {Facts} before
 * @param {URLSearchParams | null} typed
 */
function coverModel(context, bench, plan, before, typed) {
  const { _, params } = context;
  const { cover: now, errors } = coverOf(bench, plan, before, typed);
  const whole = changed(bench, plan, now, typed, context.today);
  const option = bench.option(whole);
  const own = whole.coverages.filter((/** @type {Facts} */ one) => one.id === now.id || one.rider_of === now.id);
  const quote = together(own.map((/** @type {Facts} */ one) => option.quotes[one.id] ?? {}));
  const faults = option.faults.filter((one) => own.some((/** @type {Facts} */ each) => each.id === one.coverage));
  const body = bench.productOf(now.product)?.body;
  const asked = ["product", "insured", ...(body && hasSum(body) ? ["sum"] : []), ...(body ? lengths(body, now) : [])];
  const told = {
    ...placed(context, faults, asked),
    ...Object.fromEntries(Object.entries(errors).map(([key, text]) => [key, _(text)])),
  };
  const isNew = params.cover === NEW;
  const at = `/plans/${bench.row.id}/edit`;
  const typedSum = typed?.get("was") === now.product ? (typed?.get("sum") ?? "") : null;
  const shown = { ...now, typed: errors.sum ? typedSum : null };
  const about = option.closed.filter((row) => row.member === now.insured || (!row.member && row.line === body?.line));
  const bars = about.sort((a, b) => Number(b.line === body?.line) - Number(a.line === body?.line));
  return {
    title: isNew ? _("A further cover") : _("Change a cover"),
    plan_text: planName(context, plan),
    back_href: `${at}?of=${plan.id}`,
    action: `${at}/${params.cover}?of=${plan.id}`,
    src: `${at}/${params.cover}?of=${plan.id}`,
    draft_key: `plan:${bench.row.id}:${plan.id}:${params.cover}`,
    was: now.product,
    ver: bench.row.ver ?? 0,
    fields: body ? fieldsOf(context, bench, shown, body, told) : [productField(context, bench, now, told)],
    has_slide: body !== undefined && hasSum(body),
    slide: body && hasSum(body) ? sliderOf(context, bench, now, body) : NO_RANGE,
    amount: body ? sumText(context, now, body) : "",
    after: body ? afterOf(context, bench, now, body, whole) : [],
    errors: ["product", "insured", "sum", "term", "pay"].map((name) => ({
      name,
      text: told[name] ?? "",
      has_text: Boolean(told[name]),
    })),
    notes: notesOf(context, faults),
    result: resultOf(context, bench, option, quote),
    bars_rows: barsOf(context, bench, bars),
    terms_of: termsOf(context, body, now.extras),
    has_remove: !isNew,
    remove_action: `${at}/${params.cover}/removals?of=${plan.id}`,
    is_new: isNew,
  };
}

const NO_RANGE = { label: "", min: "0", max: "0", step: "1", value: "0", shown: "" };

/** @param {Facts[]} quotes of a cover and its riders */
function together(quotes) {
  const sum = (/** @type {string} */ field) => quotes.reduce((all, one) => all + (one[field] ?? 0), 0);
  const wrong = quotes.some((one) => one.errors);
  return { yearly_fen: sum("yearly_fen"), modal_fen: sum("modal_fen"), ...(wrong ? { errors: true } : {}) };
}

/**
 * @param {Context} context
 * @param {Facts[]} faults
 * @param {string[]} asked controls there are
 * @returns {Record<string, string>} red ones, by the control they are about
 */
function placed(context, faults, asked) {
  const red = faults.filter(({ level }) => level === "red");
  /** @type {Record<string, string>} */
  const found = {};
  for (const fault of red) {
    const beside = BESIDE.find(([rules]) => rules.test(fault.rule))?.[1] ?? "product";
    const name = asked.includes(beside) ? beside : "product";
    found[name] = [found[name], faultText(context, fault)].filter(Boolean).join(" ");
  }
  return found;
}

/** @param {Context} context @param {Facts[]} faults what is only to be known */
const notesOf = (context, faults) =>
  faults.filter(({ level }) => level !== "red").map((fault) => faultText(context, fault));

/** @param {Context} context @returns {Promise<Reply>} */
export async function save(context) {
  const found = await opened(context);
  const before = found && beforeOf(context, found.bench, found.plan);
  if (!found || !before) return notFound();
  const { bench, plan } = found;
  const form = /** @type {URLSearchParams} */ (context.form);
  const model = coverModel(context, bench, plan, before, form);
  // Without scripts another product was chosen: its own questions first.
  if (form.get("was") !== model.was) return page("plans/cover.html", model);
  if (model.errors.some(({ has_text }) => has_text)) return page("plans/cover.html", model, { status: 422 });
  const { cover: now } = coverOf(bench, plan, before, form);
  const next = changed(bench, plan, now, form, context.today);
  await bench.keep({ ...bench.draft, [`plan:${plan.id}`]: { ...next, name: "own", uncovered: [] } });
  return redirect(`/plans/${bench.row.id}/edit?of=${plan.id}`);
}

/** @param {Context} context @returns {Promise<Reply>} a cover is taken out, its riders with it; it can be taken back */
export async function remove(context) {
  const { params, store, _ } = context;
  const found = await opened(context);
  if (!found) return notFound();
  const { bench, plan } = found;
  const key = `plan:${plan.id}`;
  await store.saveDraft(removedKey(bench.row.id), { key, plan: bench.draft[key] });
  await bench.keep({ ...bench.draft, [key]: { ...without(plan, params.cover), name: "own", uncovered: [] } });
  return redirect(`/plans/${bench.row.id}/edit?of=${plan.id}`, {
    toast: _("Removed from the plan"),
    undo: `/plans/${bench.row.id}/undos`,
  });
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function undo(context) {
  const { store, params, _ } = context;
  const bench = await Bench.open(context);
  const kept = await store.draft(removedKey(params.id));
  if (!bench) return notFound();
  if (!kept || bench.row.frozen) return redirect(`/plans/${bench.row.id}`, { toast: _(GONE) });
  await bench.keep({ ...bench.draft, [kept.key]: kept.plan });
  await store.dropDraft(removedKey(params.id));
  return redirect(`/plans/${bench.row.id}/edit?of=${kept.plan.id}`);
}

/** @param {Context} context @returns {Promise<Reply>} how every premium is worked out */
export async function sums(context) {
  const whole = await Bench.open(context);
  if (whole?.row.frozen) return frozenSums(context, whole);
  const found = await opened(context);
  if (!found) return notFound();
  const { bench, plan } = found;
  const option = bench.option(plan);
  const rows = plan.coverages.map((/** @type {Facts} */ cover) => {
    const body = bench.productOf(cover.product)?.body;
    return sumOfCover(context, nameOf(bench, cover.insured), cover, body, option.quotes[cover.id] ?? {}, plan.mode);
  });
  return page("plans/sums.html", {
    ...sumsModel(context, rows, option.yearly_fen, option.modal_fen, plan.mode),
    back_href: `/plans/${bench.row.id}`,
  });
}
