// Signing out on the phone: what waits is sent first; what cannot be sent is never thrown away without a word.

import { leaveNothing, sayGoodbye } from "./devices.js";
import { syncNow } from "./now.js";

/**
 * @param {import("../store/index.js").Store} store
 * @param {{lose?: boolean}} [options] lose: the person was told what waits, and gives it up
 * @returns {Promise<"unsent" | "told" | "untold">} unsent: something waits or was refused, nobody was signed out, the page
 *   asks; told and untold: whether the server knows that this phone is signed out
 */
export async function signOut(store, { lose = false } = {}) {
  await store.hurry();
  await syncNow(store);
  const { waiting, refused } = await store.status();
  if (waiting + refused && !lose) return "unsent";
  const told = await sayGoodbye(store.agentId);
  await endSession();
  await leaveNothing(store);
  return told ? "told" : "untold";
}

/** The server's session ends too, if the server can be reached; without a network it ends by its age. */
async function endSession() {
  await fetch("/sign-out", { method: "POST", credentials: "same-origin", redirect: "manual" }).catch(() => {});
}
