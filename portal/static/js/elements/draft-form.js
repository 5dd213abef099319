// <draft-form key="visit:0199…"><form>…</form></draft-form>
//
// Keeps what is typed, as it is typed, and puts it back after a reload, a killed app or an update. The form gets two
// hidden fields: `_draft`, so that the worker drops the draft in the transaction that keeps the record, and `_shown`,
// what the form showed before anything was typed. (A template adds `_ver`, the version of the record.)
//
// Optional inside: [data-restored] (hidden until a draft was put back) with a button [data-discard].

import { currentAgent } from "../store/device.js";
import { Drafts } from "../store/drafts.js";
import { mark } from "./dirty.js";

const PAUSE_MS = 300;
// Fields of this element's own making.
const OWN = new Set(["_draft", "_shown"]);
/** @type {Promise<Drafts | null> | null} */
let opening = null;

/** @returns {Promise<Drafts | null>} */
function drafts() {
  opening ??= currentAgent().then((agent) => (agent ? new Drafts(agent.id) : null));
  return opening;
}

class DraftForm extends HTMLElement {
  #timer = 0;
  #shown = "";
  #typed = false;
  #saving = Promise.resolve();

  connectedCallback() {
    // Children may not be parsed yet when the element itself is.
    queueMicrotask(() => this.#start());
  }

  disconnectedCallback() {
    mark(this, false);
    removeEventListener("pagehide", this.#now);
    document.removeEventListener("visibilitychange", this.#now);
  }

  get form() {
    return /** @type {HTMLFormElement | null} */ (this.querySelector("form"));
  }

  get key() {
    return this.getAttribute("key") ?? location.pathname;
  }

  async #start() {
    const form = this.form;
    if (!form || this.dataset.started) return;
    this.dataset.started = "true";
    addHidden(form, "_draft", this.key);
    this.#shown = JSON.stringify(read(form));
    addHidden(form, "_shown", this.#shown);
    form.addEventListener("input", () => this.#changed());
    form.addEventListener("change", () => this.#changed());
    form.addEventListener("submit", () => this.#sent());
    this.querySelector("[data-discard]")?.addEventListener("click", () => this.#discard());
    addEventListener("pagehide", this.#now);
    document.addEventListener("visibilitychange", this.#now);
    await this.#restore(form);
  }

  /** @param {HTMLFormElement} form */
  async #restore(form) {
    const kept = await (await drafts())?.get(this.key);
    if (!kept) return;
    this.#shown = kept.shown ?? this.#shown;
    addHidden(form, "_shown", this.#shown);
    if (this.#typed || !fill(form, kept.fields)) return;
    mark(this, true);
    this.querySelector("[data-restored]")?.removeAttribute("hidden");
    form.dispatchEvent(new CustomEvent("draft:restored", { bubbles: true }));
  }

  #changed() {
    this.#typed = true;
    mark(this, true);
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(this.#now, PAUSE_MS);
  }

  /** Kept before it is sent: an answer that is refused outlives a kill, and no late timer brings a kept one back. */
  #sent() {
    this.#now();
    mark(this, false);
  }

  #now = () => {
    if (!this.#timer || !this.form) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    const data = { fields: read(this.form), shown: this.#shown, at: new Date().toISOString(), path: location.pathname };
    this.#saving = this.#saving.then(async () => (await drafts())?.save(this.key, data)).catch(() => {});
  };

  async #discard() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    await this.#saving;
    await (await drafts())?.drop(this.key);
    mark(this, false);
    location.reload();
  }
}

/**
 * @param {HTMLFormElement} form
 * @returns {[string, string][]} typed values; files and passwords are never kept
 */
function read(form) {
  const secret = new Set([...form.querySelectorAll("input[type=password]")].map((input) => input.getAttribute("name")));
  return [...new FormData(form)].flatMap(([name, value]) =>
    typeof value === "string" && !secret.has(name) && !OWN.has(name) ? [[name, value]] : [],
  );
}

/**
 * @param {HTMLFormElement} form
 * @param {[string, string][]} fields
 * @returns {boolean} whether anything differed from what the form showed
 */
function fill(form, fields) {
  const before = JSON.stringify(read(form));
  /** @type {Map<string, string[]>} */
  const values = new Map();
  for (const [name, value] of fields) values.set(name, [...(values.get(name) ?? []), value]);
  for (const control of form.elements) putBack(/** @type {HTMLInputElement} */ (control), values);
  return JSON.stringify(read(form)) !== before;
}

/**
 * @param {HTMLInputElement} control
 * @param {Map<string, string[]>} values what is left to be put back, by name
 */
function putBack(control, values) {
  const { name, type } = control;
  if (!name || OWN.has(name) || ["password", "file", "submit", "button"].includes(type)) return;
  const kept = values.get(name);
  if (type === "checkbox" || type === "radio") control.checked = kept?.includes(control.value) ?? false;
  else if (kept?.length) control.value = /** @type {string} */ (kept.length > 1 ? kept.shift() : kept[0]);
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} value
 */
function addHidden(form, name, value) {
  const known = form.elements.namedItem(name);
  const input = known instanceof HTMLInputElement ? known : document.createElement("input");
  Object.assign(input, { type: "hidden", name, value });
  if (!known) form.append(input);
}

customElements.define("draft-form", DraftForm);
