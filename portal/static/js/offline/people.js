// Rows of people, and what one can do for them: call, write, note.

import { celebrated, nextBirthday } from "../domain/birthdays.js";
import { marked } from "../domain/search.js";
import { word } from "./labels.js";
import * as say from "./say.js";

/**
 * @typedef {import("./say.js").Speaker} Speaker
 * @typedef {import("../store/search-lines.js").Line} Line
 * @typedef {import("../store/search-lines.js").Person} Person
 * @typedef {import("../store/search-lines.js").Due} Due
 * @typedef {{href: string, icon: string, text: string, is_call: boolean, after: string}} Action
 * @typedef {{text: string, marked: boolean}} Part
 */

/** @type {Action} */
const NO_ACTION = { href: "", icon: "", text: "", is_call: false, after: "" };

/**
 * What <person> prints; what is not given is empty.
 * @param {Line} line
 * @param {Record<string, any>} [more]
 */
export function row(line, more = {}) {
  const whole = {
    href: `/customers/${line.id}`,
    initial: say.initial(line.name),
    mark: "",
    name_parts: [{ text: line.name, marked: false }],
    sub: "",
    /** @type {{text: string, tone: string}[]} */
    tags: [],
    tone: "",
    lead: "",
    rest: "",
    second: "",
    action: null,
    meta_day: "",
    meta_text: "",
    has_letter: false,
    letter: "",
    ...more,
  };
  return {
    ...whole,
    lead: say.capital(whole.lead),
    second: say.capital(whole.second),
    action: whole.action ?? NO_ACTION,
    has_sub: whole.sub !== "",
    has_second: whole.second !== "",
    has_action: Boolean(whole.action),
    has_meta: whole.meta_day !== "",
  };
}

/** @param {string} name @param {[number, number][]} marks @returns {Part[]} */
export function parts(name, marks) {
  return marked(name, marks).map(({ text, hit }) => ({ text, marked: hit }));
}

/**
 * @param {Speaker} context
 * @param {Pick<Line, "id" | "mobile" | "contact">} line
 * @returns {Action} call, or open the card where there is no number or the customer wants no calls
 */
export function call({ _ }, { id, mobile, contact }) {
  if (!mobile || contact === "none") return open({ _ }, id);
  const after = `/customers/${id}/visits/new?channel=call`;
  return { href: `tel:${mobile}`, icon: "phone", text: _("Call now"), is_call: true, after };
}

/**
 * @param {Speaker} context
 * @param {Pick<Line, "id" | "mobile" | "contact">} line
 * @param {string} text what the message is: 发祝福
 * @returns {Action}
 */
export function message({ _ }, { id, mobile, contact }, text) {
  if (!mobile || contact === "none") return open({ _ }, id);
  return { href: `sms:${mobile}`, icon: "message-2", text, is_call: false, after: "" };
}

/** @param {Pick<Speaker, "_">} context @param {string} id @returns {Action} */
export function open({ _ }, id) {
  return { href: `/customers/${id}`, icon: "user-circle", text: _("Open"), is_call: false, after: "" };
}

/** @param {Speaker} context @param {string} href @returns {Action} */
export function note({ _ }, href) {
  return { href, icon: "pencil", text: _("Take a note"), is_call: false, after: "" };
}

/** @param {Speaker} context @param {Line} line @returns {string} 40 岁 */
export function ageOf(context, line) {
  return say.years(context, line.people.find((one) => one.id === line.id)?.birth_date);
}

/**
 * The row of a person that a birthday can be worked out from.
 * @param {Person} person
 */
function birthdayRow({ birth_date, calendar, month, day, leap }) {
  return {
    birth_date,
    birthday_calendar: calendar,
    birthday_month: month,
    birthday_day: day,
    birthday_leap: leap,
  };
}

/** @type {{today: string, days: Map<string, string | null>}} a book has many people and few days of birth */
let known = { today: "", days: new Map() };

/** @param {Person} person @param {string} today @returns {string | null} */
export function birthdayOf(person, today) {
  if (known.today !== today) known = { today, days: new Map() };
  const { birth_date, calendar, month, day, leap } = person;
  // By the sun, and without another day that is celebrated, the year of birth does not count.
  const born = calendar === "lunar" || month ? birth_date : birth_date?.slice(5);
  const key = `${born} ${calendar} ${month} ${day} ${leap}`;
  let next = known.days.get(key);
  if (next === undefined) known.days.set(key, (next = nextBirthday(birthdayRow(person), today)));
  return next;
}

/** @param {Person} person @returns {boolean} */
export function isLunar(person) {
  return celebrated(birthdayRow(person))?.calendar === "lunar";
}

/** @param {Speaker} context @param {Due} due @returns {string} 医疗 / Medical */
export function kindOf(context, due) {
  return word(context, "kind", due.kind);
}
