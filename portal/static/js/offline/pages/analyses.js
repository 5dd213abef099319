// /analyses: the questions of a needs analysis, one on each screen; what was answered; what of it belongs on the card.

import { newId } from "../../store/index.js";
import { choicesOf, groupsOf, inLanguage, titleOf } from "../asking.js";
import { begin, draftKey, editOf, Inquiry } from "../inquiry.js";
import { msgid } from "../labels.js";
import { answerOf, NONE, placed, rowsOf, UNSURE } from "../replies.js";
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
const NO_CONSENT = msgid("Without this agreement the analysis cannot go on.");
const CHOOSE = msgid("Choose one of the answers.");

/** @param {string} id @param {string} key */
const address = (id, key) => `/analyses/${id}/questions/${encodeURIComponent(key)}`;

/** @param {Context} context @returns {Promise<Reply>} the analyses of one customer */
export async function index(context) {
  const { _, store, params } = context;
  const tree = await store.tree(params.id);
  if (!tree) return notFound();
  const home = `/customers/${tree.customer.id}`;
  const finished = tree.analyses.filter((row) => row.completed_at);
  const begun = (await draftsOf(context, tree.customer.id)).filter(({ id }) => !finished.some((row) => row.id === id));
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
  const keys = (await store.drafts()).filter((key) => key.startsWith(draftKey("")));
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
  return asked(context, inquiry, {});
}

/**
 * @param {Context} context
 * @param {Inquiry} inquiry
 * @param {{typed?: URLSearchParams | null, faults?: Record<string, string>, more?: number, value?: any, warn?: string}}
 *   state value: as typed, when that is not the answer yet; warn: something to look at again
 * @returns {Reply}
 */
function asked(context, inquiry, { typed = null, faults = {}, more = 0, value: given, warn = "" }) {
  const { _, params, ngettext } = context;
  const { draft, tree } = inquiry;
  const screen = /** @type {NonNullable<ReturnType<Inquiry["screen"]>>} */ (inquiry.screen(params.key));
  const { question: what, member } = screen;
  const value = given ?? draft.answers[screen.key] ?? null;
  const rows = Array.isArray(value) ? value.length : 0;
  const all = { members: inquiry.members, context, screen, value, typed, faults, rows: rows + more || 1 };
  const choices = choicesOf(all);
  if (what.estimate) estimated(context, inquiry, screen, choices);
  const place = inquiry.place(screen.key);
  const count = inquiry.screens.length;
  const before = inquiry.before(screen.key);
  const unsure = typed ? typed.get("answer") === UNSURE || typed.has(UNSURE) : isUnknown(value);
  const section = inquiry.definitions.questionnaire.sections.find(
    (/** @type {any} */ one) => one.id === screen.section,
  );
  const child = inquiry.tree.consents.findLast((row) => row.purpose === "child");
  const main = faults[""] ?? "";
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
      has_warning: warn !== "",
      warning: warn,
      choices,
      has_choices: choices.length > 0,
      groups: groupsOf(all),
      has_none: Boolean(what.none),
      none_text: inLanguage(context, what.none),
      none_name: NONE,
      none_checked: typed ? typed.has(NONE) : Array.isArray(value) && value.length === 0,
      has_more: ["list", "members", "policies"].includes(what.type),
      can_unsure: what.type !== "consent" && what.type !== "members",
      unsure_name: choices[0]?.type === "radio" ? "answer" : UNSURE,
      unsure_type: choices[0]?.type === "radio" ? "radio" : "checkbox",
      unsure_value: UNSURE,
      unsure_checked: unsure,
      has_guardian: what.purpose === "child",
      guardian: typed?.get("guardian") ?? child?.guardian_name ?? "",
      guardian_relation: typed?.get("guardian_relation") ?? child?.guardian_relation ?? "",
      guardian_error: faults.guardian ? _(faults.guardian) : "",
      has_guardian_error: Boolean(faults.guardian),
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
  const known = { members: inquiry.members, before: inquiry.draft.answers[screen.key] ?? null, newId };
  const rows = rowsOf(screen, form, known);
  const { _ } = context;
  const back = (/** @type {Partial<Parameters<typeof asked>[2]>} */ state) =>
    asked(context, inquiry, { typed: form, value: rows ?? undefined, ...state });
  if (form.has("_more")) return back({ more: 1 });
  const value = answerOf(screen, form, known);
  const { purpose, type, refusable } = screen.question;
  const faults = inquiry.faults(screen, value);
  if (type === "consent" && faults[""]) faults[""] = refusable ? CHOOSE : NO_CONSENT;
  if (purpose === "child" && value === true && !textOf(form, "guardian")) faults.guardian = GUARDIAN;
  if (Object.keys(faults).length) return back({ faults: placed(faults, rows) });
  if (type === "consent") await consent(context, inquiry, screen.key, value);
  inquiry.answer(screen.key, value, now);
  const next = inquiry.next(screen.key);
  const warn = warningOf(context, inquiry, screen, value);
  const stays = warn !== "" && form.get("_warned") !== warn;
  inquiry.draft.at = next && !stays ? next : screen.key;
  // The draft first: whatever happens now, the answer is kept.
  await store.saveDraft(draftKey(inquiry.draft.id), inquiry.draft);
  if (stays) return back({ warn });
  if (next === null) return redirect(`/analyses/${inquiry.draft.id}/review`);
  if (inquiry.screen(next)?.section !== screen.section && screen.section !== "consent") {
    await store.commit([await editOf(context, inquiry)], { label: _("Needs analysis") });
  }
  return redirect(address(inquiry.draft.id, next));
}

/** @param {URLSearchParams} form @param {string} name */
const textOf = (form, name) => (form.get(name) ?? "").trim();

/**
 * What should be looked at once more; the answer counts all the same.
 * @param {Context} context
 * @param {Inquiry} inquiry
 * @param {import("../../domain/questions.js").Screen} screen
 * @param {any} value
 */
function warningOf(context, inquiry, screen, value) {
  const most = screen.question.confirm_over;
  if (most && typeof value === "number" && value > most) {
    return context._("This is more than %(amount)s. Is it right?", { amount: say.amount(context, most) });
  }
  return inLanguage(context, inquiry.warning(screen, value) ?? undefined);
}

/**
 * A consent is recorded as it is given, in the ledger; what stands there already is not recorded again.
 * @param {Context} context
 * @param {Inquiry} inquiry
 * @param {string} key
 * @param {boolean} given
 */
async function consent({ store, now, form, _ }, { tree, draft }, key, given) {
  const purpose = PURPOSES[key];
  const byGuardian = purpose === "child";
  const guardian = (byGuardian && form && textOf(form, "guardian")) || null;
  const last = tree.consents.findLast((row) => row.purpose === purpose);
  if (last && consented(tree.consents, purpose) === given && (!given || (last.guardian_name ?? null) === guardian))
    return;
  const set = {
    customer_id: tree.customer.id,
    purpose,
    given,
    text_id: `${draft.questionnaire}#${key}`,
    text_version: draft.questionnaire.split("@")[1],
    by: byGuardian ? "guardian" : "self",
    guardian_name: guardian,
    guardian_relation: (byGuardian && form && textOf(form, "guardian_relation")) || null,
    channel: "visit",
    at: now.toISOString(),
  };
  await store.commit([{ op: "create", kind: "consent", id: newId(), set }], { label: _("Consent") });
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
  const consents = inquiry.screens.filter(({ question: { type } }) => type === "consent");
  const unasked = consents.find(({ key }) => !(key in draft.answers));
  if (unasked) return redirect(address(draft.id, unasked.key));
  inquiry.spend(now);
  const wanted = new Set(form?.getAll("card") ?? []);
  const changes = cardChanges(context, inquiry).filter(({ id }) => wanted.has(id));
  inquiry.assumeOpen(inquiry.screens.map(({ key }) => key));
  const edit = await editOf(context, inquiry, { completed_at: now.toISOString() });
  await store.commit([edit, ...changes.map(({ change }) => change)], { label: _("Needs analysis") });
  await store.dropDraft(draftKey(draft.id));
  return redirect(`/analyses/${draft.id}`);
}
