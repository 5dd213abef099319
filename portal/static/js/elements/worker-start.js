// <worker-start>: the boot page, which the server answers for every address of the phone's rooms. It starts the worker
// and loads the same address again, now answered on the phone.
//
// Inside: [data-say=insecure], [data-say=unsupported], [data-say=failed], all hidden.

import { controller } from "../sync/page.js";

// A reload that keeps coming back to the server (a forced one, or a worker that cannot start) must end somewhere.
const AGAIN_MS = 10_000;

class WorkerStart extends HTMLElement {
  connectedCallback() {
    void this.#start();
  }

  async #start() {
    if (!window.isSecureContext) return this.#say("insecure");
    if (!("serviceWorker" in navigator) || !("indexedDB" in window)) return this.#say("unsupported");
    try {
      await controller();
    } catch {
      return this.#say("failed");
    }
    if (justTried()) return this.#say("failed");
    location.replace(location.href);
  }

  /** @param {string} what */
  #say(what) {
    for (const part of this.querySelectorAll("[data-say]"))
      part.toggleAttribute("hidden", part.getAttribute("data-say") !== what);
    this.querySelector("[data-wait]")?.setAttribute("hidden", "");
  }
}

function justTried() {
  const last = Number(sessionStorage.getItem("started") ?? 0);
  sessionStorage.setItem("started", String(Date.now()));
  return Date.now() - last < AGAIN_MS && performance.navigation?.type !== 1;
}

customElements.define("worker-start", WorkerStart);
