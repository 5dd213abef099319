// The book on this phone was closed from afar: what a page shows while that is going on, and afterwards.

import { settings } from "../store/device.js";
import { openStore } from "../store/index.js";
import { syncNow } from "../sync/now.js";
import { headers } from "./headers.js";
import { draw, goTo } from "./render.js";
import { outsideShell } from "./shell.js";
import { wordsIn } from "./words.js";

/**
 * @param {Request} request
 * @param {boolean} htmx
 * @returns {Promise<Response | null>} null: nothing was closed here
 */
export async function closed(request, htmx) {
  const known = await settings();
  const store = known.agent && known[`device:${known.agent.id}`] ? openStore(known.agent.id) : null;
  const status = (await store?.status()) ?? null;
  const waits = store !== null && status?.trouble === "revoked";
  if (!waits && !known.revoked) return null;
  if (request.method === "POST" && waits) await syncNow(store);
  if (request.method === "POST" || htmx) return goTo("/today", htmx);
  const lang = known.language === "en" ? "en" : "zh-CN";
  const words = wordsIn(lang);
  const shell = { ...outsideShell(lang, new URL(request.url).pathname, known), has_tabs: false };
  const model = waits ? waiting(words, status.waiting) : handedIn(words, known.revoked, signOutHref(known));
  const text = draw("me/closed.html", { shell, ...model }, words);
  return new Response(text, { status: 200, headers: headers({ "Content-Type": "text/html; charset=utf-8" }) });
}

/**
 * What was not sent could not be handed in yet.
 * @param {ReturnType<typeof wordsIn>} words
 * @param {number} count of edits
 */
export function waiting({ _, ngettext }, count) {
  const kept = ngettext(
    "%(n)s entry was not sent yet. It is kept closed here; with the next signal it goes to your team leader, and then this phone is emptied.",
    "%(n)s entries were not sent yet. They are kept closed here; with the next signal they go to your team leader, and then this phone is emptied.",
    count,
  );
  const soon = _("With the next signal this phone is emptied.");
  return {
    lead: _("It was revoked, so your customers can no longer be opened here."),
    lines: [count ? kept : soon],
    is_wiped: false,
    sign_out_href: "",
  };
}

/**
 * Where the last button of an emptied phone leads. The browser is told to clear its files too, unless somebody else's
 * book lies in them.
 * @param {Record<string, any>} known settings
 * @returns {string}
 */
export function signOutHref(known) {
  return Object.keys(known).some((key) => key.startsWith("device:")) ? "/sign-out" : "/sign-out/traces";
}

/**
 * The phone is empty.
 * @param {ReturnType<typeof wordsIn>} words
 * @param {{edits: number, drafts: number}} handed
 * @param {string} href where the button leads
 */
export function handedIn({ _, ngettext }, { edits, drafts }, href) {
  const sent = ngettext(
    "%(n)s entry that had not been sent was handed to your team leader.",
    "%(n)s entries that had not been sent were handed to your team leader.",
    edits,
  );
  const typed = ngettext(
    "%(n)s half-filled form was handed over too.",
    "%(n)s half-filled forms were handed over too.",
    drafts,
  );
  const nothing = _("Everything you had entered was sent before.");
  return {
    lead: _("It was revoked, so your customers were taken off it. With the company they stay."),
    lines: [edits ? sent : "", drafts ? typed : "", edits || drafts ? "" : nothing].filter(Boolean),
    is_wiped: true,
    sign_out_href: href,
  };
}
