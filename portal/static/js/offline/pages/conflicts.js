// /conflicts: two people changed the same thing, and a person decides.

import { words } from "../answers.js";
import { titleOf } from "../asking.js";
import { definitionsOf } from "../inquiry.js";
import { faultOf, rowFaults, tidied } from "../../domain/rules.js";
import { last4 } from "../../domain/phones.js";
import { fieldsOf } from "../../store/book.js";
import {
  byline,
  disagreement,
  inset,
  isAlone,
  question,
  shownValue,
  sides,
  specOf,
  subject,
  title,
} from "../disputes.js";
import { choices as people } from "../family.js";
import { field } from "../fields.js";
import { read } from "../forms.js";
import { labelOf, msgid } from "../labels.js";
import { notFound, page, redirect } from "../router.js";
import { first, lookup } from "../saving.js";
import * as say from "../say.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../disputes.js").Side} Side
 * @typedef {import("../../store/index.js").Row} Row
 * @typedef {import("../../store/index.js").Tree} Tree
 *
 * @typedef {object} Case a conflict with what is needed to tell of it
 * @property {Row} row values that are references hold a name
 * @property {Tree | null} tree
 * @property {{mine: Side, theirs: Side}} both
 */

const CHOOSE = msgid("Choose one of them.");
const NOTHING = msgid("Enter what it should be.");
/** An edit that reached the server so much later was made without a network. */
const OFFLINE_MS = 120_000;
const SETTLED = 20;
/** No single control can hold these; the record's own form can. */
const NOT_TYPED = ["beneficiaries", "map", "list", "ref", "any"];
const LISTS = { relative: "relatives", policy: "policies", visit: "visits", consent: "consents" };

/** @param {Context} context @returns {Promise<Reply>} */
export async function index(context) {
  const { _, ngettext, store } = context;
  const rows = await store.list("conflict");
  const open = rows.filter((row) => !row.resolution);
  const settled = rows.filter((row) => row.resolution).sort(newestFirst);
  return page(
    "conflicts/index.html",
    {
      title: open.length
        ? ngettext("%(n)s thing to decide", "%(n)s things to decide", open.length)
        : _("Nothing to decide"),
      open: await lines(context, open, ({ row }) => disagreement(context, row)),
      has_open: open.length > 0,
      settled: await lines(context, settled.slice(0, SETTLED), (one) => settledBy(context, one)),
      has_settled: settled.length > 0,
    },
    { tab: "me" },
  );
}

/** @param {Row} one @param {Row} other */
function newestFirst(one, other) {
  return (one.resolved_at ?? one.updated_at ?? "") > (other.resolved_at ?? other.updated_at ?? "") ? -1 : 1;
}

/** @param {Context} context @param {Row[]} rows @param {(one: Case) => string} sub */
async function lines(context, rows, sub) {
  const made = [];
  for (const row of rows) {
    const one = await caseOf(context, row);
    made.push({ href: `/conflicts/${row.id}`, text: title(context, one.row, one.tree), sub: sub(one) });
  }
  return made;
}

/** @param {Context} context @param {Row} row @returns {Promise<Case>} */
async function caseOf(context, row) {
  const id = row.tree_id ?? (row.record_kind === "customer" ? row.record_id : null);
  const tree = id ? await context.store.tree(id) : null;
  return { row: await named(context, row), tree, both: sides(context, row) };
}

/** @param {Context} context @param {Row} row @returns {Promise<Row>} with names in the place of references */
async function named(context, row) {
  const { store } = context;
  if (row.record_kind === "analysis" && row.field) return answered(context, row);
  if (specOf(row)?.type !== "ref") return row;
  const name = async (/** @type {any} */ id) => id && { id, name: (await store.get("customer", id))?.name };
  const [base, mine, theirs, value] = await Promise.all([row.base, row.mine, row.theirs, row.value].map(name));
  return { ...row, base, mine, theirs, value };
}

/** @param {Context} context @param {Row} row @returns {Promise<Row>} about an answer: the question, and answers in words */
async function answered(context, row) {
  const analysis = await context.store.get("analysis", row.record_id);
  const definitions = analysis && (await definitionsOf(context, /** @type {any} */ (analysis)));
  const [id, of] = row.field.slice("answers.".length).split(":");
  const question = definitions?.questionnaire.sections
    .flatMap((/** @type {any} */ section) => section.questions)
    .find((/** @type {any} */ one) => one.id === id);
  if (!question) return row;
  const members = analysis?.answers?.H02 ?? [];
  const member = members.find((/** @type {any} */ one) => one.id === of) ?? null;
  const said = (/** @type {any} */ value) => value && words(context, { members }, question, value);
  const [base, mine, theirs, value] = [row.base, row.mine, row.theirs, row.value].map(said);
  const asked = titleOf(context, { key: "", question, section: "", member });
  return { ...row, base, mine, theirs, value, asked };
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function show(context) {
  const row = await context.store.get("conflict", context.params.id);
  return row ? one(context, row, {}) : notFound();
}

/**
 * @param {Context} context
 * @param {Row} kept
 * @param {Record<string, string>} errors
 * @returns {Promise<Reply>}
 */
async function one(context, kept, errors) {
  const { _ } = context;
  const found = await caseOf(context, kept);
  const { row, tree } = found;
  const can_other = row.field !== null && !NOT_TYPED.includes(specOf(row).type);
  const merged = await mergedWith(context, row);
  const shown = choices(context, found);
  const asked = row.field ? aboutField(context, found) : aboutRecord(context, found);
  return page(
    "conflicts/show.html",
    {
      title: title(context, row, tree),
      ...asked,
      clauses: clausesOf(context, asked.question),
      has_customer: tree !== null,
      customer_href: tree ? `/customers/${tree.customer.id}` : "",
      customer_text: tree?.customer.name ?? "",
      action: `/conflicts/${row.id}/resolutions`,
      draft_key: `conflict:${row.id}`,
      ver: row.ver,
      is_open: !row.resolution,
      is_waiting: Boolean(row.resolution) && !row.resolved_at,
      was_overtaken: !row.resolution && (await wasOvertaken(context, row)),
      has_error: "resolution" in errors,
      error: errors.resolution ? _(errors.resolution) : "",
      choices: shown,
      keep_mine: keepText(context, row, shown[0].text, row.mine),
      keep_theirs: keepText(context, row, shown[1].text, row.theirs),
      has_other: can_other,
      other_is_chosen: context.form?.get("resolution") === "other",
      other: can_other ? otherField(context, found, errors) : field(context, "customer", "note", { row: null }),
      has_merged: merged !== "",
      merged: _("In the same change, %(fields)s went in as you typed it.", { fields: merged }),
      history: history(context, found),
      settled_text: row.resolution ? settledBy(context, found) : "",
    },
    { status: Object.keys(errors).length ? 422 : 200, tab: "me" },
  );
}

/**
 * A line of Chinese may break anywhere; a question reads better broken at its commas.
 * @param {Context} context
 * @param {string} text
 */
function clausesOf({ lang }, text) {
  return lang === "zh-CN" ? text.split(/(?<=[，。；？])/) : [text];
}

/** @param {Context} context @param {Case} found */
function aboutField(context, { row, tree, both }) {
  const { _ } = context;
  return {
    question: row.resolution ? _("This has been decided") : question(context, both),
    was: wasText(context, row, tree),
  };
}

/** @param {Context} context @param {Row} row @param {Tree | null} tree */
function wasText(context, row, tree) {
  const { _ } = context;
  const value = shownValue(context, row.record_kind, row.field, row.base, tree);
  if (value === _("(empty)")) return _("It was empty. Until you choose, both are kept.");
  return _("It was %(value)s. Until you choose, both are kept.", { value: inset(context, value) });
}

/** Somebody deleted what somebody else changed. @param {Context} context @param {Case} found */
function aboutRecord(context, { row, tree, both: { mine, theirs } }) {
  const { _ } = context;
  const deleted = isDeletion(row.mine);
  const [deleter, other] = deleted ? [mine, theirs] : [theirs, mine];
  const name = subject(context, row, tree);
  let said = _("%(who)s deleted %(name)s; %(other)s changed it meanwhile. Delete or keep?", {
    who: deleter.who,
    name,
    other: other.who,
  });
  if (deleted && !deleter.own && (isAlone(mine, theirs) || !changesIn(row.theirs ?? {}).length)) {
    said = _("%(who)s deleted %(name)s. Delete or keep?", { name, who: deleter.who });
  } else if (deleter.own && !other.own) {
    said = _("You deleted %(name)s, and %(who)s changed it meanwhile. Delete or keep?", { name, who: other.who });
  } else if (deleter.own) {
    said = _("You deleted %(name)s and changed it on another phone. Delete or keep?", { name });
  } else if (other.own) {
    said = _("%(who)s deleted %(name)s while you changed it. Restore it with your change, or leave it deleted?", {
      name,
      who: deleter.who,
    });
  }
  return {
    question: row.resolution ? _("This has been decided") : said,
    was: _("Until you choose, nothing is lost."),
  };
}

/** @param {any} value @returns {boolean} the record as a whole was not to be any more */
function isDeletion(value) {
  return value === null || value?.deleted === true;
}

/** @param {Context} context @param {Case} found */
function choices(context, { row, tree, both }) {
  const chosen = context.form?.get("resolution") ?? "";
  const own = both.mine.own && both.theirs.own;
  const late = Date.parse(row.created_at) - Date.parse(row.author_at) > OFFLINE_MS && !row.author_at_about;
  return [
    {
      value: "mine",
      text: sideText(context, row, row.mine, tree),
      sub: byline(context, both.mine, { both: own, offline: late }),
      checked: chosen === "mine",
    },
    {
      value: "theirs",
      text: sideText(context, row, row.theirs, tree),
      sub: byline(context, both.theirs, { both: own, offline: false }),
      checked: chosen === "theirs",
    },
  ];
}

/**
 * @param {Context} context
 * @param {Row} row
 * @param {any} value
 * @param {Tree | null} tree
 * @returns {string} what a side wants
 */
function sideText(context, row, value, tree) {
  const { _ } = context;
  if (row.field) return shownValue(context, row.record_kind, row.field, value, tree);
  const gone = isDeletion(row.theirs); // the record is deleted already, or still there
  if (isDeletion(value)) return gone ? _("Leave it deleted") : _("Delete it");
  const words = changesIn(value)
    .filter(({ kind, name }) => (fieldsOf(kind ?? row.record_kind)[name]?.type ?? "ref") !== "ref")
    .slice(0, 3)
    .map(({ kind, name, now }) =>
      _("%(field)s: %(value)s", {
        field: _(labelOf(kind ?? row.record_kind, name)),
        value: shownValue(context, kind ?? row.record_kind, name, now, tree),
      }),
    );
  const changes = say.joined(context, words);
  if (gone) return changes ? _("Restore it, with %(changes)s", { changes }) : _("Restore it");
  return changes ? _("Keep it, with %(changes)s", { changes }) : _("Keep it");
}

/**
 * What was changed in a record that somebody deleted: an edit, or what the server saw happen.
 * @param {any} value
 * @returns {{kind?: string, name: string, now: any}[]}
 */
function changesIn(value) {
  const own = Object.entries(value.set ?? {}).map(([name, now]) => ({ name, now }));
  const seen = (value.changed ?? []).flatMap((/** @type {any} */ { kind, fields }) =>
    Object.entries(fields ?? {}).map(([name, now]) => ({ kind, name, now })),
  );
  return [...own, ...seen];
}

/**
 * @param {Context} context
 * @param {Row} row
 * @param {string} text of the choice
 * @param {any} value
 * @returns {string} 留下 …8812: what the button does
 */
function keepText(context, row, text, value) {
  const { _ } = context;
  if (!row.field) return say.cut(text, 16);
  const short = specOf(row).check === "mobile" && value ? `…${last4(value)}` : say.cut(text, 12);
  return _("Keep %(value)s", { value: inset(context, short) });
}

/** @param {Context} context @param {Case} found @param {Record<string, string>} errors */
function otherField(context, { row, tree }, errors) {
  const { _, form } = context;
  const name = row.field.split(".")[0];
  const typed = form ? new URLSearchParams(form.getAll("value").map((each) => [name, each])) : null;
  const filled = { row: null, typed, errors: errors.value ? { [name]: errors.value } : {} };
  const more = specOf(row).type === "party" && tree ? { options: people(context, tree, form?.get("value") ?? "") } : {};
  const made = field(context, row.record_kind, name, filled, { id: "value", label: _("It should be"), ...more });
  return { ...made, name: "value", required: false };
}

/**
 * @param {Context} context
 * @param {Row} row
 * @returns {Promise<string>} the other fields of the same edit, which nobody disagreed about
 */
async function mergedWith(context, row) {
  const { store, _ } = context;
  if (!row.field || row.resolution) return "";
  const { received } = await store.outbox();
  const edit = received.find(({ id, op, at }) => op === "update" && id === row.record_id && at === row.author_at);
  const open = (await store.conflicts()).filter(({ record_id }) => record_id === row.record_id);
  const disputed = open.map((each) => each.field);
  const names = Object.keys(edit?.set ?? {}).filter(
    (name) => name in fieldsOf(row.record_kind) && !disputed.includes(name),
  );
  return say.listed(
    context,
    names.map((name) => _(labelOf(row.record_kind, name))),
  );
}

/**
 * @param {Context} context
 * @param {Row} row
 * @returns {Promise<boolean>} a choice was made already, without knowing the newest value of the other side
 */
async function wasOvertaken({ store }, row) {
  const { received } = await store.outbox();
  return received.some(({ kind, id, verdict }) => kind === "conflict" && id === row.id && verdict === "conflict");
}

/** @param {Context} context @param {Case} found what happened, newest first */
function history(context, found) {
  const { _ } = context;
  const { row, tree, both } = found;
  const own = both.mine.own && both.theirs.own;
  /** @type {(icon: string, at: string, title: string, text: string) => any} */
  const entry = (icon, at, title, text) => ({
    at,
    icon,
    title,
    when: at ? say.moment(context, at) : "",
    text,
    has_text: true,
    href: "",
    has_href: false,
  });
  const who = (/** @type {Side} */ side) => byline(context, { ...side, at: "" }, { both: own, offline: false });
  const events = [
    entry("pencil", row.author_at, who(both.mine), sideText(context, row, row.mine, tree)),
    entry("pencil", row.theirs_at ?? "", who(both.theirs), sideText(context, row, row.theirs, tree)),
    entry("git-fork", row.created_at, _("Both reached the server"), _("Both values were kept.")),
  ].sort((one, other) => (one.at > other.at ? -1 : 1));
  if (!row.resolution) return events;
  return [entry("circle-check", row.resolved_at ?? "", _("Decided"), settledBy(context, found)), ...events];
}

/** @param {Context} context @param {Case} found */
function settledBy(context, { row, tree }) {
  const { _, agent } = context;
  const who = !row.resolved_by || row.resolved_by === agent.id ? _("You") : row.resolved_name || _("Somebody");
  const value = { mine: row.mine, theirs: row.theirs, other: row.value }[/** @type {"mine"} */ (row.resolution)];
  return _("%(who)s chose: %(value)s", { who, value: sideText(context, row, value, tree) });
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function resolve(context) {
  const { _, store, params, form } = context;
  const row = await store.get("conflict", params.id);
  if (!row) return notFound();
  const resolution = form?.get("resolution") ?? "";
  if (!["mine", "theirs", "other"].includes(resolution)) return one(context, row, { resolution: CHOOSE });
  // News came in while the page was open: what was chosen may not be what was meant.
  if (Number(form?.get("_ver") ?? row.theirs_ver) < (row.theirs_ver ?? 0)) {
    return redirect(`/conflicts/${row.id}`, { toast: _("The other value has changed meanwhile. Please look again.") });
  }
  /** @type {Record<string, any>} */
  const set = { resolution };
  if (resolution === "other") {
    const { value, fault } = await otherValue(context, row);
    if (fault) return one(context, row, { value: fault });
    set.value = value;
  }
  await store.commit([{ op: "update", kind: "conflict", id: row.id, set }], { label: _("Decided") });
  const left = (await store.conflicts()).filter(({ id }) => id !== row.id);
  return redirect(left.length ? `/conflicts/${left[0].id}` : "/conflicts", { toast: _("Decided") });
}

/**
 * A third value, judged like any that is typed into the record's own form.
 * @param {Context} context
 * @param {Row} row
 */
async function otherValue(context, row) {
  const spec = specOf(row);
  const typed = read(spec, /** @type {URLSearchParams} */ (context.form).getAll("value"));
  const value = typeof typed === "string" ? tidied(spec, typed) : typed;
  if (value === null) return { value, fault: NOTHING };
  const fault = faultOf(spec, value);
  return { value, fault: fault ?? (await rowFault(context, row, value)) };
}

/** @param {Context} context @param {Row} row @param {any} value @returns {Promise<string | null>} */
async function rowFault(context, { record_kind: kind, record_id: id, field: name, tree_id }, value) {
  const tree = tree_id ? await context.store.tree(tree_id) : null;
  const list = LISTS[/** @type {"relative"} */ (kind)];
  const record =
    kind === "customer"
      ? tree?.customer
      : /** @type {any} */ (tree)?.[list]?.find((/** @type {Row} */ each) => each.id === id);
  if (!record) return null;
  const after = { ...record, [name]: value };
  return first(rowFaults(kind, after, record, await lookup(context, tree, after)))[name] ?? null;
}
