// <fresh-page>…</fresh-page>: a part of a page that is drawn anew when something arrived, or the state of sync changed.
// <fresh-page for="main" hidden></fresh-page>: the same for the element with this id.
//
// Nobody is disturbed: not a half-typed form, not an open sheet, not a marked text, not a finger that is down, not the
// place of the keyboard. Then it waits until they are done.

import { listen } from "../sync/page.js";
import { anyDirty } from "./dirty.js";

const FIELD = "input, textarea, select, [contenteditable]";
// What tells a link or a button of the old page from others on the new one.
const MARKS = ["id", "href", "name", "value", "form"];
const AFTER_MS = 100;

class FreshPage extends HTMLElement {
  /** @type {(() => void)[]} */
  #stops = [];
  #shown = "";
  #due = false;
  #drawing = false;
  #pressed = false;

  connectedCallback() {
    this.#stops = [listen((message) => this.#hear(message))];
    this.#on("pointerdown", () => (this.#pressed = true));
    for (const done of ["pointerup", "pointercancel", "focusin", "focusout"]) {
      this.#on(done, () => {
        if (done.startsWith("pointer")) this.#pressed = false;
        // After whatever the tap itself does.
        if (this.#due) setTimeout(() => void this.#redraw(), AFTER_MS);
      });
    }
  }

  disconnectedCallback() {
    for (const stop of this.#stops) stop();
  }

  /** @returns {Element | null} */
  get #target() {
    const named = this.getAttribute("for");
    return named ? document.getElementById(named) : this;
  }

  /**
   * @param {string} type
   * @param {() => void} work
   */
  #on(type, work) {
    document.addEventListener(type, work, { passive: true });
    this.#stops.push(() => document.removeEventListener(type, work));
  }

  /** @param {{type: string, status?: any}} message */
  #hear({ type, status }) {
    if (type === "changed") this.#wanted();
    if (type !== "status" || !status) return;
    // Only a page about sync shows when it was.
    const state = JSON.stringify(this.hasAttribute("for") ? { ...status, last_synced_at: null } : status);
    const first = this.#shown === "";
    if (state === this.#shown) return;
    this.#shown = state;
    // The page was drawn a moment ago.
    if (first && (this.hasAttribute("for") || document.readyState !== "complete")) return;
    this.#wanted();
  }

  #wanted() {
    this.#due = true;
    void this.#redraw();
  }

  async #redraw() {
    if (this.#drawing) return;
    this.#drawing = true;
    while (this.#due && !this.#busy()) {
      this.#due = false;
      this.#due = !(await this.#drawn()) || this.#due;
      if (this.#due) break;
    }
    this.#drawing = false;
  }

  #busy() {
    const { activeElement } = document;
    const marked = getSelection();
    return (
      this.#pressed ||
      anyDirty() ||
      document.querySelector("dialog[open]") !== null ||
      (activeElement?.matches(FIELD) && this.#target?.contains(activeElement)) ||
      (marked !== null && !marked.isCollapsed && marked.rangeCount > 0 && this.#target?.contains(marked.anchorNode))
    );
  }

  /** @returns {Promise<boolean>} false: somebody came in between, later */
  async #drawn() {
    const target = this.#target;
    const response = await fetch(location.href, { headers: { "X-Aside": "1" } }).catch(() => null);
    if (!target || response?.headers.get("X-By") !== "sw") return true;
    // What it showed is not on this phone any more.
    if (response.status === 404 || response.redirected) location.reload();
    if (!response.ok || response.redirected) return true;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = this.hasAttribute("for") ? page.getElementById(target.id) : page.querySelector("fresh-page");
    return !fresh || (!this.#busy() && replaced(target, document.importNode(fresh, true)));
  }
}

/**
 * @param {Element} target
 * @param {Element} fresh
 * @returns {boolean} false: the keyboard stands on something that is no more
 */
function replaced(target, fresh) {
  const before = [...target.querySelectorAll("details")];
  fresh.querySelectorAll("details").forEach((part, i) => part.toggleAttribute("open", before[i]?.open ?? part.open));
  if (target.isEqualNode(fresh)) return true;
  const held = target.contains(document.activeElement) ? document.activeElement : null;
  const next = held && [...fresh.querySelectorAll(held.tagName)].find((one) => isSame(one, held));
  if (held && held !== target && !next) return false;
  target.replaceChildren(...fresh.childNodes);
  /** @type {HTMLElement | null | undefined} */ (next)?.focus({ preventScroll: true });
  return true;
}

/**
 * @param {Element} one
 * @param {Element} other
 */
function isSame(one, other) {
  return MARKS.every((mark) => one.getAttribute(mark) === other.getAttribute(mark));
}

customElements.define("fresh-page", FreshPage);
