import { seenIn } from "../../portal/static/js/offline/forms.js";
import { removePin, checkPin, hasPin, isPin, setPin } from "../../portal/static/js/store/pin.js";
import { Store, UNDO_MS } from "../../portal/static/js/store/index.js";
import { STORES } from "../../portal/static/js/store/layout.js";
import { lineOf, pack, unpack } from "../../portal/static/js/store/search-lines.js";
import { merged, showing } from "../../portal/static/js/store/showing.js";
import { check, equal, id, ok, refuses } from "./checks.js";

const NOBODY = { type: "text" };

/** @returns {Promise<Store>} an empty book that may be written to */
async function ready() {
  const store = new Store(id());
  await store.finish("0");
  return store;
}

/** @param {string} [name] */
function newCustomer(name = "李建国") {
  return { op: /** @type {const} */ ("create"), kind: "customer", id: id(), set: { name, mobile: "13800000001" } };
}

check("what is shown is the server's state with own edits on top", () => {
  const server = { id: "1", ver: 3, name: "A", city: "B" };
  const wishes = [{ op: /** @type {const} */ ("update"), set: { name: ["A", "C"] }, at: "" }];
  equal(showing(server, wishes, "1", {}), { id: "1", ver: 3, name: "C", city: "B" });
  equal(showing(server, [...wishes, { op: "delete", at: "" }], "1", {}), null);
  equal(showing(null, [{ op: "create", set: { name: [null, "D"] }, at: "t" }], "1", { name: NOBODY, city: NOBODY }), {
    id: "1",
    ver: 0,
    created_at: "t",
    updated_at: "t",
    name: "D",
    city: null,
  });
  equal(showing(null, wishes, "1", {}), null, "an edit of nothing shows nothing");
});

check("sets, maps and stricter fields are shown as the server will merge them", () => {
  equal(merged({ type: "set", merge: "set" }, ["a", "x"], ["a", "b"], ["b", "c"]), ["x", "c"]);
  equal(merged({ type: "map", merge: "map" }, { a: 1, z: 9 }, { a: 1, b: 2 }, { a: 5 }), { a: 5, z: 9 });
  const contact = { type: "enum", merge: "stricter", levels: ["any", "service", "none"] };
  equal(merged(contact, "none", "any", "service"), "none");
  equal(merged(contact, "any", "any", "service"), "service");
  equal(merged({ type: "text" }, "hers", "old", "mine"), "mine");
});

check("a change and its place in the outbox are kept together", async () => {
  const store = await ready();
  const customer = newCustomer();
  const { seqs } = await store.commit([customer], { label: "New customer" });
  equal(seqs.length, 1);
  equal((await store.get("customer", customer.id))?.name, "李建国");
  await store.commit([
    { op: "update", kind: "customer", id: customer.id, set: { mobile: "13900000001", name: "李建国" } },
  ]);
  const { waiting } = await store.outbox();
  equal(
    waiting.map(({ op, set, n, title }) => ({ op, set, n, title })),
    [
      { op: "create", set: { name: [null, "李建国"], mobile: [null, "13800000001"] }, n: null, title: "李建国" },
      { op: "update", set: { mobile: ["13800000001", "13900000001"] }, n: null, title: "李建国" },
    ],
  );
  equal((await store.status()).waiting, 2);
});

check("the same form sent twice is made once, and a form without a change makes nothing", async () => {
  const store = await ready();
  const customer = newCustomer();
  await store.commit([customer]);
  equal((await store.commit([customer])).seqs, []);
  equal((await store.commit([{ ...customer, op: "update" }])).seqs, []);
  equal((await store.commit([{ op: "update", kind: "customer", id: id(), set: { name: "?" } }])).seqs, []);
  equal((await store.outbox()).waiting.length, 1);
});

check("nothing is written before the first download is complete", async () => {
  const store = new Store(id());
  await refuses(() => store.commit([newCustomer()]), "NotReady");
  equal((await store.status()).waiting, 0);
});

check("a draft goes with the commit of its form, and not before", async () => {
  const store = await ready();
  await store.setMeta("last_n", 0);
  await store.saveDraft("customer:new", { fields: [["name", "李"]] });
  equal((await store.draft("customer:new")).fields, [["name", "李"]]);
  equal(await store.drafts(), ["customer:new"]);
  await store.commit([newCustomer()], { draft: "customer:new" });
  equal(await store.draft("customer:new"), null);
});

check("a deleted customer takes the family along, and comes back with it", async () => {
  const store = await ready();
  const customer = newCustomer();
  const relative = {
    op: /** @type {const} */ ("create"),
    kind: "relative",
    id: id(),
    set: { customer_id: customer.id, name: "李思源" },
  };
  await store.commit([customer, relative]);
  const {
    seqs: [seq],
  } = await store.commit([{ op: "delete", kind: "customer", id: customer.id }]);
  equal(await store.tree(customer.id), null);
  equal(await store.get("relative", relative.id), null);
  equal(await store.book(), []);
  ok(await store.undo(seq));
  const tree = await store.tree(customer.id);
  equal(tree?.customer.name, "李建国");
  equal(
    tree?.relatives.map((one) => one.name),
    ["李思源"],
  );
  equal(
    (await store.book()).map((line) => line.family),
    [["李思源"]],
  );
});

check("a delete has no number while it can be taken back, and cannot be taken back afterwards", async () => {
  const store = await ready();
  const customer = newCustomer();
  await store.commit([customer]);
  const {
    seqs: [seq],
  } = await store.commit([{ op: "delete", kind: "customer", id: customer.id }]);
  equal(
    (await store.number()).map((edit) => edit.op),
    ["create"],
  );
  const long = new Date(Date.now() - UNDO_MS - 1);
  await store.undo(seq);
  const {
    seqs: [late],
  } = await store.commit([{ op: "delete", kind: "customer", id: customer.id }], { now: long });
  equal(
    (await store.number()).map((edit) => edit.n),
    [1, 2],
  );
  equal(await store.undo(late), false);
});

check("numbers are given once and without gaps", async () => {
  const store = await ready();
  await store.commit([newCustomer(), newCustomer()]);
  const first = await store.number();
  equal(
    first.map((edit) => edit.n),
    [1, 2],
  );
  await store.commit([newCustomer()]);
  equal(
    (await store.number()).map((edit) => edit.n),
    [1, 2, 3],
  );
  equal((await store.number())[0], first[0]);
});

check("a page of changes goes under own unsent edits, and an old page changes nothing", async () => {
  const store = await ready();
  const row = { id: id(), ver: 1, created_at: "a", updated_at: "a", name: "王芳", city: "杭州", mobile: "13700000001" };
  const put = (/** @type {any} */ more) => ({
    op: /** @type {const} */ ("put"),
    kind: "customer",
    id: row.id,
    ver: more.ver,
    row: { ...row, ...more },
  });
  await store.arrive([], [], { changes: [put({ ver: 1 })], cursor: "1" });
  await store.commit([{ op: "update", kind: "customer", id: row.id, set: { mobile: "13800000009" } }]);
  await store.arrive([], [], { changes: [put({ ver: 3, city: "宁波" })], cursor: "2" });
  await store.arrive([], [], { changes: [put({ ver: 2, city: "金华" })], cursor: "3" });
  const shown = await store.get("customer", row.id);
  equal([shown?.city, shown?.mobile, shown?.ver], ["宁波", "13800000009", 3]);
  equal((await store.outbox()).waiting[0].set, { mobile: ["13700000001", "13800000009"] });
  equal(await store.meta("cursor"), "3");
});

check("a form that was open while news arrived changes what was typed, and nothing else", async () => {
  const store = await ready();
  const row = { id: id(), ver: 3, created_at: "a", updated_at: "a", name: "王芳", city: "宁波", mobile: "13700000001" };
  const arrival = { op: /** @type {const} */ ("put"), kind: "customer", id: row.id, ver: 3, row };
  await store.arrive([], [], { changes: [arrival], cursor: "1" });
  const form = new URLSearchParams({ name: "王芳", city: "杭州", mobile: "13800000009", _ver: "2" });
  form.set(
    "_shown",
    JSON.stringify([
      ["name", "王芳"],
      ["city", "杭州"],
      ["mobile", "13700000000"],
    ]),
  );
  const text = { type: "text" };
  const seen = seenIn(form, { customer: { fields: { name: text, city: text, mobile: text } } });
  const set = { name: "王芳", city: "杭州", mobile: "13800000009" };
  await store.commit([{ op: "update", kind: "customer", id: row.id, set }], { seen });
  equal((await store.number())[0].set, { mobile: ["13700000000", "13800000009"] });
  equal((await store.number())[0].base, 2);
  equal((await store.get("customer", row.id))?.city, "宁波");
});

check("a customer that leaves is gone, what was not sent about it is still sent", async () => {
  const store = await ready();
  const customer = { id: id(), ver: 1, created_at: "a", updated_at: "a", name: "王芳" };
  await store.arrive([], [], {
    changes: [{ op: "put", kind: "customer", id: customer.id, ver: 1, row: customer }],
    cursor: "1",
  });
  const visit = {
    op: /** @type {const} */ ("create"),
    kind: "visit",
    id: id(),
    set: { customer_id: customer.id, channel: "call" },
  };
  await store.commit([visit]);
  await store.arrive([], [], { changes: [{ op: "leave", kind: "customer", id: customer.id, ver: 2 }], cursor: "2" });
  equal(await store.tree(customer.id), null);
  equal(await store.get("visit", visit.id), null);
  equal(await store.search("王芳"), await store.search("nobody at all"));
  equal((await store.number()).length, 1);
});

check("a customer that comes back shows again what was not sent", async () => {
  const store = await ready();
  const customer = { id: id(), ver: 1, created_at: "a", updated_at: "a", name: "王芳", city: null };
  const put = async (/** @type {number} */ ver) =>
    store.arrive([], [], {
      changes: [{ op: "put", kind: "customer", id: customer.id, ver, row: { ...customer, ver } }],
      cursor: String(ver),
    });
  const visit = { op: /** @type {const} */ ("create"), kind: "visit", id: id(), set: { customer_id: customer.id } };
  await put(1);
  await store.commit([visit, { op: "update", kind: "customer", id: customer.id, set: { city: "宁波" } }]);
  await store.arrive([], [], { changes: [{ op: "leave", kind: "customer", id: customer.id, ver: 2 }], cursor: "2" });
  const late = await store.number();
  await put(3);
  equal((await store.get("customer", customer.id))?.city, "宁波");
  equal((await store.get("visit", visit.id))?.customer_id, customer.id);
  // Sent while the phone took the customer for lost; the server knows better, and its row stays.
  const row = { ...customer, ver: 4, city: "宁波" };
  const ok = /** @type {const} */ ("ok");
  const verdicts = [
    { n: 1, verdict: ok, row: { id: visit.id, ver: 1, created_at: "a", updated_at: "a", customer_id: customer.id } },
    { n: 2, verdict: ok, row },
  ];
  await store.arrive(late, verdicts, { changes: [], cursor: "4" });
  equal((await store.get("customer", customer.id))?.ver, 4);
  equal((await store.get("visit", visit.id))?.ver, 1);
});

check("the verdict on a late edit brings nothing back", async () => {
  const store = await ready();
  const customer = { id: id(), ver: 1, created_at: "a", updated_at: "a", name: "王芳" };
  const put = { op: /** @type {const} */ ("put"), kind: "customer", id: customer.id, ver: 1, row: customer };
  await store.arrive([], [], { changes: [put], cursor: "1" });
  const visit = { op: /** @type {const} */ ("create"), kind: "visit", id: id(), set: { customer_id: customer.id } };
  await store.commit([visit, { op: "update", kind: "customer", id: customer.id, set: { name: "王方" } }]);
  const leave = { op: /** @type {const} */ ("leave"), kind: "customer", id: customer.id, ver: 2 };
  await store.arrive([], [], { changes: [leave], cursor: "2" });
  const verdicts = [
    { n: 1, verdict: /** @type {const} */ ("ok"), row: null },
    { n: 2, verdict: /** @type {const} */ ("conflict"), row: null },
  ];
  const born = { op: /** @type {const} */ ("leave"), kind: "visit", id: visit.id, ver: 1 };
  await store.arrive(await store.number(), verdicts, { changes: [born], cursor: "3" });
  equal(await store.tree(customer.id), null);
  equal(await store.get("visit", visit.id), null);
  equal((await store.outbox()).waiting, []);
  for (const name of ["rows", "base"]) {
    equal(await store.database.run([name], "readonly", (tx) => tx.objectStore(name).getAll()), [], name);
  }
});

check("of a customer that left not a word stays, of what was acknowledged only the numbers", async () => {
  const store = await ready();
  const customer = newCustomer("王芳");
  await store.commit([customer]);
  const answer = async (/** @type {any[]} */ verdicts) => {
    const sent = await store.number();
    await store.arrive(
      sent,
      sent.map(({ n }, place) => ({ n: Number(n), verdict: "ok", row: null, ...verdicts[place] })),
      { changes: [], cursor: "1" },
    );
  };
  await answer([{ row: { id: customer.id, ver: 1, created_at: "a", updated_at: "a", name: "王芳" } }]);
  await store.commit([{ op: "update", kind: "customer", id: customer.id, set: { city: "宁波" } }]);
  await store.arrive([], [], { changes: [{ op: "leave", kind: "customer", id: customer.id, ver: 2 }], cursor: "2" });
  await answer([{}]);
  const all = await store.database.run(STORES, "readonly", (tx) =>
    Promise.all(STORES.map((name) => tx.objectStore(name).getAll())),
  );
  const kept = JSON.stringify(all);
  for (const word of ["王芳", "宁波", customer.id]) equal(kept.includes(word), false, word);
  equal((await store.outbox()).received, []);
  // A restored server gets its numbers without a gap, and nothing else.
  await store.recall({});
  equal(
    (await store.number()).map(({ n, set }) => [n, set]),
    [
      [1, {}],
      [2, {}],
    ],
  );
});

check("the line of a customer follows every change, in every worker", async () => {
  const store = await ready();
  const other = new Store(store.agentId);
  equal(await other.book(), []);
  const customer = newCustomer("单雄信");
  await store.commit([customer]);
  equal(
    (await other.book()).map((line) => line.name),
    ["单雄信"],
  );
  equal((await other.search("sxx")).total, 1);
  await other.commit([{ op: "update", kind: "customer", id: customer.id, set: { name: "秦琼" } }]);
  equal((await store.search("sxx")).total, 0);
  equal((await store.search("qinq")).total, 1);
});

check("a line is kept short and comes back whole", () => {
  const created_at = "2026-01-01T00:00:00.000Z";
  const family = { customer_id: "c", created_at };
  const line = lineOf({
    customer: {
      id: "c",
      name: "林雪梅",
      mobile: "13800000005",
      birth_date: "1986-02-03",
      tags_need: ["ci"],
      created_at,
    },
    relatives: [
      {
        ...family,
        id: "r",
        name: "李思源",
        relation: "child",
        birthday_calendar: "lunar",
        birthday_month: 5,
        birthday_day: 5,
      },
      { ...family, id: "s", name: "林雪梅", birth_date: "1990-01-01", birthday_leap: true },
    ],
    policies: [
      {
        ...family,
        id: "p",
        kind: "ci",
        number: "P1",
        product_name: "演示重疾",
        next_due_date: "2026-12-08",
        premium_fen: 1,
      },
      { ...family, id: "q", kind: "motor", plate: "浙A12345", expiry_date: "2026-12-01" },
      { ...family, id: "x", kind: "term", number: "P2", terminated_on: "2020-01-01" },
    ],
    visits: [
      { ...family, id: "v", planned_at: "2026-12-01T01:00:00.000Z", channel: "visit", purpose: "保障分析" },
      {
        ...family,
        id: "w",
        started_at: "2026-11-01T01:00:00.000Z",
        channel: "call",
        next_step: "带对比",
        next_date: "2026-11-20",
      },
    ],
  });
  equal(unpack(JSON.parse(JSON.stringify(pack(line)))), line);
  equal(
    line.due.map((due) => [due.id, due.what]),
    [
      ["q", "expiry"],
      ["p", "payment"],
    ],
  );
  equal([line.policy_count, line.policies.length, line.next_visit?.id, line.last_channel], [2, 2, "v", "call"]);
  const bare = lineOf({ customer: { id: "c", name: "王", created_at }, relatives: [], policies: [], visits: [] });
  equal(unpack(pack(bare)), bare);
});

check("a closed connection is opened again", async () => {
  const store = await ready();
  const customer = newCustomer();
  await store.commit([customer]);
  store.close();
  equal((await store.get("customer", customer.id))?.name, "李建国");
});

check("a PIN is right, wrong, and locked after five tries", async () => {
  const agent = id();
  ok(isPin("012345") && !isPin("12345") && !isPin("１２３４５６"));
  equal((await checkPin(agent, "012345")).answer, "none");
  await setPin(agent, "012345");
  equal(await checkPin(agent, "012345"), { answer: "right", left: 5 });
  for (const left of [4, 3, 2, 1]) equal(await checkPin(agent, "999999"), { answer: "wrong", left });
  equal(await checkPin(agent, "999999"), { answer: "locked", left: 0 });
  equal((await checkPin(agent, "012345")).answer, "locked");
  await removePin(agent);
  equal(await hasPin(agent), false);
});
