// The phone's store: the only way to what lies in IndexedDB. One `Store` is one agent's book.
//
// Everything is async. What `get`, `tree`, `list`, `book` and `search` answer is what is to be shown: the server's
// state with the agent's own unsent edits on top.

import { ARRIVED, empty, fill, hurry, number, reshowWaiting, settle, take } from "./arrivals.js";
import { putMeta } from "./book.js";
import { Drafts } from "./drafts.js";
import { STORES } from "./layout.js";
import { CHANGED, make, sendAgain, takeBack } from "./outbox.js";
import { devicesOf, forgetAcked, recall, renumber, revive } from "./recall.js";
import { mend, noteMended, reshowAll, slice } from "./scan.js";
import { Shelf } from "./shelf.js";
import { recallSounds } from "./sounds.js";
import { checkTurn } from "./turns.js";

export { Gone, StorageFull } from "./database.js";
export { newId } from "./ids.js";
export { Closed, NotReady, UNDO_MS } from "./outbox.js";

/**
 * @typedef {import("./showing.js").Row} Row
 * @typedef {import("./book.js").Edit} Edit
 * @typedef {import("./outbox.js").Change} Change
 * @typedef {import("./search-lines.js").Line} Line
 * @typedef {import("./arrivals.js").Arrival} Arrival
 * @typedef {import("./arrivals.js").Verdict} Verdict
 * @typedef {import("./database.js").Transaction} Transaction
 * @typedef {import("./shelf.js").Tree} Tree
 * @typedef {import("./shelf.js").OutboxItem} OutboxItem
 * @typedef {import("./shelf.js").Status} Status
 *
 * @typedef {{ready: boolean, done: number, total: number, parts: Record<string, number>, t: string | null, cursor: string | null}} Progress
 */

export class Store extends Shelf {
  #drafts;

  /** @param {string} agentId */
  constructor(agentId) {
    super(agentId);
    this.#drafts = new Drafts(agentId);
  }

  // ---- a person's changes -----------------------------------------------------------------------------------------

  /**
   * Keep changes and queue them for sending, in one transaction that is on disk when this returns. Old values and
   * versions are taken from what is shown. Fields that do not differ are left out; a create that was made already
   * (same id) is not made again.
   *
   * @param {Change[]} changes
   * @param {{label?: string, draft?: string, seen?: import("./outbox.js").Seen, now?: Date}} [options] label: what the
   *   person did; draft: the key of the form that is done with; seen: what that form showed (the router gives both)
   * @returns {Promise<{seqs: number[]}>} numbers for `undo`
   * @throws {Closed | NotReady | StorageFull}
   */
  commit(changes, { label, draft, seen, now = new Date() } = {}) {
    return this.#change(async (tx) => {
      const { seqs, trees } = await make(tx, changes, { now, label: label ?? null, seen: seen ?? null });
      if (draft) await tx.objectStore("drafts").delete?.(draft);
      await this.lines.refresh(tx, trees);
      return { seqs };
    });
  }

  /**
   * Take back an edit that was not sent yet (a delete waits ten seconds for this).
   * @param {number} seq
   * @returns {Promise<boolean>} false: too late
   */
  undo(seq) {
    return this.#change(async (tx) => {
      const trees = await takeBack(tx, seq);
      await this.lines.refresh(tx, trees ?? []);
      return trees !== null;
    });
  }

  /**
   * Send a refused edit again, with corrected values; edits that were refused because of it go with it.
   * @param {number} seq
   * @param {Record<string, any>} [newSet] corrected values by field
   * @returns {Promise<{seqs: number[]}>}
   */
  retry(seq, newSet = {}) {
    return this.#change(async (tx) => {
      const { seqs, trees } = await sendAgain(tx, seq, newSet, new Date());
      await this.lines.refresh(tx, trees);
      return { seqs };
    });
  }

  /**
   * Let a refused edit go, because a person said so.
   * @param {number} seq
   */
  async discard(seq) {
    await this.database.run(["rejected"], "readwrite", async (tx) => tx.objectStore("rejected").delete?.(seq), {
      strict: true,
    });
  }

  // ---- half-typed forms -------------------------------------------------------------------------------------------

  /**
   * @param {string} key
   * @returns {Promise<any>} null when there is none
   */
  draft(key) {
    return this.#drafts.get(key);
  }

  /** @returns {Promise<string[]>} keys of all drafts */
  drafts() {
    return this.#drafts.keys();
  }

  /**
   * @param {string} key
   * @param {any} data
   */
  saveDraft(key, data) {
    return this.#drafts.save(key, data);
  }

  /** @param {string} key */
  dropDraft(key) {
    return this.#drafts.drop(key);
  }

  // ---- meta -------------------------------------------------------------------------------------------------------

  /**
   * @param {string} key
   * @param {any} value null takes it away
   */
  async setMeta(key, value) {
    await this.database.run(["meta"], "readwrite", (tx) => putMeta(tx, key, value));
  }

  // ---- for sync/ only ---------------------------------------------------------------------------------------------

  /** @returns {Promise<Edit[]>} edits to send, by number; numbers are given now */
  number() {
    return this.database.run(["outbox", "meta"], "readwrite", (tx) => number(tx, Date.now()), { strict: true });
  }

  /** Give up the time in which deletes can be taken back: everything may be sent now. */
  hurry() {
    return this.database.run(["outbox"], "readwrite", (tx) => hurry(tx), { strict: true });
  }

  /**
   * Verdicts and a page of changes of one reply, together with the cursor behind them.
   * @param {Edit[]} sent
   * @param {Verdict[]} verdicts
   * @param {{changes: Arrival[], cursor: string, digests?: Record<string, string>} | null} page
   * @param {string | null} [turn] of the syncer that brings them
   * @returns {Promise<boolean>} whether something waits again that could not be sent before
   */
  arrive(sent, verdicts, page, turn = null) {
    const now = new Date();
    return this.#arriving(turn, async (tx) => {
      const settled = await settle(tx, sent, verdicts, now.toISOString());
      const taken = await take(tx, page?.changes ?? []);
      if (page) await putMeta(tx, "cursor", page.cursor);
      if (page?.digests) await putMeta(tx, "digests", { cursor: page.cursor, scopes: page.digests });
      if (verdicts.length) await forgetAcked(tx, now.getTime());
      const revived = await revive(tx);
      const trees = [...settled, ...taken, ...revived.map((edit) => edit.tree)];
      await this.lines.refresh(tx, trees.filter(Boolean));
      return revived.length > 0;
    });
  }

  /** @returns {Promise<Progress>} of the first download */
  async progress() {
    const kept = (await this.meta("progress")) ?? { done: 0, total: 0, parts: {}, t: null, cursor: null };
    return { ...kept, ready: (await this.meta("ready")) === true };
  }

  /**
   * A chunk of the first download and how far it has come.
   * @param {Arrival[]} arrivals
   * @param {Omit<Progress, "ready">} progress
   * @param {{lines: boolean, turn?: string | null}} options lines: whether to make the search lines of these customers
   *   now, so that they can be seen; turn: of the syncer that brings them
   */
  fill(arrivals, progress, { lines, turn = null }) {
    return this.#arriving(turn, async (tx) => {
      const trees = await fill(tx, arrivals);
      await putMeta(tx, "progress", progress);
      if (lines) await this.lines.refresh(tx, trees);
    });
  }

  /**
   * The first download is complete: all lines, the cursor that changes go on from, and the flag that allows writing.
   * @param {string} cursor
   * @param {string | null} [turn] of the syncer that brought the last of it
   */
  finish(cursor, turn = null) {
    return this.#arriving(turn, async (tx) => {
      await reshowWaiting(tx);
      await this.lines.rebuild(tx);
      await putMeta(tx, "cursor", cursor);
      await putMeta(tx, "ready", true);
    });
  }

  /**
   * Start over with what the server has; what this phone has to send stays.
   * @param {string | null} [turn]
   */
  empty(turn = null) {
    return this.#arriving(turn, async (tx) => {
      await empty(tx);
      this.lines.forget();
    });
  }

  /** @returns {Promise<string[]>} the devices under whose numbers acknowledged edits were sent */
  earlierDevices() {
    return this.database.run(["acked", "meta"], "readonly", devicesOf);
  }

  /**
   * Let wait again what a restored server lacks.
   * @param {Record<string, number>} known the last number it has of each device
   * @param {string | null} [turn]
   * @returns {Promise<boolean>} false: not all numbers are here any more; this phone has to go on as a new device
   */
  recall(known, turn = null) {
    return this.#arriving(turn, async (tx) => {
      const { whole, trees } = await recall(tx, known);
      await this.lines.refresh(tx, trees);
      return whole;
    });
  }

  /**
   * Go on as a new device: every edit without a verdict gets a new number.
   * @param {string} device
   */
  renumber(device) {
    return this.database.run(["outbox", "acked", "meta"], "readwrite", (tx) => renumber(tx, device), { strict: true });
  }

  /**
   * @param {import("./scan.js").Key | null} after
   * @param {number} count
   */
  slice(after, count) {
    return this.database.run(["rows", "base", "meta"], "readonly", (tx) => slice(tx, after, count));
  }

  /**
   * @param {import("./scan.js").Right[]} rights
   * @param {string} cursor
   * @returns {Promise<boolean>} false: something arrived since they were found wrong, nothing was done
   */
  mend(rights, cursor) {
    return this.#arriving(null, async (tx) => {
      const trees = await mend(tx, rights, cursor);
      if (!trees) return false;
      await this.lines.refresh(tx, trees);
      await noteMended(tx, rights.length);
      return true;
    });
  }

  /**
   * @param {number} shard of the search record
   * @returns {Promise<string[]>} customers who have a line there
   */
  inShard(shard) {
    return this.database.run(["search"], "readonly", (tx) => this.lines.inShard(tx, shard));
  }

  /** @returns {Promise<string[]>} */
  customerIds() {
    return this.database.run(["rows"], "readonly", async (tx) => {
      const keys = await tx.objectStore("rows").getAllKeys(IDBKeyRange.bound(["customer"], ["customer", []]));
      return keys.map((key) => /** @type {string[]} */ (key)[1]);
    });
  }

  /**
   * @param {number} shard
   * @param {string[]} trees
   * @returns {Promise<string[]>} those whose line is not what their records say; none as long as that cannot be told
   */
  async wrongLines(shard, trees) {
    if (!(await recallSounds())) return [];
    return this.database.run(["rows", "search"], "readonly", (tx) => this.lines.wrong(tx, shard, trees));
  }

  /**
   * Make these lines anew, and what is shown of every record with unsent edits.
   * @param {string[]} trees
   * @param {boolean} all every line
   */
  mendLines(trees, all) {
    return this.#arriving(null, async (tx) => {
      this.lines.forget();
      if (all) await this.lines.rebuild(tx);
      else await this.lines.refresh(tx, trees);
      await noteMended(tx, trees.length);
    });
  }

  /** Show every record with unsent edits as they make it. */
  reshow() {
    return this.#arriving(null, reshowAll);
  }

  /**
   * Make the search record anew when this build wants another shape of it, or when it is known by now how names sound.
   * @returns {Promise<boolean>} whether it was made anew
   */
  async refreshLines() {
    await recallSounds();
    const current = (/** @type {Transaction} */ tx) => this.lines.current(tx);
    if (!(await this.meta("ready")) || (await this.database.run(["meta"], "readonly", current))) return false;
    await this.#arriving(null, (tx) => this.lines.rebuild(tx));
    return true;
  }

  /** Take everything out of this agent's book, at once and for good, whoever has it open. */
  async clear() {
    this.lines.forget();
    const all = (/** @type {Transaction} */ tx) => Promise.all(STORES.map((name) => tx.objectStore(name).clear?.()));
    await this.database.run(STORES, "readwrite", all, { strict: true });
  }

  /** Delete this agent's book from the phone. */
  destroy() {
    // Who signs in here again gets a new one.
    if (stores.get(this.agentId) === this) stores.delete(this.agentId);
    this.lines.forget();
    this.#drafts.close();
    return this.database.destroy();
  }

  close() {
    this.#drafts.close();
    this.database.close();
  }

  /**
   * @template T
   * @param {(tx: Transaction) => Promise<T>} work
   */
  async #change(work) {
    await recallSounds();
    try {
      return await this.database.run(CHANGED, "readwrite", work, { strict: true });
    } catch (error) {
      this.lines.forget();
      throw error;
    }
  }

  /**
   * @template T
   * @param {string | null} turn
   * @param {(tx: Transaction) => Promise<T>} work
   */
  async #arriving(turn, work) {
    await recallSounds();
    try {
      return await this.database.run(ARRIVED, "readwrite", async (tx) => {
        await checkTurn(tx, turn);
        return work(tx);
      });
    } catch (error) {
      this.lines.forget();
      throw error;
    }
  }
}

/** @type {Map<string, Store>} */
const stores = new Map();

/**
 * @param {string} agentId
 * @returns {Store} the same one for the same agent
 */
export function openStore(agentId) {
  let store = stores.get(agentId);
  if (!store) stores.set(agentId, (store = new Store(agentId)));
  return store;
}
