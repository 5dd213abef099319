// This phone as a device of the agent: registered, registered anew, revoked.

import { forgetBlobs } from "../store/blobs.js";
import { currentAgent, device, forgetAgent, setSetting } from "../store/device.js";
import { BATCH_EDITS, PROTO, Refusal, batch, post, wireEdit } from "./wire.js";

// A page that sleeps may hold the book open. It is empty by then; the browser deletes it when the page wakes or goes.
const DELETION_MS = 3_000;

/**
 * @typedef {import("../store/index.js").Store} Store
 * @typedef {import("../store/device.js").Device} Device
 */

/** Nobody is signed in with the server, so this phone cannot be registered. */
export class SignInNeeded extends Error {}

/** The agent has as many devices as there may be. */
export class TooManyDevices extends Error {}

/**
 * @param {string} label what the agent's list of devices shall say
 * @returns {Promise<Device>}
 */
export async function register(label) {
  const response = await fetch("/sync/devices", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ label }),
    credentials: "same-origin",
    redirect: "error",
  });
  if (response.status === 401 || response.status === 403) throw new SignInNeeded();
  if (response.status === 409) throw new TooManyDevices();
  if (!response.ok) throw new Error(`registering answered ${response.status}`);
  return response.json();
}

/**
 * Go on as a new device: the server knows edits under these numbers that are not ours (a cloned or restored phone).
 * @param {Store} store
 * @returns {Promise<Device>}
 * @throws {SignInNeeded | TooManyDevices}
 */
export async function registerAnew(store) {
  const before = await device(store.agentId);
  // That the numbers begin anew is noticed by the id: also when the phone dies between these lines.
  const registered = await register(before?.label ?? "Phone");
  if (registered.agent !== store.agentId) throw new SignInNeeded();
  const kept = { ...before, ...registered };
  await setSetting(`device:${store.agentId}`, kept);
  return kept;
}

/**
 * The device was revoked: the book is closed at once, what was not sent goes to the leader, and then nothing is left.
 * When it cannot be handed in the book stays closed, and is offered again.
 * @param {Store} store
 * @param {string} token
 */
export async function wipe(store, token) {
  // From here on nothing is shown and nothing is added: what comes after the counting would be lost without a word.
  await store.setMeta("trouble", "revoked");
  const current = await currentAgent();
  const isShown = !current || current.id === store.agentId;
  if (isShown) tellPages();
  await store.hurry();
  const edits = (await store.number()).map(wireEdit);
  const drafts = await halfTyped(store);
  await handIn([...edits, ...drafts], token);
  const handed = { at: new Date().toISOString(), edits: edits.length, drafts: drafts.length };
  if (isShown) await setSetting("revoked", handed);
  await leaveNothing(store);
  if (isShown) tellPages();
}

/** Pages that show customers leave them. */
function tellPages() {
  const channel = new BroadcastChannel("doorstep");
  channel.postMessage({ type: "closed" });
  channel.close();
}

/**
 * Half-filled forms are no edits, and nobody can accept them; but they were typed, so the leader shall see them.
 * @param {Store} store
 * @returns {Promise<{op: "draft", path: string, fields: [string, string][], at: string}[]>} what differs from the form
 */
async function halfTyped(store) {
  const found = [];
  for (const key of await store.drafts()) {
    const { fields = [], shown, path = "", at = "" } = (await store.draft(key)) ?? {};
    const before = new Set(JSON.parse(shown || "[]").map((/** @type {any} */ pair) => JSON.stringify(pair)));
    const typed = fields.filter((/** @type {any} */ pair) => pair[0][0] !== "_" && !before.has(JSON.stringify(pair)));
    if (typed.length) found.push({ op: /** @type {const} */ ("draft"), path, fields: typed, at });
  }
  return found;
}

/**
 * @param {any[]} things edits as they go over the wire, and half-filled forms
 * @param {string} token
 */
async function handIn(things, token) {
  let most = BATCH_EDITS;
  for (let rest = things; rest.length;) {
    const some = await batch(rest, most, (thing) => thing);
    try {
      const { answers } = await post("/sync/escrow", token, { proto: PROTO, edits: some });
      const taken = some.filter((_, i) => answers[i]?.answer === "taken");
      // A copy of this phone used the number for something else: it is kept without one.
      rest = [...rest.slice(some.length), ...taken.map(({ n, ...edit }) => edit)];
    } catch (error) {
      const halve = error instanceof Refusal && error.status === 413 && error.code !== "escrow_full";
      if (!halve || some.length === 1) throw error;
      most = Math.ceil(some.length / 2);
    }
  }
}

/**
 * The agent's book, token, PIN and whatever else tells of the agent. The book is emptied first: deleting it may have to
 * wait for a sleeping page.
 * @param {Store} store
 */
export async function leaveNothing(store) {
  await store.clear();
  await forgetAgent(store.agentId);
  await Promise.race([
    Promise.all([store.destroy(), forgetBlobs()]),
    new Promise((resolve) => setTimeout(resolve, DELETION_MS)),
  ]);
}

/**
 * The phone leaves by itself: the server shall not list it any longer.
 * @param {string} agentId
 * @returns {Promise<boolean>} whether the server knows
 */
export async function sayGoodbye(agentId) {
  const registered = await device(agentId);
  if (!registered) return true;
  try {
    await post("/sync/sign-out", registered.token, {});
    return true;
  } catch (error) {
    return error instanceof Refusal && error.status === 401;
  }
}
