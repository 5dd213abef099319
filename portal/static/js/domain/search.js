// Finding a customer by whatever one remembers: name, initials, pinyin, phone, plate, policy number, city, family.
// Pure. The server's twin is portal/customers/search.py; tests/vectors/search.json holds the two together.

import { BLANK } from "./blanks.js";
import { fold, syllables } from "./pinyin.js";

const BLANKS = new RegExp(`[${BLANK}]+`);
const LATIN = /^[a-z]+$/;
const DIGITS = /^\+?[0-9]+$/;
const CODE = /^[0-9a-z\u4e00-\u9fff-]{2,}$/;
const LIMIT = 50;
/** From so many characters on a policy number was meant, and brings its customer up. */
const SURE = 4;

/**
 * @typedef {[number, number]} Mark first and end character in the name
 * @typedef {{field: "mobile" | "plate" | "policy" | "city" | "family", text: string}} Why
 * @typedef {{rank: number, marks: Mark[], why: Why | null}} Match the better the lower the rank
 * @typedef {{id: string, number: string, product: string | null}} PolicyNumber
 *
 * @typedef {object} Line what of a search line counts here; see store/search-lines.js
 * @property {string} id
 * @property {string} name
 * @property {string[]} keys
 * @property {string | null} [mobile]
 * @property {string[]} [plates]
 * @property {PolicyNumber[]} [policies]
 * @property {string | null} [city]
 * @property {string[]} [family]
 *
 * @typedef {{id: string, name: string, marks: Mark[], why: Why | null}} Hit
 * @typedef {PolicyNumber & {customer_id: string, name: string}} PolicyHit
 * @typedef {{total: number, hits: Hit[], policies: PolicyHit[]}} Found
 */

/**
 * @typedef {object} Folded what of a line is compared, folded
 * @property {string} name
 * @property {string[]} plates
 * @property {string[]} numbers
 * @property {string} city
 * @property {string[]} family
 */

/**
 * Lines stay in memory from key press to key press; folding ten thousand of them at each would take most of the time.
 * @type {WeakMap<Line, Folded>}
 */
const FOLDED = new WeakMap();

/**
 * @param {Line} line
 * @returns {Folded}
 */
function folded(line) {
  let made = FOLDED.get(line);
  if (!made) {
    made = {
      name: fold(line.name),
      plates: (line.plates ?? []).map(fold),
      numbers: (line.policies ?? []).map(({ number }) => fold(number)),
      city: fold(line.city ?? ""),
      family: (line.family ?? []).map(fold),
    };
    FOLDED.set(line, made);
  }
  return made;
}

/**
 * Best first; among equals in the order of the lines.
 * @param {readonly Line[]} lines
 * @param {string} q
 * @param {{limit?: number}} [options]
 * @returns {Found}
 */
export function search(lines, q, { limit = LIMIT } = {}) {
  const words = wordsOf(q);
  const code = words.length === 1 && CODE.test(words[0]) ? words[0] : "";
  /** @type {{line: Line, fit: Match}[]} */
  const found = [];
  /** @type {PolicyHit[]} */
  const policies = [];
  for (const line of words.length ? lines : []) {
    const fit = matchWords(line, words);
    if (fit) found.push({ line, fit });
    if (code) {
      folded(line).numbers.forEach((number, place) => {
        if (!number.includes(code)) return;
        const policy = /** @type {PolicyNumber[]} */ (line.policies)[place];
        policies.push({ ...policy, customer_id: line.id, name: line.name });
      });
    }
  }
  found.sort((a, b) => a.fit.rank - b.fit.rank);
  const hits = found
    .slice(0, limit)
    .map(({ line, fit }) => ({ id: line.id, name: line.name, marks: fit.marks, why: fit.why }));
  return { total: found.length, hits, policies: policies.slice(0, limit) };
}

/**
 * @param {Line} line
 * @param {string} q
 * @returns {Match | null} how a line fits a query, null when it does not
 */
export function match(line, q) {
  return matchWords(line, wordsOf(q));
}

/**
 * A name cut where it is to be highlighted.
 * @param {string} name
 * @param {Mark[]} marks
 * @returns {{text: string, hit: boolean}[]}
 */
export function marked(name, marks) {
  const chars = [...name];
  /** @type {{text: string, hit: boolean}[]} */
  const cut = [];
  chars.forEach((char, place) => {
    const hit = marks.some(([start, end]) => place >= start && place < end);
    const last = cut[cut.length - 1];
    if (last?.hit === hit) last.text += char;
    else cut.push({ text: char, hit });
  });
  return cut;
}

/**
 * @param {string} q
 * @returns {string[]} the words of a query; each must fit somewhere
 */
function wordsOf(q) {
  return fold(q).replace(/['’]/g, "").split(BLANKS).filter(Boolean);
}

/**
 * @param {Line} line
 * @param {string[]} words
 * @returns {Match | null}
 */
function matchWords(line, words) {
  /** @type {Match | null} */
  let whole = null;
  for (const word of words) {
    const fit = matchWord(line, word);
    if (!fit) return null;
    whole = whole ? joined(whole, fit) : fit;
  }
  return whole;
}

/**
 * @param {Match} one
 * @param {Match} other
 * @returns {Match}
 */
function joined(one, other) {
  const marks = [...one.marks, ...other.marks.filter((mark) => !one.marks.some((have) => have.join() === mark.join()))];
  marks.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return { rank: Math.max(one.rank, other.rank), marks, why: one.why ?? other.why };
}

/**
 * @param {Line} line
 * @param {string} word
 * @returns {Match | null}
 */
function matchWord(line, word) {
  const { name } = folded(line);
  const at = name.indexOf(word);
  if (at >= 0) {
    const start = characters(name.slice(0, at));
    return { rank: at === 0 ? 0 : 2, marks: [[start, start + characters(word)]], why: null };
  }
  const mark = LATIN.test(word) ? spelled(line, word) : null;
  if (mark) return { rank: mark[0] === 0 ? 1 : 3, marks: [mark], why: null };
  return matchOther(line, word);
}

/** @param {string} text */
function characters(text) {
  return [...text].length;
}

/**
 * @param {Line} line
 * @param {string} word
 * @returns {Match | null}
 */
function matchOther(line, word) {
  const { plates, numbers, city, family } = folded(line);
  if (DIGITS.test(word) && word.length > 1 && line.mobile?.includes(word)) return because(4, "mobile", line.mobile);
  if (CODE.test(word)) {
    const plate = plates.findIndex((one) => one.includes(word));
    if (plate >= 0) return because(5, "plate", line.plates?.[plate] ?? "");
    const number = word.length >= SURE ? numbers.findIndex((one) => one.includes(word)) : -1;
    if (number >= 0) return because(6, "policy", line.policies?.[number].number ?? "");
  }
  if (city.includes(word)) return because(7, "city", line.city ?? "");
  const relative = family.findIndex((one) => one.includes(word));
  return relative >= 0 ? because(8, "family", line.family?.[relative] ?? "") : null;
}

/**
 * @param {number} rank
 * @param {Why["field"]} field
 * @param {string} text
 * @returns {Match}
 */
function because(rank, field, text) {
  return { rank, marks: [], why: { field, text } };
}

/**
 * Where in the name the sounds of `word` begin and end: initials, full syllables, or a mixture (lxmei).
 * @param {Line} line
 * @param {string} word
 * @returns {Mark | null}
 */
function spelled(line, word) {
  if (!line.keys.some((key) => inOrder(key, word))) return null;
  const heard = syllables(line.name);
  for (let start = 0; start < heard.length; start++) {
    const end = soundsTo(heard, start, word, 0);
    if (end) return [start, end];
  }
  return null;
}

/**
 * True when the letters of `word` stand in `key` in this order: a cheap sieve.
 * @param {string} key
 * @param {string} word
 */
function inOrder(key, word) {
  let at = 0;
  for (let place = 0; place < key.length && at < word.length; place++) if (key[place] === word[at]) at++;
  return at === word.length;
}

/**
 * @param {string[][]} heard
 * @param {number} place
 * @param {string} word
 * @param {number} at
 * @returns {number} the end of the characters that `word` from `at` spells from `place` on; 0 when it spells none
 */
function soundsTo(heard, place, word, at) {
  if (at === word.length) return place;
  if (place === heard.length) return 0;
  for (const sound of heard[place]) {
    if (sound === "") {
      const end = at ? soundsTo(heard, place + 1, word, at) : 0;
      if (end) return end;
    }
    for (let length = common(sound, word, at); length > 0; length--) {
      const end = soundsTo(heard, place + 1, word, at + length);
      if (end) return end;
    }
  }
  return 0;
}

/**
 * @param {string} sound
 * @param {string} word
 * @param {number} at
 * @returns {number} how many letters they share from their beginnings
 */
function common(sound, word, at) {
  let count = 0;
  while (count < sound.length && at + count < word.length && sound[count] === word[at + count]) count++;
  return count;
}
