// Texts in the agent's language. Message ids are English; the Chinese catalogue is built in.

import { ZH } from "../generated/catalogue.js";

/**
 * @typedef {Record<string, string | number>} Values
 * @typedef {(msgid: string, values?: Values) => string} Translate
 * @typedef {(one: string, many: string, n: number, values?: Values) => string} TranslateCount
 */

/**
 * @param {string} lang zh-CN or en
 * @returns {{_: Translate, ngettext: TranslateCount}}
 */
export function words(lang) {
  const catalogue = lang === "en" ? {} : ZH;
  return {
    _: (msgid, values) => filled(first(catalogue[msgid]) ?? msgid, values),
    ngettext: (one, many, n, values) => {
      const found = first(catalogue[one]);
      return filled(found ?? (n === 1 ? one : many), { n, num: n, ...values });
    },
  };
}

/**
 * Chinese has one form for every number.
 * @param {string | string[] | undefined} found
 */
function first(found) {
  return (Array.isArray(found) ? found[0] : found) || undefined;
}

/**
 * @param {string} text
 * @param {Values} [values]
 */
function filled(text, values) {
  if (!values) return text;
  return text.replace(/%\((\w+)\)s|%%/g, (all, name) => (name ? String(values[name] ?? all) : "%"));
}
