// /analyses/<id>: the report. The whole family, each member, every figure down to what it is made of.

import { namedLines } from "../../domain/gap.js";
import { age } from "../../domain/dates.js";
import { valuesOf } from "../../domain/household.js";
import { setSetting } from "../../store/device.js";
import { inLanguage, titleOf } from "../asking.js";
import { msgid, word } from "../labels.js";
import { lineOf, movable, nameOf, paperOf, personOf, reportOf, shown } from "../report.js";
import { notFound, page, redirect } from "../router.js";
import * as say from "../say.js";
import { hasPin } from "./me.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {Record<string, any>} Facts
 * @typedef {import("../report.js").Report} Report
 * @typedef {{member: string, line: Facts}} Owned a line and whose it is
 */

/** @type {Record<string, string>} */
const ICONS = {
  ci: "heartbeat",
  medical: "first-aid-kit",
  accident: "bandage",
  disability: "user-off",
  education: "school",
  retirement: "beach",
  home: "home",
  car: "car",
};
/** Lines whose gaps add up to what a family must put aside; other gaps are never added: one person dies, not all. */
const SUMMED = ["education", "retirement"];
/** @type {Record<string, string>} */
const NOTES = {
  loan_insured: msgid("A loan that is insured is not counted."),
  policy_lapsed: msgid("A policy of %(name)s has ended and is not counted."),
  policy_expired: msgid("A policy of %(name)s has run out and is not counted."),
  policy_waiting: msgid("A policy of %(name)s is still in its waiting period and is not counted."),
  group_cover: msgid("Cover of %(name)s through the employer ends with the job."),
  medical_twice: msgid("%(name)s has two medical policies; costs are repaid only once."),
  children_withheld: msgid(
    "Children under 14 are left out, as their guardian did not agree: the family may need more.",
  ),
};
const DIFFERS = msgid("The server works this out differently. Please tell your office.");
const NOT_CONSIDERED = msgid("Not considered: inheritance tax, rising house prices, inflation of medical costs.");
const DISCLAIMER = msgid("This is an analysis of needs. It is no insurance contract and promises no return.");
const GONE = msgid("This analysis is not finished yet.");

/** @param {Context} context @returns {Promise<Reply>} */
export async function show(context) {
  const report = await reportOf(context);
  if (!report) return unfinished(context);
  const tree = await context.store.tree(report.row.customer_id);
  if (!tree) return notFound();
  const { customer } = tree;
  const member = memberIn(context, report);
  const { row } = report;
  const at = `/analyses/${row.id}`;
  return page("analyses/report.html", {
    ...body(context, report, member, at),
    back_href: `/customers/${customer.id}/analyses`,
    back_text: customer.name,
    show_action: `${at}/showings`,
    member: member?.id ?? "",
    answers_href: `${at}/review`,
    plan_action: `${at}/plans`,
    plans_href: `/plans?customer=${customer.id}`,
    ...plansOf(
      context,
      tree.proposals.filter((one) => one.analysis_id === row.id),
    ),
    ...(await paperOf(context, row)),
    can_edit: !row.shared_at,
    changes_href: `${at}/changes`,
    has_changes: Boolean(row.follows),
    has_pin: hasPin(context),
  });
}

/** @param {Context} context @param {Facts[]} proposals made from this analysis */
function plansOf({ ngettext }, proposals) {
  const n = proposals.length;
  return {
    has_plans: n > 0,
    plans_text: ngettext("%(n)s proposal from this analysis", "%(n)s proposals from this analysis", n),
  };
}

/** @param {Context} context @param {Report} report @returns {Facts | undefined} whom the address asks for */
function memberIn({ query }, { result }) {
  return result.members.find((/** @type {Facts} */ one) => one.id === query.get("member"));
}

/** @param {Context} context @returns {Promise<Reply>} */
async function unfinished({ store, params, _ }) {
  const row = await store.get("analysis", params.id);
  if (!row) return notFound();
  return redirect(`/customers/${row.customer_id}/analyses`, { toast: _(GONE) });
}

/**
 * What agent and customer both see.
 * @param {Context} context
 * @param {Report} report
 * @param {Facts | undefined} member
 * @param {string} at address of this view of the report
 */
function body(context, report, member, at) {
  const { _, ngettext } = context;
  const { row, result, moved } = report;
  const lines = member
    ? member.lines.map((/** @type {Facts} */ line) => memberLine(context, report, { member: member.id, line }))
    : familyLines(context, report, at);
  const short = lines.filter((/** @type {any} */ line) => !line.enough);
  const ranges = member ? rangesOf(context, report, member) : [];
  const assumed = assumedOf(context, report);
  const notes = [
    ...(row.agrees === false ? [_(DIFFERS)] : []),
    ...result.notes.map((/** @type {any} */ { code, member: id }) => _(NOTES[code], { name: nameOf(report, id) })),
  ];
  return {
    people: [
      { href: at, text: _("Whole family"), current: !member },
      ...result.members.map((/** @type {Facts} */ { id }) => ({
        href: `${at}?member=${id}`,
        text: nameOf(report, id),
        current: id === member?.id,
      })),
    ],
    title: member ? personIn(context, report, member.id) : shortOf(context, short.length),
    lead: member ? shortOf(context, short.length) : firstOf(context, short[0]),
    lines,
    has_household: !member,
    household_rows: member
      ? []
      : report.row.answers.H02.map((/** @type {Facts} */ one) => atHome(context, report, one, at)),
    has_ranges: ranges.length > 0,
    ranges,
    has_score: !member,
    score_text: _("Score %(n)s of 100", { n: result.score }),
    is_range: namedLines(result).some(([, line]) => line.range_fen),
    assumed_text: ngettext("%(n)s answer is estimated", "%(n)s answers are estimated", assumed.length),
    assumptions_text: assumptionsText(context, report),
    worked_with: [
      assumptionsText(context, report),
      assumed.length ? _("Estimated: %(list)s", { list: say.listed(context, assumed) }) : "",
      _(NOT_CONSIDERED),
    ].filter(Boolean),
    moved_text: ngettext("%(n)s changed by you", "%(n)s changed by you", Object.keys(moved).length),
    has_moved: Object.keys(moved).length > 0,
    notes,
    has_notes: notes.length > 0,
    disclaimer: _(DISCLAIMER),
    made: say.joined(
      context,
      [
        say.day(context, row.made_on),
        row.assumptions,
        row.model,
        context.agent.registration ? _("registration %(n)s", { n: context.agent.registration }) : "",
      ].filter(Boolean),
    ),
  };
}

/** @param {Context} context @param {number} count of lines that lack something */
function shortOf({ _, ngettext }, count) {
  if (!count) return _("Everything here is well covered");
  return ngettext("%(n)s thing is still missing", "%(n)s things are still missing", count);
}

/** @param {Context} context @param {Facts | undefined} line the first in the order of advice that lacks something */
function firstOf({ _ }, line) {
  if (!line) return "";
  return line.who
    ? _("Begin with: %(what)s (%(name)s).", { what: line.text, name: line.who })
    : _("Begin with: %(what)s.", { what: line.text });
}

/** @param {Context} context @param {Report} report @returns {string[]} questions whose answers are estimated */
function assumedOf(context, { result, definitions, row }) {
  const asked = definitions.questionnaire.sections.flatMap((/** @type {any} */ section) => section.questions);
  return result.assumed.flatMap((/** @type {string} */ key) => {
    const [id, of] = key.split(":");
    const question = asked.find((/** @type {any} */ one) => one.id === id);
    const member = (row.answers.H02 ?? []).find((/** @type {any} */ one) => one.id === of) ?? null;
    if (!question || (of && !member)) return [];
    return [titleOf(context, { key, question, section: "", member }).replace(/[？?]$/, "")];
  });
}

/**
 * One of the household: who it is to the customer, how old, doing what.
 * @param {Context} context
 * @param {Report} report
 * @param {Facts} person
 * @param {string} at
 */
function atHome(context, report, { id, name, relation }, at) {
  const { _ } = context;
  const { questionnaire } = report.definitions;
  const work = questionnaire.sections
    .flatMap((/** @type {any} */ section) => section.questions)
    .find((/** @type {any} */ question) => question.id === "M01")
    ?.options.find((/** @type {any} */ option) => option.code === report.row.answers[`M01:${id}`]);
  const said = [
    relation === "self" ? _("Customer") : word(context, "relation", relation),
    yearsOf(context, report, id),
    work ? inLanguage(context, work) : "",
  ];
  return { href: `${at}?member=${id}`, text: name, sub: say.joined(context, said.filter(Boolean)) };
}

/** @param {Context} context @param {Report} report @param {string} id */
function yearsOf({ _ }, report, id) {
  const born = personOf(report, id)?.birth_date;
  return born ? _("%(n)s years old", { n: age(born, report.row.made_on) }) : "";
}

/** @param {Context} context @param {Report} report @param {string} id */
function personIn(context, report, id) {
  return say.joined(context, [nameOf(report, id), yearsOf(context, report, id)].filter(Boolean));
}

/**
 * One line of a member, or of the whole house: bar, what is missing in words.
 * @param {Context} context
 * @param {Report} report
 * @param {Owned} owned
 */
function memberLine(context, report, { member, line }) {
  return {
    ...named(context, report, line),
    ...bar(context, line),
    who: "",
    href: `/analyses/${report.row.id}/lines/${member}/${line.id}`,
  };
}

/** @param {Context} context @param {Report} report @param {Facts} line */
function named(context, report, { id, flags }) {
  const definition = lineOf(report, id);
  const said = (definition.flags ?? []).filter((/** @type {any} */ flag) => flags.includes(flag.code));
  return {
    icon: ICONS[id] ?? "umbrella",
    text: inLanguage(context, definition),
    flags: said.map((/** @type {any} */ flag) => ({
      text: inLanguage(context, flag),
      tone: flag.tone === "risk" ? "bad" : "",
    })),
  };
}

/** @param {Context} context @param {Facts} line have against need */
function bar(context, { need_fen: need, have_fen: have, gap_fen: gap, ratio_bp: ratio, range_fen: range }) {
  const { _ } = context;
  const amount = (/** @type {number} */ fen) => say.amount(context, Math.max(0, fen));
  return {
    enough: (range?.[1] ?? gap) <= 0,
    percent: percent(ratio),
    short: _("short of"),
    lacks: range ? _("%(low)s to %(high)s", { low: amount(range[0]), high: amount(range[1]) }) : amount(gap),
    enough_text: need > 0 && -gap * 2 > need ? _("more than enough, do not add") : _("enough"),
    have_text: _("have %(amount)s", { amount: amount(have) }),
    need_text: _("need %(amount)s", { amount: amount(need) }),
  };
}

/** @param {number} bp */
const percent = (bp) => `${Math.max(0, Math.min(1000, Math.floor(bp / 10))) / 10}%`;

/**
 * Every kind of line once, in the order of advice, with the members who lack it.
 * @param {Context} context
 * @param {Report} report
 * @param {string} at
 * @returns {Facts[]}
 */
function familyLines(context, report, at) {
  const { result, definitions } = report;
  return definitions.model.advice.flatMap((/** @type {string} */ id) => {
    const shared = result.lines.filter((/** @type {Facts} */ line) => line.id === id);
    const own = result.members.flatMap((/** @type {Facts} */ member) =>
      member.lines
        .filter((/** @type {Facts} */ line) => line.id === id)
        .map((/** @type {Facts} */ line) => ({ member: member.id, line })),
    );
    return [
      ...shared.map((/** @type {Facts} */ line) => memberLine(context, report, { member: "family", line })),
      ...(own.length ? [together(context, report, own, at)] : []),
    ];
  });
}

/**
 * One kind of line for those who have it.
 * @param {Context} context
 * @param {Report} report
 * @param {Owned[]} own
 * @param {string} at
 */
function together(context, report, own, at) {
  const { _ } = context;
  const lacking = own.filter(({ line }) => line.gap_fen > 0);
  const meant = lacking.length ? lacking : own;
  const names = meant.map(({ member }) => nameOf(report, member));
  const who = names.length < report.result.members.length ? say.listed(context, names) : _("Whole family");
  if (meant.length === 1) return { ...memberLine(context, report, meant[0]), who };
  const [worst] = [...meant].sort((a, b) => b.line.gap_fen - a.line.gap_fen);
  const { id } = worst.line;
  const flags = [...new Set(meant.flatMap(({ line }) => line.flags))];
  const line = { ...named(context, report, { id, flags }), who, href: `${at}?member=${worst.member}` };
  if (SUMMED.includes(id) && !meant.some(({ line: one }) => one.range_fen))
    return { ...line, ...bar(context, summed(meant)) };
  const enough = own.length - lacking.length;
  return {
    ...line,
    enough: !lacking.length,
    percent: percent((enough * 10_000) / own.length),
    short: "",
    lacks: _("%(n)s short", { n: lacking.length }),
    enough_text: _("enough"),
    have_text: _("%(n)s covered", { n: enough }),
    need_text: _("%(n)s need it", { n: own.length }),
  };
}

/** @param {Owned[]} owned lines of one kind @returns {Facts} together */
function summed(owned) {
  const sum = (/** @type {(line: Facts) => number} */ of) => owned.reduce((all, { line }) => all + of(line), 0);
  const [need, have] = [sum((line) => line.need_fen), sum((line) => Math.min(line.have_fen, line.need_fen))];
  return { need_fen: need, have_fen: have, gap_fen: need - have, ratio_bp: need > 0 ? (have * 10_000) / need : 10_000 };
}

/** @param {Context} context @param {Report} report @param {Facts} member other methods, never averaged */
function rangesOf(context, { definitions }, member) {
  return member.ranges.map((/** @type {Facts} */ each) => {
    const definition = definitions.model.ranges.find((/** @type {any} */ one) => one.id === each.id);
    return { text: inLanguage(context, definition), value: say.amount(context, each.fen) };
  });
}

/** @param {Context} context @param {Report} report */
function assumptionsText(context, { definitions, moved }) {
  const values = valuesOf(definitions.assumptions, moved);
  return say.joined(
    context,
    movable(definitions).map(({ name, spec }) => `${inLanguage(context, spec)} ${shown(context, name, values[name])}`),
  );
}

/** @param {Context} context @returns {Promise<Reply>} what is otherwise than in the analysis before */
export async function changes(context) {
  const { _, store } = context;
  const report = await reportOf(context);
  const before = report?.row.follows ? await store.get("analysis", report.row.follows) : null;
  if (!report || !before?.result?.members) return notFound();
  const old = new Map(namedLines(before.result));
  const lines = namedLines(report.result)
    .map(([key, line]) => ({ key, line, was: old.get(key) }))
    .filter(({ line, was }) => !was || lackOf(was) !== lackOf(line));
  return page("analyses/changes.html", {
    title: _("What changed since"),
    back_href: `/analyses/${report.row.id}`,
    back_text: _("Report"),
    lead: _("Compared with %(day)s", { day: say.day(context, before.made_on) }),
    score_text: _("Score %(before)s, now %(n)s", { before: before.result.score, n: report.result.score }),
    has_lines: lines.length > 0,
    lines: lines.map(({ key, line, was }) => ({
      text: say.joined(
        context,
        [nameOf(report, key.split(".")[0]), inLanguage(context, lineOf(report, line.id))].filter(Boolean),
      ),
      before: was
        ? _("%(before)s, now %(now)s", { before: lackText(context, was), now: lackText(context, line) })
        : lackText(context, line),
      change: was ? changeOf(context, lackOf(line) - lackOf(was)) : _("new"),
      tone: was && lackOf(line) < lackOf(was) ? "good" : "",
    })),
  });
}

/** @param {Facts} line @returns {number} what is missing; more than enough is not less than enough */
const lackOf = ({ gap_fen: gap }) => Math.max(0, gap);

/** @param {Context} context @param {Facts} line */
function lackText(context, { gap_fen: gap }) {
  const { _ } = context;
  return gap > 0 ? _("short of %(amount)s", { amount: say.amount(context, gap) }) : _("enough");
}

/** @param {Context} context @param {number} fen */
function changeOf(context, fen) {
  const { _ } = context;
  const amount = say.amount(context, Math.abs(fen));
  return fen < 0 ? _("%(amount)s less", { amount }) : _("%(amount)s more", { amount });
}

// The phone in the customer's hands

/** @param {Context} context @returns {Promise<Reply>} from here on the phone shows nothing else */
export async function hand(context) {
  const report = await reportOf(context);
  if (!report) return unfinished(context);
  await setSetting("handed", report.row.id);
  await setSetting("handed_at", `/analyses/${report.row.id}`);
  const member = context.form?.get("member");
  return redirect(`/analyses/${report.row.id}/show${member ? `?member=${member}` : ""}`);
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function handed(context) {
  const { _, ngettext, settings } = context;
  const report = await reportOf(context);
  if (!report) return unfinished(context);
  if (settings.handed !== report.row.id) return redirect(`/analyses/${report.row.id}`);
  const member = memberIn(context, report);
  const at = `/analyses/${report.row.id}`;
  const shown = body(context, report, member, `${at}/show`);
  const enough = shown.lines.filter((/** @type {Facts} */ line) => line.enough).length;
  const lead = [
    enough ? ngettext("%(n)s is enough", "%(n)s are enough", enough) : "",
    enough < shown.lines.length
      ? ngettext("%(n)s is still short", "%(n)s are still short", shown.lines.length - enough)
      : "",
  ];
  return page(
    "analyses/show.html",
    {
      ...shown,
      title: member ? _("Cover of %(name)s", { name: nameOf(report, member.id) }) : _("Your family's cover"),
      lead: say.capital(say.joined(context, lead.filter(Boolean))),
      return_action: `${at}/returns`,
      return_text: _("Give back to %(name)s", { name: context.agent.name }),
    },
    { look: "customer" },
  );
}

/** @param {Context} context @returns {Promise<Reply>} with a PIN the phone locks first, and goes on here */
export async function giveBack(context) {
  const home = `/analyses/${context.params.id}`;
  const locked = hasPin(context);
  if (locked) await setSetting("locked", home);
  await setSetting("handed", null);
  return redirect(locked ? "/me/unlock" : home);
}
