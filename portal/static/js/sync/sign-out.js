// Signing out on the phone: what waits is sent first; what cannot be sent is never thrown away without a word.

import { removePin } from "../store/pin.js";
import { setSetting } from "../store/device.js";
import { sync } from "./engine.js";

const SILENT = { progress() {}, async status() {} };

/**
 * @param {import("../store/index.js").Store} store
 * @param {{anyway?: boolean}} [options] anyway: the person knows that something waits; it stays on this phone, closed,
 *   until the same person signs in here again
 * @returns {Promise<{done: boolean, waiting: number, refused: number, drafts: number}>} done: nobody is signed in any
 *   more; otherwise the page asks, with these numbers
 */
export async function signOut(store, { anyway = false } = {}) {
  await store.hurry();
  await sync(store, SILENT, { eager: true });
  const { waiting, refused } = await store.status();
  const drafts = (await store.drafts()).length;
  const clean = waiting + refused + drafts === 0;
  if (!clean && !anyway) return { done: false, waiting, refused, drafts };
  await endSession();
  await setSetting("agent", null);
  if (clean) await forget(store);
  return { done: true, waiting, refused, drafts };
}

/** The server's session ends too, if the server can be reached; without a network it ends by its age. */
async function endSession() {
  await fetch("/sign-out", { method: "POST", credentials: "same-origin", redirect: "manual" }).catch(() => {});
}

/** @param {import("../store/index.js").Store} store */
async function forget(store) {
  await setSetting(`device:${store.agentId}`, null);
  await removePin(store.agentId);
  await store.destroy();
}
