// One customer's card: what can be done now, who is covered, what comes next, what happened.

import { graceEnd, nextDate, protects, status } from "../domain/policy.js";
import { about, kin, members, nameOf } from "./family.js";
import { FIELDS, word } from "./labels.js";
import { lateFrom } from "./late.js";
import * as people from "./people.js";
import * as say from "./say.js";
import { daysBetween } from "../domain/dates.js";
import { title as conflictTitle } from "./disputes.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("../store/index.js").Tree} Tree
 * @typedef {import("../store/index.js").Row} Row
 */

/** The columns of the cover grid, and which kinds of policy count for each. */
const LINES = {
  life: ["term", "whole_life", "increasing_whole_life", "endowment"],
  ci: ["ci"],
  medical: ["medical"],
  accident: ["accident"],
};
/** @type {Record<string, {icon: string}>} */
const POLICY_ICONS = {
  ci: { icon: "heartbeat" },
  medical: { icon: "first-aid-kit" },
  accident: { icon: "bandage" },
  annuity: { icon: "beach" },
  education: { icon: "school" },
  motor: { icon: "car" },
  home: { icon: "home" },
};
/** @type {Record<string, string>} */
const TONES = { in_force: "good", grace: "warn", suspended: "bad", pending: "", expired: "", terminated: "" };
const SOON_DAYS = 30;
const TIMELINE_MOST = 30;
/** More of them stand on the page of decisions; here they would push the card away. */
const CONFLICTS_MOST = 2;

/** @param {string} kind */
export function policyIcon(kind) {
  return (POLICY_ICONS[kind] ?? { icon: "umbrella" }).icon;
}

/** @param {string} state of a policy */
export function toneOf(state) {
  return TONES[state] ?? "";
}

/**
 * @param {Context} context
 * @param {Tree} tree
 */
export function card(context, tree) {
  const { _, ngettext } = context;
  const { customer, relatives, policies } = tree;
  const home = `/customers/${customer.id}`;
  const reach = people.call(context, {
    id: customer.id,
    mobile: customer.mobile,
    contact: customer.contact_permission,
  });
  return {
    name: customer.name,
    initial: say.initial(customer.name),
    tags: tagsOf(context, customer),
    sub: subOf(context, tree),
    has_phone: reach.is_call,
    call_href: reach.href,
    call_after: reach.after,
    message_href: `sms:${customer.mobile ?? ""}`,
    note_href: `${home}/visits/new`,
    edit_href: `${home}/edit`,
    menu_href: `${home}/menu`,
    flags: flagsOf(context, tree),
    conflicts: tree.conflicts
      .filter((row) => !row.resolution)
      .slice(0, CONFLICTS_MOST)
      .map((row) => ({
        href: `/conflicts/${row.id}`,
        text: conflictTitle(context, row, tree),
        sub: _("changed in two places. Which one stays?"),
      })),
    columns: [_("Life"), _("Illness"), _("Hospital"), _("Accidents")],
    members: members(tree).map((member) => memberRow(context, tree, member)),
    policies_href: `${home}#policies`,
    policies_text: ngettext("%(n)s policy", "%(n)s policies", policies.length),
    ...dueOf(context, tree),
    ...promiseOf(context, tree),
    contact: contactOf(context, tree),
    analysis: analysisOf(context, tree),
    plans: plansOf(context, tree),
    has_plans: tree.proposals.length > 0,
    ...factsOf(context, customer),
    add_relative_href: `${home}/relatives/new`,
    has_family: relatives.length > 0,
    family: relatives.map((row) => ({
      href: `${home}/relatives/${row.id}/edit`,
      initial: say.initial(row.name),
      name: row.name,
      sub: say.joined(context, [about(context, row) || _("Family member"), lateFrom(context, row)]),
    })),
    add_policy_href: `${home}/policies/new`,
    has_policies: policies.length > 0,
    policies: byState(context, policies).map((row) => policyLine(context, tree, row)),
    ...timelineOf(context, tree),
  };
}

/** @param {Context} context @param {Row} customer */
function tagsOf(context, customer) {
  const tags = [...(customer.tags_value ?? []), ...(customer.tags_risk ?? [])].map((text) => ({ text, tone: "" }));
  const stage = customer.stage ? [{ text: word(context, "stage", customer.stage), tone: "" }] : [];
  const contact = ["none", "service"].includes(customer.contact_permission)
    ? [{ text: word(context, "contact_permission", customer.contact_permission), tone: "warn" }]
    : [];
  return [...stage, ...tags, ...contact];
}

/** @param {Context} context @param {Tree} tree */
function subOf(context, { customer, relatives }) {
  const family = relatives.length ? context.ngettext("family of %(n)s", "family of %(n)s", relatives.length + 1) : "";
  const parts = [say.years(context, customer.birth_date), family, customer.city ?? ""];
  return say.joined(context, parts) || context._("Nothing else known yet");
}

/**
 * What was decided against what somebody wished, shown until it was seen.
 * @param {Context} context
 * @param {Tree} tree
 */
function flagsOf(context, { customer }) {
  const { _ } = context;
  const found = Object.entries(customer.flags ?? {}).map(([name, { kept }]) =>
    _("%(field)s: the stricter wish “%(value)s” was kept.", {
      field: _(FIELDS[name] ?? name),
      value: word(context, name, kept),
    }),
  );
  return found.map((text, place) => ({
    number: place + 1,
    text,
    action: `/customers/${customer.id}/seen`,
  }));
}

/**
 * @param {Context} context
 * @param {Tree} tree
 * @param {{kind: string, id: string, row: Row}} member
 */
function memberRow(context, tree, { kind, id, row }) {
  const home = `/customers/${tree.customer.id}`;
  const own = kind === "customer";
  return {
    href: own ? `${home}/edit` : `${home}/relatives/${id}/edit`,
    name: row.name,
    sub: say.years(context, row.birth_date) || (own ? "" : kin(context, row)),
    cells: Object.values(LINES).map((kinds) => cell(context, tree, id, kinds)),
  };
}

/**
 * 有 when a policy protects, 没有 when we know that none does, 不清楚 when nobody has ever asked.
 * @param {Context} context
 * @param {Tree} tree
 * @param {string} id of the member
 * @param {string[]} kinds
 */
function cell({ _, today }, { customer, policies }, id, kinds) {
  const insured = (/** @type {Row} */ row) => (row.insured ?? { id: customer.id }).id === id;
  const own = policies.filter(insured);
  if (own.some((row) => kinds.includes(row.kind) && protects(row, today))) {
    return { state: "have", text: _("has"), tone: "full" };
  }
  if (policies.length) return { state: "none", text: _("none"), tone: "none" };
  return { state: "unknown", text: _("not known"), tone: "na" };
}

/** @param {Context} context @param {Tree} tree */
function dueOf(context, tree) {
  const { _, today } = context;
  const coming = tree.policies
    .map((row) => ({ row, next: nextDate(row, today) }))
    .filter(({ next }) => next)
    .sort((a, b) => (/** @type {any} */ (a.next).date < /** @type {any} */ (b.next).date ? -1 : 1));
  if (!coming.length)
    return { has_due: false, due: { href: "", text: "", sub: "", tone: "", has_tag: false, tag: "" } };
  const { row, next } = /** @type {any} */ (coming[0]);
  const away = daysBetween(today, next.date);
  const who = nameOf(tree, row.insured) || tree.customer.name;
  const kind = word(context, "kind", row.kind);
  const text =
    next.what === "expiry"
      ? _("%(kind)s of %(name)s ends", { name: who, kind })
      : _("Premium for %(kind)s of %(name)s", { name: who, kind });
  const tone = away < 0 ? "bad" : away <= SOON_DAYS ? "warn" : "";
  return {
    has_due: true,
    due: {
      href: `/customers/${tree.customer.id}/policies/${row.id}`,
      text,
      sub: say.joined(context, [
        say.day(context, next.date),
        away < 0
          ? _("grace until %(day)s", { day: say.day(context, graceEnd(next.date)) })
          : say.left(context, next.date),
        next.what === "payment" && row.premium_fen ? say.money(context, row.premium_fen) : "",
      ]),
      tone,
      has_tag: tone !== "",
      tag: away < 0 ? _("overdue") : _("soon"),
    },
  };
}

/** @param {Context} context @param {Tree} tree what was promised at the last contact, or the visit that is planned */
function promiseOf(context, tree) {
  const { _ } = context;
  const none = { has_promise: false, promise: { href: "", text: "", sub: "" } };
  const home = `/customers/${tree.customer.id}`;
  const [planned] = plannedOf(tree);
  if (planned) {
    return {
      has_promise: true,
      promise: {
        href: `${home}/visits/${planned.id}`,
        text: say.capital(
          say.joined(context, [say.moment(context, planned.planned_at), word(context, "channel", planned.channel)]),
        ),
        sub: say.cut(say.joined(context, [planned.purpose ?? "", planned.note ?? ""]), 60),
      },
    };
  }
  const latest = happenedOf(tree)[0];
  if (!latest?.next_step || latest.next_step === "none") return none;
  const when = latest.next_date ? say.near(context, latest.next_date) : "";
  return {
    has_promise: true,
    promise: {
      href: `${home}/visits/new`,
      text: _("Next step: %(step)s", { step: word(context, "next_step", latest.next_step) }),
      sub: when,
    },
  };
}

/** @param {Tree} tree @returns {Row[]} the next first */
export function plannedOf({ visits }) {
  return visits
    .filter((row) => row.planned_at && !row.started_at && !row.outcome)
    .sort((a, b) => (a.planned_at < b.planned_at ? -1 : 1));
}

/** @param {Tree} tree @returns {Row[]} the newest first */
export function happenedOf({ visits }) {
  return visits.filter((row) => row.started_at).sort((a, b) => (a.started_at > b.started_at ? -1 : 1));
}

/** @param {Context} context @param {Tree} tree */
function contactOf(context, tree) {
  const { _, ngettext } = context;
  const [latest] = happenedOf(tree);
  const home = `/customers/${tree.customer.id}`;
  if (!latest) return { href: `${home}/visits/new`, text: _("No contact yet"), sub: _("Note the first one") };
  const minutes = latest.minutes ? ngettext("%(n)s minute", "%(n)s minutes", latest.minutes) : "";
  const when = _("%(day)s %(time)s", {
    day: say.near(context, say.dayOf(latest.started_at)),
    time: word(context, "channel", latest.channel),
  });
  return { href: `${home}/visits/${latest.id}`, text: _("Last contact"), sub: say.joined(context, [when, minutes]) };
}

/** @param {Context} context @param {Tree} tree the last needs analysis */
function analysisOf(context, { customer, analyses }) {
  const { _ } = context;
  const [last] = [...analyses].sort((a, b) => ((a.completed_at ?? "~") < (b.completed_at ?? "~") ? 1 : -1));
  const done = last?.completed_at && [
    say.near(context, say.dayOf(last.completed_at)),
    ...(last.result ? [_("Score %(n)s of 100", { n: last.result.score })] : []),
  ];
  return {
    href: `/customers/${customer.id}/analyses`,
    text: _("Needs analysis"),
    sub: done
      ? say.joined(context, done)
      : last
        ? _("begun, not finished")
        : _("none yet; the short one takes 90 seconds"),
  };
}

/** @param {Context} context @param {Tree} tree its proposals */
function plansOf(context, { customer, proposals }) {
  const { _, ngettext } = context;
  const last = proposals.at(-1);
  return {
    href: `/plans?customer=${customer.id}`,
    text: ngettext("%(n)s proposal", "%(n)s proposals", proposals.length),
    sub: last
      ? say.joined(context, [
          last.frozen ? _("frozen") : _("draft"),
          say.near(context, last.frozen_at ? say.dayOf(last.frozen_at) : last.made_on),
        ])
      : "",
  };
}

/** @param {Context} context @param {Row} customer what one needs at the door */
function factsOf(context, customer) {
  const { _ } = context;
  /** @type {[string, string][]} */
  const all = [
    [_("Mobile"), customer.mobile ? say.phone(customer.mobile) : ""],
    [_("Address"), customer.home_address ?? ""],
    [_("Work"), say.joined(context, [customer.employer ?? "", customer.position ?? ""])],
    [_("Best time"), customer.best_contact_time ?? ""],
    [_("Hobbies"), customer.hobbies ?? ""],
    [_("Note"), customer.note ?? ""],
  ];
  const facts = all.filter(([, text]) => text !== "").map(([label, text]) => ({ label, text }));
  return { has_facts: facts.length > 0, facts };
}

/** @param {Context} context @param {Row[]} policies those that protect first */
function byState({ today }, policies) {
  const order = ["grace", "suspended", "in_force", "pending", "expired", "terminated"];
  return [...policies].sort((a, b) => order.indexOf(status(a, today)) - order.indexOf(status(b, today)));
}

/** @param {Context} context @param {Tree} tree @param {Row} row */
function policyLine(context, tree, row) {
  const state = status(row, context.today);
  return {
    href: `/customers/${tree.customer.id}/policies/${row.id}`,
    icon: policyIcon(row.kind),
    text: row.product_name || word(context, "kind", row.kind),
    sub: say.joined(context, [
      nameOf(tree, row.insured),
      row.sum_assured_fen ? say.amount(context, row.sum_assured_fen) : "",
      row.insurer ?? "",
      lateFrom(context, row),
    ]),
    status: word(context, "status", state),
    tone: toneOf(state),
  };
}

/** @param {Context} context @param {Tree} tree */
function timelineOf(context, tree) {
  const { ngettext } = context;
  const visits = tree.visits.map((row) => ({
    at: row.started_at ?? row.planned_at ?? row.created_at,
    entry: visitEntry(context, tree, row),
  }));
  const entries = [...visits, ...consentEntries(context, tree)].sort((a, b) => (a.at > b.at ? -1 : 1));
  return {
    has_timeline: entries.length > 0,
    timeline_text: ngettext("%(n)s entry", "%(n)s entries", entries.length),
    entries: entries.slice(0, TIMELINE_MOST).map(({ entry }) => entry),
  };
}

/** @type {Record<string, {icon: string}>} */
const CHANNEL_ICONS = {
  visit: { icon: "walk" },
  call: { icon: "phone" },
  message: { icon: "message-2" },
  meeting: { icon: "users" },
  online: { icon: "video" },
};

/** @param {Context} context @param {Tree} tree @param {Row} row */
function visitEntry(context, tree, row) {
  const { _ } = context;
  const planned = !row.started_at && row.planned_at;
  const channel = word(context, "channel", row.channel) || _("Visit");
  const texts = [word(context, "outcome", row.outcome), row.purpose ?? "", row.note ?? ""];
  const late = lateFrom(context, row);
  return {
    icon: planned ? "calendar-plus" : (CHANNEL_ICONS[row.channel] ?? { icon: "walk" }).icon,
    title: planned ? say.capital(say.joined(context, [say.moment(context, row.planned_at), channel])) : channel,
    when: planned ? _("to do") : say.near(context, say.dayOf(row.started_at ?? row.created_at)),
    text: say.cut(say.joined(context, [late, ...texts]), 120),
    has_text: [late, ...texts].some(Boolean),
    href: `/customers/${tree.customer.id}/visits/${row.id}`,
    has_href: true,
  };
}

/**
 * Consents that were given at one moment are one entry.
 * @param {Context} context
 * @param {Tree} tree
 */
function consentEntries(context, tree) {
  const { _ } = context;
  /** @type {Map<string, Row[]>} */
  const groups = new Map();
  for (const row of tree.consents) {
    const key = `${row.at ?? row.created_at} ${row.given}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((rows) => {
    const at = rows[0].at ?? rows[0].created_at;
    return {
      at,
      entry: {
        icon: "shield-check",
        title: rows[0].given ? _("Consent given") : _("Consent withdrawn"),
        when: say.near(context, say.dayOf(at)),
        text: say.joined(context, [
          say.listed(
            context,
            rows.map((row) => word(context, "consent.purpose", row.purpose)),
          ),
          lateFrom(context, rows[0]),
        ]),
        has_text: true,
        href: `/customers/${tree.customer.id}/consents`,
        has_href: true,
      },
    };
  });
}
