// A client of /sync for RxDB, written from docs/sync.md and nothing else: RxDB's replication protocol on one side, numbered
// edits and verdicts on the other.
//
// One collection holds all records, as the feed does: `{key, kind, id, ver, row}`. RxDB pushes `assumedMasterState` and
// `newDocumentState`: what was on the screen, and what was typed over it, so the difference is the edit. Every verdict carries
// the stored row; it goes back to RxDB as the real state of the master, which the client takes as it is: the server has merged
// already, and keeps what it could not take in a conflict record.

import { createHash } from "node:crypto";
import { replicateRxCollection } from "rxdb/plugins/replication";

/**
 * @typedef {{[field: string]: any}} Row
 * @typedef {{key: string, kind: string, id: string, ver: number, row: Row, _deleted: boolean}} Doc
 * @typedef {{n: number, op: string, kind: string, id: string, base?: number, set?: Record<string, [any, any]>, at: string,
 *   cursor?: string}} Edit
 * @typedef {{assumedMasterState?: Doc, newDocumentState: Doc}} Written
 * @typedef {(path: string, options: RequestInit) => Promise<Response>} Fetch
 */

export const SCHEMA = {
  version: 0,
  primaryKey: "key",
  type: "object",
  properties: {
    key: { type: "string", maxLength: 80 },
    kind: { type: "string" },
    id: { type: "string" },
    ver: { type: "integer" },
    row: { type: "object" }, // whole, as it came: also fields that this client does not know
  },
  required: ["key", "kind", "id"],
};

/** The server has merged: what it says is so. */
export const conflictHandler = {
  /**
   * @param {Doc} one
   * @param {Doc} other
   */
  isEqual: (one, other) => canonical(comparable(one)) === canonical(comparable(other)),
  /** @param {{realMasterState: any}} meeting */
  resolve: async ({ realMasterState }) => realMasterState,
};

/** @param {Doc} doc */
function comparable({ key, ver, row, _deleted }) {
  return { key, ver, row: _deleted ? null : row, _deleted: !!_deleted };
}

const PROTO = 1;
// What the server writes into every row by itself.
const OWN = new Set(["id", "ver", "created_at", "updated_at", "late_from", "flags"]);

export class Refused extends Error {
  /**
   * @param {number} status
   * @param {any} problem
   */
  constructor(status, problem) {
    super(`${status} ${problem.code}`);
    Object.assign(this, { status, problem });
  }
}

/** One registered device. */
export class Device {
  /** @type {string | null} */
  cursor = null;
  /** @type {Edit[]} numbered, without a verdict: they are sent again word for word */
  numbered = [];
  /** @type {{edit: Edit, error: any}[]} what a person would have to look at */
  rejected = [];
  /** @type {Map<string, Doc>} what the server said last */
  master = new Map();
  /** @type {Record<string, string>} */
  digests = {};
  counts = { pushes: 0, replays: 0, conflicts: 0, merged: 0 };
  #last = 0;
  /** @type {Promise<any>} one call at a time */
  #turn = Promise.resolve();

  /**
   * @param {string} url
   * @param {{token: string, agent: string, device: string}} registered
   * @param {Fetch} [ask] a network, maybe a bad one
   */
  constructor(url, registered, ask = fetch) {
    this.url = url;
    this.registered = registered;
    this.ask = ask;
  }

  /**
   * @param {string} url
   * @param {string} authorization
   * @param {string} label
   * @param {Fetch} [ask]
   */
  static async register(url, authorization, label, ask) {
    const headers = { Authorization: authorization, "Content-Type": "application/json" };
    const reply = await fetch(`${url}/sync/devices`, { method: "POST", headers, body: JSON.stringify({ label }) });
    if (!reply.ok) throw new Refused(reply.status, await reply.json());
    return new Device(url, await reply.json(), ask);
  }

  /**
   * @param {string} path
   * @param {any} body
   */
  async #call(path, body) {
    const reply = await this.ask(`${this.url}${path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.registered.token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ proto: PROTO, ...body }),
    });
    if (!reply.ok) throw new Refused(reply.status, await reply.json());
    return reply.json();
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #inTurn(work) {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  /**
   * RxDB's pull handler. It takes a short page for the end, so it gets everything up to `more: false`.
   * @param {{cursor: string} | undefined} checkpoint
   */
  pull = (checkpoint) =>
    this.#inTurn(async () => {
      let cursor = checkpoint?.cursor ?? null;
      /** @type {Map<string, Doc>} */
      const documents = new Map();
      for (let more = true; more;) {
        const page = await this.#call("/sync/pull", { cursor, limit: 50 });
        for (const change of page.changes) {
          const doc = this.#heard(change);
          documents.set(doc.key, doc);
        }
        ({ cursor, more } = page);
        if (page.digests) this.digests = page.digests;
      }
      this.cursor = cursor;
      return { documents: [...documents.values()], checkpoint: { cursor } };
    });

  /** @param {{op: string, kind: string, id: string, ver: number, row?: Row}} change */
  #heard({ op, kind, id, ver, row }) {
    const key = `${kind}:${id}`;
    const known = this.master.get(key);
    // A verdict may have been faster than the page. What is deleted, or went away, has a version as well.
    if (known && known.ver > ver) return known;
    return this.#keep({ key, kind, id, ver, row: row ?? {}, _deleted: op !== "put" });
  }

  /** @param {Doc} doc */
  #keep(doc) {
    this.master.set(doc.key, doc);
    return doc;
  }

  /**
   * RxDB's push handler: edits out, the real states of the master back.
   * @param {Written[]} written
   * @returns {Promise<Doc[]>}
   */
  push = (written) =>
    this.#inTurn(async () => {
      // What was numbered earlier goes first, and as it was; RxDB may have newer states of the same documents by now.
      if (this.numbered.length) await this.#send();
      for (const each of written) this.#number(each);
      await this.#send();
      return written.flatMap(({ newDocumentState }) => {
        const real = this.master.get(newDocumentState.key);
        return real && !conflictHandler.isEqual(real, newDocumentState) ? [real] : [];
      });
    });

  /** @param {Written} written */
  #number({ assumedMasterState, newDocumentState }) {
    const edit = this.#editOf(assumedMasterState, newDocumentState);
    // An edit that has its number is kept here until the verdict; a real client writes this down before it sends.
    if (edit) this.numbered.push({ n: ++this.#last, ...edit });
  }

  /**
   * @param {Doc | undefined} seen
   * @param {Doc} now
   * @returns {Omit<Edit, "n"> | null}
   */
  #editOf(seen, now) {
    const { kind, id } = now;
    const at = new Date().toISOString();
    const there = seen && !seen._deleted ? seen : null;
    if (now._deleted) {
      return there && { op: "delete", kind, id, base: there.ver, at, ...(this.cursor ? { cursor: this.cursor } : {}) };
    }
    const set = differences(there?.row ?? {}, now.row);
    if (!there) return { op: "create", kind, id, set, at };
    return Object.keys(set).length ? { op: "update", kind, id, base: there.ver, set, at } : null;
  }

  async #send() {
    if (!this.numbered.length) return;
    this.counts.pushes += 1;
    const { verdicts } = await this.#call("/sync/push", { edits: this.numbered });
    for (const verdict of verdicts) this.#settle(verdict);
  }

  /** @param {{n: number, verdict: string, row?: Row | null, error?: any, replayed?: boolean}} verdict */
  #settle({ n, verdict, row, error, replayed }) {
    const at = this.numbered.findIndex((edit) => edit.n === n);
    const [edit] = this.numbered.splice(at, 1);
    const { kind, id } = edit;
    const key = `${kind}:${id}`;
    const known = this.master.get(key);
    if (replayed) this.counts.replays += 1;
    if (verdict === "conflict") this.counts.conflicts += 1;
    if (verdict === "merged") this.counts.merged += 1;
    if (verdict === "rejected") {
      this.rejected.push({ edit, error });
      // Undone on the screen: what the server said last, or nothing.
      if (!known) this.#keep({ key, kind, id, ver: 0, row: {}, _deleted: true });
    } else if (row) {
      if (!known || known.ver <= row.ver) this.#keep({ key, kind, id, ver: row.ver, row, _deleted: false });
    } else {
      this.#keep({ key, kind, id, ver: known?.ver ?? 0, row: {}, _deleted: true });
    }
  }
}

/**
 * @param {Row} before
 * @param {Row} after
 * @returns {Record<string, [any, any]>} [old, new] of each field that differs; none and null are the same
 */
function differences(before, after) {
  /** @type {Record<string, [any, any]>} */
  const set = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, value] = [before[name] ?? null, after[name] ?? null];
    if (!OWN.has(name) && canonical(old) !== canonical(value)) set[name] = [old, value];
  }
  return set;
}

/**
 * @param {any} collection
 * @param {Device} device
 */
export function replicate(collection, device) {
  return replicateRxCollection({
    replicationIdentifier: device.registered.device,
    collection,
    live: true,
    retryTime: 5,
    waitForLeadership: false,
    pull: { handler: device.pull, batchSize: 1000 },
    push: { handler: device.push, batchSize: 100 },
  });
}

/**
 * Canonical JSON: what JSON.stringify gives, with the keys in order.
 * @param {any} value
 * @returns {string}
 */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value ?? null);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

/**
 * @param {{kind: string, row: Row}[]} docs the live rows of a scope
 * @returns {string}
 */
export function digest(docs) {
  let sum = 0n;
  for (const { kind, row } of docs) {
    const inner = createHash("sha256").update(canonical(row)).digest();
    const outer = createHash("sha256").update(`${kind}:${row.id}:${row.ver}:`).update(inner).digest();
    sum ^= outer.readBigUInt64BE(0);
  }
  return sum.toString(16).padStart(16, "0");
}
