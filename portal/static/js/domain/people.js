// Who is in a plan, who they are to the one who applies, and what they hold already. Pure. The server's twin, where
// the shapes are explained, is portal/proposals/people.py.

import { at } from "./gap.js";
import { household } from "./household.js";

/** @typedef {Record<string, any>} Facts */

const WHOLE = 10_000n;
const SENSITIVE = ["M08", "F05", "F06", "F07", "F09"];
/** @type {Record<string, Record<string, string>>} */
const RELATIONS = {
  spouse: {
    self: "spouse",
    child: "child",
    grandchild: "grandchild",
    parent: "parent_in_law",
    parent_in_law: "parent",
  },
  child: { self: "parent", spouse: "parent", child: "sibling", parent: "grandparent", parent_in_law: "grandparent" },
  parent: { self: "child", sibling: "child", child: "grandchild", parent: "spouse" },
  parent_in_law: { spouse: "child", child: "grandchild", parent_in_law: "spouse" },
  grandparent: { self: "grandchild", sibling: "grandchild", grandparent: "spouse" },
  grandchild: { self: "grandparent", spouse: "grandparent" },
  sibling: { self: "sibling", sibling: "sibling", parent: "parent", grandparent: "grandparent" },
};

/**
 * Everybody of an analysis in the order of its list; what nobody asked or knew is null.
 * @param {Facts} answers
 * @param {string} madeOn
 * @param {Facts} values numbers of the assumption set
 * @returns {Facts[]}
 */
export function persons(answers, madeOn, values) {
  const listed = answers.H02 ?? [];
  return household(at(answers, "middle"), values, madeOn).members.map((/** @type {Facts} */ member) => {
    const { id } = member;
    const [occupation, insurance, smoker] = ["M02", "M03", "M07"].map((question) => answers[`${question}:${id}`]);
    return {
      id,
      name: member.name,
      gender: member.gender || null,
      birth_date: listed.find((/** @type {Facts} */ each) => each.id === id).birth_date || null,
      relation: member.relation,
      occupation_class: Number.isInteger(occupation) ? occupation : null,
      social_insurance: Array.isArray(insurance) ? insurance.some((each) => each.endsWith("medical")) : null,
      smoker: typeof smoker === "boolean" ? smoker : null,
      income_fen: member.income_fen,
      role: member.role,
      unborn: member.unborn,
    };
  });
}

/**
 * @param {Facts} person
 * @param {Facts} applicant
 * @returns {string | null} who they are to the applicant; null when nobody said who they are to the customer
 */
export function relationTo(person, applicant) {
  if (person.id === applicant.id) return "self";
  const [theirs, whose] = [person.relation, applicant.relation];
  if (!theirs || !whose) return null;
  return whose === "self" ? theirs : (RELATIONS[whose]?.[theirs] ?? "other");
}

/**
 * @param {Facts} answers
 * @returns {Facts[]} the policies of all insurers that were told in an analysis
 */
export function policies({ E01: listed }) {
  return (Array.isArray(listed) ? listed : []).map((policy, index) => ({
    id: policy.id || String(index),
    insured: policy.insured,
    kind: policy.kind,
    sum_fen: inYuan(policy.sum_fen || 0, policy.rate_bp),
    premium_fen: inYuan(policy.yearly_fen || 0, policy.rate_bp),
    insurer: policy.insurer || "",
    expiry: policy.expiry || null,
    lapsed: Boolean(policy.lapsed),
    waiting_until: policy.waiting_until || null,
    group: Boolean(policy.group),
    allowance: Boolean(policy.allowance),
    guaranteed: Boolean(policy.guaranteed),
    surrender: Boolean(policy.surrender),
  }));
}

/** @param {number} fen @param {number} [rate] */
const inYuan = (fen, rate) => (rate ? Number((2n * BigInt(fen) * BigInt(rate) + WHOLE) / (2n * WHOLE)) : fen);

/**
 * @param {Facts} answers
 * @returns {boolean} true when they hold what needs the separate consent: health, assets, an income to the yuan
 */
export function isSensitive(answers) {
  return Object.entries(answers).some(([key, value]) => {
    const isMap = value !== null && typeof value === "object" && !Array.isArray(value);
    if (value === null || value === undefined || (isMap && value.unknown)) return false;
    const [question] = key.split(":");
    return question === "M04" ? !isMap : SENSITIVE.includes(question);
  });
}

/** @param {Facts[]} people @param {string | null} [id] @returns {Facts | null} */
export const byId = (people, id) => people.find((each) => each.id === id) ?? null;

/** @param {Facts[]} people @param {string | null} [applicant] @returns {Facts | null} the one named, else the customer */
export const applicantOf = (people, applicant) =>
  applicant ? byId(people, applicant) : (people.find((each) => each.relation === "self") ?? null);
