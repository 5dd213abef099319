import { currentAgent, device, setSetting } from "../../portal/static/js/store/device.js";
import { Store } from "../../portal/static/js/store/index.js";
import { backoff, retryAfter } from "../../portal/static/js/sync/backoff.js";
import { sync } from "../../portal/static/js/sync/engine.js";
import { freshenCard } from "../../portal/static/js/sync/own-card.js";
import { signOut } from "../../portal/static/js/sync/sign-out.js";
import { BATCH_BYTES, batch } from "../../portal/static/js/sync/wire.js";
import { check, equal, id, ok } from "./checks.js";
import { Server } from "./server.js";

export const silent = { progress() {}, async status() {} };

/** @returns {Promise<{server: Server, store: Store, go: () => Promise<string>}>} a phone with an empty, complete book */
export async function phone() {
  const server = new Server();
  const store = new Store(id());
  server.agent = store.agentId;
  server.install();
  await server.register(store.agentId);
  const go = () => sync(store, silent, { eager: true });
  return { server, store, go };
}

export async function readyPhone() {
  const made = await phone();
  const row = made.server.write("customer", { id: id(), name: "林雪梅", mobile: "13800000005", city: "杭州" });
  equal(await made.go(), "done");
  return { ...made, row };
}

/** @param {string} customer @param {any} set */
export function edit(customer, set) {
  return [{ op: /** @type {const} */ ("update"), kind: "customer", id: customer, set }];
}

check("one round trip takes up what waits and brings down what is new", async () => {
  const { server, store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { mobile: "13900000005" }));
  server.write("customer", { id: id(), name: "罗晓梦" });
  server.requests.length = 0;
  equal(await go(), "done");
  equal(
    server.requests.map((request) => request.path),
    ["/sync/push"],
  );
  const { status } = server.requests[0].body;
  equal([status.waiting, typeof status.oldest_at], [1, "string"]);
  equal((await store.book()).length, 2);
  equal((await store.status()).waiting, 0);
  equal(
    (await store.outbox()).received.map((item) => item.verdict),
    ["ok"],
  );
  equal((await store.get("customer", row.id))?.ver, 2, "the reply carries the truth");
});

check("a lost reply is asked for again and counts once", async () => {
  const { server, store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { mobile: "13900000005" }));
  server.loseReply();
  equal(await go(), "offline");
  equal((await store.status()).waiting, 1);
  equal(await go(), "done");
  equal([server.lastN, (await store.status()).waiting, server.rows.get(`customer:${row.id}`).row.ver], [1, 0, 2]);
});

check("where two people changed one field the server's value is shown and the verdict kept", async () => {
  const { server, store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { mobile: "13900000005", city: "宁波" }));
  server.write("customer", { id: row.id, mobile: "13700000005" });
  equal(await go(), "done");
  const shown = await store.get("customer", row.id);
  equal([shown?.mobile, shown?.city], ["13700000005", "宁波"]);
  equal((await store.outbox()).received[0].verdict, "conflict");
});

check("a refused create waits in the tray with what hung on it, and goes through when corrected", async () => {
  const { server, store, go } = await readyPhone();
  const customer = id();
  const relative = id();
  await store.commit([
    { op: "create", kind: "customer", id: customer, set: { name: "refuse" } },
    { op: "create", kind: "relative", id: relative, set: { customer_id: customer, name: "李思齐" } },
  ]);
  equal(await go(), "done");
  const { rejected } = await store.outbox();
  equal(
    rejected.map((item) => item.error?.code),
    ["invalid", "depends_on"],
  );
  equal([await store.get("customer", customer), (await store.status()).refused], [null, 2]);
  await store.retry(rejected[0].seq, { name: "李国栋" });
  equal((await store.tree(customer))?.relatives.length, 1);
  equal(await go(), "done");
  equal([(await store.status()).refused, server.lastN], [0, 4]);
  equal(server.rows.get(`relative:${relative}`).row.name, "李思齐");
});

check("a refused edit is let go only because a person said so", async () => {
  const { store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { name: "refuse" }));
  await go();
  equal((await store.get("customer", row.id))?.name, "林雪梅");
  const { rejected } = await store.outbox();
  await store.discard(rejected[0].seq);
  equal((await store.status()).refused, 0);
});

check("a body that is too large is halved", async () => {
  const { server, store, go } = await readyPhone();
  await store.commit(
    [...Array(8)].map((_, i) => ({ op: "create", kind: "customer", id: id(), set: { name: `客户${i}` } })),
  );
  server.fail(413, {});
  server.requests.length = 0;
  equal(await go(), "done");
  equal(
    server.requests.map((request) => request.body.edits?.length),
    [8, 8],
  );
  server.fail(413, {});
  await store.commit(
    [...Array(250)].map((_, i) => ({ op: "create", kind: "customer", id: id(), set: { name: `客户${i}` } })),
  );
  server.requests.length = 0;
  equal(await go(), "done");
  equal(
    server.requests.map((request) => request.body.edits?.length),
    [200, 100, 100, 50],
  );
  ok(server.requests[0].packed, "a large body is packed");
});

check("a batch is never heavier than the server likes", async () => {
  const noise = () =>
    [...crypto.getRandomValues(new Uint8Array(40_000))].map((byte) => String.fromCharCode(33 + (byte % 90))).join("");
  const edits = [...Array(40)].map(
    (_, i) =>
      /** @type {any} */ ({ n: i, op: "create", kind: "visit", id: id(), set: { note: [null, noise()] }, at: "" }),
  );
  const some = await batch(edits, 200);
  ok(some.length >= 5 && some.length < 40, `${some.length}`);
  equal((await batch(edits.slice(0, 1), 200)).length, 1);
  ok(BATCH_BYTES === 524_288);
});

check("after a restore of the server acknowledged edits are sent again", async () => {
  const { server, store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { city: "宁波" }));
  await store.commit(edit(row.id, { city: "金华" }));
  equal(await go(), "done");
  const before = { ...row };
  server.rows.get(`customer:${row.id}`).row = before;
  server.lastN = 0;
  server.ledger.clear();
  await store.commit(edit(row.id, { city: "温州" }));
  equal(await go(), "done");
  equal([server.lastN, server.rows.get(`customer:${row.id}`).row.city], [3, "温州"]);
});

check("a forked phone registers anew and sends its unsent edits under new numbers", async () => {
  const { server, store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { city: "宁波" }));
  server.fail(409, { code: "device_forked", n: 1 });
  server.lastN = 0;
  equal(await go(), "done");
  equal((await device(store.agentId))?.token, "t2");
  equal(server.rows.get(`customer:${row.id}`).row.city, "宁波");
});

check("410: the book is fetched anew, what waits is kept and shown", async () => {
  const { server, store, go, row } = await readyPhone();
  const added = id();
  await store.commit([
    ...edit(row.id, { city: "宁波" }),
    { op: "create", kind: "customer", id: added, set: { name: "新客户" } },
  ]);
  server.fail(410, { code: "rebootstrap", epoch: 2 });
  server.faults.push(
    () => null,
    () => new Response("", { status: 500 }),
  );
  equal(await go(), "failed");
  equal([(await store.get("customer", row.id))?.city, (await store.get("customer", added))?.name], ["宁波", "新客户"]);
  equal((await store.status()).waiting, 2);
  equal(await go(), "done");
  equal((await store.status()).waiting, 0);
});

check("a token the server does not know asks for a sign-in and keeps everything", async () => {
  const { server, store, go, row } = await readyPhone();
  await store.commit(edit(row.id, { city: "宁波" }));
  server.fail(401, { code: "unauthenticated" });
  server.fail(401, { code: "unauthenticated" });
  equal(await go(), "sign_in");
  equal([(await store.status()).trouble, (await store.status()).waiting], ["sign_in", 1]);
  equal(await go(), "done");
  equal((await store.status()).trouble, null);
});

check("426 stops sending until the app is updated", async () => {
  const { server, store, go } = await readyPhone();
  server.fail(426, { code: "upgrade" });
  equal(await go(), "upgrade");
  equal((await store.status()).trouble, "upgrade");
});

check("Retry-After is obeyed whatever happens, a failed network is asked again when something happens", async () => {
  const { server, store, go } = await readyPhone();
  server.fail(503, {}, { "Retry-After": "7" });
  equal(await go(), "failed");
  equal(await go(), "later");
  await store.setMeta("sync_not_before", null);
  server.faults.push(() => {
    throw new TypeError("no network");
  });
  equal(await go(), "offline");
  await store.setMeta("sync_retry_at", Date.now() + 10_000);
  equal(await sync(store, silent, { eager: false }), "later");
  equal(await go(), "done");
});

check("the first download goes on where it was interrupted, from the first cursor", async () => {
  const { server, store, go } = await phone();
  for (let i = 0; i < 1200; i++) server.write("customer", { id: id(), name: `客户${i}` });
  /** @type {any[]} */
  const told = [];
  server.faults.push(() => null);
  server.cut();
  equal(
    await sync(store, { ...silent, progress: (/** @type {any} */ p) => told.push([p.done, p.total]) }, { eager: true }),
    "failed",
  );
  const halfway = await store.status();
  ok(!halfway.ready && halfway.loading.done === 600, JSON.stringify(halfway.loading));
  equal(told[0], [150, 1200]);
  ok((await store.book()).length > 0, "the first customers can be seen");
  const [first] = server.rows.values();
  server.write("customer", { id: first.id, name: "改了名" });
  equal(await go(), "done");
  ok(server.requests.some((request) => request.path === "/sync/snapshot?after=t599"));
  equal(
    [(await store.list("customer")).length, (await store.book()).length, (await store.status()).ready],
    [1200, 1200, true],
  );
  equal((await store.get("customer", first.id))?.name, "改了名");
});

check("a store that was thrown away is noticed", async () => {
  const { server, store, go } = await phone();
  server.lastN = 7;
  equal(await go(), "done");
  ok((await store.status()).evicted_at);
  await store.commit([{ op: "create", kind: "customer", id: id(), set: { name: "新客户" } }]);
  equal(await go(), "done");
  equal(server.lastN, 8);
});

check("signing out sends first, asks when it cannot, and leaves nothing behind", async () => {
  const { server, store, row } = await readyPhone();
  const gone = async () => !(await indexedDB.databases()).some(({ name }) => name === `doorstep-${store.agentId}`);
  await store.commit([{ op: "delete", kind: "customer", id: row.id }]);
  server.faults.push(() => {
    throw new TypeError("no network");
  });
  equal(await signOut(store), "unsent");
  equal([(await currentAgent())?.id, (await store.status()).waiting], [store.agentId, 1]);
  equal(await signOut(store), "told");
  equal([server.lastN, await device(store.agentId), await currentAgent(), await gone()], [1, null, null, true]);
  equal(server.goodbyes, 1);
});

check("what a person gives up is given up", async () => {
  const { server, store, row } = await readyPhone();
  await store.commit(edit(row.id, { name: "refuse" }));
  equal(await signOut(store), "unsent");
  equal(await signOut(store, { lose: true }), "told");
  equal([server.lastN, await currentAgent()], [1, null]);
});

check("waiting grows, is spread, and is never shorter than asked for", () => {
  equal([backoff(1, 0.5), backoff(3, 0.5), backoff(50, 0.999) <= 300_000, backoff(4, 0)], [2000, 8000, true, 0]);
  equal([retryAfter("5", 0, 0), retryAfter("5", 0, 0.5), retryAfter("nonsense", 0, 0)], [5000, 7500, 2000]);
  equal(retryAfter("Thu, 01 Jan 1970 00:00:10 GMT", 0, 0), 10_000);
});

check("the agent's own card follows the office, asked for twice a day at most", async () => {
  const { server, store } = await phone();
  await setSetting("card_asked_at", null);
  server.fail(503, {});
  await freshenCard(store.agentId);
  equal((await currentAgent())?.name, "Shen Qingyue");
  await freshenCard(store.agentId);
  const told = await currentAgent();
  equal([told?.id, told?.unit_name, told?.phone], [store.agentId, "望江一部", "13800002046"]);
  equal([told?.registration_status, told?.registration_expires, told?.sales_grade], ["registered", "2027-12-31", 2]);
  equal(told?.colleagues, { a2: "王芳" });
  server.requests.length = 0;
  await freshenCard(store.agentId);
  equal(server.requests.length, 0);
});
