// The agent's own card on the phone: name, unit, registration, and the names of the colleagues. The office may change them after the phone was set up.

import { device, setSetting, setting } from "../store/device.js";
import { get } from "./wire.js";

const EVERY_MS = 12 * 3600_000;
const ASKED = "card_asked_at";

/**
 * Ask for the card when it is older than half a day. Nothing waits for it: without an answer the old card stays.
 * @param {string} agentId
 */
export async function freshenCard(agentId) {
  const kept = await setting("agent");
  // A phone of the version before does not know yet what its agent may sell.
  const asked = kept && "sales_grade" in kept ? await setting(ASKED) : 0;
  if (Date.now() - (asked ?? 0) < EVERY_MS) return;
  const registered = await device(agentId);
  if (!registered || kept?.id !== agentId) return;
  try {
    const { agent, colleagues: others } = await (await get("/api/me", registered.token)).json();
    const { name, role, unit_name, work_phone: phone } = agent;
    const { registration, registration_status, registration_expires, sales_grade } = agent;
    const authority = { registration, registration_status, registration_expires, sales_grade };
    const colleagues = Object.fromEntries(others.map((/** @type {any} */ one) => [one.id, one.name]));
    await setSetting("agent", { ...kept, name, role, unit_name, ...authority, phone, colleagues });
    await setSetting(ASKED, Date.now());
  } catch {
    // Asked again after the next sync.
  }
}
