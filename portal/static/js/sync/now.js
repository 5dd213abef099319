// A sync that a person waits for.

import { sync } from "./engine.js";

const SILENT = { progress() {}, async status() {} };
/** A person waits no longer than this for the answer. */
const PATIENCE_MS = 8_000;
const PAUSE_MS = 250;

/**
 * Try now and tell how it went. One that runs already is waited for: a person who asks wants to know its end, and what
 * it carries is not lost yet.
 * @param {import("../store/index.js").Store} store
 * @returns {Promise<import("./engine.js").Outcome>} busy: it still runs
 */
export async function syncNow(store) {
  const until = Date.now() + PATIENCE_MS;
  /** @type {Promise<"busy">} */
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, "busy"));
  for (;;) {
    const outcome = await Promise.race([sync(store, SILENT, { eager: true }), late]);
    if (outcome !== "busy" || Date.now() >= until) return outcome;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
