// /customers: the list, search, one customer's card, its form, its menu.

import { addDays, instantAt } from "../../domain/dates.js";
import { search } from "../../domain/search.js";
import { newId } from "../../store/index.js";
import { complete } from "../completeness.js";
import { field, fields, wrongOnes } from "../fields.js";
import * as people from "../people.js";
import { fragment, notFound, page, redirect } from "../router.js";
import { saved } from "../saving.js";
import * as say from "../say.js";
import { card } from "../card.js";
import { word } from "../labels.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../../store/search-lines.js").Line} Line
 * @typedef {import("../../store/index.js").Tree} Tree
 */

const PAGE = 50;
const MOST = 10_000;
const DUE_DAYS = 30;
const QUIET_DAYS = 90;

// ---- the list -----------------------------------------------------------------------------------------------------

/**
 * What each filter lets through. Its days are worked out once: ten thousand lines are then only compared with texts.
 * @param {string} today
 * @returns {[string, (line: Line) => boolean][]}
 */
function filters(today) {
  const last = addDays(today, DUE_DAYS);
  const quiet = instantAt(addDays(today, -QUIET_DAYS), "00:00");
  return [
    ["all", () => true],
    ["family", (line) => line.family.length > 0],
    ["due", (line) => line.due.some(({ date }) => date >= today && date <= last)],
    ["quiet", (line) => !line.last_contact || line.last_contact < quiet],
    ["potential", (line) => line.stage === "potential"],
  ];
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function index(context) {
  const { query, store, htmx } = context;
  const book = await store.book();
  const found = await looked(context, book);
  const after = Number(query.get("after")) || 0;
  if (htmx && after) return fragment("customers/rows.html", rows(context, found, after));
  const model = { ...results(context, found, book.length), ...rows(context, found, after) };
  if (htmx) return fragment("customers/results.html", model);
  const wants_focus = query.has("search");
  return page("customers/index.html", { ...model, wants_focus }, { tab: "customers" });
}

/**
 * @typedef {{q: string, filter: string, lines: Line[], fits: Line[], marks: Map<string, any>, policies: any[]}} Found
 *   fits: what the query finds; lines: those of them that the filter lets through
 */

/**
 * @param {Context} context
 * @param {Line[]} book
 * @returns {Promise<Found>}
 */
async function looked({ query, today }, book) {
  const q = (query.get("q") ?? "").trim();
  const known = new Map(filters(today));
  const asked = query.get("filter") ?? "all";
  const filter = known.has(asked) ? asked : "all";
  const { hits, policies } = q ? search(book, q, { limit: MOST }) : { hits: [], policies: [] };
  const marks = new Map(hits.map((hit) => [hit.id, hit]));
  const byId = q ? new Map(book.map((line) => [line.id, line])) : new Map();
  const fits = q ? hits.map(({ id }) => /** @type {Line} */ (byId.get(id))) : book;
  const lets = /** @type {(line: Line) => boolean} */ (known.get(filter));
  return { q, filter, fits, lines: fits.filter(lets), marks, policies };
}

/**
 * @param {Context} context
 * @param {Found} found
 * @param {number} total
 */
function results(context, { q, filter, fits, lines, policies }, total) {
  const { _, ngettext, today } = context;
  /** @type {Record<string, string>} */
  const names = {
    all: _("All"),
    family: _("Families"),
    due: _("Due in 30 days"),
    quiet: _("Long not in touch"),
    potential: _("Potential"),
  };
  return {
    q,
    has_q: q !== "",
    filter,
    has_book: total > 0,
    has_filters: total > 0,
    filters: filters(today).map(([name, lets]) => ({
      href: address({ q, filter: name }),
      text: _("%(name)s %(n)s", { name: names[name], n: fits.filter(lets).length }),
      is_chosen: name === filter,
    })),
    heading: ngettext("%(n)s customer", "%(n)s customers", lines.length),
    total_text: lines.length < total ? ngettext("of %(n)s", "of %(n)s", total) : _("A to Z"),
    none_text: q ? _("Nobody found for “%(q)s”.", { q }) : _("Nobody here at the moment."),
    policies: policies.slice(0, 3).map((one) => policyHit(context, one, q)),
    create_href: q && /[^\x00-\x7f]/.test(q) ? `/customers/new?name=${encodeURIComponent(q)}` : "/customers/new",
    create_text: q && /[^\x00-\x7f]/.test(q) ? _("New customer “%(name)s”", { name: q }) : _("New customer"),
  };
}

/** @param {Record<string, string | number>} parameters */
function address(parameters) {
  const wanted = Object.entries(parameters).filter(([, value]) => value !== "" && value !== "all");
  const query = new URLSearchParams(wanted.map(([name, value]) => [name, String(value)])).toString();
  return query ? `/customers?${query}` : "/customers";
}

/**
 * @param {Context} context
 * @param {any} policy
 * @param {string} q
 */
function policyHit(context, { id, customer_id, number, product, name }, q) {
  const at = number.toLowerCase().indexOf(q.toLowerCase().replaceAll(/\s/g, ""));
  return {
    href: `/customers/${customer_id}/policies/${id}`,
    number_parts: at < 0 ? [{ text: number, marked: false }] : cutOut(number, at, q.replaceAll(/\s/g, "").length),
    sub: say.joined(context, [name, product ?? ""]),
  };
}

/** @param {string} text @param {number} at @param {number} length */
function cutOut(text, at, length) {
  return [
    { text: text.slice(0, at), marked: false },
    { text: text.slice(at, at + length), marked: true },
    { text: text.slice(at + length), marked: false },
  ].filter(({ text: part }) => part !== "");
}

/**
 * @param {Context} context
 * @param {Found} found
 * @param {number} after
 */
function rows(context, { q, filter, lines, marks }, after) {
  const { _ } = context;
  const shown = lines.slice(after, after + PAGE);
  const next = after + shown.length;
  let letter = after ? letterOf(lines[after - 1]) : "";
  const list = shown.map((line) => {
    const own = letterOf(line);
    const has_letter = q === "" && own !== letter;
    letter = own;
    return people.row(line, { ...listed(context, line, marks.get(line.id)), has_letter, letter: own });
  });
  return {
    rows: list,
    has_rows: list.length > 0,
    has_more: next < lines.length,
    more_href: address({ q, filter, after: next }),
    more_text: _("Show more"),
  };
}

/** @param {Line} line */
function letterOf({ keys }) {
  const first = (keys[0] ?? "").charAt(0).toUpperCase();
  return /[A-Z]/.test(first) ? first : "#";
}

/**
 * @param {Context} context
 * @param {Line} line
 * @param {{marks: [number, number][], why: {field: string, text: string} | null} | undefined} hit
 */
function listed(context, line, hit) {
  const { _, ngettext } = context;
  const family = line.family.length ? ngettext("family of %(n)s", "family of %(n)s", line.family.length + 1) : "";
  const about = say.joined(context, [family, line.city ?? "", line.employer ?? ""]);
  return {
    ...(hit ? { name_parts: people.parts(line.name, hit.marks) } : {}),
    sub: people.ageOf(context, line),
    tags: line.stage === "potential" ? [{ text: _("Potential"), tone: "" }] : [],
    lead: hit?.why ? reason(context, hit.why) : about || last(context, line),
    ...nextFor(context, line),
  };
}

/** @param {Context} context @param {Line} line */
function last(context, line) {
  return line.last_contact
    ? context._("Last contact %(ago)s", { ago: say.ago(context, say.dayOf(line.last_contact)) })
    : context._("No contact yet");
}

/** @param {Context} context @param {{field: string, text: string}} why */
function reason({ _ }, { field: name, text }) {
  if (name === "mobile") return _("Phone %(text)s", { text: say.phone(text) });
  if (name === "plate") return _("Plate %(text)s", { text });
  if (name === "policy") return _("Policy %(text)s", { text });
  if (name === "family") return _("Family: %(text)s", { text });
  return text;
}

/**
 * What comes next with this customer, at the right: a date and a word.
 * @param {Context} context
 * @param {Line} line
 */
function nextFor(context, line) {
  const { _, today } = context;
  const due = line.due.find(({ date }) => date >= today);
  const visit = line.next_visit && say.dayOf(line.next_visit.at) >= today ? line.next_visit : null;
  if (visit && (!due || say.dayOf(visit.at) <= due.date)) {
    return { meta_day: say.capital(say.near(context, say.dayOf(visit.at))), meta_text: _("planned") };
  }
  if (due) {
    const what = due.what === "expiry" ? _("%(kind)s ends", { kind: people.kindOf(context, due) }) : _("premium");
    return { meta_day: say.capital(say.near(context, due.date)), meta_text: what };
  }
  const own = line.people.find((one) => one.id === line.id);
  const birthday = own ? people.birthdayOf(own, today) : null;
  return birthday ? { meta_day: say.capital(say.near(context, birthday)), meta_text: _("birthday") } : {};
}

/** @param {Context} context @returns {Reply} what else can be done with the list */
export function more(context) {
  const { _ } = context;
  return page("customers/menu.html", {
    title: _("Customers"),
    sub: "",
    back_href: "/customers",
    links: [
      { href: "/customers/new", icon: "user-plus", text: _("New customer"), tone: "", has_sub: false, sub: "" },
      {
        href: "/imports",
        icon: "file-import",
        text: _("Import from a table"),
        tone: "",
        has_sub: true,
        sub: _("Excel or CSV; needs a network"),
      },
    ],
  });
}

// ---- one customer ---------------------------------------------------------------------------------------------------

/** @param {Context} context @returns {Promise<Reply>} */
export async function show(context) {
  const tree = await context.store.tree(context.params.id);
  return tree ? page("customers/show.html", card(context, tree), { tab: "customers" }) : notFound();
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function menu(context) {
  const { _, store, params } = context;
  const customer = await store.get("customer", params.id);
  if (!customer) return notFound();
  const home = `/customers/${customer.id}`;
  /** @type {(href: string, icon: string, text: string, tone?: string) => any} */
  const link = (href, icon, text, tone = "") => ({ href, icon, text, tone, has_sub: false, sub: "" });
  return page("customers/menu.html", {
    title: customer.name,
    sub: "",
    back_href: home,
    links: [
      { ...link(`${home}/edit`, "user-edit", _("Edit")), icon: "user-edit" },
      { ...link(`${home}/relatives/new`, "", _("Add a family member")), icon: "user-plus" },
      { ...link(`${home}/policies/new`, "", _("Add a policy")), icon: "file-plus" },
      { ...link(`${home}/visits/plan`, "", _("Plan a visit or call")), icon: "calendar-plus" },
      { ...link(`${home}/consents`, "", _("Consents")), icon: "shield-check" },
      { ...link(`${home}/delete`, "", _("Delete the customer"), "bad"), icon: "trash" },
    ],
  });
}

/**
 * Somebody has seen what the row is marked with.
 * @param {Context} context
 * @returns {Promise<Reply>}
 */
export async function seen({ store, params, form }) {
  const kind = form?.get("kind") ?? "customer";
  const id = form?.get("record") ?? params.id;
  await store.commit([{ op: "update", kind, id, set: { flags: {} } }]);
  return redirect(`/customers/${params.id}`);
}

// ---- the form -------------------------------------------------------------------------------------------------------

const BASIC = [
  "name",
  "gender",
  "mobile",
  "birth_date",
  "city",
  "home_address",
  "marital",
  "employer",
  "position",
  "department",
  "work_address",
  "phone_work",
  "phone_home",
  "wechat_id",
  "email",
  "fax_work",
  "education",
  "native_place",
  "occupation_class",
  "id_type",
  "id_number",
  "id_expiry",
  "birthday_calendar",
  "birthday_month",
  "birthday_day",
  "birthday_leap",
]; // prettier-ignore
const LIVING = [
  "housing", "has_car", "smoker", "hobbies", "best_contact_time", "preferred_channel", "contact_permission", "source",
  "stage", "annual_income_fen", "social_insurance", "health_note", "tags_value", "tags_need", "tags_risk", "note",
]; // prettier-ignore

/** @param {Context} context @returns {Reply} */
export function create(context) {
  const name = context.query.get("name") ?? "";
  return form(context, null, { row: null }, { name });
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function edit(context) {
  const tree = await context.store.tree(context.params.id);
  return tree ? form(context, tree, { row: tree.customer }) : notFound();
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function save(context) {
  const id = context.params.id ?? context.form?.get("id") ?? newId();
  const tree = context.params.id ? await context.store.tree(id) : null;
  if (context.params.id && !tree) return notFound();
  const { errors } = await saved(context, {
    kind: "customer",
    id,
    old: tree?.customer ?? null,
    tree,
    label: label(context),
  });
  if (errors) return form(context, tree, { row: tree?.customer ?? null, typed: context.form, errors });
  return redirect(`/customers/${id}`, { toast: context._("Saved on this phone") });
}

/** @param {Context} context */
function label({ _, params }) {
  return params.id ? _("Customer details") : _("New customer");
}

/**
 * @param {Context} context
 * @param {Tree | null} tree
 * @param {import("../fields.js").Filled} filled
 * @param {Record<string, any>} [preset]
 * @returns {Reply}
 */
function form(context, tree, filled, preset = {}) {
  const { _, ngettext } = context;
  const id = tree?.customer.id ?? filled.typed?.get("id") ?? newId();
  const errors = Object.keys(filled.errors ?? {});
  const percent = tree ? complete(tree) : 0;
  const parts = sections(context, tree, filled, errors, preset);
  return page(
    "customers/form.html",
    {
      title: tree ? _("Details of %(name)s", { name: tree.customer.name }) : _("New customer"),
      has_lead: !tree,
      lead: _("Only the name is needed. The rest can follow when you know it."),
      action: tree ? `/customers/${id}` : "/customers",
      back_href: tree ? `/customers/${id}` : "/customers",
      back_text: tree ? tree.customer.name : _("Customers"),
      draft_key: tree ? `customer:${id}` : "customer:new",
      id,
      ver: tree?.customer.ver ?? 0,
      has_errors: errors.length > 0,
      error_text: ngettext("%(n)s field needs another look.", "%(n)s fields need another look.", errors.length),
      has_completeness: tree !== null,
      completeness: `${percent}%`,
      completeness_text: _("%(n)s%% known", { n: percent }),
      sections: parts,
      errors: wrongOnes(parts),
      has_delete: false,
      delete_href: "",
      delete_text: "",
      submit_text: _("Save"),
    },
    { status: errors.length ? 422 : 200 },
  );
}

/**
 * The four parts of a customer's file.
 * @param {Context} context
 * @param {Tree | null} tree
 * @param {import("../fields.js").Filled} filled
 * @param {string[]} wrong
 * @param {Record<string, any>} preset
 */
function sections(context, tree, filled, wrong, preset) {
  const { _, ngettext } = context;
  const basic = BASIC.map((name) =>
    field(context, "customer", name, filled, { ...told(context, name), preset: preset[name] }),
  );
  const living = fields(
    context,
    "customer",
    LIVING.map((name) => [name, told(context, name)]),
    filled,
  );
  const found = [
    part(_("Basics"), basic, { open: true }),
    part(_("Living"), living, { open: wrong.some((name) => LIVING.includes(name)) }),
  ];
  if (!tree) return found;
  const home = `/customers/${tree.customer.id}`;
  const family = tree.relatives.map((one) => ({
    href: `${home}/relatives/${one.id}/edit`,
    text: one.name,
    sub: say.joined(context, [word(context, "relation", one.relation), say.years(context, one.birth_date)]),
  }));
  const policies = tree.policies.map((one) => ({
    href: `${home}/policies/${one.id}/edit`,
    text: one.product_name || word(context, "kind", one.kind),
    sub: say.joined(context, [one.insurer ?? "", one.number ?? ""]),
  }));
  return [
    ...found,
    part(_("Family"), [], {
      note: ngettext("%(n)s person", "%(n)s people", family.length),
      links: [...family, { href: `${home}/relatives/new`, text: _("Add a family member"), sub: "" }],
    }),
    part(_("Policies"), [], {
      note: ngettext("%(n)s policy", "%(n)s policies", policies.length),
      links: [...policies, { href: `${home}/policies/new`, text: _("Add a policy"), sub: "" }],
    }),
  ];
}

/**
 * @param {string} title
 * @param {any[]} list
 * @param {{open?: boolean, note?: string, links?: any[]}} options
 */
function part(title, list, { open = false, note = "", links = [] }) {
  return { title, fields: list, has_fold: true, open, note, links, has_links: links.length > 0 };
}

/** @param {Context} context @param {string} name */
function told({ _ }, name) {
  if (name === "id_expiry") return { hint: _("A date like 2030-05-01, or “long”") };
  if (name === "health_note" || name === "annual_income_fen") return { hint: _("Only with the customer's consent") };
  if (name === "occupation_class") return { hint: _("1 to 6") };
  if (name === "birthday_calendar") return { hint: _("Only if another day is celebrated than the date of birth") };
  return {};
}

// ---- deleting -------------------------------------------------------------------------------------------------------

/** @param {Context} context @returns {Promise<Reply>} */
export async function remove(context) {
  const { _, ngettext, store, params } = context;
  const tree = await store.tree(params.id);
  if (!tree) return notFound();
  const { relatives, policies, visits } = tree;
  return page("customers/delete.html", {
    title: _("Delete %(name)s?", { name: tree.customer.name }),
    lines: [
      say.joined(context, [
        ngettext("%(n)s family member", "%(n)s family members", relatives.length),
        ngettext("%(n)s policy", "%(n)s policies", policies.length),
        ngettext("%(n)s visit or call", "%(n)s visits and calls", visits.length),
      ]),
      _("All of it goes with the customer. For ten seconds you can take it back."),
    ],
    action: `/customers/${params.id}/deletions`,
    back_href: `/customers/${params.id}`,
    back_text: tree.customer.name,
  });
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function destroy({ _, store, params }) {
  const customer = await store.get("customer", params.id);
  if (!customer) return redirect("/customers");
  const { seqs } = await store.commit([{ op: "delete", kind: "customer", id: params.id }], { label: _("Deleted") });
  return redirect("/customers", {
    toast: _("%(name)s is deleted", { name: customer.name }),
    undo: `/outbox/${seqs[0]}/undo?back=/customers/${params.id}`,
  });
}
