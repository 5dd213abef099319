// <fresh-page>…</fresh-page>: a part of a page that is drawn anew when the state of sync changes.

import { listen } from "../sync/page.js";

class FreshPage extends HTMLElement {
  /** @type {(() => void) | undefined} */
  #stop;
  #shown = "";

  connectedCallback() {
    this.#stop = listen(({ type, status }) => {
      if (type === "status" && status) void this.#redraw(JSON.stringify(status));
    });
  }

  disconnectedCallback() {
    this.#stop?.();
  }

  /** @param {string} state */
  async #redraw(state) {
    const first = this.#shown === "";
    if (state === this.#shown || this.contains(document.activeElement)) return;
    this.#shown = state;
    if (first && document.readyState !== "complete") return;
    const response = await fetch(location.href).catch(() => null);
    if (response?.headers.get("X-By") !== "sw" || !response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("fresh-page");
    if (fresh) this.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  }
}

customElements.define("fresh-page", FreshPage);
