// Signing out on the phone: what waits is sent first; what cannot be sent is never thrown away without a word.

import { removePin } from "../store/pin.js";
import { setSetting } from "../store/device.js";
import { syncNow } from "./now.js";

/**
 * @param {import("../store/index.js").Store} store
 * @param {{lose?: boolean}} [options] lose: the person was told what waits, and gives it up
 * @returns {Promise<boolean>} false: something waits or was refused, nobody was signed out, the page asks
 */
export async function signOut(store, { lose = false } = {}) {
  await store.hurry();
  await syncNow(store);
  const { waiting, refused } = await store.status();
  if (waiting + refused && !lose) return false;
  await endSession();
  await forget(store);
  return true;
}

/** The server's session ends too, if the server can be reached; without a network it ends by its age. */
async function endSession() {
  await fetch("/sign-out", { method: "POST", credentials: "same-origin", redirect: "manual" }).catch(() => {});
}

/** @param {import("../store/index.js").Store} store */
async function forget(store) {
  await setSetting("agent", null);
  await setSetting(`device:${store.agentId}`, null);
  await removePin(store.agentId);
  await store.destroy();
}
