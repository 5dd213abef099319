// Exact fractions of BigInt, for the few places where money is divided. Denominators are always above zero.
//
// Fractions are reduced only when asked: a greatest common divisor of thousand-digit numbers costs more than the sums.

/** @typedef {{n: bigint, d: bigint}} Ratio */

/**
 * @param {bigint} n
 * @param {bigint} [d]
 * @returns {Ratio}
 */
export function ratio(n, d = 1n) {
  return d < 0n ? { n: -n, d: -d } : { n, d };
}

/** @param {Ratio} a @param {Ratio} b */
export const plus = (a, b) => (a.d === b.d ? { n: a.n + b.n, d: a.d } : { n: a.n * b.d + b.n * a.d, d: a.d * b.d });
/** @param {Ratio} a */
export const minus = (a) => ({ n: -a.n, d: a.d });
/** @param {Ratio} a @param {Ratio} b */
export const times = (a, b) => ({ n: a.n * b.n, d: a.d * b.d });
/** @param {Ratio} a @param {Ratio} b above or below zero */
export const over = (a, b) => ratio(a.n * b.d, a.d * b.n);
/** @param {Ratio} a @param {number} exponent a whole number from zero */
export const power = (a, exponent) => ({ n: a.n ** BigInt(exponent), d: a.d ** BigInt(exponent) });
/** @param {Ratio} a @param {Ratio} b */
export const less = (a, b) => a.n * b.d < b.n * a.d;
/** @param {Ratio} a @param {Ratio} b */
export const largest = (a, b) => (less(a, b) ? b : a);
/** @param {Ratio} a @param {Ratio} b */
export const smallest = (a, b) => (less(b, a) ? b : a);

/**
 * @param {Ratio} a
 * @returns {Ratio} the same in lowest terms
 */
export function reduced({ n, d }) {
  let [a, b] = [n < 0n ? -n : n, d];
  while (b) [a, b] = [b, a % b];
  return a > 1n ? { n: n / a, d: d / a } : { n, d };
}

/**
 * @param {Ratio} a
 * @returns {bigint} the nearest whole number; a half goes up
 */
export function rounded({ n, d }) {
  return floor(2n * n + d, 2n * d);
}

/**
 * @param {bigint} n
 * @param {bigint} d above zero
 */
function floor(n, d) {
  const quotient = n / d;
  return n < 0n && quotient * d !== n ? quotient - 1n : quotient;
}

/**
 * @param {Ratio} q
 * @param {number} n from 1
 * @returns {Ratio} 1 + q + … + q^(n−1)
 */
export function geometric(q, n) {
  const { n: a, d: b } = reduced(q);
  if (a === b) return ratio(BigInt(n));
  const power = BigInt(n);
  return ratio(b ** power - a ** power, b ** (power - 1n) * (b - a));
}
