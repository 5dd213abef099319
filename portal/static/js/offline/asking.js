// A question as a form: its fields as the component macros print them.

import { typed as typedMoney } from "../domain/money.js";
import { isUnknown } from "../domain/questions.js";
import { msgid, word } from "./labels.js";
import { ROWS_MOST } from "./replies.js";
import * as say from "./say.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("../domain/questions.js").Screen & {banded?: boolean}} Screen
 * @typedef {Record<string, any>} Facts
 * @typedef {{context: Context, screen: Screen, members: Facts[], value: any, typed: URLSearchParams | null,
 *   faults: Record<string, string>, rows: number}} Asked
 * @typedef {{title: string, sub: string, has_title: boolean, folded: boolean, fields: Facts[]}} Group folded: what is
 *   known already and right
 */

const CHOSEN = ["enum", "bool", "class", "consent"];
/** @type {Record<string, string>} */
const CLASSES = {
  1: msgid("1: office work"),
  2: msgid("2: light outdoor work"),
  3: msgid("3: light manual work"),
  4: msgid("4: manual work"),
  5: msgid("5: dangerous work"),
  6: msgid("6: very dangerous work"),
};
const RELATIONS = ["spouse", "child", "parent", "parent_in_law", "grandparent", "other"];

/** @param {Context} context @param {{zh: string, en: string} | undefined} words */
export const inLanguage = (context, words) => (words ? (context.lang === "en" ? words.en : words.zh) : "");

/**
 * The answers among which one is chosen (or several), with the one that says "not sure".
 * @param {Asked} asked
 */
export function choicesOf(asked) {
  const { context, screen, value, typed } = asked;
  const { question } = screen;
  if (![...CHOSEN, "multi"].includes(question.type)) return [];
  const kind = question.type === "multi" ? "checkbox" : "radio";
  const chosen = typed ? typed.getAll("answer") : chosenOf(value);
  return optionsOf(context, question).map((option) => ({
    type: kind,
    name: "answer",
    value: option.code,
    text: option.text,
    sub: option.sub ?? "",
    has_sub: Boolean(option.sub),
    figure: "",
    has_figure: false,
    checked: chosen.includes(option.code),
  }));
}

/** @param {any} value @returns {string[]} */
function chosenOf(value) {
  if (value === null || value === undefined || isUnknown(value)) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/**
 * @param {Context} context
 * @param {any} question
 * @returns {{code: string, text: string, sub?: string}[]}
 */
function optionsOf(context, question) {
  const { _ } = context;
  if (question.type === "consent") {
    const no = question.refusable ? [{ code: "false", text: _("Does not agree") }] : [];
    return [{ code: "true", text: _("Agrees") }, ...no];
  }
  if (question.type === "bool") {
    return ["true", "false"].map((code) => ({ code, text: word(context, "yes_no", code) }));
  }
  if (question.type === "class") {
    return Object.entries(CLASSES).map(([code, text]) => ({ code, text: _(text) }));
  }
  return question.options.map((/** @type {any} */ option) => ({
    code: option.code,
    text: inLanguage(context, option),
    sub: inLanguage(context, option.sub),
  }));
}

/**
 * The fields of a question that is typed or has several parts, in groups: one group, or one for each entry of a list.
 * @param {Asked} asked
 * @returns {Group[]}
 */
export function groupsOf(asked) {
  const { context, screen, value } = asked;
  const { question } = screen;
  const { _ } = context;
  switch (question.type) {
    case "money":
      return [
        group("", [
          question.bands && asked.screen.banded ? bandField(asked) : simple(asked, question, "answer", value),
        ]),
      ];
    case "int":
    case "percent":
    case "text":
    case "date":
      return [group("", [simple(asked, question, "answer", value)])];
    case "group":
      return [group("", question.fields.map((/** @type {any} */ field) => part(asked, field, "", value ?? {})).flat())];
    case "list":
      return entries(asked).map((entry, index) =>
        group(
          _("Entry %(n)s", { n: index + 1 }),
          question.fields.flatMap((/** @type {any} */ field) => part(asked, field, `${index}.`, entry ?? {})),
        ),
      );
    case "rank":
      return [group("", rankFields(asked))];
    case "members":
      return entries(asked).map((entry, index) =>
        group(entry?.name || _("Another person"), personFields(asked, entry ?? {}, index), personSub(asked, entry)),
      );
    case "policies":
      return entries(asked).map((entry, index) =>
        group(policyTitle(asked, entry), policyFields(asked, entry ?? {}, index), policySub(asked, entry)),
      );
    default:
      return [];
  }
}

/** @param {string} title @param {Facts[]} fields @param {string} [sub] what is known @returns {Group} */
const group = (title, fields, sub = "") => ({
  title,
  sub,
  has_title: title !== "",
  folded: sub !== "" && !fields.some(({ has_error }) => has_error),
  fields,
});

/** @param {Asked} asked @param {Facts | null} entry @returns {string} "" while something is missing */
function personSub({ context }, entry) {
  if (!entry?.id || !entry.relation || !(entry.birth_date || entry.unborn)) return "";
  const relation = entry.relation === "self" ? "" : word(context, "relation", entry.relation);
  return say.joined(context, [relation, entry.birth_date ?? ""]);
}

/** @param {Asked} asked @param {Facts | null} entry */
function policyTitle({ context }, entry) {
  return entry?.title || (entry?.kind && word(context, "kind", entry.kind)) || context._("Another policy");
}

/** @param {Asked} asked @param {Facts | null} entry */
function policySub({ context, members }, entry) {
  const insured = members.find(({ id }) => id === entry?.insured);
  return insured && typeof entry?.sum_fen === "number"
    ? say.joined(context, [insured.name, say.amount(context, entry.sum_fen)])
    : "";
}

/**
 * What a list holds, and null for each entry to be filled.
 * @param {Asked} asked
 * @returns {(Facts | null)[]}
 */
function entries({ value, rows }) {
  const kept = Array.isArray(value) ? value : [];
  return Array.from({ length: Math.min(ROWS_MOST, Math.max(rows, kept.length)) }, (_, place) => kept[place] ?? null);
}

/**
 * @param {Asked} asked
 * @param {any} spec a field of a group
 * @param {string} at
 * @param {any} entry
 * @returns {Facts[]}
 */
function part(asked, spec, at, entry) {
  const { context, members } = asked;
  const name = `${at}${spec.id}`;
  const value = entry?.[spec.id] ?? null;
  if (spec.type === "shares") {
    return members
      .filter(({ in_couple: inCouple }) => inCouple)
      .map((member) =>
        made(asked, {
          name: `${name}.${member.id}`,
          label: context._("%(field)s: %(value)s", { field: inLanguage(context, spec), value: member.name }),
          value: text(value?.[member.id]),
          mode: "numeric",
          unit: "%",
          fault: asked.faults[name],
        }),
      );
  }
  if (spec.type === "enum") return [chips(asked, name, inLanguage(context, spec), optionsOf(context, spec), value)];
  if (spec.type === "bool") {
    const options = ["true", "false"].map((code) => ({ code, text: word(context, "yes_no", code) }));
    return [chips(asked, name, inLanguage(context, spec), options, value)];
  }
  if (spec.type === "member") {
    const people = members.map((member) => ({ code: member.id, text: member.name }));
    return [chips(asked, name, inLanguage(context, spec), people, value)];
  }
  return [simple(asked, spec, name, value)];
}

/**
 * @param {Asked} asked
 * @param {any} spec
 * @param {string} name
 * @param {any} value
 */
function simple(asked, spec, name, value) {
  const { context } = asked;
  const { _ } = context;
  const units = /** @type {Record<string, string>} */ ({ money: _("yuan"), percent: "%" });
  const shown = isUnknown(value) ? null : value;
  return made(asked, {
    name,
    label: name === "answer" ? titleOf(context, asked.screen) : inLanguage(context, spec),
    value: spec.type === "money" && typeof shown === "number" ? typedMoney(shown) : text(shown),
    type: spec.type === "date" ? "date" : "text",
    mode: { money: "decimal", percent: "numeric", int: "numeric" }[/** @type {string} */ (spec.type)] ?? "text",
    unit: units[spec.type] ?? inLanguage(context, spec.unit),
    fault: asked.faults[name === "answer" ? "" : name],
  });
}

/**
 * @param {Asked} asked
 * @param {{name: string, label: string, value: string, type?: string, mode: string, unit?: string, fault?: string}} what
 * @returns {Facts} as components/field.html prints it
 */
function made({ context, typed }, { name, label, value, type = "text", mode, unit = "", fault = "" }) {
  const id = `q-${name.replaceAll(".", "-")}`;
  return {
    control: "input",
    name,
    id,
    label,
    type,
    value: typed?.get(name) ?? value,
    options: [],
    inputmode: mode,
    autocomplete: "off",
    maxlength: 60,
    required: false,
    has_unit: unit !== "",
    unit,
    has_hint: false,
    hint: "",
    has_error: fault !== "",
    error: fault ? context._(fault) : "",
    has_description: fault !== "",
    described_by: fault ? `${id}-error` : "",
    can_add: false,
    add_label: "",
  };
}

/**
 * @param {Asked} asked
 * @param {string} name
 * @param {string} label
 * @param {{code: string, text: string}[]} options
 * @param {any} value
 */
function chips(asked, name, label, options, value) {
  const chosen = asked.typed?.get(name) ?? text(value);
  const field = made(asked, { name, label, value: "", mode: "text", fault: asked.faults[name] });
  const listed = options.map(({ code, text: said }) => ({ value: code, text: said, checked: code === chosen }));
  return { ...field, control: "chips", type: "radio", options: listed };
}

/** @param {Asked} asked */
function bandField(asked) {
  const { context, screen, value } = asked;
  const options = screen.question.bands.map((/** @type {number[]} */ [low, high]) => ({
    code: `${low}-${high}`,
    text: context._("%(low)s to %(high)s", { low: typedMoney(low), high: typedMoney(high) }),
  }));
  const chosen = value?.high_fen ? `${value.low_fen}-${value.high_fen}` : null;
  return { ...chips(asked, "answer", titleOf(context, screen), options, chosen), fault: asked.faults[""] };
}

/** @param {Asked} asked */
function rankFields(asked) {
  const { context, screen, value } = asked;
  const options = optionsOf(context, screen.question);
  const wrong = asked.faults[""] ?? "";
  return Array.from({ length: screen.question.take }, (_, place) => {
    const field = chips(asked, `answer${place}`, context._("Number %(n)s", { n: place + 1 }), options, value?.[place]);
    return place === 0 && wrong ? { ...field, has_error: true, error: context._(wrong) } : field;
  });
}

/** @param {Asked} asked @param {any} entry @param {number} index */
function personFields(asked, entry, index) {
  const { context } = asked;
  const { _ } = context;
  const at = `${index}.`;
  const sexes = ["male", "female"].map((code) => ({ code, text: word(context, "gender", code) }));
  if (entry.relation === "self") {
    return [
      born(asked, entry, index),
      chips(asked, `${at}gender`, _("Sex"), sexes, entry.gender),
      hidden(`${at}id`, entry.id),
      hidden(`${at}relation`, "self"),
      hidden(`${at}name`, entry.name),
    ];
  }
  const relations = RELATIONS.map((code) => ({ code, text: word(context, "relation", code) }));
  return [
    made(asked, { name: `${at}name`, label: _("Name"), value: entry.name ?? "", mode: "text" }),
    chips(asked, `${at}relation`, _("Relation"), relations, entry.relation),
    chips(asked, `${at}gender`, _("Sex"), sexes, entry.gender),
    born(asked, entry, index),
    chips(asked, `${at}unborn`, _("Not born yet"), [{ code: "true", text: _("Yes") }], entry.unborn),
    chips(
      asked,
      `${at}disabled`,
      _("Depends on the family for life"),
      [{ code: "true", text: _("Yes") }],
      entry.disabled,
    ),
    ...(entry.id
      ? [
          chips(asked, `${at}left`, _("Leave out of this analysis"), [{ code: "true", text: _("Yes") }], null),
          hidden(`${at}id`, entry.id),
        ]
      : []),
  ];
}

/** @param {Asked} asked @param {any} entry @param {number} index */
function born(asked, entry, index) {
  return made(asked, {
    name: `${index}.birth_date`,
    label: asked.context._("Date of birth"),
    value: entry.birth_date ?? "",
    type: "date",
    mode: "text",
    fault: asked.faults[`${index}.birth_date`],
  });
}

/** @param {string} name @param {string} value */
const hidden = (name, value) => ({
  control: "hidden",
  name,
  value: value ?? "",
  has_error: false,
  id: `q-${name}`,
  label: "",
});

/** @param {Asked} asked @param {any} entry @param {number} index */
function policyFields(asked, entry, index) {
  const { context, members } = asked;
  const { _ } = context;
  const at = `${index}.`;
  const kinds = ["term", "whole_life", "ci", "medical", "accident", "disability", "annuity"];
  const money = (/** @type {string} */ name, /** @type {string} */ label, /** @type {any} */ value) =>
    made(asked, {
      name: `${at}${name}`,
      label,
      value: typeof value === "number" ? typedMoney(value) : "",
      mode: "decimal",
      unit: _("yuan"),
      fault: asked.faults[`${at}${name}`],
    });
  const fields = [
    chips(
      asked,
      `${at}kind`,
      _("Kind of cover"),
      kinds.map((code) => ({ code, text: word(context, "kind", code) })),
      entry.kind,
    ),
    chips(
      asked,
      `${at}insured`,
      _("Insured"),
      members.map(({ id, name }) => ({ code: id, text: name })),
      entry.insured,
    ),
    money("sum_fen", _("Sum insured"), entry.sum_fen),
    money("yearly_fen", _("Premium a year"), entry.yearly_fen),
    made(asked, {
      name: `${at}expiry`,
      label: _("Runs until"),
      value: entry.expiry ?? "",
      type: "date",
      mode: "text",
      fault: asked.faults[`${at}expiry`],
    }),
    chips(asked, `${at}group`, _("Through the employer"), [{ code: "true", text: _("Yes") }], entry.group),
  ];
  if (entry.id)
    fields.push(
      chips(asked, `${at}left`, _("Leave out of this analysis"), [{ code: "true", text: _("Yes") }], null),
      hidden(`${at}id`, entry.id),
    );
  return fields;
}

/** @param {any} value */
function text(value) {
  return value === null || value === undefined || isUnknown(value) ? "" : String(value);
}

/** @param {Context} context @param {Screen} screen */
export function titleOf(context, { question, member }) {
  return inLanguage(context, question).replaceAll("{name}", member?.name ?? "");
}
