// <sync-badge>…the badge component…</sync-badge>: a swap or a sync does not redraw the header, so this does.

import { listen } from "../sync/page.js";

class SyncBadge extends HTMLElement {
  /** @type {(() => void) | undefined} */
  #stop;

  connectedCallback() {
    this.#stop = listen(({ type, sync }) => {
      if (type === "status" && sync) void this.#redraw(JSON.stringify(sync));
    });
  }

  disconnectedCallback() {
    this.#stop?.();
  }

  /** @param {string} state */
  async #redraw(state) {
    if (this.dataset.shown === state) return;
    const response = await fetch("/outbox/badge").catch(() => null);
    // An answer from the server means there is no worker (yet): what is shown stays.
    if (response?.headers.get("X-By") !== "sw" || !response.ok) return;
    const text = await response.text();
    // Who stands on the badge with the keyboard stays there.
    const focused = this.contains(document.activeElement);
    this.innerHTML = text;
    if (focused) this.querySelector("a")?.focus();
    this.dataset.shown = state;
  }
}

customElements.define("sync-badge", SyncBadge);
