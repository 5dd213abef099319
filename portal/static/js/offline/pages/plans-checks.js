// /plans/<id>/checks and /freeze: what the rules of selling say to the chosen plan, reasons for what needs one, and the
// step after which nothing changes any more.

import { answered, blocking } from "../../domain/checks.js";
import { digest, frozen } from "../../domain/snapshot.js";
import { msgid } from "../labels.js";
import { checkText, faultText, fullName, modalText, nameOf, planName, priceOf } from "../plan-words.js";
import { Bench, withValues } from "../proposal.js";
import { notFound, page, redirect } from "../router.js";
import * as say from "../say.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../proposal.js").Option} Option
 * @typedef {Record<string, any>} Facts
 * @typedef {import("../../domain/checks.js").Check} Check
 */

const REASON = msgid("Please write down the reason.");
const LEAST_REASON = 2;
const MOST_REASON = 500;
/** Where what a rule forbids can be put right. @type {Record<string, [string, string]>} */
const WAYS = {
  R01: ["/me", msgid("Look at your registration")],
  R03: ["/customers/:customer/analyses", msgid("Make a new analysis")],
  R10: ["/customers/:customer/consents", msgid("Record the consent")],
  R11: ["/customers/:customer/consents", msgid("Record the consent")],
  R23: ["#note", msgid("Change the note")],
  R26: ["/customers/:customer/consents", msgid("Record the consent")],
  R27: ["/customers/:customer/consents", msgid("Record the consent")],
  R30: ["/customers/:customer/edit", msgid("Complete the details")],
};
const CHANGE_PLAN = msgid("Change the plan");

/** @param {Context} context @returns {Promise<{bench: Bench, option: Option, found: Check[]} | null>} */
async function examined(context) {
  const bench = await Bench.open(context);
  const plan = bench?.chosen;
  if (!bench || bench.row.frozen || !plan) return null;
  const option = bench.option(plan);
  return { bench, option, found: bench.checks(option) };
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function show(context) {
  const seen = await examined(context);
  return seen ? told(context, seen, {}) : notFound();
}

/**
 * @param {Context} context
 * @param {{bench: Bench, option: Option, found: Check[]}} seen
 * @param {{typed?: URLSearchParams | null, errors?: Record<string, string>}} state
 */
function told(context, { bench, option, found }, { typed = null, errors = {} }) {
  const { _, ngettext } = context;
  const at = `/plans/${bench.row.id}`;
  const groups = grouped(context, found);
  const red = groups
    .filter(({ level }) => level === "red")
    .map((one) => ({ ...one, ...wayOf(context, bench, option, one.id) }));
  const faults = option.faults
    .filter(({ level }) => level === "red")
    .map((fault) => ({ texts: [faultText(context, fault)], ...changeHref(context, bench, option, fault.coverage) }));
  const amber = groups
    .filter(({ level }) => level === "amber")
    .map((one) => ({
      ...one,
      field: reasonField(
        context,
        one.id,
        typed?.get(one.id) ?? bench.draft.answers?.[one.id]?.reason ?? "",
        errors[one.id],
      ),
    }));
  const stops = red.length + faults.length;
  return page(
    "plans/checks.html",
    {
      title: stops
        ? ngettext("%(n)s thing stands in the way", "%(n)s things stand in the way", stops)
        : amber.length
          ? ngettext("%(n)s thing needs a reason", "%(n)s things need a reason", amber.length)
          : _("Nothing stands in the way"),
      lead: say.joined(context, [
        planName(context, option.plan),
        _("%(amount)s a year", { amount: say.money(context, option.yearly_fen) }),
      ]),
      back_href: at,
      back_text: _("Plans"),
      action: `${at}/checks`,
      draft_key: `checks:${bench.row.id}`,
      ver: bench.row.ver ?? 0,
      stops: [...faults, ...red],
      amber,
      info: groups.filter(({ level }) => level === "info"),
      has_info: groups.some(({ level }) => level === "info"),
      has_amber: amber.length > 0,
      note: {
        ...reasonField(context, "note", typed?.get("note") ?? bench.draft.note ?? "", ""),
        label: _("A note that stands in the proposal"),
        has_hint: true,
        hint: _("Facts only; promises and comparisons with other products are not allowed."),
        has_description: true,
        described_by: "note-hint",
      },
      can_go_on: stops === 0,
      has_errors: Object.keys(errors).length > 0,
    },
    { status: Object.keys(errors).length ? 422 : 200 },
  );
}

/**
 * A rule once, however many covers or people it is about.
 * @param {Context} context
 * @param {Check[]} found
 */
function grouped(context, found) {
  const levels = ["info", "amber", "red"];
  /** @type {Map<string, {id: string, level: string, texts: string[]}>} */
  const groups = new Map();
  for (const check of found) {
    const group = groups.get(check.id) ?? { id: check.id, level: "info", texts: [] };
    const text = checkText(context, check);
    if (!group.texts.includes(text)) group.texts.push(text);
    if (levels.indexOf(check.level) > levels.indexOf(group.level)) group.level = check.level;
    groups.set(check.id, group);
  }
  return [...groups.values()];
}

/** @param {Context} context @param {Bench} bench @param {Option} option @param {string} id of a rule */
function wayOf({ _ }, bench, option, id) {
  const [href, text] = WAYS[id] ?? [`/plans/${bench.row.id}/edit?of=${option.plan.id}`, CHANGE_PLAN];
  return { href: href.replace(":customer", bench.row.customer_id), way: _(text) };
}

/** @param {Context} context @param {Bench} bench @param {Option} option @param {string} cover */
function changeHref({ _ }, bench, option, cover) {
  return { href: `/plans/${bench.row.id}/edit/${cover}?of=${option.plan.id}`, way: _(CHANGE_PLAN) };
}

/** @param {Context} context @param {string} id @param {string} value @param {string} [error] */
function reasonField({ _ }, id, value, error = "") {
  return {
    control: "textarea",
    id,
    name: id,
    label: _("Reason, and what the customer said to it"),
    value,
    maxlength: MOST_REASON,
    has_hint: false,
    hint: "",
    has_error: error !== "",
    error: error ? _(error) : "",
    has_description: error !== "",
    described_by: error ? `${id}-error` : "",
  };
}

/** @param {Context} context @returns {Promise<Reply>} reasons as they were typed */
export async function answer(context) {
  const seen = await examined(context);
  if (!seen) return notFound();
  const { bench } = seen;
  const form = /** @type {URLSearchParams} */ (context.form);
  const note = (form.get("note") ?? "").replaceAll("\r\n", "\n").trim();
  const answers = { ...(bench.draft.answers ?? {}) };
  for (const { id } of seen.found.filter(({ level }) => level === "amber")) {
    const reason = (form.get(id) ?? "").replaceAll("\r\n", "\n");
    if (reason.trim().length < LEAST_REASON) delete answers[id];
    else if (answers[id]?.reason !== reason) answers[id] = { reason, at: context.now.toISOString() };
  }
  if (note !== (bench.draft.note ?? "") || JSON.stringify(answers) !== JSON.stringify(bench.draft.answers ?? {})) {
    await bench.keep({ ...bench.draft, note, answers });
  }
  const again = await examined(context);
  if (!again) return notFound();
  const open = blocking(again.found, answers);
  const lacking = again.found.filter(({ id, level }) => level === "amber" && !answers[id]);
  const errors = Object.fromEntries(lacking.map(({ id }) => [id, REASON]));
  if (open.length || hasFault(again.option)) {
    return lacking.length
      ? told(context, again, { typed: form, errors })
      : told(context, again, { typed: form, errors: { "": "" } });
  }
  return redirect(`/plans/${bench.row.id}/freeze`);
}

/** @param {Option} option */
const hasFault = (option) => option.faults.some(({ level }) => level === "red");

/** @param {{bench: Bench, option: Option, found: Check[]}} seen */
const mayFreeze = ({ bench, option, found }) =>
  bench.ruleset !== null && !hasFault(option) && !blocking(found, bench.draft.answers ?? {}).length;

/** @param {Context} context @returns {Promise<Reply>} what freezing means, before it is done */
export async function confirm(context) {
  const seen = await examined(context);
  if (!seen) return notFound();
  const { bench, option } = seen;
  if (!mayFreeze(seen)) return redirect(`/plans/${bench.row.id}/checks`);
  const { _ } = context;
  const at = `/plans/${bench.row.id}`;
  return page("plans/freeze.html", {
    title: _("Make it a proposal"),
    back_href: `${at}/checks`,
    back_text: _("Checks"),
    action: `${at}/freeze`,
    ...priceOf(context, option.yearly_fen),
    name: planName(context, option.plan),
    has_modal: modalText(context, bench.mode, option.modal_fen) !== "",
    modal: modalText(context, bench.mode, option.modal_fen),
    covers: option.plan.coverages.map((/** @type {Facts} */ cover) => ({
      text: say.joined(context, [
        nameOf(bench, cover.insured),
        fullName(context, bench.productOf(cover.product)?.body),
      ]),
      value: say.money(context, option.quotes[cover.id]?.yearly_fen ?? 0),
    })),
    means: [
      _("Nothing in it changes any more: covers, premiums, checks and your reasons stay as they are now."),
      option.valid_until
        ? _("It is valid until %(day)s; a birthday or a new rate ends that earlier.", {
            day: say.day(context, option.valid_until),
          })
        : "",
      bench.row.supersedes
        ? _("It takes the place of the revision before.")
        : _("What should be otherwise later becomes a new revision."),
      _("It works without a network; the server checks it as soon as there is one, and says so if it does not agree."),
    ].filter(Boolean),
  });
}

/** @param {Context} context @returns {Promise<Reply>} one edit, and nothing changes after it */
export async function freeze(context) {
  const seen = await examined(context);
  if (!seen) return notFound();
  const { bench } = seen;
  if (!mayFreeze(seen)) return redirect(`/plans/${bench.row.id}/checks`);
  await withValues(context, bench.catalogue);
  const given = await givenOf(context, seen);
  const text = frozen(given);
  const set = { frozen: text, sha256: digest(text), frozen_at: given.made_at, checks: given.checks };
  const { analysis } = bench;
  // What a proposal was made from does not change any more either.
  const closed =
    analysis && !analysis.shared_at ? [changeOf("analysis", analysis.id, { shared_at: given.made_at })] : [];
  await context.store.commit([...closed, changeOf("proposal", bench.row.id, set)], { label: context._("Proposal") });
  return redirect(`/plans/${bench.row.id}`, { toast: context._("The proposal is ready") });
}

/** @param {string} kind @param {string} id @param {Facts} set @returns {import("../../store/outbox.js").Change} */
const changeOf = (kind, id, set) => ({ op: "update", kind, id, set });

/** @param {Context} context @param {{bench: Bench, option: Option, found: Check[]}} seen @returns {Promise<Facts>} */
async function givenOf({ agent, now, store }, { bench, option, found }) {
  const { row, analysis, tree } = bench;
  const before = row.supersedes ? await store.get("proposal", row.supersedes) : null;
  return {
    id: row.id,
    revision: before?.frozen ? JSON.parse(before.frozen).revision + 1 : 1,
    supersedes: row.supersedes ?? null,
    customer: { id: tree.customer.id, name: tree.customer.name },
    agent: { id: agent.id, name: agent.name, registration: agent.registration ?? null },
    analysis: analysis && {
      id: analysis.id,
      made_on: analysis.made_on,
      questionnaire: analysis.questionnaire,
      assumptions: analysis.assumptions,
      model: analysis.model,
      score: analysis.result?.score ?? null,
    },
    made_at: now.toISOString(),
    plan: option.plan,
    people: bench.people,
    applicant: bench.applicant.id,
    catalogue: bench.catalogue,
    result: bench.result,
    ruleset: `${bench.ruleset?.code}@${bench.ruleset?.version}`,
    checks: answered(found, bench.draft.answers ?? {}),
    note: bench.draft.note ?? "",
  };
}
