// An analysis that is being asked: a draft on this phone, its questionnaire, and where in it one is.
//
// Each answer is kept in the draft as it is given; when a section is complete its answers become one edit of the record.

import { analyse, at } from "../domain/gap.js";
import { GUARDED_AGE, household, valuesOf } from "../domain/household.js";
import { protects, status, waitingEnd } from "../domain/policy.js";
import { counted, faults, homeOf, isUnknown, screens, warning } from "../domain/questions.js";
import { consented } from "../domain/rules.js";
import { newId } from "../store/index.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("../store/index.js").Tree} Tree
 * @typedef {import("../store/index.js").Row} Row
 * @typedef {import("../domain/questions.js").Screen} Screen
 * @typedef {Record<string, any>} Facts
 *
 * @typedef {object} Draft
 * @property {string} id of the record
 * @property {string} customer_id
 * @property {"quick" | "full"} path
 * @property {string} questionnaire code@version
 * @property {string} assumptions
 * @property {string} model
 * @property {string} made_on
 * @property {string | null} follows
 * @property {Facts} answers
 * @property {Record<string, number>} moved assumptions, of an analysis that was finished once
 * @property {string} at key of the screen that was shown last
 * @property {boolean} ended the last question was reached once
 * @property {number} seconds spent so far
 * @property {string} shown_at
 */

const KINDS = { questionnaire: "questionnaire", assumptions: "assumption_set", model: "gap_model" };
const CODES = { questionnaire: "family" };
const YEARLY = { month: 12, quarter: 4, half: 2, year: 1, single: 0 };
/** Somebody who was called away for longer was not answering. */
const PAUSE_SECONDS = 300;
const KIN = ["spouse", "child"];

/** Bodies by code@version; what is published never changes. @type {Map<string, any>} */
const published = new Map();

/** @param {string} id */
export const draftKey = (id) => `analysis:${id}`;

/**
 * What an analysis is made with, read from the catalogue on this phone.
 * @param {Context} context
 * @param {{questionnaire: string, assumptions: string, model: string}} versions
 * @returns {Promise<{questionnaire: any, assumptions: any, model: any} | null>} bodies; null when one has not arrived
 */
export async function definitionsOf({ store }, versions) {
  /** @type {any} */
  const found = {};
  for (const [field, kind] of Object.entries(KINDS)) {
    const wanted = /** @type {any} */ (versions)[field];
    if (!published.has(wanted)) {
      for (const { code, version, body } of await store.list(kind)) published.set(`${code}@${version}`, body);
    }
    found[field] = published.get(wanted);
    if (!found[field]) return null;
  }
  return found;
}

/**
 * The versions in force today.
 * @param {Context} context
 * @returns {Promise<{questionnaire: string, assumptions: string, model: string} | null>}
 */
export async function versionsNow({ store, today }) {
  const rows = (await store.list("questionnaire")).filter(
    (row) => row.code === CODES.questionnaire && row.from_date <= today && (!row.to_date || row.to_date >= today),
  );
  const newest = rows.sort((a, b) => b.version - a.version)[0];
  if (!newest) return null;
  const { assumptions, model } = newest.body;
  return { questionnaire: `${newest.code}@${newest.version}`, assumptions, model };
}

/**
 * @param {Context} context
 * @param {Tree} tree
 * @param {"quick" | "full"} path
 * @returns {Promise<Draft | null>} kept already; null when the catalogue is not here yet
 */
export async function begin(context, tree, path) {
  const versions = await versionsNow(context);
  if (!versions) return null;
  const before = tree.analyses
    .filter((row) => row.completed_at)
    .sort((a, b) => (a.completed_at < b.completed_at ? 1 : -1))[0];
  /** @type {Draft} */
  const draft = {
    id: newId(),
    customer_id: tree.customer.id,
    path,
    ...versions,
    made_on: context.today,
    follows: before?.id ?? null,
    answers: { ...carriedOver(before), ...known(tree, context.today) },
    moved: {},
    at: "",
    ended: false,
    seconds: 0,
    shown_at: context.now.toISOString(),
  };
  await context.store.saveDraft(draftKey(draft.id), draft);
  return draft;
}

/** What was answered last time is a start; consents are asked for by the ledger, not copied. @param {Row | undefined} row */
function carriedOver(row) {
  const kept = Object.entries(row?.answers ?? {}).filter(([key]) => !key.startsWith("G"));
  return Object.fromEntries(kept);
}

/**
 * What the card knows.
 * @param {Tree} tree
 * @param {string} today
 * @returns {Facts}
 */
function known(tree, today) {
  const { customer, relatives, policies, consents } = tree;
  /** @type {Facts} */
  const found = {};
  for (const [key, purpose] of Object.entries({ G01: "data", G02: "sensitive", G03: "child" })) {
    if (consented(consents, purpose)) found[key] = true;
  }
  const family = relatives.filter((row) => KIN.includes(row.relation) || row.lives_with || row.dependent);
  found.H02 = [personOf(customer, "self"), ...family.map((row) => personOf(row, row.relation))].slice(0, 10);
  if (customer.city) found.H01 = customer.city;
  if (customer.marital) found.H03 = customer.marital;
  for (const row of [customer, ...family]) {
    if (row.annual_income_fen !== null && row.annual_income_fen !== undefined)
      found[`M04:${row.id}`] = row.annual_income_fen;
    if (row.occupation_class) found[`M02:${row.id}`] = row.occupation_class;
    if (typeof row.smoker === "boolean") found[`M07:${row.id}`] = row.smoker;
  }
  const inForce = policies.filter((row) => row.kind !== "motor" && row.kind !== "home");
  if (inForce.length)
    found.E01 = inForce.map((row) => coverOf(row, customer.id, today)).filter(({ insured }) => insured);
  return found;
}

/** @param {Row} row @param {string} relation */
function personOf(row, relation) {
  return { id: row.id, relation, name: row.name, gender: row.gender ?? null, birth_date: row.birth_date ?? null };
}

/** @param {Row} row @param {string} customerId @param {string} today */
function coverOf(row, customerId, today) {
  const wait = waitingEnd(row);
  const times = /** @type {Record<string, number>} */ (YEARLY)[row.pay_mode] ?? 1;
  return {
    id: row.id,
    title: row.product_name || row.insurer || "",
    insured: row.insured ? (row.insured.id ?? null) : customerId,
    kind: row.kind,
    sum_fen: row.sum_assured_fen ?? 0,
    yearly_fen: (row.premium_fen ?? 0) * times,
    effective: row.effective_date ?? null,
    expiry: row.expiry_date ?? null,
    group: row.group === true,
    guaranteed: Boolean(row.guaranteed_until && row.guaranteed_until >= today),
    waiting_until: wait && wait > today ? wait : null,
    lapsed: !protects(row, today) && status(row, today) !== "pending",
  };
}

/** One inquiry: its draft, what it is made with, and the screens there are with the answers so far. */
export class Inquiry {
  /**
   * @param {Draft} draft
   * @param {{questionnaire: any, assumptions: any, model: any}} definitions
   * @param {Tree} tree
   */
  constructor(draft, definitions, tree) {
    this.draft = draft;
    this.definitions = definitions;
    this.tree = tree;
    this.values = valuesOf(definitions.assumptions);
    /** @type {Screen[]} */
    this.screens = [];
    /** @type {Facts[]} */
    this.members = [];
    /** @type {Facts} */
    this.home = {};
    this.refresh();
  }

  /**
   * @param {Context} context
   * @returns {Promise<Inquiry | null>} of the address's analysis
   */
  static async open(context) {
    const { store, params } = context;
    const draft = (await store.draft(draftKey(params.id))) ?? (await reopened(context));
    if (!draft) return null;
    const tree = await store.tree(draft.customer_id);
    const definitions = await definitionsOf(context, draft);
    return tree && definitions ? new Inquiry(draft, definitions, tree) : null;
  }

  refresh() {
    const { answers, made_on: day, path } = this.draft;
    this.screens = screens(this.definitions.questionnaire, answers, this.values, day, { quick: path === "quick" });
    const facts = household(at(answers, "middle"), this.values, day);
    this.home = homeOf(facts);
    this.members = facts.members;
  }

  get refused() {
    return this.draft.answers.G02 === false;
  }

  /** @param {string} key @returns {Screen & {banded?: boolean} | null} */
  screen(key) {
    const found = this.screens.find((screen) => screen.key === key);
    return found ? { ...found, banded: this.refused } : null;
  }

  /** The question to go on with: where one was, else the first that is open. */
  here() {
    return this.screen(this.draft.at)?.key ?? this.firstOpen() ?? this.screens.at(-1)?.key ?? "";
  }

  firstOpen() {
    return this.screens.find(({ key }) => !(key in this.draft.answers))?.key ?? null;
  }

  /** @param {string} key */
  place(key) {
    return this.screens.findIndex((screen) => screen.key === key);
  }

  /** @param {string} key @returns {string | null} */
  before(key) {
    return this.screens[this.place(key) - 1]?.key ?? null;
  }

  /** @param {string} key @returns {string | null} null after the last */
  after(key) {
    return this.screens[this.place(key) + 1]?.key ?? null;
  }

  /**
   * Answers bring up questions further up: they come after the last. Who has been there and changes one answer is done.
   * @param {string} key
   * @returns {string | null} null after the last
   */
  next(key) {
    const following = this.draft.ended ? null : this.after(key);
    if (following) return following;
    this.draft.ended = true;
    return this.firstOpen();
  }

  /** @param {Screen} screen @param {any} value */
  faults(screen, value) {
    const ids = this.members.map(({ id }) => id);
    return faults(screen, value, this.home, ids, this.draft.made_on);
  }

  /** @param {Screen} screen @param {any} value */
  warning(screen, value) {
    return warning(screen, value, this.home);
  }

  /** @param {string} key @param {any} value @param {Date} now */
  answer(key, value, now) {
    this.draft.answers = { ...this.draft.answers, [key]: value };
    if (key === "G02" && value === false) this.forget();
    if (key === "G03" && value === false) this.forgetChildren();
    this.spend(now);
    this.refresh();
  }

  /** What may not be used is not kept: sensitive answers, and incomes to the yuan. */
  forget() {
    const asked = this.definitions.questionnaire.sections.flatMap((/** @type {any} */ section) => section.questions);
    const kept = Object.entries(this.draft.answers).filter(([key, value]) => {
      const question = asked.find((/** @type {any} */ one) => one.id === key.split(":")[0]);
      return !question?.sensitive && !(question?.bands && typeof value === "number");
    });
    this.draft.answers = Object.fromEntries(kept);
  }

  /** Without their guardian's consent nothing is kept that was answered about children; who they are stays, to ask again. */
  forgetChildren() {
    const young = this.members.filter(({ age, unborn }) => !unborn && age < GUARDED_AGE).map(({ id }) => id);
    const kept = Object.entries(this.draft.answers).filter(([key]) => !young.includes(key.split(":")[1]));
    this.draft.answers = Object.fromEntries(kept);
  }

  /** @param {Date} now */
  spend(now) {
    const passed = Math.round((now.getTime() - Date.parse(this.draft.shown_at)) / 1000);
    this.draft.seconds += Math.max(0, Math.min(PAUSE_SECONDS, passed));
    this.draft.shown_at = now.toISOString();
  }

  /** @returns {Facts} */
  result() {
    return resultOf(this.draft.answers, this.definitions, this.draft.made_on, this.draft.moved);
  }

  /** @param {Screen} screen @param {any} value @param {string} line @returns {number | null} what that answer would make of a line */
  estimate(screen, value, line) {
    const answers = { ...this.draft.answers, [screen.key]: value };
    const result = resultOf(answers, this.definitions, this.draft.made_on, {});
    const member = result.members.find((/** @type {Facts} */ one) => one.id === screen.member?.id);
    return member?.lines.find((/** @type {Facts} */ one) => one.id === line)?.need_fen ?? null;
  }

  /** @param {string[]} keys those that are still open are assumed */
  assumeOpen(keys) {
    for (const key of keys) if (!(key in this.draft.answers)) this.draft.answers[key] = { unknown: true };
  }

  get unsure() {
    return this.screens.filter(({ key }) => isUnknown(this.draft.answers[key])).length;
  }
}

/**
 * @param {Facts} answers
 * @param {{questionnaire: any, assumptions: any, model: any}} definitions
 * @param {string} day
 * @param {Record<string, number>} moved
 * @returns {Facts}
 */
export function resultOf(answers, { questionnaire, assumptions, model }, day, moved) {
  const values = valuesOf(assumptions, moved);
  return analyse(counted(questionnaire, answers, values, day), model, assumptions, day, moved);
}

/**
 * An analysis of the book, to be gone on with: begun on another phone, or finished and not shared yet.
 * @param {Context} context
 * @returns {Promise<Draft | null>}
 */
async function reopened({ store, params, now }) {
  const row = await store.get("analysis", params.id);
  if (!row || row.shared_at) return null;
  return {
    id: row.id,
    customer_id: row.customer_id,
    path: row.path ?? "full",
    questionnaire: row.questionnaire,
    assumptions: row.assumptions,
    model: row.model,
    made_on: row.made_on,
    follows: row.follows ?? null,
    answers: row.answers ?? {},
    moved: row.moved ?? {},
    at: "",
    ended: true,
    seconds: 0,
    shown_at: now.toISOString(),
  };
}

/**
 * The answers as one edit of the record; the result of a finished one goes with them.
 * @param {Context} context
 * @param {Inquiry} inquiry
 * @param {Facts} [more] completed_at
 * @returns {Promise<import("../store/outbox.js").Change>}
 */
export async function editOf({ store }, inquiry, more = {}) {
  const { id, customer_id, path, questionnaire, assumptions, model, made_on, follows, answers } = inquiry.draft;
  const there = await store.get("analysis", id);
  const result = there?.completed_at || more.completed_at ? { result: inquiry.result() } : {};
  const fixed = { customer_id, questionnaire, assumptions, model, made_on, follows };
  return {
    op: there ? "update" : "create",
    kind: "analysis",
    id,
    set: { ...(there ? {} : fixed), path, answers, ...result, ...more },
  };
}
