// After a disaster on the server: what it had acknowledged and lost waits again. Acknowledged edits are kept for 30 days,
// each with the device under whose number it was sent.

import { metaOf, opened, putMeta, reshow, serverRow } from "./book.js";
import { seal } from "./seal.js";

/**
 * @typedef {import("./database.js").Transaction} Transaction
 *
 * @typedef {object} Recalled
 * @property {boolean} whole false: numbers are missing, so this phone has to go on as a new device; nothing waits again
 * @property {Set<string>} trees customers whose line has to be made anew
 */

const ACKED_DAYS = 30;
/** Refused only because what they are about is not there: another phone may bring it. */
const MISSING = ["not_found", "depends_on"];

/**
 * @param {Transaction} tx
 * @param {number} now epoch milliseconds
 */
export async function forgetAcked(tx, now) {
  const before = new Date(now - ACKED_DAYS * 86_400_000).toISOString();
  const old = await tx.objectStore("acked").index("acked_at").getAllKeys(IDBKeyRange.upperBound(before));
  for (const key of old) await tx.objectStore("acked").delete?.(key);
}

/**
 * @param {Transaction} tx with "acked" and "meta"
 * @returns {Promise<string[]>} the devices under whose numbers acknowledged edits were sent
 */
export async function devicesOf(tx) {
  const acked = await tx.objectStore("acked").getAll();
  const own = await metaOf(tx, "device");
  return [...new Set(acked.map((edit) => edit.device ?? own).filter(Boolean))];
}

/**
 * Let wait again what the server lacks: the edits of each device after the last number it still knows.
 * @param {Transaction} tx
 * @param {Record<string, number>} known last numbers by device; a device the server does not know is left out
 * @returns {Promise<Recalled>}
 */
export async function recall(tx, known) {
  const own = await metaOf(tx, "device");
  const deviceOf = (/** @type {any} */ edit) => edit.device ?? own;
  const acked = await tx.objectStore("acked").getAll();
  const lost = acked.filter((edit) => edit.n > (known[deviceOf(edit)] ?? 0));
  const mine = lost.filter((edit) => deviceOf(edit) === own);
  const gone = await missing(tx, mine, known[own] ?? 0);
  if (gone) {
    await note(tx, { gone });
    return { whole: false, trees: new Set() };
  }
  for (const edit of lost) await again(tx, edit, deviceOf(edit) === own ? edit.n : null);
  for (const { kind, id, tree } of lost) await reshow(tx, kind, id, tree);
  const count = lost.filter((edit) => !edit.let_go).length;
  if (count) await note(tx, { again: count });
  await putMeta(tx, "recall", null);
  return { whole: true, trees: new Set(lost.map((edit) => edit.tree).filter(Boolean)) };
}

/**
 * How many of the numbers that the server will want are not here any more: they are older than 30 days.
 * @param {Transaction} tx
 * @param {any[]} lost
 * @param {number} after
 */
async function missing(tx, lost, after) {
  const waiting = await tx.objectStore("outbox").getAll();
  const numbers = new Set([...lost, ...waiting].map((edit) => edit.n));
  const last = (await metaOf(tx, "last_n")) ?? 0;
  let count = 0;
  for (let n = after + 1; n <= last; n++) count += numbers.has(n) ? 0 : 1;
  return count;
}

/**
 * An acknowledged edit about a customer who is in another book now: the number, and not a word.
 * @param {any} kept
 * @returns {any}
 */
export function emptied({ seq, n, kind, at, verdict, acked_at, device }) {
  const nothing = { op: "update", id: "", tree: null, base: 0, set: {}, cursor: null, label: null };
  return {
    seq,
    n,
    kind,
    at,
    verdict,
    acked_at,
    device,
    ...nothing,
    not_before: 0,
    lost: true,
    quiet: true,
    let_go: true,
  };
}

/**
 * @param {Transaction} tx
 * @param {any} kept an acknowledged edit
 * @param {number | null} n
 */
async function again(tx, kept, n) {
  if (kept.let_go && n === null) return tx.objectStore("acked").delete?.(kept.seq);
  const { verdict, acked_at, device, ...edit } = kept;
  const server = await serverRow(tx, edit.kind, edit.id);
  const inTray = await tx.objectStore("rejected").get(edit.seq);
  // What a person has let go, or sent again corrected, is not to come back; but its number has to be there.
  const quiet = edit.quiet || (verdict === "rejected" && !inTray) || isDecision(opened(edit));
  const letGo = verdict === "rejected" && !inTray ? { op: "update", base: 0, set: seal({}) } : {};
  // Versions and cursors of the time before the disaster say nothing any more.
  const base = server && edit.base !== null ? Math.min(edit.base, server.ver) : edit.base;
  const fresh = { ...edit, base, cursor: null, lost: edit.lost && !server, ...letGo, n, quiet, recalled: true };
  await tx.objectStore("acked").delete?.(edit.seq);
  await tx.objectStore("rejected").delete?.(edit.seq);
  await tx.objectStore("outbox").put?.(fresh);
}

/**
 * The conflict that was decided is not there any more: when the edits meet again there is a new one, and a new question.
 * @param {any} edit
 */
function isDecision({ kind, set }) {
  return kind === "conflict" && set?.resolution?.[1] !== "other";
}

/**
 * What the person is told of it, until somebody has read it.
 * @param {Transaction} tx
 * @param {{again?: number, gone?: number}} counted
 */
async function note(tx, { again: count = 0, gone = 0 }) {
  const before = (await metaOf(tx, "restored")) ?? { again: 0, gone: 0 };
  const at = new Date().toISOString();
  await putMeta(tx, "restored", { at, again: before.again + count, gone: before.gone + gone });
}

/**
 * This phone goes on as a new device: every edit without a verdict gets a new number.
 * @param {Transaction} tx
 * @param {string} device
 */
export async function renumber(tx, device) {
  const before = await metaOf(tx, "device");
  for (const kept of await tx.objectStore("outbox").getAll()) {
    if (kept.n !== null) await tx.objectStore("outbox").put?.({ ...kept, n: null });
  }
  for (const kept of await tx.objectStore("acked").getAll()) {
    if (!kept.device && before) await tx.objectStore("acked").put?.({ ...kept, device: before });
  }
  await putMeta(tx, "last_n", 0);
  await putMeta(tx, "device", device);
}

/**
 * Another phone has brought back what a recalled edit was about: now it can be sent.
 * @param {Transaction} tx
 * @returns {Promise<any[]>} the edits that wait again
 */
export async function revive(tx) {
  const found = [];
  for (const { error, refused_at, ...edit } of await tx.objectStore("rejected").getAll()) {
    if (!edit.recalled || !MISSING.includes(error?.code) || !(await hasGround(tx, edit))) continue;
    await tx.objectStore("rejected").delete?.(edit.seq);
    await tx.objectStore("outbox").put?.({ ...edit, n: null, recalled: false });
    await reshow(tx, edit.kind, edit.id, edit.tree);
    found.push(edit);
  }
  return found;
}

/**
 * @param {Transaction} tx
 * @param {any} edit
 */
async function hasGround(tx, { op, kind, id, tree }) {
  if (op !== "create") return (await serverRow(tx, kind, id)) !== null;
  return tree !== null && tree !== id && (await serverRow(tx, "customer", tree)) !== null;
}
