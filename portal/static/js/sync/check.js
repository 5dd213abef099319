// Whether this phone's copy of the book is the server's, byte for byte: looked at about once a day, in small slices when
// nobody asks for a page. What is wrong is fetched and put right.

import { SCHEMAS } from "../generated/schemas.js";
import { NONE, bucketOf, rowDigest, xor } from "../domain/canonical.js";
import { device } from "../store/device.js";
import { SHARDS, shardOf } from "../store/lines.js";
import { PROTO, post } from "./wire.js";

/**
 * @typedef {import("../store/index.js").Store} Store
 * @typedef {import("../store/scan.js").Kept} Kept
 * @typedef {import("../store/scan.js").Right} Right
 * @typedef {() => Promise<void>} Pause
 */

const DAY_MS = 86_400_000;
const AGAIN_MS = 600_000;
const SOON_MS = 60_000;
const SLICE = 100;
const TREES = 20;
const ROWS_AT_ONCE = 200;
/** A book that is wrong all over is put right over several rounds. */
const BUCKETS_AT_ONCE = 16;
const QUIET_MS = 2_000;
const BREATH_MS = 20;

/** News or a new version came while we looked; another time. */
class Moved extends Error {}

let asked = 0;
let running = false;

/** Somebody asked for a page: the check gives way. */
export function giveWay() {
  asked = Date.now();
}

/**
 * After a breath, and when no page was asked for in the last seconds. A new version of the app waits until the old worker
 * has nothing left to do, so the check ends for it.
 */
async function quiet() {
  do {
    if (/** @type {any} */ (globalThis).registration?.waiting) throw new Moved();
    await new Promise((resolve) => setTimeout(resolve, Date.now() - asked < QUIET_MS ? QUIET_MS / 4 : BREATH_MS));
  } while (Date.now() - asked < QUIET_MS);
}

/**
 * Look through the book if it is time.
 * @param {Store} store
 * @param {Pause} [pause] between slices
 * @returns {Promise<"later" | "fine" | "mended" | "moved" | "more">}
 */
export async function checkBook(store, pause = quiet) {
  if (running || !(await isDue(store))) return "later";
  running = true;
  try {
    await store.setMeta("check_tried_at", Date.now());
    const { mended, whole } = await new Check(store, pause).run();
    await store.setMeta(whole ? "checked_at" : "check_tried_at", whole ? Date.now() : null);
    return whole ? (mended ? "mended" : "fine") : "more";
  } catch (error) {
    if (!(error instanceof Moved)) throw error;
    await store.setMeta("check_tried_at", Date.now() - AGAIN_MS + SOON_MS);
    return "moved";
  } finally {
    running = false;
  }
}

/** @param {Store} store */
async function isDue(store) {
  if (!(await store.meta("ready")) || (await store.meta("recall"))) return false;
  const now = Date.now();
  if (now - ((await store.meta("checked_at")) ?? 0) < DAY_MS) return false;
  return now - ((await store.meta("check_tried_at")) ?? 0) >= AGAIN_MS;
}

class Check {
  /**
   * @param {Store} store
   * @param {Pause} pause
   */
  constructor(store, pause) {
    this.store = store;
    this.pause = pause;
  }

  /** @returns {Promise<{mended: number, whole: boolean}>} whole: all of the book was looked at and put right */
  async run() {
    await this.pause();
    const kept = await this.store.meta("digests");
    this.cursor = await this.store.meta("cursor");
    this.token = (await device(this.store.agentId))?.token;
    if (!kept || kept.cursor !== this.cursor || !this.token) throw new Moved();
    this.scopes = Object.keys(kept.scopes);
    const { sums, misfiled } = await this.#sums();
    if (misfiled.length) await this.#mend(misfiled);
    const differs = sums.reduce(xor, NONE) !== Object.values(kept.scopes).reduce(xor, NONE);
    const { mended, whole } = differs ? await this.#narrow(sums) : { mended: 0, whole: true };
    return { mended: mended + misfiled.length + (await this.#lines()), whole };
  }

  /** The digest of each bucket as it is here, and records that lie under the wrong customer. */
  async #sums() {
    const sums = Array(256).fill(NONE);
    /** @type {Right[]} */
    const misfiled = [];
    for await (const kept of this.#all()) {
      const bucket = bucketOf(kept.id);
      sums[bucket] = xor(sums[bucket], digestOf(kept));
      if (!kept.filed) misfiled.push(kept);
    }
    return { sums, misfiled };
  }

  /** @returns {AsyncGenerator<Kept>} every record, as long as nothing arrives */
  async *#all() {
    /** @type {import("../store/scan.js").Key | null} */
    let after = null;
    do {
      /** @type {import("../store/scan.js").Slice} */
      const slice = await this.store.slice(after, SLICE);
      if (slice.cursor !== this.cursor) throw new Moved();
      yield* slice.kept;
      after = slice.last;
      await this.pause();
    } while (after);
  }

  /**
   * @param {string} path
   * @param {any} body
   */
  async #ask(path, body) {
    const reply = await post(path, /** @type {string} */ (this.token), { proto: PROTO, ...body });
    // The server speaks of another moment than ours: what differs may be news.
    if (reply.cursor !== this.cursor) throw new Moved();
    return reply;
  }

  /**
   * From buckets to records to rows.
   * @param {string[]} sums
   */
  async #narrow(sums) {
    const theirs = Array(256).fill(NONE);
    for (const scope of this.scopes ?? []) {
      const { buckets } = await this.#ask("/sync/digests", { scope });
      buckets.forEach((/** @type {string} */ sum, /** @type {number} */ i) => (theirs[i] = xor(theirs[i], sum)));
    }
    const all = theirs.flatMap((sum, bucket) => (sum === sums[bucket] ? [] : [bucket]));
    const some = all.slice(0, BUCKETS_AT_ONCE);
    const mended = some.length ? await this.#buckets(new Set(some)) : 0;
    return { mended, whole: some.length === all.length };
  }

  /**
   * @param {Set<number>} buckets that differ
   * @returns {Promise<number>} records put right
   */
  async #buckets(buckets) {
    /** @type {Map<string, {kind: string, id: string, digest: string}>} */
    const here = new Map();
    for await (const kept of this.#all()) {
      if (buckets.has(bucketOf(kept.id))) here.set(nameOf(kept), { ...kept, digest: digestOf(kept) });
    }
    /** @type {any[]} */
    const wanted = [];
    for (const bucket of buckets) {
      for (const scope of this.scopes ?? []) {
        const { rows } = await this.#ask("/sync/digests", { scope, bucket });
        for (const row of rows) {
          if (here.get(nameOf(row))?.digest !== row.digest) wanted.push(row);
          else here.delete(nameOf(row));
        }
      }
    }
    return this.#fetch(wanted, here);
  }

  /**
   * @param {{kind: string, id: string}[]} wanted what the server has and we have otherwise, or not at all
   * @param {Map<string, {kind: string, id: string, digest: string}>} here what it has otherwise, or not at all
   */
  async #fetch(wanted, here) {
    /** @type {Right[]} */
    const rights = [];
    for (let rest = wanted; rest.length;) {
      const records = rest.slice(0, ROWS_AT_ONCE).map(({ kind, id }) => ({ kind, id }));
      const { rows } = await this.#ask("/sync/rows", { records });
      for (const right of rows) {
        // The row is the same: it was the server that had added it up wrongly. It has put that right by now.
        if (!right.row || here.get(nameOf(right))?.digest !== digestOf(right)) rights.push(right);
        here.delete(nameOf(right));
      }
      rest = rest.slice(rows.length);
    }
    for (const { kind, id } of here.values()) rights.push({ kind, id, row: null });
    return rights.length ? this.#mend(rights) : 0;
  }

  /**
   * @param {Right[]} rights
   * @returns {Promise<number>}
   */
  async #mend(rights) {
    if (!(await this.store.mend(rights, /** @type {string} */ (this.cursor)))) throw new Moved();
    return rights.length;
  }

  /**
   * What lists and search show, against the records; and what is shown of records with unsent edits.
   * @returns {Promise<number>} lines put right
   */
  async #lines() {
    await this.store.reshow();
    await this.store.refreshLines();
    /** @type {string[][]} */
    const shards = Array.from({ length: SHARDS }, () => []);
    for (const id of await this.store.customerIds()) shards[shardOf(id)].push(id);
    /** @type {string[]} */
    const wrong = [];
    let foreign = false;
    for (const [shard, ids] of shards.entries()) {
      const trees = [...new Set([...ids, ...(await this.store.inShard(shard))])];
      foreign ||= trees.some((id) => shardOf(id) !== shard);
      for (let at = 0; at < trees.length; at += TREES) {
        wrong.push(...(await this.store.wrongLines(shard, trees.slice(at, at + TREES))));
        await this.pause();
      }
    }
    if (wrong.length) await this.store.mendLines(wrong, foreign);
    return wrong.length;
  }
}

/** @param {{kind: string, id: string}} record */
function nameOf({ kind, id }) {
  return `${kind} ${id}`;
}

/**
 * A row that came before a field was added says nothing of it; the server says null.
 * @param {{kind: string, row: any}} kept
 * @returns {string}
 */
function digestOf({ kind, row }) {
  const fields = /** @type {Record<string, any>} */ (SCHEMAS)[kind]?.fields ?? {};
  const whole = { ...row };
  for (const name of Object.keys(fields)) whole[name] ??= null;
  try {
    return rowDigest(kind, whole);
  } catch {
    return NONE; // what has no canonical form never came from the server
  }
}
