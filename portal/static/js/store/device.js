// What belongs to the phone and not to one agent's book: who is signed in here, the device's token, language, looks.

import { Database } from "./database.js";
import { open, seal } from "./seal.js";

/**
 * @typedef {object} Agent who this phone works for, as the sign-in page told it
 * @property {string} id
 * @property {string} name
 * @property {string} role agent, leader, office, manager, compliance or admin
 * @property {string} unit_name
 * @property {string} registration practice-registration number
 * @property {string} [registration_status] registered, pending, suspended or cancelled
 * @property {string | null} [registration_expires] its last day; null: without an end
 * @property {number} [sales_grade] which grades of products the person may sell, 1 to 4
 * @property {string} phone work phone
 * @property {Record<string, string>} [colleagues] the others of the unit, name by id
 *
 * @typedef {object} Device one installed app of one agent
 * @property {string} device id
 * @property {string} token for /sync only
 * @property {string} agent id
 * @property {number} proto
 * @property {string} [label] what the list of devices calls it
 */

const database = new Database("doorstep", 1, (db, from) => {
  if (from < 1) db.createObjectStore("settings");
});

/**
 * @param {string} key
 * @returns {Promise<any>} null when never set
 */
export async function setting(key) {
  const kept = await database.run(["settings"], "readonly", (tx) => tx.objectStore("settings").get(key));
  return kept === undefined ? null : open(kept);
}

/** @returns {Promise<Record<string, any>>} all settings at once, for one page */
export async function settings() {
  return database.run(["settings"], "readonly", async (tx) => {
    const store = tx.objectStore("settings");
    const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()]);
    return Object.fromEntries(keys.map((key, i) => [String(key), open(values[i])]));
  });
}

/**
 * @param {string} key `language`, `theme`, `type`, …; a value of null takes the setting away
 * @param {any} value
 */
export async function setSetting(key, value) {
  await database.run(
    ["settings"],
    "readwrite",
    async (tx) => {
      const store = tx.objectStore("settings");
      await (value === null ? store.delete?.(key) : store.put?.(seal(value), key));
    },
    { strict: true },
  );
}

/** @returns {Promise<Agent | null>} who is signed in on this phone */
export function currentAgent() {
  return setting("agent");
}

/**
 * @param {string} agentId
 * @returns {Promise<Device | null>}
 */
export function device(agentId) {
  return setting(`device:${agentId}`);
}

/**
 * Keep a registered device and make its agent the one this phone works for.
 * @param {Agent} agent
 * @param {Device} registered
 */
export async function signIn(agent, registered) {
  await setSetting(`device:${agent.id}`, registered);
  await setSetting("agent", agent);
  await setSetting("revoked", null);
}

/**
 * Everything here that tells of an agent goes, at once.
 * @param {string} agentId
 */
export async function forgetAgent(agentId) {
  const work = async (/** @type {import("./database.js").Transaction} */ tx) => {
    const store = tx.objectStore("settings");
    const agent = open(await store.get("agent"));
    const gone = [`device:${agentId}`, `pin:${agentId}`];
    // What the last page had to say may name a customer.
    if (!agent || agent.id === agentId) gone.push("agent", "card_asked_at", "evicted_at", "handed", "locked", "toast");
    for (const key of gone) await store.delete?.(key);
  };
  await database.run(["settings"], "readwrite", work, { strict: true });
}
