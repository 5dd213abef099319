// A page's part in syncing: it registers the worker, wakes it when something happens, and tells it when not to update.

const TIMER_MS = 60_000;
const LOADING_MS = 2_500;

/** @returns {boolean} whether this browser, at this address, can keep the book at all */
export function hasWorker() {
  return window.isSecureContext && "serviceWorker" in navigator && "indexedDB" in window;
}

/** @returns {Promise<ServiceWorkerRegistration>} */
export function register() {
  return navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" });
}

/**
 * The active worker. Not the one that controls this page: a page that was already on its way when the worker took over
 * is never claimed, and would wait for ever. It can be asked all the same, and it answers the next navigation.
 * @returns {Promise<ServiceWorker>}
 */
export async function activeWorker() {
  await register();
  const { active } = await navigator.serviceWorker.ready;
  return /** @type {ServiceWorker} */ (active);
}

/**
 * @param {ServiceWorker} worker
 * @param {{type: string, eager?: boolean}} message
 * @returns {Promise<string>} the worker's answer
 */
export function ask(worker, message) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage(message, [port2]);
  });
}

/** @param {boolean} eager something happened, as against: time has passed */
export function wake(eager) {
  navigator.serviceWorker.controller?.postMessage({ type: "sync", eager });
}

/**
 * @param {(message: any) => void} hear called with what the worker tells all pages
 * @returns {() => void} stop
 */
export function listen(hear) {
  const channel = new BroadcastChannel("doorstep");
  channel.onmessage = ({ data }) => hear(data);
  return () => channel.close();
}

/** @param {() => boolean} isDirty whether this page has a half-typed form */
export function keepInStep(isDirty) {
  navigator.serviceWorker.addEventListener("message", ({ data, ports }) => {
    if (data?.type === "dirty?") ports[0]?.postMessage(isDirty());
  });
  if (!navigator.serviceWorker.controller) return; // the pages that need a worker start it themselves
  leaveWhenClosed();
  wake(true);
  addEventListener("online", () => wake(true));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") wake(true);
  });
  keepLoading();
  again();
  void look();
}

/** The book was closed from afar: a page that shows some of it goes, also one that slept through the news. */
function leaveWhenClosed() {
  if (document.documentElement.dataset.by !== "phone") return;
  const leave = () => location.replace("/today");
  listen(({ type, status }) => {
    if (type === "closed" || status?.trouble === "revoked") leave();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") navigator.serviceWorker.controller?.postMessage({ type: "status" });
  });
}

/** A timer with full jitter: a thousand phones do not come together. */
function again() {
  setTimeout(
    () => {
      if (document.visibilityState === "visible") wake(false);
      again();
    },
    TIMER_MS * (0.5 + Math.random()),
  );
}

/** While the first download runs the worker is kept awake; a browser stops one that nobody asks anything. */
function keepLoading() {
  /** @type {number | undefined} */
  let timer;
  listen(({ type, status }) => {
    if (type !== "status") return;
    clearInterval(timer);
    if (status && !status.ready) timer = window.setInterval(() => wake(false), LOADING_MS);
  });
  navigator.serviceWorker.controller?.postMessage({ type: "status" });
}

/** Look for a new version, ask the one that waits to take over (it asks every page first), leave word for later. */
async function look() {
  const registration = await navigator.serviceWorker.ready;
  registration.waiting?.postMessage({ type: "take-over" });
  registration.addEventListener("updatefound", () => {
    const coming = registration.installing;
    coming?.addEventListener("statechange", () => {
      if (coming.state === "installed") coming.postMessage({ type: "take-over" });
    });
  });
  await registration.update().catch(() => {});
  // Background Sync, where it exists: the browser calls the worker when the network is back.
  await /** @type {any} */ (registration).sync?.register("doorstep").catch(() => {});
}
