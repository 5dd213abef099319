// Tables of products on the phone: fetched after a sync, kept when their sum is right, dropped when nothing names them.

import { blobsNamed, forgetBlobs, heldBlobs, readBlobs } from "../../portal/static/js/store/blobs.js";
import { fetchBlobs } from "../../portal/static/js/sync/blobs.js";
import { check, equal, id } from "./checks.js";
import { phone } from "./sync.js";

const TODAY = "2026-11-26";

/** @param {string} code @param {Record<string, any>} [more] */
function product(code, { rates = null, values = null, to_date = null, version = 1 } = {}) {
  const body = { price: { form: "table", rates }, values };
  return { id: id(), code, version, from_date: "2026-01-01", to_date, body };
}

/** @param {string} text */
async function named(text) {
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A phone whose server sells one product with two tables. */
async function shop() {
  const made = await phone();
  const texts = [`{"cells":{},"n":"${id()}","v":1}`, `{"values":"${id()}"}`];
  const [rates, values] = await Promise.all(texts.map(named));
  made.server.blobs.set(rates, texts[0]).set(values, texts[1]);
  const row = made.server.write("product", product("T", { rates, values }));
  equal(await made.go(), "done");
  made.server.requests.length = 0;
  return { ...made, texts, rates, values, row };
}

/** @param {any} server */
const asked = (server) => server.requests.map((/** @type {any} */ one) => one.path.slice("/sync/blobs/".length));

check("tables of what is sold are fetched once, and read as they are", async () => {
  const { server, store, texts, rates, values } = await shop();
  equal(await readBlobs(store, [rates]), {}, "not here yet");
  const { missing, fetched } = await fetchBlobs(store, TODAY);
  equal([missing, fetched], [0, 2]);
  equal(asked(server), [rates, values], "rates first");
  equal(await readBlobs(store, [rates, values, "0".repeat(64)]), {
    [rates]: JSON.parse(texts[0]),
    [values]: JSON.parse(texts[1]),
  });
  await fetchBlobs(store, TODAY);
  equal(server.requests.length, 2, "nothing came, so nothing is asked for");
});

check("a cut line costs one table; the rest comes next time", async () => {
  const { server, store, rates, values } = await shop();
  server.faults.push(() => null);
  server.loseReply();
  equal((await fetchBlobs(store, TODAY)).missing, 1);
  equal(Object.keys(await readBlobs(store, [rates, values])), [rates]);
  server.requests.length = 0;
  equal((await fetchBlobs(store, TODAY)).fetched, 1);
  equal(asked(server), [values]);
});

check("a table that is not what its name says is not kept", async () => {
  const { server, store, texts, rates, values } = await shop();
  server.blobs.set(rates, texts[0].replace("1", "2"));
  equal((await fetchBlobs(store, TODAY)).missing, 1);
  equal(Object.keys(await readBlobs(store, [rates, values])), [values], "the others come all the same");
  server.blobs.set(rates, texts[0]);
  equal((await fetchBlobs(store, TODAY)).missing, 0);
});

check("a table that the server lacks keeps no other away", async () => {
  const { server, store, rates, values } = await shop();
  server.blobs.delete(rates);
  equal((await fetchBlobs(store, TODAY)).missing, 1);
  equal(Object.keys(await readBlobs(store, [rates, values])), [values]);
});

check("what is not sold any more and named by no proposal goes", async () => {
  const { server, store, go, rates, values, row } = await shop();
  await fetchBlobs(store, TODAY);
  server.write("product", { ...row, to_date: "2026-11-25" });
  equal(await go(), "done");
  equal((await fetchBlobs(store, TODAY)).dropped, 2);
  const held = await heldBlobs();
  equal([held.has(rates), held.has(values), await readBlobs(store, [rates])], [false, false, {}]);
});

check("with a book that is taken off the phone the tables go too, and come again for somebody else", async () => {
  const { store, rates } = await shop();
  await fetchBlobs(store, TODAY);
  await forgetBlobs();
  equal([(await heldBlobs()).size, await readBlobs(store, [rates])], [0, {}]);
  equal((await fetchBlobs(store, TODAY)).fetched, 2);
});

check("which tables a phone has to have", () => {
  const sold = product("A", { rates: "a" });
  const later = { ...product("B", { rates: "b", values: "c" }), from_date: "2027-01-01" };
  const old = product("D", { rates: "d", values: "e", to_date: "2026-11-25" });
  const drafted = { draft: { "plan:a": { coverages: [{ product: "D@1" }] } }, frozen: null };
  const frozen = { draft: null, frozen: '{"coverages":[{"product":"D@1"}]}' };
  equal(blobsNamed([later, sold, old], [], TODAY), ["b", "a", "c"]);
  equal(blobsNamed([old], [drafted], TODAY), ["d", "e"]);
  equal(blobsNamed([old], [frozen], TODAY), ["d", "e"]);
  equal(blobsNamed([{ ...old, version: 2 }], [frozen], TODAY), []);
  equal(blobsNamed([old], [], "2026-11-25"), ["d", "e"], "the last day of sale counts");
});
