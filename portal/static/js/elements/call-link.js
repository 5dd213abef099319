// <call-link key="call:0199…" after="/customers/0199…/visits/new?channel=call"><a href="tel:…">…</a></call-link>
//
// A note of the call is kept before the dialler opens; whoever comes back finds the outcome form waiting, also when the
// browser was closed meanwhile.

import { currentAgent } from "../store/device.js";
import { Drafts } from "../store/drafts.js";

const LONGEST_MS = 3 * 3_600_000;

class CallLink extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => void this.#call(event));
  }

  /** @param {MouseEvent} event */
  async #call(event) {
    const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest("a"));
    if (!link) return;
    event.preventDefault();
    const agent = await currentAgent();
    if (agent) {
      const drafts = new Drafts(agent.id);
      await drafts.save("call", { after: this.getAttribute("after"), at: new Date().toISOString() });
      drafts.close();
    }
    location.href = link.href;
  }
}

/** Back from the dialler: go on with the outcome. */
async function goOn() {
  if (document.visibilityState !== "visible" || document.documentElement.dataset.by !== "phone") return;
  const agent = await currentAgent();
  if (!agent) return;
  const drafts = new Drafts(agent.id);
  const call = await drafts.get("call");
  if (!call?.after) return;
  await drafts.drop("call");
  drafts.close();
  if (Date.now() - Date.parse(call.at) > LONGEST_MS) return;
  const url = new URL(call.after, location.origin);
  url.searchParams.set("started_at", call.at);
  location.assign(url);
}

document.addEventListener("visibilitychange", () => void goOn());
addEventListener("pageshow", () => void goOn());

customElements.define("call-link", CallLink);
