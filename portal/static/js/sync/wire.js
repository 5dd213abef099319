// What goes over the wire to /sync, and what its errors mean.

export const PROTO = 1;
export const BATCH_EDITS = 200;
export const BATCH_BYTES = 512 * 1024;
export const PAGE = 500;

const TIMEOUT_MS = 60_000;
// Below this, packing costs more than it saves.
const PACK_FROM = 1024;

/** The server answered, but not with what was asked for. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {{code?: string, wipe?: boolean, expected?: number, n?: number}} problem
   * @param {string | null} retryAfter
   */
  constructor(status, problem, retryAfter) {
    super(problem.code ?? `status ${status}`);
    this.name = "Refusal";
    this.status = status;
    this.problem = problem;
    this.code = problem.code ?? "";
    this.retryAfter = retryAfter;
  }
}

/**
 * @param {import("../store/book.js").Edit} edit
 * @returns {Record<string, any>} as the server wants it; the same at every sending, byte for byte
 */
export function wireEdit({ n, op, kind, id, base, set, at, cursor }) {
  if (op === "create") return { n, op, kind, id, set, at };
  if (op === "delete") return { n, op, kind, id, base, at, ...(cursor ? { cursor } : {}) };
  return { n, op, kind, id, base, set, at };
}

/**
 * @param {string} path
 * @param {string} token
 * @param {any} body
 * @returns {Promise<any>}
 */
export async function post(path, token, body) {
  return (await call(path, token, await packed(JSON.stringify(body)))).json();
}

/**
 * @param {string} path
 * @param {string} token
 * @returns {Promise<Response>} whose body is still coming
 */
export function get(path, token) {
  return call(path, token, { method: "GET" }, false);
}

/**
 * @param {string} path
 * @param {string} token
 * @param {{method: string, body?: BodyInit, headers?: Record<string, string>}} init
 * @param {boolean} [limited] a download may take its time, a call may not
 * @returns {Promise<Response>}
 */
async function call(path, token, init, limited = true) {
  const response = await fetch(path, {
    ...init,
    headers: { ...init.headers, Authorization: `Bearer ${token}` },
    credentials: "omit",
    cache: "no-store",
    redirect: "error",
    ...(limited ? { signal: AbortSignal.timeout(TIMEOUT_MS) } : {}),
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

/** @param {Response} response */
async function refusal(response) {
  const problem = await response.json().catch(() => ({}));
  return new Refusal(response.status, problem, response.headers.get("Retry-After"));
}

/** @param {string} text */
async function packed(text) {
  const headers = { "Content-Type": "application/json" };
  if (text.length < PACK_FROM || !("CompressionStream" in self)) return { method: "POST", body: text, headers };
  return { method: "POST", body: await gzip(text), headers: { ...headers, "Content-Encoding": "gzip" } };
}

/** @param {string} text */
function gzip(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/**
 * The first edits that fit into one request.
 * @template T
 * @param {T[]} edits
 * @param {number} most
 * @param {(edit: T) => any} [wire] how they are sent
 * @returns {Promise<T[]>} at least one, if there is one
 */
export async function batch(edits, most, wire = /** @type {any} */ (wireEdit)) {
  let some = edits.slice(0, most);
  while (some.length > 1 && (await weight(some.map(wire))) > BATCH_BYTES)
    some = some.slice(0, Math.ceil(some.length / 2));
  return some;
}

/** @param {any[]} sent */
async function weight(sent) {
  const text = JSON.stringify(sent);
  return text.length <= BATCH_BYTES / 4 || !("CompressionStream" in self) ? text.length : (await gzip(text)).byteLength;
}
