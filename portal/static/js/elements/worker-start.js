// <worker-start>: the boot page, which the server answers for every address of the phone's rooms. It starts the worker
// and loads the same address again, now answered on the phone.
//
// Inside: [data-say=insecure], [data-say=unsupported], [data-say=failed], all hidden.

import { activeWorker } from "../sync/page.js";

// An address that keeps coming back to the server (a worker that cannot start) must end somewhere.
const WITHIN_MS = 10_000;
const MOST = 3;
const PATIENCE_MS = 20_000;

class WorkerStart extends HTMLElement {
  connectedCallback() {
    void this.#start();
  }

  async #start() {
    if (!window.isSecureContext) return this.#say("insecure");
    if (!("serviceWorker" in navigator) || !("indexedDB" in window)) return this.#say("unsupported");
    try {
      await Promise.race([activeWorker(), tooLong()]);
    } catch {
      return this.#say("failed");
    }
    if (triedTooOften()) return this.#say("failed");
    location.replace(location.href);
  }

  /** @param {string} what */
  #say(what) {
    for (const part of this.querySelectorAll("[data-say]"))
      part.toggleAttribute("hidden", part.getAttribute("data-say") !== what);
    this.querySelector("[data-wait]")?.setAttribute("hidden", "");
  }
}

/** @returns {Promise<never>} */
function tooLong() {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("the worker does not start")), PATIENCE_MS));
}

function triedTooOften() {
  const now = Date.now();
  const before = JSON.parse(sessionStorage.getItem("starts") ?? "[]");
  const recent = before.filter((/** @type {number} */ at) => now - at < WITHIN_MS);
  sessionStorage.setItem("starts", JSON.stringify([...recent, now]));
  return recent.length >= MOST;
}

customElements.define("worker-start", WorkerStart);
