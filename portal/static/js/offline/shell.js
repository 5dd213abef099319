// What base.html needs besides the page's own model. The server's twin is portal/pages.py.

import { BUILD, CSS_URL, ICONS_URL, JS_URL } from "../generated/build.js";

/**
 * @typedef {import("./words.js").Translate} Translate
 * @typedef {import("./words.js").TranslateCount} TranslateCount
 * @typedef {import("../store/index.js").Status} Status
 */

const THEMES = ["light", "dark"];

/**
 * @param {import("./router.js").Context} context
 * @param {{tab: string, look?: string, toast: {text: string, undo_href: string} | null}} options
 */
export function shell({ settings, lang, status, agent, url, _, ngettext }, { tab, look = "", toast }) {
  return {
    lang,
    html_class: [look, htmlClass(settings)].filter(Boolean).join(" "),
    build: BUILD,
    icons: ICONS_URL,
    css: CSS_URL,
    js: JS_URL,
    sync: syncState(status, _, ngettext),
    has_sync: true,
    tabs: { at: tab, leader: agent.role === "leader" || agent.role === "manager", count: "" },
    has_tabs: true,
    agent_name: agent.name,
    has_toast: toast !== null,
    toast: toast ? { ...toast, has_undo: toast.undo_href !== "" } : { text: "", undo_href: "", has_undo: false },
    loading: !status.ready,
    path: url.pathname,
  };
}

/** @param {Record<string, any>} settings */
function htmlClass({ theme, type }) {
  return [THEMES.includes(theme) ? theme : "", type === "large" ? "type-large" : ""].filter(Boolean).join(" ");
}

/**
 * The state of sync in a word and a time. `label` is read aloud before `text`.
 * @param {Status} status
 * @param {Translate} _
 * @param {TranslateCount} ngettext
 * @returns {{state: string, text: string, label: string}}
 */
export function syncState(status, _, ngettext) {
  const { ready, loading, trouble, conflicts, refused, waiting, last_synced_at } = status;
  const time = last_synced_at ? clock(last_synced_at) : "";
  if (!ready) return { state: "loading", text: `${loading.done} / ${loading.total}`, label: _("Loading") };
  if (trouble === "sign_in") return { state: "refused", text: _("Sign in again"), label: _("Nothing is sent") };
  if (trouble === "too_many") return { state: "refused", text: _("Too many devices"), label: _("Nothing is sent") };
  if (trouble === "upgrade") return { state: "refused", text: _("Update needed"), label: _("Nothing is sent") };
  if (refused)
    return { state: "refused", text: ngettext("%(n)s sent back", "%(n)s sent back", refused), label: _("Refused") };
  if (conflicts) {
    return { state: "conflict", text: ngettext("%(n)s to decide", "%(n)s to decide", conflicts), label: _("Conflict") };
  }
  if (waiting) {
    const count = ngettext("%(n)s waiting", "%(n)s waiting", waiting);
    return { state: "waiting", text: time ? `${time} · ${count}` : count, label: _("Last synced") };
  }
  if (status.offline) {
    const text = time ? _("Offline, %(time)s", { time }) : _("Offline");
    return { state: "offline", text, label: _("Last synced") };
  }
  return { state: "synced", text: time, label: _("Synced") };
}

/** @param {string} instant */
export function clock(instant) {
  const shanghai = new Date(Date.parse(instant) + 8 * 3_600_000).toISOString();
  return shanghai.slice(11, 16);
}

/**
 * @param {Date} now
 * @returns {string} the civil date in China, which knows one time zone and no summer time
 */
export function civilDate(now) {
  return new Date(now.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
}

/**
 * The shell of a page that needs no book: the server cannot be reached, and perhaps nobody is signed in.
 * @param {string} lang
 * @param {string} path
 * @param {Record<string, any>} settings
 */
export function outsideShell(lang, path, settings) {
  return {
    lang,
    html_class: htmlClass(settings),
    build: BUILD,
    icons: ICONS_URL,
    css: CSS_URL,
    js: JS_URL,
    sync: { state: "", text: "", label: "" },
    has_sync: false,
    tabs: { at: "", leader: false, count: "" },
    has_tabs: settings.agent != null,
    agent_name: settings.agent?.name ?? "",
    has_toast: false,
    toast: { text: "", undo_href: "", has_undo: false },
    loading: false,
    path,
  };
}
