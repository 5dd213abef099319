// /outbox: what waits to be sent, what was refused and why, what has arrived today.

import { SCHEMAS } from "../../generated/schemas.js";
import { NEEDS_CONSENT, rowFaults } from "../../domain/rules.js";
import { fieldsOf } from "../../store/book.js";
import { setSetting } from "../../store/device.js";
import { syncNow } from "../../sync/now.js";
import { disagreement, title as conflictTitle } from "../disputes.js";
import { about, facts, gist, reasons } from "../edits.js";
import { eviction } from "../eviction.js";
import { recovered } from "../recovered.js";
import { choices, nameOf } from "../family.js";
import { field, textsOf } from "../fields.js";
import { parse } from "../forms.js";
import { labelOf } from "../labels.js";
import { notFound, page, redirect } from "../router.js";
import { first, lookup } from "../saving.js";
import * as say from "../say.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../../store/index.js").OutboxItem} OutboxItem
 * @typedef {import("../../store/index.js").Tree} Tree
 */

const SHOWN = 5;
const ALL = 200;
/** Nobody types into these; a wrong one can be left out. */
const NOT_TYPED = ["ref", "beneficiaries", "map", "list", "any"];
/** Sending it again would end the same way. */
const FINAL = ["already_closed", "append_only", "fixed", "left_scope", "read_only", "unknown_kind"];

/** @param {Context} context @returns {Promise<Reply>} */
export async function index(context) {
  const { ngettext, store } = context;
  const { waiting, rejected, received: all } = await store.outbox();
  const today = all.filter(({ acked_at }) => acked_at && say.dayOf(acked_at) === context.today);
  const conflicts = await conflictLines(context);
  const has_look = conflicts.length + rejected.length > 0;
  return page(
    "outbox/index.html",
    {
      ...headline(context, waiting.length),
      ...trouble(context),
      ...eviction(context),
      ...recovered(context),
      has_look,
      conflicts,
      refused: await lines(context, rejected, async (item) => ({
        href: `/outbox/${item.seq}`,
        text: await about(context, item),
        sub: reasons(context, item)[0],
      })),
      has_waiting: waiting.length > 0,
      waiting: await lines(context, waiting, waitingLine),
      has_received: today.length > 0,
      received: await lines(context, today.slice(0, SHOWN), receivedLine),
      has_older: all.length > 0,
      all_text: ngettext("All %(n)s", "All %(n)s", all.length),
      is_empty: !has_look && waiting.length + all.length === 0,
    },
    { tab: "me" },
  );
}

/**
 * @template T
 * @param {Context} context
 * @param {OutboxItem[]} items
 * @param {(item: OutboxItem, context: Context) => Promise<T>} line
 * @returns {Promise<T[]>}
 */
async function lines(context, items, line) {
  const made = [];
  for (const item of items) made.push(await line(item, context));
  return made;
}

/** @param {OutboxItem} item @param {Context} context */
async function waitingLine(item, context) {
  const sub = gist(context, item);
  return {
    text: await about(context, item),
    sub,
    has_sub: sub !== "",
    at: say.briefly(context, item.at),
    can_undo: item.can_undo,
    undo_href: `/outbox/${item.seq}/undo?back=/outbox`,
  };
}

/** @param {OutboxItem} item @param {Context} context */
async function receivedLine(item, context) {
  return { text: await about(context, item), at: item.acked_at ? say.briefly(context, item.acked_at) : "" };
}

/** @param {Context} context @param {number} waiting */
function headline(context, waiting) {
  const { _, ngettext, status } = context;
  const synced = status.last_synced_at
    ? _("Last synced %(when)s.", { when: say.moment(context, status.last_synced_at) })
    : _("Not synced yet.");
  if (!waiting) return { title: _("Everything has been sent"), lead: synced };
  const why = status.offline
    ? _("No signal now; they are kept here.")
    : _("They are safe here and go out with the next signal.");
  return {
    title: ngettext("%(n)s entry is on this phone only", "%(n)s entries are on this phone only", waiting),
    lead: _("%(safe)s %(synced)s", { safe: why, synced }),
  };
}

/** @param {Context} context what keeps everything from being sent */
function trouble({ _, status }) {
  /** @type {Record<string, {text: string, href: string, action: string}>} */
  const known = {
    sign_in: { text: _("Your sign-in has ended. Nothing is lost."), href: "/sign-in", action: _("Sign in again") },
    too_many: {
      text: _("Too many devices are signed in, so nothing can be sent. Nothing is lost."),
      href: "/me/devices",
      action: _("Revoke one"),
    },
    upgrade: { text: _("This version is too old to send. Nothing is lost."), href: "/today", action: _("Update") },
    full: { text: _("There is no space left on this phone."), href: "/me/help", action: _("What helps") },
  };
  const found = known[status.trouble ?? ""];
  return { has_trouble: Boolean(found), trouble: found ?? { text: "", href: "", action: "" } };
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function read({ store, from }) {
  await store.setMeta("evicted_at", null);
  await setSetting("evicted_at", null);
  return redirect(["/today", "/me"].includes(from) ? from : "/outbox");
}

/** @param {Context} context */
async function conflictLines(context) {
  const rows = await context.store.conflicts();
  return Promise.all(
    rows.map(async (row) => ({
      href: `/conflicts/${row.id}`,
      text: conflictTitle(context, row, row.tree_id ? await context.store.tree(row.tree_id) : null),
      sub: disagreement(context, row),
    })),
  );
}

/** @param {Context} context @returns {Promise<Reply>} everything that arrived in the last 30 days */
export async function received(context) {
  const { received: all } = await context.store.outbox();
  const list = await lines(context, all.slice(0, ALL), receivedLine);
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
 * @returns {Promise<Reply>}
 */
async function one(context, item, errors) {
  const { _, store } = context;
  const tree = item.customer_id ? await store.tree(item.customer_id) : null;
  const names = correctable(item);
  const cause = await causeOf(context, item);
  const final = FINAL.includes(item.error?.code ?? "") || cause !== null;
  const sent = facts(context, item, tree).filter(({ name }) => final || !names.includes(name));
  return page(
    "outbox/show.html",
    {
      title: await about(context, item),
      at: _("Entered %(when)s.", { when: say.moment(context, item.at) }),
      reasons: reasons(context, item),
      has_cause: cause !== null,
      cause: cause ?? { href: "", text: "" },
      ...needed(context, item, tree),
      has_card: tree !== null,
      card_href: `/customers/${item.customer_id ?? ""}`,
      card_text: tree?.customer.name ?? "",
      has_sent: sent.length > 0,
      sent: sent.map(({ label, value }) => ({ label, value })),
      can_retry: !final,
      retry_text: names.length ? _("Correct and send again") : _("Send once more"),
      has_fields: names.length > 0 && !final,
      fields: final ? [] : fieldsFor(context, item, tree, names, errors),
      action: `/outbox/${item.seq}/retries`,
      draft_key: `outbox:${item.seq}`,
      discard_href: `/outbox/${item.seq}/discard`,
    },
    { status: errors ? 422 : 200, tab: "me" },
  );
}

/** @param {OutboxItem} item @returns {string[]} what can be entered anew: the wrong fields, else all of the edit */
function correctable({ op, kind, set, error }) {
  // What a proposal says is worked out, not typed: whatever is wrong with it, a new one is made.
  if (op === "delete" || kind === "conflict" || kind === "proposal") return [];
  const fields = /** @type {Record<string, any>} */ (fieldsOf(kind));
  const wrong = Object.keys(fields).filter((name) => name in (error?.fields ?? {}) && fields[name].merge !== "fixed");
  if (wrong.length) return wrong;
  return Object.keys(fields).filter((name) => name in (set ?? {}) && !NOT_TYPED.includes(fields[name].type));
}

/**
 * @param {Context} context
 * @param {OutboxItem} item
 * @param {Tree | null} tree
 * @param {string[]} names
 * @param {Record<string, string> | null} errors
 */
function fieldsFor(context, item, tree, names, errors) {
  const { _ } = context;
  const row = /** @type {any} */ (
    Object.fromEntries(Object.entries(item.set ?? {}).map(([name, [, value]]) => [name, value]))
  );
  const told = first(item.error?.fields ?? {});
  const filled = { row, typed: context.form, errors: errors ?? told };
  const specs = /** @type {Record<string, any>} */ (fieldsOf(item.kind));
  return names.map((name) => {
    const label = _(labelOf(item.kind, name));
    if (NOT_TYPED.includes(specs[name].type)) {
      const options = [
        { value: name, text: _("Leave this out"), checked: context.form?.getAll("_out").includes(name) ?? true },
      ];
      const more = { label, options, control: "chips", type: "checkbox", id: `out-${name}` };
      return { ...field(context, item.kind, name, filled, more), name: "_out", can_add: false };
    }
    if (specs[name].type !== "party" || !tree) return field(context, item.kind, name, filled);
    const chosen = context.form?.get(name) ?? textsOf(specs[name], row[name]).at(-1) ?? "";
    const known = nameOf(tree, row[name]) !== "" || context.form !== null;
    return field(context, item.kind, name, filled, { options: choices(context, tree, known ? chosen : "") });
  });
}

/**
 * An edit that was refused only because the record it belongs to was.
 * @param {Context} context
 * @param {OutboxItem} item
 * @returns {Promise<{href: string, text: string} | null>}
 */
async function causeOf(context, item) {
  if (item.error?.code !== "depends_on") return null;
  const { rejected } = await context.store.outbox();
  const parents = [item.id, item.customer_id];
  const cause = rejected.find(({ seq, op, id }) => op === "create" && seq !== item.seq && parents.includes(id));
  return cause ? { href: `/outbox/${cause.seq}`, text: await about(context, cause) } : null;
}

/** @param {Context} context @param {OutboxItem} item @param {Tree | null} tree what has to be there first */
function needed({ _ }, item, tree) {
  const asks = Object.values(item.error?.fields ?? {}).some((messages) => messages.includes(NEEDS_CONSENT));
  return {
    has_need: asks && tree !== null,
    need_href: `/customers/${item.customer_id ?? ""}/consents/new`,
    need_text: _("Record the consent"),
  };
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function retry(context) {
  const { _, store } = context;
  const form = context.form ?? new URLSearchParams();
  const item = await refused(context);
  if (!item) return redirect("/outbox");
  const { values, errors } = parse(item.kind, form, SCHEMAS);
  for (const name of form.getAll("_out").filter(Boolean)) values[name] = null;
  const all = { ...(await faults(context, item, values)), ...errors };
  if (Object.keys(all).length) return one(context, item, all);
  await store.retry(item.seq, values);
  return redirect("/outbox", { toast: _("Corrected; it is sent again") });
}

/**
 * What the rules say about the record as it would be now.
 * @param {Context} context
 * @param {OutboxItem} item
 * @param {Record<string, any>} values
 */
async function faults(context, item, values) {
  if (item.op === "delete" || item.kind === "conflict") return {};
  const tree = item.customer_id ? await context.store.tree(item.customer_id) : null;
  const sent = Object.fromEntries(Object.entries(item.set ?? {}).map(([name, [, value]]) => [name, value]));
  const old = item.op === "create" ? null : await context.store.get(item.kind, item.id);
  const row = { ...(old ?? {}), ...sent, ...values, id: item.id };
  const found = first(rowFaults(item.kind, row, old, await lookup(context, tree, row)));
  // What cannot be entered on this page is for the server to say again.
  return Object.fromEntries(Object.entries(found).filter(([name]) => correctable(item).includes(name)));
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function discard(context) {
  const item = await refused(context);
  if (!item) return notFound();
  const tree = item.customer_id ? await context.store.tree(item.customer_id) : null;
  return page(
    "outbox/discard.html",
    {
      title: await about(context, item),
      sent: facts(context, item, tree).map(({ label, value }) => ({ label, value })),
      action: `/outbox/${item.seq}/discards`,
      back_href: `/outbox/${item.seq}`,
    },
    { tab: "me" },
  );
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

/** @param {Context} context @returns {Promise<Reply>} tries now, and says how it went */
export async function send({ _, store }) {
  const outcome = await syncNow(store);
  if (outcome === "done") return redirect("/outbox", { toast: _("Synced with the company") });
  if (outcome === "offline" || outcome === "failed") {
    return redirect("/outbox", { toast: _("No connection now. It goes out by itself as soon as there is one.") });
  }
  if (outcome === "busy" || outcome === "later")
    return redirect("/outbox", { toast: _("It is being sent; this may take a little.") });
  return redirect("/outbox");
}
