// /today: whom to see, call or write today. People, not numbers; overdue first, then time.

import { addDays, daysBetween, instantAt } from "../../domain/dates.js";
import { graceEnd } from "../../domain/policy.js";
import { title as conflictTitle } from "../disputes.js";
import { eviction } from "../eviction.js";
import { kin } from "../family.js";
import { word } from "../labels.js";
import * as people from "../people.js";
import { page } from "../router.js";
import * as say from "../say.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../../store/search-lines.js").Line} Line
 * @typedef {import("../../store/search-lines.js").Due} Due
 *
 * @typedef {object} Reason why somebody stands on the list
 * @property {string} key what it is sorted by
 * @property {boolean} overdue
 * @property {Record<string, any>} row what <person> prints of it
 * @property {string} text the whole in one phrase, for when it is the second reason
 */

const BIRTHDAY_DAYS = 7;
const DUE_DAYS = 30;
/** After the days of grace, and after the end of yearly cover, one more month: then it is the card's business. */
const SUSPENDED_DAYS = 90;
const EXPIRED_DAYS = 30;
const QUIET_DAYS = 90;
const MOST = 40;

/** @param {Context} context @returns {Promise<Reply>} */
export async function index(context) {
  const { _, ngettext, store, status, today } = context;
  const book = await store.book();
  const next = nextVisit(context, book);
  const span = spanOf(today);
  const all = book.flatMap((line) => rowOf(context, span, line, next?.line.id ?? ""));
  all.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const overdue = all.filter((one) => one.overdue);
  const coming = all.filter((one) => !one.overdue);
  const conflicts = (await store.conflicts()).slice(0, 3);
  return page(
    "today/index.html",
    {
      under: say.joined(context, [
        _("%(weekday)s %(date)s", { date: say.day(context, today), weekday: say.weekdayOf(context, today) }),
        say.lunar(context, today),
      ]),
      ...eviction(context),
      has_look: conflicts.length > 0 || status.refused > 0,
      conflicts: await Promise.all(conflicts.map((row) => conflictLine(context, row))),
      has_refused: status.refused > 0,
      refused_text: ngettext("%(n)s entry was sent back", "%(n)s entries were sent back", status.refused),
      has_overdue: overdue.length > 0,
      overdue_text: ngettext("%(n)s person overdue", "%(n)s people overdue", overdue.length),
      overdue: overdue.slice(0, MOST).map(({ row }) => row),
      has_card: next !== null,
      card: next ? await visitCard(context, next) : NO_CARD,
      has_coming: coming.length > 0,
      coming: coming.slice(0, MOST).map(({ row }) => row),
      has_more: coming.length > MOST,
      more_text: ngettext(
        "%(n)s more are due in 30 days",
        "%(n)s more are due in 30 days",
        Math.max(1, coming.length - MOST),
      ),
      has_nobody: all.length === 0 && next === null,
      has_book: book.length > 0,
      quiet_text: ngettext(
        "%(n)s customer has not heard from you for a while.",
        "%(n)s customers have not heard from you for a while.",
        book.filter(({ last_contact }) => !last_contact || last_contact < span.quiet).length,
      ),
      has_waiting: status.waiting > 0,
      waiting_text: ngettext("%(n)s entry waits to be sent", "%(n)s entries wait to be sent", status.waiting),
      waiting_sub: status.last_synced_at
        ? _("Last synced %(when)s.", { when: say.moment(context, status.last_synced_at) })
        : _("Not synced yet."),
    },
    { tab: "today" },
  );
}

/**
 * Where the days of the list begin and end, worked out once: ten thousand lines are then only compared with texts.
 * @param {string} today
 */
function spanOf(today) {
  return {
    /** @type {Record<Due["what"], string>} since when a due date counts */
    dueFrom: { payment: addDays(today, -SUSPENDED_DAYS), expiry: addDays(today, -EXPIRED_DAYS) },
    dueTo: addDays(today, DUE_DAYS),
    birthdayTo: addDays(today, BIRTHDAY_DAYS),
    /** before this instant a last contact is long ago */
    quiet: instantAt(addDays(today, -QUIET_DAYS), "00:00"),
    begin: instantAt(today, "00:00"),
    end: instantAt(addDays(today, 1), "00:00"),
  };
}

/** @typedef {ReturnType<typeof spanOf>} Span */

/** @param {Context} context @param {any} row */
async function conflictLine(context, row) {
  const tree = row.tree_id ? await context.store.tree(row.tree_id) : null;
  return {
    href: `/conflicts/${row.id}`,
    text: conflictTitle(context, row, tree),
    sub: context._("changed in two places; please choose"),
  };
}

// ---- the next visit -------------------------------------------------------------------------------------------------

const NO_CARD = {
  time: "",
  what: "",
  href: "",
  initial: "",
  name: "",
  where: "",
  has_where: false,
  note: "",
  has_note: false,
  debrief_href: "",
  map_href: "",
  has_map: false,
};

/**
 * @param {Context} context
 * @param {Line[]} book
 * @returns {{line: Line, visit: NonNullable<Line["next_visit"]>} | null} the first one planned for today
 */
function nextVisit({ today }, book) {
  const { begin, end } = spanOf(today);
  const planned = book
    .filter(({ next_visit: visit }) => visit && visit.at >= begin && visit.at < end)
    .map((line) => ({ line, visit: /** @type {NonNullable<Line["next_visit"]>} */ (line.next_visit) }));
  const visits = planned.sort((a, b) => (a.visit.at < b.visit.at ? -1 : 1));
  return visits.find(({ visit }) => visit.channel === "visit") ?? visits[0] ?? null;
}

/**
 * @param {Context} context
 * @param {{line: Line, visit: NonNullable<Line["next_visit"]>}} next
 */
async function visitCard(context, { line, visit }) {
  const { _, store } = context;
  const tree = await store.tree(line.id);
  const kept = tree?.visits.find(({ id }) => id === visit.id);
  const address = tree?.customer.home_address ?? "";
  const partner = tree?.relatives.find(({ relation }) => relation === "spouse");
  return {
    time: say.time(visit.at),
    what: say.joined(context, [word(context, "channel", visit.channel) || _("Visit"), visit.purpose ?? ""]),
    href: `/customers/${line.id}`,
    initial: say.initial(line.name),
    name: partner ? _("%(one)s and %(other)s", { one: line.name, other: partner.name }) : line.name,
    where: address || (line.city ?? ""),
    has_where: (address || (line.city ?? "")) !== "",
    note: say.cut(kept?.note ?? "", 80),
    has_note: Boolean(kept?.note),
    debrief_href: `/customers/${line.id}/visits/${visit.id}`,
    map_href: `geo:0,0?q=${encodeURIComponent(address)}`,
    has_map: address !== "",
  };
}

// ---- reasons --------------------------------------------------------------------------------------------------------

/**
 * @param {Context} context
 * @param {Span} span
 * @param {Line} line
 * @param {string} shownAbove customer of the card
 * @returns {{key: string, overdue: boolean, row: any}[]} one row at most
 */
function rowOf(context, span, line, shownAbove) {
  const found = [
    ...dueReasons(context, span, line),
    ...visitReasons(context, line, shownAbove),
    ...stepReasons(context, line),
    ...birthdayReasons(context, span, line),
  ];
  if (!found.length) return [];
  found.sort((a, b) => (a.key < b.key ? -1 : 1));
  const [first, second] = found;
  const row = people.row(line, { sub: people.ageOf(context, line), ...first.row });
  if (second && !row.has_second) Object.assign(row, { second: second.text, has_second: true });
  return [{ key: first.key, overdue: first.overdue, row }];
}

/** @param {Context} context @param {Span} span @param {Line} line @returns {Reason[]} */
function dueReasons(context, { dueFrom, dueTo }, line) {
  const due = line.due.filter(({ what, date }) => date >= dueFrom[what] && date <= dueTo);
  return due.map((one) => {
    if (one.date >= context.today) return coming(context, line, one);
    return one.what === "payment" ? overdue(context, line, one) : ended(context, line, one);
  });
}

/** @param {Context} context @param {Due} due @returns {string} */
function premium(context, { premium_fen }) {
  return premium_fen ? context._("premium %(amount)s", { amount: say.money(context, premium_fen) }) : "";
}

/** @param {Context} context @param {string} text @returns {string} what follows the lead, with its comma */
function after({ _ }, text) {
  return text ? _(", %(text)s", { text }) : "";
}

/** @param {Context} context @param {Line} line @param {Due} due @returns {Reason} */
function overdue(context, line, due) {
  const { _, today } = context;
  const grace = graceEnd(due.date);
  const lead = _("due %(ago)s", { ago: say.ago(context, due.date) });
  const second =
    today <= grace ? _("grace until %(day)s", { day: say.day(context, grace) }) : _("suspended since the grace ended");
  return {
    key: `0 ${due.date}`,
    overdue: true,
    row: { tone: "bad", lead, rest: after(context, premium(context, due)), second, action: people.call(context, line) },
    text: lead,
  };
}

/** @param {Context} context @param {Line} line @param {Due} due @returns {Reason} */
function ended(context, line, due) {
  const { _ } = context;
  const lead = _("%(kind)s ended %(ago)s", { kind: people.kindOf(context, due), ago: say.ago(context, due.date) });
  return {
    key: `0 ${due.date}`,
    overdue: true,
    row: { tone: "bad", lead, rest: after(context, premium(context, due)), action: people.call(context, line) },
    text: lead,
  };
}

/** @param {Context} context @param {Line} line @param {Due} due @returns {Reason} */
function coming(context, line, due) {
  const { _, today } = context;
  const when = daysBetween(today, due.date) > 1 ? inDays(context, due.date) : say.near(context, due.date);
  const kind = people.kindOf(context, due);
  const lead =
    due.what === "expiry"
      ? _("%(kind)s ends %(when)s", { kind, when })
      : _("%(kind)s premium due %(when)s", { kind, when });
  return {
    key: `2 ${due.date}`,
    overdue: false,
    row: {
      lead,
      rest: due.what === "expiry" ? "" : after(context, premium(context, due)),
      action: people.call(context, line),
    },
    text: lead,
  };
}

/** @param {Context} context @param {string} date @returns {string} in 14 days / 14 天后 */
function inDays({ ngettext, today }, date) {
  return ngettext("in %(n)s day", "in %(n)s days", daysBetween(today, date));
}

/** @param {Context} context @param {Line} line @param {string} shownAbove @returns {Reason[]} */
function visitReasons(context, line, shownAbove) {
  const { _, today } = context;
  const visit = line.next_visit;
  if (!visit) return [];
  const date = say.dayOf(visit.at);
  const channel = word(context, "channel", visit.channel) || _("Visit");
  const href = `/customers/${line.id}/visits/${visit.id}`;
  if (date < today) {
    const lead = _("%(what)s of %(day)s: not noted yet", { what: channel, day: say.near(context, date) });
    return [
      {
        key: `1 ${visit.at}`,
        overdue: false,
        row: { tone: "warn", lead, action: people.note(context, href) },
        text: lead,
      },
    ];
  }
  if (date > today || line.id === shownAbove) return [];
  const lead = say.time(visit.at);
  const rest = ` ${say.joined(context, [channel, visit.purpose ?? ""])}`;
  const action = visit.channel === "call" ? people.call(context, line) : people.note(context, href);
  return [{ key: `1 ${visit.at}`, overdue: false, row: { tone: "strong", lead, rest, action }, text: lead + rest }];
}

/** @param {Context} context @param {Line} line @returns {Reason[]} what was promised and is due */
function stepReasons(context, line) {
  const { _, today } = context;
  const { next_step: step, next_date: date, next_visit: visit } = line;
  if (visit && say.dayOf(visit.at) >= today) return [];
  if (!step || step === "none" || !date || date > today || daysBetween(date, today) > EXPIRED_DAYS) return [];
  const lead = _("Promised: %(step)s", { step: word(context, "next_step", step) });
  const rest = date < today ? after(context, say.near(context, date)) : "";
  const action =
    step === "call" ? people.call(context, line) : people.note(context, `/customers/${line.id}/visits/new`);
  return [{ key: `1 ${date} 9`, overdue: false, row: { lead, rest, action, mark: "pin" }, text: lead + rest }];
}

/** @param {Context} context @param {Span} span @param {Line} line @returns {Reason[]} */
function birthdayReasons(context, { birthdayTo }, line) {
  const { _, today } = context;
  return line.people.flatMap((person) => {
    const date = people.birthdayOf(person, today);
    if (!date || date > birthdayTo) return [];
    const away = daysBetween(today, date);
    const who =
      person.kind === "customer" ? "" : _("%(name)s (%(kin)s) ", { name: person.name, kin: kin(context, person) });
    const when = away === 0 ? _("birthday today") : _("birthday on %(day)s", { day: say.near(context, date) });
    const moon = people.isLunar(person) ? after(context, _("by the lunar calendar")) : "";
    const last = line.last_contact
      ? _("last contact %(ago)s", { ago: say.ago(context, say.dayOf(line.last_contact)) })
      : "";
    const rest = moon + (away === 0 && !who ? after(context, last) : "");
    const text = away === 0 ? _("Send wishes") : _("Message");
    return [
      {
        key: away === 0 ? `1 ${today}` : `2 ${date}`,
        overdue: false,
        row: {
          tone: away === 0 ? "strong" : "",
          lead: who + when,
          rest,
          mark: "cake",
          action: people.message(context, line, text),
        },
        text: who + when,
      },
    ];
  });
}

// ---- the sheet under ＋ --------------------------------------------------------------------------------------------

/** @param {Context} context @returns {Reply} */
export function add(context) {
  const { _ } = context;
  return page("customers/menu.html", {
    title: _("New"),
    sub: "",
    back_href: "/today",
    links: [
      { href: "/visits/new", icon: "pencil", text: _("Note of a visit or call"), tone: "", has_sub: false, sub: "" },
      { href: "/customers/new", icon: "user-plus", text: _("New customer"), tone: "", has_sub: false, sub: "" },
      { href: "/plans", icon: "file-text", text: _("Plans and proposals"), tone: "", has_sub: false, sub: "" },
    ],
    sends: [],
  });
}
