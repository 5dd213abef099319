// From what was typed to what is kept: the phone's half of the marshmallow schemas, with the same messages.
//
// A form names its controls as the fields are named. What the form does not hold is not touched. By type:
//   bool   a checkbox with a hidden control of the same name and value "false" before it; or a choice of "true",
//          "false" and "" (not known)
//   set    several controls of the same name, with a hidden empty one before them, so that "none" can be said
//   fen    yuan as people write them: 12,000 or 12000.50 or 12万
//   instant  `YYYY-MM-DDTHH:MM` in China's time
//   party  "customer:<id>", "relative:<id>", or a name
//   beneficiaries, map  JSON in a hidden control that an element fills

import { parse as parseMoney } from "../domain/money.js";
import { REQUIRED, faultOf, tidied } from "../domain/rules.js";

/**
 * @typedef {Record<string, any>} Spec a field as generated/schemas.js describes it
 * @typedef {Record<string, {fields: Record<string, Spec>}>} Schemas
 * @typedef {{values: Record<string, any>, errors: Record<string, string>}} Parsed
 */

/**
 * @param {string} kind
 * @param {URLSearchParams} form
 * @param {Schemas} schemas
 * @param {{whole?: boolean}} [options] whole: a new record, so that a required field that is missing is an error
 * @returns {Parsed} values by field, null where nothing was typed; errors: a message id by field
 */
export function parse(kind, form, schemas, { whole = false } = {}) {
  /** @type {Parsed} */
  const parsed = { values: {}, errors: {} };
  for (const [name, spec] of Object.entries(schemas[kind].fields)) {
    if (form.has(name)) take(parsed, name, spec, read(spec, form.getAll(name)));
    else if (whole && spec.required) parsed.errors[name] = REQUIRED;
  }
  return parsed;
}

/**
 * @param {Parsed} parsed
 * @param {string} name
 * @param {Spec} spec
 * @param {any} value
 */
function take(parsed, name, spec, value) {
  parsed.values[name] = value;
  const fault = value === null ? (spec.required ? REQUIRED : null) : faultOf(spec, value);
  if (fault) parsed.errors[name] = fault;
}

/**
 * @param {Spec} spec
 * @param {string[]} typed
 * @returns {any} the value; what cannot be read stays as it was typed and is judged wrong
 */
export function read(spec, typed) {
  const last = (typed.at(-1) ?? "").trim();
  if (spec.type === "set") return setOf(typed);
  if (last === "") return null;
  switch (spec.type) {
    case "longtext":
      return (typed.at(-1) ?? "").replaceAll("\r\n", "\n").trim();
    case "int":
      return wholeNumber(last);
    case "fen":
      return fenOf(last);
    case "bool":
      return { true: true, on: true, false: false }[last] ?? last;
    case "enum":
      return spec.options?.find((/** @type {any} */ option) => String(option) === last) ?? last;
    case "instant":
      return instantOf(last);
    case "party":
      return partyOf(last);
    case "beneficiaries":
    case "map":
    case "list":
      return jsonOf(last);
    default:
      return tidied(spec, last);
  }
}

/** @param {string[]} typed */
function setOf(typed) {
  const chosen = [...new Set(typed.map((one) => one.trim()).filter(Boolean))];
  return chosen.length ? chosen : null;
}

/**
 * Full-width digits, as Chinese keyboards give them, are digits.
 * @param {string} text
 */
function folded(text) {
  return text.replace(/[０-９．，－]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
}

/** @param {string} text */
function wholeNumber(text) {
  const plain = folded(text).replace(/[,\s]/g, "");
  return /^-?\d{1,15}$/.test(plain) ? Number(plain) : text;
}

/** @param {string} text yuan as people write them: 12万, 1,234.50 */
export function fenOf(text) {
  return parseMoney(text) ?? text;
}

/** @param {string} text China has one time zone and no summer time */
function instantOf(text) {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text)) return text;
  const moment = new Date(`${text}+08:00`);
  return Number.isNaN(moment.getTime()) ? text : moment.toISOString();
}

/** @param {string} text */
function partyOf(text) {
  const found = /^(customer|relative):([0-9a-f-]{36})$/.exec(text);
  return found ? { kind: found[1], id: found[2] } : { name: text };
}

/** @param {string} text */
function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * What a form showed before anything was typed; <draft-form> sends it along as `_shown`, and `_ver` the version.
 * @param {URLSearchParams} form
 * @param {any} schemas
 * @returns {import("../store/outbox.js").Seen | undefined}
 */
export function seenIn(form, schemas) {
  const pairs = jsonOf(form.get("_shown") ?? "");
  if (!Array.isArray(pairs)) return undefined;
  const shown = new URLSearchParams(pairs);
  const ver = form.get("_ver");
  return {
    ver: ver ? Number(ver) : null,
    before(kind, field) {
      const spec = schemas[kind]?.fields[field];
      return spec && shown.has(field) ? read(spec, shown.getAll(field)) : undefined;
    },
    touched: (field) => shown.getAll(field).join("\n") !== form.getAll(field).join("\n"),
  };
}
