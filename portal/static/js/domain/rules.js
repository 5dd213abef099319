// What a field and a record must say. Pure; the server's twin is portal/customers/rules.py, with the same messages, and
// tests/vectors/rules.json holds the two together.
//
// A field is judged by its exported description (`faultOf`), a record by the rule of its kind (`rowFaults`). A rule only
// speaks about fields that the edit touches, so that an old fault never stands in the way of correcting something else.

import { BLANK } from "./blanks.js";
import { isDate } from "./dates.js";
import { fold, read } from "./idcard.js";
import { dayExists } from "./lunar.js";
import { bareCode, isMobile, isPhone, normalise } from "./phones.js";

/**
 * @typedef {Record<string, any>} Spec a field as generated/schemas.js describes it
 * @typedef {Record<string, any>} Row
 * @typedef {Record<string, string[]>} Faults message ids by field
 *
 * @typedef {object} Lookup what a rule may ask
 * @property {string} today
 * @property {(kind: string, id: string) => Row | null | undefined} get
 * @property {(kind: string, parentId: string) => Row[]} children
 */

/** Marks a text that is translated where it is shown. @param {string} text */
const msgid = (text) => text;

export const REQUIRED = msgid("This is required.");
export const WRONG = msgid("This does not look right.");
export const TOO_LONG = msgid("This is too long.");
export const TOO_LARGE = msgid("This number is too large.");
export const TOO_SMALL = msgid("This number is too small.");
export const TOO_MANY = msgid("These are too many.");
export const NEGATIVE = msgid("An amount cannot be negative.");
export const NOT_OFFERED = msgid("Choose one of the answers offered.");
export const NOT_A_DATE = msgid("Enter a date.");
export const DATE_RANGE = msgid("The year must lie between 1900 and 2200.");
export const NOT_MOBILE = msgid("Enter an 11-digit mobile number.");
export const NOT_PHONE = msgid("Enter a phone number.");
export const NOT_EMAIL = msgid("Enter an e-mail address.");
export const NOT_ID_CARD = msgid("This is not a valid ID-card number. Please check each digit.");
export const NOT_ID_NUMBER = msgid("A document number has letters and digits only.");
export const OTHER_BIRTH_DATE = msgid("The ID-card number says another birth date.");
export const OTHER_GENDER = msgid("The ID-card number says another sex.");
export const NOT_EXPIRY = msgid("Enter a date, or choose long-term.");
export const NOT_PLATE = msgid("Enter a licence plate.");
export const NOT_POLICY_NUMBER = msgid("A policy number has letters and digits only.");
export const BORN_LATER = msgid("A birth date cannot lie in the future.");
export const BIRTHDAY_WHOLE = msgid("A birthday needs a month and a day.");
export const NO_SUCH_DAY = msgid("This month has no such day.");
export const NO_LEAP = msgid("Only a lunar birthday can lie in a leap month.");
export const NEEDS_CONSENT = msgid("First record the customer's consent to keeping sensitive information.");
export const NOT_HERE = msgid("Choose somebody from this family.");
export const NOT_IN_BOOK = msgid("This customer is not in your book.");
export const NOT_SELF = msgid("A customer cannot be linked to itself.");
export const SHARES = msgid("The shares in each order must add up to 100 percent.");
export const ENDS_BEFORE = msgid("The end cannot lie before the start.");
export const NEEDS_TERMINATION = msgid("Say how the policy ended.");
export const NEEDS_TERMINATION_DATE = msgid("Say when the policy ended.");
export const SINGLE_PAY = msgid("A single premium is not paid over several years.");
export const GUARDIAN = msgid("Enter the guardian's name.");

const FIRST_DAY = "1900-01-01";
const LAST_DAY = "2200-12-31";
const FULL_SHARE = 10_000;
const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})$/;
// \x27 and \x60 are quotes: written so that whoever reads the file for texts is not led astray.
const EMAIL = /^[A-Za-z0-9.!#$%&\x27*+/=?^_\x60{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+$/;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NUMBER = /^[0-9A-Za-z\u4e00-\u9fff（）()〔〕[\]/_-]+$/;
const ID_NUMBER = /^[0-9A-Za-z\u4e00-\u9fff()（）/-]+$/;
const PLATE = /^[\u4e00-\u9fffA-Z0-9]{5,10}$/;
const LINES = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;
const LINE = /[\x00-\x1f\x7f]/;
const NOTHING = new RegExp(`^[${BLANK}]*$`);

// One field

/**
 * What is wrong with a value, by the description of its field; null when nothing is. The value is not null.
 * @param {Spec} spec
 * @param {any} value
 * @returns {string | null}
 */
export function faultOf(spec, value) {
  return TYPES[spec.type](spec, value);
}

/**
 * A text as it is stored: phones, plates and numbers without the blanks and dashes people type.
 * @param {Spec} spec
 * @param {string} text
 * @returns {string}
 */
export function tidied(spec, text) {
  return spec.tidy ? TIDY[spec.tidy](text) : text;
}

/** @type {Record<string, (text: string) => string>} */
const TIDY = { phone: normalise, idcard: fold, code: bareCode };

/** @param {string} text @returns {number} characters, as the server counts them */
function length(text) {
  let count = 0;
  for (const _char of text) count++;
  return count;
}

/** @type {(spec: Spec, value: any) => string | null} */
function text(spec, value) {
  if (typeof value !== "string" || (spec.type === "longtext" ? LINES : LINE).test(value)) return WRONG;
  if (length(value) > spec.max_length) return TOO_LONG;
  return spec.check ? CHECKS[spec.check](value) : null;
}

/** @type {(spec: Spec, value: any) => string | null} */
function number(spec, value) {
  if (!Number.isSafeInteger(value)) return typeof value === "number" && Number.isInteger(value) ? TOO_LARGE : WRONG;
  if (value < spec.min) return spec.type === "fen" ? NEGATIVE : TOO_SMALL;
  return value > spec.max ? TOO_LARGE : null;
}

/** @type {(spec: Spec, value: any) => string | null} */
function set(spec, value) {
  if (!Array.isArray(value) || value.some((item) => typeof item !== "string" || LINE.test(item))) return WRONG;
  if (value.length > spec.max || new Set(value).size < value.length) return TOO_MANY;
  if (value.some((item) => !item || length(item) > spec.max_length)) return TOO_LONG;
  return spec.options && value.some((item) => !spec.options.includes(item)) ? NOT_OFFERED : null;
}

/**
 * `{"kind": "customer" | "relative", "id"}` or `{"name"}`.
 * @param {Spec} _spec
 * @param {any} value
 */
function party(_spec, value) {
  if (!isObject(value)) return WRONG;
  const keys = Object.keys(value).sort().join();
  if (keys === "name") {
    const { name: said } = value;
    return typeof said === "string" && !LINE.test(said) && said && length(said) <= 100 ? null : WRONG;
  }
  const known = keys === "id,kind" && ["customer", "relative"].includes(value.kind);
  return known && typeof value.id === "string" && ID.test(value.id) ? null : WRONG;
}

/** @param {any} value */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @type {(spec: Spec, value: any) => string | null} */
function beneficiaries(spec, value) {
  if (!Array.isArray(value)) return WRONG;
  if (value.length > spec.max) return TOO_MANY;
  return value.every(isBeneficiary) ? null : WRONG;
}

/** @param {any} line */
function isBeneficiary(line) {
  if (!isObject(line) || Object.keys(line).sort().join() !== "order,ref,share_bp") return false;
  return !party({}, line.ref) && isWhole(line.order, 1, 9) && isWhole(line.share_bp, 1, FULL_SHARE);
}

/**
 * @param {any} value
 * @param {number} low
 * @param {number} high
 */
function isWhole(value, low, high) {
  return Number.isInteger(value) && value >= low && value <= high;
}

/** @type {Record<string, (spec: Spec, value: any) => string | null>} */
const TYPES = {
  text,
  longtext: text,
  enum: (spec, value) => (spec.options.includes(value) ? null : NOT_OFFERED),
  int: number,
  fen: number,
  bool: (_spec, value) => (typeof value === "boolean" ? null : WRONG),
  date: (spec, value) => (!isDate(value) ? NOT_A_DATE : value >= spec.min && value <= spec.max ? null : DATE_RANGE),
  instant: (_spec, value) =>
    typeof value === "string" && INSTANT.test(value) && isDate(value.slice(0, 10)) ? null : WRONG,
  set,
  ref: (_spec, value) => (typeof value === "string" && ID.test(value) ? null : WRONG),
  party,
  beneficiaries,
};

/** Named checks of texts. @type {Record<string, (value: string) => string | null>} */
export const CHECKS = {
  name: (value) => (NOTHING.test(value) ? REQUIRED : null),
  mobile: (value) => (isMobile(value) ? null : NOT_MOBILE),
  phone: (value) => (isPhone(value) ? null : NOT_PHONE),
  email: (value) => (EMAIL.test(value) ? null : NOT_EMAIL),
  id_expiry: (value) =>
    value === "long" || (isDate(value) && value >= FIRST_DAY && value <= LAST_DAY) ? null : NOT_EXPIRY,
  policy_number: (value) => (NUMBER.test(value) ? null : NOT_POLICY_NUMBER),
  plate: (value) => (PLATE.test(value) ? null : NOT_PLATE),
};

// Records

/**
 * What the rules of a kind say about a row: message ids by field, empty when nothing is wrong.
 * @param {string} kind
 * @param {Row} row as it would be
 * @param {Row | null} old as it is; null for a new record
 * @param {Lookup} lookup
 * @returns {Faults}
 */
export function rowFaults(kind, row, old, lookup) {
  const edit = new Edit(row, old);
  RULES[kind]?.(edit, lookup);
  return edit.faults;
}

/** What an edit touches, and the faults found so far. */
class Edit {
  /**
   * @param {Row} row
   * @param {Row | null} old
   */
  constructor(row, old) {
    this.row = row;
    this.old = old ?? {};
    /** @type {Faults} */
    this.faults = {};
  }

  /** @param {string[]} names */
  touches(...names) {
    return names.some((name) => !same(this.row[name] ?? null, this.old[name] ?? null));
  }

  /**
   * @param {string} field
   * @param {string} message
   */
  fault(field, message) {
    (this.faults[field] ??= []).push(message);
  }
}

/**
 * @param {any} one
 * @param {any} other
 * @returns {boolean} the same JSON value
 */
function same(one, other) {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  const [left, right] = [Object.keys(one), Object.keys(other)];
  if (Array.isArray(one) !== Array.isArray(other) || left.length !== right.length) return false;
  return left.every((key) => key in other && same(one[key], other[key]));
}

/** @type {Record<string, (edit: Edit, lookup: Lookup) => void>} */
const RULES = {
  customer: (edit, lookup) => person(edit, lookup, edit.row.id),
  relative(edit, lookup) {
    person(edit, lookup, edit.row.customer_id);
    const linked = edit.row.linked_customer_id;
    if (!linked || !edit.touches("linked_customer_id")) return;
    if (linked === edit.row.customer_id) edit.fault("linked_customer_id", NOT_SELF);
    else if (!lookup.get("customer", linked)) edit.fault("linked_customer_id", NOT_IN_BOOK);
  },
  policy,
  consent(edit) {
    if (edit.row.by === "guardian" && !edit.row.guardian_name) edit.fault("guardian_name", GUARDIAN);
  },
};

/**
 * @param {Edit} edit
 * @param {Lookup} lookup
 * @param {string} customerId
 */
function person(edit, lookup, customerId) {
  const born = edit.row.birth_date;
  if (born && edit.touches("birth_date") && born > lookup.today) edit.fault("birth_date", BORN_LATER);
  identity(edit, lookup.today);
  birthday(edit);
  sensitive(edit, lookup, customerId);
}

/**
 * @param {Edit} edit
 * @param {string} today
 */
function identity(edit, today) {
  const { id_number: number_, id_type, birth_date, gender } = edit.row;
  if (!number_ || !edit.touches("id_number", "id_type", "birth_date", "gender")) return;
  if ((id_type || "idcard") !== "idcard") {
    if (edit.touches("id_number") && !ID_NUMBER.test(number_)) edit.fault("id_number", NOT_ID_NUMBER);
    return;
  }
  const card = read(number_, today);
  if (!card) {
    if (edit.touches("id_number", "id_type")) edit.fault("id_number", NOT_ID_CARD);
    return;
  }
  if (birth_date && birth_date !== card.birth_date) edit.fault("birth_date", OTHER_BIRTH_DATE);
  if (gender && gender !== card.gender) edit.fault("gender", OTHER_GENDER);
}

/** @param {Edit} edit */
function birthday(edit) {
  if (!edit.touches("birthday_calendar", "birthday_month", "birthday_day", "birthday_leap")) return;
  const { birthday_month: month = null, birthday_day: day = null } = edit.row;
  const lunar = edit.row.birthday_calendar === "lunar";
  if (edit.row.birthday_leap && !lunar) edit.fault("birthday_leap", NO_LEAP);
  if (month === null && day === null && !lunar) return;
  if (month === null || day === null) edit.fault(month === null ? "birthday_month" : "birthday_day", BIRTHDAY_WHOLE);
  else if (!dayExists(lunar ? "lunar" : "solar", month, day)) edit.fault("birthday_day", NO_SUCH_DAY);
}

/**
 * Health and income may only be kept with consent (personal information law, art. 29).
 * @param {Edit} edit
 * @param {Lookup} lookup
 * @param {string} customerId
 */
function sensitive(edit, lookup, customerId) {
  const wanted = ["health_note", "annual_income_fen"].filter(
    (field) => edit.touches(field) && (edit.row[field] ?? "") !== "",
  );
  if (!wanted.length || consented(lookup.children("consent", customerId), "sensitive")) return;
  for (const field of wanted) edit.fault(field, NEEDS_CONSENT);
}

/**
 * True when the newest word on this purpose was yes. `at` decides, then the order of writing.
 * @param {Row[]} consents
 * @param {string} purpose
 */
export function consented(consents, purpose) {
  const said = consents.filter((row) => row.purpose === purpose);
  const [newest] = said.sort((a, b) => (saidAt(a) < saidAt(b) ? 1 : -1));
  return newest?.given === true;
}

/** @param {Row} consent */
function saidAt({ at, created_at, id }) {
  return `${at || created_at || ""} ${id}`;
}

/**
 * @param {Edit} edit
 * @param {Lookup} lookup
 */
function policy(edit, lookup) {
  const { row } = edit;
  for (const field of ["applicant", "insured"]) {
    if (edit.touches(field) && !known(row[field], row.customer_id, lookup)) edit.fault(field, NOT_HERE);
  }
  if (edit.touches("beneficiaries")) shares(edit, lookup);
  for (const last of ["expiry_date", "guaranteed_until", "terminated_on"]) inOrder(edit, "effective_date", last);
  if (edit.touches("terminated_on", "termination")) {
    if (row.terminated_on && !row.termination) edit.fault("termination", NEEDS_TERMINATION);
    if (row.termination && !row.terminated_on) edit.fault("terminated_on", NEEDS_TERMINATION_DATE);
  }
  if (edit.touches("pay_mode", "pay_years") && row.pay_mode === "single" && (row.pay_years || 1) > 1) {
    edit.fault("pay_years", SINGLE_PAY);
  }
}

/**
 * True for nobody, a name, a member of this tree, or a customer linked to it.
 * @param {any} ref
 * @param {string} customerId
 * @param {Lookup} lookup
 */
function known(ref, customerId, lookup) {
  if (!ref || "name" in ref) return true;
  if (ref.kind === "relative") return lookup.get("relative", ref.id)?.customer_id === customerId;
  if (ref.id === customerId) return true;
  const linked = lookup.children("relative", customerId).some((row) => row.linked_customer_id === ref.id);
  return linked && Boolean(lookup.get("customer", ref.id));
}

/**
 * @param {Edit} edit
 * @param {Lookup} lookup
 */
function shares(edit, lookup) {
  /** @type {Row[]} */
  const lines = edit.row.beneficiaries ?? [];
  /** @type {Map<number, number>} */
  const sums = new Map();
  for (const { order, share_bp } of lines) sums.set(order, (sums.get(order) ?? 0) + share_bp);
  if ([...sums.values()].some((total) => total !== FULL_SHARE)) edit.fault("beneficiaries", SHARES);
  if (!lines.every(({ ref }) => known(ref, edit.row.customer_id, lookup))) edit.fault("beneficiaries", NOT_HERE);
}

/**
 * @param {Edit} edit
 * @param {string} first
 * @param {string} last
 */
function inOrder(edit, first, last) {
  const [start, end] = [edit.row[first], edit.row[last]];
  if (start && end && edit.touches(first, last) && end < start) edit.fault(last, ENDS_BEFORE);
}
