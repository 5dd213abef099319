// How Chinese names sound, from the table that portal/customers/pinyin.py makes at build. Its twin there has the reasons.
// The table is data that comes by itself (store/sounds.js); until then a character stands for itself.

import { BLANK, halfWidth } from "./blanks.js";

const MOST = 16;
const FOLDABLE = /[A-ZüÜ\uff01-\uff5e]/;
const DROPPED = new RegExp(`[${BLANK}·•・.'’-]`, "g");

/** @typedef {{usual: string, others: string, surnames: Record<string, string>}} Sounds characters, packed by sound */

/** @type {Sounds | null} */
let known = null;
/** @type {Map<string, string[]> | null} */
let sounds = null;

/** @param {Sounds | null} table null: nothing is known any more */
export function hear(table) {
  known = table;
  sounds = null;
}

/** @returns {boolean} whether it is known how characters sound */
export function hears() {
  return known !== null;
}

/** @returns {Map<string, string[]>} character → readings, the usual one first; made once, at the first search */
function table() {
  if (sounds) return sounds;
  sounds = new Map();
  for (const packed of known ? [known.usual, known.others] : []) {
    for (const group of packed.split(";")) {
      const sound = /^[a-z]*/.exec(group)?.[0] ?? "";
      for (const char of group.slice(sound.length)) {
        const known = sounds.get(char);
        if (known) known.push(sound);
        else sounds.set(char, [sound]);
      }
    }
  }
  return sounds;
}

/**
 * As texts are compared: half width, Latin letters in lower case, ü as v. Keeps the number of characters.
 * @param {string} text
 */
export function fold(text) {
  // Most texts are Han only; ten thousand of them are folded at each key press.
  if (!FOLDABLE.test(text)) return text;
  return halfWidth(text)
    .replace(/[üÜ]/g, "v")
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * For each character of a name what it may sound like, the likeliest first; other letters stand for themselves.
 * @param {string} name
 * @returns {string[][]}
 */
export function syllables(name) {
  const chars = [...name];
  const heard = chars.map((char) => table().get(char) ?? [fold(char).replace(DROPPED, "")]);
  const surnames = known?.surnames ?? {};
  const double = chars.length > 2 ? surnames[chars[0] + chars[1]] : undefined;
  if (double) double.split(" ").forEach((sound, place) => (heard[place] = first([sound], heard[place])));
  else if (chars[0] in surnames) heard[0] = first(surnames[chars[0]].split(" "), heard[0]);
  return heard;
}

/**
 * @param {string[]} preferred
 * @param {string[]} rest
 */
function first(preferred, rest) {
  return [...new Set([...preferred, ...rest])];
}

/**
 * Every way to spell a name in full, the likeliest first, then its initials.
 * @param {string} name
 * @returns {string[]}
 */
export function readings(name) {
  const heard = syllables(name).filter((options) => options.length > 1 || options[0] !== "");
  if (!heard.length) return [];
  const initials = heard.map((options) => [...new Set(options.map((sound) => [...sound][0]))]);
  return [...new Set([...spellings(heard), ...spellings(initials)])];
}

/**
 * Up to `MOST` ways to choose a reading for each character, those with fewer rare readings first.
 * @param {string[][]} heard
 */
function spellings(heard) {
  /** @type {string[]} */
  const made = [];
  const rarest = heard.reduce((sum, options) => sum + options.length - 1, 0);
  for (let rarity = 0; rarity <= rarest && made.length < MOST; rarity++) asRare(heard, 0, rarity, "", made);
  return made;
}

/**
 * Adds the ways whose reading numbers, from `place` on, add up to `rarity`.
 * @param {string[][]} heard
 * @param {number} place
 * @param {number} rarity
 * @param {string} before
 * @param {string[]} made
 */
function asRare(heard, place, rarity, before, made) {
  if (made.length === MOST) return;
  if (place === heard.length) {
    if (rarity === 0) made.push(before);
    return;
  }
  for (let number = 0; number < heard[place].length && number <= rarity; number++) {
    asRare(heard, place + 1, rarity - number, before + heard[place][number], made);
  }
}
