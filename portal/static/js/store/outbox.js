// What a person does: changes, taken back, looked at, corrected. Each is one transaction over records and outbox.

import { fieldsOf, metaOf, opened, reshow, reshowTree, sealed, shownRow, treeOf } from "./book.js";
import { same } from "./showing.js";

/**
 * @typedef {import("./database.js").Transaction} Transaction
 * @typedef {import("./book.js").Edit} Edit
 * @typedef {{op: "create" | "update" | "delete", kind: string, id: string, set?: Record<string, any>}} Change
 *
 * @typedef {object} Seen what the form showed, which may be older than what this phone knows by now
 * @property {number | null} ver version of the record when the form was made
 * @property {(kind: string, field: string) => any} before value the form showed; undefined when it was not in the form
 * @property {(field: string) => boolean} touched whether the person changed the control
 */

export const CHANGED = ["rows", "base", "outbox", "search", "meta", "drafts", "rejected"];
// A delete can be taken back for this long; only then it gets a number and is sent.
export const UNDO_MS = 10_000;

/** Writing has to wait for the end of the first download. */
export class NotReady extends Error {
  constructor() {
    super("Your customers are still being loaded.");
    this.name = "NotReady";
  }
}

/** The device was revoked while the form was open. */
export class Closed extends Error {
  constructor() {
    super("This phone was signed out.");
    this.name = "Closed";
  }
}

/**
 * @param {Transaction} tx
 * @param {Change[]} changes
 * @param {{now: Date, label: string | null, seen: Seen | null}} how
 * @returns {Promise<{seqs: number[], trees: Set<string>}>}
 */
export async function make(tx, changes, how) {
  if ((await metaOf(tx, "trouble")) === "revoked") throw new Closed();
  if (!(await metaOf(tx, "ready"))) throw new NotReady();
  /** @type {number[]} */
  const seqs = [];
  /** @type {Set<string>} */
  const trees = new Set();
  for (const change of changes) {
    const edit = await editOf(tx, change, how);
    if (!edit) continue;
    seqs.push(await keep(tx, edit));
    if (edit.tree) trees.add(edit.tree);
  }
  return { seqs, trees };
}

/**
 * @param {Transaction} tx
 * @param {Omit<Edit, "seq">} edit
 * @returns {Promise<number>} seq
 */
async function keep(tx, edit) {
  // The server's state is set aside first: from now on the shown row is more than that.
  const before = await tx.objectStore("base").get([edit.kind, edit.id]);
  if (!before) {
    const row = (await tx.objectStore("rows").get([edit.kind, edit.id]))?.row ?? null;
    await tx.objectStore("base").put?.({ kind: edit.kind, id: edit.id, tree: edit.tree, row });
  }
  const seq = Number(await tx.objectStore("outbox").add?.(sealed(edit)));
  await reshow(tx, edit.kind, edit.id, edit.tree);
  if (edit.kind === "customer" && edit.op === "delete") await reshowTree(tx, edit.id);
  return seq;
}

/**
 * @param {Transaction} tx
 * @param {Change} change
 * @param {{now: Date, label: string | null, seen: Seen | null}} how
 * @returns {Promise<Omit<Edit, "seq"> | null>} null when there is nothing to do: made already, or nothing differs
 */
async function editOf(tx, { op, kind, id, set = {} }, { now, label, seen }) {
  const shown = await shownRow(tx, kind, id);
  // The same form sent twice (killed between tap and answer, tapped again) is made once.
  if (op === "create" && (shown || (await tx.objectStore("outbox").index("record").count([kind, id])))) return null;
  if (op !== "create" && !shown) return null;
  const pairs = pairsOf(kind, shown ?? {}, set, op === "update" ? seen : null);
  if (op === "update" && !Object.keys(pairs).length) return null;
  return {
    n: null,
    op,
    kind,
    id,
    tree: treeOf(kind, shown ?? { id, ...set }),
    base: op === "create" ? null : Math.min(shown?.ver, seen?.ver ?? shown?.ver),
    set: pairs,
    at: now.toISOString(),
    not_before: op === "delete" ? now.getTime() + UNDO_MS : 0,
    lost: false,
    label,
    cursor: op === "delete" ? await metaOf(tx, "cursor") : null,
  };
}

/**
 * @param {string} kind
 * @param {import("./showing.js").Row} shown
 * @param {Record<string, any>} set
 * @param {Seen | null} seen
 * @returns {Record<string, [any, any]>} [old, new] of the fields that the person wants otherwise
 */
function pairsOf(kind, shown, set, seen) {
  /** @type {Record<string, [any, any]>} */
  const pairs = {};
  for (const [field, value] of Object.entries(set)) {
    const before = seen?.before(kind, field);
    // A form that was open while news arrived must not put back what it showed and nobody touched.
    if (before !== undefined && !seen?.touched(field) && same(before, value)) continue;
    // What was typed over is what was seen, so that the server can tell when that was not the newest any more.
    const stale = before !== undefined && seen !== null && seen.ver !== null && seen.ver !== shown.ver;
    const old = (stale ? before : shown[field]) ?? null;
    if (!same(old, value)) pairs[field] = [old, value ?? null];
  }
  return pairs;
}

/**
 * Take back an edit that has no number yet.
 * @param {Transaction} tx
 * @param {number} seq
 * @returns {Promise<string[] | null>} customers touched; null when it is too late
 */
export async function takeBack(tx, seq) {
  const kept = await tx.objectStore("outbox").get(seq);
  if (!kept || kept.n !== null) return null;
  await tx.objectStore("outbox").delete?.(seq);
  await reshow(tx, kept.kind, kept.id, kept.tree);
  if (kept.kind === "customer") await reshowTree(tx, kept.id);
  return kept.tree ? [kept.tree] : [];
}

/**
 * Make a refused edit anew, corrected, and with it those that were refused only because they depended on it.
 * @param {Transaction} tx
 * @param {number} seq
 * @param {Record<string, any>} newSet corrected values by field
 * @param {Date} now
 * @returns {Promise<{seqs: number[], trees: Set<string>}>}
 */
export async function sendAgain(tx, seq, newSet, now) {
  const refused = await tx.objectStore("rejected").get(seq);
  if (!refused) return { seqs: [], trees: new Set() };
  const again = [refused, ...(refused.op === "create" ? await dependents(tx, refused) : [])];
  /** @type {Change[]} */
  const changes = again.map((edit) => changeOf(opened(edit), edit === refused ? newSet : {}));
  for (const edit of again) await tx.objectStore("rejected").delete?.(edit.seq);
  return make(tx, changes, { now, label: refused.label, seen: null });
}

/**
 * @param {Edit} edit
 * @param {Record<string, any>} corrections
 * @returns {Change}
 */
function changeOf({ op, kind, id, set }, corrections) {
  const known = fieldsOf(kind);
  const wanted = Object.fromEntries(Object.entries(set ?? {}).map(([field, [, value]]) => [field, value]));
  const all = { ...wanted, ...corrections };
  return { op, kind, id, set: Object.fromEntries(Object.entries(all).filter(([field]) => field in known)) };
}

/**
 * @param {Transaction} tx
 * @param {Edit} refused a create
 * @returns {Promise<any[]>} refused edits that waited for it, oldest first
 */
async function dependents(tx, refused) {
  const all = await tx.objectStore("rejected").getAll();
  return all.filter(
    (edit) =>
      edit.seq !== refused.seq &&
      edit.error?.code === "depends_on" &&
      (edit.id === refused.id || edit.tree === refused.id),
  );
}
