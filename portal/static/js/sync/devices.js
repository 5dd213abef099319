// This phone as a device of the agent: registered, registered anew, revoked.

import { device, setSetting } from "../store/device.js";
import { PROTO, post, wireEdit } from "./wire.js";

/**
 * @typedef {import("../store/index.js").Store} Store
 * @typedef {import("../store/device.js").Device} Device
 */

/** Nobody is signed in with the server, so this phone cannot be registered. */
export class SignInNeeded extends Error {}

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
  if (!response.ok) throw new Error(`registering answered ${response.status}`);
  return response.json();
}

/**
 * Go on as a new device: the server knows edits under these numbers that are not ours (a cloned or restored phone).
 * @param {Store} store
 * @returns {Promise<Device>}
 * @throws {SignInNeeded}
 */
export async function registerAnew(store) {
  const before = await device(store.agentId);
  const registered = await register(before?.label ?? "Phone");
  if (registered.agent !== store.agentId) throw new SignInNeeded();
  await store.renumber();
  const kept = { ...before, ...registered };
  await setSetting(`device:${store.agentId}`, kept);
  return kept;
}

/**
 * The device was revoked: offer what was not sent to the leader, then leave nothing behind.
 * @param {Store} store
 * @param {string} token
 */
export async function wipe(store, token) {
  const edits = await store.number();
  if (edits.length) await post("/sync/escrow", token, { proto: PROTO, edits: edits.map(wireEdit) });
  await setSetting(`device:${store.agentId}`, null);
  await setSetting("agent", null);
  await store.destroy();
}
