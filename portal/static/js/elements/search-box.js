// <search-box><form …><input type="search"><button data-clear>…</button></form></search-box>
//
// A button that empties the box, shown only when there is something in it. Searching itself is htmx's.

class SearchBox extends HTMLElement {
  connectedCallback() {
    queueMicrotask(() => this.#start());
  }

  #start() {
    const input = this.querySelector("input[type=search]");
    const clear = this.querySelector("[data-clear]");
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
}

customElements.define("search-box", SearchBox);
