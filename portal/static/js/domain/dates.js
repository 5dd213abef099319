// Civil dates in Asia/Shanghai as `YYYY-MM-DD` texts. Pure: today is always passed in, and no `Date` is ever asked for
// a day or an hour in the zone of the phone. The server's twin is portal/dates.py.

/** China has had one clock and no summer time since 1992. */
const SHANGHAI_MS = 8 * 3600 * 1000;
const DAY_MS = 24 * 3600 * 1000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS = {
  zh: ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
  en: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
};

/** @typedef {string} Day `YYYY-MM-DD` */

/**
 * @param {Day} day
 * @returns {[number, number, number]} year, month 1–12, day
 */
export function parts(day) {
  return [Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8, 10))];
}

/**
 * @param {number} year
 * @param {number} month 1–12
 * @param {number} day
 * @returns {Day}
 */
export function dayFrom(year, month, day) {
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/**
 * @param {Day} day
 * @returns {number} days since 1970-01-01
 */
export function dayNumber(day) {
  const [year, month, date] = parts(day);
  return Math.round(Date.UTC(year, month - 1, date) / DAY_MS);
}

/**
 * @param {number} number days since 1970-01-01
 * @returns {Day}
 */
export function fromDayNumber(number) {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}

/**
 * @param {unknown} text
 * @returns {boolean} `YYYY-MM-DD` that is in the calendar
 */
export function isDate(text) {
  if (typeof text !== "string" || !/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const [year, month, day] = parts(text);
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= monthLength(year, month);
}

/**
 * @param {Date | string} instant
 * @returns {Day} the civil day in China
 */
export function dayOf(instant) {
  return local(instant).slice(0, 10);
}

/**
 * @param {Date | string} instant
 * @returns {string} the time of day in China: 14:00
 */
export function timeOf(instant) {
  return local(instant).slice(11, 16);
}

/** @param {Date | string} instant */
function local(instant) {
  return new Date(new Date(instant).getTime() + SHANGHAI_MS).toISOString();
}

/**
 * @param {Day} day
 * @param {string} time 14:00
 * @returns {string} the instant, as on the wire
 */
export function instantAt(day, time) {
  const [hour, minute] = time.split(":").map(Number);
  return new Date(dayNumber(day) * DAY_MS + (hour * 60 + minute) * 60_000 - SHANGHAI_MS).toISOString();
}

/**
 * @param {Day} day
 * @param {number} days negative for earlier
 * @returns {Day}
 */
export function addDays(day, days) {
  return fromDayNumber(dayNumber(day) + days);
}

/**
 * So many months later, on the same day or the last of a shorter month: 31 Jan + 1 → 28 Feb.
 * @param {Day} day
 * @param {number} months
 * @returns {Day}
 */
export function addMonths(day, months) {
  const [year, month, date] = parts(day);
  const index = year * 12 + month - 1 + months;
  const [toYear, toMonth] = [Math.floor(index / 12), (((index % 12) + 12) % 12) + 1];
  return dayFrom(toYear, toMonth, Math.min(date, monthLength(toYear, toMonth)));
}

/**
 * @param {number} year
 * @param {number} month 1–12
 */
export function monthLength(year, month) {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/**
 * @param {Day} first
 * @param {Day} last
 * @returns {number} days from first to last; negative when it lies before
 */
export function daysBetween(first, last) {
  return dayNumber(last) - dayNumber(first);
}

/**
 * Completed years. Who was born on 29 February turns a year older on 28 February in common years.
 * @param {Day} born
 * @param {Day} today
 */
export function age(born, today) {
  const years = parts(today)[0] - parts(born)[0];
  return today < addMonths(born, 12 * years) ? years - 1 : years;
}

/**
 * 12月8日 / 8 Dec; with the year when it is not the one of `today`.
 * @param {Day} day
 * @param {string} lang
 * @param {Day} [today]
 */
export function shown(day, lang, today) {
  const [year, month, date] = parts(day);
  const withYear = today !== undefined && year !== parts(today)[0];
  if (lang === "en") return `${date} ${MONTHS[month - 1]}${withYear ? ` ${year}` : ""}`;
  return `${withYear ? `${year}年` : ""}${month}月${date}日`;
}

/**
 * 周三 / Wed
 * @param {Day} day
 * @param {string} lang
 */
export function weekday(day, lang) {
  return WEEKDAYS[lang === "en" ? "en" : "zh"][(((dayNumber(day) + 3) % 7) + 7) % 7];
}
