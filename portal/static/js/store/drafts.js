// Half-typed forms. Pages keep them here themselves, without asking the worker, which may be asleep.

import { metaOf } from "./book.js";
import { bookOf } from "./layout.js";
import { open, seal } from "./seal.js";

export class Drafts {
  #database;

  /** @param {string} agentId */
  constructor(agentId) {
    this.#database = bookOf(agentId);
  }

  /**
   * @param {string} key
   * @returns {Promise<any>} null when there is none
   */
  get(key) {
    return this.#database.run(["drafts"], "readonly", async (tx) => {
      const kept = await tx.objectStore("drafts").get(key);
      return kept === undefined ? null : open(kept);
    });
  }

  /** @returns {Promise<string[]>} */
  keys() {
    return this.#database.run(["drafts"], "readonly", async (tx) =>
      (await tx.objectStore("drafts").getAllKeys()).map(String),
    );
  }

  /**
   * A page that slept while the book was taken off this phone keeps nothing of it: an emptied book takes no drafts.
   * @param {string} key
   * @param {any} data
   */
  async save(key, data) {
    const put = async (/** @type {any} */ tx) => {
      const gone = (await metaOf(tx, "last_n")) === null || (await metaOf(tx, "trouble")) === "revoked";
      if (!gone) await tx.objectStore("drafts").put(seal(data), key);
    };
    await this.#database.run(["drafts", "meta"], "readwrite", put, { strict: true });
  }

  /** @param {string} key */
  async drop(key) {
    await this.#database.run(["drafts"], "readwrite", async (tx) => tx.objectStore("drafts").delete?.(key));
  }

  close() {
    this.#database.close();
  }
}
