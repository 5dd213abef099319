// A questionnaire (data) asked of a family: which screens there are, and what is wrong with an answer. The server's
// twin is portal/needs/questions.py, where the shapes are explained.

import { compile } from "./cel.js";
import { age, isDate } from "./dates.js";
import { at } from "./gap.js";
import { GUARDED_AGE, household } from "./household.js";

/**
 * @typedef {Record<string, any>} Facts
 * @typedef {Record<string, string>} Fault what is wrong, by place
 * @typedef {{key: string, question: any, section: string, member: Facts | null}} Screen
 */

const MOST_FEN = 10 ** 13;
const MOST_AGE = 105;
const MOST_TEXT = 200;

const NEEDED = "Please answer, or choose “Not sure”.";
const FIELD_NEEDED = "This is needed.";
const NO_AMOUNT = "Enter an amount.";
const BELOW_ZERO = "An amount cannot be below zero.";
const TOO_MUCH = "This amount is too large.";
const NO_NUMBER = "Enter a whole number.";
const OUT_OF_RANGE = "This number is outside what is possible.";
const NOT_OFFERED = "Choose one of the answers.";
const ALONE = "“None” leaves no room for others.";
const TOO_LONG = "This is too long.";
const TOO_MANY = "There are too many entries.";
const SHARES = "The shares must add up to 100 %.";
const ONE_SELF = "Exactly one person must be the customer.";
const ONE_SPOUSE = "There can be one spouse only.";
const BORN = "Enter the date of birth.";
const NOT_BORN_YET = "The date of birth cannot be after today.";
const TOO_OLD = "Nobody here can be older than 105.";
const NO_DATE = "Enter a date.";
const ORDER = "The end cannot be before the start.";
const RANKED = "Choose three different things.";
const NOBODY = "Choose a person of the family.";

/** @param {any} value */
export const isUnknown = (value) => value !== null && typeof value === "object" && value.unknown === true;

/**
 * The answers that count: those on screens there are now.
 * @param {any} questionnaire
 * @param {Facts} answers
 * @param {Facts} values
 * @param {string} today
 */
export function counted(questionnaire, answers, values, today) {
  const keys = new Set(screens(questionnaire, answers, values, today).map((screen) => screen.key));
  return Object.fromEntries(Object.entries(answers).filter(([key]) => keys.has(key)));
}

/**
 * The screens in the order they are asked.
 * @param {any} questionnaire
 * @param {Facts} answers
 * @param {Facts} values
 * @param {string} today
 * @param {{quick?: boolean}} [how] quick leaves out what can be assumed
 * @returns {Screen[]}
 */
export function screens(questionnaire, answers, values, today, { quick = false } = {}) {
  const facts = household(at(answers, "middle"), values, today);
  const home = homeOf(facts);
  const refused = answers.G02 === false;
  /** @type {Screen[]} */
  const found = [];
  for (const section of questionnaire.sections) {
    for (const question of section.questions) {
      if ((quick && !question.quick) || (refused && question.sensitive)) continue;
      for (const member of askedOf(question, facts)) {
        if (question.when && told(question.when, home, member) !== true) continue;
        const key = member ? `${question.id}:${member.id}` : question.id;
        found.push({ key, question, section: section.id, member });
      }
    }
  }
  return found;
}

/** @param {Facts} facts */
export function homeOf(facts) {
  const counted = facts.members.filter((/** @type {Facts} */ each) => each.age >= 0 && each.age < GUARDED_AGE);
  return { ...facts.household, young: counted.length + facts.household.withheld };
}

/**
 * @param {any} question
 * @param {Facts} facts
 * @returns {(Facts | null)[]}
 */
function askedOf({ of }, { members }) {
  if (of === "household") return [null];
  return members.filter(
    (/** @type {Facts} */ member) =>
      of === "member" || (of === "couple" && member.in_couple) || (of === "child" && member.relation === "child"),
  );
}

/** @type {Map<string, import("./cel.js").Term>} */
const programs = new Map();

/**
 * @param {string} text
 * @param {Facts} home
 * @param {Facts | null} member
 * @param {any} [value]
 */
function told(text, home, member, value = null) {
  let program = programs.get(text);
  if (!program) programs.set(text, (program = compile(text, {})));
  return program({ m: member ? numbered(member) : {}, h: numbered(home), value: big(value) });
}

/** Facts with numbers as conditions have them: dozens of questions look at the same. @type {WeakMap<Facts, any>} */
const NUMBERED = new WeakMap();

/** @param {Facts} facts */
function numbered(facts) {
  if (!NUMBERED.has(facts)) NUMBERED.set(facts, big(facts));
  return NUMBERED.get(facts);
}

/**
 * What is wrong with an answer, by place: "" the answer itself, "0.balance_fen" a field of its first entry.
 * @param {Screen} screen
 * @param {any} value
 * @param {Facts} home
 * @param {string[]} ids members of the family
 * @param {string} today
 * @returns {Fault}
 */
export function faults(screen, value, home, ids, today) {
  if (value === null || value === undefined) return { "": NEEDED };
  if (isUnknown(value) && Object.keys(value).length === 1) return {};
  return new Checking(home, screen.member, ids, today).faults(screen.question, value);
}

/**
 * The words of a warning that an answer calls for, or null; the answer is taken all the same.
 * @param {Screen} screen
 * @param {any} value
 * @param {Facts} home
 */
export function warning(screen, value, home) {
  const { warn } = screen.question;
  if (!warn || value === null || value === undefined || isUnknown(value)) return null;
  try {
    return told(warn.when, home, screen.member, value) === true ? warn : null;
  } catch {
    return null; // part of the answer is not there yet
  }
}

/** One answer held against its question. */
class Checking {
  /**
   * @param {Facts} home
   * @param {Facts | null} member
   * @param {string[]} ids
   * @param {string} today
   */
  constructor(home, member, ids, today) {
    this.home = home;
    this.member = member;
    this.ids = ids;
    this.today = today;
  }

  /**
   * @param {any} question
   * @param {any} value
   * @returns {Fault}
   */
  faults(question, value) {
    const check = CHECKS[question.type];
    return check ? check(this, question, value) : { "": NOT_OFFERED };
  }

  /** @param {any} limit */
  limit(limit) {
    if (limit === undefined) return null;
    return typeof limit === "string" ? Number(told(limit, this.home, this.member)) : limit;
  }

  /**
   * @param {any} question
   * @param {any} value
   * @param {string} [at]
   * @returns {Fault}
   */
  group(question, value, at = "") {
    if (!isMap(value)) return { "": NEEDED };
    /** @type {Fault} */
    const found = {};
    for (const field of question.fields) {
      const given = value[field.id] ?? null;
      if (given === null && field.required) found[`${at}${field.id}`] = FIELD_NEEDED;
      if (given === null) continue;
      for (const [place, fault] of Object.entries(this.faults(field, given))) found[`${at}${field.id}${place}`] = fault;
    }
    return found;
  }

  /** @param {any} each */
  born(each) {
    if (each.unborn) return null;
    const born = each.birth_date ?? null;
    if (born === null) return isWhole(each.age) && each.age >= 0 && each.age <= MOST_AGE ? null : BORN;
    if (typeof born !== "string" || !isDate(born)) return BORN;
    if (born > this.today) return NOT_BORN_YET;
    return age(born, this.today) > MOST_AGE ? TOO_OLD : null;
  }
}

/** @type {Record<string, (asked: Checking, question: any, value: any) => Fault>} */
const CHECKS = {
  consent: (_, { refusable }, value) => {
    if (typeof value !== "boolean") return { "": NEEDED };
    return one(value || refusable ? null : NEEDED);
  },
  bool: (_, __, value) => one(typeof value === "boolean" ? null : NOT_OFFERED),
  text: (_, { most = MOST_TEXT }, value) => {
    if (typeof value !== "string" || !value.trim()) return { "": NEEDED };
    return one([...value].length > most ? TOO_LONG : null);
  },
  money: (_, question, value) =>
    isMap(value) && question.bands ? one(bandFault(value)) : one(moneyFault(question, value)),
  int: whole,
  percent: whole,
  class: whole,
  enum: (_, { options }, value) => one(codes(options).includes(value) ? null : NOT_OFFERED),
  multi: (_, { options }, value) => {
    if (!Array.isArray(value) || !value.length || value.some((each) => !codes(options).includes(each))) {
      return { "": NOT_OFFERED };
    }
    const alone = options.filter((/** @type {any} */ option) => option.alone);
    return one(value.length > 1 && value.some((each) => codes(alone).includes(each)) ? ALONE : null);
  },
  rank: (_, { options, take }, value) => {
    if (!Array.isArray(value) || value.some((each) => !codes(options).includes(each))) return { "": NOT_OFFERED };
    return one(value.length === take && new Set(value).size === take ? null : RANKED);
  },
  date: (_, __, value) => one(typeof value === "string" && isDate(value) ? null : NO_DATE),
  member: ({ ids }, __, value) => one(ids.includes(value) ? null : NOBODY),
  shares: ({ ids }, __, value) => {
    if (!isMap(value) || Object.keys(value).some((each) => !ids.includes(each))) return { "": NOBODY };
    const parts = Object.values(value);
    if (!parts.every((each) => isWhole(each) && each >= 0 && each <= 100)) return { "": OUT_OF_RANGE };
    return one(parts.length && parts.reduce((sum, each) => sum + each, 0) !== 100 ? SHARES : null);
  },
  group: (asked, question, value) => asked.group(question, value),
  list: (asked, question, value) => {
    if (!Array.isArray(value)) return { "": NEEDED };
    if (value.length > question.most) return { "": TOO_MANY };
    return Object.assign({}, ...value.map((each, index) => asked.group(question, each, `${index}.`)));
  },
  members: (asked, { most }, value) => {
    if (!Array.isArray(value) || !value.every(isMap)) return { "": NEEDED };
    if (value.length > most) return { "": TOO_MANY };
    const count = (/** @type {string} */ relation) => value.filter((each) => each.relation === relation).length;
    if (count("self") !== 1) return { "": ONE_SELF };
    if (count("spouse") > 1) return { "": ONE_SPOUSE };
    return Object.fromEntries(
      value.map((each, index) => [`${index}.birth_date`, asked.born(each)]).filter(([, fault]) => fault),
    );
  },
  policies: ({ ids }, { most }, value) => {
    if (!Array.isArray(value) || !value.every(isMap)) return { "": NEEDED };
    if (value.length > most) return { "": TOO_MANY };
    /** @type {Fault} */
    const found = {};
    value.forEach((each, index) => {
      if (!ids.includes(each.insured)) found[`${index}.insured`] = NOBODY;
      const amount = moneyFault({}, each.sum_fen || 0);
      if (amount) found[`${index}.sum_fen`] = amount;
      if (each.expiry && each.effective && each.expiry < each.effective) found[`${index}.expiry`] = ORDER;
    });
    return found;
  },
};

/**
 * @param {Checking} asked
 * @param {any} question
 * @param {any} value
 * @returns {Fault}
 */
function whole(asked, question, value) {
  if (!isWhole(value)) return { "": NO_NUMBER };
  const [low, high] = [asked.limit(question.min), asked.limit(question.max)];
  return one((low !== null && value < low) || (high !== null && value > high) ? OUT_OF_RANGE : null);
}

/**
 * @param {any} question
 * @param {any} value
 */
function moneyFault({ max = MOST_FEN }, value) {
  if (!isWhole(value)) return NO_AMOUNT;
  if (value < 0) return BELOW_ZERO;
  return value > max ? TOO_MUCH : null;
}

/** @param {any} value */
function bandFault({ low_fen: low, high_fen: high }) {
  return isWhole(low) && isWhole(high) && low >= 0 && low <= high && high <= MOST_FEN ? null : NO_AMOUNT;
}

/** @param {string | null} fault @returns {Fault} */
const one = (fault) => (fault ? { "": fault } : {});
/** @param {any[]} options */
const codes = (options) => options.map((option) => option.code);
/** @param {any} value */
const isWhole = (value) => typeof value === "number" && Number.isInteger(value);
/** @param {any} value */
const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** @param {any} thing @returns {any} */
function big(thing) {
  if (typeof thing === "number") return Number.isInteger(thing) ? BigInt(thing) : null;
  if (Array.isArray(thing)) return thing.map(big);
  if (!isMap(thing)) return thing;
  return Object.fromEntries(Object.entries(thing).map(([key, each]) => [key, big(each)]));
}
