// Books of other agents who used this phone before. What waits in them is sent, and one whose device was revoked is
// handed in and deleted, also when its agent never comes back to this phone.

import { setSetting, settings } from "../store/device.js";
import { openStore } from "../store/index.js";
import { sync } from "./engine.js";

const EVERY_MS = 3600_000;
const ASKED = "others_asked_at";
const SILENT = { progress() {}, async status() {} };

/** @param {string} agentId who this phone works for now */
export async function visitOthers(agentId) {
  const known = await settings();
  const others = Object.keys(known).filter((key) => key.startsWith("device:") && key !== `device:${agentId}`);
  if (!others.length || Date.now() - (known[ASKED] ?? 0) < EVERY_MS) return;
  await setSetting(ASKED, Date.now());
  for (const key of others) {
    const store = openStore(key.slice("device:".length));
    // A book that is not whole is no work for somebody else's phone.
    if ((await store.meta("ready")) === true) await sync(store, SILENT, { eager: false }).catch(() => {});
  }
}
