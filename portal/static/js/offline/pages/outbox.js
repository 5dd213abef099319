// /outbox: what waits to be sent, what was refused and why, what has arrived today.

import { SCHEMAS } from "../../generated/schemas.js";
import { shownValue, title as conflictTitle } from "../disputes.js";
import { field } from "../fields.js";
import { parse } from "../forms.js";
import { KINDS, labelOf } from "../labels.js";
import { notFound, page, redirect } from "../router.js";
import * as say from "../say.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../../store/index.js").OutboxItem} OutboxItem
 */

const SHOWN = 5;
const ALL = 200;
/** Nobody types into these. */
const NOT_TYPED = ["ref", "party", "beneficiaries", "map", "list", "any"];

/** @param {Context} context @returns {Promise<Reply>} */
export async function index(context) {
  const { _, ngettext, store } = context;
  const { waiting, rejected, received } = await store.outbox();
  const today = received.filter(({ acked_at }) => acked_at && say.dayOf(acked_at) === context.today);
  const conflicts = await conflictLines(context);
  return page(
    "outbox/index.html",
    {
      ...headline(context, waiting.length),
      ...trouble(context),
      has_look: conflicts.length + rejected.length > 0,
      conflicts,
      refused: rejected.map((item) => ({
        href: `/outbox/${item.seq}`,
        text: what(context, item),
        sub: reason(context, item),
      })),
      has_waiting: waiting.length > 0,
      waiting: waiting.map((item) => ({
        text: what(context, item),
        sub: said(context, item),
        has_sub: said(context, item) !== "",
        at: say.briefly(context, item.at),
        can_undo: item.can_undo,
        undo_href: `/outbox/${item.seq}/undo?back=/outbox`,
      })),
      has_received: today.length > 0,
      received: today.slice(0, SHOWN).map((item) => receivedLine(context, item)),
      all_text: ngettext("all %(n)s", "all %(n)s", received.length),
    },
    { tab: "me" },
  );
}

/** @param {Context} context @param {number} waiting */
function headline({ _, ngettext, status, ...rest }, waiting) {
  const synced = status.last_synced_at
    ? _("Last synced %(when)s.", { when: say.moment({ _, ngettext, ...rest }, status.last_synced_at) })
    : _("Not synced yet.");
  if (!waiting) return { title: _("Everything has been sent"), lead: synced };
  return {
    title: ngettext("%(n)s entry is on this phone only", "%(n)s entries are on this phone only", waiting),
    lead: _("%(safe)s %(synced)s", { safe: _("They are safe here and go out with the next signal."), synced }),
  };
}

/** @param {Context} context what keeps everything from being sent */
function trouble({ _, status }) {
  /** @type {Record<string, {text: string, href: string, action: string}>} */
  const known = {
    sign_in: { text: _("Your sign-in has ended. Nothing is lost."), href: "/sign-in", action: _("Sign in again") },
    upgrade: { text: _("This version is too old to send. Nothing is lost."), href: "/me", action: _("Update") },
    full: { text: _("There is no space left on this phone."), href: "/me", action: _("See what takes space") },
  };
  const found = known[status.trouble ?? ""];
  return { has_trouble: Boolean(found), trouble: found ?? { text: "", href: "", action: "" } };
}

/** @param {Context} context */
async function conflictLines(context) {
  const rows = await context.store.conflicts();
  return Promise.all(
    rows.map(async (row) => ({
      href: `/conflicts/${row.id}`,
      text: conflictTitle(context, row, row.tree_id ? await context.store.tree(row.tree_id) : null),
      sub: context._("changed in two places; please choose"),
    })),
  );
}

/**
 * 林雪梅的手机号 / New policy, Ma Jun
 * @param {Context} context
 * @param {OutboxItem} item
 */
export function what(context, { op, kind, set, label, title }) {
  const { _ } = context;
  const name = title ?? "";
  const changed = Object.keys(set ?? {}).filter((one) => one !== "flags");
  if (op === "update" && kind !== "conflict" && changed.length === 1 && changed[0] in (SCHEMAS[kind]?.fields ?? {})) {
    return name
      ? _("%(field)s of %(name)s", { field: _(labelOf(kind, changed[0])), name })
      : _(labelOf(kind, changed[0]));
  }
  return say.joined(context, [name, label ?? _(KINDS[kind] ?? kind)]);
}

/**
 * What was entered, shortly.
 * @param {Context} context
 * @param {OutboxItem} item
 */
function said(context, { op, kind, set }) {
  if (op === "delete" || kind === "conflict") return "";
  const fields = SCHEMAS[kind]?.fields ?? {};
  const telling = Object.entries(set ?? {}).filter(
    ([name, [, value]]) => name in fields && fields[name].type !== "ref" && value !== null && name !== "name",
  );
  const words = telling.slice(0, 3).map(([name, [, value]]) => shownValue(context, kind, name, value));
  return say.cut(say.joined(context, words), 60);
}

/** @param {Context} context @param {OutboxItem} item */
function receivedLine(context, item) {
  return { text: what(context, item), at: item.acked_at ? say.briefly(context, item.acked_at) : "" };
}

/**
 * @param {Context} context
 * @param {OutboxItem} item
 * @returns {string} why it was refused
 */
function reason(context, { kind, error }) {
  const { _ } = context;
  const [first] = Object.entries(error?.fields ?? {});
  if (first && first[1].length) {
    return _("%(field)s: %(value)s", { field: _(labelOf(kind, first[0])), value: _(first[1][0]) });
  }
  return error?.message ? _(error.message) : _("The server did not take it.");
}

/** @param {Context} context @returns {Promise<Reply>} everything that arrived in the last 30 days */
export async function received(context) {
  const { received: all } = await context.store.outbox();
  const list = all.slice(0, ALL).map((item) => receivedLine(context, item));
  return page("outbox/received.html", { list, has_list: list.length > 0 }, { tab: "me" });
}

// ---- a refused one --------------------------------------------------------------------------------------------------

/**
 * @param {Context} context
 * @returns {Promise<OutboxItem | undefined>}
 */
async function refused({ store, params }) {
  return (await store.outbox()).rejected.find(({ seq }) => String(seq) === params.seq);
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function show(context) {
  const item = await refused(context);
  return item ? one(context, item, null) : notFound();
}

/**
 * @param {Context} context
 * @param {OutboxItem} item
 * @param {Record<string, string> | null} errors of what was typed now; null before anything was
 * @returns {Reply}
 */
function one(context, item, errors) {
  const { _ } = context;
  const told = Object.fromEntries(Object.entries(item.error?.fields ?? {}).map(([name, [message]]) => [name, message]));
  const row = Object.fromEntries(Object.entries(item.set ?? {}).map(([name, [, value]]) => [name, value]));
  const names = correctable(item);
  const filled = { row, typed: context.form, errors: errors ?? told };
  return page(
    "outbox/show.html",
    {
      title: what(context, item),
      reason: reason(context, item),
      at: say.moment(context, item.at),
      action: `/outbox/${item.seq}/retries`,
      draft_key: `outbox:${item.seq}`,
      discard_href: `/outbox/${item.seq}/discard`,
      has_fields: names.length > 0,
      fields: names.map((name) => field(context, item.kind, name, filled)),
      has_card: item.customer_id !== null && item.title !== null,
      card_href: `/customers/${item.customer_id ?? ""}`,
      card_text: item.title ?? "",
    },
    { status: errors ? 422 : 200 },
  );
}

/** @param {OutboxItem} item @returns {string[]} fields that can be typed anew: the wrong ones, else all */
function correctable({ kind, set, error }) {
  const fields = SCHEMAS[kind]?.fields ?? {};
  const typed = Object.keys(fields).filter((name) => !NOT_TYPED.includes(fields[name].type));
  const wrong = typed.filter((name) => name in (error?.fields ?? {}));
  return wrong.length ? wrong : typed.filter((name) => name in (set ?? {}));
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function retry(context) {
  const { _, store, form } = context;
  const item = await refused(context);
  if (!item) return redirect("/outbox");
  const { values, errors } = parse(item.kind, form ?? new URLSearchParams(), SCHEMAS);
  if (Object.keys(errors).length) return one(context, item, errors);
  await store.retry(item.seq, values);
  return redirect("/outbox", { toast: _("Corrected; it is sent again") });
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function discard(context) {
  const { _ } = context;
  const item = await refused(context);
  if (!item) return notFound();
  return page("customers/delete.html", {
    title: _("Throw this entry away?"),
    lines: [what(context, item), said(context, item), _("What you typed is gone then; this cannot be undone.")].filter(
      Boolean,
    ),
    action: `/outbox/${item.seq}/discards`,
    back_href: `/outbox/${item.seq}`,
    back_text: _("Back"),
  });
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function throwAway(context) {
  const item = await refused(context);
  if (item) await context.store.discard(item.seq);
  return redirect("/outbox", { toast: context._("Thrown away") });
}

// ---- taking back, sending now ---------------------------------------------------------------------------------------

/** @param {Context} context @returns {Promise<Reply>} */
export async function undo({ _, store, params, query }) {
  const done = await store.undo(Number(params.seq));
  const back = query.get("back") ?? "/outbox";
  return redirect(back.startsWith("/") && !back.startsWith("//") ? back : "/outbox", {
    toast: done ? _("Taken back") : _("Too late: it has been sent already"),
  });
}

/** @returns {Reply} every POST is followed by a sync */
export function send() {
  return redirect("/outbox");
}
