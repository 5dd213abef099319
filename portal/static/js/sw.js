// The service worker: for the agent's rooms it is the server.

import { BUILD, PRECACHE } from "./generated/build.js";
import { answer } from "./offline/answer.js";
import { headers } from "./offline/headers.js";
import { draw } from "./offline/render.js";
import { fragment, isPhones } from "./offline/router.js";
import { civilDate, outsideShell, syncState } from "./offline/shell.js";
import { WORDS, wordsIn } from "./offline/words.js";
import { currentAgent, setting, settings } from "./store/device.js";
import { UNDO_MS, openStore } from "./store/index.js";
import { DATA_CACHE, dropOld } from "./store/data.js";
import { SOUNDS } from "./store/sounds.js";
import { fetchBlobs } from "./sync/blobs.js";
import { checkBook, giveWay } from "./sync/check.js";
import { sync } from "./sync/engine.js";
import { visitOthers } from "./sync/others.js";
import { freshenCard } from "./sync/own-card.js";
import { Pokes, liveAddress } from "./sync/pokes.js";

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const CACHE = `doorstep-${BUILD}`;
const channel = new BroadcastChannel("doorstep");

// ---- install, update --------------------------------------------------------------------------------------------

worker.addEventListener("install", (event) => {
  event.waitUntil(precache());
});

async function precache() {
  const cache = await caches.open(CACHE);
  // Past the browser's own cache: an old file under a new build would break it for good.
  await cache.addAll(PRECACHE.map((path) => new Request(path, { cache: "reload" })));
  // An update brings its tables with it, so that offline goes on as before; the first install does not wait for them.
  if (worker.registration.active) await fetchData();
}

/** What the app needs and what is no part of it. */
const DATA = [SOUNDS, WORDS];

function fetchData() {
  return Promise.all(DATA.map((one) => one.fetch()));
}

worker.addEventListener("activate", (event) => {
  event.waitUntil(takeOver());
});

async function takeOver() {
  const kept = [CACHE, DATA_CACHE];
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith("doorstep-") && !kept.includes(name)).map((name) => caches.delete(name)),
  );
  await dropOld(DATA);
  await worker.clients.claim();
  // Not waited for: pages are answered without it, and the first sync asks for it too.
  void fetchData();
  const agent = await currentAgent();
  if (agent) await openStore(agent.id).refreshLines();
}

/** A new version waits while any page has a half-typed form, also a page that does not answer. */
async function nobodyIsTyping() {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  return !(await Promise.all(pages.map(isDirty))).some(Boolean);
}

/** @param {boolean} wanted a person asked for the new version; drafts are kept as they are typed */
async function takeTurn(wanted) {
  if (wanted || (await nobodyIsTyping())) await worker.skipWaiting();
}

/**
 * @param {Client} page
 * @returns {Promise<boolean>}
 */
function isDirty(page) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data === true);
    setTimeout(() => resolve(true), 1_500);
    page.postMessage({ type: "dirty?" }, [port2]);
  });
}

// ---- requests -----------------------------------------------------------------------------------------------------

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== worker.location.origin) return;
  if (isPhones(url.pathname)) {
    event.respondWith(fromPhone(event));
  } else if (request.method === "GET" && PRECACHE.includes(url.pathname)) {
    event.respondWith(fromCache(request));
  } else if (request.mode === "navigate") {
    event.respondWith(fromServer(request));
  }
});

/**
 * @param {FetchEvent} event
 * @returns {Promise<Response>}
 */
async function fromPhone(event) {
  giveWay();
  const { response, wrote, stopped } = await answer(event.request, OWN_ROUTES).catch((error) => failed(event, error));
  if (stopped) channel.postMessage({ type: "stopped", text: stopped });
  if (wrote) event.waitUntil(sendSoon());
  return response;
}

/**
 * A fault of ours. What was typed stays on its page; a page that cannot be drawn says so.
 * @param {FetchEvent} event
 * @param {Error} error
 * @returns {Promise<{response: Response, wrote: boolean, stopped?: string}>}
 */
async function failed({ request }, error) {
  console.error(error);
  const known = await settings().catch(() => ({ language: "" }));
  const language = wordsIn(known.language === "en" ? "en" : "zh-CN");
  if (request.method === "POST") {
    const stopped = language._(
      "Not saved: something went wrong on this phone. Your text stays here; please try again.",
    );
    return { response: new Response(null, { status: 204, headers: headers() }), wrote: false, stopped };
  }
  return { response: outside("offline/failed.html", new URL(request.url).pathname, known, 500), wrote: false };
}

/** What was written goes out now; a delete that can still be taken back goes when it no longer can. */
async function sendSoon() {
  await tellStatus();
  await synced({ eager: true });
  if (!(await somethingHeld())) return;
  await new Promise((resolve) => setTimeout(resolve, UNDO_MS + 200));
  await synced({ eager: true });
}

async function somethingHeld() {
  const agent = await currentAgent();
  if (!agent) return false;
  return (await openStore(agent.id).outbox()).waiting.some((item) => item.n === null);
}

/** @param {Request} request */
async function fromCache(request) {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);
}

/**
 * Pages of the server's rooms are never answered here; without a network it is said what is missing.
 * @param {Request} request
 */
async function fromServer(request) {
  const known = await settings();
  // In a customer's hands the phone shows that customer's report and nothing else.
  if (known.handed) return Response.redirect(`${known.handed_at ?? `/analyses/${known.handed}`}/show`, 303);
  try {
    return await fetch(request);
  } catch {
    return outside("offline/offline.html", new URL(request.url).pathname, known, 503);
  }
}

/**
 * A page that needs no book.
 * @param {string} template
 * @param {string} path
 * @param {Record<string, any>} known settings
 * @param {number} status
 */
function outside(template, path, known, status) {
  const lang = known.language === "en" ? "en" : "zh-CN";
  const text = draw(template, { shell: outsideShell(lang, path, known) }, wordsIn(lang));
  return new Response(text, { status, headers: headers({ "Content-Type": "text/html; charset=utf-8" }) });
}

/** @type {import("./offline/router.js").Route[]} */
const OWN_ROUTES = [
  {
    method: "GET",
    pattern: "/outbox/badge",
    name: "badge",
    handle: () => fragment("offline/badge.html", {}),
  },
];

// ---- sync ---------------------------------------------------------------------------------------------------------

/**
 * @param {{eager: boolean}} how
 * @returns {Promise<string>} how it went
 */
async function synced(how) {
  const agent = await currentAgent();
  if (!agent) return "nobody";
  const store = openStore(agent.id);
  const before = await store.meta("cursor").catch(() => null);
  await fetchData();
  const outcome = await sync(store, listener, how);
  if (outcome === "revoked") return outcome; // the pages were told; asking the book would make it again
  const heard = await store.refreshLines();
  // Pages that show records draw themselves anew.
  if (heard || (await store.meta("cursor")) !== before) channel.postMessage({ type: "changed" });
  if (outcome === "done") {
    await freshenCard(agent.id);
    // What cannot be had now is asked for after the next sync; plans say what is missing.
    const tables = await fetchBlobs(store, civilDate(new Date())).catch(() => null);
    if (tables?.fetched) channel.postMessage({ type: "changed" });
    await visitOthers(agent.id);
  }
  return outcome;
}

const listener = {
  /** @param {{done: number, total: number, parts: Record<string, number>}} progress */
  progress({ done, total, parts }) {
    channel.postMessage({ type: "progress", done, total, parts });
  },
  status: tellStatus,
};

async function tellStatus() {
  const agent = await currentAgent();
  if (!agent) {
    channel.postMessage({ type: "status", status: null });
    return;
  }
  const status = await openStore(agent.id).status();
  const { _, ngettext } = wordsIn((await setting("language")) === "en" ? "en" : "zh-CN");
  channel.postMessage({ type: "status", status, sync: syncState(status, _, ngettext) });
}

const pokes = new Pokes(() => synced({ eager: true }));

async function whereToListen() {
  const agent = await currentAgent();
  return agent && liveAddress(agent.id);
}

worker.addEventListener("message", (event) => {
  const { type } = event.data ?? {};
  if (type === "changed") event.waitUntil(pokes.poke());
  if (type === "ticket") event.waitUntil(whereToListen().then(reply(event)));
  if (type === "sync") {
    const outcome = synced({ eager: event.data.eager !== false });
    event.waitUntil(outcome.then(reply(event)));
    event.waitUntil(outcome.then(lookThrough));
  }
  if (type === "status") event.waitUntil(tellStatus());
  if (type === "take-over") event.waitUntil(takeTurn(event.data.now === true));
});

/**
 * After a sync, when nobody asks for a page: whether this copy of the book is right.
 * @param {string} outcome
 */
async function lookThrough(outcome) {
  const agent = outcome === "done" && (await currentAgent());
  if (!agent) return;
  // Without a network, or on a fault, it is looked at another time.
  const found = await checkBook(openStore(agent.id)).catch(() => "later");
  if (found === "mended") await synced({ eager: false });
}

/** @param {ExtendableMessageEvent} event */
function reply(event) {
  return (/** @type {string | null} */ outcome) => event.ports[0]?.postMessage(outcome);
}

// A bonus where it exists: the browser calls when the network is back, even with no page open.
worker.addEventListener("sync", (event) => {
  const { tag, waitUntil } = /** @type {any} */ (event);
  if (tag === "doorstep") waitUntil.call(event, synced({ eager: true }));
});
