// Two RxDB clients, registered as two phones of one agent, work offline and over a network that loses replies, until
// they and the server agree. `node replicate.js URL AUTHORIZATION SEED` prints what each of them holds.

import { randomUUID } from "node:crypto";
import { addRxPlugin, createRxDatabase } from "rxdb/plugins/core";
import { RxDBUpdatePlugin } from "rxdb/plugins/update";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";
import { Device, SCHEMA, canonical, conflictHandler, digest, replicate } from "./shim.js";

addRxPlugin(RxDBUpdatePlugin);

const [url, authorization, seed] = process.argv.slice(2);
const LOST = 0.3;
const ROUNDS = 6;
const SURNAMES = ["林", "陈", "欧阳", "㛃", "𠮷"];
const CITIES = ["望江", "临河", "新港", null];
const TAGS = ["育儿", "养老", "房贷", "重疾"];
const PERMISSIONS = ["any", "service", "none"];

/** Always the same for one seed. */
const random = (() => {
  let state = Number(seed) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
})();
const below = (n) => Math.floor(random() * n);
const one = (items) => items[below(items.length)];

/** A network that is there or not, and loses every third reply after the server has acted on it. */
class Network {
  there = true;
  good = false;
  lost = 0;

  ask = async (path, options) => {
    if (!this.there || (!this.good && random() < 0.1)) throw new Error("no network");
    const reply = await fetch(path, options);
    if (!this.good && random() < LOST) {
      this.lost += 1;
      await reply.arrayBuffer();
      throw new Error("the reply got lost");
    }
    return reply;
  };
}

class Client {
  static async start(label) {
    const client = new Client();
    client.network = new Network();
    client.device = await Device.register(url, authorization, label, client.network.ask);
    const name = `doorstep-${label}`;
    const storage = getRxStorageMemory();
    client.database = await createRxDatabase({ name, storage, multiInstance: false });
    await client.database.addCollections({ records: { schema: SCHEMA, conflictHandler } });
    client.records = client.database.records;
    client.replication = replicate(client.records, client.device);
    client.troubles = [];
    client.replication.error$.subscribe((error) =>
      client.troubles.push(...error.parameters.errors.map((e) => e.message)),
    );
    return client;
  }

  async of(kind) {
    const docs = await this.records.find({ selector: { kind }, sort: [{ key: "asc" }] }).exec();
    return docs;
  }

  async edit() {
    const customers = await this.of("customer");
    const visits = await this.of("visit");
    const what = random();
    if (!customers.length || what < 0.25) return this.make("customer", { name: `${one(SURNAMES)}${below(1000)}` });
    const customer = one(customers);
    if (what < 0.4) return this.make("visit", { customer_id: customer.id, minutes: below(200) });
    if (what < 0.5 && visits.length) return one(visits).remove();
    if (what < 0.55) return this.removeTree(customer, visits);
    if (what < 0.65 && visits.length)
      return this.change(one(visits), { minutes: below(200), purpose: `话题${below(9)}` });
    return this.change(customer, this.wish(customer.row));
  }

  wish(row) {
    return one([
      () => ({ city: one(CITIES) }),
      () => ({ employer: `单位${below(50)}`, hobbies: `爱好${below(50)}` }),
      () => ({ contact_permission: one(PERMISSIONS) }),
      () => ({
        tags_need: (row.tags_need ?? [])
          .filter(() => random() < 0.6)
          .concat(one(TAGS))
          .filter(firstOnly),
      }),
      () => ({ id_expiry: "not a date" }), // the server will not have it
    ])();
  }

  async make(kind, row) {
    const id = `01936f1e-5c00-7${randomUUID().slice(15)}`;
    await this.records.insert({ key: `${kind}:${id}`, kind, id, ver: 0, row });
  }

  change(doc, fields) {
    return doc.incrementalPatch({ row: { ...doc.toJSON().row, ...fields } });
  }

  async removeTree(customer, visits) {
    if (random() < 0.5) return customer.remove();
    for (const visit of visits.filter((each) => each.row.customer_id === customer.id)) await visit.remove();
    return customer.remove();
  }

  /** A person answers every open question. */
  async decide() {
    const open = (await this.of("conflict")).filter(({ row }) => !row.resolution);
    for (const conflict of open) {
      const resolution = one(conflict.row.field ? ["mine", "theirs", "other"] : ["mine", "theirs"]);
      const theirs = conflict.row.theirs;
      const value = resolution === "other" ? (conflict.row.mine ?? theirs) : undefined;
      await this.change(conflict, value === undefined ? { resolution } : { resolution, value });
    }
    return open.length;
  }

  async sync() {
    this.replication.reSync();
    await this.replication.awaitInSync();
  }

  async holds() {
    const docs = await this.records.find({ sort: [{ key: "asc" }] }).exec();
    return docs.map((doc) => ({ kind: doc.kind, row: doc.toJSON().row }));
  }
}

const firstOnly = (item, at, all) => all.indexOf(item) === at;

const clients = [await Client.start("Mate-60"), await Client.start("Pura-80")];
for (const client of clients) await client.replication.awaitInitialReplication();

// One quarrel and one slip for certain; the rest is up to chance.
await clients[0].make("customer", { name: "王芳" });
for (const client of clients) await client.sync();
for (const client of clients) client.network.there = false;
for (const client of clients)
  await client.change((await client.of("customer"))[0], { city: client.device.registered.device });
await clients[1].change((await clients[1].of("customer"))[0], { id_expiry: "not a date" });
for (const client of clients) client.network.there = true;
for (const client of clients) await client.sync();

for (let round = 0; round < ROUNDS; round++) {
  for (const client of clients) client.network.there = random() < 0.3; // mostly offline while they work
  await Promise.all(
    clients.map(async (client) => {
      for (let at = 0; at < 8; at++) await client.edit();
    }),
  );
  for (const client of clients) client.network.there = true;
  await Promise.all(clients.map((client) => client.sync()));
}

let rounds = 0;
let decided = 0;
for (const client of clients) client.network.good = true;
for (let quiet = 0; quiet < 2; rounds++) {
  if (rounds > 60) throw new Error("they never agree");
  const answers = await clients[rounds % 2].decide();
  decided += answers;
  for (const client of clients) await client.sync();
  const [one, other] = await Promise.all(clients.map((client) => client.holds()));
  const unsent = clients.some((client) => client.device.numbered.length);
  quiet = !answers && !unsent && canonical(one) === canonical(other) ? quiet + 1 : 0;
}

const told = await Promise.all(
  clients.map(async (client) => {
    const rows = await client.holds();
    const { device, network, troubles } = client;
    // What the client holds is of all its scopes; their digests join by XOR, as rows do.
    const all = Object.values(device.digests).reduce((sum, each) => sum ^ BigInt(`0x${each}`), 0n);
    return {
      rows,
      digest: digest(rows),
      digest_of_server: all.toString(16).padStart(16, "0"),
      rejected: device.rejected.map(({ error }) => error.code),
      lost: network.lost,
      troubles: [...new Set(troubles)],
      ...device.counts,
    };
  }),
);
process.stdout.write(JSON.stringify({ clients: told, decided, rounds }));
for (const client of clients) await client.database.close();
