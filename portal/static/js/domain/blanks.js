// What counts as a blank here. `\s` differs between Python and JavaScript, so both sides use this written list.

export const BLANK = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200f\\u2028-\\u202f\\u205f\\u2060\\u3000\\ufeff";

const BLANKS = new RegExp(`[${BLANK}]+`, "g");

/**
 * @param {string} text
 * @returns {string} without any blanks
 */
export function withoutBlanks(text) {
  return text.replace(BLANKS, "");
}

/**
 * @param {string} text
 * @returns {string} full-width digits as digits
 */
export function halfWidthDigits(text) {
  return text.replace(/[\uff10-\uff19]/g, narrow);
}

/**
 * @param {string} text
 * @returns {string} full-width ASCII as ASCII
 */
export function halfWidth(text) {
  return text.replace(/[\uff01-\uff5e]/g, narrow);
}

/** @param {string} wide */
function narrow(wide) {
  return String.fromCharCode(wide.charCodeAt(0) - 0xfee0);
}
