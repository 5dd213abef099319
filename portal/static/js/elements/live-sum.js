// <live-sum src="/analyses/…/lines/…"><form>… <input type="range" name="moved.cpi_bp"> … <div data-live="lines">…</div></form></live-sum>
//
// While a slider moves, its page is asked what that comes to, and each part with `data-live` is put in its place; one question at
// a time, the newest position wins. When the slider is let go, the form is sent.

import { newest } from "./newest.js";

class LiveSum extends HTMLElement {
  #redraw = newest(() => this.#draw());
  #kept = Promise.resolve();
  #moved = false;

  connectedCallback() {
    this.addEventListener("input", () => void this.#redraw());
    this.addEventListener("change", () => this.#keep());
  }

  /** The sheet is closed: the report under it was drawn with what was assumed before. */
  disconnectedCallback() {
    if (this.#moved) void this.#kept.then(() => location.reload());
  }

  get #form() {
    return /** @type {HTMLFormElement} */ (this.querySelector("form"));
  }

  get #query() {
    return new URLSearchParams(/** @type {any} */ (new FormData(this.#form)));
  }

  async #draw() {
    const response = await fetch(`${this.getAttribute("src")}?${this.#query}`, {
      headers: { "HX-Request": "true", "X-Aside": "1" },
    });
    if (!response.ok || response.redirected) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of fresh.querySelectorAll("[data-live]")) {
      const name = part.getAttribute("data-live");
      this.querySelector(`[data-live="${name}"]`)?.replaceChildren(...part.childNodes);
      this.querySelector(`#${name}`)?.setAttribute("aria-valuetext", part.textContent ?? "");
    }
  }

  #keep() {
    this.#moved = true;
    const query = this.#query;
    this.#kept = this.#kept
      .then(() => fetch(this.#form.action, { method: "POST", body: query, headers: { "HX-Request": "true" } }))
      .then(() => {})
      .catch(() => {});
  }
}

customElements.define("live-sum", LiveSum);
