// <live-plan src="/plans/…/edit/c1?plan=a"><form>… <div data-remade>…</div></form> <ul data-live="bars"></ul></live-plan>
//
// While a form is filled in, its page is asked what that comes to, and each part with `data-live` is put in its place,
// wherever it stands; one question at a time, the newest state wins. Another person or product has other questions:
// then what stands in `data-remade` is asked for anew. A slider `data-for` writes into the control of that name.

import { newest } from "./newest.js";

const REMAKES = ["insured", "product", "term"];

class LivePlan extends HTMLElement {
  #redraw = newest(() => this.#draw());

  connectedCallback() {
    this.addEventListener("input", (event) => this.#typed(/** @type {HTMLInputElement} */ (event.target)));
    this.addEventListener("change", (event) => {
      if (REMAKES.includes(/** @type {HTMLInputElement} */ (event.target).name)) void this.#remake().catch(() => {});
    });
    this.addEventListener("draft:restored", () => void this.#remake().catch(() => {}));
  }

  get #form() {
    return /** @type {HTMLFormElement} */ (this.querySelector("form"));
  }

  get #address() {
    const query = new URLSearchParams(/** @type {any} */ (new FormData(this.#form)));
    return `${this.getAttribute("src")}&${query}`;
  }

  /** @param {HTMLInputElement} control */
  #typed(control) {
    const other = control.dataset.for;
    if (other) /** @type {HTMLInputElement} */ (this.#form.elements.namedItem(other)).value = control.value;
    else if (control.name === "sum") this.#slide(control.value);
    void this.#redraw();
  }

  /** @param {string} text */
  #slide(text) {
    const range = /** @type {HTMLInputElement | null} */ (this.querySelector("[data-for=sum]"));
    if (range && /^\d+$/.test(text)) range.value = text;
  }

  async #draw() {
    const response = await fetch(this.#address, { headers: { "HX-Request": "true", "X-Aside": "1" } });
    if (response.ok && !response.redirected) this.#place(await response.text());
  }

  /** @param {string} text */
  #place(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const part of fresh.querySelectorAll("[data-live]")) {
      const name = part.getAttribute("data-live") ?? "";
      document.querySelector(`[data-live="${name}"]`)?.replaceChildren(...part.childNodes);
      if (name.startsWith("e-")) this.#mark(name);
    }
    const range = this.querySelector("[data-for=sum]");
    range?.setAttribute("aria-valuetext", this.querySelector("output")?.textContent ?? "");
  }

  /** @param {string} name of a message */
  #mark(name) {
    const wrong = Boolean(this.querySelector(`[data-live="${name}"]`)?.textContent?.trim());
    this.querySelector(`[aria-describedby="${name}"]`)?.setAttribute("aria-invalid", String(wrong));
  }

  async #remake() {
    const response = await fetch(this.#address, { headers: { "X-Aside": "1" } });
    if (!response.ok || response.redirected) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const [old, made] = [this.querySelector("[data-remade]"), fresh.querySelector("[data-remade]")];
    if (!old || !made) return;
    const { name, value } = /** @type {HTMLInputElement} */ (document.activeElement ?? {});
    old.replaceChildren(...made.childNodes);
    const again = [...this.#form.elements].filter((one) => /** @type {any} */ (one).name === name && name);
    const same = again.find((one) => /** @type {any} */ (one).value === value) ?? again[0];
    /** @type {HTMLElement | undefined} */ (same)?.focus();
    await this.#redraw();
  }
}

customElements.define("live-plan", LivePlan);
