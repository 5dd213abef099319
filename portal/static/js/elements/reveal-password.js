// <reveal-password data-show="…" data-hide="…"><input type="password"><button hidden>…</button></reveal-password>
//
// Shows what is being typed while the button is pressed on, and hides it again before the form leaves, so that the
// browser offers to keep a password and not a text.

class RevealPassword extends HTMLElement {
  connectedCallback() {
    queueMicrotask(() => this.#start());
  }

  #start() {
    const button = this.querySelector("button");
    button?.removeAttribute("hidden");
    button?.addEventListener("click", () => this.#show(this.#input()?.type === "password"));
    this.#input()?.form?.addEventListener("submit", () => this.#show(false));
  }

  /** @returns {HTMLInputElement | null} */
  #input() {
    return this.querySelector("input");
  }

  /** @param {boolean} shown */
  #show(shown) {
    this.#input()?.setAttribute("type", shown ? "text" : "password");
    const label = shown ? this.dataset.hide : this.dataset.show;
    this.querySelector("button")?.setAttribute("aria-label", label ?? "");
  }
}

customElements.define("reveal-password", RevealPassword);
