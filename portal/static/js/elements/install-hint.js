// <install-hint><div data-for="android" hidden>…<button data-install>…</div><div data-for="ios" hidden>…</div>
// <div data-for="vendor" hidden>…</div><div data-for="wechat" hidden>…</div><div data-for="installed" hidden>…</div>
// </install-hint>: shows the words that fit this browser.

/** @type {any} */
let offer = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event;
  document.querySelectorAll("install-hint").forEach((hint) => /** @type {InstallHint} */ (hint).show());
});

/**
 * @param {{agent: string, standalone: boolean, canAsk: boolean, touch: boolean}} browser
 * @returns {"installed" | "android" | "wechat" | "ios" | "vendor" | "desktop"}
 */
export function kindOf({ agent, standalone, canAsk, touch }) {
  if (standalone) return "installed";
  if (canAsk) return "android";
  // Pages inside other apps cannot be installed: they have to be opened in the browser first.
  if (/MicroMessenger|DingTalk|wxwork|QQ\/|AlipayClient|Weibo/i.test(agent)) return "wechat";
  if (/iPhone|iPad/.test(agent) || (/Macintosh/.test(agent) && touch)) return "ios";
  if (/Android|HarmonyOS|OpenHarmony/i.test(agent)) return "vendor";
  return "desktop";
}

class InstallHint extends HTMLElement {
  connectedCallback() {
    queueMicrotask(() => this.show());
  }

  show() {
    const standalone = matchMedia("(display-mode: standalone)").matches;
    const touch = navigator.maxTouchPoints > 1;
    const kind = kindOf({ agent: navigator.userAgent, standalone, canAsk: offer !== null, touch });
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-for]"))) {
      part.hidden = part.dataset.for !== kind;
    }
    const button = /** @type {HTMLButtonElement | null} */ (this.querySelector("[data-install]"));
    if (button) button.onclick = () => this.#install();
  }

  async #install() {
    const asked = offer;
    offer = null;
    await asked?.prompt();
    this.show();
  }
}

customElements.define("install-hint", InstallHint);
