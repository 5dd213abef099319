// One request to the agent's rooms, from fetch to Response: a small Flask.

import { BUILD } from "../generated/build.js";
import { SCHEMAS } from "../generated/schemas.js";
import { setSetting, settings as deviceSettings } from "../store/device.js";
import { Closed, NotReady, StorageFull, openStore } from "../store/index.js";
import { closed } from "./closed.js";
import { goTo, refresh, respond } from "./render.js";
import { failpoint } from "./failpoints.js";
import { seenIn } from "./forms.js";
import { match, notFound, stopped } from "./router.js";
import { routes } from "./routes.js";
import { civilDate } from "./shell.js";
import { WORDS, wordsIn } from "./words.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("./router.js").Reply} Reply
 * @typedef {import("./router.js").Route} Route
 */

const SETUP = "/setup";

/**
 * @param {Request} request
 * @param {Route[]} own routes of the worker itself
 * @returns {Promise<{response: Response, wrote: boolean, stopped?: string}>} wrote: something may wait to be sent now;
 *   stopped: what the page that stays has to say
 */
export async function answer(request, own) {
  const url = new URL(request.url);
  const htmx = request.headers.has("HX-Request");
  const context = await contextOf(request, url, htmx);
  if (!context) return { response: (await closed(request, htmx)) ?? goTo(SETUP, htmx), wrote: false };
  const found = match([...own, ...routes], context.method, url.pathname);
  const reply = found ? await handled(found.route, { ...context, params: found.params }) : notFound();
  const response = await sent(context, reply, otherBuild(request), request.headers.has("X-Aside"));
  if (reply.type === "stopped") return { response, wrote: false, stopped: reply.text };
  return { response, wrote: context.method === "POST" };
}

/**
 * @param {Request} request
 * @param {URL} url
 * @param {boolean} htmx
 * @returns {Promise<Context | null>} null: nobody's book is on this phone, or nothing of it yet
 */
async function contextOf(request, url, htmx) {
  const settings = await deviceSettings();
  const agent = settings.agent;
  // The settings came in one read; the device's token is one of them.
  if (!agent || !settings[`device:${agent.id}`]) return null;
  const store = openStore(agent.id);
  const texts = settings.language === "en" || WORDS.recall();
  const status = await store.status();
  if ((!status.ready && status.loading.done === 0) || status.trouble === "revoked") return null;
  await texts;
  const form = request.method === "POST" ? await formOf(request) : null;
  const now = new Date();
  const lang = settings.language === "en" ? "en" : "zh-CN";
  return {
    url,
    method: request.method === "POST" ? "POST" : "GET",
    params: {},
    query: url.searchParams,
    form,
    from: pathOf(request.referrer) ?? url.pathname,
    store: form ? finishing(store, form) : store,
    status,
    now,
    today: civilDate(now),
    lang,
    ...wordsIn(lang),
    htmx,
    agent,
    settings,
  };
}

/**
 * The store as a form's handler gets it: a draft is done with in the transaction that keeps its record, and not before;
 * and the record is changed from what the form showed.
 * @param {import("../store/index.js").Store} store
 * @param {URLSearchParams} form
 * @returns {import("../store/index.js").Store}
 */
function finishing(store, form) {
  const own = { draft: form.get("_draft") ?? undefined, seen: seenIn(form, SCHEMAS) };
  return new Proxy(store, {
    get(target, name) {
      if (name === "commit") {
        return (/** @type {any} */ changes, /** @type {any} */ options) =>
          target.commit(changes, { ...own, ...options });
      }
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/**
 * @param {Request} request
 * @returns {Promise<URLSearchParams>}
 */
async function formOf(request) {
  const form = new URLSearchParams();
  for (const [name, value] of await request.formData()) if (typeof value === "string") form.append(name, value);
  return form;
}

/**
 * @param {Route} route
 * @param {Context} context
 * @returns {Promise<Reply>}
 */
async function handled(route, context) {
  const { method, status, _ } = context;
  if (method === "POST" && !route.always && status.trouble === "upgrade") {
    return stopped(_("Not saved: please update Doorstep first. Your text stays here."));
  }
  try {
    if (method === "POST") await failpoint(context.settings, "before-commit");
    const reply = await route.handle(context);
    if (method === "POST") await failpoint(context.settings, "after-commit-before-answer");
    return reply;
  } catch (error) {
    if (error instanceof Closed) return stopped(_("Not saved: this phone was signed out."));
    if (error instanceof NotReady) {
      return stopped(_("Not saved: your customers are still being loaded. Your text stays here."));
    }
    if (error instanceof StorageFull) {
      return stopped(
        _("Not saved: this phone has no space left. Your text stays here; free some space and save again."),
      );
    }
    throw error;
  }
}

/**
 * @param {string} address
 * @returns {string | null}
 */
function pathOf(address) {
  const { pathname, search } = address ? new URL(address) : { pathname: "", search: "" };
  return pathname ? pathname + search : null;
}

/**
 * @param {Context} context
 * @param {Reply} reply
 * @param {boolean} stale the page that asks is of another build
 * @param {boolean} aside a page looks what is new: what is to be said waits for the person's next page
 */
async function sent(context, reply, stale, aside) {
  const draft = context.form?.get("_draft");
  if (reply.type === "redirect") {
    if (draft) await context.store.dropDraft(draft);
    if (reply.toast) await setSetting("toast", reply.toast);
    return respond(context, reply, null);
  }
  if (reply.type === "page" && draft) await keepTyped(context, draft).catch(() => {});
  if (stale && context.htmx) return refresh();
  const says = reply.type === "page" && context.method === "GET" && !aside;
  const toast = says ? (context.settings.toast ?? null) : null;
  const response = respond(context, reply, toast);
  if (toast) await setSetting("toast", null);
  return response;
}

/**
 * A form comes back, with messages or with room for more: its page must still know what the first one showed.
 * @param {Context} context
 * @param {string} draft
 */
async function keepTyped({ form, store, now, from }, draft) {
  const fields = [.../** @type {URLSearchParams} */ (form)].filter(([name]) => name !== "_draft" && name !== "_shown");
  await store.saveDraft(draft, { fields, shown: form?.get("_shown"), at: now.toISOString(), path: from });
}

/** @param {Request} request */
function otherBuild(request) {
  const asked = request.headers.get("X-Build");
  return asked !== null && asked !== BUILD;
}
