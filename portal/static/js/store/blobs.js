// Tables too large for records (rates, cash values): by SHA-256, so never changed and the same for every agent of this
// phone. They lie beside the books, hold nothing about a customer, and are asked of the server by sync/blobs.js.

import { Database } from "./database.js";
import { open, seal } from "./seal.js";

/**
 * @typedef {import("./showing.js").Row} Row
 * @typedef {import("./index.js").Store} Store
 */

function made() {
  return new Database("doorstep-blobs", 1, (db, from) => {
    if (from < 1) db.createObjectStore("blobs");
  });
}

let database = made();

/** Read once while this worker lives: plans ask for the same few again and again. @type {Map<string, any>} */
const read = new Map();

/**
 * @param {unknown} _store
 * @param {string[]} names
 * @returns {Promise<Record<string, any>>} table by SHA-256; what is not here yet is absent. Not to be changed.
 */
export async function readBlobs(_store, names) {
  const fresh = names.filter((name) => !read.has(name));
  if (fresh.length) {
    const texts = await database.run(["blobs"], "readonly", (tx) =>
      Promise.all(fresh.map((name) => tx.objectStore("blobs").get(name))),
    );
    fresh.forEach((name, i) => texts[i] !== undefined && read.set(name, JSON.parse(open(texts[i]))));
  }
  return Object.fromEntries(names.filter((name) => read.has(name)).map((name) => [name, read.get(name)]));
}

/** @returns {Promise<Set<string>>} the names of those that are here */
export async function heldBlobs() {
  const keys = await database.run(["blobs"], "readonly", (tx) => tx.objectStore("blobs").getAllKeys());
  return new Set(keys.map(String));
}

/**
 * @param {string} name the SHA-256 of `text`; whoever fetched it has checked that
 * @param {string} text
 */
export async function keepBlob(name, text) {
  await database.run(["blobs"], "readwrite", async (tx) => {
    await tx.objectStore("blobs").put?.(seal(text), name);
  });
}

/** @param {string[]} names */
export async function dropBlobs(names) {
  await database.run(["blobs"], "readwrite", async (tx) => {
    for (const name of names) await tx.objectStore("blobs").delete?.(name);
  });
  for (const name of names) read.delete(name);
}

/** All of them go, with a book that is taken off this phone: rates are the company's. Another agent's come again. */
export async function forgetBlobs() {
  const gone = database;
  database = made();
  read.clear();
  await gone.destroy();
}

/**
 * What this phone has to have: the tables of what is sold today or later, and of what its proposals name.
 * @param {Row[]} products every version
 * @param {Row[]} proposals
 * @param {string} today
 * @returns {string[]} rates first: without them nothing can be priced
 */
export function blobsNamed(products, proposals, today) {
  const told = proposals.map((row) => JSON.stringify([row.draft, row.frozen]));
  const wanted = products.filter((row) => {
    const name = `"${row.code}@${row.version}`;
    return (
      !row.to_date || row.to_date >= today || told.some((text) => text.includes(name) || text.includes(`\\${name}`))
    );
  });
  const names = [...wanted.map(({ body }) => body.price?.rates), ...wanted.map(({ body }) => body.values)];
  return [...new Set(names.filter(Boolean))];
}
