// Whose turn it is to sync: one context of this browser, under a lock, for as long as it gives signs of life.
//
// It is the service worker that syncs, so a frozen tab holds nothing. But two workers of two builds may live side by
// side for a moment, and a page of an older build may hold the lock and be put to sleep. A worker that is killed gives
// its lock back; one that hangs is recognised by its silence, and loses its turn: what it still brings is not stored.

import { device } from "../store/device.js";
import { newId } from "../store/ids.js";
import { TakenOver } from "../store/turns.js";

/**
 * @typedef {import("../store/index.js").Store} Store
 */

const BEAT_MS = 15_000;
// A holder that has not been heard of for this long is frozen and loses the lock.
const SILENCE_MS = 90_000;

/**
 * @template T
 * @param {Store} store
 * @param {(turn: string) => Promise<T>} work does nothing to the store once its turn is over
 * @returns {Promise<T | "busy">} busy: somebody else syncs, or took over
 */
export async function inTurn(store, work) {
  const name = `doorstep-sync-${store.agentId}`;
  /** @param {Lock | null} lock */
  const run = async (lock) => {
    if (!lock) return null;
    // A book whose device is gone is being deleted: a sign of life would make it again.
    return (await device(store.agentId)) ? beating(store, work) : work("");
  };
  try {
    const outcome = await navigator.locks.request(name, { ifAvailable: true }, run);
    if (outcome !== null) return outcome;
    const beat = (await store.meta("sync_beat")) ?? 0;
    if (Date.now() - beat < SILENCE_MS) return "busy";
    return (await navigator.locks.request(name, { steal: true }, run)) ?? "busy";
  } catch (error) {
    // The lock was stolen from us (AbortError), or what we brought came too late.
    if (error instanceof TakenOver || /** @type {Error} */ (error)?.name === "AbortError") return "busy";
    throw error;
  }
}

/**
 * @template T
 * @param {Store} store
 * @param {(turn: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function beating(store, work) {
  const turn = newId();
  await store.setMeta("sync_beat", Date.now());
  await store.setMeta("sync_turn", turn);
  const beat = async () => {
    if ((await store.meta("sync_turn")) === turn) await store.setMeta("sync_beat", Date.now());
  };
  const timer = setInterval(() => void beat().catch(() => {}), BEAT_MS);
  try {
    return await work(turn);
  } finally {
    clearInterval(timer);
  }
}
