// What was answered, read from the form of a question.

import { parse as parseMoney } from "../domain/money.js";
import { isUnknown } from "../domain/questions.js";

/**
 * @typedef {import("../domain/questions.js").Screen} Screen
 * @typedef {Record<string, any>} Facts
 */

export const UNSURE = "_unsure";
export const NONE = "_none";
/** More than any question takes; the question says how many are too many. */
export const ROWS_MOST = 50;

/**
 * @typedef {{members: Facts[], before: any, newId: () => string}} Known before: the answer so far
 */

/**
 * What was ticked now counts; what was ticked before gives way to what was typed now.
 * @param {Screen} screen
 * @param {URLSearchParams} form
 * @param {Known} known
 * @returns {any} the answer; null for none; what cannot be read stays as typed, so that its fault can be told
 */
export function answerOf(screen, form, known) {
  const { before } = known;
  const value = given(screen, form, known);
  const unsure = form.has(UNSURE) || form.getAll("answer").includes(UNSURE);
  if (unsure && (value === null || !isUnknown(before))) return { unknown: true };
  const hadNone = Array.isArray(before) && !before.length;
  return form.has(NONE) && (value === null || !hadNone) ? [] : value;
}

/** @param {Screen} screen @param {URLSearchParams} form @param {Known} known @returns {any} */
function given(screen, form, known) {
  const { question } = screen;
  const said = form.getAll("answer").filter((one) => one && one !== UNSURE);
  const rows = rowsOf(screen, form, known);
  if (rows) return orNull(rows.filter(Boolean));
  switch (question.type) {
    case "consent":
    case "bool":
      return { true: true, false: false }[said[0]] ?? null;
    case "class":
      return said[0] ? Number(said[0]) : null;
    case "enum":
      return said[0] ?? null;
    case "multi":
      return orNull(said);
    case "rank":
      return orNull(Array.from({ length: question.take }, (_, place) => form.get(`answer${place}`)).filter(Boolean));
    case "group": {
      const found = groupOf(question, form, "", known.members);
      return Object.keys(found).length ? found : null;
    }
    default:
      return simpleOf(question, said[0] ?? null);
  }
}

/** @param {any[]} list */
const orNull = (list) => (list.length ? list : null);

/**
 * The entries of a list as the form has them; null for an entry that is empty or left out.
 * @param {Screen} screen
 * @param {URLSearchParams} form
 * @param {Known} known
 * @returns {(Facts | null)[] | null} null: the question is no list
 */
export function rowsOf({ question }, form, { members, before, newId }) {
  const kept = (/** @type {string} */ id) => before?.find?.((/** @type {any} */ one) => id && one.id === id);
  const make = {
    list: (/** @type {number} */ index) => {
      const found = groupOf(question, form, `${index}.`, members);
      return Object.keys(found).length ? found : null;
    },
    members: (/** @type {number} */ index) => personOf(form, index, kept, newId),
    policies: (/** @type {number} */ index) => policyOf(form, index, kept, newId),
  }[/** @type {"list"} */ (question.type)];
  if (!make) return null;
  const numbers = [...form.keys()].map((name) => /^(\d+)\./.exec(name)?.[1] ?? "-1").map(Number);
  return Array.from({ length: Math.min(ROWS_MOST, Math.max(-1, ...numbers) + 1) }, (_, index) => make(index));
}

/**
 * Faults name the entries that count; the form has empty ones between them.
 * @param {Record<string, string>} faults
 * @param {(Facts | null)[] | null} rows
 * @returns {Record<string, string>}
 */
export function placed(faults, rows) {
  if (!rows) return faults;
  const places = rows.flatMap((row, place) => (row ? [place] : []));
  return Object.fromEntries(
    Object.entries(faults).map(([at, fault]) => [at.replace(/^\d+/, (index) => String(places[Number(index)])), fault]),
  );
}

/**
 * @param {any} question
 * @param {URLSearchParams} form
 * @param {string} at
 * @param {Facts[]} members
 * @returns {Facts}
 */
function groupOf(question, form, at, members) {
  /** @type {Facts} */
  const found = {};
  for (const spec of question.fields) {
    const value =
      spec.type === "shares" ? sharesOf(form, `${at}${spec.id}`, members) : simpleOf(spec, form.get(`${at}${spec.id}`));
    if (value !== null) found[spec.id] = value;
  }
  return found;
}

/** @param {URLSearchParams} form @param {string} name @param {Facts[]} members */
function sharesOf(form, name, members) {
  const typed = members
    .map(({ id }) => [id, (form.get(`${name}.${id}`) ?? "").trim()])
    .filter(([, share]) => share !== "")
    .map(([id, share]) => [id, wholeOf(share)]);
  return typed.length ? Object.fromEntries(typed) : null;
}

/**
 * @param {any} spec
 * @param {string | null} typed
 */
function simpleOf(spec, typed) {
  const said = (typed ?? "").trim();
  if (said === "") return null;
  if (spec.type === "bool") return said === "true";
  if (spec.bands && /^\d+-\d+$/.test(said)) {
    const [low_fen, high_fen] = said.split("-").map(Number);
    return { low_fen, high_fen };
  }
  if (spec.type === "money") return parseMoney(said) ?? said;
  return spec.type === "int" || spec.type === "percent" ? wholeOf(said) : said;
}

/** @param {string} said */
const wholeOf = (said) => (/^-?\d{1,9}$/.test(said) ? Number(said) : said);

/**
 * @param {URLSearchParams} form
 * @param {number} index
 * @param {(id: string) => any} kept
 * @param {() => string} newId
 */
function personOf(form, index, kept, newId) {
  const at = (/** @type {string} */ name) => (form.get(`${index}.${name}`) ?? "").trim();
  if (form.get(`${index}.left`)) return null;
  const unborn = at("unborn") === "true";
  if (!at("name") && !at("relation") && !at("birth_date") && !unborn) return null;
  const born = at("birth_date");
  const before = kept(at("id"));
  return {
    ...before,
    id: at("id") || newId(),
    relation: at("relation") || "other",
    name: at("name"),
    gender: at("gender") || before?.gender || null,
    birth_date: unborn ? null : born || null,
    unborn,
    disabled: at("disabled") === "true",
  };
}

/**
 * @param {URLSearchParams} form
 * @param {number} index
 * @param {(id: string) => any} kept
 * @param {() => string} newId
 */
function policyOf(form, index, kept, newId) {
  const at = (/** @type {string} */ name) => (form.get(`${index}.${name}`) ?? "").trim();
  if (form.get(`${index}.left`)) return null;
  if (!at("kind") && !at("sum_fen")) return null;
  const amounts = Object.fromEntries(
    ["sum_fen", "yearly_fen"].map((name) => [name, at(name) ? (parseMoney(at(name)) ?? at(name)) : 0]),
  );
  return {
    ...kept(at("id")),
    ...amounts,
    id: at("id") || newId(),
    kind: at("kind") || "term",
    insured: at("insured"),
    expiry: at("expiry") || null,
    group: at("group") === "true",
  };
}
