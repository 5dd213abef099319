// /customers/…: one customer: the card, the form, the menu, the deletion.

import { newId } from "../../store/index.js";
import { complete } from "../completeness.js";
import { field, fields, wrongOnes } from "../fields.js";
import { notFound, page, redirect } from "../router.js";
import { saved } from "../saving.js";
import * as say from "../say.js";
import { card } from "../card.js";
import { word } from "../labels.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../../store/index.js").Tree} Tree
 */

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
      { ...link(`${home}/analyses`, "", _("Needs analysis")), icon: "umbrella" },
      { ...link(`${home}/visits/plan`, "", _("Plan a visit or call")), icon: "calendar-plus" },
      { ...link(`${home}/consents`, "", _("Consents")), icon: "shield-check" },
      { ...link(`${home}/delete`, "", _("Delete the customer"), "bad"), icon: "trash" },
    ],
    sends: [],
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
