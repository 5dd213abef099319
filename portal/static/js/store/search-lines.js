// The search record's line of one customer: all that lists, search and the today page need without opening the tree.
// Pure. A change of this shape needs a new LINES version: the lines are then made anew from the records.

import { readings } from "../domain/pinyin.js";

export const LINES = 2;

/**
 * @typedef {import("./showing.js").Row} Row
 *
 * @typedef {object} Person whose birthday is kept
 * @property {"customer" | "relative"} kind
 * @property {string} id
 * @property {string} name
 * @property {string | null} relation of the customer's; null for the customer
 * @property {string | null} birth_date solar
 * @property {string | null} calendar solar or lunar
 * @property {number | null} month of what is celebrated
 * @property {number | null} day
 * @property {boolean} leap
 *
 * @typedef {object} Due a policy with a date to come
 * @property {string} id of the policy
 * @property {string} kind
 * @property {string | null} product
 * @property {"payment" | "expiry"} what
 * @property {string} date
 * @property {number | null} premium_fen
 *
 * @typedef {object} Line
 * @property {string} id of the customer
 * @property {string} name
 * @property {string[]} keys every pinyin reading of the name and its initials, lower case
 * @property {string | null} gender
 * @property {string | null} mobile
 * @property {string[]} plates
 * @property {{id: string, number: string, product: string | null}[]} policies with a number
 * @property {string | null} city
 * @property {string | null} stage
 * @property {string | null} contact contact_permission
 * @property {string | null} employer
 * @property {string[]} tags all tags of the three sets
 * @property {Person[]} people the customer and relatives who have a birthday
 * @property {string[]} family names of the relatives
 * @property {Due[]} due by date, first the next
 * @property {number} policy_count policies not terminated
 * @property {string | null} last_contact instant of the newest visit that took place
 * @property {string | null} last_channel
 * @property {{id: string, at: string, channel: string | null, purpose: string | null} | null} next_visit planned
 * @property {string | null} next_step what was promised at the newest visit
 * @property {string | null} next_date
 * @property {string} created_at
 */

/**
 * @param {{customer: Row, relatives: Row[], policies: Row[], visits: Row[]}} tree
 * @returns {Line}
 */
export function lineOf({ customer, relatives, policies, visits }) {
  const held = policies.filter((policy) => !policy.terminated_on);
  const happened = visits.filter((visit) => visit.started_at);
  const latest = newest(happened, "started_at");
  return {
    id: customer.id,
    name: customer.name ?? "",
    keys: readings(customer.name ?? ""),
    gender: customer.gender ?? null,
    mobile: customer.mobile ?? null,
    plates: held.map((policy) => policy.plate).filter(Boolean),
    policies: policies
      .filter((policy) => policy.number)
      .map(({ id, number, product_name }) => ({ id, number, product: product_name ?? null })),
    city: customer.city ?? null,
    stage: customer.stage ?? null,
    contact: customer.contact_permission ?? null,
    employer: customer.employer ?? null,
    tags: [...(customer.tags_risk ?? []), ...(customer.tags_value ?? []), ...(customer.tags_need ?? [])],
    people: [person("customer", customer), ...relatives.map((one) => person("relative", one))].filter(celebrates),
    family: relatives.map((one) => one.name ?? "").filter(Boolean),
    due: held.flatMap(dues).sort((a, b) => (a.date < b.date ? -1 : 1)),
    policy_count: held.length,
    last_contact: latest?.started_at ?? null,
    last_channel: latest?.channel ?? null,
    next_visit: planned(visits),
    next_step: latest?.next_step ?? null,
    next_date: latest?.next_date ?? null,
    created_at: customer.created_at,
  };
}

/**
 * @param {"customer" | "relative"} kind
 * @param {Row} row
 * @returns {Person}
 */
function person(kind, row) {
  return {
    kind,
    id: row.id,
    name: row.name ?? "",
    relation: row.relation ?? null,
    birth_date: row.birth_date ?? null,
    calendar: row.birthday_calendar ?? null,
    month: row.birthday_month ?? null,
    day: row.birthday_day ?? null,
    leap: row.birthday_leap === true,
  };
}

/** @param {Person} one */
function celebrates(one) {
  return one.birth_date !== null || one.month !== null;
}

/**
 * @param {Row} policy
 * @returns {Due[]}
 */
function dues(policy) {
  const { id, kind, premium_fen = null, next_due_date: payment, expiry_date: expiry } = policy;
  const common = { id, kind, product: policy.product_name ?? null, premium_fen };
  /** @type {Due[]} */
  const found = [];
  // What falls due when cover ends is no premium but a renewal: the end is what counts, and it has no days of grace.
  if (payment && !(expiry && payment >= expiry)) found.push({ ...common, what: "payment", date: payment });
  if (expiry) found.push({ ...common, what: "expiry", date: expiry });
  return found;
}

/**
 * @param {Row[]} visits
 * @returns {Line["next_visit"]} the earliest that was planned and has not taken place
 */
function planned(visits) {
  const open = visits.filter((visit) => visit.planned_at && !visit.started_at && !visit.outcome);
  const first = open.sort((a, b) => (a.planned_at < b.planned_at ? -1 : 1))[0];
  if (!first) return null;
  return { id: first.id, at: first.planned_at, channel: first.channel ?? null, purpose: first.purpose ?? null };
}

/**
 * @param {Row[]} rows
 * @param {string} field
 * @returns {Row | undefined}
 */
function newest(rows, field) {
  return rows.reduce(
    (/** @type {Row | undefined} */ best, row) => (!best || row[field] > best[field] ? row : best),
    undefined,
  );
}

/**
 * A line as it is kept: values in a fixed order, nothing said twice. A book of 10,000 is read in a fifth of the time.
 * @param {Line} line
 * @returns {any[]}
 */
export function pack(line) {
  return short([
    line.id,
    line.name,
    line.keys,
    line.gender,
    line.mobile,
    line.plates,
    line.policies.map(({ id, number, product }) => [id, number, product]),
    line.city,
    line.stage,
    line.contact,
    line.employer,
    line.tags,
    line.people.map(packPerson),
    line.family,
    line.due.map((due) => packDue(due, line)),
    line.policy_count,
    line.last_contact,
    line.last_channel,
    line.next_visit && [line.next_visit.id, line.next_visit.at, line.next_visit.channel, line.next_visit.purpose],
    line.next_step,
    line.next_date,
    line.created_at,
  ]);
}

/**
 * @param {any[]} kept
 * @returns {Line}
 */
export function unpack(kept) {
  const [id, name, keys, gender, mobile, plates, numbers, city, stage, contact, employer, tags, people, family] = kept;
  const [due, policy_count, last_contact, last_channel, next, next_step, next_date, created_at] = kept.slice(14);
  const policies = list(numbers).map(([policy, number, product]) => ({ id: policy, number, product: product || null }));
  return {
    id,
    name: name || "",
    keys: list(keys),
    gender: gender || null,
    mobile: mobile || null,
    plates: list(plates),
    policies,
    city: city || null,
    stage: stage || null,
    contact: contact || null,
    employer: employer || null,
    tags: list(tags),
    people: list(people).map((one) => unpackPerson(one, id, name || "")),
    family: list(family),
    due: list(due).map((one) => unpackDue(one, policies)),
    policy_count: policy_count || 0,
    last_contact: last_contact || null,
    last_channel: last_channel || null,
    next_visit: next ? { id: next[0], at: next[1], channel: next[2] || null, purpose: next[3] || null } : null,
    next_step: next_step || null,
    next_date: next_date || null,
    created_at: created_at || "",
  };
}

/**
 * Empty values are 0, and those at the end are left out.
 * @param {any[]} values
 */
function short(values) {
  const made = values.map((value) => (Array.isArray(value) && !value.length ? 0 : value || 0));
  while (made.at(-1) === 0) made.pop();
  return made;
}

/** @param {any} kept */
function list(kept) {
  return /** @type {any[]} */ (kept || []);
}

/** @param {Person} one */
function packPerson({ kind, id, name, relation, birth_date, calendar, month, day, leap }) {
  const who = kind === "customer" ? [0, 0] : [id, name];
  return short([...who, relation, birth_date, calendar, month, day, leap ? 1 : 0]);
}

/**
 * @param {any[] | 0} kept
 * @param {string} customer
 * @param {string} customerName
 * @returns {Person}
 */
function unpackPerson(kept, customer, customerName) {
  const [id, name, relation, birth_date, calendar, month, day, leap] = kept || [];
  return {
    kind: id ? "relative" : "customer",
    id: id || customer,
    name: id ? name || "" : customerName,
    relation: relation || null,
    birth_date: birth_date || null,
    calendar: calendar || null,
    month: month || null,
    day: day || null,
    leap: leap === 1,
  };
}

/**
 * @param {Due} due
 * @param {Line} line
 */
function packDue({ id, kind, product, what, date, premium_fen }, line) {
  const at = line.policies.findIndex((policy) => policy.id === id);
  const said = at >= 0 && line.policies[at].product === product;
  return short([at >= 0 ? at : id, kind, what === "expiry" ? 1 : 0, date, premium_fen, said ? 0 : product]);
}

/**
 * @param {any[]} kept
 * @param {Line["policies"]} policies
 * @returns {Due}
 */
function unpackDue([at, kind, expiry, date, premium_fen, product], policies) {
  const known = typeof at === "number" ? policies[at] : null;
  return {
    id: known?.id ?? at,
    kind,
    product: product || (known?.product ?? null),
    what: expiry ? "expiry" : "payment",
    date,
    premium_fen: premium_fen || null,
  };
}
