// The phone's store: the only way to what lies in IndexedDB. One `Store` is one agent's book.
//
// Everything is async. What `get`, `tree`, `list`, `book` and `search` answer is what is to be shown: the server's
// state with the agent's own unsent edits on top.

import { search } from "../domain/search.js";
import {
  ARRIVED,
  empty,
  fill,
  forgetAcked,
  hurry,
  number,
  recall,
  renumber,
  reshowWaiting,
  settle,
  take,
} from "./arrivals.js";
import { metaOf, opened, putMeta, shownRow, treeRows } from "./book.js";
import { Drafts } from "./drafts.js";
import { bookOf } from "./layout.js";
import { Lines } from "./lines.js";
import { CHANGED, make, sendAgain, takeBack } from "./outbox.js";
import { open } from "./seal.js";
import { LINES } from "./search-lines.js";

export { StorageFull } from "./database.js";
export { newId } from "./ids.js";
export { NotReady, UNDO_MS } from "./outbox.js";

/**
 * @typedef {import("./showing.js").Row} Row
 * @typedef {import("./book.js").Edit} Edit
 * @typedef {import("./outbox.js").Change} Change
 * @typedef {import("./search-lines.js").Line} Line
 * @typedef {import("./arrivals.js").Arrival} Arrival
 * @typedef {import("./arrivals.js").Verdict} Verdict
 * @typedef {import("./database.js").Transaction} Transaction
 *
 * @typedef {object} Tree a customer with everything that belongs to it; lists are in the order of making
 * @property {Row} customer
 * @property {Row[]} relatives
 * @property {Row[]} policies
 * @property {Row[]} visits
 * @property {Row[]} consents
 * @property {Row[]} conflicts open and closed
 *
 * @typedef {object} OutboxItem
 * @property {number} seq the phone's own number of the edit: what `undo`, `retry` and `discard` take
 * @property {number | null} n null: not sent yet
 * @property {"create" | "update" | "delete"} op
 * @property {string} kind
 * @property {string} id
 * @property {Record<string, [any, any]>} set [old, new] by field
 * @property {string} at instant
 * @property {string | null} customer_id
 * @property {string | null} title name of the customer, null when it is not on this phone (any more)
 * @property {string | null} label what the person did, as given to `commit`
 * @property {boolean} can_undo
 * @property {{code: string, message: string, fields?: Record<string, string[]>}} [error] of a refused edit
 * @property {string} [verdict] of a received edit
 * @property {string} [acked_at]
 *
 * @typedef {object} Status
 * @property {number} waiting edits without a verdict
 * @property {string | null} oldest_at when the oldest of them was made
 * @property {number} refused
 * @property {number} conflicts open
 * @property {string | null} last_synced_at instant
 * @property {boolean} ready the first download is complete: writing is allowed
 * @property {{done: number, total: number, parts: Record<string, number>}} loading of the first download
 * @property {boolean} offline the server could not be reached at the last try
 * @property {string | null} trouble why nothing is sent: `sign_in`, `upgrade`, `revoked`, `full`, or null
 * @property {string | null} evicted_at when it was noticed that the browser had cleared this book
 *
 * @typedef {{ready: boolean, done: number, total: number, parts: Record<string, number>, t: string | null, cursor: string | null}} Progress
 */

export class Store {
  #database;
  #drafts;
  #lines = new Lines();

  /** @param {string} agentId */
  constructor(agentId) {
    this.agentId = agentId;
    this.#database = bookOf(agentId);
    this.#drafts = new Drafts(agentId);
  }

  // ---- reading ----------------------------------------------------------------------------------------------------

  /**
   * @param {string} kind
   * @param {string} id
   * @returns {Promise<Row | null>}
   */
  get(kind, id) {
    return this.#read(["rows"], (tx) => shownRow(tx, kind, id));
  }

  /**
   * @param {string} customerId
   * @returns {Promise<Tree | null>} null when there is no such customer in this book
   */
  async tree(customerId) {
    const rows = await this.#read(["rows"], (tx) => treeRows(tx, customerId));
    const of = (/** @type {string} */ kind) => (rows.get(kind) ?? []).sort(byMaking);
    const [customer] = of("customer");
    if (!customer) return null;
    return {
      customer,
      relatives: of("relative"),
      policies: of("policy"),
      visits: of("visit"),
      consents: of("consent"),
      conflicts: of("conflict"),
    };
  }

  /**
   * @param {string} kind
   * @returns {Promise<Row[]>} every record of a kind
   */
  list(kind) {
    return this.#read(["rows"], async (tx) => {
      const kept = await tx.objectStore("rows").getAll(IDBKeyRange.bound([kind], [kind, []]));
      return kept.map(({ row }) => open(row));
    });
  }

  /** @returns {Promise<Line[]>} a line per customer, by name; see store/search-lines.js. Not to be changed. */
  book() {
    return this.#read(["search", "meta"], (tx) => this.#lines.all(tx));
  }

  /**
   * @param {string} id of a customer
   * @returns {Promise<Line | null>}
   */
  line(id) {
    return this.#read(["search", "meta"], (tx) => this.#lines.one(tx, id));
  }

  /**
   * @param {string} q name, initials, any pinyin reading, phone, plate, policy number or city
   * @param {{limit?: number}} [options]
   */
  async search(q, options = {}) {
    return search(await this.book(), q, options);
  }

  /** @returns {Promise<Row[]>} open conflicts, oldest first */
  async conflicts() {
    return (await this.list("conflict")).filter((row) => !row.resolution).sort(byMaking);
  }

  /** @returns {Promise<{waiting: OutboxItem[], rejected: OutboxItem[], received: OutboxItem[]}>} received: newest first */
  outbox() {
    return this.#read(["outbox", "rejected", "acked", "search", "meta"], async (tx) => {
      const [waiting, rejected, acked] = await Promise.all([
        tx.objectStore("outbox").getAll(),
        tx.objectStore("rejected").getAll(),
        tx.objectStore("acked").getAll(),
      ]);
      const names = new Map((await this.#lines.all(tx)).map((line) => [line.id, line.name]));
      const item = (/** @type {any} */ edit) => itemOf(opened(edit), names);
      const received = acked.filter((edit) => edit.verdict !== "rejected").reverse();
      return { waiting: waiting.map(item), rejected: rejected.map(item), received: received.map(item) };
    });
  }

  /** @returns {Promise<Status>} */
  status() {
    return this.#read(["outbox", "rejected", "rows", "meta"], async (tx) => {
      const meta = (/** @type {string} */ key) => metaOf(tx, key);
      const conflicts = await tx.objectStore("rows").getAll(IDBKeyRange.bound(["conflict"], ["conflict", []]));
      const oldest = await tx.objectStore("outbox").openCursor();
      const { done = 0, total = 0, parts = {} } = (await meta("progress")) ?? {};
      return {
        waiting: await tx.objectStore("outbox").count(),
        oldest_at: oldest?.value.at ?? null,
        refused: await tx.objectStore("rejected").count(),
        conflicts: conflicts.filter(({ row }) => !open(row).resolution).length,
        last_synced_at: await meta("last_synced_at"),
        ready: (await meta("ready")) === true,
        loading: { done, total, parts },
        offline: (await meta("sync_failures")) !== null,
        trouble: await meta("trouble"),
        evicted_at: await meta("evicted_at"),
      };
    });
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
   * @throws {NotReady | StorageFull}
   */
  commit(changes, { label, draft, seen, now = new Date() } = {}) {
    return this.#change(async (tx) => {
      const { seqs, trees } = await make(tx, changes, { now, label: label ?? null, seen: seen ?? null });
      if (draft) await tx.objectStore("drafts").delete?.(draft);
      await this.#lines.refresh(tx, trees);
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
      await this.#lines.refresh(tx, trees ?? []);
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
      await this.#lines.refresh(tx, trees);
      return { seqs };
    });
  }

  /**
   * Let a refused edit go, because a person said so.
   * @param {number} seq
   */
  async discard(seq) {
    await this.#database.run(["rejected"], "readwrite", async (tx) => tx.objectStore("rejected").delete?.(seq), {
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
   * @returns {Promise<any>} null when never set
   */
  meta(key) {
    return this.#read(["meta"], (tx) => metaOf(tx, key));
  }

  /**
   * @param {string} key
   * @param {any} value null takes it away
   */
  async setMeta(key, value) {
    await this.#database.run(["meta"], "readwrite", (tx) => putMeta(tx, key, value));
  }

  // ---- for sync/ only ---------------------------------------------------------------------------------------------

  /** @returns {Promise<Edit[]>} edits to send, by number; numbers are given now */
  number() {
    return this.#database.run(["outbox", "meta"], "readwrite", (tx) => number(tx, Date.now()), { strict: true });
  }

  /** Give up the time in which deletes can be taken back: everything may be sent now. */
  hurry() {
    return this.#database.run(["outbox"], "readwrite", (tx) => hurry(tx), { strict: true });
  }

  /**
   * Verdicts and a page of changes of one reply, together with the cursor behind them.
   * @param {Edit[]} sent
   * @param {Verdict[]} verdicts
   * @param {{changes: Arrival[], cursor: string} | null} page
   */
  arrive(sent, verdicts, page) {
    const now = new Date();
    return this.#arriving(async (tx) => {
      const settled = await settle(tx, sent, verdicts, now.toISOString());
      const taken = await take(tx, page?.changes ?? []);
      if (page) await putMeta(tx, "cursor", page.cursor);
      if (verdicts.length) await forgetAcked(tx, now.getTime());
      await this.#lines.refresh(tx, [...settled, ...taken]);
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
   * @param {{lines: boolean}} options whether to make the search lines of these customers now, so that they can be seen
   */
  fill(arrivals, progress, { lines }) {
    return this.#arriving(async (tx) => {
      const trees = await fill(tx, arrivals);
      await putMeta(tx, "progress", progress);
      if (lines) await this.#lines.refresh(tx, trees);
    });
  }

  /**
   * The first download is complete: all lines, the cursor that changes go on from, and the flag that allows writing.
   * @param {string} cursor
   */
  finish(cursor) {
    return this.#arriving(async (tx) => {
      await reshowWaiting(tx);
      await this.#lines.rebuild(tx);
      await putMeta(tx, "cursor", cursor);
      await putMeta(tx, "ready", true);
    });
  }

  /** Start over with what the server has; what this phone has to send stays. */
  empty() {
    return this.#arriving(async (tx) => {
      await empty(tx);
      this.#lines.forget();
    });
  }

  /**
   * @param {number} expected
   * @returns {Promise<boolean>} whether edits the server has lost wait again
   */
  recall(expected) {
    return this.#arriving((tx) => recall(tx, expected));
  }

  /** Go on as a new device: every edit without a verdict gets a new number. */
  renumber() {
    return this.#database.run(["outbox", "meta"], "readwrite", (tx) => renumber(tx), { strict: true });
  }

  /** Make the search record anew when this build wants another shape of it. */
  async refreshLines() {
    if (!(await this.meta("ready")) || (await this.meta("lines_version")) === LINES) return;
    await this.#arriving((tx) => this.#lines.rebuild(tx));
  }

  /** Delete this agent's book from the phone. */
  destroy() {
    this.#lines.forget();
    this.#drafts.close();
    return this.#database.destroy();
  }

  close() {
    this.#drafts.close();
    this.#database.close();
  }

  /**
   * @template T
   * @param {string[]} stores
   * @param {(tx: Transaction) => Promise<T>} work
   */
  #read(stores, work) {
    return this.#database.run(stores, "readonly", work);
  }

  /**
   * @template T
   * @param {(tx: Transaction) => Promise<T>} work
   */
  async #change(work) {
    try {
      return await this.#database.run(CHANGED, "readwrite", work, { strict: true });
    } catch (error) {
      this.#lines.forget();
      throw error;
    }
  }

  /**
   * @template T
   * @param {(tx: Transaction) => Promise<T>} work
   */
  async #arriving(work) {
    try {
      return await this.#database.run(ARRIVED, "readwrite", work);
    } catch (error) {
      this.#lines.forget();
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

/**
 * @param {any} edit
 * @param {Map<string, string>} names
 * @returns {OutboxItem}
 */
function itemOf(edit, names) {
  const { tree, lost, not_before, base, cursor, ...rest } = edit;
  const created = edit.kind === "customer" ? edit.set.name?.[1] : undefined;
  const title = names.get(tree) ?? created ?? null;
  return { ...rest, customer_id: tree, title, can_undo: edit.n === null };
}

/**
 * @param {Row} a
 * @param {Row} b
 */
function byMaking(a, b) {
  return a.created_at === b.created_at ? (a.id < b.id ? -1 : 1) : a.created_at < b.created_at ? -1 : 1;
}
