// The first download: a stream of rows, stored in chunks, resumed where it was interrupted.

import { jsonLines } from "./lines.js";
import { get } from "./wire.js";

const CHUNK = 500;
// The first chunk is small, so that today's families can be seen at once.
const FIRST_CHUNK = 150;
// Search lines of the first rows are made as they come; those of the rest in one go at the end.
const SEEN_EARLY = 1_500;

/**
 * @typedef {import("../store/index.js").Store} Store
 * @typedef {import("../store/arrivals.js").Arrival} Arrival
 * @typedef {Omit<import("../store/index.js").Progress, "ready">} Progress
 */

/** The stream ended before its last row. */
export class Interrupted extends Error {}

/**
 * @param {Store} store
 * @param {string} token
 * @param {(progress: Progress) => void} tell called after each stored chunk
 * @param {string | null} [turn]
 */
export async function download(store, token, tell, turn = null) {
  const start = await store.progress();
  const response = await snapshot(start.t, token);
  const body = /** @type {ReadableStream<Uint8Array>} */ (response.body);
  const progress = await pour(store, body, start, tell, turn);
  if (progress.done < progress.total) throw new Interrupted("The download was interrupted.");
  await store.finish(/** @type {string} */ (progress.cursor), turn);
}

/**
 * @param {string | null} after token of the last row that is kept
 * @param {string} token
 */
function snapshot(after, token) {
  return get(after ? `/sync/snapshot?after=${encodeURIComponent(after)}` : "/sync/snapshot", token);
}

/**
 * @param {Store} store
 * @param {ReadableStream<Uint8Array>} body
 * @param {Progress} progress
 * @param {(progress: Progress) => void} tell
 * @param {string | null} turn
 * @returns {Promise<Progress>}
 */
async function pour(store, body, { done, parts, t, cursor }, tell, turn) {
  let progress = { done, total: 0, parts: { ...parts }, t, cursor };
  /** @type {(Arrival & {t: string})[]} */
  let chunk = [];
  const keep = async () => {
    progress = after(progress, chunk);
    await store.fill(chunk, progress, { lines: progress.done <= SEEN_EARLY, turn });
    chunk = [];
    tell(progress);
  };
  let head = true;
  try {
    for await (const line of jsonLines(body)) {
      if (head) {
        // Changes go on from the cursor of the very first reply: a resumed one may be a newer read.
        progress = { ...progress, total: progress.done + line.rows, cursor: progress.cursor ?? line.cursor };
        head = false;
        continue;
      }
      chunk.push(line);
      if (chunk.length >= (progress.done ? CHUNK : FIRST_CHUNK)) await keep();
    }
    if (head) throw new Interrupted("The download did not begin.");
  } finally {
    // Also of a broken stream: on a bad line every row that came is one less to come.
    if (!head) await keep();
  }
  return progress;
}

/**
 * @param {Progress} progress
 * @param {(Arrival & {t: string})[]} chunk
 * @returns {Progress}
 */
function after(progress, chunk) {
  const parts = { ...progress.parts };
  for (const { kind } of chunk) parts[kind] = (parts[kind] ?? 0) + 1;
  return { ...progress, parts, done: progress.done + chunk.length, t: chunk.at(-1)?.t ?? progress.t };
}
