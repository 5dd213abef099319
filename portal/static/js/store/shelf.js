// What a book shows: every question to the phone's store that changes nothing.

import { search } from "../domain/search.js";
import { readBlobs } from "./blobs.js";
import { metaOf, opened, shownRow, treeRows } from "./book.js";
import { bookOf } from "./layout.js";
import { Lines } from "./lines.js";
import { open } from "./seal.js";
import { recallSounds } from "./sounds.js";

/**
 * @typedef {import("./showing.js").Row} Row
 * @typedef {import("./search-lines.js").Line} Line
 * @typedef {import("./database.js").Transaction} Transaction
 *
 * @typedef {object} Tree a customer with everything that belongs to it; lists are in the order of making
 * @property {Row} customer
 * @property {Row[]} relatives
 * @property {Row[]} analyses
 * @property {Row[]} proposals
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
 * @property {string | null} trouble why nothing is sent: `sign_in`, `too_many`, `upgrade`, `revoked`, `full`, or null
 * @property {string | null} evicted_at when it was noticed that the browser had cleared this book
 * @property {{at: string, again: number, gone: number} | null} restored what became of edits that a restored server lacked
 * @property {{at: string, count: number} | null} mended records here that were found wrong and put right
 * @property {number} evicted_waiting how much waited to be sent when the server had last heard of it
 */

/** What `status` tells out of meta. */
const SYNC = ["progress", "last_synced_at", "ready", "sync_failures", "trouble"];
const TOLD = [...SYNC, "evicted_at", "evicted_waiting", "restored", "mended"];

export class Shelf {
  /** @protected */
  database;
  /** @protected */
  lines = new Lines();

  /** @param {string} agentId */
  constructor(agentId) {
    this.agentId = agentId;
    this.database = bookOf(agentId);
  }

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
      analyses: of("analysis"),
      proposals: of("proposal"),
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

  /** @param {string[]} names @returns {Promise<Record<string, any>>} tables by SHA-256; what is not here yet is absent */
  blobs(names) {
    return readBlobs(this, names);
  }

  /** @returns {Promise<Line[]>} a line per customer, by name; see store/search-lines.js. Not to be changed. */
  book() {
    return this.#read(["search", "meta"], (tx) => this.lines.all(tx));
  }

  /**
   * @param {string} id of a customer
   * @returns {Promise<Line | null>}
   */
  line(id) {
    return this.#read(["search", "meta"], (tx) => this.lines.one(tx, id));
  }

  /**
   * @param {string} q name, initials, any pinyin reading, phone, plate, policy number or city
   * @param {{limit?: number}} [options]
   */
  async search(q, options = {}) {
    await this.hear();
    return search(await this.book(), q, options);
  }

  /**
   * @param {string} kind
   * @param {string} id
   * @returns {Promise<boolean>} whether the server has all that was done to a record here
   */
  async isSent(kind, id) {
    const count = (/** @type {Transaction} */ tx) => tx.objectStore("outbox").index("record").count([kind, id]);
    return (await this.#read(["outbox"], count)) === 0;
  }

  /** @returns {Promise<boolean>} whether names are found by their sound; to be asked before a search of the book */
  hear() {
    return recallSounds();
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
      const names = new Map((await this.lines.all(tx)).map((line) => [line.id, line.name]));
      const item = (/** @type {any} */ edit) => itemOf(opened(edit), names);
      const received = acked.filter((edit) => edit.verdict !== "rejected" && !edit.let_go).reverse();
      return { waiting: waiting.map(item), rejected: rejected.map(item), received: received.map(item) };
    });
  }

  /** @returns {Promise<Status>} */
  status() {
    return this.#read(["outbox", "rejected", "rows", "meta"], async (tx) => {
      // Every page asks for this: all questions go to the database at once, none waits for the answer to another.
      const [conflicts, oldest, waiting, refused, ...kept] = await Promise.all([
        tx.objectStore("rows").getAll(IDBKeyRange.bound(["conflict"], ["conflict", []])),
        tx.objectStore("outbox").openCursor(),
        tx.objectStore("outbox").count(),
        tx.objectStore("rejected").count(),
        ...TOLD.map((key) => metaOf(tx, key)),
      ]);
      const meta = Object.fromEntries(TOLD.map((key, place) => [key, kept[place]]));
      const { done = 0, total = 0, parts = {} } = meta.progress ?? {};
      return {
        waiting,
        oldest_at: oldest?.value.at ?? null,
        refused,
        conflicts: conflicts.filter(({ row }) => !open(row).resolution).length,
        last_synced_at: meta.last_synced_at,
        ready: meta.ready === true,
        loading: { done, total, parts },
        offline: meta.sync_failures !== null,
        trouble: meta.trouble,
        evicted_at: meta.evicted_at,
        evicted_waiting: meta.evicted_waiting ?? 0,
        restored: meta.restored,
        mended: meta.mended,
      };
    });
  }

  /**
   * @param {string} key
   * @returns {Promise<any>} null when never set
   */
  meta(key) {
    return this.#read(["meta"], (tx) => metaOf(tx, key));
  }

  /**
   * @template T
   * @param {string[]} stores
   * @param {(tx: Transaction) => Promise<T>} work
   */
  #read(stores, work) {
    return this.database.run(stores, "readonly", work);
  }
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
