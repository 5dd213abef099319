// One sync: what waits goes up, what is new comes down, in one round trip where that is enough. One at a time.

import { BUILD } from "../generated/build.js";
import { device } from "../store/device.js";
import { Gone } from "../store/database.js";
import { TakenOver } from "../store/turns.js";
import { backoff, retryAfter } from "./backoff.js";
import { SignInNeeded, TooManyDevices, registerAnew, wipe } from "./devices.js";
import { download } from "./download.js";
import { inTurn } from "./turn.js";
import { BATCH_EDITS, PAGE, PROTO, Refusal, batch, post, wireEdit } from "./wire.js";

/**
 * @typedef {import("../store/index.js").Store} Store
 * @typedef {import("../store/book.js").Edit} Edit
 * @typedef {import("../store/device.js").Device} Device
 * @typedef {{progress(progress: any): void, status(): Promise<void>}} Listener
 *
 * @typedef {"done" | "busy" | "later" | "nobody" | "offline" | "sign_in" | "too_many" | "upgrade" | "revoked" |
 *   "failed"} Outcome
 */

// Against a server that never comes to an end.
const ROUNDS = 500;
const REPAIRS = 5;
const MOST_DEVICES = 50;

/**
 * @param {Store} store
 * @param {Listener} listener
 * @param {{eager: boolean}} options eager: something happened (a write, a focus, the network is back), so a network
 *   that failed a moment ago is asked again; what the server asked for with Retry-After is obeyed always
 * @returns {Promise<Outcome>}
 */
export async function sync(store, listener, { eager }) {
  try {
    return await inTurn(store, (turn) => once(store, listener, eager, turn));
  } catch (error) {
    if (error instanceof Gone) return "nobody";
    throw error;
  }
}

/**
 * @param {Store} store
 * @param {Listener} listener
 * @param {boolean} eager
 * @param {string} turn
 * @returns {Promise<Outcome>}
 */
async function once(store, listener, eager, turn) {
  const registered = await device(store.agentId);
  if (!registered) return "nobody";
  const waits = [await store.meta("sync_not_before"), eager ? null : await store.meta("sync_retry_at")];
  if (waits.some((until) => Date.now() < (until ?? 0))) return "later";
  /** @type {Outcome} */
  let outcome = "failed";
  try {
    await new Round(store, registered, listener, turn).run();
    await store.setMeta("last_synced_at", new Date().toISOString());
    await store.setMeta("trouble", null);
    await store.setMeta("sync_failures", null);
    await store.setMeta("sync_retry_at", null);
    outcome = "done";
  } catch (error) {
    if (error instanceof TakenOver) throw error;
    outcome = await after(error, store, registered.token);
  }
  await listener.status();
  return outcome;
}

/** One run of the syncer, from the first request to the last. */
class Round {
  #repairs = 0;
  #anewOnce = false;
  #most = BATCH_EDITS;

  /**
   * @param {Store} store
   * @param {Device} registered
   * @param {Listener} listener
   * @param {string} turn
   */
  constructor(store, registered, listener, turn) {
    this.turn = turn;
    this.id = registered.device;
    this.store = store;
    this.token = registered.token;
    this.listener = listener;
  }

  async run() {
    await this.#noticeLoss();
    await this.#ownNumbers();
    for (let round = 0; round < ROUNDS; round++) {
      try {
        if (!(await this.store.meta("ready"))) await this.#download();
        if (await this.store.meta("recall")) await this.#recall();
        if (!(await this.#exchange())) return;
      } catch (error) {
        await this.#repair(error);
      }
    }
  }

  /** A book that was never written to, of a device the server has edits of: the browser has thrown it away. */
  async #noticeLoss() {
    if ((await this.store.meta("last_n")) !== null) return;
    const { last_n } = await post("/sync/push", this.token, { proto: PROTO, edits: [] });
    if (last_n > 0) await this.store.setMeta("evicted_at", new Date().toISOString());
    await this.store.setMeta("last_n", last_n);
  }

  /** Edits are numbered for one device; a phone that was registered anew begins again at one. */
  async #ownNumbers() {
    const before = await this.store.meta("device");
    if (before === this.id) return;
    if (before === null) return this.store.setMeta("device", this.id);
    await this.store.renumber(this.id);
    await this.store.setMeta("recall", true);
  }

  /** What the server had acknowledged and does not know any more waits again. */
  async #recall() {
    if (await this.store.recall(await this.#known(), this.turn)) return this.listener.status();
    await this.#anew();
    await this.#recall();
  }

  /** @returns {Promise<Record<string, number>>} how far the server has come with each device this phone was */
  async #known() {
    const devices = [...new Set([this.id, ...(await this.store.earlierDevices())])].slice(0, MOST_DEVICES);
    try {
      return (await post("/sync/known", this.token, { proto: PROTO, devices })).last_n;
    } catch (error) {
      // A server of the version before knows this device only; edits of earlier ones are taken for known.
      if (!(error instanceof Refusal) || error.status !== 404) throw error;
      const { last_n } = await post("/sync/push", this.token, { proto: PROTO, edits: [] });
      return { ...Object.fromEntries(devices.map((id) => [id, Number.MAX_SAFE_INTEGER])), [this.id]: last_n };
    }
  }

  /** What waited when the server last heard of this phone: its own record tells, until the next contact. */
  async #countLoss() {
    if ((await this.store.meta("evicted_at")) === null) return;
    await this.store.setMeta("evicted_waiting", (await this.store.get("device", this.id))?.waiting ?? 0);
  }

  async #download() {
    await download(this.store, this.token, (progress) => this.listener.progress(progress), this.turn);
    await this.#countLoss();
    await this.listener.status();
  }

  /** @returns {Promise<boolean>} whether there is more to send or to fetch */
  async #exchange() {
    const waiting = await this.store.number();
    const some = await batch(waiting, this.#most);
    const pull = { cursor: await this.store.meta("cursor"), limit: PAGE };
    const status = await this.#status();
    const reply = some.length
      ? await post("/sync/push", this.token, { proto: PROTO, edits: some.map(wireEdit), pull, status, clock: clock() })
      : { verdicts: [], pull: await post("/sync/pull", this.token, { proto: PROTO, ...pull, status }) };
    const revived = await this.store.arrive(some, reply.verdicts, reply.pull ?? null, this.turn);
    if (some.length) await this.listener.status();
    return waiting.length > some.length || reply.pull?.more === true || !reply.pull || revived;
  }

  async #status() {
    const { waiting, oldest_at } = await this.store.status();
    const mended = await this.store.meta("mended");
    return { waiting, oldest_at, build: BUILD, ...(mended && { mended: mended.count, mended_at: mended.at }) };
  }

  /**
   * Put right what can be put right here; everything else ends the round.
   * @param {unknown} error
   */
  async #repair(error) {
    if (!(error instanceof Refusal) || ++this.#repairs > REPAIRS) throw error;
    if (error.status === 413 && this.#most > 1) {
      this.#most = Math.ceil(this.#most / 2);
      this.#repairs -= 1;
    } else if (error.status === 410 || error.code === "bad_cursor" || error.code === "gap") {
      // The server was restored, or its keys are new: what it gave out before leads nowhere.
      await this.store.empty(this.turn);
    } else if (error.status === 401 && !error.problem.wipe && !this.#anewOnce) {
      // Registered after the backup that the server was restored from. Without a sign-in this ends the round.
      this.#anewOnce = true;
      await this.#anew();
      await this.store.empty(this.turn);
    } else if (error.code === "device_forked") {
      await this.#settleBefore(error.problem.n ?? 1);
      await this.#anew();
    } else {
      throw error;
    }
  }

  /**
   * What stands before the number that a copy of this phone has used the server has taken in, or had from the copy: its
   * verdicts are fetched, so that it is not sent a second time under another number.
   * @param {number} n
   */
  async #settleBefore(n) {
    const before = (await this.store.number()).filter((edit) => (edit.n ?? n) < n);
    for (let rest = before; rest.length;) {
      const some = await batch(rest, this.#most);
      const { verdicts } = await post("/sync/push", this.token, { proto: PROTO, edits: some.map(wireEdit) });
      await this.store.arrive(some, verdicts, null, this.turn);
      rest = rest.slice(some.length);
    }
  }

  async #anew() {
    const { token, device: id } = await registerAnew(this.store);
    this.token = token;
    this.id = id;
    await this.#ownNumbers();
  }
}

/** Sent along so that the server knows whether this phone's times can be believed. */
function clock() {
  return new Date().toISOString();
}

/**
 * What a failed round means for the next one. The outbox is kept in every case.
 * @param {unknown} error
 * @param {Store} store
 * @param {string} token
 * @returns {Promise<Outcome>}
 */
async function after(error, store, token) {
  if (error instanceof SignInNeeded) return trouble(store, "sign_in");
  if (error instanceof TooManyDevices) return trouble(store, "too_many");
  if (!(error instanceof Refusal)) {
    await failed(store);
    return error instanceof TypeError || /** @type {Error} */ (error)?.name === "TimeoutError" ? "offline" : "failed";
  }
  if (error.status === 401) return error.problem.wipe ? leave(store, token) : trouble(store, "sign_in");
  if (error.status === 426) return trouble(store, "upgrade");
  await failed(store, error);
  return "failed";
}

/**
 * @param {Store} store
 * @param {unknown} [error] a server that asks for time gets it
 */
async function failed(store, error) {
  if (error instanceof Refusal && (error.status === 429 || error.status === 503)) {
    await store.setMeta("sync_not_before", Date.now() + retryAfter(error.retryAfter, Date.now()));
  }
  const failures = ((await store.meta("sync_failures")) ?? 0) + 1;
  await store.setMeta("sync_failures", failures);
  await store.setMeta("sync_retry_at", Date.now() + backoff(failures));
}

/**
 * @param {Store} store
 * @param {"sign_in" | "too_many" | "upgrade"} what
 * @returns {Promise<Outcome>}
 */
async function trouble(store, what) {
  await store.setMeta("trouble", what);
  return what;
}

/**
 * @param {Store} store
 * @param {string} token
 * @returns {Promise<Outcome>}
 */
async function leave(store, token) {
  try {
    await wipe(store, token);
  } catch (error) {
    // The leader has not got the unsent edits yet: the book stays closed, and is offered again at the next try.
    await failed(store, error);
  }
  return "revoked";
}
