// <auto-submit><form>… <button data-plain>…</button></form></auto-submit>: a choice is taken at once; the button is for
// browsers without this.

class AutoSubmit extends HTMLElement {
  connectedCallback() {
    queueMicrotask(() => this.#start());
  }

  #start() {
    this.querySelector("[data-plain]")?.setAttribute("hidden", "");
    this.addEventListener("change", () => this.querySelector("form")?.requestSubmit());
  }
}

customElements.define("auto-submit", AutoSubmit);
