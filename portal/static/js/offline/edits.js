// An edit on its way, in words: what it is about (林雪梅的电话, 李家的拜访小结), what was typed, why it was sent back.

import { fieldsOf } from "../store/book.js";
import { same } from "../store/showing.js";
import { shownValue, title } from "./disputes.js";
import { labelOf, msgid, word } from "./labels.js";
import * as say from "./say.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("../store/index.js").OutboxItem} OutboxItem
 * @typedef {import("../store/index.js").Row} Row
 * @typedef {import("../store/index.js").Tree} Tree
 * @typedef {{label: string, value: string}} Fact
 */

/** @type {Record<string, string>} what is noted, by the channel of a visit */
const NOTES = {
  visit: msgid("Visit note"),
  call: msgid("Call note"),
  message: msgid("Note on a message"),
  meeting: msgid("Meeting note"),
  online: msgid("Note on an online meeting"),
};
/** Types whose value says nothing without the name of its field. */
const BARE = ["bool", "int", "fen", "date"];
const MOST = 60;
const BY_NAME = 2;

/**
 * @param {Context} context
 * @param {OutboxItem} item
 * @returns {Promise<string>} 林雪梅的电话 / Mobile number of Lin Xuemei
 */
export async function about(context, item) {
  const { _, store } = context;
  if (item.kind === "conflict") return aboutDecision(context, item);
  const tree = item.customer_id ? await store.tree(item.customer_id) : null;
  const person = item.title ?? tree?.customer.name ?? (item.kind === "customer" ? said(item, "name") : null);
  const whole = whatOf(context, item, tree);
  const what = item.op === "delete" ? _("%(what)s (deletion)", { what: whole }) : whole;
  return person ? _("%(field)s of %(name)s", { field: what, name: person }) : what;
}

/** @param {Context} context @param {OutboxItem} item */
async function aboutDecision(context, { id }) {
  const { _, store } = context;
  const row = await store.get("conflict", id);
  if (!row) return _("A decision");
  const tree = row.tree_id ? await store.tree(row.tree_id) : null;
  return _("Decision: %(what)s", { what: title(context, row, tree) });
}

/** @param {Context} context @param {OutboxItem} item @param {Tree | null} tree */
function whatOf(context, item, tree) {
  const { _ } = context;
  const fields = item.op === "update" ? changed(item) : [];
  if (item.kind === "customer") {
    if (item.op === "create") return _("New card");
    return item.op === "delete" ? _("Card") : fieldNames(context, item, fields) || _("Card");
  }
  if (item.kind === "relative") return aboutRelative(context, item, tree, fields);
  if (item.kind === "policy") return fieldNames(context, item, fields) || _("Policy");
  if (item.kind === "consent") return _("Consent");
  if (item.kind === "analysis") return _("Needs analysis");
  if (item.kind === "proposal") return _("Proposal");
  return item.kind === "visit" ? aboutVisit(context, item, tree) : item.kind;
}

/** @param {OutboxItem} item @returns {string[]} fields that a person changed */
function changed({ kind, set }) {
  return Object.keys(set ?? {}).filter((name) => name in fieldsOf(kind) && name !== "customer_id");
}

/** @param {Context} context @param {OutboxItem} item @param {string[]} fields @returns {string} "" when they are many */
function fieldNames(context, { kind }, fields) {
  if (!fields.length || fields.length > BY_NAME) return "";
  return say.listed(
    context,
    fields.map((name, place) => within(context._(labelOf(kind, name)), place)),
  );
}

/** @param {string} label @param {number} place @returns {string} Home address: home address, WeChat: WeChat */
function within(label, place) {
  return place && /^[A-Z][a-z ]+$/.test(label) ? label[0].toLowerCase() + label.slice(1) : label;
}

/** @param {Context} context @param {OutboxItem} item @param {Tree | null} tree @param {string[]} fields */
function aboutRelative(context, item, tree, fields) {
  const { _ } = context;
  const name = said(item, "name") ?? tree?.relatives.find(({ id }) => id === item.id)?.name;
  const what = fieldNames(context, item, fields);
  if (!name) return what || _("Family member");
  return what
    ? say.joined(context, [_("Family member %(name)s", { name }), what])
    : _("Family member %(name)s", { name });
}

/** @param {Context} context @param {OutboxItem} item @param {Tree | null} tree */
function aboutVisit({ _ }, item, tree) {
  const row = tree?.visits.find(({ id }) => id === item.id);
  const channel = said(item, "channel") ?? row?.channel ?? "visit";
  const happened = said(item, "started_at") ?? row?.started_at ?? said(item, "outcome");
  return happened ? _(NOTES[channel] ?? NOTES.visit) : _("Appointment");
}

/** @param {OutboxItem} item @param {string} field */
function said({ set }, field) {
  return set?.[field]?.[1] ?? null;
}

/**
 * @param {Context} context
 * @param {OutboxItem} item
 * @returns {string} what was typed, shortly: 要方案，周五发建议书
 */
export function gist(context, item) {
  const { _ } = context;
  if (item.kind === "consent") {
    const value = said(item, "given") ? _("agreed") : _("declined");
    return _("%(field)s: %(value)s", { field: word(context, "consent.purpose", said(item, "purpose")), value });
  }
  if (item.kind === "analysis") return say.joined(context, analysisFacts(context, item));
  if (item.kind === "proposal") return proposalFact(context, item);
  const words = facts(context, item)
    .filter(({ name }) => name !== "name" && name !== "channel" && name !== "started_at")
    .slice(0, 3)
    .map(({ bare, label, value }) => (bare ? _("%(field)s: %(value)s", { field: label, value }) : value));
  return say.cut(say.joined(context, words), MOST);
}

/** @param {Context} context @param {OutboxItem} item @returns {string[]} how much was answered, moved, finished */
function analysisFacts({ _, ngettext }, { set }) {
  const count = (/** @type {string} */ field) => {
    const [before, now] = set?.[field] ?? [];
    const names = Object.keys({ ...before, ...now });
    return names.filter((name) => !same(before?.[name] ?? null, now?.[name] ?? null)).length;
  };
  const [answers, moved] = [count("answers"), count("moved")];
  return [
    answers ? ngettext("%(n)s answer", "%(n)s answers", answers) : "",
    moved ? ngettext("%(n)s assumption changed", "%(n)s assumptions changed", moved) : "",
    set?.completed_at?.[1] ? _("finished") : "",
  ].filter(Boolean);
}

/** @param {Context} context @param {OutboxItem} item */
const proposalFact = ({ _ }, { op, set }) =>
  set?.frozen?.[1] ? _("frozen") : op === "create" ? _("plans made") : _("plans changed");

/**
 * @param {Context} context
 * @param {OutboxItem} item
 * @param {Tree | null} [tree] to name people
 * @returns {(Fact & {name: string, bare: boolean})[]} everything that was typed
 */
export function facts(context, item, tree = null) {
  if (item.op === "delete" || item.kind === "conflict") return [];
  if (item.kind === "proposal") {
    return [{ name: "draft", label: context._("Proposal"), value: proposalFact(context, item), bare: false }];
  }
  if (item.kind === "analysis") {
    const value = say.joined(context, analysisFacts(context, item));
    return [{ name: "answers", label: context._("Needs analysis"), value, bare: false }];
  }
  const specs = /** @type {Record<string, any>} */ (fieldsOf(item.kind));
  return Object.entries(item.set ?? {})
    .filter(([name, [before, value]]) => name in specs && specs[name].type !== "ref" && (value ?? before) !== null)
    .map(([name, [, value]]) => ({
      name,
      label: context._(labelOf(item.kind, name)),
      value: valueOf(context, item.kind, name, value, tree),
      bare: (BARE.includes(specs[name].type) && name !== "next_date") || value === null,
    }));
}

/** @param {Context} context @param {string} kind @param {string} name @param {any} value @param {Tree | null} tree */
function valueOf(context, kind, name, value, tree) {
  const own = kind === "consent" && name === "purpose" ? word(context, "consent.purpose", value) : null;
  return own ?? shownValue(context, kind, name, value, tree);
}

/**
 * @param {Context} context
 * @param {OutboxItem} item
 * @returns {string[]} why it was sent back, a sentence for each faulty field
 */
export function reasons({ _ }, { kind, error }) {
  const told = Object.entries(error?.fields ?? {}).flatMap(([name, messages]) =>
    messages
      .slice(0, 1)
      .map((message) => _("%(field)s: %(value)s", { field: _(labelOf(kind, name)), value: _(message) })),
  );
  if (told.length) return told;
  return [error?.message ? _(error.message) : _("The server did not take it.")];
}
