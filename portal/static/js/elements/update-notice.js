// <update-notice hidden>A new version is ready … <button data-update>…</button></update-notice>
//
// Shown while a new version waits for a half-typed form. The button keeps the draft and takes the new version now.

import { hasWorker } from "../sync/page.js";
import { anyDirty } from "./dirty.js";

class UpdateNotice extends HTMLElement {
  connectedCallback() {
    if (hasWorker()) void this.#watch();
  }

  async #watch() {
    this.querySelector("[data-update]")?.addEventListener("click", () => this.#update());
    const registration = await navigator.serviceWorker.ready;
    const look = () => (this.hidden = !(registration.waiting && anyDirty()));
    registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
    document.addEventListener("input", () => registration.waiting && look());
    look();
  }

  async #update() {
    const registration = await navigator.serviceWorker.ready;
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    // The form saves its draft when it hears this; the reload puts it back.
    document.dispatchEvent(new Event("visibilitychange"));
    registration.waiting?.postMessage({ type: "take-over", now: true });
  }
}

customElements.define("update-notice", UpdateNotice);
