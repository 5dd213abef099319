// A frozen proposal: what it says, where it stands, what can be done now; in the customer's hands, what is theirs of it.

import { rows as yearsOf } from "../../domain/snapshot.js";
import { setSetting } from "../../store/device.js";
import { newId } from "../../store/index.js";
import { msgid } from "../labels.js";
import {
  TONES, barsOf, checkText, coverText, leftOf, modalText, payText, priceOf, shareOf, stateText, sumOfCover, sumsModel, termsOf,
} from "../plan-words.js"; // prettier-ignore
import { Bench, queued, stateOf } from "../proposal.js";
import { notFound, page, redirect } from "../router.js";
import * as say from "../say.js";
import { hasPin } from "./me.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {Record<string, any>} Facts
 */

export const REFUSED = msgid("The server does not agree with it. Look why, then freeze it again.");
/** @type {Record<string, string>} what a state means, and what can be done now */
const SAID = {
  frozen: msgid("The server has checked it and agrees. It can be shown and printed."),
  waiting: msgid("Kept on this phone and waiting to be sent. It can be shown now; paper comes when the server has it."),
  superseded: msgid("A later revision has taken its place."),
  expired: msgid("Its validity is over. Make a new revision with today's rates."),
  refused: REFUSED,
};
const DISCLAIMER = msgid(
  "This proposal is no insurance contract. Cover is subject to underwriting and to the terms of the contract.",
);
const UNSURE = msgid("Dividends are not guaranteed and may be zero.");
/** @type {[string, string][]} columns of the years, by what they hold */
const COLUMNS = [
  ["paid_fen", msgid("Paid in all")],
  ["death_fen", msgid("On death")],
  ["ci_fen", msgid("Critical illness")],
  ["survival_fen", msgid("Paid out")],
  ["cash_fen", msgid("Cash value, guaranteed")],
  ["dividend_fen", msgid("Dividend, not guaranteed")],
  ["dividends_fen", msgid("Dividends in all, not guaranteed")],
];

/** @param {Bench} bench @returns {Facts} what was frozen */
const snapshotOf = ({ row }) => JSON.parse(row.frozen);

/** @param {Context} context @param {Bench} bench @returns {Promise<Reply>} */
export async function proposal(context, bench) {
  const { _, store, status } = context;
  const { row } = bench;
  const own = (await store.list("proposal")).filter((one) => one.customer_id === row.customer_id);
  const known = { proposals: own, ...(await queued(context)) };
  const state = stateOf(context, row, known);
  const at = `/plans/${row.id}`;
  const next = own.find((one) => one.supersedes === row.id);
  const refused = known.refused.get(row.id);
  const sent = !known.waiting.has(row.id) && refused === undefined;
  const snapshot = snapshotOf(bench);
  return page("plans/proposal.html", {
    ...body(context, bench, snapshot, `${at}/sums`),
    back_href: `/plans?customer=${row.customer_id}`,
    back_text: bench.tree.customer.name,
    state: stateText(context, state),
    banner: TONES[state] === "accent" ? "info" : TONES[state],
    state_text: _(SAID[state]),
    has_state_link: next !== undefined || refused !== undefined,
    state_href: refused === undefined ? `/plans/${next?.id ?? ""}` : `/outbox/${refused}`,
    state_link: refused === undefined ? _("To the later one") : _("See why"),
    can_print: sent && !status.offline,
    print_text: sent ? _("Paper and picture need a network.") : _("Paper and picture come when the server has it."),
    pdf_href: `/proposals/${row.id}.pdf?lang=${context.lang}`,
    png_href: `/proposals/${row.id}.png?lang=${context.lang}`,
    checks: snapshot.checks
      .filter((/** @type {Facts} */ one) => one.level !== "info")
      .map((/** @type {Facts} */ one) => ({
        text: checkText(context, one),
        reason: one.reason ?? "",
        has_reason: Boolean(one.reason),
      })),
    has_checks: snapshot.checks.some((/** @type {Facts} */ one) => one.level !== "info"),
    can_revise: next === undefined,
    revise_action: `${at}/revisions`,
    show_action: `${at}/showings`,
    has_pin: hasPin(context),
  });
}

/**
 * What agent and customer both see.
 * @param {Context} context
 * @param {Bench} bench
 * @param {Facts} snapshot
 * @param {string} sum_href
 */
function body(context, bench, snapshot, sum_href) {
  const { _ } = context;
  const { agent, coverages, customer, mode, yearly_fen, modal_fen, valid_until } = snapshot;
  const name = (/** @type {string | null} */ id) =>
    snapshot.people.find((/** @type {Facts} */ one) => one.id === id)?.name ?? "";
  const products = coverages.map((/** @type {Facts} */ one) => bench.productOf(one.product)?.body);
  const modal = modalText(context, mode, modal_fen);
  return {
    title: _("Proposal for %(name)s", { name: customer.name }),
    lead: say.joined(context, [
      _("revision %(n)s", { n: snapshot.revision }),
      say.day(context, say.dayOf(snapshot.made_at)),
      _("valid until %(day)s", { day: say.day(context, valid_until) }),
    ]),
    has_demo: products.some((/** @type {Facts | undefined} */ one) => one?.demo),
    ...priceOf(context, yearly_fen),
    sum_href,
    has_modal: modal !== "",
    modal,
    share: shareOf(context, bench, yearly_fen),
    payments: paymentsOf(context, snapshot),
    bars_rows: barsOf(context, bench, bench.byAdvice(snapshot.closed)).filter(({ adds }) => adds),
    left: leftOf(context, bench, /** @type {any} */ (snapshot)),
    has_left: snapshot.uncovered.length > 0,
    covers: coverages.map((/** @type {Facts} */ one, /** @type {number} */ place) =>
      coverOf(context, snapshot, one, products[place], name(one.insured)),
    ),
    has_note: snapshot.note !== "",
    note: snapshot.note,
    disclaimer: _(DISCLAIMER),
    made: say.joined(context, [
      agent.name,
      agent.registration ? _("registration %(n)s", { n: agent.registration }) : "",
    ]),
    checksum: bench.row.sha256?.slice(0, 16) ?? "",
  };
}

/** @param {Context} context @param {Facts} snapshot @returns {{text: string, value: string}[]} what is paid in which year */
function paymentsOf(context, { illustration }) {
  const { _ } = context;
  /** @type {number[]} */
  const sums = [];
  for (const columns of Object.values(illustration)) {
    columns.premium_fen.forEach((/** @type {number} */ fen, /** @type {number} */ place) => {
      sums[place] = (sums[place] ?? 0) + fen;
    });
  }
  /** @type {{from: number, to: number, fen: number}[]} */
  const spans = [];
  sums.forEach((fen, place) => {
    const last = spans.at(-1);
    if (last?.fen === fen) last.to = place + 1;
    else spans.push({ from: place + 1, to: place + 1, fen });
  });
  return spans
    .filter(({ fen }) => fen > 0)
    .map(({ from, to, fen }) => ({
      text: from === to ? _("year %(n)s", { n: from }) : _("years %(from)s to %(to)s, each", { from, to }),
      value: say.money(context, fen),
    }));
}

/**
 * @param {Context} context
 * @param {Facts} snapshot
 * @param {Facts} cover frozen
 * @param {Facts | undefined} body of its product, as it is kept on this phone
 * @param {string} who
 */
function coverOf(context, snapshot, cover, body, who) {
  const { _, lang } = context;
  const rows = yearsOf(snapshot.illustration[cover.id]);
  const columns = COLUMNS.filter(([field]) => rows.some((row) => row[field]));
  return {
    text: lang === "en" ? cover.name.en : cover.name.zh,
    who,
    sub: body ? coverText(context, cover, body) : payText(context, cover.pay),
    value: say.money(context, cover.yearly_fen),
    terms: termsOf(context, body, cover.extras),
    has_years: rows.length > 1 && columns.length > 0,
    columns: columns.map(([, text]) => _(text)),
    years: rows.map((row) => ({
      year: String(row.year),
      age: row.age === null ? "" : String(row.age),
      cells: columns.map(([field]) => (row[field] === null ? "—" : say.amount(context, row[field]))),
    })),
    years_text: _("Year by year"),
    has_unsure: columns.some(([field]) => field.startsWith("dividend")),
    unsure: _(UNSURE),
  };
}

/** @param {Context} context @param {Bench} bench @returns {Reply} how the frozen premiums were worked out */
export function frozenSums(context, bench) {
  const { coverages, people, mode, yearly_fen, modal_fen } = snapshotOf(bench);
  const rows = coverages.map((/** @type {Facts} */ one) => {
    const who = people.find((/** @type {Facts} */ each) => each.id === one.insured)?.name ?? "";
    return sumOfCover(context, who, one, bench.productOf(one.product)?.body, one, mode);
  });
  const handed = context.settings.handed === bench.row.id;
  return page("plans/sums.html", {
    ...sumsModel(context, rows, yearly_fen, modal_fen, mode),
    back_href: `/plans/${bench.row.id}${handed ? "/show" : ""}`,
  });
}

/** @param {Context} context @returns {Promise<Reply>} a draft that will take the place of this one */
export async function revise(context) {
  const { store, today, _ } = context;
  const bench = await Bench.open(context);
  if (!bench?.row.frozen) return notFound();
  const { row, draft } = bench;
  const later = (await store.list("proposal")).find((one) => one.supersedes === row.id);
  if (later) return redirect(`/plans/${later.id}`);
  const id = newId();
  const set = {
    customer_id: row.customer_id,
    analysis_id: row.analysis_id ?? null,
    made_on: today,
    supersedes: row.id,
    draft: { ...draft, answers: {} },
  };
  await store.commit([{ op: "create", kind: "proposal", id, set }], { label: _("Proposal") });
  return redirect(`/plans/${id}`);
}

// In the customer's hands

/** @param {Context} context @returns {Promise<Reply>} from here on the phone shows nothing else */
export async function hand(context) {
  const bench = await Bench.open(context);
  if (!bench?.row.frozen) return notFound();
  await setSetting("handed", bench.row.id);
  await setSetting("handed_at", `/plans/${bench.row.id}`);
  return redirect(`/plans/${bench.row.id}/show`);
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function handed(context) {
  const { _, settings } = context;
  const bench = await Bench.open(context);
  if (!bench?.row.frozen) return notFound();
  const at = `/plans/${bench.row.id}`;
  if (settings.handed !== bench.row.id) return redirect(at);
  return page(
    "plans/handed.html",
    {
      ...body(context, bench, snapshotOf(bench), `${at}/sums`),
      return_action: `${at}/returns`,
      return_text: _("Give back to %(name)s", { name: context.agent.name }),
    },
    { look: "customer" },
  );
}

/** @param {Context} context @returns {Promise<Reply>} with a PIN the phone locks first, and goes on here */
export async function giveBack(context) {
  const home = `/plans/${context.params.id}`;
  const locked = hasPin(context);
  if (locked) await setSetting("locked", home);
  await setSetting("handed", null);
  return redirect(locked ? "/me/unlock" : home);
}
