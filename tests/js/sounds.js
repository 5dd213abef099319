// How names sound comes by itself: what a phone does before it is there, and when it has come.

import sounds from "../../portal/static/js/generated/sounds.json";
import { hear, readings } from "../../portal/static/js/domain/pinyin.js";
import { SOUNDS_URL } from "../../portal/static/js/generated/build.js";
import { Store } from "../../portal/static/js/store/index.js";
import { DATA_CACHE, dropOld } from "../../portal/static/js/store/data.js";
import { SOUNDS, recallSounds } from "../../portal/static/js/store/sounds.js";
import { check, equal, id } from "./checks.js";

const fetchOfBrowser = globalThis.fetch;
const clockOfBrowser = Date.now;

/**
 * On a phone that has no table, neither in memory nor kept; the others find theirs again.
 * @param {(asked: string[]) => Promise<void>} work asked: the addresses that were fetched
 * @param {() => Response} reply of the server
 */
async function deaf(work, reply) {
  /** @type {string[]} */
  const asked = [];
  await caches.delete(DATA_CACHE);
  hear(null);
  globalThis.fetch = async (address) => {
    asked.push(String(address));
    return reply();
  };
  // Each of them after the time in which nobody asks again.
  later += 120_000;
  Date.now = () => clockOfBrowser() + later;
  try {
    await work(asked);
  } finally {
    globalThis.fetch = fetchOfBrowser;
    Date.now = clockOfBrowser;
    hear(sounds);
  }
}

let later = 0;
const table = () => new Response(JSON.stringify(sounds));
const nothing = () => {
  throw new TypeError("Failed to fetch");
};

/** @param {Store} store @param {string} name */
async function write(store, name) {
  const set = { name, mobile: "13800000001" };
  await store.commit([{ op: "create", kind: "customer", id: id(), set }]);
}

/** @param {Store} store @param {string} q */
const found = async (store, q) => (await store.search(q)).hits.map((hit) => hit.name);

check("without the table a name is found by its characters and its digits, and nothing breaks", () =>
  deaf(async () => {
    equal(readings("单雄信"), ["单雄信"]);
    const store = new Store(id());
    await store.finish("0");
    await write(store, "单雄信");
    equal(await SOUNDS.fetch(), false);
    equal(await found(store, "雄信"), ["单雄信"]);
    equal(await found(store, "0001"), ["单雄信"]);
    equal(await found(store, "sxx"), []);
    equal(await store.hear(), false);
  }, nothing),
);

check("lines that were made without the table are made anew when it has come, once", () =>
  deaf(async () => {
    const store = new Store(id());
    await store.finish("0");
    await write(store, "单雄信");
    equal(await store.refreshLines(), false, "not as long as nothing is known");
    equal(await SOUNDS.fetch(), true);
    equal(await store.refreshLines(), true);
    equal(await store.refreshLines(), false);
    equal(await found(store, "sxx"), ["单雄信"]);
  }, table),
);

check("one line made without the table is enough to make them anew", async () => {
  const store = new Store(id());
  await store.finish("0");
  await write(store, "李建国");
  equal(await store.refreshLines(), false);
  await deaf(async () => {
    await write(store, "单雄信");
    equal(await SOUNDS.fetch(), true);
    equal(await store.refreshLines(), true);
    equal(await found(store, "sxx"), ["单雄信"]);
    equal(await found(store, "ljg"), ["李建国"]);
  }, table);
});

check("a phone that does not know how names sound takes no line for wrong", async () => {
  const store = new Store(id());
  await store.finish("0");
  await write(store, "李建国");
  const [tree] = await store.customerIds();
  await deaf(async () => {
    for (let shard = 0; shard < 64; shard++) equal(await store.wrongLines(shard, [tree]), []);
    equal(await store.refreshLines(), false, "and does not make good lines worse");
  }, nothing);
  equal(await found(store, "ljg"), ["李建国"]);
});

check("the table is fetched once and then kept, also for a worker that starts anew without a network", () =>
  deaf(async (asked) => {
    equal(await Promise.all([SOUNDS.fetch(), SOUNDS.fetch()]), [true, true]);
    equal(asked, [SOUNDS_URL]);
    hear(null);
    equal(await recallSounds(), true);
    hear(null);
    equal(await SOUNDS.fetch(), true);
    equal(asked.length, 1);
  }, table),
);

check("what is no table is not kept and not asked for at each turn", () =>
  deaf(
    async (asked) => {
      equal(await SOUNDS.fetch(), false);
      equal(await SOUNDS.fetch(), false);
      equal(asked.length, 1);
      equal(await recallSounds(), false);
    },
    () => new Response("<!doctype html><title>Welcome to the hotel</title>"),
  ),
);

check("a table that cannot be read any more is fetched again", () =>
  deaf(async () => {
    await (await caches.open(DATA_CACHE)).put(SOUNDS_URL, new Response('{"usual": 3'));
    equal(await recallSounds(), false);
    equal(await SOUNDS.fetch(), true);
  }, table),
);

check("tables of other builds go when this build has its own, not before", () =>
  deaf(async () => {
    const cache = await caches.open(DATA_CACHE);
    await cache.put("/static/dist/sounds-older.json", new Response("{}"));
    await dropOld([SOUNDS]);
    equal((await cache.keys()).length, 1);
    await SOUNDS.fetch();
    await dropOld([SOUNDS]);
    equal(
      (await cache.keys()).map(({ url }) => new URL(url).pathname),
      [SOUNDS_URL],
    );
  }, table),
);
