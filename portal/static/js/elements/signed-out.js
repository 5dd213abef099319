// <signed-out>: the customers are off this phone, or closed on it; their absence is no surprise at the next signing in.

import { listen } from "../sync/page.js";

class SignedOut extends HTMLElement {
  /** @type {(() => void) | undefined} */
  #stop;

  connectedCallback() {
    document.cookie = "book=; Path=/; Max-Age=0; SameSite=Strict";
    // What could not be handed in was handed in.
    this.#stop = listen(({ type }) => type === "closed" && location.replace("/today"));
  }

  disconnectedCallback() {
    this.#stop?.();
  }
}

customElements.define("signed-out", SignedOut);
