// <live-sum src="/analyses/…/lines/…"><form>… <input type="range" name="moved.cpi_bp"> … <div data-live>…</div></form></live-sum>
//
// While a slider moves, the sum is asked for anew and put in place; when it is let go, the form is sent. Of answers that
// overtake each other only the newest is shown. Without this the form has a button.

class LiveSum extends HTMLElement {
  #asked = 0;

  connectedCallback() {
    this.addEventListener("input", () => void this.#redraw());
    this.addEventListener("change", () => void this.#keep());
  }

  get #form() {
    return /** @type {HTMLFormElement} */ (this.querySelector("form"));
  }

  get #query() {
    return new URLSearchParams(/** @type {any} */ (new FormData(this.#form)));
  }

  async #redraw() {
    const mine = ++this.#asked;
    const response = await fetch(`${this.getAttribute("src")}?live=1&${this.#query}`, {
      headers: { "HX-Request": "true" },
    });
    const text = response.ok ? await response.text() : "";
    const place = this.querySelector("[data-live]");
    if (!text || !place || mine !== this.#asked) return;
    place.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
  }

  async #keep() {
    await fetch(this.#form.action, { method: "POST", body: this.#query, headers: { "HX-Request": "true" } });
  }
}

customElements.define("live-sum", LiveSum);
