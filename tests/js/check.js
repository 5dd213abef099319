// The phone's copy against the server's: whatever is altered here or there is found and put right.

import { Store } from "../../portal/static/js/store/index.js";
import { checkBook } from "../../portal/static/js/sync/check.js";
import { sync } from "../../portal/static/js/sync/engine.js";
import { check, equal, id, ok } from "./checks.js";
import { Server } from "./server.js";

const silent = { progress() {}, async status() {} };
const noPause = async () => {};

async function bookOfTen() {
  const server = new Server();
  const store = new Store(id());
  server.agent = store.agentId;
  server.install();
  await server.register(store.agentId);
  const rows = [...Array(10)].map((_, i) => server.write("customer", { id: id(), name: `客户${i}`, city: "杭州" }));
  rows.map((row) => server.write("visit", { id: id(), customer_id: row.id, note: "谈过" }));
  const go = () => sync(store, silent, { eager: true });
  equal(await go(), "done");
  equal(await checkBook(store, noPause), "fine");
  await again(store);
  return { server, store, go, rows };
}

/** @param {Store} store */
async function again(store) {
  await store.setMeta("checked_at", null);
  await store.setMeta("check_tried_at", null);
}

/** @param {Store} store @param {string} name @param {(kept: IDBObjectStore) => void} work past the store */
function alter(store, name, work) {
  return new Promise((resolve) => {
    const opening = indexedDB.open(`doorstep-${store.agentId}`);
    opening.onsuccess = () => {
      const tx = opening.result.transaction([name], "readwrite");
      tx.oncomplete = () => {
        opening.result.close();
        resolve(undefined);
      };
      work(tx.objectStore(name));
    };
  });
}

check("a book that agrees costs no request, and is looked at once a day", async () => {
  const { server, store } = await bookOfTen();
  server.requests.length = 0;
  equal(await checkBook(store, noPause), "fine");
  equal(await checkBook(store, noPause), "later");
  equal(server.requests.length, 0);
});

check("a row altered on the phone is found, fetched and put right, with its line", async () => {
  const { server, store, go, rows } = await bookOfTen();
  const { id: wrong, created_at } = rows[3];
  const row = { id: wrong, ver: 99, name: "窜改", city: "", created_at };
  await alter(store, "rows", (kept) => kept.put({ kind: "customer", id: wrong, tree: wrong, row }));
  equal(await checkBook(store, noPause), "mended");
  equal([(await store.get("customer", wrong))?.name, (await store.line(wrong))?.name], ["客户3", "客户3"]);
  const asked = server.requests.filter(({ path }) => path === "/sync/rows");
  equal(asked[0].body.records.length, 1, "only what is wrong is fetched");
  equal((await store.meta("mended")).count, 1);
  await go();
  equal(server.requests.at(-1)?.body.status.mended, 1, "and it is reported");
  await again(store);
  equal(await checkBook(store, noPause), "fine");
});

check("a row that is missing comes back, one too many goes, with the line", async () => {
  const { store, rows } = await bookOfTen();
  const ghost = id();
  const row = { ...rows[0], id: ghost, name: "无人" };
  await alter(store, "rows", (kept) => {
    kept.delete(["customer", rows[5].id]);
    kept.put({ kind: "customer", id: ghost, tree: ghost, row });
  });
  equal(await checkBook(store, noPause), "mended");
  equal([(await store.get("customer", rows[5].id))?.name, await store.get("customer", ghost)], ["客户5", null]);
  equal((await store.book()).length, 10);
});

check("own unsent edits stay on top of what is put right", async () => {
  const { store, go, server, rows } = await bookOfTen();
  const { id: wrong } = rows[2];
  await store.commit([{ op: "update", kind: "customer", id: wrong, set: { city: "宁波" } }]);
  await alter(store, "base", (kept) =>
    kept.put({ kind: "customer", id: wrong, tree: wrong, row: { ...rows[2], name: "窜改" } }),
  );
  equal(await checkBook(store, noPause), "mended");
  const shown = await store.get("customer", wrong);
  equal([shown?.name, shown?.city, (await store.status()).waiting], ["客户2", "宁波", 1]);
  await go();
  equal(server.rows.get(`customer:${wrong}`).row.city, "宁波");
});

check("what is shown of a record with unsent edits is made anew", async () => {
  const { store, rows } = await bookOfTen();
  const { id: wrong } = rows[2];
  await store.commit([{ op: "update", kind: "customer", id: wrong, set: { city: "宁波" } }]);
  await alter(store, "rows", (kept) =>
    kept.put({ kind: "customer", id: wrong, tree: wrong, row: { ...rows[2], name: "窜改" } }),
  );
  await checkBook(store, noPause);
  const shown = await store.get("customer", wrong);
  equal([shown?.name, shown?.city], ["客户2", "宁波"]);
});

check("an altered, a missing and a surplus search line are found and made anew", async () => {
  const { store, rows } = await bookOfTen();
  await alter(store, "search", (kept) => {
    const asked = kept.getAll();
    asked.onsuccess = () => {
      const [one, two] = asked.result.filter(({ lines }) => lines.length > 2);
      const lines = JSON.parse(one.lines);
      lines[0][1] = "窜改";
      lines.push(["01990000-0000-7000-8000-ffffffffffff", "无人"]);
      kept.put({ ...one, lines: JSON.stringify(lines) });
      if (two) kept.put({ ...two, lines: "[" });
    };
  });
  equal(await checkBook(store, noPause), "mended");
  const names = (await store.book()).map((line) => line.name).sort();
  equal(names, rows.map((row) => row.name).sort());
  await again(store);
  equal(await checkBook(store, noPause), "fine");
});

check("a record under the wrong customer goes back to its own", async () => {
  const { store, rows } = await bookOfTen();
  const [visit] = await store.list("visit");
  await alter(store, "rows", (kept) => kept.put({ kind: "visit", id: visit.id, tree: rows[9].id, row: visit }));
  equal(await checkBook(store, noPause), "mended");
  equal((await store.tree(visit.customer_id))?.visits.length, 1);
});

check("a digest that is wrong on the server changes nothing on the phone", async () => {
  const { server, store, go, rows } = await bookOfTen();
  server.headDigest = "00000000000000ff";
  await go();
  equal(await checkBook(store, noPause), "fine");
  server.wrongDigests.set(`customer:${rows[1].id}`, "00000000000000ff");
  await go();
  await again(store);
  equal(await checkBook(store, noPause), "fine");
  equal([server.headDigest, server.wrongDigests.size, await store.meta("mended")], [null, 0, null]);
});

check("news that comes while it is looked are no fault", async () => {
  const { server, store, go, rows } = await bookOfTen();
  for (let i = 0; i < 120; i++) server.write("visit", { id: id(), customer_id: rows[1].id, note: "谈过" });
  await go();
  let slices = 0;
  const pause = async () => {
    if (++slices !== 2) return;
    server.write("customer", { id: rows[0].id, name: "改了名" });
    await go();
  };
  equal(await checkBook(store, pause), "moved");
  equal(await checkBook(store, noPause), "later", "not at once");
  await again(store);
  equal(await checkBook(store, noPause), "fine");
  server.write("customer", { id: rows[0].id, name: "又改" });
  await alter(store, "rows", (kept) => kept.delete(["customer", rows[5].id]));
  await again(store);
  equal(await checkBook(store, noPause), "moved", "the server speaks of another moment");
  await go();
  await again(store);
  equal(await checkBook(store, noPause), "mended");
  ok(await store.get("customer", rows[5].id));
});
