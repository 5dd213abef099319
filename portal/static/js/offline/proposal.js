// A proposal on the bench: its plans priced, what each closes and leaves open, what the rules say, with everything on
// the phone.

import { checks as checksOf } from "../domain/checks.js";
import { closed as closedBy } from "../domain/closing.js";
import { addDays } from "../domain/dates.js";
import { planFaults } from "../domain/eligibility.js";
import { valuesOf } from "../domain/household.js";
import { isSensitive, persons, policies as toldPolicies } from "../domain/people.js";
import { protects, waitingEnd } from "../domain/policy.js";
import { plans as planned } from "../domain/planner.js";
import { priced } from "../domain/premium.js";
import { definitionsOf } from "./inquiry.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("../store/index.js").Row} Row
 * @typedef {import("../store/index.js").Tree} Tree
 * @typedef {Record<string, any>} Facts
 * @typedef {{products: Record<string, Facts>, blobs: Record<string, any>}} Catalogue
 *
 * @typedef {object} Option one plan of the draft, worked out
 * @property {Facts} plan
 * @property {Record<string, Facts>} quotes by coverage
 * @property {number} yearly_fen
 * @property {number} modal_fen
 * @property {string | null} valid_until
 * @property {Facts[]} closed
 * @property {Facts[]} faults of eligibility and price
 */

export const LETTERS = ["a", "b", "c"];
const YEARLY = { month: 12, quarter: 4, half: 2, year: 1, single: 0 };

/** Read once, and again when something has arrived. @type {{key: string, catalogue: Catalogue, ruleset: Row | null}} */
let shelf = { key: "", catalogue: { products: {}, blobs: {} }, ruleset: null };

/** @param {Context} context @returns {Promise<{catalogue: Catalogue, ruleset: Row | null}>} */
export async function catalogueOf({ store, agent, today }) {
  const key = `${agent.id} ${today} ${await store.meta("cursor")}`;
  if (shelf.key !== key || !Object.keys(shelf.catalogue.products).length) {
    const products = Object.fromEntries(
      (await store.list("product")).map((row) => [`${row.code}@${row.version}`, row]),
    );
    const sets = (await store.list("ruleset")).filter((row) => row.code === "checks" && isOpen(row, today));
    const ruleset = sets.sort((a, b) => b.version - a.version)[0] ?? null;
    shelf = { key, catalogue: { products, blobs: shelf.catalogue.blobs }, ruleset };
  }
  await fetched(store, shelf.catalogue, (body) => body.price.rates);
  return shelf;
}

/** @param {Row} row @param {string} day @returns {boolean} whether it is sold, or in force, on a day */
export const isOpen = (row, day) => row.from_date <= day && (!row.to_date || row.to_date >= day);

/**
 * Blobs that are not at hand yet; what has not arrived stays away.
 * @param {import("../store/index.js").Store} store
 * @param {Catalogue} catalogue
 * @param {(body: Facts) => string | null | undefined} which
 */
async function fetched(store, { products, blobs }, which) {
  const wanted = Object.values(products).map(({ body }) => which(body));
  const missing = [...new Set(wanted.filter((sha) => sha && !(sha in blobs)))];
  if (missing.length) Object.assign(blobs, await store.blobs(/** @type {string[]} */ (missing)));
}

/** @param {Context} context @param {Catalogue} catalogue what tables of the years to come need */
export const withValues = ({ store }, catalogue) => fetched(store, catalogue, (body) => body.values);

/** @param {Row | null} analysis @param {any} definitions @returns {Facts[] | null} as the analysis has them by now */
function peopleOf(analysis, definitions) {
  if (!analysis?.answers || !definitions) return null;
  return persons(analysis.answers, analysis.made_on, valuesOf(definitions.assumptions, analysis.moved ?? {}));
}

/** The bench of a finger that moves: nothing has changed between two of its questions. */
let last = { key: "", bench: /** @type {Bench | null} */ (null) };

/** A proposal that is not frozen, or was: what it is made of, worked out when asked. */
export class Bench {
  /**
   * @param {Context} context
   * @param {Facts} parts
   */
  constructor(context, { row, tree, analysis, definitions, catalogue, ruleset }) {
    this.context = context;
    this.row = /** @type {Row} */ (row);
    this.tree = /** @type {Tree} */ (tree);
    this.analysis = /** @type {Row | null} */ (analysis);
    this.definitions = definitions;
    this.catalogue = /** @type {Catalogue} */ (catalogue);
    this.ruleset = /** @type {Row | null} */ (ruleset);
    this.draft = /** @type {Facts} */ (row.draft ?? {});
    this.people = /** @type {Facts[]} */ (peopleOf(this.analysis, definitions) ?? this.draft.people ?? []);
  }

  /**
   * @param {Context} context
   * @param {string} [id]
   * @returns {Promise<Bench | null>}
   */
  static async open(context, id = context.params.id) {
    const { store } = context;
    const row = await store.get("proposal", id);
    const tree = row && (await store.tree(row.customer_id));
    if (!row || !tree) return null;
    const analysis = tree.analyses.find((one) => one.id === row.analysis_id) ?? null;
    const definitions = analysis && (await definitionsOf(context, /** @type {any} */ (analysis)));
    return new Bench(context, { row, tree, analysis, definitions, ...(await catalogueOf(context)) });
  }

  /** @param {Context} context @returns {Promise<Bench | null>} the same as before, as long as nothing was written or came */
  static async again(context) {
    const { params, status, today } = context;
    const key = [params.id, status.waiting, status.last_synced_at, today].join(" ");
    if (last.key !== key || !last.bench) last = { key, bench: await Bench.open(context) };
    if (last.bench) last.bench.context = context;
    return last.bench;
  }

  get result() {
    return this.analysis?.result ?? null;
  }

  get settings() {
    return this.ruleset?.body ?? null;
  }

  get applicant() {
    return this.people.find(({ relation }) => relation === "self") ?? this.people[0];
  }

  /** The day cover begins: not before tomorrow. */
  get start() {
    const first = addDays(this.context.today, 1);
    return this.draft.start > first ? this.draft.start : first;
  }

  get mode() {
    return this.draft.mode ?? "year";
  }

  /** @returns {Facts[]} the plans of the draft, in their order */
  get plans() {
    return LETTERS.map((letter) => this.draft[`plan:${letter}`])
      .filter(Boolean)
      .map((plan) => ({ ...plan, mode: this.mode, start: this.start }));
  }

  /** @returns {Facts} the one that was chosen, or the first */
  get chosen() {
    return this.planOf(this.draft.chosen ?? "") ?? this.plans[0];
  }

  /** @param {string | null} letter */
  planOf(letter) {
    return this.plans.find(({ id }) => id === letter) ?? null;
  }

  /** @param {string | null} id */
  personOf(id) {
    return this.people.find((one) => one.id === id) ?? null;
  }

  /** @param {string} name code@version */
  productOf(name) {
    return this.catalogue.products[name] ?? null;
  }

  /** @param {Facts} plan @returns {Option} */
  option(plan) {
    const quote = priced(plan, this.catalogue, this.people, this.applicant?.id ?? null, this.context.today);
    const rows = this.result ? closedBy(plan, quote.coverages, this.result, this.catalogue, this.people) : [];
    const closed = this.byAdvice(rows);
    const unpriced = Object.values(quote.coverages).flatMap((/** @type {Facts} */ one) => one.errors ?? []);
    const unfit = planFaults(plan, this.catalogue, this.people, this.applicant?.id ?? null, this.context.today);
    return { plan, ...quote, quotes: quote.coverages, closed, faults: once([...unfit, ...unpriced]) };
  }

  /** @param {Facts} draft the whole of it @returns {Promise<any>} kept as one edit */
  keep(draft) {
    const change = { op: /** @type {"update"} */ ("update"), kind: "proposal", id: this.row.id, set: { draft } };
    last = { key: "", bench: null };
    return this.context.store.commit([change], { label: this.context._("Proposal") });
  }

  /** @returns {string[]} lines in the order of advice */
  get lines() {
    return this.definitions?.model.advice ?? [];
  }

  /** @param {Facts[]} rows of lines @returns {Facts[]} in the order of advice */
  byAdvice(rows) {
    const place = (/** @type {Facts} */ row) => this.lines.indexOf(row.line);
    return [...rows].sort((a, b) => place(a) - place(b));
  }

  /** @param {Option} option @returns {import("../domain/checks.js").Check[]} what the rules of selling say */
  checks(option) {
    return this.settings ? checksOf(option.plan, this.facts(option), this.settings) : [];
  }

  /** @param {Option} option @returns {Facts} */
  facts({ quotes }) {
    const { agent, today } = this.context;
    const { customer, consents } = this.tree;
    const { analysis } = this;
    return {
      today,
      agent: { ...agent, mobile: agent.phone ?? null },
      people: this.people,
      applicant: this.applicant?.id ?? null,
      result: this.result,
      analysis: analysis && {
        completed_at: analysis.completed_at,
        made_on: analysis.made_on,
        sensitive: isSensitive(analysis.answers),
      },
      policies: heldBy(this.tree, analysis, today),
      consents: consents.map(({ purpose, given, at }) => ({ purpose, given, at })),
      customer: {
        id_type: customer.id_type ?? null,
        has_id: Boolean(customer.id_number),
        id_expiry: customer.id_expiry ?? null,
        city: customer.city ?? null,
        mobile: customer.mobile ?? null,
        name: customer.name,
        risk_test: null,
        own_policy: null,
      },
      colleagues: Object.values(agent.colleagues ?? {}).map((name) => ({ name, mobile: null })),
      free_text: this.draft.note ?? "",
      quotes,
      catalogue: this.catalogue,
    };
  }
}

/** @param {Facts[]} faults told by two parts, said once */
function once(faults) {
  const key = (/** @type {Facts} */ one) => `${one.coverage} ${one.rule}`;
  return [...new Map(faults.map((one) => [key(one), one])).values()];
}

/**
 * Every policy that is known: of the book, and those only the analysis was told of.
 * @param {Tree} tree
 * @param {Row | null} analysis
 * @param {string} today
 * @returns {Facts[]}
 */
export function heldBy({ customer, policies }, analysis, today) {
  const kept = policies.map((row) => {
    const wait = waitingEnd(row);
    const times = /** @type {Record<string, number>} */ (YEARLY)[row.pay_mode] ?? 1;
    const until = row.expiry_date && row.effective_date ? Number(row.expiry_date.slice(0, 4)) : null;
    return {
      id: row.id,
      insured: row.insured ? (row.insured.id ?? null) : customer.id,
      kind: row.kind,
      sum_fen: row.sum_assured_fen ?? 0,
      premium_fen: (row.premium_fen ?? 0) * times,
      insurer: row.insurer ?? "",
      expiry: row.expiry_date ?? null,
      lapsed: !protects(row, today),
      waiting_until: wait && wait > today ? wait : null,
      group: row.group === true,
      allowance: false,
      guaranteed: Boolean(row.guaranteed_until && row.guaranteed_until >= today),
      years: until ? until - Number(row.effective_date.slice(0, 4)) : null,
      surrender: row.termination === "surrendered",
      ended_on: row.terminated_on ?? null,
    };
  });
  const told = analysis ? toldPolicies(analysis.answers) : [];
  return [...kept, ...told.filter((/** @type {Facts} */ one) => !kept.some(({ id }) => id === one.id))];
}

/**
 * Plans from a finished analysis within a budget.
 * @param {Context} context
 * @param {Row} analysis
 * @param {{budget_fen: number, mode: string, start: string}} wish
 * @returns {Promise<{why: string, draft: Facts | null}>} why: catalogue, gap or budget when there is none
 */
export async function draftOf(context, analysis, { budget_fen, mode, start }) {
  const { catalogue, ruleset } = await catalogueOf(context);
  const definitions = await definitionsOf(context, /** @type {any} */ (analysis));
  const tree = await context.store.tree(analysis.customer_id);
  const sold = Object.values(catalogue.products).filter((row) => isOpen(row, context.today));
  const here = sold.some(({ body }) => !body.price.rates || body.price.rates in catalogue.blobs);
  if (!definitions || !tree || !ruleset || !sold.length || !here) return { why: "catalogue", draft: null };
  const people = /** @type {Facts[]} */ (peopleOf(analysis, definitions));
  const plans = planned(analysis.result, people, catalogue, budget_fen, start, {
    settings: ruleset.body,
    today: context.today,
    applicant: people.find((/** @type {Facts} */ one) => one.relation === "self")?.id ?? null,
    mode,
    policies: heldBy(tree, analysis, context.today),
    sales_grade: context.agent.sales_grade ?? 1,
  });
  if (!plans.length) {
    const { members, lines } = analysis.result;
    const all = [...members.flatMap((/** @type {Facts} */ one) => one.lines), ...lines];
    return { why: all.some((/** @type {Facts} */ line) => line.gap_fen > 0) ? "budget" : "gap", draft: null };
  }
  const own = Object.fromEntries(plans.map((/** @type {Facts} */ plan) => [`plan:${plan.id}`, plan]));
  const chosen = plans[Math.min(1, plans.length - 1)].id;
  return { why: "", draft: { mode, start, people, budget_fen, chosen, answers: {}, ...own } };
}

/**
 * Where a proposal stands.
 * @param {Context} context
 * @param {Row} row
 * @param {{proposals: Row[], waiting: Set<string>, refused: Map<string, number>}} known
 * @returns {"draft" | "frozen" | "superseded" | "expired" | "waiting" | "refused"}
 */
export function stateOf({ today }, row, { proposals, waiting, refused }) {
  if (refused.has(row.id)) return "refused";
  if (!row.frozen) return "draft";
  if (proposals.some((one) => one.supersedes === row.id && one.frozen)) return "superseded";
  if (JSON.parse(row.frozen).valid_until < today) return "expired";
  return waiting.has(row.id) ? "waiting" : "frozen";
}

/** @param {Context} context @returns {Promise<{waiting: Set<string>, refused: Map<string, number>}>} of proposals, by id */
export async function queued({ store }) {
  const { waiting, rejected } = await store.outbox();
  const own = (/** @type {Facts[]} */ items) => items.filter(({ kind }) => kind === "proposal");
  return {
    waiting: new Set(own(waiting).map(({ id }) => id)),
    refused: new Map(own(rejected).map(({ id, seq }) => [id, seq])),
  };
}
