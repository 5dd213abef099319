// Resident identity card numbers: 18 characters that say birth date and sex and check themselves (GB 11643-1999).
// The server's twin is portal/customers/idcard.py.

import { BLANK, halfWidthDigits } from "./blanks.js";
import { isDate } from "./dates.js";

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = "10X98765432";
const FIRST_DAY = "1900-01-01";
const BLANKS = new RegExp(`[${BLANK}\\-]+`, "g");

/**
 * @param {string} text
 * @returns {string} as numbers are compared: no blanks, half width, X in upper case
 */
export function fold(text) {
  return halfWidthDigits(text.replace(BLANKS, "")).replace(/[ｘＸxХх]/g, "X");
}

/**
 * What an 18-character number says, or null when it is not one (shape, checksum, 1900 ≤ birth ≤ today). The region is
 * not looked at: regions are renamed and people keep their numbers.
 * @param {string} text
 * @param {string} today
 * @returns {{birth_date: string, gender: "male" | "female"} | null}
 */
export function read(text, today) {
  const number = fold(text);
  if (!/^[0-9]{17}[0-9X]$/.test(number) || checkDigit(number.slice(0, 17)) !== number[17]) return null;
  const born = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
  if (!isDate(born) || born < FIRST_DAY || born > today) return null;
  return { birth_date: born, gender: Number(number[16]) % 2 ? "male" : "female" };
}

/**
 * @param {string} first the first 17 digits
 * @returns {string} the 18th character
 */
export function checkDigit(first) {
  return CHECKS[WEIGHTS.reduce((sum, weight, place) => sum + weight * Number(first[place]), 0) % 11];
}

/**
 * What a person's ID-card number says that the row does not: nobody types a birth date twice.
 * @param {Record<string, any>} row of a customer or relative
 * @param {string} today
 * @returns {{birth_date?: string, gender?: string}}
 */
export function told(row, today) {
  if (!row.id_number || (row.id_type || "idcard") !== "idcard") return {};
  const card = read(row.id_number, today);
  if (!card) return {};
  return { ...(row.birth_date ? {} : { birth_date: card.birth_date }), ...(row.gender ? {} : { gender: card.gender }) };
}
