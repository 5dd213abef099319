// Texts in the agent's language. Message ids are English; the Chinese of the first rooms is built in, that of the rooms
// that are entered later comes by itself, before the first record. Without it they speak English.

import { WORDS_URL } from "../generated/build.js";
import { MSGIDS, ZH } from "../generated/catalogue.js";
import { Data } from "../store/data.js";
import { wordsOf } from "./runtime.js";

/**
 * @typedef {Record<string, string | number>} Values
 * @typedef {(msgid: string, values?: Values) => string} Translate
 * @typedef {(one: string, many: string, n: number, values?: Values) => string} TranslateCount
 * @typedef {{_: Translate, ngettext: TranslateCount, words: import("./runtime.js").Words}} Language words: for templates
 */

const ENGLISH = wordsOf({});
/** @type {Record<string, string>} */
const TEXTS = Object.fromEntries(MSGIDS.map((msgid, place) => [msgid, ZH[place]]));
const CHINESE = wordsOf(TEXTS);

let whole = false;

/** @param {Record<string, string>} later Chinese by msgid @returns {boolean} */
export function learnWords(later) {
  if (!Object.values(later).every((text) => typeof text === "string")) return false;
  Object.assign(TEXTS, later);
  whole = true;
  return true;
}

export const WORDS = new Data(WORDS_URL, () => whole, learnWords);

/**
 * @param {string} lang zh-CN or en
 * @returns {Language}
 */
export function wordsIn(lang) {
  const words = lang === "en" ? ENGLISH : CHINESE;
  return {
    words,
    _: (msgid, values) => filled(words.gettext(msgid), values),
    ngettext: (one, many, n, values) => filled(words.ngettext(one, many, n), { n, num: n, ...values }),
  };
}

/**
 * @param {string} text
 * @param {Values} [values]
 */
function filled(text, values) {
  if (!values) return text;
  return text.replace(/%\((\w+)\)s|%%/g, (all, name) => (name ? String(values[name] ?? all) : "%"));
}
