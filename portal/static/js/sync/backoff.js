// When to try again. Pure.

const FIRST_MS = 2_000;
const LONGEST_MS = 5 * 60_000;

/**
 * Full jitter: anything between nothing and the doubled time, so that a thousand phones do not come back together.
 * @param {number} failures in a row, from 1
 * @param {number} [random] 0 ≤ random < 1
 * @returns {number} milliseconds
 */
export function backoff(failures, random = Math.random()) {
  return Math.round(Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10)) * random);
}

/**
 * @param {string | null} header the value of Retry-After: seconds, or a date
 * @param {number} now epoch milliseconds
 * @param {number} [random] 0 ≤ random < 1
 * @returns {number} milliseconds to wait: never less than asked for, and spread over as much again
 */
export function retryAfter(header, now, random = Math.random()) {
  const seconds = Number(header);
  const asked = header && Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header ?? "") - now;
  const wait = Number.isFinite(asked) && asked > 0 ? Math.min(asked, 3_600_000) : FIRST_MS;
  return Math.round(wait * (1 + random));
}
