// The search record: a line per customer, in shards, each one string. Loaded once and kept in memory; `lines_rev` in
// meta tells a worker that another one (the build before or after it) has written since.

import { metaOf, putMeta, treeRows } from "./book.js";
import { open, seal } from "./seal.js";
import { LINES, lineOf, pack, unpack } from "./search-lines.js";
import { soundsUsed } from "./sounds.js";

/**
 * @typedef {import("./database.js").Transaction} Transaction
 * @typedef {import("./search-lines.js").Line} Line
 */

export const SHARDS = 64;

export class Lines {
  #rev = -1;
  /** @type {Map<string, Line>} */
  #byId = new Map();
  /** @type {Line[] | null} */
  #sorted = null;

  /**
   * @param {Transaction} tx with "search" and "meta"
   * @returns {Promise<Line[]>} all lines, by name
   */
  async all(tx) {
    await this.#load(tx);
    this.#sorted ??= [...this.#byId.values()].sort(byName);
    return this.#sorted;
  }

  /**
   * @param {Transaction} tx
   * @param {string} id
   * @returns {Promise<Line | null>}
   */
  async one(tx, id) {
    await this.#load(tx);
    return this.#byId.get(id) ?? null;
  }

  /** @param {Transaction} tx */
  async #load(tx) {
    const rev = (await metaOf(tx, "lines_rev")) ?? 0;
    if (rev === this.#rev) return;
    const shards = await tx.objectStore("search").getAll();
    this.#byId = new Map(
      shards.flatMap(({ lines }) =>
        JSON.parse(open(lines)).map((/** @type {any[]} */ kept) => [kept[0], unpack(kept)]),
      ),
    );
    this.#sorted = null;
    this.#rev = rev;
  }

  /**
   * Make the lines of some customers anew from what is shown, in the transaction that changed it.
   * @param {Transaction} tx readwrite with "rows", "search" and "meta"
   * @param {Iterable<string>} trees
   */
  async refresh(tx, trees) {
    const changed = new Set(trees);
    if (!changed.size) return;
    await this.#load(tx);
    for (const tree of changed) {
      const line = await lineFrom(tx, tree);
      if (line) this.#byId.set(tree, line);
      else this.#byId.delete(tree);
    }
    await this.#write(tx, new Set([...changed].map(shardOf)));
    if (!soundsUsed()) await putMeta(tx, "lines_sounds", null);
  }

  /**
   * Make every line anew.
   * @param {Transaction} tx readwrite with "rows", "search" and "meta"
   */
  async rebuild(tx) {
    const [customers, relatives, policies, visits] = await Promise.all(
      ["customer", "relative", "policy", "visit"].map((kind) => byTree(tx, kind)),
    );
    const lines = [...customers].map(([tree, [customer]]) =>
      lineOf({
        customer,
        relatives: relatives.get(tree) ?? [],
        policies: policies.get(tree) ?? [],
        visits: visits.get(tree) ?? [],
      }),
    );
    this.#byId = new Map(lines.map((line) => [line.id, line]));
    await tx.objectStore("search").clear?.();
    await this.#write(tx, new Set(lines.map(({ id }) => shardOf(id))));
    await putMeta(tx, "lines_version", LINES);
    await putMeta(tx, "lines_sounds", soundsUsed() || null);
  }

  /**
   * @param {Transaction} tx with "meta"
   * @returns {Promise<boolean>} whether all lines are as this build makes them, or as well as it can
   */
  async current(tx) {
    if ((await metaOf(tx, "lines_version")) !== LINES) return false;
    return !soundsUsed() || (await metaOf(tx, "lines_sounds")) === soundsUsed();
  }

  /**
   * Those of these customers whose stored line is not what their records say, or does not belong into this shard; read
   * past the memory.
   * @param {Transaction} tx with "rows" and "search"
   * @param {number} shard
   * @param {string[]} trees
   * @returns {Promise<string[]>}
   */
  async wrong(tx, shard, trees) {
    const kept = await storedLines(tx, shard);
    /** @type {string[]} */
    const found = [];
    for (const tree of trees) {
      const line = await lineFrom(tx, tree);
      if (shardOf(tree) !== shard || JSON.stringify(line && pack(line)) !== JSON.stringify(kept.get(tree) ?? null))
        found.push(tree);
    }
    return found;
  }

  /**
   * @param {Transaction} tx with "search"
   * @param {number} shard
   * @returns {Promise<string[]>} customers who have a line there
   */
  async inShard(tx, shard) {
    return [...(await storedLines(tx, shard)).keys()];
  }

  /** An aborted transaction has left the memory ahead of the database: read again. */
  forget() {
    this.#rev = -1;
  }

  /**
   * @param {Transaction} tx
   * @param {Set<number>} shards
   */
  async #write(tx, shards) {
    /** @type {Map<number, Line[]>} */
    const full = new Map([...shards].map((shard) => [shard, []]));
    for (const line of this.#byId.values()) full.get(shardOf(line.id))?.push(line);
    for (const [shard, lines] of full)
      await tx.objectStore("search").put?.({ shard, lines: seal(JSON.stringify(lines.map(pack))) });
    this.#rev = ((await metaOf(tx, "lines_rev")) ?? 0) + 1;
    await putMeta(tx, "lines_rev", this.#rev);
    this.#sorted = null;
  }
}

/**
 * @param {Transaction} tx
 * @param {number} shard
 * @returns {Promise<Map<string, any[]>>} packed lines; none when they cannot be read
 */
async function storedLines(tx, shard) {
  const kept = await tx.objectStore("search").get(shard);
  try {
    return new Map(JSON.parse(kept ? open(kept.lines) : "[]").map((/** @type {any[]} */ line) => [line[0], line]));
  } catch {
    return new Map();
  }
}

/**
 * @param {Transaction} tx
 * @param {string} tree
 * @returns {Promise<Line | null>}
 */
async function lineFrom(tx, tree) {
  const rows = await treeRows(tx, tree);
  const [customer] = rows.get("customer") ?? [];
  if (!customer) return null;
  return lineOf({
    customer,
    relatives: rows.get("relative") ?? [],
    policies: rows.get("policy") ?? [],
    visits: rows.get("visit") ?? [],
  });
}

/**
 * @param {Transaction} tx
 * @param {string} kind
 * @returns {Promise<Map<string, import("./showing.js").Row[]>>} every record of a kind, by customer
 */
async function byTree(tx, kind) {
  /** @type {Map<string, import("./showing.js").Row[]>} */
  const found = new Map();
  for (const { tree, row } of await tx.objectStore("rows").getAll(IDBKeyRange.bound([kind], [kind, []]))) {
    const rows = found.get(tree);
    if (rows) rows.push(open(row));
    else found.set(tree, [open(row)]);
  }
  return found;
}

/** @param {string} id The tail of a UUIDv7 is random, its head is the time. */
export function shardOf(id) {
  return parseInt(id.slice(-2), 16) % SHARDS;
}

/**
 * @param {Line} a
 * @param {Line} b
 */
function byName(a, b) {
  const left = a.keys[0] ?? a.name;
  const right = b.keys[0] ?? b.name;
  if (left === right) return a.id < b.id ? -1 : 1;
  return left < right ? -1 : 1;
}
