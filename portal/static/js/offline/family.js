// The people of a tree: the customer and the relatives, by reference and as choices.

import { word } from "./labels.js";
import * as say from "./say.js";

/**
 * @typedef {import("./say.js").Speaker} Speaker
 * @typedef {import("../store/index.js").Tree} Tree
 * @typedef {import("../store/index.js").Row} Row
 * @typedef {{kind?: string, id?: string, name?: string}} Party
 */

/** Chosen when somebody is meant who is nobody of the family. */
export const OTHER = "other";

/**
 * @param {Tree} tree
 * @returns {{kind: "customer" | "relative", id: string, row: Row}[]}
 */
export function members({ customer, relatives }) {
  const kin = relatives.map((row) => ({ kind: /** @type {const} */ ("relative"), id: row.id, row }));
  return [{ kind: /** @type {const} */ ("customer"), id: customer.id, row: customer }, ...kin];
}

/**
 * @param {Tree} tree
 * @param {Party | null | undefined} party
 * @returns {string} "" for nobody
 */
export function nameOf(tree, party) {
  if (!party) return "";
  return party.name ?? members(tree).find(({ id }) => id === party.id)?.row.name ?? "";
}

/**
 * @param {Speaker} context
 * @param {Row} row of a relative
 * @returns {string} 儿子, 9 岁
 */
export function about(context, row) {
  return say.joined(context, [kin(context, row), say.years(context, row.birth_date)]);
}

/**
 * @param {Speaker} context
 * @param {{relation?: string | null, gender?: string | null}} row
 * @returns {string} husband, daughter, … where the sex is known
 */
export function kin(context, { relation, gender }) {
  const { _ } = context;
  /** @type {Record<string, string>} */
  const known = {
    "spouse male": _("Husband"),
    "spouse female": _("Wife"),
    "child male": _("Son"),
    "child female": _("Daughter"),
    "parent male": _("Father"),
    "parent female": _("Mother"),
    "sibling male": _("Brother"),
    "sibling female": _("Sister"),
    "parent_in_law male": _("Father-in-law"),
    "parent_in_law female": _("Mother-in-law"),
  };
  return known[`${relation} ${gender}`] ?? word(context, "relation", relation);
}

/**
 * Everybody of the tree as options of a select, and a name that is nobody of them.
 * @param {Speaker} context
 * @param {Tree} tree
 * @param {string} chosen `customer:<id>`, `relative:<id>`, a name, or `other`: a name that is being typed
 * @param {{withOther?: boolean}} [options]
 */
export function choices(context, tree, chosen, { withOther = false } = {}) {
  const known = members(tree).map(({ kind, id, row }) => ({ value: `${kind}:${id}`, text: row.name ?? "" }));
  const named =
    chosen && chosen !== OTHER && !known.some(({ value }) => value === chosen) ? [{ value: chosen, text: chosen }] : [];
  const more = withOther ? [{ value: OTHER, text: context._("Somebody else") }] : [];
  return [{ value: "", text: context._("Not known") }, ...known, ...named, ...more].map((one) => ({
    ...one,
    checked: one.value === chosen,
  }));
}
