// /customers: the list, its filters, the search.

import { addDays, instantAt } from "../../domain/dates.js";
import { search } from "../../domain/search.js";
import * as people from "../people.js";
import { fragment, page } from "../router.js";
import * as say from "../say.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../../store/search-lines.js").Line} Line
 */

const PAGE = 50;
const MOST = 10_000;
const DUE_DAYS = 30;
const QUIET_DAYS = 90;

/**
 * What each filter lets through. Its days are worked out once: ten thousand lines are then only compared with texts.
 * @param {string} today
 * @returns {[string, (line: Line) => boolean][]}
 */
function filters(today) {
  const last = addDays(today, DUE_DAYS);
  const quiet = instantAt(addDays(today, -QUIET_DAYS), "00:00");
  return [
    ["all", () => true],
    ["family", (line) => line.family.length > 0],
    ["due", (line) => line.due.some(({ date }) => date >= today && date <= last)],
    ["quiet", (line) => !line.last_contact || line.last_contact < quiet],
    ["potential", (line) => line.stage === "potential"],
  ];
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function index(context) {
  const { query, store, htmx } = context;
  const book = await store.book();
  const found = await looked(context, book);
  const after = Number(query.get("after")) || 0;
  if (htmx && after) return fragment("customers/rows.html", rows(context, found, after));
  const model = { ...results(context, found, book.length), ...rows(context, found, after) };
  if (htmx) return fragment("customers/results.html", model);
  const wants_focus = query.has("search");
  return page("customers/index.html", { ...model, wants_focus }, { tab: "customers" });
}

/**
 * @typedef {{q: string, filter: string, lines: Line[], fits: Line[], marks: Map<string, any>, policies: any[],
 *   hears: boolean}} Found
 *   fits: what the query finds; lines: those of them that the filter lets through; hears: letters find names
 */

/**
 * @param {Context} context
 * @param {Line[]} book
 * @returns {Promise<Found>}
 */
async function looked({ query, store, today }, book) {
  const q = (query.get("q") ?? "").trim();
  const hears = !/[a-z]/i.test(q) || (await store.hear());
  const known = new Map(filters(today));
  const asked = query.get("filter") ?? "all";
  const filter = known.has(asked) ? asked : "all";
  const { hits, policies } = q ? search(book, q, { limit: MOST }) : { hits: [], policies: [] };
  const marks = new Map(hits.map((hit) => [hit.id, hit]));
  const byId = q ? new Map(book.map((line) => [line.id, line])) : new Map();
  const fits = q ? hits.map(({ id }) => /** @type {Line} */ (byId.get(id))) : book;
  const lets = /** @type {(line: Line) => boolean} */ (known.get(filter));
  return { q, filter, fits, lines: fits.filter(lets), marks, policies, hears };
}

/**
 * @param {Context} context
 * @param {Found} found
 * @param {number} total
 */
function results(context, found, total) {
  const { q, filter, fits, lines, policies } = found;
  const { _, ngettext, today } = context;
  /** @type {Record<string, string>} */
  const names = {
    all: _("All"),
    family: _("Families"),
    due: _("Due in 30 days"),
    quiet: _("Long not in touch"),
    potential: _("Potential"),
  };
  return {
    q,
    has_q: q !== "",
    filter,
    has_book: total > 0,
    has_filters: total > 0,
    filters: filters(today).map(([name, lets]) => ({
      href: address({ q, filter: name }),
      text: _("%(name)s %(n)s", { name: names[name], n: fits.filter(lets).length }),
      is_chosen: name === filter,
    })),
    heading: ngettext("%(n)s customer", "%(n)s customers", lines.length),
    total_text: lines.length < total ? ngettext("of %(n)s", "of %(n)s", total) : _("A to Z"),
    none_text: nobody(context, found),
    policies: policies.slice(0, 3).map((one) => policyHit(context, one, q)),
    create_href: q && /[^\x00-\x7f]/.test(q) ? `/customers/new?name=${encodeURIComponent(q)}` : "/customers/new",
    create_text: q && /[^\x00-\x7f]/.test(q) ? _("New customer “%(name)s”", { name: q }) : _("New customer"),
  };
}

/** @param {Context} context @param {Found} found */
function nobody({ _ }, { q, hears }) {
  if (!q) return _("Nobody here at the moment.");
  if (hears) return _("Nobody found for “%(q)s”.", { q });
  return _("Nobody found for “%(q)s”. Names are found by their characters until the next sync.", { q });
}

/** @param {Record<string, string | number>} parameters */
function address(parameters) {
  const wanted = Object.entries(parameters).filter(([, value]) => value !== "" && value !== "all");
  const query = new URLSearchParams(wanted.map(([name, value]) => [name, String(value)])).toString();
  return query ? `/customers?${query}` : "/customers";
}

/**
 * @param {Context} context
 * @param {any} policy
 * @param {string} q
 */
function policyHit(context, { id, customer_id, number, product, name }, q) {
  const at = number.toLowerCase().indexOf(q.toLowerCase().replaceAll(/\s/g, ""));
  return {
    href: `/customers/${customer_id}/policies/${id}`,
    number_parts: at < 0 ? [{ text: number, marked: false }] : cutOut(number, at, q.replaceAll(/\s/g, "").length),
    sub: say.joined(context, [name, product ?? ""]),
  };
}

/** @param {string} text @param {number} at @param {number} length */
function cutOut(text, at, length) {
  return [
    { text: text.slice(0, at), marked: false },
    { text: text.slice(at, at + length), marked: true },
    { text: text.slice(at + length), marked: false },
  ].filter(({ text: part }) => part !== "");
}

/**
 * @param {Context} context
 * @param {Found} found
 * @param {number} after
 */
function rows(context, { q, filter, lines, marks }, after) {
  const { _ } = context;
  const shown = lines.slice(after, after + PAGE);
  const next = after + shown.length;
  let letter = after ? letterOf(lines[after - 1]) : "";
  const list = shown.map((line) => {
    const own = letterOf(line);
    const has_letter = q === "" && own !== letter;
    letter = own;
    return people.row(line, { ...listed(context, line, marks.get(line.id)), has_letter, letter: own });
  });
  return {
    rows: list,
    has_rows: list.length > 0,
    has_more: next < lines.length,
    more_href: address({ q, filter, after: next }),
    more_text: _("Show more"),
  };
}

/** @param {Line} line */
function letterOf({ keys }) {
  const first = (keys[0] ?? "").charAt(0).toUpperCase();
  return /[A-Z]/.test(first) ? first : "#";
}

/**
 * @param {Context} context
 * @param {Line} line
 * @param {{marks: [number, number][], why: {field: string, text: string} | null} | undefined} hit
 */
function listed(context, line, hit) {
  const { _, ngettext } = context;
  const family = line.family.length ? ngettext("family of %(n)s", "family of %(n)s", line.family.length + 1) : "";
  const about = say.joined(context, [family, line.city ?? "", line.employer ?? ""]);
  return {
    ...(hit ? { name_parts: people.parts(line.name, hit.marks) } : {}),
    sub: people.ageOf(context, line),
    tags: line.stage === "potential" ? [{ text: _("Potential"), tone: "" }] : [],
    lead: hit?.why ? reason(context, hit.why) : about || last(context, line),
    ...nextFor(context, line),
  };
}

/** @param {Context} context @param {Line} line */
function last(context, line) {
  return line.last_contact
    ? context._("Last contact %(ago)s", { ago: say.ago(context, say.dayOf(line.last_contact)) })
    : context._("No contact yet");
}

/** @param {Context} context @param {{field: string, text: string}} why */
function reason({ _ }, { field: name, text }) {
  if (name === "mobile") return _("Phone %(text)s", { text: say.phone(text) });
  if (name === "plate") return _("Plate %(text)s", { text });
  if (name === "policy") return _("Policy %(text)s", { text });
  if (name === "family") return _("Family: %(text)s", { text });
  return text;
}

/**
 * What comes next with this customer, at the right: a date and a word.
 * @param {Context} context
 * @param {Line} line
 */
function nextFor(context, line) {
  const { _, today } = context;
  const due = line.due.find(({ date }) => date >= today);
  const visit = line.next_visit && say.dayOf(line.next_visit.at) >= today ? line.next_visit : null;
  if (visit && (!due || say.dayOf(visit.at) <= due.date)) {
    return { meta_day: say.capital(say.near(context, say.dayOf(visit.at))), meta_text: _("planned") };
  }
  if (due) {
    const what = due.what === "expiry" ? _("%(kind)s ends", { kind: people.kindOf(context, due) }) : _("premium");
    return { meta_day: say.capital(say.near(context, due.date)), meta_text: what };
  }
  const own = line.people.find((one) => one.id === line.id);
  const birthday = own ? people.birthdayOf(own, today) : null;
  return birthday ? { meta_day: say.capital(say.near(context, birthday)), meta_text: _("birthday") } : {};
}

/** @param {Context} context @returns {Reply} what else can be done with the list */
export function more(context) {
  const { _ } = context;
  return page("customers/menu.html", {
    title: _("Customers"),
    sub: "",
    back_href: "/customers",
    links: [
      { href: "/customers/new", icon: "user-plus", text: _("New customer"), tone: "", has_sub: false, sub: "" },
      {
        href: "/imports",
        icon: "file-import",
        text: _("Import from a table or an address book"),
        tone: "",
        has_sub: true,
        sub: _("needs a network"),
      },
    ],
    sends: [{ action: "/exports", icon: "file-export", text: _("Export my customers"), sub: _("needs a network") }],
  });
}
