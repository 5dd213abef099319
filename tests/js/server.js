// A model of the server's /sync, as docs/sync.md tells it, small enough to be read: for the phone's tests only.

import { NONE, bucketOf, rowDigest, xor } from "../../portal/static/js/domain/canonical.js";
import { SCHEMAS as KINDS } from "../../portal/static/js/generated/schemas.js";
import { setSetting } from "../../portal/static/js/store/device.js";
import { same } from "../../portal/static/js/store/showing.js";

/** @type {Record<string, any>} */
const SCHEMAS = KINDS;
const AUTHORITY = { registration_status: "registered", registration_expires: "2027-12-31", sales_grade: 2 };

export class Server {
  /** @type {Map<string, any>} */
  rows = new Map();
  /** @type {any[]} */
  feed = [];
  /** @type {Map<number, {text: string, verdict: any}>} */
  ledger = new Map();
  lastN = 0;
  /** @type {{path: string, body: any, packed: boolean}[]} */
  requests = [];
  /** @type {((path: string) => Response | "lost" | "cut" | null)[]} answers that stand in for the next ones */
  faults = [];
  /** @type {any[]} */
  escrow = [];
  goodbyes = 0;
  registered = 1;

  /** Put this model in the place of the network. */
  install() {
    globalThis.fetch = (/** @type {any} */ path, /** @type {any} */ init) => this.#answer(String(path), init ?? {});
  }

  /**
   * @param {string} agent
   */
  async register(agent) {
    await setSetting(`device:${agent}`, { device: "d1", token: "t1", agent, proto: 1, label: "Phone" });
    await setSetting("agent", { id: agent, name: "Shen Qingyue", role: "agent" });
  }

  /**
   * Somebody else's change.
   * @param {string} kind
   * @param {any} fields with id
   */
  write(kind, fields) {
    const before = this.rows.get(`${kind}:${fields.id}`);
    const now = new Date().toISOString();
    const row = { created_at: now, ...before?.row, ...fields, updated_at: now, ver: (before?.row.ver ?? 0) + 1 };
    this.rows.set(`${kind}:${fields.id}`, { kind, id: fields.id, row });
    this.feed.push({ op: "put", kind, id: fields.id, ver: row.ver, row });
    return row;
  }

  /**
   * @param {"leave" | "delete"} op
   * @param {string} kind
   * @param {string} id
   */
  remove(op, kind, id) {
    const before = this.rows.get(`${kind}:${id}`);
    this.rows.delete(`${kind}:${id}`);
    this.feed.push({ op, kind, id, ver: before.row.ver + 1 });
  }

  /** @param {number} status @param {any} problem @param {Record<string, string>} [headers] */
  fail(status, problem, headers = {}) {
    this.faults.push(() => new Response(JSON.stringify(problem), { status, headers }));
  }

  /** The next request is done and its reply lost. */
  loseReply() {
    this.faults.push(() => "lost");
  }

  /** The next download stops after some lines. */
  cut() {
    this.faults.push(() => "cut");
  }

  /** @param {string} path @param {any} init */
  async #answer(path, init) {
    const packed = init.headers?.["Content-Encoding"] === "gzip";
    const text = packed ? await unpacked(init.body) : init.body;
    const body = text ? JSON.parse(text) : null;
    this.requests.push({ path, body, packed });
    const fault = this.faults.shift()?.(path) ?? null;
    if (fault instanceof Response) return fault;
    if (path === "/sync/devices") return this.#register();
    if (path === "/sync/known") return json({ last_n: this.#known(body.devices) });
    if (path === "/sync/digests") return json(this.#digests(body));
    if (path === "/sync/rows") return json(this.#rows(body.records));
    if (path === "/sync/sign-out") {
      this.goodbyes += 1;
      return json({});
    }
    if (path.startsWith("/sync/snapshot"))
      return this.#snapshot(new URL(path, "http://x").searchParams.get("after"), fault);
    if (path.startsWith("/sync/blobs/")) return this.#blob(path.slice("/sync/blobs/".length), fault);
    if (path === "/api/me") return json({ agent: this.card, colleagues: [{ id: "a2", name: "王芳", role: "agent" }] });
    if (path === "/sync/escrow") {
      return json({ answers: body.edits.map((/** @type {any} */ edit) => this.#keep(edit)) });
    }
    const token = init.headers?.Authorization;
    if (token && token !== `Bearer t${this.device.slice(1)}`) return json({ code: "unauthenticated" }, 401);
    const reply = path === "/sync/push" ? this.#push(body) : this.#pull(body);
    if (fault === "lost") throw new TypeError("the network went away");
    return reply;
  }

  /** @type {Map<string, string>} */
  blobs = new Map();

  /** @param {string} name @param {string | null} fault */
  #blob(name, fault) {
    if (fault === "lost") throw new TypeError("the network went away");
    const text = this.blobs.get(name);
    return text === undefined ? json({ code: "not_found" }, 404) : new Response(text);
  }

  device = "d1";
  /** @type {Record<string, number>} last numbers of the devices before */
  earlier = {};

  #register() {
    this.earlier[this.device] = this.lastN;
    this.device = `d${++this.registered}`;
    this.lastN = 0;
    this.ledger.clear();
    return json({ device: this.device, token: `t${this.registered}`, agent: this.agent, proto: 1 }, 201);
  }

  /** @param {string[]} devices */
  #known(devices) {
    const all = { ...this.earlier, [this.device]: this.lastN };
    return Object.fromEntries(Object.entries(all).filter(([id]) => devices.includes(id)));
  }

  /**
   * What stands in the database now, to be put back by `restore`.
   * @returns {any}
   */
  backup() {
    return structuredClone({ rows: this.rows, lastN: this.lastN, device: this.device, ledger: this.ledger });
  }

  /**
   * The database is lost and an older one put in its place; the feed begins anew, so old cursors lead nowhere.
   * @param {any} kept
   */
  restore(kept) {
    const { rows, lastN, device, ledger } = structuredClone(kept);
    Object.assign(this, { rows, lastN, device, ledger, earlier: {}, epoch: this.epoch + 1 });
    this.feed = [...rows.values()].map(({ kind, id, row }) => ({ op: "put", kind, id, ver: row.ver, row }));
  }

  epoch = 1;

  agent = "";
  card = {
    name: "沈清越",
    role: "agent",
    unit_name: "望江一部",
    registration: "0200",
    work_phone: "13800002046",
    ...AUTHORITY,
  };

  /** @param {any} body */
  #push(body) {
    const verdicts = [];
    for (const edit of body.edits) {
      if (edit.n <= this.lastN) {
        const before = this.ledger.get(edit.n);
        if (before?.text !== JSON.stringify(edit)) return json({ code: "device_forked", n: edit.n }, 409);
        verdicts.push({ ...before.verdict, row: this.#row(edit), replayed: true });
        continue;
      }
      if (edit.n > this.lastN + 1) return json({ code: "gap", expected: this.lastN + 1 }, 409);
      const verdict = { n: edit.n, ...this.#apply(edit) };
      this.lastN = edit.n;
      this.ledger.set(edit.n, { text: JSON.stringify(edit), verdict });
      verdicts.push(verdict.verdict === "rejected" ? verdict : { ...verdict, row: this.#row(edit) });
    }
    if (body.pull && !this.#isOfNow(body.pull.cursor)) return json({ code: "rebootstrap", epoch: this.epoch }, 410);
    return json({ last_n: this.lastN, verdicts, pull: body.pull ? this.#page(body.pull) : undefined });
  }

  /** @param {any} edit */
  #keep(edit) {
    const there = edit.n && this.escrow.find((one) => one.n === edit.n);
    if (there) return { n: edit.n, answer: same(there, edit) ? "there" : "taken" };
    this.escrow.push(edit);
    return { n: edit.n, answer: "kept" };
  }

  /** @param {any} edit */
  #row(edit) {
    return this.rows.get(`${edit.kind}:${edit.id}`)?.row ?? null;
  }

  /** @param {any} edit */
  #apply(edit) {
    if (edit.set?.name?.[1] === "refuse") {
      return {
        verdict: "rejected",
        error: { code: "invalid", message: "Enter a name.", fields: { name: ["Enter a name."] } },
      };
    }
    const parent = edit.set?.customer_id?.[1];
    if (edit.op === "create" && parent && !this.rows.has(`customer:${parent}`)) {
      return {
        verdict: "rejected",
        error: { code: "depends_on", message: "It belongs to something that was refused." },
      };
    }
    if (edit.op === "delete") {
      this.remove("delete", edit.kind, edit.id);
      return { verdict: "ok" };
    }
    const row = this.#row(edit);
    const wishes = Object.entries(edit.set);
    const clash = wishes.some(
      ([field, [before, after]]) => row && !same(row[field], before) && !same(row[field], after),
    );
    const fits = wishes.filter(([field, [before]]) => !row || same(row[field], before));
    this.write(edit.kind, { id: edit.id, ...Object.fromEntries(fits.map(([field, [, after]]) => [field, after])) });
    return { verdict: clash ? "conflict" : "ok" };
  }

  /** @param {any} body */
  #pull(body) {
    if (!this.#isOfNow(body.cursor)) return json({ code: "rebootstrap", epoch: this.epoch }, 410);
    return json(this.#page(body));
  }

  get #scope() {
    return `agent:${this.agent}`;
  }

  /** @type {string | null} a head that does not fit its feed */
  headDigest = null;
  /** @type {Map<string, string>} lines of the feed that do not fit their rows */
  wrongDigests = new Map();

  /** @param {any} one */
  #digestOf({ kind, id, row }) {
    const blank = Object.fromEntries(Object.keys(SCHEMAS[kind]?.fields ?? {}).map((name) => [name, null]));
    return this.wrongDigests.get(`${kind}:${id}`) ?? rowDigest(kind, { ...blank, ...row });
  }

  /** @param {any[]} rows */
  #sum(rows) {
    return rows.reduce((sum, one) => xor(sum, this.#digestOf(one)), NONE);
  }

  /** @param {any} asked */
  #digests({ bucket }) {
    const cursor = `${this.feed.length}/${this.epoch}`;
    const inside = (/** @type {number} */ at) => [...this.rows.values()].filter(({ id }) => bucketOf(id) === at);
    if (bucket === undefined) {
      this.headDigest = null;
      return { cursor, buckets: [...Array(256).keys()].map((at) => this.#sum(inside(at))) };
    }
    return { cursor, rows: inside(bucket).map((one) => ({ kind: one.kind, id: one.id, digest: this.#digestOf(one) })) };
  }

  /** @param {{kind: string, id: string}[]} records */
  #rows(records) {
    for (const { kind, id } of records) this.wrongDigests.delete(`${kind}:${id}`);
    const rows = records.map(({ kind, id }) => ({ kind, id, row: this.#row({ kind, id }) }));
    return { cursor: `${this.feed.length}/${this.epoch}`, rows };
  }

  /** @param {string | null} cursor */
  #isOfNow(cursor) {
    return cursor === null || Number(cursor.split("/")[1]) === this.epoch;
  }

  /** @param {{cursor: string | null, limit: number}} wanted */
  #page({ cursor, limit }) {
    const from = Number(cursor?.split("/")[0] ?? 0);
    const changes = this.feed.slice(from, from + limit);
    return {
      changes,
      cursor: `${from + changes.length}/${this.epoch}`,
      more: from + changes.length < this.feed.length,
      digests: { [this.#scope]: this.headDigest ?? this.#sum([...this.rows.values()]) },
    };
  }

  /** @param {string | null} after @param {any} fault */
  #snapshot(after, fault) {
    const all = [...this.rows.values()].map(({ kind, id, row }, i) => ({
      op: "put",
      kind,
      id,
      ver: row.ver,
      row,
      t: `t${i}`,
    }));
    const rest = after ? all.slice(Number(after.slice(1)) + 1) : all;
    const lines = [{ rows: rest.length, cursor: `${this.feed.length}/${this.epoch}` }, ...rest].map(
      (line) => `${JSON.stringify(line)}\n`,
    );
    const kept = fault === "cut" ? lines.slice(0, Math.ceil(lines.length / 2)) : lines;
    return new Response(new Blob([kept.join("") + (fault === "cut" ? '{"op": "pu' : "")]).stream());
  }
}

/** @param {any} body @param {number} [status] */
function json(body, status = 200) {
  return new Response(JSON.stringify(body), { status });
}

/** @param {ArrayBuffer} body */
async function unpacked(body) {
  return new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}
