// Fields of a form as the component macros print them: what is kept, or what was typed and came back with a message.

import { typed as typedMoney } from "../domain/money.js";
import { labelOf, msgid, word } from "./labels.js";
import { fieldsOf } from "../store/book.js";
import { civilDate } from "./shell.js";
import * as say from "./say.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("../store/index.js").Row} Row
 *
 * @typedef {object} Filled what a form is filled with
 * @property {Row | null} row what is kept; null for a new record
 * @property {URLSearchParams | null} [typed] what was typed, when the form comes back
 * @property {Record<string, string>} [errors] a msgid by field
 *
 * @typedef {{value: string, text: string, checked: boolean, lang?: string}} Option
 */

const UNKNOWN = msgid("Not known");
const CHIPS_MOST = 5;
/** @type {Record<string, number>} */
const LENGTHS = { int: 12, fen: 18, date: 10, instant: 25 };
/** @type {Record<string, string>} by the type of the field */
const INPUT_TYPES = { date: "date", instant: "datetime-local" };
/** @type {Record<string, string>} */
const MODES = { int: "numeric", fen: "decimal" };
/** @type {Record<string, {type?: string, mode?: string}>} by the schema's check */
const CHECKED = {
  mobile: { type: "tel", mode: "tel" },
  phone: { type: "tel", mode: "tel" },
  email: { type: "email", mode: "email" },
};

/**
 * @param {Context} context
 * @param {string} kind
 * @param {string} name
 * @param {Filled} filled
 * @param {Record<string, any>} [more] what the form wants otherwise: label, hint, unit, options, control, preset, …
 * @returns {Record<string, any>} a field ready to print
 */
export function field(context, kind, name, filled, more = {}) {
  const { _ } = context;
  /** @type {any} */
  const spec = fieldsOf(kind)[name] ?? { type: "text", max_length: 200 };
  const values = valuesOf(spec, name, filled, more.preset);
  const control = more.control ?? controlOf(spec);
  const error = filled.errors?.[name] ?? "";
  const id = more.id ?? `f-${name}`;
  const hint = more.hint ?? "";
  const unit = more.unit ?? (spec.type === "fen" ? _("yuan") : "");
  const checked = CHECKED[spec.check] ?? {};
  return {
    control,
    name,
    id,
    label: more.label ?? _(labelOf(kind, name)),
    type: more.type ?? (control === "chips" ? chipsType(spec) : (checked.type ?? INPUT_TYPES[spec.type] ?? "text")),
    value: control === "chips" || control === "select" ? "" : (values.at(-1) ?? ""),
    options:
      control === "chips" || control === "select" ? (more.options ?? optionsOf(context, name, spec, values)) : [],
    inputmode: checked.mode ?? MODES[spec.type] ?? "text",
    autocomplete: "off",
    maxlength: spec.max_length ?? LENGTHS[spec.type] ?? 200,
    required: spec.required === true,
    has_unit: unit !== "",
    unit,
    has_hint: hint !== "",
    hint,
    has_error: error !== "",
    error: error ? _(error) : "",
    has_description: error !== "" || hint !== "",
    described_by: [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" "),
    can_add: control === "chips" && spec.type === "set" && !spec.options,
    add_label: _("Add another"),
  };
}

/** @param {any} spec */
function chipsType(spec) {
  return spec.type === "set" ? "checkbox" : "radio";
}

/** @param {any} spec @returns {string} */
function controlOf(spec) {
  if (spec.type === "longtext") return "textarea";
  if (spec.type === "bool" || spec.type === "set") return "chips";
  if (spec.type === "enum") return spec.options.length <= CHIPS_MOST ? "chips" : "select";
  if (spec.type === "party") return "select";
  return "input";
}

/**
 * @param {any} spec
 * @param {string} name
 * @param {Filled} filled
 * @param {any} preset of a new record
 * @returns {string[]} as the controls hold them
 */
function valuesOf(spec, name, { row, typed }, preset) {
  if (typed?.has(name)) return typed.getAll(name).filter((one) => one !== "" || spec.type !== "set");
  const value = row ? row[name] : preset;
  return textsOf(spec, value);
}

/**
 * @param {any} spec
 * @param {any} value
 * @returns {string[]}
 */
export function textsOf(spec, value) {
  if (value === null || value === undefined) return [];
  if (spec.type === "set") return value;
  if (spec.type === "fen") return [typedMoney(value)];
  if (spec.type === "instant") return [localTime(value)];
  if (spec.type === "party") return [value.name ?? `${value.kind}:${value.id}`];
  if (spec.check === "mobile") return [say.phone(value)];
  return [String(value)];
}

/** @param {string} instant @returns {string} as datetime-local wants it, in China's time */
export function localTime(instant) {
  return `${civilDate(new Date(instant))}T${say.time(instant)}`;
}

/**
 * @param {Context} context
 * @param {string} name
 * @param {any} spec
 * @param {string[]} values
 * @returns {Option[]}
 */
function optionsOf(context, name, spec, values) {
  const codes = spec.type === "bool" ? ["true", "false"] : (spec.options ?? values).map(String);
  const options = codes.map((/** @type {string} */ code) => ({
    value: code,
    text: word(context, spec.type === "bool" ? "yes_no" : name, code),
    checked: values.includes(code),
  }));
  if (spec.type === "set" || spec.required) return options;
  return [...options, { value: "", text: context._(UNKNOWN), checked: !values.some((one) => codes.includes(one)) }];
}

/**
 * The fields that came back with a message, to be jumped to.
 * @param {{fields: Record<string, any>[]}[]} sections
 * @returns {{href: string, text: string}[]}
 */
export function wrongOnes(sections) {
  const wrong = sections.flatMap((section) => section.fields).filter(({ has_error }) => has_error);
  return wrong.map(({ id, label }) => ({ href: `#${id}`, text: label }));
}

/**
 * Several fields of one kind.
 * @param {Context} context
 * @param {string} kind
 * @param {(string | [string, Record<string, any>])[]} names
 * @param {Filled} filled
 */
export function fields(context, kind, names, filled) {
  return names.map((name) =>
    typeof name === "string" ? field(context, kind, name, filled) : field(context, kind, name[0], filled, name[1]),
  );
}
