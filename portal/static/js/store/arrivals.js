// What comes from the server: chunks of the first download, pages of changes, verdicts. And the numbers of edits,
// which are given here, just before the first sending.

import { metaOf, opened, putMeta, reshow, serverRow, setServerRow, show, treeOf } from "./book.js";
import { emptied } from "./recall.js";
import { seal } from "./seal.js";

/**
 * @typedef {import("./database.js").Transaction} Transaction
 * @typedef {import("./book.js").Edit} Edit
 * @typedef {import("./showing.js").Row} Row
 * @typedef {{op: "put" | "leave" | "delete", kind: string, id: string, ver: number, row?: Row}} Arrival
 * @typedef {{n: number, verdict: "ok" | "merged" | "conflict" | "rejected", row?: Row | null, replayed?: boolean,
 *   conflicts?: string[], error?: {code: string, message: string, fields?: Record<string, string[]>}}} Verdict
 */

export const ARRIVED = ["rows", "base", "outbox", "acked", "rejected", "search", "meta"];

/**
 * @param {Transaction} tx
 * @param {Arrival[]} arrivals
 * @returns {Promise<Set<string>>} customers whose line has to be made anew
 */
export async function take(tx, arrivals) {
  /** @type {Set<string>} */
  const trees = new Set();
  for (const arrival of arrivals) {
    const tree = await takeOne(tx, arrival);
    if (tree) trees.add(tree);
  }
  await letGo(
    tx,
    new Set(arrivals.filter(({ op, kind }) => op === "leave" && kind === "customer").map(({ id }) => id)),
  );
  return trees;
}

/**
 * @param {Transaction} tx
 * @param {Arrival} arrival
 * @returns {Promise<string | null>} the customer it belongs to
 */
async function takeOne(tx, { op, kind, id, ver, row }) {
  const known = await serverRow(tx, kind, id);
  const tree = treeOf(kind, row ?? known ?? { id });
  if (op === "put" && row) {
    // A page may repeat what a verdict has brought already; what is shown never goes back.
    if (!known) await regain(tx, kind, id);
    if (!known || known.ver <= ver) await setServerRow(tx, kind, id, row, tree);
    return tree;
  }
  if (op === "leave") await lose(tx, kind, id);
  await setServerRow(tx, kind, id, null, tree);
  return tree;
}

/**
 * The record is in another book now. Unsent edits of it are still sent, but nothing of it is shown.
 * @param {Transaction} tx
 * @param {string} kind
 * @param {string} id
 */
async function lose(tx, kind, id) {
  for (const kept of await tx.objectStore("outbox").getAll()) {
    if (kept.lost || !concerns(kept, kind, id)) continue;
    await tx.objectStore("outbox").put?.({ ...kept, lost: true });
    if (kept.op === "create") await show(tx, kept.kind, kept.id, null, kept.tree);
  }
}

/**
 * The record is here again: what was not sent about it shows again.
 * @param {Transaction} tx
 * @param {string} kind
 * @param {string} id
 */
async function regain(tx, kind, id) {
  for (const kept of await tx.objectStore("outbox").getAll()) {
    if (!kept.lost || !concerns(kept, kind, id)) continue;
    await tx.objectStore("outbox").put?.({ ...kept, lost: false });
    if (kept.op === "create") await reshow(tx, kept.kind, kept.id, kept.tree);
  }
}

/**
 * @param {Edit} edit
 * @param {string} kind
 * @param {string} id
 * @returns {boolean} whether it is about this record, or about somebody or something of this customer
 */
function concerns(edit, kind, id) {
  return (edit.kind === kind && edit.id === id) || (kind === "customer" && edit.tree === id);
}

/**
 * Nothing that was acknowledged of customers in another book stays but the numbers, which a restored server asks for.
 * @param {Transaction} tx
 * @param {Set<string>} trees
 */
async function letGo(tx, trees) {
  if (!trees.size) return;
  for (const kept of await tx.objectStore("acked").getAll()) {
    if (trees.has(kept.tree)) await tx.objectStore("acked").put?.(emptied(kept));
  }
}

/**
 * Give numbers to the edits that may go now.
 * @param {Transaction} tx strict: a number that is lost after sending would be given again to another edit
 * @param {number} now epoch milliseconds
 * @returns {Promise<Edit[]>} all numbered edits without a verdict, by number
 */
export async function number(tx, now) {
  const outbox = tx.objectStore("outbox");
  let last = (await metaOf(tx, "last_n")) ?? 0;
  /** @type {any[]} */
  const numbered = [];
  for (const kept of await outbox.getAll()) {
    if (kept.n === null) {
      if (kept.not_before > now) continue;
      kept.n = ++last;
      await outbox.put?.(kept);
    }
    numbered.push(opened(kept));
  }
  await putMeta(tx, "last_n", last);
  return numbered.sort((a, b) => a.n - b.n);
}

/** @param {Transaction} tx */
export async function hurry(tx) {
  for (const kept of await tx.objectStore("outbox").getAll()) {
    await tx.objectStore("outbox").put?.({ ...kept, not_before: 0 });
  }
}

/**
 * @param {Transaction} tx
 * @param {Edit[]} sent
 * @param {Verdict[]} verdicts
 * @param {string} now
 * @returns {Promise<Set<string>>} customers whose line has to be made anew
 */
export async function settle(tx, sent, verdicts, now) {
  const byNumber = new Map(sent.map((edit) => [edit.n, edit]));
  /** @type {Set<string>} */
  const trees = new Set();
  for (const verdict of verdicts) {
    const edit = byNumber.get(verdict.n);
    if (!edit) continue;
    await settleOne(tx, edit, verdict, now);
    if (edit.tree) trees.add(edit.tree);
  }
  return trees;
}

/**
 * @param {Transaction} tx
 * @param {Edit} edit
 * @param {Verdict} verdict
 * @param {string} now
 */
async function settleOne(tx, edit, { verdict, row, error }, now) {
  const still = await tx.objectStore("outbox").get(edit.seq);
  if (!still || still.n !== edit.n) return;
  await tx.objectStore("outbox").delete?.(edit.seq);
  const acked = { ...still, verdict, acked_at: now, device: await metaOf(tx, "device") };
  await tx.objectStore("acked").put?.(still.lost ? emptied(acked) : acked);
  if (verdict === "rejected") {
    if (!still.quiet) await tx.objectStore("rejected").put?.({ ...still, error, refused_at: now });
    await reshow(tx, edit.kind, edit.id, edit.tree);
    return;
  }
  const known = await serverRow(tx, edit.kind, edit.id);
  // The reply carries the truth; only a page that came in between may know better.
  const newer = row && known && known.ver > row.ver;
  // A row in the verdict on a late edit means that the customer is back. Left while it was on its way, the row is old.
  const gone = still.lost && !edit.lost;
  const truth = gone ? null : newer ? known : (row ?? null);
  await setServerRow(tx, edit.kind, edit.id, truth, edit.tree);
  if (edit.kind === "customer" && edit.op === "delete") await followDeletion(tx, edit.id, truth);
}

/**
 * A customer's deletion was decided: the tree goes for good, or comes back.
 * @param {Transaction} tx
 * @param {string} tree
 * @param {Row | null} customer
 */
async function followDeletion(tx, tree, customer) {
  for (const key of await tx.objectStore("base").index("tree").getAllKeys(tree)) {
    const [kind, id] = /** @type {[string, string]} */ (key);
    if (kind === "customer") continue;
    if (customer) await reshow(tx, kind, id, tree);
    else await setServerRow(tx, kind, id, null, tree);
  }
}

/**
 * Rows of a first download, as they come.
 * @param {Transaction} tx
 * @param {Arrival[]} arrivals
 * @returns {Promise<Set<string>>} customers touched
 */
export async function fill(tx, arrivals) {
  // After a restore of the server the outbox was kept: then what is shown is more than what arrives.
  if (await tx.objectStore("outbox").count()) return take(tx, arrivals);
  const rows = tx.objectStore("rows");
  /** @type {Set<string>} */
  const trees = new Set();
  // Queued all at once: waiting for each would take twice as long.
  const puts = [];
  for (const { kind, id, row } of arrivals) {
    if (!row) continue;
    const tree = treeOf(kind, row);
    if (tree) trees.add(tree);
    puts.push(rows.put?.({ kind, id, tree, row: seal(row) }));
  }
  await Promise.all(puts);
  return trees;
}

/**
 * Everything that came from the server goes, what this phone has to send stays. When the rest is here again, it is
 * looked at what the server has lost.
 * @param {Transaction} tx
 */
export async function empty(tx) {
  for (const name of ["rows", "base", "search"]) await tx.objectStore(name).clear?.();
  for (const key of ["cursor", "ready", "progress", "lines_rev", "digests", "checked_at", "check_tried_at"])
    await putMeta(tx, key, null);
  await putMeta(tx, "recall", true);
}

/**
 * After the first download: show the unsent edits of records that the server does not have.
 * @param {Transaction} tx
 * @returns {Promise<Set<string>>} customers touched
 */
export async function reshowWaiting(tx) {
  /** @type {Set<string>} */
  const trees = new Set();
  for (const { kind, id, tree, lost } of await tx.objectStore("outbox").getAll()) {
    if (lost) continue;
    await reshow(tx, kind, id, tree);
    if (tree) trees.add(tree);
  }
  return trees;
}
