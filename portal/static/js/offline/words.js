// Texts in the agent's language. Message ids are English; the Chinese catalogue is built in.

import { MSGIDS, ZH } from "../generated/catalogue.js";
import { wordsOf } from "./runtime.js";

/**
 * @typedef {Record<string, string | number>} Values
 * @typedef {(msgid: string, values?: Values) => string} Translate
 * @typedef {(one: string, many: string, n: number, values?: Values) => string} TranslateCount
 * @typedef {{_: Translate, ngettext: TranslateCount, words: import("./runtime.js").Words}} Language words: for templates
 */

const ENGLISH = wordsOf({});
const CHINESE = wordsOf(Object.fromEntries(MSGIDS.map((msgid, place) => [msgid, ZH[place]])));

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
