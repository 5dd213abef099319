// /analyses: the questions of a needs analysis, one on each screen; what was answered; what of it belongs on the card.

import { newId } from "../../store/index.js";
import { answerOf, choicesOf, groupsOf, inLanguage, NONE, titleOf, UNSURE } from "../asking.js";
import { begin, draftKey, Inquiry, keep } from "../inquiry.js";
import { msgid } from "../labels.js";
import { notFound, page, redirect } from "../router.js";
import * as say from "../say.js";
import { isUnknown } from "../../domain/questions.js";
import { consented } from "../../domain/rules.js";
import { cardChanges, shownAnswer } from "../answers.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../../store/index.js").Tree} Tree
 * @typedef {import("../inquiry.js").Draft} Draft
 */

/** @type {Record<string, string>} the sentence of a consent stands in the questionnaire, so does its version */
const PURPOSES = { G01: "data", G02: "sensitive", G03: "child" };
const NOT_HERE = msgid("The questions have not arrived on this phone yet. Connect once and try again.");
const GUARDIAN = msgid("Enter the guardian's name.");

/** @param {string} id @param {string} key */
const address = (id, key) => `/analyses/${id}/questions/${encodeURIComponent(key)}`;

/** @param {Context} context @returns {Promise<Reply>} the analyses of one customer */
export async function index(context) {
  const { _, store, params } = context;
  const tree = await store.tree(params.id);
  if (!tree) return notFound();
  const home = `/customers/${tree.customer.id}`;
  const begun = await draftsOf(context, tree.customer.id);
  const finished = tree.analyses.filter((row) => row.completed_at && !begun.some(({ id }) => id === row.id));
  const started = tree.analyses.filter((row) => !row.completed_at && !begun.some(({ id }) => id === row.id));
  finished.sort((a, b) => (a.completed_at < b.completed_at ? 1 : -1));
  const open = [
    ...begun.map((draft) => ({ id: draft.id, path: draft.path, answered: Object.keys(draft.answers).length })),
    ...started.map((row) => ({ id: row.id, path: row.path, answered: Object.keys(row.answers ?? {}).length })),
  ];
  return page(
    "analyses/index.html",
    {
      title: _("Needs analyses of %(name)s", { name: tree.customer.name }),
      back_href: home,
      back_text: tree.customer.name,
      start_action: `${home}/analyses`,
      has_open: open.length > 0,
      open: open.map(({ id, path, answered }) => ({
        href: `/analyses/${id}/questions`,
        text: path === "quick" ? _("Quick analysis") : _("Full analysis"),
        sub: _("%(n)s answers so far; go on where you were", { n: answered }),
      })),
      has_finished: finished.length > 0,
      finished: finished.map((row) => ({
        href: `/analyses/${row.id}`,
        text: _("Analysis of %(day)s", { day: say.day(context, say.dayOf(row.completed_at)) }),
        sub: row.result ? _("Score %(n)s of 100", { n: row.result.score }) : "",
        tag: row.shared_at ? _("shared") : "",
        has_tag: Boolean(row.shared_at),
      })),
    },
    { tab: "customers" },
  );
}

/** @param {Context} context @param {string} customerId @returns {Promise<Draft[]>} */
async function draftsOf({ store }, customerId) {
  const keys = (await store.drafts()).filter((key) => key.startsWith("analysis:"));
  const all = await Promise.all(keys.map((key) => store.draft(key)));
  return all.filter((draft) => draft?.customer_id === customerId);
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function start(context) {
  const { _, store, params, form } = context;
  const tree = await store.tree(params.id);
  if (!tree) return notFound();
  const draft = await begin(context, tree, form?.get("path") === "full" ? "full" : "quick");
  if (!draft) return redirect(`/customers/${tree.customer.id}/analyses`, { toast: _(NOT_HERE) });
  return redirect(`/analyses/${draft.id}/questions`);
}

/** @param {Context} context @returns {Promise<Reply>} where one was */
export async function resume(context) {
  const inquiry = await Inquiry.open(context);
  if (!inquiry) return notFound();
  return redirect(address(inquiry.draft.id, inquiry.here()));
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function question(context) {
  const { params, store, now } = context;
  const inquiry = await Inquiry.open(context);
  if (!inquiry) return notFound();
  if (!inquiry.screen(params.key)) return redirect(address(inquiry.draft.id, inquiry.here()));
  Object.assign(inquiry.draft, { at: params.key, shown_at: now.toISOString() });
  await store.saveDraft(draftKey(inquiry.draft.id), inquiry.draft);
  return asked(context, inquiry, { typed: null, faults: {}, more: 0 });
}

/**
 * @param {Context} context
 * @param {Inquiry} inquiry
 * @param {{typed: URLSearchParams | null, faults: Record<string, string>, more: number, value?: any}} state
 * @returns {Reply}
 */
function asked(context, inquiry, { typed, faults, more, value: given }) {
  const { _, params, ngettext } = context;
  const { draft, tree } = inquiry;
  const screen = /** @type {NonNullable<ReturnType<Inquiry["screen"]>>} */ (inquiry.screen(params.key));
  const { question: what, member } = screen;
  const value = given !== undefined ? given : (draft.answers[screen.key] ?? null);
  const kept = Array.isArray(value) ? value.length : 0;
  const wanted = { members: inquiry.members, context, screen, value, typed, faults };
  const all = { ...wanted, rows: Math.max(kept + more, what.type === "members" ? kept : kept || 1) };
  const choices = choicesOf(all);
  if (what.estimate) estimated(context, inquiry, screen, choices);
  const place = inquiry.place(screen.key);
  const count = inquiry.screens.length;
  const before = inquiry.before(screen.key);
  const unsure = typed ? typed.get("answer") === UNSURE || typed.has(UNSURE) : isUnknown(value);
  const section = inquiry.definitions.questionnaire.sections.find(
    (/** @type {any} */ one) => one.id === screen.section,
  );
  const warn = inquiry.warning(screen, value);
  const main = faults[""] ?? faults.guardian ?? "";
  return page(
    "analyses/question.html",
    {
      title: titleOf(context, screen),
      above: say.joined(
        context,
        [inLanguage(context, section), member ? say.joined(context, [member.name, ageOf(context, member)]) : ""].filter(
          Boolean,
        ),
      ),
      help: inLanguage(context, what.help),
      has_help: Boolean(what.help),
      action: address(draft.id, screen.key),
      draft_key: `analysis-form:${draft.id}:${screen.key}`,
      close_href: `/customers/${tree.customer.id}/analyses`,
      percent: `${Math.round((place * 1000) / count) / 10}%`,
      place_text: `${place + 1} / ${count}`,
      place_now: String(place + 1),
      place_most: String(count),
      time_text: ngettext("%(n)s minute so far", "%(n)s minutes so far", Math.max(1, Math.round(draft.seconds / 60))),
      has_error: main !== "",
      error: main ? _(main) : "",
      has_warning: warn !== null,
      warning: warn ? inLanguage(context, warn) : "",
      choices,
      has_choices: choices.length > 0,
      groups: groupsOf(all),
      has_none: Boolean(what.none),
      none_text: inLanguage(context, what.none),
      none_value: NONE,
      none_checked: Array.isArray(value) && value.length === 0 && more === 0,
      has_more: ["list", "members", "policies"].includes(what.type),
      can_unsure: what.type !== "consent" && what.type !== "members",
      unsure_name: choices.length || what.none ? "answer" : UNSURE,
      unsure_type: (choices.length && choices[0].type === "radio") || what.none ? "radio" : "checkbox",
      unsure_value: UNSURE,
      unsure_checked: unsure,
      has_guardian: what.purpose === "child",
      guardian: typed?.get("guardian") ?? draft.answers[`${screen.key}.guardian`]?.name ?? "",
      guardian_relation: typed?.get("guardian_relation") ?? draft.answers[`${screen.key}.guardian`]?.relation ?? "",
      has_before: before !== null,
      before_href: before ? address(draft.id, before) : "",
      is_last: inquiry.after(screen.key) === null,
      review_href: `/analyses/${draft.id}/review`,
    },
    { status: Object.keys(faults).length ? 422 : 200 },
  );
}

/** @param {Context} context @param {Record<string, any>} member */
function ageOf({ _ }, member) {
  return member.unborn ? _("not born yet") : _("%(n)s years old", { n: member.age });
}

/**
 * What each answer would come to, beside it.
 * @param {Context} context
 * @param {Inquiry} inquiry
 * @param {import("../../domain/questions.js").Screen} screen
 * @param {Record<string, any>[]} choices
 */
function estimated(context, inquiry, screen, choices) {
  for (const choice of choices) {
    const fen = inquiry.estimate(screen, choice.value, screen.question.estimate);
    if (!fen) continue;
    Object.assign(choice, {
      figure: context._("about %(amount)s", { amount: say.amount(context, fen) }),
      has_figure: true,
    });
  }
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function answer(context) {
  const { params, store, now } = context;
  const form = /** @type {URLSearchParams} */ (context.form);
  const inquiry = await Inquiry.open(context);
  const screen = inquiry?.screen(params.key);
  if (!inquiry || !screen) return notFound();
  const before = inquiry.draft.answers[screen.key] ?? null;
  const value = answerOf(screen, form, { members: inquiry.members, before, newId });
  if (form.has("_more")) {
    const kept = Array.isArray(value) ? value : [];
    return asked(context, inquiry, { typed: null, faults: {}, more: 1, value: kept });
  }
  const faults = inquiry.faults(screen, value);
  const guardian = {
    name: (form.get("guardian") ?? "").trim(),
    relation: (form.get("guardian_relation") ?? "").trim(),
  };
  if (screen.question.purpose === "child" && value === true && !guardian.name) faults.guardian = GUARDIAN;
  if (Object.keys(faults).length) return asked(context, inquiry, { typed: form, faults, more: 0 });
  if (screen.question.type === "consent") await consent(context, inquiry, screen.key, value, guardian);
  const section = screen.section;
  inquiry.answer(screen.key, value, now);
  const next = inquiry.after(screen.key);
  inquiry.draft.at = next ?? screen.key;
  // The draft first: whatever happens now, the answer is kept.
  await store.saveDraft(draftKey(inquiry.draft.id), inquiry.draft);
  if (next === null) return redirect(`/analyses/${inquiry.draft.id}/review`);
  if (inquiry.screen(next)?.section !== section && section !== "consent") await keep(context, inquiry.draft);
  return redirect(address(inquiry.draft.id, next));
}

/**
 * A consent is recorded as it is given, in the ledger; what stands there already is not recorded again.
 * @param {Context} context
 * @param {Inquiry} inquiry
 * @param {string} key
 * @param {boolean} given
 * @param {{name: string, relation: string}} guardian
 */
async function consent({ store, now, _ }, inquiry, key, given, guardian) {
  const purpose = PURPOSES[key];
  const said = inquiry.tree.consents.filter((row) => row.purpose === purpose);
  if (given ? consented(inquiry.tree.consents, purpose) : said.length > 0 && !consented(inquiry.tree.consents, purpose))
    return;
  const byGuardian = purpose === "child";
  const set = {
    customer_id: inquiry.tree.customer.id,
    purpose,
    given,
    text_id: `${inquiry.draft.questionnaire}#${key}`,
    text_version: inquiry.draft.questionnaire.split("@")[1],
    by: byGuardian ? "guardian" : "self",
    guardian_name: byGuardian ? guardian.name || null : null,
    guardian_relation: byGuardian ? guardian.relation || null : null,
    channel: "visit",
    at: now.toISOString(),
  };
  await store.commit([{ op: "create", kind: "consent", id: newId(), set }], { label: _("Consent") });
  if (byGuardian) inquiry.draft.answers[`${key}.guardian`] = guardian;
}

/** @param {Context} context @returns {Promise<Reply>} everything answered, section by section */
export async function review(context) {
  const { _, ngettext } = context;
  const inquiry = await Inquiry.open(context);
  if (!inquiry) return notFound();
  const { draft, tree, definitions } = inquiry;
  const changes = cardChanges(context, inquiry);
  const open = inquiry.screens.filter(({ key }) => !(key in draft.answers)).length;
  return page("analyses/review.html", {
    title: _("What was answered"),
    back_href: address(draft.id, inquiry.here()),
    back_text: _("Questions"),
    action: `/analyses/${draft.id}/review`,
    lead: open
      ? ngettext(
          "%(n)s question is open and will be estimated.",
          "%(n)s questions are open and will be estimated.",
          open,
        )
      : _("Everything is answered."),
    unsure_text: inquiry.unsure
      ? ngettext("%(n)s answer is “not sure”.", "%(n)s answers are “not sure”.", inquiry.unsure)
      : "",
    has_unsure: inquiry.unsure > 0,
    sections: definitions.questionnaire.sections
      .map((/** @type {any} */ section) => ({
        title: inLanguage(context, section),
        rows: inquiry.screens
          .filter((screen) => screen.section === section.id)
          .map((screen) => ({
            href: address(draft.id, screen.key),
            text: titleOf(context, screen),
            value: shownAnswer(context, inquiry, screen),
            open: !(screen.key in draft.answers),
          })),
      }))
      .filter((/** @type {any} */ section) => section.rows.length),
    has_changes: changes.length > 0,
    changes: changes.map(({ id, text, value }) => ({ id, text, value })),
    name: tree.customer.name,
  });
}

/** @param {Context} context @returns {Promise<Reply>} finish: the report, and the card where that is wanted */
export async function finish(context) {
  const { store, now, form, _ } = context;
  const inquiry = await Inquiry.open(context);
  if (!inquiry) return notFound();
  const { draft } = inquiry;
  inquiry.spend(now);
  const wanted = new Set(form?.getAll("card") ?? []);
  const changes = cardChanges(context, inquiry).filter(({ id }) => wanted.has(id));
  inquiry.assumeOpen(inquiry.screens.filter(({ question: { type } }) => type !== "consent").map(({ key }) => key));
  const more = { result: inquiry.result(), completed_at: now.toISOString() };
  await keep(context, draft, more);
  if (changes.length)
    await store.commit(
      changes.map(({ change }) => change),
      { label: _("Card") },
    );
  await store.dropDraft(draftKey(draft.id));
  return redirect(`/analyses/${draft.id}`);
}
