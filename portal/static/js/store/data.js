// Tables that the app needs and that are no part of it, for a first install has little room: each is fetched once and
// kept beside the app's files for as long as no build has another one.

/** Outlives the builds, whose own caches go with them. */
export const DATA_CACHE = "doorstep-data";

const PATIENCE_MS = 8_000;
const AGAIN_MS = 60_000;

export class Data {
  #notBefore = 0;
  /** @type {Promise<boolean> | null} */
  #asking = null;

  /**
   * @param {string} url holds the hash of what is there; empty where nothing was built
   * @param {() => boolean} known whether it was learned
   * @param {(kept: any) => boolean} learn false: that was not it
   */
  constructor(url, known, learn) {
    this.url = url;
    this.known = known;
    this.learn = learn;
  }

  /** @returns {Promise<boolean>} whether it is known, by now or from this phone's cache */
  async recall() {
    if (this.known()) return true;
    try {
      const kept = await (await cache())?.match(this.url);
      return kept ? this.learn(await kept.json()) : false;
    } catch {
      return false; // as good as missing: it is fetched again
    }
  }

  /** @returns {Promise<boolean>} the same; asks the server when it is not here */
  async fetch() {
    if (await this.recall()) return true;
    if (!this.url || Date.now() < this.#notBefore) return false;
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #ask() {
    try {
      const response = await fetch(this.url, { signal: AbortSignal.timeout(PATIENCE_MS) });
      const text = await response.text();
      // A hotel's sign-in page is no table.
      if (!response.ok || !this.learn(JSON.parse(text))) throw new Error("not what was asked for");
      // A full disk takes nothing from this run.
      await (await cache())?.put(this.url, new Response(text)).catch(() => {});
    } catch {
      this.#notBefore = Date.now() + AGAIN_MS;
    }
    return this.known();
  }
}

/**
 * Tables of other builds go, each when this build has its own.
 * @param {Data[]} all
 */
export async function dropOld(all) {
  const kept = await cache();
  if (!kept) return;
  for (const { url } of all) if (!(await kept.match(url))) return;
  const mine = all.map(({ url }) => url);
  for (const { url } of await kept.keys()) if (!mine.includes(new URL(url).pathname)) await kept.delete(url);
}

/** @returns {Promise<Cache> | undefined} nothing where a browser has no caches */
function cache() {
  return globalThis.caches?.open(DATA_CACHE);
}
