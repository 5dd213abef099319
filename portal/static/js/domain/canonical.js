// Canonical JSON (RFC 8785 with integers only) and the digests made of it. Pure. The server's twin is
// sync/canonical.py; tests/vectors/canonical.json holds both to one result.

import { sha256 } from "./sha256.js";

/** The value has no canonical form: a fraction, an integer beyond ±(2^53 − 1), a lone surrogate, another type. */
export class NotCanonical extends Error {
  constructor() {
    super("This value has no canonical form.");
    this.name = "NotCanonical";
  }
}

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const encoder = new TextEncoder();

/**
 * @param {any} value
 * @returns {string} the one text of a JSON value
 * @throws {NotCanonical}
 */
export function canonical(value) {
  if (value === null || value === true || value === false) return String(value);
  if (typeof value === "string") return text(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new NotCanonical();
    return String(value + 0); // a negative zero is zero
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object") throw new NotCanonical();
  // Sorted by UTF-16 unit, as the RFC wants and as this language does by itself.
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${text(key)}:${canonical(value[key])}`).join(",")}}`;
}

/** @param {string} value */
function text(value) {
  if (LONE.test(value)) throw new NotCanonical();
  return JSON.stringify(value);
}

/**
 * What a live row adds (by XOR) to the digest of its scope.
 * @param {string} kind
 * @param {Record<string, any>} row
 * @returns {string} 16 hexadecimal digits
 */
export function rowDigest(kind, row) {
  const inner = sha256(encoder.encode(canonical(row)));
  const before = encoder.encode(`${kind}:${row.id}:${row.ver}:`);
  const whole = new Uint8Array(before.length + inner.length);
  whole.set(before);
  whole.set(inner, before.length);
  return hex(sha256(whole).subarray(0, 8));
}

/**
 * @param {string} id
 * @returns {number} the bucket 0–255 of a row when a difference is narrowed down
 */
export function bucketOf(id) {
  return sha256(encoder.encode(id))[0];
}

/**
 * @param {string} one
 * @param {string} other
 * @returns {string} both digests in one; the same twice is none
 */
export function xor(one, other) {
  return half(one, other, 0) + half(one, other, 8);
}

export const NONE = "0".repeat(16);

/**
 * @param {string} one
 * @param {string} other
 * @param {number} at
 */
function half(one, other, at) {
  const bits = parseInt(one.slice(at, at + 8), 16) ^ parseInt(other.slice(at, at + 8), 16);
  return (bits >>> 0).toString(16).padStart(8, "0");
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
