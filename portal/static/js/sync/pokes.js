// The worker's half of live: a ticket for the page that listens, and one sync for any number of pokes.

import { device } from "../store/device.js";
import { Refusal, post } from "./wire.js";

// A server that holds no lines is not asked again at every page.
const NOT_HERE_MS = 5 * 60_000;
const BUSY_MS = 250;
const PATIENCE = 40;

/** @type {{token: string, url: string | null, until: number}} */
let kept = { token: "", url: null, until: 0 };

/**
 * @param {string} agentId
 * @returns {Promise<string | null>} where a page listens; null: nowhere now
 */
export async function liveAddress(agentId) {
  const token = (await device(agentId))?.token;
  if (!token) return null;
  if (kept.token === token && Date.now() < kept.until) return kept.url;
  try {
    const { url, seconds } = await post("/sync/tickets", token, {});
    // Good for half its time: pages follow each other quickly, and each needs one that is still good on arrival.
    kept = { token, url, until: Date.now() + seconds * 500 };
  } catch (error) {
    const here = !(error instanceof Refusal && error.status === 404);
    kept = { token, url: null, until: here ? 0 : Date.now() + NOT_HERE_MS };
  }
  return kept.url;
}

/** Pokes come in bunches: one sync runs, one more follows it, the rest are the same news. */
export class Pokes {
  /** @type {Promise<void> | null} */
  #running = null;
  #again = false;

  /** @param {() => Promise<string>} sync gives how it went; `busy` when another one runs, which may be past this news */
  constructor(sync) {
    this.sync = sync;
  }

  /** @returns {Promise<void>} when this news has been fetched */
  poke() {
    this.#again = true;
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run() {
    while (this.#again) {
      this.#again = false;
      for (let tries = 0; (await this.sync()) === "busy" && tries < PATIENCE; tries++) {
        await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
      }
    }
    this.#running = null;
  }
}
