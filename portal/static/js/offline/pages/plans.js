// /plans: proposals and where they stand; one proposal with its plans, side by side, one of them chosen.

import { addDays, isDate } from "../../domain/dates.js";
import { parse as parseMoney, typed as typedMoney } from "../../domain/money.js";
import { newId } from "../../store/index.js";
import { msgid } from "../labels.js";
import { MODES, NO_AMOUNT, inputOf, modeField } from "../plan-form.js";
import { TONES, closesOf, faultText, modalText, planName, priceOf, shareOf, stateText } from "../plan-words.js";
import { Bench, draftOf, queued, stateOf } from "../proposal.js";
import { notFound, page, redirect } from "../router.js";
import * as say from "../say.js";
import { REFUSED, proposal } from "./plans-frozen.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../../store/index.js").Row} Row
 * @typedef {import("../proposal.js").Option} Option
 * @typedef {Record<string, any>} Facts
 */

/** @type {Record<string, string>} why there is no plan, and what to do about it */
const WHY = {
  catalogue: msgid(
    "The products or their rates are not on this phone yet. Connect once, wait until everything is synced, and try again.",
  ),
  gap: msgid("The analysis finds nothing missing. There is nothing to propose."),
  budget: msgid(
    "Nothing that is missing can be covered within this budget. Talk about the budget, or begin with the most urgent by hand.",
  ),
};
const NOT_BEFORE = msgid("Cover cannot begin before tomorrow.");

/** @param {Context} context @returns {Promise<Reply>} */
export async function index(context) {
  const { _, store, query } = context;
  const tree = query.has("customer") ? await store.tree(query.get("customer") ?? "") : null;
  const all = (await store.list("proposal")).sort(newest);
  const names = new Map((await store.book()).map((line) => [line.id, line.name]));
  const known = { proposals: all, ...(await queued(context)) };
  const rows = all.filter((row) => !tree || row.customer_id === tree.customer.id);
  return page(
    "plans/index.html",
    {
      title: tree ? _("Proposals for %(name)s", { name: tree.customer.name }) : _("Plans"),
      has_back: tree !== null,
      back_href: tree ? `/customers/${tree.customer.id}` : "",
      back_text: tree?.customer.name ?? "",
      new_href: tree ? `/customers/${tree.customer.id}/analyses` : "/customers",
      rows: rows.map((row) => rowOf(context, row, names.get(row.customer_id) ?? "", stateOf(context, row, known))),
      has_rows: rows.length > 0,
    },
    { tab: tree ? "customers" : "plans" },
  );
}

/** @param {Row} a @param {Row} b */
const newest = (a, b) => ((a.frozen_at ?? a.created_at ?? "~") < (b.frozen_at ?? b.created_at ?? "~") ? 1 : -1);

/** @param {Context} context @param {Row} row @param {string} name @param {string} state */
function rowOf(context, row, name, state) {
  const { _ } = context;
  const frozen = row.frozen ? JSON.parse(row.frozen) : null;
  const plans = Object.keys(row.draft ?? {}).filter((key) => key.startsWith("plan:")).length;
  const parts = frozen
    ? [
        _("revision %(n)s", { n: frozen.revision }),
        _("%(amount)s a year", { amount: say.money(context, frozen.yearly_fen) }),
        _("valid until %(day)s", { day: say.day(context, frozen.valid_until) }),
      ]
    : [say.near(context, row.made_on), context.ngettext("%(n)s plan", "%(n)s plans", plans)];
  return {
    href: `/plans/${row.id}`,
    initial: say.initial(name || "?"),
    text: name,
    sub: say.joined(context, parts),
    tag: stateText(context, state),
    tone: TONES[state],
  };
}

/** @param {Context} context @returns {Promise<Reply>} what plans are made with: the budget, how it is paid, from when on */
export async function wish(context) {
  const { store, params, query, _ } = context;
  const analysis = await store.get("analysis", params.id);
  if (!analysis?.result) return notFound();
  const why = query.get("why") ?? "";
  const budget = Number(query.get("budget")) || analysis.result.budget_fen;
  return wished(context, {
    action: `/analyses/${analysis.id}/plans`,
    back: [`/analyses/${analysis.id}`, _("Report")],
    values: { budget: typedMoney(budget), mode: modeOf(analysis), start: addDays(context.today, 1) },
    why: WHY[why] ? _(WHY[why]) : "",
  });
}

/** @param {Row} analysis */
const modeOf = (analysis) => (MODES.includes(analysis.answers?.S01?.mode) ? analysis.answers.S01.mode : "year");

/**
 * @param {Context} context
 * @param {{action: string, back: string[], values: Record<string, string>, errors?: Record<string, string>, why?: string,
 *   again?: boolean}} state
 */
function wished(context, { action, back, values, errors = {}, why = "", again = false }) {
  const { _ } = context;
  const [back_href, back_text] = back;
  return page(
    "plans/wish.html",
    {
      title: again ? _("Make the plans anew") : _("Make plans from the gap"),
      action,
      back_href,
      back_text,
      has_why: why !== "",
      why,
      has_warning: again,
      fields: [
        inputOf(context, "budget", _("Budget a year"), values.budget, errors.budget, {
          unit: _("yuan"),
          mode: "decimal",
        }),
        inputOf(context, "start", _("Cover begins on"), values.start, errors.start, { type: "date" }),
        modeField(context, values.mode),
      ],
    },
    { status: Object.keys(errors).length ? 422 : 200 },
  );
}

/** @param {Context} context @returns {Promise<Reply>} one tap on the report: up to three plans within the stated budget */
export async function start(context) {
  const { store, params, form, today, _ } = context;
  const analysis = await store.get("analysis", params.id);
  if (!analysis?.result) return notFound();
  const typed = typedWish(context, form, {
    budget: typedMoney(analysis.result.budget_fen),
    mode: modeOf(analysis),
    start: addDays(today, 1),
  });
  const action = `/analyses/${analysis.id}/plans`;
  if (typed.errors) {
    return wished(context, { action, back: [`/analyses/${analysis.id}`, _("Report")], ...typed });
  }
  // One draft of an analysis: who comes back goes on with it, unless something else is wished.
  const tree = await store.tree(analysis.customer_id);
  const open = tree?.proposals.find((row) => row.analysis_id === analysis.id && !row.frozen && !row.supersedes);
  if (open && !form?.has("budget")) return redirect(`/plans/${open.id}`);
  const { why, draft } = await draftOf(context, analysis, typed.wish);
  if (!draft) return redirect(`${action}?why=${why}&budget=${typed.wish.budget_fen}`);
  const id = open?.id ?? newId();
  const set = { customer_id: analysis.customer_id, analysis_id: analysis.id, made_on: today, draft };
  const change = open
    ? { op: /** @type {"update"} */ ("update"), set: { draft } }
    : { op: /** @type {"create"} */ ("create"), set };
  await store.commit([{ ...change, kind: "proposal", id }], { label: _("Proposal") });
  return redirect(`/plans/${id}`);
}

/**
 * @param {Context} context
 * @param {URLSearchParams | null} form
 * @param {Record<string, string>} usual
 * @returns {{values: Record<string, string>, errors: Record<string, string> | undefined,
 *   wish: {budget_fen: number, mode: string, start: string}}}
 */
function typedWish({ today }, form, usual) {
  const values = Object.fromEntries(Object.entries(usual).map(([name, value]) => [name, form?.get(name) ?? value]));
  const budget_fen = parseMoney(values.budget) ?? 0;
  /** @type {Record<string, string>} */
  const errors = {};
  if (budget_fen <= 0) errors.budget = NO_AMOUNT;
  if (!isDate(values.start) || values.start <= today) errors.start = NOT_BEFORE;
  const wish = { budget_fen, mode: MODES.includes(values.mode) ? values.mode : "year", start: values.start };
  return { values, errors: Object.keys(errors).length ? errors : undefined, wish };
}

/** @param {Context} context @returns {Promise<Reply>} the same questions for plans that are there */
export async function conditions(context) {
  const bench = await Bench.open(context);
  if (!bench || bench.row.frozen || !bench.analysis) return notFound();
  return wished(context, { ...again(context, bench), values: wishOf(bench) });
}

/** @param {Context} context @param {Bench} bench */
function again({ _ }, { row }) {
  return { action: `/plans/${row.id}/conditions`, back: [`/plans/${row.id}`, _("Plans")], again: true };
}

/** @param {Bench} bench @returns {Record<string, string>} */
function wishOf(bench) {
  return {
    budget: typedMoney(bench.draft.budget_fen ?? bench.result?.budget_fen ?? 0),
    mode: bench.mode,
    start: bench.start,
  };
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function remake(context) {
  const { store, form, _ } = context;
  const bench = await Bench.open(context);
  if (!bench?.analysis || bench.row.frozen) return notFound();
  const typed = typedWish(context, form, wishOf(bench));
  if (typed.errors) return wished(context, { ...again(context, bench), ...typed });
  const { why, draft } = await draftOf(context, bench.analysis, typed.wish);
  if (!draft) return wished(context, { ...again(context, bench), values: typed.values, why: _(WHY[why]) });
  const { note = "", answers = {} } = bench.draft;
  await bench.keep({ ...draft, note, answers });
  return redirect(`/plans/${bench.row.id}`);
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function show(context) {
  const bench = await Bench.open(context);
  if (!bench) return notFound();
  if (bench.row.frozen) return proposal(context, bench);
  const { _, ngettext } = context;
  const options = bench.plans.map((plan) => bench.option(plan));
  const at = `/plans/${bench.row.id}`;
  const refused = (await queued(context)).refused.get(bench.row.id);
  const budget = bench.draft.budget_fen ?? 0;
  const demo = Object.values(bench.catalogue.products).some(({ body }) => body.demo);
  return page("plans/show.html", {
    title: bench.row.supersedes
      ? _("A new revision")
      : ngettext("%(n)s plan made from the gap", "%(n)s plans made from the gap", options.length),
    lead: say.joined(context, [
      budget ? _("within %(amount)s a year", { amount: say.amount(context, budget) }) : "",
      demo ? _("demo products") : "",
      ratesText(context, bench),
    ]),
    back_href: bench.analysis ? `/analyses/${bench.analysis.id}` : `/plans?customer=${bench.row.customer_id}`,
    back_text: bench.analysis ? _("Gaps") : _("Plans"),
    has_refused: refused !== undefined,
    refused_text: _(REFUSED),
    refused_href: `/outbox/${refused}`,
    has_conditions: bench.analysis !== null,
    conditions_href: `${at}/conditions`,
    action: at,
    compare_href: `${at}/compare`,
    can_compare: options.length > 1 || bench.tree.policies.length > 0,
    has_plans: options.length > 0,
    plans: options.map((option, place) => cardOf(context, bench, option, options[place - 1] ?? null)),
  });
}

/** @param {Context} context @param {Bench} bench */
function ratesText(context, { plans, catalogue }) {
  const names = plans.flatMap((plan) => plan.coverages.map((/** @type {Facts} */ one) => one.product));
  const days = names.map((name) => catalogue.products[name]?.from_date ?? "").sort();
  const newest = days.at(-1);
  return newest ? context._("rates of %(day)s", { day: say.day(context, newest) }) : "";
}

/** @param {Context} context @param {Bench} bench @param {Option} option @param {Option | null} before */
function cardOf(context, bench, option, before) {
  const { plan, faults, yearly_fen } = option;
  const at = `/plans/${bench.row.id}`;
  const { closed, left } = closesOf(context, bench, option, before);
  return {
    id: plan.id,
    name: planName(context, plan),
    ...priceOf(context, yearly_fen),
    has_modal: modalText(context, plan.mode, option.modal_fen) !== "",
    modal: modalText(context, plan.mode, option.modal_fen),
    share: shareOf(context, bench, yearly_fen),
    checked: plan.id === bench.chosen?.id,
    closed,
    left,
    faults: faults.filter(({ level }) => level === "red").map((fault) => faultText(context, fault)),
    edit_href: `${at}/edit?of=${plan.id}`,
    sum_href: `${at}/sums?of=${plan.id}`,
  };
}

/** @param {Context} context @returns {Promise<Reply>} one plan is chosen; it goes on to the checks */
export async function choose(context) {
  const bench = await Bench.open(context);
  if (!bench || bench.row.frozen) return notFound();
  const chosen = context.form?.get("chosen") ?? "";
  if (bench.planOf(chosen) && chosen !== bench.draft.chosen) await bench.keep({ ...bench.draft, chosen });
  return redirect(`/plans/${bench.row.id}/checks`);
}
