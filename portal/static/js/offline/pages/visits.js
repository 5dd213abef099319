// /customers/<id>/visits: what was said and what comes next; and visits that are planned.

import { addDays } from "../../domain/dates.js";
import { newId } from "../../store/index.js";
import { field, fields } from "../fields.js";
import { NEXT_STEPS, OUTCOMES, word } from "../labels.js";
import { lateFrom } from "../late.js";
import * as people from "../people.js";
import { formPage, handlers, open } from "../record-page.js";
import { fragment, notFound, page, redirect } from "../router.js";
import { saved } from "../saving.js";
import * as say from "../say.js";
import { parts } from "../../domain/dates.js";
import { search } from "../../domain/search.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../../store/index.js").Row} Row
 * @typedef {import("../../store/index.js").Tree} Tree
 * @typedef {import("../fields.js").Filled} Filled
 */

const PICK = "pick";
const CHOICES = 20;
/** What fits most often, so that most notes are two taps. */
const PRESET = { outcome: "considering", next_step: "call", days: 3 };

// ---- what was said --------------------------------------------------------------------------------------------------

/** @param {Context} context @returns {Promise<Reply>} */
export async function create(context) {
  const tree = await context.store.tree(context.params.id);
  return tree ? debrief(context, tree, { row: null }) : notFound();
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function edit(context) {
  const found = await both(context);
  return found ? debrief(context, found.tree, { row: found.row }) : notFound();
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function save(context) {
  const { _, store, params } = context;
  const form = /** @type {URLSearchParams} */ (context.form);
  const tree = await store.tree(params.id);
  const old = params.record ? tree?.visits.find(({ id }) => id === params.record) : null;
  if (!tree || old === undefined) return notFound();
  const planning = form.get("_plan") === "true";
  if (!planning) settle(form);
  const id = old?.id ?? form.get("id") ?? newId();
  const fixed = old ? {} : { customer_id: tree.customer.id };
  const label = planning ? _("Planned") : word(context, "channel", form.get("channel")) || _("Visit");
  const { errors } = await saved(context, { kind: "visit", id, old, tree, label, fixed });
  const filled = { row: old, typed: form, errors: errors ?? {} };
  if (errors) return planning ? formPage(PLAN, context, tree, filled) : debrief(context, tree, filled);
  return redirect(`/customers/${tree.customer.id}`, { toast: noted(context, form) });
}

/** @param {Context} context @param {URLSearchParams} form */
function noted(context, form) {
  const { _ } = context;
  const date = form.get("next_date");
  return date ? _("Noted. It comes up again on %(day)s.", { day: say.near(context, date) }) : _("Noted on this phone");
}

/**
 * Chips to fields: the day that was picked, no day without a next step.
 * @param {URLSearchParams} form
 */
function settle(form) {
  if (form.get("next_date") === PICK) form.set("next_date", form.get("next_date_on") ?? "");
  if (form.get("next_step") === "none") form.set("next_date", "");
}

/**
 * @param {Context} context
 * @returns {Promise<{tree: Tree, row: Row} | null>}
 */
async function both({ store, params }) {
  const tree = await store.tree(params.id);
  const row = tree?.visits.find(({ id }) => id === params.record);
  return tree && row ? { tree, row } : null;
}

/**
 * @param {Context} context
 * @param {Tree} tree
 * @param {Filled} filled
 * @returns {Reply}
 */
function debrief(context, tree, filled) {
  const { _, now, query } = context;
  const { row, typed } = filled;
  const home = `/customers/${tree.customer.id}`;
  const id = row?.id ?? typed?.get("id") ?? newId();
  const began = row?.started_at ?? row?.planned_at ?? startOf(query.get("started_at"), now);
  const fresh = !row?.started_at;
  const errors = Object.keys(filled.errors ?? {});
  const preset = { channel: query.get("channel") ?? "visit", started_at: began, minutes: minutesSince(query, now) };
  const shown = row && fresh ? { ...row, started_at: began } : row;
  const about = { ...filled, row: shown };
  return page(
    "visits/form.html",
    {
      title: fresh ? _("How did it go?") : _("What was said"),
      sub: say.joined(context, [tree.customer.name, say.moment(context, began), row ? lateFrom(context, row) : ""]),
      back_href: home,
      action: row ? `${home}/visits/${id}` : `${home}/visits`,
      draft_key: row ? `visit:${id}` : `visit:new:${tree.customer.id}`,
      id,
      ver: row?.ver ?? 0,
      channel: field(context, "visit", "channel", about, {
        preset: preset.channel,
        options: channels(context, about, preset.channel),
      }),
      outcome: chips(context, "outcome", OUTCOMES, about, fresh ? PRESET.outcome : ""),
      next_step: chips(context, "next_step", NEXT_STEPS, about, fresh ? PRESET.next_step : ""),
      next_date: days(context, about, fresh),
      on: field(context, "visit", "next_date_on", { row: null, typed }, { label: _("Another day"), type: "date" }),
      note: field(context, "visit", "note", about, {
        label: _("In a sentence"),
        hint: _("Only you and your leader can read it"),
      }),
      more: fields(
        context,
        "visit",
        [
          ["started_at", { preset: preset.started_at }],
          ["minutes", { preset: preset.minutes }],
          "purpose",
          "joint_with",
        ],
        about,
      ),
      more_is_open: errors.some((name) => ["started_at", "minutes", "purpose", "joint_with"].includes(name)),
      has_delete: row !== null,
      delete_href: `${home}/visits/${id}/delete`,
    },
    { status: errors.length ? 422 : 200, tab: "" },
  );
}

/** @param {string | null} text @param {Date} now */
function startOf(text, now) {
  const began = text ? new Date(text) : now;
  return (Number.isNaN(began.getTime()) ? now : began).toISOString();
}

/** @param {URLSearchParams} query @param {Date} now @returns {number | null} of a call that has just ended */
function minutesSince(query, now) {
  const began = query.get("started_at");
  const minutes = began ? Math.round((now.getTime() - Date.parse(began)) / 60_000) : NaN;
  return minutes > 0 && minutes <= 180 ? minutes : null;
}

/**
 * @param {Context} context
 * @param {Filled} filled
 * @param {string} preset
 */
function channels(context, { row, typed }, preset) {
  const chosen = typed?.get("channel") ?? row?.channel ?? preset;
  return ["visit", "call", "message", "meeting", "online"].map((code) => ({
    value: code,
    text: word(context, "channel", code),
    checked: code === chosen,
  }));
}

/**
 * A text field that a few words fill most often.
 * @param {Context} context
 * @param {"outcome" | "next_step"} name
 * @param {Record<string, string>} words
 * @param {Filled} filled
 * @param {string} preset
 */
function chips(context, name, words, filled, preset) {
  const chosen = filled.typed?.get(name) ?? filled.row?.[name] ?? preset;
  const codes = chosen in words || !chosen ? Object.keys(words) : [...Object.keys(words), chosen];
  const options = codes.map((code) => ({ value: code, text: word(context, name, code), checked: code === chosen }));
  return { ...field(context, "visit", name, filled, { control: "chips", options }), type: "radio" };
}

/**
 * Today, tomorrow, in three days, another day.
 * @param {Context} context
 * @param {Filled} filled
 * @param {boolean} fresh
 */
function days(context, filled, fresh) {
  const { _, today } = context;
  const soon = workday(addDays(today, PRESET.days));
  const chosen = filled.typed?.get("next_date") ?? filled.row?.next_date ?? (fresh ? soon : "");
  const offered = [today, addDays(today, 1), soon];
  const all = chosen && !offered.includes(chosen) && chosen !== PICK ? [...offered, chosen] : offered;
  const options = all.map((day) => ({ value: day, text: dayChip(context, day), checked: day === chosen }));
  options.push({ value: PICK, text: _("Another day"), checked: chosen === PICK });
  return { ...field(context, "visit", "next_date", filled, { control: "chips", options }), type: "radio" };
}

/** @param {string} day @returns {string} not a weekend */
function workday(day) {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return addDays(day, weekday === 6 ? 2 : weekday === 0 ? 1 : 0);
}

/** @param {Context} context @param {string} day @returns {string} 今天, 明天, 周五 27日 */
function dayChip(context, day) {
  const { _, today, lang } = context;
  if (day === today || day === addDays(today, 1)) return say.capital(say.near(context, day));
  const [, , date] = parts(day);
  return lang === "en"
    ? _("%(weekday)s %(date)s", { weekday: say.weekdayOf(context, day), date: say.day(context, day) })
    : `${say.weekdayOf(context, day)} ${date}日`;
}

// ---- planning -------------------------------------------------------------------------------------------------------

/** @type {import("../record-page.js").Room} */
const PLAN = {
  kind: "visit",
  path: "visits",
  list: "visits",
  anchor: "timeline",
  title: ({ _ }) => _("Plan a visit or call"),
  lead: ({ _ }) => _("It comes up on the day, with this card."),
  sections(context, _tree, filled) {
    const { _, today } = context;
    const tomorrow = `${addDays(today, 1)}T10:00`;
    const channel = filled.typed?.get("channel") ?? "visit";
    return [
      open([
        field(context, "visit", "channel", filled, { options: channels(context, filled, channel) }),
        { ...field(context, "visit", "planned_at", filled), ...(filled.typed ? {} : { value: tomorrow }) },
        field(context, "visit", "purpose", filled),
        field(context, "visit", "note", filled, { label: _("What to bring, what not to mention") }),
        { ...field(context, "visit", "_plan", { row: { _plan: "true" } }), control: "hidden" },
      ]),
    ];
  },
  deleteText: ({ _ }) => _("Delete the entry"),
  deleteLines: (context, _tree, row) => [
    say.joined(context, [
      word(context, "channel", row.channel),
      say.moment(context, row.started_at ?? row.planned_at ?? row.created_at),
    ]),
  ],
};

const planning = handlers(PLAN);
export const plan = planning.create;
export const { remove, destroy } = planning;

// ---- with whom ------------------------------------------------------------------------------------------------------

/** @param {Context} context @returns {Promise<Reply>} whom the note is about */
export async function choose(context) {
  const { _, query, store, today, htmx } = context;
  const q = (query.get("q") ?? "").trim();
  const book = await store.book();
  if (q) await store.hear();
  const hits = q ? search(book, q, { limit: CHOICES }).hits : [];
  const byId = new Map(book.map((line) => [line.id, line]));
  const lines = q ? hits.map(({ id }) => /** @type {any} */ (byId.get(id))) : likely(book, today);
  const marks = new Map(hits.map((hit) => [hit.id, hit.marks]));
  const rows = lines.map((line) =>
    people.row(line, {
      href: `/customers/${line.id}/visits/new`,
      ...(marks.has(line.id) ? { name_parts: people.parts(line.name, /** @type {any} */ (marks.get(line.id))) } : {}),
      sub: people.ageOf(context, line),
      lead: whyLikely(context, line),
    }),
  );
  const model = { q, has_q: q !== "", rows, has_rows: rows.length > 0, has_more: false, more_href: "", more_text: "" };
  if (htmx) return fragment("visits/choices.html", model);
  return page("visits/choose.html", { ...model, back_href: "/today", back_text: _("Today") });
}

/**
 * @param {import("../../store/search-lines.js").Line[]} book
 * @param {string} today
 */
function likely(book, today) {
  const at = (/** @type {any} */ line) => {
    if (line.next_visit && say.dayOf(line.next_visit.at) <= today) return `2 ${line.next_visit.at}`;
    return `1 ${line.last_contact ?? ""}`;
  };
  return [...book].sort((a, b) => (at(a) > at(b) ? -1 : 1)).slice(0, CHOICES);
}

/** @param {Context} context @param {import("../../store/search-lines.js").Line} line */
function whyLikely(context, line) {
  const { _ } = context;
  if (line.next_visit) return _("Planned: %(when)s", { when: say.moment(context, line.next_visit.at) });
  if (line.last_contact) return _("Last contact %(ago)s", { ago: say.ago(context, say.dayOf(line.last_contact)) });
  return _("No contact yet");
}
