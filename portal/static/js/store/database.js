// One IndexedDB database: opened when first used, opened again when the browser closed it behind our back.

import { deleteDB, openDB } from "idb";

/** The phone has no room left. The form that wanted to save keeps its data and says so. */
export class StorageFull extends Error {
  constructor() {
    super("There is no space left on this phone.");
    this.name = "StorageFull";
  }
}

/** It was deleted. Whoever still holds it must not make it again by asking. */
export class Gone extends Error {
  constructor() {
    super("This book was taken off the phone.");
    this.name = "Gone";
  }
}

// iOS closes connections of apps that were put away, Chromium after a disk fault; both are healed by opening again.
const CLOSED = new Set(["InvalidStateError", "UnknownError", "AbortError"]);
const TRIES = 3;

/**
 * @typedef {import("idb").IDBPDatabase} Connection
 * @typedef {import("idb").IDBPTransaction<unknown, string[], "readonly" | "readwrite">} Transaction
 */

export class Database {
  /** @type {Promise<Connection> | null} */
  #connection = null;

  #gone = false;

  /**
   * @param {string} name
   * @param {number} version
   * @param {(db: Connection, from: number) => void} upgrade adds what versions after `from` brought; never removes
   */
  constructor(name, version, upgrade) {
    this.name = name;
    this.version = version;
    this.upgrade = upgrade;
  }

  /** @returns {Promise<Connection>} */
  #open() {
    if (this.#connection) return this.#connection;
    /** @type {Promise<Connection>} */
    const opening = openDB(this.name, this.version, {
      upgrade: (db, from) => this.upgrade(/** @type {Connection} */ (db), from),
      // A newer build wants to migrate: give way at once, the next call opens again.
      blocking: () => this.close(),
      terminated: () => this.#forget(opening),
    });
    opening.catch(() => this.#forget(opening));
    this.#connection = opening;
    return opening;
  }

  /** @param {Promise<Connection>} which */
  #forget(which) {
    if (this.#connection === which) this.#connection = null;
  }

  close() {
    const opening = this.#connection;
    this.#connection = null;
    opening?.then(
      (db) => db.close(),
      () => {},
    );
  }

  /**
   * Run `work` in one transaction and wait until it is committed. `work` may await nothing but the transaction. It may
   * run twice: an aborted transaction has left nothing behind.
   *
   * @template T
   * @param {string[]} stores
   * @param {"readonly" | "readwrite"} mode
   * @param {(tx: Transaction) => Promise<T>} work
   * @param {{strict?: boolean}} [options] strict: on disk before this returns, for what a person typed
   * @returns {Promise<T>}
   * @throws {StorageFull | Gone}
   */
  async run(stores, mode, work, { strict = false } = {}) {
    for (let tries = 1; ; tries++) {
      if (this.#gone) throw new Gone();
      const opening = this.#open();
      try {
        const db = await opening;
        return await transact(db, stores, mode, work, strict);
      } catch (error) {
        const name = /** @type {Error} */ (error).name;
        if (name === "QuotaExceededError") throw new StorageFull();
        if (!CLOSED.has(name) || tries === TRIES) throw error;
        this.#forget(opening);
      }
    }
  }

  /** Delete the database with everything in it. */
  async destroy() {
    this.#gone = true;
    this.close();
    await deleteDB(this.name);
  }
}

/**
 * @template T
 * @param {Connection} db
 * @param {string[]} stores
 * @param {"readonly" | "readwrite"} mode
 * @param {(tx: Transaction) => Promise<T>} work
 * @param {boolean} strict
 * @returns {Promise<T>}
 */
async function transact(db, stores, mode, work, strict) {
  const tx = db.transaction(stores, mode, { durability: strict ? "strict" : "relaxed" });
  const done = tx.done;
  done.catch(() => {}); // looked at below; a rejection must not count as unhandled before that
  /** @type {T} */
  let result;
  try {
    result = await work(/** @type {any} */ (tx));
  } catch (error) {
    try {
      tx.abort();
    } catch {
      // already aborted by the fault itself; that one says more
      await done;
    }
    throw error;
  }
  await done;
  return result;
}
