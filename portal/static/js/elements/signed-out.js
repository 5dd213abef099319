// <signed-out>: the agent took the customers off this phone; their absence is no surprise at the next signing in.

class SignedOut extends HTMLElement {
  connectedCallback() {
    document.cookie = "book=; Path=/; Max-Age=0; SameSite=Strict";
  }
}

customElements.define("signed-out", SignedOut);
