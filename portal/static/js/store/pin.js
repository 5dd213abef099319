// The six-digit PIN that leads out of the customer's view. Only a slow hash of it is kept, on this phone alone; after
// five wrong tries the password is asked for online.

import { device, setSetting, setting } from "./device.js";

export const TRIES = 5;
const ITERATIONS = 310_000;

/**
 * @typedef {{salt: Uint8Array, hash: Uint8Array, iterations: number, tries: number}} Kept
 * @typedef {"right" | "wrong" | "locked" | "none"} Answer
 */

/**
 * @param {string} pin
 * @returns {boolean}
 */
export function isPin(pin) {
  return /^\d{6}$/.test(pin);
}

/**
 * @param {string} agentId
 * @returns {Promise<boolean>}
 */
export async function hasPin(agentId) {
  return (await setting(key(agentId))) !== null;
}

/**
 * @param {string} agentId
 * @param {string} pin six digits
 */
export async function setPin(agentId, pin) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const hash = await slowHash(pin, salt, ITERATIONS);
  await setSetting(key(agentId), { salt, hash, iterations: ITERATIONS, tries: 0 });
}

/** @param {string} agentId */
export async function removePin(agentId) {
  await setSetting(key(agentId), null);
}

/**
 * @param {string} agentId
 * @param {string} pin
 * @returns {Promise<{answer: Answer, left: number}>} left: tries before the password is asked for
 */
export async function checkPin(agentId, pin) {
  /** @type {Kept | null} */
  const kept = await setting(key(agentId));
  if (!kept) return { answer: "none", left: 0 };
  if (kept.tries >= TRIES) return { answer: "locked", left: 0 };
  // Counted before it is looked at: closing the app in between wins no try.
  await setSetting(key(agentId), { ...kept, tries: kept.tries + 1 });
  if (!equal(await slowHash(pin, kept.salt, kept.iterations), kept.hash)) {
    const left = TRIES - kept.tries - 1;
    return { answer: left ? "wrong" : "locked", left };
  }
  await setSetting(key(agentId), { ...kept, tries: 0 });
  return { answer: "right", left: TRIES };
}

/**
 * After five wrong tries: the password, checked by the server, opens and gives five new ones.
 * @param {string} agentId
 * @param {string} password
 * @returns {Promise<"right" | "wrong" | "offline" | "sign_in">}
 */
export async function checkPassword(agentId, password) {
  const registered = await device(agentId);
  /** @type {Response} */
  let response;
  try {
    response = await fetch("/account/password-checks", {
      method: "POST",
      headers: { "Content-Type": "application/json", ...bearer(registered) },
      body: JSON.stringify({ password }),
      credentials: "same-origin",
    });
  } catch {
    return "offline";
  }
  if (response.status === 401) return "sign_in";
  if (!response.ok) return "wrong";
  /** @type {Kept | null} */
  const kept = await setting(key(agentId));
  if (kept) await setSetting(key(agentId), { ...kept, tries: 0 });
  return "right";
}

/** @param {import("./device.js").Device | null} registered */
function bearer(registered) {
  /** @type {Record<string, string>} */
  const headers = registered ? { Authorization: `Bearer ${registered.token}` } : {};
  return headers;
}

/** @param {string} agentId */
function key(agentId) {
  return `pin:${agentId}`;
}

/**
 * @param {string} pin
 * @param {Uint8Array} salt
 * @param {number} iterations
 */
async function slowHash(pin, salt, iterations) {
  const material = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt: /** @type {BufferSource} */ (salt), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, material, 256));
}

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
function equal(a, b) {
  return a.length === b.length && a.reduce((differs, byte, i) => differs | (byte ^ b[i]), 0) === 0;
}
