// What values look like in a sentence: days, times, amounts, phones, names. Pure; `context` tells language and today.

import { addDays, age, daysBetween, shown as shownDate, weekday } from "../domain/dates.js";
import { fromSolar } from "../domain/lunar.js";
import { exact, short } from "../domain/money.js";
import { shown as shownPhone } from "../domain/phones.js";
import { clock, civilDate } from "./shell.js";

/** @typedef {Pick<import("./router.js").Context, "lang" | "today" | "_" | "ngettext">} Speaker */

/** Within this nobody asks which year is meant. */
const HALF_A_YEAR = 183;
const LUNAR_MONTHS = ["正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊"];
const TENS = ["初", "十", "廿", "三"];
const DIGITS = ["十", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

/** @param {Speaker} context @param {string} date @returns {string} 12月8日; with the year when it is another one and far */
export function day(context, date) {
  const far = Math.abs(daysBetween(context.today, date)) > HALF_A_YEAR;
  return shownDate(date, context.lang, far ? context.today : undefined);
}

/** @param {Speaker} context @param {string} date @returns {string} today, tomorrow, yesterday, or the day */
export function near(context, date) {
  const { _, today } = context;
  const away = daysBetween(today, date);
  if (away === 0) return _("today");
  if (away === 1) return _("tomorrow");
  if (away === -1) return _("yesterday");
  return day(context, date);
}

/** @param {Speaker} context @param {string} date @returns {string} 周五 27日: how one says a day of the coming week */
export function weekdayOf(context, date) {
  return weekday(date, context.lang);
}

/** @param {string} instant @returns {string} the civil day in China */
export function dayOf(instant) {
  return civilDate(new Date(instant));
}

/** @param {string} instant @returns {string} 14:00 */
export function time(instant) {
  return clock(instant);
}

/** @param {Speaker} context @param {string} instant @returns {string} 今天 10:20 / 11月21日 10:20 */
export function moment(context, instant) {
  return context._("%(day)s %(time)s", { day: near(context, dayOf(instant)), time: time(instant) });
}

/** @param {Speaker} context @param {string} instant @returns {string} the time today, the day before that */
export function briefly(context, instant) {
  const date = dayOf(instant);
  return date === context.today ? time(instant) : near(context, date);
}

/** @param {Speaker} context @param {string} date a day to come @returns {string} 还有 14 天 */
export function left(context, date) {
  const days = daysBetween(context.today, date);
  return context.ngettext("%(n)s day left", "%(n)s days left", days);
}

/** @param {Speaker} context @param {string} date a day gone by @returns {string} 41 天前 */
export function ago(context, date) {
  const { _, ngettext, today } = context;
  const days = daysBetween(date, today);
  if (days === 0) return _("today");
  if (days === 1) return _("yesterday");
  return ngettext("%(n)s day ago", "%(n)s days ago", days);
}

/** @param {Speaker} context @param {string | null | undefined} born @returns {string} 40 岁, or "" */
export function years(context, born) {
  if (!born || born > context.today) return "";
  const full = age(born, context.today);
  return full > 0 ? context.ngettext("%(n)s years old", "%(n)s years old", full) : context._("under 1 year");
}

/** @param {Speaker} context @param {number} fen @returns {string} 6,420 元 */
export function money(context, fen) {
  return exact(fen, context.lang);
}

/** @param {Speaker} context @param {number} fen @returns {string} 120 万 */
export function amount(context, fen) {
  return short(fen, context.lang);
}

/** @param {string} number @returns {string} 138 0000 2046 */
export function phone(number) {
  return shownPhone(number);
}

/** @param {string} name @returns {string} what stands on the avatar */
export function initial(name) {
  return [...name.trim()][0]?.toUpperCase() ?? "?";
}

/** @param {Speaker} context @param {string} date @returns {string} 农历十月十六 / lunar 10/16 */
export function lunar(context, date) {
  const found = fromSolar(date);
  return found ? lunarDay(context, found) : "";
}

/**
 * @param {Speaker} context
 * @param {{month: number, day: number, leap?: boolean}} what
 * @returns {string}
 */
export function lunarDay({ _, lang }, { month, day: ofMonth, leap = false }) {
  if (lang === "en") {
    const text = _("lunar month %(month)s, day %(day)s", { month, day: ofMonth });
    return leap ? _("%(day)s (leap month)", { day: text }) : text;
  }
  return `农历${leap ? "闰" : ""}${LUNAR_MONTHS[month - 1]}月${chineseDay(ofMonth)}`;
}

/** @param {number} ofMonth 1–30 @returns {string} 初一, 十六, 二十, 三十 */
function chineseDay(ofMonth) {
  if (ofMonth === 20) return "二十";
  if (ofMonth === 10) return "初十";
  if (ofMonth === 30) return "三十";
  return TENS[Math.floor(ofMonth / 10)] + DIGITS[ofMonth % 10];
}

/** @param {Speaker} context @param {string[]} parts @returns {string} the parts that are not empty, as one phrase */
export function joined({ _ }, parts) {
  return parts
    .filter(Boolean)
    .reduce((all, one) => (all ? _("%(one)s, %(other)s", { one: all, other: one }) : one), "");
}

/** @param {Speaker} context @param {string[]} names @returns {string} 李建国、林雪梅 */
export function listed({ _, lang }, names) {
  const known = names.filter(Boolean);
  const before = lang === "en" && known.length > 2 ? [known.slice(0, -1).join(", "), ...known.slice(-1)] : known;
  return before.reduce((all, one) => (all ? _("%(one)s and %(other)s", { one: all, other: one }) : one), "");
}

/** @param {string} text @returns {string} as a line begins */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param {string} text @param {number} most @returns {string} cut to so many characters */
export function cut(text, most) {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : text;
}

export { addDays, daysBetween };
