// When a birthday comes next, by the sun or by the moon. Pure. The server's twin, with the reasons, is
// portal/customers/birthdays.py.

import { addMonths, dayFrom, parts } from "./dates.js";
import { FIRST_YEAR, LAST_YEAR, fromSolar, leapMonth, monthLength, toSolar } from "./lunar.js";

/**
 * @typedef {{calendar: string, month: number, day: number, leap: boolean}} Celebrated a month and day of a calendar
 * @typedef {Record<string, any>} Row of a customer or relative
 */

/**
 * @param {Row} row
 * @returns {Celebrated | null} what was entered, else what the birth date says; null when unknown
 */
export function celebrated(row) {
  const calendar = row.birthday_calendar || "solar";
  if (row.birthday_month && row.birthday_day) {
    return { calendar, month: row.birthday_month, day: row.birthday_day, leap: row.birthday_leap === true };
  }
  if (!row.birth_date) return null;
  const moon = calendar === "lunar" ? fromSolar(row.birth_date) : null;
  if (moon) return { calendar: "lunar", month: moon.month, day: moon.day, leap: moon.leap };
  return solarOf(row.birth_date);
}

/**
 * @param {string} born
 * @returns {Celebrated}
 */
function solarOf(born) {
  const [, month, day] = parts(born);
  return { calendar: "solar", month, day, leap: false };
}

/**
 * The next birthday of a customer or relative, today included; null when none is known. Beyond the lunar table (2099)
 * the solar birth date decides.
 * @param {Row} row
 * @param {string} today
 * @param {boolean} [leapWhenPresent]
 * @returns {string | null}
 */
export function nextBirthday(row, today, leapWhenPresent = false) {
  const what = celebrated(row);
  if (!what) return null;
  if (what.calendar !== "lunar") return nextSolar(what, today);
  const found = nextLunar(what, today, leapWhenPresent);
  return found || !row.birth_date ? found : nextSolar(solarOf(row.birth_date), today);
}

/**
 * @param {Celebrated} what
 * @param {string} today
 * @returns {string} the next such day of the solar calendar, today included
 */
export function nextSolar(what, today) {
  const [year] = parts(today);
  const thisYear = inYear(what, year);
  return thisYear >= today ? thisYear : inYear(what, year + 1);
}

/**
 * @param {Celebrated} what
 * @param {number} year
 */
function inYear(what, year) {
  return addMonths(dayFrom(2000, what.month, what.day), 12 * (year - 2000));
}

/**
 * @param {Celebrated} what
 * @param {string} today
 * @param {boolean} [leapWhenPresent]
 * @returns {string | null} the next such day of the lunar calendar, today included; null where the table ends
 */
export function nextLunar(what, today, leapWhenPresent = false) {
  const [year] = parts(today);
  for (const lunarYear of [year - 1, year, year + 1]) {
    const found = inLunarYear(what, lunarYear, leapWhenPresent);
    if (found && found >= today) return found;
  }
  return null;
}

/**
 * @param {Celebrated} what
 * @param {number} year
 * @param {boolean} [leapWhenPresent]
 * @returns {string | null} the day on which it is celebrated in a lunar year; null outside the table (1900–2099)
 */
export function inLunarYear(what, year, leapWhenPresent = false) {
  if (year < FIRST_YEAR || year > LAST_YEAR) return null;
  const leap = what.leap && leapWhenPresent && leapMonth(year) === what.month;
  return toSolar(year, what.month, Math.min(what.day, monthLength(year, what.month, leap)), leap);
}
