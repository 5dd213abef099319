// <search-box><form data-results="results" …><input type="search"><button data-clear>…</button></form></search-box>
// <more-rows><a href="…">…</a></more-rows>
//
// The box has a button that empties it, shown only when there is something in it. With `data-results` it asks while one
// types and puts the answer in the place of the element of that id; the newest question wins. With `data-keep` the
// address says what was asked. `more-rows` asks for the rest of a list when it comes into sight.

const PAUSE_MS = 60;

/**
 * @param {string} address
 * @param {AbortSignal} [signal]
 * @returns {Promise<DocumentFragment | null>} null: another page is on its way
 */
async function fragmentOf(address, signal) {
  const build = document.documentElement.dataset.build ?? "";
  const response = await fetch(address, { headers: { "HX-Request": "true", "X-Build": build }, signal });
  const next = response.headers.get("HX-Redirect");
  if (next) location.assign(next);
  else if (response.headers.get("HX-Refresh")) location.reload();
  if (next || response.headers.get("HX-Refresh") || !response.ok) return null;
  return document.createRange().createContextualFragment(await response.text());
}

class SearchBox extends HTMLElement {
  #timer = 0;
  #asking = new AbortController();

  connectedCallback() {
    queueMicrotask(() => this.#start());
  }

  #start() {
    const input = this.querySelector("input[type=search]");
    const clear = this.querySelector("[data-clear]");
    const form = this.querySelector("form");
    if (form?.dataset.results) this.#listen(form);
    if (!(input instanceof HTMLInputElement) || !(clear instanceof HTMLElement)) return;
    input.addEventListener("input", () => (clear.hidden = input.value === ""));
    clear.addEventListener("click", () => {
      input.value = "";
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.focus();
    });
    // The cursor stands behind what was searched for, also after coming back.
    if (input.autofocus) input.focus();
  }

  /** @param {HTMLFormElement} form */
  #listen(form) {
    form.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => void this.#ask(form), PAUSE_MS);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(this.#timer);
      void this.#ask(form);
    });
  }

  /** @param {HTMLFormElement} form */
  async #ask(form) {
    this.#asking.abort();
    this.#asking = new AbortController();
    const query = new URLSearchParams(/** @type {any} */ (new FormData(form)));
    const address = `${form.getAttribute("action")}?${query}`;
    const found = await fragmentOf(address, this.#asking.signal).catch(() => null);
    if (!found) return;
    document.getElementById(form.dataset.results ?? "")?.replaceWith(found);
    if ("keep" in form.dataset) history.replaceState(history.state, "", address);
  }
}

class MoreRows extends HTMLElement {
  #asked = false;
  #watch = new IntersectionObserver((entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting)) void this.#ask();
  });

  connectedCallback() {
    this.#watch.observe(this);
    this.addEventListener("click", (event) => {
      event.preventDefault();
      void this.#ask();
    });
  }

  disconnectedCallback() {
    this.#watch.disconnect();
  }

  async #ask() {
    const href = this.querySelector("a")?.href;
    if (this.#asked || !href) return;
    this.#asked = true;
    const rows = await fragmentOf(href).catch(() => null);
    if (rows) this.closest("li")?.replaceWith(rows);
    this.#asked = false;
  }
}

customElements.define("search-box", SearchBox);
customElements.define("more-rows", MoreRows);
