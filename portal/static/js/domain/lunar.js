// The Chinese calendar from one table for the lunar years 1900–2100. The server's twin is portal/lunar.py.

import { dayNumber, fromDayNumber, monthLength as solarLength } from "./dates.js";
import { YEARS } from "./lunar-table.js";

export const FIRST_YEAR = 1900;
/** Birthdays are worked out up to 2099; the table has one year more, for what crosses the year. */
export const LAST_YEAR = 2099;

const NEW_YEAR_1900 = dayNumber("1900-01-31");

/** @typedef {{year: number, month: number, day: number, leap: boolean}} LunarDate */

/**
 * @param {number} year
 * @returns {number} the month that comes twice in a lunar year, or 0
 */
export function leapMonth(year) {
  return YEARS[year - FIRST_YEAR] >> 13;
}

/**
 * @param {number} year
 * @returns {number[]} the days of the 12 or 13 months of a lunar year, in order
 */
export function monthLengths(year) {
  const bits = YEARS[year - FIRST_YEAR];
  return Array.from({ length: leapMonth(year) ? 13 : 12 }, (_, place) => 29 + ((bits >> place) & 1));
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Days from 1900-01-31 to each new year, and to the end of the table. @type {number[]} */
const STARTS = [0];
for (let year = FIRST_YEAR; year < FIRST_YEAR + YEARS.length; year++) {
  STARTS.push(STARTS[STARTS.length - 1] + sum(monthLengths(year)));
}

/**
 * @param {number} year
 * @returns {string} Spring Festival of a lunar year
 */
export function newYear(year) {
  return fromDayNumber(NEW_YEAR_1900 + STARTS[year - FIRST_YEAR]);
}

/**
 * @param {number} year
 * @param {number} month
 * @param {boolean} [leap]
 * @returns {number} days of a lunar month, 29 or 30; 0 when the year has no such leap month
 */
export function monthLength(year, month, leap = false) {
  if (leap && leapMonth(year) !== month) return 0;
  return monthLengths(year)[placeOf(year, month, leap)];
}

/**
 * @param {number} year
 * @param {number} month
 * @param {number} day
 * @param {boolean} [leap]
 * @returns {string | null} the solar day of a lunar one; null when there is no such day in the table
 */
export function toSolar(year, month, day, leap = false) {
  if (year < FIRST_YEAR || year >= FIRST_YEAR + YEARS.length || month < 1 || month > 12) return null;
  if (day < 1 || day > monthLength(year, month, leap)) return null;
  const before = sum(monthLengths(year).slice(0, placeOf(year, month, leap)));
  return fromDayNumber(NEW_YEAR_1900 + STARTS[year - FIRST_YEAR] + before + day - 1);
}

/**
 * @param {string} day
 * @returns {LunarDate | null} the lunar day of a solar one; null outside the table
 */
export function fromSolar(day) {
  let past = dayNumber(day) - NEW_YEAR_1900;
  if (past < 0 || past >= STARTS[STARTS.length - 1]) return null;
  let index = Math.min(Math.floor((past * 10) / 3653), YEARS.length - 1);
  while (STARTS[index] > past) index--;
  while (STARTS[index + 1] <= past) index++;
  past -= STARTS[index];
  const year = FIRST_YEAR + index;
  const lengths = monthLengths(year);
  let place = 0;
  while (past >= lengths[place]) past -= lengths[place++];
  return named(year, place, past + 1);
}

/**
 * True when some year has this birthday: 29 February, but not 30; day 30 of every lunar month.
 * @param {string} calendar solar or lunar
 * @param {number} month
 * @param {number} day
 */
export function dayExists(calendar, month, day) {
  if (month < 1 || month > 12) return false;
  return day >= 1 && day <= (calendar === "lunar" ? 30 : solarLength(2024, month));
}

/**
 * Where a month stands among those of its year.
 * @param {number} year
 * @param {number} month
 * @param {boolean} leap
 */
function placeOf(year, month, leap) {
  const doubled = leapMonth(year);
  return leap || (doubled && month > doubled) ? month : month - 1;
}

/**
 * @param {number} year
 * @param {number} place
 * @param {number} day
 * @returns {LunarDate}
 */
function named(year, place, day) {
  const doubled = leapMonth(year);
  if (doubled && place === doubled) return { year, month: doubled, day, leap: true };
  return { year, month: place + (doubled && place > doubled ? 0 : 1), day, leap: false };
}
