// The smallest test frame: named checks that run in a real browser, asked for one by one by tests/e2e/test_modules.py.

import { same } from "../../portal/static/js/store/showing.js";

/** @type {Map<string, () => Promise<void> | void>} */
export const checks = new Map();

/**
 * @param {string} name
 * @param {() => Promise<void> | void} work
 */
export function check(name, work) {
  checks.set(name, work);
}

/**
 * @param {any} actual
 * @param {any} expected
 * @param {string} [what]
 */
export function equal(actual, expected, what = "") {
  if (!same(actual, expected)) {
    throw new Error(`${what}\nexpected ${JSON.stringify(expected)}\n but was ${JSON.stringify(actual)}`);
  }
}

/**
 * @param {any} value
 * @param {string} [what]
 */
export function ok(value, what = "it does not hold") {
  if (!value) throw new Error(what);
}

/**
 * @param {() => Promise<any>} work
 * @param {string} name of the error
 */
export async function refuses(work, name) {
  try {
    await work();
  } catch (error) {
    equal(/** @type {Error} */ (error).name, name);
    return;
  }
  throw new Error(`expected ${name}`);
}

let count = 0;

/** @returns {string} a record id that sorts after the one before */
export function id() {
  return `01990000-0000-7000-8000-${String(++count).padStart(12, "0")}`;
}
