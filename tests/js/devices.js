// This phone as one of the agent's devices: revoked, copied, taken over.

import { device, setSetting, setting, settings } from "../../portal/static/js/store/device.js";
import { Store } from "../../portal/static/js/store/index.js";
import { setPin } from "../../portal/static/js/store/pin.js";
import { sync } from "../../portal/static/js/sync/engine.js";
import { visitOthers } from "../../portal/static/js/sync/others.js";
import { signOut } from "../../portal/static/js/sync/sign-out.js";
import { check, equal, id, ok, refuses } from "./checks.js";
import { edit, readyPhone, silent } from "./sync.js";

const REVOKED = { code: "device_revoked", wipe: true };

/** @param {Store} store */
async function isGone(store) {
  return !(await indexedDB.databases()).some(({ name }) => name === `doorstep-${store.agentId}`);
}

check("a revoked phone hands in everything that was typed, and nothing of it is left", async () => {
  const { server, store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { city: "宁波" }));
  await store.commit([{ op: "delete", kind: "customer", id: row.id }]); // can still be taken back: it has no number yet
  const shown = JSON.stringify([["name", "林雪梅"], ["city", ""]]); // prettier-ignore
  await store.saveDraft("a", { fields: [["name", "林雪梅"], ["city", "金华"]], shown, at: "t", path: "/p" }); // prettier-ignore
  await store.saveDraft("b", { fields: [["name", "林雪梅"]], shown, at: "t", path: "/q" });
  await setPin(store.agentId, "123456");
  await setSetting("toast", { text: "林雪梅", undo_href: "" });
  server.fail(401, REVOKED);
  equal(await go(), "revoked");
  equal(
    server.escrow.map(({ n, op, set, fields }) => [n ?? 0, op, set?.city[1] ?? fields?.[0][1] ?? ""]),
    [
      [1, "update", "宁波"],
      [2, "delete", ""],
      [0, "draft", "金华"],
    ],
  );
  ok(await isGone(store), "the book is deleted");
  const kept = await settings();
  equal([kept.agent, kept[`device:${store.agentId}`], kept[`pin:${store.agentId}`], kept.toast], [undefined, undefined, undefined, undefined]); // prettier-ignore
  equal([kept.revoked.edits, kept.revoked.drafts], [2, 1]);
  await setSetting("revoked", null);
});

check("what cannot be handed in stays closed: nothing is shown, nothing added, and it is offered again", async () => {
  const { server, store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { city: "宁波" }));
  server.fail(401, REVOKED);
  server.fail(503, { code: "busy" }, { "Retry-After": "60" });
  equal(await go(), "revoked");
  equal([(await store.status()).trouble, (await store.status()).waiting], ["revoked", 1]);
  await refuses(() => store.commit(edit(row.id, { city: "金华" })), "Closed");
  await store.saveDraft("late", { fields: [["city", "金华"]] });
  equal(await store.drafts(), []);
  equal(await go(), "later");
  await store.setMeta("sync_not_before", null);
  server.fail(401, REVOKED);
  equal(await go(), "revoked");
  equal([server.escrow.length, await isGone(store), (await setting("revoked")).edits], [1, true, 1]);
  await setSetting("revoked", null);
});

check("a page that slept through it keeps no draft in the emptied book", async () => {
  const { store } = await readyPhone();
  await store.clear();
  await store.saveDraft("late", { fields: [["city", "金华"]] });
  equal(await store.drafts(), []);
});

check("what a copy of the phone handed in under the same number is kept beside it", async () => {
  const { server, store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { city: "宁波" }));
  server.escrow.push({ n: 1, op: "update", kind: "customer", id: row.id, set: { city: [null, "copy"] } });
  server.fail(401, REVOKED);
  equal(await go(), "revoked");
  equal(
    server.escrow.map(({ n, set }) => [n ?? 0, set.city[1]]),
    [
      [1, "copy"],
      [0, "宁波"],
    ],
  );
  await setSetting("revoked", null);
});

check("a bundle that is too large is handed in by halves; one that is refused stays", async () => {
  const { server, store, go } = await readyPhone();
  await store.commit(
    [...Array(9)].map((_, i) => ({ op: "create", kind: "customer", id: id(), set: { name: `${i}` } })),
  );
  server.fail(401, REVOKED);
  server.fail(413, { code: "too_large" });
  server.requests.length = 0;
  equal(await go(), "revoked");
  equal(
    server.requests.slice(1).map(({ body }) => body.edits.length),
    [9, 5, 4],
  );
  const full = await readyPhone();
  await full.store.commit(edit(full.row.id, { city: "宁波" }));
  full.server.fail(401, REVOKED);
  full.server.fail(413, { code: "escrow_full" });
  equal(await full.go(), "revoked");
  equal((await full.store.status()).waiting, 1);
  await setSetting("revoked", null);
});

check("a phone that signs out without a network says that it is still listed", async () => {
  const { server, store } = await readyPhone();
  for (let i = 0; i < 3; i++) {
    server.faults.push(() => {
      throw new TypeError("no network");
    });
  }
  equal([await signOut(store), server.goodbyes, await isGone(store)], ["untold", 0, true]);
});

check("what the server had from a copy is settled first, the rest goes under the numbers of a new device", async () => {
  const { server, store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { city: "宁波" }));
  server.loseReply();
  equal(await go(), "offline"); // taken in; this phone does not know
  server.lastN = 2;
  server.ledger.set(2, { text: "of the copy", verdict: {} });
  await store.commit(edit(row.id, { city: "金华" }));
  server.requests.length = 0;
  equal(await go(), "done");
  const pushed = server.requests.filter(({ path }) => path === "/sync/push").map(({ body }) => body.edits);
  equal(
    pushed.map((edits) => edits.map((/** @type {any} */ one) => [one.n, one.set.city[1]])),
    [[[1, "宁波"], [2, "金华"]], [[1, "宁波"]], [[1, "金华"]]], // prettier-ignore
  );
  equal([(await device(store.agentId))?.token, server.rows.get(`customer:${row.id}`).row.city], ["t2", "金华"]);
});

check("a phone that may not register says so and keeps what it has", async () => {
  const { server, store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { city: "宁波" }));
  server.fail(409, { code: "device_forked", n: 1 });
  server.fail(409, { code: "too_many_devices" });
  equal(await go(), "too_many");
  equal([(await store.status()).trouble, (await store.status()).waiting], ["too_many", 1]);
});

check("the book of somebody who used this phone before is wiped too, and nobody else hears of it", async () => {
  for (const key of Object.keys(await settings())) if (key.startsWith("device:")) await setSetting(key, null);
  const before = await readyPhone();
  await before.store.commit(edit(before.row.id, { city: "宁波" }));
  const { server, store } = await readyPhone();
  server.fail(401, REVOKED);
  await setSetting("others_asked_at", null);
  await visitOthers(store.agentId);
  equal([await isGone(before.store), await isGone(store), await setting("revoked")], [true, false, null]);
  equal([await device(before.store.agentId), server.escrow.map(({ set }) => set.city[1])], [null, ["宁波"]]);
  equal((await settings()).agent.id, store.agentId);
  server.requests.length = 0;
  await visitOthers(store.agentId);
  equal(server.requests.length, 0);
});

// ---- whose turn it is -----------------------------------------------------------------------------------------------

check("one syncer at a time", async () => {
  const { go } = await readyPhone();
  equal((await Promise.all([go(), go()])).sort(), ["busy", "done"]);
});

check("a sleeper loses the lock after its silence, and not before", async () => {
  const { store, go } = await readyPhone();
  const held = new Promise((resolve) => {
    navigator.locks.request(`doorstep-sync-${store.agentId}`, () => new Promise(resolve)).catch(() => {});
  });
  await Promise.race([held, new Promise((resolve) => setTimeout(resolve, 50))]);
  await store.setMeta("sync_beat", Date.now() - 80_000);
  equal(await go(), "busy");
  await store.setMeta("sync_beat", Date.now() - 100_000);
  equal(await go(), "done");
  equal(await go(), "done");
});

check("a sleeper that wakes up after being taken over stores nothing", async () => {
  const { server, store, row } = await readyPhone();
  const sleeper = new Store(store.agentId);
  server.write("customer", { id: row.id, city: "old page" });
  const stale = await (await fetch("/sync/pull", post({ cursor: await store.meta("cursor"), limit: 500 }))).json();
  /** @type {(value: any) => void} */
  let wake = () => {};
  const slept = new Promise((resolve) => (wake = resolve));
  server.faults.push(() => /** @type {any} */ (slept));
  const network = globalThis.fetch;
  globalThis.fetch = /** @type {any} */ (async () => slept);
  const first = sync(sleeper, silent, { eager: true });
  await new Promise((resolve) => setTimeout(resolve, 50));
  globalThis.fetch = network;
  server.faults.length = 0;
  server.write("customer", { id: row.id, city: "new" });
  await store.setMeta("sync_beat", Date.now() - 100_000);
  equal(await sync(store, silent, { eager: true }), "done");
  const cursor = await store.meta("cursor");
  wake(new Response(JSON.stringify(stale)));
  equal(await first, "busy");
  await new Promise((resolve) => setTimeout(resolve, 50));
  equal([await store.meta("cursor"), (await store.get("customer", row.id))?.city], [cursor, "new"]);
  equal((await store.status()).trouble, null);
  sleeper.close();
});

/** @param {any} body @returns {any} */
function post(body) {
  return { method: "POST", body: JSON.stringify(body), headers: {} };
}
