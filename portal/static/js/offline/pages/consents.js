// /customers/<id>/consents: what the customer has agreed to, purpose by purpose. Only ever added to.

import { consented } from "../../domain/rules.js";
import { newId } from "../../store/index.js";
import { field } from "../fields.js";
import { CODES, msgid, word } from "../labels.js";
import { notFound, page, redirect } from "../router.js";
import * as say from "../say.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../../store/index.js").Row} Row
 * @typedef {import("../../store/index.js").Tree} Tree
 */

/** The sentences that are read out; a changed sentence is a new version. */
const VERSION = "1";
/** @type {Record<string, string>} */
const TEXTS = {
  data: msgid("May I keep your name, contact data and policies, to look after you?"),
  sensitive: msgid("May I also note health and income? They are needed to work out how much cover is missing."),
  child: msgid("May I note data of your children under 14? You decide as their parent."),
  marketing: msgid("May I write to you about news and offers? You can stop it at any time."),
  signing: msgid("May papers be sent to your phone and signed there?"),
};
const NEEDS_ANSWER = msgid("Choose at least one answer.");
const NEEDS_GUARDIAN = msgid("Enter the guardian's name.");

/** @param {Context} context @returns {Promise<Reply>} */
export async function index(context) {
  const tree = await context.store.tree(context.params.id);
  return tree ? page("customers/consents.html", state(context, tree), { tab: "customers" }) : notFound();
}

/** @param {Context} context @param {Tree} tree */
function state(context, tree) {
  const { _ } = context;
  const home = `/customers/${tree.customer.id}`;
  const history = [...tree.consents].sort((a, b) => (saidAt(a) > saidAt(b) ? -1 : 1));
  return {
    title: _("Consents of %(name)s", { name: tree.customer.name }),
    back_href: home,
    back_text: tree.customer.name,
    record_href: `${home}/consents/new`,
    purposes: Object.keys(TEXTS).map((purpose) => {
      const latest = history.find((row) => row.purpose === purpose);
      const given = consented(tree.consents, purpose);
      return {
        text: word(context, "consent.purpose", purpose),
        sub: latest
          ? say.joined(context, [
              say.day(context, say.dayOf(saidAt(latest))),
              _("text version %(n)s", { n: latest.text_version ?? "?" }),
            ])
          : _("never asked"),
        tag: given ? _("agreed") : latest ? _("not agreed") : _("open"),
        tone: given ? "good" : latest ? "bad" : "",
      };
    }),
    has_history: history.length > 0,
    entries: history.map((row) => ({
      icon: row.given ? "circle-check" : "x",
      title: word(context, "consent.purpose", row.purpose),
      when: say.moment(context, saidAt(row)),
      text: say.joined(context, [
        row.given ? _("agreed") : _("not agreed"),
        row.by === "guardian" ? _("guardian %(name)s", { name: row.guardian_name ?? "" }) : _("in person"),
        _("text version %(n)s", { n: row.text_version ?? "?" }),
      ]),
      has_text: true,
      href: "",
      has_href: false,
    })),
  };
}

/** @param {Row} row */
function saidAt(row) {
  return row.at ?? row.created_at;
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function create(context) {
  const tree = await context.store.tree(context.params.id);
  return tree ? form(context, tree, null, {}) : notFound();
}

/**
 * @param {Context} context
 * @param {Tree} tree
 * @param {URLSearchParams | null} typed
 * @param {Record<string, string>} errors
 * @returns {Reply}
 */
function form(context, tree, typed, errors) {
  const { _ } = context;
  const home = `/customers/${tree.customer.id}`;
  const filled = { row: { by: "self" }, typed, errors };
  return page(
    "customers/consent.html",
    {
      title: _("What does %(name)s agree to?", { name: tree.customer.name }),
      back_href: `${home}/consents`,
      back_text: _("Consents"),
      action: `${home}/consents`,
      draft_key: `consent:new:${tree.customer.id}`,
      id: typed?.get("id") ?? newId(),
      version_text: _("Text version %(n)s", { n: VERSION }),
      has_error: "purposes" in errors,
      error: errors.purposes ? _(errors.purposes) : "",
      purposes: Object.entries(TEXTS).map(([purpose, text]) => ({
        name: `given_${purpose}`,
        legend: word(context, "consent.purpose", purpose),
        text: _(text),
        options: answers(context, typed?.get(`given_${purpose}`) ?? ""),
      })),
      by: field(context, "consent", "by", filled, {
        label: _("Who agrees"),
        options: Object.entries(CODES.by).map(([value, text]) => ({
          value,
          text: _(text),
          checked: (typed?.get("by") ?? "self") === value,
        })),
      }),
      guardian: field(context, "consent", "guardian_name", filled),
      relation: field(context, "consent", "guardian_relation", filled),
    },
    { status: Object.keys(errors).length ? 422 : 200 },
  );
}

/** @param {Context} context @param {string} chosen */
function answers({ _ }, chosen) {
  return [
    { value: "true", text: _("Agrees") },
    { value: "false", text: _("Does not agree") },
    { value: "", text: _("Not asked") },
  ].map((one) => ({ ...one, checked: one.value === chosen }));
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function save(context) {
  const { _, store, params, now } = context;
  const typed = /** @type {URLSearchParams} */ (context.form);
  const tree = await store.tree(params.id);
  if (!tree) return notFound();
  const said = Object.keys(TEXTS).filter((purpose) => ["true", "false"].includes(typed.get(`given_${purpose}`) ?? ""));
  const guardian = typed.get("by") === "guardian";
  const name = (typed.get("guardian_name") ?? "").trim();
  /** @type {Record<string, string>} */
  const errors = {};
  if (!said.length) errors.purposes = NEEDS_ANSWER;
  if (guardian && !name) errors.guardian_name = NEEDS_GUARDIAN;
  if (Object.keys(errors).length) return form(context, tree, typed, errors);
  const common = {
    customer_id: tree.customer.id,
    text_version: VERSION,
    by: guardian ? "guardian" : "self",
    guardian_name: guardian ? name : null,
    guardian_relation: guardian ? (typed.get("guardian_relation") ?? "").trim() || null : null,
    channel: "visit",
    at: now.toISOString(),
  };
  const first = typed.get("id") ?? newId();
  const changes = said.map((purpose, place) => ({
    op: /** @type {const} */ ("create"),
    kind: "consent",
    // The form's own id, so that a form sent twice is recorded once.
    id: place === 0 ? first : numbered(first, place),
    set: { ...common, purpose, text_id: purpose, given: typed.get(`given_${purpose}`) === "true" },
  }));
  await store.commit(changes, { label: _("Consent") });
  return redirect(`/customers/${tree.customer.id}/consents`, { toast: _("Recorded on this phone") });
}

/**
 * Further ids of one form, the same whenever the form is sent: the last digits counted on.
 * @param {string} id
 * @param {number} place
 */
function numbered(id, place) {
  const last = (parseInt(id.slice(-4), 16) + place) % 0x10000;
  return id.slice(0, -4) + last.toString(16).padStart(4, "0");
}
