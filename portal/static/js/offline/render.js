// From a handler's reply to a Response.

import { TEMPLATES } from "../generated/templates.js";
import { headers } from "./headers.js";
import { shell } from "./shell.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("./router.js").Reply} Reply
 */

const HTML = { "Content-Type": "text/html; charset=utf-8", Vary: "HX-Request" };

/**
 * @param {Context} context
 * @param {Reply} reply
 * @param {{text: string, undo_href: string} | null} toast to be said on this page
 * @returns {Response}
 */
export function respond(context, reply, toast) {
  switch (reply.type) {
    case "redirect":
      return goTo(reply.path, context.htmx);
    case "fragment":
      return html(context, reply, "", "", null, reply.headers);
    case "page":
      return html(context, reply, reply.tab, reply.look, toast);
    case "stopped":
      // No content: a browser, and htmx, leave the page as it is.
      return new Response(null, { status: 204, headers: headers() });
    case "missing":
      return html(context, { template: "offline/missing.html", model: {}, status: 404 }, "", "", null);
  }
}

/**
 * @param {string} path
 * @param {boolean} htmx
 * @returns {Response}
 */
export function goTo(path, htmx) {
  // A redirect is followed by fetch itself; htmx learns of a new page by a header instead.
  if (htmx) return new Response(null, { status: 200, headers: headers({ "HX-Redirect": path }) });
  return new Response(null, { status: 303, headers: headers({ Location: path }) });
}

/** @returns {Response} for a page of another build: load it anew */
export function refresh() {
  return new Response(null, { status: 200, headers: headers({ "HX-Refresh": "true" }) });
}

/**
 * @param {Context} context
 * @param {{template: string, model: Record<string, any>, status: number}} reply
 * @param {string} tab
 * @param {string} look
 * @param {{text: string, undo_href: string} | null} toast
 * @param {Record<string, string>} [more]
 */
function html(context, { template, model, status }, tab, look, toast, more = {}) {
  const text = draw(template, { shell: shell(context, { tab, look, toast }), ...model }, context);
  return new Response(text, { status, headers: headers({ ...HTML, ...more }) });
}

/**
 * @param {string} template
 * @param {Record<string, any>} model
 * @param {{words: import("./runtime.js").Words}} language
 * @returns {string}
 */
export function draw(template, model, { words }) {
  const write = /** @type {Record<string, any>} */ (TEMPLATES)[template];
  if (!write) throw new Error(`no such template: ${template}`);
  return write(model, words);
}
