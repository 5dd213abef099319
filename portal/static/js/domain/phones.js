// Phone numbers: one stored form, one shown form. Mainland mobiles without a prefix, others as +country number.
// The server's twin is portal/customers/phones.py.

import { BLANK, halfWidth, halfWidthDigits } from "./blanks.js";

const MARKS = new RegExp(`[${BLANK}\\-–—‐‑.()（）·]+`, "g");
const CODE_MARKS = new RegExp(`[${BLANK}·.\\-]+`, "g");
const MOBILE = /^1[3-9][0-9]{9}$/;
const INTERNATIONAL = /^\+[1-9][0-9]{5,14}$/;
const ANY = /^\+?[0-9(][0-9 ()-]{3,28}[0-9)](?: ?(?:转|ext\.?|x|#|-) ?[0-9]{1,8})?$/;

/**
 * The stored form: `138 0000-0001` and `+86 138…` → `13800000001`, `0044 20…` → `+4420…`; else only tidied.
 * @param {string} text
 * @returns {string}
 */
export function normalise(text) {
  let bare = halfWidthDigits(text.replace(MARKS, "")).replaceAll("＋", "+");
  if (bare.startsWith("00")) bare = `+${bare.slice(2)}`;
  const home = /^(?:\+?86)(1[3-9][0-9]{9})$/.exec(bare);
  return home ? home[1] : bare;
}

/** @param {string} text @returns {boolean} a stored mainland mobile number or international number */
export function isMobile(text) {
  return MOBILE.test(text) || INTERNATIONAL.test(text);
}

/** @param {string} text @returns {boolean} any phone: landlines with area code and extension too */
export function isPhone(text) {
  return isMobile(text) || ANY.test(text);
}

/** @param {string} text @returns {string} as people read it: 138 0000 2046 */
export function shown(text) {
  return MOBILE.test(text) ? `${text.slice(0, 3)} ${text.slice(3, 7)} ${text.slice(7)}` : text;
}

/** @param {string} text @returns {string} the last four digits, as people ask for a number over the phone */
export function last4(text) {
  return text.replace(/[^0-9]/g, "").slice(-4);
}

/**
 * @param {string} text
 * @returns {string} a policy number or plate as it is compared: no blanks, dots and dashes, upper case, half width
 */
export function bareCode(text) {
  return halfWidth(text)
    .replace(CODE_MARKS, "")
    .replace(/[a-z]/g, (letter) => letter.toUpperCase());
}
