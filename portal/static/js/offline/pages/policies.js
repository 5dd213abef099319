// /customers/<id>/policies: contracts of any insurer.

import { coolingOffEnd, graceEnd, nextDate, status, waitingEnd } from "../../domain/policy.js";
import { toneOf } from "../card.js";
import { OTHER, choices, nameOf } from "../family.js";
import { field, fields } from "../fields.js";
import { word } from "../labels.js";
import { lateFrom } from "../late.js";
import { fold, handlers, hasNews, open } from "../record-page.js";
import { notFound, page } from "../router.js";
import * as say from "../say.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../../store/index.js").Row} Row
 * @typedef {import("../../store/index.js").Tree} Tree
 * @typedef {import("../fields.js").Filled} Filled
 */

const HEIRS = 4;
const FULL = 10_000;

/** @type {import("../record-page.js").Room} */
const POLICY = {
  kind: "policy",
  path: "policies",
  list: "policies",
  anchor: "policies",
  title: (context, row) => (row ? row.product_name || word(context, "kind", row.kind) : context._("New policy")),
  lead: ({ _ }) => _("The kind is enough. Policies of other insurers count too."),
  sections(context, tree, filled) {
    const { _ } = context;
    const first = [
      field(context, "policy", "kind", filled),
      ...fields(context, "policy", ["insurer", "product_name", "number"], filled),
      ...party(context, tree, "insured", filled),
      ...party(context, tree, "applicant", filled),
      ...fields(
        context,
        "policy",
        ["sum_assured_fen", "premium_fen", "pay_mode", "effective_date", "next_due_date"],
        filled,
      ),
    ];
    const heirs = beneficiaries(context, tree, filled);
    const dates = fields(
      context,
      "policy",
      [
        "pay_years",
        ["expiry_date", { hint: _("Empty for the whole of life") }],
        "paid_to_date",
        "receipt_date",
        ["cooling_off_days", { unit: _("days") }],
        ["waiting_days", { unit: _("days") }],
        "guaranteed_until",
        "group",
        "plate",
        "note",
      ],
      filled,
    );
    const ended = fields(context, "policy", ["terminated_on", "termination"], filled);
    return [
      open(first),
      fold(_("Beneficiaries"), heirs, { open: hasNews(heirs), note: _("empty: by law") }),
      fold(_("Dates and more"), dates, { open: hasNews(dates) }),
      fold(_("The policy has ended"), ended, { open: hasNews(ended) }),
    ];
  },
  deleteText: ({ _ }) => _("Delete the policy"),
  deleteLines: (context, tree, row) => [
    say.joined(context, [
      row.product_name || word(context, "kind", row.kind),
      nameOf(tree, row.insured),
      row.number ?? "",
    ]),
    context._("A policy that ended is better marked as ended: then its history stays."),
  ],
  prepare,
};

export const { create, edit, save, remove, destroy } = handlers(POLICY);

/**
 * Somebody of the family by tapping, anybody else by name.
 * @param {Context} context
 * @param {Tree} tree
 * @param {"insured" | "applicant"} name
 * @param {Filled} filled
 */
function party(context, tree, name, filled) {
  const { _ } = context;
  const { row, typed } = filled;
  const kept = row
    ? (row[name]?.name ?? (row[name] ? `${row[name].kind}:${row[name].id}` : ""))
    : `customer:${tree.customer.id}`;
  const chosen = typed ? (typed.get(name) ?? "") : kept;
  const label = name === "insured" ? _("Insured person") : _("Applicant");
  const other = {
    id: `f-${name}-other`,
    label: _("%(label)s: name", { label }),
    hint: _("A name, if it is nobody of the family"),
  };
  return [
    field(context, "policy", name, filled, { options: choices(context, tree, chosen, { withOther: true }) }),
    { ...field(context, "policy", `${name}_other`, filled, { ...other, control: "input" }) },
  ];
}

/**
 * Up to four beneficiaries: who, in which order, which share.
 * @param {Context} context
 * @param {Tree} tree
 * @param {Filled} filled
 */
function beneficiaries(context, tree, filled) {
  const { _ } = context;
  const { row, typed, errors } = filled;
  const lines = row?.beneficiaries ?? [];
  /** @type {any[]} */
  const made = [];
  for (let place = 0; place < HEIRS; place++) {
    const line = lines[place];
    const ref = line ? (line.ref.name ?? `${line.ref.kind}:${line.ref.id}`) : "";
    const number = place + 1;
    const chosen = typed ? (typed.getAll("heir")[place] ?? "") : ref;
    const share = typed ? (typed.getAll("share")[place] ?? "") : line ? String(line.share_bp / 100) : "";
    const order = typed ? (typed.getAll("order")[place] ?? "1") : String(line?.order ?? 1);
    /** @type {Record<string, string>} */
    const wrong = place === 0 && errors?.beneficiaries ? { heir: errors.beneficiaries } : {};
    const none = { row: null, errors: wrong };
    made.push(
      field(context, "policy", "heir", none, {
        id: `f-heir-${number}`,
        label: _("Beneficiary %(n)s", { n: number }),
        control: "select",
        options: choices(context, tree, chosen),
      }),
      field(
        context,
        "policy",
        "share",
        { row: { share } },
        {
          id: `f-share-${number}`,
          label: _("Share of beneficiary %(n)s", { n: number }),
          unit: "%",
        },
      ),
      field(context, "policy", "order", none, {
        id: `f-order-${number}`,
        label: _("Order of beneficiary %(n)s", { n: number }),
        control: "select",
        options: [1, 2, 3].map((one) => ({ value: String(one), text: String(one), checked: String(one) === order })),
      }),
    );
  }
  return made;
}

/**
 * @param {URLSearchParams} form
 */
function prepare(form) {
  for (const name of ["insured", "applicant"]) {
    if (form.get(name) === OTHER) form.set(name, (form.get(`${name}_other`) ?? "").trim());
  }
  const [who, shares, orders] = ["heir", "share", "order"].map((name) => form.getAll(name));
  if (!who.length) return;
  const lines = who.flatMap((one, place) =>
    one ? [{ ref: refOf(one), order: Number(orders[place]) || 1, share_bp: basisPoints(shares[place]) }] : [],
  );
  form.set("beneficiaries", lines.length ? JSON.stringify(lines) : "");
}

/** @param {string} text */
function refOf(text) {
  const found = /^(customer|relative):(.+)$/.exec(text);
  return found ? { kind: found[1], id: found[2] } : { name: text };
}

/** @param {string | undefined} text percent; nothing means all of it */
function basisPoints(text) {
  const percent = (text ?? "").trim();
  return percent === "" ? FULL : Math.round(Number(percent) * 100) || 0;
}

/** @param {Context} context @returns {Promise<Reply>} a policy, to be read */
export async function show(context) {
  const tree = await context.store.tree(context.params.id);
  const row = tree?.policies.find(({ id }) => id === context.params.record);
  if (!tree || !row) return notFound();
  const state = status(row, context.today);
  const home = `/customers/${tree.customer.id}`;
  return page(
    "customers/policy.html",
    {
      title: row.product_name || word(context, "kind", row.kind),
      sub: say.joined(context, [word(context, "kind", row.kind), row.insurer ?? "", lateFrom(context, row)]),
      back_href: home,
      back_text: tree.customer.name,
      edit_href: `${home}/policies/${row.id}/edit`,
      status: word(context, "status", state),
      tone: toneOf(state),
      facts: facts(context, tree, row),
    },
    { tab: "customers" },
  );
}

/**
 * @param {Context} context
 * @param {Tree} tree
 * @param {Row} row
 */
function facts(context, tree, row) {
  const { _, ngettext, today } = context;
  const date = (/** @type {string | null} */ day) => (day ? say.day(context, day) : "");
  const next = nextDate(row, today);
  const overdue = next && next.what === "payment" && next.date < today;
  /** @type {[string, string][]} */
  const all = [
    [_("Policy number"), row.number ?? ""],
    [_("Insured person"), nameOf(tree, row.insured)],
    [_("Applicant"), nameOf(tree, row.applicant)],
    [_("Sum assured"), row.sum_assured_fen ? say.money(context, row.sum_assured_fen) : ""],
    [
      _("Premium"),
      say.joined(context, [
        row.premium_fen ? say.money(context, row.premium_fen) : "",
        word(context, "pay_mode", row.pay_mode),
      ]),
    ],
    [_("Next premium due"), next?.what === "payment" ? date(next.date) : ""],
    [_("Grace until"), overdue ? date(graceEnd(/** @type {any} */ (next).date)) : ""],
    [_("In force from"), date(row.effective_date)],
    [_("Ends on"), date(row.expiry_date)],
    [_("Cooling-off until"), date(coolingOffEnd(row))],
    [_("Waiting period until"), date(waitingEnd(row))],
    [_("Years of payment"), row.pay_years ? ngettext("%(n)s year", "%(n)s years", row.pay_years) : ""],
    [_("Beneficiaries"), heirs(context, tree, row)],
    [_("Licence plate"), row.plate ?? ""],
    [_("Ended on"), say.joined(context, [date(row.terminated_on), word(context, "termination", row.termination)])],
    [_("Note"), row.note ?? ""],
  ];
  return all.filter(([, text]) => text !== "").map(([label, text]) => ({ label, text }));
}

/**
 * @param {Context} context
 * @param {Tree} tree
 * @param {Row} row
 */
function heirs(context, tree, { beneficiaries: lines }) {
  if (!lines?.length) return context._("By law");
  return say.listed(
    context,
    lines.map((/** @type {any} */ { ref, share_bp }) => `${nameOf(tree, ref)} ${share_bp / 100}%`),
  );
}
