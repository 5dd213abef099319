// What one transaction does to a record: the server's state is kept, what the agent sees is worked out from it.

import { SCHEMAS } from "../generated/schemas.js";
import { open, seal } from "./seal.js";
import { showing } from "./showing.js";

/**
 * @typedef {import("./database.js").Transaction} Transaction
 * @typedef {import("./showing.js").Row} Row
 *
 * @typedef {object} Edit one change that was made on this phone
 * @property {number} seq in the order of making
 * @property {number | null} n the device's number, null until first sent
 * @property {"create" | "update" | "delete"} op
 * @property {string} kind
 * @property {string} id
 * @property {string | null} tree the customer it belongs to
 * @property {number | null} base the version it was made from
 * @property {Record<string, [any, any]>} set [old, new] by field
 * @property {string} at instant
 * @property {number} not_before epoch milliseconds before which it is not numbered (undo)
 * @property {boolean} lost the record left this book before the edit was sent
 * @property {string | null} label what the person did, for the outbox page
 * @property {string | null} cursor of a delete: how much of the book the person had seen
 */

/**
 * The customer a record belongs to. A conflict belongs where its record belongs.
 * @param {string} kind
 * @param {Row} row
 * @returns {string | null}
 */
export function treeOf(kind, row) {
  if (kind === "customer") return row.id;
  return row.customer_id ?? row.tree_id ?? null;
}

/**
 * @param {string} kind
 * @returns {Record<string, import("./showing.js").Field>}
 */
export function fieldsOf(kind) {
  return /** @type {Record<string, any>} */ (SCHEMAS)[kind]?.fields ?? {};
}

/**
 * @param {Transaction} tx
 * @param {string} kind
 * @param {string} id
 * @returns {Promise<Row | null>} what is shown
 */
export async function shownRow(tx, kind, id) {
  const kept = await tx.objectStore("rows").get([kind, id]);
  return kept ? open(kept.row) : null;
}

/**
 * @param {Transaction} tx
 * @param {string} kind
 * @param {string} id
 * @returns {Promise<Edit[]>} own unsent edits of a record, oldest first; those of a record that left are not counted
 */
async function wishes(tx, kind, id) {
  const edits = await tx.objectStore("outbox").index("record").getAll([kind, id]);
  return edits.filter((edit) => !edit.lost).map(opened);
}

/**
 * @param {Transaction} tx
 * @param {string | null} tree
 * @returns {Promise<boolean>} whether the agent deleted the customer and the server does not know yet
 */
async function treeIsGoing(tx, tree) {
  if (!tree) return false;
  return (await wishes(tx, "customer", tree)).at(-1)?.op === "delete";
}

/**
 * @param {Transaction} tx
 * @param {string} kind
 * @param {string} id
 * @returns {Promise<Row | null>} the server's state as far as this phone knows it
 */
export async function serverRow(tx, kind, id) {
  const base = await tx.objectStore("base").get([kind, id]);
  return base ? open(base.row) : shownRow(tx, kind, id);
}

/**
 * Take the server's word for a record and show it with what the agent has not sent yet.
 * @param {Transaction} tx
 * @param {string} kind
 * @param {string} id
 * @param {Row | null} row null: the server has it no more
 * @param {string | null} tree
 */
export async function setServerRow(tx, kind, id, row, tree) {
  await tx.objectStore("base").put?.({ kind, id, tree, row: seal(row) });
  await reshow(tx, kind, id, tree);
}

/**
 * Work out anew what is shown of a record that has a base.
 * @param {Transaction} tx
 * @param {string} kind
 * @param {string} id
 * @param {string | null} tree
 */
export async function reshow(tx, kind, id, tree) {
  const edits = await wishes(tx, kind, id);
  const going = kind !== "customer" && (await treeIsGoing(tx, tree));
  const server = await serverRow(tx, kind, id);
  const shown = going ? null : showing(server, edits, id, fieldsOf(kind));
  await show(tx, kind, id, shown, shown ? (treeOf(kind, shown) ?? tree) : tree);
  if (edits.length || going) {
    await tx.objectStore("base").put?.({ kind, id, tree, row: seal(server) });
  } else {
    await tx.objectStore("base").delete?.([kind, id]);
  }
}

/**
 * @param {Transaction} tx
 * @param {string} kind
 * @param {string} id
 * @param {Row | null} row
 * @param {string | null} tree
 */
export async function show(tx, kind, id, row, tree) {
  const rows = tx.objectStore("rows");
  await (row ? rows.put?.({ kind, id, tree, row: seal(row) }) : rows.delete?.([kind, id]));
}

/**
 * Work out anew every record of a customer, after the customer's deletion was asked for or taken back.
 * @param {Transaction} tx
 * @param {string} tree
 */
export async function reshowTree(tx, tree) {
  const rows = await tx.objectStore("rows").index("tree").getAllKeys(tree);
  const base = await tx.objectStore("base").index("tree").getAllKeys(tree);
  const keys = new Map([...rows, ...base].map((key) => [String(key), /** @type {[string, string]} */ (key)]));
  for (const [kind, id] of keys.values()) await reshow(tx, kind, id, tree);
}

/**
 * @param {Transaction} tx
 * @param {string} tree customer id
 * @returns {Promise<Map<string, Row[]>>} what is shown of a customer, by kind
 */
export async function treeRows(tx, tree) {
  /** @type {Map<string, Row[]>} */
  const found = new Map();
  for (const { kind, row } of await tx.objectStore("rows").index("tree").getAll(tree)) {
    found.set(kind, [...(found.get(kind) ?? []), open(row)]);
  }
  return found;
}

/**
 * @param {any} kept an edit as it lies in outbox, acked or rejected
 * @returns {any}
 */
export function opened(kept) {
  return { ...kept, set: open(kept.set) };
}

/**
 * @param {any} edit
 * @returns {any}
 */
export function sealed(edit) {
  return { ...edit, set: seal(edit.set) };
}

/**
 * @param {Transaction} tx
 * @param {string} key
 * @returns {Promise<any>} null when never set
 */
export async function metaOf(tx, key) {
  const kept = await tx.objectStore("meta").get(key);
  return kept === undefined ? null : open(kept);
}

/**
 * @param {Transaction} tx
 * @param {string} key
 * @param {any} value null takes it away
 */
export async function putMeta(tx, key, value) {
  const meta = tx.objectStore("meta");
  await (value === null ? meta.delete?.(key) : meta.put?.(seal(value), key));
}
