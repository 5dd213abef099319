// Which handler answers, and what a handler may answer with. Pure: no request, no store.

/** The agent's rooms: these addresses are always answered on the phone. */
export const ROOMS = ["today", "customers", "visits", "analyses", "plans", "outbox", "conflicts", "me"];

/**
 * @typedef {object} Context of one request
 * @property {URL} url
 * @property {"GET" | "POST"} method
 * @property {Record<string, string>} params from the address
 * @property {URLSearchParams} query
 * @property {URLSearchParams | null} form
 * @property {string} from path of the page that asked
 * @property {import("../store/index.js").Store} store
 * @property {import("../store/index.js").Status} status
 * @property {Date} now
 * @property {string} today civil date in Asia/Shanghai
 * @property {string} lang zh-CN or en
 * @property {import("./words.js").Translate} _
 * @property {import("./words.js").TranslateCount} ngettext
 * @property {import("./runtime.js").Words} words for templates
 * @property {boolean} htmx asked for by htmx: a fragment will do
 * @property {import("../store/device.js").Agent} agent
 * @property {Record<string, any>} settings language, theme, type, …
 *
 * @typedef {object} PageReply
 * @property {"page"} type
 * @property {string} template
 * @property {Record<string, any>} model
 * @property {number} status
 * @property {string} tab
 * @property {string} look
 *
 * @typedef {object} FragmentReply
 * @property {"fragment"} type
 * @property {string} template
 * @property {Record<string, any>} model
 * @property {number} status
 * @property {Record<string, string>} headers
 *
 * @typedef {object} RedirectReply
 * @property {"redirect"} type
 * @property {string} path
 * @property {{text: string, undo_href: string} | null} toast
 *
 * @typedef {PageReply | FragmentReply | RedirectReply | {type: "missing"} | {type: "stopped", text: string}} Reply
 *
 * @typedef {object} Route
 * @property {"GET" | "POST"} method
 * @property {string} pattern `/customers/:id`
 * @property {(context: Context) => Promise<Reply> | Reply} handle
 * @property {string} name
 * @property {boolean} [always] answered also while the first download runs and for changes that are no records
 */

/**
 * @param {string} template
 * @param {Record<string, any>} model
 * @param {{status?: number, tab?: string, look?: string}} [options] tab: today, customers or me; look: customer, larger
 * @returns {PageReply}
 */
export function page(template, model, { status = 200, tab = "", look = "" } = {}) {
  return { type: "page", template, model, status, tab, look };
}

/**
 * @param {string} template
 * @param {Record<string, any>} model
 * @param {{status?: number, headers?: Record<string, string>}} [options]
 * @returns {FragmentReply}
 */
export function fragment(template, model, { status = 200, headers = {} } = {}) {
  return { type: "fragment", template, model, status, headers };
}

/**
 * @param {string} path
 * @param {{toast?: string, undo?: string}} [options] toast: said once on the next page; undo: address that takes the
 *   change back when posted to
 * @returns {RedirectReply}
 */
export function redirect(path, { toast = "", undo = "" } = {}) {
  return { type: "redirect", path, toast: toast ? { text: toast, undo_href: undo } : null };
}

/** @returns {{type: "missing"}} */
export function notFound() {
  return { type: "missing" };
}

/**
 * The change could not be kept. The page stays as it is, with everything that was typed, and says why.
 * @param {string} text
 * @returns {{type: "stopped", text: string}}
 */
export function stopped(text) {
  return { type: "stopped", text };
}

/**
 * @param {string} pathname
 * @returns {boolean} whether the phone answers this address
 */
export function isPhones(pathname) {
  return ROOMS.includes(pathname.split("/")[1]);
}

/**
 * @param {Route[]} routes the first that fits wins
 * @param {string} method
 * @param {string} pathname
 * @returns {{route: Route, params: Record<string, string>} | null}
 */
export function match(routes, method, pathname) {
  const parts = split(pathname);
  for (const route of routes) {
    const params = route.method === method ? paramsOf(split(route.pattern), parts) : null;
    if (params) return { route, params };
  }
  return null;
}

/**
 * @param {string[]} pattern
 * @param {string[]} parts
 * @returns {Record<string, string> | null}
 */
function paramsOf(pattern, parts) {
  if (pattern.length !== parts.length) return null;
  /** @type {Record<string, string>} */
  const params = {};
  for (const [i, wanted] of pattern.entries()) {
    if (wanted.startsWith(":")) params[wanted.slice(1)] = parts[i];
    else if (wanted !== parts[i]) return null;
  }
  return params;
}

/** @param {string} pathname */
function split(pathname) {
  return pathname.split("/").filter(Boolean).map(decoded);
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
