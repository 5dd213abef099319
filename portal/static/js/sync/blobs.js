// After a sync: the tables that what is sold needs, one by one, so that a cut line costs one of them. Each is kept only
// when its SHA-256 is its name.

import { device } from "../store/device.js";
import { blobsNamed, dropBlobs, heldBlobs, keepBlob } from "../store/blobs.js";
import { Refusal, get } from "./wire.js";

/** The book as it was when everything was there: looked through again only when something came, or went. */
let settled = { mark: "", held: 0 };

/**
 * Fetch what is missing and drop what nothing names any more. Without an answer the rest comes after the next sync; until
 * then plans say that rates are missing.
 * @param {import("../store/index.js").Store} store
 * @param {string} today
 * @returns {Promise<{missing: number, fetched: number, dropped: number}>}
 */
export async function fetchBlobs(store, today) {
  const mark = `${store.agentId} ${today} ${await store.meta("cursor")}`;
  const held = await heldBlobs();
  if (mark === settled.mark && held.size === settled.held) return { missing: 0, fetched: 0, dropped: 0 };
  const [products, proposals] = await Promise.all([store.list("product"), store.list("proposal")]);
  const wanted = blobsNamed(products, proposals, today);
  const missing = wanted.filter((name) => !held.has(name));
  const fetched = await fetchEach(missing, (await device(store.agentId))?.token ?? "");
  const unnamed = [...held].filter((name) => !wanted.includes(name));
  if (unnamed.length) await dropBlobs(unnamed);
  if (fetched === missing.length) settled = { mark, held: wanted.length };
  return { missing: missing.length - fetched, fetched, dropped: unnamed.length };
}

/**
 * @param {string[]} names
 * @param {string} token
 * @returns {Promise<number>} how many of them are here now
 */
async function fetchEach(names, token) {
  let fetched = 0;
  for (const name of names) {
    try {
      const text = await (await get(`/sync/blobs/${name}`, token)).text();
      if ((await sha256(text)) !== name) continue; // altered on the way: not this time
      await keepBlob(name, text);
      fetched += 1;
    } catch (error) {
      // One that the server does not have does not keep the others away; without a network none of them comes.
      if (!(error instanceof Refusal)) break;
    }
  }
  return fetched;
}

/** @param {string} text @returns {Promise<string>} in hex */
async function sha256(text) {
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
