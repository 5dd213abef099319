// /conflicts: two people changed the same thing, and a person decides.

import { faultOf, tidied } from "../../domain/rules.js";
import { byline, question, shownValue, sides, specOf, subject, title } from "../disputes.js";
import { field } from "../fields.js";
import { read } from "../forms.js";
import { FIELDS, msgid } from "../labels.js";
import { notFound, page, redirect } from "../router.js";
import * as say from "../say.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../../store/index.js").Row} Row
 * @typedef {import("../../store/index.js").Tree} Tree
 */

const CHOOSE = msgid("Choose one of them.");
/** An edit that reached the server so much later was made without a network. */
const OFFLINE_MS = 120_000;

/** @param {Context} context @returns {Promise<Reply>} */
export async function index(context) {
  const { _, ngettext, store } = context;
  const rows = await store.list("conflict");
  const open = rows.filter((row) => !row.resolution);
  const settled = rows
    .filter((row) => row.resolution)
    .sort((a, b) => ((a.resolved_at ?? "") > (b.resolved_at ?? "") ? -1 : 1));
  return page(
    "conflicts/index.html",
    {
      title: open.length
        ? ngettext("%(n)s thing to decide", "%(n)s things to decide", open.length)
        : _("Nothing to decide"),
      open: await lines(context, open),
      has_open: open.length > 0,
      settled: await lines(context, settled.slice(0, 20)),
      has_settled: settled.length > 0,
    },
    { tab: "me" },
  );
}

/** @param {Context} context @param {Row[]} rows */
async function lines(context, rows) {
  const made = [];
  for (const row of rows) {
    const tree = await treeOf(context, row);
    const { mine, theirs } = sides(context, row);
    made.push({
      href: `/conflicts/${row.id}`,
      text: title(context, row, tree),
      sub: row.resolution
        ? settledBy(context, row)
        : say.listed(context, [mine.who, theirs.who === mine.who ? theirs.label : theirs.who]),
    });
  }
  return made;
}

/**
 * @param {Context} context
 * @param {Row} row
 * @returns {Promise<Tree | null>}
 */
async function treeOf({ store }, row) {
  const id = row.tree_id ?? (row.record_kind === "customer" ? row.record_id : null);
  return id ? store.tree(id) : null;
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function show(context) {
  const row = await context.store.get("conflict", context.params.id);
  return row ? one(context, row, {}) : notFound();
}

/**
 * @param {Context} context
 * @param {Row} row
 * @param {Record<string, string>} errors
 * @returns {Promise<Reply>}
 */
async function one(context, row, errors) {
  const { _ } = context;
  const tree = await treeOf(context, row);
  const both = sides(context, row);
  const spec = specOf(row);
  return page(
    "conflicts/show.html",
    {
      title: title(context, row, tree),
      ...(row.field ? aboutField(context, row, tree, both) : aboutRecord(context, row, tree, both)),
      has_customer: tree !== null,
      customer_href: tree ? `/customers/${tree.customer.id}` : "",
      customer_text: tree?.customer.name ?? "",
      action: `/conflicts/${row.id}/resolutions`,
      draft_key: `conflict:${row.id}`,
      is_open: !row.resolution,
      has_error: "resolution" in errors,
      error: errors.resolution ? _(errors.resolution) : "",
      choices: choices(context, row, tree, both),
      has_other: row.field !== null && simple(spec),
      other_is_chosen: context.form?.get("resolution") === "other",
      other: row.field !== null ? otherField(context, row, errors) : field(context, "customer", "value", { row: null }),
      history: history(context, row, tree, both),
      settled_text: row.resolution ? settledBy(context, row) : "",
    },
    { status: Object.keys(errors).length ? 422 : 200 },
  );
}

/** @param {any} spec @returns {boolean} one control can hold it */
function simple(spec) {
  return spec !== null && !["party", "beneficiaries", "map", "list", "ref", "any"].includes(spec.type);
}

/** @param {Context} context @param {Row} row @param {Tree | null} tree @param {any} both */
function aboutField(context, row, tree, both) {
  const { _ } = context;
  return {
    question: row.resolution ? _("This has been decided") : question(context, both),
    was: _("It was %(value)s. Until you choose, both are kept.", {
      value: shownValue(context, row.record_kind, row.field, row.base, tree),
    }),
  };
}

/**
 * Somebody deleted what somebody else changed.
 * @param {Context} context
 * @param {Row} row
 * @param {Tree | null} tree
 * @param {any} both
 */
function aboutRecord(context, row, tree, { mine, theirs }) {
  const { _ } = context;
  const [deleter, other] = row.mine?.deleted ? [mine, theirs] : [theirs, mine];
  const name = subject(context, row, tree);
  const said = deleter.own
    ? _("You deleted %(name)s, and %(who)s changed it meanwhile. Delete or keep?", { name, who: other.who })
    : _("%(who)s deleted %(name)s, which was changed meanwhile. Delete or keep?", { name, who: deleter.who });
  return {
    question: row.resolution ? _("This has been decided") : said,
    was: _("Until you choose, nothing is lost."),
  };
}

/** @param {Context} context @param {Row} row @param {Tree | null} tree @param {any} both */
function choices(context, row, tree, both) {
  const chosen = context.form?.get("resolution") ?? "";
  const offline = Date.parse(row.created_at) - Date.parse(row.author_at) > OFFLINE_MS;
  const own = { both: both.mine.own && both.theirs.own };
  return [
    {
      value: "mine",
      text: sideText(context, row, row.mine, tree),
      sub: byline(context, both.mine, { ...own, offline: offline && !row.author_at_about }),
      checked: chosen === "mine",
    },
    {
      value: "theirs",
      text: sideText(context, row, row.theirs, tree),
      sub: byline(context, both.theirs, { ...own, offline: false }),
      checked: chosen === "theirs",
    },
  ];
}

/**
 * @param {Context} context
 * @param {Row} row
 * @param {any} value
 * @param {Tree | null} tree
 */
function sideText(context, row, value, tree) {
  const { _ } = context;
  if (row.field) return shownValue(context, row.record_kind, row.field, value, tree);
  if (value === null || value?.deleted) return _("Delete");
  const set = value.set ?? Object.assign({}, ...(value.changed ?? []).map((/** @type {any} */ each) => each.fields));
  const said = Object.entries(set)
    .filter(([name]) => name in FIELDS)
    .slice(0, 3);
  const words = said.map(([name, now]) =>
    _("%(field)s: %(value)s", {
      field: _(FIELDS[name]),
      value: shownValue(context, kindOf(row, value, name), name, now, tree),
    }),
  );
  return words.length ? _("Keep, with %(changes)s", { changes: say.joined(context, words) }) : _("Keep");
}

/** @param {Row} row @param {any} value @param {string} name */
function kindOf(row, value, name) {
  const changed = (value.changed ?? []).find((/** @type {any} */ each) => name in (each.fields ?? {}));
  return changed?.kind ?? row.record_kind;
}

/** @param {Context} context @param {Row} row @param {Record<string, string>} errors */
function otherField(context, row, errors) {
  const { _ } = context;
  const name = row.field.split(".")[0];
  const typed = context.form ? new URLSearchParams(context.form.getAll("value").map((one) => [name, one])) : null;
  const made = field(
    context,
    row.record_kind,
    name,
    { row: null, typed, errors: errors.value ? { [name]: errors.value } : {} },
    {
      id: "value",
      label: _("Neither; it is"),
    },
  );
  return { ...made, name: "value", required: false };
}

/** @param {Context} context @param {Row} row @param {Tree | null} tree @param {any} both */
function history(context, row, tree, both) {
  const { _ } = context;
  /** @type {(icon: string, who: string, at: string, text: string) => any} */
  const entry = (icon, who, at, text) => ({
    icon,
    title: who,
    when: at ? say.moment(context, at) : "",
    text,
    has_text: true,
    href: "",
    has_href: false,
  });
  const found = [
    { at: row.author_at, made: entry("pencil", both.mine.who, row.author_at, sideText(context, row, row.mine, tree)) },
    {
      at: row.theirs_at ?? "",
      made: entry("pencil", both.theirs.who, row.theirs_at ?? "", sideText(context, row, row.theirs, tree)),
    },
    {
      at: row.created_at,
      made: entry("git-fork", _("Both reached the server"), row.created_at, _("Both values were kept.")),
    },
  ].sort((a, b) => (a.at > b.at ? -1 : 1));
  const settled = row.resolution
    ? [entry("circle-check", _("Decided"), row.resolved_at ?? "", settledBy(context, row))]
    : [];
  return [...settled, ...found.map(({ made }) => made)];
}

/** @param {Context} context @param {Row} row */
function settledBy(context, row) {
  const { _, agent } = context;
  const who = !row.resolved_by || row.resolved_by === agent.id ? _("You") : row.resolved_name || _("Somebody");
  const value = { mine: row.mine, theirs: row.theirs, other: row.value }[/** @type {"mine"} */ (row.resolution)];
  return _("%(who)s kept: %(value)s", { who, value: sideText(context, row, value, null) });
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function resolve(context) {
  const { _, store, params, form } = context;
  const row = await store.get("conflict", params.id);
  if (!row) return notFound();
  const resolution = form?.get("resolution") ?? "";
  if (!["mine", "theirs", "other"].includes(resolution)) return one(context, row, { resolution: CHOOSE });
  /** @type {Record<string, any>} */
  const set = { resolution };
  if (resolution === "other") {
    const { value, fault } = otherValue(row, /** @type {URLSearchParams} */ (form));
    if (fault) return one(context, row, { value: fault });
    set.value = value;
  }
  await store.commit([{ op: "update", kind: "conflict", id: row.id, set }], { label: _("Decided") });
  const left = (await store.conflicts()).filter(({ id }) => id !== row.id);
  return redirect(left.length ? `/conflicts/${left[0].id}` : "/conflicts", { toast: _("Decided") });
}

/** @param {Row} row @param {URLSearchParams} form */
function otherValue(row, form) {
  const spec = specOf(row);
  const value = read(spec, form.getAll("value"));
  const tidy = typeof value === "string" ? tidied(spec, value) : value;
  return { value: tidy, fault: tidy === null ? null : faultOf(spec, tidy) };
}
