// The server was restored from a backup: what it had acknowledged since then comes back from the phones, once.

import { setSetting } from "../../portal/static/js/store/device.js";
import { Store } from "../../portal/static/js/store/index.js";
import { sync } from "../../portal/static/js/sync/engine.js";
import { check, equal, id, ok } from "./checks.js";
import { Server } from "./server.js";

const silent = { progress() {}, async status() {} };

async function readyPhone() {
  const server = new Server();
  const store = new Store(id());
  server.agent = store.agentId;
  server.install();
  await server.register(store.agentId);
  const go = () => sync(store, silent, { eager: true });
  const row = server.write("customer", { id: id(), name: "林雪梅", mobile: "13800000005", city: "杭州" });
  equal(await go(), "done");
  return { server, store, go, row };
}

/** @param {string} customer @param {any} set */
function edit(customer, set) {
  return [{ op: /** @type {const} */ ("update"), kind: "customer", id: customer, set }];
}

/** @param {Server} server @returns {number[][]} numbers of the edits of each push */
function pushed(server) {
  const pushes = server.requests.filter(({ path, body }) => path === "/sync/push" && body.edits.length);
  return pushes.map(({ body }) => body.edits.map((/** @type {any} */ one) => one.n));
}

check("a phone with nothing to send sends again what was acknowledged and lost, only that", async () => {
  const { server, store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { city: "宁波" }));
  await go();
  const kept = server.backup();
  const added = id();
  await store.commit(edit(row.id, { city: "金华" }));
  await go();
  await store.commit([{ op: "create", kind: "customer", id: added, set: { name: "新客户" } }]);
  await go();
  server.restore(kept);
  server.requests.length = 0;
  equal(await go(), "done");
  equal(pushed(server), [[2, 3]]);
  equal(
    [server.rows.get(`customer:${row.id}`).row.city, server.rows.get(`customer:${added}`).row.name],
    ["金华", "新客户"],
  );
  equal([(await store.get("customer", row.id))?.city, (await store.book()).length], ["金华", 2]);
  const told = await store.meta("restored");
  equal([told.again, told.gone], [2, 0]);
  server.requests.length = 0;
  equal(await go(), "done");
  equal(pushed(server), [], "once");
});

check("a server that is restored twice gets it twice", async () => {
  const { server, store, go, row } = await readyPhone();
  const kept = server.backup();
  await store.commit(edit(row.id, { city: "宁波" }));
  await go();
  server.restore(kept);
  await go();
  server.restore(kept);
  await go();
  equal([server.rows.get(`customer:${row.id}`).row.city, server.lastN], ["宁波", 1]);
});

check("a server of the version before, which knows no earlier devices, is asked for this one", async () => {
  const { server, store, go, row } = await readyPhone();
  const kept = server.backup();
  await store.commit(edit(row.id, { city: "宁波" }));
  await go();
  server.restore(kept);
  server.faults.push(
    () => null,
    () => null,
    () => new Response("", { status: 404 }),
  );
  equal(await go(), "done");
  ok(server.requests.some(({ path }) => path === "/sync/known"));
  equal(server.rows.get(`customer:${row.id}`).row.city, "宁波");
});

check("after a restore what waits comes after what was lost, and nothing shown is gone", async () => {
  const { server, store, go, row } = await readyPhone();
  const kept = server.backup();
  await store.commit(edit(row.id, { city: "宁波" }));
  await go();
  server.restore(kept);
  await store.commit(edit(row.id, { mobile: "13900000005" }));
  equal(await go(), "done");
  const { city, mobile } = server.rows.get(`customer:${row.id}`).row;
  equal([city, mobile, server.lastN], ["宁波", "13900000005", 2]);
});

check("a phone registered after the backup registers anew and sends all of its own again", async () => {
  const { server, store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { city: "宁波" }));
  await go();
  server.restore({
    ...server.backup(),
    rows: new Map([[`customer:${row.id}`, { kind: "customer", id: row.id, row }]]),
    lastN: 0,
    device: "d9",
    ledger: new Map(),
  });
  server.requests.length = 0;
  server.fail(401, { code: "unauthenticated" });
  server.fail(401, { code: "unauthenticated" });
  equal(await go(), "sign_in");
  equal((await store.get("customer", row.id))?.city, "宁波", "until somebody signs in nothing is lost");
  equal(await go(), "done");
  equal([server.rows.get(`customer:${row.id}`).row.city, server.lastN, pushed(server)], ["宁波", 1, [[1]]]);
});

check("edits of an earlier registration that the server still has are not sent again", async () => {
  const { server, store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { city: "宁波" }));
  await go();
  const kept = server.backup();
  await setSetting(`device:${store.agentId}`, { device: "d7", token: "t7", agent: store.agentId, proto: 1 });
  server.restore({ ...kept, device: "d7", lastN: 0, ledger: new Map() });
  server.earlier = { d1: 1 };
  server.requests.length = 0;
  equal(await go(), "done");
  equal(pushed(server), []);
  await store.commit(edit(row.id, { city: "金华" }));
  equal(await go(), "done");
  equal(pushed(server), [[1]]);
});

check("what is older than thirty days is gone and said; the rest goes under new numbers", async () => {
  const { server, store, go, row } = await readyPhone();
  const kept = server.backup();
  for (const city of ["宁波", "金华", "温州"]) {
    await store.commit(edit(row.id, { city }));
    await go();
  }
  await forget(store, 1);
  server.restore(kept);
  equal(await go(), "done");
  equal((await store.status()).waiting, 0);
  const told = await store.meta("restored");
  equal([told.again, told.gone], [2, 1]);
  ok(server.device !== "d1");
});

check("what a person let go does not come back, and holds no number up", async () => {
  const { server, store, go, row } = await readyPhone();
  const kept = server.backup();
  await store.commit(edit(row.id, { name: "refuse" }));
  await go();
  const { rejected } = await store.outbox();
  await store.discard(rejected[0].seq);
  await store.commit(edit(row.id, { city: "宁波" }));
  await go();
  server.restore(kept);
  equal(await go(), "done");
  equal([(await store.status()).refused, server.lastN, server.rows.get(`customer:${row.id}`).row.city], [0, 2, "宁波"]);
  equal(server.rows.get(`customer:${row.id}`).row.name, "林雪梅");
});

check("what another phone has to bring back first is sent again when it is there", async () => {
  const { server, store, go } = await readyPhone();
  const kept = server.backup();
  const theirs = server.write("customer", { id: id(), name: "罗晓梦" });
  await go();
  const relative = id();
  await store.commit([
    { op: "create", kind: "relative", id: relative, set: { customer_id: theirs.id, name: "李思齐" } },
  ]);
  await go();
  server.restore(kept);
  equal(await go(), "done");
  equal(
    (await store.outbox()).rejected.map((item) => item.error?.code),
    ["depends_on"],
  );
  server.write("customer", { id: theirs.id, name: "罗晓梦" });
  equal(await go(), "done");
  equal([(await store.status()).refused, server.rows.get(`relative:${relative}`)?.row.name], [0, "李思齐"]);
});

check("acknowledged edits are forgotten after thirty days", async () => {
  const { store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { city: "宁波" }));
  await go();
  await inStore(store, async (acked) => {
    const [kept] = await all(acked);
    acked.put({ ...kept, acked_at: new Date(Date.now() - 31 * 86_400_000).toISOString() });
  });
  equal((await store.outbox()).received.length, 1);
  await store.commit(edit(row.id, { city: "金华" }));
  await go();
  equal((await store.outbox()).received.length, 1);
});

/** @param {Store} store @param {number} n of an acknowledged edit that is pruned */
function forget(store, n) {
  return inStore(store, async (acked) => {
    for (const kept of await all(acked)) if (kept.n === n) acked.delete(kept.seq);
  });
}

/** @param {IDBObjectStore} store @returns {Promise<any[]>} */
function all(store) {
  return new Promise((resolve) => {
    const asked = store.getAll();
    asked.onsuccess = () => resolve(asked.result);
  });
}

/** @param {Store} store @param {(acked: IDBObjectStore) => Promise<void>} work */
function inStore(store, work) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(`doorstep-${store.agentId}`);
    opening.onsuccess = () => {
      const tx = opening.result.transaction(["acked"], "readwrite");
      tx.oncomplete = () => {
        opening.result.close();
        resolve(undefined);
      };
      void work(tx.objectStore("acked")).catch(reject);
    };
  });
}
