// What two people disagree about, in sentences: values by field, who, when, on which phone.

import { SCHEMAS } from "../generated/schemas.js";
import { nameOf } from "./family.js";
import { labelOf, word } from "./labels.js";
import * as say from "./say.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("../store/index.js").Row} Row
 * @typedef {import("../store/index.js").Tree} Tree
 *
 * @typedef {object} Side of a conflict
 * @property {string} who 您 / 王芳
 * @property {boolean} own the agent of this phone
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
  return SCHEMAS[record_kind]?.fields[field.split(".")[0]] ?? { type: "text", max_length: 200 };
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
  const spec = SCHEMAS[kind]?.fields[field.split(".")[0]] ?? { type: "text" };
  if (value === null || value === undefined || value === "") return _("(empty)");
  if (Array.isArray(value) && !value.length) return _("(empty)");
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
  if (spec.check === "mobile") return say.phone(value);
  if (spec.type === "enum" || field === "outcome" || field === "next_step") return word(context, field, value);
  return typeof value === "object" ? _("several things") : String(value);
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
  if (!conflict.field) return name;
  const field = _(labelOf(conflict.record_kind, conflict.field.split(".")[0]));
  return _("%(field)s of %(name)s", { field, name });
}

/**
 * @param {Context} context
 * @param {Row} conflict
 * @param {Tree | null} tree
 * @returns {string} the record that it is about
 */
export function subject(context, { record_kind: kind, record_id: id }, tree) {
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
  return customer;
}

/**
 * @param {Context} context
 * @param {Row} conflict
 * @returns {{mine: Side, theirs: Side}} mine is the author's
 */
export function sides(context, conflict) {
  return {
    mine: side(
      context,
      conflict.author,
      conflict.author_name,
      conflict.author_label,
      conflict.author_at,
      conflict.author_at_about,
    ),
    theirs: side(context, conflict.theirs_by, conflict.theirs_name, conflict.theirs_label, conflict.theirs_at, false),
  };
}

/**
 * @param {Context} context
 * @param {string | null} agent
 * @param {string | null} name
 * @param {string | null} label
 * @param {string | null} at
 * @param {boolean | null} about
 * @returns {Side}
 */
function side({ _, agent: me }, agent, name, label, at, about) {
  const own = agent === me.id;
  return { own, who: own ? _("You") : name || _("Somebody"), label: label ?? "", at: at ?? "", about: about === true };
}

/**
 * 您，今天 10:20，当时没有信号 / You on “Redmi 9”, today 10:20
 * @param {Context} context
 * @param {Side} one
 * @param {{both: boolean, offline: boolean}} how both: both sides are the agent's own
 */
export function byline(context, one, { both, offline }) {
  const { _ } = context;
  const who = both && one.label ? _("You, on “%(label)s”", { label: one.label }) : one.who;
  const when = one.at ? say.moment(context, one.at) : "";
  const time = one.about && when ? _("about %(time)s", { time: when }) : when;
  return say.joined(context, [who, time, offline ? _("without a signal") : ""]);
}

/**
 * @param {Context} context
 * @param {{mine: Side, theirs: Side}} both
 * @returns {string} the question
 */
export function question({ _ }, { mine, theirs }) {
  if (mine.own && theirs.own) return _("Your two phones say different things. Which one stays?");
  if (mine.own) return _("You and %(name)s changed it differently. Which one stays?", { name: theirs.who });
  if (theirs.own) return _("You and %(name)s changed it differently. Which one stays?", { name: mine.who });
  return _("%(one)s and %(other)s changed it differently. Which one stays?", { one: mine.who, other: theirs.who });
}
