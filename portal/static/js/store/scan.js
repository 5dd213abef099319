// The book read slice by slice, to be compared with the server's, and what was found wrong put right.

import { metaOf, putMeta, reshow, serverRow, setServerRow, treeOf } from "./book.js";
import { open } from "./seal.js";

/**
 * @typedef {import("./database.js").Transaction} Transaction
 * @typedef {import("./showing.js").Row} Row
 * @typedef {[string, string]} Key kind and id
 *
 * @typedef {object} Kept the server's state of one record as it lies here
 * @property {string} kind
 * @property {string} id
 * @property {Row} row
 * @property {boolean} filed under the customer it belongs to
 *
 * @typedef {{kept: Kept[], last: Key | null, cursor: string | null}} Slice last: where the next one begins
 * @typedef {{kind: string, id: string, row: Row | null}} Right a record as it should be
 */

/**
 * @param {Transaction} tx with "rows", "base" and "meta"
 * @param {Key | null} after
 * @param {number} count about so many
 * @returns {Promise<Slice>}
 */
export async function slice(tx, after, count) {
  const shown = await tx.objectStore("rows").getAll(between(after, null), count);
  const end = shown.at(-1);
  const last = shown.length < count || !end ? null : /** @type {Key} */ ([end.kind, end.id]);
  const base = await tx.objectStore("base").getAll(between(after, last));
  const found = new Map(shown.map((one) => [`${one.kind} ${one.id}`, one]));
  // Where own edits lie on top, the server's state is set aside.
  for (const one of base) found.set(`${one.kind} ${one.id}`, one);
  const kept = [...found.values()]
    .map(({ kind, id, tree, row }) => ({ kind, id, tree, row: /** @type {Row | null} */ (open(row)) }))
    .filter(({ row }) => row !== null)
    .map(({ kind, id, tree, row }) => ({
      kind,
      id,
      row: /** @type {Row} */ (row),
      filed: tree === treeOf(kind, row ?? {}),
    }));
  return { kept, last, cursor: await metaOf(tx, "cursor") };
}

/**
 * @param {Key | null} after
 * @param {Key | null} last
 */
function between(after, last) {
  if (after && last) return IDBKeyRange.bound(after, last, true);
  if (after) return IDBKeyRange.lowerBound(after, true);
  return last ? IDBKeyRange.upperBound(last) : undefined;
}

/**
 * Put records right, whatever stood here; own unsent edits stay on top.
 * @param {Transaction} tx
 * @param {Right[]} rights
 * @param {string} cursor for which they were found wrong
 * @returns {Promise<Set<string> | null>} customers touched; null: something arrived since, nothing was done
 */
export async function mend(tx, rights, cursor) {
  if ((await metaOf(tx, "cursor")) !== cursor) return null;
  /** @type {Set<string>} */
  const trees = new Set();
  for (const { kind, id, row } of rights) {
    const before = await serverRow(tx, kind, id);
    const tree = treeOf(kind, row ?? before ?? { id });
    for (const one of [tree, before && treeOf(kind, before)]) if (one) trees.add(one);
    await setServerRow(tx, kind, id, row, tree);
  }
  return trees;
}

/**
 * Work out anew what is shown of every record with own unsent edits.
 * @param {Transaction} tx
 */
export async function reshowAll(tx) {
  for (const { kind, id, tree } of await tx.objectStore("base").getAll()) await reshow(tx, kind, id, tree);
}

/**
 * @param {Transaction} tx
 * @param {number} count records, or lines of the search record, that were wrong
 */
export async function noteMended(tx, count) {
  const before = (await metaOf(tx, "mended")) ?? { count: 0 };
  await putMeta(tx, "mended", { count: before.count + count, at: new Date().toISOString() });
}
