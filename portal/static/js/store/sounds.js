// How characters sound is data apart from the app, which has little room: fetched once, kept beside the app's files for as
// long as no build has another table. Without it names are found by their characters and numbers by their digits; lines
// that were made without it are made anew when it has come.

import { hear, hears } from "../domain/pinyin.js";
import { SOUNDS_URL } from "../generated/build.js";

/** Outlives the builds, whose own caches go with them. */
export const DATA_CACHE = "doorstep-data";

const PATIENCE_MS = 8_000;
const AGAIN_MS = 60_000;

let notBefore = 0;
/** @type {Promise<boolean> | null} */
let asking = null;

/** @returns {string} the table that lines are made with now; empty when there is none */
export function soundsUsed() {
  return hears() ? SOUNDS_URL : "";
}

/** @returns {Promise<boolean>} whether it is known how characters sound, by now or from this phone's cache */
export async function recallSounds() {
  if (hears()) return true;
  try {
    const kept = await (await data())?.match(SOUNDS_URL);
    return kept ? learn(await kept.text()) : false;
  } catch {
    return false; // as good as missing: it is fetched again
  }
}

/** @returns {Promise<boolean>} the same; asks the server when the table is not here */
export async function fetchSounds() {
  if (await recallSounds()) return true;
  if (!SOUNDS_URL || Date.now() < notBefore) return false;
  asking ??= ask().finally(() => (asking = null));
  return asking;
}

async function ask() {
  try {
    const response = await fetch(SOUNDS_URL, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const text = await response.text();
    if (!response.ok || !learn(text)) throw new Error("no sounds");
    // A full disk takes nothing from this run.
    await (await data())?.put(SOUNDS_URL, new Response(text)).catch(() => {});
  } catch {
    notBefore = Date.now() + AGAIN_MS;
  }
  return hears();
}

/** Tables of other builds go, when this build has its own. */
export async function dropOldSounds() {
  const cache = await data();
  if (!cache || !(await cache.match(SOUNDS_URL))) return;
  for (const kept of await cache.keys()) if (new URL(kept.url).pathname !== SOUNDS_URL) await cache.delete(kept);
}

/** @returns {Promise<Cache> | undefined} nothing where a browser has no caches */
function data() {
  return globalThis.caches?.open(DATA_CACHE);
}

/**
 * @param {string} text
 * @returns {boolean} whether that was a table; a hotel's sign-in page is none
 */
function learn(text) {
  const { usual, others, surnames } = JSON.parse(text);
  if (typeof usual !== "string" || typeof others !== "string" || typeof surnames !== "object") return false;
  hear({ usual, others, surnames });
  return true;
}
