// <first-sync data-agent='{"id": …, "name": …, "role": …, "unit_name": …, "registration": …, "phone": …}' data-next="/today">
//
// The page after signing in: registers this phone as a device of the agent and brings the book onto it, with progress.
// Closing it is no loss; the download goes on where it stopped. Optional inside:
//   [data-done] [data-total]            numbers of records
//   [role=progressbar] with rect.fill   the bar
//   [data-part=customer] …              number of records of a kind
//   [data-left="about %(n)s seconds"]    how long the rest will take
//   [data-go]                           link to the first pages, shown as soon as there is something to see (anywhere in the page)
//   [data-say=insecure|unsupported|offline|sign_in|evicted]   what is in the way, all hidden

import { SignInNeeded, register } from "../sync/devices.js";
import { device, setSetting, setting, signIn } from "../store/device.js";
import { activeWorker, ask, hasWorker, listen } from "../sync/page.js";

const AGAIN_MS = 2_000;
const SILENCE_MS = 20_000;
const YEAR = 31_536_000;

class FirstSync extends HTMLElement {
  /** @type {{at: number, done: number} | undefined} */
  #began;

  #evicted = false;

  #heard = 0;

  connectedCallback() {
    queueMicrotask(() => void this.#run());
  }

  async #run() {
    if (!window.isSecureContext) return this.#say("insecure");
    if (!hasWorker()) return this.#say("unsupported");
    listen((message) => this.#hear(message));
    const worker = await activeWorker();
    // Asked for, not relied on: browsers decide by themselves whether a book may be cleared.
    await navigator.storage?.persist?.().catch(() => false);
    if (!(await this.#registered())) return;
    await this.#download(worker);
    // That the browser threw the book away is not to be missed: then the person goes on, not the page.
    if (this.#evicted) this.#evictedSaid();
    else location.replace(this.dataset.next || "/today");
  }

  /** @returns {Promise<boolean>} */
  async #registered() {
    const agent = JSON.parse(this.dataset.agent ?? "{}");
    const known = await device(agent.id);
    this.#evicted = !known && remembered() === agent.id;
    try {
      const label = await deviceLabel();
      await signIn(agent, known ?? { ...(await register(label)), label });
    } catch (error) {
      this.#say(error instanceof SignInNeeded ? "sign_in" : "offline");
      setTimeout(() => location.reload(), 10 * AGAIN_MS);
      return false;
    }
    if (this.#evicted) await setSetting("evicted_at", new Date().toISOString());
    if ((await setting("language")) === null) await setSetting("language", document.documentElement.lang);
    remember(agent.id);
    return true;
  }

  /** @param {ServiceWorker} worker */
  async #download(worker) {
    for (;;) {
      const outcome = await Promise.race([ask(worker, { type: "sync", eager: true }), this.#silence()]);
      if (outcome === "done") return;
      // The phone was signed out from afar: its first page tells what became of the customers.
      if (outcome === "revoked" || outcome === "nobody") return location.replace("/today");
      if (outcome === "sign_in") this.#say("sign_in");
      if (outcome === "offline" || outcome === "failed") this.#say("offline");
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS * (0.5 + Math.random())));
    }
  }

  /**
   * A browser may stop the worker in the middle, and then nobody answers: ask again when nothing was heard for a while.
   * @returns {Promise<"silent">}
   */
  async #silence() {
    this.#heard = Date.now();
    while (Date.now() - this.#heard < SILENCE_MS) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    return "silent";
  }

  #evictedSaid() {
    this.#say("evicted");
    document.querySelector("[data-go]")?.removeAttribute("hidden");
  }

  /** @param {{type: string, done: number, total: number, parts: Record<string, number>, status?: any}} message */
  #hear({ type, done, total, parts, status }) {
    this.#heard = Date.now();
    if (type === "status" && status?.evicted_at) this.#evicted = true;
    if (type !== "progress") return;
    this.#say("");
    this.#write("[data-done]", done);
    this.#write("[data-total]", total);
    for (const [kind, count] of Object.entries(parts)) this.#write(`[data-part="${kind}"]`, count);
    const bar = this.querySelector("[role=progressbar]");
    bar?.setAttribute("aria-valuemax", String(total));
    bar?.setAttribute("aria-valuenow", String(done));
    bar?.querySelector("rect.fill")?.setAttribute("width", `${total ? Math.floor((1000 * done) / total) / 10 : 0}%`);
    this.#estimate(done, total);
    if (done > 0) document.querySelector("[data-go]")?.removeAttribute("hidden");
  }

  /**
   * How long the rest will take at the pace of what came while this page was open.
   * @param {number} done
   * @param {number} total
   */
  #estimate(done, total) {
    this.#began ??= { at: Date.now(), done };
    const place = this.querySelector("[data-left]");
    const pace = (done - this.#began.done) / (Date.now() - this.#began.at);
    if (!place || !(pace > 0)) return;
    const seconds = Math.max(1, Math.ceil((total - done) / pace / 1000));
    place.textContent = (place.getAttribute("data-left") ?? "").replace("%(n)s", String(seconds));
  }

  /**
   * @param {string} selector
   * @param {number} count
   */
  #write(selector, count) {
    const place = this.querySelector(selector);
    if (place) place.textContent = count.toLocaleString("en");
  }

  /** @param {string} what */
  #say(what) {
    for (const part of this.querySelectorAll("[data-say]")) {
      part.toggleAttribute("hidden", part.getAttribute("data-say") !== what);
    }
  }
}

/** A cookie outlives a cleared store: who finds it without a book knows that the browser threw the book away. */
function remembered() {
  return /(?:^|; )book=([0-9a-f-]+)/.exec(document.cookie)?.[1] ?? null;
}

/** @param {string} agentId */
function remember(agentId) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `book=${agentId}; Path=/; Max-Age=${YEAR}; SameSite=Strict${secure}`;
}

/** @returns {Promise<string>} a name that its owner will recognise in a list: "Mate 60, Chrome" */
async function deviceLabel() {
  const data = /** @type {any} */ (navigator).userAgentData;
  const model = await data?.getHighEntropyValues?.(["model"]).then(
    (/** @type {any} */ high) => high.model,
    () => "",
  );
  const brand = data?.brands?.find(
    (/** @type {any} */ { brand: name }) => !/not.?a.?brand|chromium/i.test(name),
  )?.brand;
  return [model || data?.platform || platform(), brand].filter(Boolean).join(", ");
}

function platform() {
  return /iPhone|iPad|Android|HarmonyOS|Windows|Macintosh|Linux/.exec(navigator.userAgent)?.[0] ?? "Phone";
}

customElements.define("first-sync", FirstSync);
