// The page's ear: it hears that something changed as soon as it is so. One visible page of this browser has it, a hidden
// one never; the timer stays behind it. See docs/sync.md, "Live".

import { backoff } from "./backoff.js";
import { ask } from "./page.js";

// Held by the page that listens. The next visible page gets it when this one is hidden, frozen or gone.
const LOCK = "doorstep-live";
// Who only leafs through pages opens no stream for each.
const SETTLE_MS = 300;
// The server says something every 25 seconds.
const SILENT_MS = 70_000;
const ANSWER_MS = 20_000;

export function keepLive() {
  if (!navigator.serviceWorker.controller || !navigator.locks || !("EventSource" in window)) return;
  const ear = new Ear();
  const look = () => (document.visibilityState === "visible" ? ear.open() : ear.close());
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", look);
  addEventListener("pagehide", () => ear.close());
  look();
}

class Ear {
  /** @type {AbortController | null} */
  #closing = null;

  open() {
    if (this.#closing) return;
    const { signal } = (this.#closing = new AbortController());
    // Refused only by our own closing.
    navigator.locks.request(LOCK, { signal }, () => keepListening(signal)).catch(() => {});
  }

  close() {
    this.#closing?.abort();
    this.#closing = null;
  }
}

/** @param {AbortSignal} closing */
async function keepListening(closing) {
  await pause(SETTLE_MS, closing);
  for (let failures = 0; !closing.aborted;) {
    const url = await address();
    failures = url && (await listen(url, closing)) ? 1 : failures + 1;
    await pause(backoff(failures), closing);
  }
}

/** @returns {Promise<string | null>} where to listen; the worker has the token, so the worker gets the ticket */
async function address() {
  const worker = navigator.serviceWorker.controller;
  if (!worker) return null;
  const late = new Promise((resolve) => setTimeout(resolve, ANSWER_MS, null));
  return /** @type {Promise<string | null>} */ (Promise.race([ask(worker, { type: "ticket" }), late]));
}

/**
 * @param {string} url
 * @param {AbortSignal} closing
 * @returns {Promise<boolean>} when it is over: whether it ever stood
 */
function listen(url, closing) {
  return new Promise((resolve) => {
    let stood = false;
    let silence = 0;
    const source = new EventSource(url);
    const end = () => {
      clearTimeout(silence);
      closing.removeEventListener("abort", end);
      source.close();
      resolve(stood);
    };
    const heard = () => {
      clearTimeout(silence);
      silence = window.setTimeout(end, SILENT_MS);
    };
    const changed = () => {
      heard();
      navigator.serviceWorker.controller?.postMessage({ type: "changed" });
    };
    source.addEventListener("open", () => {
      stood = true;
      changed(); // what changed before is not told
    });
    source.addEventListener("change", changed);
    source.addEventListener("beat", heard);
    // By itself it would come back with the same ticket, which is too old by then.
    source.addEventListener("error", end);
    closing.addEventListener("abort", end);
    heard();
  });
}

/**
 * @param {number} ms
 * @param {AbortSignal} closing ends it early, as the network's return does
 * @returns {Promise<void>}
 */
function pause(ms, closing) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      closing.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    addEventListener("online", end);
    closing.addEventListener("abort", end);
    if (closing.aborted) end();
  });
}
