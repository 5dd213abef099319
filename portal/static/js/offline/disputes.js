// What two people disagree about, in sentences: values by field, who, when, on which phone.

import { fieldsOf } from "../store/book.js";
import { nameOf } from "./family.js";
import { labelOf, word } from "./labels.js";
import * as say from "./say.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("../store/index.js").Row} Row
 * @typedef {import("../store/index.js").Tree} Tree
 *
 * @typedef {object} Side of a conflict
 * @property {string} by id of the agent, "" where it was a job of the server
 * @property {string} who 您 / 王芳
 * @property {boolean} own the agent of this phone
 * @property {boolean} here typed on this phone
 * @property {string} label of the device
 * @property {string} at instant, "" when unknown
 * @property {boolean} about the phone's clock could not be believed
 */

/**
 * @param {Row} conflict
 * @returns {any} how its field is described; null when it is about the record as a whole
 */
export function specOf({ record_kind, field }) {
  if (!field) return null;
  return fieldsOf(record_kind)[field.split(".")[0]] ?? { type: "text", max_length: 200 };
}

/**
 * A value as one reads it.
 * @param {Context} context
 * @param {string} kind of the record
 * @param {string} field
 * @param {any} value
 * @param {Tree | null} [tree] to name people
 * @returns {string}
 */
export function shownValue(context, kind, field, value, tree = null) {
  const { _ } = context;
  /** @type {any} */
  const spec = fieldsOf(kind)[field.split(".")[0]] ?? { type: "text" };
  if (value === null || value === undefined || value === "") return _("(empty)");
  if (Array.isArray(value) && !value.length) return _("(empty)");
  if (spec.check === "id_expiry") return value === "long" ? _("Long-term") : say.day(context, value);
  switch (spec.type) {
    case "fen":
      return say.money(context, value);
    case "date":
      return say.day(context, value);
    case "instant":
      return say.moment(context, value);
    case "bool":
      return word(context, "yes_no", value);
    case "set":
      return say.listed(
        context,
        value.map((/** @type {string} */ one) => word(context, field, one)),
      );
    case "ref":
      return value.name ?? _("a customer who is not on this phone");
    case "party":
      return (tree && nameOf(tree, value)) || value.name || _("somebody of the family");
    case "beneficiaries":
      return say.listed(
        context,
        value.map((/** @type {any} */ { ref, share_bp }) => `${(tree && nameOf(tree, ref)) || "?"} ${share_bp / 100}%`),
      );
    default:
      break;
  }
  if (spec.check === "mobile" || spec.check === "phone") return say.phone(value);
  if (field === "minutes") return context.ngettext("%(n)s minute", "%(n)s minutes", value);
  if (spec.type === "enum" || field === "outcome" || field === "next_step") return word(context, field, value);
  return typeof value === "object" ? _("several things") : String(value);
}

/**
 * A value inside a sentence: Chinese takes a blank before digits and Latin letters, and none before Han.
 * @param {Context} context
 * @param {string} value
 * @returns {string}
 */
export function inset({ lang }, value) {
  return lang === "zh-CN" && /^[\d…A-Za-z]/.test(value) ? ` ${value}` : value;
}

/**
 * What it is about: 林雪梅的电话 / the phone of Lin Xuemei.
 * @param {Context} context
 * @param {Row} conflict
 * @param {Tree | null} tree
 */
export function title(context, conflict, tree) {
  const { _ } = context;
  const name = subject(context, conflict, tree);
  if (!conflict.field) return _("Deletion of %(name)s", { name });
  if (conflict.asked) return _("%(field)s: %(value)s", { field: _("Needs analysis"), value: conflict.asked });
  const field = _(labelOf(conflict.record_kind, conflict.field.split(".")[0]));
  return _("%(field)s of %(name)s", { field, name });
}

/**
 * @param {Context} context
 * @param {Row} conflict
 * @param {Tree | null} tree
 * @returns {string} the record that it is about
 */
export function subject(context, { record_kind: kind, record_id: id, mine }, tree) {
  const { _ } = context;
  const customer = tree?.customer.name ?? _("a customer");
  if (!tree || kind === "customer") return customer;
  const relative = tree.relatives.find((row) => row.id === id);
  if (relative) return relative.name;
  const policy = tree.policies.find((row) => row.id === id);
  if (policy)
    return (
      policy.product_name || _("%(kind)s of %(name)s", { kind: word(context, "kind", policy.kind), name: customer })
    );
  const visit = tree.visits.find((row) => row.id === id);
  if (visit)
    return _("%(what)s with %(name)s", { what: word(context, "channel", visit.channel) || _("Visit"), name: customer });
  return mine?.set?.name ?? customer;
}

/**
 * @param {Context} context
 * @param {Row} conflict
 * @returns {{mine: Side, theirs: Side}} mine is the author's
 */
export function sides(context, conflict) {
  return { mine: side(context, conflict, "author"), theirs: side(context, conflict, "theirs") };
}

/**
 * @param {Context} context
 * @param {Row} conflict
 * @param {"author" | "theirs"} which
 * @returns {Side}
 */
function side({ _, agent, settings }, conflict, which) {
  const [name, label, at] = ["name", "label", "at"].map((part) => conflict[`${which}_${part}`] ?? "");
  const by = (which === "author" ? conflict.author : conflict.theirs_by) ?? "";
  const own = by === agent.id;
  // A job of the server, an import for example, has a label and nobody behind it.
  const who = own ? _("You") : name || label || _("Somebody");
  const here = conflict[`${which}_device`] === settings[`device:${agent.id}`]?.device;
  return { by, own, who, here, label, at, about: conflict[`${which}_at_about`] === true };
}

/**
 * 您，今天 10:20，当时没有信号 / You, on “Redmi 9”, today 10:20
 * @param {Context} context
 * @param {Side} one
 * @param {{both: boolean, offline: boolean}} how both: both sides are the agent's own
 */
export function byline(context, one, { both, offline }) {
  const { _ } = context;
  const when = one.at ? say.moment(context, one.at) : "";
  const time = one.about && when ? _("about %(time)s", { time: when }) : when;
  return say.joined(context, [both ? onPhone(context, one) : one.who, time, offline ? _("without a signal") : ""]);
}

/** @param {Context} context @param {Side} one @returns {string} which of the agent's own phones */
function onPhone({ _ }, { who, here, label }) {
  if (here) return _("You, on this phone");
  return label ? _("You, on “%(label)s”", { label }) : who;
}

/**
 * @param {Context} context
 * @param {Row} conflict
 * @returns {string} 王芳也改了，请选一个
 */
export function disagreement(context, conflict) {
  const { _ } = context;
  const { mine, theirs } = sides(context, conflict);
  if (mine.own && theirs.own) return _("changed differently on two of your phones; please choose");
  if (isAlone(mine, theirs)) return _("%(name)s changed it again later; please choose", { name: mine.who });
  if (!mine.own && !theirs.own)
    return _("%(one)s and %(other)s changed it; please choose", { one: mine.who, other: theirs.who });
  return _("%(name)s changed it too; please choose", { name: mine.own ? theirs.who : mine.who });
}

/**
 * @param {Side} mine
 * @param {Side} theirs
 * @returns {boolean} whether somebody else said both: before the customer came here, and late
 */
export function isAlone(mine, theirs) {
  return !mine.own && mine.by !== "" && mine.by === theirs.by;
}

/**
 * @param {Context} context
 * @param {{mine: Side, theirs: Side}} both
 * @returns {string} the question
 */
export function question({ _ }, { mine, theirs }) {
  if (isAlone(mine, theirs)) return _("%(name)s changed it again later. Which one stays?", { name: mine.who });
  if (mine.own && theirs.own) return _("Your two phones say different things. Which one stays?");
  if (mine.own) return _("You and %(name)s changed it differently. Which one stays?", { name: theirs.who });
  if (theirs.own) return _("You and %(name)s changed it differently. Which one stays?", { name: mine.who });
  return _("%(one)s and %(other)s changed it differently. Which one stays?", { one: mine.who, other: theirs.who });
}
