// Answers in words, and what of them belongs on the card.

import { isUnknown } from "../domain/questions.js";
import { consented } from "../domain/rules.js";
import { same } from "../store/showing.js";
import { inLanguage } from "./asking.js";
import { labelOf, word } from "./labels.js";
import * as say from "./say.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("./inquiry.js").Inquiry} Inquiry
 * @typedef {import("../domain/questions.js").Screen} Screen
 * @typedef {import("../store/outbox.js").Change} Change
 * @typedef {{id: string, text: string, value: string, change: Change}} CardChange
 */

const KIN = ["spouse", "child", "parent", "parent_in_law", "grandparent", "other"];
const SENSITIVE = ["annual_income_fen"];

/**
 * @param {Context} context
 * @param {Inquiry} inquiry
 * @param {Screen} screen
 * @returns {string}
 */
export function shownAnswer(context, inquiry, screen) {
  const { _ } = context;
  const value = inquiry.draft.answers[screen.key] ?? null;
  if (value === null) return _("open");
  return words(context, inquiry, screen.question, value);
}

/**
 * @param {Context} context
 * @param {{members: Record<string, any>[]}} inquiry
 * @param {any} question or a field of one
 * @param {any} value
 * @returns {string}
 */
export function words(context, inquiry, question, value) {
  const { _, ngettext } = context;
  if (isUnknown(value)) return _("not sure");
  switch (question.type) {
    case "consent":
      return value ? _("agreed") : _("declined");
    case "bool":
      return word(context, "yes_no", value);
    case "money":
      if (typeof value === "number") return say.amount(context, value);
      return _("%(low)s to %(high)s", {
        low: say.amount(context, value.low_fen),
        high: say.amount(context, value.high_fen),
      });
    case "percent":
      return `${value}%`;
    case "enum":
      return (
        inLanguage(
          context,
          question.options.find((/** @type {any} */ one) => one.code === value),
        ) || String(value)
      );
    case "multi":
    case "rank":
      return say.listed(
        context,
        value.map((/** @type {string} */ code) => words(context, inquiry, { ...question, type: "enum" }, code)),
      );
    case "group":
      return say.joined(
        context,
        question.fields
          .filter((/** @type {any} */ field) => field.id in value)
          .map((/** @type {any} */ field) =>
            _("%(field)s: %(value)s", {
              field: inLanguage(context, field),
              value: words(context, inquiry, field, value[field.id]),
            }),
          ),
      );
    case "members":
      return say.listed(
        context,
        value.map((/** @type {any} */ one) => one.name || word(context, "relation", one.relation)),
      );
    case "list":
    case "policies":
      return value.length ? ngettext("%(n)s entry", "%(n)s entries", value.length) : _("none");
    case "member":
      return inquiry.members.find(({ id }) => id === value)?.name ?? "";
    default:
      return String(value);
  }
}

/**
 * Facts that the family told and the card does not know, or knows otherwise; each is offered, none is taken unasked.
 * @param {Context} context
 * @param {Inquiry} inquiry
 * @returns {CardChange[]}
 */
export function cardChanges(context, inquiry) {
  const { tree, draft } = inquiry;
  const people = [tree.customer, ...tree.relatives];
  const found = inquiry.screens.flatMap((screen) => {
    const { card } = screen.question;
    const value = draft.answers[screen.key] ?? null;
    const row = people.find(({ id }) => id === (screen.member?.id ?? tree.customer.id));
    if (!card || !row || value === null || typeof value === "object" || same(row[card] ?? null, value)) return [];
    if (SENSITIVE.includes(card) && !(consented(tree.consents, "sensitive") || draft.answers.G02 === true)) return [];
    return [changeOf(context, inquiry, screen, row, value)];
  });
  return [...found, ...newPeople(context, inquiry)];
}

/**
 * @param {Context} context
 * @param {Inquiry} inquiry
 * @param {Screen} screen
 * @param {import("../store/index.js").Row} row
 * @param {any} value
 * @returns {CardChange}
 */
function changeOf(context, { tree, ...inquiry }, screen, row, value) {
  const { card } = screen.question;
  const kind = row.id === tree.customer.id ? "customer" : "relative";
  return {
    id: `${row.id}.${card}`,
    text: context._("%(field)s of %(name)s", { field: context._(labelOf(kind, card)), name: row.name }),
    value: words(context, /** @type {any} */ (inquiry), screen.question, value),
    change: { op: "update", kind, id: row.id, set: { [card]: value } },
  };
}

/** @param {Context} context @param {Inquiry} inquiry @returns {CardChange[]} people who were named and have no card */
function newPeople(context, { tree, draft, members }) {
  const known = new Set([tree.customer.id, ...tree.relatives.map(({ id }) => id)]);
  // Children whose guardian did not agree are no members, and get no card.
  const counted = new Set(members.map(({ id }) => id));
  const named = (draft.answers.H02 ?? []).filter(
    (/** @type {any} */ one) => counted.has(one.id) && !known.has(one.id) && one.name && !one.unborn,
  );
  return named.map((/** @type {any} */ one) => ({
    id: one.id,
    text: context._("Family member %(name)s", { name: one.name }),
    value: say.joined(context, [word(context, "relation", one.relation), one.birth_date ?? ""].filter(Boolean)),
    change: {
      op: "create",
      kind: "relative",
      id: one.id,
      set: {
        customer_id: tree.customer.id,
        relation: KIN.includes(one.relation) ? one.relation : "other",
        name: one.name,
        gender: one.gender ?? null,
        birth_date: one.birth_date ?? null,
        lives_with: true,
      },
    },
  }));
}
