// From a posted form to a record: parse, judge by the same rules as the server, one transaction.

import { SCHEMAS } from "../generated/schemas.js";
import { told } from "../domain/idcard.js";
import { rowFaults } from "../domain/rules.js";
import { parse } from "./forms.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("../store/index.js").Row} Row
 * @typedef {import("../store/index.js").Tree} Tree
 *
 * @typedef {object} Wanted
 * @property {string} kind
 * @property {string} id
 * @property {Row | null} old what is kept; null for a new record
 * @property {Tree | null} tree the customer it belongs to; null for a new customer
 * @property {string} label what the person does, for the outbox page
 * @property {Record<string, any>} [fixed] values that stand in no form
 * @property {any[]} [also] further changes of the same transaction
 */

/**
 * @param {Context} context
 * @param {Wanted} wanted
 * @returns {Promise<{errors: Record<string, string> | null, seqs: number[]}>} errors: nothing was kept
 */
export async function saved(context, wanted) {
  const { kind, id, old, tree, label, fixed = {}, also = [] } = wanted;
  const form = context.form ?? new URLSearchParams();
  addTyped(form);
  const { values, errors } = parse(kind, form, SCHEMAS, { whole: !old });
  for (const name of Object.keys(fixed)) delete errors[name];
  const set = { ...values, ...fixed };
  if ("id_number" in set) Object.assign(set, told({ ...old, ...set }, context.today));
  const row = { ...(old ?? {}), ...set, id };
  const faults = Object.keys(errors).length ? {} : rowFaults(kind, row, old, await lookup(context, tree, set));
  const all = { ...first(faults), ...errors };
  if (Object.keys(all).length) return { errors: all, seqs: [] };
  const change = { op: /** @type {"create" | "update"} */ (old ? "update" : "create"), kind, id, set };
  const { seqs } = await context.store.commit([change, ...also], { label });
  return { errors: null, seqs };
}

/**
 * A set's further value stands in a control of its own (`tags_need_add`), so that a draft can tell it from the chips.
 * @param {URLSearchParams} form
 */
function addTyped(form) {
  for (const [name, value] of [...form]) {
    if (!name.endsWith("_add")) continue;
    form.delete(name);
    if (value.trim()) form.append(name.slice(0, -"_add".length), value);
  }
}

/** @param {Record<string, string[]>} faults */
export function first(faults) {
  return Object.fromEntries(Object.entries(faults).map(([name, [message]]) => [name, message]));
}

/**
 * What rules may ask: rows of this tree, and customers it is linked to.
 * @param {Context} context
 * @param {Tree | null} tree
 * @param {Record<string, any>} set
 */
export async function lookup({ store, today }, tree, set) {
  const rows = tree ? [tree.customer, ...tree.relatives, ...tree.policies, ...tree.visits, ...tree.consents] : [];
  const known = new Map(rows.map((row) => [row.id, row]));
  const linked = [...(tree?.relatives ?? []), set].map((row) => row.linked_customer_id).filter(Boolean);
  for (const id of linked) {
    const row = await store.get("customer", id);
    if (row) known.set(id, row);
  }
  /** @type {Record<string, Row[]>} */
  const children = { relative: tree?.relatives ?? [], policy: tree?.policies ?? [], consent: tree?.consents ?? [] };
  return {
    today,
    get: (/** @type {string} */ _kind, /** @type {string} */ id) => known.get(id) ?? null,
    children: (/** @type {string} */ kind) => children[kind] ?? [],
  };
}
