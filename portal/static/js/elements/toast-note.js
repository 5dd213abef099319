// <toast-note>…</toast-note>: said once, then gone; a little longer than what it offers can be done.

const SHOWN_MS = 10_000;

class ToastNote extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    this.#timer = window.setTimeout(() => this.remove(), SHOWN_MS);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }
}

customElements.define("toast-note", ToastNote);
